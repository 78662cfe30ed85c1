//! What the gate allowed this store's sockets to do, and the check that holds them to it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio_util::sync::CancellationToken;
use wasmtime_wasi::sockets::SocketAddrUse;

use super::connection::Connection;
use super::normal;
use crate::event::Protocol;
use crate::host::RunContext;
use crate::host::dial::Slot;
use crate::permission::{Capability, Denied, Permit, Request, Target};

/// UDP peers that are remembered; beyond that one is forgotten and asked for again.
const MAX_PEERS: usize = 4096;

/// The sockets of one store, seen from the gate.
pub struct Sockets {
    run: Arc<RunContext>,
    // Short sections: the guest's task and wasmtime's background reads meet here.
    allowed: Mutex<Allowed>,
}

/// The store's own hold on its sockets. Reads that wasmtime has under way in the background hold them a moment longer.
pub struct Held(Arc<Sockets>);

impl Held {
    pub fn new(run: Arc<RunContext>) -> Self {
        Self(Arc::new(Sockets { run, allowed: Mutex::default() }))
    }
}

impl std::ops::Deref for Held {
    type Target = Arc<Sockets>;

    fn deref(&self) -> &Arc<Sockets> {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.forget_peers();
    }
}

#[derive(Default)]
struct Allowed {
    /// How often each of these may still be done.
    tickets: HashMap<(Capability, SocketAddr), u32>,
    /// Decisions on UDP peers, for the run.
    sends: HashMap<SocketAddr, Peer>,
    receives: HashMap<SocketAddr, Peer>,
}

/// A UDP peer that was asked about.
#[derive(Clone)]
enum Peer {
    /// Until this is revoked.
    Allowed(CancellationToken, Arc<Connection>),
    Denied,
}

impl Sockets {
    fn allowed(&self) -> MutexGuard<'_, Allowed> {
        self.allowed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name whose look-up led to the address.
    fn name_of(&self, address: SocketAddr) -> Option<String> {
        let names = self.run.shared.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(&address.ip()).cloned()
    }

    /// A connection to a peer.
    pub fn connection(&self, protocol: Protocol, peer: SocketAddr) -> Connection {
        let peer = normal(peer);
        Connection::new(&self.run, protocol, self.name_of(peer), peer)
    }

    /// A socket of the node's own, at a local address.
    pub fn own(&self, protocol: Protocol, local: SocketAddr) -> Connection {
        Connection::new(&self.run, protocol, None, normal(local))
    }

    /// A place among the sockets that the run may have open, however it came by them.
    pub fn claim(&self) -> Option<Slot> {
        self.run.shared.connections.claim(self.run.limits.sockets)
    }

    /// Asks the gate; dropping the future withdraws the question.
    pub async fn ask(
        &self,
        capability: Capability,
        address: SocketAddr,
        call_site: Vec<String>,
    ) -> Result<Permit, Denied> {
        let address = normal(address);
        let is_own = matches!(capability, Capability::TcpListen | Capability::UdpBind);
        let host = if is_own { None } else { self.name_of(address) };
        let target = Target::Socket { host, address };
        self.run.gate.require(Request { capability, target, call_site }).await
    }

    /// Forgets what was decided on UDP peers, and tells their ends: the store goes, or another node of the package goes
    /// on and is asked for itself.
    pub fn forget_peers(&self) {
        let mut allowed = self.allowed();
        allowed.sends.clear();
        allowed.receives.clear();
    }

    pub fn add_ticket(&self, capability: Capability, address: SocketAddr) {
        *self.allowed().tickets.entry((capability, address)).or_default() += 1;
    }

    pub fn take_ticket(&self, capability: Capability, address: SocketAddr) -> bool {
        let mut allowed = self.allowed();
        let Entry::Occupied(mut tickets) = allowed.tickets.entry((capability, address)) else { return false };
        *tickets.get_mut() -= 1;
        if *tickets.get() == 0 {
            tickets.remove();
        }
        true
    }

    /// The decision on sending to a peer, if there is one that still stands.
    pub fn send_decision(&self, address: SocketAddr) -> Option<bool> {
        self.allowed().decision(Capability::UdpSend, normal(address))
    }

    /// Decides on sending to a peer; remembered for the run.
    pub async fn allow_send(&self, address: SocketAddr, call_site: Vec<String>) -> bool {
        self.allow_peer(Capability::UdpSend, address, call_site).await
    }

