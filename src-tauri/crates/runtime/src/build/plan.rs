//! What a manifest says about building, with real paths.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{Consent, Project};
use crate::manifest::{self, BuildCommand, Manifest};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) manifest: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) command: String,
    /// Never empty.
    pub(super) watch: Vec<PathBuf>,
    pub(super) output: Option<PathBuf>,
}

/// What was found at a path.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The projects that name a command.
    pub(super) plans: Vec<Plan>,
    /// Manifests that cannot be read now: half written, most likely.
    pub(super) unreadable: Vec<PathBuf>,
}

impl Plan {
    fn new(manifest: &Manifest, BuildCommand { command, watch }: &BuildCommand) -> Option<Self> {
        let folder = manifest.path.parent()?.to_owned();
        let watch = match watch.as_slice() {
            [] => vec![folder.clone()],
            named => named.iter().map(|path| folder.join(path)).collect(),
        };
        let output = manifest.named_build().map(|output| without_dots(&output));
        Some(Self { manifest: manifest.path.clone(), command: command.clone(), watch, output, folder })
    }

    pub(super) fn project(&self, consent: Consent) -> Project {
        Project {
            manifest: self.manifest.clone(),
            folder: self.folder.clone(),
            command: self.command.clone(),
            watch: self.watch.clone(),
            output: self.output.clone(),
            consent,
            run: None,
            problems: Arc::default(),
            notes: Vec::new(),
        }
    }

    pub(super) fn watches(&self, path: &Path) -> bool {
        self.watch.iter().any(|watched| path.starts_with(watched))
    }
}

/// The projects of a folder, or the one that a node file belongs to. Blocking.
pub(super) fn find(path: &Path) -> Found {
    let manifests =
        if path.is_dir() { manifest::projects_of(path) } else { Manifest::governing(path).into_iter().collect() };
    let mut found = Found::default();
    for manifest in manifests {
        let manifest = in_real_folder(manifest);
        match Manifest::read(&manifest) {
            Ok((manifest, _)) => {
                found.plans.extend(manifest.build.as_ref().and_then(|build| Plan::new(&manifest, build)));
            }
            Err(_) if manifest.is_file() => found.unreadable.push(manifest),
            Err(_) => {}
        }
    }
    found
}

/// Answers are for the real folder: another name for it is not asked about again, and a link that leads elsewhere has no
/// answer.
/// The command runs where the manifest lies, not where a manifest that is itself a link leads.
fn in_real_folder(manifest: PathBuf) -> PathBuf {
    let real = manifest.parent().and_then(|folder| folder.canonicalize().ok());
    real.zip(manifest.file_name()).map(|(folder, name)| folder.join(name)).unwrap_or(manifest)
}

/// The same before the file is there and after.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The manifests that may come to govern a node file: watched although they are not there.
pub(super) fn candidates(file: &Path) -> Vec<PathBuf> {
    let mut candidates = vec![file.with_extension("toml")];
    candidates.extend(file.parent().into_iter().flat_map(manifest::places));
    candidates.extend(Manifest::governing(file));
    candidates
}
