//! Items 25, 26, 28, 29 and 31: host functions.

use base64::Engine;
use runtime::permission::Capability;
use serde_json::{Value, json};
use support::servers::Http;
use support::{bench, nodes};

/// What every function of the component world gives where everything is denied.
#[tokio::test]
async fn c25_denied_imports_of_components_give_nothing_and_never_trap() {
    let bench = bench();
    let node = bench.load(nodes::rust("host")).await;
    let finished = bench.run(&node).node("everything").deny("all").await.ok();
    let report = finished.output("report");
    for name in [
        "var_absent",
        "var_kept",
        "var_get",
        "cache_absent",
        "cache_get",
        "storage_dir",
        "storage_dir_shared",
        "upload_dir",
        "cache_dir",
        "user_dir",
        "embed_text",
        "embed_query",
        "embed_document",
        "embed_image",
        "llm_prompt",
        "llm_prompt_stream",
        "oauth_get",
        "http",
        "http_bad_method",
        "ws_connect",
        "ws_receive",
        "db_vector",
        "db_fts",
        "db_hybrid",
        "db_list",
        "db_count",
    ] {
        assert_eq!(report[name], Value::Null, "{name} is none");
    }
    for name in [
        "var_has",
        "var_deleted",
        "cache_has",
        "cache_deleted",
        "oauth_has",
        "ws_send",
        "ws_close",
        "db_insert",
        "db_upsert",
    ] {
        assert_eq!(report[name], false, "{name} is false");
    }
    assert!(finished.streamed().is_empty(), "streaming was denied: {:?}", finished.streamed());
    let denied = finished.denied();
    for capability in [
        Capability::Variables,
        Capability::Cache,
        Capability::StorageRead,
        Capability::Streaming,
        Capability::Models,
        Capability::OAuth,
        Capability::Http,
        Capability::WebSocket,
    ] {
        assert!(denied.contains(&capability), "\"{}\" is recorded as denied: {denied:?}", capability.name());
    }
    assert!(finished.outcome.figures.denied >= 8, "denials are counted: {:?}", finished.outcome.figures);
}

#[tokio::test]
async fn c25_denied_imports_of_core_modules_give_nothing_and_never_trap() {
    let bench = bench();
    let node = bench.fixture("host/everything").await;
    let finished = bench.run(&node).deny("all").await.ok();
    for name in [
        "get_input",
        "var_get",
        "var_has",
        "cache_get",
        "cache_has",
        "storage_dir",
        "upload_dir",
        "cache_dir",
        "user_dir",
        "read",
        "write",
        "list",
        "embed",
        "http",
        "http_response",
        "oauth_get",
        "oauth_has",
    ] {
        assert_eq!(finished.output(name), 0, "{name}");
    }
    for name in ["node_id", "run_id", "app_id", "board_id", "user_id", "time_now", "random"] {
        assert_eq!(finished.output(name), 1, "{name} needs no permission");
    }
    let denied = finished.denied();
    for capability in
        [Capability::Variables, Capability::Cache, Capability::Models, Capability::OAuth, Capability::Http]
    {
        assert!(denied.contains(&capability), "\"{}\" is recorded as denied: {denied:?}", capability.name());
    }
}

#[tokio::test]
async fn c25_what_is_low_risk_asks_nobody() {
    let bench = bench();
    let node = bench.load(nodes::rust("host")).await;
    for name in ["metadata", "pins", "variables", "cache", "storage", "storage_chunked", "image", "schema"] {
        let finished = bench.run(&node).node(name).await.ok();
        assert!(finished.asked_for_nothing(), "\"{name}\" runs without a question: {:?}", finished.decisions());
    }
}

/// The variable travels through the guest's own alloc.
#[tokio::test]
async fn c26_variables_of_core_modules_come_back() {
    let bench = bench();
    let node = bench.fixture("host/variables").await;
    let finished = bench.run(&node).await.ok();
    let text = "{\"count\":9007199254740993,\"text\":\"ä€😀\"}";
    assert_eq!(finished.output_text("got").as_deref(), Some(text), "the text is the one that was set");
    assert_eq!(finished.output("absent"), 0, "absent is zero");
    assert_eq!((finished.output("has"), finished.output("gone")), (json!(1), json!(0)));
}

