//! What is left of a socket when its permit is revoked.

use std::io::ErrorKind::WouldBlock;

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynPollable, Pollable, StreamError, TcpSocket, subscribe};

use super::super::super::sockets::revoked;
use super::super::{ALLOW, Always, World, world};
use super::{Guest, LOOPBACK, code};
use crate::event::NetworkState;
use crate::limits::Limits;
use crate::permission::Grants;

/// What a sleeping guest waits for.
struct Never;

#[async_trait::async_trait]
impl Pollable for Never {
    async fn ready(&mut self) {
        std::future::pending().await
    }
}

fn asking() -> World {
    world(Limits::default(), &[], Always(ALLOW))
}

async fn revoke_all(grants: &Grants) {
    for grant in grants.list() {
        assert!(grants.revoke(grant.id).await.expect("revoked"), "the grant is there");
    }
}

/// Whether the other end found the connection closed.
async fn closes(mut peer: TcpStream) -> bool {
    peer.read(&mut [0]).await.is_ok_and(|read| read == 0)
}

#[tokio::test]
async fn revoking_wakes_and_closes_a_connection() {
    let mut world = asking();
    let mut guest = Guest::new(&world);
    let server = TcpListener::bind((LOOPBACK, 0)).await.expect("a port");
    let (input, output) = guest.connect(server.local_addr().expect("an address")).await.expect("connected");
    let grants = world.grants.clone();
    let revoking = tokio::spawn(async move { revoke_all(&grants).await });
    let reader = guest.state().table.get_mut(&input).expect("the stream");
    assert!(matches!(reader.blocking_read(1).await, Err(StreamError::Closed)), "the read ends");
    revoking.await.expect("the grant was revoked");
    let writer = guest.state().table.get_mut(&output).expect("the stream");
    assert!(matches!(writer.check_write(), Err(StreamError::Closed)), "writing as well");
    drop(guest);
    let last = world.network().pop().expect("an event");
    assert_eq!(last.state, NetworkState::Closed { reason: "the permission was revoked".into() });
}

#[tokio::test]
async fn the_peer_of_a_guest_that_computes_sees_the_end_at_the_next_tick() {
    let world = asking();
    let mut guest = Guest::new(&world);
    let server = TcpListener::bind((LOOPBACK, 0)).await.expect("a port");
    let _streams = guest.connect(server.local_addr().expect("an address")).await.expect("connected");
    let (peer, _) = server.accept().await.expect("a connection");
    guest.state().close_revoked();
    assert!(peer.try_read(&mut [0]).is_err_and(|error| error.kind() == WouldBlock), "nothing was revoked yet");
    revoke_all(&world.grants).await;
    guest.state().close_revoked();
    assert!(closes(peer).await, "the connection is closed while the guest still has its streams");
}

#[tokio::test]
async fn the_peer_of_a_guest_that_sleeps_sees_the_end_at_once() {
    let world = asking();
    let mut guest = Guest::new(&world);
    let server = TcpListener::bind((LOOPBACK, 0)).await.expect("a port");
    let _streams = guest.connect(server.local_addr().expect("an address")).await.expect("connected");
    let (peer, _) = server.accept().await.expect("a connection");
    let state = guest.state();
    let never = state.table.push(Never).expect("a place");
    let pollable: Resource<DynPollable> = subscribe(&mut state.table, never).expect("a pollable");
    let pollables = [pollable];
    tokio::select! {
        slept = revoked::poll(state, &pollables) => panic!("it must go on sleeping: {slept:?}"),
        closed = async { revoke_all(&world.grants).await; closes(peer).await } => assert!(closed, "it is closed meanwhile"),
    }
    let server = TcpListener::bind((LOOPBACK, 0)).await.expect("a port");
    let _streams = guest.connect(server.local_addr().expect("an address")).await.expect("it was asked again");
    let (peer, _) = server.accept().await.expect("a connection");
    tokio::select! {
        slept = revoked::block(guest.state(), &pollables[0]) => panic!("it must go on sleeping: {slept:?}"),
        closed = async { revoke_all(&world.grants).await; closes(peer).await } => assert!(closed, "it is closed meanwhile"),
    }
}

#[tokio::test]
async fn a_listener_gives_its_port_back_and_accepts_nobody() {
    let mut world = asking();
    let mut guest = Guest::new(&world);
    let (socket, address) = guest.listen().await.expect("listening");
    TcpStream::connect(address).await.expect("it accepts connections");
    revoke_all(&world.grants).await;
    guest.state().close_revoked();
    TcpStream::connect(address).await.expect_err("nobody listens there any more");
    assert_eq!(
        code(super::tcp::accept(guest.state(), Resource::<TcpSocket>::new_borrow(socket)).await),
        super::ErrorCode::AccessDenied
    );
    let last = world.network().pop().expect("an event");
    assert_eq!(last.state, NetworkState::Closed { reason: "the permission was revoked".into() });
}
