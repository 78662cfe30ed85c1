//! One run: store, limits, clock, cancel, outcome.

use std::time::Duration;

use crate::json::Json;
use crate::trap::Trap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Ok,
    /// The node reported an error.
    Error,
    Trap,
    Limit,
    Cancelled,
}

/// What a call came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub status: Status,
    /// Output pins: what the host calls set, overridden by the result document; in order of first appearance.
    pub outputs: Vec<(String, Json)>,
    /// Exec pins in firing order, each once.
    pub fired: Vec<String>,
    /// What the node said went wrong, or what stopped it.
    pub error: Option<String>,
    /// The node says that it goes on working.
    pub pending: bool,
    pub trap: Option<Trap>,
    pub figures: Figures,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Wall time, with questions.
    pub duration: Duration,
    /// Of which waiting for answers.
    pub asked: Duration,
    /// Linear memory, bytes.
    pub memory_peak: u64,
    /// `None` where it was not counted.
    pub fuel: Option<u64>,
    /// Requests that were denied.
    pub denied: u64,
}
