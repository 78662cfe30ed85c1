//! The watched files and folders, and what is known of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::folder::is_skipped;
use super::stamp::Stamp;
use super::way::Way;
use super::{Method, What};

#[derive(Debug)]
pub(super) struct FileTarget {
    pub(super) method: Method,
    pub(super) way: Way,
    /// The state that was last reported, or found at the start.
    pub(super) known: Option<Stamp>,
}

#[derive(Debug)]
pub(super) struct FolderTarget {
    pub(super) what: What,
    pub(super) method: Method,
    pub(super) way: Way,
    /// The folders below, as real paths, with the folder itself.
    pub(super) folders: BTreeSet<PathBuf>,
    /// The files below, by the paths in which they are reported.
    pub(super) known: BTreeMap<PathBuf, Stamp>,
}

/// What an event about a path means for a watched folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The folder itself or a link on the way to it.
    Way,
    /// Something below it, which is reported as this path.
    Below(PathBuf),
    Elsewhere,
}

impl FolderTarget {
    pub(super) fn place(&self, given: &Path, path: &Path) -> Place {
        if self.way.names.iter().any(|name| name == path) {
            return Place::Way;
        }
        match self.shown(given, path) {
            Some(shown) if path.parent().is_some_and(|folder| self.folders.contains(folder)) => Place::Below(shown),
            _ => Place::Elsewhere,
        }
    }

    /// A real path below the folder as the path in which it is reported.
    pub(super) fn shown(&self, given: &Path, real: &Path) -> Option<PathBuf> {
        let below = real.strip_prefix(self.way.end.as_ref()?).ok()?;
        Some(given.join(below))
    }

    /// Levels between the watched folder and a real path below it.
    pub(super) fn depth(&self, real: &Path) -> usize {
        let end = self.way.end.as_deref().unwrap_or(Path::new(""));
        real.strip_prefix(end).map_or(0, |below| below.components().count())
    }

    /// Drops a folder that went, with all below it.
    pub(super) fn drop_below(&mut self, real: &Path) {
        self.folders.retain(|folder| !folder.starts_with(real));
    }

    pub(super) fn may_enter(&self, real: &Path) -> bool {
        real.is_dir() && !real.is_symlink() && !is_skipped(real, self.what)
    }
}
