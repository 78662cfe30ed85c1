//! What `inspect --json` prints: one object about one file.

use runtime::artifact::{Artifact, Item};
use runtime::definition::{self, Definition};
use runtime::error::LoadError;
use runtime::node::LoadedNode;
use serde::Serialize;
use ts_rs::TS;

use crate::Raw;

/// A file: what it is, what it defines, what it could ask for, and what is odd about it.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// `component` or `core`; null where the file is neither.
    pub kind: Option<&'static str>,
    /// BLAKE3 of the wasm bytes, hexadecimal.
    pub hash: Option<String>,
    /// Bytes of wasm.
    pub size: Option<u64>,
    /// A number; a string from very early SDKs; null where the node does not say.
    pub abi_version: Option<AbiVersion>,
    pub producers: Producers,
    /// Empty where the file could not be loaded.
    pub nodes: Vec<Node>,
    pub imports: Vec<Import>,
    /// Rule names such as `tcp` and `dns`, sorted.
    pub could_ask: Vec<&'static str>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
pub enum AbiVersion {
    Number(u32),
    Text(String),
}

#[derive(Clone, Debug, Default, Serialize, TS)]
pub struct Producers {
    pub language: Vec<Producer>,
    pub processed_by: Vec<Producer>,
    pub sdk: Vec<Producer>,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct Producer {
    pub name: String,
    pub version: String,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct Import {
    pub module: String,
    pub name: String,
    /// For people.
    #[serde(rename = "type")]
    pub ty: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Node {
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
    pub permissions: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize, TS)]
pub struct Scores {
    pub privacy: u8,
    pub security: u8,
    pub performance: u8,
    pub governance: u8,
    pub reliability: u8,
    pub cost: u8,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct Pin {
    pub name: String,
    pub friendly_name: String,
    pub description: String,
    /// `Input` or `Output`.
    pub pin_type: &'static str,
    /// The mapped type: `Execution`, `String`, `Integer`, `Float`, `Boolean`, `Date`, `PathBuf`, `Generic`, `Struct` or
    /// `Byte`.
    pub data_type: &'static str,
    /// `Normal`, `Array`, `HashMap` or `HashSet`.
    pub value_type: &'static str,
    #[ts(type = "unknown")]
    pub default_value: Option<Raw>,
    /// JSON Schema as text.
    pub schema: Option<String>,
    pub valid_values: Option<Vec<String>>,
    pub range: Option<(f64, f64)>,
    pub step: Option<f64>,
    pub sensitive: bool,
    pub enforce_schema: bool,
    pub enforce_generic_value_type: bool,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct Problem {
    /// A stable word.
    pub code: &'static str,
    pub message: String,
    /// `info`, `warning` or `error`.
    pub severity: &'static str,
}

impl Inspection {
    /// A file that could not be loaded, with what is known of it.
    pub fn refused(artifact: Option<&Artifact>, error: &LoadError) -> Self {
        let known = artifact.map_or_else(Self::unknown, Self::artifact);
        Self { problems: vec![error.into()], ..known }
    }

    fn unknown() -> Self {
        Self {
            kind: None,
            hash: None,
            size: None,
            abi_version: None,
            producers: Producers::default(),
            nodes: Vec::new(),
            imports: Vec::new(),
            could_ask: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn artifact(artifact: &Artifact) -> Self {
        Self {
            kind: Some(artifact.kind.name()),
            hash: Some(artifact.hash.to_string()),
            size: Some(artifact.bytes.len() as u64),
            producers: (&artifact.producers).into(),
            imports: artifact.imports.iter().map(Into::into).collect(),
            could_ask: artifact.could_ask(),
            ..Self::unknown()
        }
    }

    /// The parts of a loaded node, for those who do not have it as one.
    pub fn of(
        artifact: &Artifact,
        definitions: &[Definition],
        abi_version: Option<&str>,
        problems: &[definition::Problem],
    ) -> Self {
        Self {
            abi_version: abi_version.map(Into::into),
            nodes: definitions.iter().map(Into::into).collect(),
            problems: problems.iter().map(Into::into).collect(),
            ..Self::artifact(artifact)
        }
    }
}

impl From<&LoadedNode> for Inspection {
    fn from(node: &LoadedNode) -> Self {
        Self::of(&node.artifact, &node.definitions, node.abi_version.as_deref(), &node.problems)
    }
}

impl From<&str> for AbiVersion {
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Text(text.into()), Self::Number)
    }
}

impl From<&runtime::artifact::Producers> for Producers {
    fn from(producers: &runtime::artifact::Producers) -> Self {
        let list = |pairs: &[(String, String)]| {
            pairs.iter().map(|(name, version)| Producer { name: name.clone(), version: version.clone() }).collect()
        };
        Self {
            language: list(&producers.language),
            processed_by: list(&producers.processed_by),
            sdk: list(&producers.sdk),
        }
    }
}

impl From<&Item> for Import {
    fn from(item: &Item) -> Self {
        Self { module: item.module.clone(), name: item.name.clone(), ty: item.ty.clone() }
    }
}

impl From<&Definition> for Node {
    fn from(definition: &Definition) -> Self {
        Self {
            name: definition.name.clone(),
            friendly_name: definition.friendly_name.clone(),
            description: definition.description.clone(),
            category: definition.category.clone(),
            icon: definition.icon.clone(),
            pins: definition.pins.iter().map(Into::into).collect(),
            scores: definition.scores.map(Into::into),
            long_running: definition.long_running,
            docs: definition.docs.clone(),
            abi_version: definition.abi_version,
            permissions: definition.permissions.clone(),
        }
    }
}

impl From<definition::Scores> for Scores {
    fn from(scores: definition::Scores) -> Self {
        let definition::Scores { privacy, security, performance, governance, reliability, cost } = scores;
        Self { privacy, security, performance, governance, reliability, cost }
    }
}

impl From<&definition::Pin> for Pin {
    fn from(pin: &definition::Pin) -> Self {
        Self {
            name: pin.name.clone(),
            friendly_name: pin.friendly_name.clone(),
            description: pin.description.clone(),
            pin_type: pin.direction.name(),
            data_type: pin.data_type.name(),
            value_type: pin.value_type.name(),
            default_value: pin.default_value.as_ref().map(Into::into),
            schema: pin.schema.as_deref().map(Into::into),
            valid_values: pin.valid_values.clone(),
            range: pin.range,
            step: pin.step,
            sensitive: pin.sensitive,
            enforce_schema: pin.enforce_schema,
            enforce_generic_value_type: pin.enforce_generic_value_type,
        }
    }
}

impl From<&definition::Problem> for Problem {
    fn from(problem: &definition::Problem) -> Self {
        Self { code: problem.code, message: problem.message.clone(), severity: problem.severity.name() }
    }
}

impl From<&LoadError> for Problem {
    fn from(error: &LoadError) -> Self {
        Self { code: error.code(), message: error.to_string(), severity: definition::Severity::Error.name() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = r#"(module
        (@producers (language "C11" "") (processed-by "clang" "20.1"))
        (import "flowlike_http" "request" (func (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1))"#;
    const DEFINITION: &str = r#"{"name":"n","friendly_name":"N","description":"Does","category":"A/B","abi_version":1,
        "scores":{"privacy":3},"permissions":["http"],"pins":[
        {"name":"exec","friendly_name":"▶","description":"","pin_type":"Input","data_type":"Exec"},
        {"name":"count","friendly_name":"Count","description":"How many","pin_type":"Input","data_type":"I64",
         "default_value":9007199254740993,"range":[0,10.5],"valid_values":["9007199254740993"],"step":1},
        {"name":"out","friendly_name":"Out","description":"","pin_type":"Output","data_type":"struct",
         "value_type":"Array","schema":"{\"type\":\"object\"}","sensitive":true,"enforce_schema":true}]}"#;

    #[test]
    fn a_loaded_file() {
        let artifact = Artifact::from_bytes(MODULE.as_bytes()).expect("valid");
        let (nodes, problems) = definition::parse(DEFINITION).expect("a definition");
        let inspection = Inspection::of(&artifact, &nodes, Some("1"), &problems);
        // As text: a snapshot of a parsed value would lose digits itself.
        insta::assert_snapshot!(serde_json::to_string_pretty(&inspection).expect("serialises"));
    }

    #[test]
    fn a_refused_file() {
        let inspection = Inspection::refused(None, &LoadError::Precompiled);
        insta::assert_snapshot!(
            serde_json::to_string(&inspection).expect("serialises"),
            @r#"{"kind":null,"hash":null,"size":null,"abi_version":null,"producers":{"language":[],"processed_by":[],"sdk":[]},"nodes":[],"imports":[],"could_ask":[],"problems":[{"code":"precompiled","message":"a precompiled file (.cwasm) is native code and is never loaded; open the .wasm it was made from","severity":"error"}]}"#
        );
        let artifact = Artifact::from_bytes(MODULE.as_bytes()).expect("valid");
        let known = Inspection::refused(Some(&artifact), &LoadError::NoNodes);
        assert_eq!((known.kind, known.could_ask.as_slice()), (Some("core"), ["http"].as_slice()));
    }

    #[test]
    fn abi_versions_of_all_generations() {
        assert_eq!(AbiVersion::from("2"), AbiVersion::Number(2));
        assert_eq!(AbiVersion::from("0.1.0"), AbiVersion::Text("0.1.0".into()));
    }
}
