//! A user's values, checked against the pins, and read from text as a pin's type reads it.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::results::Code;
use super::schema::{self, Misfit, Schema, escaped};
use super::value::{self, Kind, Mismatch};
use super::{DataType, Definition, Direction, Pin, ValueType, codes, date};
use crate::json::Json;
use crate::text::{nearest, quoted, without_mark};

/// A value that the node should not be run with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InputProblem {
    pub pin: String,
    /// A stable word, such as `unknown-pin` or `wrong-type`.
    pub code: &'static str,
    /// What, where, and the next step.
    pub message: String,
}

impl InputProblem {
    fn new(pin: &str, code: &'static str, message: String) -> Self {
        codes::check(code);
        Self { pin: pin.into(), code, message: format!("input {}: {message}", quoted(pin)) }
    }
}

/// Everything that is wrong with the values; pins without a value stay unset and are never wrong.
pub fn check(definition: &Definition, inputs: &[(String, Json)]) -> Vec<InputProblem> {
    let mut seen = HashSet::new();
    let mut problems = Vec::new();
    for (name, json) in inputs {
        if !seen.insert(name.as_str()) {
            problems.push(InputProblem::new(name, "duplicate-input", "given more than once; give it once".into()));
            continue;
        }
        match find(definition, name) {
            Ok(pin) => problems.extend(check_value(pin, json)),
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// The input pin of this name that can hold a value.
pub fn find<'a>(definition: &'a Definition, name: &str) -> Result<&'a Pin, InputProblem> {
    let Some(pin) = definition.inputs().find(|pin| pin.name == name) else {
        if definition.outputs().any(|pin| pin.name == name) {
            let message = "this is an output pin; only input pins take a value".into();
            return Err(InputProblem::new(name, "output-pin", message));
        }
        let values = || definition.inputs().filter(|pin| pin.data_type != DataType::Execution);
        let names = || values().map(|pin| pin.name.as_str());
        let advice = match nearest(name, names()) {
            Some(near) => format!("did you mean {}?", quoted(near)),
            None if names().next().is_none() => "it takes no values".into(),
            None => format!("it has {}", names().take(20).map(quoted).collect::<Vec<_>>().join(", ")),
        };
        let message = format!("the node has no such input pin; {advice}");
        return Err(InputProblem::new(name, "unknown-pin", message));
    };
    if pin.data_type == DataType::Execution {
        let message = "an exec pin takes no value; leave it out".into();
        return Err(InputProblem::new(name, "exec-pin", message));
    }
    Ok(pin)
}

fn check_value(pin: &Pin, json: &Json) -> Option<InputProblem> {
    let Unfit { code, place, wanted, found } = unfit(pin, json)?;
    let message = match code {
        Code::WrongType if json.is_null() => {
            format!("wanted {wanted}, found {found}; leave it out to keep it unset")
        }
        Code::OutOfRange => format!("{found} is out of range; wanted {wanted}"),
        Code::NotAValidValue => format!("{found} is not one of the valid values; choose {wanted}"),
        Code::HalfCharacter => format!("{found} is half of a character, which UTF-8 text cannot hold; write {wanted}"),
        _ if place.is_empty() => format!("wanted {wanted}, found {found}"),
        _ => format!("at {}: wanted {wanted}, found {found}", quoted(&place)),
    };
    Some(InputProblem::new(&pin.name, code.name(), message))
}

/// How a value does not fit its pin.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    pub code: Code,
    /// JSON pointer to the part that does not fit a schema; else empty.
    pub place: String,
    pub wanted: String,
    pub found: String,
}

