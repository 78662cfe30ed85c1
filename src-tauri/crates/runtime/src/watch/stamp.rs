//! What tells two states of a file apart without reading it, and which file systems tell nothing.

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// No file system in use tells times less exactly.
const COARSE: Duration = Duration::from_secs(2);

/// Size and times of a file. Two equal stamps of one path mean that nothing was written in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    /// Inode and time of its last change, where the system has them: a replaced file may keep size and time.
    inode: Option<(u64, i64, i64)>,
    /// Whether the file can be written under another name, of which no event tells here.
    shared: bool,
}

impl Stamp {
    /// `None` where there is no file. Links are followed.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
        let shared = has_other_names(&metadata) || path.is_symlink();
        Some(Self { size: metadata.len(), modified: metadata.modified().ok(), inode: inode(&metadata), shared })
    }

    pub(super) fn is_shared(&self) -> bool {
        self.shared
    }

    /// Bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Whether the file was written so long ago that what is written from now on has another stamp: clocks of file
    /// systems are coarse.
    pub(crate) fn is_settled(&self) -> bool {
        self.modified.is_some_and(|at| at.elapsed().is_ok_and(|since| since > COARSE))
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> Option<(u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> Option<(u64, i64, i64)> {
    None
}

#[cfg(unix)]
fn has_other_names(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_metadata: &Metadata) -> bool {
    false
}

/// Device and inode of a folder: another pair at the same path is another folder. `None` where it is gone, or where
/// the system has no such numbers.
#[cfg(unix)]
pub(super) fn identity(folder: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder).ok().filter(Metadata::is_dir).map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder).ok().filter(Metadata::is_dir).map(|_| (0, 0))
}

/// The name of a file system on which others may write without this machine hearing of it.
#[cfg(target_os = "linux")]
pub(super) fn network_file_system(path: &Path) -> Option<&'static str> {
    // From statfs(2).
    let magic = rustix::fs::statfs(path).ok()?.f_type;
    #[expect(
        clippy::cast_sign_loss,
        reason = "magic numbers are 32 bits wide, in a word that is signed on some targets"
    )]
    #[expect(clippy::cast_possible_truncation, reason = "magic numbers are 32 bits wide")]
    let magic = magic as u32;
    match magic {
        0x6969 => Some("NFS"),
        0x517B | 0xFE53_4D42 | 0xFF53_4D42 => Some("SMB"),
        0x0102_1997 => Some("9P"),
        0x6573_5546 => Some("FUSE"),
        0x5346_414F | 0x6B41_4653 => Some("AFS"),
        0x00C3_6400 => Some("Ceph"),
        0x7375_7245 => Some("Coda"),
        0x786F_4256 => Some("a shared folder"),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn network_file_system(_path: &Path) -> Option<&'static str> {
    None
}
