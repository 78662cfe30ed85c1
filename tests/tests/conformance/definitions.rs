//! Items 20 to 24: generations of SDKs, spellings of definitions and results.

use runtime::artifact::Artifact;
use runtime::error::LoadError;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};

fn imports(artifact: &Artifact, module: &str) -> usize {
    artifact.imports.iter().filter(|import| import.module.starts_with(module)).count()
}

#[tokio::test]
async fn c20_the_newest_rust_sdk_matches_names_exactly() {
    let bench = bench();
    let node = bench.load(nodes::rust("minimal")).await;
    assert_eq!(node.abi_version.as_deref(), Some("2"));
    assert!(imports(&node.artifact, "wasi:") > 0, "the standard library imports WASI: {:?}", node.artifact.imports);
    bench.run(&node).node("my_custom_node").await.ok();
    let nameless = bench.run(&node).node("").await.ended(Status::Error);
    assert_eq!(nameless.error(), "Unknown node: ");
}

#[tokio::test]
async fn c21_a_python_component_finds_all_that_it_imports() {
    let bench = bench();
    let node = bench.load(nodes::python("text")).await;
    for interface in [
        "logging",
        "pins",
        "variables",
        "cache",
        "streaming",
        "metadata",
        "storage",
        "models",
        "auth",
        "http",
        "schema",
        "image",
        "db",
        "websocket",
    ] {
        let module = format!("flow-like:node/{interface}");
        assert!(imports(&node.artifact, &module) > 0, "componentize-py never prunes: {module}");
    }
    assert!(imports(&node.artifact, "wasi:sockets") > 0, "sockets are among its imports");
    let finished = bench.run(&node).inputs(json!({ "input_text": "ä€😀", "multiplier": 2 })).await.ok();
    assert_eq!(finished.output("output_text"), "ä€😀ä€😀");
    assert_eq!(finished.output("char_count"), 6);
    assert!(finished.lines().contains(&"printed by Python"), "print arrives: {:?}", finished.lines());
}

#[tokio::test]
async fn c21_a_python_exception_ends_the_run_with_its_message() {
    let bench = bench();
    let node = bench.load(nodes::python("text")).await;
    let finished = bench.run(&node).inputs(json!({ "input_text": "raise" })).await.ended(Status::Trap);
    let told = finished.lines().iter().any(|line| line.contains("raised on purpose"));
    assert!(told, "Python's own report arrives: {}", finished.report());
}

#[tokio::test]
async fn c22_get_node_answers_where_get_nodes_traps() {
    let bench = bench();
    for (node, name) in [
        (bench.load(nodes::python("text")).await, "my_custom_node_py"),
        (bench.fixture("component/get_nodes_traps").await, "fixture"),
    ] {
        assert!(node.definition(name).is_some(), "\"{name}\" is declared");
        let noted = node.problems.iter().any(|problem| problem.message.contains("get-nodes"));
        assert!(noted, "the fallback is told: {:?}", node.problems);
        bench.run(&node).await.ok();
    }
    let error = bench.try_fixture("component/both_trap").await.err().expect("nothing answers");
    assert!(matches!(error, LoadError::DefinitionTrap(_)), "{error:?}");
}

#[tokio::test]
async fn c23_either_export_may_return_one_or_many() {
    let bench = bench();
    for fixture in [
        "result/array_from_get_node",
        "result/object_from_get_nodes",
        "component/object_from_get_nodes",
        "component/plain",
        "component/no_version",
    ] {
        let node = bench.fixture(fixture).await;
        assert_eq!(node.definitions.len(), 1, "{fixture}");
        bench.run(&node).await.ok();
    }
}

#[tokio::test]
async fn c23_a_text_is_a_version_as_well() {
    let bench = bench();
    let node = bench.fixture("component/string_version").await;
    assert_eq!(node.abi_version.as_deref(), Some("0.1.0"));
    bench.run(&node).await.ok();
}

#[tokio::test]
async fn c24_missing_and_null_members_have_their_defaults() {
    let bench = bench();
    let node = bench.fixture("result/sparse_definition").await;
    let definition = node.definition("sparse").expect("it is declared");
    assert!(definition.pins.is_empty() && definition.permissions.is_empty() && !definition.long_running);
    for fixture in ["result/empty", "result/nulls"] {
        let node = bench.fixture(fixture).await;
        let finished = bench.run(&node).await.ok();
        assert!(finished.outcome.outputs.is_empty() && finished.outcome.fired.is_empty(), "{}", finished.report());
    }
}

#[tokio::test]
async fn c24_values_keep_their_digits_order_and_spelling() {
    let bench = bench();
    let node = bench.fixture("result/exact").await;
    let finished = bench.run(&node).await.ok();
    for (pin, text) in [("z", "9007199254740993"), ("a", "-9223372036854775808"), ("float", "1.50")] {
        assert_eq!(finished.output_text(pin).as_deref(), Some(text), "{pin}");
    }
    assert_eq!(finished.output_text("z2").as_deref(), Some(r#"{"b":1,"a":2}"#), "the order of keys");
    assert_eq!(finished.fired(), ["second", "first"], "each pin once, in firing order");
    assert!(finished.outcome.pending, "a node may go on working");
}

#[tokio::test]
async fn c24_outputs_count_even_with_an_error() {
    let bench = bench();
    let node = bench.fixture("result/error").await;
    let finished = bench.run(&node).await.ended(Status::Error);
    assert_eq!(finished.error(), "it did not work");
    assert_eq!(finished.output("partial"), 1);
    assert_eq!(finished.fired(), ["failed"]);
}
