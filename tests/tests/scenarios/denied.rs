//! Every capability has a denied test, through components and through core modules where those can reach it.

use std::time::Duration;

use runtime::event::EventKind;
use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::{Value, json};
use support::{bench, nodes, servers};
use tokio::net::UdpSocket;

/// Node and inputs that need the capability first of all.
const COMPONENT: [(Capability, &str, &str); 14] = [
    (Capability::TcpConnect, "net", "tcp_client"),
    (Capability::TcpListen, "net", "tcp_listener"),
    (Capability::UdpBind, "net", "udp_echo"),
    (Capability::UdpSend, "net", "udp_echo"),
    (Capability::DnsLookup, "net", "dns_lookup"),
    (Capability::Http, "net", "http_get"),
    (Capability::WebSocket, "net", "websocket_echo"),
    (Capability::OAuth, "host", "auth"),
    (Capability::Models, "host", "models"),
    (Capability::Variables, "host", "variables"),
    (Capability::Cache, "host", "cache"),
    (Capability::Streaming, "minimal", "my_custom_node"),
    (Capability::StorageRead, "host", "storage"),
    (Capability::StorageWrite, "host", "storage"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_capability_can_be_denied_to_components() {
    let bench = bench();
    let server = servers::udp_echo().await;
    let tried = |wanted: &Capability| COMPONENT.iter().any(|(capability, ..)| capability == wanted);
    // Datagrams of peers that were never written to have a test of their own.
    let missing: Vec<_> = Capability::ALL.into_iter().filter(|wanted| !tried(wanted)).collect();
    assert_eq!(missing, [Capability::UdpReceive], "a new capability needs a row");
    for (capability, package, name) in COMPONENT {
        let node = bench.load(nodes::rust(package)).await;
        let inputs = json!({
            "port": server.port(),
            "name": "localhost",
            "url": if name == "websocket_echo" { "ws://127.0.0.1:9/" } else { "http://127.0.0.1:9/" },
        });
        let deny = format!("{}:*", capability.name());
        // The rules of capabilities without a target stand alone.
        let deny = if capability.asks() { deny } else { capability.name().to_owned() };
        let start = bench.run(&node).node(name).inputs(inputs).allow("all").deny(&deny);
        let finished = start.time(Duration::from_secs(5)).await;
        assert_eq!(finished.denied(), [capability], "{name} without \"{deny}\": {}", finished.report());
        assert!(finished.outcome.trap.as_ref().is_none_or(|trap| trap.reason.is_limit()), "a denial is not a trap");
    }
}

/// A peer that may be written to may answer; anybody else is a permission of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_datagram_from_a_stranger_is_denied_then_received() {
    let bench = bench();
    let node = bench.load(nodes::rust("net")).await;
    for (rule, received) in [(None, Value::Null), (Some("udp-receive:127.0.0.1:*"), json!("from a stranger"))] {
        let start = bench.run(&node).time(Duration::from_secs(2)).allow("udp-bind:127.0.0.1:*");
        let mut running = if let Some(rule) = rule { start.allow(rule) } else { start }.start();
        let events = running.events.clone();
        let call = tokio::spawn(async move { running.call("udp_receiver", json!({})).await });
        let streamed = events.wait_for("the port", |kind| matches!(kind, EventKind::Stream { .. })).await;
        let EventKind::Stream { data, .. } = streamed.kind else { unreachable!("just matched") };
        let port = data.to_value().and_then(|data| data["port"].as_u64()).expect("a port") as u16;
        let stranger = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        stranger.send_to(b"from a stranger", ("127.0.0.1", port)).await.expect("loopback takes it");
        let finished = call.await.expect("the call does not panic");
        assert_eq!(finished.output("received"), received, "with {rule:?}: {}", finished.report());
        assert_eq!(finished.denied().contains(&Capability::UdpReceive), rule.is_none(), "{:?}", finished.decisions());
    }
}

/// What is denied in so many words is not implied by something else that is allowed.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_can_be_denied_to_who_may_send() {
    let (bench, server) = (bench(), servers::udp_echo().await);
    let node = bench.load(nodes::rust("net")).await;
    let inputs = json!({ "port": server.port(), "message": "datagram" });
    let start = bench.run(&node).node("udp_echo").inputs(inputs).time(Duration::from_secs(2));
    let start = start.allow("udp:127.0.0.1:*").allow("udp-bind:127.0.0.1:*").deny("udp-receive:*");
    let finished = start.await;
    assert_ne!(finished.outcome.status, Status::Ok, "the echo never comes: {}", finished.report());
}

#[tokio::test]
async fn every_capability_of_core_modules_can_be_denied() {
    let bench = bench();
    let node = bench.fixture("host/everything").await;
    for (capability, output) in [
        (Capability::Variables, "var_get"),
        (Capability::Cache, "cache_get"),
        (Capability::StorageRead, "read"),
        (Capability::StorageWrite, "write"),
        (Capability::Models, "embed"),
        (Capability::Http, "http"),
        (Capability::OAuth, "oauth_get"),
    ] {
        let name = capability.name();
        let deny = if capability.asks() { format!("{name}:*") } else { name.to_owned() };
        let finished = bench.run(&node).allow("all").deny(&deny).await.ok();
        assert_eq!(finished.denied(), [capability], "{}", finished.report());
        assert_eq!(finished.output(output), 0, "\"{output}\" gives nothing without \"{name}\"");
    }
    let finished = bench.run(&node).allow("all").deny("streaming").await.ok();
    assert_eq!(finished.denied(), [Capability::Streaming]);
    assert!(finished.streamed().is_empty(), "{:?}", finished.streamed());
}

#[tokio::test]
async fn the_first_run_of_a_node_that_asks_for_nothing_asks_nothing() {
    let bench = bench();
    for path in [nodes::rust("minimal"), nodes::python("text"), nodes::assemblyscript("template"), nodes::cpp()] {
        let node = bench.load(path).await;
        let finished = bench.run(&node).inputs(json!({ "input_text": "x" })).await.ok();
        assert!(finished.questions().is_empty() && finished.denied().is_empty(), "{:?}", finished.decisions());
    }
}
