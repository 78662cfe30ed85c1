//! One run: store, limits, clock, cancel, outcome.
//!
//! A run owns one instance of a component for all its calls, so that resource handles live between them, and a fresh
//! instance of a core module for each call. Guest code is stopped by the epoch; waiting host calls are stopped by
//! dropping them; both look at the same clock and the same token.

mod definitions;
mod document;
mod input;

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use tokio_util::sync::CancellationToken;

pub(crate) use self::definitions::definitions;
use self::document::ResultDocument;
use crate::clock::RunClock;
use crate::definition::results::{self, Finding, Returned};
use crate::event::{EventKind, EventReceiver, Events, Level, RunId};
use crate::guest::{Failed, Instance};
use crate::host::{HostState, Meta, PackageKey, RunContext, RunShared};
use crate::json::Json;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::node::LoadedNode;
use crate::permission::gate::GateSetup;
use crate::permission::{Caller, Gate, Identity, Origin, Prompter, Rule};
use crate::record::{RunInfo, Tee};
use crate::text::duration;
use crate::trap::{self, Trap};
use crate::workbench::Workbench;

/// Guest code gets this long to be stopped by its epoch, which gives a backtrace, before its future is dropped.
const GRACE: Duration = Duration::from_millis(30);

/// Bytes of output values that are looked at without leaving the task.
const LOOKED_AT_ONCE: usize = 64 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Ok,
    /// The node reported an error.
    Error,
    Trap,
    Limit,
    /// It failed, by an error or a trap, after a permission was denied.
    Denied,
    Cancelled,
    /// The program died while it ran. Only the record says so, later.
    Interrupted,
    /// The disk refused its end. Only the record says so, later.
    NotRecorded,
}

impl Status {
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Error,
        Self::Trap,
        Self::Limit,
        Self::Denied,
        Self::Cancelled,
        Self::Interrupted,
        Self::NotRecorded,
    ];

    /// The stable word: in JSON, in the record, in the window.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Trap => "trap",
            Self::Limit => "limit",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::NotRecorded => "not-recorded",
        }
    }

    /// As it reads after "the run".
    pub fn words(self) -> &'static str {
        match self {
            Self::Ok => "finished",
            Self::Error => "ended with an error",
            Self::Trap => "trapped",
            Self::Limit => "was stopped at a limit",
            Self::Denied => "failed after a permission was denied",
            Self::Cancelled => "was cancelled",
            Self::Interrupted => "was interrupted: its program ended first",
            Self::NotRecorded => "ended, but its end could not be recorded",
        }
    }
}

/// What a call came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub status: Status,
    /// Output pins: what the host calls set, overridden by the result document; in order of first appearance.
    pub outputs: Vec<(String, Json)>,
    /// Exec pins in firing order, each once.
    pub fired: Vec<String>,
    /// What the node said went wrong, or what stopped it.
    pub error: Option<String>,
    /// The node says that it goes on working.
    pub pending: bool,
    pub trap: Option<Trap>,
    /// What of this is not as the node declares it.
    pub problems: Vec<Finding>,
    pub figures: Figures,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Wall time of the call, with questions.
    pub duration: Duration,
    /// The node's own time: without questions.
    pub own: Duration,
    /// Waiting for answers.
    pub asked: Duration,
    /// Wall time until all was stored, by the run's clock. None: not yet, or the disk refused.
    pub stored: Option<Duration>,
    /// Linear memory, bytes.
    pub memory_peak: u64,
    /// `None` where it was not counted.
    pub fuel: Option<u64>,
    /// Requests that were denied.
    pub denied: u64,
}

impl Figures {
    /// The three times, with their names: "18.9 ms of its own time, 2 min 35 s asked, stored after 2 min 35 s".
    pub fn words(&self) -> String {
        let asked = if self.asked.is_zero() { String::new() } else { format!(", {} asked", duration(self.asked)) };
        let stored = match self.stored {
            Some(stored) => format!("stored after {}", duration(stored)),
            None => "not recorded".to_owned(),
        };
        format!("{} of its own time{asked}, {stored}", duration(self.own))
    }
}

/// What a run has used so far, for who watches it; holds nothing else of the run.
#[derive(Clone, Debug)]
pub struct Gauges {
    memory_peak: Arc<AtomicU64>,
    denied: Arc<AtomicU64>,
}

impl Gauges {
    /// Linear memory and GC heap, bytes.
    pub fn memory_peak(&self) -> u64 {
        self.memory_peak.load(Ordering::Relaxed)
    }

    /// Requests that were denied.
    pub fn denied(&self) -> u64 {
        self.denied.load(Ordering::Relaxed)
    }
}

