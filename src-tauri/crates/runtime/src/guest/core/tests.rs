//! Modules in text format through the whole of a core node's life.

mod calls;
mod languages;
mod linking;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wasmtime::{Config, Engine, Module};

use super::{Instance, Linked};
use crate::clock::RunClock;
use crate::error::LoadError;
use crate::event::{EventKind, EventReceiver, Events, LogSource, RunId};
use crate::guest::Failed;
use crate::host::{HostState, Meta, RunContext, RunShared, Services};
use crate::limits::Limits;
use crate::permission::Gate;

/// The least that a node has: memory, `alloc` that never frees, definitions, `run` that echoes its input.
const NODE: &str = r#"
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 4096))
    (func $alloc (export "alloc") (param $size i32) (result i32)
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get $size))))
    (func (export "get_node") (result i64) (i64.const 0x0000_0010_0000_0002))
    (data (i32.const 16) "{}")
    (func $pack (param $p i32) (param $l i32) (result i64)
        (i64.or (i64.shl (i64.extend_i32_u (local.get $p)) (i64.const 32)) (i64.extend_i32_u (local.get $l))))
"#;

const ECHO: &str = r#"(func (export "run") (param i32 i32) (result i64) (call $pack (local.get 0) (local.get 1)))"#;

/// A node with these imports and this `run`.
fn node(imports: &str, rest: &str) -> String {
    format!("(module {imports} {NODE} {rest})")
}

fn engine() -> Engine {
    let mut config = Config::new();
    config.epoch_interruption(true);
    Engine::new(&config).expect("an engine")
}

fn link(wat: &str) -> Result<Linked, LoadError> {
    Linked::link(&Module::new(&engine(), wat).expect("the test's module is valid"))
}

/// A run, and what it said.
struct World {
    context: Arc<RunContext>,
    events: EventReceiver,
    _data: tempfile::TempDir,
}

impl World {
    fn new(limits: Limits) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let clock = RunClock::start();
        let id = RunId("test".into());
        let (sender, events) = Events::channel(id.clone(), clock.clone(), limits.events);
        let context = Arc::new(RunContext {
            id,
            clock,
            gate: Gate::closed(sender.clone()),
            events: sender,
            services: Arc::new(Services::open(data.path()).expect("services")),
            package: crate::host::PackageKey::new(std::path::PathBuf::new()),
            limits,
            cancel: CancellationToken::new(),
            shared: RunShared::default(),
        });
        Self { context, events, _data: data }
    }

    fn state(&self) -> HostState {
        HostState::new(self.context.clone(), Meta { node_id: "node-7".to_owned(), ..Meta::default() })
    }

    async fn start(&self, wat: &str) -> Result<Instance, Failed> {
        link(wat).expect("it links").instantiate(self.state()).await
    }

    /// Starts a node and runs it once.
    async fn run(&self, wat: &str, input: &str) -> wasmtime::Result<String> {
        match self.start(wat).await {
            Ok(mut instance) => instance.run(input).await,
            Err(failed) => Err(failed.error),
        }
    }

    /// The log lines so far.
    fn lines(&mut self) -> Vec<(LogSource, String)> {
        let mut lines = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let EventKind::Log { source, message, .. } = event.kind {
                lines.push((source, message));
            }
        }
        lines
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new(Limits { time: Duration::from_secs(20), ..Limits::default() })
    }
}
