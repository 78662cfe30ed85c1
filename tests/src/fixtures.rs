//! The WAT fixtures in `tests/fixtures`: small modules and components that have one thing about them each.
//!
//! A fixture may hold lines `;; include PATH`, which stand for the text of another file: what the language fixtures
//! have in common is written once.

use std::path::{Path, PathBuf};

/// The text of a fixture such as `language/kotlin`, with its includes.
pub fn text(name: &str) -> String {
    let path = folder().join(name).with_extension("wat");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("read \"{}\": {error}", path.display()));
    let mut whole = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim_start().strip_prefix(";; include ") {
            Some(path) => whole.push_str(&self::text(path.trim_end_matches(".wat"))),
            None => whole.push_str(line),
        }
        whole.push('\n');
    }
    whole
}

/// The fixture as a binary.
pub fn wasm(name: &str) -> Vec<u8> {
    wat::parse_str(text(name)).unwrap_or_else(|error| panic!("fixture \"{name}\": {error}"))
}

/// Every fixture's name, without the parts that others include.
pub fn all() -> Vec<String> {
    let mut names = Vec::new();
    for group in entries(&folder()).into_iter().filter(|path| !path.ends_with("shared")) {
        for file in entries(&group) {
            names.push(format!("{}/{}", stem(&group), stem(&file)));
        }
    }
    names
}

fn folder() -> PathBuf {
    crate::repository().join("tests/fixtures")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("list \"{}\": {error}", folder.display()));
    let mut paths: Vec<PathBuf> = list.map(|entry| entry.expect("a folder's entry can be read").path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
