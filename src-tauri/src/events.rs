//! What the window is told: changes gathered into batches, never more on the way than it can take.
//!
//! Everything that happens is pushed here from any thread. One task sends: at most one batch for each frame, and only
//! while few batches are out that the window has not answered with [`Feed::seen`]. What waits is merged, so that a
//! window that sleeps costs little memory: files by their newest row, runs by where they stand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tauri::ipc::Channel;
use tokio::sync::Notify;
use wire::window::{Batch, Change, Notice, Progress};

/// About one frame of a screen.
const FRAME: Duration = Duration::from_millis(16);
/// Batches that may be out unanswered.
const WINDOW: u64 = 4;
/// Notices that a window which starts later still sees.
const NOTICES: usize = 100;
/// The clocks of runs that say nothing are shown as often as this.
const CLOCK: Duration = Duration::from_millis(100);

/// A run, as far as the feed needs it: asked for where it stands when a batch is made.
pub trait Source: Send + Sync {
    /// What is new since the last time; `None`: nothing. `tick`: show the clock even so.
    fn progress(&self, tick: bool) -> Option<Progress>;
}

/// Where batches go; a channel to the window, except in tests.
pub trait Sink: Send + Sync {
    /// False: nobody is there any more.
    fn send(&self, batch: Batch) -> bool;
}

impl Sink for Channel<Batch> {
    fn send(&self, batch: Batch) -> bool {
        Self::send(self, batch).inspect_err(|error| tracing::warn!(%error, "the window cannot be told")).is_ok()
    }
}

/// Clones share everything.
#[derive(Clone, Default)]
pub struct Feed {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    // Short sections only; nothing is sent while it is held.
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Default)]
struct State {
    sink: Option<Arc<dyn Sink>>,
    /// Between the window's wish to start and its snapshot nothing is sent.
    held: bool,
    waiting: Vec<Change>,
    notices: Vec<Notice>,
    runs: Vec<(String, Arc<dyn Source>)>,
    sent: u64,
    seen: u64,
    last_sent: Option<Instant>,
    last_clock: Option<Instant>,
}

impl Feed {
    pub fn push(&self, change: Change) {
        let mut state = self.lock();
        if state.sink.is_none() {
            // A window that starts later gets a snapshot of everything.
            return;
        }
        merge(&mut state.waiting, change);
        drop(state);
        self.inner.wake.notify_one();
    }

    /// Tells the user something about the workbench; it stays in later snapshots.
    pub fn notice(&self, severity: &str, message: impl Into<String>) {
        let notice = Notice { severity: severity.into(), message: message.into() };
        match severity {
            "info" => tracing::info!("{}", notice.message),
            _ => tracing::warn!("{}", notice.message),
        }
        {
            let mut state = self.lock();
            if state.notices.len() < NOTICES {
                state.notices.push(notice.clone());
            }
        }
        self.push(Change::Notice { notice });
    }

    pub fn notices(&self) -> Vec<Notice> {
        self.lock().notices.clone()
    }

    /// A run's progress is sent from now on.
    pub fn watch(&self, run: &str, source: Arc<dyn Source>) {
        self.lock().runs.push((run.to_owned(), source));
        self.inner.wake.notify_one();
    }

    /// Sends what is left of a run's progress, and after it this change.
    pub fn unwatch(&self, run: &str, last: Change) {
        let source = {
            let mut state = self.lock();
            let at = state.runs.iter().position(|(known, _)| known == run);
            at.map(|at| state.runs.remove(at).1)
        };
        if let Some(progress) = source.and_then(|source| source.progress(false)) {
            self.push(Change::Progress { progress });
        }
        self.push(last);
    }

    /// Something is new in a run that is watched.
    pub fn stir(&self) {
        self.inner.wake.notify_one();
    }

    /// A window begins: what was meant for an earlier page is dropped, and nothing is sent until the guard is.
    pub fn start(&self, sink: Arc<dyn Sink>) -> Held {
        let mut state = self.lock();
        state.sink = Some(sink);
        state.held = true;
        state.waiting.clear();
        state.seen = state.sent;
        Held(self.clone())
    }

    /// The window has taken all batches up to this number.
    pub fn seen(&self, number: u64) {
        let mut state = self.lock();
        state.seen = number.min(state.sent).max(state.seen);
        drop(state);
        self.inner.wake.notify_one();
    }

    /// Sends until the program ends.
    pub async fn run(self) {
        loop {
            let wait = match self.next() {
                Next::Batch(sink, batch) => {
                    // Sending JSON to a page takes a moment, so not under the lock.
                    if !sink.send(batch) {
                        self.lock().sink = None;
                    }
                    continue;
                }
                Next::After(wait) => wait,
            };
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    let clock = if self.lock().runs.is_empty() { Duration::from_secs(3600) } else { CLOCK };
                    let _ = tokio::time::timeout(clock, self.inner.wake.notified()).await;
                }
            }
        }
    }

    fn next(&self) -> Next {
        let mut state = self.lock();
        let Some(sink) = state.sink.clone() else { return Next::After(None) };
        if state.held || state.sent - state.seen >= WINDOW {
            return Next::After(None);
        }
        if let Some(rest) = state.last_sent.and_then(|last| FRAME.checked_sub(last.elapsed())) {
            return Next::After(Some(rest));
        }
        let tick = state.last_clock.is_none_or(|last| last.elapsed() >= CLOCK);
        let mut changes = std::mem::take(&mut state.waiting);
        changes.extend(
            state.runs.iter().filter_map(|(_, run)| run.progress(tick)).map(|progress| Change::Progress { progress }),
        );
        if tick {
            state.last_clock = Some(Instant::now());
        }
        if changes.is_empty() {
            return Next::After(None);
        }
        state.sent += 1;
        state.last_sent = Some(Instant::now());
        Next::Batch(sink, Batch { number: state.sent, changes })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Next {
    Batch(Arc<dyn Sink>, Batch),
    /// Look again after so long, or when something happens.
    After(Option<Duration>),
}

/// Nothing is sent while this lives: the snapshot is being made.
pub struct Held(Feed);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().held = false;
        self.0.inner.wake.notify_one();
    }
}

/// Adds a change to those that wait, in the place of one that it makes pointless.
fn merge(waiting: &mut Vec<Change>, change: Change) {
    let same = |old: &Change| match (old, &change) {
        (Change::File { file: old }, Change::File { file: new }) => old.path == new.path,
        (Change::Folder { folder: old }, Change::Folder { folder: new }) => old.path == new.path,
        (Change::Project { project: old }, Change::Project { project: new }) => old.manifest == new.manifest,
        (Change::Permissions, Change::Permissions)
        | (Change::State, Change::State)
        | (Change::Dragging { .. }, Change::Dragging { .. })
        | (Change::Settings { .. }, Change::Settings { .. }) => true,
        _ => false,
    };
    // Last first: a removal in between must stay in between.
    let removed = |old: &Change| match (old, &change) {
        (Change::FileRemoved { path }, Change::File { file }) => *path == file.path,
        (Change::FolderRemoved { path }, Change::Folder { folder }) => *path == folder.path,
        (Change::ProjectRemoved { manifest }, Change::Project { project }) => *manifest == project.manifest,
        _ => false,
    };
    match waiting.iter().rposition(|old| same(old) || removed(old)) {
        Some(at) if same(&waiting[at]) => waiting[at] = change,
        _ => waiting.push(change),
    }
}

#[cfg(test)]
mod tests;
