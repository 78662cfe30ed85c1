//! What of a watched folder is looked at: which files may be nodes, and which folders hold none.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::What;
use super::stamp::Stamp;
use crate::manifest;

/// Folders further down are not looked at: no build tool of the node languages goes as deep.
const MAX_DEPTH: usize = 10;
/// A watched folder with more folders than this is not a project; what is beyond is not looked at.
const MAX_FOLDERS: usize = 8192;

/// Folders in which tools keep what is not a finished node.
const SKIPPED: [&str; 11] = [
    "__pycache__",
    "deps",
    "examples",
    "gradle",
    "incremental",
    "node_modules",
    "obj",
    "site-packages",
    "venv",
    "wasm-sdk",
    "zig-cache",
];

/// Folders in which builds put what they make, and tools what they fetch: none holds sources.
const MADE: [&str; 12] = [
    "__pycache__",
    "build",
    "dist",
    "node_modules",
    "obj",
    "out",
    "site-packages",
    "target",
    "venv",
    "wasm-sdk",
    "zig-cache",
    "zig-out",
];

/// The folders and files found below a folder, by their paths there.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// With the folder itself.
    pub(super) folders: BTreeSet<PathBuf>,
    pub(super) files: BTreeMap<PathBuf, Stamp>,
}

/// Looks through `folder`, which is `depth` levels below the watched folder, and what is below it. Each folder is given
/// to `before` before it is read, so that a watch can be set that misses nothing. Blocking.
pub(super) fn look_through(folder: &Path, what: What, depth: usize, before: &mut dyn FnMut(&Path)) -> Found {
    let mut found = Found::default();
    let mut waiting = vec![(folder.to_owned(), depth)];
    while let Some((folder, depth)) = waiting.pop() {
        if found.folders.len() >= MAX_FOLDERS {
            break;
        }
        before(&folder);
        // A folder that vanished meanwhile or may not be read holds nothing for us.
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if depth < MAX_DEPTH && !is_skipped(&path, what) {
                    waiting.push((path, depth + 1));
                }
            } else if is_interesting(&path, what)
                && let Some(stamp) = Stamp::of(&path)
            {
                found.files.insert(path, stamp);
            }
        }
        found.folders.insert(folder);
    }
    found
}

/// Files whose change may mean another set of nodes, or another build.
pub(super) fn is_interesting(path: &Path, what: What) -> bool {
    match what {
        What::Nodes => manifest::is_named_so(path) || ends_in(path, &["wasm", "wat"]),
        What::Sources => is_source(path),
    }
}

fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let of_an_editor = name.starts_with('.') || name.starts_with('#') || name.ends_with('~');
    !of_an_editor && !name.ends_with(".cases.json") && !ends_in(path, &["wasm"])
}

fn ends_in(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|found| extensions.iter().any(|wanted| found.eq_ignore_ascii_case(wanted)))
}

/// Folders that are not entered.
pub(super) fn is_skipped(folder: &Path, what: What) -> bool {
    let Some(name) = folder.file_name().and_then(OsStr::to_str) else { return false };
    match what {
        What::Nodes => holds_no_node(folder, name),
        What::Sources => name.starts_with('.') || MADE.contains(&name) || name.starts_with("wasm-sdk-"),
    }
}

/// Hidden folders are skipped except `.build`, where Swift puts its products.
fn holds_no_node(folder: &Path, name: &str) -> bool {
    if SKIPPED.contains(&name) || name.starts_with("wasm-sdk-") || (name.starts_with('.') && name != ".build") {
        return true;
    }
    // Cargo's own `build` folder holds build scripts; everywhere else `build` is where nodes are put.
    name == "build" && folder.parent().is_some_and(|profile| profile.join(".fingerprint").is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_what_tools_keep_for_themselves() {
        for skipped in ["p/node_modules", "p/target/debug/deps", "p/.git", "p/.venv", "p/wasm-sdk-rust"] {
            assert!(is_skipped(Path::new(skipped), What::Nodes), "{skipped} holds no finished node");
        }
        for entered in ["p/build", "p/.build", "p/target", "p/target/wasm32-wasip2/release", "p/zig-out/bin"] {
            assert!(!is_skipped(Path::new(entered), What::Nodes), "{entered} is where a build puts a node");
        }
    }

    #[test]
    fn finds_nodes_and_leaves_out_build_internals() {
        let root = tempfile::tempdir().expect("a folder");
        for folder in ["build", "target/release/deps", "target/release/.fingerprint", "target/release/build/x"] {
            std::fs::create_dir_all(root.path().join(folder)).expect("folders");
        }
        for file in ["build/node.wasm", "target/release/n.wasm", "target/release/deps/n.wasm"] {
            std::fs::write(root.path().join(file), "x").expect("a file");
        }
        std::fs::write(root.path().join("target/release/build/x/y.wasm"), "x").expect("a file");
        let found = look_through(root.path(), What::Nodes, 0, &mut |_| {});
        let files: Vec<_> = found.files.keys().map(|file| file.strip_prefix(root.path()).expect("below")).collect();
        assert_eq!(files, [Path::new("build/node.wasm"), Path::new("target/release/n.wasm")], "the products only");
    }

    #[test]
    fn sources_are_what_people_write() {
        let root = tempfile::tempdir().expect("a folder");
        let made = ["target/a.rs", "node_modules/x/index.js", ".git/HEAD", "build/b.ts", "obj/c.cs"];
        let beside = ["node.wasm", "n.cases.json", "src/.lib.rs.swp", "src/lib.rs~", "src/#lib.rs#"];
        let sources = ["Cargo.toml", "flow-like.toml", "src/bin/c.rs", "src/lib.rs", "src/node.wat"];
        for file in made.iter().chain(&beside).chain(&sources) {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().expect("below the root")).expect("folders");
            std::fs::write(path, "x").expect("a file");
        }
        let found = look_through(root.path(), What::Sources, 0, &mut |_| {});
        let files: Vec<_> = found.files.keys().map(|file| file.strip_prefix(root.path()).expect("below")).collect();
        assert_eq!(files, sources.map(Path::new), "and nothing that is made from them");
    }
}
