//! Nodes that break their contract: a typed error or a trap with its reason, never more.

use std::time::{Duration, Instant};

use runtime::error::LoadError;
use runtime::run::Status;
use runtime::trap::TrapReason;
use serde_json::json;
use support::{bench, nodes};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_panic_keeps_its_message_names_and_lines() {
    let bench = bench();
    let node = bench.load(nodes::rust("hostile")).await;
    let finished = bench.run(&node).node("panic").inputs(json!({ "message": "grüße aus dem Absturz" })).await;
    let finished = finished.ended(Status::Trap);
    let trap = finished.trap();
    assert_eq!(trap.reason, TrapReason::Panic);
    assert!(trap.message.contains("grüße aus dem Absturz"), "{trap:?}");
    let frame = trap.frames.iter().find(|frame| frame.function.as_deref().is_some_and(|name| name.contains("give_up")));
    let frame = frame.unwrap_or_else(|| panic!("the function is named: {trap:?}"));
    assert!(frame.file.as_deref().is_some_and(|file| file.ends_with("crash.rs")), "{frame:?}");
    assert!(frame.line.is_some() && !frame.runtime, "{frame:?}");
    assert!(finished.lines().contains(&"before the panic"), "lines before the trap are kept");
}

#[tokio::test]
async fn traps_say_what_happened() {
    let bench = bench();
    for (fixture, reason) in [
        ("hostile/unreachable", TrapReason::Panic),
        ("hostile/recursion", TrapReason::StackOverflow),
        ("hostile/divide", TrapReason::DivisionByZero),
        ("hostile/bad_call", TrapReason::BadCall),
        ("hostile/throw", TrapReason::Exception),
        ("hostile/exit", TrapReason::Exit),
        ("hostile/pointer_past_end", TrapReason::BadAbi),
        ("hostile/pointer_across_end", TrapReason::BadAbi),
        ("hostile/pointer_wraps", TrapReason::BadAbi),
        ("hostile/length_negative", TrapReason::BadAbi),
        ("broken/unknown_imports", TrapReason::MissingImport),
        ("result/out_of_bounds", TrapReason::BadAbi),
        ("result/wraps", TrapReason::BadAbi),
        ("component/result_traps", TrapReason::Panic),
        ("component/result_out_of_bounds", TrapReason::BadAbi),
        ("component/result_not_utf8", TrapReason::BadAbi),
    ] {
        let node = bench.fixture(fixture).await;
        let finished = bench.run(&node).await.ended(Status::Trap);
        assert_eq!(finished.trap().reason, reason, "{fixture}: {:?}", finished.trap());
    }
    let rust = bench.load(nodes::rust("hostile")).await;
    for (name, reason) in [("overflow_stack", TrapReason::StackOverflow), ("out_of_range", TrapReason::Panic)] {
        let finished = bench.run(&rust).node(name).await.ended(Status::Trap);
        assert_eq!(finished.trap().reason, reason, "{name}: {:?}", finished.trap());
    }
}

#[tokio::test]
async fn a_missing_import_is_named_before_and_when_it_is_called() {
    let bench = bench();
    let node = bench.fixture("broken/unknown_imports").await;
    for name in ["env.launch_missiles", "company.private"] {
        assert!(node.problems.iter().any(|problem| problem.message.contains(name)), "{name}: {:?}", node.problems);
    }
    let finished = bench.run(&node).await.ended(Status::Trap);
    assert!(finished.trap().message.contains("env.launch_missiles"), "{:?}", finished.trap());
    let mistyped = bench.fixture("broken/mistyped_imports").await;
    for name in ["flowlike_log.info", "flowlike_vars.has"] {
        let told = mistyped.problems.iter().any(|problem| problem.message.contains(name));
        assert!(told, "{name} is there with another type: {:?}", mistyped.problems);
    }
    let unused = bench.fixture("broken/unknown_imports_unused").await;
    bench.run(&unused).await.ok();
}

#[tokio::test]
async fn an_assemblyscript_abort_is_readable() {
    let bench = bench();
    let fixture = bench.fixture("hostile/abort_utf16").await;
    let finished = bench.run(&fixture).await.ended(Status::Trap);
    for part in ["on purpose: ä😀", "assembly/index.ts", "12"] {
        assert!(finished.trap().message.contains(part), "\"{part}\": {:?}", finished.trap());
    }
    let built = bench.load(nodes::assemblyscript("template")).await;
    let finished = bench.run(&built).inputs(json!({ "input_text": "abort" })).await.ended(Status::Trap);
    assert!(finished.trap().message.contains("thrown on purpose: ä€"), "{:?}", finished.trap());
    let nowhere = bench.fixture("hostile/abort_bad_pointers").await;
    bench.run(&nowhere).await.ended(Status::Trap);
}

#[tokio::test]
async fn a_result_that_is_none_is_an_error_of_the_node() {
    let bench = bench();
    for fixture in ["result/not_json", "result/nothing"] {
        let node = bench.fixture(fixture).await;
        let finished = bench.run(&node).await;
        assert!(matches!(finished.outcome.status, Status::Error | Status::Trap), "{fixture}: {}", finished.report());
        assert!(!finished.error().is_empty(), "{fixture} says why");
    }
}

#[tokio::test]
async fn an_alloc_that_lies_is_found_out() {
    let bench = bench();
    for name in ["alloc_out_of_bounds", "alloc_zero", "alloc_traps", "alloc_reenters"] {
        let node = bench.fixture(&format!("hostile/{name}")).await;
        let finished = bench.run(&node).await;
        let status = finished.outcome.status;
        // Zero is how an allocator says that it has no more memory.
        let expected = if name == "alloc_zero" { Status::Limit } else { Status::Trap };
        assert_eq!(status, expected, "{name}: {}", finished.report());
    }
}

