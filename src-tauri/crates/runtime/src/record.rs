//! What stays of a run: its inputs, log lines, events, decisions and outcome, in one SQLite file.
//!
//! This module owns the file, what is written to it and how long that is kept. Events pass through
//! a [`Tee`], which hands a copy to one writing thread; that thread is given room for a bounded amount, so a
//! node that floods is slowed down instead of losing lines. Values of sensitive pins never come here in clear, nor do
//! those of sensitive inputs within an HTTP exchange; what else a server answers is kept as it is. Reading is
//! [`Record`]'s. A damaged file is set aside and reported; a disk that fails is reported; neither stops a run.

mod block;
mod encode;
mod export;
mod file;
mod filter;
mod hidden;
mod network;
mod prune;
mod query;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc as blocking;
use std::time::SystemTime;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

pub use filter::{Filter, TextFilter};
pub use query::{
    Counts, DecisionRow, DecisionsQuery, EventRow, OutcomeRow, Record, RowKind, RunDetail, RunSummary, RunsQuery,
};

use crate::definition::Definition;
use crate::event::{Event, RunId};
use crate::json::Json;
use crate::limits::Limits;
use crate::permission::Rule;
use encode::Row;
use hidden::Hidden;

/// The file's name in the data folder.
pub const FILE: &str = "record.db";

/// Stands in for the value of a sensitive pin.
pub const MASK: &str = "\"•••\"";

/// How much may wait to be written, counted by [`Row::cost`]: 64 Ki rows or 64 MiB of text.
const ROOM: u32 = 1 << 16;
/// Events that are handed over together.
const CHUNK: usize = 512;

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The newest runs of each node.
    pub runs_per_node: u32,
    /// Of the whole file; the oldest runs go first.
    pub bytes: u64,
    /// The newest decisions; they outlive their runs.
    pub decisions: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { runs_per_node: 200, bytes: 2 << 30, decisions: 100_000 }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("cannot use the record \"{}\": {reason}; check that the folder may be written and the disk has room", path.display())]
    Open { path: PathBuf, reason: String },
    #[error("the record \"{}\" was written by a newer version of the workbench ({found}, this one knows {known}); update the workbench", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("the record cannot be read or written: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("a value in the record is damaged: {0}")]
    Value(#[from] serde_json::Error),
    #[error("rows in the record are damaged; delete the run if its lines cannot be shown")]
    Block,
    #[error("cannot write the export: {0}")]
    Export(#[from] std::io::Error),
    #[error("not a regular expression: {0}")]
    Pattern(String),
    #[error("the recorder has stopped; restart the workbench")]
    Stopped,
}

/// Something about the record that the user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The file was damaged and now lies there; a new one was begun.
    SetAside { path: PathBuf, reason: String },
    /// The record is kept in a temporary file until the program ends.
    Temporary { reason: String },
    /// So many rows could not be written; a marker stands in their place as soon as there is one again.
    Lost { rows: u64, reason: String },
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SetAside { path, reason } => {
                write!(
                    f,
                    "the record was damaged ({reason}); it was kept as \"{}\" and a new one begun",
                    path.display()
                )
            }
            Self::Temporary { reason } => write!(f, "runs are recorded until the program ends only: {reason}"),
            Self::Lost { rows, reason } => write!(f, "{rows} rows of the record could not be written: {reason}"),
        }
    }
}

/// A run as it begins. Made from the definition, so that sensitive values are masked before anything is kept.
#[derive(Clone, Debug)]
pub struct RunInfo {
    id: RunId,
    file: PathBuf,
    node: String,
    build: Arc<str>,
    started_at: SystemTime,
    inputs: Vec<(String, Json)>,
    masked: Vec<String>,
    sensitive: Vec<String>,
    hidden: Hidden,
    limits: Limits,
    allow: Vec<String>,
    deny: Vec<String>,
}

impl RunInfo {
    pub fn new(
        id: RunId,
        file: &Path,
        build: Arc<str>,
        definition: &Definition,
        inputs: &[(String, Json)],
        limits: Limits,
    ) -> Self {
        let sensitive: Vec<String> =
            definition.pins.iter().filter(|pin| pin.sensitive).map(|pin| pin.name.clone()).collect();
        let hidden = Hidden::of(inputs.iter().filter(|(pin, _)| sensitive.contains(pin)).map(|(_, value)| value));
        let inputs: Vec<(String, Json)> =
            inputs.iter().map(|(pin, value)| (pin.clone(), masked(&sensitive, pin, value))).collect();
        let masked = inputs.iter().filter(|(pin, _)| sensitive.contains(pin)).map(|(pin, _)| pin.clone()).collect();
        Self {
            id,
            file: file.to_owned(),
            node: definition.name.clone(),
            build,
            started_at: SystemTime::now(),
            inputs,
            masked,
            sensitive,
            hidden,
            limits,
            allow: Vec::new(),
            deny: Vec::new(),
        }
    }

    /// The node that was called, where the package does not define it.
    #[must_use]
    pub fn named(mut self, node: &str) -> Self {
        node.clone_into(&mut self.node);
        self
    }

