//! The JSON documents of a project: the node's definition, and a first case.

use serde_json::{Map, Value, json};

use crate::pin::{DataType, Direction, Pin, ValueType};
use crate::plan::Plan;

/// The definition that the node gives of itself.
pub fn definition(plan: &Plan) -> String {
    let pins: Vec<Value> = plan.pins.iter().map(pin).collect();
    let definition = json!({
        "name": plan.id(),
        "friendly_name": plan.name.trim(),
        "description": plan.description(),
        "category": plan.category(),
        "pins": pins,
        "abi_version": 1,
        "permissions": plan.permissions,
    });
    pretty(&definition)
}

fn pin(pin: &Pin) -> Value {
    let mut object = Map::new();
    object.insert("name".into(), json!(pin.name));
    object.insert("friendly_name".into(), json!(pin.title()));
    object.insert("description".into(), json!(pin.description));
    object.insert("pin_type".into(), json!(if pin.direction == Direction::Input { "Input" } else { "Output" }));
    object.insert("data_type".into(), json!(pin.data_type.name()));
    if pin.value_type != ValueType::Normal {
        object.insert("value_type".into(), json!(pin.value_type.name()));
    }
    if let (Direction::Input, Some(default)) = (pin.direction, &pin.default) {
        object.insert("default_value".into(), default.clone());
    }
    Value::Object(object)
}

/// `<node>.cases.json`: one named set of inputs to begin with.
pub fn cases(plan: &Plan) -> String {
    let inputs = plan.pins.iter().filter(|pin| pin.direction == Direction::Input && !pin.is_exec());
    let inputs: Map<String, Value> = inputs.map(|pin| (pin.name.clone(), example(pin))).collect();
    pretty(&json!({ "cases": [{ "name": "Example", "inputs": inputs }] })) + "\n"
}

/// The default where it says something, else a value that shows the type.
fn example(pin: &Pin) -> Value {
    if let Some(default) = &pin.default {
        return default.clone();
    }
    let item = match pin.data_type {
        DataType::Execution => Value::Null,
        DataType::String => json!("hello"),
        DataType::Integer => json!(1),
        DataType::Float => json!(1.5),
        DataType::Boolean => json!(true),
        DataType::Date => json!("2026-01-31T12:00:00Z"),
        DataType::PathBuf => json!("folder/file.txt"),
        DataType::Byte => json!("aGVsbG8="),
        DataType::Struct => json!({ "key": "value" }),
        DataType::Generic => json!({ "any": "JSON" }),
    };
    match pin.value_type {
        ValueType::Normal => item,
        ValueType::Array | ValueType::HashSet => json!([item]),
        ValueType::HashMap => json!({ "key": item }),
    }
}

/// Objects with two spaces of indentation. Values of this kind cannot fail to be written.
fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
