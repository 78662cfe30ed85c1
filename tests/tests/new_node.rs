//! Every language's new project is written, built with its own command, loaded and run, with pins of every type and with
//! names that need care.

use runtime::definition::{DataType, Direction, ValueType};
use runtime::event::Level;
use scaffold::language::Tested;
use scaffold::{Language, Plan};
use serde_json::{Map, Value, json};
use support::{bench, nodes};

const NAME: &str = "Say \"Hi\" $x `y` \\ ${z} 字";
const DESCRIPTION: &str = "Grüße: \"quoted\", \\back, `tick`, ${x}, {{ y }}, */ and 日本 )json\" ]==] \u{202e}x";

/// Inputs with their defaults, and for each an output of the same type.
const INPUTS: [&str; 20] = [
    "text:in:string=hé \"q\" \\ $x ${y} `t` {{ u }} 字",
    "count:in:integer=9007199254740993",
    "low:in:array of integer=[-9223372036854775808,9223372036854775807]",
    "ratio:in:float=3",
    "on:in:boolean=true",
    "when:in:date=2026-01-31T12:00:00Z",
    "path:in:path=a/b.txt",
    "data:in:byte=aGVsbG8=",
    "shape:in:struct={\"a\":[1,null,9007199254740993,\"$\"]}",
    "any:in:generic=[1.5,{\"x\":\"\"}]",
    "names:in:array of string=[\"ä\",\"\\\"\"]",
    "ages:in:map of integer={\"x y\":-1,\"z\":9007199254740993}",
    "tags:in:set of string=[\"a\",\"b\"]",
    "rows:in:array of struct",
    "flags:in:set of boolean",
    "floats:in:map of float={\"π\":3.25}",
    "dates:in:array of date=[\"2026-01-31\"]",
    "type:in:set of integer",
    "class:in:map of generic",
    "a \"quoted\" $pin \\:in:array of byte=[\"aGk=\"]",
];

/// Outputs that no input fits, with what they give.
const OUTPUTS: [(&str, &str); 4] = [
    ("no_input:out:map of string", "{}"),
    ("with_default:out:array of generic=[1,\"x\",null]", "[1,\"x\",null]"),
    ("no_paths:out:set of path", "[]"),
    ("structs:out:map of struct={\"k\":{\"π\":true}}", "{\"k\":{\"π\":true}}"),
];

fn plan(language: Language) -> Plan {
    let mut plan = Plan::new(language, NAME, "unused");
    plan.description = DESCRIPTION.into();
    plan.category = "Test/\"Pins\"".into();
    plan.permissions = ["network:http", "storage:read", "cache", "streaming"].map(Into::into).into();
    let outputs = INPUTS.iter().map(|input| {
        let input = input.split('=').next().unwrap_or(input);
        input.replacen(":in:", "_out:out:", 1)
    });
    let all = INPUTS.map(Into::into).into_iter().chain(outputs).chain(OUTPUTS.map(|(pin, _)| pin.to_owned()));
    plan.pins.extend(all.map(|pin: String| pin.parse().expect("a pin")));
    plan.pins.push("failed:out:exec".parse().expect("a pin"));
    plan
}

/// What each output is where the inputs are these.
fn expected(plan: &Plan, inputs: &Map<String, Value>) -> Vec<(String, Value)> {
    let passed = plan.pins.iter().filter(|pin| inputs.contains_key(&pin.name));
    let passed = passed.map(|pin| (format!("{}_out", pin.name), inputs[&pin.name].clone()));
    let fixed = OUTPUTS.iter().map(|(pin, value)| {
        let name = pin.split(':').next().unwrap_or(pin);
        (name.to_owned(), serde_json::from_str(value).expect("JSON"))
    });
    passed.chain(fixed).collect()
}

/// What the plan's inputs are where nothing is set: their defaults, or what stands for nothing.
fn defaults(plan: &Plan) -> Map<String, Value> {
    let zero = |pin: &scaffold::Pin| match pin.value_type {
        scaffold::ValueType::HashMap => json!({}),
        _ => json!([]),
    };
    let inputs = plan.pins.iter().filter(|pin| pin.direction == scaffold::Direction::Input && !pin.is_exec());
    inputs.map(|pin| (pin.name.clone(), pin.default.clone().unwrap_or_else(|| zero(pin)))).collect()
}

fn other_values() -> Map<String, Value> {
    let inputs = json!({
        "text": "two\nlines \u{1F600} \\u0041 \u{1} \"}{][\"",
        "count": i64::MIN,
        "low": [0, -1],
        "ratio": -1.5e-7,
        "on": false,
        "when": "1999-12-31T23:59:59.5+02:00",
        "path": "über \"uns\"/x.txt",
        "data": "",
        "shape": { "deep": { "er": [[], {}, "]}"] }, "": 0 },
        "any": "just a text",
        "names": [],
        "ages": { "\"": i64::MAX, "\u{1F600}": 0 },
        "tags": ["x, y"],
        "rows": [{ "n": 9007199254740993i64 }, { "n": null }],
        "flags": [true],
        "floats": { "a": 0.5, "b": -2.25 },
        "dates": ["2026-02-01", "2026-02-02T00:00:00Z"],
        "type": [3, 4],
        "class": { "x": [null, { "y": 1 }] },
        "a \"quoted\" $pin \\": ["", "aGkh"],
    });
    inputs.as_object().cloned().expect("an object")
}

