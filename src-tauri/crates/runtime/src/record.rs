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
mod program;
mod prune;
mod query;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc as blocking;
use std::time::{Duration, SystemTime};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

pub use filter::{Filter, TextFilter};
pub use query::{
    Counts, DecisionRow, DecisionsQuery, EventRow, OutcomeRow, Record, RowKind, RunDetail, RunSummary, RunsQuery,
};

use crate::clock::RunClock;
use crate::definition::Definition;
use crate::event::{Event, EventKind, EventReceiver, EventSender, RunId};
use crate::json::Json;
use crate::limits::Limits;
use crate::permission::Rule;
use encode::Row;
use hidden::Hidden;
use program::Program;

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
    clock: Arc<RunClock>,
    /// Which program runs it.
    program: Option<Arc<str>>,
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
            clock: RunClock::start(),
            program: None,
        }
    }

    /// The run's own clock, which says how long it took until everything was stored.
    #[must_use]
    pub fn timed_by(mut self, clock: Arc<RunClock>) -> Self {
        self.clock = clock;
        self
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
    program: Program,
}

/// What became of rows that the thread was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Written {
    /// When the run's outcome was stored, by its clock. None: it is not among the rows, or could not be stored.
    outcome: Option<Duration>,
}

/// What the thread is told. Runs are known to it by a number of this process.
enum Message {
    Begin { run: u64, info: Box<RunInfo> },
    Rows { run: u64, rows: Vec<Row>, urgent: bool, written: oneshot::Sender<Written> },
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
        let home = path.parent().unwrap_or(data);
        end_what_was_left(&opened.connection, &record, home);
        let program = Program::enter(home);
        let writer = writer::Writer::new(opened, retention, record.clone(), notify);
        std::thread::Builder::new()
            .name("record".into())
            .spawn(move || writer.run(&inbox))
            .map_err(|error| RecordError::Open { path, reason: error.to_string() })?;
        let room = Arc::new(Semaphore::new(ROOM as usize));
        Ok(Self(Arc::new(Inner { messages, room, record, notices, next_run: AtomicU64::new(1), program })))
    }

    /// For reading.
    pub fn record(&self) -> &Record {
        &self.0.record
    }

    /// The latest thing that went wrong with the record, if any.
    pub fn notices(&self) -> watch::Receiver<Option<Notice>> {
        self.0.notices.clone()
    }

    /// Stands in the way of a run's events: what goes in comes out, in the same order, once [`Tee::begin`] was called, and
    /// not before it is written: what was shown survives the end of this program, however sudden. Where the disk refuses,
    /// it comes out all the same.
    pub fn tee(&self, events: EventReceiver) -> (Tee, EventReceiver) {
        let (out, forwarded) = crate::event::channel();
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

/// Gives an end to the runs that other programs left without one. What fails is done at the next start.
fn end_what_was_left(connection: &rusqlite::Connection, record: &Record, data: &Path) {
    if let Err(error) = file::end_open_runs(connection, record, data) {
        tracing::warn!(%error, "runs without an end could not be looked at");
    }
    program::tidy(data);
}

/// A run that is not recorded yet. Dropped before it begins, it leaves no trace, and the events end.
#[derive(Debug)]
pub struct Tee {
    inner: Arc<Inner>,
    events: EventReceiver,
    out: EventSender,
}

/// Events that are being written.
struct Ahead {
    events: Vec<Event>,
    written: oneshot::Receiver<Written>,
    /// Held until they are passed on, so that a slow consumer slows the node.
    _room: Option<OwnedSemaphorePermit>,
}

impl Tee {
    /// Begins to record. A consumer that goes away does not end the recording. Needs a tokio runtime.
    pub fn begin(self, mut info: RunInfo) {
        let Self { inner, mut events, out } = self;
        let (ahead, waiting) = mpsc::unbounded_channel();
        tokio::spawn(pass_on(waiting, out));
        tokio::spawn(async move {
            let run = inner.next_run.fetch_add(1, Ordering::Relaxed);
            let (sensitive, hidden) = (info.sensitive.clone(), info.hidden.clone());
            info.program = Some(inner.program.id());
            inner.tell(Message::Begin { run, info: Box::new(info) });
            while let Some(events) = events.recv_many(CHUNK).await {
                let rows: Vec<Row> = events.iter().map(|event| Row::of(event, &sensitive, &hidden)).collect();
                // Somebody waits for these, and little or nothing comes after them.
                let urgent =
                    events.iter().any(|event| matches!(event.kind, EventKind::Finished(_) | EventKind::Asked(_)));
                let cost = rows.iter().map(Row::cost).fold(0, u32::saturating_add).min(ROOM);
                let _room = inner.room.clone().acquire_many_owned(cost).await.ok();
                let (reply, written) = oneshot::channel();
                inner.tell(Message::Rows { run, rows, urgent, written: reply });
                // Bounded by the room.
                let _ = ahead.send(Ahead { events, written, _room });
            }
            inner.tell(Message::End { run });
        });
    }
}

/// Hands over in order what was written, and says at its end when that was.
async fn pass_on(mut waiting: mpsc::UnboundedReceiver<Ahead>, out: EventSender) {
    let mut wanted = true;
    while let Some(Ahead { events, written, _room }) = waiting.recv().await {
        // The thread answers even where it has to give up.
        let outcome = written.await.ok().and_then(|written| written.outcome);
        for mut event in events {
            if let EventKind::Finished(finished) = &mut event.kind {
                Arc::make_mut(finished).figures.stored = outcome;
            }
            wanted = wanted && out.send(event).await;
        }
    }
}

impl Inner {
    fn tell(&self, message: Message) {
        // The thread ends only with the last sender; where it could not go on it has said so in a notice.
        let _ = self.messages.send(message);
    }
}
