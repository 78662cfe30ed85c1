//! The catalog: the library's files and folders as the window shows them, and what comes back at the next start.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use runtime::definition::diff::diff_packages;
use runtime::library::{Folder, Library, LibraryEvent};
use runtime::node::{LoadedNode, Node, NodeState};
use runtime::text::quoted;
use runtime::workbench::Workbench;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use wire::window::{BuildRow, Change, FileRow, FileState, FolderRow};

use super::builds::Builds;
use super::millis;
use super::samples::Samples;
use crate::error::{Error, Result};
use crate::events::Feed;
use crate::store;

pub struct Files {
    library: Library,
    shelf: Arc<Shelf>,
    kept: Kept,
}

/// What the task that follows the library shares with the commands.
struct Shelf {
    samples: Samples,
    builds: Builds,
    feed: Feed,
    // Short sections only.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    files: BTreeMap<PathBuf, Entry>,
    folders: BTreeMap<PathBuf, FolderRow>,
    /// What the user opened last.
    opened: Option<String>,
}

struct Entry {
    row: FileRow,
    build: Option<Arc<LoadedNode>>,
    /// When the load under way began.
    since: Option<Instant>,
}

impl Files {
    /// Starts the library, with nothing in it. Needs a tokio runtime; blocking.
    pub fn start(
        workbench: &Workbench,
        builds: &Builds,
        feed: &Feed,
        data: &Path,
        samples: Samples,
    ) -> std::io::Result<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let library = Library::start(Arc::new(workbench.clone()), sender)?;
        let shelf = Arc::new(Shelf { samples, builds: builds.clone(), feed: feed.clone(), state: Mutex::default() });
        tokio::spawn(shelf.clone().follow(events));
        let (opened, problem) = store::read::<Opened>(&data.join("open.json"));
        if let Some(problem) = problem {
            feed.notice("warning", problem);
        }
        let kept = Kept { file: Arc::new(data.join("open.json")), opened: Arc::new(tokio::sync::Mutex::new(opened)) };
        Ok(Self { library, shelf, kept })
    }

    /// Opens what was open last time and these paths; where that is nothing, the samples.
    pub async fn reopen(&self, paths: Vec<PathBuf>) {
        let Opened { paths: before, samples } = self.kept.opened.lock().await.clone();
        let list = self.shelf.samples.clone();
        let nothing = before.is_empty() && samples.is_empty() && paths.is_empty();
        let there = match tokio::task::spawn_blocking(move || list.list()).await {
            Ok(there) => there,
            Err(error) => return self.shelf.feed.notice("error", format!("cannot look for samples: {error}")),
        };
        let chosen = there.into_iter().filter(|sample| nothing || samples.contains(&sample.name));
        let all = before.into_iter().chain(chosen.map(|sample| sample.path));
        for added in [self.add(all.collect()).await, self.open(paths).await] {
            if let Err(error) = added {
                self.shelf.feed.notice("error", error.message);
            }
        }
    }

    /// Adds what the user named, and shows the last of it.
    pub async fn open(&self, paths: Vec<PathBuf>) -> Result<()> {
        let last = match paths.last() {
            Some(last) => tokio::fs::canonicalize(last).await.unwrap_or_else(|_| last.clone()),
            None => return Ok(()),
        };
        let path = last.to_string_lossy().into_owned();
        self.shelf.lock().opened = Some(path.clone());
        self.shelf.feed.push(Change::Opened { path });
        self.add(paths).await
    }

    /// What the user opened last.
    pub fn opened(&self) -> Option<String> {
        self.shelf.lock().opened.clone()
    }

    /// Adds files, which need not exist yet, and folders.
    async fn add(&self, paths: Vec<PathBuf>) -> Result<()> {
        for given in paths {
            // Runs and permissions know a file by its real path.
            let path = tokio::fs::canonicalize(&given).await.unwrap_or(given);
            if path.is_dir() {
                self.library.add_folder(&path).await?;
            } else {
                self.library.add_file(&path).await?;
            }
            self.keep(|opened, samples| opened.add(samples, path)).await;
        }
        Ok(())
    }

    pub async fn remove(&self, path: &str) -> Result<()> {
        let path = PathBuf::from(path);
        // A sample's project folder goes with its file.
        let sample = self.shelf.samples.name_of(&path).and_then(|name| self.shelf.samples.path_of(&name));
        let mut removed = self.library.remove(&path).await?;
        if let Some(folder) = sample.filter(|folder| *folder != path) {
            removed |= self.library.remove(&folder).await?;
        }
        if !removed {
            return Err(unknown(&path));
        }
        self.keep(|opened, samples| opened.remove(samples, &path)).await;
        Ok(())
    }

    pub async fn reload(&self, path: &str) -> Result<()> {
        let path = PathBuf::from(path);
        if self.library.reload(&path).await? { Ok(()) } else { Err(unknown(&path)) }
    }

    async fn keep(&self, change: impl FnOnce(&mut Opened, &Samples)) {
        if let Err(error) = self.kept.change(|opened| change(opened, &self.shelf.samples)).await {
            self.shelf.feed.notice("warning", format!("what is open is not remembered: {error}"));
        }
    }

    /// Sorted by path.
    pub fn rows(&self) -> Vec<FileRow> {
        self.shelf.lock().files.values().map(|entry| entry.row.clone()).collect()
    }

    pub fn folders(&self) -> Vec<FolderRow> {
        self.shelf.lock().folders.values().cloned().collect()
    }

    /// The build that a run would use now.
    pub fn build(&self, file: &str) -> Result<Arc<LoadedNode>> {
        let path = Path::new(file);
        let state = self.shelf.lock();
        let entry = state.files.get(path).ok_or_else(|| unknown(path))?;
        entry.build.clone().ok_or_else(|| {
            let reason = entry.row.problem.as_ref().map_or("it is being loaded", |problem| &problem.message);
            Error::new("no-build", format!("\"{}\" cannot run: {reason}", entry.row.name))
        })
    }

    /// The path by which runs, grants and the record know a file of the catalog.
    pub fn identity(&self, file: &str) -> PathBuf {
        let path = Path::new(file);
        let build = self.shelf.lock().files.get(path).and_then(|entry| entry.build.clone());
        build.map_or_else(|| path.to_owned(), |build| build.path.clone())
    }

    /// The catalog's path for what runs, grants and the record call a file: another one behind a link.
    pub fn shown(&self, identity: &Path) -> String {
        let state = self.shelf.lock();
        let is_it = |entry: &Entry| entry.build.as_ref().is_some_and(|build| build.path == identity);
        let linked = if state.files.contains_key(identity) {
            None
        } else {
            state.files.iter().find(|(_, entry)| is_it(entry)).map(|(path, _)| path.as_path())
        };
        linked.unwrap_or(identity).to_string_lossy().into_owned()
    }
}

