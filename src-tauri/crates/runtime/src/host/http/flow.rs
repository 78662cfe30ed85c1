//! flow-like's own `http.request`: whole requests and whole responses as JSON, redirects followed.

use std::mem;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use ::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use ::http::{Method, Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use serde_json::{Map, Value, json};

use super::coding::{self, Decoded};
use super::redirect::{self, Hop};
use super::{Body, BodyError, SendError, SendOptions, check, headers, send};
use crate::event::Level;
use crate::host::dial::within;
use crate::host::{HostState, Reply, RunContext};

/// The headers of a request, as JSON text.
const MAX_HEADERS: usize = 256 << 10;
/// For one exchange, on the node's own clock.
const TIMEOUT: Duration = Duration::from_secs(30);
const MOST_HOPS: usize = 10;
const MAX_BODY: usize = 64 << 20;
/// From here on, encoding a body is work for another thread.
const LARGE: usize = 1 << 20;

impl HostState {
    pub(in crate::host) async fn http_request(
        &mut self,
        method: u8,
        url: &str,
        headers: &str,
        body: Option<&[u8]>,
    ) -> Reply {
        let answer = self.exchange(method, url, headers, body).await;
        let document = match answer {
            Ok(document) => Some(document),
            // The gate has recorded it.
            Err(SendError::Denied) => None,
            Err(error) => {
                self.run.events.host(Level::Warn, format!("http.request failed: {error}")).await;
                None
            }
        };
        *self.run.shared.last_http_response.lock().unwrap_or_else(PoisonError::into_inner) = document.clone();
        Reply::Text(document)
    }

    pub(in crate::host) fn http_response(&mut self) -> Reply {
        Reply::Text(self.run.shared.last_http_response.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn exchange(
        &mut self,
        method: u8,
        url: &str,
        headers: &str,
        body: Option<&[u8]>,
    ) -> Result<String, SendError> {
        let method = method_of(method)?;
        let url = check::parse_url(url, &["http", "https"])?;
        let (headers, notes) = parse_headers(headers)?;
        for note in notes {
            self.run.events.host(Level::Warn, note).await;
        }
        let body = Bytes::copy_from_slice(body.unwrap_or_default());
        if body.len() > MAX_BODY {
            return Err(SendError::TooLarge);
        }
        let call_site = mem::take(&mut self.call_site);
        let asked = headers.contains_key(ACCEPT_ENCODING);
        let (mut response, mut body) = follow(&self.run, Hop { method, url, headers, body }, &call_site).await?;
        // What the node asked for it takes as it is.
        if !asked && !body.is_empty() {
            match coding::decode(response.headers_mut(), body, MAX_BODY).await? {
                Decoded::All(decoded) => body = decoded,
                Decoded::Not(encoded, reason) => {
                    body = encoded;
                    let note = format!("http.request: the body is passed on as it came, encoded unasked: {reason}");
                    self.run.events.host(Level::Warn, note).await;
                }
            }
        }
        // The document holds the body twice; a guest that could not take it gets nothing instead of a trap.
        if (body.len() as u64).saturating_mul(7) / 3 > self.run.limits.memory {
            return Err(SendError::TooLarge);
        }
        if body.len() < LARGE {
            return Ok(document(&response, &body));
        }
        let encoding = tokio::task::spawn_blocking(move || document(&response, &body));
        encoding.await.map_err(|error| SendError::Protocol(error.to_string()))
    }
}

fn method_of(code: u8) -> Result<Method, SendError> {
    Ok(match code {
        0 => Method::GET,
        1 => Method::POST,
        2 => Method::PUT,
        3 => Method::DELETE,
        4 => Method::PATCH,
        5 => Method::HEAD,
        6 => Method::OPTIONS,
        _ => return Err(SendError::BadRequest(format!("{code} is not a method; use 0 to 6"))),
    })
}

/// Reads the JSON object of headers. Numbers and booleans are sent as their text; what is neither is left out and
/// noted.
pub(in crate::host) fn parse_headers(text: &str) -> Result<(HeaderMap, Vec<String>), SendError> {
    let mut fields = HeaderMap::new();
    let mut notes = Vec::new();
    if text.trim().is_empty() {
        return Ok((fields, notes));
    }
    // As a tree the text takes many times its size.
    if text.len() > MAX_HEADERS {
        return Err(SendError::BadRequest(format!(
            "the headers have {} bytes, the limit is {MAX_HEADERS}",
            text.len()
        )));
    }
    let object = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        Ok(Value::Null) => Map::new(),
        Ok(_) => return Err(SendError::BadRequest("the headers are not a JSON object".to_owned())),
        Err(error) => return Err(SendError::BadRequest(format!("the headers are not JSON: {error}"))),
    };
    for (name, value) in object {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                notes.push(format!("the header {name:.100?} is left out: its value is not text"));
                continue;
            }
        };
        let bad = |why: &str| SendError::BadRequest(format!("the header {name:.100?} {why}"));
        let value = headers::value(text.trim())
            .ok_or_else(|| bad("holds what cannot be sent: control characters, or characters beyond Latin-1"))?;
        fields.append(HeaderName::try_from(&name).map_err(|_| bad("has no name that can be sent"))?, value);
    }
    Ok((fields, notes))
}

