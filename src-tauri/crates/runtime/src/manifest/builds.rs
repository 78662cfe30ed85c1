//! Where toolchains put a built node.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Build, MAX_ABOVE, Manifest, in_folder};
use crate::error::LoadError;

/// Places in a project, in the order of preference.
const PLACES: [&str; 6] = [
    "build/node.wasm",
    "build/release.wasm",
    "build/debug.wasm",
    "node.wasm",
    ".build/release/Node.wasm",
    "target/wasm/classes.wasm",
];
/// Folders that hold sources, intermediate results and other people's code.
const SKIPPED: [&str; 9] =
    ["node_modules", ".venv", "__pycache__", ".git", "deps", "examples", ".zig-cache", "gradle", "obj"];
const MAX_DEPTH: usize = 8;
/// Entries that are looked at: a folder with more is no project.
const MAX_ENTRIES: usize = 100_000;
/// Builds of one folder that are listed.
const MAX_BUILDS: usize = 1_000;

pub fn find(folder: &Path) -> Result<Vec<Build>, LoadError> {
    let metadata = std::fs::metadata(folder)
        .map_err(|error| LoadError::Read { path: folder.into(), reason: error.to_string() })?;
    if !metadata.is_dir() {
        return Err(LoadError::Read { path: folder.into(), reason: "it is not a folder".into() });
    }
    if let Some(manifest) = in_folder(folder) {
        return project(folder, manifest).map(|build| vec![build]);
    }
    let mut walk = Walk::new(Projects::Inside);
    walk.folder(folder, 0)?;
    let mut builds = walk.builds;
    builds.extend(preferred_of_each_name(walk.files).into_iter().map(|file| Build { file, manifest: None }));
    builds.sort_by(|one, next| one.file.cmp(&next.file));
    builds.dedup_by(|next, one| one.file == next.file);
    builds.truncate(MAX_BUILDS);
    if builds.is_empty() {
        return Err(none(folder, "any .wasm in the usual places"));
    }
    Ok(builds)
}

/// The manifests of the projects of a folder.
pub fn projects(folder: &Path) -> Vec<PathBuf> {
    if let Some(own) = in_folder(folder) {
        return vec![own];
    }
    let mut walk = Walk::new(Projects::Inside);
    // What cannot be read holds none.
    let _ = walk.folder(folder, 0);
    walk.manifests.truncate(MAX_BUILDS);
    walk.manifests
}

/// The build of a folder that has a manifest. One that cannot be read now still belongs to a node in a usual place,
/// which says what is wrong with it.
fn project(folder: &Path, path: PathBuf) -> Result<Build, LoadError> {
    let (manifest, refused) = match Manifest::read(&path) {
        Ok((manifest, problems)) => {
            let outside = problems.into_iter().find(|problem| problem.code == "odd-wasm-path");
            (
                manifest,
                outside
                    .map(|problem| LoadError::Manifest { file: folder.display().to_string(), reason: problem.message }),
            )
        }
        Err(error) => (Manifest { path: path.clone(), ..Manifest::default() }, Some(error)),
    };
    match (project_file(folder, &manifest), refused) {
        (Ok(file), _) => Ok(Build { file, manifest: Some(path) }),
        (Err(_), Some(refused)) => Err(refused),
        (Err(error), None) => Err(error),
    }
}

fn project_file(folder: &Path, manifest: &Manifest) -> Result<PathBuf, LoadError> {
    if let Some(named) = manifest.named_build().filter(|path| path.is_file()) {
        return Ok(named);
    }
    if let Some(usual) = PLACES.iter().map(|place| folder.join(place)).find(|path| path.is_file()) {
        return Ok(usual);
    }
    let mut walk = Walk::new(Projects::Ignored);
    walk.folder(folder, 0)?;
    preferred(folder, walk.files).ok_or_else(|| {
        let named = manifest.wasm_path.as_ref().map(|path| format!("\"{}\", ", path.display())).unwrap_or_default();
        none(folder, &format!("{named}{} and any .wasm below; build the project first", PLACES.join(", ")))
    })
}

