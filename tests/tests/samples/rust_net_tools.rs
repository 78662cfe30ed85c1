use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::{Value, json};
use support::{bench, nodes, servers};

#[tokio::test(flavor = "multi_thread")]
async fn each_node_declares_its_own_permissions() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-net-tools")).await;
    for (name, permissions) in [
        ("resolve_name", &["network:dns"][..]),
        ("dns_query", &["network:udp"]),
        ("sntp_time", &["network:udp", "network:dns"]),
        ("postgres_hello", &["network:tcp", "network:dns"]),
    ] {
        assert_eq!(node.definition(name).expect("defined").permissions, permissions, "of \"{name}\"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_resolved_when_it_may() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-net-tools")).await;
    let denied = bench.run(&node).node("resolve_name").await.ended(Status::Error);
    assert_eq!((denied.denied(), denied.fired()), (vec![Capability::DnsLookup], vec!["failed"]));
    let allowed = bench.run(&node).node("resolve_name").allow("dns:localhost").await.ok();
    let addresses = allowed.output("addresses");
    assert!(addresses.as_array().is_some_and(|all| all.contains(&json!("127.0.0.1"))), "{addresses}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dns_server_is_asked_for_records() {
    let long = "x".repeat(250);
    let texts = format!("--txt-record=many.test,{long},grüße 世界");
    let records = [
        "--host-record=both.test,192.0.2.7,2001:db8::7",
        "--local-ttl=600",
        "--cname=alias.test,both.test",
        "--local=/test/",
        &texts,
    ];
    let Some(server) = servers::dns(&records).await else { return };
    let bench = bench();
    let node = bench.load(nodes::sample("rust-net-tools")).await;
    let ask = |name: &str, kind: &str| {
        let inputs = json!({ "server": "127.0.0.1", "port": server.port(), "name": name, "kind": kind });
        bench.run(&node).node("dns_query").inputs(inputs)
    };
    let denied = ask("both.test", "A").await.ended(Status::Error);
    assert_eq!((denied.denied(), denied.fired()), (vec![Capability::UdpSend], vec!["failed"]));
    assert!(!server.output().contains("query["), "nothing leaves before the decision");

    let rule = format!("udp:127.0.0.1:{}", server.port());
    for (name, kind, values) in [
        ("both.test", "A", json!(["192.0.2.7"])),
        ("BOTH.test.", "AAAA", json!(["2001:db8::7"])),
        ("alias.test", "A", json!(["192.0.2.7"])),
        ("many.test", "TXT", json!([format!("{long}grüße 世界")])),
        ("many.test", "A", json!([])),
    ] {
        let found = ask(name, kind).allow(&rule).await.ok();
        assert_eq!(found.output("values"), values, "{kind} of {name}: {}", found.output("records"));
        assert!(found.decisions().iter().all(|one| one.declared), "{:?}", found.decisions());
    }
    let alias = ask("alias.test", "A").allow(&rule).await.ok().output("records");
    assert_eq!(alias[0], json!({ "name": "alias.test", "kind": "CNAME", "ttl": 600, "value": "both.test" }));
    let nobody = ask("nobody.test", "A").allow(&rule).await.ended(Status::Error);
    assert_eq!(nobody.error(), "nobody.test: there is no such name");
    let broken = ask("a..test", "A").allow(&rule).await.ended(Status::Error);
    assert!(broken.error().contains("0 bytes"), "{}", broken.error());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_server_is_asked_for_the_time() {
    let Some(server) = servers::ntp().await else { return };
    let bench = bench();
    let node = bench.load(nodes::sample("rust-net-tools")).await;
    let inputs = json!({ "host": "127.0.0.1", "port": server.port() });
    let denied = bench.run(&node).node("sntp_time").inputs(inputs.clone()).await.ended(Status::Error);
    assert_eq!((denied.denied(), denied.fired()), (vec![Capability::UdpSend], vec!["failed"]));

    let rule = format!("udp:127.0.0.1:{}", server.port());
    let allowed = bench.run(&node).node("sntp_time").inputs(inputs).allow(&rule).await.ok();
    let number = |pin: &str| allowed.output(pin).as_f64().unwrap_or_else(|| panic!("\"{pin}\" is a number"));
    // Both ends have the same clock: nothing but the way can be in the difference.
    assert!(number("offset").abs() <= number("round_trip") / 2.0 + 5.0, "{}", allowed.report());
    assert!(number("round_trip") >= 0.0, "{}", allowed.report());
    assert_eq!(allowed.output("stratum"), 5, "as the server is set up");
    let time = allowed.output("time");
    let year = time.as_str().and_then(|time| time.split_once('-')).map(|(year, _)| year.len());
    assert!(year == Some(4) && time.as_str().is_some_and(|time| time.ends_with('Z')), "{time}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_server_says_who_it_is() {
    let Some(server) = servers::postgres().await else { return };
    let bench = bench();
    let node = bench.load(nodes::sample("rust-net-tools")).await;
    let hello = |user: &str, database: &str| {
        let inputs = json!({ "host": "127.0.0.1", "port": server.port(), "user": user, "database": database });
        bench.run(&node).node("postgres_hello").inputs(inputs)
    };
    let denied = hello("postgres", "").await.ended(Status::Error);
    assert_eq!((denied.denied(), denied.fired()), (vec![Capability::TcpConnect], vec!["failed"]));

    let rule = format!("tcp:127.0.0.1:{}", server.port());
    let allowed = hello("postgres", "").allow(&rule).await.ok();
    assert_eq!(allowed.output("authentication"), "none");
    assert_eq!(allowed.output("tls"), false);
    let parameters = allowed.output("parameters");
    assert_eq!(parameters["server_version"], allowed.output("version"));
    assert_eq!((&parameters["server_encoding"], &parameters["is_superuser"]), (&json!("UTF8"), &json!("on")));

    let guarded = hello("guarded", "postgres").allow(&rule).await.ok();
    assert_eq!(guarded.output("authentication"), "SCRAM-SHA-256");
    assert_eq!((guarded.output("version"), guarded.output("parameters")), (json!(""), json!({})));

    let nowhere = hello("postgres", "näñ").allow(&rule).await.ended(Status::Error);
    assert!(nowhere.error().ends_with("database \"näñ\" does not exist (3D000)"), "{}", nowhere.error());
    assert_eq!(nowhere.output("parameters"), Value::Null);
}
