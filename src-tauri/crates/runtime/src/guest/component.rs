//! Components: bindings of the `flow-like:node` world, WASI preview 2, command-style components. Delegation only.

use super::{DefinitionText, Failed};
use crate::artifact::Artifact;
use crate::engine::{Engine, Parts};
use crate::error::LoadError;
use crate::host::HostState;

/// A compiled and linked component.
pub struct Linked {}

/// An instance with its store.
pub struct Instance {}

impl Linked {
    pub fn new(
        _engine: &Engine,
        _code: wasmtime::component::Component,
        _parts: Parts,
        _artifact: &Artifact,
    ) -> Result<Self, LoadError> {
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
