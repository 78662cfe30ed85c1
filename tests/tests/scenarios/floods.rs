//! Too much of everything arrives whole, or is told to be missing; the guest is slowed down.

use runtime::event::{EventBudget, EventKind};
use runtime::limits::{Limits, MIB};
use runtime::run::Status;
use runtime::trap::TrapReason;
use serde_json::json;
use support::{bench, nodes};

#[tokio::test(flavor = "multi_thread")]
async fn no_line_of_a_flood_is_lost() {
    let bench = bench();
    let rust = bench.load(nodes::rust("hostile")).await;
    let finished = bench.run(&rust).node("flood_logs").inputs(json!({ "lines": 50_000 })).await.ok();
    let lines = finished.lines();
    let expected = (0..50_000).map(|line| format!("line {line}"));
    assert!(lines.iter().copied().eq(expected), "50,000 lines in order, {} came", lines.len());
    let core = bench.fixture("hostile/log_flood").await;
    let finished = bench.run(&core).await.ok();
    assert_eq!(finished.lines().len(), 200_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_events_is_kept_in_order() {
    let bench = bench();
    let node = bench.load(nodes::rust("hostile")).await;
    let finished = bench.run(&node).node("flood_stream").inputs(json!({ "events": 20_000 })).await.ok();
    let streamed = finished.streamed();
    assert_eq!(streamed.len(), 20_000);
    assert!(streamed.iter().enumerate().all(|(at, (_, data))| data["event"] == at), "in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn past_the_budget_the_number_of_lost_lines_is_told() {
    let bench = bench();
    let node = bench.load(nodes::rust("hostile")).await;
    let limits = Limits { events: EventBudget { lines: 1_000, bytes: MIB }, ..Limits::default() };
    let finished = bench.run(&node).node("flood_logs").inputs(json!({ "lines": 5_000 })).limits(limits).await.ok();
    assert_eq!(finished.node_logs().len(), 1_000);
    let left_out = finished.events.iter().find_map(|event| match event.kind {
        EventKind::LeftOut { lines } => Some(lines),
        _ => None,
    });
    assert_eq!(left_out, Some(4_000), "the marker has the number");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_very_long_line_stops_nobody() {
    let bench = bench();
    let node = bench.load(nodes::rust("hostile")).await;
    let finished = bench.run(&node).node("long_line").inputs(json!({ "megabytes": 8 })).await.ok();
    assert!(finished.lines().iter().any(|line| line.starts_with("xxx")), "it arrives, whole or marked as cut");
    let core = bench.fixture("hostile/long_line").await;
    bench.run(&core).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_output_is_whole_and_one_past_the_limit_is_refused() {
    let bench = bench();
    let node = bench.load(nodes::rust("hostile")).await;
    let start = || bench.run(&node).node("large_output").inputs(json!({ "megabytes": 8 }));
    let finished = start().await.ok();
    assert_eq!(finished.output_text("text").map(|text| text.len()), Some((8 << 20) + 2));
    let finished = start().limits(Limits { output: MIB, ..Limits::default() }).await.ended(Status::Limit);
    assert_eq!(finished.trap().reason, TrapReason::Output);
}
