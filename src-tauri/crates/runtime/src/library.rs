//! The files in use and their builds. One task owns them: it alone loads, swaps and drops builds.
//!
//! This module owns when a file is loaded again, which load wins, and what stays when a build is broken. How a file is
//! read and compiled is the [`Loader`]'s; how a change is noticed is [`crate::watch`]'s. A run holds the `Arc` of the
//! build that it started with, so nothing that happens here touches it.

mod entry;
mod load;
mod world;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::LoadError;
use crate::manifest;
use crate::node::{LoadedNode, Node};
use crate::watch::{Change, WatchConfig, Watcher, absolute};

/// How a file becomes a build, in two steps: a file whose content is that of before never comes to the second.
#[async_trait]
pub trait Loader: Send + Sync + 'static {
    /// What was read: what is hashed is what is compiled.
    type Content: Send + 'static;
    type Build: Send + Sync + 'static;

    /// Reads and hashes the file. Dropped when it is no longer wanted.
    async fn read(&self, path: &Path) -> Result<Source<Self::Content>, LoadError>;

    /// Compiles, links and asks for the definitions. Dropped, with `cancel` fired, when a newer change arrives.
    async fn build(
        &self,
        path: &Path,
        content: Self::Content,
        cancel: &CancellationToken,
    ) -> Result<Arc<Self::Build>, LoadError>;

    /// What is new in `after`, in lines for people; empty where the definitions are the same.
    fn changes(&self, before: &Self::Build, after: &Self::Build) -> Vec<String>;

    /// The node files of a folder. Blocking.
    fn find_builds(&self, folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
        manifest::find_builds(folder)
    }
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct Source<C> {
    /// Equal for two reads that make the same build: a hash of all that goes into it.
    pub fingerprint: Arc<str>,
    pub content: C,
    /// Further files that go into the build, such as a manifest, whether they exist or not: watched as well.
    pub companions: Vec<PathBuf>,
}

/// What happened, for everyone who shows the library.
pub enum LibraryEvent<B = LoadedNode> {
    NodeChanged {
        node: Node<B>,
        /// How the new build differs from the last good one; see [`Loader::changes`].
        changes: Vec<String>,
    },
    NodeRemoved {
        path: PathBuf,
    },
    FolderChanged(Folder),
    FolderRemoved {
        path: PathBuf,
    },
    /// Changes are no longer noticed; reloading by hand still works.
    WatchingStopped,
}

/// A folder in the library.
#[derive(Clone, Debug)]
pub struct Folder {
    pub path: PathBuf,
    /// The node files found in it, sorted.
    pub files: Vec<PathBuf>,
    /// Why none were found. The folder is watched all the same.
    pub error: Option<LoadError>,
}

/// The task behind a [`Library`] has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the library has stopped; restart the workbench")]
pub struct Stopped;

/// The handle. Dropping it stops the task, the watching and every load under way; builds live on in their runs.
pub struct Library<B = LoadedNode> {
    commands: mpsc::Sender<Command<B>>,
    _stop: DropGuard,
}

enum Command<B> {
    AddFile { path: PathBuf, reply: oneshot::Sender<()> },
    AddFolder { path: PathBuf, reply: oneshot::Sender<Folder> },
    Remove { path: PathBuf, reply: oneshot::Sender<bool> },
    Reload { path: PathBuf, reply: oneshot::Sender<bool> },
    Node { path: PathBuf, reply: oneshot::Sender<Option<Node<B>>> },
    Nodes { reply: oneshot::Sender<Vec<Node<B>>> },
    Folders { reply: oneshot::Sender<Vec<Folder>> },
}

/// Waiting commands; each is answered, so callers wait anyway.
const COMMANDS: usize = 64;

impl<B: Send + Sync + 'static> Library<B> {
    /// Starts the task and the watcher. The channel for events is not bounded because whoever reads it may call the
    /// library in between; there is one event for each change of state. Needs a tokio runtime.
    pub fn start<L: Loader<Build = B>>(
        loader: Arc<L>,
        events: mpsc::UnboundedSender<LibraryEvent<B>>,
    ) -> std::io::Result<Self> {
        let (watcher, changes) = Watcher::start(WatchConfig::default())?;
        Ok(Self::with_changes(loader, Some(watcher), changes, events))
    }

    /// With another source of changes; without a watcher nothing is watched but what that source tells.
    fn with_changes<L: Loader<Build = B>>(
        loader: Arc<L>,
        watcher: Option<Watcher>,
        changes: mpsc::Receiver<Change>,
        events: mpsc::UnboundedSender<LibraryEvent<B>>,
    ) -> Self {
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let stop = CancellationToken::new();
        let world = world::World::new(loader, watcher, events);
        tokio::spawn(stop.clone().run_until_cancelled_owned(world.run(inbox, changes)));
        Self { commands, _stop: stop.drop_guard() }
    }

    /// Adds a file, which need not exist yet, and starts to load it. A file that is there already stays as it is.
    pub async fn add_file(&self, path: &Path) -> Result<(), Stopped> {
        let path = absolute(path);
        self.ask(|reply| Command::AddFile { path, reply }).await
    }

    /// Adds a folder with the nodes that it holds now and later.
    pub async fn add_folder(&self, path: &Path) -> Result<Folder, Stopped> {
        let path = absolute(path);
        self.ask(|reply| Command::AddFolder { path, reply }).await
    }

    /// Takes a file or folder out. Files of a folder go with it, except those that were added by themselves. Says
    /// whether there was anything to remove.
    pub async fn remove(&self, path: &Path) -> Result<bool, Stopped> {
        let path = absolute(path);
        self.ask(|reply| Command::Remove { path, reply }).await
    }

    /// Loads a file again even where its content is that of before, and looks through a folder again. Says whether
    /// the path is in the library.
    pub async fn reload(&self, path: &Path) -> Result<bool, Stopped> {
        let path = absolute(path);
        self.ask(|reply| Command::Reload { path, reply }).await
    }

    pub async fn node(&self, path: &Path) -> Result<Option<Node<B>>, Stopped> {
        let path = absolute(path);
        self.ask(|reply| Command::Node { path, reply }).await
    }

    /// All files, sorted by path.
    pub async fn nodes(&self) -> Result<Vec<Node<B>>, Stopped> {
        self.ask(|reply| Command::Nodes { reply }).await
    }

    /// All folders, sorted by path.
    pub async fn folders(&self) -> Result<Vec<Folder>, Stopped> {
        self.ask(|reply| Command::Folders { reply }).await
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command<B>) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}
