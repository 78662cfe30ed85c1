//! JSON values as text.
//!
//! Node data crosses the workbench as the text it came in, so that 64-bit integers, the order of keys and the
//! spelling of floats stay exactly as the node or the user wrote them.

use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

/// One JSON value as text that is known to be valid JSON. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

impl Json {
    /// Takes text that holds exactly one JSON value, at any depth; surrounding white space is dropped.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Ok(Self(Arc::from(raw.get())))
    }

    pub fn from_raw(raw: &RawValue) -> Self {
        Self(Arc::from(raw.get()))
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

    /// The value as a tree. `None` where it nests deeper than the parser follows (128 levels).
    pub fn to_value(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.0).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_large_integers_and_float_spelling() {
        for text in ["9007199254740993", "-9223372036854775808", "1.50", r#"{"b":1,"a":2}"#] {
            assert_eq!(Json::parse(text).expect("valid").as_str(), text);
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
}