/// How to run.
pub struct RunOptions {
    pub node: Arc<LoadedNode>,
    /// `None`: the manifest's tiers, or the defaults.
    pub limits: Option<Limits>,
    pub prompter: Arc<dyn Prompter>,
    pub allow: Vec<Rule>,
    /// Beats `allow`.
    pub deny: Vec<Rule>,
    /// Whether the node is told that somebody watches its stream.
    pub streaming: bool,
    /// What the node is told to log: 0 is everything.
    pub log_level: u8,
    /// Cancels the run from outside.
    pub cancel: CancellationToken,
}

impl RunOptions {
    pub fn new(node: Arc<LoadedNode>, prompter: Arc<dyn Prompter>) -> Self {
        Self {
            node,
            limits: None,
            prompter,
            allow: Vec::new(),
            deny: Vec::new(),
            streaming: true,
            log_level: 0,
            cancel: CancellationToken::new(),
        }
    }
}

/// One execution. Dropping it stops it.
pub struct Run {
    node: Arc<LoadedNode>,
    context: Arc<RunContext>,
    streaming: bool,
    log_level: u8,
    /// Allowed and denied.
    rules: (Vec<Rule>, Vec<Rule>),
    /// Waits to hear what is run; taken by the first call.
    record: Option<Tee>,
    instance: Option<Instance>,
}

impl Run {
    /// Prepares a run and its events; nothing of the guest runs yet.
    pub fn start(workbench: &Workbench, options: RunOptions) -> (Self, EventReceiver) {
        let RunOptions { node, limits, prompter, allow, deny, streaming, log_level, cancel } = options;
        let rules = (allow.clone(), deny.clone());
        let limits = limits.unwrap_or_else(|| node.manifest.as_ref().map_or_else(Limits::default, Manifest::limits));
        let id = RunId::random();
        let clock = RunClock::start();
        let (events, receiver) = Events::channel(id.clone(), clock.clone(), limits.events);
        let gate = Gate::new(GateSetup {
            caller: Caller::nobody(),
            build: node.artifact.hash.clone(),
            allow,
            deny,
            grants: workbench.grants().clone(),
            prompter,
            events: events.clone(),
            clock: clock.clone(),
            cancel: cancel.clone(),
        });
        let (record, receiver) = workbench.recorder().tee(receiver);
        let context = Arc::new(RunContext {
            id,
            clock,
            events,
            gate,
            services: workbench.services().clone(),
            package: PackageKey::new(node.path.clone()),
            limits,
            cancel,
            shared: RunShared::default(),
        });
        let record = Some(record);
        (Self { node, context, streaming, log_level, rules, record, instance: None }, receiver)
    }

    pub fn id(&self) -> &RunId {
        &self.context.id
    }

    pub fn gate(&self) -> &Arc<Gate> {
        &self.context.gate
    }

    pub fn clock(&self) -> &Arc<RunClock> {
        &self.context.clock
    }

    pub fn gauges(&self) -> Gauges {
        Gauges { memory_peak: self.context.shared.memory_peak.clone(), denied: self.context.gate.denials().clone() }
    }

    pub fn cancel_token(&self) -> &CancellationToken {
        &self.context.cancel
    }

    /// Calls one node of the package. Ends with [`EventKind::Finished`], whatever happens.
    pub async fn call(&mut self, node_name: &str, inputs: Vec<(String, Json)>) -> Arc<Outcome> {
        let (began, own) = (self.context.clock.elapsed(), self.context.clock.active());
        let asked = self.context.clock.asked();
        let denied = self.context.gate.denied();
        let _running = self.node.engine.running();
        self.enter(node_name);
        self.context.gate.begin_call().await;
        self.begin_record(node_name, &inputs);

        let mut end = self.execute(node_name, inputs).await;
        // Through a part of the run only: an instance cannot be looked at from two threads, a run must move between them.
        end.add_result(&self.context.events).await;

        let figures = Figures {
            duration: end.ended.map_or_else(|| self.context.clock.elapsed(), |ended| ended.wall).saturating_sub(began),
            own: end.ended.map_or_else(|| self.context.clock.active(), |ended| ended.own).saturating_sub(own),
            stored: None,
            asked: self.context.clock.asked().saturating_sub(asked),
            memory_peak: end.memory_peak,
            fuel: end.fuel,
            denied: self.context.gate.denied().saturating_sub(denied),
        };
        // Nobody waits for what the node left open; it is decided before the run is finished.
        self.context.gate.end_call();
        self.context.gate.settled().await;
        let mut outcome = end.into_outcome(figures);
        outcome.problems = look_at(self.node.clone(), node_name, &mut outcome).await;
        let outcome = Arc::new(outcome);
        let said = outcome.trap.as_ref().map(|trap| trap.message.as_str()).or(outcome.error.as_deref());
        if let Some(hint) = said.and_then(trap::hint) {
            self.context.events.host(Level::Warn, hint).await;
        }
        let left_out = self.context.events.left_out();
        if left_out > 0 {
            self.context.events.emit(EventKind::LeftOut { lines: left_out }).await;
        }
        self.context.events.emit(EventKind::Finished(outcome.clone())).await;
        outcome
    }

