//! Values written down in a language's own notation.

mod native;

use serde_json::Value;

use crate::language::Language;
use crate::pin::{DataType, Pin, ValueType};

/// How a template treats a pin's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// String, date, path, or bytes as base64.
    Text,
    Integer,
    Float,
    Boolean,
    /// Everything else: JSON.
    Json,
}

impl Class {
    pub fn of(pin: &Pin) -> Self {
        match pin.value_type {
            ValueType::Normal => Self::of_item(pin.data_type),
            _ => Self::Json,
        }
    }

    pub fn of_item(data_type: DataType) -> Self {
        match data_type {
            DataType::String | DataType::Date | DataType::PathBuf | DataType::Byte => Self::Text,
            DataType::Integer => Self::Integer,
            DataType::Float => Self::Float,
            DataType::Boolean => Self::Boolean,
            DataType::Execution | DataType::Struct | DataType::Generic => Self::Json,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Json => "json",
        }
    }
}

/// The pin's default, or its zero, as an expression of the language.
///
/// JSON is an expression of its own where the language has values for it, else the JSON's text as a string.
pub fn of_pin(language: Language, pin: &Pin) -> String {
    let value = pin.default_or_zero();
    match Class::of(pin) {
        Class::Json => match language {
            Language::Rust => native::rust(pin, &value),
            Language::Go => native::go(pin, &value),
            Language::Python => native::python(&value),
            Language::TypeScript => native::typescript(&value),
            _ => text(language, &value.to_string()),
        },
        class => scalar(language, class, &value),
    }
}

/// Any JSON as an expression that the language's own JSON values are made from.
pub fn of_json(language: Language, value: &Value) -> String {
    match language {
        Language::Rust => native::rust_json(value),
        Language::Python => native::python(value),
        Language::TypeScript => native::typescript(value),
        _ => text(language, &value.to_string()),
    }
}

/// One text, number or truth value; a value that is none of these is written as JSON text.
pub fn scalar(language: Language, class: Class, value: &Value) -> String {
    match (class, value) {
        (Class::Text, Value::String(value)) => text(language, value),
        (Class::Boolean, Value::Bool(value)) => boolean(language, *value).into(),
        (Class::Integer, Value::Number(number)) => integer(language, number.as_i64().unwrap_or_default()),
        (Class::Float, Value::Number(number)) => float(language, number.as_f64().unwrap_or_default()),
        _ => text(language, &value.to_string()),
    }
}

fn boolean(language: Language, value: bool) -> &'static str {
    match (language, value) {
        (Language::Python, true) => "True",
        (Language::Python, false) => "False",
        (_, true) => "true",
        (_, false) => "false",
    }
}

/// The smallest integer cannot be written as a minus before a number where that number is read first.
fn integer(language: Language, value: i64) -> String {
    match (language, value) {
        (Language::Cpp, i64::MIN) => "(-9223372036854775807 - 1)".into(),
        (Language::Kotlin, i64::MIN) => "Long.MIN_VALUE".into(),
        (Language::AssemblyScript, i64::MIN) => "i64.MIN_VALUE".into(),
        (Language::Nim, i64::MIN) => "low(int64)".into(),
        (Language::Lua, i64::MIN) => "math.mininteger".into(),
        (Language::MoonBit, i64::MIN) => "-0x8000000000000000L".into(),
        (Language::Kotlin | Language::Java | Language::MoonBit, value) => format!("{value}L"),
        (Language::Nim, value) => format!("{value}'i64"),
        (Language::TypeScript, value) => format!("{value}n"),
        (Language::Cpp, value) => format!("{value}LL"),
        (_, value) => value.to_string(),
    }
}

/// With a point or an exponent, so that no language takes it for an integer.
fn float(_: Language, value: f64) -> String {
    format!("{value:?}")
}

