//! Sockets and look-ups against loopback, called as the linker calls them.

mod revoked;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket as Peer};
use wasmtime::component::Resource;
use wasmtime::{AsContextMut as _, Store};
use wasmtime_wasi::p2::TcpSocket;
use wasmtime_wasi::p2::bindings::sockets::instance_network::Host as _;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use wasmtime_wasi::p2::bindings::sockets::tcp::HostTcpSocket;
use wasmtime_wasi::p2::bindings::sockets::udp::{
    HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, Network, Pollable as _, SocketResult, UdpSocket};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsView as _};

use super::super::sockets::{create_tcp_socket, create_udp_socket, lookup, tcp, udp};
use super::super::state::{Console, State, Wasi};
use super::{ALLOW, Always, World, engine, quiet, world};
use crate::event::{EventKind, NetworkState, Protocol};
use crate::limits::Limits;
use crate::permission::{Answer, DenyAll, Lifetime, Target};

const V4: IpAddressFamily = IpAddressFamily::Ipv4;
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn allowing(rules: &[&str]) -> World {
    world(Limits::default(), rules, DenyAll)
}

/// A store as a component has it, without a component.
struct Guest(Store<State>);

impl Guest {
    fn new(world: &World) -> Self {
        let host = world.state();
        let console = Console::log(&host);
        Self(Store::new(&engine(), State::new(host, &[], console)))
    }

    fn state(&mut self) -> &mut Wasi {
        &mut self.0.data_mut().wasi
    }

    fn network(&mut self) -> Resource<Network> {
        self.state().sockets().instance_network().expect("there is always a network")
    }

    fn tcp(&mut self) -> u32 {
        create_tcp_socket(self.state(), V4).expect("a socket").rep()
    }

    async fn udp(&mut self) -> u32 {
        create_udp_socket(self.state(), V4).await.expect("a socket").rep()
    }

    async fn connect(&mut self, to: SocketAddr) -> SocketResult<(Resource<DynInputStream>, Resource<DynOutputStream>)> {
        let (socket, network) = (self.tcp(), self.network());
        let this = || Resource::<TcpSocket>::new_borrow(socket);
        tcp::start_connect(self.0.as_context_mut(), this(), network, to.into()).await?;
        self.state().table.get_mut(&this())?.ready().await;
        tcp::finish_connect(self.state(), this()).await
    }

    async fn bind(&mut self, to: SocketAddr) -> SocketResult<u32> {
        let (socket, network) = (self.tcp(), self.network());
        let this = || Resource::<TcpSocket>::new_borrow(socket);
        tcp::start_bind(self.0.as_context_mut(), this(), network, to.into()).await?;
        HostTcpSocket::finish_bind(&mut self.state().sockets(), this())?;
        Ok(socket)
    }

    async fn listen(&mut self) -> SocketResult<(u32, SocketAddr)> {
        let (socket, network) = (self.tcp(), self.network());
        let this = || Resource::<TcpSocket>::new_borrow(socket);
        HostTcpSocket::start_bind(&mut self.state().sockets(), this(), network, SocketAddr::new(LOOPBACK, 0).into())
            .await?;
        HostTcpSocket::finish_bind(&mut self.state().sockets(), this())?;
        tcp::start_listen(self.0.as_context_mut(), this()).await?;
        HostTcpSocket::finish_listen(&mut self.state().sockets(), this())?;
        let address = HostTcpSocket::local_address(&mut self.state().sockets(), this())?;
        Ok((socket, address.into()))
    }

    /// A UDP socket on any port of any address, with its streams.
    async fn datagrams(&mut self) -> (Resource<IncomingDatagramStream>, Resource<OutgoingDatagramStream>, u16) {
        self.datagrams_at(Ipv4Addr::UNSPECIFIED.into()).await
    }

    /// The same at an address.
    async fn datagrams_at(
        &mut self,
        local: IpAddr,
    ) -> (Resource<IncomingDatagramStream>, Resource<OutgoingDatagramStream>, u16) {
        let (socket, network) = (self.udp().await, self.network());
        let this = || Resource::<UdpSocket>::new_borrow(socket);
        let local = SocketAddr::new(local, 0);
        udp::start_bind(self.0.as_context_mut(), this(), network, local.into()).await.expect("a bind");
        HostUdpSocket::finish_bind(&mut self.state().sockets(), this()).expect("bound");
        let port =
            SocketAddr::from(HostUdpSocket::local_address(&mut self.state().sockets(), this()).expect("an address"))
                .port();
        let (incoming, outgoing) = udp::open(self.0.as_context_mut(), this(), None).await.expect("streams");
        (incoming, outgoing, port)
    }

