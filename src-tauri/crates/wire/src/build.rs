//! What `watch --build --json` prints when a build command has ended: one object.

use runtime::build::{Project, RunState};
use serde::Serialize;

use crate::window::BuildProblem;

#[derive(Clone, Debug, Serialize)]
pub struct Build {
    /// Always `build`.
    pub event: &'static str,
    pub folder: String,
    pub command: String,
    /// `ok`, `failed` or `stopped`.
    pub outcome: &'static str,
    /// Why it failed, such as `exit code 1`.
    pub failure: Option<String>,
    pub took_ms: f64,
    /// How many its tools told of; the first ones are in `problems`.
    pub errors: u64,
    pub warnings: u64,
    pub problems: Vec<BuildProblem>,
}

impl Build {
    /// None while the command is under way.
    pub fn ended(project: &Project) -> Option<Self> {
        let (outcome, took, failure) = match &project.run.as_ref()?.state {
            RunState::Waiting | RunState::Building => return None,
            RunState::Ok { took } => ("ok", took, None),
            RunState::Failed { took, failure } => ("failed", took, Some(failure.to_string())),
            RunState::Stopped { took } => ("stopped", took, None),
        };
        Some(Self {
            event: "build",
            folder: project.folder.display().to_string(),
            command: project.command.clone(),
            outcome,
            failure,
            took_ms: took.as_secs_f64() * 1000.0,
            errors: project.problems.errors,
            warnings: project.problems.warnings,
            problems: project.problems.list.iter().map(Into::into).collect(),
        })
    }
}
