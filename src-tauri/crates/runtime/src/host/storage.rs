//! Files of nodes, confined to the workbench's data folder.
//!
//! Each package (the node's file) has a folder of its own, and below it one for each scope. A guest gets a directory
//! as a FlowPath whose `store_ref` is an unguessable word: whoever holds it in this run may use that directory, so two
//! packages share files only where the run passes a FlowPath from one to the other. Nothing here decides about
//! permissions; the calls ask the gate first.

mod calls;
mod files;
mod path;
mod quota;
mod walk;
mod write;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cap_std::fs::Dir;

use self::files::PackageFiles;
pub use self::files::StoredFile;
use self::path::{FlowPath, Parts};
pub use self::quota::{Quota, Usage};
use self::write::PartialWrite;
use super::services::{PackageKey, folder_name};
use super::{locked, meta};
use crate::private;

/// The largest `write-file`, as the SDKs know it; larger files are written in chunks.
pub const MAX_WRITE: usize = 10 << 20;
/// The largest chunk, as the SDKs send them.
pub const MAX_CHUNK: usize = 8 << 20;
/// Chunked writes that one run may have under way.
const MAX_OPEN_WRITES: usize = 64;

/// Which of its directories a node asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Storage { node: Option<String> },
    Upload,
    Cache { node: Option<String>, user: bool },
    User { node: Option<String> },
}

impl Scope {
    /// The folder below the package's own; every path of the scope begins with it.
    fn root(&self) -> String {
        let below = |top: &str, node: &Option<String>| match node {
            Some(node) => format!("{top}/nodes/{}", folder_name(node, node.as_bytes())),
            None => format!("{top}/shared"),
        };
        match self {
            Self::Storage { node } => below("storage", node),
            Self::Upload => "upload".to_owned(),
            Self::Cache { node, user: false } => below("cache/everyone", node),
            Self::Cache { node, user: true } => below("cache/user", node),
            Self::User { node } => below("user", node),
        }
    }
}

/// Why a call on files gave the guest nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the argument is not a FlowPath document: {reason}")]
    NotAFlowPath { reason: String },
    #[error("the store reference was not given out in this run; ask for a directory first")]
    UnknownStore,
    #[error("the path leads out of its directory; begin it with \"{root}/\"")]
    Outside { root: String },
    #[error("the path is refused: {why}")]
    Path { why: &'static str },
    #[error("the path names a directory, not a file")]
    IsADirectory,
    #[error("a part of the path is a symbolic link; links are never followed")]
    Symlink,
    #[error("the path names neither a file nor a directory")]
    NotAFile,
    #[error("there is no such file")]
    NotFound,
    #[error("the package would keep {wanted} bytes, the limit is {limit}; delete files or reset its storage")]
    FullBytes { wanted: u64, limit: u64 },
    #[error("the package keeps {limit} files and folders already, which is the limit")]
    FullEntries { limit: u64 },
    #[error("the directory holds more than {limit} files, which is the limit of a list; list a directory inside it")]
    LongList { limit: usize },
    #[error("cannot look into the folder {folder}, so not everything there is known: {error}")]
    Unreadable { folder: String, error: io::Error },
    #[error("{size} bytes at once, the limit is {limit}; use a chunked write")]
    LargeWrite { size: usize, limit: usize },
    #[error("the file has {size} bytes, the limit for reading is {limit}")]
    LargeRead { size: u64, limit: u64 },
    #[error("there is no such write under way in this run")]
    UnknownWrite,
    #[error("{limit} chunked writes are under way already, which is the limit; finish one first")]
    TooManyWrites { limit: usize },
    #[error("{received} bytes with this chunk, {total} were announced; the chunk was not taken")]
    TooMuch { received: u64, total: u64 },
    #[error("{received} of {total} announced bytes arrived; nothing was written")]
    Incomplete { received: u64, total: u64 },
    #[error("the system has no randomness for a reference")]
    NoRandomness,
    #[error("the disk refused: {0}")]
    Io(io::Error),
    #[error("the work was interrupted")]
    Interrupted,
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::NotFound } else { Self::Io(error) }
    }
}

/// Directories minted in this run and writes under way; unfinished writes vanish with it.
#[derive(Default)]
pub struct RunStorage {
    /// By store reference.
    roots: HashMap<String, Root>,
    minted: HashMap<(Arc<str>, Scope), String>,
    writes: HashMap<String, PartialWrite>,
    /// Writes that are being worked on just now.
    busy: usize,
}

#[derive(Clone)]
struct Root {
    files: Arc<PackageFiles>,
    path: Arc<str>,
}

