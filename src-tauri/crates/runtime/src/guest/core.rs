//! Core modules: JSON through linear memory, WASI preview 1, the languages' own import patterns. Delegation only.

use super::{DefinitionText, Failed};
use crate::artifact::Artifact;
use crate::engine::Engine;
use crate::error::{LoadError, WrongItem};
use crate::host::HostState;

/// A compiled and linked core module.
pub struct Linked {}

/// An instance with its store.
pub struct Instance {}

impl Linked {
    pub fn new(_engine: &Engine, _code: wasmtime::Module, _artifact: &Artifact) -> Result<Self, LoadError> {
        todo!()
    }

    pub fn missing_imports(&self) -> &[WrongItem] {
        todo!()
    }

    pub async fn instantiate(&self, _state: HostState) -> Result<Instance, Failed> {
        todo!()
    }
}

impl Instance {
    pub async fn definitions(&mut self, _single: bool) -> wasmtime::Result<DefinitionText> {
        todo!()
    }

    pub async fn run(&mut self, _input: &str) -> wasmtime::Result<String> {
        todo!()
    }

    pub fn state(&mut self) -> &mut HostState {
        todo!()
    }

    pub fn fuel_left(&self) -> Option<u64> {
        todo!()
    }
}
