//! Runs: what is shown while they happen, and what the record has of them.

use runtime::definition::inputs;
use runtime::trap;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Frame, ResultProblem};

/// A run in a list.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RunRow {
    /// The identity.
    pub run: String,
    /// Grows with each run of the record; what is shown as "run 27". Zero until the record knows it.
    #[ts(type = "number")]
    pub number: i64,
    pub file: String,
    pub node: String,
    /// Content hash of the build that ran.
    pub build: String,
    #[ts(type = "number")]
    pub started_at: u64,
    /// None while it runs.
    pub figures: Option<RunFigures>,
}

/// What one run may use where the user says so, in the words of `nodewb run`; none: what the node gets by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunLimits {
    /// The node's own time: `30`, `500ms`, `2m`.
    pub time: Option<String>,
    /// `256` MiB, `64MiB`, `1GiB`.
    pub memory: Option<String>,
    /// Units of fuel.
    pub fuel: Option<String>,
}

/// A command for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CommandLine {
    /// For `sh`.
    pub text: String,
    /// What the user should know of it.
    pub notes: Vec<String>,
}

/// What a run came to.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RunFigures {
    /// `ok`, `error`, `trap`, `limit`, `denied`, `cancelled`, `interrupted` or `not-recorded`.
    pub outcome: String,
    pub error: Option<String>,
    pub pending: bool,
    /// Wall time: the next two together.
    pub duration_ms: f64,
    /// The node's own time.
    pub own_ms: f64,
    /// Waiting for answers.
    pub asked_ms: f64,
    /// Wall time until all was stored; none where it was not recorded, or by an older version.
    pub stored_ms: Option<f64>,
    /// The run is over and its end is not in the record.
    pub not_recorded: bool,
    /// What in the result is not as declared.
    pub problems: u32,
    #[ts(type = "number")]
    pub memory_peak: u64,
    #[ts(type = "number | null")]
    pub fuel: Option<u64>,
    #[ts(type = "number")]
    pub denied: u64,
}

/// Where a run stands.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Progress {
    pub run: String,
    /// Wall time.
    pub elapsed_ms: f64,
    /// The node's own time.
    pub own_ms: f64,
    pub asked_ms: f64,
    /// The clock stands still: somebody is being asked.
    pub paused: bool,
    /// Cancelled, and not ended yet.
    pub stopping: bool,
    /// Lines so far: all, and those of the stream and of the network.
    pub lines: u32,
    pub stream: u32,
    pub network: u32,
    /// Log lines so far: debug, info, warn, error, fatal.
    pub levels: [u32; 5],
    /// Lines that the budget left out.
    #[ts(type = "number")]
    pub left_out: u64,
    /// Exec pins that fired since the last progress, with their time.
    pub fired: Vec<(String, f64)>,
    /// Output pins that got a value since the last progress.
    pub outputs: Vec<OutputRow>,
    /// Memory so far, bytes.
    #[ts(type = "number")]
    pub memory_peak: u64,
    /// Requests that were denied so far.
    #[ts(type = "number")]
    pub denied: u64,
    /// The newest `progress` event of the stream, 0 to 1, with its message.
    pub bar: Option<(f64, String)>,
    #[ts(type = "number")]
    pub bytes_up: u64,
    #[ts(type = "number")]
    pub bytes_down: u64,
}

/// A value of an output pin.
#[derive(Clone, Debug, Serialize, TS)]
pub struct OutputRow {
    pub pin: String,
    /// Bytes of JSON text.
    #[ts(type = "number")]
    pub size: u64,
    /// The JSON text, or its beginning where it is longer than 64 KiB.
    pub text: String,
    pub complete: bool,
}

/// A run in full, without its lines.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RunView {
    pub row: RunRow,
    /// Name and exact JSON text; sensitive values are masked.
    pub inputs: Vec<(String, String)>,
    pub masked: Vec<String>,
    pub outputs: Vec<OutputRow>,
    pub fired: Vec<(String, f64)>,
    /// What in the result is not as declared.
    pub problems: Vec<ResultProblem>,
    pub trap: Option<TrapView>,
    pub lines: u32,
    pub stream: u32,
    pub network: u32,
    pub levels: [u32; 5],
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct TrapView {
    /// A stable word such as `panic`.
    pub reason: String,
    pub message: String,
    pub frames: Vec<Frame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Log,
    Stream,
    Fired,
    Output,
    Question,
    Decision,
    Network,
    LeftOut,
    Finished,
}

