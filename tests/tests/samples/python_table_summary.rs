use runtime::artifact::ArtifactKind;
use runtime::definition::{DataType, ValueType};
use runtime::event::{Level, LogSource};
use runtime::run::Status;
use serde_json::{Value, json};
use support::{bench, nodes};

use super::same_contract;

#[tokio::test]
async fn describes_columns_and_groups() {
    let bench = bench();
    let node = bench.load(nodes::sample("python-table-summary")).await;
    let rows = json!([
        { "city": "Köln", "visitors": 9_007_199_254_740_993_i64, "rating": 4.5, "open": true },
        { "city": "Zürich", "visitors": 2, "rating": null, "open": false },
        { "city": "Köln", "visitors": 4, "rating": 2.0, "open": 1 },
    ]);
    let inputs = json!({ "rows": rows, "group_by": "city", "digits": 2 });
    let finished = bench.run(&node).inputs(inputs).await.ok();
    assert_eq!(finished.output("row_count"), 3);
    assert_eq!(finished.fired(), ["exec_out"]);

    let summary = finished.output("summary");
    assert_eq!(
        summary["city"],
        json!({ "kind": "text", "count": 3, "missing": 0, "different": 2,
        "first": "Köln", "last": "Zürich" })
    );
    assert_eq!(summary["visitors"]["sum"], 9_007_199_254_740_999_i64, "whole numbers stay exact");
    assert_eq!(
        summary["rating"],
        json!({ "kind": "number", "count": 2, "missing": 1, "different": 2, "sum": 6.5,
        "min": 2.0, "max": 4.5, "mean": 3.25, "median": 3.25, "deviation": 1.25 })
    );
    assert_eq!(summary["open"]["kind"], "mixed");
    let groups = finished.output("groups");
    assert_eq!(groups["Köln"]["rows"], 2);
    assert_eq!(groups["Zürich"]["columns"]["visitors"]["mean"], 2.0);

    let logs = finished.node_logs();
    assert!(logs.contains(&(Level::Debug, "3 rows with the columns \"city\", \"visitors\", \"rating\", \"open\"")));
    assert!(logs.contains(&(Level::Info, "3 rows, 4 columns, 2 groups")), "{logs:?}");
    assert!(logs.iter().any(|(level, line)| *level == Level::Warn && line.contains("\"open\"")), "{logs:?}");
    let progress: Vec<Value> =
        finished.streamed().into_iter().filter(|(kind, _)| *kind == "progress").map(|(_, data)| data).collect();
    assert_eq!(progress.len(), 3, "the whole table and each group: {progress:?}");
    assert_eq!(progress[2], json!({ "progress": 1.0, "message": "Zürich" }));
    assert!(finished.streamed().contains(&("text", json!("Köln: 2\n"))));
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[tokio::test]
async fn an_unknown_column_is_an_error_and_a_bad_row_a_trap() {
    let bench = bench();
    let node = bench.load(nodes::sample("python-table-summary")).await;
    let inputs = json!({ "rows": [{ "a": 1 }], "columns": ["a", "b"], "group_by": "ü" });
    let finished = bench.run(&node).inputs(inputs).await.ended(Status::Error);
    assert_eq!(finished.error(), "there is no column \"b\", \"ü\"; the table has \"a\"");
    assert!(finished.node_logs().contains(&(Level::Error, finished.error())), "{:?}", finished.lines());
    assert!(finished.fired().is_empty());

    let trapped = bench.run(&node).inputs(json!({ "rows": [{ "a": 1 }, 7] })).await.ended(Status::Trap);
    let stderr = trapped.lines_of(LogSource::Stderr);
    assert!(stderr.iter().any(|line| line.contains("table_summary.py")), "the place of the raise: {stderr:?}");
    assert!(stderr.contains(&"TypeError: row 2 is no object but 7"), "{stderr:?}");
}

#[tokio::test]
async fn declares_rows_with_a_schema() {
    same_contract("python-table-summary");
    let bench = bench();
    let node = bench.load(nodes::sample("python-table-summary")).await;
    assert_eq!(node.artifact.kind, ArtifactKind::Component);
    let definition = node.definition("table_summary").expect("defined");
    assert_eq!(definition.permissions, ["streaming"]);
    let pin = |name: &str| definition.pins.iter().find(|pin| pin.name == name).expect("the pin is declared");
    assert_eq!((pin("rows").data_type, pin("rows").value_type), (DataType::Struct, ValueType::Array));
    assert!(pin("rows").schema.as_deref().is_some_and(|schema| schema.contains("additionalProperties")));
    assert_eq!((pin("columns").data_type, pin("columns").value_type), (DataType::String, ValueType::HashSet));
    assert_eq!(pin("digits").range, Some((0.0, 12.0)));
    assert_eq!(pin("summary").value_type, ValueType::HashMap);
    let defaults = bench.run(&node).await.ok();
    assert_eq!(defaults.output("summary")["visitors"]["sum"], 3500, "it runs on its example");
}