fn unknown(path: &Path) -> Error {
    Error::new("unknown-file", format!("{} is not open", quoted(&path.to_string_lossy())))
}

impl Shelf {
    async fn follow(self: Arc<Self>, mut events: mpsc::UnboundedReceiver<LibraryEvent>) {
        while let Some(event) = events.recv().await {
            match event {
                LibraryEvent::NodeChanged { node, .. } => self.changed(&node),
                LibraryEvent::NodeRemoved { path } => {
                    self.lock().files.remove(&path);
                    self.builds.forget(&path);
                    self.feed.push(Change::FileRemoved { path: path.to_string_lossy().into_owned() });
                }
                LibraryEvent::FolderChanged(folder) => self.folder_changed(folder),
                LibraryEvent::FolderRemoved { path } => {
                    self.builds.forget(&path);
                    if self.lock().folders.remove(&path).is_some() {
                        self.feed.push(Change::FolderRemoved { path: path.to_string_lossy().into_owned() });
                    }
                }
                LibraryEvent::WatchingStopped => self.feed.notice(
                    "error",
                    "changes of files are no longer noticed; reload by hand, or start the workbench again",
                ),
            }
        }
    }

    fn changed(&self, node: &Node) {
        self.builds.look_at(&node.path);
        let mut state = self.lock();
        let entry = state.files.entry(node.path.clone()).or_insert_with(|| Entry {
            row: FileRow {
                path: node.path.to_string_lossy().into_owned(),
                name: label(&node.path),
                state: FileState::Loading,
                sample: self.samples.contains(&node.path),
                build: None,
                problem: None,
            },
            build: None,
            since: None,
        });
        entry.apply(&node.state);
        // While the state is held, so that no older row is pushed after a newer one.
        self.feed.push(Change::File { file: entry.row.clone() });
    }

