//! One exchange: what is asked, what is dialled, what is refused, what meets a limit.

use std::sync::OnceLock;
use std::time::Duration;

use super::*;
use crate::host::http::{BodyError, SendError, SendOptions, send, send_trusted};
use crate::permission::{AddressClass, Answer, Decision, Target};

async fn get(world: &World, url: &str) -> Result<super::super::Sent, SendError> {
    send(world.run.clone(), request("GET", url, &[], b""), SendOptions::default()).await
}

fn addresses(world: &World) -> Vec<Option<String>> {
    let questions = world.prompter.questions();
    let address = |target: &Target| match target {
        Target::Url { address, .. } => address.map(|address| address.to_string()),
        other => panic!("a URL, found {other:?}"),
    };
    questions.iter().map(|question| address(&question.request.target)).collect()
}

fn answer(decision: Decision) -> Answer {
    Answer { decision, ..Answer { decision, scope: 0, lifetime: Lifetime::Run, stop_run: false } }
}

#[tokio::test]
async fn an_allowed_exchange_is_told_from_beginning_to_end() {
    let server = Server::plain("200 OK", "", b"hello").await;
    let mut world = Setup::default().build();
    let sent = get(&world, &server.url("/path?q=1#part")).await.expect("answered");
    assert_eq!(sent.response.status(), 200);
    let body = sent.response.into_body().collect().await.expect("whole").to_bytes();
    assert_eq!(&body[..], b"hello");

    let text = server.requests().remove(0);
    assert!(text.starts_with("GET /path?q=1 HTTP/1.1\r\n"), "the fragment stays here: {text}");
    assert!(text.contains(&format!("host: {}\r\n", server.address)), "{text}");

    let events = world.network();
    let states: Vec<_> = events.iter().map(|event| event.state.clone()).collect();
    let closed = NetworkState::Closed { reason: "done".to_owned() };
    assert_eq!(states, [NetworkState::Opened, NetworkState::Answered { summary: "200 OK".to_owned() }, closed]);
    assert!(events.iter().all(|event| event.connection == events[0].connection), "one connection");
    assert_eq!(events[0].address, Some(server.address.to_string()));
    assert!(events[2].bytes_up > 0 && events[2].bytes_down > 0, "bytes are counted: {:?}", events[2]);
}

#[tokio::test]
async fn no_packet_leaves_before_the_decision() {
    let server = Server::plain("200 OK", "", b"").await;
    let mut world = World::new(Scripted::always(Answer::DENY));
    assert_eq!(get(&world, &server.url("/")).await.err(), Some(SendError::Denied));
    assert_eq!(server.connections(), 0, "nothing was dialled");
    assert_eq!(world.network().pop().map(|event| event.state), Some(NetworkState::Denied));
    assert_eq!(world.run.gate.denied(), 1);
}

#[tokio::test]
async fn a_name_that_leads_home_is_a_second_question() {
    let server = Server::plain("200 OK", "", b"").await;
    let url = format!("http://db.example:{}/", server.port());
    let build = |answers: Vec<Answer>| {
        Setup { prompter: Scripted::list(answers), names: vec![("db.example", vec!["127.0.0.1"])], ..Setup::default() }
            .build()
    };
    let world = build(vec![answer(Decision::Allow), answer(Decision::Deny)]);
    assert_eq!(get(&world, &url).await.err(), Some(SendError::Denied));
    assert_eq!(server.connections(), 0, "nothing was dialled");
    assert_eq!(addresses(&world), [None, Some("127.0.0.1".to_owned())]);
    assert_eq!(world.prompter.questions()[1].class, Some(AddressClass::Loopback));

    let world = build(vec![answer(Decision::Allow), answer(Decision::Allow)]);
    get(&world, &url).await.expect("both were allowed");
    get(&world, &url).await.expect("both are remembered");
    assert_eq!(world.prompter.questions().len(), 2);
    assert!(server.requests()[0].contains(&format!("host: db.example:{}\r\n", server.port())), "asked by its name");
}

#[tokio::test]
async fn localhost_and_literals_are_one_question() {
    let server = Server::plain("200 OK", "", b"").await;
    let port = server.port();
    for url in
        [format!("http://localhost:{port}/"), format!("http://2130706433:{port}/"), format!("http://0x7f.1:{port}/")]
    {
        let world = Setup { names: vec![("localhost", vec!["127.0.0.1"])], ..Setup::default() }.build();
        get(&world, &url).await.expect("answered");
        let questions = world.prompter.questions();
        assert_eq!(questions.len(), 1, "{url}");
        assert_eq!(questions[0].class, Some(AddressClass::Loopback), "{url} says where it leads");
    }
}

