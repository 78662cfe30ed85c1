//! Which programs write the record. Each holds a lock on a file of its own as long as it lives, and takes the file away
//! when it ends: a run without an end belongs to a program that still runs, that was killed, or that could not write.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::run::Status;

/// The folder of these files, in the data folder.
const FOLDER: &str = "running";

/// This program, as the others see it.
#[derive(Debug)]
pub(super) struct Program {
    id: Arc<str>,
    /// None where it could not be made: nobody can tell then whether it runs.
    file: Option<(PathBuf, File)>,
}

impl Program {
    pub(super) fn enter(data: &Path) -> Self {
        let id: Arc<str> = uuid::Uuid::now_v7().simple().to_string().into();
        let path = data.join(FOLDER).join(&*id);
        let made = crate::private::create_folder(&data.join(FOLDER)).and_then(|()| {
            let file = private(&path)?;
            file.try_lock().map_err(std::io::Error::from)?;
            Ok(file)
        });
        let file = made.inspect_err(|error| tracing::warn!(%error, path = %path.display(), "runs that end with this program cannot be told from others")).ok();
        Self { id, file: file.map(|file| (path, file)) }
    }

    pub(super) fn id(&self) -> Arc<str> {
        self.id.clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some((path, _)) = &self.file {
            // One that stays says no more than that the program was killed.
            let _ = fs::remove_file(path);
        }
    }
}

/// How the runs ended that a program left without an end. None: it still runs.
pub(super) fn left_behind(data: &Path, program: Option<&str>) -> Option<Status> {
    // Before programs were told apart, and names that were never ours.
    let Some(program) = program.filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())) else {
        return Some(Status::Interrupted);
    };
    // Opened for writing: a file system over the network locks nothing else. A named pipe does not block it then.
    match File::options().read(true).write(true).open(data.join(FOLDER).join(program)) {
        Ok(file) => match file.try_lock() {
            Ok(()) => Some(Status::Interrupted),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
        },
        // It ended by itself, and still there is no end: the disk refused it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(Status::NotRecorded),
        // Whether it still runs cannot be told.
        Err(_) => None,
    }
}

/// Takes away the files of programs that were killed.
pub(super) fn tidy(data: &Path) {
    let Ok(entries) = fs::read_dir(data.join(FOLDER)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if left_behind(data, name.to_str()) == Some(Status::Interrupted)
            && entry.metadata().is_ok_and(|file| file.is_file())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> std::io::Result<File> {
    File::options().write(true).create_new(true).open(path)
}
