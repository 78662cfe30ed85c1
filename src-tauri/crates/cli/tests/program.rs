//! The program from the outside: exit codes, streams, and what it prints for people and scripts.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A core module that logs "hello", then does `body` and returns `result`.
fn node(definition: &str, body: &str, result: &str) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let (definition_length, result_length) = (definition.len(), result.len());
    format!(
        r#"(module
            (import "flowlike_log" "info" (func $info (param i32 i32)))
            (import "flowlike_http" "request" (func $request (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 4)
            (data (i32.const 16) "hello")
            (data (i32.const 32) "http://127.0.0.1:9/")
            (data (i32.const 64) "{{}}")
            (data (i32.const 1024) "{}")
            (data (i32.const 65536) "{}")
            (func (export "alloc") (param i32) (result i32) (i32.const 131072))
            (func (export "get_node") (result i64)
                (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {definition_length})))
            (func (export "run") (param i32 i32) (result i64)
                (call $info (i32.const 16) (i32.const 5))
                {body}
                (i64.or (i64.shl (i64.const 65536) (i64.const 32)) (i64.const {result_length}))))"#,
        escaped(definition),
        escaped(result),
    )
}

const DEFINITION: &str = r#"{"name":"n","friendly_name":"N","description":"","category":"C","pins":[
    {"name":"count","friendly_name":"Count","description":"","pin_type":"Input","data_type":"I64"}]}"#;
const ASKS: &str = "(drop (call $request (i32.const 0) (i32.const 32) (i32.const 19) (i32.const 64) (i32.const 2)
    (i32.const 0) (i32.const 0)))";
