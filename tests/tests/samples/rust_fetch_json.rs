use runtime::event::Level;
use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::json;
use support::servers::{self, Http};
use support::{bench, nodes};

#[tokio::test(flavor = "multi_thread")]
async fn fetches_when_it_may() {
    let (bench, http) = (bench(), Http::start().await);
    let node = bench.load(nodes::sample("rust-fetch-json")).await;
    assert_eq!(node.definition("fetch_json").expect("defined").permissions, ["network:http"]);

    let request = json!({ "method": "POST", "headers": { "X-Name": "value" },
        "body": { "kind": "form", "fields": [{ "name": "a b", "value": "1&2" }] } });
    let inputs = json!({ "url": http.url("/echo"), "request": request });
    let denied = bench.run(&node).node("fetch_json").inputs(inputs.clone()).await.ended(Status::Error);
    assert_eq!(denied.denied(), [Capability::Http]);
    assert_eq!(denied.fired(), ["failed"]);

    let allowed = bench.run(&node).node("fetch_json").inputs(inputs).allow("http:*").await.ok();
    assert_eq!(allowed.output("status"), 200);
    let received = http.received().pop().expect("the request came");
    assert_eq!((received.method.as_str(), received.header("x-name")), ("POST", Some("value")));
    assert_eq!(String::from_utf8_lossy(&received.body), "a%20b=1%262");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_server_is_read() {
    let page = r#"{"count": 9007199254740993, "words": ["grüße", "世界"]}"#;
    let Some(server) = servers::nginx(&[("page.json", page)]).await else { return };
    let bench = bench();
    let node = bench.load(nodes::sample("rust-fetch-json")).await;
    let url = |path: &str| format!("http://{}{path}", server.address);
    let fetch = |path: &str| bench.run(&node).node("fetch_json").inputs(json!({ "url": url(path) }));
    let denied = fetch("/page.json").await.ended(Status::Error);
    assert_eq!(denied.denied(), [Capability::Http]);

    let direct = fetch("/page.json").allow(&format!("http:{}", url("/page.json"))).await.ok();
    assert_eq!(direct.output_text("json").as_deref(), Some(r#"{"count":9007199254740993,"words":["grüße","世界"]}"#));
    let stopped = fetch("/old").allow(&format!("http:{}", url("/old"))).await.ended(Status::Error);
    assert_eq!(stopped.denied(), [Capability::Http], "where a redirect leads to is asked for again");
    let led = fetch("/old").allow(&format!("http:{}", url("/"))).await.ok();
    assert_eq!((led.output("status"), led.output("json")), (json!(200), direct.output("json")));

    let missing = fetch("/missing").allow("http:*").await.ok();
    assert_eq!(missing.output("status"), 404);
    assert!(missing.output("json").as_str().is_some_and(|text| text.contains("nginx")), "{}", missing.report());
    let warned = missing.node_logs().into_iter().any(|(level, line)| level == Level::Warn && line.contains("not JSON"));
    assert!(warned, "{:?}", missing.lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_not_there_traps_with_its_place() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-fetch-json")).await;
    let picked = bench.run(&node).node("pick_row").inputs(json!({ "rows": [1, 2], "index": 1 })).await.ok();
    assert_eq!(picked.output("row"), 2);
    let trapped = bench.run(&node).node("pick_row").inputs(json!({ "rows": [1, 2], "index": 7 }));
    let trapped = trapped.await.ended(Status::Trap);
    let trap = trapped.trap();
    assert!(trap.message.contains("index"), "the panic's own message: {}", trap.message);
    let placed = trap.frames.iter().any(|frame| frame.file.as_ref().is_some_and(|file| file.ends_with("pick.rs")));
    assert!(placed, "a frame of the node has its line: {:?}", trap.frames);
}
