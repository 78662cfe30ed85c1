//! The only place that knows that there are two runtime models. Both give and take the same domain types.

pub mod component;
pub mod core;
pub mod fault;
pub mod stdio;
mod store;

use std::collections::BTreeMap;

use wasmtime::{AsContext, WasmBacktrace};

use crate::artifact::Artifact;
use crate::definition::Problem;
use crate::engine::{Compiled, Engine};
use crate::error::{LoadError, WrongItem};
use crate::host::HostState;
use crate::text::quoted;
use crate::trap;

/// Frames of a call site that are kept.
const CALL_SITE: usize = 8;

/// The named functions on the guest's stack, innermost first; those of language runtimes are left out. It walks the
/// stack, so only functions that may ask take it.
fn call_site(store: impl AsContext) -> Vec<String> {
    trap::frames(&WasmBacktrace::capture(store))
        .into_iter()
        .filter(|frame| !frame.runtime)
        .filter_map(|frame| frame.function)
        .take(CALL_SITE)
        .collect()
}

/// A compiled node, linked against every host function there is. Immutable; instantiating it is cheap.
pub enum Guest {
    Component(component::Linked),
    Core(core::Linked),
}

/// One instance with its own store. A trap poisons it: drop it and make another.
pub enum Instance {
    Component(component::Instance),
    Core(core::Instance),
}

/// Documents that the guest returned for its definitions.
#[derive(Debug)]
pub struct DefinitionText {
    pub json: String,
    /// `None` where the guest has no such export. A string is the spelling of very early SDKs.
    pub abi_version: Option<String>,
    /// What was odd on the way.
    pub notes: Vec<String>,
    /// Why `get-nodes` did not answer, where `get-node` was asked instead.
    pub fallback: Option<String>,
}

impl Guest {
    /// Links the compiled node; every import and export that does not fit is listed in the error.
    pub fn link(engine: &Engine, compiled: Compiled, artifact: &Artifact) -> Result<Self, LoadError> {
        match compiled {
            Compiled::Component(component, parts) => {
                component::Linked::new(engine, component, &parts, artifact).map(Self::Component)
            }
            Compiled::Core(module) => core::Linked::new(engine, module, artifact).map(Self::Core),
        }
    }

    /// Imports that nobody provides, linked as traps: the node loads, and fails where it calls one.
    pub fn problems(&self) -> Vec<Problem> {
        let missing = match self {
            Self::Component(_) => &[],
            Self::Core(linked) => linked.missing_imports(),
        };
        let mut problems: Vec<Problem> = missing
            .iter()
            .take(MOST_LISTED)
            .map(|item| {
                let WrongItem { name, wanted, advice, .. } = item;
                let message = format!("{} {wanted} is provided by no Flow-Like host; {advice}", quoted(name));
                Problem::warning("missing-import", message)
            })
            .collect();
        problems.extend(missing.get(MOST_LISTED..).filter(|rest| !rest.is_empty()).map(and_more));
        problems
    }

    /// A fresh instance, with start functions and `_initialize` / `_start` done.
    pub async fn instantiate(&self, state: HostState) -> Result<Instance, Failed> {
        match self {
            Self::Component(linked) => linked.instantiate(state).await.map(Instance::Component),
            Self::Core(linked) => linked.instantiate(state).await.map(Instance::Core),
        }
    }
}

/// Missing imports that are listed one by one.
const MOST_LISTED: usize = 10;

/// The rest of a long list: how many of which module.
fn and_more(rest: &[WrongItem]) -> Problem {
    let mut modules: BTreeMap<&str, usize> = BTreeMap::new();
    for item in rest {
        *modules.entry(item.name.split_once('.').map_or(item.name.as_str(), |(module, _)| module)).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = modules.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let shown: Vec<String> =
        counts.iter().take(MOST_LISTED).map(|(module, n)| format!("{n} of {}", quoted(module))).collect();
    let others = if counts.len() > MOST_LISTED { ", and others" } else { "" };
    let (plural, verb) = if rest.len() == 1 { ("", "is") } else { ("s", "are") };
    let message = format!(
        "{} more import{plural} {verb} provided by no Flow-Like host: {}{others}; calling one traps",
        rest.len(),
        shown.join(", ")
    );
    Problem::warning("missing-import", message)
}

/// A guest call that trapped, with the state that its store held (logs, figures, the peak of memory).
pub struct Failed {
    pub error: wasmtime::Error,
    pub state: Box<HostState>,
}

impl Instance {
    /// Asks for the definitions: `get-nodes`, or `get-node` where that is missing. A `get-nodes` that traps is
    /// an error here; the caller makes a new instance and calls again with `single`.
    pub async fn definitions(&mut self, single: bool) -> wasmtime::Result<DefinitionText> {
        match self {
            Self::Component(instance) => instance.definitions(single).await,
            Self::Core(instance) => instance.definitions(single).await,
        }
    }

    /// One call of the node's `run` with the run-input document; returns the result document.
    pub async fn run(&mut self, input: &str) -> wasmtime::Result<String> {
        match self {
            Self::Component(instance) => instance.run(input).await,
            Self::Core(instance) => instance.run(input).await,
        }
    }

    pub fn state(&mut self) -> &mut HostState {
        match self {
            Self::Component(instance) => instance.state(),
            Self::Core(instance) => instance.state(),
        }
    }

    pub fn fuel_left(&self) -> Option<u64> {
        match self {
            Self::Component(instance) => instance.fuel_left(),
            Self::Core(instance) => instance.fuel_left(),
        }
    }

    /// Whether one instance serves all calls of a run: only components own resource handles.
    pub fn is_run_owned(&self) -> bool {
        matches!(self, Self::Component(_))
    }
}