const OK: &str = r#"{"outputs":{"n":9007199254740993},"error":null,"activate_exec":["exec_out"]}"#;
const FAILED: &str = r#"{"outputs":{},"error":"it did not work"}"#;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("node.wat");
        std::fs::write(&path, text).expect("written");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nodewb"));
        command.arg("--data").arg(self.folder.path().join("data")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `nodewb COMMAND FILE REST…` on a file with this text.
    fn on(&self, command: &str, text: &str, rest: &[&str]) -> Output {
        let file = self.file(text);
        let line = [&[command, path(&file)], rest].concat();
        self.command(&line).output().expect("the program starts")
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn run(text: &str, rest: &[&str]) -> (Option<i32>, Output) {
    let output = Place::new().on("run", text, rest);
    (output.status.code(), output)
}

#[test]
fn the_result_goes_to_standard_output_and_logs_to_standard_error() {
    let (code, output) = run(&node(DEFINITION, "", OK), &["--input", "count=3"]);
    assert_eq!(code, Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("\"n\": 9007199254740993"), "64 bits stay exact: {}", stdout(&output));
    assert!(stderr(&output).contains("hello"), "{}", stderr(&output));
    assert!(!stderr(&output).contains('\u{1b}'), "no colours without a terminal");
}

#[test]
fn every_exit_code() {
    let good = node(DEFINITION, "", OK);
    assert_eq!(run(&node(DEFINITION, "", FAILED), &[]).0, Some(1), "the node reported an error");
    assert_eq!(run(&good, &["--input", "count=x"]).0, Some(2), "not a number");
    assert_eq!(run(&good, &["--node", "m"]).0, Some(2), "no such node");
    assert_eq!(run(&good, &["--allow", "nonsense:"]).0, Some(2), "no such rule");
    assert_eq!(run("(module)", &[]).0, Some(3), "no node");
    assert_eq!(run(&node(DEFINITION, "unreachable", OK), &[]).0, Some(4), "a trap");
    assert_eq!(run(&node(DEFINITION, "(loop (br 0))", OK), &["--timeout", "200ms"]).0, Some(4), "a limit");
    assert_eq!(run(&node(DEFINITION, ASKS, FAILED), &[]).0, Some(5), "denied without a terminal, and failed");
    assert_eq!(run(&node(DEFINITION, ASKS, OK), &[]).0, Some(0), "the node could do without");
}

#[test]
fn a_struct_that_its_schema_refuses_stops_the_run() {
    let definition = |schema: &str| {
        let pins = format!(
            r#"{{"name":"s","friendly_name":"S","pin_type":"Input","data_type":"Struct","schema":{schema:?}}}"#
        );
        format!(r#"{{"name":"n","friendly_name":"N","description":"","category":"C","pins":[{pins}]}}"#)
    };
    let known = node(&definition(r#"{"properties":{"a":{"type":"integer"}}}"#), "", OK);
    let (code, output) = run(&known, &["--input", r#"s={"a":"x"}"#]);
    assert_eq!(code, Some(2), "{}", stderr(&output));
    let reason = r#"input "s": at "/a": wanted an integer, found the string "x""#;
    assert!(stderr(&output).contains(reason), "{}", stderr(&output));
    assert_eq!(run(&known, &["--input", r#"s={"a":1}"#]).0, Some(0), "a value that fits");

    let unknown = node(&definition(r#"{"$schema":"https://example.com/own"}"#), "", OK);
    let (code, output) = run(&unknown, &["--input", r#"s={"a":"x"}"#]);
    assert_eq!(code, Some(0), "what cannot be used stops nothing: {}", stderr(&output));
    assert!(stderr(&output).contains("values are not checked against the \"schema\""), "{}", stderr(&output));
}

#[test]
fn json_lines_end_with_finished() {
    let (_, output) = run(&node(DEFINITION, ASKS, FAILED), &["--json", "--deny", "all", "--allow", "all"]);
    let text = stdout(&output);
    assert!(text.lines().all(|line| line.starts_with("{\"event\":\"")), "{text}");
    assert!(
        text.contains(r#""verdict":"deny","basis":"rule","asked_ms":0.0,"rule":"all""#),
        "deny beats allow: {text}"
    );
    let last = text.lines().last().expect("at least one line");
    assert!(last.contains(r#""event":"finished""#) && last.contains(r#""outcome":"denied""#), "{last}");
    assert!(last.contains(r#""denied":1"#), "{last}");
    let (code, output) = run("", &["--json"]);
    assert_eq!(code, Some(3));
    assert!(stdout(&output).contains(r#""outcome":"unloadable""#), "{}", stdout(&output));
}

#[test]
fn a_package_needs_a_node() {
    let package = r#"[{"name":"math_add"},{"name":"math_sub"}]"#;
    let (code, output) = run(&node(package, "", OK), &[]);
    assert_eq!(code, Some(2));
    assert!(stderr(&output).contains(r#"--node: "math_add", "math_sub""#), "{}", stderr(&output));
    assert_eq!(run(&node(package, "", OK), &["--node", "math_sub"]).0, Some(0));
}

#[test]
fn inspect_says_what_is_there() {
    let place = Place::new();
    let output = place.on("inspect", &node(DEFINITION, "", OK), &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for part in [r#""kind": "core""#, r#""data_type": "Integer""#, "\"could_ask\": [\n    \"http\"\n  ]"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let output = place.on("inspect", &node(r#"{"name":"a\u001b[31m"}"#, "", OK), &[]);
    assert!(!stdout(&output).contains('\u{1b}'), "guest escapes are shown, not sent: {}", stdout(&output));
    let output = place.on("inspect", "", &["--json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains(r#""code": "empty""#), "{}", stdout(&output));
}

#[test]
fn output_that_is_lost_is_no_success() {
    let place = Place::new();
    let file = place.file(&node(DEFINITION, "", OK));
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device");
    let output = place.command(&["run", path(&file)]).stdout(full).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("cannot write to standard output"), "{}", stderr(&output));
}

#[test]
fn watch_counts_fuel() {
    let place = Place::new();
    let file = place.file(&node(DEFINITION, "(loop (br 0))", OK));
    let mut running = Running::start(place.command(&["watch", path(&file), "--run", "--fuel", "1000000"]));
    running.until("fuel");
    assert_eq!(running.interrupt(), Some(130));
}

#[test]
fn watch_takes_no_inputs_from_standard_input() {
    let output = Place::new().on("watch", &node(DEFINITION, "", OK), &["--run", "--inputs", "-"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("standard input ends after the first run"), "{}", stderr(&output));
}

/// Ends the program with the test.
struct Running {
    child: Child,
    errors: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let errors = BufReader::new(child.stderr.take().expect("piped"));
        Self { child, errors }
    }

    /// Reads standard error up to a line with this text; gives what was read.
    fn until(&mut self, text: &str) -> String {
        let mut all = String::new();
        loop {
            let before = all.len();
            let read = self.errors.read_line(&mut all).expect("readable");
            assert!(read > 0, "the program ended before it said {text:?}: {all}");
            if all.get(before..).is_some_and(|line| line.contains(text)) {
                return all;
            }
        }
    }

    fn interrupt(&mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("still running");
        let code = self.child.wait().expect("it ends").code();
        let mut rest = String::new();
        self.errors.read_to_string(&mut rest).expect("readable");
        code
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_interrupt_cancels_the_run() {
    let place = Place::new();
    let file = place.file(&node(DEFINITION, "(loop (br 0))", OK));
    let mut running = Running::start(place.command(&["run", path(&file)]));
    running.until("hello");
    assert_eq!(running.interrupt(), Some(130));
}

#[test]
fn watch_tells_what_changed_and_runs_again() {
    let place = Place::new();
    let file = place.file(&node(DEFINITION, "", OK));
    let mut running = Running::start(place.command(&["watch", path(&file), "--run"]));
    running.until("hello");
    let changed = DEFINITION.replace("\"I64\"", "\"String\"");
    place.file(&node(&changed, "", OK));
    let said = running.until("hello");
    assert!(said.contains("breaking: input pin \"count\": Integer is now String"), "{said}");
    place.file("(module)");
    let said = running.until("the last good build is kept");
    assert!(said.contains("broken"), "{said}");
    assert_eq!(running.interrupt(), Some(130));
}

#[test]
fn watch_builds_what_the_folder_names() {
    let place = Place::new();
    let project = place.folder.path().join("project");
    let write = |path: &str, text: &str| {
        let path = project.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("written");
    };
    write("parts/one.txt", &node(DEFINITION, "", OK));
    write("parts/two.txt", &node(&DEFINITION.replace("\"I64\"", "\"String\""), "", OK));
    write("which", "one");
    let command = "echo taking $(cat which) && mkdir -p build && cp parts/$(cat which).txt build/node.wat";
    let fields = "manifest_version = 1\nid = \"i\"\nname = \"n\"\nversion = \"1\"\nwasm_path = \"build/node.wat\"";
    write("flow-like.toml", &format!("{fields}\n[workbench]\nbuild = \"{command}\"\nwatch = [\"which\"]\n"));

    let mut running = Running::start(place.command(&["watch", path(&project), "--build"]));
    let said = running.until("loaded");
    assert!(said.contains("building") && said.contains("taking one") && said.contains("built"), "{said}");
    write("which", "two");
    let said = running.until("breaking: input pin \"count\": Integer is now String");
    assert!(said.contains("taking two"), "{said}");
    write("which", "none");
    let said = running.until("build failed (exit code 1)");
    assert!(said.contains("taking none") && !said.contains("is gone"), "the last good build stays: {said}");
    assert_eq!(running.interrupt(), Some(130));

    let without = Place::new();
    let mut running = Running::start(without.command(&["watch", path(without.folder.path()), "--build"]));
    running.until("names no build command");
    assert_eq!(running.interrupt(), Some(130));
}

#[test]
fn f36_watch_names_the_first_error_where_it_is_in_sight() {
    let place = Place::new();
    let project = place.folder.path().join("project");
    std::fs::create_dir_all(project.join("src")).expect("folders");
    std::fs::write(project.join("src/a b.c"), "").expect("written");
    let says = "src/a b.c:3:5: warning: odd\nsrc/a b.c:4:7: error: first \u{202e}\nb.c:1: error: second\n";
    std::fs::write(project.join("says"), format!("{says}{}", "noise\n".repeat(500))).expect("written");
    let manifest = "manifest_version = 1\n[workbench]\nbuild = \"cat says; exit 3\"\nwatch = [\"src\"]\n";
    std::fs::write(project.join("flow-like.toml"), manifest).expect("written");
    let mut running = Running::start(place.command(&["watch", path(&project), "--build", "--json"]));
    running.until("build failed (exit code 3)");
    let said = running.until("error:");
    let expected = "  src/a b.c:4:7: error: first \\u{202e} (and 1 more error, 1 more warning)\n";
    assert_eq!(said, expected, "the line after the end");
    let mut lines = BufReader::new(running.child.stdout.take().expect("piped"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("readable");
    let event: serde_json::Value = serde_json::from_str(&line).expect("one object a line");
    assert_eq!((&event["event"], &event["outcome"], &event["errors"]), (&"build".into(), &"failed".into(), &2.into()));
    assert_eq!(event["problems"][1]["place"], "src/a b.c:4:7");
    let file = project.canonicalize().expect("there").join("src/a b.c");
    assert_eq!(event["problems"][1]["path"], path(&file));
    assert_eq!(running.interrupt(), Some(130));
}

#[test]
fn a_new_node_is_built_and_run_at_each_save() {
    let place = Place::new();
    let project = place.folder.path().join("count");
    let line = ["new", "--language", "assemblyscript", "--name", "Count", "--pin", "n:in:integer=1"];
    let more = ["--folder", path(&project), "--watch"];
    let mut running = Running::start(place.command(&[&line[..], &more].concat()));
    let said = running.until("fired exec_out");
    assert!(said.contains("built") && said.contains("loaded") && said.contains("n: 1"), "{said}");
    let source = project.join("assembly/node.ts");
    let text = std::fs::read_to_string(&source).expect("a source");
    std::fs::write(&source, text.replace("\"n: \"", "\"now \"")).expect("saved");
    let said = running.until("fired exec_out");
    assert!(said.contains("now 1"), "{said}");
    assert_eq!(running.interrupt(), Some(130));
}

#[test]
fn f03_too_little_address_space_is_no_trap_of_the_node() {
    let place = Place::new();
    let file = place.file(&node(DEFINITION, "", OK));
    for (command, limit) in [("inspect", 1_000_000), ("run", 2_000_000), ("run", 4_000_000)] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -v {limit} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_nodewb")]);
        shell.arg("--data").arg(place.folder.path().join("data")).arg(command).arg(&file);
        let output = shell.output().expect("the shell starts");
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("ulimit -v unlimited") && !said.contains("trap"), "{command}, {limit} KiB: {said}");
    }
}
