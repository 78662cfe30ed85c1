//! What rules deny is not reached: by another name, in another spelling, over another layer, by a redirect.

use runtime::permission::prompter::Scripted;
use runtime::permission::{AddressClass, Answer, Capability};
use serde_json::{Value, json};
use support::servers::{self, Http};
use support::{Bench, Finished, bench, nodes};

/// Ways to say this machine in a URL.
const HERE: [&str; 8] =
    ["127.0.0.1", "localhost", "0.0.0.0", "0", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "a.localhost"];

/// The three ways of a node to HTTP: host function of a component, host function of a core module, `wasi:http`.
async fn each_way(bench: &Bench, host: &str, port: u16, path: &str, allow: &[&str], deny: &[&str]) -> Vec<Finished> {
    let (component, core) = (bench.load(nodes::rust("net")).await, bench.fixture("host/http").await);
    let inputs = json!({
        "url": format!("http://{host}:{port}{path}"),
        "authority": format!("{host}:{port}"),
        "path": path,
    });
    let mut finished = Vec::new();
    for (node, name) in [(&component, "http_get"), (&component, "wasi_http_get"), (&core, "http_core")] {
        let mut start = bench.run(node).node(name).inputs(inputs.clone());
        for rule in allow {
            start = start.allow(rule);
        }
        for rule in deny {
            start = start.deny(rule);
        }
        finished.push(start.await);
    }
    finished
}

