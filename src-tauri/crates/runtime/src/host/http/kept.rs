//! What is kept of an exchange for the user to look at: heads without credentials, and the first part of both bodies.
//!
//! The guest's bytes pass by unchanged; only copies are bounded and masked. Reading them is for whoever gets the
//! exchange's last event.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ::http::header::{HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, WWW_AUTHENTICATE};
use ::http::{Request, StatusCode};
use http_body_util::BodyExt;
use url::Url;

use super::redirect::is_secret;
use super::{Body, headers};
use crate::event::{Exchange, MASKED};

/// Of each body.
const MOST_OF_A_BODY: usize = 64 << 10;
/// Of all exchanges of a run, heads and bodies together: a node that fetches without end must neither fill the channel
/// nor push other runs out of the record.
const MOST_OF_A_RUN: u64 = 64 << 20;

/// How much of a run's exchanges was kept.
#[derive(Debug, Default)]
pub struct Room(AtomicU64);

impl Room {
    /// Takes room for so many bytes; `false` where that is more than is left.
    fn take(&self, bytes: usize) -> bool {
        let take = |used: u64| used.checked_add(bytes as u64).filter(|used| *used <= MOST_OF_A_RUN);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

/// The copy of one exchange as it grows. The request's body is read by the task that drives the connection, the
/// response's by the guest, so both sides share it; the lock is held for one piece of a body at a time.
#[derive(Debug)]
pub(in crate::host) struct Kept {
    room: Arc<Room>,
    exchange: Mutex<Exchange>,
}

impl Kept {
    pub(super) fn new(room: Arc<Room>, url: &Url, request: &Request<Body>) -> Self {
        let exchange = Exchange {
            method: request.method().to_string(),
            url: url.to_string(),
            request_headers: heads(request.headers(), &room),
            ..Exchange::default()
        };
        Self { room, exchange: Mutex::new(exchange) }
    }

    pub(super) fn answered(&self, status: StatusCode, head: &HeaderMap) {
        let headers = heads(head, &self.room);
        self.change(|exchange| {
            exchange.status = Some(status.as_u16());
            exchange.response_headers = headers;
        });
    }

    pub(super) fn received(&self, piece: &[u8]) {
        self.change(|exchange| {
            append(&mut exchange.response_body, piece, exchange.response_size, &self.room);
            exchange.response_size += piece.len() as u64;
        });
    }

    fn sent(&self, piece: &[u8]) {
        self.change(|exchange| {
            append(&mut exchange.request_body, piece, exchange.request_size, &self.room);
            exchange.request_size += piece.len() as u64;
        });
    }

    /// As far as it has come.
    pub fn exchange(&self) -> Arc<Exchange> {
        Arc::new(self.exchange.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn change(&self, change: impl FnOnce(&mut Exchange)) {
        change(&mut self.exchange.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The request with a body whose pieces are copied as they go out.
pub(super) fn watched(request: Request<Body>, kept: &Arc<Kept>) -> Request<Body> {
    let kept = kept.clone();
    request.map(|body| {
        body.inspect_frame(move |frame| {
            if let Some(piece) = frame.data_ref() {
                kept.sent(piece);
            }
        })
        .boxed_unsync()
    })
}

/// What is kept is always the beginning of the body: after a gap nothing more is taken.
fn append(kept: &mut Vec<u8>, piece: &[u8], before: u64, room: &Room) {
    if kept.len() as u64 != before {
        return;
    }
    let piece = &piece[..piece.len().min(MOST_OF_A_BODY - kept.len())];
    if room.take(piece.len()) {
        kept.extend_from_slice(piece);
    }
}

/// Nothing where the room is used up.
fn heads(head: &HeaderMap, room: &Room) -> Vec<(String, String)> {
    let size = head.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if !room.take(size) {
        return Vec::new();
    }
    let text = |name: &HeaderName, value: &HeaderValue| {
        if is_credential(name) { MASKED.to_owned() } else { headers::text(value) }
    };
    head.iter().map(|(name, value)| (name.as_str().to_owned(), text(name, value))).collect()
}

/// What a server wants to be shown is no credential, and the first thing to look at after a 401.
fn is_credential(name: &HeaderName) -> bool {
    let asks = *name == WWW_AUTHENTICATE || *name == PROXY_AUTHENTICATE;
    !asks && (is_secret(name) || name.as_str().contains("cookie"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_name() {
        let secret = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "private-token"];
        let secret_too = ["x-client-secret", "x-amz-security-token", "x-auth", "ocp-apim-subscription-key"];
        for name in secret.into_iter().chain(secret_too) {
            assert!(is_credential(&HeaderName::from_static(name)), "{name} is masked");
        }
        for name in ["content-type", "host", "user-agent", "www-authenticate", "proxy-authenticate", "etag"] {
            assert!(!is_credential(&HeaderName::from_static(name)), "{name} is shown");
        }
    }

    #[test]
    fn the_beginning_of_a_body_is_kept() {
        let room = Room::default();
        let mut kept = Vec::new();
        append(&mut kept, &[1; MOST_OF_A_BODY - 1], 0, &room);
        append(&mut kept, &[2; 10], MOST_OF_A_BODY as u64 - 1, &room);
        assert_eq!((kept.len(), kept.last()), (MOST_OF_A_BODY, Some(&2)), "cut within a piece");
        append(&mut kept, &[3; 10], MOST_OF_A_BODY as u64 + 9, &room);
        assert_eq!(kept.len(), MOST_OF_A_BODY, "and nothing after it");
    }

    #[test]
    fn a_run_has_room_for_so_much() {
        let room = Room::default();
        assert!(room.take(MOST_OF_A_RUN as usize - 4), "nearly all");
        let mut kept = Vec::new();
        append(&mut kept, b"12345", 0, &room);
        assert!(kept.is_empty(), "more than is left");
        append(&mut kept, b"678", 5, &room);
        assert!(kept.is_empty(), "no middle without the beginning");
        append(&mut kept, b"1234", 0, &room);
        assert_eq!(kept, b"1234", "what just fits");
    }
}
