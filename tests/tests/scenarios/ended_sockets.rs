//! Sockets whose peer is gone, or whose permit is: every call gives an error that guests can bear, and the node goes on.

use std::net::Ipv4Addr;

use runtime::permission::Lifetime;
use runtime::permission::prompter::Scripted;
use serde_json::json;
use support::{bench, nodes, servers};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn f30_everything_can_be_asked_of_a_socket_that_was_reset() {
    let (bench, server) = (bench(), servers::tcp_reset().await);
    let node = bench.load(nodes::rust("net")).await;
    let start = bench.run(&node).node("tcp_after_end").inputs(json!({ "port": server.port() }));
    let finished = start.allow("tcp:127.0.0.1:*").await.ok();
    let answers = finished.output("answers").to_string();
    // peer_addr, the first question after the reset.
    assert!(answers.contains("ConnectionReset"), "{answers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f30_everything_can_be_asked_of_a_socket_that_the_peer_closed() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    // At once, and with something unread, which makes a reset of the close.
    let serving = tokio::spawn(async move {
        loop {
            drop(listener.accept().await);
        }
    });
    for message in ["", "hello"] {
        let start = bench.run(&node).node("tcp_after_end").inputs(json!({ "port": port, "message": message }));
        start.allow("tcp:127.0.0.1:*").await.ok();
    }
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn f30_a_peer_that_is_gone_before_it_is_accepted_stops_no_listener() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    let mut run = bench.run(&node).allow("tcp-listen:127.0.0.1:*").start();
    let opened = run.call("listener_open", json!({})).await.ok();
    let port = opened.output("port_out").as_u64().expect("a port") as u16;
    let peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("the node listens");
    servers::reset(peer);
    // An error of the connection, or nothing received: the node is told, and not stopped.
    let accepted = run.call("listener_accept", json!({ "handle": opened.output("handle") })).await;
    assert!(accepted.outcome.trap.is_none(), "{}", accepted.report());
}

#[tokio::test(flavor = "multi_thread")]
async fn f30_python_leaves_a_broken_socket_open() {
    let (bench, server) = (bench(), servers::tcp_reset().await);
    let node = bench.load(nodes::python("sockets")).await;
    let start = bench.run(&node).node("tcp_left_open_py").inputs(json!({ "port": server.port() }));
    let finished = start.allow("tcp:127.0.0.1:*").await.ok();
    assert!(finished.output("answers").to_string().contains("Error"), "{}", finished.report());
}

#[tokio::test(flavor = "multi_thread")]
async fn f30_a_revoked_socket_can_be_asked_everything() {
    let (bench, server) = (bench(), servers::tcp_hold().await);
    let node = bench.load(nodes::rust("net")).await;
    let script = Scripted::allowing(Lifetime::Session);
    let mut running = bench.run(&node).node("tcp_after_end").ask(script).start();
    let port = server.port();
    let call = tokio::spawn(async move { running.call("tcp_after_end", json!({ "port": port })).await });
    server.wait(1, 0).await;
    let grant = bench.workbench.grants().list().pop().expect("an answer is remembered");
    bench.workbench.grants().revoke(grant.id).await.expect("revoking works");
    call.await.expect("the call does not panic").ok();
}