    async fn send(
        &mut self,
        stream: &Resource<OutgoingDatagramStream>,
        to: SocketAddr,
        data: &[u8],
    ) -> SocketResult<u64> {
        let this = || Resource::<OutgoingDatagramStream>::new_borrow(stream.rep());
        self.state().table.get_mut(stream)?.ready().await;
        HostOutgoingDatagramStream::check_send(&mut self.state().sockets(), this())?;
        let datagram = OutgoingDatagram { data: data.to_vec(), remote_address: Some(IpSocketAddress::from(to)) };
        udp::send(self.0.as_context_mut(), this(), vec![datagram]).await
    }

    async fn look_up(&mut self, name: &str) -> SocketResult<Vec<IpAddr>> {
        let network = self.network();
        let stream = lookup::resolve_addresses(self.0.as_context_mut(), network, name.to_owned()).await?;
        Ok(self.state().table.delete(stream)?.0.collect())
    }
}

fn code<T>(result: SocketResult<T>) -> ErrorCode {
    match result {
        Ok(_) => panic!("must be refused"),
        Err(error) => error.downcast().expect("an error code, not a trap"),
    }
}

#[tokio::test]
async fn connecting_without_a_permit_reaches_nobody() {
    let mut world = quiet();
    let mut guest = Guest::new(&world);
    let server = std::net::TcpListener::bind((LOOPBACK, 0)).expect("a port");
    server.set_nonblocking(true).expect("a listener that does not wait");
    let result = guest.connect(server.local_addr().expect("an address")).await;
    assert_eq!(code(result), ErrorCode::AccessDenied);
    assert!(server.accept().is_err(), "no packet left");
    let events = world.network();
    assert_eq!(events.len(), 1, "one event: {events:?}");
    assert_eq!(events[0].state, NetworkState::Denied);
}

#[tokio::test]
async fn the_check_lets_nothing_through_without_a_ticket() {
    let world = allowing(&["all"]);
    let mut guest = Guest::new(&world);
    let sockets = guest.state().sockets.clone();
    let address = SocketAddr::new(LOOPBACK, 80);
    for usage in [
        SocketAddrUse::TcpBind,
        SocketAddrUse::TcpConnect,
        SocketAddrUse::TcpListen,
        SocketAddrUse::UdpBind,
        SocketAddrUse::UdpSend,
    ] {
        assert!(!sockets.clone().check(address, usage).await, "{usage:?} passed nobody who could ask");
    }
}

#[tokio::test]
async fn bytes_are_counted_in_both_directions() {
    let mut world = allowing(&["tcp:127.0.0.1:*"]);
    let mut guest = Guest::new(&world);
    let server = TcpListener::bind((LOOPBACK, 0)).await.expect("a port");
    let address = server.local_addr().expect("an address");
    let peer = tokio::spawn(async move {
        let (mut stream, _) = server.accept().await.expect("a connection");
        let mut question = [0; 4];
        stream.read_exact(&mut question).await.expect("four bytes");
        stream.write_all(b"answer").await.expect("six bytes");
    });
    let (input, output) = guest.connect(address).await.expect("connected");
    let writer = guest.state().table.get_mut(&output).expect("the stream");
    writer.blocking_write_and_flush(b"ping"[..].into()).await.expect("written");
    let reader = guest.state().table.get_mut(&input).expect("the stream");
    assert_eq!(reader.blocking_read(100).await.expect("read"), &b"answer"[..]);
    peer.await.expect("the peer is content");
    drop(guest);
    let events = world.network();
    let states: Vec<_> = events.iter().map(|event| (&event.state, event.bytes_up, event.bytes_down)).collect();
    let closed = NetworkState::Closed { reason: "closed by the node".into() };
    assert_eq!(states, [(&NetworkState::Opened, 0, 0), (&closed, 4, 6)]);
    assert!(events.iter().all(|event| event.target == address.to_string() && event.protocol == Protocol::Tcp));
}

#[tokio::test]
async fn a_refused_connection_is_told_as_failed() {
    let mut world = allowing(&["tcp:127.0.0.1:*"]);
    let mut guest = Guest::new(&world);
    let closed = TcpListener::bind((LOOPBACK, 0)).await.expect("a port").local_addr().expect("an address");
    assert_eq!(code(guest.connect(closed).await), ErrorCode::ConnectionRefused);
    assert!(matches!(world.network()[..], [ref event] if matches!(event.state, NetworkState::Failed { .. })));
}

#[tokio::test]
async fn addresses_that_cannot_be_reached_are_not_asked_about() {
    let mut world = quiet();
    let mut guest = Guest::new(&world);
    for address in ["0.0.0.0:80", "127.0.0.1:0"] {
        let result = guest.connect(address.parse().expect("an address")).await;
        assert_eq!(code(result), ErrorCode::InvalidArgument, "{address}");
    }
    assert!(world.told().is_empty(), "nobody was asked, nothing happened");
}

