//! Compiled functions, so that a rebuild compiles only what changed. Functions are kept in packs on disk and read one
//! by one when the compiler asks; the system's page cache holds what is in use.

mod pack;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::CacheStore;

use self::pack::{Key, Pack, Place};
use super::cache::{entries, remove};
use super::folder::{Folder, Unusable};

/// All packs together; the least recently used go first.
const LIMIT: u64 = 512 << 20;
/// One pack, so that dropping one is no great loss, and what one compilation may add.
const LARGEST: u64 = LIMIT / 4;
/// More packs than this are merged: every compilation adds one.
const MANY: usize = 12;

/// A store of compiled functions. [`Functions::begin`] before a compilation and [`Functions::finish`] after it; both
/// read or write files.
pub(super) struct Functions {
    folder: PathBuf,
    keys: pack::Keys,
    // Compiler threads read and add a few bytes at a time.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    packs: HashMap<String, Arc<OpenPack>>,
    index: HashMap<Key, (Arc<OpenPack>, Place)>,
    /// Compiled since the last pack was written.
    new: HashMap<Key, Vec<u8>>,
    new_bytes: u64,
}

struct OpenPack {
    pack: Pack,
    used: AtomicBool,
}

impl Functions {
    /// `fingerprint` is that of the engine: functions compiled under other settings are of no use.
    pub(super) fn open(folder: &Folder, fingerprint: &blake3::Hash) -> Result<Self, Unusable> {
        let keys = pack::Keys::new(&folder.key("functions"), fingerprint);
        Ok(Self { folder: folder.sub("functions")?, keys, known: Mutex::default() })
    }

    /// Learns what other processes have written, and forgets what they have removed.
    pub(super) fn begin(&self) {
        let found = match entries(&self.folder) {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(path = %self.folder.display(), %error, "cannot read the store of compiled functions");
                return;
            }
        };
        let names: Vec<String> =
            found.iter().filter_map(|entry| self.keys.own_name(&entry.path)).map(str::to_owned).collect();
        let opened: Vec<(String, Arc<OpenPack>)> = {
            let known = self.lock();
            names.iter().filter(|name| !known.packs.contains_key(*name)).cloned().collect::<Vec<_>>()
        }
        .into_iter()
        .filter_map(|name| self.read(&name).map(|pack| (name, pack)))
        .collect();
        let mut known = self.lock();
        let before = known.packs.len();
        known.packs.retain(|name, _| names.contains(name));
        let gone = known.packs.len() < before;
        known.packs.extend(opened.iter().cloned());
        if gone {
            known.index.clear();
            let all: Vec<_> = known.packs.values().cloned().collect();
            all.iter().for_each(|pack| known.learn(pack));
        } else {
            opened.iter().for_each(|(_, pack)| known.learn(pack));
        }
    }

    /// Writes what was compiled, notes what was used, and keeps the packs few and small enough.
    pub(super) fn finish(&self) {
        if let Err(error) = self.write_new() {
            tracing::warn!(path = %self.folder.display(), %error, "cannot keep compiled functions");
        }
        for pack in self.lock().packs.values() {
            if pack.used.swap(false, Ordering::Relaxed)
                && let Err(error) = pack.pack.touch()
            {
                tracing::debug!(%error, "cannot note the use of compiled functions");
            }
        }
        if let Err(error) = self.merge() {
            tracing::warn!(path = %self.folder.display(), %error, "cannot merge compiled functions");
        }
        if let Err(error) = trim(&self.folder, LIMIT) {
            tracing::warn!(path = %self.folder.display(), %error, "cannot trim the store of compiled functions");
        }
    }

    fn read(&self, name: &str) -> Option<Arc<OpenPack>> {
        let path = self.folder.join(name);
        match Pack::open(&path, &self.keys) {
            Ok(Some(pack)) => Some(Arc::new(OpenPack { pack, used: AtomicBool::new(false) })),
            Ok(None) => {
                tracing::warn!(path = %path.display(), "compiled functions are damaged or not ours; they are left out");
                remove(&path);
                None
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot read compiled functions");
                None
            }
        }
    }

    fn write_new(&self) -> io::Result<()> {
        let new = {
            let mut known = self.lock();
            known.new_bytes = 0;
            std::mem::take(&mut known.new)
        };
        if new.is_empty() {
            return Ok(());
        }
        self.add(new.iter().map(|(key, code)| (*key, Cow::Borrowed(code.as_slice()))))?;
        Ok(())
    }

    fn add<'a>(&self, functions: impl Iterator<Item = (Key, Cow<'a, [u8]>)>) -> io::Result<String> {
        let name = pack::write(&self.folder, &self.keys, functions)?;
        if let Some(pack) = self.read(&name) {
            let mut known = self.lock();
            known.learn(&pack);
            known.packs.insert(name.clone(), pack);
        }
        Ok(name)
    }

    /// Merges the smaller packs into one. Another process may do the same at the same time: then some functions are
    /// kept twice until the next time.
    fn merge(&self) -> io::Result<()> {
        let mut packs: Vec<(String, Arc<OpenPack>)> =
            self.lock().packs.iter().map(|(name, pack)| (name.clone(), pack.clone())).collect();
        if packs.len() <= MANY {
            return Ok(());
        }
        packs.sort_by_key(|(_, pack)| pack.pack.size());
        let mut total = 0;
        packs.retain(|(_, pack)| {
            total += pack.pack.size();
            total <= LARGEST
        });
        if packs.len() < 2 {
            return Ok(());
        }
        let mut functions: HashMap<Key, (&Pack, Place)> = HashMap::new();
        for (_, pack) in &packs {
            functions.extend(pack.pack.places().map(|(key, place)| (key, (&pack.pack, place))));
        }
        let merged = self.add(functions.iter().filter_map(|(key, (pack, place))| {
            let code = pack.get(&self.keys, key, *place)?;
            Some((*key, Cow::Owned(code)))
        }))?;
        for (name, _) in packs.iter().filter(|(name, _)| *name != merged) {
            remove(&self.folder.join(name));
        }
        self.begin();
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn learn(&mut self, pack: &Arc<OpenPack>) {
        self.index.extend(pack.pack.places().map(|(key, place)| (key, (pack.clone(), place))));
    }
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let key = Key::try_from(key).ok()?;
        let (pack, place) = {
            let known = self.lock();
            if let Some(code) = known.new.get(&key) {
                return Some(Cow::Owned(code.clone()));
            }
            known.index.get(&key).cloned()?
        };
        let code = pack.pack.get(&self.keys, &key, place)?;
        pack.used.store(true, Ordering::Relaxed);
        Some(Cow::Owned(code))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let Ok(key) = Key::try_from(key) else { return false };
        let mut known = self.lock();
        let bytes = known.new_bytes + value.len() as u64;
        if bytes > LARGEST {
            return false;
        }
        known.new_bytes = bytes;
        known.new.insert(key, value);
        true
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Removes the packs that were not used for longest, of any engine's, until the rest fits. What is open stays readable.
fn trim(folder: &Path, limit: u64) -> io::Result<()> {
    let mut packs = entries(folder)?;
    packs.sort_by_key(|pack| pack.used);
    let mut total: u64 = packs.iter().map(|pack| pack.size).sum();
    for pack in packs {
        if total <= limit {
            break;
        }
        remove(&pack.path);
        total -= pack.size;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
