//! `nodewb check` and `nodewb predict` from the outside.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn nodewb(arguments: &[&str], input: &str) -> (Option<i32>, Output) {
    let data = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_nodewb"))
        .arg("--data")
        .arg(data.path())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdin = child.stdin.take().expect("an input");
    let input = input.to_owned();
    // A program that reads nothing closes its end.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("ended");
    writer.join().expect("written");
    (output.status.code(), output)
}

fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

const GOOD: &str = r#"{"name":"n","friendly_name":"N","description":"d","category":"C","pins":[
    {"name":"exec","friendly_name":"E","description":"","pin_type":"Input","data_type":"Execution"},
    {"name":"exec_out","friendly_name":"E","description":"","pin_type":"Output","data_type":"Execution"}]}"#;

#[test]
fn a_definition_is_checked_three_ways_and_linted() {
    let (code, output) = nodewb(&["check", "--definition", "-", "--json"], GOOD);
    assert_eq!(code, Some(0), "{output:?}");
    let said = object(&output);
    assert_eq!(said["component"], json!({"accept": true, "message": null, "reason": null, "nodes": 1}));
    assert_eq!(said["core_get_node"]["accept"], true);
    assert_eq!(said["core_get_nodes"]["message"], "invalid type: map, expected a sequence at line 1 column 0");
    assert_eq!(said["here"]["nodes"], 1);
    let rules: Vec<_> = said["lint"].as_array().expect("a list").iter().map(|issue| issue["rule"].clone()).collect();
    assert_eq!(rules, ["no-scores", "no-icon"]);
}

#[test]
fn a_lint_error_fails_the_check_of_a_definition_that_loads() {
    let (code, output) = nodewb(&["check", "--definition", "-"], &GOOD.replace("exec_out", "exec"));
    assert_eq!(code, Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Flow-Like takes it") && said.contains("error io-name-collision at pin \"exec\""), "{said}");
}

#[test]
fn a_refusal_names_the_node_the_field_and_what_to_write() {
    let bad = GOOD.replace("\"category\"", "\"permissions\":[\"http\"],\"category\"");
    let (code, output) = nodewb(&["check", "--definition", "-", "--json"], &format!("[{GOOD},{bad}]"));
    assert_eq!(code, Some(1));
    let reason = object(&output)["component"]["reason"].clone();
    let wanted = "node 2 (\"n\"): \"permissions[0]\" is \"http\", which is not a permission; write \"network:http\"";
    assert_eq!(reason, wanted);
}

#[test]
fn results_and_manifests_have_a_verdict_of_their_own() {
    let (code, output) = nodewb(&["check", "--result", "-", "--json"], r#"{"outputs":{},"error":5}"#);
    assert_eq!(code, Some(1));
    let wanted = json!({
        "accept": false,
        "message": "invalid type: integer `5`, expected a string at line 1 column 23",
        "reason": "\"error\" does not fit: invalid type: integer `5`, expected a string; write a string, or null for none",
    });
    assert_eq!(object(&output), wanted);
    let manifest = "manifest_version = 2\nid = \"a\"\nname = \"\"\nversion = \"1\"\ndescription = \"\"\n";
    let (code, output) = nodewb(&["check", "--manifest", "-", "--json"], manifest);
    assert_eq!((code, object(&output)["message"].clone()), (Some(1), json!("validate: name empty")));
}

#[test]
fn what_cannot_be_read_is_no_verdict() {
    assert_eq!(nodewb(&["check", "--definition", "/there/is/none"], "").0, Some(3));
    assert_eq!(nodewb(&["check", "no-such-node.wasm"], "").0, Some(3));
    assert_eq!(nodewb(&["check"], "").0, Some(2));
    assert_eq!(nodewb(&["check", "--result", "-", "--manifest", "-"], "").0, Some(2));
}

fn node(folder: &Path, definition: &str) -> String {
    let text = definition.replace('\n', "").replace('"', "\\\"");
    let length = definition.replace('\n', "").len();
    let module = format!(
        r#"(module (memory (export "memory") 2) (data (i32.const 1024) "{text}")
            (func (export "alloc") (param i32) (result i32) (i32.const 65536))
            (func (export "get_node") (result i64) (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {length})))
            (func (export "run") (param i32 i32) (result i64) (i64.const 0)))"#
    );
    let path = folder.join("node.wat");
    std::fs::write(&path, module).expect("written");
    path.display().to_string()
}

#[test]
fn a_file_is_checked_as_what_it_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, output) = nodewb(&["check", &node(folder.path(), GOOD)], "");
    assert_eq!(code, Some(0), "{output:?}");
    let array = format!("[{GOOD}]");
    let (code, output) = nodewb(&["check", &node(folder.path(), &array), "--json"], "");
    assert_eq!(code, Some(1), "get_node may not answer an array: {output:?}");
    let said = object(&output);
    assert_eq!(said["reasons"][0]["what"], "the definition");
    assert_eq!(said["here"]["nodes"], 1, "it runs here all the same");
}

#[test]
fn every_known_call_is_predicted_line_by_line() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../contract/tests/verdicts.json")).expect("the cases are JSON");
    let cases: Vec<&Value> = cases.iter().filter(|case| case["area"] == "predict").collect();
    let lines: String = cases.iter().map(|case| format!("{}\n", case["input"])).collect();
    let (code, output) = nodewb(&["predict", "--json", "-"], &lines);
    assert_eq!(code, Some(0), "{output:?}");
    let answers: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(answers.len(), cases.len());
    for (answer, case) in answers.iter().zip(cases) {
        assert_eq!(answer["result"], case["result"], "{case}");
    }
}

#[test]
fn a_line_that_is_no_call_is_told_and_the_others_are_answered() {
    let lines = "{\"profile\":\"moon\",\"call\":\"log\"}\n{\"profile\":\"server\",\"call\":\"log\"}\n";
    let (code, output) = nodewb(&["predict", "--json", "-"], lines);
    assert_eq!(code, Some(2));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.lines().last().expect("two").contains("\"ok\""), "{said}");
}

#[test]
fn changes_since_a_version_are_told_pin_by_pin_and_node_by_node() {
    let folder = tempfile::tempdir().expect("a folder");
    let published = folder.path().join("published.json");
    std::fs::write(&published, GOOD).expect("written");
    let against = ["--against", &published.display().to_string()];
    let same = GOOD.replace("\"description\":\"d\"", "\"description\":\" d  \"");
    let (_, output) = nodewb(&["check", &node(folder.path(), &same), "--json", against[0], against[1]], "");
    let changes = object(&output)["changes"].clone();
    assert_eq!(changes["flow_like"], json!({"added": [], "removed": [], "changed": [], "unchanged": ["n"]}));
    let other = GOOD.replace("\"exec_out\"", "\"done\"").replace("\"description\":\"d\"", "\"description\":\"e\"");
    let (code, output) = nodewb(&["check", &node(folder.path(), &other), "--json", against[0], against[1]], "");
    let changes = object(&output)["changes"].clone();
    assert_eq!((code, &changes["compatible"]), (Some(0), &json!(false)), "it loads, and breaks what uses it");
    assert_eq!(changes["flow_like"]["changed"], json!(["n"]));
    let (_, output) = nodewb(&["check", &node(folder.path(), &other), against[0], against[1]], "");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("changes: breaking"), "{said}");
}
