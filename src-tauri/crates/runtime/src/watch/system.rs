//! The system's own watches: one for each folder, by its real path.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::effect::Effect;
use super::stamp::{identity, network_file_system};
use super::{Method, Watching};

pub(super) struct System {
    watcher: Result<RecommendedWatcher, String>,
    armed: HashMap<PathBuf, Armed>,
}

/// A folder that the system was asked to watch.
struct Armed {
    identity: Option<(u64, u64)>,
    /// Why it does not.
    refused: Option<String>,
}

impl System {
    /// Gives every event that may count to `send`, on the system's own thread.
    pub(super) fn new(send: impl Fn(notify::Result<notify::Event>) + Send + 'static) -> Self {
        let handler = move |event: notify::Result<notify::Event>| {
            let counts =
                event.as_ref().map_or(true, |event| event.need_rescan() || Effect::of(event.kind) != Effect::Ignore);
            if counts {
                send(event);
            }
        };
        let watcher = notify::recommended_watcher(handler).map_err(|error| error.to_string());
        Self { watcher, armed: HashMap::new() }
    }

    pub(super) fn arm(&mut self, folder: &Path) {
        if self.armed.get(folder).is_some_and(|armed| armed.refused.is_none()) {
            return;
        }
        let Ok(watcher) = &mut self.watcher else { return };
        // Taken before the watch is set: a folder that is replaced in between is found out later.
        let identity = identity(folder);
        let refused = match watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => None,
            // It went away just now: its parent's event says so.
            Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => return,
            Err(error) => Some(error.to_string()),
        };
        self.armed.insert(folder.to_owned(), Armed { identity, refused });
    }

    pub(super) fn disarm(&mut self, folder: &Path) {
        if self.armed.remove(folder).is_some()
            && let Ok(watcher) = &mut self.watcher
        {
            // The system drops the watch of a removed folder by itself.
            let _ = watcher.unwatch(folder);
        }
    }

    pub(super) fn is_armed(&self, folder: &Path) -> bool {
        self.armed.contains_key(folder)
    }

    pub(super) fn keep_only(&mut self, wanted: &BTreeSet<&Path>) {
        let unwanted: Vec<PathBuf> =
            self.armed.keys().filter(|folder| !wanted.contains(folder.as_path())).cloned().collect();
        for folder in unwanted {
            self.disarm(&folder);
        }
    }

    /// Asks again for what was refused, and drops the watches of folders that are no longer the ones at their paths.
    /// Says whether there were any.
    pub(super) fn drop_stale(&mut self) -> bool {
        let (refused, held): (Vec<_>, Vec<_>) = self.armed.iter().partition(|(_, armed)| armed.refused.is_some());
        let refused: Vec<PathBuf> = refused.into_iter().map(|(folder, _)| folder.clone()).collect();
        let stale: Vec<PathBuf> = held
            .into_iter()
            .filter(|(folder, armed)| identity(folder) != armed.identity)
            .map(|(folder, _)| folder.clone())
            .collect();
        refused.iter().for_each(|folder| self.arm(folder));
        stale.iter().for_each(|folder| self.disarm(folder));
        !stale.is_empty()
    }

    /// How a path is watched that needs the events of `folders`.
    pub(super) fn watching<'a>(&self, method: Method, mut folders: impl Iterator<Item = &'a Path>) -> Watching {
        if method == Method::Poll {
            return Watching::Polling { reason: "asked for".into() };
        }
        if let Err(reason) = &self.watcher {
            return Watching::Polling { reason: reason.clone() };
        }
        let reason = folders.find_map(|folder| {
            let refused = self.armed.get(folder).and_then(|armed| armed.refused.clone());
            refused.or_else(|| network_file_system(folder).map(|name| format!("the folder is on {name}")))
        });
        reason.map_or(Watching::Events, |reason| Watching::Polling { reason })
    }
}
