//! The wasmtime engine, its epoch ticker, and compilation with its cache on disk.

mod cache;
mod compiler;
mod folder;
mod incremental;
mod lanes;
mod load;
mod parts;
mod pipeline;
mod seal;
mod settings;
mod ticker;
pub mod worker;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::pipeline::Pipeline;
use self::ticker::Pace;
use crate::artifact::Artifact;
use crate::error::LoadError;

pub use self::parts::Parts;
pub use self::ticker::Running;

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
    /// A component, and the modules that must be defined in the linker before it is linked.
    Component(wasmtime::component::Component, Parts),
    Core(wasmtime::Module),
}

/// Shared by all nodes; clones share everything.
#[derive(Clone)]
pub struct Engine {
    wasmtime: wasmtime::Engine,
    fuel: bool,
    pace: Arc<Pace>,
    pipeline: Arc<Pipeline>,
}

/// How often the epoch moves: the pace at which a spinning guest is looked after.
pub const EPOCH: Duration = Duration::from_millis(5);

/// The version of wasmtime that compiles and runs the nodes.
pub const fn wasmtime_version() -> &'static str {
    "48.0.8"
}

impl Engine {
    /// Starts the epoch ticker, which ends with the last clone. Reads and makes a few small files.
    pub fn new(config: EngineConfig) -> Result<Self, LoadError> {
        let internal = |reason: String| LoadError::Internal { reason };
        let fuel = config.fuel;
        let wasmtime = settings::config(fuel, None)
            .and_then(|settings| wasmtime::Engine::new(&settings))
            .map_err(|error| internal(format!("the engine does not start: {error:#}")))?;
        let pace = Pace::start(&wasmtime).map_err(|error| internal(format!("the epoch ticker: {error}")))?;
        let pipeline = Pipeline::new(wasmtime.clone(), config);
        Ok(Self { wasmtime, fuel, pace: Arc::new(pace), pipeline: Arc::new(pipeline) })
    }

    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    pub fn counts_fuel(&self) -> bool {
        self.fuel
    }

    /// Why compiled code is not kept, in words for the user. It works without, so this is no error.
    pub fn problem(&self) -> watch::Receiver<Option<String>> {
        self.pipeline.problem()
    }

    /// Keeps the epoch at its full pace, [`EPOCH`], while a guest runs. Without one it moves every 50 ms, so that an
    /// idle workbench does not wake the processor two hundred times a second.
    pub fn running(&self) -> Running {
        self.pace.running()
    }

    /// Compiles, or takes the code from the cache. Never blocks the async workers. When `cancel` fires or the future
    /// is dropped the compilation is given up at once.
    pub async fn compile(&self, artifact: &Artifact, cancel: &CancellationToken) -> Result<Compiled, LoadError> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(LoadError::Abandoned),
            compiled = Pipeline::compile(&self.pipeline, artifact) => compiled,
        }
    }
}

#[cfg(test)]
mod tests;