#[tokio::test]
async fn c26_variables_are_kept_by_the_project() {
    let bench = bench();
    let node = bench.load(nodes::rust("host")).await;
    let first = bench.run(&node).node("variables").await.ok().output("report");
    assert_eq!(first["var_kept"], Value::Null, "nothing was there before");
    assert_eq!(first["var_get"]["text"], "ä€😀");
    let bench = bench.reopened();
    let node = bench.load(nodes::rust("host")).await;
    let second = bench.run(&node).node("variables").await.ok().output("report");
    assert_eq!(second["var_kept"], first["var_get"], "a variable outlives the program");
    assert_eq!((&second["var_has"], &second["var_deleted"]), (&json!(true), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn c28_a_response_has_its_body_as_text_and_in_base64() {
    let bench = bench();
    let http = Http::start().await;
    let node = bench.load(nodes::rust("net")).await;
    for (path, bytes) in [("/hello", &b"hello"[..]), ("/bytes", &[0, 159, 146, 150, 255])] {
        let inputs = json!({ "url": http.url(path) });
        let finished = bench.run(&node).node("http_get").allow("http:*").inputs(inputs).await.ok();
        let response = finished.output("response");
        assert_eq!(response["status"], 200, "{response}");
        assert_eq!(response["body_base64"], base64::engine::general_purpose::STANDARD.encode(bytes), "{response}");
        assert_eq!(response["body"], String::from_utf8_lossy(bytes).into_owned(), "{response}");
    }
}

/// `flowlike_http.response` is this workbench's extension; the document is the same.
#[tokio::test(flavor = "multi_thread")]
async fn c28_core_modules_fetch_the_same_response() {
    let bench = bench();
    let http = Http::start().await;
    let node = bench.fixture("host/http").await;
    let inputs = json!({ "url": http.url("/hello") });
    let finished = bench.run(&node).allow("http:*").inputs(inputs.clone()).await.ok();
    assert_eq!(finished.output("sent"), 1, "1 is success");
    assert_eq!(finished.output("response")["body"], "hello");
    let denied = bench.run(&node).inputs(inputs).await.ok();
    assert_eq!((denied.output("sent"), denied.output("response")), (json!(0), Value::Null), "0 is denied");
}

#[tokio::test]
async fn c29_an_image_is_named_by_its_document_or_its_bare_reference() {
    let bench = bench();
    let node = bench.load(nodes::rust("host")).await;
    let report = bench.run(&node).node("image").await.ok().output("report");
    assert!(report["image_from_bytes"].as_str().is_some_and(|text| text.contains("image_ref")), "{report}");
    for (name, value) in [
        ("image_to_png", json!(true)),
        ("image_bare", json!(true)),
        ("image_broken", Value::Null),
        ("image_unknown", json!(false)),
    ] {
        assert_eq!(report[name], value, "{name}: {report}");
    }
}

#[tokio::test]
async fn c31_the_run_input_has_exactly_nine_keys() {
    let bench = bench();
    let node = bench.fixture("result/echo_input").await;
    let finished = bench
        .run(&node)
        .inputs(json!({ "text": "ä€😀 } \"node_id\"" }))
        .input("exact", "9007199254740993")
        .input("float", "1.50")
        .await
        .ok();
    let text = finished.output_text("document").expect("the node gives its input back");
    let document = finished.output("document");
    let keys: Vec<&String> = document.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        ["node_id", "run_id", "app_id", "board_id", "user_id", "stream_state", "log_level", "node_name", "inputs"],
        "scalars come first, inputs last"
    );
    assert!(text.contains("ä€😀"), "raw UTF-8: {text}");
    assert!(text.contains("\"exact\":9007199254740993,\"float\":1.50"), "values as they were given, compact: {text}");
    assert_eq!(document["node_name"], "fixture");
}

#[tokio::test]
async fn c31_outputs_of_calls_come_first_and_the_result_overrides() {
    let bench = bench();
    let node = bench.load(nodes::rust("host")).await;
    let finished = bench.run(&node).node("pins").inputs(json!({ "text": "in" })).await.ok();
    assert_eq!(finished.output("report")["get_input"], "\"in\"", "inputs are JSON text");
    assert_eq!(finished.output("report")["get_absent_input"], Value::Null);
    assert_eq!(finished.output("early"), 2, "the later of two calls counts");
    assert_eq!(finished.output("late"), "from the result");
    assert_eq!(finished.fired(), ["other", "exec_out"], "each pin once, in firing order");
}
