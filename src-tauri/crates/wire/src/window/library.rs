//! Files, folders and builds.

use runtime::definition::diff::{self, PackageChanges};
use runtime::error::{self, LoadError};
use runtime::json::Json;
use runtime::node::LoadedNode;
use serde::Serialize;
use ts_rs::TS;

use super::TrapView;
use crate::{AbiVersion, Import, Inspection, Pin, Problem, Producers, Scores};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Read, compiled or asked for its definition.
    Loading,
    Ready,
    /// The newest build is broken, the last good one still runs.
    Stale,
    /// There is nothing that could run.
    Broken,
}

/// A file in the catalog.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FileRow {
    /// The identity.
    pub path: String,
    /// The file's own name.
    pub name: String,
    pub state: FileState,
    /// One of the samples that came with the workbench.
    pub sample: bool,
    /// What runs now.
    pub build: Option<BuildRow>,
    /// What is wrong with the newest build.
    pub problem: Option<LoadProblem>,
}

/// A build that can run.
#[derive(Clone, Debug, Serialize, TS)]
pub struct BuildRow {
    /// Counts the good builds of this file since it was opened, from 1.
    pub number: u32,
    #[ts(type = "number")]
    pub loaded_at: u64,
    /// From the change of the file to the build being there.
    pub load_ms: f64,
    /// `component` or `core`.
    pub kind: String,
    /// BLAKE3 of the wasm bytes, hexadecimal.
    pub hash: String,
    #[ts(type = "number")]
    pub size: u64,
    pub abi_version: Option<AbiVersion>,
    pub producers: Producers,
    pub nodes: Vec<NodeRow>,
    pub imports: Vec<Import>,
    /// Rule names such as `tcp` and `dns`, sorted.
    pub could_ask: Vec<String>,
    /// What is odd about the build.
    pub problems: Vec<Problem>,
    /// What is new since the build before; none for the first.
    pub changes: Option<BuildChanges>,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct NodeRow {
    pub name: String,
    pub friendly_name: String,
    pub description: String,
    pub category: String,
    pub icon: Option<String>,
    pub docs: Option<String>,
    pub long_running: bool,
    pub scores: Option<Scores>,
    pub permissions: Vec<String>,
    pub pins: Vec<PinRow>,
    /// Bytes of memory and milliseconds that a run gets.
    #[ts(type = "number")]
    pub memory_limit: u64,
    pub time_limit_ms: f64,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct PinRow {
    #[serde(flatten)]
    pub pin: Pin,
    /// The default value as exact JSON text; use this, not `default_value`.
    pub default_text: Option<String>,
}

/// What changed between two builds.
#[derive(Clone, Debug, Serialize, TS)]
pub struct BuildChanges {
    pub compatible: bool,
    pub list: Vec<BuildChange>,
    pub renamed: Vec<Renamed>,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct BuildChange {
    /// The node's name; none where a node came or went.
    pub node: Option<String>,
    /// A stable word such as `pin-added`.
    pub kind: String,
    pub text: String,
    pub breaking: bool,
    /// The input pin, as it was called, whose values may be lost: it is gone, renamed or of another type.
    pub input: Option<String>,
}

/// An input pin with a new name: a form keeps its value.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Renamed {
    pub node: String,
    pub from: String,
    pub to: String,
}

/// Why the newest build cannot be used.
#[derive(Clone, Debug, Serialize, TS)]
pub struct LoadProblem {
    /// A stable word such as `imports`.
    pub code: String,
    pub message: String,
    /// Imports or exports that do not fit.
    pub items: Vec<WrongItem>,
    pub trap: Option<TrapView>,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct WrongItem {
    pub name: String,
    pub wanted: String,
    /// None: missing.
    pub found: Option<String>,
    pub nearest: Option<String>,
    pub advice: String,
}

/// A watched folder.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FolderRow {
    pub path: String,
    pub files: Vec<String>,
    pub error: Option<String>,
}

impl BuildRow {
    /// A build and its place in the file's history.
    pub fn new(node: &LoadedNode, number: u32, loaded_at: u64, load_ms: f64, changes: Option<BuildChanges>) -> Self {
        let Inspection { kind, hash, size, abi_version, producers, nodes, imports, could_ask, problems } =
            Inspection::from(node);
        let limits = node.manifest.as_ref().map_or_else(Default::default, runtime::manifest::Manifest::limits);
        let node_row = |(row, definition): (crate::Node, &runtime::definition::Definition)| NodeRow {
            pins: row
                .pins
                .into_iter()
                .zip(&definition.pins)
                .map(|(pin, declared)| PinRow { pin, default_text: declared.default_value.as_ref().map(text) })
                .collect(),
            name: row.name,
            friendly_name: row.friendly_name,
            description: row.description,
            category: row.category,
            icon: row.icon,
            docs: row.docs,
            long_running: row.long_running,
            scores: row.scores,
            permissions: row.permissions,
            memory_limit: limits.memory,
            time_limit_ms: limits.time.as_secs_f64() * 1000.0,
        };
        Self {
            number,
            loaded_at,
            load_ms,
            kind: kind.unwrap_or_default().into(),
            hash: hash.unwrap_or_default(),
            size: size.unwrap_or_default(),
            abi_version,
            producers,
            nodes: nodes.into_iter().zip(&node.definitions).map(node_row).collect(),
            imports,
            could_ask: could_ask.into_iter().map(Into::into).collect(),
            problems,
            changes,
        }
    }
}

fn text(json: &Json) -> String {
    json.as_str().to_owned()
}

impl From<&PackageChanges> for BuildChanges {
    fn from(package: &PackageChanges) -> Self {
        let row = |node: Option<&String>, change: &diff::Change| BuildChange {
            node: node.cloned(),
            kind: change.kind.name().into(),
            text: change.text.clone(),
            breaking: change.breaking,
            input: change.input.clone(),
        };
        let mut list: Vec<BuildChange> = package.nodes.list.iter().map(|change| row(None, change)).collect();
        let mut renamed = Vec::new();
        for (node, changes) in &package.changed {
            list.extend(changes.list.iter().map(|change| row(Some(node), change)));
            renamed.extend(changes.renamed.iter().map(|(from, to)| Renamed {
                node: node.clone(),
                from: from.clone(),
                to: to.clone(),
            }));
        }
        Self { compatible: package.compatible(), list, renamed }
    }
}

impl From<&LoadError> for LoadProblem {
    fn from(error: &LoadError) -> Self {
        let (items, trap) = match error.bare() {
            LoadError::Exports { items } | LoadError::Imports { items } => {
                (items.iter().map(Into::into).collect(), None)
            }
            LoadError::DefinitionTrap(trap) => (Vec::new(), Some(trap.into())),
            _ => (Vec::new(), None),
        };
        Self { code: error.code().into(), message: error.to_string(), items, trap }
    }
}

impl From<&error::WrongItem> for WrongItem {
    fn from(item: &error::WrongItem) -> Self {
        Self {
            name: item.name.clone(),
            wanted: item.wanted.clone(),
            found: item.found.clone(),
            nearest: item.nearest.clone(),
            advice: item.advice.clone(),
        }
    }
}
