//! TCP, UDP and look-ups: denied, then allowed.

use std::net::Ipv4Addr;

use runtime::event::EventKind;
use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes, servers};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_tcp_client_is_denied_without_a_packet_then_allowed() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let node = bench.load(nodes::rust("net")).await;
    let inputs = json!({ "host": "127.0.0.1", "port": server.port(), "message": "ping" });

    let denied = bench.run(&node).node("tcp_client").inputs(inputs.clone()).await.ended(Status::Error);
    assert!(denied.error().starts_with("connect:"), "the node is told: {}", denied.error());
    assert_eq!(denied.denied(), [Capability::TcpConnect]);
    assert_eq!(server.reached().came, 0, "nothing leaves before the decision");

    let rule = format!("tcp:127.0.0.1:{}", server.port());
    let allowed = bench.run(&node).node("tcp_client").inputs(inputs.clone()).allow(&rule).await.ok();
    assert_eq!(allowed.output("reply"), "ping");
    assert!(allowed.denied().is_empty(), "{:?}", allowed.decisions());

    let both = bench.run(&node).node("tcp_client").inputs(inputs).allow("all").deny(&rule).await.ended(Status::Error);
    assert_eq!(both.denied(), [Capability::TcpConnect], "deny beats allow");
    assert_eq!(server.reached().came, 1, "one connection came in all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_for_one_port_is_none_for_another() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let node = bench.load(nodes::rust("net")).await;
    let inputs = json!({ "port": server.port() });
    let other = format!("tcp:127.0.0.1:{}", server.port().wrapping_add(1).max(1));
    for rule in [other.as_str(), "udp:*", "dns:*", "http:*", "tcp-listen:*"] {
        let finished = bench.run(&node).node("tcp_client").inputs(inputs.clone()).allow(rule).await;
        assert_eq!(finished.denied(), [Capability::TcpConnect], "\"{rule}\" is another permission");
    }
    assert_eq!(server.reached().came, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_is_denied_then_accepts_a_peer() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    let denied = bench.run(&node).node("tcp_listener").await.ended(Status::Error);
    assert!(denied.error().starts_with("listen:"), "{}", denied.error());
    assert!(denied.denied().contains(&Capability::TcpListen), "{:?}", denied.denied());

    let start = bench.run(&node).node("tcp_listener").allow("tcp-listen:127.0.0.1:*");
    let mut running = start.start();
    let events = running.events.clone();
    let call = tokio::spawn(async move { running.call("tcp_listener", json!({})).await });
    let streamed = events.wait_for("the port", |kind| matches!(kind, EventKind::Stream { .. })).await;
    let EventKind::Stream { data, .. } = streamed.kind else { unreachable!("just matched") };
    let port = data.to_value().and_then(|data| data["port"].as_u64()).expect("a port");

    let mut peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port as u16)).await.expect("the node listens");
    peer.write_all(b"from outside").await.expect("the node reads");
    peer.shutdown().await.expect("the node sees the end");
    let mut reply = String::new();
    peer.read_to_string(&mut reply).await.expect("the node answers");
    assert_eq!(reply, "from outside");
    let finished = call.await.expect("the call does not panic").ok();
    assert_eq!(finished.output("received"), "from outside");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_travels_between_nodes_as_a_handle() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    let mut run = bench.run(&node).allow("tcp-listen:127.0.0.1:*").start();
    let opened = run.call("listener_open", json!({})).await.ok();
    let port = opened.output("port_out").as_u64().expect("a port") as u16;
    let peer = tokio::spawn(async move {
        let mut peer = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        peer.write_all(b"hello").await?;
        peer.shutdown().await?;
        let mut reply = String::new();
        peer.read_to_string(&mut reply).await.map(|_| reply)
    });
    let accepted = run.call("listener_accept", json!({ "handle": opened.output("handle") })).await.ok();
    assert_eq!(accepted.output("received"), "hello");
    assert_eq!(peer.await.expect("the peer runs").expect("the peer is served"), "hello");
    drop(run);
    let late = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
    assert!(late.is_err(), "the listener ends with its run");
}

