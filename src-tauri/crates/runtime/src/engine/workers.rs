//! The workers of this process: started when they are needed, kept while they are of use, killed when what they
//! compile is no longer wanted or takes too long.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::worker::frame::{self, Answer};
use super::worker::{ARGUMENT, MEMORY};
use crate::artifact::ArtifactKind;

/// A program that has not said that it is a worker by now isn't one.
const GREETING: Duration = Duration::from_secs(20);

pub(super) struct Workers {
    program: PathBuf,
    arguments: Vec<OsString>,
    // Taken and given back in a moment; a worker is never used while it is in here.
    idle: Mutex<Vec<Worker>>,
    unusable: AtomicBool,
}

/// Why a worker has not compiled a file.
#[derive(Debug)]
pub(super) enum Failure {
    /// No worker can be had; the file may still compile.
    NoWorker(String),
    /// The file does not compile.
    Refused(String),
}

/// What a worker made of a file.
#[derive(Debug)]
pub(super) enum Made {
    /// The code is in the file that was named.
    InFile,
    /// The code, and why it could not be written to the file; empty where none was named.
    Code(Vec<u8>, String),
}

/// One process. Dropping it kills it.
struct Worker {
    _alive: DropGuard,
    /// A task that waits for its end, so that none is left as a zombie.
    end: JoinHandle<io::Result<ExitStatus>>,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Workers {
    /// `arguments` are those after [`ARGUMENT`].
    pub(super) fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
        Self { program, arguments, idle: Mutex::default(), unusable: AtomicBool::new(false) }
    }

    /// Whether workers can be had, as far as is known.
    pub(super) fn are_usable(&self) -> bool {
        !self.unusable.load(Ordering::Relaxed)
    }

    /// Compiles `wasm` into the file named `result` in the folder for results; an empty name: into memory. Dropping the
    /// future kills the worker.
    pub(super) async fn compile(&self, kind: ArtifactKind, result: &str, wasm: &[u8]) -> Result<Made, Failure> {
        loop {
            let mut worker = match self.idle() {
                Some(worker) => worker,
                None => self.start().await?,
            };
            match worker.compile(kind, result, wasm).await {
                Ok(Answer::Done) => {
                    self.rest(worker);
                    return Ok(Made::InFile);
                }
                Ok(Answer::Code(reason, code)) => {
                    self.rest(worker);
                    return Ok(Made::Code(code, reason));
                }
                Ok(Answer::Refused(reason)) => {
                    self.rest(worker);
                    return Err(Failure::Refused(reason));
                }
                // It ended for want of work just as the request was on its way.
                Ok(Answer::Bye) => {}
                Ok(Answer::Hello(_)) => return Err(Failure::Refused("the compile worker lost its thread".to_owned())),
                Err(error) => return Err(Failure::Refused(worker.ended(&error).await)),
            }
        }
    }

    /// A worker that has nothing to do; those that have ended are forgotten.
    fn idle(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|worker| !worker.end.is_finished());
        idle.pop()
    }

    /// Keeps a worker for the next file.
    fn rest(&self, worker: Worker) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    }

    async fn start(&self) -> Result<Worker, Failure> {
        if self.unusable.load(Ordering::Relaxed) {
            return Err(Failure::NoWorker("it did not start before".to_owned()));
        }
        match tokio::time::timeout(GREETING, self.greet()).await {
            Ok(Ok(worker)) => Ok(worker),
            Ok(Err(error)) => Err(self.give_up(error.to_string())),
            Err(_) => Err(self.give_up("it did not answer".to_owned())),
        }
    }

    /// A program that is no worker once will never be one: don't start it again and again.
    fn give_up(&self, reason: String) -> Failure {
        self.unusable.store(true, Ordering::Relaxed);
        tracing::warn!(program = %self.program.display(), %reason, "cannot start a compile worker; compiling in this process");
        Failure::NoWorker(reason)
    }

    async fn greet(&self) -> io::Result<Worker> {
        let mut child = Command::new(&self.program)
            .arg(ARGUMENT)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut output = BufReader::new(output);
        match frame::read_answer(&mut output).await? {
            Answer::Hello(version) if version == super::wasmtime_version() => {
                let alive = CancellationToken::new();
                let end = tokio::spawn(until_it_ends(child, alive.clone()));
                Ok(Worker { _alive: alive.drop_guard(), end, input, output })
            }
            Answer::Hello(version) => Err(io::Error::other(format!("it has wasmtime {version}"))),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

impl Worker {
    async fn compile(&mut self, kind: ArtifactKind, result: &str, wasm: &[u8]) -> io::Result<Answer> {
        let sent = frame::write_request(&mut self.input, kind, result, wasm).await;
        // What it said last counts more than that it could not be written to.
        match frame::read_answer(&mut self.output).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(sent.err().unwrap_or(error)),
        }
    }

    /// In words, how it came to its end.
    async fn ended(self, error: &io::Error) -> String {
        let status = match tokio::time::timeout(Duration::from_secs(1), self.end).await {
            Ok(Ok(Ok(status))) => status.to_string(),
            _ => error.to_string(),
        };
        format!(
            "the compiler stopped ({status}); the file may need more than the {} GiB of memory that it is given",
            MEMORY >> 30
        )
    }
}

/// Waits for a process; kills it when its handle is gone.
async fn until_it_ends(mut child: Child, dropped: CancellationToken) -> io::Result<ExitStatus> {
    if let Some(ended) = dropped.run_until_cancelled(child.wait()).await {
        return ended;
    }
    child.start_kill()?;
    child.wait().await
}
