//! What `run` may answer.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{place, read};
use crate::verdict::Verdict;

/// A run's result as Flow-Like reads it. Unknown members are ignored.
#[derive(Clone, Debug, Deserialize)]
pub struct RunResult {
    /// Values by output pin.
    pub outputs: Map<String, Value>,
    /// The error that fails the node.
    #[serde(default)]
    pub error: Option<String>,
    /// The exec outputs that fire.
    #[serde(default)]
    pub activate_exec: Vec<String>,
    /// Read and ignored.
    #[serde(default)]
    pub pending: Option<bool>,
}

/// What Flow-Like says of a run's result. A result that it refuses also closes the package for the rest of the run.
pub fn result(text: &str) -> Verdict {
    match read::<RunResult>(text) {
        Ok(_) => Verdict::taken(),
        Err(error) => {
            let reason = place::reason::<RunResult>(text, "result").unwrap_or_else(|| error.to_string());
            Verdict::refused(error.to_string(), reason)
        }
    }
}