#[tokio::test]
async fn listening_asks_and_covers_what_is_accepted() {
    assert_eq!(code(Guest::new(&quiet()).listen().await), ErrorCode::AccessDenied);

    let mut world = allowing(&["tcp-listen:127.0.0.1:*"]);
    let mut guest = Guest::new(&world);
    let (socket, address) = guest.listen().await.expect("listening");
    let mut peer = TcpStream::connect(address).await.expect("connected");
    let this = || Resource::<TcpSocket>::new_borrow(socket);
    guest.state().table.get_mut(&this()).expect("the socket").ready().await;
    let (_, input, _) = tcp::accept(guest.state(), this()).await.expect("accepted");
    peer.write_all(b"hello").await.expect("written");
    let reader = guest.state().table.get_mut(&input).expect("the stream");
    assert_eq!(reader.blocking_read(100).await.expect("read"), &b"hello"[..]);
    let states: Vec<_> = world.network().into_iter().map(|event| event.state).collect();
    assert_eq!(states, [NetworkState::Listening, NetworkState::Opened]);
}

#[tokio::test]
async fn binding_tcp_to_a_port_asks_once_for_listening_too() {
    let taken = std::net::TcpListener::bind((LOOPBACK, 0)).expect("a port");
    let address = taken.local_addr().expect("an address");
    let mut refused = Guest::new(&quiet());
    assert_eq!(code(refused.bind(address).await), ErrorCode::AccessDenied, "whether it is taken is not told");
    let interface = "192.0.2.1:0".parse().expect("an address");
    assert_eq!(code(refused.bind(interface).await), ErrorCode::AccessDenied, "nor which addresses are there");
    refused.bind("0.0.0.0:0".parse().expect("an address")).await.expect("any port of any address tells nothing");

    drop(taken);
    let mut world = world(Limits::default(), &[], Always(Answer { lifetime: Lifetime::Once, ..ALLOW }));
    let mut guest = Guest::new(&world);
    let socket = guest.bind(address).await.expect("bound");
    tcp::start_listen(guest.0.as_context_mut(), Resource::new_borrow(socket)).await.expect("listening");
    let asked = world.told().iter().filter(|kind| matches!(kind, EventKind::Asked(_))).count();
    assert_eq!(asked, 1, "one question for both");
}

#[tokio::test]
async fn sockets_are_limited() {
    let world = world(Limits { sockets: 2, ..Limits::default() }, &[], DenyAll);
    let mut guest = Guest::new(&world);
    let first = guest.tcp();
    guest.udp().await;
    assert_eq!(code(create_tcp_socket(guest.state(), V4)), ErrorCode::NewSocketLimit, "of any kind");
    assert_eq!(code(create_udp_socket(guest.state(), V4).await), ErrorCode::NewSocketLimit);
    tcp::close(guest.state(), first).expect("dropped");
    guest.udp().await;
}

#[tokio::test]
async fn each_udp_peer_is_decided_once() {
    let mut world = world(Limits::default(), &[], Always(ALLOW));
    let mut guest = Guest::new(&world);
    let (incoming, outgoing, _) = guest.datagrams().await;
    let peers = [Peer::bind((LOOPBACK, 0)).await.expect("a port"), Peer::bind((LOOPBACK, 0)).await.expect("a port")];
    for peer in &peers {
        let address = peer.local_addr().expect("an address");
        for _ in 0..2 {
            assert_eq!(guest.send(&outgoing, address, b"ping").await.expect("sent"), 1);
            let mut data = [0; 8];
            let (size, from) = peer.recv_from(&mut data).await.expect("received");
            assert_eq!(&data[..size], b"ping");
            peer.send_to(b"pong!", from).await.expect("answered");
            guest.state().table.get_mut(&incoming).expect("the stream").ready().await;
            let answers = udp::receive(guest.state(), Resource::new_borrow(incoming.rep()), 8).expect("received");
            assert_eq!(answers.len(), 1, "an answer is implied");
        }
    }
    drop(guest);
    let told = world.told();
    let asked = told.iter().filter(|kind| matches!(kind, EventKind::Asked(_))).count();
    assert_eq!(asked, 2, "one question for each peer, none for answers");
    let closed: Vec<_> = told
        .iter()
        .filter_map(|kind| match kind {
            EventKind::Network(event) if matches!(event.state, NetworkState::Closed { .. }) => {
                Some((event.bytes_up, event.bytes_down))
            }
            _ => None,
        })
        .collect();
    assert_eq!(closed, [(8, 10), (8, 10)], "bytes of each peer");
}

