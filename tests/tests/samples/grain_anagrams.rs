//! Grain's compiler is in no package registry: a fixture with the pattern of its modules stands in.

use runtime::artifact::ArtifactKind;
use serde_json::json;
use support::bench;

use super::told_but_not_built;

#[tokio::test]
async fn a_module_of_its_pattern_runs() {
    let bench = bench();
    let node = bench.fixture("language/grain").await;
    assert_eq!(node.artifact.kind, ArtifactKind::Core);
    assert!(node.artifact.exports.iter().any(|export| export.name == "_start"), "what it starts with");
    let finished = bench.run(&node).inputs(json!({ "input_text": "ä", "multiplier": 3 })).await.ok();
    assert_eq!(finished.output("output_text"), "äää");
    assert_eq!(finished.fired(), ["exec_out"]);
}

#[test]
fn the_readme_tells_the_pins_of_the_sources() {
    told_but_not_built("grain-anagrams", "src/main.gr");
}
