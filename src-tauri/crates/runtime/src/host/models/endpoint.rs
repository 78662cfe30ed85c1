//! An OpenAI-compatible endpoint: chat completions, streamed or whole, and embeddings.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Map, Value, json};
use url::Url;

use super::messages::Prompt;
use super::{ModelError, llm_chunk, sse};
use crate::event::Events;
use crate::host::http::{Body, send_trusted};
use crate::permission::Gate;

/// Models think for a while.
const TIMEOUT: Duration = Duration::from_secs(300);
const MAX_BODY: u64 = 64 << 20;
/// How much of an error page is repeated.
const MAX_MESSAGE: usize = 500;
const MAX_TOOL_CALLS: usize = 128;

/// What carries a request to the endpoint.
#[async_trait]
pub(super) trait Carrier: Sync {
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Body>, ModelError>;
}

/// The workbench's own traffic: the user named the endpoint, and the gate was asked for the model. What denies such a
/// request still does.
pub(super) struct Trusted<'a>(pub &'a Gate);

#[async_trait]
impl Carrier for Trusted<'_> {
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Body>, ModelError> {
        send_trusted(Some(self.0), request, TIMEOUT, MAX_BODY)
            .await
            .map_err(|error| ModelError::Send(error.to_string()))
    }
}

pub(super) struct Endpoint {
    base: String,
    key: Option<String>,
}

/// Whether an endpoint's address can be used at all.
pub(super) fn check_base(base: &str) -> Result<(), ModelError> {
    let wrong = |reason: String| ModelError::Argument { what: "the endpoint's address", reason };
    let url = Url::parse(base).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong(format!("{base:?} is not an http or https address")));
    }
    Ok(())
}

impl Endpoint {
    pub fn new(base: &str, key: Option<String>) -> Result<Self, ModelError> {
        check_base(base)?;
        Ok(Self { base: base.trim_end_matches('/').to_owned(), key })
    }

    /// One vector for each of the `count` inputs, in their order.
    pub async fn embed(
        &self,
        carrier: &impl Carrier,
        model: &str,
        input: Value,
        count: usize,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let body = json!({ "model": model, "input": input, "encoding_format": "float" });
        let answer = self.post(carrier, "embeddings", &body).await?;
        vectors(&whole(answer).await?, count)
    }

    pub async fn chat(&self, carrier: &impl Carrier, model: &str, prompt: &Prompt) -> Result<Value, ModelError> {
        let answer = self.post(carrier, "chat/completions", &prompt.body(model, false)?).await?;
        completion(&whole(answer).await?)
    }

    /// Tells each piece as it comes; returns the whole answer.
    pub async fn stream(
        &self,
        carrier: &impl Carrier,
        model: &str,
        prompt: &Prompt,
        events: &Events,
    ) -> Result<Value, ModelError> {
        let answer = self.post(carrier, "chat/completions", &prompt.body(model, true)?).await?;
        if !is_event_stream(&answer) {
            // Some servers ignore the wish for a stream.
            let answer = completion(&whole(answer).await?)?;
            llm_chunk(events, &json!({ "content": answer["content"] })).await;
            return Ok(answer);
        }
        let mut body = answer.into_body();
        let (mut stream, mut gathered) = (sse::Events::default(), Gathered::default());
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| ModelError::Send(error.to_string()))?;
            let Ok(data) = frame.into_data() else { continue };
            for event in stream.push(&data)? {
                if let Some(piece) = gathered.take(&event)? {
                    llm_chunk(events, &piece).await;
                }
            }
        }
        if let Some(event) = stream.finish()
            && let Some(piece) = gathered.take(&event)?
        {
            llm_chunk(events, &piece).await;
        }
        gathered.finish()
    }

    async fn post(&self, carrier: &impl Carrier, path: &str, body: &Value) -> Result<Response<Body>, ModelError> {
        let mut request = Request::post(format!("{}/{path}", self.base))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        if let Some(key) = &self.key {
            let mut value = header::HeaderValue::try_from(format!("Bearer {key}"))
                .map_err(|_| ModelError::Key("it holds characters that no header can carry".to_owned()))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let request = request.body(Full::new(Bytes::from(body.to_string())));
        let request = request.map_err(|error| ModelError::Send(error.to_string()))?;
        let answer = carrier.send(request).await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(refusal(answer.status(), answer).await)
    }
}