#[tokio::test]
async fn a_refused_udp_peer_stays_refused_without_another_question() {
    let mut world = quiet();
    let mut guest = Guest::new(&world);
    let (_, outgoing, _) = guest.datagrams().await;
    let peer = Peer::bind((LOOPBACK, 0)).await.expect("a port");
    let address = peer.local_addr().expect("an address");
    for _ in 0..3 {
        assert_eq!(code(guest.send(&outgoing, address, b"ping").await), ErrorCode::AccessDenied);
    }
    let asked = world.told().iter().filter(|kind| matches!(kind, EventKind::Asked(_))).count();
    assert!(asked <= 1, "the answer holds for the run");
}

#[tokio::test]
async fn datagrams_of_strangers_are_dropped() {
    let mut world = allowing(&["udp:127.0.0.1:*"]);
    let mut guest = Guest::new(&world);
    let (incoming, outgoing, port) = guest.datagrams().await;
    let stranger = Peer::bind((LOOPBACK, 0)).await.expect("a port");
    let friend = Peer::bind((LOOPBACK, 0)).await.expect("a port");
    stranger.send_to(b"psst", (LOOPBACK, port)).await.expect("sent");
    guest.send(&outgoing, friend.local_addr().expect("an address"), b"ping").await.expect("sent");
    friend.send_to(b"pong", (LOOPBACK, port)).await.expect("sent");
    guest.state().table.get_mut(&incoming).expect("the stream").ready().await;
    let received = udp::receive(guest.state(), Resource::new_borrow(incoming.rep()), 8).expect("received");
    assert_eq!(received.len(), 1, "only the friend's");
    assert_eq!(received[0].data, b"pong");
    let denied = world.network().into_iter().filter(|event| event.state == NetworkState::Denied).count();
    assert_eq!(denied, 1, "the stranger was noted");
}

#[tokio::test]
async fn binding_to_an_address_of_ones_own_asks() {
    let world = quiet();
    let mut guest = Guest::new(&world);
    let (socket, network) = (guest.udp().await, guest.network());
    let this = Resource::<UdpSocket>::new_borrow(socket);
    let address = SocketAddr::new(LOOPBACK, 0);
    let result = udp::start_bind(guest.0.as_context_mut(), this, network, address.into()).await;
    assert_eq!(code(result), ErrorCode::AccessDenied);
}

#[tokio::test]
async fn a_revoked_bind_receives_and_sends_nothing_more() {
    let world = world(Limits::default(), &[], Always(ALLOW));
    let mut guest = Guest::new(&world);
    let (incoming, outgoing, _) = guest.datagrams_at(LOOPBACK).await;
    let receive = |guest: &mut Guest| udp::receive(guest.state(), Resource::new_borrow(incoming.rep()), 8);
    assert!(receive(&mut guest).expect("nothing came").is_empty());
    for grant in world.grants.list() {
        assert!(world.grants.revoke(grant.id).await.expect("revoked"), "the grant is there");
    }
    let peer = Peer::bind((LOOPBACK, 0)).await.expect("a port").local_addr().expect("an address");
    assert_eq!(code(receive(&mut guest)), ErrorCode::AccessDenied);
    assert_eq!(code(guest.send(&outgoing, peer, b"ping").await), ErrorCode::AccessDenied);
}

#[tokio::test]
async fn a_literal_address_is_no_look_up() {
    let mut world = quiet();
    let mut guest = Guest::new(&world);
    for name in ["127.0.0.1", "0x7f000001", "127.1"] {
        assert_eq!(guest.look_up(name).await.expect("it is an address"), [LOOPBACK], "{name}");
    }
    assert!(world.told().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn a_look_up_asks_by_name() {
    let mut world = quiet();
    assert_eq!(code(Guest::new(&world).look_up("LocalHost.").await), ErrorCode::AccessDenied);
    let decided = world.told().into_iter().find_map(|kind| match kind {
        EventKind::Decided(decided) => Some(decided.request.target.clone()),
        _ => None,
    });
    assert_eq!(decided, Some(Target::Name("localhost".into())), "in its normal form");
}

#[tokio::test]
async fn a_name_is_remembered_for_the_connection_that_follows() {
    let mut world = allowing(&["dns:localhost", "tcp:localhost@loopback:*"]);
    let mut guest = Guest::new(&world);
    let found = guest.look_up("localhost").await.expect("it resolves");
    assert!(found.contains(&LOOPBACK), "to loopback: {found:?}");
    let server = TcpListener::bind((LOOPBACK, 0)).await.expect("a port");
    let address = server.local_addr().expect("an address");
    guest.connect(address).await.expect("allowed by the name");
    let opened = world.network().into_iter().find(|event| event.state == NetworkState::Opened).expect("opened");
    assert_eq!(opened.target, format!("localhost:{}", address.port()));
    assert_eq!(opened.address, Some(address.to_string()));
}
