//! Servers on loopback that tests talk to. Each takes a free port and stops when it is dropped.

mod chat;
mod http;
mod peers;
mod program;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rustix::net::sockopt::set_socket_linger;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

pub use self::chat::chat;
pub use self::http::{Http, Received};
pub use self::peers::{dns, nginx, ntp, postgres, redis, websocket};
pub use self::program::Program;

/// A running server and how often it was reached.
pub struct Server {
    pub address: SocketAddr,
    reached: watch::Receiver<Reached>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Connections or datagrams that came.
    pub came: usize,
    /// Connections that were ended by the peer.
    pub left: usize,
}

impl Server {
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn reached(&self) -> Reached {
        *self.reached.borrow()
    }

    /// Waits until peers came and left at least so often.
    pub async fn wait(&self, came: usize, left: usize) {
        let mut reached = self.reached.clone();
        let waiting = reached.wait_for(|reached| reached.came >= came && reached.left >= left);
        let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        assert!(waited.is_ok(), "{came} peers come and {left} leave; so far {:?}", self.reached());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves every connection by a task of its own.
async fn tcp<F, S>(serve: S) -> Server
where
    S: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a listener has an address");
    let counts = Arc::new(watch::Sender::new(Reached::default()));
    let reached = counts.subscribe();
    let task = tokio::spawn(async move {
        // An error of accept is the peer's; there is nobody to serve then.
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            counts.send_modify(|reached| reached.came += 1);
            let (served, counts) = (serve(stream), counts.clone());
            tokio::spawn(async move {
                served.await;
                counts.send_modify(|reached| reached.left += 1);
            });
        }
    });
    Server { address, reached, task }
}

/// Reads to the end and sends everything back.
pub async fn tcp_echo() -> Server {
    tcp(|mut stream| async move {
        let mut received = Vec::new();
        // A peer that breaks off gets no answer; it counts as one that left.
        if stream.read_to_end(&mut received).await.is_ok() {
            let _ = stream.write_all(&received).await;
        }
    })
    .await
}

/// Sends a greeting, then keeps the connection open until the peer ends it.
pub async fn tcp_hold() -> Server {
    tcp(|mut stream| async move {
        let mut block = [0; 512];
        if stream.write_all(b"hold ").await.is_ok() {
            while stream.read(&mut block).await.is_ok_and(|count| count > 0) {}
        }
    })
    .await
}

/// Reads something and breaks the connection off: the peer is told of a reset.
pub async fn tcp_reset() -> Server {
    tcp(|mut stream| async move {
        // A peer that is gone needs no reset.
        let _ = stream.read(&mut [0; 512]).await;
        reset(stream);
    })
    .await
}

/// Ends a connection so that the peer is told of a reset.
pub fn reset(stream: TcpStream) {
    set_socket_linger(&stream, Some(Duration::ZERO)).expect("a socket has this option");
}

/// Sends every datagram back to where it came from.
pub async fn udp_echo() -> Server {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
    let address = socket.local_addr().expect("a socket has an address");
    let counts = watch::Sender::new(Reached::default());
    let reached = counts.subscribe();
    let task = tokio::spawn(async move {
        let mut datagram = vec![0; 65536];
        while let Ok((size, peer)) = socket.recv_from(&mut datagram).await {
            counts.send_modify(|reached| reached.came += 1);
            let _ = socket.send_to(&datagram[..size], peer).await;
        }
    });
    Server { address, reached, task }
}

/// Sends every WebSocket message back.
pub async fn websocket_echo() -> Server {
    tcp(|stream| async move {
        let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
        while let Some(Ok(message)) = socket.next().await {
            if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
                return;
            }
        }
    })
    .await
}

/// Ends every WebSocket with this reason once `when` says so; a peer has left when it answered that.
pub async fn websocket_closing(reason: &'static str, when: watch::Receiver<bool>) -> Server {
    tcp(move |stream| {
        let mut when = when.clone();
        async move {
            let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
            let frame = CloseFrame { code: CloseCode::Normal, reason: reason.into() };
            if when.wait_for(|now| *now).await.is_ok() && socket.close(Some(frame)).await.is_ok() {
                while let Some(Ok(_)) = socket.next().await {}
            }
        }
    })
    .await
}

/// A port on which nothing listens.
pub async fn closed_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
    listener.local_addr().expect("a listener has an address").port()
}