/// The first thing about a value that the pin does not allow, whichever direction it has.
pub(super) fn unfit(pin: &Pin, json: &Json) -> Option<Unfit> {
    let raw = json.as_str();
    let because = |code, Mismatch { wanted, found }| Some(Unfit { code, place: String::new(), wanted, found });
    if let Err(mismatch) = value::fits(pin, raw) {
        return because(Code::WrongType, mismatch);
    }
    if let Some(twice) = value::duplicate(pin.value_type, raw) {
        return because(Code::Duplicate, Mismatch { wanted: "each once".into(), found: format!("{twice} twice") });
    }
    if let Some(escape) = json.lone_surrogate() {
        let wanted = "both halves, or the character itself".into();
        return because(Code::HalfCharacter, Mismatch { wanted, found: escape.into() });
    }
    if let Some(number) = value::too_large(raw) {
        let wanted = "numbers of at most 64 bits".into();
        return because(Code::NumberTooLarge, Mismatch { wanted, found: shown(number) });
    }
    if let Some(mismatch) = outside_range(pin, raw) {
        return because(Code::OutOfRange, mismatch);
    }
    if let Some(mismatch) = not_a_choice(pin, raw) {
        return because(Code::NotAValidValue, mismatch);
    }
    let Misfit { place, wanted, found } = outside_schema(pin, raw)?;
    Some(Unfit { code: Code::SchemaMismatch, place, wanted, found })
}

/// A value as it reads after "found", bounded and escaped.
pub(super) fn shown(raw: &str) -> String {
    value::found(raw)
}

/// Of a value that nobody may see.
pub(super) fn kind_only(raw: &str) -> String {
    let kind = match value::kind(raw) {
        Kind::Null => return "null".into(),
        Kind::Bool => "true or false",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "an array",
        Kind::Object => "an object",
    };
    format!("{kind} (sensitive)")
}

/// A schema describes a Struct, or each of several. One that cannot be used says nothing about values; it is a problem
/// of the definition.
fn outside_schema(pin: &Pin, raw: &str) -> Option<Misfit> {
    let text = pin.schema.as_deref().filter(|_| pin.data_type == DataType::Struct)?;
    let schema = Schema::parse(text).ok()?;
    let mut steps = schema::STEPS;
    let mut misfit = None;
    let mut below = |place: String, raw: &str| {
        misfit =
            schema.misfit(raw, &mut steps).map(|found| Misfit { place: format!("{place}{}", found.place), ..found });
        misfit.is_none()
    };
    match (pin.value_type, value::kind(raw)) {
        (ValueType::Array | ValueType::HashSet, Kind::Array) => {
            let mut at = 0..;
            value::while_elements(raw, |item| below(format!("/{}", at.next().unwrap_or(0)), item));
        }
        (ValueType::HashMap, Kind::Object) => {
            value::while_fields(raw, |name, item| below(format!("/{}", escaped(name)), item));
        }
        _ => drop(below(String::new(), raw)),
    }
    misfit
}

/// Whether range, valid values and the kind of container allow a value of the right type.
pub(super) fn allowed(pin: &Pin, raw: &str) -> bool {
    outside_range(pin, raw).is_none()
        && not_a_choice(pin, raw).is_none()
        && value::duplicate(pin.value_type, raw).is_none()
}

fn outside_range(pin: &Pin, raw: &str) -> Option<Mismatch> {
    let range = pin.range?;
    let inside = |raw: &str| {
        if value::in_range(raw, range) {
            return Ok(());
        }
        Err(Mismatch { wanted: format!("{} to {}", range.0, range.1), found: value::found(raw) })
    };
    value::each(pin.value_type, raw, inside).err()
}

fn not_a_choice(pin: &Pin, raw: &str) -> Option<Mismatch> {
    let values = pin.valid_values.as_ref()?;
    let chosen = |raw: &str| {
        let text = value::text(raw);
        let text = text.as_deref().unwrap_or(raw);
        if values.iter().any(|value| value == text) {
            return Ok(());
        }
        let wanted = values.iter().take(20).map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
        Err(Mismatch { wanted, found: quoted(text) })
    };
    value::each(pin.value_type, raw, chosen).err()
}

