//! Every capability has a denied test, through components and through core modules where those can reach it.

use runtime::permission::Capability;
use serde_json::json;
use support::{bench, nodes};

/// Node and inputs that need the capability first of all.
const COMPONENT: [(Capability, &str, &str); 15] = [
    (Capability::TcpConnect, "net", "tcp_client"),
    (Capability::TcpListen, "net", "tcp_listener"),
    (Capability::UdpBind, "net", "udp_echo"),
    (Capability::UdpSend, "net", "udp_echo"),
    (Capability::UdpReceive, "net", "udp_echo"),
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
    let server = support::servers::udp_echo().await;
    let tried: Vec<Capability> = COMPONENT.iter().map(|(capability, ..)| *capability).collect();
    assert_eq!(tried, Capability::ALL, "a new capability needs a row");
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
        let finished = start.time(std::time::Duration::from_secs(5)).await;
        assert_eq!(finished.denied(), [capability], "{name} without \"{deny}\": {}", finished.report());
        assert!(finished.outcome.trap.as_ref().is_none_or(|trap| trap.reason.is_limit()), "a denial is no trap");
    }
}

#[tokio::test]
async fn every_capability_of_core_modules_can_be_denied() {
    let bench = bench();
    let node = bench.fixture("host/everything").await;
    for (capability, output) in [
        (Capability::Variables, "var_get"),
        (Capability::Cache, "cache_get"),
        (Capability::StorageRead, "storage_dir"),
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
