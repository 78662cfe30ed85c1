//! One connection as the network list shows it: what it leads to, its bytes, its beginning and end.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::event::{EventKind, NetworkEvent, NetworkState, Protocol};
use crate::host::RunContext;

/// Tells its end when it is dropped.
pub struct Connection {
    run: Arc<RunContext>,
    id: u64,
    protocol: Protocol,
    target: String,
    address: String,
    up: AtomicU64,
    down: AtomicU64,
    /// Whether it came to something that has an end.
    started: OnceLock<()>,
    reason: OnceLock<String>,
}

impl Connection {
    pub fn new(run: &Arc<RunContext>, protocol: Protocol, host: Option<String>, address: SocketAddr) -> Self {
        let target = host.map_or_else(|| address.to_string(), |host| format!("{host}:{}", address.port()));
        Self {
            id: run.shared.connections.next(),
            run: run.clone(),
            protocol,
            target,
            address: address.to_string(),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            started: OnceLock::new(),
            reason: OnceLock::new(),
        }
    }

    pub fn sent(&self, bytes: usize) {
        self.up.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub fn received(&self, bytes: usize) {
        self.down.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub async fn opened(&self) {
        self.started.get_or_init(|| ());
        self.emit(NetworkState::Opened).await;
    }

    pub async fn listening(&self) {
        self.started.get_or_init(|| ());
        self.emit(NetworkState::Listening).await;
    }

    pub async fn denied(&self) {
        self.emit(NetworkState::Denied).await;
    }

    pub async fn failed(&self, reason: impl Into<String>) {
        self.emit(NetworkState::Failed { reason: reason.into() }).await;
    }

    /// Why it will end; the first reason stays.
    pub fn close_as(&self, reason: impl Into<String>) {
        self.reason.get_or_init(|| reason.into());
    }

    fn event(&self, state: NetworkState) -> EventKind {
        EventKind::Network(NetworkEvent {
            connection: self.id,
            protocol: self.protocol,
            target: self.target.clone(),
            address: Some(self.address.clone()),
            state,
            bytes_up: self.up.load(Ordering::Relaxed),
            bytes_down: self.down.load(Ordering::Relaxed),
        })
    }

    async fn emit(&self, state: NetworkState) {
        self.run.events.emit(self.event(state)).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.started.get().is_none() {
            return;
        }
        let reason = self.reason.take().unwrap_or_else(|| "closed by the node".to_owned());
        let event = self.event(NetworkState::Closed { reason });
        // A full channel is waited for elsewhere: the guest's end must not wait, and the event must not be lost.
        if let Err(event) = self.run.events.try_emit(event)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let events = self.run.events.clone();
            runtime.spawn(async move { events.emit(event).await });
        }
    }
}
