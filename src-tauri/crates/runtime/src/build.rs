//! Build on save: runs the command that a node's folder names when its sources change.
//!
//! This module owns which folders name a command, whether the user allowed it, when it runs, and what it printed.
//! Nothing runs without an answer for exactly this folder and this command. What comes out is not its business: the
//! library watches the node file and loads it again. For each project one command runs at a time and the newest sources
//! win: a change ends the run under way with all of its processes and starts another.
//!
//! A command that changes its own sources must not start itself for ever. So contents are compared, not times; a run is
//! cut short a few times in a row only, then it ends; what a command changed in two whole runs in a row is
//! taken for its own work; and after a few runs in a row it rests until something else changes. Each of these is told.

mod consents;
mod diagnostics;
mod output;
mod plan;
mod process;
mod project;
mod sources;
mod world;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::consents::Consents;
pub use self::diagnostics::{Diagnostic, Link, Place, Problems, Severity};
pub use self::output::Page;
pub use self::process::end_all;

use self::diagnostics::files::Folders;
use self::output::Output;
use self::world::Command;
use crate::watch::WatchConfig;

#[derive(Clone, Debug)]
pub struct BuilderConfig {
    /// How long no further source may change before the command runs.
    pub quiet: Duration,
    /// How long a command may run.
    pub limit: Duration,
    /// The `PATH` of commands; `None`: this program's own. May block.
    pub search_path: fn() -> Option<OsString>,
    pub watch: WatchConfig,
}

impl Default for BuilderConfig {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(50),
            limit: Duration::from_secs(600),
            search_path: || None,
            watch: WatchConfig::default(),
        }
    }
}

/// A folder that names a build command, as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// The identity: the real path of the manifest.
    pub manifest: PathBuf,
    /// Where the command runs.
    pub folder: PathBuf,
    pub command: String,
    /// What is watched; the folder itself where the manifest names nothing.
    pub watch: Vec<PathBuf>,
    /// The node that the manifest names, whether it is there or not.
    pub output: Option<PathBuf>,
    pub consent: Consent,
    /// The newest run, under way or over.
    pub run: Option<Run>,
    /// What the newest run that came to an end by itself found wrong; until the next one has.
    pub problems: Arc<Problems>,
    /// What is odd about it, in words for the user.
    pub notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The user is to be asked.
    Asked,
    /// Not now: asked again when it is opened again.
    Later,
    Never,
    Allowed,
}

/// One run of a build command.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Grows with each run of any project.
    pub number: u64,
    pub state: RunState,
    /// Of the command; before that, when it began to wait.
    pub started_at: SystemTime,
    /// Lines so far, and those of them that are not kept.
    pub lines: u64,
    pub left_out: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// Other projects are being built.
    Waiting,
    Building,
    Ok {
        took: Duration,
    },
    Failed {
        took: Duration,
        failure: Failure,
    },
    /// By the user, or because something changed.
    Stopped {
        took: Duration,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Exit(i32),
    Signal(i32),
    TimedOut,
    NotStarted(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "ended by signal {signal}"),
            Self::TimedOut => f.write_str("out of time"),
            Self::NotStarted(reason) => write!(f, "not started: {reason}"),
        }
    }
}

/// The user's answer to the question whether a command may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Now and whenever a source changes.
    Run,
    Later,
    Never,
}

/// Why a project does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("no folder that is open names a build command in \"{}\"; write one into it, or open its folder", .0.display())]
    Unknown(PathBuf),
    #[error("the folder now names another command: `{command}`; read it and answer again")]
    OtherCommand { command: String },
    #[error("the command may not run; allow it first")]
    NotAllowed,
    #[error("the answer holds until the program ends; it cannot be written: {0}")]
    NotWritten(#[from] io::Error),
    #[error("builds have stopped; restart the workbench")]
    Stopped,
}

/// The handle. Dropping it ends every command at once; [`Builder::close`] lets them end by themselves.
pub struct Builder {
    shared: Arc<Shared>,
    commands: mpsc::UnboundedSender<Command>,
    _stop: DropGuard,
}

/// What the tasks write and everybody reads.
struct Shared {
    config: BuilderConfig,
    // Short sections only.
    slots: Mutex<BTreeMap<PathBuf, Slot>>,
    changes: watch::Sender<u64>,
    /// Runs so far.
    runs: AtomicU64,
}