fn none(folder: &Path, looked: &str) -> LoadError {
    LoadError::NoBuild { path: folder.into(), looked: looked.into() }
}

/// "AppBundle" before the last "release" or "production" before the first.
fn preferred(folder: &Path, files: Vec<PathBuf>) -> Option<PathBuf> {
    let rank = |path: &Path| {
        // Folders above the project say nothing about the build.
        let text = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().to_ascii_lowercase();
        if text.contains("appbundle") { 2 } else { u8::from(text.contains("release") || text.contains("production")) }
    };
    let best = files.iter().map(|path| rank(path)).max()?;
    let mut candidates = files.into_iter().filter(|path| rank(path) == best);
    if best == 1 { candidates.next_back() } else { candidates.next() }
}

/// A debug and a release build of one name are the same node.
fn preferred_of_each_name(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut groups: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        groups.entry(build_root(&file).join(file.file_name().unwrap_or_default())).or_default().push(file);
    }
    groups.into_iter().filter_map(|(root, group)| preferred(root.parent().unwrap_or(Path::new("")), group)).collect()
}

/// The folder around a build tool's output folder, or the file's own.
fn build_root(file: &Path) -> &Path {
    let is_output = |folder: &&Path| {
        folder.file_name().is_some_and(|name| ["target", "build", "bin", "dist", ".build"].iter().any(|o| name == *o))
    };
    let own = file.parent().unwrap_or(file);
    own.ancestors().filter(is_output).last().unwrap_or(own)
}

enum Projects {
    /// A folder with a manifest is one build.
    Inside,
    Ignored,
}

struct Walk {
    projects: Projects,
    entries: usize,
    files: Vec<PathBuf>,
    builds: Vec<Build>,
    manifests: Vec<PathBuf>,
}

impl Walk {
    fn new(projects: Projects) -> Self {
        Self { projects, entries: 0, files: Vec::new(), builds: Vec::new(), manifests: Vec::new() }
    }

    /// Looks through a folder in the order of names; folders that cannot be read hold nothing. Links to folders are
    /// not followed, so that a loop ends.
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), LoadError> {
        let listing = match std::fs::read_dir(folder) {
            Ok(listing) => listing,
            Err(error) if depth == 0 => {
                return Err(LoadError::Read { path: folder.into(), reason: error.to_string() });
            }
            Err(_) => return Ok(()),
        };
        let mut entries: Vec<_> = listing.take(MAX_ENTRIES).flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Ok(());
            }
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.enter(&path, depth)?,
                _ if is_wasm(&path) && path.is_file() => self.files.push(path),
                _ => {}
            }
        }
        Ok(())
    }

    fn enter(&mut self, folder: &Path, depth: usize) -> Result<(), LoadError> {
        if depth >= MAX_DEPTH || is_skipped(folder) {
            return Ok(());
        }
        let manifest = if matches!(self.projects, Projects::Inside) { in_folder(folder) } else { None };
        if let Some(manifest) = manifest {
            self.manifests.push(manifest.clone());
            // A project that is not built yet has nothing to show.
            self.builds.extend(project(folder, manifest).ok());
            return Ok(());
        }
        self.folder(folder, depth + 1)
    }
}

fn is_skipped(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let hidden = name.starts_with('.') && name != ".build";
    hidden || SKIPPED.contains(&name.as_ref()) || name.starts_with("wasm-sdk-")
}

fn is_wasm(path: &Path) -> bool {
    let is = |wanted| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted));
    // Text beside a binary of its name is the same node.
    is("wasm") && !path.ends_with("publish/dotnet.wasm") || is("wat") && !path.with_extension("wasm").is_file()
}

const _: () = assert!(MAX_DEPTH <= MAX_ABOVE, "a build that is found must find its manifest again");