#[tokio::test]
async fn only_decided_addresses_are_tried() {
    let server = Server::plain("200 OK", "", b"").await;
    let prompter = Scripted::by(|question| {
        let private = question.class == Some(AddressClass::Private);
        answer(if private { Decision::Deny } else { Decision::Allow })
    });
    let names = vec![("db.example", vec!["10.0.0.1", "127.0.0.1", "127.0.0.2"])];
    let mut world = Setup { prompter, names, ..Setup::default() }.build();
    get(&world, &format!("http://db.example:{}/", server.port())).await.expect("by the allowed address");
    assert_eq!(addresses(&world), [None, Some("10.0.0.1".to_owned()), Some("127.0.0.1".to_owned())]);
    let dialled: Vec<_> = world.network().into_iter().filter_map(|event| event.address).collect();
    assert!(dialled.iter().all(|address| *address == server.address.to_string()), "{dialled:?}");
}

#[tokio::test]
async fn a_rule_for_one_class_leads_nowhere_else() {
    let server = Server::plain("200 OK", "", b"").await;
    let url = format!("http://db.example:{}/", server.port());
    let build = |class: &str| {
        let allow = vec![format!("http:http://db.example@{class}:{}/", server.port())];
        let names = vec![("db.example", vec!["127.0.0.1"])];
        Setup { prompter: Scripted::always(Answer::DENY), allow, names, ..Setup::default() }.build()
    };
    let world = build("loopback");
    get(&world, &url).await.expect("the rule covers it");
    assert!(world.prompter.questions().is_empty());
    for class in ["private", "internet"] {
        let world = build(class);
        assert_eq!(get(&world, &url).await.err(), Some(SendError::Denied), "{class}");
        assert_eq!(addresses(&world), [Some("127.0.0.1".to_owned())], "{class}: asked where the rule ends");
    }
}

#[tokio::test]
async fn a_name_without_an_address_says_so() {
    let world = Setup { names: vec![("nowhere.example", vec![])], ..Setup::default() }.build();
    let error = get(&world, "http://nowhere.example/").await.err().expect("no answer");
    assert_eq!(error.to_string(), "cannot look up \"nowhere.example\": it has no address");
}

#[tokio::test]
async fn revoking_closes_a_live_exchange() {
    let server = Server::start(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec()).await;
    let mut world = Setup::default().build();
    let mut body = get(&world, &server.url("/")).await.expect("the head").response.into_body();
    let frame = body.frame().await.expect("a piece").expect("whole");
    assert_eq!(frame.into_data().expect("data"), "hello");

    let id = world.grants.list().first().expect("a grant for the run").id;
    world.grants.revoke(id).await.expect("in memory");
    let error = body.frame().await.expect("an end").expect_err("not the peer's end");
    assert_eq!(error, BodyError::Revoked);
    let end = world.until(|state| matches!(state, NetworkState::Closed { .. })).await;
    assert_eq!(end.state, NetworkState::Closed { reason: "the permission was revoked".to_owned() });
}

#[tokio::test]
async fn a_revoked_exchange_that_nobody_reads_is_told_at_once() {
    let server = Server::start(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec()).await;
    let mut world = Setup::default().build();
    let _unread = get(&world, &server.url("/")).await.expect("the head");
    let id = world.grants.list().first().expect("a grant for the run").id;
    world.grants.revoke(id).await.expect("in memory");
    let end = world.until(|state| matches!(state, NetworkState::Closed { .. })).await;
    assert_eq!(end.state, NetworkState::Closed { reason: "the permission was revoked".to_owned() });
    assert!(end.exchange.is_some_and(|kept| kept.status == Some(200)), "with what was exchanged so far");
}

#[tokio::test]
async fn revoking_ends_a_question_about_the_address() {
    // The first question is answered, the second is left open.
    let own: Arc<OnceLock<Arc<Scripted>>> = Arc::default();
    let later = own.clone();
    let prompter = Scripted::by(move |_| {
        later.get().expect("it is set before the first question").hold();
        answer(Decision::Allow)
    });
    own.get_or_init(|| prompter.clone());
    let names = vec![("db.example", vec!["127.0.0.1"])];
    let world = Setup { prompter: prompter.clone(), names, ..Setup::default() }.build();
    let run = world.run.clone();
    let waiting = tokio::spawn(async move {
        send(run, request("GET", "http://db.example/", &[], b""), SendOptions::default()).await.err()
    });
    prompter.asked(2).await;
    let id = world.grants.list().first().expect("a grant for the run").id;
    world.grants.revoke(id).await.expect("in memory");
    assert_eq!(waiting.await.expect("no panic"), Some(SendError::Revoked));
    prompter.withdrawn(1).await;
}

