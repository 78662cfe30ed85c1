//! One case as a run: its own state, its rules, what was seen of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cases::{Case, Difference, Line, Observed, Row};
use runtime::definition::schema::{Misfit, STEPS, Schema};
use runtime::error::LoadError;
use runtime::event::{EventKind, EventReceiver};
use runtime::host::PackageKey;
use runtime::json::Json;
use runtime::limits::Limits;
use runtime::manifest::Manifest;
use runtime::node::LoadedNode;
use runtime::permission::{Answer, Prompter, Question, Rule, Unanswered};
use runtime::run::{Outcome, Run, RunOptions};
use runtime::workbench::Workbench;
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::open;

/// Log lines that are kept for the expectations.
const MOST_LINES: usize = 100_000;

/// One run that is to be made.
pub(super) struct Planned {
    pub(super) file: PathBuf,
    pub(super) node: Result<PathBuf, String>,
    /// The node's name in its package, where the case or its file says it.
    wanted: Option<String>,
    case: String,
    pub(super) row: Row,
    allow: Vec<Rule>,
    deny: Vec<Rule>,
    limits: cases::Limits,
}

/// What became of it.
pub(super) struct Finished {
    pub(super) file: PathBuf,
    /// The case's own name, and that of the run, which may be a row of it.
    pub(super) case: String,
    pub(super) name: String,
    pub(super) end: End,
    pub(super) took: Duration,
    /// The last log lines, for a failure.
    pub(super) lines: Vec<Line>,
}

pub(super) enum End {
    Held,
    Failed(Vec<Difference>),
    Unloaded(String),
}

impl Finished {
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.end, End::Failed(_))
    }

    pub(super) fn is_unloaded(&self) -> bool {
        matches!(self.end, End::Unloaded(_))
    }
}

impl Planned {
    pub(super) fn new(file: &Path, node: &Result<PathBuf, String>, case: &Case, row: Row) -> Result<Self, String> {
        let rules = |texts: &[String]| -> Result<Vec<Rule>, String> {
            let read = |text: &String| {
                text.parse().map_err(|error| format!("case \"{}\": rule \"{text}\": {error}", case.name))
            };
            texts.iter().map(read).collect()
        };
        Ok(Self {
            file: file.to_owned(),
            node: node.clone(),
            wanted: case.node.clone(),
            case: case.name.clone(),
            row,
            allow: rules(&case.rules.allow)?,
            deny: rules(&case.rules.deny)?,
            limits: case.limits.clone(),
        })
    }

    fn stem(&self) -> String {
        self.file.file_name().unwrap_or_default().to_string_lossy().trim_end_matches(".cases.json").to_owned()
    }

    /// The node of the package that the case is for: the one it names, the one its file is named after, or the only one.
    fn choose(&self, node: &LoadedNode) -> Result<String, String> {
        let names = || node.definitions.iter().map(|definition| &definition.name);
        let wanted = self.wanted.clone().unwrap_or_else(|| self.stem());
        match (names().find(|name| **name == wanted), node.definitions.as_slice(), &self.wanted) {
            (Some(name), ..) => Ok(name.clone()),
            (None, [only], None) => Ok(only.name.clone()),
            _ => {
                let list: Vec<String> = names().map(|name| format!("\"{name}\"")).collect();
                Err(format!("the package has no node \"{wanted}\"; it has {}", list.join(", ")))
            }
        }
    }

    fn limits(&self, node: &LoadedNode) -> Limits {
        let mut limits = node.manifest.as_ref().map_or_else(Limits::default, Manifest::limits);
        if let Some(timeout) = self.limits.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            limits.time = timeout;
        }
        limits.memory = self.limits.memory.unwrap_or(limits.memory);
        limits.fuel = self.row.expect.counts_fuel().then_some(u64::MAX / 2);
        limits
    }
}

/// Runs cases one after the other, each with nothing left of the one before.
pub(super) struct Worker {
    workbench: Workbench,
    /// Removed with the worker.
    data: tempfile::TempDir,
    loaded: HashMap<(PathBuf, bool), Result<Arc<LoadedNode>, LoadError>>,
}

impl Worker {
    pub(super) async fn open(data: Option<PathBuf>) -> Result<Self, Exit> {
        let own = tempfile::Builder::new()
            .prefix("nodewb-test-")
            .tempdir()
            .map_err(|error| Exit::Load.because(&format!("cannot make a temporary folder: {error}")))?;
        let workbench = open::apart(data, own.path().join("data")).await?;
        Ok(Self { workbench, data: own, loaded: HashMap::new() })
    }

    /// Ends what is written in the background, then removes the folder.
    pub(super) async fn close(self) -> Result<(), String> {
        self.workbench.recorder().flush().await.map_err(|error| error.to_string())?;
        self.data.close().map_err(|error| format!("cannot remove a temporary folder: {error}"))
    }

