//! The wasmtime engine, its epoch ticker, and compilation with its cache on disk.

pub mod cache;
pub mod incremental;
pub mod worker;

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::artifact::Artifact;
use crate::error::LoadError;

/// How an engine is set up.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The private folder for compiled code; `None` compiles in memory only.
    pub cache_dir: Option<PathBuf>,
    /// The cache is trimmed to this many bytes, least recently used first.
    pub cache_bytes: u64,
    /// Count fuel. This slows the code, so it is an engine of its own.
    pub fuel: bool,
    /// The program to start as a compile worker (`nodewb` itself, called with [`worker::ARGUMENT`]); `None` compiles
    /// in this process.
    pub worker: Option<PathBuf>,
    /// A compilation that takes longer is killed.
    pub compile_limit: Duration,
}

/// Compiled code of either kind.
pub enum Compiled {
    Component(wasmtime::component::Component),
    Core(wasmtime::Module),
}

/// Shared by all nodes; clones share everything.
#[derive(Clone)]
pub struct Engine {
    wasmtime: wasmtime::Engine,
}

/// How often the epoch moves: the pace at which a spinning guest is looked after.
pub const EPOCH: Duration = Duration::from_millis(5);

impl Engine {
    /// Starts the epoch ticker, which ends with the last clone.
    pub fn new(_config: EngineConfig) -> Result<Self, LoadError> {
        todo!()
    }

    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    pub fn counts_fuel(&self) -> bool {
        todo!()
    }

    /// Compiles, or takes the code from the cache. Never blocks the async workers. When `cancel` fires or the future
    /// is dropped the compilation is given up at once.
    pub async fn compile(&self, _artifact: &Artifact, _cancel: &CancellationToken) -> Result<Compiled, LoadError> {
        todo!()
    }
}
