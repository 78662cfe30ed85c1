//! Reading the record. Every function here blocks; [`Record::ask`] calls one from async code.

mod events;
mod lists;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;

use super::{RecordError, file};
use crate::definition::results::Finding;
use crate::event::{Level, LogSource, RunId};
use crate::json::Json;
use crate::run::{Figures, Status};
use crate::trap::Trap;

/// What a row is. The numbers are those in the file: never change them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RowKind {
    Log = 0,
    Stream = 1,
    Fired = 2,
    Output = 3,
    Question = 4,
    Decision = 5,
    Network = 6,
    LeftOut = 7,
    Finished = 8,
}

impl RowKind {
    pub const ALL: [Self; 9] = [
        Self::Log,
        Self::Stream,
        Self::Fired,
        Self::Output,
        Self::Question,
        Self::Decision,
        Self::Network,
        Self::LeftOut,
        Self::Finished,
    ];
}

/// One line of a run's time line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Position in the run, from 0, without gaps.
    pub seq: u32,
    /// Since the run's start.
    pub at: Duration,
    pub kind: RowKind,
    pub level: Level,
    pub source: LogSource,
    /// A stream event's kind, or a pin.
    pub name: Option<String>,
    /// The message of a log line, the value of an output or a stream event as JSON, a JSON document for questions,
    /// decisions and the network, the number of lines that were left out, the status of a finished run.
    pub text: String,
}

/// How many rows a run has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub rows: u64,
    /// Indexed by [`RowKind`].
    pub kinds: [u64; RowKind::ALL.len()],
    /// Log lines, indexed by [`Level`].
    pub levels: [u64; 5],
}

/// A run as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// Grows with each run; for [`RunsQuery::before`].
    pub number: i64,
    pub id: RunId,
    pub file: PathBuf,
    pub node: String,
    pub build: Arc<str>,
    pub started_at: SystemTime,
    /// `None` while it runs, or where the end could not be written.
    pub outcome: Option<OutcomeRow>,
    pub(super) program: Option<Arc<str>>,
}

/// What a run came to, without its outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeRow {
    pub status: Status,
    pub error: Option<String>,
    pub pending: bool,
    pub duration: Duration,
    pub own: Duration,
    pub asked: Duration,
    /// When the outcome was stored. None in runs of before this was kept, and where it was not stored by the run itself.
    pub stored: Option<Duration>,
    pub memory_peak: u64,
    pub fuel: Option<u64>,
    pub denied: u64,
    /// How many findings about its result.
    pub problems: u32,
}

impl OutcomeRow {
    /// The figures of the run.
    pub fn figures(&self) -> Figures {
        Figures {
            duration: self.duration,
            own: self.own,
            asked: self.asked,
            stored: self.stored,
            memory_peak: self.memory_peak,
            fuel: self.fuel,
            denied: self.denied,
        }
    }
}

/// A run with all that is not its time line.
#[derive(Clone, Debug, PartialEq)]
pub struct RunDetail {
    pub summary: RunSummary,
    /// Values of the pins in `masked` are not there.
    pub inputs: Vec<(String, Json)>,
    pub masked: Vec<String>,
    /// A JSON object: bytes, milliseconds and numbers.
    pub limits: Json,
    pub allow: Vec<String>,
    pub deny: Vec<String>,
    /// Empty while it runs.
    pub outputs: Vec<(String, Json)>,
    pub fired: Vec<String>,
    /// What in the result is not as declared.
    pub problems: Vec<Finding>,
    pub trap: Option<Trap>,
}

/// A page of runs, newest first.
#[derive(Clone, Debug, Default)]
pub struct RunsQuery {
    pub file: Option<PathBuf>,
    pub node: Option<String>,
    /// Only runs with smaller numbers: the last one's of the page before.
    pub before: Option<i64>,
    pub limit: u32,
}

/// A page of the audit list, newest first.
#[derive(Clone, Debug, Default)]
pub struct DecisionsQuery {
    pub file: Option<PathBuf>,
    pub node: Option<String>,
    pub run: Option<RunId>,
    pub before: Option<i64>,
    pub limit: u32,
}

/// A decision of the permission gate, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    pub number: i64,
    pub at: SystemTime,
    pub run: RunId,
    pub file: PathBuf,
    pub node: String,
    pub build: String,
    pub capability: String,
    pub target: String,
    pub class: Option<String>,
    pub declared: bool,
    /// "allow" or "deny".
    pub decision: String,
    /// "rule", "grant", "answer", "low-risk", "not-asked", "timed-out", "withdrawn" or "default".
    pub basis: String,
    pub rule: Option<String>,
    pub lifetime: Option<String>,
}

/// Reads the record; clones share their connections.
#[derive(Clone)]
pub struct Record {
    path: Arc<PathBuf>,
    // Held to take or give back a connection, never while one is used.
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Record {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path: Arc::new(path), idle: Arc::default() }
    }

    /// Whether a run without an end may still go on in another program.
    pub fn may_go_on(&self, run: &RunSummary) -> bool {
        let data = self.path.parent().unwrap_or(std::path::Path::new("."));
        run.outcome.is_none() && super::program::left_behind(data, run.program.as_deref()).is_none()
    }

    /// Where the file lies.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Runs a query on a thread where it may block.
    pub async fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Self) -> Result<T, RecordError> + Send + 'static,
    ) -> Result<T, RecordError> {
        let record = self.clone();
        tokio::task::spawn_blocking(move || query(&record)).await.map_err(|_| RecordError::Stopped)?
    }

    /// Forgets the open connections: the file at the path is another one now.
    pub(super) fn reopen(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn with<T>(&self, query: impl FnOnce(&Connection) -> Result<T, RecordError>) -> Result<T, RecordError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| file::open_for_reading(&self.path), Ok)?;
        let result = query(&connection);
        if result.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        result
    }
}
