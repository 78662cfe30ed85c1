//! Items 10 to 14 and 27: packages of several nodes.

use runtime::event::LogSource;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};

#[tokio::test]
async fn c10_the_rust_package_calculates() {
    let bench = bench();
    let package = bench.load(nodes::rust("package")).await;
    assert!(package.definitions.len() > 1, "a package has several nodes");
    assert!(package.definition("math_add").is_some(), "math_add is among them");
    for (node, a, b, result) in [("math_add", 5, 3, 8.0), ("math_multiply", 4, 7, 28.0), ("math_divide", 9, 2, 4.5)] {
        let finished = bench.run(&package).node(node).inputs(json!({ "a": a, "b": b })).await.ok();
        assert_eq!(finished.output("result"), result, "{node}");
    }
    let divided = bench.run(&package).node("math_divide").inputs(json!({ "a": 1, "b": 0 })).await.ok();
    assert_eq!(divided.output("is_valid"), false, "a division by zero is an answer, not an error");
}

#[tokio::test]
async fn c11_the_assemblyscript_package_declares_all_its_nodes() {
    let package = bench().load(nodes::assemblyscript("examples")).await;
    assert!(package.definitions.len() >= 18, "there are {}", package.definitions.len());
    for name in [
        "math_add_as",
        "math_subtract_as",
        "math_multiply_as",
        "math_divide_as",
        "math_clamp_as",
        "string_uppercase_as",
        "string_lowercase_as",
        "string_concat_as",
        "if_branch_as",
        "gate_as",
    ] {
        let definition = package.definition(name).unwrap_or_else(|| panic!("\"{name}\" is declared"));
        assert!(!definition.friendly_name.is_empty() && !definition.pins.is_empty(), "\"{name}\" is complete");
    }
}

#[tokio::test]
async fn c12_the_assemblyscript_package_writes() {
    let bench = bench();
    let package = bench.load(nodes::assemblyscript("examples")).await;
    let upper = bench.run(&package).node("string_uppercase_as").inputs(json!({ "text": "hello" })).await.ok();
    assert_eq!(upper.output("result"), "HELLO");
    let inputs = json!({ "a": "Hello", "b": "World", "separator": ", " });
    let joined = bench.run(&package).node("string_concat_as").inputs(inputs).await.ok();
    assert_eq!(joined.output("result"), "Hello, World");
}

#[tokio::test]
async fn c13_a_branch_fires_one_of_two_pins() {
    let bench = bench();
    for (path, node) in [(nodes::assemblyscript("examples"), "if_branch_as"), (nodes::rust("package"), "if_branch")] {
        let package = bench.load(path).await;
        for (condition, fired) in [(true, "true_branch"), (false, "false_branch")] {
            let finished = bench.run(&package).node(node).inputs(json!({ "condition": condition })).await.ok();
            assert_eq!(finished.fired(), [fired], "{node} with {condition}");
        }
    }
}

#[tokio::test]
async fn c14_an_unknown_node_is_an_ordinary_error() {
    let bench = bench();
    for path in [nodes::assemblyscript("examples"), nodes::rust("package"), nodes::python("sockets")] {
        let package = bench.load(path).await;
        let finished = bench.run(&package).node("no_such_node").await.ended(Status::Error);
        assert!(finished.error().contains("no_such_node"), "the error names the node: {}", finished.error());
    }
}

#[tokio::test]
async fn c27_a_handle_lives_as_long_as_the_run() {
    let bench = bench();
    let package = bench.load(nodes::rust("package")).await;
    let mut run = bench.run(&package).start();
    let opened = run.call("notes_open", json!({})).await.ok();
    let handle = opened.output("handle");
    assert!(handle.as_str().is_some_and(|handle| !handle.is_empty()), "a handle is a text: {handle}");
    run.call("notes_add", json!({ "handle": handle, "line": "first" })).await.ok();
    let added = run.call("notes_add", json!({ "handle": handle, "line": "second" })).await.ok();
    assert_eq!(added.output("text"), "first\nsecond", "the object is the same one");

    let other = run.call("notes_open", json!({})).await.ok();
    assert_ne!(other.output("handle"), handle, "handles are never the same twice");
    drop(run);

    let late = bench.run(&package).node("notes_add").inputs(json!({ "handle": handle, "line": "late" })).await;
    late.ended(Status::Error);
    let network = bench.load(nodes::rust("net")).await;
    let foreign = bench.run(&network).node("listener_accept").inputs(json!({ "handle": handle })).await;
    foreign.ended(Status::Error);
}

#[tokio::test]
async fn c27_a_trap_takes_the_handles_with_it() {
    let bench = bench();
    let package = bench.load(nodes::rust("hostile")).await;
    let mut run = bench.run(&package).start();
    run.call("panic", json!({ "message": "gone" })).await.ended(Status::Trap);
    let after = run.call("print", json!({})).await.ok();
    assert!(after.lines_of(LogSource::Stdout).contains(&"first line"), "a fresh instance serves the next call");
}
