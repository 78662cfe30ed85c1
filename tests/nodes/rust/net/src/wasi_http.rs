//! HTTP through `wasi:http`, past the host's own function.

use flow_like_wasm_sdk::*;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, IncomingBody, Method, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

use crate::{define, text};

pub fn fetch(authority: &str, path: &str) -> Result<(u16, String), String> {
    let request = OutgoingRequest::new(Fields::new());
    let set = request.set_method(&Method::Get).is_ok()
        && request.set_scheme(Some(&Scheme::Http)).is_ok()
        && request.set_authority(Some(authority)).is_ok()
        && request.set_path_with_query(Some(path)).is_ok();
    if !set {
        return Err("wasi:http: bad request".into());
    }
    let future = outgoing_handler::handle(request, None).map_err(|error| format!("wasi:http: {error:?}"))?;
    future.subscribe().block();
    let response = future
        .get()
        .and_then(Result::ok)
        .ok_or("wasi:http: no response")?
        .map_err(|error| format!("wasi:http: {error:?}"))?;
    let status = response.status();
    let body = response.consume().map_err(|()| "wasi:http: no body")?;
    let content = read(&body)?;
    Ok((status, String::from_utf8_lossy(&content).into_owned()))
}

fn read(body: &IncomingBody) -> Result<Vec<u8>, String> {
    let stream = body.stream().map_err(|()| "wasi:http: no stream")?;
    let mut content = Vec::new();
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(block) => content.extend_from_slice(&block),
            Err(StreamError::Closed) => return Ok(content),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(format!("wasi:http: {}", error.to_debug_string()));
            }
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct WasiHttpGet;

impl WasmNode for WasiHttpGet {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("wasi_http_get", "Fetches through wasi:http", &[NodePermission::NetworkHttp]);
        node.add_input_pin("authority", "Authority", "Host and port", VariableType::String);
        node.add_input_pin("path", "Path", "With query", VariableType::String).set_default_value(json!("/"));
        node.add_output_pin("status", "Status", "The status code", VariableType::Integer);
        node.add_output_pin("body", "Body", "As text", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        match fetch(&text(&ctx, "authority"), &ctx.get_string("path").unwrap_or_else(|| "/".into())) {
            Ok((status, body)) => {
                ctx.set_output("status", status);
                ctx.set_output("body", body);
                ctx.success()
            }
            Err(error) => ctx.fail(error),
        }
    }
}

#[register_node]
#[derive(Default)]
pub struct WasiHttpMeanwhile;

impl WasmNode for WasiHttpMeanwhile {
    fn get_node(&self) -> NodeDefinition {
        let description = "Sends a request through wasi:http and talks while it is on its way";
        let mut node = define("wasi_http_meanwhile", description, &[]);
        node.add_input_pin("authority", "Authority", "Host and port", VariableType::String);
        node.add_input_pin("line", "Line", "What to log", VariableType::String);
        node.add_input_pin("lines", "Lines", "How often", VariableType::Integer);
        node.add_output_pin("answer", "Answer", "What the request came to", VariableType::String);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let request = OutgoingRequest::new(Fields::new());
        let set = request.set_scheme(Some(&Scheme::Http)).is_ok()
            && request.set_authority(Some(&text(&ctx, "authority"))).is_ok()
            && request.set_path_with_query(Some("/")).is_ok();
        if !set {
            return ctx.fail("wasi:http: bad request");
        }
        let future = match outgoing_handler::handle(request, None) {
            Ok(future) => future,
            Err(error) => return ctx.fail(format!("wasi:http: {error:?}")),
        };
        let line = text(&ctx, "line");
        for number in 0..ctx.get_i64("lines").unwrap_or(0) {
            ctx.info(&format!("{number} {line}"));
        }
        future.subscribe().block();
        ctx.set_output("answer", format!("{:?}", future.get().map(|answer| answer.map(|answer| answer.map(drop)))));
        ctx.success()
    }
}