#[tokio::test(flavor = "multi_thread")]
async fn f04_a_deny_by_address_holds_for_every_name_and_spelling() {
    let (bench, http) = (bench(), Http::start().await);
    let port = http.server.port();
    for deny in ["http:http://127.0.0.1:*/", "http:http://@loopback:*/", "http:http://[127.0.0.0/8]:*/"] {
        for host in HERE {
            for finished in each_way(&bench, host, port, "/hello", &["all"], &[deny]).await {
                // `wasi:http` sends a host header of its own, and one in another spelling than the URL's is refused.
                let is_refused = finished.error().contains("UriInvalid");
                assert!(is_refused || !finished.denied().is_empty(), "\"{deny}\", {host}: {}", finished.report());
            }
        }
    }
    assert_eq!(http.server.reached().came, 0, "nothing was dialled");
    let open = each_way(&bench, "localhost", port, "/hello", &["all"], &["http:http://10.0.0.1:*/"]).await;
    assert!(open.iter().all(|finished| finished.denied().is_empty()), "another address is another place");
    assert_eq!(http.server.reached().came, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn f04_a_redirect_is_no_way_round_a_deny() {
    let (bench, first, second) = (bench(), Http::start().await, Http::start().await);
    let node = bench.load(nodes::rust("net")).await;
    for host in ["127.0.0.1", "localhost", "0.0.0.0"] {
        let path = format!("/redirect?http://{host}:{}/hello", second.server.port());
        let inputs = json!({ "url": first.url(&path) });
        let deny = format!("tcp:127.0.0.1:{}", second.server.port());
        let finished = bench.run(&node).node("http_get").inputs(inputs).allow("all").deny(&deny).await;
        assert!(finished.denied().contains(&Capability::Http), "{host}: {}", finished.report());
    }
    assert_eq!((first.received().len(), second.server.reached().came), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn f06_a_denied_layer_stops_what_runs_over_it() {
    let (bench, http, echo) = (bench(), Http::start().await, servers::websocket_echo().await);
    let port = http.server.port();
    let node = bench.load(nodes::rust("net")).await;
    for deny in ["tcp:*", "tcp:@loopback:*", "tcp:127.0.0.0/8:*", "tcp:localhost:*", "network:tcp", "network"] {
        for finished in each_way(&bench, "127.0.0.1", port, "/hello", &["all"], &[deny]).await {
            assert!(finished.denied().contains(&Capability::Http), "\"{deny}\": {}", finished.report());
        }
    }
    for deny in ["tcp:*", "tcp:127.0.0.1:*", "http:http://127.0.0.1/", "network:http", "dns:localhost"] {
        for host in ["127.0.0.1", "localhost", "0.0.0.0"] {
            let is_looked_up = host == "localhost" || !deny.starts_with("dns");
            let inputs = json!({ "url": format!("ws://{host}:{}/", echo.port()), "message": "hello" });
            let start = bench.run(&node).node("websocket_echo").inputs(inputs).allow("all").deny(deny);
            let finished = start.await;
            assert_eq!(finished.denied() == [Capability::WebSocket], is_looked_up, "{deny}: {}", finished.report());
        }
    }
    let other =
        each_way(&bench, "127.0.0.1", port, "/hello", &["all"], &["udp:*", "tcp-listen:*", "websocket:*"]).await;
    assert!(other.iter().all(|finished| finished.denied().is_empty()), "another permission is another matter");
}

#[tokio::test(flavor = "multi_thread")]
async fn f06_an_allowed_layer_allows_nothing_that_runs_over_it() {
    let (bench, http) = (bench(), Http::start().await);
    for allow in ["tcp:*", "network:tcp", "dns:*", "websocket:*"] {
        for finished in each_way(&bench, "127.0.0.1", http.server.port(), "/hello", &[allow], &[]).await {
            assert!(finished.denied().contains(&Capability::Http), "\"{allow}\": {}", finished.report());
        }
    }
    assert_eq!(http.server.reached().came, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn f41_an_unspecified_address_is_asked_about_as_this_machine() {
    let (bench, http) = (bench(), Http::start().await);
    let (node, core) = (bench.load(nodes::rust("net")).await, bench.fixture("host/http").await);
    for host in ["0.0.0.0", "0", "[::ffff:0.0.0.0]"] {
        let authority = format!("{host}:{}", http.server.port());
        let inputs = json!({ "url": format!("http://{authority}/hello"), "authority": authority, "path": "/hello" });
        for (node, name) in [(&node, "http_get"), (&node, "wasi_http_get"), (&core, "http_core")] {
            let script = Scripted::always(Answer::DENY);
            bench.run(node).node(name).inputs(inputs.clone()).ask(script.clone()).await;
            let questions = script.questions();
            if name == "wasi_http_get" && host != "0.0.0.0" {
                assert!(questions.is_empty(), "a host header in another spelling is refused: {questions:?}");
                continue;
            }
            let [question] = &questions[..] else { panic!("{name} asks once about {host}: {questions:?}") };
            assert_eq!(question.class, Some(AddressClass::Loopback), "{name} and {host}");
            assert!(question.scopes.iter().any(|scope| scope.to_string().contains("@loopback")), "{question:?}");
        }
        let socket = json!({ "url": format!("ws://{host}:{}/", http.server.port()) });
        let script = Scripted::always(Answer::DENY);
        bench.run(&node).node("websocket_echo").inputs(socket).ask(script.clone()).await;
        assert_eq!(script.questions()[0].class, Some(AddressClass::Loopback), "a WebSocket to {host}");
    }
    assert_eq!(http.server.reached().came, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn f49_a_denied_path_is_denied_however_it_is_written() {
    let (bench, http) = (bench(), Http::start().await);
    let port = http.server.port();
    let (private, public) = ("http:http://127.0.0.1:*/private/*", "http:http://127.0.0.1:*/public/");
    for path in [
        "/private/x",
        "//private/x",
        "/PRIVATE/x",
        "/public/..%2fprivate/x",
        "/%2570rivate/x",
        "/private;a/x",
        "/private%2fx",
        "/public/..;/private/x",
        "/public/..%5cprivate/x",
    ] {
        for finished in each_way(&bench, "localhost", port, path, &["all"], &[private]).await {
            assert!(finished.denied().contains(&Capability::Http), "{path}: {}", finished.report());
        }
        let allowed = format!("http:http://127.0.0.1:{port}/public/");
        for finished in each_way(&bench, "127.0.0.1", port, path, &[public, &allowed], &[]).await {
            assert!(finished.denied().contains(&Capability::Http), "{path} is not below: {}", finished.report());
        }
    }
    assert_eq!(http.server.reached().came, 0);
    let fine = each_way(&bench, "127.0.0.1", port, "/hello", &["all"], &[private]).await;
    assert!(fine.iter().all(|finished| finished.denied().is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_a_label_allows_its_permission_whole_and_no_other() {
    let (bench, http) = (bench(), Http::start().await);
    for finished in each_way(&bench, "127.0.0.1", http.server.port(), "/hello", &["network:http"], &[]).await {
        assert!(finished.denied().is_empty(), "{}", finished.report());
        assert_ne!(finished.output("status"), Value::from(0));
    }
    let node = bench.load(nodes::rust("net")).await;
    let tcp = bench.run(&node).node("tcp_client").inputs(json!({ "port": http.server.port() })).allow("network:http");
    assert!(tcp.await.denied().contains(&Capability::TcpConnect));
}
