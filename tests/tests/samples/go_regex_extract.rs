use std::time::Duration;

use runtime::artifact::ArtifactKind;
use runtime::definition::{DataType, ValueType};
use runtime::event::{Level, LogSource};
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};

use super::same_contract;

const PANIC: &str = "runtime error: index out of range [5] with length 3";

#[tokio::test]
async fn finds_matches_and_their_groups() {
    let bench = bench();
    let node = bench.load(nodes::sample("go-regex-extract")).await;
    same_contract("go-regex-extract");
    assert_eq!(node.artifact.kind, ArtifactKind::Component);
    let definition = &node.definitions[0];
    assert_eq!(definition.name, "regex_extract");
    for (name, data_type, value_type) in [
        ("matches", DataType::Struct, ValueType::Array),
        ("named", DataType::String, ValueType::HashMap),
        ("distinct", DataType::String, ValueType::HashSet),
    ] {
        let pin = definition.outputs().find(|pin| pin.name == name).expect("the pin is declared");
        assert_eq!((pin.data_type, pin.value_type), (data_type, value_type), "{name}");
    }

    let inputs = json!({
        "text": "Größe: 12 <km>, Höhe: 7 <m>, Weite: 12 <km> \"🦀\\\"",
        "pattern": r"(?P<value>\d+) <(?P<unit>\pL+)>(x)?",
        "group": 2,
    });
    let finished = bench.run(&node).inputs(inputs).streaming(true).await.ok();
    assert_eq!(
        finished.output("matches")[0],
        json!({ "text": "12 <km>", "start": 9, "end": 16, "groups": ["12 <km>", "12", "km", ""] })
    );
    assert_eq!(finished.output("named"), json!({ "value": "12", "unit": "km" }));
    assert_eq!(finished.output("distinct"), json!(["km", "m"]));
    assert_eq!(finished.output("count"), 3);
    assert_eq!(finished.fired(), ["exec_out"]);
    assert_eq!(finished.streamed().first(), Some(&("text", json!("12 <km>\n"))));
    let logs = finished.node_logs();
    assert!(logs.iter().any(|(level, line)| *level == Level::Debug && line.ends_with("3 groups")), "{logs:?}");
    assert!(logs.contains(&(Level::Info, "3 matches, 2 distinct")), "{logs:?}");
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[tokio::test]
async fn says_where_it_stopped_and_that_there_is_nothing() {
    let bench = bench();
    let node = bench.load(nodes::sample("go-regex-extract")).await;
    let limited = bench.run(&node).inputs(json!({ "limit": 1 })).streaming(false).await.ok();
    assert_eq!(limited.output("named"), json!({ "name": "ada", "host": "example.org" }));
    assert!(limited.node_logs().contains(&(Level::Warn, "there may be more than 1 matches")), "{:?}", limited.lines());
    assert_eq!(limited.streamed(), [], "nobody listens");
    let nothing = bench.run(&node).inputs(json!({ "pattern": "Z$" })).await.ok();
    assert_eq!((nothing.fired(), nothing.output("matches")), (vec!["none"], json!([])));
}

/// Large texts come between small ones, so that Go's heap grows around the memory that the host fills; each call makes
/// garbage of many times its text.
#[tokio::test]
async fn memory_holds_over_many_calls_with_large_texts() {
    let bench = bench();
    let node = bench.load(nodes::sample("go-regex-extract")).await;
    let mut run = bench.run(&node).time(Duration::from_secs(60)).start();
    let mut peaks = Vec::new();
    for call in 0..40 {
        let line = format!("call_{call:03}@example.org\n");
        let lines = [1, 15_000, 100, 40_000, 2][call % 5];
        let finished = run.call("regex_extract", json!({ "text": line.repeat(lines), "limit": 10_000 })).await.ok();
        let found = lines.min(10_000);
        assert_eq!(finished.output("count"), found, "call {call}");
        let last = &finished.output("matches")[found - 1];
        assert_eq!(last["text"], line.trim_end(), "call {call}");
        assert_eq!(last["start"], (found - 1) * line.len(), "call {call}");
        peaks.push(finished.outcome.figures.memory_peak);
    }
    assert!(peaks[39] < peaks[9] + peaks[9] / 2, "memory does not grow from call to call: {peaks:?}");
    let trapped = run.call("regex_extract", json!({ "group": 5 })).await.ended(Status::Trap);
    assert_eq!(trapped.trap().message, PANIC, "what carries stderr has kept its memory too");
}

#[tokio::test]
async fn a_bad_pattern_is_an_error_and_a_missing_group_a_panic() {
    let bench = bench();
    let node = bench.load(nodes::sample("go-regex-extract")).await;
    let failed = bench.run(&node).inputs(json!({ "pattern": "(a" })).await.ended(Status::Error);
    assert_eq!(failed.error(), "the pattern cannot be used: error parsing regexp: missing closing ): `(a`");
    assert!(failed.node_logs().contains(&(Level::Error, failed.error())), "{:?}", failed.lines());

    let trapped = bench.run(&node).inputs(json!({ "group": 5 })).await.ended(Status::Trap);
    assert_eq!(trapped.trap().message, PANIC);
    let stderr = trapped.lines_of(LogSource::Stderr);
    assert!(stderr.iter().any(|line| line.contains("index out of range [5] with length 3")), "{stderr:?}");
    assert!(stderr.iter().any(|line| line.contains("main.go:")), "Go's own backtrace has lines: {stderr:?}");
}
