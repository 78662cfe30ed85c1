//! What a node declares: its name, its pins, its permissions; and what is odd about that.
//!
//! [`parse`] reads what the guest returned, [`inputs`] holds a user's values against the pins, [`results`] what a run
//! gave back, [`diff`] compares two builds. Whether a declared permission is granted is for `permission` to say.

pub mod codes;
pub mod date;
pub mod diff;
pub mod inputs;
pub mod labels;
mod parse;
pub mod results;
pub mod schema;
mod value;

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

impl Direction {
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "Input",
            Self::Output => "Output",
        }
    }
}

impl DataType {
    /// The mapped name, whatever spelling the node used.
    pub fn name(self) -> &'static str {
        match self {
            Self::Execution => "Execution",
            Self::String => "String",
            Self::Integer => "Integer",
            Self::Float => "Float",
            Self::Boolean => "Boolean",
            Self::Date => "Date",
            Self::PathBuf => "PathBuf",
            Self::Generic => "Generic",
            Self::Struct => "Struct",
            Self::Byte => "Byte",
        }
    }

    /// Reads any spelling that published SDKs use, without regard to case.
    pub fn from_spelling(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "string" => Self::String,
            "int" | "integer" | "i32" | "i64" | "u32" | "u64" => Self::Integer,
            "float" | "f32" | "f64" | "number" => Self::Float,
            "bool" | "boolean" => Self::Boolean,
            "date" | "datetime" => Self::Date,
            "path" | "pathbuf" => Self::PathBuf,
            "byte" | "bytes" | "binary" => Self::Byte,
            "exec" | "execution" => Self::Execution,
            "struct" | "object" | "json" => Self::Struct,
            "generic" => Self::Generic,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    Normal,
    Array,
    HashMap,
    HashSet,
}

impl ValueType {
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Array => "Array",
            Self::HashMap => "HashMap",
            Self::HashSet => "HashSet",
        }
    }

    /// Without regard to case.
    pub fn from_spelling(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "normal" => Self::Normal,
            "array" => Self::Array,
            "hashmap" => Self::HashMap,
            "hashset" => Self::HashSet,
            _ => return None,
        })
    }
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

/// A problem where the guest's ABI version is none that the workbench knows: 1, 2, or the spelling of early SDKs.
pub fn abi_version_problem(version: &str) -> Option<Problem> {
    let known = matches!(version, "1" | "2") || version.starts_with("0.1");
    (!known).then(|| {
        Problem::warning(
            "unknown-abi-version",
            format!("the node speaks ABI version \"{version}\", the workbench knows 1 and 2; calls may not fit"),
        )
    })
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Problem {
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        codes::check(code);
        Self { code, message: message.into(), severity }
    }

    pub fn info(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, code, message)
    }

    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }
}

impl Pin {
    /// The type in words, such as `Integer` or `Array of String`.
    pub fn type_name(&self) -> String {
        match self.value_type {
            ValueType::Normal => self.data_type.name().into(),
            container => format!("{} of {}", container.name(), self.data_type.name()),
        }
    }
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
