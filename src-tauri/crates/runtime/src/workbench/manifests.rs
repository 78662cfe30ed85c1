//! Which manifest governs a file, and what it said last: a manifest that cannot be read now, because it is half
//! written, broken or gone, goes on with what it said, and a problem tells.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::definition::Problem;
use crate::error::LoadError;
use crate::manifest::{self, Build, Manifest};
use crate::text::quoted;

/// Remembers for as long as the program runs. Short sections only; all methods but the first block on the disk.
#[derive(Default)]
pub(super) struct Manifests {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Which manifest chose a file of a watched folder.
    chosen: HashMap<PathBuf, PathBuf>,
    /// Which manifest a file was last read with.
    governing: HashMap<PathBuf, PathBuf>,
    /// What each manifest said when it could last be read.
    said: HashMap<PathBuf, Manifest>,
}

impl Manifests {
    /// The manifest that chose the file, where one did.
    pub(super) fn chosen(&self, file: &Path) -> Option<PathBuf> {
        self.lock().chosen.get(file).cloned()
    }

    /// The builds of a folder. What a manifest chose stays chosen while it cannot be read or names a file that is not
    /// there.
    pub(super) fn builds_of(&self, folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
        let chosen: Vec<(PathBuf, PathBuf)> = {
            let known = self.lock();
            let below =
                known.chosen.iter().filter(|(file, manifest)| file.starts_with(folder) || manifest.starts_with(folder));
            below.map(|(file, manifest)| (file.clone(), manifest.clone())).collect()
        };
        let kept: Vec<Build> = chosen
            .into_iter()
            .filter(|(file, manifest)| file.is_file() && cannot_choose(manifest))
            .map(|(file, manifest)| Build { file, manifest: Some(manifest) })
            .collect();
        let mut builds = match manifest::builds_of(folder) {
            Err(error) if kept.is_empty() => return Err(error),
            found => found.unwrap_or_default(),
        };
        let instead = |build: &Build| {
            kept.iter().any(|kept| {
                let root = kept.manifest.as_deref().and_then(Path::parent);
                build.file == kept.file
                    || build.manifest == kept.manifest
                    || root.is_some_and(|root| build.file.starts_with(root))
            })
        };
        builds.retain(|build| !instead(build));
        builds.extend(kept);
        let mut known = self.lock();
        for Build { file, manifest } in &builds {
            match manifest {
                Some(manifest) => known.chosen.insert(file.clone(), manifest.clone()),
                None => known.chosen.remove(file),
            };
        }
        Ok(builds.into_iter().map(|build| build.file).collect())
    }

    /// What the manifest of a file says now, or said last. `found` is where it is looked for first.
    pub(super) fn of(
        &self,
        file: &Path,
        found: Option<PathBuf>,
    ) -> Result<Option<(Manifest, Vec<Problem>)>, LoadError> {
        let before = self.lock().governing.get(file).cloned();
        // A manifest that is gone is waited for, unless another one took its place: one of a folder further up did not.
        let gone = before
            .filter(|before| !before.is_file() && found.as_ref().is_none_or(|found| found.parent() != before.parent()));
        let (path, read) = match (gone, found) {
            (Some(path), _) => {
                let reason = "the manifest is gone".to_owned();
                let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (path, Err(LoadError::Manifest { file, reason }))
            }
            (None, Some(path)) => {
                let read = Manifest::read(&path);
                (path, read)
            }
            (None, None) => return Ok(None),
        };
        let mut known = self.lock();
        match read {
            Ok((manifest, problems)) => {
                known.governing.insert(file.to_owned(), path.clone());
                known.said.insert(path, manifest.clone());
                Ok(Some((manifest, problems)))
            }
            Err(error) => {
                let last = known.said.get(&path).cloned().ok_or_else(|| error.clone())?;
                let message = format!(
                    "{error}; what {} said last is in force until it can be read",
                    quoted(&path.display().to_string())
                );
                Ok(Some((last, vec![Problem::error("manifest-kept", message)])))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a manifest says nothing now of where its build is.
fn cannot_choose(manifest: &Path) -> bool {
    !manifest.is_file()
        || Manifest::read(manifest)
            .map_or(true, |(manifest, _)| manifest.named_build().is_some_and(|named| !named.is_file()))
}
