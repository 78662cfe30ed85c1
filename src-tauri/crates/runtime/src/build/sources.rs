//! What a project is built from, by the content of each file.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::watch::{Stamp, sources_below};

/// Files that are looked at: a folder with more holds other things than sources.
pub(super) const MAX_FILES: usize = 20_000;
/// Files with more bytes are told apart by size and time.
const MAX_HASHED: u64 = 64 << 20;

type Hash = blake3::Hash;

/// The content of each source file at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    files: BTreeMap<PathBuf, Hash>,
    /// There are more than [`MAX_FILES`].
    pub(super) too_many: bool,
}

impl Snapshot {
    /// The files that came, went or have another content.
    pub(super) fn changed(&self, after: &Self) -> Vec<PathBuf> {
        let gone = self.files.keys().filter(|path| !after.files.contains_key(*path));
        let new = after.files.iter().filter(|(path, hash)| self.files.get(*path) != Some(hash)).map(|(path, _)| path);
        gone.chain(new).cloned().collect()
    }

    /// Stands for the whole: equal only where every file is.
    pub(super) fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (path, hash) in &self.files {
            let path = path.as_os_str().as_encoded_bytes();
            hasher.update(&(path.len() as u64).to_le_bytes()).update(path).update(hash.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Takes snapshots; a file whose stamp is that of before is not read again.
#[derive(Debug, Default)]
pub(super) struct Sources {
    known: HashMap<PathBuf, (Stamp, Hash)>,
}

impl Sources {
    /// The files at and below `entries` without `output`, the node itself. Blocking.
    pub(super) fn snapshot(&mut self, entries: &[PathBuf], output: Option<&Path>) -> Snapshot {
        let found: BTreeMap<PathBuf, Stamp> = entries.iter().flat_map(|entry| sources_below(entry)).collect();
        let too_many = found.len() > MAX_FILES;
        let mut known = HashMap::with_capacity(found.len().min(MAX_FILES));
        let mut files = BTreeMap::new();
        for (path, stamp) in found.into_iter().take(MAX_FILES).filter(|(path, _)| Some(path.as_path()) != output) {
            let before = self.known.get(&path).filter(|(before, _)| *before == stamp);
            let hash = before.map_or_else(|| hash(&path, stamp), |(_, hash)| *hash);
            if stamp.is_settled() {
                known.insert(path.clone(), (stamp, hash));
            }
            files.insert(path, hash);
        }
        self.known = known;
        Snapshot { files, too_many }
    }
}

/// Where the content cannot be had, the stamp stands for it.
fn hash(path: &Path, stamp: Stamp) -> Hash {
    let read = || {
        if stamp.size() > MAX_HASHED {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path).ok()?).ok()?;
        Some(hasher.finalize())
    };
    read().unwrap_or_else(|| blake3::hash(format!("{stamp:?}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_contents_count() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let write = |name: &str, text: &str| fs::write(root.join(name), text).expect("a file");
        fs::create_dir_all(root.join("src")).expect("a folder");
        write("src/a.rs", "1");
        write("src/b.rs", "1");
        write("other.rs", "1");
        let entries = [root.join("src"), root.join("named.toml")];
        let mut sources = Sources::default();
        let first = sources.snapshot(&entries, None);
        write("src/a.rs", "1");
        write("other.rs", "2");
        let touched = sources.snapshot(&entries, None);
        assert_eq!((first.changed(&touched), first.digest()), (vec![], touched.digest()), "touched but equal");

        write("src/a.rs", "2");
        write("named.toml", "");
        fs::remove_file(root.join("src/b.rs")).expect("it was there");
        let after = sources.snapshot(&entries, None);
        let changed: Vec<_> = ["src/b.rs", "named.toml", "src/a.rs"].map(|name| root.join(name)).to_vec();
        assert_eq!(first.changed(&after), changed, "gone, come, and another content");
        assert_ne!(first.digest(), after.digest());
        let without = sources.snapshot(&entries, Some(&root.join("src/a.rs")));
        assert_eq!(after.changed(&without), [root.join("src/a.rs")], "what is built is not a source");
    }
}
