//! Brings a file of cases out of a folder that a build writes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

/// What became of a file that was where a build writes.
#[derive(Debug, PartialEq, Eq)]
pub enum Moved {
    /// There was none, or it is the one that counts.
    Nothing,
    To(PathBuf),
    /// Both are there, with other content.
    Both,
    /// It stays where it was, and counts there.
    Not(String),
}

/// Brings a file from `old` to `new`, never over another one. Blocking.
pub fn bring(old: &Path, new: &Path) -> Moved {
    if old == new || !old.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Moved::Nothing;
    }
    match rustix::fs::renameat_with(CWD, old, CWD, new, RenameFlags::NOREPLACE) {
        Ok(()) => Moved::To(new.to_owned()),
        Err(Errno::EXIST) => match (fs::read(old), fs::read(new)) {
            (Ok(one), Ok(other)) if one == other => Moved::Nothing,
            _ => Moved::Both,
        },
        // Another disk, or one that cannot do it at once.
        Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS) => match copy(old, new) {
            Ok(()) => Moved::To(new.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Moved::Both,
            Err(error) => Moved::Not(error.to_string()),
        },
        Err(error) => Moved::Not(io::Error::from(error).to_string()),
    }
}

fn copy(old: &Path, new: &Path) -> io::Result<()> {
    let content = fs::read(old)?;
    let folder = new.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    io::Write::write_all(&mut fresh, &content)?;
    fresh.as_file().set_permissions(fs::metadata(old)?.permissions())?;
    fresh.as_file().sync_all()?;
    fresh.persist_noclobber(new).map_err(|error| error.error)?;
    fs::remove_file(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f18_files_are_brought_and_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = (folder.path().join("target/n.cases.json"), folder.path().join("n.cases.json"));
        fs::create_dir(folder.path().join("target")).expect("writable");
        fs::write(&old, "old").expect("writable");
        assert_eq!(bring(&old, &new), Moved::To(new.clone()));
        assert_eq!((fs::read_to_string(&new).expect("moved").as_str(), old.exists()), ("old", false));
        assert_eq!(bring(&old, &new), Moved::Nothing, "there is none any more");

        fs::write(&old, "other").expect("writable");
        assert_eq!(bring(&old, &new), Moved::Both);
        assert_eq!(fs::read_to_string(&new).expect("kept"), "old");
        assert_eq!(fs::read_to_string(&old).expect("kept"), "other");
        fs::write(&old, "old").expect("writable");
        assert_eq!(bring(&old, &new), Moved::Nothing, "the same twice is no conflict");

        fs::remove_file(&new).expect("there");
        std::os::unix::fs::symlink("nowhere", &new).expect("writable");
        assert_eq!(bring(&old, &new), Moved::Both, "a link is not written through");
        assert!(matches!(bring(&old, &folder.path().join("no/folder/n.cases.json")), Moved::Not(_)));
        assert_eq!(fs::read_to_string(&old).expect("kept"), "old");
    }
}
