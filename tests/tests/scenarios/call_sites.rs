//! A question says where in the node's code it comes from, whatever is asked for, in both runtime models.

use runtime::permission::prompter::Scripted;
use runtime::permission::{Answer, Capability, Question};
use serde_json::json;
use support::servers::Http;
use support::{Bench, Start, bench, nodes};

async fn questions(start: Start) -> Vec<std::sync::Arc<Question>> {
    let script = Scripted::always(Answer::DENY);
    start.ask(script.clone()).await;
    script.questions()
}

fn assert_from(questions: &[std::sync::Arc<Question>], capability: Capability, function: &str) {
    let asked: Vec<_> = questions.iter().filter(|question| question.request.capability == capability).collect();
    assert!(!asked.is_empty(), "{capability:?} is asked for: {questions:?}");
    for question in asked {
        let site = &question.request.call_site;
        assert!(site.iter().any(|frame| frame.contains(function)), "{capability:?} from {function}: {site:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_components_tell_where_they_call_from() {
    let (bench, http) = (bench(), Http::start().await);
    let net = bench.load(nodes::rust("net")).await;
    let host = bench.load(nodes::rust("host")).await;
    let start = |bench: &Bench, node: &str| {
        let inputs = json!({ "url": http.url("/hello"), "authority": http.server.address.to_string(), "port": 9 });
        bench.run(&net).node(node).inputs(inputs)
    };
    assert_from(&questions(start(&bench, "http_get")).await, Capability::Http, "net::web::");
    assert_from(&questions(start(&bench, "wasi_http_get")).await, Capability::Http, "net::wasi_http::fetch");
    assert_from(&questions(start(&bench, "tcp_client")).await, Capability::TcpConnect, "net::tcp::");
    let socket = bench.run(&net).node("websocket_echo").inputs(json!({ "url": "ws://127.0.0.1:9/" }));
    // The optimiser put the rest into one function.
    assert_from(&questions(socket).await, Capability::WebSocket, "net::");
    assert_from(&questions(bench.run(&host).node("models")).await, Capability::Models, "host::outside::models");
    assert_from(&questions(bench.run(&host).node("auth")).await, Capability::OAuth, "host::outside::auth");
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_a_redirect_and_an_address_keep_the_place() {
    let (bench, first, second) = (bench(), Http::start().await, Http::start().await);
    let node = bench.load(nodes::rust("net")).await;
    let url = first.url(&format!("/redirect?{}", second.url("/hello"))).replace("127.0.0.1", "localhost");
    let here = format!("http:http://localhost:{}/", first.server.port());
    let start = bench.run(&node).node("http_get").inputs(json!({ "url": url })).allow(&here);
    let asked = questions(start).await;
    assert_from(&asked, Capability::Http, "net::web::");
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_core_modules_tell_where_they_call_from() {
    let bench = bench();
    let definition = r#"{\"name\":\"n\",\"permissions\":[]}"#;
    let text = format!(
        r#"(module
            (import "flowlike_http" "request" (func $request (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (import "flowlike_ws" "connect" (func $connect (param i32 i32 i32 i32) (result i32)))
            (import "flowlike_auth" "has_oauth_token" (func $has_token (param i32 i32) (result i32)))
            (import "flowlike_models" "embed_text" (func $embed (param i32 i32 i32 i32) (result i64)))
            (memory (export "memory") 3)
            (data (i32.const 16) "http://127.0.0.1:9/")
            (data (i32.const 48) "ws://127.0.0.1:9/")
            (data (i32.const 80) "{{}}")
            (data (i32.const 96) "[\"a\"]")
            (data (i32.const 1024) "{definition}")
            (func (export "alloc") (param i32) (result i32) (i32.const 131072))
            (func (export "get_node") (result i64)
                (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {length})))
            (func $fetch_prices
                (drop (call $request (i32.const 0) (i32.const 16) (i32.const 19) (i32.const 80) (i32.const 2)
                    (i32.const 0) (i32.const 0))))
            (func $open_chat
                (drop (call $connect (i32.const 48) (i32.const 17) (i32.const 80) (i32.const 2))))
            (func $look_for_token (drop (call $has_token (i32.const 16) (i32.const 4))))
            (func $embed_words
                (drop (call $embed (i32.const 80) (i32.const 2) (i32.const 96) (i32.const 5))))
            (func (export "run") (param i32 i32) (result i64)
                (call $fetch_prices) (call $open_chat) (call $look_for_token) (call $embed_words)
                (i64.const 0)))"#,
        length = definition.replace('\\', "").len(),
    );
    let node = bench.load(bench.file("core.wat", text)).await;
    let asked = questions(bench.run(&node)).await;
    assert_from(&asked, Capability::Http, "fetch_prices");
    assert_from(&asked, Capability::WebSocket, "open_chat");
    assert_from(&asked, Capability::OAuth, "look_for_token");
    assert_from(&asked, Capability::Models, "embed_words");
}
