//! What a run gave back, checked against what the node declares. Pure: it looks, and changes nothing.

use std::collections::HashSet;

use super::inputs::{self, Unfit};
use super::{DataType, Definition, Direction, Pin};
use crate::json::Json;
use crate::text::{nearest, quoted, shortened};

/// What a node returns beyond this is counted, not listed.
const MAX_FINDINGS: usize = 100;
/// Names that are listed as what was wanted.
const MAX_NAMES: usize = 20;

/// Something in a run's result that the definition does not promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Exactly as the node named it; empty where it is about the result as a whole.
    pub pin: String,
    pub code: Code,
    /// In words, escaped and bounded; of a sensitive pin only the kind of its value.
    pub found: String,
    pub wanted: String,
}

/// The stable words for findings: in JSON, in the record, in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A value for a pin that the node does not have.
    UndeclaredPin,
    /// An exec pin fired that the node does not have.
    UndeclaredExec,
    /// An input pin was set or fired.
    InputPin,
    /// An exec pin was given a value.
    ExecAsData,
    /// A data pin fired.
    DataAsExec,
    WrongType,
    /// A set holds a value twice.
    Duplicate,
    OutOfRange,
    NotAValidValue,
    SchemaMismatch,
    /// A number that neither 64 bits nor a float can hold.
    NumberTooLarge,
    /// A text with half of a surrogate pair.
    HalfCharacter,
    /// The run succeeded without a value for an output.
    NotSet,
    /// The run succeeded without firing an exec output.
    NothingFired,
    /// There are more findings than are listed.
    More,
}

impl Code {
    pub const ALL: [Self; 15] = [
        Self::UndeclaredPin,
        Self::UndeclaredExec,
        Self::InputPin,
        Self::ExecAsData,
        Self::DataAsExec,
        Self::WrongType,
        Self::Duplicate,
        Self::OutOfRange,
        Self::NotAValidValue,
        Self::SchemaMismatch,
        Self::NumberTooLarge,
        Self::HalfCharacter,
        Self::NotSet,
        Self::NothingFired,
        Self::More,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::UndeclaredPin => "undeclared-pin",
            Self::UndeclaredExec => "undeclared-exec",
            Self::InputPin => "input-pin",
            Self::ExecAsData => "exec-as-data",
            Self::DataAsExec => "data-as-exec",
            Self::WrongType => "wrong-type",
            Self::Duplicate => "duplicate",
            Self::OutOfRange => "out-of-range",
            Self::NotAValidValue => "not-a-valid-value",
            Self::SchemaMismatch => "schema-mismatch",
            Self::NumberTooLarge => "number-too-large",
            Self::HalfCharacter => "half-character",
            Self::NotSet => "not-set",
            Self::NothingFired => "nothing-fired",
            Self::More => "more-problems",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pin.is_empty() {
            true => write!(f, "found {}, wanted {}", self.found, self.wanted),
            false => write!(f, "output {}: found {}, wanted {}", quoted(&self.pin), self.found, self.wanted),
        }
    }
}

/// What a call gave back.
#[derive(Clone, Copy, Debug)]
pub struct Returned<'a> {
    pub outputs: &'a [(String, Json)],
    pub fired: &'a [String],
    /// The call went well and is over: only then something can be missing.
    pub complete: bool,
}

/// Everything in the result that is not as declared: wrong values, then wrong exec pins, then what is missing.
pub fn check(definition: &Definition, returned: Returned<'_>) -> Vec<Finding> {
    let mut findings = Findings::default();
    for (name, value) in returned.outputs {
        findings.push_with(|| check_output(definition, name, value));
    }
    for name in returned.fired {
        findings.push_with(|| check_fired(definition, name));
    }
    if returned.complete {
        missing(definition, returned, &mut findings);
    }
    findings.listed()
}

#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
    more: usize,
}

impl Findings {
    fn push_with(&mut self, finding: impl FnOnce() -> Option<Finding>) {
        let Some(finding) = finding() else { return };
        if self.list.len() < MAX_FINDINGS { self.list.push(finding) } else { self.more += 1 }
    }

