//! Domain values as the record keeps them: rows, JSON documents, and words back to values.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::hidden::Hidden;
use super::masked;
use super::network::network_json;
use super::query::RowKind;
use crate::definition::results::{Code, Finding};
use crate::event::{Event, EventKind, Level, LogSource, NetworkState};
use crate::json::Json;
use crate::limits::Limits;
use crate::permission::{Basis, Decided, Decision, Question, Target};
use crate::run::{Outcome, Status};
use crate::trap::{Frame, Trap, TrapReason};

/// One row of a run's time line.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) at: i64,
    pub(super) kind: RowKind,
    pub(super) level: Level,
    pub(super) source: LogSource,
    /// A stream event's kind or a pin.
    pub(super) name: Option<String>,
    /// A message, a value, or a JSON document.
    pub(super) text: String,
    pub(super) extra: Extra,
}

/// What is written to a table of its own as well.
#[derive(Clone, Debug)]
pub(super) enum Extra {
    None,
    Decided(Arc<Decided>),
    Finished(Arc<Outcome>),
}

impl Row {
    /// Values of sensitive pins are masked here, on their way in.
    pub(super) fn of(event: &Event, sensitive: &[String], hidden: &Hidden) -> Self {
        let mut row = Self {
            at: micros(event.at),
            kind: RowKind::Log,
            level: Level::Info,
            source: LogSource::Host,
            name: None,
            text: String::new(),
            extra: Extra::None,
        };
        match &event.kind {
            EventKind::Log { level, source, message } => {
                (row.level, row.source) = (*level, *source);
                row.text.clone_from(message);
            }
            EventKind::Stream { kind, data } => {
                (row.kind, row.source, row.name) = (RowKind::Stream, LogSource::Node, Some(kind.clone()));
                data.as_str().clone_into(&mut row.text);
            }
            EventKind::Fired { pin } => {
                (row.kind, row.source, row.name) = (RowKind::Fired, LogSource::Node, Some(pin.clone()));
            }
            EventKind::Output { pin, value } => {
                (row.kind, row.source, row.name) = (RowKind::Output, LogSource::Node, Some(pin.clone()));
                masked(sensitive, pin, value).as_str().clone_into(&mut row.text);
            }
            EventKind::Asked(question) => (row.kind, row.text) = (RowKind::Question, question_json(question)),
            EventKind::Decided(decided) => {
                row.kind = RowKind::Decision;
                row.level = if decided.decision == Decision::Deny { Level::Warn } else { Level::Info };
                row.text = decided_json(decided);
                row.extra = Extra::Decided(decided.clone());
            }
            EventKind::Network(network) => {
                row.kind = RowKind::Network;
                let failed = matches!(network.state, NetworkState::Denied | NetworkState::Failed { .. });
                row.level = if failed { Level::Warn } else { Level::Info };
                row.text = network_json(network, hidden);
            }
            EventKind::LeftOut { lines } => {
                (row.kind, row.level, row.text) = (RowKind::LeftOut, Level::Warn, lines.to_string());
            }
            EventKind::Finished(outcome) => {
                row.kind = RowKind::Finished;
                row.level = if outcome.status == Status::Ok { Level::Info } else { Level::Error };
                outcome.status.name().clone_into(&mut row.text);
                row.extra = Extra::Finished(outcome.clone());
            }
        }
        row
    }

    pub(super) fn left_out(at: i64, lines: u64) -> Self {
        Self {
            at,
            kind: RowKind::LeftOut,
            level: Level::Warn,
            source: LogSource::Host,
            name: None,
            text: lines.to_string(),
            extra: Extra::None,
        }
    }

    /// How much of the room it takes: one for a row, and one for each KiB of its text.
    pub(super) fn cost(&self) -> u32 {
        let outputs = match &self.extra {
            Extra::Finished(outcome) => outcome.outputs.iter().map(|(_, value)| value.as_str().len()).sum(),
            Extra::None | Extra::Decided(_) => 0,
        };
        u32::try_from(1 + (self.text.len() + outputs) / 1024).unwrap_or(u32::MAX)
    }
}

pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

pub(super) fn millis_since_1970(at: SystemTime) -> i64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub(super) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn uncount(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Pairs keep order and repeats, and values their spelling.
pub(super) fn pairs_json(pairs: &[(String, Json)]) -> String {
    let mut text = String::from("[");
    for (index, (pin, value)) in pairs.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}[{},{value}]", Json::string(pin));
    }
    text.push(']');
    text
}

pub(super) fn pairs(text: &str) -> Result<Vec<(String, Json)>, serde_json::Error> {
    let raw: Vec<(String, &RawValue)> = serde_json::from_str(text)?;
    raw.into_iter().map(|(pin, value)| Ok((pin, Json::parse(value.get())?))).collect()
}

pub(super) fn list_json(list: &[String]) -> String {
    json!(list).to_string()
}

pub(super) fn list(text: &str) -> Result<Vec<String>, serde_json::Error> {
    serde_json::from_str(text)
}

pub(super) fn limits_json(limits: &Limits) -> String {
    json!({
        "memory": limits.memory,
        "time_ms": u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX),
        "fuel": limits.fuel,
        "table_elements": limits.table_elements,
        "tables": limits.tables,
        "memories": limits.memories,
        "instances": limits.instances,
        "resources": limits.resources,
        "sockets": limits.sockets,
        "output": limits.output,
        "event_lines": limits.events.lines,
        "event_bytes": limits.events.bytes,
    })
    .to_string()
}

