//! Private files: for the user alone (0600, folders 0700 whatever the umask says), replaced whole or not at all. What is
//! opened is a plain file: a pipe, a socket or a device in its place is named, and never waited for.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::OFlags;

/// How long a lock of another program is waited for.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(20);
/// A file of settings or answers that is larger was not written by this program.
const LARGEST: u64 = 16 << 20;

/// Creates a folder that only the user can enter; one that exists keeps its mode.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A private folder that vanishes with its handle.
pub fn temporary() -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("node-workbench-").permissions(Permissions::from_mode(0o700)).tempdir()
}

/// Whether a file is there and can be opened by path: SQLite, for one, would wait for a pipe.
pub fn exists(file: &Path) -> io::Result<bool> {
    match fs::metadata(file) {
        Ok(found) => plain(&found).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn plain(found: &fs::Metadata) -> io::Result<()> {
    let kind = found.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(io::Error::other(format!("it is {what}, not a file; move it away and try again")))
}

fn open(file: &Path, options: &mut OpenOptions) -> io::Result<File> {
    exists(file)?;
    // A pipe that takes its place in this moment does not block either.
    let open = options.mode(0o600).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(file)?;
    plain(&open.metadata()?)?;
    Ok(open)
}

/// Opens a file for reading.
pub fn open_for_reading(file: &Path) -> io::Result<File> {
    open(file, OpenOptions::new().read(true))
}

/// Makes sure that SQLite can open a file by path, with its journal beside it, and that it is private.
pub fn create_database(file: &Path) -> io::Result<()> {
    for end in ["-wal", "-shm", "-journal"] {
        exists(&with(file, end)).map_err(|error| named(&with(file, end), &error))?;
    }
    if exists(file)? {
        // Not opened: closing a file that SQLite has open drops this process's locks on it. On file systems without
        // permissions there is nothing to take away.
        let _ = fs::set_permissions(file, Permissions::from_mode(0o600));
        return Ok(());
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// An error that names its file.
pub fn named(file: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("\"{}\": {error}", file.display()))
}

/// The content of a small file; `None` where there is none.
pub fn read(file: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    match open_for_reading(file) {
        Ok(open) => open.take(LARGEST + 1).read_to_end(&mut content)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if content.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it has more than {} MiB; move it away and try again", LARGEST >> 20)));
    }
    Ok(Some(content))
}

/// Puts `content` in a file's place: a reader finds the old content or the new. Without `permissions` it is private.
pub fn replace(file: &Path, content: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    exists(file)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    fresh.write_all(content)?;
    if let Some(permissions) = permissions {
        fresh.as_file().set_permissions(permissions)?;
    }
    fresh.as_file().sync_all()?;
    fresh.persist(file).map(drop).map_err(|error| error.error)
}

/// Renames a damaged file, and what SQLite keeps beside it, so that a fresh one can take its place.
pub fn set_aside(file: &Path) -> io::Result<PathBuf> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let names = (0..1000).map(|number| match number {
        0 => with(file, &format!(".damaged-{seconds}")),
        number => with(file, &format!(".damaged-{seconds}-{number}")),
    });
    let aside = names.into_iter().find(|name| !name.exists()).unwrap_or_else(|| with(file, ".damaged"));
    fs::rename(file, &aside)?;
    for end in ["-wal", "-shm"] {
        match fs::rename(with(file, end), with(&aside, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

fn with(file: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(end);
    name.into()
}

/// Opens a file that is there to be locked.
pub fn open_lock(file: &Path) -> io::Result<File> {
    open(file, OpenOptions::new().write(true).create(true).truncate(false))
}

/// Locks a file, which is made where it is missing, until what comes back is dropped. Blocking, for [`PATIENCE`] at most.
pub fn lock(file: &Path) -> io::Result<File> {
    let lock = open_lock(file)?;
    let since = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if since.elapsed() < PATIENCE => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let held = format!("another program has kept it locked for {} s; close that one", PATIENCE.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, held));
            }
        }
    }
}

/// Why others could change what the user keeps in a folder, in words for the user; `None` where they cannot.
pub fn exposed(folder: &Path) -> Option<String> {
    let found = fs::metadata(folder).ok()?;
    let user = rustix::process::geteuid().as_raw();
    let problem = match found.mode() {
        _ if found.uid() != user && found.uid() != 0 => "belongs to another user",
        mode if mode & 0o002 != 0 => "can be written by every user",
        mode if mode & 0o020 != 0 => "can be written by its group",
        _ => return None,
    };
    Some(format!(
        "the data folder \"{folder}\" {problem}, who can give nodes permissions and read what they log; make it your own: \
         chmod 700 \"{folder}\"",
        folder = folder.display()
    ))
}

#[cfg(test)]
#[path = "private/tests.rs"]
mod tests;
