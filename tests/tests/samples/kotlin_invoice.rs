use runtime::artifact::ArtifactKind;
use runtime::definition::{DataType, ValueType};
use runtime::event::{Level, LogSource};
use runtime::run::Status;
use runtime::trap::TrapReason;
use serde_json::json;
use support::{bench, nodes};

#[tokio::test]
async fn adds_up_to_the_cent() {
    let bench = bench();
    let node = bench.load(nodes::sample("kotlin-invoice")).await;
    let items = json!([
        { "name": "Grüße \"🎉\"\n", "quantity": 3, "cents": 333 },
        { "name": "Nachlass", "cents": -99 },
        { "name": "Nachlass", "cents": -1 },
    ]);
    let finished = bench.run(&node).inputs(json!({ "items": items, "tax_rate": 7.7 })).await.ok();
    assert_eq!((finished.output("net"), finished.output("tax")), (json!(899), json!(69)), "69.223 cents are 69");
    assert_eq!(finished.output("gross"), 968);
    assert_eq!(finished.output("totals"), json!({ "Grüße \"🎉\"\n": 999, "Nachlass": -100 }));
    assert_eq!(finished.fired(), ["exec_out"]);
    let streamed = finished.streamed();
    assert_eq!(streamed[0], ("text", json!("3 × Grüße \"🎉\"\n: 9.99\n")));
    assert_eq!(streamed[1], ("text", json!("1 × Nachlass: -0.99\n")));
    let logs = finished.node_logs();
    assert!(logs.contains(&(Level::Debug, "3 items, 7.7 % tax, HALF_UP")), "{logs:?}");
    assert!(logs.contains(&(Level::Info, "8.99 + 0.69 = 9.68")), "{logs:?}");
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());

    let nothing = bench.run(&node).inputs(json!({ "items": [] })).await.ok();
    assert_eq!(nothing.output("gross"), 0);
    assert!(nothing.node_logs().iter().any(|(level, _)| *level == Level::Warn), "{:?}", nothing.lines());
}

#[tokio::test]
async fn rounds_half_a_cent_as_it_is_told() {
    let bench = bench();
    let node = bench.load(nodes::sample("kotlin-invoice")).await;
    for (cents, rounding, tax) in
        [(10, "half up", 1), (10, "half even", 0), (30, "half even", 2), (-10, "half up", -1), (-30, "half even", -2)]
    {
        let inputs = json!({ "items": [{ "cents": cents }], "tax_rate": 5, "rounding": rounding });
        let finished = bench.run(&node).inputs(inputs).await.ok();
        assert_eq!(finished.output("tax"), tax, "{cents} cents, {rounding}");
    }
}

#[tokio::test]
async fn keeps_sixty_four_bits_and_notices_more() {
    let bench = bench();
    let node = bench.load(nodes::sample("kotlin-invoice")).await;
    let most = json!({ "items": [{ "name": "a", "cents": i64::MAX }], "tax_rate": 0 });
    let finished = bench.run(&node).inputs(most).await.ok();
    assert_eq!(finished.output("gross"), i64::MAX);
    let more = json!({ "items": [{ "name": "a", "quantity": 2, "cents": i64::MAX }] });
    let finished = bench.run(&node).inputs(more).await.ended(Status::Error);
    assert_eq!(finished.error(), "2 times 9223372036854775807 cents does not fit into 64 bits");
    let sum = json!({ "items": [{ "cents": i64::MAX }, { "cents": 1 }] });
    assert_eq!(bench.run(&node).inputs(sum).await.ended(Status::Error).fired(), [""; 0]);
}

#[tokio::test]
async fn a_missing_price_is_an_error_and_a_wrong_item_a_trap() {
    let bench = bench();
    let node = bench.load(nodes::sample("kotlin-invoice")).await;
    let items = json!([{ "name": "Tee", "cents": 1 }, { "name": "Milch", "cents": 1.5 }]);
    let finished = bench.run(&node).inputs(json!({ "items": items })).await.ended(Status::Error);
    assert_eq!(finished.error(), "item 2 needs \"cents\", a whole number");
    assert!(finished.node_logs().contains(&(Level::Error, finished.error())), "{:?}", finished.lines());
    let rate = bench.run(&node).inputs(json!({ "tax_rate": 101 })).await.ended(Status::Error);
    assert_eq!(rate.error(), "a tax rate is from 0 to 100 percent, not 101.0");

    let trapped = bench.run(&node).inputs(json!({ "items": [7] })).await.ended(Status::Trap);
    assert_eq!(trapped.trap().reason, TrapReason::Exception);
    let printed = trapped.lines_of(LogSource::Stdout).join("\n");
    assert!(printed.starts_with("ClassCastException"), "what was thrown: {printed}");
}

#[tokio::test]
async fn declares_items_with_a_schema() {
    let bench = bench();
    let node = bench.load(nodes::sample("kotlin-invoice")).await;
    assert_eq!(node.artifact.kind, ArtifactKind::Core);
    assert!(node.artifact.exports.iter().any(|export| export.name == "alloc"));
    let definition = node.definition("invoice").expect("defined");
    let pin = |name: &str| definition.pins.iter().find(|pin| pin.name == name).expect("the pin is declared");
    assert_eq!((pin("items").data_type, pin("items").value_type), (DataType::Struct, ValueType::Array));
    assert!(pin("items").schema.as_deref().is_some_and(|schema| schema.contains("\"required\":[\"cents\"]")));
    assert_eq!((pin("tax_rate").range, pin("tax_rate").step), (Some((0.0, 100.0)), Some(0.5)));
    assert_eq!((pin("totals").data_type, pin("totals").value_type), (DataType::Integer, ValueType::HashMap));
}
