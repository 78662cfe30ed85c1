//! Sessions with servers on this machine and a scripted user.

use std::net::SocketAddr;

use ::http::{HeaderName, HeaderValue};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{Callback, ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::*;
use crate::event::NetworkState;
use crate::host::Call;
use crate::host::http::tests::{Setup, World};
use crate::permission::{Answer, Lifetime, Scripted};

type Peer = WebSocketStream<TcpStream>;

/// A server whose sessions are in the test's hands.
struct Server {
    address: SocketAddr,
    peers: mpsc::UnboundedReceiver<(Peer, Vec<String>)>,
}

/// Remembers what the handshake said.
struct Headers(Arc<Mutex<Vec<String>>>);

impl Callback for Headers {
    fn on_request(self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        let text = |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {value:?}");
        *self.0.lock().expect("no test panics with it") = request.headers().iter().map(text).collect();
        Ok(response)
    }
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, peers) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let seen = Arc::new(Mutex::new(Vec::new()));
                let callback = Headers(seen.clone());
                if let Ok(peer) = tokio_tungstenite::accept_hdr_async(stream, callback).await {
                    // The test may be over.
                    let headers = mem::take(&mut *seen.lock().expect("no test panics with it"));
                    let _ = sender.send((peer, headers));
                }
            }
        });
        Self { address, peers }
    }

    fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    async fn peer(&mut self) -> Peer {
        self.peers.recv().await.expect("a session").0
    }
}

async fn connect(world: &World, url: &str) -> Option<String> {
    world.state().call(Call::WsConnect { url, headers: "{}" }).await.text()
}

async fn send(world: &World, session: &str, message: &[u8], binary: bool) -> bool {
    world.state().call(Call::WsSend { session, message, binary }).await.flag()
}

async fn receive(world: &World, session: &str, timeout_ms: u32) -> Option<Value> {
    let text = world.state().call(Call::WsReceive { session, timeout_ms }).await.text()?;
    Some(serde_json::from_str(&text).expect("the document is JSON"))
}

async fn close(world: &World, session: &str) -> bool {
    world.state().call(Call::WsClose { session }).await.flag()
}

#[tokio::test]
async fn messages_go_both_ways() {
    let mut server = Server::start().await;
    let mut world = Setup::default().build();
    let session = connect(&world, &server.url()).await.expect("connected");
    assert!(session.starts_with("ws_") && session.len() == 35, "an unguessable id: {session}");
    let mut peer = server.peer().await;

    assert!(send(&world, &session, "grüße".as_bytes(), false).await);
    assert!(send(&world, &session, b"\x00\xff", true).await);
    assert_eq!(peer.next().await.expect("a message").expect("whole"), Message::text("grüße"));
    assert_eq!(peer.next().await.expect("a message").expect("whole"), Message::binary(&b"\x00\xff"[..]));

    peer.send(Message::text("hello")).await.expect("sent");
    peer.send(Message::binary(&b"\x00\xff"[..])).await.expect("sent");
    peer.send(Message::Ping("are you there".into())).await.expect("sent");
    assert_eq!(receive(&world, &session, 5000).await, Some(json!({ "type": "text", "data": "hello" })));
    assert_eq!(receive(&world, &session, 5000).await, Some(json!({ "type": "binary", "data": "AP8=" })));
    assert_eq!(receive(&world, &session, 5000).await, Some(json!({ "type": "ping", "data": "are you there" })));
    assert_eq!(receive(&world, &session, 0).await, None, "nothing more is there");
    assert_eq!(receive(&world, &session, 10).await, None, "and nothing comes in time");

    assert!(!send(&world, &session, b"\xff", false).await, "text must be UTF-8");
    assert!(send(&world, &session, b"still open", false).await);

    let closing = tokio::spawn(async move { while peer.next().await.is_some_and(|message| message.is_ok()) {} });
    assert!(close(&world, &session).await, "it was there");
    closing.await.expect("the peer saw the end");
    assert!(!close(&world, &session).await, "it is gone");
    assert!(!send(&world, &session, b"x", false).await);
    assert_eq!(receive(&world, &session, 0).await, None);
    let states: Vec<_> = world.network().into_iter().map(|event| event.state).collect();
    let closed = NetworkState::Closed { reason: "closed by the node".to_owned() };
    let answered = NetworkState::Answered { summary: "101 Switching Protocols".to_owned() };
    assert_eq!(states, [NetworkState::Opened, answered, closed]);
}

