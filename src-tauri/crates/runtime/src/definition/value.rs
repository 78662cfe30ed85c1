//! Whether a JSON value is one that a pin's type describes. Works on the text, so that integers stay exact.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{DataType, Pin, ValueType, date};
use crate::text::shortened;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// What kind of value a valid JSON text without surrounding space is.
pub fn kind(raw: &str) -> Kind {
    match raw.as_bytes().first() {
        Some(b'n') => Kind::Null,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'"') => Kind::String,
        Some(b'[') => Kind::Array,
        Some(b'{') => Kind::Object,
        _ => Kind::Number,
    }
}

/// How a value does not fit.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub wanted: String,
    pub found: String,
}

/// Holds a value against the pin's data and value type.
pub fn fits(pin: &Pin, raw: &str) -> Result<(), Mismatch> {
    let wrong = |wanted: String, raw: &str| Err(Mismatch { wanted, found: found(raw) });
    match pin.value_type {
        ValueType::Normal => scalar(pin.data_type, raw),
        ValueType::Array if kind(raw) != Kind::Array => wrong(format!("an array of {}", name(pin.data_type)), raw),
        ValueType::HashSet if kind(raw) != Kind::Array => {
            wrong(format!("an array of different {}s", name(pin.data_type)), raw)
        }
        ValueType::HashMap if kind(raw) != Kind::Object => wrong(format!("an object of {}s", name(pin.data_type)), raw),
        ValueType::Array | ValueType::HashMap => each(pin.value_type, raw, |raw| scalar(pin.data_type, raw)),
        ValueType::HashSet => {
            let mut seen = HashSet::new();
            each(pin.value_type, raw, |raw| {
                scalar(pin.data_type, raw)?;
                if seen.insert(raw) { Ok(()) } else { wrong("each value once".into(), raw) }
            })
        }
    }
}

/// Calls `check` for the value itself, or for every element of a container.
pub fn each<'a>(
    value_type: ValueType,
    raw: &'a str,
    mut check: impl FnMut(&'a str) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    match (value_type, kind(raw)) {
        (ValueType::Array | ValueType::HashSet, Kind::Array) => {
            elements(raw, usize::MAX).unwrap_or_default().0.into_iter().try_for_each(|item| check(item.get()))
        }
        (ValueType::HashMap, Kind::Object) => {
            fields(raw, usize::MAX).unwrap_or_default().into_iter().try_for_each(|(_, item)| check(item.get()))
        }
        _ => check(raw),
    }
}

fn scalar(data_type: DataType, raw: &str) -> Result<(), Mismatch> {
    let kind = kind(raw);
    let fits = match data_type {
        DataType::Generic => true,
        DataType::Execution => kind == Kind::Null,
        DataType::String => kind == Kind::String,
        DataType::Integer => integer(raw).is_some(),
        DataType::Float => kind == Kind::Number && raw.parse::<f64>().is_ok_and(f64::is_finite),
        DataType::Boolean => kind == Kind::Bool,
        DataType::Date => text(raw).is_some_and(|text| date::is_iso(&text)),
        DataType::PathBuf => matches!(kind, Kind::String | Kind::Object),
        DataType::Struct => matches!(kind, Kind::Object | Kind::Array),
        DataType::Byte => match kind {
            Kind::String => text(raw).is_some_and(|text| STANDARD.decode(text).is_ok()),
            _ => integer(raw).is_some_and(|number| (0..=255).contains(&number)),
        },
    };
    if fits { Ok(()) } else { Err(Mismatch { wanted: name(data_type).into(), found: found(raw) }) }
}

/// A type in words, as it reads after "wanted".
pub fn name(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Execution => "nothing",
        DataType::String => "a string",
        DataType::Integer => "a whole number of at most 64 bits",
        DataType::Float => "a number",
        DataType::Boolean => "true or false",
        DataType::Date => "an ISO 8601 date",
        DataType::PathBuf => "a path",
        DataType::Generic => "any JSON",
        DataType::Struct => "an object",
        DataType::Byte => "base64 text",
    }
}

/// The value as it reads after "found".
pub fn found(raw: &str) -> String {
    let what = match kind(raw) {
        Kind::Null => return "null".into(),
        Kind::Bool | Kind::Number => "",
        Kind::String => "the string ",
        Kind::Array => "the array ",
        Kind::Object => "the object ",
    };
    format!("{what}{}", shortened(raw, 60))
}

/// The number, where it is written as an integer and fits 64 bits, signed or unsigned.
pub fn integer(raw: &str) -> Option<i128> {
    let number: i128 = raw.parse().ok()?;
    (kind(raw) == Kind::Number && (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number)).then_some(number)
}

/// The text of a JSON string.
pub fn text(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// Whether a number lies in the range, ends included; values that are no numbers pass.
pub fn in_range(raw: &str, (low, high): (f64, f64)) -> bool {
    if kind(raw) != Kind::Number {
        return true;
    }
    if let Some(number) = integer(raw) {
        // Casts of whole floats to i128 are exact, or saturate far beyond 64 bits.
        return low.ceil() as i128 <= number && number <= high.floor() as i128;
    }
    raw.parse::<f64>().is_ok_and(|number| low <= number && number <= high)
}

/// The elements of an array, at most `keep` of them, and how many there are.
pub fn elements(raw: &str, keep: usize) -> Result<(Vec<&RawValue>, usize), serde_json::Error> {
    Elements { keep }.deserialize(&mut serde_json::Deserializer::from_str(raw))
}

/// The fields of an object in order, at most `keep` of them; repeated names stay repeated.
pub fn fields(raw: &str, keep: usize) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(raw);
    let fields = Fields { keep }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(fields)
}

struct Elements {
    keep: usize,
}

impl<'de> DeserializeSeed<'de> for Elements {
    type Value = (Vec<&'de RawValue>, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let (mut items, mut total) = (Vec::new(), 0);
        while let Some(item) = seq.next_element()? {
            total += 1;
            if items.len() < self.keep {
                items.push(item);
            }
        }
        Ok((items, total))
    }
}

struct Fields {
    keep: usize,
}

impl<'de> DeserializeSeed<'de> for Fields {
    type Value = Vec<(String, &'de RawValue)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if fields.len() < self.keep {
                fields.push((name, value));
            }
        }
        Ok(fields)
    }
}
