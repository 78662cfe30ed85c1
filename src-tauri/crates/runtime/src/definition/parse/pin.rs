//! One pin.

use std::sync::Arc;

use super::super::schema::Schema;
use super::super::value::{self, Kind};
use super::super::{DataType, Direction, Pin, Problem, ValueType};
use super::object::{self, Object, Problems};
use crate::json::Json;
use crate::text::{quoted, shortened};

/// Choices of one pin that are kept.
const MAX_VALUES: usize = 10_000;

/// Reads one pin; `None` where the value cannot be one, which is then a problem.
pub fn pin(position: usize, node: &str, raw: &str, problems: &mut Problems) -> Option<Pin> {
    let place = format!("pin {} of {node}", position + 1);
    if value::kind(raw) != Kind::Object {
        let message = format!("{place} is left out: it is {}, not an object", value::found(raw));
        problems.add(Problem::error("not-a-pin", message));
        return None;
    }
    let mut object = match Object::read(raw, place.clone(), problems) {
        Ok(object) => object,
        Err(error) => {
            problems.add(Problem::error("not-a-pin", format!("{place} is left out: {error}")));
            return None;
        }
    };
    let Some(name) = object.text("name") else {
        object.error("not-a-pin", "it has no \"name\" and is left out; every pin needs one".into());
        return None;
    };
    object.place = format!("pin {} of {node}", quoted(&name));
    object.check_name("name", &name);
    let friendly_name = object.required_text("friendly_name", &name);
    let mut pin = Pin {
        friendly_name: if friendly_name.is_empty() { name.clone() } else { friendly_name },
        // An empty description is usual, and so is none.
        description: object.text("description").unwrap_or_default(),
        direction: direction(&mut object),
        data_type: data_type(&mut object),
        value_type: value_type(&mut object),
        default_value: None,
        schema: schema(&mut object),
        valid_values: valid_values(&mut object),
        range: range(&mut object),
        step: step(&mut object),
        sensitive: object.flag("sensitive"),
        enforce_schema: object.flag("enforce_schema"),
        enforce_generic_value_type: object.flag("enforce_generic_value_type"),
        name,
    };
    check_limits_apply(&mut object, &pin);
    check_schema(&mut object, &pin);
    pin.default_value = default_value(&mut object, &pin);
    Some(pin)
}

fn direction(object: &mut Object<'_, '_>) -> Direction {
    let text = object.text("pin_type");
    match text.as_deref() {
        Some(text) if text.eq_ignore_ascii_case("output") => Direction::Output,
        Some(text) if text.eq_ignore_ascii_case("input") => Direction::Input,
        Some(text) => {
            let message = format!("the \"pin_type\" {} is unknown; read as Input, write Input or Output", quoted(text));
            object.warning("unknown-pin-type", message);
            Direction::Input
        }
        None => {
            object.warning("missing-field", "\"pin_type\" is missing; read as Input, write Input or Output".into());
            Direction::Input
        }
    }
}

fn data_type(object: &mut Object<'_, '_>) -> DataType {
    let Some(text) = object.text("data_type") else {
        object.warning("missing-field", "\"data_type\" is missing; read as Generic, write the pin's type".into());
        return DataType::Generic;
    };
    DataType::from_spelling(&text).unwrap_or_else(|| {
        let message = format!("the \"data_type\" {} is unknown; read as Generic", quoted(&text));
        object.warning("unknown-data-type", message);
        DataType::Generic
    })
}

fn value_type(object: &mut Object<'_, '_>) -> ValueType {
    let Some(text) = object.text("value_type") else { return ValueType::Normal };
    ValueType::from_spelling(&text).unwrap_or_else(|| {
        let message = format!(
            "the \"value_type\" {} is unknown; read as Normal, write Normal, Array, HashMap or HashSet",
            quoted(&text)
        );
        object.warning("unknown-value-type", message);
        ValueType::Normal
    })
}

/// JSON Schema in a string; a bare object is what some take for it.
fn schema(object: &mut Object<'_, '_>) -> Option<Arc<str>> {
    let raw = object.raw("schema")?;
    if value::kind(raw) == Kind::Object {
        object.info("schema-not-text", "\"schema\" is an object; other hosts want it as a string".into());
        return Some(Arc::from(raw));
    }
    let text = object.text("schema")?;
    match Json::parse(&text) {
        Ok(json) if matches!(value::kind(json.as_str()), Kind::Object | Kind::Bool) => Some(Arc::from(json.as_str())),
        _ => {
            let message = format!("the \"schema\" {} is not a JSON Schema; it is not used", quoted(&text));
            object.warning("schema-not-json", message);
            None
        }
    }
}

