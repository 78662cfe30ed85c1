//! Putting a project into a folder.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::plan::{Plan, Problem};
use crate::render;

/// A project that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    pub folder: PathBuf,
    /// Relative to the folder, in order.
    pub files: Vec<PathBuf>,
    /// Run by `sh -c` in the folder; also in the manifest.
    pub build: String,
    /// Where the build puts the node.
    pub node: PathBuf,
}

/// Why a project was not written. What was written before the failure is removed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the plan has problems: {}", listed(.0))]
    Plan(Vec<Problem>),
    #[error("cannot write \"{}\": {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("a template of this program is at fault: {0}")]
    Template(String),
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect::<Vec<_>>().join("; ")
}

impl Plan {
    /// The description, or what the node does before its author changes it.
    pub fn description(&self) -> &str {
        match self.description.trim() {
            "" => "Logs its inputs and passes on what fits its outputs",
            given => given,
        }
    }

    pub fn category(&self) -> &str {
        match self.category.trim() {
            "" => "Custom",
            given => given,
        }
    }

    /// The one command that builds the node, run by `sh -c` in the project's folder.
    pub fn build_command(&self) -> String {
        self.language.facts().build.replace("{crate}", &self.slug().replace('-', "_"))
    }

    /// The files that [`Plan::write`] would write, relative to the folder, in order.
    ///
    /// # Errors
    ///
    /// Only where a template is at fault.
    pub fn preview(&self) -> Result<Vec<(PathBuf, String)>, WriteError> {
        let files = render::files(self).map_err(|error| WriteError::Template(format!("{error:#}")))?;
        Ok(files.into_iter().map(|file| (file.path.into(), file.text)).collect())
    }

    /// Writes the project. Never overwrites: the folder is made, or is empty. Blocking.
    ///
    /// # Errors
    ///
    /// [`WriteError::Plan`] where [`Plan::check`] finds something, [`WriteError::Io`] with the path that failed.
    pub fn write(&self) -> Result<Written, WriteError> {
        let problems = self.check();
        if !problems.is_empty() {
            return Err(WriteError::Plan(problems));
        }
        let files = self.preview()?;
        let mut begun = Begun::default();
        for (path, text) in &files {
            let path = self.folder.join(path);
            begun.file(&path, text).map_err(|source| WriteError::Io { path, source })?;
        }
        begun.keep();
        Ok(Written {
            folder: self.folder.clone(),
            files: files.into_iter().map(|(path, _)| path).collect(),
            build: self.build_command(),
            node: self.folder.join("build/node.wasm"),
        })
    }
}

/// Why nothing can be written into the folder; `None` where it is empty or not there.
pub(crate) fn folder_problem(folder: &Path) -> Option<String> {
    if folder.as_os_str().is_empty() {
        return Some("a project needs a folder".into());
    }
    match fs::read_dir(folder) {
        Ok(mut entries) => entries
            .next()
            .map(|_| format!("\"{}\" is not empty; choose a folder that is, or a new one", folder.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Some(format!("\"{}\" is a file, or is inside one; choose another folder", folder.display()))
        }
        Err(error) => Some(format!("\"{}\" cannot be read: {error}", folder.display())),
    }
}

/// What has been made so far; goes away again unless it is kept.
#[derive(Default)]
struct Begun {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Begun {
    fn file(&mut self, path: &Path, text: &str) -> io::Result<()> {
        self.folder(path.parent().unwrap_or(Path::new(".")))?;
        let mut file = File::create_new(path)?;
        self.files.push(path.into());
        file.write_all(text.as_bytes())?;
        if text.starts_with("#!") { make_program(&file) } else { Ok(()) }
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        fs::create_dir(path)?;
        self.folders.push(path.into());
        Ok(())
    }

    fn keep(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

#[cfg(unix)]
fn make_program(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_mode(permissions.mode() | 0o111);
    file.set_permissions(permissions)
}

/// Elsewhere a file's name says whether it is a program.
#[cfg(not(unix))]
fn make_program(_: &File) -> io::Result<()> {
    Ok(())
}

impl Drop for Begun {
    /// A folder that something else has been put into stays.
    fn drop(&mut self) {
        for file in self.files.drain(..) {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.drain(..).rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn only_an_empty_folder_is_written_into() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("a/b");
        let plan = Plan::new(Language::Rust, "Word Count", &folder);
        let written = plan.write().expect("written");
        assert!(written.files.iter().all(|file| folder.join(file).is_file()), "{:?}", written.files);
        let before = fs::read_to_string(folder.join("flow-like.toml")).expect("a manifest");
        assert!(matches!(plan.write(), Err(WriteError::Plan(problems)) if problems[0].field == "folder"));
        assert_eq!(fs::read_to_string(folder.join("flow-like.toml")).expect("a manifest"), before);
        let file = place.path().join("file");
        fs::write(&file, "x").expect("written");
        assert!(Plan { folder: file.join("below"), ..plan }.check().iter().any(|problem| problem.field == "folder"));
    }

    #[test]
    fn what_fails_half_way_leaves_nothing() {
        let place = tempfile::tempdir().expect("a folder");
        let mut begun = Begun::default();
        begun.file(&place.path().join("a/b/c"), "x").expect("written");
        drop(begun);
        assert_eq!(fs::read_dir(place.path()).expect("listed").count(), 0);
    }
}
