//! What a run did, and how it differs from what was expected.

use std::fmt;

use crate::exact::Exact;

/// What is known of a run.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// "ok", "error", "trap" and so on.
    pub outcome: String,
    /// What the node said went wrong.
    pub error: Option<String>,
    /// The exec outputs that fired, in order.
    pub fired: Vec<String>,
    /// The values of outputs as JSON.
    pub outputs: Vec<(String, String)>,
    /// The log lines.
    pub logs: Vec<Line>,
    /// The text of the stream.
    pub stream: String,
    /// What was asked for and granted by no rule, as rules.
    pub asked: Vec<String>,
    /// The node's own time in milliseconds.
    pub time_ms: f64,
    /// The most memory, bytes.
    pub memory: u64,
    /// The fuel, where it was counted.
    pub fuel: Option<u64>,
}

/// A log line.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// "debug", "info", "warn", "error" or "fatal".
    pub level: String,
    /// The text.
    pub message: String,
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where: `outputs.words`, `logs`, `fired`.
    pub place: String,
    /// What was expected, in words or as JSON.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl Difference {
    pub(crate) fn new(place: &str, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { place: place.to_owned(), expected: expected.into(), found: found.into() }
    }

    pub(crate) fn missing(place: &str) -> Self {
        Self::new(place, "a value", "nothing")
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.place, self.expected, self.found)
    }
}

/// Characters of a value that a difference shows.
const MOST_SHOWN: usize = 200;

/// A value in a difference.
pub(crate) fn shown(value: &Exact) -> String {
    bounded(&value.to_string())
}

pub(crate) fn bounded(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