    pub(super) async fn run(&mut self, planned: &Planned, cancel: &CancellationToken) -> Finished {
        let began = std::time::Instant::now();
        let (end, lines) = match self.execute(planned, cancel).await {
            Ok((observed, lost)) => {
                let mut differences = planned.row.expect.check(&observed, &fits_schema);
                if lost > 0 {
                    let expected = format!("at most {MOST_LINES} lines; what comes after them is not looked at");
                    let found = format!("{} lines", MOST_LINES + lost);
                    differences.push(Difference { place: "logs".to_owned(), expected, found });
                }
                let end = if differences.is_empty() { End::Held } else { End::Failed(differences) };
                (end, observed.logs)
            }
            Err(reason) => (End::Unloaded(reason), Vec::new()),
        };
        let (file, case, name) = (planned.file.clone(), planned.case.clone(), planned.row.name.clone());
        Finished { file, case, name, end, took: began.elapsed(), lines }
    }

    async fn execute(&mut self, planned: &Planned, cancel: &CancellationToken) -> Result<(Observed, usize), String> {
        let path = planned.node.clone()?;
        let node =
            self.load(&path, planned.row.expect.counts_fuel(), cancel).await.map_err(|error| error.to_string())?;
        let name = planned.choose(&node)?;
        self.reset(&node).await?;
        let inputs = planned.row.inputs.iter().map(|(pin, text)| {
            Json::parse(text).map(|value| (pin.clone(), value)).map_err(|error| format!("input \"{pin}\": {error}"))
        });
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let asked = Arc::new(Asked::default());
        let options = RunOptions {
            limits: Some(planned.limits(&node)),
            allow: planned.allow.clone(),
            deny: planned.deny.clone(),
            cancel: cancel.child_token(),
            ..RunOptions::new(node, asked.clone())
        };
        let (mut run, events) = Run::start(&self.workbench, options);
        let watching = tokio::spawn(watch(events));
        let outcome = run.call(&name, inputs).await;
        drop(run);
        let (logs, lost, stream) = watching.await.map_err(|error| error.to_string())?;
        Ok((observe(&outcome, logs, stream, asked.take()), lost))
    }

    async fn load(
        &mut self,
        path: &Path,
        fuel: bool,
        cancel: &CancellationToken,
    ) -> Result<Arc<LoadedNode>, LoadError> {
        let key = (path.to_owned(), fuel);
        if let Some(loaded) = self.loaded.get(&key) {
            return loaded.clone();
        }
        let engine = if fuel { self.workbench.fuel_engine()? } else { self.workbench.engine() };
        let loaded = open::load(&self.workbench, engine, path, cancel).await;
        self.loaded.insert(key, loaded.clone());
        loaded
    }

    async fn reset(&self, node: &LoadedNode) -> Result<(), String> {
        let package = PackageKey::new(node.path.clone());
        let services = self.workbench.services();
        services.reset_variables().await.map_err(|error| error.to_string())?;
        services.reset_cache(package.id()).await.map_err(|error| error.to_string())?;
        services.storage.reset(package.id()).await.map_err(|error| error.to_string())
    }
}

/// Denies everything and remembers what was asked for, as the narrowest rule that would allow it.
#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

impl Asked {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Prompter for Asked {
    async fn ask(&self, question: Arc<Question>) -> Result<Answer, Unanswered> {
        if let Some(narrowest) = question.scopes.first() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(narrowest.to_string());
        }
        Err(Unanswered::Nobody)
    }
}

async fn watch(mut events: EventReceiver) -> (Vec<Line>, usize, String) {
    let (mut logs, mut lost, mut stream) = (Vec::new(), 0, String::new());
    while let Some(event) = events.recv().await {
        match event.kind {
            EventKind::Log { level, message, .. } if logs.len() < MOST_LINES => {
                logs.push(Line { level: level.name().to_owned(), message });
            }
            EventKind::Log { .. } => lost += 1,
            EventKind::Stream { kind, data } if kind == "text" => {
                stream.push_str(&serde_json::from_str::<String>(data.as_str()).unwrap_or_else(|_| data.to_string()));
            }
            _ => {}
        }
    }
    (logs, lost, stream)
}

fn observe(outcome: &Outcome, logs: Vec<Line>, stream: String, asked: Vec<String>) -> Observed {
    let figures = &outcome.figures;
    Observed {
        outcome: outcome.status.name().to_owned(),
        error: outcome.error.clone(),
        fired: outcome.fired.clone(),
        outputs: outcome.outputs.iter().map(|(pin, value)| (pin.clone(), value.as_str().to_owned())).collect(),
        logs,
        stream,
        asked,
        time_ms: figures.duration.saturating_sub(figures.asked).as_secs_f64() * 1_000.0,
        memory: figures.memory_peak,
        fuel: figures.fuel,
    }
}

fn fits_schema(schema: &str, value: &str) -> Option<String> {
    match Schema::parse(schema) {
        Ok(schema) => schema
            .misfit(value, &mut { STEPS })
            .map(|Misfit { place, wanted, found }| format!("wanted {wanted} at \"{place}\", found {found}")),
        Err(error) => Some(error),
    }
}