pub(super) fn target_text(target: &Target) -> String {
    match target {
        Target::Socket { host: Some(host), address } => format!("{host}:{} ({})", address.port(), address.ip()),
        Target::Socket { host: None, address } => address.to_string(),
        Target::Name(name) => name.clone(),
        Target::Url { method, url, address: None } => format!("{method} {url}"),
        Target::Url { method, url, address: Some(address) } => format!("{method} {url} ({address})"),
        Target::Provider(name) => name.clone(),
        Target::Own => String::new(),
    }
}

/// Basis, rule and lifetime, in words.
pub(super) fn basis_words(basis: &Basis) -> (&'static str, Option<String>, Option<&'static str>) {
    let lifetime = match basis {
        Basis::Grant { lifetime, .. } | Basis::Answer { lifetime, .. } => Some(lifetime.name()),
        _ => None,
    };
    (basis.name(), basis.rule().map(ToString::to_string), lifetime)
}

pub(super) fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
    }
}

fn question_json(question: &Question) -> String {
    json!({
        "id": question.id,
        "capability": question.request.capability.name(),
        "target": target_text(&question.request.target),
        "class": question.class.map(|class| class.name()),
        "declared": question.declared,
        "scopes": question.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "call_site": question.request.call_site,
    })
    .to_string()
}

fn decided_json(decided: &Decided) -> String {
    let (basis, rule, lifetime) = basis_words(&decided.basis);
    json!({
        "id": decided.id,
        "verdict": decision_name(decided.decision),
        "basis": basis,
        "rule": rule,
        "lifetime": lifetime,
        "asked_us": micros(decided.asked),
        "capability": decided.request.capability.name(),
        "target": target_text(&decided.request.target),
        "class": decided.class.map(|class| class.name()),
        "declared": decided.declared,
        "call_site": decided.request.call_site,
    })
    .to_string()
}

const SOURCES: [LogSource; 4] = [LogSource::Node, LogSource::Stdout, LogSource::Stderr, LogSource::Host];

/// The numbers are those in the file: never change them.
pub(super) fn source_number(source: LogSource) -> u8 {
    match source {
        LogSource::Node => 0,
        LogSource::Stdout => 1,
        LogSource::Stderr => 2,
        LogSource::Host => 3,
    }
}

pub(super) fn source(number: u8) -> LogSource {
    SOURCES.into_iter().find(|source| source_number(*source) == number).unwrap_or(LogSource::Host)
}

/// A word that this version does not know is read as an error.
pub(super) fn status(name: &str) -> Status {
    Status::ALL.into_iter().find(|status| status.name() == name).unwrap_or(Status::Error)
}

pub(super) fn findings_json(findings: &[Finding]) -> String {
    let finding = |finding: &Finding| json!({ "pin": finding.pin, "code": finding.code.name(), "found": finding.found, "wanted": finding.wanted });
    Value::from(findings.iter().map(finding).collect::<Vec<_>>()).to_string()
}

/// Findings with a code that this version does not know are not its own, and are left out.
pub(super) fn findings(text: &str) -> Result<Vec<Finding>, serde_json::Error> {
    let documents: Vec<Value> = serde_json::from_str(text)?;
    let word = |document: &Value, key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let finding = |document: &Value| {
        let code = Code::from_name(&word(document, "code"))?;
        Some(Finding {
            pin: word(document, "pin"),
            code,
            found: word(document, "found"),
            wanted: word(document, "wanted"),
        })
    };
    Ok(documents.iter().filter_map(finding).collect())
}

const REASONS: [TrapReason; 14] = [
    TrapReason::Panic,
    TrapReason::OutOfBounds,
    TrapReason::StackOverflow,
    TrapReason::DivisionByZero,
    TrapReason::BadCall,
    TrapReason::MissingImport,
    TrapReason::Exit,
    TrapReason::BadAbi,
    TrapReason::Exception,
    TrapReason::Time,
    TrapReason::Memory,
    TrapReason::Fuel,
    TrapReason::Output,
    TrapReason::Other,
];

pub(super) fn trap_json(trap: &Trap) -> String {
    let frame = |frame: &Frame| {
        json!({
            "function": frame.function,
            "module": frame.module,
            "index": frame.function_index,
            "file": frame.file,
            "line": frame.line,
            "column": frame.column,
            "runtime": frame.runtime,
        })
    };
    let frames: Vec<Value> = trap.frames.iter().map(frame).collect();
    json!({ "reason": trap.reason.name(), "message": trap.message, "frames": frames }).to_string()
}

pub(super) fn trap(text: &str) -> Result<Trap, serde_json::Error> {
    let document: Value = serde_json::from_str(text)?;
    let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let number =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let frame = |value: &Value| Frame {
        function: word(value, "function"),
        module: word(value, "module"),
        function_index: number(value, "index").unwrap_or(0),
        file: word(value, "file"),
        line: number(value, "line"),
        column: number(value, "column"),
        runtime: value.get("runtime").and_then(Value::as_bool).unwrap_or(false),
    };
    let reason = word(&document, "reason").unwrap_or_default();
    Ok(Trap {
        reason: REASONS.into_iter().find(|known| known.name() == reason).unwrap_or(TrapReason::Other),
        message: word(&document, "message").unwrap_or_default(),
        frames: document.get("frames").and_then(Value::as_array).into_iter().flatten().map(frame).collect(),
    })
}
