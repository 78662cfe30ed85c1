use runtime::event::Level;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};

use super::same_contract;

#[tokio::test]
async fn sums_texts_and_bytes() {
    let bench = bench();
    let node = bench.load(nodes::sample("zig-checksums")).await;
    same_contract("zig-checksums");
    assert_eq!(node.definitions[0].name, "checksums");

    let finished = bench.run(&node).await.ok();
    assert_eq!(finished.output("crc32"), 0xcbf4_3926_u32, "the check value of CRC-32, from the default text");
    assert_eq!(finished.output("adler32"), 0x091e_01de_u32);
    assert_eq!(finished.output_text("fnv1a").as_deref(), Some("492395637191921148"));
    assert_eq!(
        finished.output("hex"),
        json!({ "crc32": "cbf43926", "adler32": "091e01de", "fnv1a": "06d5573923c6cdfc" })
    );
    assert_eq!(finished.fired(), ["exec_out"]);
    let logs = finished.node_logs();
    assert!(logs.contains(&(Level::Debug, "9 of 9 bytes")), "{logs:?}");
    assert!(logs.iter().any(|(level, line)| *level == Level::Info && line.starts_with("CRC-32 cbf43926")), "{logs:?}");

    let unicode = "Zażółć \"gęślą\"\n🦀";
    let text = bench.run(&node).inputs(json!({ "text": unicode })).await.ok();
    assert_eq!(text.output("size"), unicode.len());
    let bytes = bench.run(&node).inputs(json!({ "text": "not used", "bytes": "/wBh", "skip": 2 })).await.ok();
    assert_eq!(bytes.output("size"), 1);
    assert_eq!(
        bytes.output_text("fnv1a").as_deref(),
        Some("-5808556873153909620"),
        "the published value of \"a\", exact to the last bit"
    );
}

#[tokio::test]
async fn compares_with_what_is_expected() {
    let bench = bench();
    let node = bench.load(nodes::sample("zig-checksums")).await;
    let same = bench.run(&node).inputs(json!({ "expected": "CBF43926" })).await.ok();
    assert_eq!(same.fired(), ["exec_out"]);
    let other = bench.run(&node).inputs(json!({ "expected": "cbf43927" })).await.ok();
    assert_eq!(other.fired(), ["mismatch"]);
    assert!(other.node_logs().contains(&(Level::Warn, "none of them is cbf43927")), "{:?}", other.lines());
}

#[tokio::test]
async fn bytes_that_are_none_are_an_error_and_a_step_beyond_the_end_a_trap() {
    let bench = bench();
    let node = bench.load(nodes::sample("zig-checksums")).await;
    let failed = bench.run(&node).input("bytes", "\"?\"").await.ended(Status::Error);
    assert_eq!(failed.error(), "the bytes are not base64 text; choose a file");
    assert!(failed.node_logs().iter().any(|(level, _)| *level == Level::Error), "{:?}", failed.lines());

    for (skip, reason) in [(10, "start index 10 is larger than end index 9"), (-1, "integer")] {
        let trapped = bench.run(&node).inputs(json!({ "skip": skip })).await.ended(Status::Trap);
        assert!(trapped.lines().iter().any(|line| line.contains(reason)), "{}", trapped.report());
        let frames = &trapped.trap().frames;
        let placed = |file: &Option<String>| file.as_ref().is_some_and(|file| file.ends_with("node.zig"));
        assert!(frames.iter().any(|frame| placed(&frame.file) && frame.line.is_some()), "{frames:?}");
    }
}
