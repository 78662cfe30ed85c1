//! A workbench in a temporary folder, and runs on it that keep every event.

mod events;
mod finished;

use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use runtime::engine::EngineConfig;
use runtime::error::LoadError;
use runtime::json::Json;
use runtime::limits::Limits;
use runtime::node::LoadedNode;
use runtime::permission::{DenyAll, Prompter, Rule};
use runtime::run::{Run, RunOptions};
use runtime::workbench::{Workbench, WorkbenchConfig};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::events::Collected;
pub use self::finished::Finished;

/// No single step of a test may take longer: a hang becomes a failure with a place.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for something that a test is sure of; a minute without it is a failure.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE / 2, future).await.unwrap_or_else(|_| panic!("waited too long for {what}"))
}

pub struct Bench {
    pub workbench: Workbench,
    folder: tempfile::TempDir,
}

/// A workbench whose data is its own; compiled code is shared by all tests.
pub fn bench() -> Bench {
    bench_with(engine_config())
}

pub fn bench_with(engine: EngineConfig) -> Bench {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let workbench = open(folder.path(), engine);
    Bench { workbench, folder }
}

fn open(folder: &Path, engine: EngineConfig) -> Workbench {
    Workbench::open(WorkbenchConfig { data_dir: folder.join("data"), engine }).expect("an empty folder can be opened")
}

/// Code is kept between test runs, compiled in this process.
pub fn engine_config() -> EngineConfig {
    EngineConfig {
        cache_dir: Some(crate::target().join("nodes/compiled")),
        cache_bytes: 4 << 30,
        fuel: false,
        worker: None,
        compile_limit: Duration::from_secs(600),
    }
}

impl Bench {
    /// A folder for nodes, apart from the workbench's data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The same data, opened by another program.
    pub fn reopened(self) -> Self {
        let Self { workbench, folder } = self;
        drop(workbench);
        Self { workbench: open(folder.path(), engine_config()), folder }
    }

    /// Writes a file into the folder for nodes.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        std::fs::write(&path, content).expect("a file can be written");
        path
    }

    pub async fn try_load(&self, path: impl AsRef<Path>) -> Result<Arc<LoadedNode>, LoadError> {
        let cancel = CancellationToken::new();
        let loading = self.workbench.load(path.as_ref(), &cancel);
        tokio::time::timeout(PATIENCE * 5, loading).await.expect("loading ends")
    }

    pub async fn load(&self, path: impl AsRef<Path>) -> Arc<LoadedNode> {
        let path = path.as_ref();
        self.try_load(path).await.unwrap_or_else(|error| panic!("load \"{}\": {error}", path.display()))
    }

    /// Loads a fixture such as `language/kotlin`.
    pub async fn fixture(&self, name: &str) -> Arc<LoadedNode> {
        self.try_fixture(name).await.unwrap_or_else(|error| panic!("load fixture \"{name}\": {error}"))
    }

    pub async fn try_fixture(&self, name: &str) -> Result<Arc<LoadedNode>, LoadError> {
        let path = self.file(&format!("{name}.wasm"), crate::fixtures::wasm(name));
        self.try_load(path).await
    }

    /// Loads a fixture that has a manifest beside it.
    pub async fn fixture_with(&self, name: &str, manifest: &str) -> Arc<LoadedNode> {
        let folder = name.replace('/', "-");
        self.file(&format!("{folder}/flow-like.toml"), manifest);
        let path = self.file(&format!("{folder}/node.wasm"), crate::fixtures::wasm(name));
        self.load(path).await
    }

    /// A run of the first node with nobody to ask; see the methods of [`Start`].
    pub fn run(&self, node: &Arc<LoadedNode>) -> Start {
        Start {
            workbench: self.workbench.clone(),
            options: RunOptions::new(node.clone(), Arc::new(DenyAll)),
            node: node.definitions.first().map(|definition| definition.name.clone()).unwrap_or_default(),
            inputs: Vec::new(),
        }
    }
}

/// A run that is being put together; awaiting it runs one call to its end.
pub struct Start {
    workbench: Workbench,
    options: RunOptions,
    node: String,
    inputs: Vec<(String, Json)>,
}

impl Start {
    pub fn node(mut self, name: &str) -> Self {
        name.clone_into(&mut self.node);
        self
    }

    /// An object with one member for each input pin.
    pub fn inputs(mut self, inputs: Value) -> Self {
        self.inputs = pins(&inputs);
        self
    }

    /// One input as JSON text, digits kept.
    pub fn input(mut self, pin: &str, json: &str) -> Self {
        self.inputs.push((pin.to_owned(), Json::parse(json).expect("an input is JSON")));
        self
    }

    pub fn allow(mut self, rule: &str) -> Self {
        self.options.allow.push(self::rule(rule));
        self
    }

    pub fn deny(mut self, rule: &str) -> Self {
        self.options.deny.push(self::rule(rule));
        self
    }

    pub fn ask(mut self, prompter: Arc<dyn Prompter>) -> Self {
        self.options.prompter = prompter;
        self
    }

    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = Some(limits);
        self
    }

    pub fn time(self, time: Duration) -> Self {
        self.limits(Limits { time, ..Limits::default() })
    }

    pub fn streaming(mut self, streaming: bool) -> Self {
        self.options.streaming = streaming;
        self
    }

    pub fn cancel(mut self, cancel: &CancellationToken) -> Self {
        self.options.cancel = cancel.clone();
        self
    }

    /// Starts the run without calling a node yet.
    pub fn start(self) -> Running {
        let (run, receiver) = Run::start(&self.workbench, self.options);
        Running { run, events: Collected::from(receiver), calls: 0 }
    }
}

impl IntoFuture for Start {
    type Output = Finished;
    type IntoFuture = Pin<Box<dyn Future<Output = Finished> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (node, inputs) = (self.node.clone(), self.inputs.clone());
            self.start().call_with(&node, inputs).await
        })
    }
}

/// A run with its events so far; nodes of its package are called one after the other.
pub struct Running {
    pub run: Run,
    pub events: Collected,
    calls: usize,
}

impl Running {
    pub async fn call(&mut self, node: &str, inputs: Value) -> Finished {
        self.call_with(node, pins(&inputs)).await
    }

    async fn call_with(&mut self, node: &str, inputs: Vec<(String, Json)>) -> Finished {
        let called = tokio::time::timeout(PATIENCE, self.run.call(node, inputs));
        let outcome = called.await.unwrap_or_else(|_| panic!("the call of \"{node}\" ends"));
        self.calls += 1;
        let events = self.events.finished(self.calls).await;
        Finished { outcome, events }
    }
}

pub fn rule(text: &str) -> Rule {
    text.parse().unwrap_or_else(|error| panic!("rule \"{text}\": {error}"))
}

fn pins(inputs: &Value) -> Vec<(String, Json)> {
    let members = inputs.as_object().expect("inputs are an object");
    members.iter().map(|(pin, value)| (pin.clone(), Json::from_value(value))).collect()
}