fn is_event_stream(answer: &Response<Body>) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream")
}

async fn bytes(answer: Response<Body>) -> Result<Bytes, ModelError> {
    let collected = answer.into_body().collect().await.map_err(|error| ModelError::Send(error.to_string()))?;
    Ok(collected.to_bytes())
}

async fn whole(answer: Response<Body>) -> Result<Value, ModelError> {
    serde_json::from_slice(&bytes(answer).await?).map_err(|error| ModelError::Answer(format!("not JSON: {error}")))
}

async fn refusal(status: StatusCode, answer: Response<Body>) -> ModelError {
    let page = bytes(answer).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&page);
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let message = document.pointer("/error/message").or(document.get("error")).and_then(Value::as_str);
    let message: String = message.unwrap_or(text.trim()).chars().take(MAX_MESSAGE).collect();
    ModelError::Status { status: status.as_u16(), message }
}

fn vectors(answer: &Value, count: usize) -> Result<Vec<Vec<f32>>, ModelError> {
    let wrong = |reason: &str| ModelError::Answer(reason.to_owned());
    let data = answer.get("data").and_then(Value::as_array).ok_or_else(|| wrong("\"data\" is not an array"))?;
    if data.len() != count {
        return Err(wrong(&format!("{} vectors for {count} inputs", data.len())));
    }
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; count];
    for (place, item) in data.iter().enumerate() {
        let index = item.get("index").and_then(Value::as_u64).map_or(place, |index| index as usize);
        let numbers = item.get("embedding").and_then(Value::as_array);
        let numbers = numbers.ok_or_else(|| wrong("\"embedding\" is not an array"))?;
        let vector: Option<Vec<f32>> = numbers.iter().map(|number| number.as_f64().map(|it| it as f32)).collect();
        let slot = vectors.get_mut(index).ok_or_else(|| wrong("an index is out of range"))?;
        *slot = Some(vector.ok_or_else(|| wrong("\"embedding\" has something that is not a number"))?);
    }
    vectors.into_iter().collect::<Option<_>>().ok_or_else(|| wrong("two vectors have the same index"))
}

/// The document that guests read, from a whole chat completion.
fn completion(answer: &Value) -> Result<Value, ModelError> {
    let message = answer.pointer("/choices/0/message");
    let message = message.ok_or_else(|| ModelError::Answer("it has no choices".to_owned()))?;
    let calls = message.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
    let calls: Vec<ToolCall> = calls.take(MAX_TOOL_CALLS).map(ToolCall::from).collect();
    let text = |name: &str| message.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(document(
        text("content"),
        text("reasoning_content").or_else(|| text("reasoning")),
        calls,
        answer.get("id").and_then(Value::as_str),
        answer.get("usage"),
    ))
}

fn document(
    content: Option<String>,
    reasoning: Option<String>,
    calls: Vec<ToolCall>,
    id: Option<&str>,
    usage: Option<&Value>,
) -> Value {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
    if let Some(content) = content {
        put("content", Value::String(content));
    }
    if let Some(reasoning) = reasoning {
        put("reasoning", Value::String(reasoning));
    }
    if !calls.is_empty() {
        put("tool_calls", calls.into_iter().map(ToolCall::document).collect());
    }
    if let Some(id) = id {
        put("message_id", json!(id));
    }
    if let Some(usage) = usage.filter(|usage| usage.is_object()) {
        let count = |name: &str| usage.get(name).cloned().unwrap_or_default();
        put(
            "usage",
            json!({
                "prompt_tokens": count("prompt_tokens"),
                "completion_tokens": count("completion_tokens"),
                "total_tokens": count("total_tokens"),
            }),
        );
    }
    Value::Object(document)
}

