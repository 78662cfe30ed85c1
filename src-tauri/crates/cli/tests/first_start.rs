//! The program as people meet it: an account of its own with an empty home, no session bus, no keyring, any umask; a
//! disk that is full or cannot be written, and things in the data folder that do not belong there.

use std::fs::{self, File, Permissions};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Longer than any lock is waited for, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const DEFINITION: &str = r#"{"name":"n","friendly_name":"N","description":"","category":"C","pins":[]}"#;
const OK: &str = r#"{"outputs":{},"error":null,"activate_exec":[]}"#;
const SAID: &str = "the node was here";

/// The program that is tested; where the installed ones are, their folder is named.
fn nodewb() -> PathBuf {
    match std::env::var_os("NODE_WORKBENCH_INSTALLED") {
        Some(folder) => Path::new(&folder).join("nodewb"),
        None => env!("CARGO_BIN_EXE_nodewb").into(),
    }
}

/// A core module that logs, and asks for an address where it is given one.
fn node(asks: Option<&str>) -> String {
    let escaped = |text: &str| text.replace('"', "\\\"");
    let (url, length) = (asks.unwrap_or_default(), asks.unwrap_or_default().len());
    let request = format!(
        "(drop (call $request (i32.const 0) (i32.const 256) (i32.const {length}) (i32.const 64) (i32.const 2)
            (i32.const 0) (i32.const 0)))"
    );
    format!(
        r#"(module
            (import "flowlike_log" "info" (func $info (param i32 i32)))
            (import "flowlike_http" "request" (func $request (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 4)
            (data (i32.const 16) "{SAID}")
            (data (i32.const 64) "{{}}")
            (data (i32.const 256) "{url}")
            (data (i32.const 1024) "{}")
            (data (i32.const 65536) "{}")
            (func (export "alloc") (param i32) (result i32) (i32.const 131072))
            (func (export "get_node") (result i64)
                (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {})))
            (func (export "run") (param i32 i32) (result i64)
                (call $info (i32.const 16) (i32.const {}))
                {}
                (i64.or (i64.shl (i64.const 65536) (i64.const 32)) (i64.const {}))))"#,
        escaped(DEFINITION),
        escaped(OK),
        DEFINITION.len(),
        SAID.len(),
        if asks.is_some() { request.as_str() } else { "" },
        OK.len(),
    )
}

/// A home, and beside it a checkout that cannot be written.
struct Account {
    folder: tempfile::TempDir,
    umask: &'static str,
}

impl Account {
    fn new(umask: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for inside in ["home", "checkout"] {
            fs::create_dir(folder.path().join(inside)).expect("a folder");
        }
        Self { folder, umask }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn data(&self) -> PathBuf {
        self.home().join(".local/share/node-workbench")
    }

    fn checkout(&self, text: &str) -> PathBuf {
        let (folder, file) = (self.folder.path().join("checkout"), self.folder.path().join("checkout/node.wat"));
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).expect("my folder");
        // Another file each time: what cannot be written can still be replaced.
        let fresh = folder.join("fresh");
        fs::write(&fresh, text).expect("written");
        fs::set_permissions(&fresh, Permissions::from_mode(0o444)).expect("my file");
        fs::rename(&fresh, &file).expect("renamed");
        fs::set_permissions(&folder, Permissions::from_mode(0o555)).expect("my folder");
        file
    }

    /// A line for `sh`, in which "$@" stands for the rest, as this account: nothing of the test's own environment.
    fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("umask {}; {line}", self.umask), "sh"]).env_clear();
        command.env("HOME", self.home()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("TMPDIR", self.folder.path());
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn nodewb(&self, arguments: &[&str]) -> Output {
        self.shell("exec \"$@\"").arg(nodewb()).args(arguments).output().expect("the shell starts")
    }

    fn run(&self, text: &str) -> Output {
        self.nodewb(&["run", path(&self.checkout(text))])
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // Else its owner could not remove what is inside.
        for folder in ["home", "checkout"] {
            let _ = fs::set_permissions(self.folder.path().join(folder), Permissions::from_mode(0o755));
        }
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What went well and was told with these words, in one warning.
#[track_caller]
fn ran_with_one_warning(output: &Output, words: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(SAID), "it ran: {said}");
    let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("warning")).collect();
    let [warning] = &warnings[..] else { panic!("one warning: {said}") };
    for word in words {
        assert!(warning.contains(word), "{word:?} in {warning}");
    }
}

/// The modes of everything below a folder.
fn modes(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry")) {
        let data = entry.metadata().expect("it is there");
        found.push((entry.path(), data.permissions().mode() & 0o777));
        if data.is_dir() {
            found.extend(modes(&entry.path()));
        }
    }
    found
}

