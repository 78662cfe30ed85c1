//! JSON as values of languages that have them.

use serde_json::Value;

use super::{Class, boolean, float, integer, text};
use crate::language::Language;
use crate::pin::{DataType, Pin, ValueType};

/// An expression of the type that `types::rust` names.
pub fn rust(pin: &Pin, value: &Value) -> String {
    let item = |value: &Value| rust_item(pin.data_type, value);
    match (pin.value_type, value) {
        (_, Value::Array(items)) if items.is_empty() && pin.value_type != ValueType::Normal => {
            "Default::default()".into()
        }
        (_, Value::Object(members)) if members.is_empty() && pin.value_type != ValueType::Normal => {
            "Default::default()".into()
        }
        (ValueType::Array, Value::Array(items)) => format!("vec![{}]", joined(items.iter().map(item))),
        (ValueType::HashSet, Value::Array(items)) if is_ordered(pin.data_type) => {
            format!("BTreeSet::from([{}])", joined(items.iter().map(item)))
        }
        (ValueType::HashSet, Value::Array(items)) => format!("vec![{}]", joined(items.iter().map(item))),
        (ValueType::HashMap, Value::Object(members)) => {
            let member =
                |(key, value): (&String, &Value)| format!("({}.into(), {})", text(Language::Rust, key), item(value));
            format!("BTreeMap::from([{}])", joined(members.iter().map(member)))
        }
        (_, value) => rust_json(value),
    }
}

/// The Rust type of a pin that is JSON. A set of what has no order is a list.
pub fn rust_type(pin: &Pin) -> String {
    let item = match Class::of_item(pin.data_type) {
        Class::Text => "String",
        Class::Integer => "i64",
        Class::Float => "f64",
        Class::Boolean => "bool",
        Class::Json => "Value",
    };
    match pin.value_type {
        ValueType::Normal => item.into(),
        ValueType::HashMap => format!("BTreeMap<String, {item}>"),
        ValueType::HashSet if is_ordered(pin.data_type) => format!("BTreeSet<{item}>"),
        ValueType::Array | ValueType::HashSet => format!("Vec<{item}>"),
    }
}

fn is_ordered(data_type: DataType) -> bool {
    !matches!(Class::of_item(data_type), Class::Float | Class::Json)
}

fn rust_item(data_type: DataType, value: &Value) -> String {
    match (Class::of_item(data_type), value) {
        (Class::Text, Value::String(value)) => format!("{}.into()", text(Language::Rust, value)),
        (Class::Json, value) => rust_json(value),
        (class, value) => super::scalar(Language::Rust, class, value),
    }
}

pub fn rust_json(value: &Value) -> String {
    match value {
        Value::Null => "Value::Null".into(),
        value => format!("json!({})", rust_macro(value)),
    }
}

fn rust_macro(value: &Value) -> String {
    let member = |(key, value): (&String, &Value)| format!("{}: {}", text(Language::Rust, key), rust_macro(value));
    match value {
        Value::Null => "null".into(),
        Value::String(value) => text(Language::Rust, value),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(rust_macro))),
        Value::Object(members) if members.is_empty() => "{}".into(),
        Value::Object(members) => format!("{{ {} }}", joined(members.iter().map(member))),
        Value::Number(number) if number.is_u64() && !number.is_i64() => format!("{number}u64"),
        Value::Number(number) if number.as_i64().is_some_and(|number| i32::try_from(number).is_err()) => {
            format!("{number}i64")
        }
        value => value.to_string(),
    }
}

/// A composite literal of the type that [`go_type`] names.
pub fn go(pin: &Pin, value: &Value) -> String {
    let kind = go_type(pin);
    let item = |value: &Value| match (Class::of_item(pin.data_type), pin.data_type) {
        (Class::Json, DataType::Struct) => go_any(value).replacen("map[string]any", "", 1),
        (Class::Json, _) => go_any(value),
        (class, _) => super::scalar(Language::Go, class, value),
    };
    let member = |(key, value): (&String, &Value)| format!("{}: {}", text(Language::Go, key), item(value));
    match (pin.value_type, value) {
        (ValueType::HashMap, Value::Object(members)) => format!("{kind}{{{}}}", joined(members.iter().map(member))),
        (ValueType::Array | ValueType::HashSet, Value::Array(items)) => {
            format!("{kind}{{{}}}", joined(items.iter().map(item)))
        }
        (_, value) => go_any(value),
    }
}

