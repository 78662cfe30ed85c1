//! `flow-like.toml` and where a project's build output lies.
//!
//! A manifest limits and names; it never grants: what it allows is shown, and what a node may do is for `permission`.

mod builds;
mod cases;
mod parse;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::definition::Problem;
use crate::error::LoadError;
use crate::limits::Limits;
use crate::text::quoted;

pub const FILE_NAME: &str = "flow-like.toml";
/// Folders above a file's own in which its manifest may lie.
const MAX_ABOVE: usize = 8;
const MAX_SIZE: u64 = 1 << 20;

/// What a manifest says that matters for running the node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    pub path: PathBuf,
    pub id: Option<String>,
    pub name: Option<String>,
    pub version: Option<String>,
    /// Bytes.
    pub memory: Option<u64>,
    pub time: Option<Duration>,
    /// `None`: the manifest does not restrict hosts. Patterns such as `api.example.com` or `*.example.com`.
    pub allowed_hosts: Option<Vec<String>>,
    /// Labels that the manifest's permission table grants, such as `network:http`.
    pub permissions: Vec<String>,
    pub oauth_scopes: Vec<OAuthScope>,
    /// Relative to the manifest.
    pub wasm_path: Option<PathBuf>,
    pub build: Option<BuildCommand>,
}

/// How the sources become the node: the manifest's `[workbench]` table. It says what could be run; whether it may is
/// for [`crate::build`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildCommand {
    /// For `sh -c` in the manifest's folder: one line, not blank, of at most 500 characters, all of which can be seen.
    pub command: String,
    /// Files and folders with the sources, relative to the manifest and inside its folder; empty: the whole folder.
    pub watch: Vec<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthScope {
    pub provider: String,
    pub scopes: Vec<String>,
    pub reason: String,
    pub required: bool,
}

impl Manifest {
    /// Parses the text; what is odd but harmless becomes a problem.
    pub fn parse(path: &Path, text: &str) -> Result<(Self, Vec<Problem>), LoadError> {
        parse::parse(path, text)
    }

    /// The manifest that governs a `.wasm` file: `<stem>.toml` beside it, else `flow-like.toml` in its folder or one of
    /// the folders above it (up to 8). Blocking.
    pub fn find(wasm: &Path) -> Result<Option<(Self, Vec<Problem>)>, LoadError> {
        Self::governing(wasm).map(|path| Self::read(&path)).transpose()
    }

    /// The path of the manifest that [`Manifest::find`] reads. Blocking.
    pub fn governing(wasm: &Path) -> Option<PathBuf> {
        // A relative path has fewer folders above it than the file has.
        let wasm = std::path::absolute(wasm).unwrap_or_else(|_| wasm.into());
        let above = wasm.ancestors().skip(1).take(MAX_ABOVE + 1).map(|folder| folder.join(FILE_NAME));
        std::iter::once(wasm.with_extension("toml")).chain(above).find(|path| path.is_file())
    }

    /// Reads a manifest, and says where the build that it names is missing. Blocking.
    pub fn read(path: &Path) -> Result<(Self, Vec<Problem>), LoadError> {
        let (manifest, mut problems) = Self::read_text(path)?;
        if let Some(named) = manifest.named_build().filter(|named| !named.is_file()) {
            let message = format!(
                "the manifest's wasm_path is not a file: {}; build the project or correct the path",
                quoted(&named.display().to_string())
            );
            problems.push(Problem::warning("missing-wasm-path", message));
        }
        Ok((manifest, problems))
    }

    /// The file that `wasm_path` names, whether it is there or not.
    pub fn named_build(&self) -> Option<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        self.wasm_path.as_ref().map(|path| folder.join(path))
    }

    fn read_text(path: &Path) -> Result<(Self, Vec<Problem>), LoadError> {
        let failed = |error: std::io::Error| LoadError::Read { path: path.into(), reason: error.to_string() };
        let mut bytes = Vec::new();
        std::fs::File::open(path).map_err(failed)?.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(LoadError::Manifest { reason: format!("the file has more than {MAX_SIZE} bytes") });
        }
        let text = String::from_utf8(bytes).map_err(|error| LoadError::Manifest {
            reason: format!("the file is not UTF-8 text (at byte {})", error.utf8_error().valid_up_to()),
        })?;
        Self::parse(path, &text)
    }

    /// The default limits with the manifest's tiers.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(memory) = self.memory {
            limits.memory = memory;
        }
        if let Some(time) = self.time {
            limits.time = time;
        }
        limits
    }
}

/// A built node and the manifest that chose it, which may lie in quite another folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    pub file: PathBuf,
    pub manifest: Option<PathBuf>,
}

/// The built nodes of a folder, sorted. Blocking. A project (a folder with a manifest) has one; a folder without a
/// manifest has those of the projects inside it and every other `.wasm` of the usual places.
pub fn find_builds(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    Ok(builds_of(folder)?.into_iter().map(|build| build.file).collect())
}

/// [`find_builds`], with what chose each. Blocking.
pub fn builds_of(folder: &Path) -> Result<Vec<Build>, LoadError> {
    builds::find(folder)
}

/// The folder where the cases of a node file are kept, `<node>.cases.json`: beside it, or with the sources of the project
/// that builds it. `manifest` is the one that chose the file, where that is known. Blocking.
pub fn cases_folder(wasm: &Path, manifest: Option<&Path>) -> PathBuf {
    let governing = manifest.map(Path::to_owned).or_else(|| Manifest::governing(wasm));
    cases::folder(wasm, governing.as_deref())
}

/// The manifests of a folder's projects, built or not, sorted. Blocking; a folder that cannot be read has none.
pub fn projects_of(folder: &Path) -> Vec<PathBuf> {
    builds::projects(folder)
}

#[cfg(test)]
#[path = "manifest/tests.rs"]
mod tests;
