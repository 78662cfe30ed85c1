//! What `run --json` prints: one object a line.

use std::time::Duration;

use runtime::definition::results::Finding;
use runtime::error::LoadError;
use runtime::event::{self, EventKind, NetworkEvent, NetworkState, Protocol};
use runtime::permission::{Basis, Decided, Decision, Question, Target};
use runtime::run::Outcome;
use runtime::trap;
use serde::Serialize;
use ts_rs::TS;

use crate::{Outputs, Raw};

#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// Which of the bodies this is.
    pub event: &'static str,
    /// The node's own time since the run's start, in steps of a microsecond: it stands still while somebody is asked.
    pub ms: f64,
    #[serde(flatten)]
    pub body: Body,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {
    Log {
        /// `debug`, `info`, `warn`, `error` or `fatal`.
        level: &'static str,
        message: String,
        /// `node`, `stdout`, `stderr` or `host`.
        source: &'static str,
    },
    Stream {
        #[serde(rename = "type")]
        kind: String,
        data: Raw,
    },
    Fired {
        pin: String,
    },
    Output {
        pin: String,
        value: Raw,
    },
    Question {
        id: u64,
        /// The rule name, such as `tcp`.
        capability: &'static str,
        target: String,
        address: Option<String>,
        class: Option<&'static str>,
        declared: bool,
        /// In what the file differs from the one that a remembered answer was given to.
        #[serde(skip_serializing_if = "Option::is_none")]
        changed: Option<String>,
        /// Innermost first; not there where the build has no names.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        call_site: Vec<String>,
    },
    Decision {
        id: u64,
        /// `allow` or `deny`.
        verdict: &'static str,
        /// What it rests on: `rule`, `grant`, `answer`, `low-risk`, `not-asked`, `timed-out`, `withdrawn` or `default`.
        basis: &'static str,
        /// How long a question stood open for it.
        asked_ms: f64,
        /// What was allowed or denied; null where no rule, grant or answer led to it.
        rule: Option<String>,
        /// `once`, `run`, `session` or `always`; null where no answer led to it.
        lifetime: Option<&'static str>,
    },
    Network {
        /// Shared by all events of one connection.
        connection: u64,
        protocol: &'static str,
        target: String,
        address: Option<String>,
        state: &'static str,
        detail: Option<String>,
        bytes_up: u64,
        bytes_down: u64,
    },
    LeftOut {
        lines: u64,
    },
    Problem(ResultProblem),
    Trap {
        reason: &'static str,
        message: String,
        frames: Vec<Frame>,
    },
    Finished(Finished),
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct Frame {
    pub function: Option<String>,
    pub module: Option<String>,
    pub function_index: u32,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
    pub runtime: bool,
}

/// Something in a run's result that is not as the node declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ResultProblem {
    /// Empty where it is about the result as a whole.
    pub pin: String,
    /// A stable word such as `wrong-type`.
    pub code: &'static str,
    pub found: String,
    pub wanted: String,
}

impl From<&Finding> for ResultProblem {
    fn from(finding: &Finding) -> Self {
        Self {
            pin: finding.pin.clone(),
            code: finding.code.name(),
            found: finding.found.clone(),
            wanted: finding.wanted.clone(),
        }
    }
}

/// How a run ended. Also what `run` prints on standard output without `--json`.
#[derive(Clone, Debug, Serialize)]
pub struct Finished {
    /// `ok`, `error`, `trap`, `limit`, `denied`, `cancelled` or `unloadable`.
    pub outcome: &'static str,
    pub error: Option<String>,
    pub outputs: Outputs,
    pub fired: Vec<String>,
    /// Wall time: the next two together.
    pub duration_ms: f64,
    /// The node's own time.
    pub own_ms: f64,
    /// Waiting for answers.
    pub asked_ms: f64,
    /// Wall time until all was stored; null where it was not recorded.
    pub stored_ms: Option<f64>,
    /// Bytes.
    pub memory_peak: u64,
    /// Null where it was not counted.
    pub fuel: Option<u64>,
    /// Requests that were denied.
    pub denied: u64,
}

/// The lines for one event: its trap and its problems come before the end of a run.
pub fn events(event: &event::Event) -> Vec<Event> {
    let line = |(name, body)| Event { event: name, ms: ms(event.at), body };
    let (trap, problems) = match &event.kind {
        EventKind::Finished(outcome) => (outcome.trap.as_ref(), outcome.problems.as_slice()),
        _ => (None, &[][..]),
    };
    let problems = problems.iter().map(|problem| line(("problem", Body::Problem(problem.into()))));
    let trap = trap.map(|trap| line(("trap", trap.into())));
    trap.into_iter().chain(problems).chain([line(body(&event.kind))]).collect()
}

