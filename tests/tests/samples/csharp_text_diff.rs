//! .NET is in none of the registries that tests install from: a fixture with the pattern of its command stands in.

use runtime::artifact::ArtifactKind;
use runtime::event::LogSource;
use serde_json::json;
use support::bench;

use super::told_but_not_built;

#[tokio::test]
async fn a_command_of_its_pattern_runs() {
    let bench = bench();
    let node = bench.fixture("component/csharp").await;
    assert_eq!(node.artifact.kind, ArtifactKind::Component);
    assert_eq!(node.definitions[0].name, "text_diff");
    let finished = bench.run(&node).inputs(json!({ "before": "", "after": "four\n" })).deny("network").await.ok();
    assert_eq!(finished.output("diff"), "+four\n");
    assert_eq!(finished.fired(), ["exec_out"]);
    assert_eq!(finished.lines_of(LogSource::Stderr), ["1 of 1 lines differ"]);
}

#[test]
fn the_readme_tells_the_pins_of_the_sources() {
    told_but_not_built("csharp-text-diff", "Node.cs");
}
