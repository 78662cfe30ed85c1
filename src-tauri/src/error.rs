//! What a command answers where it cannot do what was asked.

use std::fmt::Display;
use std::io;

use runtime::build::BuildError;
use runtime::definition::inputs;
use runtime::error::LoadError;
use runtime::host::secrets::SecretError;
use runtime::host::state::StateError;
use runtime::host::storage::Refusal;
use runtime::library::Stopped;
use runtime::record::RecordError;
use serde::Serialize;
use wire::window::CommandError;

pub type Result<T> = std::result::Result<T, Error>;

/// Becomes a [`CommandError`] on its way to the window.
#[derive(Clone, Debug, Serialize)]
#[serde(into = "CommandError")]
pub struct Error {
    pub code: &'static str,
    pub message: String,
    inputs: Vec<wire::window::InputProblem>,
}

impl Error {
    /// `code` is a word that the window may tell apart; `message` says what, where, and the next step.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), inputs: Vec::new() }
    }

    /// The values do not fit the pins.
    pub fn inputs(problems: &[inputs::InputProblem]) -> Self {
        let message = match problems {
            [only] => only.message.clone(),
            several => format!("{} inputs do not fit their pins; fix them, or run anyway", several.len()),
        };
        Self { inputs: problems.iter().map(Into::into).collect(), ..Self::new("inputs", message) }
    }

    /// Something about a file on disk.
    pub fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::new("file", format!("cannot use \"{}\": {error}", path.display()))
    }

    /// A defect of ours.
    pub fn internal(error: impl Display) -> Self {
        Self::new("internal", format!("the workbench made a mistake: {error}; its log says more"))
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        Self { code: error.code.into(), message: error.message, inputs: error.inputs }
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        let code = if matches!(error, RecordError::Pattern(_)) { "pattern" } else { "record" };
        Self::new(code, error.to_string())
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::new("load", error.to_string())
    }
}

impl From<Stopped> for Error {
    fn from(error: Stopped) -> Self {
        Self::new("stopped", error.to_string())
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::new("build", error.to_string())
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        Self::new("state", error.to_string())
    }
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Self {
        Self::new("secrets", error.to_string())
    }
}

impl From<Refusal> for Error {
    fn from(error: Refusal) -> Self {
        Self::new("files", error.to_string())
    }
}

impl From<tauri::Error> for Error {
    fn from(error: tauri::Error) -> Self {
        Self::new("window", error.to_string())
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::internal(error)
    }
}
