//! Questions at a real terminal: nothing that a node, a peer or a build makes comes near an open one, and what was typed
//! before it could be read does not answer it.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use support::{nodes, servers};
use tokio::sync::watch;

const IMITATION: &str = "Type a and press Enter to keep these settings";

/// `nodewb` with a terminal of its own.
struct Terminal {
    child: Child,
    keys: File,
    shown: Receiver<Vec<u8>>,
    text: String,
    _data: tempfile::TempDir,
}

impl Terminal {
    fn start(arguments: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).expect("a size");
        let name = ptsname(&master, Vec::new()).expect("a name");
        let slave = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("the other side");
        let data = tempfile::tempdir().expect("a folder");

        // It makes standard input the controlling terminal.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(env!("CARGO_BIN_EXE_nodewb")).arg("--data").arg(data.path()).args(arguments);
        command
            .env("NO_COLOR", "1")
            .stdin(slave.try_clone().expect("a copy"))
            .stdout(slave.try_clone().expect("a copy"));
        let child = command.stderr(Stdio::from(slave)).spawn().expect("the program starts");

        let keys = File::from(master);
        let mut screen = keys.try_clone().expect("a copy");
        let (sender, shown) = mpsc::channel();
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            // The last one to close the other side ends this.
            while let Ok(count @ 1..) = screen.read(&mut part) {
                if sender.send(part[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keys, shown, text: String::new(), _data: data }
    }

    fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Waits until the text appears after what was seen already; gives all up to it.
    fn until(&mut self, wanted: &str) -> String {
        loop {
            if let Some(at) = self.text.find(wanted) {
                let rest = self.text.split_off(at + wanted.len());
                return std::mem::replace(&mut self.text, rest);
            }
            match self.shown.recv_timeout(Duration::from_secs(120)) {
                Ok(part) => self.text.push_str(&String::from_utf8_lossy(&part)),
                Err(_) => panic!("no {wanted:?} in: {}", self.text),
            }
        }
    }

    /// Everything that comes until the program is gone, and its exit code.
    fn end(mut self) -> (String, Option<i32>) {
        while let Ok(part) = self.shown.recv_timeout(Duration::from_secs(120)) {
            self.text.push_str(&String::from_utf8_lossy(&part));
        }
        let code = self.child.wait().expect("it ends").code();
        (std::mem::take(&mut self.text), code)
    }

    /// Lets the program look at the terminal a few times; gives what was shown meanwhile.
    fn a_while(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..20 {
            self.type_in("what?\n");
            text.push_str(&self.until("stop the run\r\nallow? "));
        }
        text
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Only the prompt and its help.
fn assert_quiet(text: &str) {
    assert!(!text.contains(IMITATION) && !text.contains("info ") && !text.contains("net "), "{text}");
}

/// A core module that logs the imitation, opens so many WebSockets to a port, and asks for two HTTP requests.
fn core(folder: &Path, sockets: u32, port: u16) -> PathBuf {
    let definition = r#"{\"name\":\"n\",\"friendly_name\":\"N\",\"description\":\"\",\"category\":\"C\",\"pins\":[]}"#;
    let result = r#"{\"outputs\":{},\"error\":null,\"activate_exec\":[]}"#;
    let length = |text: &str| text.replace('\\', "").len();
    let url = format!("ws://127.0.0.1:{port}/");
    let text = format!(
        r#"(module
            (import "flowlike_log" "info" (func $info (param i32 i32)))
            (import "flowlike_http" "request" (func $request (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (import "flowlike_ws" "connect" (func $connect (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 4)
            (data (i32.const 16) "{IMITATION}")
            (data (i32.const 128) "http://127.0.0.1:9/")
            (data (i32.const 160) "http://127.0.0.1:7/")
            (data (i32.const 192) "{{}}")
            (data (i32.const 256) "{url}")
            (data (i32.const 1024) "{definition}")
            (data (i32.const 65536) "{result}")
            (func (export "alloc") (param i32) (result i32) (i32.const 131072))
            (func (export "get_node") (result i64)
                (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {definition_length})))
            (func $ask (param i32)
                (drop (call $request (i32.const 0) (local.get 0) (i32.const 19) (i32.const 192) (i32.const 2)
                    (i32.const 0) (i32.const 0))))
            (func (export "run") (param i32 i32) (result i64)
                (local $count i32)
                (call $info (i32.const 16) (i32.const {imitation_length}))
                (block $done (loop $more
                    (br_if $done (i32.eq (local.get $count) (i32.const {sockets})))
                    (drop (call $connect (i32.const 256) (i32.const {url_length}) (i32.const 192) (i32.const 2)))
                    (local.set $count (i32.add (local.get $count) (i32.const 1)))
                    (br $more)))
                (call $ask (i32.const 128))
                (call $ask (i32.const 160))
                (i64.or (i64.shl (i64.const 65536) (i64.const 32)) (i64.const {result_length}))))"#,
        definition_length = length(definition),
        result_length = length(result),
        imitation_length = IMITATION.len(),
        url_length = url.len(),
    );
    let path = folder.join("node.wat");
    fs::write(&path, text).expect("written");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn f42_a_node_that_goes_on_is_held_while_a_question_is_open() {
    const LINES: usize = 20_000;
    let node = nodes::rust("net");
    let (lines, line) = (format!("lines={LINES}"), format!("line={IMITATION}"));
    let inputs = ["-i", "authority=127.0.0.1:9", "-i", &line, "-i", &lines];
    let mut terminal = Terminal::start(&[&["run", text(&node), "--node", "wasi_http_meanwhile"][..], &inputs].concat());
    terminal.until("wants to send an HTTP request");
    let question = terminal.until("allow? ");
    assert_quiet(&question);
    let meanwhile = terminal.a_while();
    assert_quiet(&meanwhile);
    terminal.type_in("d\n");
    let (rest, code) = terminal.end();
    let logged: Vec<&str> = rest.lines().filter(|line| line.contains(IMITATION)).collect();
    assert!(
        logged.len() <= LINES && logged.last().is_some_and(|line| line.contains(&(LINES - 1).to_string())),
        "{code:?}"
    );
    assert!(logged.iter().all(|line| line.starts_with("info ")), "each line says whose it is");
    assert!(rest.contains("answered (once)") && code == Some(0), "{code:?}");
}

#[test]
fn f42_nothing_that_was_held_is_lost() {
    let node = nodes::rust("net");
    let inputs = ["-i", "authority=127.0.0.1:9", "-i", "line=x", "-i", "lines=20000"];
    let mut terminal = Terminal::start(&[&["run", text(&node), "--node", "wasi_http_meanwhile"][..], &inputs].concat());
    let mut all = terminal.until("allow? ");
    terminal.type_in("d\n");
    let (rest, _) = terminal.end();
    all.push_str(&rest);
    let numbers: Vec<usize> = all
        .lines()
        .filter_map(|line| line.rsplit("\u{1b}[K").next()?.strip_prefix("info  ")?.strip_suffix(" x")?.parse().ok())
        .collect();
    assert_eq!(numbers, (0..20_000).collect::<Vec<_>>(), "every line, in order");
}

#[test]
fn f42_what_was_typed_before_a_question_does_not_answer_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = core(folder.path(), 0, 9);
    let mut terminal = Terminal::start(&["run", text(&node)]);
    // Long before, and more than one line.
    terminal.type_in("a\na\na\na\n");
    terminal.until("127.0.0.1:9/");
    terminal.until("allow? ");
    // An answer, and answers to what is not asked yet.
    terminal.type_in("o\na\na\n");
    terminal.until("127.0.0.1:7/");
    terminal.until("allow? ");
    terminal.type_in("d\n");
    let (rest, code) = terminal.end();
    assert!(rest.contains("denied") && rest.contains("answered (once)") && code == Some(0), "{rest}");
    let kept = fs::read_to_string(terminal_data(&folder)).unwrap_or_default();
    assert!(!kept.contains("127.0.0.1"), "no answer was remembered: {kept}");
}

/// Where a forged answer would have been kept.
fn terminal_data(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("grants.json")
}

#[test]
fn f42_an_answer_counts_only_once_the_question_could_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = core(folder.path(), 0, 9);
    // A test that is held up between the two may come too late; it then tries again.
    for _ in 0..20 {
        let mut terminal = Terminal::start(&["run", text(&node)]);
        terminal.until("permission:");
        let seen = Instant::now();
        terminal.type_in("a\n");
        let in_time = seen.elapsed() < Duration::from_millis(100);
        terminal.until("allow? ");
        terminal.type_in("d\n");
        terminal.until("allow? ");
        terminal.type_in("d\n");
        let (rest, _) = terminal.end();
        if in_time {
            assert!(!rest.contains("answered (always)"), "{rest}");
            return;
        }
    }
    panic!("the machine is too slow to type within 100 ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn f42_peers_are_held_while_a_question_is_open() {
    let (close, when) = watch::channel(false);
    let server = servers::websocket_closing(IMITATION, when).await;
    let folder = tempfile::tempdir().expect("a folder");
    let node = core(folder.path(), 16, server.port());
    let mut terminal = Terminal::start(&["run", text(&node), "--allow", "websocket:*"]);
    terminal.until("127.0.0.1:9/");
    terminal.until("allow? ");
    close.send_replace(true);
    server.wait(16, 16).await;
    assert_quiet(&terminal.a_while());
    terminal.type_in("d\n");
    let between = terminal.until("127.0.0.1:7/");
    assert_eq!(between.matches(IMITATION).count(), 16, "all of it comes after the answer: {between}");
    assert!(between.lines().filter(|line| line.contains(IMITATION)).all(|line| line.starts_with("net ")), "{between}");
    terminal.until("allow? ");
    terminal.type_in("x\n");
    terminal.end();
}

#[test]
fn f42_build_output_is_held_while_a_question_is_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("project");
    fs::create_dir_all(project.join("build")).expect("made");
    fs::write(project.join("source"), "0").expect("written");
    // There already, so that it is loaded and run once.
    core(&project.join("build"), 0, 9);
    let ran = project.join("ran");
    mknodat(CWD, &ran, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a pipe");
    // The second build fails, so the run goes on; it says when it has printed everything.
    let command =
        format!("if [ $(cat source) = 0 ]; then true; else yes '{IMITATION}' | head -n 5000; echo > ran; exit 1; fi");
    let fields = "manifest_version = 1\nid = \"i\"\nname = \"n\"\nversion = \"1\"\nwasm_path = \"build/node.wat\"";
    let manifest = format!("{fields}\n[workbench]\nbuild = \"\"\"{command}\"\"\"\nwatch = [\"source\"]\n");
    fs::write(project.join("flow-like.toml"), manifest).expect("written");

    let mut terminal = Terminal::start(&["watch", text(&project), "--build", "--run"]);
    terminal.until("127.0.0.1:9/");
    terminal.until("allow? ");
    fs::write(project.join("source"), "1").expect("saved");
    fs::read_to_string(&ran).expect("the build says that it has run");
    assert_quiet(&terminal.a_while());
    terminal.type_in("d\n");
    // The build's end is told between the questions or after them.
    let mut after = terminal.until("127.0.0.1:7/");
    after.push_str(&terminal.until("allow? "));
    terminal.type_in("d\n");
    if !after.contains("build failed") {
        after.push_str(&terminal.until("build failed"));
    }
    assert!(after.contains(&format!("\r\n{IMITATION}\r\n")), "what the build printed comes after the answers");
}

#[test]
fn f42_a_program_that_was_stopped_asks_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = core(folder.path(), 0, 9);
    let mut terminal = Terminal::start(&["run", text(&node)]);
    terminal.until("127.0.0.1:9/");
    terminal.until("allow? ");
    terminal.type_in("a");
    kill_process(Pid::from_child(&terminal.child), Signal::CONT).expect("running");
    // Half an answer from before is none.
    terminal.until("127.0.0.1:9/");
    terminal.until("allow? ");
    // Two lines at once; the second one is the answer.
    terminal.type_in("what?\nd\n");
    terminal.until("127.0.0.1:7/");
    terminal.until("allow? ");
    // The end of input denies this one.
    terminal.type_in("\u{4}");
    let (rest, code) = terminal.end();
    assert!(rest.contains("nobody could be asked") && code == Some(0), "{rest}");
}
