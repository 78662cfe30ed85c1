//! One HTTP/1.1 exchange over a stream, and the response's body as it arrives.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::http::{Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::route::Stream;
use super::{Body, BodyError, SendError, ended, headers};
use crate::event::NetworkState;
use crate::host::dial::{Track, Traffic};

const MOST_HEADERS: usize = 256;
const MOST_HEADER_BYTES: usize = 256 * 1024;

/// How long to wait for what, and how much to take.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience {
    pub first_byte: Option<Duration>,
    pub between_bytes: Option<Duration>,
    /// For the whole response.
    pub until: Option<Instant>,
    pub max_body: Option<u64>,
}

/// The connection, and a copy of what came until the head is read, for who asks what is wrong with it.
struct Heard {
    stream: Box<dyn Stream>,
    head: Head,
}

#[derive(Clone, Default)]
struct Head(Arc<Mutex<Vec<u8>>>);

impl Head {
    fn fault(&self) -> Option<String> {
        headers::fault(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let mut head = self.head.0.lock().unwrap_or_else(PoisonError::into_inner);
        let came = buffer.filled().get(before..).unwrap_or_default();
        // Once somebody has read it, nobody else keeps it.
        if Arc::strong_count(&self.head.0) > 1 {
            let room = MOST_HEADER_BYTES.saturating_sub(head.len());
            head.extend(came.iter().take(room));
        } else {
            *head = Vec::new();
        }
        read
    }
}

impl AsyncWrite for Heard {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A connection that speaks HTTP, and the task that drives it.
async fn handshake(stream: Box<dyn Stream>) -> Result<(SendRequest<Body>, Driver, Head), SendError> {
    let mut builder = http1::Builder::new();
    builder.max_headers(MOST_HEADERS).max_header_size(MOST_HEADER_BYTES);
    let head = Head::default();
    let heard = Heard { stream, head: head.clone() };
    let (sender, connection) = builder.handshake(TokioIo::new(heard)).await.map_err(|error| broken(&error, &head))?;
    // An error of the connection reaches the sender and the body as well.
    let driver = Driver(tokio::spawn(async move { drop(connection.with_upgrades().await) }).abort_handle());
    Ok((sender, driver, head))
}

/// Asks the server to speak another protocol; gives its answer and, where it agrees, the connection.
pub(in crate::host) async fn upgrade(
    stream: Box<dyn Stream>,
    request: Request<()>,
) -> Result<(Response<()>, Option<Box<dyn Stream>>), SendError> {
    let (mut sender, driver, heard) = handshake(stream).await?;
    let request = request.map(|()| Empty::new().map_err(|never| match never {}).boxed_unsync());
    let response = head(sender.send_request(request), Patience::default(), None, heard).await?;
    let (parts, incoming) = response.into_parts();
    if parts.status != StatusCode::SWITCHING_PROTOCOLS {
        return Ok((Response::from_parts(parts, ()), None));
    }
    let mut response = Response::from_parts(parts, incoming);
    let upgraded = hyper::upgrade::on(&mut response).await.map_err(|error| SendError::Protocol(chain(&error)))?;
    drop(driver);
    Ok((response.map(drop), Some(Box::new(TokioIo::new(upgraded)))))
}

/// Stops the task that drives a connection.
struct Driver(tokio::task::AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends the request and waits for the response's head. `track` is `None` for the workbench's own traffic.
pub(super) async fn exchange(
    stream: Box<dyn Stream>,
    request: Request<Body>,
    patience: Patience,
    track: Option<Track>,
) -> Result<Response<Body>, SendError> {
    let (mut sender, driver, heard) = handshake(stream).await?;
    let traffic = track.as_ref().map(Track::traffic);
    let response = match head(sender.send_request(request), patience, traffic, heard).await.and_then(expected) {
        Ok(response) => response,
        Err(error) => {
            return Err(match &track {
                Some(track) => ended(track, error).await,
                None => error,
            });
        }
    };
    if let Some(track) = &track {
        if let Some(kept) = track.kept() {
            kept.answered(response.status(), response.headers());
        }
        track.emit(NetworkState::Answered { summary: response.status().to_string() }).await;
    }
    let (parts, incoming) = response.into_parts();
    let body = Arriving {
        incoming,
        between_bytes: patience.between_bytes.map(|limit| (limit, Box::pin(tokio::time::sleep(limit)))),
        until: patience.until.map(|until| Box::pin(tokio::time::sleep_until(until))),
        left: patience.max_body,
        track,
        _driver: driver,
    };
    Ok(Response::from_parts(parts, body.boxed_unsync()))
}

/// Waits for the head; as long as the request is still going out, the server need not answer.
async fn head(
    answer: impl Future<Output = hyper::Result<Response<Incoming>>>,
    patience: Patience,
    traffic: Option<Arc<Traffic>>,
    heard: Head,
) -> Result<Response<Incoming>, SendError> {
    tokio::pin!(answer);
    let sent = || traffic.as_ref().map_or(0, |traffic| traffic.up());
    let mut sent_before = sent();
    loop {
        tokio::select! {
            biased;
            answer = &mut answer => return answer.map_err(|error| broken(&error, &heard)),
            () = sleep_until(patience.until) => return Err(SendError::Timeout),
            () = sleep(patience.first_byte) => {
                let now = sent();
                if now == sent_before {
                    return Err(SendError::Timeout);
                }
                sent_before = now;
            }
        }
    }
}

fn expected(response: Response<Incoming>) -> Result<Response<Incoming>, SendError> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(SendError::Protocol("the server switched protocols without being asked".to_owned()));
    }
    Ok(response)
}

async fn sleep(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

fn broken(error: &hyper::Error, heard: &Head) -> SendError {
    if error.is_parse_too_large() {
        return SendError::TooLarge;
    }
    let fault = if error.is_parse() { heard.fault() } else { None };
    SendError::Protocol(fault.unwrap_or_else(|| chain(error)))
}

/// An error with what caused it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        cause = error.source();
    }
    text
}