    fn folder_changed(&self, folder: Folder) {
        self.builds.look_at(&folder.path);
        // The folders of samples are no folders of the user.
        if self.samples.contains(&folder.path) {
            return;
        }
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let row = FolderRow {
            path: text(&folder.path),
            files: folder.files.iter().map(text).collect(),
            error: folder.error.map(|error| error.to_string()),
        };
        let mut state = self.lock();
        state.folders.insert(folder.path, row.clone());
        self.feed.push(Change::Folder { folder: row });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a file is called in the catalog: by its project's folder as well where every project calls its build so.
fn label(path: &Path) -> String {
    const COMMON: [&str; 6] = ["node", "release", "debug", "classes", "main", "index"];
    const OUTPUTS: [&str; 7] = ["build", "target", "release", "debug", "dist", "out", "wasm"];
    let text = |name: &OsStr| name.to_string_lossy().into_owned();
    let name = text(path.file_name().unwrap_or(path.as_os_str()));
    let is_in = |names: &[&str], name: &OsStr| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    if !path.file_stem().is_some_and(|stem| is_in(&COMMON, stem)) {
        return name;
    }
    let mut folders = path.ancestors().skip(1).filter_map(Path::file_name);
    match folders.find(|folder| !is_in(&OUTPUTS, folder) && !folder.as_encoded_bytes().starts_with(b".")) {
        Some(project) => format!("{}/{name}", text(project)),
        None => name,
    }
}

impl Entry {
    fn apply(&mut self, state: &NodeState) {
        self.row.state = match state {
            NodeState::Loading { .. } => FileState::Loading,
            NodeState::Ready(_) => FileState::Ready,
            NodeState::Stale { .. } => FileState::Stale,
            NodeState::Broken { .. } => FileState::Broken,
        };
        self.row.problem = state.error().map(Into::into);
        match state {
            NodeState::Loading { .. } => {
                self.since.get_or_insert_with(Instant::now);
            }
            NodeState::Ready(build) => self.take(build),
            NodeState::Stale { .. } | NodeState::Broken { .. } => self.since = None,
        }
    }

    fn take(&mut self, build: &Arc<LoadedNode>) {
        let load_ms = self.since.take().map_or(0.0, |since| super::ms(since.elapsed()));
        let before = self.build.replace(build.clone());
        if before.as_ref().is_some_and(|before| Arc::ptr_eq(before, build)) {
            return;
        }
        let number = self.row.build.as_ref().map_or(1, |row| row.number + 1);
        let changes = before.map(|before| (&diff_packages(&before.definitions, &build.definitions)).into());
        self.row.build = Some(BuildRow::new(build, number, millis(SystemTime::now()), load_ms, changes));
    }
}

/// What is open, for the next start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Opened {
    paths: Vec<PathBuf>,
    /// By name: a package may lie elsewhere next time.
    samples: Vec<String>,
}

impl Opened {
    fn add(&mut self, samples: &Samples, path: PathBuf) {
        match samples.name_of(&path) {
            Some(name) if !self.samples.contains(&name) => self.samples.push(name),
            None if !self.paths.contains(&path) => self.paths.push(path),
            _ => {}
        }
    }

    fn remove(&mut self, samples: &Samples, path: &Path) {
        match samples.name_of(path) {
            Some(name) => self.samples.retain(|known| *known != name),
            None => self.paths.retain(|known| known != path),
        }
    }
}

struct Kept {
    file: Arc<PathBuf>,
    /// Held while the file is written, so that the newest list is the last written.
    opened: Arc<tokio::sync::Mutex<Opened>>,
}

impl Kept {
    async fn change(&self, change: impl FnOnce(&mut Opened)) -> std::io::Result<()> {
        let mut opened = self.opened.lock().await;
        let before = opened.clone();
        change(&mut opened);
        if *opened == before {
            return Ok(());
        }
        let (file, value) = (self.file.clone(), opened.clone());
        let written = tokio::task::spawn_blocking(move || store::write(&file, &value)).await;
        written.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_of_common_names_are_told_apart_by_their_project() {
        let named = |path: &str| label(Path::new(path));
        assert_eq!(named("/projects/units/build/release.wasm"), "units/release.wasm");
        assert_eq!(named("/projects/swift-slug/.build/release/Node.wasm"), "swift-slug/Node.wasm");
        assert_eq!(named("/projects/net/target/wasm32-wasip2/release/net.wasm"), "net.wasm");
        assert_eq!(named("/node.wasm"), "node.wasm");
    }

    #[test]
    fn samples_are_remembered_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a folder");
        let samples = Samples::new(Some(root.clone()));
        let mut opened = Opened::default();
        opened.add(&samples, root.join("word-stats"));
        opened.add(&samples, root.join("word-stats/target/x.wasm"));
        opened.add(&samples, "/own/node.wasm".into());
        opened.add(&samples, "/own/node.wasm".into());
        assert_eq!(opened, Opened { paths: vec!["/own/node.wasm".into()], samples: vec!["word-stats".into()] });
        opened.remove(&samples, &root.join("word-stats/target/x.wasm"));
        opened.remove(&samples, Path::new("/own/node.wasm"));
        assert_eq!(opened, Opened::default(), "with nothing open the samples come back");
    }
}