/// A string literal on one line.
pub fn text(language: Language, text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '$' if language == Language::Kotlin => literal.push_str("\\$"),
            c if must_be_escaped(c) => literal.push_str(&escaped(language, c)),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// The text of JSON or TOML with `\uXXXX` for all that acts instead of showing; line breaks stay.
pub fn visible(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' => c.into(),
        c if must_be_escaped(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.into(),
    };
    text.chars().map(visible).collect()
}

/// Controls, and what reorders a line: a compiler or a reader may take them for something else.
fn must_be_escaped(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{feff}' | '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(language: Language, c: char) -> String {
    let code = u32::from(c);
    match language {
        Language::Rust | Language::Swift | Language::Grain | Language::MoonBit | Language::Lua | Language::Zig => {
            format!("\\u{{{code:x}}}")
        }
        // Universal names stand for no controls, and octal ends after three digits.
        Language::Cpp => c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\{byte:03o}")).collect(),
        // Java reads \u before anything else: a control has to be written in octal.
        Language::Java if code < 0x100 => format!("\\{code:03o}"),
        Language::Nim => c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
        _ => format!("\\u{code:04x}"),
    }
}

/// The type of a pin's value where its language gives JSON types of its own; else empty.
pub fn type_of(language: Language, pin: &Pin) -> String {
    match language {
        Language::Rust => native::rust_type(pin),
        Language::Go => native::go_type(pin),
        _ => String::new(),
    }
}

/// A JSON text of several lines as one literal that keeps its lines readable; continued lines begin with `indent`
/// spaces where that changes nothing. What would end the literal is written with JSON's own escapes: it can only stand
/// inside of strings.
pub fn block(language: Language, json: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let json = visible(json);
    let lines = |prefix: &str| {
        let lines: Vec<String> = json.lines().map(|line| format!("{margin}{prefix}{line}")).collect();
        lines.join("\n")
    };
    match language {
        Language::Cpp => format!("R\"json({})json\"", json.replace(")json\"", "\\u0029json\"")),
        Language::Go => format!("`{}`", json.replace('`', "\\u0060")),
        Language::Zig => lines("\\\\").trim_start().to_owned(),
        Language::MoonBit => lines("#|").trim_start().to_owned(),
        Language::Nim => format!("\"\"\"{json}\"\"\""),
        Language::Kotlin => format!("\"\"\"{}\"\"\"", json.replace('$', "\\u0024")),
        Language::Java => format!("\"\"\"\n{}\"\"\"", lines("").replace('\\', "\\\\")),
        Language::CSharp => format!("\"\"\"\n{}\n{margin}\"\"\"", lines("")),
        Language::Swift => format!("#\"\"\"\n{}\n{margin}\"\"\"#", lines("")),
        Language::Lua => format!("[==[{}]==]", json.replace("]==]", "\\u005d==]")),
        Language::AssemblyScript | Language::TypeScript => {
            format!("`{}`", json.replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${"))
        }
        _ => text(language, &json),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_keep_every_character() {
        let sample = "a\"b\\c\n$x\u{1}ü\u{202e}";
        let literal = |language| text(language, sample);
        assert_eq!(literal(Language::Rust), "\"a\\\"b\\\\c\\n$x\\u{1}ü\\u{202e}\"");
        assert_eq!(literal(Language::Kotlin), "\"a\\\"b\\\\c\\n\\$x\\u0001ü\\u202e\"");
        assert_eq!(literal(Language::Cpp), "\"a\\\"b\\\\c\\n$x\\001ü\\342\\200\\256\"");
        assert_eq!(literal(Language::Java), "\"a\\\"b\\\\c\\n$x\\001ü\\u202e\"");
        assert_eq!(literal(Language::Python), "\"a\\\"b\\\\c\\n$x\\u0001ü\\u202e\"");
    }

    #[test]
    fn numbers_keep_64_bits() {
        let integer = |language, value: i64| scalar(language, Class::Integer, &json!(value));
        assert_eq!(integer(Language::TypeScript, 9007199254740993), "9007199254740993n");
        assert_eq!(integer(Language::Cpp, i64::MIN), "(-9223372036854775807 - 1)");
        assert_eq!(integer(Language::Java, i64::MIN), "-9223372036854775808L");
        assert_eq!(scalar(Language::Go, Class::Float, &json!(3)), "3.0");
        assert_eq!(scalar(Language::Go, Class::Float, &json!(1e300)), "1e300");
    }
}
