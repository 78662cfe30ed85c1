//! Swift's SDK is in no package registry: a fixture with the pattern of its component stands in.

use runtime::artifact::ArtifactKind;
use runtime::event::Level;
use serde_json::json;
use support::bench;

use super::{same_contract, told_but_not_built};

#[tokio::test]
async fn a_component_of_its_pattern_runs() {
    let bench = bench();
    let node = bench.fixture("component/swift").await;
    assert_eq!(node.artifact.kind, ArtifactKind::Component);
    assert_eq!(node.definitions[0].permissions, ["streaming"]);
    let finished = bench.run(&node).inputs(json!({ "text": "x" })).await.ok();
    assert_eq!(finished.output("slug"), "from-the-fixture");
    assert_eq!(finished.fired(), ["exec_out"]);
    assert_eq!(finished.node_logs(), [(Level::Info, "\"x\" is from-the-fixture")]);
    assert_eq!(finished.streamed(), [("text", json!("from-the-fixture\n"))]);
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[test]
fn the_readme_tells_the_pins_of_the_sources() {
    told_but_not_built("swift-slug", "Sources/Node/Node.swift");
    same_contract("swift-slug");
}
