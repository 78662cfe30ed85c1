//! What the outside is told of one connection or exchange.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::event::{EventKind, Events, NetworkEvent, NetworkState, Protocol};
use crate::host::http::Kept;

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

/// Tells of one connection, and of its end exactly once: dropping it says that it was given up.
#[derive(Debug)]
pub struct Track {
    events: Events,
    connection: u64,
    protocol: Protocol,
    target: String,
    address: Option<String>,
    traffic: Arc<Traffic>,
    kept: Option<Arc<Kept>>,
    ended: AtomicBool,
}

impl Track {
    pub fn new(events: Events, connection: u64, protocol: Protocol, target: String) -> Self {
        Self {
            events,
            connection,
            protocol,
            target,
            address: None,
            traffic: Arc::default(),
            kept: None,
            // Nothing was opened yet, so nothing needs an end.
            ended: AtomicBool::new(true),
        }
    }

    pub fn traffic(&self) -> Arc<Traffic> {
        self.traffic.clone()
    }

    /// The exchange that goes out with the last event.
    pub(in crate::host) fn keep(&mut self, kept: Arc<Kept>) {
        self.kept = Some(kept);
    }

    pub(in crate::host) fn kept(&self) -> Option<&Kept> {
        self.kept.as_deref()
    }

    pub async fn opened(&mut self, address: String) {
        self.address = Some(address);
        self.ended.store(false, Ordering::Relaxed);
        self.emit(NetworkState::Opened).await;
    }

    pub async fn listening(&mut self, address: String) {
        self.address = Some(address);
        self.ended.store(false, Ordering::Relaxed);
        self.emit(NetworkState::Listening).await;
    }

    pub async fn emit(&self, state: NetworkState) {
        self.events.emit(EventKind::Network(self.event(state))).await;
    }

    /// The end that is neither the guest's nor the peer's wish.
    pub async fn failed(&self, reason: String) {
        self.ended.store(true, Ordering::Relaxed);
        self.emit(NetworkState::Failed { reason }).await;
    }

    pub async fn denied(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.emit(NetworkState::Denied).await;
    }

    /// As [`Self::emit`] with the end, for callers that cannot wait.
    pub fn end(&self, state: NetworkState) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        let Err(kind) = self.events.try_emit(EventKind::Network(self.event(state))) else { return };
        // The consumer is behind: the end waits for room on its own, so that it is not lost.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let events = self.events.clone();
            runtime.spawn(async move { events.emit(kind).await });
        }
    }

    fn event(&self, state: NetworkState) -> NetworkEvent {
        let last = matches!(state, NetworkState::Denied | NetworkState::Closed { .. } | NetworkState::Failed { .. });
        NetworkEvent {
            connection: self.connection,
            protocol: self.protocol,
            target: self.target.clone(),
            address: self.address.clone(),
            state,
            bytes_up: self.traffic.up(),
            bytes_down: self.traffic.down(),
            exchange: self.kept().filter(|_| last).map(Kept::exchange),
        }
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        self.end(NetworkState::Closed { reason: "given up by the node".to_owned() });
    }
}
