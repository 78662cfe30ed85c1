//! Patterns of a schema are ECMAScript's; [`regex`] reads a dialect of its own. What both have is spelled so that it
//! means the same: `\d`, `\w`, `\s`, `\b` and `.` know ASCII and line ends as ECMAScript does, and a class has no
//! classes in it. What the engine cannot follow (look-around, references back) is an error.

use regex::{Regex, RegexBuilder};

/// What one pattern may take when it is compiled, in bytes.
const MAX_PATTERN: usize = 1 << 20;

const DIGITS: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0B\x0C\r \x{A0}\x{FEFF}\p{Zs}\x{2028}\x{2029}";

pub fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&translated(pattern)).size_limit(MAX_PATTERN).build().ok()
}

fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, in_class, &mut out),
            '[' if in_class => out.push_str("\\["),
            '[' => {
                let negated = rest.next_if_eq(&'^').is_some();
                if rest.next_if_eq(&']').is_some() {
                    // Everything, and nothing.
                    out.push_str(if negated { "(?s:.)" } else { "[a&&b]" });
                } else {
                    in_class = true;
                    out.push_str(if negated { "[^" } else { "[" });
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '.' if !in_class => out.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            c => out.push(c),
        }
    }
    out
}

fn escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, in_class: bool, out: &mut String) {
    let class = |members: &str, negated: bool| match (in_class, negated) {
        (true, false) => members.to_owned(),
        (_, true) => format!("[^{members}]"),
        (false, false) => format!("[{members}]"),
    };
    let Some(c) = rest.next() else { return out.push('\\') };
    match c {
        'd' | 'D' => out.push_str(&class(DIGITS, c == 'D')),
        'w' | 'W' => out.push_str(&class(WORD, c == 'W')),
        's' | 'S' => out.push_str(&class(SPACE, c == 'S')),
        'b' if in_class => out.push_str("\\x08"),
        'b' => out.push_str("(?-u:\\b)"),
        '0' => out.push_str("\\x00"),
        'c' if rest.peek().is_some_and(char::is_ascii_alphabetic) => {
            let letter = rest.next().map_or(0, u32::from);
            out.push_str(&format!("\\x{:02X}", letter % 32));
        }
        '/' | '-' if !in_class => {
            out.push('\\');
            out.push(c);
        }
        '<' | '>' | '"' | '\'' | '@' | '`' | ',' | ';' | ':' | '=' | '!' | '%' | ' ' => out.push(c),
        c => {
            out.push('\\');
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn f40_patterns_mean_what_ecmascript_means() {
        for (pattern, fits, not) in [
            (r"^\d+$", "2026", "٣"),
            (r"^\w+$", "a_9", "é"),
            (r"^\D$", "٣", "3"),
            (r"^[\d-]+$", "1-2", "٣"),
            (r"^[^\w]$", "é", "e"),
            (r"^[\W\d]$", "7", "x"),
            (r"^\s$", "\u{feff}", "x"),
            (r"^a.b$", "a-b", "a\u{2028}b"),
            (r"^a.b$", "a\u{85}b", "a\rb"),
            (r"^[[a]$", "[", "b"),
            (r"^[a&&b]$", "&", "c"),
            (r"^[^]$", "\n", ""),
            (r"^\/x\/$", "/x/", "x"),
            (r"^\u00e9$", "é", "e"),
            (r"^\cA$", "\u{1}", "A"),
            (r"\bfoo\b", "éfoo", "afoo"),
            (r"^\p{Lu}$", "É", "é"),
            (r"^[\b]$", "\u{8}", "b"),
            (r"^a\:b\@c$", "a:b@c", "ab"),
            (r"^(?<year>\d{4})$", "2026", "26"),
        ] {
            let compiled = compile(pattern).unwrap_or_else(|| panic!("{pattern} can be read"));
            assert!(compiled.is_match(fits), "{pattern} takes {fits:?}");
            assert!(!compiled.is_match(not), "{pattern} refuses {not:?}");
        }
        assert!(!compile("[]").expect("a class without members").is_match("a"), "nothing is in it");
    }

    #[test]
    fn f40_what_cannot_be_followed_is_no_pattern() {
        for pattern in ["(?=a)", "(?<!a)b", r"(a)\1", "a{1000}{1000}{1000}", "(", "["] {
            assert!(compile(pattern).is_none(), "{pattern}");
        }
    }
}
