//! The task that owns the library.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::entry::{Entry, Next, Underway, same_state};
use super::load::{Loads, Scan, Step};
use super::{Command, Folder, LibraryEvent, Loader, Source};
use crate::error::LoadError;
use crate::node::Node;
use crate::watch::{Change, ChangeKind, Method, Watcher, What};

pub(super) struct World<L: Loader> {
    loads: Loads<L>,
    watcher: Option<Watcher>,
    events: mpsc::UnboundedSender<LibraryEvent<L::Build>>,
    entries: BTreeMap<PathBuf, Entry<L::Build>>,
    folders: BTreeMap<PathBuf, FolderEntry>,
    next_number: u64,
}

#[derive(Default)]
struct FolderEntry {
    files: BTreeSet<PathBuf>,
    /// Files that the user took out; they do not come back with the next look.
    hidden: BTreeSet<PathBuf>,
    error: Option<LoadError>,
    scanning: bool,
    /// Something happened while it was looked through.
    again: bool,
    scanned_once: bool,
    waiting: Vec<oneshot::Sender<Folder>>,
}

impl FolderEntry {
    fn to_folder(&self, path: &Path) -> Folder {
        Folder { path: path.to_owned(), files: self.files.iter().cloned().collect(), error: self.error.clone() }
    }
}

impl<L: Loader> World<L> {
    pub(super) fn new(
        loader: Arc<L>,
        watcher: Option<Watcher>,
        events: mpsc::UnboundedSender<LibraryEvent<L::Build>>,
    ) -> Self {
        let (entries, folders) = (BTreeMap::new(), BTreeMap::new());
        Self { loads: Loads::new(loader), watcher, events, entries, folders, next_number: 0 }
    }

