//! Small tools for finding out who is there: names, time servers, databases.

mod dns;
mod iso;
mod postgres;
mod query;
mod resolve;
mod sntp;
mod udp;

use flow_like_wasm_sdk::*;

/// What all nodes here have: an exec pin to start them, one for success and one for failure.
fn node(name: &str, friendly_name: &str, description: &str, category: &str) -> NodeDefinition {
    let mut node = NodeDefinition::new(name, friendly_name, description, category);
    node.add_input_pin("exec", "Run", "Starts", VariableType::Execution);
    node.add_output_pin("exec_out", "Done", "Fires when there is an answer", VariableType::Execution);
    node.add_output_pin("failed", "Failed", "Fires when there is none", VariableType::Execution);
    node
}

fn add_port(node: &mut NodeDefinition, default: u16) {
    node.add_input_pin("port", "Port", "Its port", VariableType::Integer)
        .set_default_value(json!(default))
        .set_range(1.0, 65535.0)
        .set_step(1.0);
}

fn port(ctx: &Context, default: u16) -> u16 {
    ctx.get_i64("port").and_then(|port| u16::try_from(port).ok()).unwrap_or(default)
}

fn text(ctx: &Context, pin: &str, default: &str) -> String {
    ctx.get_string(pin).filter(|text| !text.is_empty()).unwrap_or_else(|| default.to_owned())
}

fn failed(mut ctx: Context, error: impl Into<String>) -> ExecutionResult {
    ctx.activate_exec("failed");
    ctx.fail(error)
}

wasm_main!();
