//! What of a file makes compiling it slow, in words for who waits.

use wasmparser::{Operator, Parser, Payload};

/// Loops and blocks inside each other that no compiler of a language makes.
const DEEP: usize = 500;
/// Bytes of a function that take long by themselves.
const LARGE: usize = 100 << 10;

/// Takes a walk over the code; blocking. Bad bytes end it early.
pub fn slow_part(bytes: &[u8]) -> String {
    let (mut functions, mut largest, mut deepest, mut loops) = (0_usize, 0, 0, false);
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else { continue };
        functions += 1;
        largest = largest.max(body.range().len());
        let (mut depth, mut has_loop) = (0_usize, false);
        for operator in body.get_operators_reader().into_iter().flatten().map_while(Result::ok) {
            match operator {
                Operator::Loop { .. } => (depth, has_loop) = (depth + 1, true),
                Operator::Block { .. } | Operator::If { .. } | Operator::TryTable { .. } => depth += 1,
                Operator::End => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > deepest {
                (deepest, loops) = (depth, has_loop);
            }
        }
    }
    match (deepest, largest) {
        (DEEP.., _) => format!("{} nested {}", thousands(deepest), if loops { "loops" } else { "blocks" }),
        (_, LARGE..) => format!("a function of {} kB", thousands(largest.div_ceil(1000))),
        _ if functions == 1 => "1 function".to_owned(),
        _ => format!("{} functions", thousands(functions)),
    }
}

/// `60,000`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f47_the_slow_part_is_named() {
        let part = |text: &str| slow_part(&wat::parse_str(text).expect("valid"));
        let nested = |word: &str, count: usize| {
            format!("(module (func {}{}))", format!("{word} ").repeat(count), "end ".repeat(count))
        };
        assert_eq!(part(&nested("loop", 1_200)), "1,200 nested loops");
        assert_eq!(part(&nested("block", 700)), "700 nested blocks");
        assert_eq!(part(&format!("(module (func {}))", "nop ".repeat(150_000))), "a function of 151 kB");
        assert_eq!(part("(module (func))"), "1 function");
        assert_eq!(part(&format!("(component (core module {}))", "(func)".repeat(1_234))), "1,234 functions");
        assert_eq!(slow_part(b"\0asm\x01\0\0\0\xff"), "0 functions", "bad bytes are no panic");
    }
}
