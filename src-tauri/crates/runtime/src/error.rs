//! Why a file cannot be loaded.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use crate::text::shortened;
use crate::trap::{Trap, TrapReason};

/// A refusal: what is wrong, where, and the next step. `code` in the table of [`LoadError::code`] tells them apart.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read \"{}\": {reason}", path.display())]
    Read { path: PathBuf, reason: String },
    #[error("the file is empty; the build may still be writing it")]
    Empty,
    #[error("not WebAssembly: the file starts with {found}; build the node for a wasm target")]
    NotWasm { found: String },
    #[error("the file ends early or is damaged: {} (at byte {offset}); build it again", brief(reason))]
    Malformed { offset: usize, reason: String },
    #[error(
        "the file needs {feature}, a feature of WebAssembly that nodes cannot use: {}; build without it",
        brief(reason)
    )]
    Feature { feature: &'static str, reason: String },
    #[error(
        "this is the inside of a component that was never wrapped ({sign}); run \"wasm-tools component new FILE -o \
         NODE{}\", or build for wasm32-wasip2",
        if *adapt { " --adapt wasi_snapshot_preview1.reactor.wasm" } else { "" }
    )]
    Unwrapped {
        /// What tells.
        sign: String,
        /// Whether it calls WASI preview 1, which an adapter has to translate.
        adapt: bool,
    },
    #[error("a precompiled file (.cwasm) is native code and is never loaded; open the .wasm it was made from")]
    Precompiled,
    #[error("the file has {size} bytes, the limit is {limit}; build with optimisation and without debug information")]
    TooLarge { size: u64, limit: u64 },
    #[error("cannot parse the text format: {}", brief(reason))]
    Text { reason: String },
    #[error("{}", wrong_items("export", items))]
    Exports { items: Vec<WrongItem> },
    #[error("{}", wrong_items("import", items))]
    Imports { items: Vec<WrongItem> },
    #[error("cannot compile: {}", brief(reason))]
    Compile { reason: String },
    #[error("compiling took longer than {}; the file may be built to exhaust compilers", seconds(limit))]
    CompileTimeout { limit: Duration },
    #[error("loading was given up because a newer build arrived")]
    Abandoned,
    #[error("{}: {}", no_definition(.0.reason), brief(&.0.message))]
    DefinitionTrap(Trap),
    /// The node wrote something before it failed, which often is the reason.
    #[error("{error}; before that it wrote {}", lines.join("; "))]
    Said { error: Box<LoadError>, lines: Vec<String> },
    #[error("the definition is not JSON: {} (at byte {offset})", brief(reason))]
    DefinitionNotJson { offset: usize, reason: String },
    #[error("the definition is not a node definition: {}", brief(reason))]
    NotADefinition { reason: String },
    #[error("the definition has {size} bytes, the limit is {limit}")]
    DefinitionTooLarge { size: u64, limit: u64 },
    #[error("the package defines no node; register at least one")]
    NoNodes,
    #[error("the folder \"{}\" holds no built node; looked for {looked}", path.display())]
    NoBuild { path: PathBuf, looked: String },
    #[error("the folder \"{}\" holds {} built nodes; name one of them: {}", path.display(), found.len(), listed(found))]
    SeveralBuilds { path: PathBuf, found: Vec<PathBuf> },
    #[error("{file}: {}", brief(reason))]
    Manifest {
        /// The manifest's name.
        file: String,
        reason: String,
    },
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
            Self::Feature { .. } => "feature",
            Self::Unwrapped { .. } => "unwrapped-component",
            Self::Precompiled => "precompiled",
            Self::TooLarge { .. } => "too-large",
            Self::Text { .. } => "text",
            Self::Exports { .. } => "exports",
            Self::Imports { .. } => "imports",
            Self::Compile { .. } => "compile",
            Self::CompileTimeout { .. } => "compile-timeout",
            Self::Abandoned => "abandoned",
            Self::DefinitionTrap(_) => "definition-trap",
            Self::Said { error, .. } => error.code(),
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

    /// The error without what the node wrote.
    pub fn bare(&self) -> &Self {
        if let Self::Said { error, .. } = self { error } else { self }
    }

    /// Whether the file may simply not be complete yet: worth another look before it is reported.
    pub fn may_be_half_written(&self) -> bool {
        matches!(
            self,
            Self::Read { .. } | Self::Empty | Self::Malformed { .. } | Self::NotWasm { .. } | Self::Text { .. }
        )
    }
}

/// A node that answers nothing has not trapped.
fn no_definition(reason: TrapReason) -> &'static str {
    match reason {
        reason if reason.is_limit() => "the node passed a limit while it was asked for its definition",
        TrapReason::Exit => "the node ended itself while it was asked for its definition",
        TrapReason::BadAbi => "the node gave no definition that can be read",
        _ => "the node trapped while it was asked for its definition",
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

/// As much of a reason as a person reads: a name inside it may have the length of the file.
fn brief(reason: &str) -> Cow<'_, str> {
    const SHOWN: usize = 1_000;
    match reason.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", reason.get(..end).unwrap_or_default()).into(),
        None => reason.into(),
    }
}

/// The first few; the rest as a count.
fn wrong_items(what: &str, items: &[WrongItem]) -> String {
    const SHOWN: usize = 10;
    let mut list: Vec<String> = items
        .iter()
        .take(SHOWN)
        .map(|item| {
            let found = brief(item.found.as_deref().unwrap_or("nothing"));
            let (name, wanted, advice) = (shortened(&item.name, 200), brief(&item.wanted), brief(&item.advice));
            format!("\"{name}\" (wanted {wanted}, found {found}; {advice})")
        })
        .collect();
    let more = items.len().saturating_sub(SHOWN);
    if more > 0 {
        list.push(format!("and {more} more"));
    }
    let (plural, verb) = if items.len() == 1 { ("", "does") } else { ("s", "do") };
    format!("{} {what}{plural} {verb} not fit: {}", items.len(), list.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(count: usize, name: &str) -> Vec<WrongItem> {
        let item = |at| WrongItem {
            name: format!("{name}{at}"),
            wanted: "() -> i64".into(),
            found: None,
            nearest: None,
            advice: "export it".into(),
        };
        (0..count).map(item).collect()
    }

    #[test]
    fn f26_one_item_does_not_fit_and_two_do_not() {
        let text = |count| LoadError::Exports { items: items(count, "e") }.to_string();
        assert!(text(1).starts_with("1 export does not fit: "), "{}", text(1));
        assert!(text(2).starts_with("2 exports do not fit: "), "{}", text(2));
    }

    #[test]
    fn f25_messages_are_bounded() {
        let many = LoadError::Imports { items: items(900, "env.") }.to_string();
        assert!(many.len() < 2_000 && many.ends_with("and 890 more"), "{many}");
        let long = LoadError::Imports { items: items(1, &"é".repeat(50_000)) }.to_string();
        assert!(long.len() < 2_000, "{}", long.len());
        for error in [
            LoadError::Malformed { offset: 1, reason: "x".repeat(50_000) },
            LoadError::Compile { reason: "x".repeat(50_000) },
            LoadError::Text { reason: "x".repeat(50_000) },
            LoadError::NotADefinition { reason: "x".repeat(50_000) },
        ] {
            assert!(error.to_string().len() < 2_000, "{}", error.code());
        }
    }
}