/// The files of all packages.
pub struct Storage {
    base: Arc<Dir>,
    quota: Quota,
    // Short sections only; opening a package happens outside.
    packages: Mutex<HashMap<Arc<str>, Arc<PackageFiles>>>,
    /// The temporary folder that stands in for one that cannot be used.
    _stand_in: Option<tempfile::TempDir>,
}

/// What one package keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageUsage {
    /// The package's folder: see [`PackageKey::id`].
    pub id: String,
    pub usage: Usage,
}

impl Storage {
    /// Blocking.
    pub fn open(folder: &Path, quota: Quota) -> io::Result<Self> {
        private::create_folder(folder)?;
        let base = Dir::open_ambient_dir(folder, cap_std::ambient_authority())?;
        Ok(Self { base: Arc::new(base), quota, packages: Mutex::default(), _stand_in: None })
    }

    /// As [`Storage::open`]; where that fails, in a temporary folder, and why in words for the user. Blocking.
    pub fn open_or_stand_in(folder: &Path, quota: Quota) -> io::Result<(Self, Option<String>)> {
        let problem = match Self::open(folder, quota) {
            Ok(storage) => return Ok((storage, None)),
            Err(error) => {
                format!("cannot use {}; files of nodes last until the program ends", private::named(folder, &error))
            }
        };
        let stand_in = private::temporary()?;
        let storage = Self::open(stand_in.path(), quota)?;
        Ok((Self { _stand_in: Some(stand_in), ..storage }, Some(problem)))
    }

    /// The FlowPath document of a directory, which is created where it is missing.
    pub async fn mint(&self, run: &Mutex<RunStorage>, package: &PackageKey, scope: Scope) -> Result<String, Refusal> {
        let path = scope.root();
        let key = (package.shared_id(), scope);
        if let Some(reference) = locked(run).minted.get(&key) {
            return Ok(FlowPath::document(&path, reference).to_string());
        }
        let files = self.package(&key.0).await?;
        let (minting, root) = (files.clone(), path.clone());
        on_disk(move || minting.mint(&root)).await?;
        let fresh = meta::token("store").ok_or(Refusal::NoRandomness)?;
        let mut run = locked(run);
        let reference = run.minted.entry(key).or_insert(fresh).clone();
        run.roots.insert(reference.clone(), Root { files, path: Arc::from(path.as_str()) });
        Ok(FlowPath::document(&path, &reference).to_string())
    }

    /// `limit` bounds what one read may bring into memory.
    pub async fn read(&self, run: &Mutex<RunStorage>, flow_path: &str, limit: u64) -> Result<Vec<u8>, Refusal> {
        let (root, parts) = resolve(run, flow_path)?;
        on_disk(move || root.files.read(&root.path, &parts, limit)).await
    }

    /// Writes the whole file or nothing.
    pub async fn write(&self, run: &Mutex<RunStorage>, flow_path: &str, data: &[u8]) -> Result<(), Refusal> {
        if data.len() > MAX_WRITE {
            return Err(Refusal::LargeWrite { size: data.len(), limit: MAX_WRITE });
        }
        let (root, parts) = resolve(run, flow_path)?;
        let data = data.to_vec();
        on_disk(move || {
            let mut write = PartialWrite::start(root.files, &root.path, parts, data.len() as u64)?;
            write.push(&data)?;
            write.finish()
        })
        .await
    }

    /// Begins a chunked write of exactly `total` bytes; returns its id.
    pub async fn start(&self, run: &Mutex<RunStorage>, flow_path: &str, total: u64) -> Result<String, Refusal> {
        let (root, parts) = resolve(run, flow_path)?;
        let place = Place::take(run)?;
        let write = on_disk(move || PartialWrite::start(root.files, &root.path, parts, total)).await?;
        let id = meta::token("write").ok_or(Refusal::NoRandomness)?;
        place.fill(id.clone(), write);
        Ok(id)
    }

    /// A chunk that is too large is not taken; the write goes on. A disk error ends it.
    pub async fn chunk(&self, run: &Mutex<RunStorage>, id: &str, data: &[u8]) -> Result<(), Refusal> {
        if data.len() > MAX_CHUNK {
            return Err(Refusal::LargeWrite { size: data.len(), limit: MAX_CHUNK });
        }
        let (mut write, place) = Place::of(run, id)?;
        if let Err(refusal) = write.accepts(data.len()) {
            place.fill(id.to_owned(), write);
            return Err(refusal);
        }
        let data = data.to_vec();
        let write = on_disk(move || write.push(&data).map(|()| write)).await?;
        place.fill(id.to_owned(), write);
        Ok(())
    }

