//! HTTP exchanges in the record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::event::{Exchange, MASKED};

fn exchange() -> NetworkEvent {
    let exchange = Exchange {
        method: "POST".into(),
        url: "https://a.example/?key=hunter2".into(),
        request_headers: vec![("x-text".into(), "is hunter2".into()), ("authorization".into(), MASKED.into())],
        request_body: br#"{"password":"hunter2"}"#.to_vec(),
        request_size: 22,
        status: Some(200),
        response_headers: vec![("content-type".into(), "text/plain".into())],
        response_body: b"hello\xff".to_vec(),
        response_size: 100_000,
    };
    NetworkEvent {
        connection: 1,
        protocol: Protocol::Http,
        target: "POST https://a.example/".into(),
        address: Some("1.2.3.4:443".into()),
        state: NetworkState::Closed { reason: "done".into() },
        bytes_up: 10,
        bytes_down: 20,
        exchange: Some(Arc::new(exchange)),
    }
}

#[tokio::test]
async fn an_exchange_comes_back_without_sensitive_values() {
    let folder = folder();
    let recorder = open(&folder);
    let opened = NetworkEvent { state: NetworkState::Opened, exchange: None, ..exchange() };
    let events = vec![
        event("r", 1, EventKind::Network(opened)),
        event("r", 2, EventKind::Network(exchange())),
        finished("r", 3, good()),
    ];
    play(&recorder, info("r", "web"), events).await;
    let rows = all(&recorder, "r").await;
    let opened: Value = serde_json::from_str(&rows[0].text).expect("JSON");
    assert_eq!(opened.get("exchange"), None, "only where there is one");
    let closed: Value = serde_json::from_str(&rows[1].text).expect("JSON");
    let expected = json!({
        "connection": 1, "protocol": "http", "target": "POST https://a.example/", "address": "1.2.3.4:443",
        "state": "closed", "detail": "done", "bytes_up": 10, "bytes_down": 20,
        "exchange": {
            "method": "POST", "url": "https://a.example/?key=•••", "status": 200,
            "request_headers": [["x-text", "is •••"], ["authorization", "•••"]], "request_size": 22,
            "response_headers": [["content-type", "text/plain"]], "response_size": 100_000,
            "request_body": STANDARD.encode(r#"{"password":"•••"}"#), "response_body": "aGVsbG//",
        },
    });
    assert_eq!(closed, expected);
}

#[tokio::test]
async fn bodies_are_not_searched() {
    let folder = folder();
    let recorder = open(&folder);
    let events = vec![
        event("r", 1, EventKind::Network(exchange())),
        log("r", 2, Level::Info, "aGVsbG"),
        finished("r", 3, good()),
    ];
    play(&recorder, info("r", "web"), events).await;
    let select = |text: &str| {
        let filter = Filter { text: Some(TextFilter::containing(text).expect("a text")), ..Filter::default() };
        recorder.record().ask(move |record| record.select(&id("r"), &filter, 0..u32::MAX))
    };
    assert_eq!(select("aGVsbG").await.expect("readable"), [1], "base64 matches by chance");
    assert_eq!(select("text/plain").await.expect("readable"), [0], "headers are looked at");
}

#[test]
fn bodies_take_room() {
    let large = Exchange { response_body: vec![0; 64 << 10], ..Exchange::default() };
    let network = NetworkEvent { exchange: Some(Arc::new(large)), ..exchange() };
    let row = Row::of(&event("r", 1, EventKind::Network(network)), &[], &Hidden::Nothing);
    assert!(row.cost() > 64, "one for each KiB of its text, found {}", row.cost());
}
