//! What the program prints as JSON: one object a line, the values' numbers as they were written, and nothing that acts on
//! a terminal.

use std::process::{Command, Output, Stdio};

const ESCAPES: &str = "\u{9b}31m \u{202e}evil \u{9d}0;title\u{7}";

/// A core module that logs, streams and sets an output with the text at 16, and returns the result.
fn node(definition: &str, said: &str, result: &str) -> String {
    let escaped = |text: &str| text.bytes().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    format!(
        r#"(module
            (import "flowlike_log" "info" (func $info (param i32 i32)))
            (import "flowlike_log" "log_json" (func $log_json (param i32 i32 i32 i32 i32)))
            (import "flowlike_stream" "emit" (func $emit (param i32 i32 i32 i32)))
            (import "flowlike_pins" "set_output" (func $set (param i32 i32 i32 i32)))
            (memory (export "memory") 8)
            (data (i32.const 16) "{}")
            (data (i32.const 8192) "early")
            (data (i32.const 16384) "{}")
            (data (i32.const 65536) "{}")
            (func (export "alloc") (param i32) (result i32) (i32.const 131072))
            (func (export "get_node") (result i64)
                (i64.or (i64.shl (i64.const 16384) (i64.const 32)) (i64.const {})))
            (func (export "run") (param i32 i32) (result i64)
                (call $info (i32.const 16) (i32.const {length}))
                (call $log_json (i32.const 1) (i32.const 8192) (i32.const 5) (i32.const 16) (i32.const {length}))
                (call $emit (i32.const 8192) (i32.const 5) (i32.const 16) (i32.const {length}))
                (call $set (i32.const 8192) (i32.const 5) (i32.const 16) (i32.const {length}))
                (i64.or (i64.shl (i64.const 65536) (i64.const 32)) (i64.const {}))))"#,
        escaped(said),
        escaped(definition),
        escaped(result),
        definition.len(),
        result.len(),
        length = said.len(),
    )
}

fn definition(name: &str, default: &str) -> String {
    format!(
        r#"{{"name":"n","friendly_name":"N","description":"","category":"C","pins":[
            {{"name":"in","friendly_name":"In","description":"","pin_type":"Input","data_type":"Generic","default_value":{default}}},
            {{"name":"early","friendly_name":"E","description":"","pin_type":"Output","data_type":"Generic"}},
            {{"name":"{name}","friendly_name":"R","description":"","pin_type":"Output","data_type":"Generic"}}]}}"#
    )
}

fn nodewb(command: &str, text: &str, rest: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("node.wat");
    std::fs::write(&file, text).expect("written");
    let mut program = Command::new(env!("CARGO_BIN_EXE_nodewb"));
    program.arg("--data").arg(folder.path().join("data")).arg(command).arg(&file).args(rest).stdin(Stdio::null());
    program.output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn f12_run_prints_one_object_a_line() {
    let value = "{\r\n  \"a\": 1.0,\n\n  \"b\": [ 9007199254740993,\t1E+2 ]\n}";
    let result = format!("{{\n  \"outputs\": {{\n    \"r\": {value}\n  }},\n  \"error\": null\n}}");
    let output = nodewb("run", &node(&definition("r", "null"), value, &result), &["--json"]);
    let lines = text(&output.stdout);
    let events: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line:?} of {lines}")))
        .collect();
    for event in ["log", "stream", "output", "finished"] {
        assert!(events.iter().any(|found| found["event"] == event), "{event} in {lines}");
    }
    let compact = r#"{"a":1.0,"b":[9007199254740993,1E+2]}"#;
    assert_eq!(lines.matches(compact).count(), 5, "stream, two outputs and the end, numbers as written: {lines}");
    let pretty = text(&nodewb("run", &node(&definition("r", "null"), value, &result), &[]).stdout);
    assert!(pretty.contains(compact) && !pretty.contains('\r'), "{pretty}");
}