    fn listed(mut self) -> Vec<Finding> {
        if self.more > 0 {
            let found = format!("{} more problems", self.more);
            let wanted = "none; these are not listed".to_owned();
            self.list.push(Finding { pin: String::new(), code: Code::More, found, wanted });
        }
        self.list
    }
}

fn check_output(definition: &Definition, name: &str, value: &Json) -> Option<Finding> {
    let finding = |code, found, wanted: String| Some(Finding { pin: name.to_owned(), code, found, wanted });
    let is_output = |pin: &&Pin| pin.name == name;
    let Some(pin) = definition.outputs().find(is_output) else {
        let found = inputs::shown(value.as_str());
        return match definition.inputs().any(|pin| pin.name == name) {
            true => finding(Code::InputPin, found, "no value: it is an input pin".into()),
            false => finding(Code::UndeclaredPin, found, names(definition, name, |pin| !pin.is_exec())),
        };
    };
    let shown = |raw: &str| if pin.sensitive { inputs::kind_only(raw) } else { inputs::shown(raw) };
    if pin.is_exec() {
        // Null is how an exec pin without a value is written.
        let set = !value.is_null();
        return set.then(|| finding(Code::ExecAsData, shown(value.as_str()), "it to fire, not a value".into()))?;
    }
    let Unfit { code, place, wanted, found } = inputs::unfit(pin, value)?;
    let found = if pin.sensitive { inputs::kind_only(value.as_str()) } else { found };
    let at = if place.is_empty() { String::new() } else { format!(" at {}", quoted(&place)) };
    finding(code, found, format!("{wanted}{at}"))
}

fn check_fired(definition: &Definition, name: &str) -> Option<Finding> {
    let declared = |direction| definition.pins.iter().find(|pin| pin.name == name && pin.direction == direction);
    let (code, wanted) = match (declared(Direction::Output), declared(Direction::Input)) {
        (Some(pin), _) if pin.is_exec() => return None,
        (Some(pin), _) => (Code::DataAsExec, format!("a value: it is a pin of type {}", pin.type_name())),
        (None, Some(_)) => (Code::InputPin, "nothing: it is an input pin".into()),
        (None, None) => (Code::UndeclaredExec, names(definition, name, Pin::is_exec)),
    };
    Some(Finding { pin: name.to_owned(), code, found: "that it fired".into(), wanted })
}

fn missing(definition: &Definition, returned: Returned<'_>, findings: &mut Findings) {
    let set: HashSet<&str> = returned.outputs.iter().map(|(name, _)| name.as_str()).collect();
    for pin in definition.outputs().filter(|pin| !pin.is_exec() && !set.contains(pin.name.as_str())) {
        findings.push_with(|| {
            let wanted = format!("a value of type {}", pin.type_name());
            Some(Finding { pin: pin.name.clone(), code: Code::NotSet, found: "nothing".into(), wanted })
        });
    }
    let execs: Vec<&str> = definition.outputs().filter(|pin| pin.is_exec()).map(|pin| pin.name.as_str()).collect();
    if let Some(first) = execs.first()
        && !execs.iter().any(|exec| returned.fired.iter().any(|fired| fired == exec))
    {
        let wanted = if execs.len() == 1 { "it to fire".into() } else { format!("one to fire: {}", list(&execs)) };
        let (pin, found) = ((*first).to_owned(), "that no exec pin fired".to_owned());
        findings.push_with(|| Some(Finding { pin, code: Code::NothingFired, found, wanted }));
    }
}

/// What could have been meant by a name that no output pin has.
fn names(definition: &Definition, name: &str, kind: impl Fn(&Pin) -> bool) -> String {
    let known: Vec<&str> = definition.outputs().filter(|pin| kind(pin)).map(|pin| pin.name.as_str()).collect();
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("a declared pin; did the node mean {}?", quoted(near)),
        None if known.is_empty() => "none: the node declares no such pins".into(),
        None => format!("a declared pin: {}", list(&known)),
    }
}

fn list(names: &[&str]) -> String {
    let shown: Vec<_> = names.iter().take(MAX_NAMES).map(|name| format!("\"{}\"", shortened(name, 40))).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

impl Pin {
    fn is_exec(&self) -> bool {
        self.data_type == DataType::Execution
    }
}

#[cfg(test)]
#[path = "results/tests.rs"]
mod tests;
