//! Questions and answers: how long they last, who is asked, and what ends a question.

use std::sync::Arc;

use runtime::event::EventKind;
use runtime::permission::prompter::Scripted;
use runtime::permission::{AddressClass, Answer, Capability, Decision, Lifetime, Target};
use runtime::run::Status;
use serde_json::json;
use support::{Bench, Start, bench, nodes, servers, soon};
use tokio_util::sync::CancellationToken;

async fn client(bench: &Bench, node: &str, port: u16) -> Start {
    let package = bench.load(nodes::rust("net")).await;
    bench.run(&package).node(node).inputs(json!({ "port": port }))
}

fn allow(lifetime: Lifetime) -> Answer {
    Answer { decision: Decision::Allow, scope: 0, lifetime, stop_run: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_says_who_wants_what() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let script = Scripted::allowing(Lifetime::Once);
    client(&bench, "tcp_client", server.port()).await.ask(script.clone()).await.ok();
    let questions = script.questions();
    let [question] = &questions[..] else { panic!("one connect is one question: {questions:?}") };
    assert_eq!(question.request.capability, Capability::TcpConnect);
    assert_eq!(question.request.target, Target::Socket { host: None, address: server.address });
    assert_eq!(question.class, Some(AddressClass::Loopback));
    assert!(question.declared, "tcp_client declares network:tcp");
    assert_eq!(question.identity.node, "tcp_client");
    assert!(!question.scopes.is_empty(), "an answer has something to cover");
    assert_eq!(question.scopes[0].to_string(), format!("tcp:{}", server.address), "the narrowest scope is first");

    let script = Scripted::always(Answer::DENY);
    client(&bench, "tcp_undeclared", server.port()).await.ask(script.clone()).await.ended(Status::Error);
    assert!(!script.questions()[0].declared, "the user is told that nothing was declared");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_is_asked_again_and_run_is_not() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let once = Scripted::allowing(Lifetime::Once);
    client(&bench, "tcp_twice", server.port()).await.ask(once.clone()).await.ok();
    assert_eq!(once.questions().len(), 2, "each connection is a question");

    let run = Scripted::allowing(Lifetime::Run);
    let finished = client(&bench, "tcp_twice", server.port()).await.ask(run.clone()).await.ok();
    assert_eq!(run.questions().len(), 1, "the answer lasts for the run");
    assert_eq!(finished.output("results"), json!(["hello", "hello"]));
    client(&bench, "tcp_twice", server.port()).await.ask(run.clone()).await.ok();
    assert_eq!(run.questions().len(), 2, "and no longer");

    let mixed = Scripted::list([allow(Lifetime::Once)]);
    let finished = client(&bench, "tcp_twice", server.port()).await.ask(mixed).await.ok();
    let results = finished.output("results");
    assert_eq!(results[0], "hello");
    assert!(results[1].as_str().is_some_and(|result| result.starts_with("failed")), "{results}");
}

#[tokio::test(flavor = "multi_thread")]
async fn session_ends_with_the_program_and_always_does_not() {
    let server = servers::tcp_echo().await;
    for (lifetime, asked_again) in [(Lifetime::Session, 1), (Lifetime::Always, 0)] {
        let bench = bench();
        let script = Scripted::allowing(lifetime);
        client(&bench, "tcp_client", server.port()).await.ask(script.clone()).await.ok();
        client(&bench, "tcp_client", server.port()).await.ask(script.clone()).await.ok();
        assert_eq!(script.questions().len(), 1, "{lifetime:?} outlives the run");

        let bench = bench.reopened();
        let script = Scripted::allowing(Lifetime::Once);
        client(&bench, "tcp_client", server.port()).await.ask(script.clone()).await.ok();
        assert_eq!(script.questions().len(), asked_again, "{lifetime:?} after a restart");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_belongs_to_one_node_of_one_file() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let script = Scripted::allowing(Lifetime::Always);
    client(&bench, "tcp_client", server.port()).await.ask(script.clone()).await.ok();
    client(&bench, "tcp_twice", server.port()).await.ask(script.clone()).await.ok();
    assert_eq!(script.questions().len(), 2, "another node of the package is asked for itself");

    let copy = bench.file("copy.wasm", std::fs::read(nodes::rust("net")).expect("the node can be read"));
    let copy = bench.load(copy).await;
    let start = bench.run(&copy).node("tcp_client").inputs(json!({ "port": server.port() }));
    start.ask(script.clone()).await.ok();
    assert_eq!(script.questions().len(), 3, "a copy starts with nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_closes_the_connection_and_asks_again() {
    let (bench, server) = (bench(), servers::tcp_hold().await);
    let script = Scripted::allowing(Lifetime::Session);
    let mut running = client(&bench, "tcp_hold", server.port()).await.ask(script.clone()).start();
    let events = running.events.clone();
    let port = server.port();
    let call = tokio::spawn(async move { running.call("tcp_hold", json!({ "port": port })).await });
    events.logged("connected").await;
    server.wait(1, 0).await;

    let grants = bench.workbench.grants().list();
    let [grant] = &grants[..] else { panic!("one answer is remembered: {grants:?}") };
    assert!(bench.workbench.grants().revoke(grant.id).await.expect("revoking works"), "the grant was there");
    server.wait(1, 1).await;
    call.await.expect("the call does not panic");
    assert!(bench.workbench.grants().list().is_empty(), "nothing is remembered any more");

    let denying = Scripted::always(Answer::DENY);
    client(&bench, "tcp_client", server.port()).await.ask(denying.clone()).await.ended(Status::Error);
    assert_eq!(denying.questions().len(), 1, "it is a question again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_question_stops_the_clock() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let script = Scripted::allowing(Lifetime::Once);
    script.hold();
    let time = std::time::Duration::from_millis(400);
    let start = client(&bench, "tcp_client", server.port()).await.ask(script.clone()).time(time);
    let call = tokio::spawn(start.into_future());
    soon("the question", script.asked(1)).await;
    // The user's time: three times what the node has.
    tokio::time::sleep(time * 3).await;
    script.release();
    let finished = call.await.expect("the call does not panic").ok();
    let figures = finished.outcome.figures;
    assert!(figures.asked >= time * 3 && figures.duration >= figures.asked, "{figures:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_withdraws_the_question() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let script = Scripted::allowing(Lifetime::Once);
    script.hold();
    let cancel = CancellationToken::new();
    let start = client(&bench, "tcp_client", server.port()).await.ask(script.clone()).cancel(&cancel);
    let call = tokio::spawn(start.into_future());
    soon("the question", script.asked(1)).await;
    let began = std::time::Instant::now();
    cancel.cancel();
    let finished = call.await.expect("the call does not panic").ended(Status::Cancelled);
    assert!(began.elapsed().as_millis() < 1_000, "it ends soon: {:?}", began.elapsed());
    soon("the withdrawal", script.withdrawn(1)).await;
    script.release();
    assert_eq!(server.reached().came, 0, "an answer that comes too late opens nothing");
    assert_eq!(finished.questions().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn deny_and_stop_ends_the_run() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let script = Scripted::always(Answer { stop_run: true, ..Answer::DENY });
    let finished = client(&bench, "tcp_twice", server.port()).await.ask(script.clone()).await;
    finished.ended(Status::Cancelled);
    assert_eq!(script.questions().len(), 1, "nothing is asked after that");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_to_loopback_is_two_questions() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let script = Scripted::allowing(Lifetime::Once);
    let package = bench.load(nodes::rust("net")).await;
    let inputs = json!({ "host": "localhost", "port": server.port() });
    bench.run(&package).node("tcp_client").inputs(inputs).ask(script.clone()).await.ok();
    let questions = script.questions();
    assert_eq!(questions[0].request.capability, Capability::DnsLookup);
    assert_eq!(questions[0].request.target, Target::Name("localhost".into()));
    let connect = questions.last().expect("there is a second one");
    let Target::Socket { host, address } = &connect.request.target else { panic!("a connect: {connect:?}") };
    assert_eq!(host.as_deref(), Some("localhost"), "the name that led there is shown");
    assert!(address.ip().is_loopback(), "and the address that will be dialled: {address}");
    assert_eq!(connect.class, Some(AddressClass::Loopback));
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_and_decisions_are_events_in_order() {
    let (bench, server) = (bench(), servers::tcp_echo().await);
    let script: Arc<Scripted> = Scripted::allowing(Lifetime::Once);
    let finished = client(&bench, "tcp_client", server.port()).await.ask(script).await.ok();
    let asked = finished.events.iter().position(|event| matches!(event.kind, EventKind::Asked(_)));
    let decided = finished.events.iter().position(|event| matches!(event.kind, EventKind::Decided(_)));
    let network = finished.events.iter().position(|event| matches!(event.kind, EventKind::Network(_)));
    assert!(asked.is_some() && asked < decided && decided < network, "{:?}", finished.events);
    assert!(matches!(finished.events.last().map(|event| &event.kind), Some(EventKind::Finished(_))));
    assert_eq!(finished.questions()[0].id, finished.decisions()[0].id, "a decision names its question");
}
