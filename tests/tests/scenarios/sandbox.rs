//! What a node sees of its host: nothing.

use runtime::event::{Level, LogSource};
use serde_json::{Value, json};
use support::{bench, nodes};

#[tokio::test]
async fn the_world_of_a_node_is_empty() {
    let bench = bench();
    let node = bench.load(nodes::rust("hostile")).await;
    let seen = bench.run(&node).node("look_around").await.ok().output("seen");
    assert_eq!(seen["environment"], json!([]), "no environment");
    assert!(seen["arguments"].as_u64().is_some_and(|count| count <= 1), "one argument at most: {seen}");
    assert_eq!(seen["folders"], json!([]), "no folder can be listed");
    assert_eq!((&seen["passwd"], &seen["written"]), (&json!(false), &json!(false)), "no file");
    assert_eq!(seen["stdin"], 0, "stdin is closed");
}

#[tokio::test]
async fn what_is_printed_arrives_in_lines() {
    let bench = bench();
    let node = bench.load(nodes::rust("hostile")).await;
    let finished = bench.run(&node).node("print").await.ok();
    assert_eq!(finished.lines_of(LogSource::Stdout), ["first line", "second line", "no line end"]);
    let stderr = finished.lines_of(LogSource::Stderr);
    assert_eq!(stderr[0], "a complaint");
    assert!(stderr[1].starts_with("not text: "), "what is not text is shown all the same: {stderr:?}");
}

#[tokio::test]
async fn log_levels_and_streams_arrive_as_they_were_meant() {
    let bench = bench();
    for (path, text, fatal) in [
        (nodes::rust("minimal"), "streamed", true),
        (nodes::assemblyscript("template"), "streamed", false),
        (nodes::cpp(), "streamed", false),
        (nodes::python("text"), "streamed", false),
    ] {
        let node = bench.load(&path).await;
        let finished = bench.run(&node).inputs(json!({ "input_text": text })).await.ok();
        let logs = finished.node_logs();
        let mut levels = vec![
            (Level::Debug, "at debug"),
            (Level::Info, "at info"),
            (Level::Warn, "at warn"),
            (Level::Error, "at error"),
        ];
        levels.extend(fatal.then_some((Level::Fatal, "at fatal")));
        for line in levels {
            assert!(logs.contains(&line), "{line:?} of \"{}\": {logs:?}", path.display());
        }
        let streamed = finished.streamed();
        assert!(streamed.contains(&("text", json!(text))), "\"{}\": {streamed:?}", path.display());
    }
    let node = bench.load(nodes::rust("minimal")).await;
    let finished = bench.run(&node).inputs(json!({ "input_text": "x" })).await.ok();
    let streamed = finished.streamed();
    let kinds: Vec<&str> = streamed.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, ["text", "text", "json", "progress"]);
    assert_eq!(streamed[3].1["message"], "done");
}

#[tokio::test]
async fn a_value_of_every_type_travels_unchanged() {
    let bench = bench();
    let node = bench.load(nodes::rust("package")).await;
    let inputs = json!({
        "string": "ä€😀\u{0}\"\\\n", "integer": i64::MAX, "float": 0.1, "boolean": true,
        "date": "2026-11-22T12:00:00Z", "path": "a/b.txt", "generic": [1, { "a": null }], "struct": { "b": 1, "a": 2 },
        "bytes": "AAEC", "names": ["x", "y"], "weights": { "a": 1.5 }, "flags": [1, 2], "mode": "exact", "level": 6,
        "secret": "s3cret", "settings": { "label": "l", "threshold": 0.5, "tags": [] },
    });
    let finished = bench.run(&node).node("every_type").inputs(inputs.clone()).await.ok();
    for (pin, value) in inputs.as_object().expect("an object") {
        assert_eq!(&finished.output(&format!("{pin}_out")), value, "{pin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_stays_in_its_folder() {
    let bench = bench();
    let node = bench.load(nodes::rust("host")).await;
    let report = bench.run(&node).node("storage").await.ok().output("report");
    assert_eq!(report["storage_write"], true, "{report}");
    assert_eq!(report["storage_read"], "grüße", "{report}");
    assert_eq!(report["storage_missing"], Value::Null);
    let listed = report["storage_list"].as_array().expect("a list");
    assert!(listed.iter().any(|path| path.as_str().is_some_and(|path| path.ends_with("notes/first.txt"))), "{report}");
    assert_eq!(report["storage_escapes"], json!([false, false, false, false]), "no way out: {report}");
    assert_eq!(report["storage_foreign"], false, "a made-up store is none");

    let chunked = bench.run(&node).node("storage_chunked").await.ok().output("report");
    for (name, value) in [
        ("chunked_write", true),
        ("chunked_same", true),
        ("chunked_start", true),
        ("chunked_chunk", true),
        ("chunked_incomplete", false),
        ("chunked_left", false),
        ("chunked_unknown", false),
    ] {
        assert_eq!(chunked[name], value, "{name}: {chunked}");
    }
}

#[tokio::test]
async fn the_run_is_described_to_the_node() {
    let bench = bench();
    let node = bench.load(nodes::rust("host")).await;
    let finished = bench.run(&node).node("metadata").streaming(false).await.ok();
    let report = finished.output("report");
    assert_eq!(report["node_id"], report["input_node_id"], "calls and the input document agree");
    assert_eq!(report["input_node_name"], "metadata");
    assert_eq!(report["is_streaming"], false);
    assert!(report["random"].as_f64().is_some_and(|random| (0.0..1.0).contains(&random)), "{report}");
    assert!(report["time_now"].as_u64().is_some_and(|now| now > 1_700_000_000_000), "milliseconds: {report}");
    assert!(report["handle"].as_str().is_some_and(|handle| !handle.is_empty()), "{report}");
}

#[tokio::test]
async fn schemas_and_databases_answer_as_documented() {
    let bench = bench();
    let node = bench.load(nodes::rust("host")).await;
    let schema = bench.run(&node).node("schema").await.ok().output("report");
    let types = schema["schema_types"].as_array().expect("a list of types");
    for name in ["FlowPath", "NodeImage", "Bit", "CachedEmbeddingModel", "NodeDBConnection"] {
        assert!(types.contains(&json!(name)), "{name} is listed: {types:?}");
        let text = schema[format!("schema_{name}")].as_str().unwrap_or_else(|| panic!("{name} has a schema"));
        assert!(serde_json::from_str::<Value>(text).is_ok_and(|schema| schema.is_object()), "{name}: {text}");
    }
    assert_eq!(schema["schema_Nothing"], Value::Null);
    let database = bench.run(&node).node("database").await.ok();
    let report = database.output("report");
    assert!(["db_vector", "db_list", "db_count"].iter().all(|name| report[*name].is_null()), "{report}");
    assert!(!database.lines_of(LogSource::Host).is_empty(), "the reason is told: {:?}", database.lines());
}
