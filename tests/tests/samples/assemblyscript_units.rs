use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};

#[tokio::test]
async fn converts_units() {
    let bench = bench();
    let node = bench.load(nodes::sample("assemblyscript-units")).await;
    for (value, from, to, result) in
        [(1.0, "mile", "km", 1.609344), (100.0, "F", "C", 37.777777778), (16.0, "ounce", "pound", 1.0)]
    {
        let finished = bench.run(&node).inputs(json!({ "value": value, "from": from, "to": to })).await.ok();
        assert_eq!(finished.output("result"), result, "{from} to {to}");
        assert_eq!(finished.fired(), ["exec_out"]);
    }
    let defaults = bench.run(&node).await.ok();
    assert_eq!(defaults.output("result"), 1.609344);
}

#[tokio::test]
async fn refuses_what_does_not_fit() {
    let bench = bench();
    let node = bench.load(nodes::sample("assemblyscript-units")).await;
    let finished = bench.run(&node).inputs(json!({ "from": "kg", "to": "K" })).await.ended(Status::Error);
    assert_eq!(finished.error(), "a mass is no temperature");
    let valid = node.definitions[0].inputs().find(|pin| pin.name == "from").and_then(|pin| pin.valid_values.clone());
    assert!(valid.is_some_and(|values| values.contains(&"pound".to_owned())), "units can be chosen from");
}
