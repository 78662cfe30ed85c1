//! Whether a JSON value is one that a pin's type describes. Works on the text, so that integers stay exact.

use std::borrow::Cow;
use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr2;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{DataType, Pin, ValueType, date};
use crate::text::{quoted, shortened};

/// Elements of a set that are held against each other.
const MAX_SET: usize = 1_000_000;

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
        ValueType::Array | ValueType::HashMap | ValueType::HashSet => {
            each(pin.value_type, raw, |raw| scalar(pin.data_type, raw))
        }
    }
}

/// The element of a set, or the name in a map, that is in it twice: by its value, so 1 and 1.0 are one number, and the
/// order of keys says nothing. Of a very long one the beginning is looked at.
pub fn duplicate(value_type: ValueType, raw: &str) -> Option<String> {
    let mut twice = None;
    match (value_type, kind(raw)) {
        (ValueType::HashSet, Kind::Array) => {
            let mut seen = HashSet::new();
            while_elements(raw, |item| {
                if !seen.insert(canonical(item)) {
                    twice = Some(found(item));
                }
                twice.is_none() && seen.len() < MAX_SET
            });
        }
        (ValueType::HashMap, Kind::Object) => {
            let mut seen = HashSet::new();
            while_fields(raw, |name, _| {
                if !seen.insert(name.to_owned()) {
                    twice = Some(format!("the name {}", quoted(name)));
                }
                twice.is_none() && seen.len() < MAX_SET
            });
        }
        _ => {}
    }
    twice
}

/// One spelling for all spellings of a value: numbers by their value, objects by their sorted keys. What nests too deep
/// keeps its own.
pub fn canonical(raw: &str) -> Cow<'_, str> {
    match kind(raw) {
        Kind::Null | Kind::Bool | Kind::String => Cow::Borrowed(raw),
        Kind::Number => Cow::Owned(number(raw)),
        Kind::Array | Kind::Object => match serde_json::from_str::<Value>(raw) {
            Ok(value) => Cow::Owned(canonical_value(&value)),
            Err(_) => Cow::Borrowed(raw),
        },
    }
}

/// [`canonical`] for a tree.
pub fn canonical_value(value: &Value) -> String {
    match value {
        Value::Number(number) => self::number(&number.to_string()),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical_value).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical_value(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

/// A JSON number as sign, digits and exponent, without zeros at either end.
fn number(raw: &str) -> String {
    let (sign, rest) = raw.strip_prefix('-').map_or(("", raw), |rest| ("-", rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return "0".into();
    }
    let trailing = digits.len() - digits.trim_end_matches('0').len();
    match exponent.parse::<i64>() {
        Ok(exponent) => {
            format!("{sign}{significant}e{}", i128::from(exponent) + trailing as i128 - fraction.len() as i128)
        }
        // So large an exponent has no second spelling that matters.
        Err(_) => raw.to_owned(),
    }
}

/// The first number in a value that would lose its value elsewhere: a whole one that 64 bits do not hold, or one beyond
/// every float.
pub fn too_large(raw: &str) -> Option<&str> {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1),
            b'-' | b'0'..=b'9' => {
                let length = bytes[at..]
                    .iter()
                    .take_while(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
                    .count();
                let number = &raw[at..at + length];
                // Fewer digits than these always fit.
                if length > 18 || number.contains(['e', 'E']) {
                    let whole = !number.contains(['.', 'e', 'E']);
                    let fits = match whole {
                        true => integer(number).is_some(),
                        false => number.parse::<f64>().is_ok_and(f64::is_finite),
                    };
                    if !fits {
                        return Some(number);
                    }
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    None
}

/// From behind a string's first quote to behind its last.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(step) = memchr2(b'"', b'\\', &bytes[at..]) {
        at += step;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// Calls `check` for the value itself, or for every element of a container.
pub fn each<'a>(
    value_type: ValueType,
    raw: &'a str,
    mut check: impl FnMut(&'a str) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    let mut result = Ok(());
    match (value_type, kind(raw)) {
        (ValueType::Array | ValueType::HashSet, Kind::Array) => while_elements(raw, |item| {
            result = check(item);
            result.is_ok()
        }),
        (ValueType::HashMap, Kind::Object) => while_fields(raw, |_, item| {
            result = check(item);
            result.is_ok()
        }),
        _ => result = check(raw),
    }
    result
}

/// Hands over one element of an array after the other until `go_on` says no. Keeps none: there may be very many.
pub fn while_elements<'a>(raw: &'a str, go_on: impl FnMut(&'a str) -> bool) {
    // Valid JSON does not fail; stopping early leaves text behind, which is the parser's complaint.
    let _ = WhileElements(go_on).deserialize(&mut serde_json::Deserializer::from_str(raw));
}

/// As [`while_elements`], for the fields of an object.
pub fn while_fields<'a>(raw: &'a str, go_on: impl FnMut(&str, &'a str) -> bool) {
    let _ = WhileFields(go_on).deserialize(&mut serde_json::Deserializer::from_str(raw));
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

/// The text of a JSON string in which some escapes are halves of surrogate pairs, which stand for no character: each
/// becomes a replacement character. `None` where nothing else is wrong with it, or something else is.
pub fn text_of_halves(raw: &str) -> Option<String> {
    if kind(raw) != Kind::String || text(raw).is_some() {
        return None;
    }
    let mut whole = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        whole.push_str(before);
        let unit = |escape: &str| u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok();
        let low = |next: &str| unit(next).is_some_and(|unit| (0xDC00..0xE000).contains(&unit));
        let (taken, kept) = match unit(escape) {
            Some(0xD800..0xDC00) if escape.get(6..).is_some_and(low) => (12, true),
            Some(0xD800..0xE000) => (6, false),
            _ => (2, true),
        };
        whole.push_str(if kept { escape.get(..taken)? } else { "\\ufffd" });
        rest = escape.get(taken..)?;
    }
    whole.push_str(rest);
    text(&whole)
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

struct WhileElements<F>(F);

impl<'de, F: FnMut(&'de str) -> bool> DeserializeSeed<'de> for WhileElements<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&'de str) -> bool> Visitor<'de> for WhileElements<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element::<&RawValue>()? {
            if !(self.0)(item.get()) {
                break;
            }
        }
        Ok(())
    }
}

struct WhileFields<F>(F);

impl<'de, F: FnMut(&str, &'de str) -> bool> DeserializeSeed<'de> for WhileFields<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&str, &'de str) -> bool> Visitor<'de> for WhileFields<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if !(self.0)(&name, value.get()) {
                break;
            }
        }
        Ok(())
    }
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
