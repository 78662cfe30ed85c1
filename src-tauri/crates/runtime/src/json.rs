//! JSON values as text.
//!
//! Node data crosses the workbench as text, so that 64-bit integers, the order of keys and the spelling of floats stay
//! exactly as the node or the user wrote them. White space between tokens and needless escapes in strings do not:
//! every value is compact and raw UTF-8, which is what the contract promises to guests, and what keeps one object on
//! one line.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use memchr::memchr2;
use serde_json::value::RawValue;

/// One JSON value as text that is known to be valid JSON, compact, with its strings in raw UTF-8. Only half of a
/// surrogate pair, which UTF-8 cannot hold, stays an escape. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

impl Json {
    /// Takes text that holds exactly one JSON value, at any depth.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Ok(Self::from_raw(raw))
    }

    pub fn from_raw(raw: &RawValue) -> Self {
        Self(Arc::from(&*compact(raw.get())))
    }

    pub fn from_value(value: &serde_json::Value) -> Self {
        Self(Arc::from(value.to_string()))
    }

    /// The JSON string that holds `text`.
    pub fn string(text: &str) -> Self {
        Self::from_value(&serde_json::Value::from(text))
    }

    pub fn null() -> Self {
        Self(Arc::from("null"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    /// The value as a tree. `None` where it nests deeper than the parser follows (128 levels), or holds half of a
    /// surrogate pair.
    pub fn to_value(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.0).ok()
    }

    /// The first escape that stands for half of a surrogate pair, such as `\ud800`.
    pub fn lone_surrogate(&self) -> Option<&str> {
        let text = self.as_str();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            let escape = rest.get(at..)?;
            // Every other escape of a unit above the controls was replaced by its character.
            if escape.starts_with("\\ud") || escape.starts_with("\\uD") {
                return escape.get(..6);
            }
            rest = escape.get(2..)?;
        }
        None
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Valid JSON without white space between its tokens, its strings in raw UTF-8; numbers as they were written.
fn compact(raw: &str) -> Cow<'_, str> {
    let bytes = raw.as_bytes();
    let mut out = String::new();
    // What comes before is in `out`; up to `at` nothing has to change.
    let (mut copied, mut at) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(&raw[copied..at]);
                at += 1;
                copied = at;
            }
            b'"' => at = string(raw, at + 1, &mut copied, &mut out),
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(raw);
    }
    out.push_str(&raw[copied..]);
    Cow::Owned(out)
}

/// Goes through a string from behind its first quote to behind its last.
fn string(raw: &str, mut at: usize, copied: &mut usize, out: &mut String) -> usize {
    let bytes = raw.as_bytes();
    while let Some(step) = memchr2(b'"', b'\\', &bytes[at..]) {
        at += step;
        if bytes[at] == b'"' {
            return at + 1;
        }
        match unescaped(raw, at) {
            Some((character, length)) => {
                out.push_str(&raw[*copied..at]);
                push(out, character);
                at += length;
                *copied = at;
            }
            None => at += 2,
        }
    }
    bytes.len()
}

/// The character that a needless escape stands for, and the escape's length.
fn unescaped(raw: &str, at: usize) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    if raw[at..].starts_with("\\/") {
        return Some(('/', 2));
    }
    let first = unit(at)?;
    let units = [first, unit(at + 6).unwrap_or(0)];
    match char::decode_utf16(units).next()? {
        Ok(character) => Some((character, 6 * character.len_utf16())),
        Err(_) => None,
    }
}

/// A character inside a string, in its shortest spelling.
fn push(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> String {
        Json::parse(text).expect("valid").to_string()
    }

    #[test]
    fn keeps_large_integers_and_float_spelling() {
        for text in ["9007199254740993", "-9223372036854775808", "1.50", "1E+2", "-0.0", r#"{"b":1,"a":2,"a":3}"#] {
            assert_eq!(parse(text), text);
        }
    }

    #[test]
    fn refuses_what_is_not_one_value() {
        for text in ["", "1 2", "{", "nul", "\"\u{1}\""] {
            assert!(Json::parse(text).is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn deep_nesting_is_text_without_a_tree() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let json = Json::parse(&deep).expect("raw text has no depth limit");
        assert_eq!(json.to_value(), None);
    }

    #[test]
    fn f12_a_value_is_one_line() {
        assert_eq!(parse(" {\r\n\t\"a b\" : [ 1.0 ,\n 2e3 ] , \"c\":\"x  y\" }\n"), r#"{"a b":[1.0,2e3],"c":"x  y"}"#);
        assert_eq!(parse("\n\"\\n\"\n"), r#""\n""#, "a line break inside a string is an escape");
        assert_eq!(parse("[ ]"), "[]");
    }

    #[test]
    fn f13_strings_are_raw_utf8() {
        for (text, raw) in [
            (r#""Zo\u00eb""#, r#""Zoë""#),
            (r#""\ud83d\ude00 \/ \u0041""#, r#""😀 / A""#),
            (r#""\u2028""#, "\"\u{2028}\""),
            (r#""\u0022\u005c\u002f\u000a\u0000\u001F\u0008""#, r#""\"\\/\n\u0000\u001f\b""#),
            (r#""\\u00eb""#, r#""\\u00eb""#),
            (r#"{"k\u00e9y":"\u007f"}"#, "{\"kéy\":\"\u{7f}\"}"),
        ] {
            assert_eq!(parse(text), raw);
        }
    }

    #[test]
    fn f13_half_a_surrogate_pair_stays_an_escape() {
        for text in [r#""\ud800""#, r#""\udc00\ud800""#, r#""\ud83dx""#, r#""a\ud83d\u0041""#] {
            let json = Json::parse(&text.replace("\\ud8", "\\uD8")).expect("the grammar of JSON allows it");
            assert!(json.lone_surrogate().is_some_and(|found| found.len() == 6), "{json}");
        }
        assert_eq!(parse(r#""a\ud83d\u0041""#), r#""a\ud83dA""#);
        for text in [r#""\\ud800""#, r#""\ud83d\ude00""#, r#""\u0000\n""#, "1"] {
            assert_eq!(Json::parse(text).expect("valid").lone_surrogate(), None, "{text}");
        }
    }

    proptest! {
        /// Where strings can be read at all, the compact text is what serde would have written.
        #[test]
        fn f13_compact_text_is_the_same_value(value in any::<Vec<(String, f64)>>(), blanks in "[ \t\r\n]{0,3}") {
            let tree = serde_json::json!(value);
            let escaped: String = tree.to_string().chars().map(|c| match c {
                '\u{80}'.. => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect(),
                c => c.to_string(),
            }).collect();
            let spaced = format!("{blanks}{}{blanks}", escaped.replace("],[", &format!("],{blanks}[")));
            prop_assert_eq!(Json::parse(&spaced).expect("JSON").to_string(), tree.to_string());
        }
    }
}
