//! A small HTTP/1.1 server with a few paths; every connection serves one request.
//!
//! `/hello` greets, `/bytes` sends bytes that are no text, `/echo` sends the request back as JSON, `/redirect?URL`
//! leads to the URL, `/loop` leads to itself, `/silent` and what is below it never answer, `/half` stops in the middle,
//! everything else is not found.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Server, tcp};

pub struct Http {
    pub server: Server,
    // Short sections only.
    received: Arc<Mutex<Vec<Received>>>,
}

/// One request as it came.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl Http {
    pub async fn start() -> Self {
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let kept = received.clone();
        let server = tcp(move |stream| serve(stream, kept.clone())).await;
        Self { server, received }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn serve(stream: TcpStream, kept: Arc<Mutex<Vec<Received>>>) {
    let mut stream = BufReader::new(stream);
    let Some(request) = read(&mut stream).await else { return };
    kept.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    if request.path == "/half" {
        // A peer that is gone needs no answer.
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").await;
    }
    if request.path.starts_with("/silent") || request.path == "/half" {
        // Until the peer has enough of waiting.
        let _ = stream.read_u8().await;
        return;
    }
    let (head, body) = answer(&request);
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    // A peer that is gone needs no answer.
    let _ = stream.write_all(head.as_bytes()).await;
    if request.method != "HEAD" {
        let _ = stream.write_all(&body).await;
    }
    let _ = stream.shutdown().await;
}

fn answer(request: &Received) -> (String, Vec<u8>) {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    match path {
        "/hello" => ("200 OK\r\nContent-Type: text/plain\r\nX-Twice: a\r\nX-Twice: b".into(), b"hello".to_vec()),
        "/bytes" => ("200 OK\r\nContent-Type: application/octet-stream".into(), vec![0, 159, 146, 150, 255]),
        "/redirect" => (format!("302 Found\r\nLocation: {query}"), Vec::new()),
        "/loop" => ("302 Found\r\nLocation: /loop".into(), Vec::new()),
        "/echo" => {
            let echo = json!({
                "method": request.method,
                "headers": request.headers,
                "body": String::from_utf8_lossy(&request.body),
            });
            ("200 OK\r\nContent-Type: application/json".into(), echo.to_string().into_bytes())
        }
        _ => ("404 Not Found".into(), b"nothing here".to_vec()),
    }
}

pub(super) async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Received { method: words.next()?, path: words.next()?, ..Received::default() };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).await.ok()?;
    Some(request)
}
