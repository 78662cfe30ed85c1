//! What each language's build needs, whether it is there, and the command that installs it.
//!
//! Looks only at what is installed: programs on the path are asked for their version, nothing is fetched.

mod probe;
mod tools;

use std::ffi::OsStr;
use std::path::PathBuf;

use serde::Serialize;

use crate::language::Language;

pub use self::tools::Tool;

/// What was found of all that a language needs.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub language: Language,
    /// Whether its projects can be built as things stand.
    pub ready: bool,
    pub tools: Vec<Finding>,
}

/// What was found of one tool.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Such as `cargo`.
    pub name: &'static str,
    pub purpose: &'static str,
    /// The oldest version that will do, such as `1.82`.
    pub minimum: Option<&'static str>,
    pub state: State,
    pub version: Option<String>,
    pub path: Option<PathBuf>,
    /// The exact command that installs it.
    pub install: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Found,
    /// Older than the minimum.
    TooOld,
    Missing,
}

/// What the language needs; the same for everybody.
pub fn needs(language: Language) -> &'static [Tool] {
    tools::of(language)
}

/// Asks each tool for its version. Blocking: a tool that does not answer is given ten seconds.
pub fn examine(language: Language) -> Report {
    examine_in(language, &std::env::var_os("PATH").unwrap_or_default())
}

/// The same with another search path than this program's.
pub fn examine_in(language: Language, path: &OsStr) -> Report {
    let tools: Vec<Finding> = needs(language).iter().map(|tool| finding(tool, path)).collect();
    Report { language, ready: tools.iter().all(|tool| tool.state == State::Found), tools }
}

fn finding(tool: &Tool, path: &OsStr) -> Finding {
    let found = tool.ways.iter().find_map(|way| probe::ask(way, path));
    let state = match &found {
        None => State::Missing,
        Some(found) if tool.minimum.is_some_and(|minimum| !probe::reaches(&found.version, minimum)) => State::TooOld,
        Some(_) => State::Found,
    };
    Finding {
        name: tool.name,
        purpose: tool.purpose,
        minimum: tool.minimum,
        state,
        version: found.as_ref().map(|found| found.version.clone()).filter(|version| !version.is_empty()),
        path: found.map(|found| found.path),
        install: tool.install,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    fn program(folder: &Path, name: &str, script: &str) {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("made a program");
    }

    #[test]
    fn what_is_there_missing_or_old_is_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let states = || {
            let report = examine_in(Language::AssemblyScript, folder.path().as_os_str());
            (report.ready, report.tools.iter().map(|tool| tool.state).collect::<Vec<_>>())
        };
        assert_eq!(states(), (false, vec![State::Missing, State::Missing]));
        program(folder.path(), "node", "echo v16.1.0");
        program(folder.path(), "npm", "exit 1");
        assert_eq!(states(), (false, vec![State::TooOld, State::Missing]), "a program that fails is as good as none");
        program(folder.path(), "node", "echo v22.11.0");
        program(folder.path(), "npm", "echo 10.9.0 >&2");
        assert_eq!(states(), (true, vec![State::Found, State::Found]));
        let report = examine_in(Language::AssemblyScript, folder.path().as_os_str());
        assert_eq!(report.tools[0].version.as_deref(), Some("22.11.0"));
        assert_eq!(report.tools[0].path.as_deref(), Some(folder.path().join("node").as_path()));
    }

    #[test]
    fn every_language_names_what_it_needs_and_how_to_get_it() {
        for language in Language::ALL {
            let tools = needs(language);
            assert!(!tools.is_empty(), "{language} needs something");
            for tool in tools {
                assert!(!tool.install.is_empty() && !tool.purpose.is_empty() && !tool.ways.is_empty(), "{}", tool.name);
                assert!(tool.minimum.is_none_or(|minimum| probe::reaches(minimum, minimum)), "{}", tool.name);
            }
        }
    }
}
