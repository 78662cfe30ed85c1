//! Runs: started, followed, cancelled, and remembered for a while.
//!
//! Each runs in a task of its own, on the build that it began with. Whatever happens in there, even a panic of ours,
//! the window hears of exactly one end.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use runtime::clock::RunClock;
use runtime::definition::inputs::{check, read_object};
use runtime::event::{EventKind, EventReceiver, RunId};
use runtime::json::Json;
use runtime::limits::Limits;
use runtime::manifest::Manifest;
use runtime::node::LoadedNode;
use runtime::permission::Decided;
use runtime::record::RunsQuery;
use runtime::run::{Figures, Gauges, Outcome, Run, RunOptions};
use runtime::text::quoted;
use runtime::workbench::Source;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wire::window::{Change, InputProblem, Progress, RunFigures, RunLimits, RunRow};

use super::progress::{News, Tally};
use super::{Session, command, millis, ms};
use crate::error::{Error, Result};
use crate::events::{self, Feed};
use crate::prompt::WindowPrompter;

/// Runs whose values stay in memory.
const KEPT: usize = 20;
/// Bytes of their values together; the newest run's stay in any case.
const KEPT_BYTES: usize = 128 << 20;
/// The newest runs of a node, among which one that just ended is looked for.
const NUMBERED: u32 = 200;
/// Runs of which it is known what they were started with.
const STARTED: usize = 1000;
/// Events that are added up at once.
const CHUNK: usize = 512;

/// The audit list is told to be new no more often than this while a run goes on.
const DECISIONS: Duration = Duration::from_millis(250);

#[derive(Default)]
pub struct Runs {
    // Short sections only.
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    live: HashMap<String, Arc<Live>>,
    /// Newest first.
    ended: VecDeque<Arc<Live>>,
    /// The newest build of each file that was compiled to count fuel.
    counting: HashMap<String, Arc<LoadedNode>>,
    /// What the newest runs were started with, newest first.
    started: VecDeque<(String, With)>,
}

/// What a run was started with that the record does not keep.
#[derive(Clone)]
pub struct With {
    pub limits: RunLimits,
    pub log_level: u8,
}

/// A run of this program.
pub struct Live {
    pub row: RunRow,
    clock: Arc<RunClock>,
    gauges: Gauges,
    cancel: CancellationToken,
    pub tally: Mutex<Tally>,
    outcome: OnceLock<Arc<Outcome>>,
}

impl Live {
    /// What a pin came to, as far as the run has come.
    pub fn output(&self, pin: &str) -> Option<Json> {
        let find =
            |outputs: &[(String, Json)]| outputs.iter().find(|(known, _)| known == pin).map(|(_, value)| value.clone());
        match self.outcome.get() {
            Some(outcome) => find(&outcome.outputs),
            None => find(&self.lock().outputs),
        }
    }

    /// How it ended, where it did.
    pub fn outcome(&self) -> Option<&Arc<Outcome>> {
        self.outcome.get()
    }

    pub fn outputs(&self) -> Vec<(String, Json)> {
        match self.outcome.get() {
            Some(outcome) => outcome.outputs.clone(),
            None => self.lock().outputs.clone(),
        }
    }

