//! One row of a list. It indexes without looking, so that a wrong number shows what a trap looks like.

use flow_like_wasm_sdk::*;

#[register_node]
#[derive(Default)]
pub struct PickRow;

impl WasmNode for PickRow {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new("pick_row", "Pick Row", "Takes one row out of a list", "Data/JSON");
        node.add_input_pin("exec", "Run", "Takes the row", VariableType::Execution);
        node.add_input_pin("rows", "Rows", "The list", VariableType::Generic)
            .set_value_type(ValueType::Array)
            .set_default_value(json!(["red", "green", "blue"]));
        node.add_input_pin("index", "Index", "Which row, from 0; one that is not there traps", VariableType::Integer)
            .set_default_value(json!(0));
        node.add_output_pin("exec_out", "Done", "Fires when the row is there", VariableType::Execution);
        node.add_output_pin("row", "Row", "The row", VariableType::Generic);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let rows: Vec<serde_json::Value> = ctx.get_input_as("rows").unwrap_or_default();
        let index = ctx.get_i64("index").unwrap_or(0);
        log::debug(&format!("row {index} of {}", rows.len()));
        ctx.set_output("row", row(&rows, index).clone());
        ctx.success()
    }
}

fn row(rows: &[serde_json::Value], index: i64) -> &serde_json::Value {
    &rows[index as usize]
}