#[tokio::test(flavor = "multi_thread")]
async fn listening_everywhere_is_not_listening_on_loopback() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    let start = bench.run(&node).node("listener_open").inputs(json!({ "host": "0.0.0.0" }));
    let finished = start.allow("tcp-listen:127.0.0.1:*").allow("tcp-listen:@loopback:*").await.ended(Status::Error);
    assert!(finished.denied().contains(&Capability::TcpListen), "{:?}", finished.decisions());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_udp_exchange_is_denied_then_allowed() {
    let (bench, server) = (bench(), servers::udp_echo().await);
    let node = bench.load(nodes::rust("net")).await;
    let inputs = json!({ "port": server.port(), "message": "datagram" });
    let denied = bench.run(&node).node("udp_echo").inputs(inputs.clone()).await.ended(Status::Error);
    assert!(!denied.denied().is_empty(), "{}", denied.report());
    assert_eq!(server.reached().came, 0, "no datagram leaves before the decision");

    let start = bench.run(&node).node("udp_echo").inputs(inputs.clone());
    let rule = format!("udp:127.0.0.1:{}", server.port());
    let allowed = start.allow(&rule).allow("udp-bind:127.0.0.1:*").allow("udp-receive:127.0.0.1:*").await.ok();
    assert_eq!(allowed.output("reply"), "datagram");

    let start = bench.run(&node).node("udp_echo").inputs(inputs);
    let elsewhere = start.allow("udp-bind:127.0.0.1:*").allow("udp:127.0.0.1:1").await.ended(Status::Error);
    assert!(elsewhere.denied().contains(&Capability::UdpSend), "a decision for each destination");
    assert_eq!(server.reached().came, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_is_denied_then_allowed_by_name() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    let lookup = |rule: Option<&str>| {
        let start = bench.run(&node).node("dns_lookup").inputs(json!({ "name": "localhost" }));
        match rule {
            Some(rule) => start.allow(rule),
            None => start,
        }
    };
    for rule in [None, Some("dns:example.com"), Some("dns:*.localhost"), Some("tcp:*")] {
        let denied = lookup(rule).await.ended(Status::Error);
        assert_eq!(denied.denied(), [Capability::DnsLookup], "with {rule:?}");
    }
    let allowed = lookup(Some("dns:localhost")).await.ok();
    let addresses = allowed.output("addresses");
    let loopback = |address: &serde_json::Value| address == "127.0.0.1" || address == "::1";
    assert!(addresses.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(loopback)), "{addresses}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_literal_address_needs_no_look_up() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    let finished = bench.run(&node).node("dns_lookup").inputs(json!({ "name": "127.0.0.1" })).await.ok();
    assert_eq!(finished.output("addresses"), json!(["127.0.0.1"]));
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_name_does_not_open_loopback() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let node = bench.load(nodes::rust("net")).await;
    let inputs = json!({ "host": "localhost", "port": server.port() });
    let looked_up = bench.run(&node).node("tcp_client").inputs(inputs.clone()).allow("dns:localhost").await;
    let looked_up = looked_up.ended(Status::Error);
    assert_eq!(looked_up.denied(), [Capability::TcpConnect], "the name is one question, the address another");
    assert_eq!(server.reached().came, 0);

    let start = bench.run(&node).node("tcp_client").inputs(inputs).allow("dns:localhost");
    let connected = start.allow(&format!("tcp:localhost:{}", server.port())).await.ok();
    assert_eq!(connected.output("reply"), "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn python_sockets_pass_the_same_gate() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let node = bench.load(nodes::python("sockets")).await;
    let inputs = json!({ "port": server.port(), "message": "from Python" });
    let denied = bench.run(&node).node("tcp_client_py").inputs(inputs.clone()).await.ended(Status::Error);
    assert_eq!(denied.denied(), [Capability::TcpConnect]);
    let allowed = bench.run(&node).node("tcp_client_py").inputs(inputs).allow("tcp:127.0.0.1:*").await.ok();
    assert_eq!(allowed.output("reply"), "from Python");

    let denied = bench.run(&node).node("dns_lookup_py").await.ended(Status::Error);
    assert_eq!(denied.denied(), [Capability::DnsLookup]);
    let allowed = bench.run(&node).node("dns_lookup_py").allow("dns:localhost").await.ok();
    assert!(allowed.output("addresses").as_array().is_some_and(|list| !list.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_knows_what_was_declared() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let node = bench.load(nodes::rust("net")).await;
    let inputs = json!({ "port": server.port() });
    for (name, declared) in [("tcp_client", true), ("tcp_undeclared", false)] {
        let finished = bench.run(&node).node(name).inputs(inputs.clone()).allow("tcp:127.0.0.1:*").await.ok();
        let connects = finished.decisions().into_iter().find(|one| one.request.capability == Capability::TcpConnect);
        let connect = connects.unwrap_or_else(|| panic!("{name} connects: {:?}", finished.decisions()));
        assert_eq!(connect.declared, declared, "{name}");
        assert_eq!(connect.identity.node, name, "the decision is the node's");
        assert_eq!(connect.build, node.artifact.hash, "and the build's");
    }
    let undeclared = bench.run(&node).node("udp_undeclared").inputs(json!({ "port": 9 })).await.ended(Status::Error);
    assert!(undeclared.decisions().iter().all(|decided| !decided.declared), "{:?}", undeclared.decisions());
}
