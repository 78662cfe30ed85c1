use runtime::artifact::ArtifactKind;
use runtime::definition::{DataType, ValueType};
use runtime::event::{Level, LogSource};
use runtime::limits::Limits;
use runtime::run::Status;
use serde_json::{Value, json};
use support::{bench, nodes};

use super::same_contract;

#[tokio::test]
async fn follows_paths_and_pointers() {
    let bench = bench();
    let node = bench.load(nodes::sample("typescript-json-query")).await;
    let document = json!({
        "größe": 1.5,
        "odd name": null,
        "a/b": { "~": true },
        "items": [{ "id": 1 }, { "id": 2, "deep": { "id": "✓" } }, { "id": 3 }],
    });
    for (mode, query, matches) in [
        ("path", "$.größe", json!([1.5])),
        ("path", "$.items[*].id", json!([1, 2, 3])),
        ("path", "$..id", json!([1, 2, "✓", 3])),
        ("path", "$.items[-1].id", json!([3])),
        ("path", "$.items[1:].id", json!([2, 3])),
        ("path", "$['odd name']", json!([null])),
        ("pointer", "/items/1/deep", json!([{ "id": "✓" }])),
        ("pointer", "/a~1b/~0", json!([true])),
        ("pointer", "", json!([document])),
    ] {
        let inputs = json!({ "document": document, "query": query, "mode": mode });
        let finished = bench.run(&node).inputs(inputs).await.ok();
        assert_eq!(finished.output("matches"), matches, "{query}");
        assert_eq!(finished.fired(), ["exec_out"]);
        let pointers: Vec<Value> = finished.streamed().into_iter().map(|(_, data)| data).collect();
        let written: Vec<Value> = finished.output("pointers").as_array().expect("an array").clone();
        assert_eq!(
            pointers,
            written.iter().map(|text| json!(format!("{}\n", text.as_str().expect("a text")))).collect::<Vec<_>>()
        );
    }

    let none = bench.run(&node).inputs(json!({ "document": document, "query": "$.items[7]" })).await.ok();
    assert_eq!(none.fired(), ["nothing"]);
    assert_eq!(none.output("count"), 0);
}

#[tokio::test]
async fn keeps_large_integers_and_the_limit() {
    let bench = bench();
    let node = bench.load(nodes::sample("typescript-json-query")).await;
    let start = bench.run(&node).input("document", "[9007199254740993,-9223372036854775808,0.1]");
    let finished = start.input("query", "\"$[*]\"").input("limit", "2").await.ok();
    assert_eq!(finished.output_text("matches").as_deref(), Some("[9007199254740993,-9223372036854775808]"));
    assert_eq!(finished.output("count"), 3);
    let logs = finished.node_logs();
    assert!(logs.contains(&(Level::Debug, "1 steps")), "{logs:?}");
    assert!(logs.contains(&(Level::Warn, "1 matches are beyond the limit")), "{logs:?}");
    assert!(logs.contains(&(Level::Info, "3 matches")), "{logs:?}");
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[tokio::test]
async fn refuses_what_it_cannot_read() {
    let bench = bench();
    let node = bench.load(nodes::sample("typescript-json-query")).await;
    for (mode, query, message) in [
        ("path", "items", "a path starts with \"$\""),
        ("path", "$.a[?]", "there is no step at character 4: \"[?]\""),
        ("pointer", "items", "a pointer is empty or starts with \"/\""),
        ("pointer", "/a~2", "\"~\" stands for itself only as \"~0\", in \"a~2\""),
    ] {
        let finished = bench.run(&node).inputs(json!({ "query": query, "mode": mode })).await.ended(Status::Error);
        assert_eq!(finished.error(), message, "{query}");
        assert!(finished.node_logs().contains(&(Level::Error, message)), "{:?}", finished.lines());
    }
    let thrown = bench.run(&node).inputs(json!({ "mode": "regex" })).await.ended(Status::Trap);
    let stderr = thrown.lines_of(LogSource::Stderr).join("\n");
    assert!(stderr.contains("\"regex\" is no mode"), "what was thrown: {stderr}");
}

#[tokio::test]
async fn a_query_that_multiplies_runs_into_the_memory_limit() {
    let bench = bench();
    let node = bench.load(nodes::sample("typescript-json-query")).await;
    let deep = (0..50).fold(json!(0), |inner, _| json!([inner]));
    let limits = Limits { memory: 32 << 20, ..Limits::default() };
    let inputs = json!({ "document": deep, "query": "$..*..*..*..*..*..*" });
    let stopped = bench.run(&node).limits(limits).inputs(inputs).await.ended(Status::Limit);
    assert!(stopped.error().contains("the limit is 32 MiB"), "{}", stopped.error());
}

#[tokio::test]
async fn declares_a_document_of_any_type() {
    same_contract("typescript-json-query");
    let bench = bench();
    let node = bench.load(nodes::sample("typescript-json-query")).await;
    assert_eq!(node.artifact.kind, ArtifactKind::Component);
    let definition = node.definition("json_query").expect("defined");
    assert_eq!(definition.permissions, ["streaming"]);
    let pin = |name: &str| definition.pins.iter().find(|pin| pin.name == name).expect("the pin is declared");
    assert_eq!((pin("document").data_type, pin("document").value_type), (DataType::Generic, ValueType::Normal));
    assert_eq!(pin("mode").valid_values.as_deref(), Some(&["path".to_owned(), "pointer".to_owned()][..]));
    assert_eq!(pin("limit").range, Some((1.0, 10000.0)));
    assert_eq!(pin("matches").value_type, ValueType::Array);
}
