//! What nodes get and give back, in both runtime models.

use std::sync::Arc;

use runtime::definition::results::Code;
use runtime::event::EventKind;
use runtime::node::LoadedNode;
use runtime::run::Status;
use support::fixtures::Model;
use support::{Bench, bench};

const ECHO: &str = r#"{"name":"echo","friendly_name":"Echo","description":"","category":"T","pins":[
    {"name":"s","friendly_name":"S","description":"","pin_type":"Input","data_type":"Generic"},
    {"name":"t","friendly_name":"T","description":"","pin_type":"Input","data_type":"Generic"},
    {"name":"raw","friendly_name":"R","description":"","pin_type":"Output","data_type":"Generic"}]}"#;

async fn load(bench: &Bench, model: Model, definition: &str, result: &str) -> Arc<LoadedNode> {
    let file = bench.file(&format!("{model:?}.wasm"), model.node(definition, result));
    bench.load(file).await
}

/// The document that a guest was run with; its own reader sees these very bytes.
#[tokio::test]
async fn f13_the_input_is_compact_raw_utf8() {
    let bench = bench();
    for model in Model::BOTH {
        // As text, so that nothing on the way back can make it compact.
        let node = load(&bench, model, ECHO, r#"{"outputs":{},"error":$INPUT}"#).await;
        let finished = bench
            .run(&node)
            .input("s", " { \"Zo\\u00eb\" : [ 1.0 ,\n 1E+2, 9007199254740993 ] } ")
            .input("t", r#""\ud83d\ude00 \/ \u2028 \n\u0001""#)
            .await;
        let seen = finished.error();
        let inputs = "\"inputs\":{\"s\":{\"Zoë\":[1.0,1E+2,9007199254740993]},\"t\":\"😀 / \u{2028} \\n\\u0001\"}}";
        assert!(seen.ends_with(inputs), "{model:?}: {seen}");
        assert!(!seen.contains(": ") && !seen.contains('\n'), "{model:?}: {seen}");
    }
}

#[tokio::test]
async fn f11_a_result_is_held_against_the_pins() {
    let definition = r#"{"name":"n","friendly_name":"N","description":"","category":"T","pins":[
        {"name":"exec","friendly_name":"","description":"","pin_type":"Input","data_type":"Exec"},
        {"name":"count","friendly_name":"","description":"","pin_type":"Output","data_type":"I64"},
        {"name":"when","friendly_name":"","description":"","pin_type":"Output","data_type":"Date"},
        {"name":"exec_out","friendly_name":"","description":"","pin_type":"Output","data_type":"Exec"},
        {"name":"document","friendly_name":"","description":"","pin_type":"Output","data_type":"Generic"}]}"#;
    let bench = bench();
    for model in Model::BOTH {
        let result = r#"{"outputs":{"coutn":5,"count":"five","when":"yesterday"},"activate_exec":["exec_ot"]}"#;
        let finished = bench.run(&load(&bench, model, definition, result).await).await.ok();
        let problems: Vec<_> =
            finished.outcome.problems.iter().map(|finding| (finding.pin.as_str(), finding.code)).collect();
        let wanted = [
            ("coutn", Code::UndeclaredPin),
            ("count", Code::WrongType),
            ("when", Code::WrongType),
            ("exec_ot", Code::UndeclaredExec),
            ("document", Code::NotSet),
            ("exec_out", Code::NothingFired),
        ];
        assert_eq!(problems, wanted, "{model:?}");
        assert_eq!(finished.output("count"), "five", "nothing is changed");

        let good = r#"{"outputs":{"count":5,"when":"2026-02-28","document":null},"activate_exec":["exec_out"]}"#;
        let finished = bench.run(&load(&bench, model, definition, good).await).await.ok();
        assert_eq!(finished.outcome.problems, [], "{model:?}");

        let failed = r#"{"outputs":{},"error":"it did not work"}"#;
        let finished = bench.run(&load(&bench, model, definition, failed).await).await.ended(Status::Error);
        assert_eq!(finished.outcome.problems, [], "{model:?}: a failed run owes nothing");
    }
}

/// The clock of a run stands still while somebody is asked, for pins that fire as for the run as a whole.
#[tokio::test]
async fn f15_one_clock_for_pins_log_and_end() {
    let bench = bench();
    for model in Model::BOTH {
        let finished = bench.run(&load(&bench, model, ECHO, r#"{"outputs":{"raw":1}}"#).await).await.ok();
        let figures = finished.outcome.figures;
        assert!(figures.own <= figures.duration && figures.asked.is_zero(), "{figures:?}");
        let end = finished.events.last().expect("the end is an event");
        let EventKind::Finished(told) = &end.kind else { panic!("the end comes last") };
        assert!(told.figures.stored.is_some_and(|stored| stored >= figures.own), "{:?}", told.figures);
    }
}
