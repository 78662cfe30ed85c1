//! Which file a path in a build's output means.
//!
//! Tools write paths from where they run, from the root of a workspace, or whole. A path is only an offer: it counts
//! where it leads to a file inside the project or its workspace, or to one of the user's own.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders above a project's in which a workspace is looked for.
const MAX_ABOVE: usize = 8;
/// Words of a command that are looked at.
const MAX_WORDS: usize = 64;
/// Paths that are looked for, for one list or page.
const MAX_LOOKS: u32 = 5_000;
/// What is in a folder that others belong to.
const ROOTS: [&str; 8] =
    [".git", "Cargo.toml", "package.json", "go.work", "go.mod", "settings.gradle", "settings.gradle.kts", "pom.xml"];

/// Where a project's paths may begin, the likeliest first.
#[derive(Clone, Debug)]
pub(in crate::build) struct Folders {
    bases: Vec<PathBuf>,
    /// The project's folder and those of the workspaces around it, as they really are.
    own: Vec<PathBuf>,
    user: u32,
    /// Paths that may still be looked for: output that names thousands is not worth the time.
    looks: Cell<u32>,
}

impl Folders {
    /// `entered`: the folders that the command said it went to. Blocking.
    pub(in crate::build) fn new(folder: &Path, command: &str, entered: &[Arc<str>]) -> Self {
        let is_root = |above: &&Path| ROOTS.iter().any(|name| above.join(name).exists());
        let above: Vec<&Path> = folder.ancestors().skip(1).take(MAX_ABOVE).filter(is_root).collect();
        let mut bases = vec![folder.to_owned()];
        bases.extend(entered.iter().rev().map(|entered| folder.join(&**entered)));
        bases.extend(named(command, folder));
        bases.extend(above.iter().map(|above| (*above).to_owned()));
        let own = std::iter::once(folder).chain(above).filter_map(|folder| folder.canonicalize().ok()).collect();
        Self { bases, own, user: rustix::process::geteuid().as_raw(), looks: Cell::new(MAX_LOOKS) }
    }

    /// The file that is meant; none where there is none, or it is nobody's here. Blocking.
    pub(super) fn find(&self, written: &str, inside: Option<&str>) -> Option<PathBuf> {
        self.looks.set(self.looks.get().checked_sub(1)?);
        let inside = inside.map(|inside| self.bases.first().map_or_else(|| inside.into(), |base| base.join(inside)));
        let bases = || inside.iter().chain(&self.bases);
        // A compiler for Windows writes its own separators.
        let other = written.contains('\\').then(|| written.replace('\\', "/"));
        let spellings = [Some(written.to_owned()), other];
        let candidates = spellings.iter().flatten().flat_map(|written| bases().map(move |base| base.join(written)));
        candidates.filter_map(|candidate| candidate.canonicalize().ok()).find(|path| self.is_fit(path))
    }

    pub(super) fn owns(&self, path: &Path) -> bool {
        let hidden =
            |part: &OsStr| matches!(part.to_str(), Some("node_modules" | "site-packages" | ".venv" | "target"));
        let own = self.own.iter().find_map(|own| path.strip_prefix(own).ok());
        own.is_some_and(|below| !below.iter().any(hidden))
    }

    fn is_fit(&self, path: &Path) -> bool {
        let is_users = |metadata: &Metadata| metadata.uid() == self.user;
        let metadata = path.metadata().ok().filter(Metadata::is_file);
        metadata.is_some_and(|metadata| self.own.iter().any(|own| path.starts_with(own)) || is_users(&metadata))
    }
}

/// The folders that a command's words name, or in which the files are that they name: `cd web && …`, `-C sub`,
/// `--manifest-path a/Cargo.toml`.
fn named(command: &str, folder: &Path) -> Vec<PathBuf> {
    // What is between quotes is one word.
    let parts = command.split(['"', '\'']).enumerate();
    let words = parts.flat_map(|(at, part)| {
        let ends = move |c: char| at % 2 == 0 && (c.is_whitespace() || ";&|()=".contains(c));
        part.split(ends)
    });
    let words = words.filter(|word| !word.is_empty() && !word.starts_with('-')).take(MAX_WORDS);
    let folder_of = |word: &str| {
        let path = folder.join(word);
        if path.is_dir() { Some(path) } else { path.is_file().then(|| path.parent().map(Path::to_owned))? }
    };
    let mut folders: Vec<PathBuf> = words.filter_map(folder_of).filter(|named| named != folder).collect();
    folders.dedup();
    folders
}
