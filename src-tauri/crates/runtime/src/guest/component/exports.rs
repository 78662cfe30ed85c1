//! The exports of the node world: which there are, and what is wrong with those that do not fit.

use wasmtime::Engine;
use wasmtime::component::types::{Component as ComponentType, ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex};

use super::names::{self, describe};
use crate::error::{LoadError, WrongItem};

/// What can be called.
#[derive(Clone, Debug)]
pub(super) struct Exports {
    pub get_node: Option<ComponentExportIndex>,
    pub get_nodes: Option<ComponentExportIndex>,
    pub run: Option<ComponentExportIndex>,
    pub abi_version: Option<AbiVersion>,
    /// `run` of `wasi:cli/run`.
    pub command: Option<ComponentExportIndex>,
    pub notes: Vec<String>,
}

/// The two spellings of the version there have been.
#[derive(Clone, Copy, Debug)]
pub(super) enum AbiVersion {
    Number(ComponentExportIndex),
    Text(ComponentExportIndex),
}

const DEFINITION: &str = "func() -> string";
const RUN: &str = "func(input: string) -> string";
const COMMAND: &str = "func() -> result";
const ABI_VERSION: &str = "get-abi-version";

impl Exports {
    pub fn find(engine: &Engine, code: &Component) -> Result<Self, LoadError> {
        let mut search = Search { engine, ty: code.component_type(), code, wrong: Vec::new() };
        let get_node = search.function("get-node", DEFINITION);
        let get_nodes = search.function("get-nodes", DEFINITION);
        let run = search.function("run", RUN);
        let command = search.command();
        let mut notes = Vec::new();
        let abi_version = search.abi_version(&mut notes);
        if command.is_none() {
            if get_node.is_none() && get_nodes.is_none() {
                search.missing("get-node", DEFINITION);
            }
            if run.is_none() {
                search.missing("run", RUN);
            }
        }
        if !search.wrong.is_empty() {
            return Err(LoadError::Exports { items: search.wrong });
        }
        Ok(Self { get_node, get_nodes, run, abi_version, command, notes })
    }

    /// Whether nothing is called in an instance that lives longer than one command.
    pub fn is_only_command(&self) -> bool {
        self.get_node.is_none() && self.get_nodes.is_none() && self.run.is_none()
    }
}

struct Search<'a> {
    engine: &'a Engine,
    ty: ComponentType,
    code: &'a Component,
    wrong: Vec<WrongItem>,
}

impl Search<'_> {
    fn function(&mut self, name: &str, wanted: &str) -> Option<ComponentExportIndex> {
        let found = self.ty.get_export(self.engine, name)?.ty;
        if let ComponentItem::ComponentFunc(function) = &found
            && fits(function, wanted)
        {
            return self.code.get_export_index(None, name);
        }
        self.mistyped(name.to_owned(), wanted, &found);
        None
    }

    fn command(&mut self) -> Option<ComponentExportIndex> {
        let ty = self.ty.clone();
        let (name, item) = ty.exports(self.engine).find(|(name, _)| name.starts_with("wasi:cli/run@"))?;
        let found = match &item.ty {
            ComponentItem::ComponentInstance(instance) if name.starts_with("wasi:cli/run@0.2.") => {
                match instance.get_export(self.engine, "run") {
                    Some(export) => export.ty,
                    None => item.ty,
                }
            }
            _ => item.ty,
        };
        if let ComponentItem::ComponentFunc(function) = &found
            && fits(function, COMMAND)
        {
            let interface = self.code.get_export_index(None, name)?;
            return self.code.get_export_index(Some(&interface), "run");
        }
        self.mistyped(format!("{name}#run"), COMMAND, &found);
        None
    }

    /// A type that is neither of the two is odd, but no reason to refuse the node.
    fn abi_version(&self, notes: &mut Vec<String>) -> Option<AbiVersion> {
        let found = self.ty.get_export(self.engine, ABI_VERSION)?.ty;
        let index = self.code.get_export_index(None, ABI_VERSION)?;
        match &found {
            ComponentItem::ComponentFunc(function) if fits(function, "func() -> u32") => {
                Some(AbiVersion::Number(index))
            }
            ComponentItem::ComponentFunc(function) if fits(function, "func() -> string") => {
                Some(AbiVersion::Text(index))
            }
            other => {
                notes.push(format!(
                    "the export \"{ABI_VERSION}\" is {}, wanted func() -> u32; it was not called",
                    describe(other)
                ));
                None
            }
        }
    }

    fn mistyped(&mut self, name: String, wanted: &str, found: &ComponentItem) {
        let advice = "build the node with the world \"flow-like-node\" of flow-like:node@0.1.0".to_owned();
        let found = Some(describe(found));
        self.wrong.push(WrongItem { name, wanted: wanted.to_owned(), found, nearest: None, advice });
    }

    fn missing(&mut self, name: &str, wanted: &str) {
        if self.wrong.iter().any(|item| item.name == name || (name == "get-node" && item.name == "get-nodes")) {
            return;
        }
        let nearest = names::nearest(name, self.ty.exports(self.engine).map(|(export, _)| export));
        let advice = match &nearest {
            Some(near) => format!("rename \"{near}\", or build the node with the world \"flow-like-node\""),
            None => "build the node with the world \"flow-like-node\", or export wasi:cli/run".to_owned(),
        };
        self.wrong.push(WrongItem {
            name: name.to_owned(),
            wanted: wanted.to_owned(),
            found: None,
            nearest: nearest.map(str::to_owned),
            advice,
        });
    }
}

/// Names of parameters are free, their types are not.
fn fits(function: &ComponentFunc, wanted: &str) -> bool {
    !function.async_() && names::shape(function) == names::shape_of(wanted)
}
