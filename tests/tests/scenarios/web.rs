//! HTTP by three ways (host function of components, of core modules, `wasi:http`), redirects, WebSocket.

use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::{Value, json};
use support::servers::{self, Http};
use support::{bench, nodes};

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_http_is_denied_without_a_packet_then_allowed() {
    let (bench, http) = (bench(), Http::start().await);
    let rust = bench.load(nodes::rust("net")).await;
    let core = bench.fixture("host/http").await;
    let url = json!({ "url": http.url("/hello"), "authority": http.server.address.to_string(), "path": "/hello" });
    for (node, name) in [(&rust, "http_get"), (&rust, "wasi_http_get"), (&core, "http_core")] {
        let denied = bench.run(node).node(name).inputs(url.clone()).await;
        assert!(denied.denied().contains(&Capability::Http), "{name}: {}", denied.report());
        assert_eq!(http.server.reached().came, 0, "{name} sends nothing before the decision");
    }
    for (node, name) in [(&rust, "http_get"), (&rust, "wasi_http_get")] {
        let rule = format!("http:{}", http.url("/hello"));
        let allowed = bench.run(node).node(name).inputs(url.clone()).allow(&rule).await.ok();
        assert_eq!((allowed.output("status"), allowed.output("body")), (json!(200), json!("hello")), "{name}");
    }
    let elsewhere = format!("http:{}", http.url("/other"));
    let other = bench.run(&rust).node("http_get").inputs(url).allow(&elsewhere).await.ended(Status::Error);
    assert!(other.denied().contains(&Capability::Http), "a rule for one path is none for another");
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_headers_and_bodies_arrive_as_they_were_sent() {
    let (bench, http) = (bench(), Http::start().await);
    let node = bench.load(nodes::rust("net")).await;
    for (code, method) in
        [(0, "GET"), (1, "POST"), (2, "PUT"), (3, "DELETE"), (4, "PATCH"), (5, "HEAD"), (6, "OPTIONS")]
    {
        let inputs = json!({
            "method": code,
            "url": http.url("/echo"),
            "headers": { "X-Name": "value", "X-Number": 7 },
            "body": if method == "GET" || method == "HEAD" { "" } else { "grüße" },
        });
        let finished = bench.run(&node).node("http_method").inputs(inputs).allow("http:*").await.ok();
        assert_eq!(finished.output("status"), 200, "{method}");
        let received = http.received().pop().expect("the request came");
        assert_eq!(received.method, method);
        assert_eq!(received.header("x-name"), Some("value"), "one odd header does not take the others away");
        if method == "POST" {
            assert_eq!(String::from_utf8_lossy(&received.body), "grüße");
        }
    }
    let unknown = bench.run(&node).node("http_method").allow("http:*");
    unknown.inputs(json!({ "method": 9, "url": http.url("/echo") })).await.ended(Status::Error);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hop_of_a_redirect_is_asked_for() {
    let (bench, first, second) = (bench(), Http::start().await, Http::start().await);
    let node = bench.load(nodes::rust("net")).await;
    let url = first.url(&format!("/redirect?{}", second.url("/hello")));
    let start = || {
        let headers = json!({ "Authorization": "Bearer secret", "X-Kept": "yes" });
        bench.run(&node).node("http_get").inputs(json!({ "url": url, "headers": headers }))
    };
    let here = format!("http:{}", first.url("/"));
    let there = format!("http:{}", second.url("/"));

    let denied = start().allow(&here).await.ended(Status::Error);
    assert!(denied.denied().contains(&Capability::Http), "the second hop is a request of its own");
    assert_eq!((first.received().len(), second.received().len()), (1, 0));

    let allowed = start().allow(&here).allow(&there).await.ok();
    assert_eq!(allowed.output("body"), "hello");
    let hop = second.received().pop().expect("the second hop came");
    assert_eq!(hop.header("authorization"), None, "credentials stay with their origin");

    let looped = bench.run(&node).node("http_get").inputs(json!({ "url": first.url("/loop") })).allow("http:*").await;
    looped.ended(Status::Error);
    assert!(first.received().len() < 50, "a loop of redirects ends: {}", first.received().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_urls_are_refused() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    for url in [
        "",
        "no url",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1:99999/",
    ] {
        let finished = bench.run(&node).node("http_get").inputs(json!({ "url": url })).allow("http:*").await;
        finished.ended(Status::Error);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_is_denied_then_echoes() {
    let (bench, server) = (bench(), servers::websocket_echo().await);
    let node = bench.load(nodes::rust("net")).await;
    let url = format!("ws://{}/", server.address);
    let start = |binary: bool| {
        let inputs = json!({ "url": url, "message": "grüße", "binary": binary });
        bench.run(&node).node("websocket_echo").inputs(inputs)
    };
    let denied = start(false).await.ended(Status::Error);
    assert!(denied.denied().contains(&Capability::WebSocket), "{}", denied.report());
    assert_eq!(server.reached().came, 0, "nothing leaves before the decision");
    let http = start(false).allow("http:*").await.ended(Status::Error);
    assert!(http.denied().contains(&Capability::WebSocket), "HTTP is another permission");

    let text = start(false).allow("websocket:*").await.ok();
    assert_eq!(text.output("reply"), json!({ "type": "text", "data": "grüße" }));
    assert_eq!(text.output("closed"), true);
    let binary = start(true).allow("websocket:*").await.ok();
    assert_eq!(binary.output("reply")["type"], "binary");
    assert_eq!(binary.output("reply")["data"], "Z3LDvMOfZQ==", "bytes travel in base64");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_is_no_denial() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    let port = servers::closed_port().await;
    let url = json!({ "url": format!("http://127.0.0.1:{port}/") });
    let finished = bench.run(&node).node("http_get").inputs(url).allow("http:*").await.ended(Status::Error);
    assert!(finished.denied().is_empty(), "{:?}", finished.decisions());
    assert_eq!(finished.output("response"), Value::Null);
}
