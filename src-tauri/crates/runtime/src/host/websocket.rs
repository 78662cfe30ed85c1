//! WebSocket sessions, owned by the run.
//!
//! Each session is a task of its own (`session`), so that waiting on one holds up no other. All end with the run.

mod handshake;
mod session;

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::http::header::HeaderMap;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use self::session::{Received, Session};
use super::dial::{Track, tls, within};
use super::http::route::{self, Wish};
use super::http::{self, SendError};
use super::{HostState, Reply};
use crate::event::{Level, NetworkState, Protocol};
use crate::permission::{Capability, Permit};

/// For the way to the server and the handshake, on the node's own clock.
const TIMEOUT: Duration = Duration::from_secs(30);
const MOST_SESSIONS: usize = 16;
/// Of one message in bytes.
const LARGEST: usize = 8 << 20;

/// The open sessions of a run, by their unguessable ids.
#[derive(Default)]
pub struct Sessions {
    // Held for single look-ups, never across an await.
    open: Mutex<HashMap<String, Arc<Session>>>,
}

impl Sessions {
    fn get(&self, id: &str) -> Option<Arc<Session>> {
        let mut open = self.lock();
        let session = open.get(id)?.clone();
        if session.is_revoked() {
            open.remove(id);
            return None;
        }
        Some(session)
    }

    fn take(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().remove(id)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HostState {
    pub(super) async fn ws_connect(&mut self, url: &str, headers: &str) -> Reply {
        match self.open_session(url, headers).await {
            Ok(id) => Reply::Text(Some(id)),
            // The gate has recorded it.
            Err(SendError::Denied) => Reply::Text(None),
            Err(error) => {
                self.run.events.host(Level::Warn, format!("websocket.connect failed: {error}")).await;
                Reply::Text(None)
            }
        }
    }

    pub(super) async fn ws_send(&mut self, session: &str, message: &[u8], binary: bool) -> Reply {
        let sent = match message_of(message, binary) {
            Ok(message) => match self.run.shared.websockets.get(session) {
                Some(session) => session.send(message).await,
                None => false,
            },
            Err(reason) => {
                self.run.events.host(Level::Warn, format!("websocket.send refused: {reason}")).await;
                false
            }
        };
        Reply::Bool(sent)
    }

    pub(super) async fn ws_receive(&mut self, session: &str, timeout_ms: u32) -> Reply {
        let Some(session) = self.run.shared.websockets.get(session) else { return Reply::Text(None) };
        if let Some(received) = session.receive_now() {
            return Reply::Text(Some(received.document()));
        }
        let timeout = Duration::from_millis(timeout_ms.into());
        let received = within(&self.run.clock, timeout, session.receive()).await.flatten();
        Reply::Text(received.as_ref().map(Received::document))
    }

    pub(super) async fn ws_close(&mut self, session: &str) -> Reply {
        match self.run.shared.websockets.take(session) {
            Some(session) => {
                session.close().await;
                Reply::Bool(true)
            }
            None => Reply::Bool(false),
        }
    }

    async fn open_session(&mut self, url: &str, headers: &str) -> Result<String, SendError> {
        let url = http::parse_url(url, &["ws", "wss"])?;
        let (headers, notes) = http::parse_headers(headers)?;
        for note in notes {
            self.run.events.host(Level::Warn, note).await;
        }
        if self.run.shared.websockets.lock().len() >= MOST_SESSIONS {
            let reason = format!("the run has {MOST_SESSIONS} sessions open; close some first");
            return Err(SendError::Connect(reason));
        }
        let connection = self.run.shared.connections.next();
        let mut track = Track::new(self.run.events.clone(), connection, Protocol::WebSocket, url.as_str().to_owned());
        let call_site = mem::take(&mut self.call_site);
        let wish = Wish { capability: Capability::WebSocket, method: "GET".to_owned(), url, call_site };
        let opened = within(&self.run.clock, TIMEOUT, shake_hands(self, &wish, headers, &mut track)).await;
        match opened.unwrap_or(Err(SendError::Timeout)) {
            Ok((socket, permits)) => {
                let random: [u8; 16] = tls::random().map_err(SendError::Protocol)?;
                let id = format!("ws_{:032x}", u128::from_be_bytes(random));
                let session = Arc::new(Session::start(socket, permits, track));
                self.run.shared.websockets.lock().insert(id.clone(), session);
                Ok(id)
            }
            Err(error) => Err(http::ended(&track, error).await),
        }
    }
}

type Opened = (session::Socket, Vec<Permit>);

async fn shake_hands(
    state: &HostState,
    wish: &Wish,
    headers: HeaderMap,
    track: &mut Track,
) -> Result<Opened, SendError> {
    let request = handshake::request(&wish.url, headers)?;
    let asked = request.headers().clone();
    let candidates = wish.decide(&state.run).await?;
    let (stream, reached) = route::connect(&state.run, &wish.url, &candidates, Some(TIMEOUT), track).await?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST))
        .max_write_buffer_size(2 * LARGEST);
    let (response, stream) = http::upgrade(stream, request).await?;
    handshake::check(&asked, &response).map_err(SendError::Protocol)?;
    let stream = stream.ok_or_else(|| SendError::Protocol("the server keeps the connection".to_owned()))?;
    let socket = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
    track.emit(NetworkState::Answered { summary: response.status().to_string() }).await;
    Ok((socket, reached.permits.clone()))
}

fn message_of(bytes: &[u8], binary: bool) -> Result<Message, String> {
    if bytes.len() > LARGEST {
        return Err(format!("the message has {} bytes, the limit is {LARGEST}", bytes.len()));
    }
    if binary {
        return Ok(Message::binary(bytes.to_vec()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Message::text(text)),
        Err(error) => Err(format!("the text is not UTF-8: {error}; send it as binary")),
    }
}

#[cfg(test)]
mod tests;
