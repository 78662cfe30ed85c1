//! Pins as the form has them, and their short form on the command line.

mod default;
mod text;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which way a pin's values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    Input,
    Output,
}

/// What a pin carries. Serialised by the contract's names, such as `Integer` or `PathBuf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataType {
    /// Starts a node, or goes on from it; carries no value.
    Execution,
    String,
    /// 64 bits, signed.
    Integer,
    Float,
    Boolean,
    /// ISO 8601 text.
    Date,
    PathBuf,
    /// Base64 text.
    Byte,
    /// A JSON object.
    Struct,
    /// Any JSON.
    Generic,
}

/// Whether a pin carries one value or a collection of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueType {
    #[default]
    Normal,
    Array,
    /// A JSON object whose members all have the data type.
    HashMap,
    /// A JSON array without duplicates.
    HashSet,
}

/// A pin of a node to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    /// The pin's identity in the contract, such as `input_text`.
    pub name: String,
    /// For people; empty: made from the name.
    #[serde(default)]
    pub friendly_name: String,
    #[serde(default)]
    pub description: String,
    pub direction: Direction,
    pub data_type: DataType,
    #[serde(default)]
    pub value_type: ValueType,
    /// What an input has where nothing is set, and what an output gives where no input fits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

impl DataType {
    /// In the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Execution,
        Self::String,
        Self::Integer,
        Self::Float,
        Self::Boolean,
        Self::Date,
        Self::PathBuf,
        Self::Byte,
        Self::Struct,
        Self::Generic,
    ];

    /// The contract's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Execution => "Execution",
            Self::String => "String",
            Self::Integer => "Integer",
            Self::Float => "Float",
            Self::Boolean => "Boolean",
            Self::Date => "Date",
            Self::PathBuf => "PathBuf",
            Self::Byte => "Byte",
            Self::Struct => "Struct",
            Self::Generic => "Generic",
        }
    }
}

impl ValueType {
    pub const ALL: [Self; 4] = [Self::Normal, Self::Array, Self::HashMap, Self::HashSet];

    /// The contract's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Array => "Array",
            Self::HashMap => "HashMap",
            Self::HashSet => "HashSet",
        }
    }
}

impl Pin {
    pub fn new(name: &str, direction: Direction, data_type: DataType) -> Self {
        Self {
            name: name.into(),
            friendly_name: String::new(),
            description: String::new(),
            direction,
            data_type,
            value_type: ValueType::Normal,
            default: None,
        }
    }

    pub fn is_exec(&self) -> bool {
        self.data_type == DataType::Execution
    }

    /// The friendly name, made from the name where there is none: `input_text` is "Input Text".
    pub fn title(&self) -> String {
        match self.friendly_name.trim() {
            "" => crate::names::title(&self.name),
            given => given.into(),
        }
    }
}
