//! The run-input document: exactly nine keys, compact, scalars first.
//!
//! Several guests find their scalars by the first textual occurrence of a key, so `inputs`, which holds the user's
//! text, comes last; and strict guests refuse keys that they do not know.

use crate::host::Meta;
use crate::json::Json;

pub fn document(meta: &Meta, inputs: &[(String, Json)]) -> String {
    let mut text = String::with_capacity(
        256 + inputs.iter().map(|(pin, value)| pin.len() + value.as_str().len() + 8).sum::<usize>(),
    );
    text.push('{');
    let ids = [
        ("node_id", &meta.node_id),
        ("run_id", &meta.run_id),
        ("app_id", &meta.app_id),
        ("board_id", &meta.board_id),
        ("user_id", &meta.user_id),
    ];
    for (key, value) in ids {
        text.push_str(&format!("\"{key}\":{},", quoted(value)));
    }
    text.push_str(&format!("\"stream_state\":{},\"log_level\":{},", meta.streaming, meta.log_level));
    text.push_str(&format!("\"node_name\":{},\"inputs\":{{", quoted(&meta.node_name)));
    for (index, (pin, value)) in inputs.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&quoted(pin));
        text.push(':');
        text.push_str(value.as_str());
    }
    text.push_str("}}");
    text
}

/// A JSON string in raw UTF-8.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_exactly_the_nine_keys_with_inputs_last() {
        let meta = Meta { node_name: "grüße \"x\"".into(), streaming: true, log_level: 1, ..Meta::default() };
        let inputs =
            vec![("a".to_owned(), Json::parse("9007199254740993").expect("json")), ("b".to_owned(), Json::null())];
        let text = document(&meta, &inputs);
        let value: serde_json::Value = serde_json::from_str(&text).expect("the document is JSON");
        let keys: Vec<&String> = value.as_object().expect("an object").keys().collect();
        assert_eq!(
            keys,
            ["node_id", "run_id", "app_id", "board_id", "user_id", "stream_state", "log_level", "node_name", "inputs"],
            "guests refuse other keys, and naive ones need this order"
        );
        assert!(text.contains("\"node_name\":\"grüße \\\"x\\\"\""), "raw UTF-8, no \\u escapes: {text}");
        assert!(text.ends_with("\"inputs\":{\"a\":9007199254740993,\"b\":null}}"), "values stay as written: {text}");
    }
}
