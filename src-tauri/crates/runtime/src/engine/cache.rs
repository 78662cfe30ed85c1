//! Compiled code on disk: one sealed file for each piece of code, found by what it was compiled from and for. Entries
//! are written aside and renamed, so two processes can share the folder; the least recently used go first.

use std::fs::{self, File, FileTimes, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use super::folder::{Folder, UNFINISHED, Unusable};
use super::seal::Seal;
use crate::artifact::ArtifactKind;
use crate::private;

/// Leftovers of a crash are removed when they are older than any compilation could be.
const LEFTOVER: Duration = Duration::from_secs(24 * 3600);

/// Where compiled code is kept.
pub(super) struct Cache {
    folder: PathBuf,
    seal: Seal,
    limit: u64,
}

/// What a piece of code was compiled from, and for which engine.
pub(super) fn key(fingerprint: &blake3::Hash, kind: ArtifactKind, content: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let kind: &[u8] = match kind {
        ArtifactKind::Component => b"component",
        ArtifactKind::Core => b"core",
    };
    for part in [fingerprint.as_bytes().as_slice(), kind, content.as_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    hasher.finalize().to_hex().to_string()
}

impl Cache {
    pub(super) fn open(folder: &Folder, limit: u64) -> Result<Self, Unusable> {
        Ok(Self { folder: folder.sub("code")?, seal: Seal::new(&folder.key("code")), limit })
    }

    /// Where new entries are written aside.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The entry, if there is one and it is what this workbench wrote. What was checked is this open file: load no
    /// other. A damaged or foreign entry is removed.
    pub(super) fn find(&self, key: &str) -> Option<File> {
        let path = self.path(key);
        let file = match private::open_for_reading(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot read compiled code; it is compiled again");
                return None;
            }
        };
        match self.seal.holds(&file, key) {
            Ok(true) => {
                // The time of the last use orders the entries when the cache is trimmed; a lost one costs a compilation.
                if let Err(error) = file.set_times(FileTimes::new().set_modified(SystemTime::now())) {
                    tracing::debug!(path = %path.display(), %error, "cannot note the use of compiled code");
                }
                Some(file)
            }
            Ok(false) => {
                tracing::warn!(path = %path.display(), "compiled code is damaged or not ours; it is compiled again");
                self.forget(key);
                None
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot read compiled code; it is compiled again");
                None
            }
        }
    }

    /// Seals what was compiled and gives it its name. The open file stays good whatever becomes of the name.
    pub(super) fn keep(&self, key: &str, mut file: NamedTempFile) -> io::Result<()> {
        self.seal.put(file.as_file_mut(), key)?;
        file.as_file().set_permissions(Permissions::from_mode(0o400))?;
        let path = self.path(key);
        file.persist(&path).map_err(|error| {
            io::Error::new(error.error.kind(), format!("\"{}\" cannot be replaced: {}", path.display(), error.error))
        })?;
        self.trim();
        Ok(())
    }

    pub(super) fn forget(&self, key: &str) {
        remove(&self.path(key));
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.cwasm"))
    }

    /// Removes the least recently used entries until the rest fits. Code in use stays in use: it is mapped, and a file
    /// that is open outlives its name.
    fn trim(&self) {
        let entries = match entries(&self.folder) {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!(path = %self.folder.display(), %error, "cannot trim the compile cache");
                return;
            }
        };
        let old = SystemTime::now().checked_sub(LEFTOVER).unwrap_or(SystemTime::UNIX_EPOCH);
        let (unfinished, mut finished): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.is_unfinished());
        unfinished.iter().filter(|entry| entry.used < old).for_each(|entry| remove(&entry.path));
        finished.sort_by_key(|entry| entry.used);
        let mut total: u64 = finished.iter().map(|entry| entry.size).sum();
        for entry in finished {
            if total <= self.limit {
                break;
            }
            remove(&entry.path);
            total -= entry.size;
        }
    }
}

/// A file in a folder of the cache.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) size: u64,
    pub(super) used: SystemTime,
}

impl Entry {
    fn is_unfinished(&self) -> bool {
        self.path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes()))
    }
}

/// The files of a folder. One that another process removes meanwhile is left out.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(data) if data.is_file() => {
                found.push(Entry { path: entry.path(), size: data.len(), used: data.modified()? });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Removes a file that another process may have removed already.
pub(super) fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "cannot remove a file of the compile cache");
    }
}