    fn bytes(&self) -> usize {
        self.outcome.get().map_or(0, |outcome| outcome.outputs.iter().map(|(_, value)| value.as_str().len()).sum())
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl events::Source for Live {
    fn progress(&self, tick: bool) -> Option<Progress> {
        let mut tally = self.lock();
        if !tick && !tally.has_news() {
            return None;
        }
        let News { fired, outputs } = tally.take_news();
        let (bytes_up, bytes_down) = tally.bytes();
        Some(Progress {
            run: self.row.run.clone(),
            elapsed_ms: ms(self.clock.elapsed()),
            own_ms: ms(self.clock.active()),
            asked_ms: ms(self.clock.asked()),
            paused: self.clock.is_paused(),
            stopping: self.cancel.is_cancelled(),
            lines: tally.lines,
            stream: tally.stream,
            network: tally.network,
            levels: tally.levels,
            left_out: tally.left_out,
            fired,
            outputs,
            memory_peak: self.gauges.memory_peak(),
            denied: self.gauges.denied(),
            bar: tally.bar.clone(),
            bytes_up,
            bytes_down,
        })
    }
}

impl Runs {
    pub fn live(&self, run: &str) -> Option<Arc<Live>> {
        self.lock().live.get(run).cloned()
    }

    /// One that goes on, or ended a moment ago.
    pub fn find(&self, run: &str) -> Option<Arc<Live>> {
        let state = self.lock();
        let ended = || state.ended.iter().find(|live| live.row.run == run);
        state.live.get(run).or_else(ended).cloned()
    }

    pub fn all_live(&self) -> Vec<Arc<Live>> {
        self.lock().live.values().cloned().collect()
    }

    /// None: it was started before this program, or long ago.
    pub fn started_with(&self, run: &str) -> Option<With> {
        self.lock().started.iter().find(|(known, _)| known == run).map(|(_, with)| with.clone())
    }

    fn end(&self, live: &Arc<Live>) {
        let mut state = self.lock();
        state.live.remove(&live.row.run);
        state.ended.push_front(live.clone());
        let mut bytes = 0;
        let kept = state.ended.iter().take(KEPT).take_while(|live| {
            bytes += live.bytes();
            bytes <= KEPT_BYTES
        });
        let kept = kept.count().max(1);
        state.ended.truncate(kept);
        drop(state);
        self.ended.notify_waiters();
    }

    pub fn forget(&self, run: &str) {
        self.lock().ended.retain(|live| live.row.run != run);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn id(run: &str) -> RunId {
    RunId(run.into())
}

impl Session {
    pub fn check_inputs(&self, file: &str, node: &str, inputs: &str) -> Result<Vec<InputProblem>> {
        let build = self.files.build(file)?;
        let problems = check(definition(&build, node)?, &read(inputs)?);
        Ok(problems.iter().map(Into::into).collect())
    }

    /// Begins a run and returns its row; `force` sends values that do not fit the pins.
    pub async fn start_run(
        self: &Arc<Self>,
        file: &str,
        node: &str,
        inputs: &str,
        force: bool,
        limits: RunLimits,
    ) -> Result<RunRow> {
        let build = self.files.build(file)?;
        let values = read(inputs)?;
        let problems = check(definition(&build, node)?, &values);
        if !force && !problems.is_empty() {
            return Err(Error::inputs(&problems));
        }
        let settings = self.settings.get();
        let own = build.manifest.as_ref().map_or_else(Limits::default, Manifest::limits);
        let allowed = command::limits(own, &limits)?;
        let counts = settings.count_fuel || allowed.fuel.is_some();
        let build = if counts { self.counting(file, &build).await? } else { build };
        let prompter = Arc::new(WindowPrompter { questions: self.questions.clone(), file: file.to_owned() });
        let cancel = CancellationToken::new();
        let options = RunOptions {
            limits: Some(allowed),
            log_level: settings.log_level,
            // A child: a run that ends by itself cancels its own, and nobody asked for that.
            cancel: cancel.child_token(),
            ..RunOptions::new(build.clone(), prompter)
        };
        let (run, events) = Run::start(&self.workbench, options);
        let row = RunRow {
            run: run.id().0.to_string(),
            number: 0,
            file: file.to_owned(),
            node: node.to_owned(),
            build: build.artifact.hash.to_string(),
            started_at: millis(SystemTime::now()),
            figures: None,
        };
        self.runs.lock().started.push_front((row.run.clone(), With { limits, log_level: settings.log_level }));
        self.runs.lock().started.truncate(STARTED);
        let live = Arc::new(Live {
            row: row.clone(),
            clock: run.clock().clone(),
            gauges: run.gauges(),
            cancel,
            tally: Mutex::default(),
            outcome: OnceLock::new(),
        });
        self.runs.lock().live.insert(row.run.clone(), live.clone());
        self.feed.push(Change::RunStarted { run: row.clone() });
        self.feed.watch(&row.run, live.clone());
        tokio::spawn(self.clone().see_through(live, run, events, node.to_owned(), values));
        Ok(row)
    }

    /// The same build, compiled to count fuel: slower, so kept as long as it is the newest of its file.
    async fn counting(&self, file: &str, build: &Arc<LoadedNode>) -> Result<Arc<LoadedNode>> {
        let known = self.runs.lock().counting.get(file).cloned();
        if let Some(known) = known.filter(|known| known.artifact.hash == build.artifact.hash) {
            return Ok(known);
        }
        let engine = self.workbench.fuel_engine()?;
        let source = Source::of(build);
        let counting = self.workbench.load_source(engine, source, &CancellationToken::new()).await?;
        self.runs.lock().counting.insert(file.to_owned(), counting.clone());
        Ok(counting)
    }

    async fn see_through(
        self: Arc<Self>,
        live: Arc<Live>,
        mut run: Run,
        events: EventReceiver,
        node: String,
        values: Vec<(String, Json)>,
    ) {
        let adding = tokio::spawn(add_up(live.clone(), events, self.feed.clone()));
        // In a task, so that a panic ends it and not the window.
        let running = tokio::spawn(async move { run.call(&node, values).await });
        let ended = running.await;
        // The run is dropped now, and with it the channel's other end.
        let stored = adding.await.inspect_err(|error| tracing::error!(%error, "a run's events could not be followed"));
        if let Err(error) = self.workbench.recorder().flush().await {
            self.feed.notice("warning", format!("the record of a run is not complete: {error}"));
        }
        let figures = match &ended {
            Ok(outcome) => {
                let outcome = stored.ok().flatten().unwrap_or_else(|| outcome.clone());
                let figures = figures(&outcome);
                let _ = live.outcome.set(outcome);
                figures
            }
            Err(error) => {
                tracing::error!(%error, run = live.row.run, "a run ended in a defect of the workbench");
                defect(error, &live)
            }
        };
        let number = self.number(&live.row).await;
        self.runs.end(&live);
        let row = RunRow { number, figures: Some(figures), ..live.row.clone() };
        self.feed.unwatch(&row.run.clone(), Change::RunFinished { run: row });
        self.state_changed();
        self.permissions_changed();
    }

    /// What the record counts the run as; zero where it does not know it.
    async fn number(&self, row: &RunRow) -> i64 {
        // Not the run in full: its outputs may be large.
        let file = Some(self.files.identity(&row.file));
        let query = RunsQuery { file, node: Some(row.node.clone()), before: None, limit: NUMBERED };
        let runs = self.workbench.recorder().record().ask(move |record| record.runs(&query)).await;
        let runs = runs.inspect_err(|error| tracing::warn!(%error, "the record cannot be read")).unwrap_or_default();
        runs.iter().find(|run| *run.id.0 == *row.run).map_or(0, |run| run.number)
    }

    /// Cancels all runs and waits for their ends.
    pub async fn end_runs(&self) {
        loop {
            let ended = self.runs.ended.notified();
            let live = self.runs.all_live();
            if live.is_empty() {
                return;
            }
            live.iter().for_each(|run| run.cancel.cancel());
            ended.await;
        }
    }

    pub fn cancel_run(&self, run: &str) -> Result<()> {
        // One that has ended meanwhile needs no cancelling.
        if let Some(live) = self.runs.live(run) {
            live.cancel.cancel();
            self.feed.stir();
        }
        Ok(())
    }

    pub async fn delete_run(&self, run: &str) -> Result<()> {
        if self.runs.live(run).is_some() {
            return Err(Error::new("running", "the run goes on; cancel it before it is deleted"));
        }
        if !self.workbench.recorder().delete(&id(run)).await? {
            return Err(no_run());
        }
        self.runs.forget(run);
        self.lines.forget(run);
        self.outputs.forget(run);
        self.feed.push(Change::RunDeleted { run: run.to_owned() });
        Ok(())
    }
}

pub fn no_run() -> Error {
    Error::new("no-run", "the run is not in the record; it was deleted, or made room for newer ones")
}

fn definition<'a>(build: &'a LoadedNode, node: &str) -> Result<&'a runtime::definition::Definition> {
    build
        .definition(node)
        .ok_or_else(|| Error::new("unknown-node", format!("the file has no node {}; choose another one", quoted(node))))
}

fn read(inputs: &str) -> Result<Vec<(String, Json)>> {
    read_object(inputs).map_err(|error| Error::new("json", format!("the inputs are not a JSON object: {error}")))
}

/// Returns how the run ended, with the time at which that was stored.
async fn add_up(live: Arc<Live>, mut events: EventReceiver, feed: Feed) -> Option<Arc<Outcome>> {
    let mut told: Option<Instant> = None;
    let mut outcome = None;
    while let Some(chunk) = events.recv_many(CHUNK).await {
        {
            let mut tally = live.lock();
            chunk.iter().for_each(|event| tally.add(event));
        }
        if let Some(EventKind::Finished(finished)) = chunk.last().map(|event| &event.kind) {
            outcome = Some(finished.clone());
        }
        let decided = chunk.iter().any(|event| matches!(&event.kind, EventKind::Decided(decided) if asks(decided)));
        if decided && told.is_none_or(|told| told.elapsed() >= DECISIONS) {
            told = Some(Instant::now());
            feed.push(Change::Permissions);
        }
        feed.stir();
    }
    outcome
}

/// Whether the user could have been asked: the others are many, and are looked at when the run has ended.
fn asks(decided: &Decided) -> bool {
    decided.request.capability.asks()
}

pub fn figures(outcome: &Outcome) -> RunFigures {
    let Figures { duration, own, asked, stored, memory_peak, fuel, denied } = outcome.figures;
    RunFigures {
        outcome: outcome.status.name().into(),
        error: outcome.error.clone(),
        pending: outcome.pending,
        duration_ms: ms(duration),
        own_ms: ms(own),
        asked_ms: ms(asked),
        stored_ms: stored.map(ms),
        not_recorded: stored.is_none(),
        problems: u32::try_from(outcome.problems.len()).unwrap_or(u32::MAX),
        memory_peak,
        fuel,
        denied,
    }
}

fn defect(error: &tokio::task::JoinError, live: &Live) -> RunFigures {
    RunFigures {
        outcome: "trap".into(),
        error: Some(format!("the workbench made a mistake: {error}; its log says more")),
        pending: false,
        duration_ms: ms(live.clock.elapsed()),
        own_ms: ms(live.clock.active()),
        asked_ms: ms(live.clock.asked()),
        stored_ms: None,
        not_recorded: true,
        problems: 0,
        memory_peak: 0,
        fuel: None,
        denied: 0,
    }
}
