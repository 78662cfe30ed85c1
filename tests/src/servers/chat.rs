//! A small server that speaks the chat protocol of OpenAI. It answers "You ask: " and the last message; the model
//! "missing" it does not have, and "broken" ends in the middle of its answer.

use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Server, http, tcp};

/// Its base address is `http://{address}/v1`.
pub async fn chat() -> Server {
    tcp(|stream| async move {
        let mut stream = BufReader::new(stream);
        let Some(request) = http::read(&mut stream).await else { return };
        let (status, kind, body) = match serde_json::from_slice(&request.body) {
            Ok(body) if request.path == "/v1/chat/completions" => answer(&body),
            _ => ("404 Not Found", "application/json", refusal("this is not here")),
        };
        // Without a length: the body ends with the connection.
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n");
        send(&mut stream, &format!("{head}{body}")).await;
    })
    .await
}

/// A peer that is gone needs no answer.
async fn send(stream: &mut BufReader<TcpStream>, answer: &str) {
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        let _ = stream.shutdown().await;
    }
}

fn answer(request: &Value) -> (&'static str, &'static str, String) {
    let model = request["model"].as_str().unwrap_or_default();
    let question = request["messages"].as_array().and_then(|messages| messages.last());
    let content = format!("You ask: {}", question.and_then(|last| last["content"].as_str()).unwrap_or_default());
    let words: Vec<&str> = content.split_inclusive(' ').collect();
    let usage = json!({ "prompt_tokens": 7, "completion_tokens": words.len(), "total_tokens": 7 + words.len() });
    if model == "missing" {
        return ("404 Not Found", "application/json", refusal("there is no model \"missing\""));
    }
    if request["stream"] != true {
        let choice = json!({ "index": 0, "message": { "role": "assistant", "content": content } });
        let document = json!({ "id": "chat-1", "choices": [choice], "usage": usage });
        return ("200 OK", "application/json", document.to_string());
    }
    let chunk = |choices: Value, usage: &Value| {
        format!("data: {}\n\n", json!({ "id": "chat-1", "choices": choices, "usage": usage }))
    };
    let mut body: String =
        words.iter().map(|word| chunk(json!([{ "index": 0, "delta": { "content": word } }]), &Value::Null)).collect();
    if model == "broken" {
        body.push_str("data: {\"choices\"\n\n");
    } else {
        body.push_str(&chunk(json!([]), &usage));
        body.push_str("data: [DONE]\n\n");
    }
    ("200 OK", "text/event-stream", body)
}

fn refusal(message: &str) -> String {
    json!({ "error": { "message": message } }).to_string()
}
