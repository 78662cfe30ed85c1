//! TCP listeners: in one node, and over two nodes through a resource handle.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

use flow_like_wasm_sdk::*;

use crate::{define, failed, host_or_loopback, port, text};

fn open(ctx: &Context) -> Result<(TcpListener, SocketAddr), String> {
    let listener =
        TcpListener::bind((host_or_loopback(ctx).as_str(), port(ctx))).map_err(|error| format!("listen: {error}"))?;
    let address = listener.local_addr().map_err(|error| format!("address: {error}"))?;
    Ok((listener, address))
}

/// Accepts one connection and sends back what it reads until the other side ends.
fn echo(listener: &TcpListener) -> Result<(String, SocketAddr), String> {
    let (mut stream, peer) = listener.accept().map_err(|error| format!("accept: {error}"))?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received).map_err(|error| format!("receive: {error}"))?;
    stream.write_all(&received).map_err(|error| format!("send: {error}"))?;
    Ok((String::from_utf8_lossy(&received).into_owned(), peer))
}

fn pins(mut node: NodeDefinition) -> NodeDefinition {
    node.add_input_pin("host", "Host", "Address to listen on", VariableType::String)
        .set_default_value(json!("127.0.0.1"));
    node.add_input_pin("port", "Port", "0 takes any", VariableType::Integer).set_default_value(json!(0));
    node.add_output_pin("port_out", "Port", "The port that was taken", VariableType::Integer);
    node
}

#[register_node]
#[derive(Default)]
pub struct TcpListen;

impl WasmNode for TcpListen {
    fn get_node(&self) -> NodeDefinition {
        let permissions = [NodePermission::NetworkTcp, NodePermission::Streaming];
        let mut node = pins(define("tcp_listener", "Listens, and echoes one connection", &permissions));
        node.add_output_pin("received", "Received", "What the peer sent", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (listener, address) = match open(&ctx) {
            Ok(opened) => opened,
            Err(error) => return ctx.fail(error),
        };
        stream::stream_json(&json!({ "port": address.port() }));
        match echo(&listener) {
            Ok((received, _)) => {
                ctx.set_output("port_out", address.port());
                ctx.set_output("received", received);
                ctx.success()
            }
            Err(error) => ctx.fail(error),
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct OpenListener;

impl WasmNode for OpenListener {
    fn get_node(&self) -> NodeDefinition {
        let mut node =
            pins(define("listener_open", "Opens a listener for another node", &[NodePermission::NetworkTcp]));
        node.add_output_pin("handle", "Handle", "Names the listener in this run", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (listener, address) = match open(&ctx) {
            Ok(opened) => opened,
            Err(error) => return ctx.fail(error),
        };
        match resources::insert(listener) {
            Ok(handle) => {
                ctx.set_output("handle", handle);
                ctx.set_output("port_out", address.port());
                ctx.success()
            }
            Err(error) => failed(ctx, "handle", error),
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct AcceptEcho;

impl WasmNode for AcceptEcho {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("listener_accept", "Echoes one connection", &[NodePermission::NetworkTcp]);
        node.add_input_pin("handle", "Handle", "From listener_open", VariableType::String);
        node.add_output_pin("received", "Received", "What the peer sent", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let echoed = resources::with::<TcpListener, _>(&text(&ctx, "handle"), echo);
        match echoed.map_err(|error| error.to_string()).and_then(|echoed| echoed) {
            Ok((received, _)) => {
                ctx.set_output("received", received);
                ctx.success()
            }
            Err(error) => ctx.fail(error),
        }
    }
}
