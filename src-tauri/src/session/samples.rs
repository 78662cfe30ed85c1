//! The sample nodes that come with the workbench: where they lie, and by which name each is remembered.
//!
//! A packaged program brings built files; a program that was built from the repository uses its sample folders, as far
//! as they were built. Paths of a package may change between starts, so what was open is remembered by name.

use std::path::{Path, PathBuf};

use runtime::manifest;

/// A folder of samples; none is no mistake.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    folder: Option<PathBuf>,
}

/// One sample: a file, or a project folder with a build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    pub name: String,
    pub path: PathBuf,
}

impl Samples {
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder: folder.and_then(|folder| folder.canonicalize().ok()) }
    }

    pub fn contains(&self, path: &Path) -> bool {
        self.folder.as_ref().is_some_and(|folder| path.starts_with(folder))
    }

    /// The name of the sample that a path belongs to.
    pub fn name_of(&self, path: &Path) -> Option<String> {
        let below = path.strip_prefix(self.folder.as_ref()?).ok()?;
        Some(below.components().next()?.as_os_str().to_string_lossy().into_owned())
    }

    pub fn path_of(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(name))
    }

    /// All that can run now, by name. Blocking.
    pub fn list(&self) -> Vec<Sample> {
        let Some(entries) = self.folder.as_ref().and_then(|folder| folder.read_dir().ok()) else { return Vec::new() };
        let is_sample = |path: &Path| {
            if path.is_dir() {
                manifest::find_builds(path).is_ok_and(|builds| !builds.is_empty())
            } else {
                path.extension().is_some_and(|extension| extension == "wasm")
            }
        };
        let mut samples: Vec<Sample> = entries
            .filter_map(|entry| entry.ok())
            .filter(|entry| is_sample(&entry.path()))
            .map(|entry| Sample { name: entry.file_name().to_string_lossy().into_owned(), path: entry.path() })
            .collect();
        samples.sort();
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_files_and_built_projects() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("b.wasm"), "").expect("writable");
        std::fs::write(folder.path().join("README.md"), "").expect("writable");
        std::fs::create_dir(folder.path().join("not-built")).expect("writable");
        let samples = Samples::new(Some(folder.path().to_owned()));
        let names: Vec<String> = samples.list().into_iter().map(|sample| sample.name).collect();
        assert_eq!(names, ["b.wasm"]);
        let inside = samples.path_of("project").expect("a folder").join("target/x.wasm");
        assert_eq!(samples.name_of(&inside).as_deref(), Some("project"));
        assert_eq!(samples.name_of(Path::new("/elsewhere/x.wasm")), None);
    }

    #[test]
    fn no_folder_has_no_samples() {
        let samples = Samples::new(Some("/does/not/exist".into()));
        assert!(samples.list().is_empty() && !samples.contains(Path::new("/does/not/exist/x")));
    }
}