fn valid_values(object: &mut Object<'_, '_>) -> Option<Vec<String>> {
    object.raw("valid_values")?;
    let (items, total) = object.list("valid_values", MAX_VALUES);
    if total > MAX_VALUES {
        let message = format!("{total} valid values; only the first {MAX_VALUES} are offered");
        object.warning("too-many-values", message);
    }
    let mut values = Vec::new();
    for raw in items {
        match value::kind(raw) {
            Kind::String => values.extend(object.string("valid_values", raw)),
            Kind::Number | Kind::Bool => {
                let message = format!("the valid value {raw} is not a string; read as \"{raw}\"");
                object.info("value-not-text", message);
                values.push(raw.into());
            }
            _ => object.wrong_type("valid_values", "an array of strings", raw),
        }
    }
    if values.is_empty() {
        object.info("no-valid-values", "\"valid_values\" names no value; every value is taken".into());
        return None;
    }
    Some(values)
}

fn range(object: &mut Object<'_, '_>) -> Option<(f64, f64)> {
    let raw = object.raw("range")?;
    let numbers: Vec<f64> = object.list("range", 3).0.into_iter().filter_map(object::number).collect();
    match *numbers.as_slice() {
        [low, high] if low <= high => Some((low, high)),
        [high, low] => {
            object.warning("range-reversed", format!("the range ends at {low} before it starts at {high}; swapped"));
            Some((low, high))
        }
        _ => {
            object.wrong_type("range", "an array of two numbers", raw);
            None
        }
    }
}

fn step(object: &mut Object<'_, '_>) -> Option<f64> {
    let step = object.number("step")?;
    if step > 0.0 {
        return Some(step);
    }
    object.warning("step-not-positive", format!("the step is {step}; it is not used, write a number above 0"));
    None
}

/// A range on a pin that holds no number says nothing.
fn check_limits_apply(object: &mut Object<'_, '_>, pin: &Pin) {
    let numeric = matches!(pin.data_type, DataType::Integer | DataType::Float | DataType::Generic | DataType::Byte);
    if !numeric && (pin.range.is_some() || pin.step.is_some()) {
        let message = format!("a range or step means nothing for {}", value::name(pin.data_type));
        object.info("range-unused", message);
    }
}

/// A schema that is none for us stops nothing.
fn check_schema(object: &mut Object<'_, '_>, pin: &Pin) {
    let Some(schema) = pin.schema.as_deref().filter(|_| pin.data_type == DataType::Struct) else { return };
    match Schema::parse(schema) {
        Err(reason) => {
            let message = format!("values are not checked against the \"schema\": {}", shortened(&reason, 300));
            object.warning("schema-not-used", message);
        }
        Ok(schema) if !schema.left_out().is_empty() => {
            let what = shortened(&schema.left_out().join("; "), 300);
            object
                .warning("schema-partly-used", format!("values are not checked against all of the \"schema\": {what}"));
        }
        Ok(_) => {}
    }
}

fn default_value(object: &mut Object<'_, '_>, pin: &Pin) -> Option<Json> {
    let raw = object.raw("default_value")?;
    if value::text_of_halves(raw).is_some() {
        return object.string("default_value", raw).map(|text| Json::string(&text));
    }
    let json = match Json::parse(raw) {
        Ok(json) if json.to_value().is_some() => json,
        _ => {
            object.warning("default-too-deep", "\"default_value\" nests too deep; it is not used".into());
            return None;
        }
    };
    if pin.data_type == DataType::Execution {
        object.info("default-unused", "an exec pin has no value; the default is not used".into());
        return None;
    }
    if let Err(mismatch) = value::fits(pin, raw) {
        let message = format!("the default does not fit: wanted {}, found {}", mismatch.wanted, mismatch.found);
        object.warning("default-mismatch", message);
    } else if !super::super::inputs::allowed(pin, raw) {
        let message = format!("the default {} is outside the range or the valid values", value::found(raw));
        object.warning("default-not-allowed", message);
    }
    Some(json)
}
