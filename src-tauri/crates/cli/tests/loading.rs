//! Watching and loading from the outside: signals, pipes, manifests that break.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const NODE: &str = r#"(module (memory (export "memory") 1)
    (data (i32.const 1024) "{\22name\22:\22n\22,\22friendly_name\22:\22n\22,\22description\22:\22\22,\22category\22:\22c\22}")
    (func (export "alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "get_node") (result i64) (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const 64)))
    (func (export "run") (param i32 i32) (result i64) (i64.const 0)))"#;
const MANIFEST: &str = "manifest_version = 1\nid = 'i'\nname = 'n'\nversion = '1'\nwasm_path = 'a.wat'\n";
/// Only a failing test waits as long.
const PATIENCE: Duration = Duration::from_secs(60);

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder") };
        files.iter().for_each(|(name, text)| drop(place.write(name, text)));
        place
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join("p").join(name);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
        std::fs::write(&path, text).expect("written");
        path
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("p")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nodewb"));
        command.arg("--data").arg(self.folder.path().join("data")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Waits for a line that holds the text.
fn line(lines: &mut BufReader<ChildStderr>, part: &str) -> String {
    let mut seen = String::new();
    loop {
        let mut text = String::new();
        assert!(lines.read_line(&mut text).expect("text") > 0, "it ended before {part:?}: {seen}");
        if text.contains(part) {
            return text;
        }
        seen.push_str(&text);
    }
}

fn watch(place: &Place, arguments: &[&str]) -> (Child, BufReader<ChildStderr>) {
    let mut command = place.command(&["watch"]);
    let mut child = command.arg(place.path()).args(arguments).spawn().expect("it starts");
    let lines = BufReader::new(child.stderr.take().expect("piped"));
    (child, lines)
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed()).expect("a process")
}

/// Ends it with one signal and says how long that took.
fn end(mut child: Child, signal: Signal) -> (ExitStatus, Duration) {
    let began = Instant::now();
    kill_process(pid(&child), signal).expect("it runs");
    loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            return (status, began.elapsed());
        }
        if began.elapsed() > PATIENCE {
            child.kill().expect("it runs");
            panic!("one signal did not end it");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A busy machine adds to the second that a user may wait.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn f45_one_signal_ends_a_flooding_build_whose_output_nobody_reads() {
    let manifest = format!("{MANIFEST}[workbench]\nbuild = 'echo $$ > pid; yes'\n");
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let place = Place::new(&[("flow-like.toml", &manifest), ("a.wat", NODE)]);
        let (child, mut lines) = watch(&place, &["--build"]);
        line(&mut lines, "building");
        let build = place.path().join("pid");
        wait_for(|| std::fs::metadata(&build).is_ok_and(|file| file.len() > 0));
        // Nothing is read from here on: the pipe is full at once.
        let (status, took) = end(child, signal);
        assert_eq!(status.code(), Some(130), "{signal:?}");
        assert!(took < SOON, "{signal:?} took {took:?}");
        let build: i32 = std::fs::read_to_string(&build).expect("a file").trim().parse().expect("a number");
        let build = Pid::from_raw(build).expect("a process");
        wait_for(|| test_kill_process(build).is_err() || is_zombie(build));
        drop(lines);
    }
}

#[test]
fn f45_one_signal_ends_a_flooding_build_whose_output_is_a_file() {
    let manifest = format!("{MANIFEST}[workbench]\nbuild = 'yes'\n");
    let place = Place::new(&[("flow-like.toml", &manifest), ("a.wat", NODE)]);
    let output = place.folder.path().join("output");
    let mut command = place.command(&["watch", "--build"]);
    let file = std::fs::File::create(&output).expect("a file");
    let child = command.arg(place.path()).stderr(file).spawn().expect("it starts");
    wait_for(|| std::fs::metadata(&output).is_ok_and(|file| file.len() > 100_000));
    let (status, took) = end(child, Signal::INT);
    assert_eq!(status.code(), Some(130));
    assert!(took < SOON, "{took:?}");
}

#[test]
fn f45_one_signal_ends_a_run_whose_output_nobody_reads() {
    let flood =
        NODE.replace("(module ", r#"(module (import "flowlike_log" "info" (func $log (param i32 i32)))"#).replace(
            "(result i64) (i64.const 0)",
            "(result i64) (loop $l (call $log (i32.const 1024) (i32.const 64)) (br $l)) (i64.const 0)",
        );
    let place = Place::new(&[("a.wat", &flood)]);
    let mut command = place.command(&["run", "--json", "--timeout", "10m"]);
    let mut child = command.arg(place.path().join("a.wat")).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    assert!(out.read_line(&mut String::new()).expect("a line") > 0, "it runs");
    // Nothing is read from here on.
    let (status, took) = end(child, Signal::INT);
    assert_eq!(status.code(), Some(130));
    assert!(took < SOON, "{took:?}");
}

fn wait_for(done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "waited too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_zombie(process: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
}

#[test]
fn f17_a_broken_manifest_drops_no_node() {
    let place = Place::new(&[("flow-like.toml", MANIFEST), ("a.wat", NODE), ("b.wat", NODE)]);
    let (child, mut lines) = watch(&place, &[]);
    line(&mut lines, "loaded");
    let renamed =
        NODE.replace("\\22n\\22,\\22friendly_name\\22:\\22n\\22", "\\22n\\22,\\22friendly_name\\22:\\22m\\22");
    for (at, broken) in [
        (0, format!("{MANIFEST}memory = \n").into_bytes()),
        (1, b"\xff\xfem\0a\0".to_vec()),
        (2, MANIFEST.replace("a.wat", "gone.wat").into_bytes()),
    ] {
        place.write("flow-like.toml", broken);
        let problem = line(&mut lines, if at == 2 { "missing-wasm-path" } else { "manifest-kept" });
        assert!(at != 0 || problem.contains("line 6, column 10"), "{problem}");
        // The node is saved, and loaded all the same.
        place.write("a.wat", if at % 2 == 0 { renamed.as_str() } else { NODE });
        assert!(line(&mut lines, "friendly").contains("friendly"), "the change of the definition is told");
    }
    std::fs::remove_file(place.path().join("flow-like.toml")).expect("it is there");
    line(&mut lines, "the manifest is gone");
    place.write("flow-like.toml", MANIFEST.replace("name = 'n'", "name = ''"));
    line(&mut lines, "\"name\" is missing or empty");
    let (status, _) = end(child, Signal::INT);
    assert_eq!(status.code(), Some(130));
}

#[test]
fn f25_a_node_comes_from_a_pipe() {
    let place = Place::new(&[("a.wat", NODE)]);
    for name in ["-", "/dev/stdin"] {
        let mut child = place.command(&["inspect", name]).stdin(Stdio::piped()).spawn().expect("it starts");
        child.stdin.take().expect("piped").write_all(NODE.as_bytes()).expect("read");
        let output = child.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("core,"), "{name}: {output:?}");
    }
    let pipe = place.path().join("pipe.wat");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::from(0o600), 0)
        .expect("a pipe");
    let child = place.command(&["inspect"]).arg(&pipe).spawn().expect("it starts");
    std::fs::write(&pipe, NODE).expect("read once");
    assert!(child.wait_with_output().expect("it ends").status.success(), "a named pipe is read");
    for arguments in
        [&["run", "-"][..], &["run", pipe.to_str().expect("text")], &["watch", pipe.to_str().expect("text")]]
    {
        let output = place.command(arguments).output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("file"), "{arguments:?}: {said}");
    }
}

#[test]
fn f25_a_mark_before_the_inputs_is_no_input() {
    let pins = NODE.replace(
        "\\22category\\22:\\22c\\22}\")",
        "\\22category\\22:\\22c\\22,\\22pins\\22:[{\\22name\\22:\\22t\\22,\\22pin_type\\22:\\22Input\\22,\\22data_type\\22:\\22String\\22}]}\")",
    );
    let place = Place::new(&[("a.wat", &pins.replace("(i64.const 64)", "(i64.const 126)"))]);
    let inputs = place.write("inputs.json", "\u{feff}{\"t\":\"x\"}");
    let mut command = place.command(&["run", "--no-ask", "--inputs"]);
    let output = command.arg(&inputs).arg(place.path().join("a.wat")).output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("is not a JSON object"), "{said}");
    assert_ne!(output.status.code(), Some(2), "{said}");
}
