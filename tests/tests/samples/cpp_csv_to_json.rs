use runtime::event::Level;
use runtime::run::Status;
use runtime::trap::TrapReason;
use serde_json::json;
use support::{bench, nodes};

use super::same_contract;

#[tokio::test]
async fn reads_rows_into_objects() {
    let bench = bench();
    let node = bench.load(nodes::sample("cpp-csv-to-json")).await;
    same_contract("cpp-csv-to-json");
    let definition = &node.definitions[0];
    assert_eq!((definition.name.as_str(), &definition.permissions[..]), ("csv_to_json", &["streaming".to_owned()][..]));
    let delimiter = definition.inputs().find(|pin| pin.name == "delimiter").expect("the pin is declared");
    assert_eq!(delimiter.valid_values.as_deref().map(<[String]>::len), Some(4));

    let text = "\u{feff}id;name;name;note\r\n9007199254740993;\"Müller; \"\"Ü\"\"\";007;\"two\r\nlines\"\r\n\r\n-1.50e3;🦀\\;true;\r\n";
    let finished = bench.run(&node).inputs(json!({ "text": text, "delimiter": ";" })).streaming(true).await.ok();
    assert_eq!(finished.output("columns"), json!(["id", "name", "name_2", "note"]));
    let rows = r#"[{"id":9007199254740993,"name":"Müller; \"Ü\"","name_2":"007","note":"two\r\nlines"},{"id":-1.50e3,"name":"🦀\\","name_2":true,"note":null}]"#;
    assert_eq!(finished.output_text("rows").as_deref(), Some(rows), "numbers stay as they were written");
    assert_eq!(finished.output("count"), 2);
    assert_eq!(finished.fired(), ["exec_out"]);
    let logs = finished.node_logs();
    assert!(logs.iter().any(|(level, line)| *level == Level::Debug && line.ends_with("delimiter ;")), "{logs:?}");
    assert!(logs.contains(&(Level::Info, "2 rows, 4 columns")), "{logs:?}");
    let streamed = finished.streamed();
    assert_eq!(streamed.iter().filter(|(kind, _)| *kind == "text").count(), 2, "{streamed:?}");
    assert!(streamed.iter().any(|(kind, data)| *kind == "progress" && data["progress"] == 1.0), "{streamed:?}");
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[tokio::test]
async fn names_columns_and_keeps_texts_where_it_is_told_to() {
    let bench = bench();
    let node = bench.load(nodes::sample("cpp-csv-to-json")).await;
    let inputs = json!({ "text": "1\t\n2\t3\tx", "delimiter": "tab", "header": false, "typed": false });
    let finished = bench.run(&node).inputs(inputs).streaming(false).await.ok();
    assert_eq!(
        finished.output("rows"),
        json!([{ "column_1": "1", "column_2": "" }, { "column_1": "2", "column_2": "3", "column_3": "x" }])
    );
    assert!(finished.node_logs().contains(&(Level::Warn, "line 2: 3 cells instead of 2")), "{:?}", finished.lines());
    assert_eq!(finished.streamed(), [], "nobody listens");
}

#[tokio::test]
async fn says_on_which_line_a_quote_is_wrong() {
    let bench = bench();
    let node = bench.load(nodes::sample("cpp-csv-to-json")).await;
    for (text, error) in [
        ("a,b\n1,2\n3,\"4\n5", "line 3: a quoted cell is not closed; add the missing quote"),
        ("a\n\"1\"2", "line 2: text follows a closing quote; write \"\" for a quote inside of a cell"),
    ] {
        let inputs = json!({ "text": text, "delimiter": "," });
        let finished = bench.run(&node).inputs(inputs).await.ended(Status::Error);
        assert_eq!(finished.error(), error);
        assert!(finished.node_logs().contains(&(Level::Error, error)), "{:?}", finished.lines());
        assert_eq!(finished.fired(), [""; 0]);
    }
}

#[tokio::test]
async fn a_table_beyond_its_memory_ends_with_the_reason_and_the_place() {
    let bench = bench();
    let node = bench.load(nodes::sample("cpp-csv-to-json")).await;
    let text = "1,2\n".repeat(1 << 20);
    let ended = bench.run(&node).inputs(json!({ "text": text, "delimiter": "," })).await.ended(Status::Limit);
    assert_eq!(ended.trap().reason, TrapReason::Memory);
    let placed = |file: &Option<String>| file.as_ref().is_some_and(|file| file.ends_with("node.cpp"));
    assert!(ended.trap().frames.iter().any(|frame| placed(&frame.file)), "{:?}", ended.trap().frames);
    assert!(ended.node_logs().iter().any(|(level, _)| *level == Level::Error), "its last words: {:?}", ended.lines());
}
