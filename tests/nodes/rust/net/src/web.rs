//! HTTP and WebSocket through the host's own functions.

use flow_like_wasm_sdk::*;

use crate::{define, message, text};

fn request(mut ctx: Context, method: u8) -> ExecutionResult {
    let headers = ctx.get_input("headers").cloned().unwrap_or_else(|| json!({}));
    let body = text(&ctx, "body");
    let Some(response) = host::http_request(method, &text(&ctx, "url"), &headers.to_string(), body.as_bytes()) else {
        return ctx.fail("http: none");
    };
    let response: serde_json::Value = match serde_json::from_str(&response) {
        Ok(response) => response,
        Err(error) => return ctx.fail(format!("http: {error}")),
    };
    ctx.set_output("status", response["status"].clone());
    ctx.set_output("body", http_ns::decode_response_body(&response));
    ctx.set_output("response", response);
    ctx.success()
}

fn pins(mut node: NodeDefinition) -> NodeDefinition {
    node.add_input_pin("url", "URL", "Where to", VariableType::String);
    node.add_input_pin("headers", "Headers", "Names and values", VariableType::Struct).set_default_value(json!({}));
    node.add_output_pin("status", "Status", "The status code", VariableType::Integer);
    node.add_output_pin("body", "Body", "As text", VariableType::String);
    node.add_output_pin("response", "Response", "The host's whole document", VariableType::Struct);
    node
}

#[register_node]
#[derive(Default)]
pub struct HttpGet;

impl WasmNode for HttpGet {
    fn get_node(&self) -> NodeDefinition {
        pins(define("http_get", "Fetches a URL", &[NodePermission::NetworkHttp]))
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        request(ctx, 0)
    }
}

#[register_node]
#[derive(Default)]
pub struct HttpPost;

impl WasmNode for HttpPost {
    fn get_node(&self) -> NodeDefinition {
        let mut node = pins(define("http_post", "Sends a body to a URL", &[NodePermission::NetworkHttp]));
        node.add_input_pin("body", "Body", "What to send", VariableType::String);
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        request(ctx, 1)
    }
}

#[register_node]
#[derive(Default)]
pub struct HttpMethod;

impl WasmNode for HttpMethod {
    fn get_node(&self) -> NodeDefinition {
        let mut node = pins(define("http_method", "Sends any method's code", &[NodePermission::NetworkHttp]));
        node.add_input_pin("method", "Method", "0 to 6; others are refused", VariableType::Integer);
        node.add_input_pin("body", "Body", "What to send", VariableType::String);
        node
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let method = ctx.get_i64("method").and_then(|method| u8::try_from(method).ok()).unwrap_or(255);
        request(ctx, method)
    }
}

#[register_node]
#[derive(Default)]
pub struct WebSocketEcho;

impl WasmNode for WebSocketEcho {
    fn get_node(&self) -> NodeDefinition {
        let mut node = define("websocket_echo", "Sends a message and waits", &[NodePermission::NetworkWebsocket]);
        node.add_input_pin("url", "URL", "Where to", VariableType::String);
        node.add_input_pin("message", "Message", "What to send", VariableType::String).set_default_value(json!("hi"));
        node.add_input_pin("binary", "Binary", "Send it as bytes", VariableType::Boolean);
        node.add_output_pin("reply", "Reply", "The host's document of the answer", VariableType::Struct);
        node.add_output_pin("closed", "Closed", "Whether close was acknowledged", VariableType::Boolean);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let Some(session) = host::ws_connect(&text(&ctx, "url"), "{}") else {
            return ctx.fail("websocket: none");
        };
        if !host::ws_send(&session, message(&ctx).as_bytes(), ctx.get_bool("binary").unwrap_or(false)) {
            return ctx.fail("websocket: not sent");
        }
        let Some(reply) = host::ws_receive(&session, 5_000) else {
            return ctx.fail("websocket: nothing received");
        };
        ctx.set_output("reply", serde_json::from_str(&reply).unwrap_or(serde_json::Value::Null));
        ctx.set_output("closed", host::ws_close(&session));
        ctx.success()
    }
}
