//! Watching files and folders: what changed on disk becomes one [`Change`] for each path, after it came to rest.
//!
//! This module owns how a change is noticed: which folders are watched for a path (its parent, the folders of the
//! links on the way, the nearest folder that exists), which events count, how long a path must be quiet, and what
//! takes over where events do not arrive. It reads no contents and knows nothing of nodes: whether a change matters is
//! for the library to say, which compares hashes.
//!
//! A watched file is noticed through its parent folder, because a watch on the file itself goes blind as soon as the
//! file is replaced by a rename. The work is done by one thread of its own: everything about it blocks.

mod effect;
mod folder;
mod stamp;
mod system;
mod targets;
mod way;
mod world;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc as blocking;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub(crate) use self::stamp::Stamp;

/// How many changes may wait for the consumer. Beyond that they wait, one for each path, where they are noticed.
const CHANNEL_CAPACITY: usize = 256;

/// A path that came to rest after something happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it was given to the watcher, or below the folder that was given.
    pub path: PathBuf,
    pub kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// Created, written or replaced. Size and modification time have been stable for the quiet time; the content may
    /// still be that of before.
    Written,
    /// Gone, and not back within the quiet time.
    Removed,
}

#[derive(Clone, Debug)]
pub struct WatchConfig {
    /// How long a path must be left alone before its change is reported.
    pub quiet: Duration,
    /// How often a polled path is looked at.
    pub poll: Duration,
    /// How often the watched folders are checked to still be the folders at their paths: a folder above them may have
    /// been renamed, mounted over or retargeted, which no event tells.
    pub verify: Duration,
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self { quiet: Duration::from_millis(100), poll: Duration::from_secs(1), verify: Duration::from_secs(2) }
    }
}

/// How a path is to be watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// By the system's events; polled as well on network file systems and where events cannot be had.
    #[default]
    Events,
    /// By looking at it every [`WatchConfig::poll`].
    Poll,
}

/// What of a folder is to be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Node files and manifests, in the folders where build tools put them.
    Nodes,
    /// What nodes are built from: every file that is neither hidden nor what a build makes (see [`sources_below`]).
    Sources,
}

/// How a path is watched now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watching {
    Events,
    /// By looking again and again, and why.
    Polling {
        reason: String,
    },
}

/// The thread behind a [`Watcher`] is gone, so nothing is watched any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file watcher has stopped; restart the workbench to watch files again")]
pub struct Stopped;

/// The handle. Dropping it stops the watching and ends the stream of changes.
#[derive(Debug)]
pub struct Watcher {
    messages: blocking::Sender<Message>,
}

/// What the thread is told, by the handle and by the system's events.
enum Message {
    File { path: PathBuf, method: Method, reply: oneshot::Sender<Watching> },
    Folder { path: PathBuf, what: What, method: Method, reply: oneshot::Sender<Watching> },
    Forget { path: PathBuf, reply: oneshot::Sender<()> },
    Event(notify::Result<notify::Event>),
    Stop,
}

impl Watcher {
    /// Starts the thread. The changes end when the handle is dropped.
    pub fn start(config: WatchConfig) -> std::io::Result<(Self, mpsc::Receiver<Change>)> {
        let (messages, inbox) = blocking::channel();
        let (out, changes) = mpsc::channel(CHANNEL_CAPACITY);
        let events = messages.clone();
        std::thread::Builder::new()
            .name("watch".into())
            .spawn(move || world::World::new(config, events, out).run(&inbox))?;
        Ok((Self { messages }, changes))
    }

    /// Watches a file, which need not exist yet. When this returns, no later change is missed.
    pub async fn file(&self, path: &Path, method: Method) -> Result<Watching, Stopped> {
        let path = absolute(path);
        self.ask(|reply| Message::File { path, method, reply }).await
    }

    /// Watches the files of a kind in a folder and in the folders below it, without those in which tools keep what is
    /// not of that kind (`deps`, `node_modules` and the like). The folder need not exist yet. What is already there is
    /// not reported.
    pub async fn folder(&self, path: &Path, what: What, method: Method) -> Result<Watching, Stopped> {
        let path = absolute(path);
        self.ask(|reply| Message::Folder { path, what, method, reply }).await
    }

    /// Stops watching a file or folder; a change that is not reported yet is dropped.
    pub async fn forget(&self, path: &Path) -> Result<(), Stopped> {
        let path = absolute(path);
        self.ask(|reply| Message::Forget { path, reply }).await
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.messages.send(message(reply)).map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // A thread that is already gone needs no telling.
        let _ = self.messages.send(Message::Stop);
    }
}

/// The source files at a path, which is a file or a folder, with what tells two states of each apart. Below a folder
/// those are left out that are hidden, that builds make (`target`, `build`, `dist`, `node_modules`, `*.wasm` and the
/// like), that an editor keeps beside a file, and the workbench's own (`*.cases.json`). Blocking.
pub(crate) fn sources_below(path: &Path) -> BTreeMap<PathBuf, Stamp> {
    if let Some(stamp) = Stamp::of(path) {
        return BTreeMap::from([(path.to_owned(), stamp)]);
    }
    folder::look_through(path, What::Sources, 0, &mut |_| {}).files
}

/// The path from the root, with `.` dropped and links left as they are: a node is known by the path it was given.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