    /// Tells the gate whose wishes come now.
    fn enter(&self, node_name: &str) {
        let definition = self.node.definition(node_name);
        self.context.gate.enter(Caller {
            identity: Identity { file: self.node.path.clone(), node: node_name.to_owned() },
            friendly_name: definition.map_or(node_name, |definition| &definition.friendly_name).to_owned(),
            declared: definition.map(|definition| definition.permissions.clone()).unwrap_or_default(),
            origin: Arc::new(definition.map(|definition| Origin::of(&self.node, definition)).unwrap_or_default()),
            allowed_hosts: self.node.manifest.as_ref().and_then(|manifest| manifest.allowed_hosts.clone()),
        });
    }

    /// Tells the record what the run is, once.
    fn begin_record(&mut self, node_name: &str, inputs: &[(String, Json)]) {
        let Some(record) = self.record.take() else { return };
        let Some(definition) = self.node.definition(node_name).or(self.node.definitions.first()) else { return };
        let RunContext { id, limits, .. } = &*self.context;
        let build = self.node.artifact.hash.clone();
        let info = RunInfo::new(id.clone(), &self.node.path, build, definition, inputs, limits.clone())
            .named(node_name)
            .with_rules(&self.rules.0, &self.rules.1)
            .timed_by(self.context.clock.clone());
        record.begin(info);
    }

    fn meta(&self, node_name: &str) -> Meta {
        Meta {
            node_id: node_name.to_owned(),
            run_id: self.context.id.0.to_string(),
            app_id: "workbench".into(),
            board_id: "workbench".into(),
            user_id: "workbench".into(),
            node_name: node_name.to_owned(),
            streaming: self.streaming,
            log_level: self.log_level,
        }
    }

    async fn execute(&mut self, node_name: &str, inputs: Vec<(String, Json)>) -> End {
        let meta = self.meta(node_name);
        let document = input::document(&meta, &inputs);
        let context = self.context.clone();
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => {
                let state = HostState::new(context.clone(), meta.clone());
                match guarded(&context, self.node.guest.instantiate(state)).await {
                    Ok(Ok(instance)) => instance,
                    Ok(Err(Failed { error, state })) => return End::trapped(trap::explain(&error, &state), *state),
                    Err(stopped) => return End::stopped(stopped),
                }
            }
        };
        let state = instance.state();
        state.begin_call(meta, inputs);
        let fuel_before = instance.fuel_left();
        let result = guarded(&context, instance.run(&document)).await;
        // Explaining a trap takes time that is not the node's.
        let ended = Some(Ended { wall: context.clock.elapsed(), own: context.clock.active() });
        let fuel = fuel_before.zip(instance.fuel_left()).map(|(before, after)| before.saturating_sub(after));
        let mut end = match result {
            Ok(Ok(text)) => End::returned(&text),
            Ok(Err(error)) => End { trap: Some(trap::explain(&error, instance.state())), ..End::default() },
            Err(stopped) => End::stopped(stopped),
        };
        end.take_state(instance.state());
        end.fuel = fuel;
        end.ended = ended;
        // A trap poisons the instance, and what was stopped half way is in no state to go on.
        if end.trap.is_none() && !end.cancelled && instance.is_run_owned() {
            self.instance = Some(instance);
        }
        end
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.context.cancel.cancel();
    }
}

/// How a call ended, before its events and figures are added.
#[derive(Default)]
struct End {
    document: Option<ResultDocument>,
    outputs: Vec<(String, Json)>,
    fired: Vec<String>,
    error: Option<String>,
    pending: bool,
    cancelled: bool,
    trap: Option<Trap>,
    memory_peak: u64,
    fuel: Option<u64>,
    /// When the guest's code ended.
    ended: Option<Ended>,
}

#[derive(Clone, Copy)]
struct Ended {
    wall: Duration,
    own: Duration,
}

impl End {
    fn returned(text: &str) -> Self {
        match ResultDocument::parse(text) {
            Ok(document) => Self { document: Some(document), ..Self::default() },
            Err(reason) => Self { error: Some(reason), ..Self::default() },
        }
    }

    fn trapped(trap: Trap, mut state: HostState) -> Self {
        let mut end = Self { trap: Some(trap), ..Self::default() };
        end.take_state(&mut state);
        end
    }

