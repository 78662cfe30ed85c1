//! `flow-like.toml`, or `manifest.toml` as Flow-Like's documents call it, and where a project's build output lies.
//!
//! A manifest limits and names; it never grants: what it allows is shown, and what a node may do is for `permission`.

mod builds;
mod cases;
mod keys;
mod parse;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::definition::{Definition, Problem};
use crate::error::LoadError;
use crate::limits::Limits;
use crate::text::{nearest, quoted};

pub const FILE_NAME: &str = "flow-like.toml";
/// The name in Flow-Like's documents. Other programs have files of this name, so its content has to tell.
const OTHER_NAME: &str = "manifest.toml";
/// A manifest of Flow-Like has one of these, even where it is half written.
const MARKS: [&str; 3] = ["manifest_version", "wasm_path", "[permissions"];
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
    /// Relative to the manifest, and inside its folder.
    pub wasm_path: Option<PathBuf>,
    /// The entries of `[[nodes]]`, which nothing but a comparison is made of.
    pub nodes: Vec<NodeName>,
    pub build: Option<BuildCommand>,
}

/// What an entry of `[[nodes]]` calls its node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeName {
    pub id: Option<String>,
    pub name: Option<String>,
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
        let own = Some(wasm.with_extension("toml")).filter(|path| path.is_file() && !is_named_so(path));
        own.or_else(|| wasm.ancestors().skip(1).take(MAX_ABOVE + 1).find_map(in_folder))
    }

    /// Reads a manifest, and says where the build that it names is missing. Blocking.
    pub fn read(path: &Path) -> Result<(Self, Vec<Problem>), LoadError> {
        let (mut manifest, mut problems) = Self::read_text(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        if let Some(named) = manifest.named_build() {
            if !is_inside(folder, &named) {
                let text = manifest.wasm_path.take().unwrap_or_default();
                problems.push(in_file(path, leads_out(&text.to_string_lossy())));
            } else if !named.is_file() {
                let message = format!(
                    "the manifest's wasm_path is not a file: {}; build the project or correct the path",
                    quoted(&named.display().to_string())
                );
                problems.push(Problem::warning("missing-wasm-path", message));
            }
        }
        if path.ends_with(FILE_NAME) && is_ours(&folder.join(OTHER_NAME)) {
            let message = format!("{OTHER_NAME} beside it is not read; keep one of the two");
            problems.push(in_file(path, Problem::warning("second-manifest", message)));
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
        let refused = |reason| LoadError::Manifest { file: parse::file_name(path), reason };
        let mut bytes = Vec::new();
        std::fs::File::open(path).map_err(failed)?.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_SIZE {
            return Err(refused(format!("the file has more than {MAX_SIZE} bytes")));
        }
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(refused("the file is UTF-16 text; save it as UTF-8".into()));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
            refused(format!("the file is not UTF-8 text (at byte {at}, line {line}); save it as UTF-8"))
        })?;
        Self::parse(path, &text)
    }

    /// What `[[nodes]]` and the definitions do not have in common. A manifest without entries says nothing of them.
    pub fn compare(&self, definitions: &[Definition]) -> Vec<Problem> {
        const SHOWN: usize = 10;
        let is = |node: &NodeName, definition: &Definition| {
            [&node.id, &node.name].into_iter().flatten().any(|name| *name == definition.name)
                || node.name.as_ref() == Some(&definition.friendly_name)
        };
        if self.nodes.is_empty() {
            return Vec::new();
        }
        let names = || definitions.iter().map(|definition| definition.name.as_str());
        let lacking = self.nodes.iter().filter(|node| !definitions.iter().any(|definition| is(node, definition)));
        let mut problems: Vec<Problem> = lacking
            .filter_map(|node| node.id.as_deref().or(node.name.as_deref()))
            .map(|name| {
                let advice = match nearest(name, names()) {
                    Some(near) => format!("did you mean {}?", quoted(near)),
                    None => "correct its id or take it out".to_owned(),
                };
                let message =
                    format!("the manifest lists the node {}, which the file does not define; {advice}", quoted(name));
                in_file(&self.path, Problem::warning("node-not-defined", message))
            })
            .collect();
        let unlisted = definitions.iter().filter(|definition| !self.nodes.iter().any(|node| is(node, definition)));
        problems.extend(unlisted.map(|definition| {
            let message = format!(
                "the file defines the node {}, which the manifest does not list; add it to [[nodes]]",
                quoted(&definition.name)
            );
            in_file(&self.path, Problem::info("node-not-listed", message))
        }));
        let more = problems.len().saturating_sub(SHOWN);
        if more > 0 {
            problems.truncate(SHOWN);
            let message = format!("{more} more nodes are only in the manifest or only in the file");
            problems.push(in_file(&self.path, Problem::warning("node-not-defined", message)));
        }
        problems
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

/// Whether the name is one under which a folder's manifest is looked for.
pub fn is_named_so(path: &Path) -> bool {
    path.ends_with(FILE_NAME) || path.ends_with(OTHER_NAME)
}

/// The paths at which a folder's manifest may be, the first one first.
pub fn places(folder: &Path) -> [PathBuf; 2] {
    [folder.join(FILE_NAME), folder.join(OTHER_NAME)]
}

/// A folder's own manifest. Blocking.
pub fn in_folder(folder: &Path) -> Option<PathBuf> {
    let [first, other] = places(folder);
    if first.is_file() { Some(first) } else { Some(other).filter(|path| is_ours(path)) }
}

/// Whether a `manifest.toml` is one of Flow-Like: other tools call quite other files so.
fn is_ours(path: &Path) -> bool {
    // Opening what is no file may wait for ever.
    let read = || {
        let mut text = Vec::new();
        std::fs::File::open(path).ok()?.take(MAX_SIZE).read_to_end(&mut text).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    };
    path.is_file() && read().is_some_and(|text| MARKS.iter().any(|mark| text.contains(mark)))
}

/// Whether a file is in the manifest's folder when links are followed, or in the `target` folder of the Cargo workspace
/// around it, where cargo builds all members. Blocking.
pub fn is_inside(folder: &Path, file: &Path) -> bool {
    let (folder, file) = (real(folder), real(file));
    let is_workspace = |above: &&Path| {
        let text = std::fs::read_to_string(above.join("Cargo.toml")).unwrap_or_default();
        text.contains("[workspace")
    };
    let mut above = folder.ancestors().skip(1).take(MAX_ABOVE);
    file.starts_with(&folder) || above.find(is_workspace).is_some_and(|root| file.starts_with(root.join("target")))
}

/// The real path, with links followed as far as it exists.
fn real(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match part {
            std::path::Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
        // What is not there yet has no links.
        plain = plain.canonicalize().unwrap_or(plain);
    }
    plain
}

fn leads_out(path: &str) -> Problem {
    let message =
        format!("\"wasm_path\" is {}, which leads out of the manifest's folder; name a file inside it", quoted(path));
    Problem::error("odd-wasm-path", message)
}

fn in_file(path: &Path, problem: Problem) -> Problem {
    Problem { message: format!("{}: {}", parse::file_name(path), problem.message), ..problem }
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
