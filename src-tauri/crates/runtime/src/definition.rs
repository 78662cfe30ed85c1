//! What a node declares: its name, its pins, its permissions; and what is odd about that.

pub mod diff;
pub mod inputs;
mod parse;

use std::sync::Arc;

pub use parse::parse;

use crate::json::Json;

#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The identity: what `run` is called with.
    pub name: String,
    pub friendly_name: String,
    pub description: String,
    pub category: String,
    pub icon: Option<String>,
    pub pins: Vec<Pin>,
    pub scores: Option<Scores>,
    pub long_running: bool,
    pub docs: Option<String>,
    pub abi_version: Option<i64>,
    /// As declared, aliases mapped to their labels; unknown ones are kept and grant nothing.
    pub permissions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    pub name: String,
    pub friendly_name: String,
    pub description: String,
    pub direction: Direction,
    pub data_type: DataType,
    pub value_type: ValueType,
    pub default_value: Option<Json>,
    /// JSON Schema as text.
    pub schema: Option<Arc<str>>,
    pub valid_values: Option<Vec<String>>,
    pub range: Option<(f64, f64)>,
    pub step: Option<f64>,
    pub sensitive: bool,
    pub enforce_schema: bool,
    pub enforce_generic_value_type: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Input,
    Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    Execution,
    String,
    Integer,
    Float,
    Boolean,
    Date,
    PathBuf,
    Generic,
    Struct,
    Byte,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    Normal,
    Array,
    HashMap,
    HashSet,
}

/// 0 to 10 each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    pub privacy: u8,
    pub security: u8,
    pub performance: u8,
    pub governance: u8,
    pub reliability: u8,
    pub cost: u8,
}

/// Something odd that does not keep the node from running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable word, such as `unknown-permission` or `unknown-data-type`.
    pub code: &'static str,
    /// What, where, and the next step.
    pub message: String,
    pub severity: Severity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// A problem where the guest's ABI version is none that the workbench knows.
pub fn abi_version_problem(_version: &str) -> Option<Problem> {
    todo!()
}

impl Definition {
    pub fn inputs(&self) -> impl Iterator<Item = &Pin> {
        self.pins.iter().filter(|pin| pin.direction == Direction::Input)
    }

    pub fn outputs(&self) -> impl Iterator<Item = &Pin> {
        self.pins.iter().filter(|pin| pin.direction == Direction::Output)
    }

    pub fn declares(&self, label: &str) -> bool {
        self.permissions.iter().any(|permission| permission == label)
    }
}
