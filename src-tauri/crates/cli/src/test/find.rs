//! Which files of cases there are, and which node each belongs to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cases::{CasesFile, Rows};
use runtime::manifest;

use super::Test;
use super::suite::Planned;
use crate::terminal;

const ENDING: &str = ".cases.json";

/// A file of cases with the node that it is for.
pub(super) struct Suite {
    file: PathBuf,
    /// The build; `Err` says why there is none.
    node: Result<PathBuf, String>,
}

/// The suites of a path: a file of cases, a node, or a folder.
pub(super) fn suites(path: &Path) -> Result<Vec<Suite>, String> {
    if !path.exists() {
        return Err(format!("\"{}\" is not there", path.display()));
    }
    if path.is_dir() {
        return of_folder(path);
    }
    if name(path).ends_with(ENDING) {
        return Ok(vec![Suite { file: path.to_owned(), node: build_near(path) }]);
    }
    Ok(of_node(path, None)?.into_iter().map(|file| Suite { file, node: Ok(path.to_owned()) }).collect())
}

/// The files of cases beside a node, and those with the sources of the project that builds it.
fn of_node(node: &Path, manifest: Option<&Path>) -> Result<Vec<PathBuf>, String> {
    let node = std::path::absolute(node).map_err(|error| error.to_string())?;
    let beside = node.parent().unwrap_or(Path::new("/"));
    let sources = manifest::cases_folder(&node, manifest);
    let mut files = case_files(&sources)?;
    if sources != beside {
        files.extend(case_files(beside)?);
    }
    Ok(files)
}

fn of_folder(folder: &Path) -> Result<Vec<Suite>, String> {
    let mut files = case_files(folder)?;
    let builds = manifest::builds_of(folder).unwrap_or_default();
    for build in &builds {
        files.extend(of_node(&build.file, build.manifest.as_deref())?);
    }
    // One file may be named in two ways.
    let mut known = BTreeSet::new();
    files.retain(|file| known.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
    files.sort();
    Ok(files.into_iter().map(|file| Suite { node: build_near(&file), file }).collect())
}

fn name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

fn case_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("cannot read the folder \"{}\": {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() && name(&path).ends_with(ENDING) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The node for a file of cases: the one of its name beside it, else the one build of its folder.
fn build_near(file: &Path) -> Result<PathBuf, String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stem = name(file).trim_end_matches(ENDING).to_owned();
    let beside = ["wasm", "wat"].map(|ending| folder.join(format!("{stem}.{ending}")));
    if let Some(found) = beside.into_iter().find(|path| path.is_file()) {
        return Ok(found);
    }
    let builds = manifest::builds_of(folder).map_err(|error| error.to_string())?;
    match builds.as_slice() {
        [only] => Ok(only.file.clone()),
        [] => Err(format!("there is no node for \"{}\"; build it, or name it: nodewb test NODE", file.display())),
        _ => Err(format!("there are several nodes for \"{}\"; name one: nodewb test NODE", file.display())),
    }
}

impl Suite {
    /// The runs of the suite's cases. What cannot be read is told and sets `broken`.
    pub(super) fn plan(&self, arguments: &Test, broken: &mut bool) -> Vec<Planned> {
        match self.read(arguments) {
            Ok(planned) => planned,
            Err(reason) => {
                *broken = true;
                terminal::complain(&reason);
                Vec::new()
            }
        }
    }

    fn read(&self, arguments: &Test) -> Result<Vec<Planned>, String> {
        let place = |reason: String| format!("\"{}\": {reason}", self.file.display());
        let text = fs::read_to_string(&self.file).map_err(|error| place(error.to_string()))?;
        let file = CasesFile::parse(&text).map_err(|error| place(error.to_string()))?;
        let fits = |name: &str| arguments.case.as_deref().is_none_or(|glob| matches(glob, name));
        let mut planned = Vec::new();
        for case in file.cases.iter().filter(|case| fits(&case.name)) {
            let rows = match &case.rows {
                Some(Rows::File(rows)) => Some(self.rows(rows).map_err(place)?),
                _ => None,
            };
            for row in
                case.rows(rows.as_deref()).map_err(|reason| place(format!("case \"{}\": {reason}", case.name)))?
            {
                for _ in 0..arguments.repeat {
                    planned.push(Planned::new(&self.file, &self.node, case, row.clone()).map_err(place)?);
                }
            }
        }
        Ok(planned)
    }

    fn rows(&self, name: &str) -> Result<String, String> {
        fs::read_to_string(self.file.with_file_name(name)).map_err(|error| format!("cannot read \"{name}\": {error}"))
    }
}

/// Whether a name fits a pattern in which `*` stands for any characters.
fn matches(glob: &str, name: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else { return glob == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (glob, name, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("*", "", true),
            ("aa*aa", "aaa", false),
        ] {
            assert_eq!(matches(glob, name), expected, "{glob} {name}");
        }
    }
}
