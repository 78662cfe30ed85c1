//! What nodes get and give back, in both runtime models.

use std::sync::Arc;

use runtime::node::LoadedNode;
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
