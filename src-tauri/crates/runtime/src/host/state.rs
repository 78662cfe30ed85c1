//! Small JSON values that outlive a run: variables, caches, and the workbench's own lists.
//!
//! Everything that is in use is held in memory, so that a guest may read and write in a hot loop; a thread of its own
//! ([`disk`]) brings changes to SQLite a moment later, the newest value of each key only. Who may use which values is
//! decided elsewhere.

mod disk;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};

use self::disk::Disk;
use super::locked;
use crate::json::Json;

/// What the values are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// One shelf for the whole workbench project.
    Variables,
    /// One shelf for each package.
    Cache,
    /// The workbench's own: which packages there are, which providers have a token.
    Own,
}

impl Space {
    fn name(self) -> &'static str {
        match self {
            Self::Variables => "variables",
            Self::Cache => "cache",
            Self::Own => "own",
        }
    }
}

/// Limits of one shelf. All sizes in bytes of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShelfLimits {
    pub key: usize,
    pub value: usize,
    /// Keys and values together.
    pub total: usize,
    pub entries: usize,
}

impl Default for ShelfLimits {
    fn default() -> Self {
        Self { key: 1024, value: 16 << 20, total: 256 << 20, entries: 100_000 }
    }
}

/// Why a value was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("the name has {size} bytes, the limit is {limit}")]
    LongKey { size: usize, limit: usize },
    #[error("the value has {size} bytes, the limit is {limit}; keep large data in files")]
    LargeValue { size: usize, limit: usize },
    #[error("all values together would have {size} bytes, the limit is {limit}; delete some or reset them")]
    Full { size: usize, limit: usize },
    #[error("there are {limit} values already, which is the limit; delete some or reset them")]
    TooMany { limit: usize },
    #[error("values cannot be saved: {reason}")]
    Disk { reason: String },
}

/// One owner's values.
#[derive(Debug, Default)]
struct Shelf {
    entries: BTreeMap<Arc<str>, Json>,
    bytes: usize,
}

/// Those that are in use.
#[derive(Debug, Default)]
struct Shelves {
    by_owner: HashMap<Space, HashMap<Arc<str>, Shelf>>,
    /// Counts refreshes: what was read before one is out of date.
    refreshes: u64,
}

pub struct State {
    // Short sections only: guests of several runs share the shelves.
    shelves: Mutex<Shelves>,
    limits: ShelfLimits,
    /// `None`: the file could not be opened, and nothing outlives the program.
    disk: Option<Disk>,
}

impl State {
    /// Opens or creates the file. A damaged one is set aside; what was wrong comes back in words. Blocking.
    pub fn open(file: &Path, limits: ShelfLimits) -> (Self, Vec<String>) {
        let (disk, problems) = Disk::open(file);
        (Self { shelves: Mutex::default(), limits, disk }, problems)
    }

    pub async fn get(&self, space: Space, owner: &str, key: &str) -> Option<Json> {
        self.with(space, owner, |shelf| shelf.entries.get(key).cloned()).await
    }

    pub async fn has(&self, space: Space, owner: &str, key: &str) -> bool {
        self.with(space, owner, |shelf| shelf.entries.contains_key(key)).await
    }

    pub async fn set(&self, space: Space, owner: &str, key: &str, value: Json) -> Result<(), StateError> {
        self.writable().await?;
        let limits = self.limits;
        self.with(space, owner, |shelf| {
            let key = shelf.put(key, value.clone(), &limits)?;
            self.queue(space, owner, key, Some(value));
            Ok(())
        })
        .await
    }

    /// Whether there was such a value.
    pub async fn delete(&self, space: Space, owner: &str, key: &str) -> Result<bool, StateError> {
        self.writable().await?;
        let existed = self.with(space, owner, |shelf| match shelf.take(key) {
            Some(key) => {
                self.queue(space, owner, key, None);
                true
            }
            None => false,
        });
        Ok(existed.await)
    }

