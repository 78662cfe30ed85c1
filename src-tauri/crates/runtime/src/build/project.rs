//! One project: a task that waits for a reason to build, builds, and judges what changed meanwhile.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::consents::Remembered;
use super::diagnostics::files::Folders;
use super::output::Output;
use super::plan::Plan;
use super::process::{self, End};
use super::sources::{MAX_FILES, Snapshot, Sources};
use super::world::Task;
use super::{Consents, Failure, Run, RunState, Shared, Slot};
use crate::text::quoted;

/// Runs that a change may cut short in a row: the next one comes to its end, or a command that writes its own sources
/// would never.
const CUT_SHORT: u32 = 3;
/// Whole runs in a row in which a file changed, after which it is taken for the command's own work.
const OWN_WORK: u32 = 2;
/// Whole runs in a row that may each give reason for the next.
const ROUNDS: u32 = 4;
/// Files that a note names.
const NAMED: usize = 3;
/// How often the quiet time starts again: a source that never rests does not hold a build up for ever.
const UNREST: usize = 20;

/// What a project is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// A file that it watches may have changed.
    Look,
    /// The user wants a run now.
    Build,
    /// The user wants none now.
    Cancel,
    /// The command may run from now on: its sources are watched.
    Allow,
    Forbid,
}

pub(super) struct Project {
    plan: Plan,
    shared: Arc<Shared>,
    consents: Consents,
    /// How many commands run at once, of all projects.
    turns: Arc<Semaphore>,
    orders: mpsc::UnboundedReceiver<Order>,
    /// An order that came while another was obeyed.
    held: Option<Order>,
    sources: Sources,
    allowed: bool,
    /// The sources when they were last looked at.
    seen: Snapshot,
    /// In how many whole runs in a row a file changed.
    made: BTreeMap<PathBuf, u32>,
    cut_short: u32,
    rounds: u32,
}

/// Why a run under way ends before its command does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Halt {
    /// Newer sources are to be built.
    Newer,
    /// The user, or the end of the project.
    Unwanted,
}

