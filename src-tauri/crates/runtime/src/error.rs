//! Why a file cannot be loaded.

use std::path::PathBuf;
use std::time::Duration;

use crate::trap::Trap;

/// A refusal: what is wrong, where, and the next step. `code` in the table of [`LoadError::code`] tells them apart.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read \"{}\": {reason}", path.display())]
    Read { path: PathBuf, reason: String },
    #[error("the file is empty; the build may still be writing it")]
    Empty,
    #[error("not WebAssembly: the file starts with {found}; build the node for a wasm target")]
    NotWasm { found: String },
    #[error("the file ends early or is damaged: {reason} (at byte {offset}); build it again")]
    Malformed { offset: usize, reason: String },
    #[error("a precompiled file (.cwasm) is native code and is never loaded; open the .wasm it was made from")]
    Precompiled,
    #[error("the file has {size} bytes, the limit is {limit}; build with optimisation and without debug information")]
    TooLarge { size: u64, limit: u64 },
    #[error("cannot parse the text format: {reason}")]
    Text { reason: String },
    #[error("{}", wrong_items("export", items))]
    Exports { items: Vec<WrongItem> },
    #[error("{}", wrong_items("import", items))]
    Imports { items: Vec<WrongItem> },
    #[error("cannot compile: {reason}")]
    Compile { reason: String },
    #[error("compiling took longer than {}; the file may be built to exhaust compilers", seconds(limit))]
    CompileTimeout { limit: Duration },
    #[error("loading was given up because a newer build arrived")]
    Abandoned,
    #[error("the node trapped while it was asked for its definition: {}", .0.message)]
    DefinitionTrap(Trap),
    #[error("the definition is not JSON: {reason} (at byte {offset})")]
    DefinitionNotJson { offset: usize, reason: String },
    #[error("the definition is not a node definition: {reason}")]
    NotADefinition { reason: String },
    #[error("the definition has {size} bytes, the limit is {limit}")]
    DefinitionTooLarge { size: u64, limit: u64 },
    #[error("the package defines no node; register at least one")]
    NoNodes,
    #[error("the folder \"{}\" holds no built node; looked for {looked}", path.display())]
    NoBuild { path: PathBuf, looked: String },
    #[error("the folder \"{}\" holds {} built nodes; name one of them: {}", path.display(), found.len(), listed(found))]
    SeveralBuilds { path: PathBuf, found: Vec<PathBuf> },
    #[error("flow-like.toml: {reason}")]
    Manifest { reason: String },
    /// The system lets no node run here.
    #[error("cannot make room for the node: {reason}")]
    System { reason: String },
    #[error("internal error while loading: {reason}; this is a defect of the workbench")]
    Internal { reason: String },
}

/// An import or export that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongItem {
    /// `module.name`, `interface#function` or an export's name.
    pub name: String,
    pub wanted: String,
    /// `None`: missing.
    pub found: Option<String>,
    /// The nearest thing that exists, where one is near.
    pub nearest: Option<String>,
    /// The next step.
    pub advice: String,
}

impl LoadError {
    /// A stable word for each kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "read",
            Self::Empty => "empty",
            Self::NotWasm { .. } => "not-wasm",
            Self::Malformed { .. } => "malformed",
            Self::Precompiled => "precompiled",
            Self::TooLarge { .. } => "too-large",
            Self::Text { .. } => "text",
            Self::Exports { .. } => "exports",
            Self::Imports { .. } => "imports",
            Self::Compile { .. } => "compile",
            Self::CompileTimeout { .. } => "compile-timeout",
            Self::Abandoned => "abandoned",
            Self::DefinitionTrap(_) => "definition-trap",
            Self::DefinitionNotJson { .. } => "definition-not-json",
            Self::NotADefinition { .. } => "not-a-definition",
            Self::DefinitionTooLarge { .. } => "definition-too-large",
            Self::NoNodes => "no-nodes",
            Self::NoBuild { .. } => "no-build",
            Self::System { .. } => "system",
            Self::SeveralBuilds { .. } => "several-builds",
            Self::Manifest { .. } => "manifest",
            Self::Internal { .. } => "internal",
        }
    }

    /// Whether the file may simply not be complete yet: worth another look before it is reported.
    pub fn may_be_half_written(&self) -> bool {
        matches!(
            self,
            Self::Read { .. } | Self::Empty | Self::Malformed { .. } | Self::NotWasm { .. } | Self::Text { .. }
        )
    }
}

fn seconds(limit: &Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}

/// The first few, in double quotes.
fn listed(paths: &[PathBuf]) -> String {
    const SHOWN: usize = 10;
    let list: Vec<_> = paths.iter().take(SHOWN).map(|path| format!("\"{}\"", path.display())).collect();
    let more = if paths.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", list.join(", "))
}

fn wrong_items(what: &str, items: &[WrongItem]) -> String {
    let list: Vec<String> = items
        .iter()
        .map(|item| {
            let found = item.found.as_deref().unwrap_or("nothing");
            format!("\"{}\" (wanted {}, found {found}; {})", item.name, item.wanted, item.advice)
        })
        .collect();
    let plural = if items.len() == 1 { "" } else { "s" };
    format!("{} {what}{plural} do not fit: {}", items.len(), list.join("; "))
}