    fn stopped(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self { cancelled: true, ..Self::default() },
            Stopped::TimedOut(limit) => Self { trap: Some(Trap::timed_out(limit)), ..Self::default() },
            Stopped::Panicked(message) => Self { trap: Some(Trap::defect(message)), ..Self::default() },
        }
    }

    fn take_state(&mut self, state: &mut HostState) {
        self.outputs = std::mem::take(&mut state.outputs);
        self.fired = std::mem::take(&mut state.fired);
        self.memory_peak = state.limiter.peak;
        // The epoch stops spinning code with the same trap for a cancel as for a limit.
        self.cancelled |= state.run.cancel.is_cancelled();
    }

    /// Merges what only the result document said with the host calls' pins, and sends the events for it.
    async fn add_result(&mut self, events: &Events) {
        let Some(document) = self.document.take() else { return };
        // By name: a node may return very many pins.
        let known: HashMap<String, usize> =
            self.outputs.iter().enumerate().map(|(at, (pin, _))| (pin.clone(), at)).collect();
        for (pin, value) in document.outputs {
            match known.get(&pin).and_then(|at| self.outputs.get_mut(*at)) {
                Some((_, old)) if *old == value => continue,
                Some((_, old)) => *old = value.clone(),
                None => self.outputs.push((pin.clone(), value.clone())),
            }
            events.emit(EventKind::Output { pin, value }).await;
        }
        let mut fired: HashSet<String> = self.fired.iter().cloned().collect();
        for pin in document.activate_exec {
            if fired.insert(pin.clone()) {
                self.fired.push(pin.clone());
                events.emit(EventKind::Fired { pin }).await;
            }
        }
        self.pending = document.pending;
        self.error = self.error.take().or(document.error);
    }

    fn into_outcome(self, figures: Figures) -> Outcome {
        let status = match &self.trap {
            _ if self.cancelled => Status::Cancelled,
            Some(trap) if trap.reason.is_limit() => Status::Limit,
            _ if figures.denied > 0 && (self.trap.is_some() || self.error.is_some()) => Status::Denied,
            Some(_) => Status::Trap,
            None if self.error.is_some() => Status::Error,
            None => Status::Ok,
        };
        let stopped_by = match status {
            Status::Cancelled => Some("the run was cancelled".to_owned()),
            _ => self.trap.as_ref().map(|trap| trap.message.clone()),
        };
        Outcome {
            status,
            outputs: self.outputs,
            fired: self.fired,
            error: self.error.or(stopped_by),
            pending: self.pending,
            trap: self.trap.filter(|_| status != Status::Cancelled),
            problems: Vec::new(),
            figures,
        }
    }
}

/// Holds what came back against the definition; off the async workers, as it may be much.
async fn look_at(node: Arc<LoadedNode>, node_name: &str, outcome: &mut Outcome) -> Vec<Finding> {
    if node.definition(node_name).is_none() {
        return Vec::new();
    }
    let name = node_name.to_owned();
    let (outputs, fired) = (std::mem::take(&mut outcome.outputs), std::mem::take(&mut outcome.fired));
    let complete = outcome.status == Status::Ok && !outcome.pending;
    let size: usize = outputs.iter().map(|(_, value)| value.as_str().len()).sum();
    let look = move || {
        let returned = Returned { outputs: &outputs, fired: &fired, complete };
        let found = node.definition(&name).map_or_else(Vec::new, |definition| results::check(definition, returned));
        (outputs, fired, found)
    };
    let looked = if size < LOOKED_AT_ONCE { Ok(look()) } else { tokio::task::spawn_blocking(look).await };
    let Ok((outputs, fired, found)) = looked else { return Vec::new() };
    (outcome.outputs, outcome.fired) = (outputs, fired);
    found
}

/// Why the supervision gave up on a guest call.
enum Stopped {
    Cancelled,
    TimedOut(Duration),
    /// A defect of ours: a panic in a host function.
    Panicked(String),
}

/// Waits for a guest call, and no longer than the run's token and clock allow. Spinning guest code is stopped by the
/// epoch a moment earlier; this covers host calls that wait.
async fn guarded<T>(run: &RunContext, call: impl Future<Output = T>) -> Result<T, Stopped> {
    let stop = async {
        let stopped = tokio::select! {
            () = run.cancel.cancelled() => Stopped::Cancelled,
            () = out_of_time(run) => Stopped::TimedOut(run.limits.time),
        };
        tokio::time::sleep(GRACE).await;
        stopped
    };
    tokio::select! {
        biased;
        result = AssertUnwindSafe(call).catch_unwind() => result.map_err(|panic| Stopped::Panicked(panic_text(&panic))),
        stopped = stop => Err(stopped),
    }
}

async fn out_of_time(run: &RunContext) {
    loop {
        let left = run.limits.time.saturating_sub(run.clock.active());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left).await;
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
