//! A walk through everything below a folder. Blocking.
//!
//! One folder is open at a time, however many there are and however deep they lie. A folder that cannot be read ends the
//! walk, so what was counted or listed is all there is.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, Metadata};

use super::Refusal;
use super::files::open_dir;
use crate::text::quoted;

/// Calls `found` for each file and folder below `top`. Links and special files are shown and not followed; what vanishes
/// or is replaced meanwhile may be missing.
pub(super) fn walk(top: &Dir, mut found: impl FnMut(&Path, &Metadata) -> Result<(), Refusal>) -> Result<(), Refusal> {
    let mut waiting = vec![PathBuf::new()];
    while let Some(folder) = waiting.pop() {
        for (name, metadata) in entries(top, &folder)? {
            let path = folder.join(name);
            found(&path, &metadata)?;
            if metadata.is_dir() {
                waiting.push(path);
            }
        }
    }
    Ok(())
}

fn entries(top: &Dir, folder: &Path) -> Result<Vec<(OsString, Metadata)>, Refusal> {
    match read(top, folder) {
        Err(Refusal::NotFound | Refusal::NotAFile | Refusal::Symlink) => Ok(Vec::new()),
        Err(Refusal::Io(error)) => Err(Refusal::Unreadable { folder: quoted(&folder.display().to_string()), error }),
        read => read,
    }
}

fn read(top: &Dir, folder: &Path) -> Result<Vec<(OsString, Metadata)>, Refusal> {
    let mut dir = top.try_clone()?;
    for part in folder {
        dir = open_dir(&dir, part)?;
    }
    let mut entries = Vec::new();
    for entry in dir.entries()? {
        let entry = entry?;
        match entry.metadata() {
            Ok(metadata) => entries.push((entry.file_name(), metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(entries)
}
