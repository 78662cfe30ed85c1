//! The `flow-like:node` interfaces: each function lifts its arguments, makes the one [`Call`], and lowers the reply.
//!
//! The table below is the whole of it: linking, the check of a component's imports and the list of what is linked
//! come from the same lines.

use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use super::imports::Reach;
use super::state::State;
use crate::guest::call_site;
use crate::host::{Call, Reply};
use crate::permission::Capability;

/// The package and the one version there has ever been.
pub(super) const PACKAGE: &str = "flow-like:node";
pub(super) const VERSION: &str = "0.1.0";

pub(super) struct Interface {
    pub name: &'static str,
    pub functions: &'static [Function],
    link: fn(&mut LinkerInstance<'_, State>) -> wasmtime::Result<()>,
}

pub(super) struct Function {
    pub name: &'static str,
    pub reach: Reach,
    parameters: &'static [(&'static str, &'static str)],
    result: &'static str,
}

impl Function {
    /// `func(level: u8, message: string)`, as [`super::names::signature`] spells it.
    pub fn signature(&self) -> String {
        let parameters: Vec<String> =
            self.parameters.iter().map(|(name, ty)| format!("{}: {ty}", name.replace('_', "-"))).collect();
        format!("func({}){}", parameters.join(", "), self.result)
    }
}

/// Links every interface, whatever is granted: a refusal happens inside the call.
pub(super) fn add_to_linker(linker: &mut wasmtime::component::Linker<State>) -> wasmtime::Result<()> {
    for interface in INTERFACES {
        let name = format!("{PACKAGE}/{}@{VERSION}", interface.name);
        (interface.link)(&mut linker.instance(&name)?)?;
    }
    Ok(())
}

/// A Rust type that crosses the boundary, with its WIT name.
macro_rules! wit_type {
    (bool) => {
        "bool"
    };
    (u8) => {
        "u8"
    };
    (u32) => {
        "u32"
    };
    (u64) => {
        "u64"
    };
    (String) => {
        "string"
    };
    (Bytes) => {
        "list<u8>"
    };
    (OptionalBytes) => {
        "option<list<u8>>"
    };
}

type Bytes = Vec<u8>;
type OptionalBytes = Option<Vec<u8>>;

/// How a reply is lowered: the Rust value and the WIT result.
macro_rules! reply {
    (nothing, $reply:expr) => {{
        let _: Reply = $reply;
    }};
    (flag, $reply:expr) => {
        ($reply.flag(),)
    };
    (text, $reply:expr) => {
        ($reply.text(),)
    };
    (words, $reply:expr) => {
        ($reply.text().unwrap_or_default(),)
    };
    (bytes, $reply:expr) => {
        ($reply.bytes(),)
    };
    (number, $reply:expr) => {
        ($reply.number(),)
    };
    (level, $reply:expr) => {
        (u8::try_from($reply.number()).unwrap_or(u8::MAX),)
    };
    (float, $reply:expr) => {
        ($reply.float(),)
    };
}
macro_rules! wit_result {
    (nothing) => {
        ""
    };
    (flag) => {
        " -> bool"
    };
    (text) => {
        " -> option<string>"
    };
    (words) => {
        " -> string"
    };
    (bytes) => {
        " -> option<list<u8>>"
    };
    (number) => {
        " -> u64"
    };
    (level) => {
        " -> u8"
    };
    (float) => {
        " -> f64"
    };
}

async fn call(store: &mut StoreContextMut<'_, State>, call: Call<'_>) -> Reply {
    if call.may_ask() {
        store.data_mut().host.call_site = call_site(&*store);
    }
    store.data_mut().call(call).await
}

macro_rules! interfaces {
    ($($interface:literal, $reach:expr => {
        $($name:literal ($($parameter:ident: $ty:ident),*) $kind:ident $call:expr;)*
    })*) => {
        pub(super) static INTERFACES: &[Interface] = &[$(Interface {
            name: $interface,
            functions: &[$(Function {
                name: $name,
                reach: $reach,
                parameters: &[$((stringify!($parameter), wit_type!($ty))),*],
                result: wit_result!($kind),
            }),*],
            link: |instance| {
                $(instance.func_wrap_async(
                    $name,
                    |mut store: StoreContextMut<'_, State>, ($($parameter,)*): ($($ty,)*)| {
                        Box::new(async move {
                            let reply = call(&mut store, $call).await;
                            Ok(reply!($kind, reply))
                        })
                    },
                )?;)*
                Ok(())
            },
        }),*];
    };
}

