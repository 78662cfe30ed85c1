use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::json;
use support::servers::Http;
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
