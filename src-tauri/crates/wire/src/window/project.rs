//! Folders that name a build command: whether it may run, how the newest run stands, and what it printed.

use runtime::build::{self, Consent, Diagnostic, Link, RunState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A folder that names a build command.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ProjectRow {
    /// The identity: the path of the manifest.
    pub manifest: String,
    /// Where the command runs.
    pub folder: String,
    /// Word for word; an answer sends it back.
    pub command: String,
    /// The paths whose files are watched.
    pub watch: Vec<String>,
    /// The node that the manifest names, whether it is there or not.
    pub output: Option<String>,
    pub consent: BuildConsent,
    /// The newest run; none where nothing ran since it was opened.
    pub run: Option<BuildRun>,
    /// What the newest run that came to an end found wrong: the first ones, and how many there are.
    pub problems: Vec<BuildProblem>,
    #[ts(type = "number")]
    pub errors: u64,
    #[ts(type = "number")]
    pub warnings: u64,
    /// What is odd about it, for people.
    pub notes: Vec<String>,
}

/// Whether the command may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BuildConsent {
    /// The user is to be asked.
    Asked,
    /// Not now.
    Later,
    Never,
    Allowed,
}

/// The user's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BuildAnswer {
    /// Now and whenever a source changes.
    Run,
    Later,
    Never,
}

/// One run of a build command.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct BuildRun {
    /// Grows with each run of any project.
    #[ts(type = "number")]
    pub number: u64,
    pub state: BuildState,
    #[ts(type = "number")]
    pub started_at: u64,
    /// None while it is under way.
    pub took_ms: Option<f64>,
    /// Why it failed: "exit code 101".
    pub failure: Option<String>,
    /// Lines so far, and those of them that are not kept.
    #[ts(type = "number")]
    pub lines: u64,
    #[ts(type = "number")]
    pub left_out: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BuildState {
    /// Others are being built.
    Waiting,
    Building,
    Ok,
    Failed,
    /// By the user, or because a source changed.
    Stopped,
}

/// What a tool found wrong, from what a build printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct BuildProblem {
    /// `error` or `warning`.
    pub severity: String,
    pub message: String,
    /// Such as `rustc`.
    pub tool: String,
    /// As the tool wrote it: `src/main.rs:3:18`; none where it named no place.
    pub place: Option<String>,
    /// The file that is meant, where an editor may open it.
    pub path: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

/// A place that a line of a build's output names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct BuildLink {
    /// Number of the line.
    #[ts(type = "number")]
    pub at: u64,
    /// The part of the line, in the units of JavaScript's strings.
    pub from: usize,
    pub to: usize,
    pub path: String,
    pub line: u32,
    pub column: Option<u32>,
}

/// A part of what a run printed: plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct BuildLines {
    /// How many lines were printed in all.
    #[ts(type = "number")]
    pub total: u64,
    /// Number of the oldest line that is kept, from 0.
    #[ts(type = "number")]
    pub first: u64,
    /// Number of the first of `lines`.
    #[ts(type = "number")]
    pub offset: u64,
    pub lines: Vec<String>,
    /// Places in these lines, in order.
    pub links: Vec<BuildLink>,
}

impl From<&build::Project> for ProjectRow {
    fn from(project: &build::Project) -> Self {
        let text = |path: &std::path::PathBuf| path.to_string_lossy().into_owned();
        Self {
            manifest: text(&project.manifest),
            folder: text(&project.folder),
            command: project.command.clone(),
            watch: project.watch.iter().map(text).collect(),
            output: project.output.as_ref().map(text),
            consent: match project.consent {
                Consent::Asked => BuildConsent::Asked,
                Consent::Later => BuildConsent::Later,
                Consent::Never => BuildConsent::Never,
                Consent::Allowed => BuildConsent::Allowed,
            },
            run: project.run.as_ref().map(Into::into),
            problems: project.problems.list.iter().map(Into::into).collect(),
            errors: project.problems.errors,
            warnings: project.problems.warnings,
            notes: project.notes.clone(),
        }
    }
}

impl From<&build::Run> for BuildRun {
    fn from(run: &build::Run) -> Self {
        let (state, took, failure) = match &run.state {
            RunState::Waiting => (BuildState::Waiting, None, None),
            RunState::Building => (BuildState::Building, None, None),
            RunState::Ok { took } => (BuildState::Ok, Some(*took), None),
            RunState::Failed { took, failure } => (BuildState::Failed, Some(*took), Some(failure.to_string())),
            RunState::Stopped { took } => (BuildState::Stopped, Some(*took), None),
        };
        let since = run.started_at.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self {
            number: run.number,
            state,
            started_at: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            took_ms: took.map(|took| took.as_secs_f64() * 1000.0),
            failure,
            lines: run.lines,
            left_out: run.left_out,
        }
    }
}

impl From<&Diagnostic> for BuildProblem {
    fn from(diagnostic: &Diagnostic) -> Self {
        let place = diagnostic.place.as_ref();
        Self {
            severity: diagnostic.severity.name().into(),
            message: diagnostic.message.clone(),
            tool: diagnostic.tool.into(),
            place: place.map(ToString::to_string),
            path: place.and_then(|place| place.path.as_ref()).map(|path| path.to_string_lossy().into_owned()),
            line: place.map(|place| place.line),
            column: place.and_then(|place| place.column),
        }
    }
}

impl BuildLines {
    pub fn new(page: build::Page, links: &[Link]) -> Self {
        let build::Page { total, first, offset, lines } = page;
        let link = |link: &Link| {
            let text = lines.get(usize::try_from(link.line.checked_sub(offset)?).ok()?)?;
            let units = |end: usize| text.get(..end).map(|before| before.encode_utf16().count());
            Some(BuildLink {
                at: link.line,
                from: units(link.range.start)?,
                to: units(link.range.end)?,
                path: link.place.path.as_ref()?.to_string_lossy().into_owned(),
                line: link.place.line,
                column: link.place.column,
            })
        };
        let links = links.iter().filter_map(link).collect();
        Self { total, first, offset, lines, links }
    }
}

impl From<BuildAnswer> for build::Answer {
    fn from(answer: BuildAnswer) -> Self {
        match answer {
            BuildAnswer::Run => Self::Run,
            BuildAnswer::Later => Self::Later,
            BuildAnswer::Never => Self::Never,
        }
    }
}
