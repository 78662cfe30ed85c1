//! Network nodes over WASI sockets, `wasi:http` and the host's own HTTP and WebSocket functions.
//!
//! A refusal is an ordinary result: the nodes report what the host told them and never panic.

mod beside;
mod dns;
mod listen;
mod tcp;
mod udp;
mod wasi_http;
mod web;

use std::fmt::Display;

use flow_like_wasm_sdk::*;

fn define(name: &str, description: &str, permissions: &[NodePermission]) -> NodeDefinition {
    let mut node = NodeDefinition::new(name, name, description, "Network");
    node.add_input_pin("exec", "Execute", "Starts the node", VariableType::Execution);
    node.add_output_pin("exec_out", "Done", "Fires when the exchange is over", VariableType::Execution);
    for permission in permissions {
        node.add_permission(permission.clone());
    }
    node
}

fn text(ctx: &Context, name: &str) -> String {
    ctx.get_string(name).unwrap_or_default()
}

/// Pins that are not set have the default that the node declares.
fn host_or_loopback(ctx: &Context) -> String {
    ctx.get_string("host").unwrap_or_else(|| "127.0.0.1".into())
}

fn message(ctx: &Context) -> String {
    ctx.get_string("message").unwrap_or_else(|| "hello".into())
}

fn port(ctx: &Context) -> u16 {
    ctx.get_i64("port").and_then(|port| u16::try_from(port).ok()).unwrap_or(0)
}

/// Ends with the step that failed, in words that tests look for.
fn failed(ctx: Context, step: &str, error: impl Display) -> ExecutionResult {
    ctx.fail(format!("{step}: {error}"))
}

wasm_main!();