    pub(super) async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Command<L::Build>>,
        mut changes: mpsc::Receiver<Change>,
    ) {
        let mut watching = true;
        loop {
            let retry = self.entries.values().filter_map(|entry| entry.retry_at).min();
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                change = changes.recv(), if watching => match change {
                    Some(change) => self.notice(&change),
                    None => {
                        watching = false;
                        self.stop_watching();
                    }
                },
                step = self.loads.next() => self.apply(step).await,
                () = sleep_until(retry.unwrap_or_else(Instant::now)), if retry.is_some() => self.retry(),
            }
        }
    }

    async fn obey(&mut self, command: Command<L::Build>) {
        match command {
            Command::AddFile { path, reply } => {
                for folder in self.folders.values_mut() {
                    folder.hidden.remove(&path);
                }
                self.add(&path, None).await;
                answer(reply, ());
            }
            Command::AddFolder { path, reply } => {
                self.watch_folder(&path).await;
                let folder = self.folders.entry(path.clone()).or_default();
                folder.hidden.clear();
                folder.waiting.push(reply);
                self.scan(&path);
            }
            Command::Remove { path, reply } => {
                let removed = self.remove(&path).await;
                answer(reply, removed);
            }
            Command::Reload { path, reply } => {
                let known = self.entries.contains_key(&path) || self.folders.contains_key(&path);
                if let Some(entry) = self.entries.get_mut(&path) {
                    entry.forced = true;
                    self.load(&path);
                }
                self.scan(&path);
                answer(reply, known);
            }
            Command::Node { path, reply } => {
                let node = self.entries.get(&path).map(|entry| Node { path, state: entry.state.clone() });
                answer(reply, node);
            }
            Command::Nodes { reply } => {
                let node =
                    |(path, entry): (&PathBuf, &Entry<_>)| Node { path: path.clone(), state: entry.state.clone() };
                answer(reply, self.entries.iter().map(node).collect());
            }
            Command::Folders { reply } => {
                answer(reply, self.folders.iter().map(|(path, folder)| folder.to_folder(path)).collect());
            }
        }
    }

    /// Adds a file by itself or as one of a folder's.
    async fn add(&mut self, path: &Path, folder: Option<&Path>) {
        let new = !self.entries.contains_key(path);
        let entry = self.entries.entry(path.to_owned()).or_insert_with(Entry::new);
        match folder {
            Some(folder) => drop(entry.folders.insert(folder.to_owned())),
            None => entry.by_itself = true,
        }
        if new {
            self.show(path, Vec::new());
            self.watch_file(path).await;
            self.load(path);
        }
    }

    async fn remove(&mut self, path: &Path) -> bool {
        let folder = self.folders.remove(path);
        if let Some(folder) = &folder {
            self.forget(path).await;
            for file in &folder.files {
                if let Some(entry) = self.entries.get_mut(file) {
                    entry.folders.remove(path);
                }
                self.drop_unwanted(file).await;
            }
            self.tell(LibraryEvent::FolderRemoved { path: path.to_owned() });
        }
        let file = self.entries.get_mut(path).map(|entry| {
            entry.by_itself = false;
            std::mem::take(&mut entry.folders)
        });
        for found_in in file.iter().flatten() {
            if let Some(folder) = self.folders.get_mut(found_in) {
                folder.hidden.insert(path.to_owned());
                folder.files.remove(path);
                let folder = folder.to_folder(found_in);
                self.tell(LibraryEvent::FolderChanged(folder));
            }
        }
        if file.is_some() {
            self.drop_unwanted(path).await;
        }
        folder.is_some() || file.is_some()
    }

    async fn drop_unwanted(&mut self, path: &Path) {
        if self.entries.get(path).is_some_and(|entry| !entry.is_wanted())
            && let Some(entry) = self.entries.remove(path)
        {
            self.tell(LibraryEvent::NodeRemoved { path: path.to_owned() });
            self.forget_unused(path).await;
            for companion in &entry.companions {
                self.forget_unused(companion).await;
            }
        }
    }

    fn notice(&mut self, change: &Change) {
        let path = &change.path;
        let settled = self.entries.get(path).is_some_and(|entry| !entry.gone);
        if change.kind == ChangeKind::Removed || !settled {
            let above: Vec<PathBuf> = self.folders.keys().filter(|folder| path.starts_with(folder)).cloned().collect();
            above.iter().for_each(|folder| self.scan(folder));
        }
        if self.entries.contains_key(path) {
            match change.kind {
                ChangeKind::Written => self.load(path),
                ChangeKind::Removed => self.alter(path, |entry| entry.vanish(path)),
            }
        }
        let companion_of: Vec<PathBuf> = self
            .entries
            .iter()
            .filter(|(_, entry)| !entry.gone && entry.companions.contains(path))
            .map(|(file, _)| file.clone())
            .collect();
        companion_of.iter().for_each(|file| self.load(file));
    }

    /// Starts to read a file because something happened to it.
    fn load(&mut self, path: &Path) {
        if let Some(entry) = self.entries.get_mut(path) {
            entry.renew();
            self.read(path);
        }
    }

    fn retry(&mut self) {
        let now = Instant::now();
        let due = |entry: &Entry<_>| entry.retry_at.is_some_and(|at| at <= now);
        let due: Vec<PathBuf> =
            self.entries.iter().filter(|(_, entry)| due(entry)).map(|(path, _)| path.clone()).collect();
        due.iter().for_each(|path| self.read(path));
    }

    fn read(&mut self, path: &Path) {
        let underway = self.underway();
        if let Some(entry) = self.entries.get_mut(path) {
            entry.retry_at = None;
            self.loads.read(path.to_owned(), underway.number, underway.cancel.clone());
            entry.reading = Some(underway);
        }
    }

    fn underway(&mut self) -> Underway {
        self.next_number += 1;
        Underway { number: self.next_number, cancel: CancellationToken::new() }
    }

    async fn apply(&mut self, step: Step<L>) {
        match step {
            Step::Read { path, number, result } => {
                let reading = self.entries.get_mut(&path).map(|entry| &mut entry.reading);
                let current = reading.and_then(|reading| reading.take_if(|underway| underway.number == number));
                if current.is_some() {
                    self.apply_read(&path, result).await;
                }
            }
            Step::Built { path, number, result } => self.apply_build(&path, number, result),
            Step::Scanned(scan) => self.apply_scan(scan).await,
        }
    }

    async fn apply_read(&mut self, path: &Path, result: Result<Source<L::Content>, LoadError>) {
        let Source { fingerprint, content, companions } = match result {
            Ok(source) => source,
            Err(error) => {
                return self.alter(path, |entry| {
                    if !entry.retry(&error) {
                        entry.forced = false;
                        entry.fail(error);
                    }
                });
            }
        };
        self.watch_companions(path, companions).await;
        let mut next = Next::Settled;
        self.alter(path, |entry| next = entry.read(&fingerprint));
        if matches!(next, Next::Build) {
            let underway = self.underway();
            if let Some(entry) = self.entries.get_mut(path) {
                self.loads.build(path.to_owned(), underway.number, content, underway.cancel.clone());
                entry.start_build(fingerprint, underway);
            }
        }
    }

    fn apply_build(&mut self, path: &Path, number: u64, result: Result<Arc<L::Build>, LoadError>) {
        let Some(entry) = self.entries.get_mut(path) else { return };
        let Some(fingerprint) = entry.end_build(number) else { return };
        match result {
            Ok(build) => {
                let before = entry.succeed(fingerprint, build.clone());
                let changes = before.map(|before| self.loads.loader().changes(&before, &build)).unwrap_or_default();
                self.show(path, changes);
            }
            Err(error) => self.alter(path, |entry| {
                if !entry.retry(&error) {
                    entry.reject(fingerprint, error);
                }
            }),
        }
    }

    fn scan(&mut self, path: &Path) {
        let Some(folder) = self.folders.get_mut(path) else { return };
        if folder.scanning {
            folder.again = true;
        } else {
            folder.scanning = true;
            self.loads.scan(path.to_owned(), folder.files.iter().cloned().collect());
        }
    }

    async fn apply_scan(&mut self, Scan { folder: path, result, displaced }: Scan) {
        let Some(folder) = self.folders.get_mut(&path) else { return };
        folder.scanning = false;
        let before = (folder.files.clone(), folder.error.as_ref().map(ToString::to_string));
        let (found, error) = match result {
            Ok(found) => (found, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        folder.error = error;
        // Files that are gone stay until they are removed from the library; what took another's place does not.
        folder.files.retain(|file| !displaced.contains(file));
        folder.files.extend(found.into_iter().filter(|file| !folder.hidden.contains(file)));
        let files = folder.files.clone();
        let first = !std::mem::replace(&mut folder.scanned_once, true);
        let waiting = std::mem::take(&mut folder.waiting);
        let again = std::mem::take(&mut folder.again);
        let changed = first || before != (files.clone(), folder.error.as_ref().map(ToString::to_string));
        let shown = folder.to_folder(&path);
        for file in &files {
            self.add(file, Some(&path)).await;
        }
        for file in displaced {
            if let Some(entry) = self.entries.get_mut(&file) {
                entry.folders.remove(&path);
            }
            self.drop_unwanted(&file).await;
        }
        if changed {
            self.tell(LibraryEvent::FolderChanged(shown.clone()));
        }
        waiting.into_iter().for_each(|reply| answer(reply, shown.clone()));
        if again {
            self.scan(&path);
        }
    }

    /// Changes an entry, and tells if that shows.
    fn alter(&mut self, path: &Path, change: impl FnOnce(&mut Entry<L::Build>)) {
        let Some(entry) = self.entries.get_mut(path) else { return };
        let before = entry.state.clone();
        change(entry);
        if !same_state(&before, &entry.state) {
            self.show(path, Vec::new());
        }
    }

    fn show(&self, path: &Path, changes: Vec<String>) {
        if let Some(entry) = self.entries.get(path) {
            let node = Node { path: path.to_owned(), state: entry.state.clone() };
            self.tell(LibraryEvent::NodeChanged { node, changes });
        }
    }

    fn tell(&self, event: LibraryEvent<L::Build>) {
        // The library works on where nobody looks.
        let _ = self.events.send(event);
    }

    async fn watch_file(&mut self, path: &Path) {
        if let Some(watcher) = &self.watcher
            && watcher.file(path, Method::Events).await.is_err()
        {
            self.stop_watching();
        }
    }

    async fn watch_folder(&mut self, path: &Path) {
        if let Some(watcher) = &self.watcher
            && !self.folders.contains_key(path)
            && watcher.folder(path, What::Nodes, Method::Events).await.is_err()
        {
            self.stop_watching();
        }
    }

    async fn watch_companions(&mut self, path: &Path, companions: Vec<PathBuf>) {
        let Some(entry) = self.entries.get_mut(path) else { return };
        let before = std::mem::replace(&mut entry.companions, companions.clone());
        for companion in companions.iter().filter(|companion| !before.contains(companion)) {
            self.watch_file(companion).await;
        }
        for companion in before.iter().filter(|companion| !companions.contains(companion)) {
            self.forget_unused(companion).await;
        }
    }

    async fn forget_unused(&mut self, path: &Path) {
        let companion = self.entries.values().any(|entry| entry.companions.iter().any(|file| file == path));
        if !companion && !self.entries.contains_key(path) {
            self.forget(path).await;
        }
    }

    async fn forget(&mut self, path: &Path) {
        if let Some(watcher) = &self.watcher
            && watcher.forget(path).await.is_err()
        {
            self.stop_watching();
        }
    }

    fn stop_watching(&mut self) {
        if self.watcher.take().is_some() {
            self.tell(LibraryEvent::WatchingStopped);
        }
    }
}

/// Whoever asked may have gone meanwhile, which is no concern of ours.
fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    let _ = reply.send(value);
}