#[tokio::test]
async fn the_peer_says_why_it_closes() {
    let mut server = Server::start().await;
    let world = Setup::default().build();
    let session = connect(&world, &server.url()).await.expect("connected");
    let mut peer = server.peer().await;
    peer.send(Message::text("last words")).await.expect("sent");
    let frame = CloseFrame { code: 4001.into(), reason: "enough".into() };
    peer.close(Some(frame)).await.expect("sent");
    assert_eq!(receive(&world, &session, 5000).await, Some(json!({ "type": "text", "data": "last words" })));
    assert_eq!(receive(&world, &session, 5000).await, Some(json!({ "type": "close", "data": "enough", "code": 4001 })));
    drop(peer);
    assert_eq!(receive(&world, &session, 5000).await, None, "after the end there is nothing to wait for");
    assert!(!send(&world, &session, b"x", false).await);
}

#[tokio::test]
async fn headers_are_sent_and_those_of_the_protocol_are_ours() {
    let mut server = Server::start().await;
    let mut world = Setup::default().build();
    let headers = r#"{"Authorization":"Bearer x","X-Number":7}"#;
    let url = server.url();
    let connected = world.state().call(Call::WsConnect { url: &url, headers }).await;
    assert!(connected.text().is_some());
    let (_, seen) = server.peers.recv().await.expect("a session");
    assert!(seen.contains(&"authorization: \"Bearer x\"".to_owned()), "{seen:?}");
    assert!(seen.contains(&"x-number: \"7\"".to_owned()), "{seen:?}");
    for headers in [r#"{"Host":"evil.example"}"#, r#"{"Sec-WebSocket-Key":"x"}"#, r#"{"Connection":"close"}"#, "[]"] {
        let refused = world.state().call(Call::WsConnect { url: &url, headers }).await;
        assert_eq!(refused, Reply::Text(None), "{headers}");
    }
    assert_eq!(world.lines().len(), 4, "each with its reason");
}

#[tokio::test]
async fn the_gate_decides_by_url_and_by_address() {
    let server = Server::start().await;
    let url = format!("ws://chat.example:{}/", server.address.port());
    let names = || vec![("chat.example", vec!["127.0.0.1"])];
    let world = Setup { prompter: Scripted::always(Answer::DENY), names: names(), ..Setup::default() }.build();
    assert_eq!(connect(&world, &url).await, None, "denied");
    assert_eq!(world.prompter.questions().len(), 1);

    let world = Setup { names: names(), ..Setup::default() }.build();
    assert!(connect(&world, &url).await.is_some(), "both questions were allowed");
    let scopes: Vec<String> =
        world.prompter.questions().iter().map(|question| question.scopes[0].to_string()).collect();
    let port = server.address.port();
    assert_eq!(
        scopes,
        [format!("websocket:ws://chat.example:{port}/"), format!("websocket:ws://chat.example@loopback:{port}/")]
    );
    for bad in ["http://127.0.0.1/", "ws://user@127.0.0.1/", "nonsense"] {
        assert_eq!(connect(&world, bad).await, None, "{bad}");
    }
}

#[tokio::test]
async fn revoking_closes_the_session() {
    let mut server = Server::start().await;
    let mut world = World::new(Scripted::allowing(Lifetime::Session));
    let session = connect(&world, &server.url()).await.expect("connected");
    let mut peer = server.peer().await;
    let id = world.grants.list().first().expect("a grant").id;
    world.grants.revoke(id).await.expect("in memory");
    assert!(peer.next().await.is_none_or(|message| message.is_err()), "the peer sees the end at once");
    assert!(!send(&world, &session, b"x", false).await, "nothing can be sent");
    assert_eq!(receive(&world, &session, 5000).await, None, "nothing can be received");
    let closed = world.until(|state| matches!(state, NetworkState::Closed { .. })).await;
    assert_eq!(closed.state, NetworkState::Closed { reason: "the permission was revoked".to_owned() });
}

