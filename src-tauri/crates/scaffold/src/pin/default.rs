//! Which JSON values fit a pin, and which one stands for nothing.

use serde_json::{Value, json};

use super::{DataType, Pin, ValueType};

impl Pin {
    /// Why the default does not fit the pin's type; `None` where it does, or where there is none.
    pub fn default_problem(&self) -> Option<String> {
        let default = self.default.as_ref()?;
        if self.is_exec() {
            return Some("an execution pin carries no value; remove the default".into());
        }
        match (self.value_type, default) {
            (ValueType::Normal, value) => self.data_type.problem(value),
            (ValueType::Array, Value::Array(items)) => items.iter().find_map(|item| self.data_type.problem(item)),
            (ValueType::HashSet, Value::Array(items)) => {
                let twice =
                    items.iter().enumerate().any(|(at, item)| items.iter().skip(at + 1).any(|next| next == item));
                let twice = twice.then(|| "a set has each value once; remove what is there twice".into());
                twice.or_else(|| items.iter().find_map(|item| self.data_type.problem(item)))
            }
            (ValueType::HashMap, Value::Object(members)) => {
                members.values().find_map(|item| self.data_type.problem(item))
            }
            (ValueType::HashMap, _) => Some("wanted a JSON object, such as {\"a\": …}".into()),
            (ValueType::Array | ValueType::HashSet, _) => Some("wanted a JSON array, such as [ … ]".into()),
        }
    }

    /// The default, or what stands for nothing in the pin's type: "", 0, false, {}, [], null, 1970-01-01.
    pub(crate) fn default_or_zero(&self) -> Value {
        self.default.clone().unwrap_or_else(|| match self.value_type {
            ValueType::Normal => self.data_type.zero(),
            ValueType::Array | ValueType::HashSet => json!([]),
            ValueType::HashMap => json!({}),
        })
    }
}

impl DataType {
    fn zero(self) -> Value {
        match self {
            Self::Execution | Self::Generic => Value::Null,
            Self::String | Self::PathBuf | Self::Byte => json!(""),
            Self::Integer => json!(0),
            Self::Float => json!(0.0),
            Self::Boolean => json!(false),
            Self::Date => json!("1970-01-01T00:00:00Z"),
            Self::Struct => json!({}),
        }
    }

    fn problem(self, value: &Value) -> Option<String> {
        let (fits, wanted) = match self {
            Self::Execution => (false, "no value"),
            Self::Generic => (true, "any JSON"),
            Self::String | Self::PathBuf => (value.is_string(), "a text"),
            Self::Integer => (value.is_i64(), "an integer of 64 bits"),
            Self::Float => (value.is_number(), "a number"),
            Self::Boolean => (value.is_boolean(), "true or false"),
            Self::Date => (value.as_str().is_some_and(is_date), "a date such as 2026-01-31 or 2026-01-31T12:00:00Z"),
            Self::Byte => (value.as_str().is_some_and(is_base64), "bytes as base64 text"),
            Self::Struct => (value.is_object(), "a JSON object"),
        };
        (!fits).then(|| format!("{} is not {wanted}", shown(value)))
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The form only: `2026-02-31` passes.
fn is_date(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let day =
        digits(0..4) && digits(5..7) && digits(8..10) && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let time = text.len() == 10 || (text.get(10..11).is_some_and(|mark| mark == "T" || mark == " ") && digits(11..13));
    day && time && text.bytes().skip(10).all(|byte| byte.is_ascii_digit() || b"T:.+-Z ".contains(&byte))
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}
