//! Nodes that break, flood, grow, spin and snoop: each does one thing that a host has to survive.

mod crash;
mod flood;
mod snoop;
mod spin;

use flow_like_wasm_sdk::*;

fn define(name: &str, description: &str) -> NodeDefinition {
    let mut node = NodeDefinition::new(name, name, description, "Hostile");
    node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
    node.add_output_pin("exec_out", "Done", "Fires at the end", VariableType::Execution);
    node
}

fn amount(ctx: &Context, name: &str, default: usize) -> usize {
    ctx.get_i64(name).and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
}

wasm_main!();
