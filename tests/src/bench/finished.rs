//! What a call came to, in the words of tests.

use std::sync::Arc;

use runtime::event::{Event, EventKind, Level, LogSource, NetworkEvent};
use runtime::permission::{Basis, Capability, Decided, Decision, Question};
use runtime::run::{Outcome, Status};
use runtime::trap::Trap;
use serde_json::Value;

pub struct Finished {
    pub outcome: Arc<Outcome>,
    /// All events of the run up to the end of this call.
    pub events: Vec<Event>,
}

impl Finished {
    /// Asserts that the node said that all went well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.outcome.status, Status::Ok, "the node runs through; {}", self.report());
        self
    }

    /// Asserts how it ended. A node that failed after a denial ended as denied, whether it says so or traps.
    #[track_caller]
    pub fn ended(self, status: Status) -> Self {
        let status = match status {
            Status::Error | Status::Trap if self.outcome.figures.denied > 0 => Status::Denied,
            status => status,
        };
        assert_eq!(self.outcome.status, status, "{}", self.report());
        self
    }

    /// Outcome and log lines, for the message of an assert.
    pub fn report(&self) -> String {
        format!("outcome {:?}, lines {:?}", self.outcome, self.lines())
    }

    /// An output pin; null where it was not set.
    pub fn output(&self, pin: &str) -> Value {
        self.output_text(pin).map_or(Value::Null, |text| serde_json::from_str(&text).expect("outputs are JSON"))
    }

    /// An output pin as the text that the node wrote.
    pub fn output_text(&self, pin: &str) -> Option<String> {
        self.outcome.outputs.iter().find(|(name, _)| name == pin).map(|(_, value)| value.as_str().to_owned())
    }

    pub fn fired(&self) -> Vec<&str> {
        self.outcome.fired.iter().map(String::as_str).collect()
    }

    pub fn error(&self) -> &str {
        self.outcome.error.as_deref().unwrap_or_default()
    }

    #[track_caller]
    pub fn trap(&self) -> &Trap {
        self.outcome.trap.as_ref().unwrap_or_else(|| panic!("there is a trap; {}", self.report()))
    }

    pub fn logs(&self) -> Vec<(Level, LogSource, &str)> {
        let kinds = self.events.iter().map(|event| &event.kind);
        kinds
            .filter_map(|kind| match kind {
                EventKind::Log { level, source, message } => Some((*level, *source, message.as_str())),
                _ => None,
            })
            .collect()
    }

    /// What the node itself logged.
    pub fn node_logs(&self) -> Vec<(Level, &str)> {
        let own = |(level, source, message)| (source == LogSource::Node).then_some((level, message));
        self.logs().into_iter().filter_map(own).collect()
    }

    /// All lines of one source.
    pub fn lines_of(&self, wanted: LogSource) -> Vec<&str> {
        self.logs().into_iter().filter(|(_, source, _)| *source == wanted).map(|(_, _, message)| message).collect()
    }

    pub fn lines(&self) -> Vec<&str> {
        self.logs().into_iter().map(|(_, _, message)| message).collect()
    }

    /// Streamed events: kind and data.
    pub fn streamed(&self) -> Vec<(&str, Value)> {
        let kinds = self.events.iter().map(|event| &event.kind);
        kinds
            .filter_map(|kind| match kind {
                EventKind::Stream { kind, data } => Some((kind.as_str(), data.to_value().unwrap_or_default())),
                _ => None,
            })
            .collect()
    }

    pub fn decisions(&self) -> Vec<&Arc<Decided>> {
        let kinds = self.events.iter().map(|event| &event.kind);
        kinds
            .filter_map(|kind| match kind {
                EventKind::Decided(decided) => Some(decided),
                _ => None,
            })
            .collect()
    }

    pub fn questions(&self) -> Vec<&Arc<Question>> {
        let kinds = self.events.iter().map(|event| &event.kind);
        kinds
            .filter_map(|kind| match kind {
                EventKind::Asked(question) => Some(question),
                _ => None,
            })
            .collect()
    }

    /// What was told of connections and exchanges.
    pub fn network(&self) -> Vec<&NetworkEvent> {
        let kinds = self.events.iter().map(|event| &event.kind);
        kinds.filter_map(|kind| if let EventKind::Network(event) = kind { Some(event) } else { None }).collect()
    }

    /// Which capabilities were denied, each once, in order of the first denial.
    pub fn denied(&self) -> Vec<Capability> {
        let mut denied = Vec::new();
        for decided in self.decisions() {
            let capability = decided.request.capability;
            if decided.decision == Decision::Deny && !denied.contains(&capability) {
                denied.push(capability);
            }
        }
        denied
    }

    /// Whether something was decided by anything but being low-risk.
    pub fn asked_for_nothing(&self) -> bool {
        self.decisions().iter().all(|decided| decided.basis == Basis::LowRisk)
    }
}
