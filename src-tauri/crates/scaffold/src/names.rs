//! Names in code, made from names for people.

use std::collections::HashSet;

/// Words that some language keeps for itself, and names that the templates use: none of them becomes a variable.
const RESERVED: &str = "
abstract alias align alignas alignof allowzero and anyframe anytype as asm assert async atomic auto await base become
bool boolean box break byte case cast catch chan char class co_await co_return co_yield comptime concept const
const_cast consteval constexpr constinit constructor continue converter crate debugger decimal declare decltype def
default defer deferred del delegate delete derive discard distinct div do double dyn elif else elseif end enum errdefer
error except exec exec_out exception explicit export extends extern fallthrough false final finally fixed float fn for
foreach foreign friend from fun func function get global go goto guard if implements implicit import in include
indirect infix init inline inout input inputs instanceof int interface internal into is isnot iterator json lambda let
letrec lock log long loop macro map match method mixin mod module mut mutable namespace native new nil node noalias
noexcept noinline none nonlocal not notin null nullptr object of open operator opt or orelse out output outputs
override package params pass pinned post prefix priv private proc program property protected protocol provide pub
public quote raise range readonly rec record ref register repeat require rescue resume return run sbyte sealed select
self set shl short shr signed sizeof stackalloc static std str strictfp string struct subscript super suspend switch
sync synchronized template test then this thread thread_local throw throws tidy trait transient true try tuple type
typealias typedef typeid typename typeof ulong unchecked undefined union unreachable unsafe unsigned unsized until use
ushort using usingnamespace val var vararg virtual void volatile wasm when where while with xor yield ctx context
result results value values document main init memory alloc dealloc bytes abs len print printf list dict tuple id next
any some null_ nan infinity bit i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 usize isize size_t key keys parts text_ fmt host pins shown definition logger json_ raw flowlike value_of panic allocator ptr";

/// Lower-case words of a text: letters and digits of ASCII, split where anything else stands.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last_was_lower = false;
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && last_was_lower) {
            words.push(String::new());
        }
        last_was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        if let (true, Some(word)) = (c.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `Word count!` is `word_count`. Begins with a letter; a text without any ASCII letter or digit gives `fallback`.
pub fn snake(text: &str, fallback: &str) -> String {
    let joined = words(text).join("_");
    match joined.chars().next() {
        None => fallback.into(),
        Some(first) if first.is_ascii_digit() => format!("{fallback}_{joined}"),
        Some(_) => joined,
    }
}

/// `word_count` is `Word Count`; a text without any ASCII letter or digit stays as it is.
pub fn title(text: &str) -> String {
    if !text.is_ascii() {
        return text.into();
    }
    let words: Vec<String> = words(text).iter().map(|word| capital(word)).collect();
    if words.is_empty() { text.into() } else { words.join(" ") }
}

/// `word_count` is `WordCount`.
pub fn pascal(snake: &str) -> String {
    snake.split('_').map(capital).collect()
}

/// `word_count` is `wordCount`.
pub fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    first + &words.map(capital).collect::<String>()
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

pub fn is_reserved(word: &str) -> bool {
    // Zig has integers of every width: i7, u24.
    let width = word.strip_prefix(['i', 'u']).filter(|width| !width.is_empty());
    width.is_some_and(|width| width.bytes().all(|byte| byte.is_ascii_digit()))
        || RESERVED.split_ascii_whitespace().any(|reserved| reserved == word)
}

/// Variables for pins, in their order: each different, none reserved.
pub fn variables<'a>(pins: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut variable = |pin: &str| {
        let mut name = snake(pin, "pin");
        if is_reserved(&name) {
            name.push_str("_pin");
        }
        let mut unique = name.clone();
        let mut number = 2;
        // Languages that know no difference of case and underscores, such as Nim, must see one as well.
        while !taken.insert(unique.replace('_', "")) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        unique
    };
    pins.into_iter().map(&mut variable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        assert_eq!(snake("Word count!", "node"), "word_count");
        assert_eq!(snake("inputText", "pin"), "input_text");
        assert_eq!(snake("3 d", "pin"), "pin_3_d");
        assert_eq!(snake("字数", "my_node"), "my_node");
        assert_eq!((pascal("word_count"), camel("word_count")), ("WordCount".into(), "wordCount".into()));
        assert_eq!((title("input_text"), title("größe")), ("Input Text".into(), "größe".into()));
    }

    #[test]
    fn variables_differ_and_are_no_keywords() {
        let made = variables(["type", "a b", "a-b", "aB", "\"", "字"]);
        assert_eq!(made, ["type_pin", "a_b", "a_b_2", "a_b_3", "pin", "pin_2"]);
    }
}
