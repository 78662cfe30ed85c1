//! A connection that is kept while the node waits for something else.

use std::io::Write;
use std::net::TcpStream;

use flow_like_wasm_sdk::*;

use crate::{define, failed, host_or_loopback, port, text, wasi_http};

#[register_node]
#[derive(Default)]
pub struct TcpBeside;

impl WasmNode for TcpBeside {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define(
            "tcp_beside",
            "Keeps a TCP connection while it waits for an answer that never comes",
            &[
                NodePermission::NetworkTcp,
                NodePermission::NetworkHttp,
                NodePermission::NetworkWebsocket,
                NodePermission::NetworkDns,
                NodePermission::Models,
            ],
        );
        node.add_input_pin("port", "Port", "Of the connection that is kept", VariableType::Integer);
        node.add_input_pin("wait", "Wait", "What to wait for", VariableType::String).set_valid_values(vec![
            "http".into(),
            "websocket".into(),
            "model".into(),
            "wasi_http".into(),
            "wasi_body".into(),
            "dns".into(),
            "tcp".into(),
        ]);
        node.add_input_pin("target", "Target", "Where to: a URL, an authority or a name", VariableType::String);
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let mut kept = match TcpStream::connect((host_or_loopback(&ctx).as_str(), port(&ctx))) {
            Ok(stream) => stream,
            Err(error) => return failed(ctx, "connect", error),
        };
        if let Err(error) = kept.write_all(b"kept") {
            return failed(ctx, "send", error);
        }
        let answer = wait(&text(&ctx, "wait"), &text(&ctx, "target"));
        drop(kept);
        failed(ctx, "waited", answer)
    }
}

fn wait(way: &str, target: &str) -> String {
    match way {
        "http" => format!("{:?}", host::http_request(0, target, "{}", &[])),
        "websocket" => match host::ws_connect(target, "{}") {
            Some(session) => format!("{:?}", host::ws_receive(&session, 120_000)),
            None => "no session".into(),
        },
        "model" => format!("{:?}", host::llm_prompt("{}", r#"[{"role":"user","content":"why?"}]"#, false)),
        "wasi_http" => format!("{:?}", wasi_http::fetch(target, "/silent")),
        "wasi_body" => format!("{:?}", wasi_http::fetch(target, "/half")),
        "dns" => format!("{:?}", std::net::ToSocketAddrs::to_socket_addrs(&(target, 80)).map(Vec::from_iter)),
        "tcp" => format!("{:?}", TcpStream::connect(target).map(drop)),
        other => format!("no way to wait: {other}"),
    }
}
