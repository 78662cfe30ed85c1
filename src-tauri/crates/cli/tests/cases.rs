//! `nodewb test` from the outside, on a node that answers 7.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const DEFINITION: &str = r#"{"name":"echo","friendly_name":"Echo","description":"","category":"C","pins":[
    {"name":"n","friendly_name":"N","description":"","pin_type":"Input","data_type":"Integer"},
    {"name":"m","friendly_name":"M","description":"","pin_type":"Output","data_type":"Integer"}]}"#;
const RESULT: &str = r#"{"outputs":{"m":7},"error":null,"activate_exec":[]}"#;
const ASK: &str = "(drop (call $request (i32.const 0) (i32.const 32) (i32.const 19) (i32.const 64) (i32.const 2)
    (i32.const 0) (i32.const 0)))";

/// A core module that logs "hello", does `body` and sets "m" to 7.
fn node(body: &str) -> String {
    let escaped = |text: &str| text.replace('"', "\\\"").replace('\n', "\\n");
    format!(
        r#"(module
            (import "flowlike_log" "info" (func $info (param i32 i32)))
            (import "flowlike_http" "request" (func $request (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 4)
            (data (i32.const 16) "hello")
            (data (i32.const 32) "http://127.0.0.1:9/")
            (data (i32.const 64) "{{}}")
            (data (i32.const 1024) "{}")
            (data (i32.const 4096) "{}")
            (func (export "alloc") (param i32) (result i32) (i32.const 131072))
            (func (export "get_node") (result i64) (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {})))
            (func (export "run") (param i32 i32) (result i64)
                (call $info (i32.const 16) (i32.const 5))
                {body}
                (i64.or (i64.shl (i64.const 4096) (i64.const 32)) (i64.const {}))))"#,
        escaped(DEFINITION),
        escaped(RESULT),
        DEFINITION.len(),
        RESULT.len(),
    )
}

fn project(ask: &str, cases: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("echo.wat"), node(ask)).expect("written");
    fs::write(folder.path().join("echo.cases.json"), json!({"cases": cases}).to_string()).expect("written");
    folder
}

fn test(folder: &Path, rest: &[&str]) -> (Option<i32>, String, Output) {
    let data = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_nodewb"))
        .arg("--data")
        .arg(data.path())
        .arg("test")
        .arg(folder)
        .args(rest)
        .output()
        .expect("started");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), output)
}

#[test]
fn cases_that_hold_end_with_zero() {
    let cases = json!([
        {"name": "seven", "inputs": {"n": 1}, "expect": {"outputs": {"m": 7}, "logs": ["hello"]}},
        {"name": "any", "expect": {"outputs": {"m": {"any": "integer"}}, "no_logs": [{"level": "error"}]}},
    ]);
    let (code, said, output) = test(project("", &cases).path(), &[]);
    assert_eq!(code, Some(0), "{output:?}");
    assert!(said.ends_with("2 of 2 cases held\n"), "{said}");
}

#[test]
fn f18_cases_beside_the_sources_are_found_wherever_the_build_is() {
    let cases = json!([{"name": "seven", "expect": {"outputs": {"m": 7}}}]);
    for (marker, built) in [("Cargo.toml", "target/wasm32-wasip2/release"), ("flow-like.toml", "out/deep")] {
        let folder = tempfile::tempdir().expect("a folder");
        let built = folder.path().join(built);
        fs::create_dir_all(&built).expect("folders");
        let manifest = "manifest_version = 1\n[package]\nname = \"echo\"\n";
        fs::write(folder.path().join(marker), manifest).expect("written");
        fs::write(built.join("echo.wat"), node("")).expect("written");
        fs::write(folder.path().join("echo.cases.json"), json!({"cases": cases}).to_string()).expect("written");
        let (code, said, output) = test(&built.join("echo.wat"), &[]);
        assert_eq!((code, said.ends_with("1 of 1 cases held\n")), (Some(0), true), "{marker}: {said} {output:?}");
    }
}

