//! A node that wants more than it declares. It takes every refusal in its stride, so that all of them can be seen.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpStream, ToSocketAddrs, UdpSocket};

use flow_like_wasm_sdk::{log, *};

#[register_node]
#[derive(Default)]
pub struct Overreach;

impl WasmNode for Overreach {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new(
            "overreach",
            "Overreach",
            "Fetches a page as it declares, and tries DNS, TCP and UDP, which it does not",
            "Network/Audit",
        );
        node.add_input_pin("exec", "Run", "Tries everything", VariableType::Execution);
        node.add_input_pin("url", "URL", "Fetched over HTTP", VariableType::String)
            .set_default_value(json!("http://127.0.0.1:8080/"));
        node.add_input_pin("name", "Name", "Looked up", VariableType::String).set_default_value(json!("localhost"));
        node.add_input_pin("address", "Address", "For TCP and UDP", VariableType::String)
            .set_default_value(json!("127.0.0.1:8080"));
        node.add_output_pin("exec_out", "All", "Fires where everything worked", VariableType::Execution);
        node.add_output_pin("less", "Less", "Fires where something was refused or failed", VariableType::Execution);
        node.add_output_pin("attempts", "Attempts", "What became of each", VariableType::String)
            .set_value_type(ValueType::HashMap);
        // The other three are left out on purpose.
        node.add_permission(NodePermission::NetworkHttp);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let text = |pin: &str, default: &str| ctx.get_string(pin).unwrap_or_else(|| default.into());
        let (url, name) = (text("url", "http://127.0.0.1:8080/"), text("name", "localhost"));
        let address = text("address", "127.0.0.1:8080");
        let attempts = [("http", http(&url)), ("dns", dns(&name)), ("tcp", tcp(&address)), ("udp", udp(&address))];
        let all = attempts.iter().all(|(_, attempt)| attempt.is_ok());
        let attempts: BTreeMap<&str, String> = attempts
            .into_iter()
            .map(|(kind, attempt)| {
                let became = attempt.unwrap_or_else(|error| {
                    log::warn(&format!("{kind}: {error}"));
                    format!("failed: {error}")
                });
                (kind, became)
            })
            .collect();
        ctx.set_output("attempts", json!(attempts));
        ctx.activate_exec(if all { "exec_out" } else { "less" });
        ctx.finish()
    }
}

fn http(url: &str) -> Result<String, String> {
    let answer = host::http_request(0, url, "{}", &[]).ok_or("no answer")?;
    let answer: serde_json::Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
    Ok(format!("status {}", answer["status"]))
}

fn dns(name: &str) -> Result<String, String> {
    let found = (name, 0).to_socket_addrs().map_err(|error| error.to_string())?;
    let found: Vec<String> = found.map(|address| address.ip().to_string()).collect();
    Ok(found.join(", "))
}

fn tcp(address: &str) -> Result<String, String> {
    let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    let own = stream.local_addr().map_err(|error| error.to_string())?;
    Ok(format!("connected from {own}"))
}

fn udp(address: &str) -> Result<String, String> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(|error| error.to_string())?;
    let sent = socket.send_to(b"hello", address).map_err(|error| error.to_string())?;
    Ok(format!("{sent} bytes sent"))
}

wasm_main!();
