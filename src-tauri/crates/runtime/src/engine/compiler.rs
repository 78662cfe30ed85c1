//! The compiler itself, as it runs in a worker or, without one, in this process: an engine of the same
//! settings with the store of functions.

use std::sync::Arc;

use wasmtime::CacheStore;

use super::folder::Folder;
use super::incremental::Functions;
use super::settings;
use crate::artifact::ArtifactKind;

pub(super) struct Compiler {
    engine: wasmtime::Engine,
    functions: Option<Arc<Functions>>,
}

impl Compiler {
    pub(super) fn new(fuel: bool, folder: Option<&Folder>) -> wasmtime::Result<Self> {
        let plain = wasmtime::Engine::new(&settings::config(fuel, None)?)?;
        let Some(folder) = folder else { return Ok(Self { engine: plain, functions: None }) };
        let functions = match Functions::open(folder, &settings::fingerprint(&plain)) {
            Ok(functions) => Arc::new(functions),
            Err(error) => {
                tracing::warn!("compiled functions are not kept: {error}");
                return Ok(Self { engine: plain, functions: None });
            }
        };
        let store: Arc<dyn CacheStore> = functions.clone();
        let engine = wasmtime::Engine::new(&settings::config(fuel, Some(store))?)?;
        Ok(Self { engine, functions: Some(functions) })
    }

    /// Blocks for as long as the file takes.
    pub(super) fn compile(&self, kind: ArtifactKind, wasm: &[u8]) -> wasmtime::Result<Vec<u8>> {
        match kind {
            ArtifactKind::Component => self.engine.precompile_component(wasm),
            ArtifactKind::Core => self.engine.precompile_module(wasm),
        }
    }

    /// Reads what is known of functions; before [`Compiler::compile`].
    pub(super) fn begin(&self) {
        if let Some(functions) = &self.functions {
            functions.begin();
        }
    }

    /// Keeps the functions that were compiled; after [`Compiler::compile`].
    pub(super) fn finish(&self) {
        if let Some(functions) = &self.functions {
            functions.finish();
        }
    }
}
