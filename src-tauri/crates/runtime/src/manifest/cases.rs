//! Where a node's file of cases belongs: with its sources, never in a folder that a build makes and a cleaning takes away.
//!
//! A node that is built into such a folder has its file beside the manifest, else beside the file of the language's own
//! that makes the folder a project. Any other node has it beside itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders that builds write and that are not committed.
const BUILT: [&str; 22] = [
    "target",
    "build",
    "dist",
    "out",
    "output",
    "zig-out",
    ".zig-cache",
    "zig-cache",
    ".build",
    "_build",
    ".output",
    "bin",
    "obj",
    "pkg",
    "release",
    "debug",
    "Release",
    "Debug",
    "node_modules",
    ".gradle",
    "nimcache",
    ".next",
];
/// What else such a folder may begin with, and the file that marks one whatever it is called.
const BUILT_LIKE: [&str; 3] = ["cmake-build-", "bazel-", "build-"];
const MARK: &str = "CACHEDIR.TAG";
/// Files that make a folder a project.
const PROJECT: [&str; 17] = [
    "Cargo.toml",
    "package.json",
    "asconfig.json",
    "go.mod",
    "build.zig",
    "CMakeLists.txt",
    "Makefile",
    "meson.build",
    "pyproject.toml",
    "setup.py",
    "Package.swift",
    "moon.mod.json",
    "build.gradle",
    "build.gradle.kts",
    "pom.xml",
    "dub.json",
    "grain.json",
];
/// Endings of files that do the same.
const PROJECT_LIKE: [&str; 2] = ["nimble", "csproj"];
/// Folders above the node's in which its project is looked for, and bytes of cargo's list of sources.
const MAX_ABOVE: usize = 8;
const MAX_LIST: u64 = 1 << 20;
/// Folders of a cargo workspace that are looked at for the node's own.
const MAX_MEMBERS: usize = 200;

/// The folder for the cases of a node file; `manifest`: the one that governs it. Blocking.
pub(super) fn folder(wasm: &Path, manifest: Option<&Path>) -> PathBuf {
    let beside = wasm.parent().unwrap_or(Path::new("."));
    let is_away = |folder: &&Path| !wasm.starts_with(folder) || built(wasm, folder).is_some();
    let with_manifest = manifest.and_then(Path::parent).filter(is_away);
    let found = with_manifest.map(Path::to_owned).or_else(|| project(wasm));
    found.unwrap_or_else(|| beside.to_owned())
}

/// The outermost folder between `above` and the file that a build makes.
fn built<'a>(wasm: &'a Path, above: &Path) -> Option<&'a Path> {
    let between = wasm.ancestors().skip(1).take_while(|folder| *folder != above && folder.starts_with(above));
    between.filter(|folder| is_built(folder)).last()
}

fn is_built(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    BUILT.iter().any(|built| *built == name)
        || BUILT_LIKE.iter().any(|start| name.starts_with(start))
        || folder.join(MARK).is_file()
}

/// The folder of the project whose build made the file, by what lies around it.
fn project(wasm: &Path) -> Option<PathBuf> {
    let in_built = || wasm.ancestors().skip(1).take(MAX_ABOVE).find(|folder| is_built(folder));
    if let Some(package) = sources(wasm).and_then(|source| nearest(&source, &["Cargo.toml"])) {
        return in_built().map(|_| package);
    }
    // From the folder that the build made upwards, no further than the repository and never the user's home.
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut inside = true;
    for folder in wasm.ancestors().skip(1).take(MAX_ABOVE) {
        if home.as_deref() == Some(folder) {
            return None;
        }
        if !is_built(folder) && is_project(folder) {
            let above = built(wasm, folder).is_some();
            return above.then(|| member(folder, wasm).unwrap_or_else(|| folder.to_owned()));
        }
        inside &= !folder.join(".git").exists();
        if !inside {
            return None;
        }
    }
    None
}

fn is_project(folder: &Path) -> bool {
    let ends = |entry: io::Result<fs::DirEntry>| {
        let path = entry.ok().map(|entry| entry.path());
        let extension = path.as_ref().and_then(|path| path.extension()?.to_str());
        extension.is_some_and(|extension| PROJECT_LIKE.contains(&extension))
    };
    PROJECT.iter().any(|name| folder.join(name).is_file())
        || fs::read_dir(folder).is_ok_and(|mut entries| entries.any(ends))
}

/// The first source that cargo names for a file that it built, in the list beside it: also where its folder for builds
/// lies elsewhere.
fn sources(wasm: &Path) -> Option<PathBuf> {
    let list = wasm.with_extension("d");
    let is_list = fs::metadata(&list).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_LIST);
    let text = is_list.then(|| fs::read_to_string(&list).ok()).flatten()?;
    let (_, sources) = text.lines().next()?.split_once(".wasm: ")?;
    // Blanks in a path have a backslash.
    let sources = sources.replace("\\ ", "\u{0}");
    let mut paths = sources.split(' ').map(|path| PathBuf::from(path.replace('\u{0}', " ")));
    paths.find(|path| path.is_absolute() && path.is_file())
}

fn nearest(file: &Path, names: &[&str]) -> Option<PathBuf> {
    let has = |folder: &&Path| names.iter().any(|name| folder.join(name).is_file());
    file.ancestors().skip(1).take(MAX_ABOVE).find(has).map(Path::to_owned)
}

/// The package of a cargo workspace that a file is named after.
fn member(root: &Path, wasm: &Path) -> Option<PathBuf> {
    let stem = wasm.file_stem()?.to_str()?;
    let named = |folder: &PathBuf| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        let table: toml::Table = text.parse().unwrap_or_default();
        let name = |part: &str| Some(table.get(part)?.get("name")?.as_str()?.replace('-', "_"));
        [name("lib"), name("package")].contains(&Some(stem.replace('-', "_")))
    };
    let below = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        entries.filter(|path| path.join("Cargo.toml").is_file()).take(MAX_MEMBERS).collect()
    };
    let root_itself = root.join("Cargo.toml").is_file().then(|| root.to_owned())?;
    let text = fs::read_to_string(root.join("Cargo.toml")).ok()?;
    let table: toml::Table = text.parse().ok()?;
    let patterns = table.get("workspace")?.get("members")?.as_array()?.iter().filter_map(|member| member.as_str());
    let members = patterns.flat_map(|pattern| match pattern.strip_suffix('*') {
        Some(folder) => below(&root.join(folder)),
        None => vec![root.join(pattern)],
    });
    std::iter::once(root_itself).chain(members.take(MAX_MEMBERS)).find(named)
}

#[cfg(test)]
mod tests;