/// Hop by hop, each with the gate's decision and its own time.
async fn follow(run: &Arc<RunContext>, mut hop: Hop, call_site: &[String]) -> Result<(Response<()>, Bytes), SendError> {
    let defaults = [(USER_AGENT, concat!("node-workbench/", env!("CARGO_PKG_VERSION"))), (ACCEPT, "*/*")];
    for (name, value) in defaults {
        hop.headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    for _ in 0..=MOST_HOPS {
        let exchange = within(&run.clock, TIMEOUT, one(run, &hop, call_site));
        let (response, body) = exchange.await.ok_or(SendError::Timeout)??;
        let Some(location) = redirect::location(&response)? else { return Ok((response, body)) };
        let next = hop.url.join(&location).map_err(|error| SendError::BadRequest(format!("redirected: {error}")))?;
        let next = check::parse_url(next.as_str(), &["http", "https"])?;
        hop.follow(response.status(), next);
    }
    Err(SendError::Protocol(format!("more than {MOST_HOPS} redirects")))
}

async fn one(run: &Arc<RunContext>, hop: &Hop, call_site: &[String]) -> Result<(Response<()>, Bytes), SendError> {
    let body: Body = Full::new(hop.body.clone()).map_err(|never| match never {}).boxed_unsync();
    let mut request = Request::new(body);
    *request.method_mut() = hop.method.clone();
    *request.headers_mut() = hop.headers.clone();
    *request.uri_mut() =
        hop.url.as_str().parse().map_err(|error| SendError::BadRequest(format!("\"{}\": {error}", hop.url)))?;
    let options = SendOptions { call_site: call_site.to_vec(), ..SendOptions::default() };
    let sent = send(run.clone(), request, options).await?;
    let (parts, body) = sent.response.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|error| match error.downcast_ref() {
        Some(BodyError::Revoked) => SendError::Revoked,
        _ if error.is::<LengthLimitError>() => SendError::TooLarge,
        _ => SendError::Protocol(error.to_string()),
    })?;
    Ok((Response::from_parts(parts, ()), body.to_bytes()))
}

/// The response as guests read it: some the text, some the bytes.
fn document(response: &Response<()>, body: &[u8]) -> String {
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in response.headers() {
        let value = headers::text(value);
        match fields.get_mut(name.as_str()) {
            Some(Value::String(joined)) => {
                joined.push_str(", ");
                joined.push_str(&value);
            }
            _ => {
                fields.insert(name.as_str().to_owned(), Value::from(value));
            }
        }
    }
    json!({
        "status": response.status().as_u16(),
        "headers": fields,
        "body": String::from_utf8_lossy(body),
        "body_base64": STANDARD.encode(body),
    })
    .to_string()
}
