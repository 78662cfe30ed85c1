//! The folder of one package: walked part by part, never through a link. Blocking.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use cap_std::fs::{Dir, DirBuilder, File, OpenOptions};

use super::Refusal;
use super::path::Parts;
use super::quota::{Account, Quota, Reservation, Usage};
use super::walk::walk;
use crate::host::locked;

/// How many files a list holds at most; the quota keeps a package's own files below that.
const MAX_LISTED: usize = 20_000;
/// Files that the user put there may lie deeper than nodes can reach; those are left out.
const MAX_DEPTH: usize = 64;
/// Leftovers of a crashed program; younger ones may belong to another program that runs now.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// A file as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Below the package's folder, with slashes.
    pub path: String,
    pub size: u64,
    pub modified: Option<SystemTime>,
}

/// What a look through a folder found.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Sorted by path.
    pub files: Vec<StoredFile>,
    /// Files that no node can name: theirs are no Unicode names, or they are nested too deep.
    pub left_out: u64,
    /// There are more than a list may hold.
    pub cut: bool,
}

pub(super) struct PackageFiles {
    /// What nodes see.
    dir: Dir,
    /// Files being written, on the same disk and out of sight.
    pub(super) writes: Dir,
    account: Arc<Account>,
    /// Held while files come and go, so that a count of them is exact. Also: when they were last counted.
    pub(super) counted: Mutex<Instant>,
}

impl PackageFiles {
    pub fn open(base: &Dir, id: &str, quota: Quota) -> Result<Self, Refusal> {
        let package = open_or_create(base, id)?;
        let files = Self {
            dir: open_or_create(&package, "files")?,
            writes: open_or_create(&package, "writes")?,
            account: Account::new(quota),
            counted: Mutex::new(Instant::now()),
        };
        files.rescan()?;
        files.sweep()?;
        Ok(files)
    }

    /// Creates a scope's directory.
    pub fn mint(&self, root: &str) -> Result<(), Refusal> {
        self.recount_after(Duration::from_secs(5))?;
        let _counting = locked(&self.counted);
        let (_, created) = self.descend_creating(root, &[])?;
        self.account.add(Usage { bytes: 0, entries: created });
        Ok(())
    }

    pub fn read(&self, root: &str, parts: &Parts, limit: u64) -> Result<Vec<u8>, Refusal> {
        let (folders, name) = parts.split_last()?;
        let dir = self.descend(root, folders)?;
        let mut file = open_file(&dir, name)?;
        let size = file.metadata()?.len();
        if size > limit {
            return Err(Refusal::LargeRead { size, limit });
        }
        let mut data = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        // The file may grow while it is read.
        file.by_ref().take(limit.saturating_add(1)).read_to_end(&mut data)?;
        if data.len() as u64 > limit {
            return Err(Refusal::LargeRead { size: data.len() as u64, limit });
        }
        Ok(data)
    }

    /// Everything below a directory, or an error.
    pub fn list(&self, root: &str, parts: &Parts) -> Result<Listed, Refusal> {
        let dir = match self.descend(root, parts.as_slice()) {
            Ok(dir) => dir,
            Err(Refusal::NotFound | Refusal::NotAFile) => return Ok(Listed::default()),
            Err(refusal) => return Err(refusal),
        };
        let start = std::iter::once(root).chain(parts.as_slice().iter().map(String::as_str)).collect::<Vec<_>>();
        let listed = listed(&dir, &start.join("/"))?;
        if listed.cut { Err(Refusal::LongList { limit: MAX_LISTED }) } else { Ok(listed) }
    }

    pub fn list_all(&self) -> Result<(Vec<StoredFile>, bool), Refusal> {
        let listed = listed(&self.dir, "")?;
        Ok((listed.files, listed.cut))
    }

    /// Counts what is there.
    pub fn rescan(&self) -> Result<Usage, Refusal> {
        let mut counted = locked(&self.counted);
        self.count(&mut counted)
    }

