use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes, servers};

#[tokio::test(flavor = "multi_thread")]
async fn pings_when_it_may() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-redis-ping")).await;
    let definition = &node.definitions[0];
    assert_eq!(definition.permissions, ["network:tcp", "network:dns"]);
    assert!(definition.pins.iter().any(|pin| pin.name == "password" && pin.sensitive), "passwords are not shown");

    let Some(server) = servers::redis().await else { return };
    let inputs = |message: &str| json!({ "host": "127.0.0.1", "port": server.port(), "message": message });
    let denied = bench.run(&node).inputs(inputs("")).await.ended(Status::Error);
    assert_eq!(denied.denied(), [Capability::TcpConnect]);
    assert_eq!(denied.fired(), ["failed"]);

    let rule = format!("tcp:127.0.0.1:{}", server.port());
    for (message, reply) in [("", "PONG"), ("grüße", "grüße"), ("a\r\nb", "a\r\nb")] {
        let allowed = bench.run(&node).inputs(inputs(message)).allow(&rule).await.ok();
        assert_eq!(allowed.output("reply"), reply);
        assert!(allowed.output("milliseconds").as_f64().is_some_and(|time| time >= 0.0));
    }
    let mut wrong = inputs("");
    wrong["password"] = json!("hunter2");
    let refused = bench.run(&node).inputs(wrong).allow(&rule).await.ended(Status::Error);
    assert!(refused.error().contains("the server refuses: ERR AUTH"), "{}", refused.error());
    assert!(!refused.error().contains("hunter2"), "a password is not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_looked_up_first() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-redis-ping")).await;
    let denied = bench.run(&node).inputs(json!({ "host": "localhost", "port": 1 })).await.ended(Status::Error);
    assert_eq!(denied.denied(), [Capability::DnsLookup]);
}
