//! Pings a Redis server over TCP, with the standard library's own sockets.

mod resp;

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::time::Instant;

use flow_like_wasm_sdk::{log, *};

use crate::resp::{command, read_reply};

#[register_node]
#[derive(Default)]
pub struct RedisPing;

impl WasmNode for RedisPing {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new(
            "redis_ping",
            "Redis PING",
            "Asks a Redis server whether it is there, and measures how long that takes",
            "Database/Redis",
        );
        node.add_input_pin("exec", "Run", "Sends the ping", VariableType::Execution);
        node.add_input_pin("host", "Host", "Name or address of the server", VariableType::String)
            .set_default_value(json!("localhost"));
        node.add_input_pin("port", "Port", "Its port", VariableType::Integer)
            .set_default_value(json!(6379))
            .set_range(1.0, 65535.0);
        node.add_input_pin("password", "Password", "Sent with AUTH where it is not empty", VariableType::String)
            .set_sensitive(true);
        node.add_input_pin("message", "Message", "Sent along and sent back", VariableType::String);
        node.add_output_pin("exec_out", "Done", "Fires when the server answered", VariableType::Execution);
        node.add_output_pin("failed", "Failed", "Fires when it did not", VariableType::Execution);
        node.add_output_pin("reply", "Reply", "PONG, or the message", VariableType::String);
        node.add_output_pin("milliseconds", "Milliseconds", "From the first byte to the last", VariableType::Float);
        node.add_permission(NodePermission::NetworkTcp);
        // Only where the host is a name.
        node.add_permission(NodePermission::NetworkDns);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let host = ctx.get_string("host").unwrap_or_else(|| "localhost".into());
        let port = ctx.get_i64("port").and_then(|port| u16::try_from(port).ok()).unwrap_or(6379);
        let password = ctx.get_string("password").unwrap_or_default();
        let message = ctx.get_string("message").unwrap_or_default();
        match ping(&host, port, &password, &message) {
            Ok((reply, milliseconds)) => {
                log::info(&format!("{host}:{port} answered after {milliseconds:.1} ms"));
                ctx.set_output("reply", reply);
                ctx.set_output("milliseconds", milliseconds);
                ctx.success()
            }
            Err(error) => {
                ctx.activate_exec("failed");
                ctx.fail(format!("{host}:{port}: {error}"))
            }
        }
    }
}

fn ping(host: &str, port: u16, password: &str, message: &str) -> Result<(String, f64), String> {
    let stream = TcpStream::connect((host, port)).map_err(|error| format!("cannot connect: {error}"))?;
    let mut replies = BufReader::new(&stream);
    let mut send = |parts: &[&str]| {
        (&stream).write_all(&command(parts)).map_err(|error| format!("cannot send: {error}"))?;
        read_reply(&mut replies)
    };
    if !password.is_empty() {
        send(&["AUTH", password])?;
    }
    let began = Instant::now();
    let reply = if message.is_empty() { send(&["PING"])? } else { send(&["PING", message])? };
    Ok((reply, began.elapsed().as_secs_f64() * 1000.0))
}

wasm_main!();
