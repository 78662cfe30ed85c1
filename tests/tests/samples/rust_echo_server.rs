use std::net::Ipv4Addr;
use std::time::Duration;

use runtime::event::Level;
use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Writes, hears all of it come back, and leaves; gives its own address.
async fn visit(port: u16, words: &[&str]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let address = stream.local_addr()?.to_string();
    for word in words {
        stream.write_all(word.as_bytes()).await?;
        let mut back = vec![0; word.len()];
        stream.read_exact(&mut back).await?;
        assert_eq!(String::from_utf8_lossy(&back), *word, "it comes back at once");
    }
    stream.shutdown().await?;
    let rest = stream.read(&mut [0; 16]).await?;
    assert_eq!(rest, 0, "and nothing else");
    Ok(address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_serves_visitors_one_after_the_other() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-echo-server")).await;
    let denied = bench.run(&node).node("listen").await.ended(Status::Error);
    assert!(denied.denied().contains(&Capability::TcpListen), "{}", denied.report());
    assert!(denied.error().starts_with("cannot listen on 127.0.0.1:0: "), "{}", denied.error());

    let mut run = bench.run(&node).allow("tcp-listen:127.0.0.1:*").start();
    let listening = run.call("listen", json!({})).await.ok();
    let port = listening.output("port_out").as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
    let line = format!("listening on 127.0.0.1:{port}");
    assert!(listening.node_logs().contains(&(Level::Info, line.as_str())), "{:?}", listening.lines());
    let listener = listening.output("listener");

    for words in [&["grüße, ", "世界\n"][..], &["second"], &[]] {
        let visitor = tokio::spawn(async move { visit(port, words).await });
        let served = run.call("serve_one", json!({ "listener": listener })).await.ok();
        let address = visitor.await.expect("the visitor runs").expect("the visitor is served");
        assert_eq!((served.output("text"), served.output("visitor")), (json!(words.concat()), json!(address)));
        assert_eq!(served.output("bytes"), words.concat().len());
        assert_eq!(served.fired(), ["exec_out"]);
        let streamed: String = served.streamed().iter().filter_map(|(_, data)| data.as_str()).collect();
        assert!(streamed.ends_with(&words.concat()), "{streamed:?}");
    }
    let lonely = run.call("serve_one", json!({ "listener": listener, "wait": 0.0 })).await.ok();
    assert_eq!(lonely.fired(), ["nobody"]);

    let closed = run.call("close", json!({ "listener": listener })).await.ok();
    assert_eq!(closed.fired(), ["exec_out"]);
    let gone = async { while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("nobody listens any more");
    for name in ["serve_one", "close"] {
        let late = run.call(name, json!({ "listener": listener })).await.ended(Status::Error);
        assert_eq!(late.error(), "Object handle is unavailable in this package instance and run", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_nothing_in_another_run() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-echo-server")).await;
    let mut first = bench.run(&node).allow("tcp-listen:127.0.0.1:*").start();
    let listener = first.call("listen", json!({})).await.ok().output("listener");
    let other = bench.run(&node).node("close").inputs(json!({ "listener": listener })).await.ended(Status::Error);
    assert!(other.error().contains("unavailable"), "{}", other.error());
    first.call("close", json!({ "listener": listener })).await.ok();
}