/// Whole numbers exactly, others as numbers: `3` and `3.0` are one.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || (!(a.is_i64() && b.is_i64()) && a.as_f64() == b.as_f64()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

async fn works(language: Language) {
    assert_eq!(language.facts().tested, Tested::Built, "{language} says that it is built in every test run");
    let plan = plan(language);
    let file = nodes::project(&plan);
    let bench = bench();
    let node = bench.load(&file).await;
    assert_eq!(node.artifact.kind.name(), kind(language), "{language}");
    let definition = node.definitions.first().expect("a node");
    assert_eq!(node.problems, [], "{language}: nothing about the project is odd");
    assert_eq!((definition.name.as_str(), definition.friendly_name.as_str()), ("say_hi_x_y_z", NAME));
    assert_eq!((definition.description.as_str(), definition.category.as_str()), (DESCRIPTION, "Test/\"Pins\""));
    assert_eq!(definition.permissions, plan.permissions);
    assert_pins(&plan, &definition.pins);

    for (what, sent, meant) in [
        ("defaults", json!({}), defaults(&plan)),
        ("nulls", nulls(&plan), defaults(&plan)),
        ("values", Value::Object(other_values()), other_values()),
    ] {
        let finished = bench.run(&node).inputs(sent).await.ok();
        assert_eq!(finished.fired(), ["exec_out"], "{language}, {what}");
        for (pin, value) in expected(&plan, &meant) {
            let output = finished.output(&pin);
            assert!(same(&output, &value), "{language}, {what}: \"{pin}\" is {output}, not {value}");
        }
        let lines = finished.node_logs();
        assert_eq!(lines.len(), INPUTS.len(), "{language}, {what}: one line for each input: {lines:?}");
        assert!(lines.iter().all(|(level, _)| *level == Level::Info), "{language}, {what}: {lines:?}");
        assert!(lines[1].1.contains(&meant["count"].to_string()), "{language}, {what}: {lines:?}");
    }
}

fn kind(language: Language) -> &'static str {
    match language.kind() {
        scaffold::Kind::Component => "component",
        scaffold::Kind::Core => "core",
    }
}

fn nulls(plan: &Plan) -> Value {
    defaults(plan).into_iter().map(|(pin, _)| (pin, Value::Null)).collect()
}

fn assert_pins(plan: &Plan, pins: &[runtime::definition::Pin]) {
    assert_eq!(pins.len(), plan.pins.len());
    for (pin, planned) in pins.iter().zip(&plan.pins) {
        assert_eq!((pin.name.as_str(), pin.friendly_name.as_str()), (planned.name.as_str(), planned.title().as_str()));
        assert_eq!(pin.data_type.name(), planned.data_type.name(), "\"{}\"", pin.name);
        assert_eq!(pin.value_type.name(), planned.value_type.name(), "\"{}\"", pin.name);
        assert_eq!(pin.direction == Direction::Input, planned.direction == scaffold::Direction::Input);
        let default: Option<Value> =
            pin.default_value.as_ref().map(|value| serde_json::from_str(value.as_str()).expect("JSON"));
        let wanted = planned.default.clone().filter(|_| pin.direction == Direction::Input);
        assert!(same(&json!(default), &json!(wanted)), "\"{}\": {default:?}, not {wanted:?}", pin.name);
        let is_exec = pin.data_type == DataType::Execution;
        assert!(!is_exec || pin.value_type == ValueType::Normal);
    }
}

/// With nothing to read, to write or to go on at, code has unused names and empty lists. Where a build takes long, and
/// the language has no types to infer, this is left to the other tests.
#[tokio::test]
async fn a_node_without_values_is_one() {
    let bench = bench();
    for language in
        [Language::Rust, Language::AssemblyScript, Language::Cpp, Language::Zig, Language::Go, Language::Kotlin]
    {
        let mut plan = Plan::new(language, "Bare", "unused");
        plan.pins.retain(|pin| pin.direction == scaffold::Direction::Input);
        let node = bench.load(nodes::project(&plan)).await;
        assert_eq!(node.problems, [], "{language}");
        let finished = bench.run(&node).await.ok();
        assert!(
            finished.fired().is_empty() && finished.outcome.outputs.is_empty(),
            "{language}: {}",
            finished.report()
        );
    }
}

macro_rules! languages {
    ($($test:ident: $language:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $test() {
            works(Language::$language).await;
        })*

        #[test]
        fn every_language_that_can_be_built_here_is() {
            let built = [$(Language::$language),*];
            for language in Language::ALL {
                let is_built = language.facts().tested == Tested::Built;
                assert_eq!(built.contains(&language), is_built, "{language} has a test that builds it, or says that it has none");
            }
        }
    };
}

languages! {
    rust: Rust,
    python: Python,
    type_script: TypeScript,
    assembly_script: AssemblyScript,
    cpp: Cpp,
    zig: Zig,
    go: Go,
    kotlin: Kotlin,
    java: Java,
    lua: Lua,
    nim: Nim,
}
