use proptest::prelude::*;

use super::super::{DataType, Direction, ValueType};
use super::*;

/// The definition and the codes of its problems.
fn one(text: &str) -> (Definition, Vec<&'static str>) {
    let (mut nodes, problems) = parse(text).expect("a definition");
    assert_eq!(nodes.len(), 1, "one node in {text}");
    (nodes.remove(0), problems.iter().map(|problem| problem.code).collect())
}

fn with_pin(pin: &str) -> (super::super::Pin, Vec<&'static str>) {
    let text = format!(r#"{{"name":"n","friendly_name":"n","description":"","category":"c","pins":[{pin}]}}"#);
    let (mut node, problems) = one(&text);
    (node.pins.remove(0), problems)
}

fn pin_with(fields: &str) -> (super::super::Pin, Vec<&'static str>) {
    with_pin(&format!(r#"{{"name":"p","friendly_name":"P","description":"","pin_type":"Input",{fields}}}"#))
}

const FULL: &str = r#"{
    "name": "my_custom_node", "friendly_name": "My Custom Node", "description": "Repeats", "category": "Custom/WASM",
    "icon": null, "docs": null, "long_running": false, "abi_version": 2, "unknown": [1, {"x": 2}],
    "scores": {"privacy": 1, "security": 10, "performance": 3, "governance": 0, "reliability": 5, "cost": 6},
    "permissions": ["network:tcp", "http"],
    "pins": [
        {"name":"exec","friendly_name":"▶","description":"","pin_type":"Input","data_type":"Exec","default_value":null},
        {"name":"input_text","friendly_name":"Text","description":"","pin_type":"input","data_type":"STRING",
         "default_value":"a","valid_values":["a","b"],"sensitive":true},
        {"name":"multiplier","friendly_name":"Times","description":"","pin_type":"Input","data_type":"u64",
         "value_type":null,"default_value":18446744073709551615,"range":null,"step":1},
        {"name":"out","friendly_name":"Out","description":"","pin_type":"OUTPUT","data_type":"json",
         "value_type":"hashmap","schema":"{\"type\":\"object\"}","enforce_schema":true}
    ]}"#;

#[test]
fn a_full_definition_has_no_problems() {
    let (node, problems) = one(FULL);
    assert_eq!(problems, [] as [&str; 0]);
    assert_eq!((node.name.as_str(), node.abi_version), ("my_custom_node", Some(2)));
    assert_eq!(node.permissions, ["network:tcp", "network:http"]);
    assert_eq!(node.scores.map(|scores| (scores.privacy, scores.security)), Some((1, 10)));
    let types: Vec<_> = node.pins.iter().map(super::super::Pin::type_name).collect();
    assert_eq!(types, ["Execution", "String", "Integer", "HashMap of Struct"]);
    let [exec, text, times, out] = node.pins.as_slice() else { panic!("four pins") };
    assert_eq!(exec.default_value, None);
    assert!(text.sensitive);
    let largest = times.default_value.as_ref().map(Json::as_str);
    assert_eq!(largest, Some("18446744073709551615"), "64 bits stay exact");
    assert_eq!((out.direction, out.value_type), (Direction::Output, ValueType::HashMap));
    assert_eq!(out.schema.as_deref(), Some(r#"{"type":"object"}"#));
}

use crate::json::Json;

#[test]
fn an_array_and_an_object_are_the_same() {
    let array = parse(&format!("[{FULL}]")).expect("an array");
    assert_eq!(array, parse(FULL).expect("an object"));
}

#[test]
fn what_kotlin_leaves_out_is_no_problem() {
    let (node, problems) = one(r#"{"name":"n","friendly_name":"N","description":"d","category":"c"}"#);
    assert_eq!(problems, [] as [&str; 0]);
    assert!(node.pins.is_empty() && node.permissions.is_empty() && !node.long_running);
}

#[test]
fn every_spelling_of_a_type() {
    let spellings: [(&str, DataType); 30] = [
        ("string", DataType::String),
        ("int", DataType::Integer),
        ("Integer", DataType::Integer),
        ("I32", DataType::Integer),
        ("i64", DataType::Integer),
        ("u32", DataType::Integer),
        ("u64", DataType::Integer),
        ("Float", DataType::Float),
        ("f32", DataType::Float),
        ("F64", DataType::Float),
        ("number", DataType::Float),
        ("Bool", DataType::Boolean),
        ("boolean", DataType::Boolean),
        ("Date", DataType::Date),
        ("DateTime", DataType::Date),
        ("path", DataType::PathBuf),
        ("PathBuf", DataType::PathBuf),
        ("byte", DataType::Byte),
        ("Bytes", DataType::Byte),
        ("binary", DataType::Byte),
        ("Exec", DataType::Execution),
        ("Execution", DataType::Execution),
        ("struct", DataType::Struct),
        ("Object", DataType::Struct),
        ("JSON", DataType::Struct),
        ("generic", DataType::Generic),
        ("Generic", DataType::Generic),
        ("INT", DataType::Integer),
        ("STRUCT", DataType::Struct),
        ("FLOAT", DataType::Float),
    ];
    for (spelling, expected) in spellings {
        let (pin, problems) = pin_with(&format!(r#""data_type":"{spelling}""#));
        assert_eq!((pin.data_type, problems), (expected, vec![]), "{spelling}");
    }
}

#[test]
fn every_oddity_of_a_pin_has_its_code() {
    let cases: [(&str, &[&str]); 23] = [
        (r#""data_type":"quaternion""#, &["unknown-data-type"]),
        (r#""value_type":"Normal""#, &["missing-field"]),
        (r#""data_type":5"#, &["wrong-type", "missing-field"]),
        (r#""data_type":"int","value_type":"Stack""#, &["unknown-value-type"]),
        (r#""data_type":"int","pin_type":"sideways""#, &["repeated-field", "unknown-pin-type"]),
        (r#""data_type":"int","schema":"{""#, &["schema-not-json"]),
        (r#""data_type":"int","schema":"FlowPath""#, &["schema-not-json"]),
        (r#""data_type":"struct","schema":{"type":"object"}"#, &["schema-not-text"]),
        (r#""data_type":"struct","schema":"{\"$ref\":\"other.json\"}""#, &["schema-not-used"]),
        (r#""data_type":"int","default_value":"5""#, &["default-mismatch"]),
        (r#""data_type":"int","default_value":5.5"#, &["default-mismatch"]),
        (r#""data_type":"int","default_value":18446744073709551616"#, &["default-mismatch"]),
        (r#""data_type":"int","default_value":7,"range":[0,5]"#, &["default-not-allowed"]),
        (r#""data_type":"string","default_value":"c","valid_values":["a"]"#, &["default-not-allowed"]),
        (r#""data_type":"exec","default_value":1"#, &["default-unused"]),
        (r#""data_type":"string","valid_values":[1,true,null]"#, &["value-not-text", "value-not-text", "wrong-type"]),
        (r#""data_type":"string","valid_values":[]"#, &["no-valid-values"]),
        (r#""data_type":"string","valid_values":"a""#, &["wrong-type", "no-valid-values"]),
        (r#""data_type":"int","range":[5,1]"#, &["range-reversed"]),
        (r#""data_type":"int","range":[1,2,3]"#, &["wrong-type"]),
        (r#""data_type":"string","range":[1,2]"#, &["range-unused"]),
        (r#""data_type":"int","step":-1"#, &["step-not-positive"]),
        (r#""data_type":"int","sensitive":"yes""#, &["wrong-type"]),
    ];
    for (fields, codes) in cases {
        assert_eq!(pin_with(fields).1, codes, "{fields}");
    }
}

#[test]
fn what_is_mended_is_kept() {
    assert_eq!(pin_with(r#""data_type":"int","range":[5,1]"#).0.range, Some((1.0, 5.0)));
    let values = pin_with(r#""data_type":"int","valid_values":[1,2]"#).0.valid_values;
    assert_eq!(values, Some(vec!["1".into(), "2".into()]));
    assert_eq!(pin_with(r#""data_type":"??""#).0.data_type, DataType::Generic);
}

#[test]
fn every_oddity_of_a_node_has_its_code() {
    let cases: [(&str, &[&str]); 12] = [
        (r#""abi_version":3"#, &["unknown-abi-version"]),
        (r#""abi_version":"0.1.0""#, &["wrong-type"]),
        (r#""scores":{"privacy":0.7}"#, &["score-out-of-range"]),
        (r#""scores":{"cost":300}"#, &["score-out-of-range"]),
        (r#""scores":[]"#, &["wrong-type"]),
        (r#""permissions":["teleport"]"#, &["unknown-permission"]),
        (r#""permissions":["storage:node","tcp","network:tcp"]"#, &["unused-permission"]),
        (r#""permissions":[5]"#, &["wrong-type"]),
        (r#""pins":{}"#, &["wrong-type"]),
        (r#""pins":[5]"#, &["not-a-pin"]),
        (r#""pins":[{"pin_type":"Input"}]"#, &["not-a-pin"]),
        (r#""long_running":1"#, &["wrong-type"]),
    ];
    for (fields, codes) in cases {
        let text = format!(r#"{{"name":"n","friendly_name":"n","description":"","category":"c",{fields}}}"#);
        assert_eq!(one(&text).1, codes, "{fields}");
    }
}

#[test]
fn a_slip_in_a_permission_is_pointed_out() {
    let (_, problems) = parse(r#"[{"name":"n","permissions":["newtork:http"]}]"#).expect("a definition");
    let message = problems.iter().find(|problem| problem.code == "unknown-permission").map(|p| p.message.as_str());
    assert!(message.is_some_and(|message| message.contains("did you mean \"network:http\"")), "{message:?}");
}

#[test]
fn names_stay_exact_and_odd_ones_are_shown() {
    let (node, problems) = one(r#"{"name":"a\u001b[31m","friendly_name":"x","description":"","category":"c"}"#);
    assert_eq!(node.name, "a\u{1b}[31m", "the name is what run is called with");
    assert_eq!(problems, ["odd-name"]);
    let (_, problems) = parse(&format!(r#"{{"name":"{}"}}"#, "x".repeat(10_000))).expect("a definition");
    assert!(problems.iter().any(|problem| problem.code == "odd-name"));
    assert!(problems.iter().all(|problem| problem.message.len() < 400), "messages stay short");
}

#[test]
fn duplicates_are_reported() {
    let pin = r#"{"name":"p","friendly_name":"p","pin_type":"Input","data_type":"int"}"#;
    let output = r#"{"name":"p","friendly_name":"p","pin_type":"Output","data_type":"int"}"#;
    let text = format!(
        r#"[{{"name":"n","friendly_name":"n","description":"","category":"c","pins":[{pin},{output},{pin}]}},
            {{"name":"n","friendly_name":"m","description":"","category":"c"}}]"#
    );
    let (node, problems) = one(&text);
    assert_eq!(node.pins.len(), 2, "an input and an output may share a name");
    assert_eq!(problems, ["duplicate-pin", "duplicate-node"]);
}

#[test]
fn refusals() {
    let code = |text: &str| parse(text).expect_err("must be refused").code();
    assert_eq!(code(""), "definition-not-json");
    assert_eq!(code("{"), "definition-not-json");
    assert_eq!(code("[1,]"), "definition-not-json");
    assert_eq!(code("{}"), "no-nodes");
    assert_eq!(code("[]"), "no-nodes");
    assert_eq!(code("[{}]"), "no-nodes");
    assert_eq!(code("null"), "not-a-definition");
    assert_eq!(code("\"text\""), "not-a-definition");
    assert_eq!(code(r#"{"nodes":[]}"#), "not-a-definition");
    assert_eq!(code("[1]"), "not-a-definition");
    assert_eq!(code(&format!("\"{}\"", "x".repeat(MAX_TEXT))), "definition-too-large");
}

#[test]
fn the_place_of_a_syntax_error_is_a_byte() {
    let text = "{\n  \"é\": 1,\n  oops\n}";
    let Err(LoadError::DefinitionNotJson { offset, reason }) = parse(text) else { panic!("must be refused") };
    assert_eq!(text.get(offset..offset + 4), Some("oops"), "{reason}");
    assert!(!reason.contains("line"), "{reason}");
}

#[test]
fn f25_a_syntax_error_shows_the_text_and_says_what_is_meant() {
    let reason = |text: &str| match parse(text) {
        Err(LoadError::DefinitionNotJson { reason, .. }) => reason,
        other => panic!("{text}: {other:?}"),
    };
    for (text, part) in [
        (r#"{"name":"n","default_value":NaN}"#, "write null"),
        (r#"{"name":"n","x":-Infinity}"#, "and before \""),
        (r#"{"name":"n","x":Infinity}"#, "JSON has no infinity"),
        (r#"{"name":"n","x":None}"#, "write null"),
        (r#"{"name":"n","x":nan}"#, "write null"),
        (r#"{"name":"n","x":True}"#, "write true"),
        (r#"{'name':'n'}"#, "double quotes"),
        (r#"{"name":"n",}"#, "before \"}\""),
        (r#"[{"name":"n"},]"#, "before \"]\""),
        (r#"{"name":"n""#, "its end"),
        ("", "its end"),
        ("{\"name\":\"a\u{1b}[31m\u{202e}\"}", "\\u{1b}"),
    ] {
        let reason = reason(text);
        assert!(reason.contains(part), "{text}: {reason}");
        assert!(!reason.contains('\u{1b}'), "escaped: {reason}");
    }
    let long = format!("{{\"name\":\"{}\" oops {}", "é".repeat(50_000), "ü".repeat(50_000));
    assert!(reason(&long).len() < 300, "bounded: {}", reason(&long).len());
}

#[test]
fn f25_halves_of_surrogate_pairs_are_called_what_they_are() {
    let text = r#"{"name":"n\ud83d","friendly_name":"n","description":"cut \udc00 \ud83d\ude00","category":"c",
        "permissions":["\ud83d"],
        "pins":[{"name":"p","pin_type":"Input","data_type":"String","default_value":"\ud83dx","valid_values":["\ud83dx","b"]}]}"#;
    let (nodes, problems) = parse(text).expect("the rest is whole");
    let node = nodes.first().expect("one node");
    assert_eq!((node.name.as_str(), node.description.as_str()), ("n\u{fffd}", "cut \u{fffd} 😀"));
    let pin = node.pins.first().expect("one pin");
    assert_eq!(pin.default_value.as_ref().map(Json::as_str), Some("\"\u{fffd}x\""));
    assert_eq!(pin.valid_values.as_deref(), Some(["\u{fffd}x".to_owned(), "b".to_owned()].as_slice()));
    let halves = problems.iter().filter(|problem| problem.code == "lone-surrogate").count();
    assert_eq!(halves, 5, "{problems:?}");
    assert!(problems.iter().all(|problem| problem.code != "wrong-type"), "{problems:?}");
}

#[test]
fn one_bad_node_leaves_the_others() {
    let (node, problems) =
        one(r#"[5, {"friendly_name":"x"}, {"name":"n","friendly_name":"n","description":"","category":"c"}]"#);
    assert_eq!(node.name, "n");
    assert_eq!(problems, ["not-a-node", "not-a-node"]);
}

#[test]
fn deep_nesting_is_clean() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse(&deep).expect_err("no node in it").code(), "not-a-definition");
    assert_eq!(pin_with(&format!(r#""data_type":"generic","default_value":{deep}"#)).1, ["default-too-deep"]);
    let unclosed = "[{\"pins\":".repeat(100_000);
    assert_eq!(parse(&unclosed).expect_err("unclosed").code(), "definition-not-json");
}

#[test]
fn a_million_pins_are_bounded() {
    let pins = "{},".repeat(1_000_000);
    let text = format!(r#"{{"name":"n","pins":[{pins}{{}}]}}"#);
    let (nodes, problems) = parse(&text).expect("a definition");
    assert!(nodes.iter().all(|node| node.pins.len() <= MAX_PINS));
    assert!(problems.iter().any(|problem| problem.code == "too-many-pins"));
    assert!(problems.len() < 600 && problems.iter().any(|problem| problem.code == "more-problems"));
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
        prop::sample::select(vec!["Input", "Output", "int", "Array", "a", "{}"]).prop_map(Into::into),
    ];
    let keys = vec![
        "name",
        "friendly_name",
        "pins",
        "scores",
        "permissions",
        "pin_type",
        "data_type",
        "value_type",
        "default_value",
        "schema",
        "valid_values",
        "range",
        "step",
        "abi_version",
        "privacy",
    ];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((prop::sample::select(keys.clone()), inner), 0..10).prop_map(|fields| {
                fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_never_panics(value in json()) {
        let _ = parse(&value.to_string());
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }
}
