//! The thread that watches: it alone owns the targets, the system's watches and the timers.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc as blocking;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::effect::Effect;
use super::folder::{is_interesting, look_through};
use super::stamp::Stamp;
use super::system::System;
use super::targets::{FileTarget, FolderTarget, Place};
use super::way::Way;
use super::{Change, ChangeKind, Message, Method, WatchConfig, Watching};

/// A way that changes while it is followed is followed again this often; what changes later is an event.
const ATTEMPTS: usize = 4;
/// Each so many verifications everything is looked at, so that an event that never came delays a reload and does not
/// lose it.
const SWEEP: u32 = 10;
/// How long a change waits for room in a full channel before it tries again.
const FULL_RETRY: Duration = Duration::from_millis(20);

pub(super) struct World {
    config: WatchConfig,
    out: mpsc::Sender<Change>,
    system: System,
    files: BTreeMap<PathBuf, FileTarget>,
    folders: BTreeMap<PathBuf, FolderTarget>,
    pending: BTreeMap<PathBuf, Pending>,
    next_poll: Instant,
    next_verify: Instant,
    /// Verifications since everything was looked at.
    verified: u32,
}

/// A path on its way to rest.
struct Pending {
    due: Instant,
    stamp: Option<Stamp>,
    /// An event said that it was written: reported even where the stamp is that of before.
    written: bool,
}

impl World {
    pub(super) fn new(config: WatchConfig, events: blocking::Sender<Message>, out: mpsc::Sender<Change>) -> Self {
        let now = Instant::now();
        Self {
            out,
            // After the end of the thread nobody waits for events.
            system: System::new(move |event| drop(events.send(Message::Event(event)))),
            files: BTreeMap::new(),
            folders: BTreeMap::new(),
            pending: BTreeMap::new(),
            next_poll: now + config.poll,
            next_verify: now + config.verify,
            verified: 0,
            config,
        }
    }

    pub(super) fn run(mut self, inbox: &blocking::Receiver<Message>) {
        loop {
            let wait = self.next_deadline().saturating_duration_since(Instant::now());
            match inbox.recv_timeout(wait) {
                Ok(Message::Stop) | Err(blocking::RecvTimeoutError::Disconnected) => return,
                Ok(message) => self.handle(message),
                Err(blocking::RecvTimeoutError::Timeout) => {}
            }
            if self.tick(Instant::now()).is_break() {
                return;
            }
        }
    }

