//! A network event as the record keeps it, in [`EventRow::text`](super::EventRow::text) of a row of kind
//! [`Network`](super::RowKind::Network):
//!
//! ```json
//! {"connection": 1, "protocol": "http", "target": "GET https://a/", "address": "1.2.3.4:443", "state": "closed",
//!  "detail": "done", "bytes_up": 120, "bytes_down": 300,
//!  "exchange": {"method": "GET", "url": "https://a/", "status": 200,
//!    "request_headers": [["accept", "*/*"]], "request_size": 0,
//!    "response_headers": [["content-type", "text/plain"]], "response_size": 5,
//!    "request_body": "", "response_body": "aGVsbG8="}}
//! ```
//!
//! `protocol` is `dns`, `tcp`, `udp`, `http` or `websocket`; `state` is `denied`, `opened`, `listening`, `answered`,
//! `closed` or `failed`; `address`, `detail` and `status` may be null. `exchange` is there only on the last event of an
//! HTTP exchange, and not in runs that older versions recorded; its bodies are base64 and shorter than their sizes where
//! they were cut. Credentials were masked before they came here, values of sensitive inputs are masked here. The target
//! stays as the user was asked about it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::hidden::Hidden;
use crate::event::{Exchange, NetworkEvent, NetworkState, Protocol};
use crate::json::Json;

/// Where the bodies begin. Within a JSON string its quotes would be escaped, so it can stand in one place only.
const BODIES: &str = r#","request_body":""#;

pub(super) fn network_json(network: &NetworkEvent, hidden: &Hidden) -> String {
    let (state, detail) = match &network.state {
        NetworkState::Denied => ("denied", None),
        NetworkState::Opened => ("opened", None),
        NetworkState::Listening => ("listening", None),
        NetworkState::Answered { summary } => ("answered", Some(summary)),
        NetworkState::Closed { reason } => ("closed", Some(reason)),
        NetworkState::Failed { reason } => ("failed", Some(reason)),
    };
    let protocol = match network.protocol {
        Protocol::Dns => "dns",
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Http => "http",
        Protocol::WebSocket => "websocket",
    };
    let mut text = json!({
        "connection": network.connection,
        "protocol": protocol,
        "target": network.target,
        "address": network.address,
        "state": state,
        "detail": detail,
        "bytes_up": network.bytes_up,
        "bytes_down": network.bytes_down,
    })
    .to_string();
    if let Some(exchange) = &network.exchange {
        text.pop();
        text.push_str(",\"exchange\":");
        text.push_str(&exchange_json(exchange, hidden));
        text.push('}');
    }
    text
}

/// The bodies stand last, so that [`searchable`] can end before them.
fn exchange_json(exchange: &Exchange, hidden: &Hidden) -> String {
    let headers = |headers: &[(String, String)]| {
        json!(headers.iter().map(|(name, value)| (name, hidden.text(value))).collect::<Vec<_>>())
    };
    let body = |body: &[u8]| STANDARD.encode(hidden.bytes(body));
    format!(
        r#"{{"method":{},"url":{},"status":{},"request_headers":{},"request_size":{},"response_headers":{},"response_size":{}{BODIES}{}","response_body":"{}"}}"#,
        Json::string(&exchange.method),
        Json::string(&hidden.text(&exchange.url)),
        json!(exchange.status),
        headers(&exchange.request_headers),
        exchange.request_size,
        headers(&exchange.response_headers),
        exchange.response_size,
        body(&exchange.request_body),
        body(&exchange.response_body),
    )
}

/// The part of a document in which text is looked for: base64 would match by chance.
pub(super) fn searchable(document: &[u8]) -> &[u8] {
    let bodies = std::str::from_utf8(document).ok().and_then(|text| text.find(BODIES));
    &document[..bodies.unwrap_or(document.len())]
}
