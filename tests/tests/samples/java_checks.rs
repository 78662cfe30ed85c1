use runtime::artifact::ArtifactKind;
use runtime::definition::{DataType, ValueType};
use runtime::event::{Level, LogSource};
use runtime::run::Status;
use serde_json::{Value, json};
use support::{bench, nodes};

#[tokio::test]
async fn checks_numbers_of_each_kind() {
    let bench = bench();
    let node = bench.load(nodes::sample("java-checks")).await;
    for (kind, text, valid) in [
        ("iban", "DE89 3704 0044 0532 0130 00", true),
        ("iban", "de89370400440532013000", true),
        ("iban", "DE89 3704 0044 0532 0130 01", false),
        ("iban", "NO93 8601 1117 947", true),
        ("iban", "XX93 8601 1117 947", false),
        ("iban", "MT84MALT011000012345MTLCAST001S", true),
        ("isbn", "0-8044-2957-X", true),
        ("isbn", "0-8044-2957-1", false),
        ("isbn", "978-3-16-148410-0", true),
        ("card", "4111 1111 1111 1111", true),
        ("card", "4111 1111 1111 1112", false),
        ("card", "grüße \"🎉\"\n", false),
    ] {
        for kind in [kind, "any"].into_iter().take(if text.starts_with('g') { 1 } else { 2 }) {
            let finished = bench.run(&node).inputs(json!({ "texts": [text], "kind": kind })).await.ok();
            assert_eq!(finished.output("valid"), json!({ text: valid }), "{kind}");
            assert_eq!(finished.output("invalid"), if valid { json!([]) } else { json!([text]) });
            assert_eq!(finished.fired(), [if valid { "exec_out" } else { "wrong" }]);
        }
    }
}

#[tokio::test]
async fn tells_of_many_as_it_goes() {
    let bench = bench();
    let node = bench.load(nodes::sample("java-checks")).await;
    let texts: Vec<String> = (0..3000).map(|number| format!("{}", 4_111_111_111_111_111_i64 + number)).collect();
    let finished = bench.run(&node).inputs(json!({ "texts": texts })).await.ok();
    assert_eq!(finished.output("checked"), 3000);
    assert_eq!(finished.output("invalid").as_array().map(Vec::len), Some(2700), "one in ten has the right digit");
    let progress: Vec<Value> = finished.streamed().into_iter().map(|(_, data)| data["progress"].clone()).collect();
    assert_eq!((progress.len(), progress[4].clone(), progress[9].clone()), (10, json!(0.5), json!(1)));
    let logs = finished.node_logs();
    assert!(logs.contains(&(Level::Debug, "3000 texts, kind any")), "{:?}", &logs[..1]);
    assert!(logs.contains(&(Level::Warn, "\"4111111111111112\" is no CARD")), "{:?}", &logs[..5]);
    assert!(logs.contains(&(Level::Info, "300 of 3000 are right")), "{:?}", logs.last());
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[tokio::test]
async fn an_unknown_look_is_an_error() {
    let bench = bench();
    let node = bench.load(nodes::sample("java-checks")).await;
    let finished = bench.run(&node).inputs(json!({ "texts": ["ünknown"] })).await.ended(Status::Error);
    assert_eq!(finished.error(), "\"ünknown\" looks like no IBAN, ISBN or card number; choose a kind");
    assert!(finished.node_logs().contains(&(Level::Error, finished.error())), "{:?}", finished.lines());
}

#[tokio::test]
async fn traps_with_lines_of_java() {
    let bench = bench();
    let node = bench.load(nodes::sample("java-checks")).await;
    let trapped = bench.run(&node).inputs(json!({ "texts": ["4111111111111111", 7] })).await.ended(Status::Trap);
    let printed = trapped.lines_of(LogSource::Stderr).join("\n");
    assert!(printed.contains("UnsupportedOperationException"), "what was thrown: {printed}");

    let many: Vec<String> = (0..250_000).map(|number| format!("number {number}")).collect();
    let exhausted = bench.run(&node).inputs(json!({ "texts": many, "kind": "card" })).await.ended(Status::Trap);
    assert_eq!(exhausted.trap().message, "Out of memory");
    let files: Vec<_> = exhausted.trap().frames.iter().filter_map(|frame| frame.file.as_deref()).collect();
    assert!(files.iter().any(|file| file.ends_with("Node.java")), "{files:?}");
}

#[tokio::test]
async fn declares_maps_and_sets() {
    let bench = bench();
    let node = bench.load(nodes::sample("java-checks")).await;
    assert_eq!(node.artifact.kind, ArtifactKind::Core);
    assert!(node.artifact.exports.iter().any(|export| export.name == "_start"), "TeaVM's start runs main");
    let definition = node.definition("check_numbers").expect("defined");
    let pin = |name: &str| definition.pins.iter().find(|pin| pin.name == name).expect("the pin is declared");
    assert_eq!((pin("texts").data_type, pin("texts").value_type), (DataType::String, ValueType::Array));
    assert_eq!((pin("valid").data_type, pin("valid").value_type), (DataType::Boolean, ValueType::HashMap));
    assert_eq!((pin("invalid").data_type, pin("invalid").value_type), (DataType::String, ValueType::HashSet));
    assert_eq!(pin("kind").valid_values.as_ref().map(Vec::len), Some(4));
    let defaults = bench.run(&node).await.ok();
    assert_eq!(defaults.output("invalid"), json!(["978-3-16-148410-1"]), "it runs on its example");
}
