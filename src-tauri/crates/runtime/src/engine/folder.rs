//! The private folder that compiled code is kept in, and the secret that marks files there as our own. Whoever could
//! write compiled code could run anything, so a folder that others may enter is not used at all.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// Files under construction start with this; what is left of a crash is removed later.
pub(super) const UNFINISHED: &str = ".new-";

/// Why a folder is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("cannot use the cache folder \"{}\": {source}; choose another or free the disk", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the cache folder \"{}\" {problem}; make it a folder of your own with mode 0700", path.display())]
    NotPrivate { path: PathBuf, problem: &'static str },
}

/// A folder of the user's own, mode 0700.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    secret: [u8; 32],
}

impl Folder {
    /// Makes the folder where it is missing, and its secret at the first use.
    pub(super) fn open(path: &Path) -> Result<Self, Unusable> {
        private(path)?;
        let secret = secret(path).map_err(|source| Unusable::Io { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), secret })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The private folder `name` inside.
    pub(super) fn sub(&self, name: &str) -> Result<PathBuf, Unusable> {
        let path = self.path.join(name);
        private(&path)?;
        Ok(path)
    }

    /// A key of its own for each purpose, so that a file of one kind never passes for another.
    pub(super) fn key(&self, purpose: &str) -> [u8; 32] {
        blake3::derive_key(&format!("node-workbench compiled code: {purpose}"), &self.secret)
    }
}

/// Makes or checks a folder that nobody else may enter.
fn private(path: &Path) -> Result<(), Unusable> {
    let io = |source| Unusable::Io { path: path.to_owned(), source };
    let refuse = |problem| Err(Unusable::NotPrivate { path: path.to_owned(), problem });
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
    let found = fs::symlink_metadata(path).map_err(io)?;
    if !found.is_dir() {
        return refuse("is a link or a file");
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return refuse("belongs to another user");
    }
    if found.mode() & 0o077 != 0 {
        return refuse("is open to other users");
    }
    Ok(())
}

fn secret(folder: &Path) -> io::Result<[u8; 32]> {
    let path = folder.join("secret");
    // Another process may make or replace it at the same moment: what is on disk in the end counts.
    for _ in 0..3 {
        match read_secret(&path) {
            Ok(Some(secret)) => return Ok(secret),
            Ok(None) => {
                tracing::warn!(path = %path.display(), "the secret of the compile cache is damaged: all nodes are compiled again");
                new_secret(folder)?.persist(&path)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Err(error) = new_secret(folder)?.persist_noclobber(&path)
                    && error.error.kind() != io::ErrorKind::AlreadyExists
                {
                    return Err(error.error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("the secret keeps changing"))
}

/// `None`: there is one, but it can't be ours.
fn read_secret(path: &Path) -> io::Result<Option<[u8; 32]>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::LOOP) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let found = file.metadata()?;
    let ours = found.is_file()
        && found.uid() == rustix::process::geteuid().as_raw()
        && found.mode() & 0o077 == 0
        && found.len() == 32;
    let mut secret = [0; 32];
    if ours {
        file.read_exact(&mut secret)?;
    }
    Ok(ours.then_some(secret))
}

fn new_secret(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut secret = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let mut file = unfinished(folder)?;
    file.write_all(&secret)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A new file, mode 0600, that vanishes unless it is given its name.
pub(super) fn unfinished(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED).permissions(Permissions::from_mode(0o600));
    // The error names the file, which is another each time; what counts is the folder.
    builder.tempfile_in(folder).map_err(|error| error.kind().into())
}
