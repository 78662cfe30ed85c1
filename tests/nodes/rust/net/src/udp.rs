//! UDP clients.

use std::net::UdpSocket;

use flow_like_wasm_sdk::*;

use crate::{define, failed, host_or_loopback, message, port};

fn pins(mut node: NodeDefinition) -> NodeDefinition {
    node.add_input_pin("host", "Host", "Address", VariableType::String).set_default_value(json!("127.0.0.1"));
    node.add_input_pin("port", "Port", "Its port", VariableType::Integer).set_range(0.0, 65535.0);
    node.add_input_pin("message", "Message", "One datagram", VariableType::String).set_default_value(json!("hello"));
    node.add_output_pin("reply", "Reply", "The datagram that came back", VariableType::String);
    node
}

fn exchange(ctx: &Context) -> Result<String, String> {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).map_err(|error| format!("bind: {error}"))?;
    let (host, message) = (host_or_loopback(ctx), message(ctx));
    socket.send_to(message.as_bytes(), (host.as_str(), port(ctx))).map_err(|error| format!("send: {error}"))?;
    let mut datagram = [0; 2048];
    let (size, _) = socket.recv_from(&mut datagram).map_err(|error| format!("receive: {error}"))?;
    Ok(String::from_utf8_lossy(&datagram[..size]).into_owned())
}

fn report(mut ctx: Context) -> ExecutionResult {
    match exchange(&ctx) {
        Ok(reply) => {
            ctx.set_output("reply", reply);
            ctx.success()
        }
        Err(error) => ctx.fail(error),
    }
}

#[register_node]
#[derive(Default)]
pub struct UdpEcho;

impl WasmNode for UdpEcho {
    fn get_node(&self) -> NodeDefinition {
        pins(define("udp_echo", "Sends a datagram and waits for one", &[NodePermission::NetworkUdp]))
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        report(ctx)
    }
}

#[register_node]
#[derive(Default)]
pub struct UdpUndeclared;

impl WasmNode for UdpUndeclared {
    fn get_node(&self) -> NodeDefinition {
        pins(define("udp_undeclared", "Uses UDP without declaring it", &[]))
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        report(ctx)
    }
}

#[register_node]
#[derive(Default)]
pub struct UdpReceiver;

impl WasmNode for UdpReceiver {
    fn get_node(&self) -> NodeDefinition {
        let permissions = [NodePermission::NetworkUdp, NodePermission::Streaming];
        let mut node = define("udp_receiver", "Waits for a datagram of somebody it never wrote to", &permissions);
        node.add_output_pin("received", "Received", "The datagram", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let socket = match UdpSocket::bind(("127.0.0.1", 0)) {
            Ok(socket) => socket,
            Err(error) => return failed(ctx, "bind", error),
        };
        match socket.local_addr() {
            Ok(address) => stream::stream_json(&json!({ "port": address.port() })),
            Err(error) => return failed(ctx, "address", error),
        }
        let mut datagram = [0; 2048];
        match socket.recv_from(&mut datagram) {
            Ok((size, _)) => {
                ctx.set_output("received", String::from_utf8_lossy(&datagram[..size]).into_owned());
                ctx.success()
            }
            Err(error) => failed(ctx, "receive", error),
        }
    }
}
