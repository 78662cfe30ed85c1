//! HTTP exchanges: the one mechanism for both runtime models and for `wasi:http`.
//!
//! [`send`] does one exchange of a guest: it asks the gate, looks the name up, dials only what was decided and speaks
//! HTTP/1.1 over it. It follows no redirect, uses no proxy and decompresses nothing; what a redirect and a content coding
//! mean for flow-like's own interface is in `flow`, what the user may see of an exchange in `kept`. [`send_trusted`] is the
//! workbench's own traffic, which asks nobody.

mod check;
mod coding;
mod exchange;
mod flow;
pub(super) mod headers;
mod kept;
mod redirect;
pub(super) mod route;
#[cfg(test)]
pub(crate) mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::Response;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use url::Host;

use self::check::Outgoing;
pub(super) use self::check::parse_url;
use self::exchange::Patience;
pub(super) use self::exchange::upgrade;
pub(super) use self::flow::parse_headers;
pub(super) use self::kept::Kept;
pub use self::kept::Room;
use self::route::Wish;
use super::RunContext;
use super::dial::{self, DialError, Resolver, Track};
use crate::event::Protocol;
use crate::permission::{Capability, Gate, Request, Target};

/// A request's or a response's content, as it streams.
pub type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, BodyError>;

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
    #[error("the permission was revoked")]
    Revoked,
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
    run: Arc<RunContext>,
    request: ::http::Request<Body>,
    options: SendOptions,
) -> Result<Sent, SendError> {
    let Outgoing { url, request } = check::outgoing(request)?;
    let method = request.method().to_string();
    let connection = run.shared.connections.next();
    let mut track = Track::new(run.events.clone(), connection, Protocol::Http, format!("{method} {url}"));
    let kept = Arc::new(Kept::new(run.shared.exchanges.clone(), &url, &request));
    let request = kept::watched(request, &kept);
    track.keep(kept);
    let wish = Wish { capability: Capability::Http, method, url, call_site: options.call_site };
    match stream_to(&run, &wish, options.connect_timeout, &mut track).await {
        Ok(stream) => {
            let patience = Patience {
                first_byte: options.first_byte_timeout,
                between_bytes: options.between_bytes_timeout,
                ..Patience::default()
            };
            let response = exchange::exchange(stream, request, patience, Some(track)).await?;
            Ok(Sent { response })
        }
        Err(error) => Err(ended(&track, error).await),
    }
}

/// The gate's way to a URL: questions, look-up, connection.
pub(super) async fn stream_to(
    run: &RunContext,
    wish: &Wish,
    timeout: Option<Duration>,
    track: &mut Track,
) -> Result<Box<dyn route::Stream>, SendError> {
    let candidates = wish.decide(run).await?;
    let (stream, _) = route::connect(run, &wish.url, &candidates, timeout, track).await?;
    Ok(stream)
}

/// Tells why there is no answer. After a revocation that is the reason, however the connection broke.
pub(super) async fn ended(track: &Track, error: SendError) -> SendError {
    let error = if track.is_revoked() { SendError::Revoked } else { error };
    match &error {
        SendError::Denied => track.denied().await,
        SendError::Revoked => track.closed(error.to_string()).await,
        error => track.failed(error.to_string()).await,
    }
    error
}

/// One exchange of the workbench itself: same transport, no question. `gate` is that of the run which it is for; what
/// the gate's rules and remembered answers deny is not sent. `timeout` is for the whole exchange with its body,
/// `max_body` for the response's body in bytes.
pub async fn send_trusted(
    gate: Option<&Gate>,
    request: ::http::Request<Full<Bytes>>,
    timeout: Duration,
    max_body: u64,
) -> Result<Response<Body>, SendError> {
    let until = Instant::now() + timeout;
    let request = request.map(|body| body.map_err(|never| match never {}).boxed_unsync());
    let Outgoing { url, request } = check::outgoing(request)?;
    let method = request.method().to_string();
    let reached = tokio::time::timeout_at(until, async {
        let connection = connect_trusted(gate, &method, &url, timeout).await?;
        route::secure(connection, &url, None).await
    });
    let stream = reached.await.map_err(|_| SendError::Timeout)??;
    let patience = Patience { until: Some(until), max_body: Some(max_body), ..Patience::default() };
    exchange::exchange(stream, request, patience, None).await
}

async fn connect_trusted(
    gate: Option<&Gate>,
    method: &str,
    url: &url::Url,
    timeout: Duration,
) -> Result<dial::Connection, SendError> {
    let refuses = async |address: Option<IpAddr>| {
        let Some(gate) = gate else { return false };
        let target = Target::Url { method: method.to_owned(), url: url.clone(), address };
        gate.refuses(&Request { capability: Capability::Http, target, call_site: Vec::new() }).await
    };
    if refuses(None).await {
        return Err(SendError::Denied);
    }
    let addresses = match url.host() {
        Some(Host::Ipv4(address)) => vec![address.into()],
        Some(Host::Ipv6(address)) => vec![address.into()],
        Some(Host::Domain(name)) => {
            let found = Resolver::default().resolve(name).await;
            found.map_err(|error| SendError::Dns(format!("\"{name}\": {error}")))?
        }
        None => Vec::new(),
    };
    let port = url.port_or_known_default().unwrap_or_default();
    let mut last = SendError::Dns(format!("\"{url}\": it has no address"));
    for address in addresses {
        if refuses(Some(address)).await {
            last = SendError::Denied;
            continue;
        }
        match dial::connect_trusted((address, port).into(), timeout).await {
            Ok(connection) => return Ok(connection),
            Err(DialError::Timeout(_)) => last = SendError::Timeout,
            Err(error) => last = SendError::Connect(error.to_string()),
        }
    }
    Err(last)
}
