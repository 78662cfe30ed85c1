//! JSON whose numbers keep their spelling.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value. Two numbers are equal where they are spelled the same; members of objects are equal in any order.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the kinds of JSON")]
pub enum Exact {
    Null,
    Bool(bool),
    /// As it is spelled.
    Number(String),
    Text(String),
    List(Vec<Exact>),
    /// In order; a name that is there twice counts with its last value.
    Object(Vec<(String, Exact)>),
}

/// The deepest nesting that is read.
const MOST_LEVELS: usize = 100;

impl Exact {
    /// Reads one document.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
        read(raw, 0)
    }

    /// The member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The value at a JSON Pointer (RFC 6901).
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |value, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            match value {
                Self::List(elements) => elements.get(token.parse::<usize>().ok()?),
                _ => value.get(&token),
            }
        })
    }

    /// Takes the value at a JSON Pointer away, where there is one.
    pub(crate) fn remove(&mut self, pointer: &str) {
        let Some((parent, token)) = pointer.rsplit_once('/') else { return };
        let token = token.replace("~1", "/").replace("~0", "~");
        match self.at_mut(parent) {
            Some(Self::Object(members)) => members.retain(|(name, _)| *name != token),
            Some(Self::List(elements)) => {
                if let Some(index) = token.parse().ok().filter(|index: &usize| *index < elements.len()) {
                    elements.remove(index);
                }
            }
            _ => {}
        }
    }

    fn at_mut(&mut self, pointer: &str) -> Option<&mut Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |value, token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            match value {
                Self::List(elements) => elements.get_mut(token.parse::<usize>().ok()?),
                Self::Object(members) => members.iter_mut().find(|(name, _)| *name == token).map(|(_, value)| value),
                _ => None,
            }
        })
    }

    /// The number's value, where it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        let Self::Number(spelling) = self else { return None };
        spelling.parse().ok()
    }

    /// The kind's name.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(spelling) if is_integer(spelling) => "integer",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

fn is_integer(spelling: &str) -> bool {
    spelling.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) | (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => {
                let covers = |a: &[(String, Self)], b: &Self| a.iter().all(|(name, _)| b.get(name).is_some());
                covers(a, other) && covers(b, self) && a.iter().all(|(name, _)| self.get(name) == other.get(name))
            }
            _ => false,
        }
    }
}

impl fmt::Display for Exact {
    /// Compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(spelling) => f.write_str(spelling),
            Self::Text(value) => f.write_str(&text(value)),
            Self::List(elements) => {
                let elements: Vec<String> = elements.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", elements.join(","))
            }
            Self::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("{}:{value}", text(name))).collect();
                write!(f, "{{{}}}", members.join(","))
            }
        }
    }
}

fn read(raw: &RawValue, level: usize) -> Result<Exact, String> {
    if level > MOST_LEVELS {
        return Err(format!("it is nested more than {MOST_LEVELS} levels deep"));
    }
    let text = raw.get();
    let failed = |error: serde_json::Error| error.to_string();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Exact::Null,
        Some(b't') => Exact::Bool(true),
        Some(b'f') => Exact::Bool(false),
        Some(b'"') => Exact::Text(serde_json::from_str(text).map_err(failed)?),
        Some(b'[') => {
            let Elements(elements) = serde_json::from_str(text).map_err(failed)?;
            Exact::List(elements.into_iter().map(|raw| read(raw, level + 1)).collect::<Result<_, _>>()?)
        }
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text).map_err(failed)?;
            let member = |(name, raw): (String, &RawValue)| Ok((name, read(raw, level + 1)?));
            Exact::Object(members.into_iter().map(member).collect::<Result<_, String>>()?)
        }
        _ => Exact::Number(text.to_owned()),
    })
}

struct Elements<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Elements<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = access.next_element()? {
                    elements.push(element);
                }
                Ok(Elements(elements))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = access.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Exact {
        Exact::parse(text).expect("JSON")
    }

    #[test]
    fn numbers_keep_their_spelling() {
        for text in ["9007199254740993", "1.50", "-0", "1e5", "[1.0,2]", r#"{"a":1.0}"#] {
            assert_eq!(value(text).to_string(), text);
        }
        assert_ne!(value("1"), value("1.0"));
        assert_ne!(value("9007199254740992"), value("9007199254740993"));
    }

    #[test]
    fn objects_are_equal_in_any_order() {
        assert_eq!(value(r#"{"a":1,"b":[{}]}"#), value(r#"{"b":[{}],"a":1}"#));
        assert_ne!(value(r#"{"a":1}"#), value(r#"{"a":1,"b":2}"#));
        assert_ne!(value(r#"{"a":1,"b":2}"#), value(r#"{"a":1}"#));
    }

    #[test]
    fn pointers_lead_into_values() {
        let value = value(r#"{"a/b":[1,{"~":2}],"":3}"#);
        let at = |pointer: &str| value.at(pointer).map(ToString::to_string);
        assert_eq!(at("/a~1b/1/~0").as_deref(), Some("2"));
        assert_eq!(at("/").as_deref(), Some("3"));
        assert_eq!(at("/a~1b/9"), None);
        assert_eq!(at("a"), None);
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        assert!(Exact::parse(&deep).is_err());
    }
}