    /// Puts the file in its place, or drops the write where bytes are missing.
    pub async fn finish(&self, run: &Mutex<RunStorage>, id: &str) -> Result<(), Refusal> {
        let (write, _place) = Place::of(run, id)?;
        on_disk(move || write.finish()).await
    }

    /// All files below a directory, at any depth, as a JSON array of FlowPaths sorted by path; or an error. A directory
    /// that is not there has none. The number is that of files which no node can name.
    pub async fn list(&self, run: &Mutex<RunStorage>, flow_path: &str) -> Result<(String, u64), Refusal> {
        let reference = FlowPath::parse(flow_path)?.store_ref;
        let (root, parts) = resolve(run, flow_path)?;
        on_disk(move || {
            let listed = root.files.list(&root.path, &parts)?;
            let documents = listed.files.iter().map(|file| FlowPath::document(&file.path, &reference));
            Ok((serde_json::Value::Array(documents.collect()).to_string(), listed.left_out))
        })
        .await
    }

    /// What every package keeps, by id.
    pub async fn packages(&self) -> Result<Vec<PackageUsage>, Refusal> {
        let base = self.base.clone();
        let ids = on_disk(move || files::package_ids(&base)).await?;
        let mut packages = Vec::with_capacity(ids.len());
        for id in ids {
            let files = self.package(&Arc::from(id.as_str())).await?;
            let usage = on_disk(move || files.rescan()).await?;
            packages.push(PackageUsage { id, usage });
        }
        Ok(packages)
    }

    /// The files of one package, sorted by path. The flag says that the list was cut.
    pub async fn files(&self, id: &str) -> Result<(Vec<StoredFile>, bool), Refusal> {
        let files = self.package(&known_id(id)?).await?;
        on_disk(move || files.list_all()).await
    }

    /// Deletes everything that a package keeps. Directories that a run holds stay usable, and empty.
    pub async fn reset(&self, id: &str) -> Result<(), Refusal> {
        let files = self.package(&known_id(id)?).await?;
        on_disk(move || files.clear()).await
    }

    async fn package(&self, id: &Arc<str>) -> Result<Arc<PackageFiles>, Refusal> {
        if let Some(files) = locked(&self.packages).get(id) {
            return Ok(files.clone());
        }
        let (base, folder, quota) = (self.base.clone(), id.clone(), self.quota);
        let opened = on_disk(move || PackageFiles::open(&base, &folder, quota)).await?;
        // Two tasks may have opened it: both must use one account.
        Ok(locked(&self.packages).entry(id.clone()).or_insert_with(|| Arc::new(opened)).clone())
    }
}

fn known_id(id: &str) -> Result<Arc<str>, Refusal> {
    match Parts::parse(id)?.as_slice() {
        [id] => Ok(Arc::from(id.as_str())),
        _ => Err(Refusal::Path { why: "a package's id is one name" }),
    }
}

fn resolve(run: &Mutex<RunStorage>, flow_path: &str) -> Result<(Root, Parts), Refusal> {
    let flow_path = FlowPath::parse(flow_path)?;
    let root = locked(run).roots.get(&flow_path.store_ref).cloned().ok_or(Refusal::UnknownStore)?;
    let parts = Parts::below(&root.path, &flow_path.path)?;
    Ok((root, parts))
}

/// One of the run's places for chunked writes, free again when this is dropped.
struct Place<'a>(&'a Mutex<RunStorage>);

impl<'a> Place<'a> {
    fn take(run: &'a Mutex<RunStorage>) -> Result<Self, Refusal> {
        let mut storage = locked(run);
        if storage.writes.len() + storage.busy >= MAX_OPEN_WRITES {
            return Err(Refusal::TooManyWrites { limit: MAX_OPEN_WRITES });
        }
        storage.busy += 1;
        Ok(Self(run))
    }

    /// Takes a write out for work; meanwhile its id is unknown, so that chunks stay in sequence.
    fn of(run: &'a Mutex<RunStorage>, id: &str) -> Result<(PartialWrite, Self), Refusal> {
        let mut storage = locked(run);
        let write = storage.writes.remove(id).ok_or(Refusal::UnknownWrite)?;
        storage.busy += 1;
        Ok((write, Self(run)))
    }

    fn fill(self, id: String, write: PartialWrite) {
        locked(self.0).writes.insert(id, write);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        locked(self.0).busy -= 1;
    }
}

async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Refusal::Interrupted))
}

#[cfg(test)]
mod tests;
