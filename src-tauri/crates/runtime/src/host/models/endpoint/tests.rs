//! The endpoint's side of the wire, played by a scripted carrier.

use std::sync::Mutex;

use super::*;
use crate::clock::RunClock;
use crate::event::{EventBudget, EventKind, RunId};
use crate::host::http::BodyError;
use crate::host::locked;

/// Answers every request alike and remembers them.
struct Script {
    status: u16,
    kind: &'static str,
    /// Pieces as they arrive; the last may be an error.
    pieces: Vec<Result<&'static str, &'static str>>,
    seen: Mutex<Vec<(String, Option<String>, Value)>>,
}

impl Script {
    fn new(status: u16, kind: &'static str, pieces: &[Result<&'static str, &'static str>]) -> Self {
        Self { status, kind, pieces: pieces.to_vec(), seen: Mutex::default() }
    }

    fn json(text: &'static str) -> Self {
        Self::new(200, "application/json", &[Ok(text)])
    }
}

#[async_trait]
impl Carrier for Script {
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Body>, ModelError> {
        let uri = request.uri().to_string();
        let key = request.headers().get(header::AUTHORIZATION);
        let key = key.map(|key| key.to_str().expect("plain").to_owned());
        let body = request.into_body().collect().await.expect("whole").to_bytes();
        locked(&self.seen).push((uri, key, serde_json::from_slice(&body).expect("JSON")));
        let frames = self.pieces.clone().into_iter().map(|piece| match piece {
            Ok(text) => Ok(hyper::body::Frame::data(Bytes::from_static(text.as_bytes()))),
            Err(reason) => Err(BodyError::Broken(reason.to_owned())),
        });
        let body = http_body_util::StreamBody::new(futures::stream::iter(frames.collect::<Vec<_>>()));
        let answer = Response::builder().status(self.status).header(header::CONTENT_TYPE, self.kind);
        Ok(answer.body(Body::new(body)).expect("valid"))
    }
}

fn endpoint() -> Endpoint {
    Endpoint::new("http://127.0.0.1:1/v1/", Some("k".to_owned())).expect("an address")
}

fn prompt() -> Prompt {
    Prompt::parse(r#"[{"role":"user","content":"u"}]"#).expect("a prompt")
}

/// The whole answer and the pieces told on the way.
async fn streamed(script: &Script) -> (Result<Value, ModelError>, Vec<String>) {
    let (events, mut receiver) = Events::channel(RunId("run".into()), RunClock::start(), EventBudget::default());
    let answer = endpoint().stream(script, "m", &prompt(), &events).await;
    drop(events);
    let mut pieces = Vec::new();
    while let Some(event) = receiver.recv().await {
        if let EventKind::Stream { kind, data } = event.kind {
            assert_eq!(kind, "llm_chunk");
            pieces.push(data.as_str().to_owned());
        }
    }
    (answer, pieces)
}

#[tokio::test]
async fn a_completion_becomes_the_guests_document() {
    let script = Script::json(
        r#"{"id":"c1","choices":[{"message":{"role":"assistant","content":"hi","reasoning_content":"hm",
        "tool_calls":[{"id":"1","type":"function","function":{"name":"t","arguments":"{\"a\":1}"}},
                      {"id":"2","type":"function","function":{"name":"u","arguments":"not json"}}]}}],
        "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"details":{}}}"#,
    );
    let answer = endpoint().chat(&script, "m", &prompt()).await.expect("an answer");
    assert_eq!(
        answer,
        json!({
            "content": "hi", "reasoning": "hm", "message_id": "c1",
            "tool_calls": [{ "id": "1", "name": "t", "arguments": { "a": 1 } }, { "id": "2", "name": "u", "arguments": "not json" }],
            "usage": { "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3 },
        })
    );
    let seen = locked(&script.seen);
    let (uri, key, body) = seen.first().expect("one request");
    assert_eq!(uri, "http://127.0.0.1:1/v1/chat/completions", "one slash only");
    assert_eq!(key.as_deref(), Some("Bearer k"));
    assert_eq!((&body["model"], &body["stream"]), (&json!("m"), &json!(false)));
}

