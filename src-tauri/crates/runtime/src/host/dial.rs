//! Connections to exactly the address that was allowed, counted and revocable.
//!
//! Takes a permit and an address; who asked for the permit, and which addresses a name has, is for others (`http`,
//! `websocket`). TLS on top is in `tls`, what is told of a connection in `track`.

mod patience;
mod resolver;
pub(super) mod tls;
mod track;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::net::Shutdown;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Host;

pub use self::patience::within;
pub use self::resolver::Resolver;
pub use self::track::{Track, Traffic};
use super::RunContext;
use crate::permission::{AddressClass, Permit, Target, address};

/// Hands out the connection ids of a run, and counts its open sockets.
#[derive(Debug, Default)]
pub struct ConnectionIds {
    last: AtomicU64,
    open: Arc<AtomicUsize>,
}

/// One open socket of a run's quota; given back when dropped.
#[derive(Debug)]
pub struct Slot(Arc<AtomicUsize>);

impl ConnectionIds {
    pub fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Takes one of `limit` sockets; `None` where all are in use.
    pub fn claim(&self, limit: usize) -> Option<Slot> {
        let claim = |open: usize| (open < limit).then_some(open + 1);
        self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim).ok()?;
        Some(Slot(self.open.clone()))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("{0}: this address was not decided; this is a defect of the workbench")]
    NotDecided(SocketAddr),
    #[error("the run has {0} sockets open, which is its limit; close some first")]
    Quota(usize),
    #[error("{0}: no connection in time")]
    Timeout(SocketAddr),
    #[error("the permission was revoked")]
    Revoked,
    #[error("{0}: {1}")]
    Failed(SocketAddr, io::Error),
}

/// What reading and writing say once a permit was revoked, inside an [`io::Error`].
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the permission was revoked")]
pub struct Revoked;

/// A TCP connection that counts its bytes and is shut down when a permit of it is revoked, also while nobody reads it.
#[derive(Debug)]
pub struct Connection {
    stream: Arc<TcpStream>,
    traffic: Arc<Traffic>,
    revoked: Vec<CancellationToken>,
    _slot: Option<Slot>,
    _watch: DropGuard,
}

/// Connects to `address`, which must be the one that the last of `permits` was given for; all of them must stand.
pub async fn connect(
    run: &RunContext,
    permits: &[Permit],
    address: SocketAddr,
    timeout: Option<Duration>,
    traffic: Arc<Traffic>,
) -> Result<Connection, DialError> {
    if !permits.last().is_some_and(|permit| is_decided(permit, address)) {
        return Err(DialError::NotDecided(address));
    }
    let slot = run.shared.connections.claim(run.limits.sockets).ok_or(DialError::Quota(run.limits.sockets))?;
    let revoked: Vec<_> = permits.iter().map(|permit| permit.revoked().clone()).collect();
    let stream = tokio::select! {
        biased;
        () = any(&revoked) => return Err(DialError::Revoked),
        stream = open(address, timeout) => stream?,
    };
    Ok(Connection::over(stream, traffic, revoked, Some(slot)))
}

/// Waits until any of the tokens fires; for ever where there is none.
async fn any(tokens: &[CancellationToken]) {
    if tokens.is_empty() {
        return std::future::pending().await;
    }
    futures::future::select_all(tokens.iter().map(|token| Box::pin(token.cancelled()))).await;
}

/// As [`connect`], for the workbench's own traffic.
pub(super) async fn connect_trusted(address: SocketAddr, timeout: Duration) -> Result<Connection, DialError> {
    let stream = open(address, Some(timeout)).await?;
    Ok(Connection::over(stream, Arc::default(), Vec::new(), None))
}

async fn open(address: SocketAddr, timeout: Option<Duration>) -> Result<TcpStream, DialError> {
    let connecting = TcpStream::connect(address);
    let stream = match timeout {
        Some(timeout) => tokio::time::timeout(timeout, connecting).await.map_err(|_| DialError::Timeout(address))?,
        None => connecting.await,
    };
    let stream = stream.map_err(|error| DialError::Failed(address, error))?;
    stream.set_nodelay(true).map_err(|error| DialError::Failed(address, error))?;
    Ok(stream)
}

/// Whether the permit's target is this address: the last check before the first packet.
fn is_decided(permit: &Permit, address: SocketAddr) -> bool {
    match &permit.request().target {
        Target::Socket { address: decided, .. } => *decided == address,
        Target::Url { url, address: decided, .. } => {
            let port = url.port_or_known_default() == Some(address.port());
            port && match (decided, url.host()) {
                (Some(decided), _) => *decided == address.ip(),
                (None, Some(Host::Ipv4(literal))) => address::canonical(address.ip()) == literal,
                (None, Some(Host::Ipv6(literal))) => address.ip() == literal,
                (None, Some(Host::Domain(name))) => {
                    let class = AddressClass::reached(address.ip());
                    class == AddressClass::of_name(name).unwrap_or(AddressClass::Internet)
                }
                (None, None) => false,
            }
        }
        Target::Name(_) | Target::Provider(_) | Target::Own => false,
    }
}

impl Connection {
    fn over(stream: TcpStream, traffic: Arc<Traffic>, revoked: Vec<CancellationToken>, slot: Option<Slot>) -> Self {
        let stream = Arc::new(stream);
        let done = CancellationToken::new();
        tokio::spawn(shut_down_when_revoked(Arc::downgrade(&stream), revoked.clone(), done.clone()));
        Self { stream, traffic, revoked, _slot: slot, _watch: done.drop_guard() }
    }

    fn is_revoked(&self) -> bool {
        self.revoked.iter().any(CancellationToken::is_cancelled)
    }

    fn check(&self) -> io::Result<()> {
        if self.is_revoked() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, Revoked));
        }
        Ok(())
    }
}

async fn shut_down_when_revoked(stream: Weak<TcpStream>, revoked: Vec<CancellationToken>, done: CancellationToken) {
    tokio::select! {
        () = any(&revoked) => {}
        () = done.cancelled() => return,
    }
    if let Some(stream) = stream.upgrade() {
        // A socket that is not connected any more needs no end.
        let _ = rustix::net::shutdown(&*stream, Shutdown::Both);
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            self.check()?;
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    // End of file by a revoked permit must not look like the peer's.
                    self.check()?;
                    buffer.advance(count);
                    self.traffic.received(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            self.check()?;
            ready!(self.stream.poll_write_ready(context))?;
            match self.stream.try_write(bytes) {
                Ok(count) => {
                    self.traffic.sent(count);
                    return Poll::Ready(Ok(count));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match rustix::net::shutdown(&*self.stream, Shutdown::Write) {
            Err(error) if error != rustix::io::Errno::NOTCONN => Poll::Ready(Err(error.into())),
            _ => Poll::Ready(Ok(())),
        }
    }
}
