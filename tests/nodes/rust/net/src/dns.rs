//! Name look-ups.

use std::net::ToSocketAddrs;

use flow_like_wasm_sdk::*;

use crate::{define, failed};

#[register_node]
#[derive(Default)]
pub struct DnsLookup;

impl WasmNode for DnsLookup {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("dns_lookup", "Looks up a name", &[NodePermission::NetworkDns]);
        node.add_input_pin("name", "Name", "What to look up", VariableType::String)
            .set_default_value(json!("localhost"));
        node.add_output_pin("addresses", "Addresses", "What it leads to", VariableType::String)
            .set_value_type(ValueType::Array);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        match (ctx.get_string("name").unwrap_or_else(|| "localhost".into()).as_str(), 0).to_socket_addrs() {
            Ok(addresses) => {
                let addresses: Vec<String> = addresses.map(|address| address.ip().to_string()).collect();
                ctx.set_output("addresses", json!(addresses));
                ctx.success()
            }
            Err(error) => failed(ctx, "lookup", error),
        }
    }
}