struct Slot {
    project: Project,
    output: Output,
}

impl Builder {
    /// Starts with nothing open. Needs a tokio runtime.
    pub fn start(consents: Consents, config: BuilderConfig) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            config,
            slots: Mutex::default(),
            changes: watch::Sender::new(0),
            runs: AtomicU64::new(0),
        });
        let (commands, inbox) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let world = world::World::start(shared.clone(), consents)?;
        tokio::spawn(stop.clone().run_until_cancelled_owned(world.run(inbox)));
        Ok(Self { shared, commands, _stop: stop.drop_guard() })
    }

    /// Looks for projects in a folder, or for the one of a node file, from now on. A path that is open stays as it is.
    pub fn open(&self, path: &Path) {
        self.send(Command::Open(path.to_owned()));
    }

    /// Ends what only this path opened.
    pub fn close_path(&self, path: &Path) {
        self.send(Command::Close(path.to_owned()));
    }

    /// Sorted by manifest.
    pub fn projects(&self) -> Vec<Project> {
        self.shared.lock().values().map(Slot::project).collect()
    }

    /// Up to `limit` lines of a project's newest run, from number `from` on or the oldest that is kept; `None`: there is
    /// no such run (any more).
    pub fn lines(&self, manifest: &Path, run: u64, from: u64, limit: usize) -> Option<Page> {
        let slots = self.shared.lock();
        let slot = slots.get(manifest)?;
        let is_it = slot.project.run.as_ref().is_some_and(|newest| newest.number == run);
        is_it.then(|| slot.output.page(from, limit))
    }

    /// The places that these lines of a project's newest run name, as links. Blocking.
    pub fn links(&self, manifest: &Path, page: &Page) -> Vec<Link> {
        let Some((project, entered)) = ({
            let slots = self.shared.lock();
            slots.get(manifest).map(|slot| (slot.project.clone(), slot.output.parser().entered().to_vec()))
        }) else {
            return Vec::new();
        };
        let folders = Folders::new(&project.folder, &project.command, &entered);
        let numbered = (page.offset..).zip(&page.lines);
        numbered.flat_map(|(number, text)| diagnostics::links(number, text, &folders)).collect()
    }

    /// Wakes when anything about any project may be new.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// `command` is what the user read: where the manifest names another one meanwhile, the answer is not for that.
    pub async fn answer(&self, manifest: &Path, command: &str, answer: Answer) -> Result<(), BuildError> {
        let (manifest, command) = (manifest.to_owned(), command.to_owned());
        self.ask(|reply| Command::Answer { manifest, command, answer, reply }).await
    }

    /// Forgets what was answered for the project's folder, and ends its command.
    pub async fn revoke(&self, manifest: &Path) -> Result<(), BuildError> {
        let manifest = manifest.to_owned();
        self.ask(|reply| Command::Revoke { manifest, reply }).await
    }

    /// Runs the command now, even where nothing changed; one under way starts again.
    pub async fn build(&self, manifest: &Path) -> Result<(), BuildError> {
        let manifest = manifest.to_owned();
        self.ask(|reply| Command::Build { manifest, reply }).await
    }

    /// Ends the command under way, if any.
    pub async fn cancel(&self, manifest: &Path) -> Result<(), BuildError> {
        let manifest = manifest.to_owned();
        self.ask(|reply| Command::Cancel { manifest, reply }).await
    }

    /// Ends all commands and returns when they have ended.
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        self.send(Command::CloseAll(reply));
        // Where nobody answers there is nothing left to end.
        let _ = closed.await;
    }

    fn send(&self, command: Command) {
        // After the end of the task nothing is built any more, which commands with an answer say.
        let _ = self.commands.send(command);
    }

    async fn ask(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<(), BuildError>>) -> Command,
    ) -> Result<(), BuildError> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply));
        answer.await.unwrap_or(Err(BuildError::Stopped))
    }
}

impl Shared {
    /// Changes a project, if it is there, and tells.
    fn alter<T>(&self, manifest: &Path, change: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let done = self.lock().get_mut(manifest).map(change);
        self.changed();
        done
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn project(&self) -> Project {
        let mut project = self.project.clone();
        if let Some(run) = &mut project.run {
            (run.lines, run.left_out) = (self.output.total(), self.output.left_out());
        }
        project
    }
}
