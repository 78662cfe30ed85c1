//! Permissions that are revoked while the node waits in the host: in a call that has nothing to do with them, and in the
//! very exchange that rests on them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use runtime::event::{EventKind, Level, LogSource, NetworkEvent, NetworkState, Protocol};
use runtime::host::models::ModelSettings;
use runtime::permission::{Answer, Decision, Lifetime, Prompter, Question, Scripted, Unanswered};
use runtime::run::Status;
use serde_json::json;
use support::servers::{self, Http, Server};
use support::{Bench, Finished, bench, nodes, soon};
use tokio::sync::watch;

const REVOKED: &str = "the permission was revoked";

/// What is waited for takes two minutes at least.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Allows the first question and leaves all others open.
struct First(watch::Sender<usize>);

#[async_trait]
impl Prompter for First {
    async fn ask(&self, _question: Arc<Question>) -> Result<Answer, Unanswered> {
        self.0.send_modify(|asked| *asked += 1);
        if *self.0.borrow() > 1 {
            return std::future::pending().await;
        }
        Ok(Answer { decision: Decision::Allow, scope: 0, lifetime: Lifetime::Session, stop_run: false })
    }
}

async fn revoke(bench: &Bench, kind: &str) {
    let grants = bench.workbench.grants();
    let found = grants.list().into_iter().find(|grant| grant.rule.to_string().starts_with(kind));
    let grant = found.unwrap_or_else(|| panic!("a grant for {kind}: {:?}", grants.list()));
    assert!(grants.revoke(grant.id).await.expect("it is only in memory"), "the grant was there");
}

fn rows(finished: &Finished, protocol: Protocol) -> Vec<&NetworkEvent> {
    finished.network().into_iter().filter(|event| event.protocol == protocol).collect()
}

fn closed(finished: &Finished, protocol: Protocol) {
    let rows = rows(finished, protocol);
    let ends: Vec<_> = rows.iter().filter(|event| matches!(event.state, NetworkState::Closed { .. })).collect();
    let [end] = &ends[..] else { panic!("{protocol:?} ends once: {rows:?}") };
    assert_eq!(end.state, NetworkState::Closed { reason: REVOKED.into() });
    assert!(rows.last().is_some_and(|last| last.state == end.state), "nothing comes after the end: {rows:?}");
}

/// WASI's own error; a body tells it in words.
fn denied(finished: &Finished) {
    let error = finished.error();
    assert!(error.contains("HttpRequestDenied") || error.contains("HTTP request denied"), "{error}");
}