/// A body on its way, with the limits and the tale of its exchange.
struct Arriving {
    incoming: Incoming,
    between_bytes: Option<(Duration, Pin<Box<Sleep>>)>,
    until: Option<Pin<Box<Sleep>>>,
    left: Option<u64>,
    track: Option<Track>,
    _driver: Driver,
}

impl Arriving {
    fn fail(&self, error: BodyError) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(track) = &self.track {
            track.end(NetworkState::Failed { reason: error.to_string() });
        }
        Poll::Ready(Some(Err(error)))
    }

    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let passed = |sleep: &mut Pin<Box<Sleep>>, context: &mut Context<'_>| sleep.as_mut().poll(context).is_ready();
        self.between_bytes.as_mut().is_some_and(|(_, sleep)| passed(sleep, context))
            || self.until.as_mut().is_some_and(|sleep| passed(sleep, context))
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        // A body without content need not be read to be over.
        if let Some(track) = &self.track
            && self.incoming.is_end_stream()
        {
            track.end(NetworkState::Closed { reason: "done".to_owned() });
        }
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.incoming).poll_frame(context);
        if polled.is_pending() && self.is_late(context) {
            return self.fail(BodyError::Timeout);
        }
        match ready!(polled) {
            Some(Ok(frame)) => {
                if let Some((limit, sleep)) = &mut self.between_bytes {
                    sleep.as_mut().reset(Instant::now() + *limit);
                }
                let size = frame.data_ref().map_or(0, Bytes::len) as u64;
                if let Some(left) = self.left {
                    match left.checked_sub(size) {
                        Some(left) => self.left = Some(left),
                        None => return self.fail(BodyError::TooLarge),
                    }
                }
                let kept = self.track.as_ref().and_then(Track::kept);
                if let (Some(kept), Some(piece)) = (kept, frame.data_ref()) {
                    kept.received(piece);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                let revoked = self.track.as_ref().is_some_and(Track::is_revoked);
                self.fail(if revoked { BodyError::Revoked } else { BodyError::Broken(chain(&error)) })
            }
            None => {
                if let Some(track) = &self.track {
                    track.end(NetworkState::Closed { reason: "done".to_owned() });
                }
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