/// One line of a run's time line.
#[derive(Clone, Debug, Serialize, TS)]
pub struct LogLine {
    /// Position in the run, from 0.
    pub seq: u32,
    pub ms: f64,
    pub kind: LineKind,
    /// `debug`, `info`, `warn`, `error` or `fatal`.
    pub level: String,
    /// `node`, `stdout`, `stderr` or `host`.
    pub source: String,
    /// A stream event's kind, or a pin.
    pub name: Option<String>,
    /// A log message; a sentence for questions, decisions, network and outcome; JSON for stream events and outputs. Cut
    /// at 4 KiB.
    pub text: String,
    /// Whether `text` was cut.
    pub cut: bool,
}

/// Which lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, TS)]
pub struct LinesQuery {
    /// None: all levels.
    pub min_level: Option<String>,
    /// Empty: all kinds.
    pub kinds: Vec<LineKind>,
    /// Empty: any text.
    pub text: String,
    /// Whether `text` is a regular expression.
    pub regex: bool,
}

/// A part of the lines that pass.
#[derive(Clone, Debug, Serialize, TS)]
pub struct LinesPage {
    /// How many pass, up to now.
    pub total: u32,
    /// Not all of the run was looked at yet: asking again goes on from there.
    pub searching: bool,
    /// Position of the first line among those that pass.
    pub offset: u32,
    /// From here on, all before the first line say the same as it, as far as it was looked back; `offset` where none does.
    pub same_from: u32,
    pub lines: Vec<LogLine>,
}

/// A look-up, connection or exchange.
#[derive(Clone, Debug, Serialize, TS)]
pub struct NetworkRow {
    #[ts(type = "number")]
    pub connection: u64,
    pub ms: f64,
    /// `dns`, `tcp`, `udp`, `http` or `websocket`.
    pub protocol: String,
    pub target: String,
    pub address: Option<String>,
    /// `denied`, `opened`, `listening`, `answered`, `closed` or `failed`.
    pub state: String,
    pub detail: Option<String>,
    #[ts(type = "number")]
    pub bytes_up: u64,
    #[ts(type = "number")]
    pub bytes_down: u64,
    /// Until it ended; none while it is open.
    pub duration_ms: Option<f64>,
    /// In words: "allowed · this run"; none where nothing was decided.
    pub decision: Option<String>,
    /// Where in the node's code the decision was asked for, innermost first; empty where names are not there.
    pub call_site: Vec<String>,
    pub exchange: Option<NetworkDetail>,
}

/// An HTTP exchange. Bodies are bounded; credentials are masked.
#[derive(Clone, Debug, Serialize, TS)]
pub struct NetworkDetail {
    pub method: String,
    pub url: String,
    pub request_headers: Vec<(String, String)>,
    /// Base64.
    pub request_body: String,
    #[ts(type = "number")]
    pub request_size: u64,
    pub status: Option<u16>,
    pub response_headers: Vec<(String, String)>,
    /// Base64.
    pub response_body: String,
    #[ts(type = "number")]
    pub response_size: u64,
}

/// What differs between two runs beside what their views show.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Comparison {
    pub left: RunView,
    pub right: RunView,
    /// Log lines that only one of them has, by text.
    pub log_new: u32,
    pub log_gone: u32,
    /// Decisions in words, of each.
    pub left_decisions: Vec<String>,
    pub right_decisions: Vec<String>,
}

/// What is wrong with one value.
#[derive(Clone, Debug, Serialize, TS)]
pub struct InputProblem {
    pub pin: String,
    pub code: String,
    pub message: String,
}

impl From<&inputs::InputProblem> for InputProblem {
    fn from(problem: &inputs::InputProblem) -> Self {
        Self { pin: problem.pin.clone(), code: problem.code.into(), message: problem.message.clone() }
    }
}

impl From<&trap::Trap> for TrapView {
    fn from(trap: &trap::Trap) -> Self {
        Self {
            reason: trap.reason.name().into(),
            message: trap.message.clone(),
            frames: trap.frames.iter().map(Into::into).collect(),
        }
    }
}
