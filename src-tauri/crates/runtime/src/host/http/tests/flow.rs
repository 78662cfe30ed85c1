//! flow-like's `http.request`: documents, methods, headers and redirects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::permission::{Answer, Decision, Target};

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn the_document_has_text_and_bytes() {
    let headers = "X-Twice: one\r\nX-Twice: two\r\nContent-Type: text/plain\r\n";
    let server = Server::plain("418 I'm a teapot", headers, b"caf\xc3\xa9 \xff").await;
    let world = Setup::default().build();
    let document = world.get(&server.url("/")).await.expect("answered");
    assert_eq!(
        document,
        json!({
            "status": 418,
            "headers": { "x-twice": "one, two", "content-type": "text/plain", "content-length": "7" },
            "body": "café \u{fffd}",
            "body_base64": "Y2Fmw6kg/w==",
        })
    );
    let last = world.state().call(Call::HttpResponse).await.text().expect("the last document");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&last).expect("JSON"), document, "core modules fetch it");
}

#[tokio::test]
async fn a_denial_is_nothing_and_no_document() {
    let server = Server::plain("200 OK", "", b"").await;
    let prompter = Scripted::list([Answer { decision: Decision::Allow, ..Answer::DENY }]);
    let mut world = World::new(prompter);
    world.get(&server.url("/")).await.expect("allowed once");
    assert_eq!(world.get(&server.url("/")).await, None);
    assert_eq!(world.state().call(Call::HttpResponse).await, Reply::Text(None), "no document of an earlier exchange");
    assert_eq!(world.lines(), Vec::<String>::new(), "the gate has recorded it");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn methods_headers_and_bodies_arrive() {
    let server = Server::plain("204 No Content", "", b"").await;
    let mut world = Setup::default().build();
    let headers = r#"{"X-Text":"a","X-Number":1.50,"X-Flag":true,"X-List":[1],"Content-Type":"text/x"}"#;
    for (code, method) in ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"].into_iter().enumerate() {
        world.request(code as u8, &server.url("/"), headers, Some(b"body")).await.expect("answered");
        let request = server.requests().pop().expect("a request");
        assert!(request.starts_with(&format!("{method} / HTTP/1.1\r\n")), "{request}");
        assert!(request.ends_with("\r\n\r\nbody"), "{request}");
        assert_eq!(header(&request, "x-text"), Some("a"));
        assert_eq!(header(&request, "x-number"), Some("1.5"));
        assert_eq!(header(&request, "x-flag"), Some("true"));
        assert_eq!(header(&request, "x-list"), None, "no text");
        assert_eq!(header(&request, "content-type"), Some("text/x"));
        assert_eq!(header(&request, "content-length"), Some("4"));
        assert!(header(&request, "user-agent").is_some_and(|agent| agent.starts_with("node-workbench/")));
    }
    assert!(world.lines().iter().any(|line| line.contains("\"X-List\" is left out")), "it is noted");
    assert_eq!(world.request(7, &server.url("/"), "{}", None).await, None, "there is no method 7");
}