impl Project {
    pub(super) fn new(
        plan: Plan,
        shared: Arc<Shared>,
        consents: Consents,
        turns: Arc<Semaphore>,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Self {
        let (sources, seen) = (Sources::default(), Snapshot::default());
        let (held, allowed, made, cut_short, rounds) = (None, false, BTreeMap::new(), 0, 0);
        Self { plan, shared, consents, turns, orders, held, sources, allowed, seen, made, cut_short, rounds }
    }

    /// Works until the orders end, with no process left. `before` is the task whose place this one takes.
    pub(super) async fn work(mut self, before: Option<Task>) {
        if let Some(before) = before {
            before.ended().await;
        }
        let mut wanted = false;
        loop {
            wanted = if wanted {
                self.build().await
            } else {
                (self.cut_short, self.rounds) = (0, 0);
                match self.next().await {
                    Some(order) => self.at_rest(order).await,
                    None => return,
                }
            };
        }
    }

    /// Whether an order that comes while nothing runs asks for a run.
    async fn at_rest(&mut self, order: Order) -> bool {
        match order {
            Order::Allow if !self.allowed => {
                self.allowed = true;
                self.seen = self.look().await;
                let remembered = self.consents.of(&self.plan.folder, &self.plan.command);
                // What was built from the very same sources needs no run at the next start.
                remembered != Some(Remembered::Allowed { built: Some(self.seen.digest()) })
            }
            Order::Forbid => {
                self.allowed = false;
                false
            }
            Order::Look if self.allowed => {
                self.settle().await;
                let now = self.look().await;
                let changed = self.seen.changed(&now);
                self.seen = now;
                // While nothing runs, a change is the user's whatever the file.
                self.made.retain(|path, _| !changed.contains(path));
                !changed.is_empty()
            }
            Order::Build => self.allowed,
            Order::Allow | Order::Look | Order::Cancel => false,
        }
    }

    async fn next(&mut self) -> Option<Order> {
        match self.held.take() {
            Some(order) => Some(order),
            None => self.orders.recv().await,
        }
    }

    /// Several files saved at once are one reason.
    async fn settle(&mut self) {
        let quiet = self.shared.config.quiet;
        for _ in 0..UNREST {
            match timeout(quiet, self.orders.recv()).await {
                Ok(Some(Order::Look)) => {}
                Ok(order) => {
                    self.held = order;
                    return;
                }
                Err(_) => return,
            }
        }
    }

    async fn look(&mut self) -> Snapshot {
        let (entries, output) = (self.plan.watch.clone(), self.plan.output.clone());
        let mut sources = std::mem::take(&mut self.sources);
        let looked = tokio::task::spawn_blocking(move || {
            let snapshot = sources.snapshot(&entries, output.as_deref());
            (sources, snapshot)
        });
        // It only fails where the program ends.
        let Ok((sources, snapshot)) = looked.await else { return self.seen.clone() };
        self.sources = sources;
        snapshot
    }

    /// Runs the command, and says whether it is to run again.
    async fn build(&mut self) -> bool {
        self.begin();
        let turns = self.turns.clone();
        let turn = turns.acquire();
        tokio::pin!(turn);
        let turn = loop {
            tokio::select! {
                turn = &mut turn => break turn,
                order = self.next() => if !self.is_wanted_still(order) {
                    self.end(RunState::Stopped { took: Duration::ZERO });
                    return false;
                },
            }
        };
        let start = self.look().await;
        let began = Instant::now();
        self.alter(|run| (run.state, run.started_at) = (RunState::Building, SystemTime::now()));
        let (end, halt) = self.run(&start).await;
        let took = began.elapsed();
        drop(turn);

        let after = self.look().await;
        let again = match halt {
            Some(Halt::Unwanted) => false,
            Some(Halt::Newer) => {
                self.cut_short += 1;
                true
            }
            None => self.judge(&start, &after),
        };
        let state = outcome(end, took);
        let good = matches!(state, RunState::Ok { .. });
        self.seen = after;
        if !matches!(state, RunState::Stopped { .. }) {
            self.tell_problems().await;
        }
        self.end(state);
        if good && !again {
            let (folder, command) = (&self.plan.folder, &self.plan.command);
            if let Err(error) = self.consents.built(folder, command, &self.seen.digest()).await {
                tracing::warn!(%error, "what was built is not remembered: it is built again at the next start");
            }
        }
        again
    }

    fn is_wanted_still(&mut self, order: Option<Order>) -> bool {
        self.allowed &= order != Some(Order::Forbid);
        self.allowed && !matches!(order, None | Some(Order::Cancel))
    }

    /// The command until it ends, by itself or because of an order.
    async fn run(&mut self, start: &Snapshot) -> (End, Option<Halt>) {
        let stop = CancellationToken::new();
        // Ends with this future, and the command with it.
        let mut running = JoinSet::new();
        running.spawn(command(self.plan.clone(), self.shared.clone(), stop.clone()));
        let (mut halt, mut open) = (None, true);
        loop {
            tokio::select! {
                end = running.join_next() => {
                    let end = end.and_then(Result::ok).unwrap_or(End::Stopped);
                    return (end, halt);
                }
                order = self.next(), if open => match order {
                    Some(Order::Look) => {
                        if halt.is_none() && self.cut_short < CUT_SHORT && self.is_outdated(start).await {
                            halt = Some(Halt::Newer);
                        }
                    }
                    Some(Order::Build) => halt = Some(Halt::Newer),
                    order => {
                        open = order.is_some();
                        if !self.is_wanted_still(order) {
                            halt = Some(Halt::Unwanted);
                        }
                    }
                },
            }
            if halt.is_some() {
                stop.cancel();
            }
        }
    }

    async fn is_outdated(&mut self, start: &Snapshot) -> bool {
        self.settle().await;
        let now = self.look().await;
        start.changed(&now).iter().any(|path| !self.is_own_work(path))
    }

    fn is_own_work(&self, path: &Path) -> bool {
        self.made.get(path).is_some_and(|runs| *runs >= OWN_WORK)
    }

    /// Whether what changed during a whole run gives reason for another; tells what is odd about it.
    fn judge(&mut self, start: &Snapshot, after: &Snapshot) -> bool {
        let changed = start.changed(after);
        let news: Vec<&PathBuf> = changed.iter().filter(|path| !self.is_own_work(path)).collect();
        let made = changed.iter().map(|path| (path.clone(), self.made.get(path).copied().unwrap_or_default() + 1));
        let made: BTreeMap<PathBuf, u32> = made.collect();
        let mut notes = Vec::new();
        if after.too_many {
            notes.push(format!(
                "there are more than {MAX_FILES} files in what is watched, and the rest does not count; name the sources \
                 in \"watch\" of the manifest"
            ));
        }
        let own: Vec<&PathBuf> = made.iter().filter(|(_, runs)| **runs >= OWN_WORK).map(|(path, _)| path).collect();
        if !own.is_empty() {
            let files = self.names(&own);
            notes.push(format!("the command itself changes {files}; that alone does not start it again"));
        }
        (self.cut_short, self.rounds) = (0, if news.is_empty() { 0 } else { self.rounds + 1 });
        let tired = self.rounds >= ROUNDS;
        if tired {
            let files = self.names(&news);
            notes.push(format!(
                "the command ran {} times in a row because {files} changed while it ran; it waits for the next change. \
                 Name the sources in \"watch\" of the manifest, without what the command writes",
                self.rounds
            ));
        }
        let again = !news.is_empty() && !tired;
        self.made = made;
        self.shared.alter(&self.plan.manifest, |slot| slot.project.notes = notes);
        again
    }

    fn names(&self, files: &[&PathBuf]) -> String {
        let name = |path: &&PathBuf| {
            let below = path.strip_prefix(&self.plan.folder).unwrap_or(path);
            quoted(&below.to_string_lossy())
        };
        let named: Vec<String> = files.iter().take(NAMED).map(name).collect();
        match files.len().saturating_sub(NAMED) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }

    /// What the output of the run that ended says is wrong.
    async fn tell_problems(&self) {
        let Plan { manifest, folder, command, .. } = self.plan.clone();
        let Some(parser) = self.shared.lock().get(&manifest).map(|slot| slot.output.parser().clone()) else { return };
        let find = move || parser.problems(&Folders::new(&folder, &command, parser.entered()));
        match tokio::task::spawn_blocking(find).await {
            Ok(problems) => {
                self.shared.alter(&manifest, |slot| slot.project.problems = Arc::new(problems));
            }
            Err(error) => tracing::error!(%error, "the output of a build could not be read for problems"),
        }
    }

    fn begin(&self) {
        let number = self.shared.runs.fetch_add(1, Ordering::Relaxed) + 1;
        let (state, started_at) = (RunState::Waiting, SystemTime::now());
        self.shared.alter(&self.plan.manifest, |slot| {
            slot.output = Output::default();
            slot.project.run = Some(Run { number, state, started_at, lines: 0, left_out: 0 });
        });
    }

    fn end(&self, state: RunState) {
        self.alter(|run| run.state = state);
    }

    fn alter(&self, change: impl FnOnce(&mut Run)) {
        self.shared.alter(&self.plan.manifest, |slot| slot.project.run.as_mut().map(change));
    }
}

/// Runs the command with its output in the project's slot.
async fn command(plan: Plan, shared: Arc<Shared>, stop: CancellationToken) -> End {
    let limit = shared.config.limit;
    let print = |bytes: &[u8]| {
        shared.alter(&plan.manifest, |slot| slot.output.print(bytes));
    };
    // A panic in there costs the path, not the build.
    let path = tokio::task::spawn_blocking(shared.config.search_path).await.ok().flatten();
    let end = process::run(&plan.command, &plan.folder, path.as_deref(), limit, &stop, print).await;
    shared.alter(&plan.manifest, |Slot { output, .. }| {
        output.finish();
        match &end {
            End::Exited { left_behind: true, .. } => {
                output.remark("(the command left processes behind that held its output; they were ended)");
            }
            End::TimedOut => output.remark(&format!("(ended: the command ran for {} s)", limit.as_secs())),
            End::NotStarted(error) => output.remark(&format!("(not started: {error})")),
            End::Exited { .. } | End::Stopped => {}
        }
    });
    end
}

fn outcome(end: End, took: Duration) -> RunState {
    let failure = match end {
        End::Stopped => return RunState::Stopped { took },
        End::Exited { status, .. } => match (status.code(), status.signal()) {
            (Some(0), _) => return RunState::Ok { took },
            (Some(code), _) => Failure::Exit(code),
            (None, signal) => Failure::Signal(signal.unwrap_or_default()),
        },
        End::TimedOut => Failure::TimedOut,
        End::NotStarted(error) => Failure::NotStarted(error.to_string()),
    };
    RunState::Failed { took, failure }
}
