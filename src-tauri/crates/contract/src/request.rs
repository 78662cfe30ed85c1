//! A question to the predictor as a line of JSON: `{"profile", "permissions", "allowed_hosts", "call", "arg"}`.

use policy::{Abi, Call, Headers, Label, Prediction, Profile, Situation, predict};
use serde::Deserialize;
use serde_json::Value;

/// A call in a situation, read from JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    profile: String,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    allowed_hosts: Option<Vec<String>>,
    call: String,
    #[serde(default)]
    arg: Value,
}

/// The calls that a request may name, with their `arg`.
pub const CALLS: &[(&str, &str)] = &[
    ("http", "[method, URL]"),
    ("wasi-http", "URL"),
    ("ws", "[URL, headers as JSON text]"),
    ("ws-send", "nothing"),
    ("ws-receive", "nothing"),
    ("ws-close", "nothing"),
    ("tcp-create", "nothing"),
    ("tcp-connect", "address"),
    ("tcp-bind", "address"),
    ("tcp-listen", "address"),
    ("udp-create", "nothing"),
    ("udp-connect", "address"),
    ("udp-bind", "address"),
    ("udp-send", "address"),
    ("dns", "name"),
    ("read-file", "nothing"),
    ("list-files", "nothing"),
    ("storage-dir", "nothing"),
    ("write-file", "nothing"),
    ("delete-file", "nothing"),
    ("db", "operation"),
    ("get-var", "nothing"),
    ("set-var", "nothing"),
    ("cache-get", "nothing"),
    ("cache-set", "nothing"),
    ("emit", "\"component\" or \"core\""),
    ("llm", "nothing"),
    ("embed", "nothing"),
    ("image", "nothing"),
    ("oauth", "nothing"),
    ("new-handle", "nothing"),
    ("log", "nothing"),
];

/// What the host answers to the call that one line describes. An error says what is wrong with the line.
///
/// ```
/// let line = r#"{"profile": "server", "permissions": ["network:dns"], "call": "dns", "arg": "example.org"}"#;
/// assert_eq!(contract::predict_line(line).unwrap().answer.to_string(), "try");
/// ```
pub fn predict_line(line: &str) -> Result<Prediction, String> {
    let request: Request = serde_json::from_str(line).map_err(|error| format!("not a request: {error}"))?;
    let profile = Profile::parse(&request.profile).ok_or_else(|| {
        let names = Profile::ALL.map(Profile::name).join(", ");
        format!("\"profile\" is \"{}\"; write one of {names}", request.profile.escape_debug())
    })?;
    // A label that Flow-Like does not know refuses the node's definition; it can grant nothing.
    let declared: Vec<Label> = request.permissions.iter().filter_map(|label| Label::parse(label)).collect();
    let situation = Situation { profile, declared: &declared, allowed_hosts: request.allowed_hosts.as_deref() };
    let mut pairs = Vec::new();
    let call = call(&request, &mut pairs)?;
    Ok(predict(&situation, &call))
}

fn call<'a>(request: &'a Request, pairs: &'a mut Vec<(String, String)>) -> Result<Call<'a>, String> {
    let arg = &request.arg;
    Ok(match request.call.as_str() {
        "http" => Call::Http { method: number(request, &arg[0])?, url: text(request, &arg[1])? },
        "wasi-http" => Call::WasiHttp { url: text(request, arg)? },
        "ws" | "ws-connect" => {
            let headers = headers(text(request, &arg[1])?, pairs);
            Call::WsConnect { url: text(request, &arg[0])?, headers }
        }
        "ws-send" | "ws-close" => Call::WsSend,
        "ws-receive" => Call::WsReceive,
        "tcp-create" => Call::TcpCreate,
        "tcp-connect" | "tcp-bind" | "tcp-listen" => Call::TcpUse(text(request, arg)?),
        "udp-create" => Call::UdpCreate,
        "udp-connect" | "udp-bind" | "udp-send" => Call::UdpUse(text(request, arg)?),
        "dns" => Call::Dns(text(request, arg)?),
        "read-file" | "list-files" | "storage-dir" => Call::StorageRead,
        "write-file" | "delete-file" => Call::StorageWrite,
        "db" => Call::Database(number(request, arg)?),
        "get-var" => Call::VariableGet,
        "set-var" => Call::VariableSet,
        "cache-get" => Call::CacheGet,
        "cache-set" => Call::CacheSet,
        "emit" => Call::Emit(match text(request, arg)? {
            "core" => Abi::Core,
            "component" => Abi::Component,
            _ => return Err(wanted(request)),
        }),
        "llm" | "embed" => Call::Model,
        "image" => Call::Image,
        "oauth" => Call::Oauth,
        "new-handle" => Call::NewHandle,
        "log" => Call::Free,
        other => {
            let names: Vec<&str> = CALLS.iter().map(|(name, _)| *name).collect();
            return Err(format!("\"call\" is \"{}\"; write one of {}", other.escape_debug(), names.join(", ")));
        }
    })
}

fn text<'a>(request: &Request, value: &'a Value) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| wanted(request))
}

fn number(request: &Request, value: &Value) -> Result<i64, String> {
    value.as_i64().ok_or_else(|| wanted(request))
}

fn wanted(request: &Request) -> String {
    let arg = CALLS.iter().find(|(name, _)| *name == request.call).map_or("another", |(_, arg)| *arg);
    format!("\"arg\" of \"{}\" does not fit; write {arg}", request.call.escape_debug())
}

fn headers<'a>(text: &str, pairs: &'a mut Vec<(String, String)>) -> Headers<'a> {
    let Ok(read) = serde_json::from_str::<serde_json::Map<String, Value>>(text) else { return Headers::Unreadable };
    for (name, value) in read {
        let Value::String(value) = value else { return Headers::Unreadable };
        pairs.push((name, value));
    }
    Headers::Pairs(pairs)
}
