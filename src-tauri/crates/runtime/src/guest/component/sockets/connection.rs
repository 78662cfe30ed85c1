//! One connection as the network list shows it, with the reason for its end.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use crate::event::{NetworkState, Protocol};
use crate::host::RunContext;
use crate::host::dial::{Track, Traffic};
use crate::permission::Permit;

/// Tells its end when it is dropped.
pub struct Connection {
    track: Track,
    address: SocketAddr,
    pub traffic: Arc<Traffic>,
    reason: OnceLock<String>,
}

impl Connection {
    pub fn new(run: &RunContext, protocol: Protocol, host: Option<String>, address: SocketAddr) -> Self {
        let target = host.map_or_else(|| address.to_string(), |host| format!("{host}:{}", address.port()));
        let track = Track::new(run.events.clone(), run.shared.connections.next(), protocol, target);
        Self { traffic: track.traffic(), track, address, reason: OnceLock::new() }
    }

    /// It ends when the permit is revoked, whatever the guest does meanwhile.
    pub fn rest_on(&mut self, permit: &Permit) {
        self.track.rest_on(std::slice::from_ref(permit));
    }

    pub async fn opened(&self) {
        self.track.opened(self.address.to_string()).await;
    }

    pub async fn listening(&self) {
        self.track.listening(self.address.to_string()).await;
    }

    pub async fn denied(&self) {
        self.track.denied().await;
    }

    pub async fn failed(&self, reason: &str) {
        self.track.failed(reason.to_owned()).await;
    }

    /// Why it will end; the first reason stays.
    pub fn close_as(&self, reason: impl Into<String>) {
        self.reason.get_or_init(|| reason.into());
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let reason = self.reason.take().unwrap_or_else(|| "closed by the node".to_owned());
        self.track.end(NetworkState::Closed { reason });
    }
}
