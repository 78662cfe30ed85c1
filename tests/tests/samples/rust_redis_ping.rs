use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// Answers PING as Redis does; `None` where the peer says anything else.
async fn serve(listener: TcpListener) -> Option<()> {
    let (stream, _) = listener.accept().await.ok()?;
    let mut stream = BufReader::new(stream);
    let mut parts = Vec::new();
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let count: usize = line.trim_end().strip_prefix('*')?.parse().ok()?;
    for _ in 0..count {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let length: usize = line.trim_end().strip_prefix('$')?.parse().ok()?;
        let mut part = vec![0; length + 2];
        stream.read_exact(&mut part).await.ok()?;
        parts.push(String::from_utf8(part[..length].to_vec()).ok()?);
    }
    let reply = match parts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["PING"] => "+PONG\r\n".to_owned(),
        ["PING", message] => format!("${}\r\n{message}\r\n", message.len()),
        _ => "-ERR unknown command\r\n".to_owned(),
    };
    stream.write_all(reply.as_bytes()).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_when_it_may() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-redis-ping")).await;
    let definition = &node.definitions[0];
    assert_eq!(definition.permissions, ["network:tcp", "network:dns"]);
    assert!(definition.pins.iter().any(|pin| pin.name == "password" && pin.sensitive), "passwords are not shown");

    for (message, reply) in [("", "PONG"), ("grüße", "grüße")] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let server = tokio::spawn(serve(listener));
        let inputs = json!({ "host": "127.0.0.1", "port": port, "message": message });

        let denied = bench.run(&node).inputs(inputs.clone()).await.ended(Status::Error);
        assert_eq!(denied.denied(), [Capability::TcpConnect]);
        assert_eq!(denied.fired(), ["failed"]);

        let allowed = bench.run(&node).inputs(inputs).allow(&format!("tcp:127.0.0.1:{port}")).await.ok();
        assert_eq!(allowed.output("reply"), reply);
        assert!(allowed.output("milliseconds").as_f64().is_some_and(|time| time >= 0.0));
        assert!(server.await.expect("the server runs").is_some(), "the ping was well-formed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_looked_up_first() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-redis-ping")).await;
    let denied = bench.run(&node).inputs(json!({ "host": "localhost", "port": 1 })).await.ended(Status::Error);
    assert_eq!(denied.denied(), [Capability::DnsLookup]);
}