/// An HTTP server that counts its requests.
fn server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let served = Arc::new(AtomicUsize::new(0));
    let count = served.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
        }
    });
    (url, served)
}

/// Types an answer at a terminal when the node asks; gives what the terminal showed.
fn answers(account: &Account, file: &Path, answer: &str) -> String {
    let line = format!("exec script -qefc '\"{}\" run \"{}\"' /dev/null", nodewb().display(), path(file));
    let mut child = account.shell(&line).env("TERM", "xterm").stdin(Stdio::piped()).spawn().expect("a terminal");
    let (mut input, mut output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let (mut shown, mut answered) = (String::new(), false);
    let mut buffer = [0; 4096];
    loop {
        let read = output.read(&mut buffer).expect("readable");
        shown.push_str(&String::from_utf8_lossy(&buffer[..read]));
        if !answered && shown.contains("allow? ") {
            answered = true;
            input.write_all(answer.as_bytes()).expect("it reads");
        }
        if read == 0 {
            break;
        }
    }
    assert!(child.wait().expect("it ends").success(), "{shown}");
    shown
}

#[test]
fn f01_a_fresh_account_loads_runs_asks_keeps_and_starts_again_with_any_umask() {
    for umask in ["077", "000", "027"] {
        let account = Account::new(umask);
        let (url, served) = server();
        let file = account.checkout(&node(Some(&url)));
        let inspected = account.nodewb(&["inspect", path(&file)]);
        assert!(inspected.status.success() && inspected.stderr.is_empty(), "umask {umask}: {}", stderr(&inspected));

        let shown = answers(&account, &file, "a\n");
        assert!(shown.contains(SAID) && served.load(Ordering::SeqCst) == 1, "umask {umask}: {shown}");
        let again = account.nodewb(&["run", path(&file), "--no-ask"]);
        assert!(again.status.success(), "umask {umask}: {}", stderr(&again));
        assert_eq!(served.load(Ordering::SeqCst), 2, "umask {umask}: the answer was kept: {}", stderr(&again));

        let kept = modes(&account.home());
        for place in [".local/share/node-workbench", ".cache/node-workbench"] {
            let own: Vec<_> = kept.iter().filter(|(path, _)| path.starts_with(account.home().join(place))).collect();
            assert!(own.len() > 1, "umask {umask}: \"{place}\" is used: {kept:?}");
            let open = own.iter().find(|(_, mode)| mode & 0o077 != 0);
            assert_eq!(open, None, "umask {umask}: others cannot read \"{place}\"");
        }
        assert!(kept.iter().any(|(path, _)| path.ends_with("grants.json")), "umask {umask}: {kept:?}");
        assert!(kept.iter().any(|(path, _)| path.extension() == Some("cwasm".as_ref())), "umask {umask}: {kept:?}");
        assert!(kept.iter().all(|(path, _)| !path.ends_with("node.wat")), "the checkout is where it was");
    }
}

#[test]
fn f02_without_a_home_or_with_one_that_cannot_be_written_everything_runs() {
    let account = Account::new("077");
    let file = account.checkout(&node(None));
    // Nobody can make folders there, not even root.
    for (variable, home, words) in [
        ("HOME", "/proc/nobody", &["/proc/nobody/.local/share/node-workbench", "NODEWB_DATA"][..]),
        ("HOME", "", &["no home folder", "NODEWB_DATA"]),
        ("NODEWB_DATA", "/proc/data", &["/proc/data", "NODEWB_DATA"]),
    ] {
        let run = |command: &str, rest: &[&str]| {
            let mut shell = account.shell("exec \"$@\"");
            shell.arg(nodewb()).args([command, path(&file)]).args(rest).env(variable, home);
            shell.output().expect("the shell starts")
        };
        ran_with_one_warning(&run("run", &[]), words);
        let inspected = run("inspect", &["--json"]);
        assert!(inspected.status.success(), "{home}: {}", stderr(&inspected));
        assert!(inspected.stdout.starts_with(b"{"), "the note goes to stderr");
    }
    if !rustix::process::geteuid().is_root() {
        fs::set_permissions(account.home(), Permissions::from_mode(0o500)).expect("my folder");
        ran_with_one_warning(&account.run(&node(None)), &["permission denied", path(&account.data())]);
    }
    let left: Vec<_> = fs::read_dir(account.folder.path()).expect("readable").filter_map(Result::ok).collect();
    assert_eq!(left.len(), 2, "no temporary folder is left behind: {left:?}");
}

/// Runs a script as root of a namespace of its own, where it may mount. Says so where the system forbids that, which in
/// CI is a failure.
fn in_namespace(account: &Account, script: &str, file: &Path) -> Option<Output> {
    let mut command = account.shell("exec unshare --user --map-root-user --mount sh -eu -c \"$@\"");
    let output = command.args([script, "sh"]).arg(nodewb()).arg(file).output().expect("the shell starts");
    if stderr(&output).starts_with("unshare:") {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{}", stderr(&output));
        eprintln!("LEFT OUT: a full disk: {}", stderr(&output));
        return None;
    }
    Some(output)
}

#[test]
fn f02_on_a_full_or_read_only_disk_everything_runs() {
    let first = "mount -t tmpfs -o size=2m none $HOME; ";
    let fill = "cat /dev/zero >$HOME/full 2>/dev/null || true; ";
    let used = "$1 run --no-ask $2 2>/dev/null >/dev/null; ";
    let cases = [
        ("full from the start", format!("{first}{fill}exec $1 run $2"), "cannot write to the data folder"),
        ("full after a run", format!("{first}{used}{fill}exec $1 run $2"), "cannot write to the data folder"),
        ("read-only", format!("{first}mount -o remount,bind,ro $HOME; exec $1 run $2"), "read-only"),
        ("read-only after a run", format!("{first}{used}mount -o remount,bind,ro $HOME; exec $1 run $2"), "read-only"),
        (
            "only the cache is full",
            format!(
                "mount -t tmpfs -o size=1m none $HOME; export NODEWB_DATA=$HOME/../data XDG_CACHE_HOME=$HOME; {used}
                 mkdir -p $NODEWB_DATA/compiled; mount -t tmpfs -o size=256k,mode=700 none $NODEWB_DATA/compiled;
                 cat /dev/zero >$NODEWB_DATA/compiled/full 2>/dev/null || true; exec $1 run $2"
            ),
            "compiled code is not kept",
        ),
    ];
    for (what, script, word) in cases {
        let account = Account::new("077");
        let file = account.checkout(&node(None));
        let Some(output) = in_namespace(&account, &script, &file) else { return };
        eprintln!("{what}");
        ran_with_one_warning(&output, &[word]);
    }
}

#[test]
fn f50_whatever_is_in_the_place_of_a_file_is_named_and_never_waited_for() {
    type Make = fn(&Path);
    let kinds: [(Make, &str); 3] = [
        (|path| assert!(Command::new("mkfifo").arg(path).status().expect("it runs").success()), "a named pipe"),
        (|path| fs::create_dir(path).expect("a folder"), "a folder"),
        (|path| drop(UnixListener::bind(path).expect("a socket")), "a socket"),
    ];
    for name in ["state.db", "state.db-wal", "record.db", "record.db-shm", "grants.json", "models.json", "storage"] {
        for (make, kind) in kinds {
            // Where a folder belongs, one is right.
            if (name, kind) == ("storage", "a folder") {
                continue;
            }
            let account = Account::new("077");
            fs::create_dir_all(account.data()).expect("a folder");
            make(&account.data().join(name));
            let began = Instant::now();
            let output = account.run(&node(None));
            assert!(began.elapsed() < PATIENCE, "{kind} as \"{name}\" is not waited for");
            let words = if name == "storage" { &[name][..] } else { &[name, kind] };
            ran_with_one_warning(&output, words);
            assert!(!stderr(&output).contains("internal error"), "{}", stderr(&output));
            assert!(account.data().join(name).symlink_metadata().is_ok(), "it stays where the user put it");
        }
    }
}

#[test]
fn f50_locks_of_other_programs_are_waited_for_in_sight_and_not_for_ever() {
    let account = Account::new("077");
    assert!(account.run(&node(None)).status.success(), "it makes its files");
    for name in ["state.db", "record.db"] {
        let file = File::options().read(true).write(true).open(account.data().join(name)).expect("it is there");
        let lock = rustix::fs::FlockOperation::NonBlockingLockExclusive;
        rustix::fs::fcntl_lock(&file, lock).expect("nobody else has it");
        let began = Instant::now();
        let output = account.run(&node(None));
        assert!(began.elapsed() < PATIENCE, "\"{name}\": {:?}", began.elapsed());
        ran_with_one_warning(&output, &[name, "locked"]);
        assert!(stderr(&output).contains("waiting for another program"), "\"{name}\": {}", stderr(&output));
    }
}

#[test]
fn f50_a_data_folder_that_others_can_write_to_is_told() {
    for (mode, words) in [(0o777, "every user"), (0o770, "its group")] {
        let account = Account::new("077");
        fs::create_dir_all(account.data()).expect("a folder");
        fs::set_permissions(account.data(), Permissions::from_mode(mode)).expect("my folder");
        ran_with_one_warning(&account.run(&node(None)), &[words, path(&account.data()), "chmod 700"]);
    }
}