    fn next_deadline(&self) -> Instant {
        let pending = self.pending.values().map(|pending| pending.due);
        pending.chain([self.next_poll, self.next_verify]).min().unwrap_or(self.next_verify)
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::File { path, method, reply } => {
                self.files.insert(path.clone(), FileTarget { method, way: Way::default(), known: None });
                let watching = self.follow_file(&path);
                if let Some(target) = self.files.get_mut(&path) {
                    target.known = Stamp::of(&path);
                }
                answer(reply, watching);
            }
            Message::Folder { path, what, method, reply } => {
                let target = FolderTarget {
                    what,
                    method,
                    way: Way::default(),
                    folders: BTreeSet::new(),
                    known: BTreeMap::new(),
                };
                self.folders.insert(path.clone(), target);
                let watching = self.follow_folder(&path, true);
                answer(reply, watching);
            }
            Message::Forget { path, reply } => {
                self.forget(&path);
                answer(reply, ());
            }
            Message::Event(Ok(event)) if event.need_rescan() => self.check_all(),
            Message::Event(Ok(event)) => {
                let effect = Effect::of(event.kind);
                for path in &event.paths {
                    self.on_path(path, effect);
                }
            }
            // The system lost track of something: look at everything again.
            Message::Event(Err(_)) => self.check_all(),
            // Ends the loop before it comes here.
            Message::Stop => {}
        }
    }

    fn tick(&mut self, now: Instant) -> ControlFlow<()> {
        if now >= self.next_poll {
            self.next_poll = now + self.config.poll;
            self.poll();
        }
        if now >= self.next_verify {
            self.next_verify = now + self.config.verify;
            self.verified = (self.verified + 1) % SWEEP;
            if self.system.drop_stale() || self.verified == 0 {
                self.check_all();
            }
        }
        let due: Vec<PathBuf> =
            self.pending.iter().filter(|(_, pending)| pending.due <= now).map(|(path, _)| path.clone()).collect();
        due.iter().try_for_each(|path| self.settle(path))
    }

    /// A path's quiet time is over: reports it if it has come to rest.
    fn settle(&mut self, path: &Path) -> ControlFlow<()> {
        let now = Stamp::of(path);
        let known = self.known(path);
        let Some(pending) = self.pending.get_mut(path) else { return ControlFlow::Continue(()) };
        if now != pending.stamp {
            pending.stamp = now;
            pending.due = Instant::now() + self.config.quiet;
            return ControlFlow::Continue(());
        }
        let kind = match (known, now) {
            (_, Some(now)) if pending.written || known != Some(now) => Some(ChangeKind::Written),
            (Some(_), None) => Some(ChangeKind::Removed),
            _ => None,
        };
        if let Some(kind) = kind {
            match self.out.try_send(Change { path: path.to_owned(), kind }) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => {
                    pending.due = Instant::now() + FULL_RETRY;
                    return ControlFlow::Continue(());
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return ControlFlow::Break(()),
            }
        }
        self.pending.remove(path);
        self.remember(path, now);
        ControlFlow::Continue(())
    }

    fn known(&self, path: &Path) -> Option<Stamp> {
        match self.files.get(path) {
            Some(file) => file.known,
            None => self.folders.values().find_map(|folder| folder.known.get(path).copied()),
        }
    }

    fn remember(&mut self, path: &Path, now: Option<Stamp>) {
        if let Some(file) = self.files.get_mut(path) {
            file.known = now;
        }
        for (given, folder) in &mut self.folders {
            if path.starts_with(given) {
                match now {
                    Some(now) => folder.known.insert(path.to_owned(), now),
                    None => folder.known.remove(path),
                };
            }
        }
    }

    /// Starts a path's quiet timer, or starts it anew.
    fn wait_for(&mut self, path: &Path, written: bool) {
        let due = Instant::now() + self.config.quiet;
        let stamp = Stamp::of(path);
        let pending = self.pending.entry(path.to_owned()).or_insert(Pending { due, stamp, written });
        *pending = Pending { due, stamp, written: pending.written || written };
    }

    fn extend(&mut self, path: &Path) {
        if self.pending.contains_key(path) {
            self.wait_for(path, false);
        }
    }

    fn on_path(&mut self, path: &Path, effect: Effect) {
        if effect == Effect::Gone && self.system.is_armed(path) {
            self.on_folder_gone(path);
        }
        for file in self.files_through(|file| file.way.names.iter().any(|name| name == path)) {
            if effect == Effect::Extend {
                self.extend(&file);
            } else {
                self.follow_file(&file);
                self.wait_for(&file, true);
            }
        }
        let places: Vec<(PathBuf, Place)> =
            self.folders.iter().map(|(given, folder)| (given.clone(), folder.place(given, path))).collect();
        for (given, place) in places {
            match place {
                Place::Way if effect != Effect::Extend => {
                    self.follow_folder(&given, false);
                }
                Place::Below(shown) => self.on_path_below(&given, path, &shown, effect),
                Place::Way | Place::Elsewhere => {}
            }
        }
    }

    /// A watched folder went away under its name: its watch is worth nothing any more.
    fn on_folder_gone(&mut self, folder: &Path) {
        self.system.disarm(folder);
        for file in self.files_through(|file| file.way.folders().any(|on_way| on_way == folder)) {
            self.follow_file(&file);
            self.wait_for(&file, false);
        }
        let through: Vec<PathBuf> = self
            .folders
            .iter()
            .filter(|(_, target)| target.way.folders().any(|on_way| on_way == folder))
            .map(|(given, _)| given.clone())
            .collect();
        for given in through {
            self.follow_folder(&given, false);
        }
    }

    fn on_path_below(&mut self, given: &Path, path: &Path, shown: &Path, effect: Effect) {
        let Some(folder) = self.folders.get_mut(given) else { return };
        if effect == Effect::Gone && folder.folders.contains(path) {
            folder.drop_below(path);
            let below: Vec<PathBuf> = folder.known.keys().filter(|file| file.starts_with(shown)).cloned().collect();
            self.drop_unwanted();
            for file in below {
                self.wait_for(&file, false);
            }
        } else if is_interesting(path, folder.what) {
            match effect {
                Effect::Extend => self.extend(shown),
                _ => self.wait_for(shown, true),
            }
        } else if effect == Effect::Start && folder.may_enter(path) {
            let depth = folder.depth(path);
            self.enter(given, path, depth);
        }
    }

    /// Watches a folder that appeared below a watched one; what is in it already is news.
    fn enter(&mut self, given: &Path, real: &Path, depth: usize) {
        let Some(target) = self.folders.get_mut(given) else { return };
        let found = look_through(real, target.what, depth, &mut |folder| self.system.arm(folder));
        target.folders.extend(found.folders);
        let news: Vec<PathBuf> = found.files.keys().filter_map(|file| target.shown(given, file)).collect();
        for file in news {
            self.wait_for(&file, false);
        }
    }

    fn files_through(&self, test: impl Fn(&FileTarget) -> bool) -> Vec<PathBuf> {
        self.files.iter().filter(|(_, file)| test(file)).map(|(path, _)| path.clone()).collect()
    }

    /// Finds out again what a file's path leads through, and watches that.
    fn follow_file(&mut self, path: &Path) -> Watching {
        let Some(mut target) = self.files.remove(path) else { return Watching::Events };
        target.way = self.follow(path, target.method);
        let watching = self.system.watching(target.method, target.way.folders());
        self.files.insert(path.to_owned(), target);
        self.drop_unwanted();
        watching
    }

    fn follow(&mut self, path: &Path, method: Method) -> Way {
        let mut way = Way::to(path);
        for _ in 0..ATTEMPTS {
            if method == Method::Events {
                way.folders().for_each(|folder| self.system.arm(folder));
            }
            let again = Way::to(path);
            if again == way {
                break;
            }
            way = again;
        }
        way
    }

    /// The same for a folder and all below it. Files that differ from what is known are news, except at the `start`.
    fn follow_folder(&mut self, given: &Path, start: bool) -> Watching {
        let Some(mut target) = self.folders.remove(given) else { return Watching::Events };
        let (what, method) = (target.what, target.method);
        target.way = self.follow(given, method);
        let end = target.way.end.clone().filter(|end| end.is_dir());
        let found = end.map(|end| {
            look_through(&end, what, 0, &mut |folder| {
                if method == Method::Events {
                    self.system.arm(folder);
                }
            })
        });
        let found = found.unwrap_or_default();
        let files: BTreeMap<PathBuf, Stamp> =
            found.files.iter().filter_map(|(file, stamp)| Some((target.shown(given, file)?, *stamp))).collect();
        target.folders = found.folders;
        let news: Vec<PathBuf> = if start {
            target.known = files;
            Vec::new()
        } else {
            let all: BTreeSet<&PathBuf> = files.keys().chain(target.known.keys()).collect();
            all.into_iter().filter(|file| files.get(*file) != target.known.get(*file)).cloned().collect()
        };
        let folders = target.way.folders().chain(target.folders.iter().map(PathBuf::as_path));
        let watching = self.system.watching(method, folders);
        self.folders.insert(given.to_owned(), target);
        self.drop_unwanted();
        for file in news {
            if !self.pending.contains_key(&file) {
                self.wait_for(&file, false);
            }
        }
        watching
    }

    fn forget(&mut self, path: &Path) {
        if self.files.remove(path).is_some() {
            self.pending.remove(path);
        }
        if self.folders.remove(path).is_some() {
            let files = &self.files;
            self.pending.retain(|pending, _| !pending.starts_with(path) || files.contains_key(pending));
        }
        self.drop_unwanted();
    }

    fn drop_unwanted(&mut self) {
        let on_ways = self.files.values().flat_map(|file| file.way.folders());
        let below = self
            .folders
            .values()
            .flat_map(|folder| folder.way.folders().chain(folder.folders.iter().map(PathBuf::as_path)));
        let wanted: BTreeSet<&Path> = on_ways.chain(below).collect();
        self.system.keep_only(&wanted);
    }

    /// Looks at everything again, as after events were lost.
    fn check_all(&mut self) {
        for file in self.files_through(|_| true) {
            self.follow_file(&file);
            if !self.pending.contains_key(&file) {
                self.wait_for(&file, false);
            }
        }
        let folders: Vec<PathBuf> = self.folders.keys().cloned().collect();
        for folder in folders {
            self.follow_folder(&folder, false);
        }
    }

    /// Files that are written under another name: through a hard link, or where a link below a folder leads.
    fn poll_shared(&mut self) {
        let files = self.files.iter().filter_map(|(path, file)| Some((path, file.known.as_ref()?)));
        let below = self.folders.values().flat_map(|folder| &folder.known);
        let changed = |(path, known): (&PathBuf, &Stamp)| {
            (known.is_shared() && Stamp::of(path).as_ref() != Some(known)).then(|| path.clone())
        };
        let changed: Vec<PathBuf> = files.chain(below).filter_map(changed).collect();
        for path in changed {
            if !self.pending.contains_key(&path) {
                self.wait_for(&path, false);
            }
        }
    }

    fn poll(&mut self) {
        self.poll_shared();
        let polled =
            self.files_through(|file| self.system.watching(file.method, file.way.folders()) != Watching::Events);
        for file in polled {
            if Stamp::of(&file) != self.known(&file) && !self.pending.contains_key(&file) {
                self.follow_file(&file);
                self.wait_for(&file, false);
            }
        }
        let folders: Vec<PathBuf> = self
            .folders
            .iter()
            .filter(|(_, target)| {
                let folders = target.way.folders().chain(target.folders.iter().map(PathBuf::as_path));
                self.system.watching(target.method, folders) != Watching::Events
            })
            .map(|(given, _)| given.clone())
            .collect();
        for folder in folders {
            self.follow_folder(&folder, false);
        }
    }
}

/// Whoever asked may have gone meanwhile, which is no concern of ours.
fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    let _ = reply.send(value);
}