#[derive(Default)]
struct ToolCall {
    id: String,
    name: String,
    /// JSON text, in pieces while it is streamed.
    arguments: String,
}

impl ToolCall {
    fn from(call: &Value) -> Self {
        let mut gathered = Self::default();
        gathered.add(call);
        gathered
    }

    fn add(&mut self, piece: &Value) {
        let text = |place: &str| piece.pointer(place).and_then(Value::as_str).unwrap_or_default();
        self.id.push_str(text("/id"));
        self.name.push_str(text("/function/name"));
        match piece.pointer("/function/arguments") {
            Some(Value::String(text)) => self.arguments.push_str(text),
            Some(Value::Null) | None => {}
            Some(arguments) => self.arguments = arguments.to_string(),
        }
    }

    fn document(self) -> Value {
        let empty = self.arguments.trim().is_empty();
        let arguments =
            if empty { json!({}) } else { serde_json::from_str(&self.arguments).unwrap_or(self.arguments.into()) };
        json!({ "id": self.id, "name": self.name, "arguments": arguments })
    }
}

/// A streamed completion while it grows.
#[derive(Default)]
struct Gathered {
    content: Option<String>,
    reasoning: Option<String>,
    calls: Vec<ToolCall>,
    id: Option<String>,
    usage: Option<Value>,
    any: bool,
}

impl Gathered {
    /// Adds one event; returns what is new in it for the node's watchers.
    fn take(&mut self, event: &str) -> Result<Option<Value>, ModelError> {
        if event.trim() == "[DONE]" {
            return Ok(None);
        }
        let event: Value =
            serde_json::from_str(event).map_err(|error| ModelError::Answer(format!("a stream of {error}")))?;
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            let message = error.get("message").and_then(Value::as_str).map_or_else(|| error.to_string(), str::to_owned);
            return Err(ModelError::Answer(message.chars().take(MAX_MESSAGE).collect()));
        }
        self.any = true;
        if self.id.is_none() {
            self.id = event.get("id").and_then(Value::as_str).map(str::to_owned);
        }
        if let Some(usage) = event.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Some(usage.clone());
        }
        let Some(delta) = event.pointer("/choices/0/delta") else { return Ok(None) };
        let text = |name: &str| delta.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut piece = Map::new();
        if let Some(text) = text("content") {
            self.content.get_or_insert_default().push_str(text);
            piece.insert("content".to_owned(), json!(text));
        }
        if let Some(text) = text("reasoning_content").or_else(|| text("reasoning")) {
            self.reasoning.get_or_insert_default().push_str(text);
            piece.insert("reasoning".to_owned(), json!(text));
        }
        for call in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.add_call(call)?;
        }
        Ok((!piece.is_empty()).then_some(Value::Object(piece)))
    }

    fn add_call(&mut self, piece: &Value) -> Result<(), ModelError> {
        let index = piece.get("index").and_then(Value::as_u64).unwrap_or_default() as usize;
        if index >= MAX_TOOL_CALLS {
            return Err(ModelError::Answer(format!("more than {MAX_TOOL_CALLS} tool calls")));
        }
        while self.calls.len() <= index {
            self.calls.push(ToolCall::default());
        }
        if let Some(call) = self.calls.get_mut(index) {
            call.add(piece);
        }
        Ok(())
    }

    fn finish(self) -> Result<Value, ModelError> {
        if !self.any {
            return Err(ModelError::Answer("the stream ended before it began".to_owned()));
        }
        Ok(document(self.content, self.reasoning, self.calls, self.id.as_deref(), self.usage.as_ref()))
    }
}

#[cfg(test)]
mod tests;