    /// All values of one owner, by name.
    pub async fn list(&self, space: Space, owner: &str) -> Vec<(Arc<str>, Json)> {
        self.with(space, owner, |shelf| shelf.entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
            .await
    }

    /// Deletes all values of one owner; says how many there were.
    pub async fn reset(&self, space: Space, owner: &str) -> Result<usize, StateError> {
        self.writable().await?;
        let count = self.with(space, owner, |shelf| {
            let gone = std::mem::take(shelf);
            let count = gone.entries.len();
            for key in gone.entries.into_keys() {
                self.queue(space, owner, key, None);
            }
            count
        });
        Ok(count.await)
    }

    /// Waits until everything that was set before is on disk.
    pub async fn flush(&self) -> Result<(), StateError> {
        match &self.disk {
            Some(disk) => disk.flush().await.map_err(|reason| StateError::Disk { reason }),
            None => Ok(()),
        }
    }

    /// Lets go of what is in memory, so that values which another program set on the same file are seen.
    pub async fn refresh(&self) -> Result<(), StateError> {
        let Some(disk) = &self.disk else { return Ok(()) };
        self.flush().await?;
        let mut shelves = locked(&self.shelves);
        // A guest may have set something since; then its program's values are the newest ones anyway.
        if disk.is_idle() {
            shelves.by_owner.clear();
            shelves.refreshes += 1;
        }
        Ok(())
    }

    /// Runs `work` on the owner's shelf, reading it from disk at its first use.
    async fn with<T>(&self, space: Space, owner: &str, work: impl FnOnce(&mut Shelf) -> T) -> T {
        loop {
            let before = {
                let mut shelves = locked(&self.shelves);
                if let Some(shelf) = shelves.by_owner.get_mut(&space).and_then(|owners| owners.get_mut(owner)) {
                    return work(shelf);
                }
                shelves.refreshes
            };
            let read = match &self.disk {
                Some(disk) => disk.read(space, owner).await,
                None => Shelf::default(),
            };
            let mut shelves = locked(&self.shelves);
            if shelves.refreshes != before {
                continue;
            }
            // Another task may have read the same shelf meanwhile, and changed it: that one counts.
            return work(shelves.by_owner.entry(space).or_default().entry(Arc::from(owner)).or_insert(read));
        }
    }

    /// Waits while more changes than memory should hold are on their way to disk.
    async fn writable(&self) -> Result<(), StateError> {
        match &self.disk {
            Some(disk) => disk.room().await.map_err(|reason| StateError::Disk { reason }),
            None => Ok(()),
        }
    }

    /// Called with the shelves locked, so that disk sees changes in the order in which memory saw them.
    fn queue(&self, space: Space, owner: &str, key: Arc<str>, value: Option<Json>) {
        if let Some(disk) = &self.disk {
            disk.queue(space, owner, key, value);
        }
    }
}

impl Shelf {
    fn put(&mut self, key: &str, value: Json, limits: &ShelfLimits) -> Result<Arc<str>, StateError> {
        let size = value.as_str().len();
        if key.len() > limits.key {
            return Err(StateError::LongKey { size: key.len(), limit: limits.key });
        }
        if size > limits.value {
            return Err(StateError::LargeValue { size, limit: limits.value });
        }
        let old = self.entries.get_key_value(key);
        let freed = old.map_or(0, |(key, value)| key.len() + value.as_str().len());
        let total = self.bytes - freed + key.len() + size;
        if total > limits.total {
            return Err(StateError::Full { size: total, limit: limits.total });
        }
        if old.is_none() && self.entries.len() >= limits.entries {
            return Err(StateError::TooMany { limit: limits.entries });
        }
        let key = old.map_or_else(|| Arc::from(key), |(key, _)| key.clone());
        self.bytes = total;
        self.entries.insert(key.clone(), value);
        Ok(key)
    }

    /// As it was kept: without the limits, which may have been larger then.
    fn restore(&mut self, key: String, value: Json) {
        self.bytes += key.len() + value.as_str().len();
        self.entries.insert(Arc::from(key), value);
    }

    fn take(&mut self, key: &str) -> Option<Arc<str>> {
        let (key, value) = self.entries.remove_entry(key)?;
        self.bytes -= key.len() + value.as_str().len();
        Some(key)
    }
}

#[cfg(test)]
mod tests;
