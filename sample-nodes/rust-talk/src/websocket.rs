//! Messages there and back over one WebSocket. The host owns the connection, the node holds its name.

use flow_like_wasm_sdk::{log, *};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One message that came.
#[derive(Deserialize, JsonSchema, Serialize)]
struct Message {
    /// text, binary, or close.
    #[serde(rename = "type")]
    kind: String,
    /// The text, the bytes in base64, or the reason.
    data: String,
}

/// Why nothing more is waited for.
enum End {
    Enough,
    Silence,
    Closed(String),
}

#[register_node]
#[derive(Default)]
pub struct WebSocketTalk;

impl WasmNode for WebSocketTalk {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new(
            "websocket_talk",
            "WebSocket Talk",
            "Sends messages to a WebSocket server and gathers what comes back",
            "Web/WebSocket",
        );
        node.add_input_pin("exec", "Run", "Opens the connection", VariableType::Execution);
        node.add_input_pin("url", "URL", "Where to", VariableType::String)
            .set_default_value(json!("ws://127.0.0.1:8080/"));
        node.add_input_pin("messages", "Messages", "What to send, one after the other", VariableType::String)
            .set_value_type(ValueType::Array)
            .set_default_value(json!(["hello"]));
        node.add_input_pin("most", "Most", "How many messages to wait for", VariableType::Integer)
            .set_default_value(json!(1))
            .set_range(0.0, 1000.0)
            .set_step(1.0);
        node.add_input_pin("wait", "Wait", "For each of them, in seconds", VariableType::Float)
            .set_default_value(json!(5.0))
            .set_range(0.0, 60.0);
        node.add_output_pin("exec_out", "Done", "Fires when enough came", VariableType::Execution);
        node.add_output_pin("silence", "Silence", "Fires where nothing more comes", VariableType::Execution);
        node.add_output_pin("closed", "Closed", "Fires where the server says goodbye", VariableType::Execution);
        node.add_output_pin("received", "Received", "What came", VariableType::Struct)
            .set_value_type(ValueType::Array)
            .set_schema::<Message>();
        node.add_output_pin("reason", "Reason", "The server's goodbye", VariableType::String);
        node.add_permission(NodePermission::NetworkWebsocket);
        node.add_permission(NodePermission::Streaming);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let url = ctx.get_string("url").unwrap_or_default();
        let messages: Vec<String> = ctx.get_input_as("messages").unwrap_or_default();
        let Some(session) = ctx.ws_connect(&url, &json!({})) else {
            return ctx.fail(format!("no connection to {url}: it was denied, or nobody answered"));
        };
        log::info(&format!("connected to {url}"));
        for message in &messages {
            if !ctx.ws_send_text(&session, message) {
                return ctx.fail("the connection broke while sending");
            }
        }
        let mut received = Vec::new();
        let end = receive(&ctx, &session, &mut received);
        ctx.set_output_json("received", &received);
        match end {
            End::Enough => ctx.activate_exec("exec_out"),
            End::Silence => {
                log::warn(&format!("nothing more came after {} messages", received.len()));
                ctx.activate_exec("silence");
            }
            End::Closed(reason) => {
                log::info(&format!("the server closed the connection: {reason:?}"));
                ctx.set_output("reason", reason);
                ctx.activate_exec("closed");
            }
        }
        ctx.ws_close(&session);
        ctx.finish()
    }
}

fn receive(ctx: &Context, session: &str, received: &mut Vec<Message>) -> End {
    let most = usize::try_from(ctx.get_i64("most").unwrap_or(1)).unwrap_or(0);
    let wait = (ctx.get_f64("wait").unwrap_or(5.0).clamp(0.0, 60.0) * 1000.0) as u32;
    while received.len() < most {
        let message = ctx.ws_receive(session, wait).and_then(|text| serde_json::from_str::<Message>(&text).ok());
        match message {
            None => return End::Silence,
            Some(message) if message.kind == "close" => return End::Closed(message.data),
            // Signs of life are not what was waited for.
            Some(message) if matches!(message.kind.as_str(), "ping" | "pong") => {}
            Some(message) => {
                ctx.stream_text(&format!("{}\n", message.data));
                received.push(message);
            }
        }
    }
    End::Enough
}
