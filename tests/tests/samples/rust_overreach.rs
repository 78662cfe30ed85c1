use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes, servers};

const WISHES: [Capability; 4] = [Capability::Http, Capability::DnsLookup, Capability::TcpConnect, Capability::UdpSend];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_declared_is_told_apart() {
    let Some(server) = servers::nginx(&[("page.json", "{}")]).await else { return };
    let bench = bench();
    let node = bench.load(nodes::sample("rust-overreach")).await;
    assert_eq!(node.definitions[0].permissions, ["network:http"]);
    let url = format!("http://{}/page.json", server.address);
    let inputs = json!({ "url": url, "name": "localhost", "address": server.address.to_string() });

    let denied = bench.run(&node).inputs(inputs.clone()).await.ended(Status::Ok);
    assert_eq!(denied.denied(), WISHES, "every wish is asked about on its own");
    assert_eq!(denied.fired(), ["less"]);
    for decided in denied.decisions() {
        let capability = decided.request.capability;
        assert_eq!(decided.declared, capability == Capability::Http, "\"{}\"", capability.name());
    }

    let start = bench.run(&node).inputs(inputs).allow("http:*").allow("dns:localhost");
    let rules = ["tcp", "udp"].map(|kind| format!("{kind}:127.0.0.1:{}", server.port()));
    let allowed = start.allow(&rules[0]).allow(&rules[1]).await.ok();
    let attempts = allowed.output("attempts");
    assert_eq!((&attempts["http"], &attempts["udp"]), (&json!("status 200"), &json!("5 bytes sent")), "{attempts}");
    assert_eq!(allowed.fired(), ["exec_out"], "{attempts}");
    assert!(allowed.denied().is_empty(), "{:?}", allowed.decisions());
}
