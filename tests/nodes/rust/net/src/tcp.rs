//! TCP clients.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use flow_like_wasm_sdk::*;

use crate::{define, failed, host_or_loopback, message, port};

fn pins(mut node: NodeDefinition) -> NodeDefinition {
    node.add_input_pin("host", "Host", "Name or address", VariableType::String).set_default_value(json!("127.0.0.1"));
    node.add_input_pin("port", "Port", "Its port", VariableType::Integer).set_range(0.0, 65535.0);
    node.add_input_pin("message", "Message", "What to send", VariableType::String).set_default_value(json!("hello"));
    node.add_output_pin("reply", "Reply", "What came back", VariableType::String);
    node
}

/// Sends the message, ends the sending side and reads to the end.
fn exchange(host: &str, port: u16, message: &str) -> Result<String, String> {
    let mut stream = TcpStream::connect((host, port)).map_err(|error| format!("connect: {error}"))?;
    stream.write_all(message.as_bytes()).map_err(|error| format!("send: {error}"))?;
    stream.shutdown(Shutdown::Write).map_err(|error| format!("shutdown: {error}"))?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).map_err(|error| format!("receive: {error}"))?;
    Ok(reply)
}

fn report(mut ctx: Context) -> ExecutionResult {
    match exchange(&host_or_loopback(&ctx), port(&ctx), &message(&ctx)) {
        Ok(reply) => {
            ctx.set_output("reply", reply);
            ctx.success()
        }
        Err(error) => ctx.fail(error),
    }
}

#[register_node]
#[derive(Default)]
pub struct TcpClient;

impl WasmNode for TcpClient {
    fn get_node(&self) -> NodeDefinition {
        let permissions = [NodePermission::NetworkTcp, NodePermission::NetworkDns];
        pins(define("tcp_client", "Sends a message over TCP and reads the reply", &permissions))
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        report(ctx)
    }
}

#[register_node]
#[derive(Default)]
pub struct TcpUndeclared;

impl WasmNode for TcpUndeclared {
    fn get_node(&self) -> NodeDefinition {
        pins(define("tcp_undeclared", "Uses TCP without declaring it", &[]))
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        report(ctx)
    }
}

#[register_node]
#[derive(Default)]
pub struct TcpHold;

impl WasmNode for TcpHold {
    fn get_node(&self) -> NodeDefinition {
        pins(define("tcp_hold", "Keeps a connection open until the other side ends it", &[NodePermission::NetworkTcp]))
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let mut stream = match TcpStream::connect((host_or_loopback(&ctx).as_str(), port(&ctx))) {
            Ok(stream) => stream,
            Err(error) => return failed(ctx, "connect", error),
        };
        if let Err(error) = stream.write_all(message(&ctx).as_bytes()) {
            return failed(ctx, "send", error);
        }
        log::info("connected");
        let mut received = Vec::new();
        let mut block = [0; 512];
        loop {
            match stream.read(&mut block) {
                Ok(0) => break,
                Ok(count) => received.extend_from_slice(&block[..count]),
                Err(error) => return failed(ctx, "receive", error),
            }
        }
        ctx.set_output("reply", String::from_utf8_lossy(&received).into_owned());
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct TcpTwice;

impl WasmNode for TcpTwice {
    fn get_node(&self) -> NodeDefinition {
        let mut node =
            pins(define("tcp_twice", "Connects two times, one after the other", &[NodePermission::NetworkTcp]));
        node.add_output_pin("results", "Results", "Reply or error of each", VariableType::String)
            .set_value_type(ValueType::Array);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let (host, port, message) = (host_or_loopback(&ctx), port(&ctx), message(&ctx));
        let results: Vec<String> = (0..2)
            .map(|_| exchange(&host, port, &message).unwrap_or_else(|error| format!("failed: {error}")))
            .collect();
        ctx.set_output("results", json!(results));
        ctx.success()
    }
}

#[register_node]
#[derive(Default)]
pub struct TcpAfterEnd;

impl WasmNode for TcpAfterEnd {
    fn get_node(&self) -> NodeDefinition {
        let description = "Asks a socket everything once the peer is gone";
        let mut node = pins(define("tcp_after_end", description, &[NodePermission::NetworkTcp]));
        node.add_output_pin("answers", "Answers", "What each call gave", VariableType::String)
            .set_value_type(ValueType::Array);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let mut stream = match TcpStream::connect((host_or_loopback(&ctx).as_str(), port(&ctx))) {
            Ok(stream) => stream,
            Err(error) => return failed(ctx, "connect", error),
        };
        let mut answers = vec![format!("{:?}", stream.write_all(message(&ctx).as_bytes()))];
        // Until the end or the reset; then everything is asked twice.
        answers.push(format!("{:?}", stream.read_to_end(&mut Vec::new())));
        for _ in 0..2 {
            answers.push(format!("{:?}", stream.peer_addr()));
            answers.push(format!("{:?}", stream.local_addr()));
            answers.push(format!("{:?}", stream.take_error()));
            answers.push(format!("{:?}", stream.ttl()));
            answers.push(format!("{:?}", stream.set_ttl(9)));
            answers.push(format!("{:?}", stream.nodelay()));
            answers.push(format!("{:?}", stream.set_nodelay(true)));
            answers.push(format!("{:?}", stream.set_nonblocking(false)));
            answers.push(format!("{:?}", stream.set_read_timeout(Some(std::time::Duration::from_millis(10)))));
            answers.push(format!("{:?}", stream.peek(&mut [0])));
            answers.push(format!("{:?}", stream.write(b"more")));
            answers.push(format!("{:?}", stream.read(&mut [0])));
            for how in [Shutdown::Read, Shutdown::Write, Shutdown::Both] {
                answers.push(format!("{:?}", stream.shutdown(how)));
            }
        }
        answers.push(format!("{stream:?}"));
        ctx.set_output("answers", answers);
        ctx.success()
    }
}
