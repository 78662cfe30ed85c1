//! Items 32 to 34: other ways to start, to fail and to end.

use runtime::artifact::ArtifactKind;
use runtime::event::LogSource;
use runtime::run::Status;
use runtime::trap::TrapReason;
use serde_json::json;
use support::{bench, nodes};

/// The protocol of the C# SDK, spoken by a Rust program built as a command component: .NET's workload for it comes
/// from no package registry.
#[tokio::test]
async fn c32_a_command_component_is_asked_by_arguments() {
    let bench = bench();
    let node = bench.load(nodes::rust("command")).await;
    assert_eq!(node.artifact.kind, ArtifactKind::Component);
    assert_eq!(node.definitions[0].name, "my_custom_node_csharp");
    let finished = bench.run(&node).inputs(json!({ "input_text": "ä€😀 ", "multiplier": 2 })).await.ok();
    assert_eq!(finished.output("output_text"), "ä€😀 ä€😀 ");
    assert_eq!(finished.lines_of(LogSource::Stderr), ["a line on stderr"]);
    assert!(finished.lines_of(LogSource::Stdout).is_empty(), "stdout is the answer, not a log");
}

#[tokio::test]
async fn c32_a_command_that_fails_says_why() {
    let bench = bench();
    let node = bench.load(nodes::rust("command")).await;
    let finished = bench.run(&node).inputs(json!({ "input_text": "fail" })).await;
    assert!(matches!(finished.outcome.status, Status::Trap | Status::Error), "{}", finished.report());
    assert!(finished.error().contains("failed on purpose"), "stderr explains it: {}", finished.report());
}

/// Lua's toolchain pattern as a WAT fixture.
#[tokio::test]
async fn c33_an_error_of_lua_travels_through_longjmp() {
    let bench = bench();
    let node = bench.fixture("language/lua").await;
    let finished = bench.run(&node).inputs(json!({ "multiplier": 13 })).await.ended(Status::Error);
    assert_eq!(finished.error(), "lua: on purpose");
    let trapped = bench.run(&node).inputs(json!({ "multiplier": 14 })).await.ended(Status::Trap);
    assert_eq!(trapped.trap().reason, TrapReason::Panic, "a real trap is not a longjmp");
}

/// TeaVM's pattern as a WAT fixture.
#[tokio::test]
async fn c34_an_exit_with_zero_in_start_leaves_the_instance_usable() {
    let bench = bench();
    let node = bench.fixture("language/java").await;
    let finished = bench.run(&node).inputs(json!({ "input_text": "x", "multiplier": 3 })).await.ok();
    assert_eq!(finished.output("output_text"), "xxx");
}

#[tokio::test]
async fn c34_an_exit_in_run_ends_the_run() {
    let bench = bench();
    let core = bench.fixture("hostile/exit").await;
    let rust = bench.load(nodes::rust("hostile")).await;
    for finished in [bench.run(&core).await, bench.run(&rust).node("exit").await] {
        let finished = finished.ended(Status::Trap);
        assert_eq!(finished.trap().reason, TrapReason::Exit, "{}", finished.report());
    }
}
