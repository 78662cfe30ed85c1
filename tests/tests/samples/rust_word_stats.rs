use runtime::event::Level;
use serde_json::json;
use support::{bench, nodes};

#[tokio::test]
async fn counts_streams_and_logs() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-word-stats")).await;
    let text = "Der Fuchs, der schnelle Fuchs\nspringt über den Hund";
    let finished = bench.run(&node).inputs(json!({ "text": text, "top": 2 })).await.ok();
    assert_eq!(
        finished.output("stats"),
        json!({
            "lines": 2,
            "words": 9,
            "different": 7,
            "characters": text.chars().count(),
            "longest": "schnelle",
            "top": [{ "word": "der", "count": 2 }, { "word": "fuchs", "count": 2 }],
        })
    );
    assert_eq!(finished.fired(), ["exec_out"]);
    assert!(finished.node_logs().contains(&(Level::Info, "9 words, 7 of them different")), "{:?}", finished.lines());
    let streamed = finished.streamed();
    assert_eq!(streamed.iter().filter(|(kind, _)| *kind == "progress").count(), 2, "a step for each line");
    assert!(streamed.contains(&("text", json!("line 1: 5 words\n"))), "{streamed:?}");
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[tokio::test]
async fn says_that_there_is_nothing_to_count() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-word-stats")).await;
    let finished = bench.run(&node).inputs(json!({ "text": " ,. " })).await.ok();
    assert_eq!(finished.fired(), ["empty"]);
    let definition = &node.definitions[0];
    let stats = definition.outputs().find(|pin| pin.name == "stats").expect("the pin is declared");
    assert!(stats.schema.as_deref().is_some_and(|schema| schema.contains("different")), "{stats:?}");
}
