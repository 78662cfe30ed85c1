//! The system's resolver. The workbench asks for the name before anything leaves.

use std::net::ToSocketAddrs;

use flow_like_wasm_sdk::{log, *};

use crate::{failed, node, text};

#[register_node]
#[derive(Default)]
pub struct ResolveName;

impl WasmNode for ResolveName {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node("resolve_name", "Resolve Name", "Looks a name up with the system's resolver", "Network/DNS");
        node.add_input_pin("name", "Name", "What to look up", VariableType::String)
            .set_default_value(json!("localhost"));
        node.add_output_pin("addresses", "Addresses", "IPv4 and IPv6, each once", VariableType::String)
            .set_value_type(ValueType::Array);
        node.add_permission(NodePermission::NetworkDns);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let name = text(&ctx, "name", "localhost");
        match (name.as_str(), 0).to_socket_addrs() {
            Ok(found) => {
                let mut addresses: Vec<String> = found.map(|address| address.ip().to_string()).collect();
                addresses.dedup();
                log::info(&format!("{name} has {} addresses", addresses.len()));
                ctx.set_output("addresses", json!(addresses));
                ctx.success()
            }
            Err(error) => failed(ctx, format!("{name}: {error}")),
        }
    }
}
