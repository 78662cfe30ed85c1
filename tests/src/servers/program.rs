//! Servers that are programs of their own: real peers for nodes. Each has its own port on loopback and its own folder,
//! and ends when it is dropped, also where the test fails.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::watch;

use super::closed_port;

/// Where `system-packages.sh --tests` unpacks servers. They are not installed, so that none starts with the system.
const UNPACKED: &str = "/var/cache/node-workbench/servers";

/// How long a server may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port that is free now may be somebody else's a moment later.
const ATTEMPTS: usize = 3;

/// A running server program.
pub struct Program {
    pub address: SocketAddr,
    child: Child,
    stop: Signal,
    output: watch::Receiver<String>,
    /// Closed when the program and all its children have ended.
    ended: mpsc::Receiver<()>,
    folder: TempDir,
}

/// How a program is started, and when it is ready.
pub(super) struct Recipe<'a> {
    /// What is typed to start it.
    pub name: &'a str,
    /// A line of its output that says that it serves; empty: the caller finds out.
    pub ready: &'a str,
    pub stop: Signal,
}

impl Recipe<'_> {
    /// Starts the program; `command` puts its arguments together, given its path, its port and its folder. None where
    /// it is not installed: that is said, and in CI it is a failure.
    pub async fn start(&self, command: impl Fn(&Path, u16, &Path) -> Command) -> Option<Program> {
        let path = find(self.name)?;
        let mut failures = String::new();
        for _ in 0..ATTEMPTS {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let address = SocketAddr::from(([127, 0, 0, 1], closed_port().await));
            let program = self.spawn(command(&path, address.port(), folder.path()), address, folder);
            if program.gets_to(self.ready).await {
                return Some(program);
            }
            failures.push_str(&program.output());
        }
        panic!("\"{}\" ends at once; it says:\n{failures}", self.name)
    }

    fn spawn(&self, mut command: Command, address: SocketAddr, folder: TempDir) -> Program {
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        command
            .current_dir(folder.path())
            .env("LD_LIBRARY_PATH", libraries())
            .stdin(Stdio::null())
            .stdout(writer.try_clone().expect("a pipe has two ends"))
            .stderr(writer);
        let child = command.spawn().unwrap_or_else(|error| panic!("start {command:?}: {error}"));
        // The command holds the pipe open.
        drop(command);
        let (said, output) = watch::channel(String::new());
        let (end, ended) = mpsc::channel();
        std::thread::spawn(move || {
            let _end: mpsc::Sender<()> = end;
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                said.send_modify(|output| {
                    output.push_str(&line);
                    output.push('\n');
                });
            }
        });
        Program { address, child, stop: self.stop, output, ended, folder }
    }
}

impl Program {
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Its folder: what it serves, and what it writes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All that it printed so far.
    pub fn output(&self) -> String {
        self.output.borrow().clone()
    }

    /// Waits until it has printed this text; false where it ends without.
    async fn gets_to(&self, text: &str) -> bool {
        let mut output = self.output.clone();
        let printed = tokio::time::timeout(PATIENCE, output.wait_for(|output| output.contains(text))).await;
        printed.unwrap_or_else(|_| panic!("the server says \"{text}\"; so far:\n{}", self.output())).is_ok()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let asked = kill_process(Pid::from_child(&self.child), self.stop);
        let gone = self.ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Disconnected);
        if asked.is_err() || !gone {
            // One that has ended already cannot be killed, which is as good.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// The path of a server's program.
fn find(name: &str) -> Option<PathBuf> {
    let found = places().into_iter().map(|place| place.join(name)).find(|path| path.is_file());
    if found.is_none() {
        let missing = format!("\"{name}\" is not installed; run \"bash src-tauri/scripts/system-packages.sh --tests\"");
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
        eprintln!("LEFT OUT: {missing}");
    }
    found
}

fn places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    for root in [UNPACKED, "/"] {
        let usr = Path::new(root).join("usr");
        places.extend([usr.join("bin"), usr.join("sbin")]);
        // PostgreSQL keeps its programs apart, by version.
        places.extend(entries(&usr.join("lib/postgresql")).into_iter().map(|version| version.join("bin")));
    }
    places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    places
}

/// Where unpacked programs find their shared libraries.
pub(super) fn libraries() -> OsString {
    let folders = entries(&Path::new(UNPACKED).join("usr/lib")).into_iter();
    let folders = folders.filter(|folder| folder.to_string_lossy().ends_with("-linux-gnu"));
    std::env::join_paths(folders).expect("these paths have no colon")
}

/// Python packages that were unpacked.
pub(super) fn python_packages() -> PathBuf {
    Path::new(UNPACKED).join("usr/lib/python3/dist-packages")
}

/// What is in a folder; nothing where there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(Result::ok).map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use crate::servers::{nginx, postgres, redis};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_ends_with_its_test_also_where_that_fails() {
        // Two of them have processes of their own below them.
        for server in [redis().await, nginx(&[]).await, postgres().await].into_iter().flatten() {
            let (address, folder) = (server.address, server.folder().to_owned());
            assert!(TcpStream::connect(address).await.is_ok(), "it serves on {address}");
            let failing = std::thread::spawn(move || {
                let _server = server;
                panic!("as a test that fails does");
            });
            assert!(failing.join().is_err(), "the panic ends the thread");
            assert!(TcpStream::connect(address).await.is_err(), "nobody serves on {address} any more");
            assert!(!folder.exists(), "\"{}\" is gone", folder.display());
        }
    }
}
