//! Prompts as guests write them, and as an OpenAI-compatible endpoint reads them.

use serde_json::{Map, Value, json};

use super::{MAX_PROMPT, ModelError};

/// A parsed prompt: its messages and what else the guest asked for.
#[derive(Debug)]
pub(super) struct Prompt {
    messages: Vec<Value>,
    options: Map<String, Value>,
}

fn wrong(reason: impl Into<String>) -> ModelError {
    ModelError::Argument { what: "the prompt", reason: reason.into() }
}

impl Prompt {
    /// An array of messages, or an object with `messages` and options.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        if text.len() > MAX_PROMPT {
            return Err(wrong(format!("it has {} bytes, the limit is {MAX_PROMPT}", text.len())));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let (messages, options) = match value {
            Value::Array(messages) => (messages, Map::new()),
            Value::Object(mut options) => match options.remove("messages") {
                Some(Value::Array(messages)) => (messages, options),
                _ => return Err(wrong("\"messages\" is not an array")),
            },
            _ => return Err(wrong("it is neither an array nor an object")),
        };
        if messages.iter().any(|message| !message.is_object()) {
            return Err(wrong("a message is not an object"));
        }
        Ok(Self { messages, options })
    }

    pub fn last_user_text(&self) -> String {
        let user = |message: &&Value| message.get("role").and_then(Value::as_str) == Some("user");
        let last = self.messages.iter().rev().find(user).or(self.messages.last());
        last.map(plain_text).unwrap_or_default()
    }

    pub fn all_text(&self) -> String {
        self.messages.iter().map(plain_text).collect::<Vec<_>>().join("\n")
    }

    /// The body of a chat completion.
    pub fn body(&self, model: &str, stream: bool) -> Result<Value, ModelError> {
        // What the node adds goes in first: it must not change the model that was allowed.
        let mut body = match self.options.get("additional_params") {
            Some(Value::Object(more)) => more.clone(),
            _ => Map::new(),
        };
        for name in ["temperature", "max_tokens", "tool_choice"] {
            if let Some(value) = self.option(name) {
                body.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(Value::Array(tools)) = self.option("tools")
            && !tools.is_empty()
        {
            body.insert("tools".to_owned(), tools.iter().map(tool).collect());
        }
        if let Some(schema) = self.option("output_schema") {
            let schema = json!({ "name": "output", "schema": schema });
            body.insert("response_format".to_owned(), json!({ "type": "json_schema", "json_schema": schema }));
        }
        let mut messages = Vec::with_capacity(self.messages.len());
        for message in &self.messages {
            convert(message, &mut messages)?;
        }
        body.insert("model".to_owned(), json!(model));
        body.insert("messages".to_owned(), Value::Array(messages));
        body.insert("stream".to_owned(), json!(stream));
        if stream {
            body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
        } else {
            body.remove("stream_options");
        }
        Ok(Value::Object(body))
    }

    fn option(&self, name: &str) -> Option<&Value> {
        self.options.get(name).filter(|value| !value.is_null())
    }
}

/// The content parts of a message: under `content` or, as some SDKs spell it, under `parts`.
fn parts(message: &Value) -> Option<&Vec<Value>> {
    message.get("content").and_then(Value::as_array).or_else(|| message.get("parts").and_then(Value::as_array))
}

fn plain_text(message: &Value) -> String {
    if let Some(text) = message.get("content").and_then(Value::as_str) {
        return text.to_owned();
    }
    let texts = parts(message).into_iter().flatten().filter_map(|part| part.get("text").and_then(Value::as_str));
    texts.collect::<Vec<_>>().join("\n")
}

fn tool(tool: &Value) -> Value {
    json!({
        "type": "function",
        "function": { "name": tool["name"], "description": tool["description"], "parameters": tool["parameters"] },
    })
}

/// One message of the guest may be several of the endpoint: each tool's result is one of its own.
fn convert(message: &Value, messages: &mut Vec<Value>) -> Result<(), ModelError> {
    let role = message.get("role").and_then(Value::as_str).unwrap_or("user");
    let mut calls: Vec<Value> = Vec::new();
    let mut content: Vec<Value> = Vec::new();
    for part in parts(message).into_iter().flatten() {
        match part.get("type").and_then(Value::as_str).unwrap_or("text") {
            "text" => content.push(json!({ "type": "text", "text": part["text"] })),
            "image" => content.push(image(&part["image"])?),
            "audio" => content.push(audio(&part["audio"])?),
            "document" => content.push(document(&part["document"])?),
            "tool_call" => calls.push(call(&part["tool_call"])),
            "tool_result" => messages.push(tool_result(&part["tool_result"])),
            // A model's earlier thoughts are not read again by these endpoints.
            "reasoning" => {}
            other => return Err(wrong(format!("the endpoint takes no content of type {other:?}"))),
        }
    }
    calls.extend(message.get("tool_calls").and_then(Value::as_array).into_iter().flatten().map(call));
    let text = message.get("content").filter(|content| content.is_string());
    if text.is_none() && content.is_empty() && calls.is_empty() {
        return Ok(());
    }
    let mut converted = Map::new();
    converted.insert("role".to_owned(), json!(role));
    converted.insert(
        "content".to_owned(),
        match text {
            Some(text) => text.clone(),
            None if content.is_empty() => Value::Null,
            None => Value::Array(content),
        },
    );
    if !calls.is_empty() {
        converted.insert("tool_calls".to_owned(), Value::Array(calls));
    }
    if let Some(id) = message.get("tool_call_id").filter(|id| id.is_string()) {
        converted.insert("tool_call_id".to_owned(), id.clone());
    }
    messages.push(Value::Object(converted));
    Ok(())
}

fn call(call: &Value) -> Value {
    let arguments = match &call["arguments"] {
        Value::String(text) => text.clone(),
        Value::Null => "{}".to_owned(),
        arguments => arguments.to_string(),
    };
    json!({ "id": call["id"], "type": "function", "function": { "name": call["name"], "arguments": arguments } })
}

fn tool_result(result: &Value) -> Value {
    let content = match &result["content"] {
        Value::String(text) => text.clone(),
        content => content.to_string(),
    };
    json!({ "role": "tool", "tool_call_id": result["id"], "content": content })
}

fn image(image: &Value) -> Result<Value, ModelError> {
    let mut converted = json!({ "url": url(image)? });
    if let Some(detail) = image.get("detail").filter(|detail| detail.is_string()) {
        converted["detail"] = detail.clone();
    }
    Ok(json!({ "type": "image_url", "image_url": converted }))
}

fn audio(audio: &Value) -> Result<Value, ModelError> {
    let url = url(audio)?;
    let (kind, data) = data_url(&url).ok_or_else(|| wrong("audio is sent to the endpoint as a data: URL only"))?;
    let format = match kind.rsplit('/').next().unwrap_or_default() {
        "mpeg" => "mp3",
        "x-wav" | "wave" => "wav",
        other => other,
    };
    Ok(json!({ "type": "input_audio", "input_audio": { "data": data, "format": format } }))
}

fn document(document: &Value) -> Result<Value, ModelError> {
    Ok(json!({ "type": "file", "file": { "filename": "document", "file_data": url(document)? } }))
}

/// The address of a part's data, without the marks that SDKs put into data URLs for the host.
fn url(part: &Value) -> Result<String, ModelError> {
    let url = part.get("url").and_then(Value::as_str).ok_or_else(|| wrong("a part of a message has no \"url\""))?;
    if url.starts_with("file_id:") {
        return Err(wrong("the endpoint has no files of that id; send the data itself"));
    }
    let Some((head, data)) = url.strip_prefix("data:").and_then(|rest| rest.split_once(',')) else {
        return Ok(url.to_owned());
    };
    let head: Vec<&str> = head.split(';').filter(|part| !part.starts_with("flow-like-source=")).collect();
    Ok(format!("data:{},{data}", head.join(";")))
}

fn data_url(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    Some((head.strip_suffix(";base64")?, data))
}

#[cfg(test)]
mod tests;