    async fn allow_peer(&self, capability: Capability, address: SocketAddr, call_site: Vec<String>) -> bool {
        let address = normal(address);
        let answer = self.ask(capability, address, call_site).await;
        let mut connection = self.connection(Protocol::Udp, address);
        let peer = match answer {
            Ok(permit) => {
                connection.rest_on(&permit);
                connection.opened().await;
                Peer::Allowed(permit.revoked().clone(), Arc::new(connection))
            }
            Err(Denied) => {
                connection.denied().await;
                Peer::Denied
            }
        };
        let is_allowed = matches!(peer, Peer::Allowed(..));
        self.allowed().remember(capability, address, peer);
        if capability == Capability::UdpSend && is_allowed && self.denies_answers(address) {
            self.allowed().remember(Capability::UdpReceive, address, Peer::Denied);
        }
        is_allowed
    }

    /// A peer that may be sent to may answer, unless receiving from it is denied in so many words.
    fn denies_answers(&self, address: SocketAddr) -> bool {
        let target = Target::Socket { host: self.name_of(address), address };
        self.run.gate.denies_already(&Request { capability: Capability::UdpReceive, target, call_site: Vec::new() })
    }

    /// The connection that datagrams from or to a peer are counted on.
    pub fn peer(&self, address: SocketAddr) -> Option<Arc<Connection>> {
        let allowed = self.allowed();
        let address = normal(address);
        [&allowed.sends, &allowed.receives].into_iter().find_map(|peers| match peers.get(&address) {
            Some(Peer::Allowed(_, connection)) => Some(connection.clone()),
            _ => None,
        })
    }

    /// wasmtime's last question before a system call.
    pub fn check(
        self: Arc<Self>,
        address: SocketAddr,
        usage: SocketAddrUse,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + Sync>> {
        let decided = match usage {
            SocketAddrUse::TcpBind => Some(is_silent_bind(address) || self.take_ticket(Capability::TcpListen, address)),
            // Implied by the permit to listen.
            SocketAddrUse::TcpAccept => Some(true),
            SocketAddrUse::TcpConnect => Some(self.take_ticket(Capability::TcpConnect, address)),
            SocketAddrUse::TcpListen => Some(self.take_ticket(Capability::TcpListen, address)),
            SocketAddrUse::UdpBind => Some(is_implicit_bind(address) || self.take_ticket(Capability::UdpBind, address)),
            SocketAddrUse::UdpSend => Some(self.send_decision(address).unwrap_or(false)),
            SocketAddrUse::UdpReceive => {
                let mut allowed = self.allowed();
                let address = normal(address);
                let answers = allowed.decision(Capability::UdpSend, address).filter(|sends| *sends);
                allowed.decision(Capability::UdpReceive, address).or(answers)
            }
        };
        match decided {
            Some(decided) => Box::pin(std::future::ready(decided)),
            None => {
                Box::pin(Exclusive::new(
                    async move { self.allow_peer(Capability::UdpReceive, address, Vec::new()).await },
                ))
            }
        }
    }
}

impl Allowed {
    fn peers(&mut self, capability: Capability) -> &mut HashMap<SocketAddr, Peer> {
        if capability == Capability::UdpSend { &mut self.sends } else { &mut self.receives }
    }

    /// A permit that was revoked is forgotten: the next use asks again.
    fn decision(&mut self, capability: Capability, address: SocketAddr) -> Option<bool> {
        let Entry::Occupied(peer) = self.peers(capability).entry(address) else { return None };
        match peer.get() {
            Peer::Denied => Some(false),
            Peer::Allowed(revoked, _) if !revoked.is_cancelled() => Some(true),
            Peer::Allowed(..) => {
                peer.remove();
                None
            }
        }
    }

    fn remember(&mut self, capability: Capability, address: SocketAddr, peer: Peer) {
        let peers = self.peers(capability);
        if peers.len() >= MAX_PEERS
            && let Some(any) = peers.keys().next().copied()
        {
            peers.remove(&any);
        }
        peers.insert(address, peer);
    }
}

/// Any local address, any port: what sending or connecting does by itself.
pub(super) fn is_implicit_bind(address: SocketAddr) -> bool {
    address.ip().is_unspecified() && address.port() == 0
}

/// What tells nothing about the machine: any free port, of any address or of loopback.
pub(super) fn is_silent_bind(address: SocketAddr) -> bool {
    is_implicit_bind(address) || (address.port() == 0 && address.ip().is_loopback())
}

/// A future that may be shared between threads because nobody can poll it through a shared reference.
struct Exclusive<F>(Mutex<Pin<Box<F>>>);

impl<F> Exclusive<F> {
    fn new(future: F) -> Self {
        Self(Mutex::new(Box::pin(future)))
    }
}

impl<F: Future> Future for Exclusive<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(context)
    }
}
