//! Models, tokens, HTTP and WebSocket: what asks the user.

use flow_like_wasm_sdk::*;

use crate::{Report, define, done};

#[register_node]
#[derive(Default)]
pub struct Models;

impl WasmNode for Models {
    fn get_node(&self) -> NodeDefinition {
        define("models", "Prompts and embeds", &[NodePermission::Models, NodePermission::Streaming])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = models(&ctx);
        done(ctx, report)
    }
}

pub fn models(_ctx: &Context) -> Report {
    let bit = json!({ "id": "echo", "type": "Llm", "hub": "", "hash": "", "parameters": {} }).to_string();
    let model = json!({ "cache_key": "echo", "model_type": "text" }).to_string();
    let texts = ["first".to_owned(), "second".to_owned()];
    let messages = json!([{ "role": "user", "content": "say this" }]).to_string();
    let request = json!({ "messages": [{ "role": "user", "content": "say that" }] }).to_string();
    let mut report = Report::new();
    report.insert("embed_text".into(), json!(host::embed_text(&bit, &texts)));
    report.insert("embed_query".into(), json!(host::embed_text_query(&model, &texts)));
    report.insert("embed_document".into(), json!(host::embed_text_document(&model, &texts)));
    report.insert("embed_image".into(), json!(host::embed_image(&model, "{\"image_ref\":\"none\"}")));
    report.insert("llm_prompt".into(), json!(host::llm_prompt(&bit, &messages, false)));
    report.insert("llm_prompt_stream".into(), json!(host::llm_prompt_stream(&bit, &request)));
    report
}

#[register_node]
#[derive(Default)]
pub struct Auth;

impl WasmNode for Auth {
    fn get_node(&self) -> NodeDefinition {
        define("auth", "Asks for a token", &[NodePermission::OAuth])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = auth(&ctx);
        done(ctx, report)
    }
}

pub fn auth(_ctx: &Context) -> Report {
    let mut report = Report::new();
    report.insert("oauth_has".into(), json!(host::has_oauth_token("example")));
    report.insert("oauth_get".into(), json!(host::get_oauth_token("example")));
    report
}

pub fn web(ctx: &Context) -> Report {
    let url = ctx.get_string("url").unwrap_or_else(|| "http://127.0.0.1:9/".into());
    let mut report = Report::new();
    report.insert("http".into(), json!(host::http_request(0, &url, "{}", b"")));
    report.insert("http_bad_method".into(), json!(host::http_request(9, &url, "{}", b"")));
    report.insert("ws_connect".into(), json!(host::ws_connect(&url.replacen("http", "ws", 1), "{}")));
    report.insert("ws_send".into(), json!(host::ws_send("made up", b"x", false)));
    report.insert("ws_receive".into(), json!(host::ws_receive("made up", 1)));
    report.insert("ws_close".into(), json!(host::ws_close("made up")));
    report
}