/// `alloc` is optional: the host takes fresh pages of the guest's memory, which nothing of the guest lies in.
#[tokio::test]
async fn a_module_without_alloc_runs() {
    let bench = bench();
    let node = bench.fixture("broken/no_alloc").await;
    let finished = bench.run(&node).inputs(json!({ "input_text": "x".repeat(200_000) })).await.ok();
    assert_eq!(finished.output("done"), true);
}

#[tokio::test]
async fn odd_texts_are_no_reason_to_stop() {
    let bench = bench();
    for name in ["text_not_utf8", "empty_texts"] {
        let node = bench.fixture(&format!("hostile/{name}")).await;
        bench.run(&node).await.ok();
    }
}

#[tokio::test]
async fn a_pointer_above_two_gibibytes_is_none_below_zero() {
    let manifest = r#"
        manifest_version = 1
        id = "test.high"
        name = "High"
        version = "0.1.0"
        description = "Needs much memory"
        nodes = [{ id = "fixture", name = "Fixture", description = "", category = "Test" }]
        [permissions]
        memory = "maximum"
    "#;
    let bench = bench();
    let node = bench.fixture_with("result/above_2_gib", manifest).await;
    let finished = bench.run(&node).await.ok();
    assert_eq!(finished.output("done"), true);
}

#[tokio::test]
async fn a_call_serves_one_instance_of_a_core_module() {
    let bench = bench();
    let node = bench.fixture("language/grain").await;
    let mut run = bench.run(&node).start();
    // Grain's scratch area of 1 MiB takes one such input and no second.
    for _ in 0..3 {
        let finished = run.call("my_custom_node_grain", json!({ "input_text": "x".repeat(700_000) })).await.ok();
        assert_eq!(finished.output("char_count"), 700_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_definitions_are_refused_with_their_reason() {
    let bench = bench();
    for (name, code) in [
        ("broken/definition_traps", "definition-trap"),
        ("broken/start_traps", "definition-trap"),
        ("broken/definition_empty", "definition-trap"),
        ("broken/definition_none", "no-nodes"),
        ("broken/definition_not_json", "definition-not-json"),
        ("broken/definition_not_a_node", "not-a-definition"),
        ("broken/definition_out_of_bounds", "definition-trap"),
        ("broken/definition_wraps", "definition-trap"),
        ("broken/definition_too_large", "definition-too-large"),
        ("component/mistyped_exports", "exports"),
        ("component/mistyped_import", "imports"),
        ("component/unknown_import", "imports"),
    ] {
        let error = bench.try_fixture(name).await.err().unwrap_or_else(|| panic!("{name} is refused"));
        assert_eq!(error.code(), code, "{name}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_that_loops_is_stopped() {
    let bench = bench();
    for name in ["broken/definition_loops", "broken/start_loops", "component/definition_loops"] {
        let began = Instant::now();
        let error = bench.try_fixture(name).await.err().unwrap_or_else(|| panic!("{name} is refused"));
        let LoadError::DefinitionTrap(trap) = &error else { panic!("{name}: {error:?}") };
        assert_eq!(trap.reason, TrapReason::Time, "{name}");
        assert!(began.elapsed() < Duration::from_secs(30), "{name} took {:?}", began.elapsed());
    }
}

/// Core modules: shown lossily and told. Components never get that far, their texts are checked by the ABI.
#[tokio::test]
async fn broken_utf8_is_replaced_and_told() {
    let bench = bench();
    let result = bench.fixture("result/not_utf8").await;
    let finished = bench.run(&result).await.ended(Status::Error);
    assert_eq!(finished.error(), "\u{fffd}(");
    assert!(finished.lines().iter().any(|line| line.contains("UTF-8")), "it is told: {:?}", finished.lines());
    match bench.try_fixture("broken/definition_not_utf8").await {
        Ok(node) => assert!(!node.problems.is_empty(), "it is told"),
        Err(error) => assert_eq!(error.code(), "not-a-definition", "{error}"),
    }
}

#[tokio::test]
async fn odd_definitions_load_with_problems() {
    let bench = bench();
    let odd = bench.fixture("broken/odd_definition").await;
    for word in ["quaternion", "root"] {
        let told = odd.problems.iter().any(|problem| problem.message.contains(word));
        assert!(told, "\"{word}\" is told: {:?}", odd.problems);
    }
    let twins = bench.fixture("broken/duplicate_names").await;
    for word in ["twin", "same"] {
        let told = twins.problems.iter().any(|problem| problem.message.contains(word));
        assert!(told, "\"{word}\" is told: {:?}", twins.problems);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_stops_loops_and_host_calls_soon() {
    let bench = bench();
    let rust = bench.load(nodes::rust("hostile")).await;
    let core = bench.fixture("hostile/loop").await;
    for (node, name) in [(&rust, "loop_forever"), (&rust, "loop_host"), (&rust, "sleep"), (&core, "fixture")] {
        let cancel = CancellationToken::new();
        let mut running = bench.run(node).cancel(&cancel).start();
        let events = running.events.clone();
        let called = name.to_owned();
        let call = tokio::spawn(async move { running.call(&called, json!({})).await });
        events.logged("before the").await;
        let began = Instant::now();
        cancel.cancel();
        call.await.expect("the call does not panic").ended(Status::Cancelled);
        // The promise is 100 and 250 ms; a machine that runs many tests at once gets some more.
        assert!(began.elapsed() < Duration::from_secs(2), "{name} went on for {:?}", began.elapsed());
    }
}