#[tokio::test]
async fn cancelling_while_the_user_is_asked_ends_the_exchange() {
    let server = Server::plain("200 OK", "", b"").await;
    let prompter = Scripted::allowing(Lifetime::Run);
    prompter.hold();
    let world = World::new(prompter.clone());
    let (run, url) = (world.run.clone(), server.url("/"));
    let waiting =
        tokio::spawn(async move { send(run, request("GET", &url, &[], b""), SendOptions::default()).await.err() });
    prompter.asked(1).await;
    world.run.cancel.cancel();
    assert_eq!(waiting.await.expect("no panic"), Some(SendError::Denied));
    prompter.withdrawn(1).await;
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn what_smuggles_is_refused_before_anybody_is_asked() {
    let world = Setup::default().build();
    let bad = |url: &str, headers: &[(&str, &str)], body: &'static [u8]| {
        let request = request("POST", url, headers, body);
        let run = world.run.clone();
        async move { send(run, request, SendOptions::default()).await.err() }
    };
    let plain = "http://127.0.0.1:9/";
    let table = [
        bad("http://user:word@127.0.0.1:9/", &[], b"").await,
        bad(plain, &[("host", "evil.example")], b"").await,
        bad(plain, &[("transfer-encoding", "chunked")], b"").await,
        bad(plain, &[("content-length", "1"), ("content-length", "1")], b"x").await,
        bad(plain, &[("content-length", "2")], b"x").await,
        bad(plain, &[("content-length", "+1")], b"x").await,
        bad(plain, &[("upgrade", "websocket")], b"").await,
        bad(plain, &[("proxy-authorization", "Basic x")], b"").await,
        bad("ftp://127.0.0.1/", &[], b"").await,
        bad("/relative", &[], b"").await,
    ];
    for (row, error) in table.into_iter().enumerate() {
        assert!(matches!(error, Some(SendError::BadRequest(_))), "row {row}: {error:?}");
    }
    let flood = [("x-long", "x".repeat(70_000))];
    let flood: Vec<(&str, &str)> = flood.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(bad(plain, &flood, b"").await, Some(SendError::TooLarge), "a flood of headers");
    for method in ["CONNECT", "TRACE", "get"] {
        let request = request(method, plain, &[], b"");
        let error = send(world.run.clone(), request, SendOptions::default()).await.err();
        assert!(matches!(error, Some(SendError::BadRequest(_))), "{method}: {error:?}");
    }
    assert!(world.prompter.questions().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn servers_meet_limits() {
    let slow = Server::start(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec()).await;
    let silent = Server::start(|_| Vec::new()).await;
    let endless =
        Server::start(|_| format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(300 * 1024)).into_bytes()).await;
    let many = Server::start(|_| format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(300)).into_bytes()).await;
    let switching = Server::plain("101 Switching Protocols", "upgrade: x\r\nconnection: upgrade\r\n", b"").await;
    let world = Setup::default().build();
    let limit = Some(Duration::from_millis(50));
    let options = SendOptions { first_byte_timeout: limit, between_bytes_timeout: limit, ..SendOptions::default() };
    let get = |server: &Server| send(world.run.clone(), request("GET", &server.url("/"), &[], b""), options.clone());

    let body = get(&slow).await.expect("the head").response.into_body();
    assert_eq!(body.collect().await.err(), Some(BodyError::Timeout), "a body that drips");
    assert_eq!(get(&silent).await.err(), Some(SendError::Timeout), "no head");
    assert_eq!(get(&endless).await.err(), Some(SendError::TooLarge), "a head without end");
    assert_eq!(get(&many).await.err(), Some(SendError::TooLarge), "a flood of headers");
    assert!(matches!(get(&switching).await.err(), Some(SendError::Protocol(_))), "another protocol");
}

#[tokio::test]
async fn sockets_have_a_quota() {
    let server = Server::start(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec()).await;
    let world = Setup { limits: Limits { sockets: 1, ..Limits::default() }, ..Setup::default() }.build();
    let first = get(&world, &server.url("/")).await.expect("the first");
    let error = get(&world, &server.url("/")).await.err().expect("one too many").to_string();
    assert!(error.contains("the run has 1 sockets open, which is its limit; close some first"), "{error}");
    drop(first);
    // The driver of the dropped exchange gives its socket back in its own time.
    loop {
        tokio::task::yield_now().await;
        if get(&world, &server.url("/")).await.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn nobody_listens() {
    let mut world = Setup::default().build();
    let error = get(&world, "http://127.0.0.1:1/").await.err().expect("no answer").to_string();
    assert!(error.starts_with("cannot connect to 127.0.0.1:1: "), "{error}");
    assert!(matches!(world.network().pop().map(|event| event.state), Some(NetworkState::Failed { .. })));
}

#[tokio::test]
async fn trusted_traffic_asks_nobody_and_keeps_its_limits() {
    let server = Server::plain("200 OK", "", b"hello").await;
    let slow = Server::start(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec()).await;
    let request = |server: &Server| ::http::Request::post(server.url("/v1")).body(Full::new(Bytes::from("{}")));
    let send = |server: &Server, limit: u64| {
        let request = request(server).expect("a request");
        async move { send_trusted(None, request, Duration::from_millis(500), limit).await.expect("the head").into_body() }
    };
    let body = send(&server, 5).await.collect().await.expect("whole").to_bytes();
    assert_eq!(&body[..], b"hello");
    assert_eq!(send(&server, 4).await.collect().await.err(), Some(BodyError::TooLarge));
    assert_eq!(send(&slow, 100).await.collect().await.err(), Some(BodyError::Timeout));
    assert!(server.requests()[0].ends_with("\r\n\r\n{}"), "the body went out");
}
