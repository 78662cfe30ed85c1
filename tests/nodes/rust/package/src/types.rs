//! A pin of every data type, every kind of container and every hint, handed through unchanged.

use flow_like_wasm_sdk::schemars::{self, JsonSchema};
use flow_like_wasm_sdk::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Settings {
    label: String,
    threshold: f64,
    tags: Vec<String>,
}

const PINS: [(&str, VariableType); 9] = [
    ("string", VariableType::String),
    ("integer", VariableType::Integer),
    ("float", VariableType::Float),
    ("boolean", VariableType::Boolean),
    ("date", VariableType::Date),
    ("path", VariableType::PathBuf),
    ("generic", VariableType::Generic),
    ("struct", VariableType::Struct),
    ("bytes", VariableType::Byte),
];

#[register_node]
#[derive(Default)]
pub struct EveryType;

impl WasmNode for EveryType {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new("every_type", "Every Type", "Hands each input through", "Types");
        node.add_icon("/flow/icons/types.svg");
        node.set_scores(NodeScores { privacy: 1, security: 2, performance: 3, governance: 4, reliability: 5, cost: 6 });
        node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
        node.add_output_pin("exec_out", "Done", "Fires when all outputs are set", VariableType::Execution);
        for (name, kind) in PINS {
            node.add_input_pin(name, name, "Handed through", kind.clone());
            node.add_output_pin(&format!("{name}_out"), name, "The input", kind);
        }
        node.add_input_pin("names", "Names", "An array", VariableType::String).set_value_type(ValueType::Array);
        node.add_input_pin("weights", "Weights", "A map", VariableType::Float).set_value_type(ValueType::HashMap);
        node.add_input_pin("flags", "Flags", "A set", VariableType::Integer).set_value_type(ValueType::HashSet);
        node.add_input_pin("mode", "Mode", "One of a few", VariableType::String)
            .set_valid_values(vec!["fast".into(), "exact".into()])
            .set_default_value(json!("fast"));
        node.add_input_pin("level", "Level", "In steps", VariableType::Integer)
            .set_range(0.0, 10.0)
            .set_step(2.0)
            .set_default_value(json!(4));
        node.add_input_pin("secret", "Secret", "Not to be shown", VariableType::String).set_sensitive(true);
        node.add_input_pin("settings", "Settings", "With a schema", VariableType::Struct)
            .set_schema::<Settings>()
            .set_enforce_schema(true);
        for name in ["names", "weights", "flags", "mode", "level", "secret", "settings"] {
            node.add_output_pin(&format!("{name}_out"), name, "The input", VariableType::Generic);
        }
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let names = PINS.iter().map(|(name, _)| *name);
        for name in names.chain(["names", "weights", "flags", "mode", "level", "secret", "settings"]) {
            if let Some(value) = ctx.get_input(name).cloned() {
                ctx.set_output(&format!("{name}_out"), value);
            }
        }
        ctx.success()
    }
}