fn body(kind: &EventKind) -> (&'static str, Body) {
    match kind {
        EventKind::Log { level, source, message } => {
            ("log", Body::Log { level: level.name(), message: message.clone(), source: source.name() })
        }
        EventKind::Stream { kind, data } => ("stream", Body::Stream { kind: kind.clone(), data: data.into() }),
        EventKind::Fired { pin } => ("fired", Body::Fired { pin: pin.clone() }),
        EventKind::Output { pin, value } => ("output", Body::Output { pin: pin.clone(), value: value.into() }),
        EventKind::Asked(question) => ("question", (&**question).into()),
        EventKind::Decided(decided) => ("decision", (&**decided).into()),
        EventKind::Network(network) => ("network", network.into()),
        EventKind::LeftOut { lines } => ("left_out", Body::LeftOut { lines: *lines }),
        EventKind::Finished(outcome) => ("finished", Body::Finished((&**outcome).into())),
    }
}

impl Event {
    /// The only line of a run whose file could not be loaded.
    pub fn unloadable(error: &LoadError, after: Duration) -> Self {
        let finished = Finished {
            outcome: "unloadable",
            error: Some(error.to_string()),
            outputs: Outputs::default(),
            fired: Vec::new(),
            duration_ms: 0.0,
            own_ms: 0.0,
            asked_ms: 0.0,
            stored_ms: None,
            memory_peak: 0,
            fuel: None,
            denied: 0,
        };
        Self { event: "finished", ms: ms(after), body: Body::Finished(finished) }
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

impl From<&Outcome> for Finished {
    fn from(outcome: &Outcome) -> Self {
        let figures = &outcome.figures;
        Self {
            outcome: outcome.status.name(),
            error: outcome.error.clone(),
            outputs: outcome.outputs.as_slice().into(),
            fired: outcome.fired.clone(),
            duration_ms: ms(figures.duration),
            own_ms: ms(figures.own),
            asked_ms: ms(figures.asked),
            stored_ms: figures.stored.map(ms),
            memory_peak: figures.memory_peak,
            fuel: figures.fuel,
            denied: figures.denied,
        }
    }
}

impl From<&trap::Trap> for Body {
    fn from(trap: &trap::Trap) -> Self {
        Self::Trap {
            reason: trap.reason.name(),
            message: trap.message.clone(),
            frames: trap.frames.iter().map(Into::into).collect(),
        }
    }
}

impl From<&trap::Frame> for Frame {
    fn from(frame: &trap::Frame) -> Self {
        Self {
            function: frame.function.clone(),
            module: frame.module.clone(),
            function_index: frame.function_index,
            file: frame.file.clone(),
            line: frame.line,
            column: frame.column,
            runtime: frame.runtime,
        }
    }
}

impl From<&Question> for Body {
    fn from(question: &Question) -> Self {
        let (target, address) = target(&question.request.target);
        Self::Question {
            id: question.id,
            capability: question.request.capability.name(),
            target,
            address,
            class: question.class.map(|class| class.name()),
            declared: question.declared,
            changed: question.changed.clone(),
            call_site: question.request.call_site.clone(),
        }
    }
}

/// The target as the node wrote it, and the address it leads to, where one is known.
fn target(target: &Target) -> (String, Option<String>) {
    match target {
        Target::Socket { host: Some(host), address } => {
            (format!("{host}:{}", address.port()), Some(address.to_string()))
        }
        Target::Socket { host: None, address } => (address.to_string(), Some(address.to_string())),
        Target::Name(name) => (name.clone(), None),
        Target::Url { method, url, address } => (format!("{method} {url}"), address.as_ref().map(ToString::to_string)),
        Target::Provider(name) => (name.clone(), None),
        Target::Own => ("own".into(), None),
    }
}

impl From<&Decided> for Body {
    fn from(decided: &Decided) -> Self {
        let (rule, lifetime) = match &decided.basis {
            Basis::Rule(rule) => (Some(rule.to_string()), None),
            Basis::Grant { rule, lifetime } | Basis::Answer { rule, lifetime } => {
                (Some(rule.to_string()), Some(lifetime.name()))
            }
            Basis::LowRisk => (Some(decided.request.capability.name().into()), None),
            Basis::NotAsked | Basis::TimedOut | Basis::Withdrawn | Basis::Default => (None, None),
        };
        let verdict = match decided.decision {
            Decision::Allow => "allow",
            Decision::Deny => "deny",
        };
        Self::Decision {
            id: decided.id,
            verdict,
            basis: decided.basis.name(),
            asked_ms: ms(decided.asked),
            rule,
            lifetime,
        }
    }
}

impl From<&NetworkEvent> for Body {
    fn from(network: &NetworkEvent) -> Self {
        let (state, detail) = match &network.state {
            NetworkState::Denied => ("denied", None),
            NetworkState::Opened => ("opened", None),
            NetworkState::Listening => ("listening", None),
            NetworkState::Answered { summary } => ("answered", Some(summary.clone())),
            NetworkState::Closed { reason } => ("closed", Some(reason.clone())),
            NetworkState::Failed { reason } => ("failed", Some(reason.clone())),
        };
        Self::Network {
            connection: network.connection,
            protocol: match network.protocol {
                Protocol::Dns => "dns",
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
                Protocol::Http => "http",
                Protocol::WebSocket => "websocket",
            },
            target: network.target.clone(),
            address: network.address.clone(),
            state,
            detail,
            bytes_up: network.bytes_up,
            bytes_down: network.bytes_down,
        }
    }
}

#[cfg(test)]
mod tests;
