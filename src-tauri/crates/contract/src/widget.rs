//! The widgets that a manifest lists. They are checked and never run.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use toml::Value;

#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "a reader takes what its fields can hold, whether they are used or not")]
pub(crate) struct Widget {
    id: String,
    name: String,
    #[serde(default)]
    description: String,
    icon: Option<String>,
    thumbnail: Option<String>,
    contract: Contract,
    #[serde(default)]
    keywords: Vec<String>,
    network: Option<Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a reader takes what its fields can hold, whether they are used or not")]
struct Contract {
    contract_version: u32,
    id: String,
    #[serde(default)]
    inputs: BTreeMap<String, Input>,
    #[serde(default)]
    events: BTreeMap<String, Value>,
    #[serde(default)]
    queries: BTreeMap<String, Value>,
    sizing: Option<Sizing>,
    #[serde(default)]
    capabilities: Capabilities,
    csp: Option<Value>,
}

#[derive(Clone, Debug, Deserialize)]
struct Input {
    #[serde(rename = "type")]
    kind: InputKind,
    #[serde(default)]
    choices: Vec<Value>,
    min: Option<f64>,
    max: Option<f64>,
    default: Option<Value>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum InputKind {
    String,
    Number,
    Integer,
    Boolean,
    Enum,
    Json,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a reader takes what its fields can hold, whether they are used or not")]
struct Sizing {
    default_height: Option<u32>,
    resizable: Option<bool>,
    max_height: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the contract has these flags")]
struct Capabilities {
    workers: bool,
    media: bool,
    microphone: bool,
    wasm: bool,
    downloads: bool,
}

/// The first rule that a list of widgets breaks, and what to do.
pub(crate) fn problem(widgets: &[Widget]) -> Option<String> {
    let mut ids = HashSet::new();
    widgets.iter().find_map(|widget| {
        let id = widget.id.escape_debug();
        if !ids.insert(&widget.id) {
            return Some(format!("the widget \"{id}\" is there twice; give each an id of its own"));
        }
        widget.problem().map(|problem| format!("the widget \"{id}\" {problem}"))
    })
}

impl Widget {
    fn problem(&self) -> Option<String> {
        let Contract { contract_version, id, inputs, events, queries, csp, .. } = &self.contract;
        if self.name.is_empty() {
            return Some("has no name; write one".to_owned());
        }
        if !is_widget_id(&self.id) {
            return Some("has an id that may hold only a–z, 0–9 and \"-\", not at its ends; write it so".to_owned());
        }
        if *id != self.id {
            return Some(format!("has a contract for \"{}\"; write the same id in both", id.escape_debug()));
        }
        let wanted = if csp.is_some() { 2 } else { 1 };
        if *contract_version != wanted {
            return Some(format!("has contractVersion {contract_version}; write {wanted}, which goes with its csp"));
        }
        let names = inputs.keys().chain(events.keys()).chain(queries.keys());
        if let Some(name) = names.into_iter().find(|name| !is_identifier(name)) {
            return Some(format!("names \"{}\", which is not an identifier; rename it", name.escape_debug()));
        }
        inputs
            .iter()
            .find_map(|(name, input)| input.problem().map(|problem| format!("has an input \"{name}\" {problem}")))
    }
}

impl Input {
    fn problem(&self) -> Option<&'static str> {
        if self.kind == InputKind::Enum && self.choices.is_empty() {
            return Some("without choices; write \"choices\"");
        }
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min > max
        {
            return Some("whose min is above its max; exchange them");
        }
        let fits = self.default.as_ref().is_none_or(|default| match self.kind {
            InputKind::String => default.is_str(),
            InputKind::Number => default.is_float() || default.is_integer(),
            InputKind::Integer => default.is_integer(),
            InputKind::Boolean => default.is_bool(),
            InputKind::Enum => self.choices.contains(default),
            InputKind::Json => true,
        });
        (!fits).then_some("whose default is of another type; write one that fits")
    }
}

fn is_widget_id(id: &str) -> bool {
    !id.is_empty()
        && !id.starts_with('-')
        && !id.ends_with('-')
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
