//! A question to a DNS server of one's own choice, past the system's resolver.

use std::net::{IpAddr, SocketAddr};

use flow_like_wasm_sdk::{log, *};

use crate::dns::{self, Kind, Record};
use crate::{add_port, failed, node, port, text, udp};

#[register_node]
#[derive(Default)]
pub struct DnsQuery;

impl WasmNode for DnsQuery {
    fn get_node(&self) -> NodeDefinition {
        let mut node = node("dns_query", "DNS Query", "Asks a DNS server for the records of a name", "Network/DNS");
        node.add_input_pin("server", "Server", "Address of the DNS server", VariableType::String)
            .set_default_value(json!("9.9.9.9"));
        add_port(&mut node, 53);
        node.add_input_pin("name", "Name", "What to ask for", VariableType::String)
            .set_default_value(json!("example.com"));
        node.add_input_pin("kind", "Kind", "Which records", VariableType::String)
            .set_valid_values(vec!["A".into(), "AAAA".into(), "TXT".into()])
            .set_default_value(json!("A"));
        node.add_output_pin("records", "Records", "Those of the answer, aliases included", VariableType::Struct)
            .set_value_type(ValueType::Array)
            .set_schema::<Record>();
        node.add_output_pin("values", "Values", "Those of the kind that was asked for", VariableType::String)
            .set_value_type(ValueType::Array);
        node.add_permission(NodePermission::NetworkUdp);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (server, port) = (text(&ctx, "server", "9.9.9.9"), port(&ctx, 53));
        let (name, kind) = (text(&ctx, "name", "example.com"), text(&ctx, "kind", "A"));
        match ask(&server, port, &name, &kind) {
            Ok(records) => {
                let values: Vec<&str> =
                    records.iter().filter(|record| record.kind == kind).map(|record| record.value.as_str()).collect();
                if values.is_empty() {
                    log::warn(&format!("{name} is there, but has no {kind} record"));
                }
                ctx.set_output("values", json!(values));
                ctx.set_output_json("records", &records);
                ctx.success()
            }
            Err(error) => failed(ctx, format!("{name}: {error}")),
        }
    }
}

fn ask(server: &str, port: u16, name: &str, kind: &str) -> Result<Vec<Record>, String> {
    let server: IpAddr = server.parse().map_err(|_| format!("{server:?} is no address; names need a server first"))?;
    let kind = Kind::named(kind).ok_or_else(|| format!("{kind:?} is none of A, AAAA and TXT"))?;
    // A number that nobody can guess, so that nobody else can answer.
    let id = (util::random() * 65536.0) as u16;
    let question = dns::question(id, name, kind)?;
    udp::exchange(SocketAddr::new(server, port), &question, |datagram| {
        let is_answer = datagram.len() >= 12 && datagram[..2] == id.to_be_bytes() && datagram[2] >> 7 == 1;
        is_answer.then(|| dns::records(datagram))
    })
}