#[tokio::test]
async fn a_revoked_session_that_nobody_reads_is_told_at_once() {
    let mut server = Server::start().await;
    let mut world = World::new(Scripted::allowing(Lifetime::Session));
    connect(&world, &server.url()).await.expect("connected");
    let mut peer = server.peer().await;
    // More than wait for the guest: the socket is not read any more.
    for _ in 0..300 {
        peer.send(Message::text("unread")).await.expect("sent");
    }
    let id = world.grants.list().first().expect("a grant").id;
    world.grants.revoke(id).await.expect("in memory");
    let closed = world.until(|state| matches!(state, NetworkState::Closed { .. })).await;
    assert_eq!(closed.state, NetworkState::Closed { reason: "the permission was revoked".to_owned() });
}

#[tokio::test]
async fn waiting_on_one_session_holds_up_no_other() {
    let mut server = Server::start().await;
    let world = Setup::default().build();
    let quiet = connect(&world, &server.url()).await.expect("connected");
    let mut quiet_peer = server.peer().await;
    let busy = connect(&world, &server.url()).await.expect("connected");
    let mut busy_peer = server.peer().await;
    let mut state = world.state();
    let waiting =
        tokio::spawn(async move { state.call(Call::WsReceive { session: &quiet, timeout_ms: 60_000 }).await.text() });
    busy_peer.send(Message::text("now")).await.expect("sent");
    assert_eq!(receive(&world, &busy, 5000).await, Some(json!({ "type": "text", "data": "now" })));
    quiet_peer.send(Message::text("later")).await.expect("sent");
    assert!(waiting.await.expect("no panic").is_some_and(|text| text.contains("later")));
}

#[tokio::test]
async fn a_wait_that_is_given_up_loses_no_message() {
    let mut server = Server::start().await;
    let world = Setup::default().build();
    let session = connect(&world, &server.url()).await.expect("connected");
    let mut peer = server.peer().await;
    let given_up = tokio::time::timeout(Duration::from_millis(10), receive(&world, &session, 60_000)).await;
    assert!(given_up.is_err(), "nothing came");
    peer.send(Message::text("hello")).await.expect("sent");
    assert_eq!(receive(&world, &session, 5000).await, Some(json!({ "type": "text", "data": "hello" })));
}

#[tokio::test]
async fn messages_meet_a_limit() {
    let mut server = Server::start().await;
    let world = Setup::default().build();
    let session = connect(&world, &server.url()).await.expect("connected");
    let mut peer = server.peer().await;
    assert!(!send(&world, &session, &vec![0; LARGEST + 1], true).await, "ours");
    let flooding = tokio::spawn(async move { peer.send(Message::binary(vec![0; LARGEST + 1])).await });
    assert_eq!(receive(&world, &session, 30_000).await, None, "theirs ends the session");
    // The peer may or may not notice before it is done.
    let _ = flooding.await.expect("no panic");
}

#[tokio::test]
async fn sessions_are_counted() {
    let server = Server::start().await;
    let mut world = Setup::default().build();
    for count in 0..MOST_SESSIONS {
        assert!(connect(&world, &server.url()).await.is_some(), "session {count}");
    }
    assert_eq!(connect(&world, &server.url()).await, None, "one too many");
    assert!(world.lines().iter().any(|line| line.contains("the run has 16 sessions open; close some first")));
}

#[tokio::test]
async fn sessions_end_with_the_run() {
    let mut server = Server::start().await;
    let world = Setup::default().build();
    connect(&world, &server.url()).await.expect("connected");
    let mut peer = server.peer().await;
    drop(world);
    assert!(peer.next().await.is_none_or(|message| message.is_err()), "the peer sees the end");
}