    /// Deletes everything; directories that runs hold stay.
    pub fn clear(&self) -> Result<(), Refusal> {
        let mut counted = locked(&self.counted);
        for entry in self.dir.entries()? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                self.dir.remove_dir_all(entry.file_name())?;
            } else {
                self.dir.remove_file(entry.file_name())?;
            }
        }
        self.count(&mut counted).map(drop)
    }

    /// Room for a write. The user may have deleted files meanwhile, so the disk is looked at before refusing.
    pub fn reserve(&self, bytes: u64, entries: u64) -> Result<Reservation, Refusal> {
        match self.account.reserve(bytes, entries) {
            Err(Refusal::FullBytes { .. } | Refusal::FullEntries { .. }) => {
                self.recount_after(Duration::from_secs(1))?;
                self.account.reserve(bytes, entries)
            }
            reserved => reserved,
        }
    }

    /// The directory of a path that exists.
    pub fn descend(&self, root: &str, folders: &[String]) -> Result<Dir, Refusal> {
        let mut dir = self.dir.try_clone()?;
        for part in root.split('/').chain(folders.iter().map(String::as_str)) {
            dir = open_dir(&dir, part)?;
        }
        Ok(dir)
    }

    /// The directory of a path, created where parts are missing; and how many were.
    pub fn descend_creating(&self, root: &str, folders: &[String]) -> Result<(Dir, u64), Refusal> {
        let mut dir = self.dir.try_clone()?;
        let mut created = 0;
        for part in root.split('/').chain(folders.iter().map(String::as_str)) {
            dir = match open_dir(&dir, part) {
                Err(Refusal::NotFound) => {
                    created += 1;
                    open_or_create(&dir, part)?
                }
                opened => opened?,
            };
        }
        Ok((dir, created))
    }

    /// How many of the path's folders are missing.
    pub fn missing(&self, root: &str, folders: &[String]) -> Result<u64, Refusal> {
        let mut dir = self.dir.try_clone()?;
        let all: Vec<&str> = root.split('/').chain(folders.iter().map(String::as_str)).collect();
        for (index, part) in all.iter().enumerate() {
            dir = match open_dir(&dir, part) {
                Err(Refusal::NotFound) => return Ok((all.len() - index) as u64),
                opened => opened?,
            };
        }
        Ok(0)
    }

    fn recount_after(&self, age: Duration) -> Result<(), Refusal> {
        let mut counted = locked(&self.counted);
        if counted.elapsed() >= age {
            self.count(&mut counted)?;
        }
        Ok(())
    }

    fn count(&self, counted: &mut Instant) -> Result<Usage, Refusal> {
        let mut usage = Usage::default();
        walk(&self.dir, |_, metadata| {
            usage.entries += 1;
            if metadata.is_file() {
                usage.bytes = usage.bytes.saturating_add(metadata.len());
            }
            Ok(())
        })?;
        self.account.set(usage);
        *counted = Instant::now();
        Ok(usage)
    }

    /// Removes what a crashed program left behind.
    fn sweep(&self) -> Result<(), Refusal> {
        for entry in self.writes.entries()? {
            let entry = entry?;
            let modified = entry.metadata()?.modified()?.into_std();
            if modified.elapsed().is_ok_and(|age| age > STALE) {
                self.writes.remove_file(entry.file_name())?;
            }
        }
        Ok(())
    }

    #[cfg(test)]
    pub fn usage(&self) -> Usage {
        self.account.kept()
    }
}

/// The ids of all packages that keep something.
pub(super) fn package_ids(base: &Dir) -> Result<Vec<String>, Refusal> {
    let mut ids = Vec::new();
    for entry in base.entries()? {
        let entry = entry?;
        if let (true, Ok(name)) = (entry.file_type()?.is_dir(), entry.file_name().into_string()) {
            ids.push(name);
        }
    }
    ids.sort();
    Ok(ids)
}

/// What `name` is, without following it.
pub(super) fn kind(dir: &Dir, name: impl AsRef<Path>) -> Result<Kind, Refusal> {
    let metadata = dir.symlink_metadata(name)?;
    Ok(match metadata.file_type() {
        kind if kind.is_symlink() => return Err(Refusal::Symlink),
        kind if kind.is_dir() => Kind::Directory,
        kind if kind.is_file() => Kind::File { size: metadata.len() },
        _ => return Err(Refusal::NotAFile),
    })
}

pub(super) enum Kind {
    Directory,
    File { size: u64 },
}

pub(super) fn open_dir(dir: &Dir, name: impl AsRef<Path>) -> Result<Dir, Refusal> {
    match kind(dir, &name)? {
        // cap-std keeps a link that is put here in this moment inside `dir`.
        Kind::Directory => Ok(dir.open_dir(name)?),
        Kind::File { .. } => Err(Refusal::NotAFile),
    }
}

fn open_or_create(dir: &Dir, name: &str) -> Result<Dir, Refusal> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix folders have a mode"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use cap_std::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    match dir.create_dir_with(name, &builder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(Refusal::Io(error)),
        _ => {}
    }
    open_dir(dir, name)
}

fn open_file(dir: &Dir, name: &str) -> Result<File, Refusal> {
    if let Kind::Directory = kind(dir, name)? {
        return Err(Refusal::IsADirectory);
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt as _;
        // A pipe that takes the file's place in this moment must not hold the thread.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = dir.open_with(name, &options)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(Refusal::NotAFile) }
}

/// The plain files below `dir`, whose own path is `start`; links and special files are left out.
fn listed(dir: &Dir, start: &str) -> Result<Listed, Refusal> {
    let mut listed = Listed::default();
    let mut files = BTreeMap::new();
    let walked = walk(dir, |path, metadata| {
        if !metadata.is_file() {
            return Ok(());
        }
        // A name that is not Unicode cannot be spelled by a node.
        let Some(path) = path.to_str().filter(|_| path.components().count() <= MAX_DEPTH) else {
            listed.left_out += 1;
            return Ok(());
        };
        if files.len() >= MAX_LISTED {
            return Err(Refusal::LongList { limit: MAX_LISTED });
        }
        let path = if start.is_empty() { path.to_owned() } else { format!("{start}/{path}") };
        let modified = metadata.modified().ok().map(|time| time.into_std());
        files.insert(path.clone(), StoredFile { path, size: metadata.len(), modified });
        Ok(())
    });
    match walked {
        Err(Refusal::LongList { .. }) => listed.cut = true,
        walked => walked?,
    }
    listed.files = files.into_values().collect();
    Ok(listed)
}
