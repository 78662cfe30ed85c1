//! What the outside is told of one connection or exchange.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Revoked, any};
use crate::event::{EventKind, Events, NetworkEvent, NetworkState, Protocol};
use crate::host::http::Kept;
use crate::permission::Permit;

/// Bytes on the wire.
#[derive(Debug, Default)]
pub struct Traffic {
    up: AtomicU64,
    down: AtomicU64,
}

impl Traffic {
    pub fn sent(&self, bytes: usize) {
        self.up.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub fn received(&self, bytes: usize) {
        self.down.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub fn up(&self) -> u64 {
        self.up.load(Ordering::Relaxed)
    }

    pub fn down(&self) -> u64 {
        self.down.load(Ordering::Relaxed)
    }
}

/// Tells of one connection, and of its end exactly once: at the moment when a permit of it is revoked, or when it is
/// dropped, which says that it was given up.
#[derive(Debug)]
pub struct Track {
    row: Arc<Row>,
    _watch: Option<DropGuard>,
}

#[derive(Debug)]
struct Row {
    events: Events,
    connection: u64,
    protocol: Protocol,
    target: String,
    address: OnceLock<String>,
    traffic: Arc<Traffic>,
    kept: OnceLock<Arc<Kept>>,
    rests_on: OnceLock<Vec<CancellationToken>>,
    // For the single step from one to the next.
    stage: Mutex<Stage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Nothing was opened yet, so nothing needs an end.
    Unopened,
    Open,
    Ended,
}

impl Track {
    pub fn new(events: Events, connection: u64, protocol: Protocol, target: String) -> Self {
        let row = Row {
            events,
            connection,
            protocol,
            target,
            address: OnceLock::new(),
            traffic: Arc::default(),
            kept: OnceLock::new(),
            rests_on: OnceLock::new(),
            stage: Mutex::new(Stage::Unopened),
        };
        Self { row: Arc::new(row), _watch: None }
    }

    pub fn traffic(&self) -> Arc<Traffic> {
        self.row.traffic.clone()
    }

    /// The exchange that goes out with the last event.
    pub(in crate::host) fn keep(&mut self, kept: Arc<Kept>) {
        self.row.kept.get_or_init(|| kept);
    }

    pub(in crate::host) fn kept(&self) -> Option<&Kept> {
        self.row.kept.get().map(Arc::as_ref)
    }

    /// Ends with the first of these permits that is revoked, whoever holds it and whatever they do meanwhile.
    pub fn rest_on(&mut self, permits: &[Permit]) {
        let tokens: Vec<_> = permits.iter().map(|permit| permit.revoked().clone()).collect();
        if self.row.rests_on.set(tokens.clone()).is_err() {
            return;
        }
        let (row, done) = (Arc::downgrade(&self.row), CancellationToken::new());
        self._watch = Some(done.clone().drop_guard());
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = any(&tokens) => {}
                () = done.cancelled() => return,
            }
            let Some(row) = row.upgrade() else { return };
            row.last(NetworkState::Closed { reason: Revoked.to_string() }).await;
        });
    }

    pub fn is_revoked(&self) -> bool {
        self.row.is_revoked()
    }

    /// Waits until a permit is revoked.
    pub(in crate::host) async fn revoked(&self) {
        any(self.row.rests_on.get().map_or(&[], Vec::as_slice)).await;
    }

    pub async fn opened(&self, address: String) {
        self.begin(address, NetworkState::Opened).await;
    }

    pub async fn listening(&self, address: String) {
        self.begin(address, NetworkState::Listening).await;
    }

    async fn begin(&self, address: String, state: NetworkState) {
        self.row.address.get_or_init(|| address);
        if self.row.step(Stage::Unopened, Stage::Open) {
            self.emit(state).await;
        }
    }

    /// Something on the way; after the end there is nothing more to tell.
    pub async fn emit(&self, state: NetworkState) {
        if self.row.stage() != Stage::Ended {
            self.row.events.emit(EventKind::Network(self.row.event(state))).await;
        }
    }

    /// The end that came before anything was opened.
    pub async fn closed(&self, reason: String) {
        self.row.last(NetworkState::Closed { reason }).await;
    }

    /// The end that is neither the guest's nor the peer's wish.
    pub async fn failed(&self, reason: String) {
        self.row.last(NetworkState::Failed { reason }).await;
    }

    pub async fn denied(&self) {
        self.row.last(NetworkState::Denied).await;
    }

    /// The end of what was opened, or was to be until a permit was revoked, for callers that cannot wait.
    pub fn end(&self, state: NetworkState) {
        let from = if self.row.is_revoked() { Stage::Unopened } else { Stage::Open };
        if !self.row.step(from, Stage::Ended) {
            return;
        }
        let event = self.row.event(self.row.end_as(state));
        let Err(kind) = self.row.events.try_emit(EventKind::Network(event)) else { return };
        // The consumer is behind: the end waits for room on its own, so that it is not lost.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let events = self.row.events.clone();
            runtime.spawn(async move { events.emit(kind).await });
        }
    }
}

impl Row {
    fn stage(&self) -> Stage {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on to `to`, if it is at `from` or later and not at `to` yet.
    fn step(&self, from: Stage, to: Stage) -> bool {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let goes = *stage >= from && *stage < to;
        if goes {
            *stage = to;
        }
        goes
    }

    async fn last(&self, state: NetworkState) {
        if self.step(Stage::Unopened, Stage::Ended) {
            self.events.emit(EventKind::Network(self.event(self.end_as(state)))).await;
        }
    }

    fn is_revoked(&self) -> bool {
        self.rests_on.get().is_some_and(|tokens| tokens.iter().any(CancellationToken::is_cancelled))
    }

    /// Whatever else is said of an end that a revocation caused.
    fn end_as(&self, state: NetworkState) -> NetworkState {
        if self.is_revoked() { NetworkState::Closed { reason: Revoked.to_string() } } else { state }
    }

    fn event(&self, state: NetworkState) -> NetworkEvent {
        let last = matches!(state, NetworkState::Denied | NetworkState::Closed { .. } | NetworkState::Failed { .. });
        NetworkEvent {
            connection: self.connection,
            protocol: self.protocol,
            target: self.target.clone(),
            address: self.address.get().cloned(),
            state,
            bytes_up: self.traffic.up(),
            bytes_down: self.traffic.down(),
            exchange: self.kept.get().filter(|_| last).map(|kept| kept.exchange()),
        }
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        self.end(NetworkState::Closed { reason: "given up by the node".to_owned() });
    }
}