interfaces! {
    "logging", Reach::Run => {
        "log"(level: u8, message: String) nothing Call::Log { level, message: &message };
    }
    "pins", Reach::Run => {
        "get-input"(name: String) text Call::GetInput { name: &name };
        "set-output"(name: String, value: String) nothing Call::SetOutput { name: &name, value: &value };
        "activate-exec"(name: String) nothing Call::ActivateExec { name: &name };
    }
    "variables", Reach::Recorded(Capability::Variables) => {
        "get-var"(name: String) text Call::VarGet { name: &name };
        "set-var"(name: String, value: String) nothing Call::VarSet { name: &name, value: &value };
        "delete-var"(name: String) nothing Call::VarDelete { name: &name };
        "has-var"(name: String) flag Call::VarHas { name: &name };
    }
    "cache", Reach::Recorded(Capability::Cache) => {
        "cache-get"(key: String) text Call::CacheGet { key: &key };
        "cache-set"(key: String, value: String) nothing Call::CacheSet { key: &key, value: &value };
        "cache-delete"(key: String) nothing Call::CacheDelete { key: &key };
        "cache-has"(key: String) flag Call::CacheHas { key: &key };
    }
    "streaming", Reach::Recorded(Capability::Streaming) => {
        "emit"(event_type: String, data: String) nothing Call::Emit { kind: &event_type, data: &data };
        "text"(content: String) nothing Call::Text { content: &content };
    }
    "metadata", Reach::Run => {
        "get-node-id"() words Call::NodeId;
        "get-run-id"() words Call::RunId;
        "get-app-id"() words Call::AppId;
        "get-board-id"() words Call::BoardId;
        "get-user-id"() words Call::UserId;
        "time-now"() number Call::TimeNow;
        "random"() float Call::Random;
        "is-streaming"() flag Call::IsStreaming;
        "get-log-level"() level Call::LogLevel;
        "new-resource-handle"() text Call::NewResourceHandle;
    }
    "storage", Reach::Recorded(Capability::StorageRead) => {
        "storage-dir"(node_scoped: bool) text Call::StorageDir { node_scoped };
        "upload-dir"() text Call::UploadDir;
        "cache-dir"(node_scoped: bool, user_scoped: bool) text Call::CacheDir { node_scoped, user_scoped };
        "user-dir"(node_scoped: bool) text Call::UserDir { node_scoped };
        "read-file"(flow_path: String) bytes Call::ReadFile { path: &flow_path };
        "list-files"(flow_path: String) text Call::ListFiles { path: &flow_path };
    }
    "storage", Reach::Recorded(Capability::StorageWrite) => {
        "write-file"(flow_path: String, data: Bytes) flag Call::WriteFile { path: &flow_path, data: &data };
        "write-file-start"(flow_path: String, total_size: u64) text
            Call::WriteFileStart { path: &flow_path, total_size };
        "write-file-chunk"(write_id: String, data: Bytes) flag
            Call::WriteFileChunk { write_id: &write_id, data: &data };
        "write-file-finish"(write_id: String) flag Call::WriteFileFinish { write_id: &write_id };
    }
    "models", Reach::Gated(Capability::Models) => {
        "embed-text"(bit_json: String, texts_json: String) text
            Call::EmbedText { model: &bit_json, texts: &texts_json };
        "embed-text-query"(model_json: String, texts_json: String) text
            Call::EmbedTextQuery { model: &model_json, texts: &texts_json };
        "embed-text-document"(model_json: String, texts_json: String) text
            Call::EmbedTextDocument { model: &model_json, texts: &texts_json };
        "embed-image"(model_json: String, image_data: Bytes) text
            Call::EmbedImage { model: &model_json, image: &image_data };
        "llm-prompt"(bit_json: String, messages_json: String, do_stream: bool) text
            Call::LlmPrompt { model: &bit_json, messages: &messages_json, stream: do_stream };
        "llm-prompt-stream"(bit_json: String, request_json: String) text
            Call::LlmPromptStream { model: &bit_json, request: &request_json };
    }
    "auth", Reach::Gated(Capability::OAuth) => {
        "get-oauth-token"(provider: String) text Call::GetOAuthToken { provider: &provider };
        "has-oauth-token"(provider: String) flag Call::HasOAuthToken { provider: &provider };
    }
    "http", Reach::Gated(Capability::Http) => {
        "request"(method: u8, url: String, headers: String, body: OptionalBytes) text
            Call::HttpRequest { method, url: &url, headers: &headers, body: body.as_deref() };
    }
    "websocket", Reach::Gated(Capability::WebSocket) => {
        "connect"(url: String, headers_json: String) text Call::WsConnect { url: &url, headers: &headers_json };
        "send"(session_id: String, message: Bytes, is_binary: bool) flag
            Call::WsSend { session: &session_id, message: &message, binary: is_binary };
        "receive"(session_id: String, timeout_ms: u32) text
            Call::WsReceive { session: &session_id, timeout_ms };
        "close"(session_id: String) flag Call::WsClose { session: &session_id };
    }
    "schema", Reach::Inside => {
        "get-type-schema"(type_name: String) text Call::GetTypeSchema { name: &type_name };
        "list-types"() text Call::ListTypes;
    }
    "image", Reach::Run => {
        "from-bytes"(data: Bytes, format: String) text Call::ImageFromBytes { data: &data, format: &format };
        "to-bytes"(image_ref: String, format: String) bytes
            Call::ImageToBytes { image: &image_ref, format: &format };
    }
    "db", Reach::Inside => {
        "query"(op: u32, connection_json: String, payload_json: String) text
            Call::DbQuery { op, connection: &connection_json, payload: &payload_json };
    }
}
