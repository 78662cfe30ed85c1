//! An HTTP request whose details are one object with a schema.

use flow_like_wasm_sdk::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to ask.
#[derive(Default, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
struct Request {
    /// What to do.
    method: Method,
    /// Sent with the request; names and values.
    headers: std::collections::BTreeMap<String, String>,
    /// What to send.
    body: Body,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    #[default]
    Get,
    Post,
    Put,
    Delete,
}

#[derive(Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
enum Body {
    #[default]
    #[schemars(title = "none")]
    None,
    #[schemars(title = "text")]
    Text { text: String },
    #[schemars(title = "form")]
    Form { fields: Vec<Field> },
}

#[derive(Deserialize, JsonSchema, Serialize)]
struct Field {
    name: String,
    value: String,
}

impl Body {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::None => Vec::new(),
            Self::Text { text } => text.clone().into_bytes(),
            Self::Form { fields } => {
                let pairs: Vec<String> =
                    fields.iter().map(|field| format!("{}={}", encoded(&field.name), encoded(&field.value))).collect();
                pairs.join("&").into_bytes()
            }
        }
    }
}

/// Percent-encodes everything but letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[register_node]
#[derive(Default)]
pub struct FetchJson;

impl WasmNode for FetchJson {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new(
            "fetch_json",
            "Fetch JSON",
            "Sends an HTTP request and reads its answer as JSON",
            "Web/HTTP",
        );
        node.add_input_pin("exec", "Run", "Sends the request", VariableType::Execution);
        node.add_input_pin("url", "URL", "Where to", VariableType::String)
            .set_default_value(json!("https://api.example.com/v1/status"));
        node.add_input_pin("request", "Request", "How to ask", VariableType::Struct).set_schema::<Request>();
        node.add_output_pin("exec_out", "Done", "Fires when an answer is there", VariableType::Execution);
        node.add_output_pin("failed", "Failed", "Fires where there is none", VariableType::Execution);
        node.add_output_pin("status", "Status", "The status code", VariableType::Integer);
        node.add_output_pin("json", "JSON", "The answer", VariableType::Generic);
        node.add_permission(NodePermission::NetworkHttp);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let url = ctx.get_string("url").unwrap_or_default();
        let request: Request = ctx.get_input_as("request").unwrap_or_default();
        let method = match request.method {
            Method::Get => 0,
            Method::Post => 1,
            Method::Put => 2,
            Method::Delete => 3,
        };
        log::info(&format!("asking {url}"));
        let headers = json!(request.headers).to_string();
        let answer = host::http_request(method, &url, &headers, &request.body.bytes());
        let Some(answer) = answer.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok()) else {
            ctx.activate_exec("failed");
            ctx.set_error("no answer: the request was denied, or nobody answered");
            return ctx.finish();
        };
        let body = http_ns::decode_response_body(&answer);
        ctx.set_output("status", answer["status"].clone());
        match serde_json::from_str::<serde_json::Value>(&body) {
            Ok(value) => ctx.set_output("json", value),
            Err(error) => {
                log::warn(&format!("the answer is not JSON ({error}); it is given as text"));
                ctx.set_output("json", body);
            }
        }
        ctx.success()
    }
}