/// Keeps a connection to a server, waits for another, and loses the one, then the other.
async fn lose_both(bench: &Bench, wait: &str, target: String, kept: &Server, other: &Server, kind: &str) -> Finished {
    let package = bench.load(nodes::rust("net")).await;
    let inputs = json!({ "port": kept.port(), "wait": wait, "target": target });
    let start = bench.run(&package).node("tcp_beside").ask(Scripted::allowing(Lifetime::Session));
    let mut running = start.start();
    let events = running.events.clone();
    let call = tokio::spawn(async move { running.call("tcp_beside", inputs).await });
    kept.wait(1, 0).await;
    other.wait(1, 0).await;
    if matches!(wait, "websocket" | "wasi_body") {
        let answered = |kind: &EventKind| {
            matches!(kind, EventKind::Network(NetworkEvent { state: NetworkState::Answered { .. }, .. }))
        };
        events.wait_for("the head of the answer", answered).await;
    }

    revoke(bench, "tcp").await;
    soon("the end of the connection that is kept", kept.wait(1, 1)).await;
    let is_closed = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::Network(NetworkEvent { protocol: Protocol::Tcp, state: NetworkState::Closed { .. }, .. })
        )
    };
    events.wait_for("the closed row", is_closed).await;
    assert_eq!(other.reached().left, 0, "{wait}: the node still waits");

    let began = Instant::now();
    revoke(bench, kind).await;
    soon("the end of what was waited for", other.wait(1, 1)).await;
    let finished = call.await.expect("the call does not panic").ended(Status::Error);
    assert!(began.elapsed() < AT_ONCE, "{wait}: it ends at once: {:?}", began.elapsed());
    closed(&finished, Protocol::Tcp);
    finished
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_closed_while_the_node_waits_for_http() {
    let (bench, kept, http) = (bench(), servers::tcp_hold().await, Http::start().await);
    for (path, way) in [("/silent", "http"), ("/half", "http")] {
        let (kept, http) = (servers::tcp_hold().await, Http::start().await);
        let finished = lose_both(&bench, way, http.url(path), &kept, &http.server, "http").await;
        assert_eq!(finished.error(), "waited: None", "{path}: nothing, as where it is denied");
        closed(&finished, Protocol::Http);
        let warning = (Level::Warn, LogSource::Host, "http.request failed: the permission was revoked");
        assert!(finished.logs().contains(&warning), "{path}: {:?}", finished.logs());
    }
    let target = http.server.address.to_string();
    let finished = lose_both(&bench, "wasi_http", target, &kept, &http.server, "http").await;
    denied(&finished);
    closed(&finished, Protocol::Http);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_closed_while_the_node_reads_a_body_that_stops() {
    let (bench, kept, http) = (bench(), servers::tcp_hold().await, Http::start().await);
    let target = http.server.address.to_string();
    let finished = lose_both(&bench, "wasi_body", target, &kept, &http.server, "http").await;
    denied(&finished);
    closed(&finished, Protocol::Http);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_closed_while_the_node_waits_for_a_message() {
    let (bench, kept, peer) = (bench(), servers::tcp_hold().await, servers::websocket_echo().await);
    let url = format!("ws://{}/", peer.address);
    let finished = lose_both(&bench, "websocket", url, &kept, &peer, "websocket").await;
    assert_eq!(finished.error(), "waited: None", "no message");
    closed(&finished, Protocol::WebSocket);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_closed_while_the_node_waits_for_a_model() {
    let (bench, kept, http) = (bench(), servers::tcp_hold().await, Http::start().await);
    let settings = ModelSettings { endpoint: Some(http.url("/silent")), ..ModelSettings::default() };
    bench.workbench.services().models.set(settings).await.expect("the endpoint is an address");
    let finished = lose_both(&bench, "model", String::new(), &kept, &http.server, "models").await;
    assert_eq!(finished.error(), "waited: None", "nothing, as where it is denied");
    let warning = "models.llm-prompt: the permission was revoked";
    assert!(finished.lines_of(LogSource::Host).iter().any(|line| line.contains(warning)), "{:?}", finished.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_closed_while_the_user_is_asked() {
    for (wait, target) in [("dns", "name.example"), ("tcp", "127.0.0.1:1"), ("http", "http://127.0.0.1:1/")] {
        let (bench, kept) = (bench(), servers::tcp_hold().await);
        let first = Arc::new(First(watch::Sender::new(0)));
        let package = bench.load(nodes::rust("net")).await;
        let mut running = bench.run(&package).node("tcp_beside").ask(first.clone()).start();
        let inputs = json!({ "port": kept.port(), "wait": wait, "target": target });
        let cancel = running.run.cancel_token().clone();
        let call = tokio::spawn(async move { running.call("tcp_beside", inputs).await });
        let mut asked = first.0.subscribe();
        soon("the second question", asked.wait_for(|asked| *asked == 2)).await.expect("the prompter is there");
        kept.wait(1, 0).await;
        revoke(&bench, "tcp").await;
        soon("the end of the connection", kept.wait(1, 1)).await;
        cancel.cancel();
        call.await.expect("the call does not panic").ended(Status::Cancelled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_module_loses_its_exchange_at_once() {
    for path in ["/silent", "/half"] {
        let (bench, http) = (bench(), Http::start().await);
        let node = bench.fixture("host/http").await;
        let mut running = bench.run(&node).ask(Scripted::allowing(Lifetime::Session)).start();
        let inputs = json!({ "url": http.url(path) });
        let call = tokio::spawn(async move { running.call("http_core", inputs).await });
        http.server.wait(1, 0).await;
        let began = Instant::now();
        revoke(&bench, "http").await;
        soon("the end of the exchange", http.server.wait(1, 1)).await;
        let finished = call.await.expect("the call does not panic").ok();
        assert!(began.elapsed() < AT_ONCE, "{path}: {:?}", began.elapsed());
        assert_eq!((finished.output("sent"), finished.output("response")), (json!(0), json!(null)), "{path}");
        closed(&finished, Protocol::Http);
    }
}