#[test]
fn a_failure_shows_the_difference_the_last_lines_and_the_command() {
    let cases = json!([{"name": "it's eight", "expect": {"outputs": {"m": 8}}}, {"name": "fine"}]);
    let folder = project("", &cases);
    let (code, said, output) = test(folder.path(), &[]);
    assert_eq!(code, Some(1), "{output:?}");
    for part in ["FAILED it's eight", "outputs.m: expected 8, found 7", "info: hello", r"--case 'it'\''s eight'"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let (code, said, _) = test(folder.path(), &["--case", "fi*"]);
    assert_eq!((code, said.lines().last()), (Some(0), Some("1 of 1 cases held")));
}

#[test]
fn what_a_case_does_not_allow_fails_it() {
    let cases = json!([
        {"name": "silent"},
        {"name": "expected", "expect": {"asked": ["http:GET http://127.0.0.1:9/"]}},
        {"name": "allowed", "rules": {"allow": ["http:http://127.0.0.1:9/"]}},
    ]);
    let (code, said, output) = test(project(ASK, &cases).path(), &["--jobs", "1"]);
    assert_eq!(code, Some(1), "{output:?}");
    assert!(said.contains("FAILED silent") && said.contains("asked: expected nothing else to be asked for"), "{said}");
    assert!(said.contains("ok allowed"), "{said}");
}

#[test]
fn rows_shards_and_repeats() {
    let rows = json!([{"name": "rows", "rows": [{}, {"name": "big", "expect": {"outputs": {"m": 7}}}, {}, {}]}]);
    let folder = project("", &rows);
    let (_, said, _) = test(folder.path(), &["--shard", "2/2"]);
    assert!(said.contains("rows [big]") && said.ends_with("2 of 2 cases held\n"), "{said}");
    let (_, said, _) = test(folder.path(), &["--repeat", "3"]);
    assert!(said.ends_with("12 of 12 cases held\n"), "{said}");
}

#[test]
fn reports_say_the_same_to_programs() {
    let cases = json!([{"name": "a <b> & \"c\"", "expect": {"outputs": {"m": 8}}}, {"name": "fine # not a directive"}]);
    let folder = project("", &cases);
    let file = |name: &str| folder.path().join(name).display().to_string();
    let reports: Vec<String> = ["junit", "tap", "json"].iter().map(|kind| format!("{kind}={}", file(kind))).collect();
    let arguments: Vec<&str> = reports.iter().flat_map(|report| ["--report", report.as_str()]).collect();
    let (code, _, output) = test(folder.path(), &arguments);
    assert_eq!(code, Some(1), "{output:?}");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("written");
    let junit = read("junit");
    assert!(junit.contains("failures=\"1\"") && junit.contains("a &lt;b&gt; &amp; &quot;c&quot;"), "{junit}");
    let tap = read("tap");
    assert!(tap.starts_with("TAP version 14\n1..2\nnot ok 1 - a") && tap.contains("ok 2 - fine \\# not"), "{tap}");
    let report: Value = serde_json::from_str(&read("json")).expect("JSON");
    assert_eq!(report["cases"][0]["differences"][0], json!({"place": "outputs.m", "expected": "8", "found": "7"}));
    assert_eq!(report["cases"][1]["result"], "ok");
}

#[test]
fn what_cannot_be_loaded_or_read_is_said() {
    let (code, _, output) = test(project("", &json!([{"name": "a", "expect": {"output": {}}}])).path(), &[]);
    assert_eq!(code, Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("case \"a\": \"expect\" has no \"output\""), "{said}");
    let folder = project("", &json!([{"name": "a"}]));
    fs::write(folder.path().join("echo.wat"), "(module").expect("written");
    assert_eq!(test(folder.path(), &[]).0, Some(3));
    assert_eq!(test(&folder.path().join("none"), &[]).0, Some(3));
    assert_eq!(test(tempfile::tempdir().expect("a folder").path(), &[]).0, Some(3), "nothing to test is not a success");
}
