//! `nodewb new` and `nodewb doctor` from the outside.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn nodewb(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodewb"));
    command.arg("--data").arg(folder.join("data")).args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_project_is_written_built_and_looked_at() {
    let place = tempfile::tempdir().expect("a folder");
    let line = ["new", "--language", "assemblyscript", "--name", "Word Count", "--json"];
    let pins = ["--pin", "text:in:string=a \"b\"", "--pin", "words:out:integer=7", "--permission", "streaming"];
    let output = nodewb(place.path(), &[&line[..], &pins].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_str(&stdout(&output)).expect("one JSON object");
    assert_eq!((&answer["built"], &answer["error"]), (&true.into(), &Value::Null));
    assert_eq!(answer["doctor"]["ready"], true);
    let node = &answer["inspection"]["nodes"][0];
    assert_eq!((node["name"].as_str(), node["friendly_name"].as_str()), (Some("word_count"), Some("Word Count")));
    let pins: Vec<_> = node["pins"].as_array().expect("pins").iter().map(|pin| pin["name"].as_str()).collect();
    assert_eq!(pins, [Some("exec"), Some("exec_out"), Some("text"), Some("words")]);
    assert_eq!(answer["inspection"]["problems"], Value::Array(Vec::new()));

    let run = nodewb(place.path(), &["run", "word-count", "--json"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let last: Value = serde_json::from_str(stdout(&run).lines().last().unwrap_or_default()).expect("a line of JSON");
    assert_eq!((&last["outputs"]["words"], &last["fired"][0]), (&7.into(), &"exec_out".into()));
}

#[test]
fn what_is_missing_or_wrong_is_named_by_its_option() {
    let place = tempfile::tempdir().expect("a folder");
    let fails = |line: &[&str], wanted: &str| {
        let output = nodewb(place.path(), &[&["new"], line].concat());
        assert_eq!(output.status.code(), Some(2), "{line:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(wanted), "{line:?}: {}", stderr(&output));
    };
    fails(&["--name", "A"], "--language is missing");
    fails(&["--language", "rust"], "--name is missing");
    fails(&["--language", "cobol", "--name", "A"], "is not a known language");
    fails(&["--language", "rust", "--name", "A", "--pin", "x"], "name:direction:type");
    fails(&["--language", "rust", "--name", "A", "--pin", "x:in:integer=1.5"], "--pin x: 1.5 is not an integer");
    fails(&["--language", "rust", "--name", "A", "--permission", "net"], "--permission net: ");
    fails(&["--language", "rust", "--name", " "], "--name: ");
    std::fs::create_dir(place.path().join("full")).expect("made");
    std::fs::write(place.path().join("full/file"), "x").expect("written");
    fails(&["--language", "rust", "--name", "A", "--folder", "full"], "--folder: ");
    assert_eq!(std::fs::read_dir(place.path().join("full")).expect("listed").count(), 1, "nothing is written there");
}

#[test]
fn files_alone_are_written_where_that_is_asked_for() {
    let place = tempfile::tempdir().expect("a folder");
    let line = ["new", "--language", "rust", "--name", "A \"b\"", "--pin", "go:in:exec", "--no-build"];
    let output = nodewb(place.path(), &line);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("next:") && stdout(&output).contains("cd a-b && cargo build"),
        "{}",
        stdout(&output)
    );
    let source = std::fs::read_to_string(place.path().join("a-b/src/lib.rs")).expect("a source");
    assert!(
        source.contains("\"A \\\"b\\\"\"") && source.contains("\"go\"") && !source.contains("exec_out"),
        "{source}"
    );
}

#[test]
fn a_build_that_cannot_work_says_what_is_missing() {
    let place = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nodewb"));
    command.arg("--data").arg(place.path().join("data")).current_dir(place.path()).env("PATH", place.path());
    let output = command.args(["new", "--language", "zig", "--name", "A"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("missing zig") && stderr(&output).contains("ziglang"), "{}", stderr(&output));
    assert!(place.path().join("a/src/node.zig").exists(), "the project is there all the same");
}

#[test]
fn the_doctor_looks_at_each_language() {
    let place = tempfile::tempdir().expect("a folder");
    let output = nodewb(place.path(), &["doctor", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let reports: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(reports.as_array().map(Vec::len), Some(15));
    let one = nodewb(place.path(), &["doctor", "rust"]);
    assert_eq!(one.status.code(), Some(0), "the suite itself is built with cargo: {}", stdout(&one));
    assert!(stdout(&one).contains("found cargo"), "{}", stdout(&one));
    let mut nothing = Command::new(env!("CARGO_BIN_EXE_nodewb"));
    let output = nothing.args(["doctor", "go"]).env("PATH", place.path()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(3), "{}", stdout(&output));
    assert!(stdout(&output).contains("apt-get install golang-go"), "{}", stdout(&output));
}