/// Reads text as the pin's type reads it: a String pin takes it as it is, numbers and booleans are parsed, a Byte pin
/// takes base64, and everything structured takes JSON.
pub fn read_text(pin: &Pin, text: &str) -> Result<Json, InputProblem> {
    let wrong =
        |wanted: &str| InputProblem::new(&pin.name, "wrong-type", format!("wanted {wanted}, found {}", quoted(text)));
    if pin.direction == Direction::Output {
        return Err(InputProblem::new(&pin.name, "output-pin", "only input pins take a value".into()));
    }
    if pin.value_type != ValueType::Normal {
        return read_json(pin, text);
    }
    let trimmed = text.trim();
    match pin.data_type {
        DataType::Execution => {
            Err(InputProblem::new(&pin.name, "exec-pin", "an exec pin takes no value; leave it out".into()))
        }
        DataType::String | DataType::PathBuf => Ok(Json::string(text)),
        DataType::Integer => integer(trimmed).ok_or_else(|| wrong(value::name(DataType::Integer))),
        DataType::Float => float(trimmed).ok_or_else(|| wrong(value::name(DataType::Float))),
        DataType::Boolean => match trimmed {
            "true" | "false" => Json::parse(trimmed).map_err(|_| wrong("true or false")),
            _ => Err(wrong("true or false")),
        },
        DataType::Date if date::is_iso(trimmed) => Ok(Json::string(trimmed)),
        DataType::Date => Err(wrong("an ISO 8601 date such as 2026-02-28 or 2026-02-28T13:05:00Z")),
        DataType::Byte if STANDARD.decode(trimmed).is_ok() => Ok(Json::string(trimmed)),
        DataType::Byte => Err(wrong("base64 text (a file's content is given with =@FILE)")),
        DataType::Generic | DataType::Struct => read_json(pin, text),
    }
}

/// The values of an object, in order and exactly as they are written; repeated names stay repeated.
pub fn read_object(text: &str) -> Result<Vec<(String, Json)>, serde_json::Error> {
    value::fields(without_mark(text), usize::MAX)?
        .into_iter()
        .map(|(name, raw)| Ok((name, Json::parse(raw.get())?)))
        .collect()
}

/// Reads the content of a file for the pin: bytes become base64, everything else is text and read as such.
pub fn read_bytes(pin: &Pin, bytes: &[u8]) -> Result<Json, InputProblem> {
    if pin.data_type == DataType::Byte && pin.direction == Direction::Input {
        return match pin.value_type {
            ValueType::Normal => Ok(Json::string(&STANDARD.encode(bytes))),
            ValueType::Array => Ok(Json::from_value(&serde_json::Value::from(bytes))),
            ValueType::HashMap | ValueType::HashSet => read_json(pin, utf8(pin, bytes)?),
        };
    }
    read_text(pin, utf8(pin, bytes)?)
}

fn utf8<'a>(pin: &Pin, bytes: &'a [u8]) -> Result<&'a str, InputProblem> {
    std::str::from_utf8(bytes).map_err(|error| {
        let message =
            format!("the file is not UTF-8 text (at byte {}); only Byte pins take any file", error.valid_up_to());
        InputProblem::new(&pin.name, "not-text", message)
    })
}

fn read_json(pin: &Pin, text: &str) -> Result<Json, InputProblem> {
    let json = Json::parse(without_mark(text)).map_err(|error| {
        let advice = match pin.data_type {
            DataType::Generic if pin.value_type == ValueType::Normal => "; a text needs its quotes, such as '\"text\"'",
            _ => "",
        };
        let message = format!("wanted JSON ({}): {error}{advice}", pin.type_name());
        InputProblem::new(&pin.name, "not-json", message)
    })?;
    match value::fits(pin, json.as_str()) {
        Ok(()) => Ok(json),
        Err(Mismatch { wanted, found }) => {
            Err(InputProblem::new(&pin.name, "wrong-type", format!("wanted {wanted}, found {found}")))
        }
    }
}

/// Exact in 64 bits, signed or unsigned.
fn integer(text: &str) -> Option<Json> {
    let canonical = match text.parse::<i64>() {
        Ok(number) => number.to_string(),
        Err(_) => text.parse::<u64>().ok()?.to_string(),
    };
    Json::parse(&canonical).ok()
}

/// The user's own spelling where JSON has it too.
fn float(text: &str) -> Option<Json> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    let spelled = Json::parse(text).ok().filter(|json| value::kind(json.as_str()) == Kind::Number);
    spelled.or_else(|| Json::parse(&number.to_string()).ok())
}

#[cfg(test)]
#[path = "inputs/tests.rs"]
mod tests;