#[tokio::test]
async fn a_stream_is_told_as_it_comes_and_put_together() {
    let script = Script::new(
        200,
        "text/event-stream; charset=utf-8",
        &[
            Ok(
                "data: {\"id\":\"c1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"choi",
            ),
            Ok("ces\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n"),
            Ok(
                "data: {\"choices\":[{\"delta\":{\"content\":\"he\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"llo\"}}]}\n\n",
            ),
            Ok(
                "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"1\",\"function\":{\"name\":\"t\",\"arguments\":\"{\\\"a\\\"\"}}]}}]}\n\n",
            ),
            Ok(
                "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}}]}}]}\n\n",
            ),
            Ok("data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\ndata: [DONE]\n\n"),
        ],
    );
    let (answer, pieces) = streamed(&script).await;
    let answer = answer.expect("an answer");
    assert_eq!(pieces, [r#"{"reasoning":"hm"}"#, r#"{"content":"he"}"#, r#"{"content":"llo"}"#]);
    assert_eq!(answer["content"], "hello");
    assert_eq!(answer["reasoning"], "hm");
    assert_eq!(answer["tool_calls"], json!([{ "id": "1", "name": "t", "arguments": { "a": 1 } }]));
    assert_eq!((&answer["message_id"], &answer["usage"]["total_tokens"]), (&json!("c1"), &json!(3)));
    assert_eq!(locked(&script.seen).first().expect("one request").2["stream"], true);
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let (answer, pieces) = streamed(&Script::json(r#"{"choices":[{"message":{"content":"all"}}]}"#)).await;
    assert_eq!(answer.expect("an answer"), json!({ "content": "all" }));
    assert_eq!(pieces, [r#"{"content":"all"}"#]);
}

#[tokio::test]
async fn broken_streams_are_errors() {
    let kind = "text/event-stream";
    for pieces in [
        &[Ok("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"), Err("the connection broke")][..],
        &[Ok("data: not json\n\n")],
        &[Ok("data: {\"error\":{\"message\":\"overloaded\"}}\n\n")],
        &[Ok("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":4000000000}]}}]}\n\n")],
        &[],
    ] {
        let (answer, _) = streamed(&Script::new(200, kind, pieces)).await;
        assert!(answer.is_err(), "{pieces:?}");
    }
}

#[tokio::test]
async fn refusals_carry_the_endpoints_words() {
    let script = Script::new(401, "application/json", &[Ok(r#"{"error":{"message":"bad key"}}"#)]);
    let error = endpoint().chat(&script, "m", &prompt()).await.expect_err("refused");
    assert_eq!(error.to_string(), "the endpoint answered 401: bad key");
    let script = Script::new(502, "text/html", &[Ok("<html>gone</html>")]);
    let error = endpoint().chat(&script, "m", &prompt()).await.expect_err("refused");
    assert!(error.to_string().contains("502") && error.to_string().contains("gone"), "{error}");
    for text in ["", "null", "[]", "{}", "{\"choices\":[]}", "<html>"] {
        assert!(endpoint().chat(&Script::json(text), "m", &prompt()).await.is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn vectors_come_in_the_order_of_the_texts() {
    let script = Script::json(r#"{"data":[{"index":1,"embedding":[3,4.5]},{"index":0,"embedding":[1,2]}]}"#);
    let vectors = endpoint().embed(&script, "m", json!(["a", "b"]), 2).await.expect("vectors");
    assert_eq!(vectors, [[1.0, 2.0], [3.0, 4.5]]);
    assert_eq!(locked(&script.seen).first().expect("one request").0, "http://127.0.0.1:1/v1/embeddings");
    for text in [
        r#"{"data":[{"embedding":[1]}]}"#,
        r#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
        r#"{"data":[{"index":0,"embedding":[1]},{"index":7,"embedding":[1]}]}"#,
        r#"{"data":[{"index":0,"embedding":["x"]},{"index":1,"embedding":[1]}]}"#,
        r#"{"data":[{"index":0},{"index":1}]}"#,
        r#"{"data":{}}"#,
    ] {
        assert!(endpoint().embed(&Script::json(text), "m", json!(["a", "b"]), 2).await.is_err(), "{text}");
    }
    let silent = Script::json("");
    assert!(endpoint().embed(&silent, "m", json!([]), 0).await.expect("nothing to do").is_empty());
    assert!(locked(&silent.seen).is_empty(), "no texts, no request");
}

#[test]
fn addresses_and_keys_are_checked() {
    assert!(Endpoint::new("not an address", None).is_err());
    assert!(Endpoint::new("file:///etc/passwd", None).is_err());
    assert!(Endpoint::new("https://example.com/v1", None).is_ok());
}