/// The Go type of a pin that is JSON. A set is a slice.
pub fn go_type(pin: &Pin) -> String {
    let item = match (Class::of_item(pin.data_type), pin.data_type) {
        (Class::Text, _) => "string",
        (Class::Integer, _) => "int64",
        (Class::Float, _) => "float64",
        (Class::Boolean, _) => "bool",
        (Class::Json, DataType::Struct) => "map[string]any",
        (Class::Json, _) => "any",
    };
    match pin.value_type {
        ValueType::Normal => item.into(),
        ValueType::Array | ValueType::HashSet => format!("[]{item}"),
        ValueType::HashMap => format!("map[string]{item}"),
    }
}

fn go_any(value: &Value) -> String {
    let member = |(key, value): (&String, &Value)| format!("{}: {}", text(Language::Go, key), go_any(value));
    match value {
        Value::Null => "nil".into(),
        Value::String(value) => text(Language::Go, value),
        Value::Array(items) => format!("[]any{{{}}}", joined(items.iter().map(go_any))),
        Value::Object(members) => format!("map[string]any{{{}}}", joined(members.iter().map(member))),
        Value::Number(number) if number.is_i64() => format!("int64({number})"),
        Value::Number(number) if number.is_u64() => format!("uint64({number})"),
        value => value.to_string(),
    }
}

pub fn python(value: &Value) -> String {
    let member = |(key, value): (&String, &Value)| format!("{}: {}", text(Language::Python, key), python(value));
    match value {
        Value::Null => "None".into(),
        Value::Bool(value) => boolean(Language::Python, *value).into(),
        Value::String(value) => text(Language::Python, value),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(python))),
        Value::Object(members) => format!("{{{}}}", joined(members.iter().map(member))),
        Value::Number(number) => number.to_string(),
    }
}

/// Integers that a number cannot hold are bigints, as the project's reader has them.
pub fn typescript(value: &Value) -> String {
    const SAFE: i64 = (1 << 53) - 1;
    let member =
        |(key, value): (&String, &Value)| format!("{}: {}", text(Language::TypeScript, key), typescript(value));
    match value {
        Value::String(value) => text(Language::TypeScript, value),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(typescript))),
        Value::Object(members) if members.is_empty() => "{}".into(),
        Value::Object(members) => format!("{{ {} }}", joined(members.iter().map(member))),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) if (-SAFE..=SAFE).contains(&number) => number.to_string(),
            (Some(number), ..) => integer(Language::TypeScript, number),
            (_, Some(number), _) => format!("{number}n"),
            (.., Some(number)) => float(Language::TypeScript, number),
            _ => number.to_string(),
        },
        value => value.to_string(),
    }
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{go as go_value, rust as rust_value, *};

    fn pin(text: &str) -> Pin {
        text.parse().expect("a pin")
    }

    #[test]
    fn collections_have_their_types() {
        let rust = |text: &str| {
            let pin = pin(text);
            (rust_type(&pin), rust_value(&pin, &pin.default_or_zero()))
        };
        assert_eq!(rust("a:in:array of string=[\"x\"]"), ("Vec<String>".into(), "vec![\"x\".into()]".into()));
        assert_eq!(rust("a:in:set of integer=[1,2]"), ("BTreeSet<i64>".into(), "BTreeSet::from([1, 2])".into()));
        assert_eq!(rust("a:in:set of float=[1]"), ("Vec<f64>".into(), "vec![1.0]".into()));
        assert_eq!(rust("a:in:map of struct"), ("BTreeMap<String, Value>".into(), "Default::default()".into()));
        assert_eq!(rust("a:in:struct={\"a\":[null,1]}").1, "json!({ \"a\": [null, 1] })");
        let go = |text: &str| {
            let pin = pin(text);
            go_value(&pin, &pin.default_or_zero())
        };
        assert_eq!(go("a:in:map of float={\"x\":1}"), "map[string]float64{\"x\": 1.0}");
        assert_eq!(go("a:in:array of struct=[{\"x\":null}]"), "[]map[string]any{{\"x\": nil}}");
        assert_eq!(go("a:in:generic=[1,true]"), "[]any{int64(1), true}");
        assert_eq!(
            python(&pin("a:in:generic={\"x\":[true,null,1.5]}").default_or_zero()),
            "{\"x\": [True, None, 1.5]}"
        );
        assert_eq!(typescript(&pin("a:in:generic=[9007199254740993,1]").default_or_zero()), "[9007199254740993n, 1]");
    }
}