    /// The rules that were given for this run.
    #[must_use]
    pub fn with_rules(mut self, allow: &[Rule], deny: &[Rule]) -> Self {
        self.allow = allow.iter().map(ToString::to_string).collect();
        self.deny = deny.iter().map(ToString::to_string).collect();
        self
    }

    #[must_use]
    pub fn started_at(mut self, at: SystemTime) -> Self {
        self.started_at = at;
        self
    }
}

fn masked(sensitive: &[String], pin: &str, value: &Json) -> Json {
    if sensitive.iter().any(|name| name == pin) && !value.is_null() {
        Json::parse(MASK).unwrap_or_else(|_| Json::null())
    } else {
        value.clone()
    }
}

/// The handle on the writing thread; clones share it. The thread ends with the last clone and the last tee, after it
/// wrote what it was given.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    messages: blocking::Sender<Message>,
    room: Arc<Semaphore>,
    record: Record,
    notices: watch::Receiver<Option<Notice>>,
    next_run: AtomicU64,
}

/// What the thread is told. Runs are known to it by a number of this process.
enum Message {
    Begin { run: u64, info: Box<RunInfo> },
    Rows { run: u64, rows: Vec<Row>, _room: Option<OwnedSemaphorePermit> },
    End { run: u64 },
    Delete { id: RunId, reply: oneshot::Sender<Result<bool, RecordError>> },
    Flush { reply: oneshot::Sender<()> },
}

impl Recorder {
    /// Opens the record in a data folder and starts the thread. What is not as it should be stands in
    /// [`Recorder::notices`]; an error means that not even a temporary file can be had. Blocking.
    pub fn open(data: &Path, retention: Retention) -> Result<Self, RecordError> {
        let opened = file::Opened::open(data)?;
        let (notify, notices) = watch::channel(opened.notice.clone());
        let record = Record::new(opened.path.clone());
        let (messages, inbox) = blocking::channel();
        let path = opened.path.clone();
        let writer = writer::Writer::new(opened, retention, record.clone(), notify);
        std::thread::Builder::new()
            .name("record".into())
            .spawn(move || writer.run(&inbox))
            .map_err(|error| RecordError::Open { path, reason: error.to_string() })?;
        let room = Arc::new(Semaphore::new(ROOM as usize));
        Ok(Self(Arc::new(Inner { messages, room, record, notices, next_run: AtomicU64::new(1) })))
    }

    /// For reading.
    pub fn record(&self) -> &Record {
        &self.0.record
    }

    /// The latest thing that went wrong with the record, if any.
    pub fn notices(&self) -> watch::Receiver<Option<Notice>> {
        self.0.notices.clone()
    }

    /// Stands in the way of a run's events: what goes in comes out, in the same order, once [`Tee::begin`] was called.
    pub fn tee(&self, events: mpsc::Receiver<Event>) -> (Tee, mpsc::Receiver<Event>) {
        let (out, forwarded) = mpsc::channel(crate::event::CHANNEL_CAPACITY);
        (Tee { inner: self.0.clone(), events, out }, forwarded)
    }

    /// Waits until all that was handed over is written: everything before an event that came out of a tee.
    pub async fn flush(&self) -> Result<(), RecordError> {
        let (reply, written) = oneshot::channel();
        self.0.tell(Message::Flush { reply });
        written.await.map_err(|_| RecordError::Stopped)
    }

    /// Deletes a run with its events and outcome. Its decisions stay in the audit list. Says whether there was one.
    pub async fn delete(&self, id: &RunId) -> Result<bool, RecordError> {
        let (reply, deleted) = oneshot::channel();
        self.0.tell(Message::Delete { id: id.clone(), reply });
        deleted.await.map_err(|_| RecordError::Stopped)?
    }
}

/// A run that is not recorded yet. Dropped before it begins, it leaves no trace, and the events end.
#[derive(Debug)]
pub struct Tee {
    inner: Arc<Inner>,
    events: mpsc::Receiver<Event>,
    out: mpsc::Sender<Event>,
}

impl Tee {
    /// Begins to record. A consumer that goes away does not end the recording. Needs a tokio runtime.
    pub fn begin(self, info: RunInfo) {
        let Self { inner, mut events, out } = self;
        tokio::spawn(async move {
            let run = inner.next_run.fetch_add(1, Ordering::Relaxed);
            let (sensitive, hidden) = (info.sensitive.clone(), info.hidden.clone());
            inner.tell(Message::Begin { run, info: Box::new(info) });
            let mut chunk = Vec::with_capacity(CHUNK);
            let mut wanted = true;
            while events.recv_many(&mut chunk, CHUNK).await > 0 {
                let rows: Vec<Row> = chunk.iter().map(|event| Row::of(event, &sensitive, &hidden)).collect();
                let cost = rows.iter().map(Row::cost).fold(0, u32::saturating_add).min(ROOM);
                let room = inner.room.clone().acquire_many_owned(cost).await.ok();
                inner.tell(Message::Rows { run, rows, _room: room });
                for event in chunk.drain(..) {
                    wanted = wanted && out.send(event).await.is_ok();
                }
            }
            inner.tell(Message::End { run });
        });
    }
}

impl Inner {
    fn tell(&self, message: Message) {
        // The thread ends only with the last sender; where it could not go on it has said so in a notice.
        let _ = self.messages.send(message);
    }
}
