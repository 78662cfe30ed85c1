//! What the last event of an exchange carries.

use std::time::Duration;

use futures::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;

use super::*;
use crate::event::{Exchange, MASKED};
use crate::host::http::{BodyError, SendOptions, send};
use crate::permission::Answer;

const KEPT: usize = 64 << 10;

/// The exchanges so far, in the order in which they ended.
fn exchanges(world: &mut World) -> Vec<Arc<Exchange>> {
    let events = world.network();
    for event in &events {
        let ended =
            matches!(event.state, NetworkState::Denied | NetworkState::Closed { .. } | NetworkState::Failed { .. });
        assert_eq!(event.exchange.is_some(), ended, "only the last event carries it: {event:?}");
    }
    events.into_iter().filter_map(|event| event.exchange).collect()
}

fn header<'a>(headers: &'a [(String, String)], wanted: &str) -> Vec<&'a str> {
    headers.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).collect()
}

#[tokio::test]
async fn both_sides_are_kept_without_credentials() {
    let headers = "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Refresh-Token: r\r\nX-Twice: one\r\nX-Twice: two\r\n";
    let server = Server::plain("201 Created", headers, b"caf\xc3\xa9 \xff").await;
    let mut world = Setup::default().build();
    let headers = r#"{"Authorization":"Bearer x","X-Api-Key":"y","Cookie":"z","X-Client-Secret":"s","X-Text":"a"}"#;
    world.request(1, &server.url("/form?q=1"), headers, Some(b"a=1")).await.expect("answered");
    let sent = server.requests().remove(0);
    assert!(sent.contains("authorization: Bearer x\r\n") && sent.ends_with("a=1"), "the server gets all: {sent}");

    let exchange = exchanges(&mut world).remove(0);
    assert_eq!((&*exchange.method, exchange.url.clone()), ("POST", server.url("/form?q=1")));
    for name in ["authorization", "x-api-key", "cookie", "x-client-secret"] {
        assert_eq!(header(&exchange.request_headers, name), [MASKED], "{name} is masked");
    }
    assert_eq!(header(&exchange.request_headers, "x-text"), ["a"]);
    assert_eq!(header(&exchange.request_headers, "host"), [server.address.to_string()]);
    assert_eq!((&exchange.request_body[..], exchange.request_size), (&b"a=1"[..], 3));

    assert_eq!(exchange.status, Some(201));
    assert_eq!(header(&exchange.response_headers, "set-cookie"), [MASKED, MASKED]);
    assert_eq!(header(&exchange.response_headers, "x-refresh-token"), [MASKED]);
    assert_eq!(header(&exchange.response_headers, "x-twice"), ["one", "two"], "in their order");
    assert_eq!((&exchange.response_body[..], exchange.response_size), (&b"caf\xc3\xa9 \xff"[..], 7), "the very bytes");
}

#[tokio::test]
async fn bodies_are_kept_up_to_a_size() {
    let server = Server::start(|_| response("200 OK", "", &[b'd'; KEPT + 1])).await;
    let mut world = Setup::default().build();
    let document = world.request(2, &server.url("/"), "{}", Some(&[b'u'; KEPT * 2])).await.expect("answered");
    assert_eq!(document["body"].as_str().map(str::len), Some(KEPT + 1), "the node gets all");
    assert!(server.requests()[0].len() > KEPT * 2, "the server gets all");
    let exchange = exchanges(&mut world).remove(0);
    assert_eq!((exchange.request_body.len(), exchange.request_size), (KEPT, KEPT as u64 * 2));
    assert_eq!((exchange.response_body.len(), exchange.response_size), (KEPT, KEPT as u64 + 1));
}

#[tokio::test]
async fn a_body_that_streams_is_kept_as_it_goes_out() {
    let server = Server::start(|_| response("200 OK", "", b"ok")).await;
    let mut world = Setup::default().build();
    let pieces = ["one ", "two"].map(|piece| Ok::<_, BodyError>(Frame::data(Bytes::from(piece))));
    let body = StreamBody::new(stream::iter(pieces)).boxed_unsync();
    let request = ::http::Request::post(server.url("/")).header("content-length", "7").body(body).expect("a request");
    let sent = send(world.run.clone(), request, SendOptions::default()).await.expect("answered");
    sent.response.into_body().collect().await.expect("whole");
    assert!(server.requests()[0].ends_with("\r\n\r\none two"), "it went out");
    let exchange = exchanges(&mut world).remove(0);
    assert_eq!((&exchange.request_body[..], exchange.request_size), (&b"one two"[..], 7));
}

#[tokio::test]
async fn each_hop_is_an_exchange() {
    let server = Server::start(|request| {
        if request.starts_with("POST /form ") {
            response("303 See Other", "location: /done\r\n", b"moved")
        } else {
            response("200 OK", "", b"done")
        }
    })
    .await;
    let mut world = Setup::default().build();
    world.request(1, &server.url("/form"), "{}", Some(b"a=1")).await.expect("answered");
    let exchanges = exchanges(&mut world);
    let seen: Vec<_> =
        exchanges.iter().map(|hop| (&*hop.method, hop.status, &hop.request_body[..], &hop.response_body[..])).collect();
    assert_eq!(seen, [("POST", Some(303), &b"a=1"[..], &b"moved"[..]), ("GET", Some(200), b"", b"done")]);
    assert_eq!(header(&exchanges[0].response_headers, "location"), ["/done"]);
}

#[tokio::test]
async fn what_was_denied_shows_what_was_wanted() {
    let mut world = World::new(Scripted::always(Answer::DENY));
    let headers = r#"{"X-Text":"a"}"#;
    assert_eq!(world.request(1, "http://127.0.0.1:9/", headers, Some(b"body")).await, None);
    let exchange = exchanges(&mut world).remove(0);
    assert_eq!((&*exchange.method, &*exchange.url, exchange.status), ("POST", "http://127.0.0.1:9/", None));
    assert_eq!(header(&exchange.request_headers, "x-text"), ["a"]);
    assert_eq!((exchange.request_size, exchange.response_size), (0, 0), "no byte went out");
}

#[tokio::test]
async fn what_broke_keeps_what_came() {
    let slow = Server::start(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec()).await;
    let mut world = Setup::default().build();
    let limit = Some(Duration::from_millis(50));
    let options = SendOptions { between_bytes_timeout: limit, ..SendOptions::default() };
    let get = || send(world.run.clone(), request("GET", &slow.url("/"), &[], b""), options.clone());
    let body = get().await.expect("the head").response.into_body();
    assert_eq!(body.collect().await.err(), Some(BodyError::Timeout));
    drop(get().await.expect("the head"));
    let exchanges = exchanges(&mut world);
    assert_eq!((exchanges[0].status, &exchanges[0].response_body[..]), (Some(200), &b"hello"[..]), "before it stopped");
    assert_eq!((exchanges[1].status, exchanges[1].response_size), (Some(200), 0), "given up unread");
}