#[tokio::test]
async fn bad_arguments_are_nothing_with_a_reason() {
    let mut world = Setup::default().build();
    let table = [
        ("not a URL", "{}", "the URL cannot be read"),
        ("http://a:b@127.0.0.1/", "{}", "user information"),
        ("http://127.0.0.1/\r\nx: y", "{}", "control characters"),
        ("file:///etc/passwd", "{}", "the scheme \"file\" is not supported"),
        ("http://127.0.0.1/", "[]", "not a JSON object"),
        ("http://127.0.0.1/", "{", "not JSON"),
        ("http://127.0.0.1/", r#"{"x":"a\r\nb: c"}"#, "holds what cannot be sent"),
        ("http://127.0.0.1/", r#"{"x y":"a"}"#, "has no name that can be sent"),
    ];
    for (url, headers, reason) in table {
        assert_eq!(world.request(0, url, headers, None).await, None, "{url} {headers}");
        let lines = world.lines();
        assert!(lines.len() == 1 && lines[0].contains(reason), "{url} {headers} says {lines:?}");
    }
    assert!(world.prompter.questions().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn a_redirect_to_another_host_asks_again_and_takes_no_keys() {
    let target = Server::plain("200 OK", "", b"there").await;
    let location = target.url("/landing");
    let server = Server::start(move |_| response("302 Found", &format!("location: {location}\r\n"), b"")).await;
    let keys = r#"{"Authorization":"Bearer x","X-Api-Key":"y","Cookie":"z","Accept":"text/plain"}"#;

    let world = World::new(Scripted::allowing(Lifetime::Once));
    let document = world.request(0, &server.url("/"), keys, None).await.expect("answered");
    assert_eq!(document["body"], "there");
    let asked: Vec<String> = world
        .prompter
        .questions()
        .iter()
        .map(|question| match &question.request.target {
            Target::Url { url, .. } => url.to_string(),
            other => panic!("a URL, found {other:?}"),
        })
        .collect();
    assert_eq!(asked, [server.url("/"), target.url("/landing")], "each hop is a question");
    let (first, second) = (server.requests().remove(0), target.requests().remove(0));
    assert_eq!(header(&first, "authorization"), Some("Bearer x"));
    for name in ["authorization", "x-api-key", "cookie"] {
        assert_eq!(header(&second, name), None, "{name} stays with its origin");
    }
    assert_eq!(header(&second, "accept"), Some("text/plain"));

    let allow_one = Scripted::list([Answer { decision: Decision::Allow, ..Answer::DENY }]);
    let world = World::new(allow_one);
    assert_eq!(world.request(0, &server.url("/"), keys, None).await, None, "the second hop was denied");
    assert_eq!(target.connections(), 1, "and nothing was dialled");
}

#[tokio::test]
async fn redirects_end() {
    let server = Server::start(|_| response("302 Found", "location: /again\r\n", b"")).await;
    let mut world = World::new(Scripted::by(|_| Answer {
        decision: Decision::Allow,
        scope: 1,
        lifetime: Lifetime::Run,
        stop_run: false,
    }));
    assert_eq!(world.get(&server.url("/")).await, None);
    assert!(world.lines().iter().any(|line| line.contains("more than 10 redirects")));
    assert_eq!(server.connections(), 11, "the first request and ten redirects");
}

#[tokio::test]
async fn a_form_answered_with_see_other_is_fetched() {
    let server = Server::start(|request| {
        if request.starts_with("POST /form ") {
            response("303 See Other", "location: /done\r\n", b"")
        } else {
            response("200 OK", "", b"done")
        }
    })
    .await;
    let world = Setup::default().build();
    let body = Some(&b"a=1"[..]);
    let document =
        world.request(1, &server.url("/form"), r#"{"Content-Type":"text/x"}"#, body).await.expect("answered");
    assert_eq!(document["body"], "done");
    let second = server.requests().remove(1);
    assert!(second.starts_with("GET /done ") && header(&second, "content-type").is_none(), "{second}");
}

#[tokio::test]
async fn redirects_out_of_the_web_are_refused() {
    for location in ["file:///etc/passwd", "http://user:word@127.0.0.1/", "ftp://127.0.0.1/"] {
        let headers: &'static str = Box::leak(format!("location: {location}\r\n").into_boxed_str());
        let server = Server::plain("302 Found", headers, b"").await;
        let world = Setup::default().build();
        assert_eq!(world.get(&server.url("/")).await, None, "{location}");
    }
}

#[tokio::test]
async fn a_body_that_the_node_could_not_hold_is_nothing() {
    let server = Server::start(|_| response("200 OK", "", &[b'x'; 4096])).await;
    let mut world = Setup { limits: Limits { memory: 8192, ..Limits::default() }, ..Setup::default() }.build();
    assert_eq!(world.get(&server.url("/")).await, None);
    assert!(world.lines().iter().any(|line| line.contains("larger than allowed")));
}

#[tokio::test]
async fn f31_header_bytes_pass_unchanged_both_ways() {
    let head = b"HTTP/1.1 200 OK\r\nX-Name: caf\xe9 \xa3\xff\r\nX-Utf: \xc3\xa9\r\ncontent-length: 0\r\n\r\n";
    let server = Server::start(|_| head.to_vec()).await;
    let mut world = Setup::default().build();
    let answer =
        world.request(0, &server.url("/"), "{\"X-Sent\":\"na\u{ef}ve \u{ff}\"}", None).await.expect("answered");
    assert_eq!(answer["headers"]["x-name"], "caf\u{e9} \u{a3}\u{ff}");
    assert_eq!(answer["headers"]["x-utf"], "\u{c3}\u{a9}", "each byte is one character");
    let request = server.requests().pop().expect("a request");
    assert_eq!(header(&request, "x-sent"), Some("na\u{ef}ve \u{ff}"), "one byte for each character");

    let beyond = world.request(0, &server.url("/"), r#"{"X-Sent":"\u0142"}"#, None).await;
    assert_eq!(beyond, None);
    let lines = world.lines().join("\n");
    assert!(lines.contains("\"X-Sent\" holds what cannot be sent") && lines.contains("beyond Latin-1"), "{lines}");
}

#[tokio::test]
async fn f31_a_location_in_any_bytes_is_followed() {
    let server = Server::start(|request| match request {
        _ if request.starts_with("GET /start") => {
            "HTTP/1.1 302 Found\r\nlocation: /gr\u{fc}\u{df}e/\u{1f40c}\r\ncontent-length: 0\r\n\r\n"
                .as_bytes()
                .to_vec()
        }
        _ if request.starts_with("GET /latin") => {
            b"HTTP/1.1 307 T\r\nlocation: /gr\xfc\r\ncontent-length: 0\r\n\r\n".to_vec()
        }
        _ => response("200 OK", "", b"there"),
    })
    .await;
    let world = Setup::default().build();
    for (path, target) in [("/start", "GET /gr%C3%BC%C3%9Fe/%F0%9F%90%8C HTTP"), ("/latin", "GET /gr%FC HTTP")] {
        assert_eq!(world.get(&server.url(path)).await.expect("followed")["body"], "there", "{path}");
        let last = server.requests().pop().expect("a request");
        assert!(last.starts_with(target), "{last}");
    }
}

#[tokio::test]
async fn f31_a_broken_head_is_named() {
    for (head, named) in [
        (&b"HTTP/1.1 200 OK\r\ngood: 1\r\nbad name: 2\r\n\r\n"[..], "\"bad name\""),
        (b"HTTP/1.1 200 OK\r\nx-nul: a\0b\r\n\r\n", "\"x-nul\" holds the byte 0x00"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "\"no colon\""),
    ] {
        let server = Server::start(move |_| head.to_vec()).await;
        let mut world = Setup::default().build();
        assert_eq!(world.get(&server.url("/")).await, None);
        let lines = world.lines().join("\n");
        assert!(lines.contains("http.request failed") && lines.contains(named), "{named} in {lines}");
    }
}

fn packed(coding: &str, body: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut packed = Vec::new();
    let level = flate2::Compression::best();
    match coding {
        "zlib" => flate2::read::ZlibEncoder::new(body, level).read_to_end(&mut packed),
        "raw" => flate2::read::DeflateEncoder::new(body, level).read_to_end(&mut packed),
        _ => flate2::read::GzEncoder::new(body, level).read_to_end(&mut packed),
    }
    .expect("in memory");
    packed
}

#[tokio::test]
async fn f31_bodies_encoded_unasked_are_decoded() {
    let text = "grüße ".repeat(1000);
    let twice = packed("gzip", &packed("zlib", text.as_bytes()));
    for (said, body) in [
        ("gzip", packed("gzip", text.as_bytes())),
        ("X-GZIP", packed("gzip", text.as_bytes())),
        ("deflate", packed("zlib", text.as_bytes())),
        ("deflate", packed("raw", text.as_bytes())),
        ("identity, gzip", packed("gzip", text.as_bytes())),
        ("deflate, gzip", twice),
    ] {
        let raw = body.clone();
        let server = Server::start(move |_| response("200 OK", &format!("Content-Encoding: {said}\r\n"), &body)).await;
        let world = Setup::default().build();
        let answer = world.get(&server.url("/")).await.expect("answered");
        assert_eq!(answer["body"], text.as_str(), "{said}");
        assert_eq!(answer["headers"].get("content-encoding"), None, "{said}");
        assert_eq!(answer["headers"].get("content-length"), None, "the length was that of the encoded body");

        let asked = r#"{"Accept-Encoding":"gzip"}"#;
        let answer = world.request(0, &server.url("/"), asked, None).await.expect("answered");
        assert_eq!(answer["body_base64"], STANDARD.encode(&raw), "what was asked for comes as it is");
    }
}

#[tokio::test]
async fn f31_bombs_meet_the_limit_and_what_cannot_be_decoded_is_told() {
    let bomb = packed("gzip", &vec![0; 65 << 20]);
    assert!(bomb.len() < 100_000, "a bomb");
    let server = Server::start(move |_| response("200 OK", "content-encoding: gzip\r\n", &bomb)).await;
    let mut world = Setup::default().build();
    assert_eq!(world.get(&server.url("/")).await, None);
    assert!(world.lines().join("\n").contains("larger than allowed"));

    for (said, reason) in
        [("br", "\"br\" cannot be decoded"), ("gzip", "no valid \"gzip\""), ("gzip,gzip,gzip,gzip", "4 codings")]
    {
        let server = Server::start(move |_| response("200 OK", &format!("content-encoding: {said}\r\n"), b"raw")).await;
        let answer = world.get(&server.url("/")).await.expect("answered");
        assert_eq!((&answer["body"], &answer["headers"]["content-encoding"]), (&json!("raw"), &json!(said)));
        let lines = world.lines().join("\n");
        assert!(lines.contains(reason), "{reason} in {lines}");
    }
}
