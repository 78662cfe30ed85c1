//! HTTP exchanges: the one mechanism for both runtime models and for `wasi:http`.
//!
//! [`send`] does one exchange of a guest: it asks the gate, looks the name up, dials only what was decided and speaks
//! HTTP/1.1 over it. It follows no redirect, uses no proxy and decompresses nothing; what a redirect means for
//! flow-like's own interface is in `flow`. [`send_trusted`] is the workbench's own traffic, which asks nobody.

use std::sync::Arc;
use std::time::Duration;

use super::{HostState, Reply, RunContext};

/// A request's or a response's content, as it streams.
pub type Body = http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, BodyError>;

/// Why a body ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("no byte arrived in time")]
    Timeout,
    #[error("the body is larger than allowed")]
    TooLarge,
    #[error("the permission was revoked")]
    Revoked,
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// How one exchange is to be done. `None` means no limit of its own.
#[derive(Clone, Debug, Default)]
pub struct SendOptions {
    pub connect_timeout: Option<Duration>,
    /// From the last byte of the request to the response's head.
    pub first_byte_timeout: Option<Duration>,
    /// Between two pieces of the response's body.
    pub between_bytes_timeout: Option<Duration>,
    /// Where in the node's code the call came from, innermost first.
    pub call_site: Vec<String>,
}

/// An answered exchange. The body streams; dropping it closes the connection.
pub struct Sent {
    pub response: ::http::Response<Body>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("the permission was denied")]
    Denied,
    #[error("bad request: {0}")]
    BadRequest(String),
    #[error("cannot look up {0}")]
    Dns(String),
    #[error("cannot connect to {0}")]
    Connect(String),
    #[error("no trusted connection: {0}")]
    Tls(String),
    #[error("no answer in time")]
    Timeout,
    #[error("the exchange broke: {0}")]
    Protocol(String),
    #[error("the message is larger than allowed")]
    TooLarge,
}

/// One exchange of a guest. `request` has an absolute URI.
pub async fn send(
    _run: Arc<RunContext>,
    _request: ::http::Request<Body>,
    _options: SendOptions,
) -> Result<Sent, SendError> {
    todo!()
}

/// One exchange of the workbench itself: same transport, no gate. `timeout` is for the whole exchange with its body,
/// `max_body` for the response's body in bytes.
pub async fn send_trusted(
    _request: ::http::Request<http_body_util::Full<bytes::Bytes>>,
    _timeout: Duration,
    _max_body: u64,
) -> Result<::http::Response<Body>, SendError> {
    todo!()
}

impl HostState {
    pub(super) async fn http_request(
        &mut self,
        _method: u8,
        _url: &str,
        _headers: &str,
        _body: Option<&[u8]>,
    ) -> Reply {
        todo!()
    }

    pub(super) fn http_response(&mut self) -> Reply {
        todo!()
    }
}