#[test]
fn f48_nothing_acts_on_a_terminal() {
    let said = format!("\"{ESCAPES}\"").replace('\u{7}', "\\u0007");
    let name = ESCAPES.replace('\u{7}', "");
    let result = format!("{{\"outputs\":{{\"{name}\":{said}}},\"activate_exec\":[\"{name}\"]}}");
    let wat = node(&definition(&name, &said), &said, &result);
    for (command, rest) in [
        ("run", &["--json"][..]),
        ("run", &[]),
        ("run", &["--input", "\u{9b}x=1"]),
        ("run", &["--node", "\u{9b}x\u{202e}"]),
        ("run", &["--\u{9b}x"]),
        ("run", &["--allow", "tcp:\u{202e}"]),
        ("inspect", &[]),
        ("inspect", &["--json"]),
    ] {
        let output = nodewb(command, &wat, rest);
        for stream in [text(&output.stdout), text(&output.stderr)] {
            let acting =
                stream.chars().find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
            assert_eq!(acting, None, "{command} {rest:?}: {stream:?}");
        }
    }
    let lines = text(&nodewb("run", &wat, &["--json"]).stdout);
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["outputs"][&name], ESCAPES, "escaped JSON is the same value");
    assert!(lines.contains("\\u009b31m"), "{lines}");
}

#[test]
fn f48_a_file_name_is_shown_escaped() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("\u{9b}31m\u{202e}.wat");
    std::fs::write(&file, "(module)").expect("written");
    for (command, path) in [("run", &file), ("inspect", &file), ("inspect", &folder.path().join("\u{9b}gone.wasm"))] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_nodewb"));
        program.arg("--data").arg(folder.path().join("data")).arg(command).arg(path).stdin(Stdio::null());
        let output = program.output().expect("the program starts");
        let all = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(!all.contains(['\u{9b}', '\u{202e}']), "{all:?}");
        assert!(path == &file || all.contains("\\u{9b}gone"), "{all:?}");
    }
}

#[test]
fn f11_a_result_is_held_against_the_definition() {
    let wat = node(&definition("r", "null"), "1", r#"{"outputs":{"rr":5},"activate_exec":["exec_ot"]}"#);
    let output = nodewb("run", &wat, &[]);
    assert_eq!(output.status.code(), Some(0), "a warning is none");
    let said = text(&output.stderr);
    for part in
        ["warning: output \"rr\"", "did the node mean \"r\"?", "[undeclared-pin]", "[undeclared-exec]", "[not-set]"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(text(&output.stdout).contains("\"rr\": 5"), "nothing is hidden");
    assert_eq!(nodewb("run", &wat, &["--strict"]).status.code(), Some(1));
    let lines = text(&nodewb("run", &wat, &["--json", "--no-ask"]).stdout);
    let events: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let problems: Vec<_> = events.iter().filter(|event| event["event"] == "problem").collect();
    let codes: Vec<&str> = problems.iter().filter_map(|problem| problem["code"].as_str()).collect();
    assert_eq!(codes, ["undeclared-pin", "undeclared-exec", "not-set"], "{lines}");
    assert!(
        problems
            .iter()
            .all(|problem| problem["pin"].is_string() && problem["found"].is_string() && problem["wanted"].is_string())
    );
    let good = node(&definition("r", "null"), "1", r#"{"outputs":{"r":5}}"#);
    let output = nodewb("run", &good, &["--strict", "--json"]);
    assert_eq!((output.status.code(), text(&output.stdout).contains("\"problem\"")), (Some(0), false));
}

#[test]
fn f15_three_times_have_three_names() {
    let wat = node(&definition("r", "null"), "1", r#"{"outputs":{"r":5}}"#);
    let lines = text(&nodewb("run", &wat, &["--json"]).stdout);
    let end: serde_json::Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
    let ms = |name: &str| end[name].as_f64().unwrap_or_else(|| panic!("{name} in {end}"));
    assert!(ms("own_ms") <= ms("stored_ms") && ms("asked_ms") == 0.0, "{end}");
    let said = text(&nodewb("run", &wat, &[]).stderr);
    assert!(said.contains("the run finished after ") && said.contains(" of its own time, stored after "), "{said}");
}
