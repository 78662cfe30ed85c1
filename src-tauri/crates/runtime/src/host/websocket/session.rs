//! One session: a task that owns the socket, and the handle that guests reach it by.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::event::NetworkState;
use crate::host::dial::Track;
use crate::host::http::route::Stream;
use crate::permission::Permit;

pub(super) type Socket = WebSocketStream<Box<dyn Stream>>;

/// Messages that wait for the guest, by number and by bytes; then the peer has to wait.
const WAITING: usize = 256;
const WAITING_BYTES: usize = 8 << 20;
/// How long the peer has to answer a close.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) struct Session {
    commands: mpsc::Sender<Command>,
    /// Taken out by the one receiver, who gives it back; so nothing is locked while it waits.
    inbox: Mutex<Option<mpsc::Receiver<Received>>>,
    permits: Vec<Permit>,
    task: tokio::task::AbortHandle,
}

enum Command {
    Send(Message, oneshot::Sender<bool>),
    Close(oneshot::Sender<()>),
}

/// A message on its way to the guest, with the room that it takes.
pub(super) struct Received {
    message: Message,
    _room: Option<OwnedSemaphorePermit>,
}

impl Received {
    /// The JSON that guests read.
    pub fn document(&self) -> String {
        let (kind, data) = match &self.message {
            Message::Text(text) => ("text", text.as_str().to_owned()),
            Message::Binary(bytes) => ("binary", STANDARD.encode(bytes)),
            Message::Ping(bytes) => ("ping", String::from_utf8_lossy(bytes).into_owned()),
            Message::Pong(bytes) => ("pong", String::from_utf8_lossy(bytes).into_owned()),
            Message::Close(Some(frame)) => {
                let reason = frame.reason.as_str();
                return json!({ "type": "close", "data": reason, "code": u16::from(frame.code) }).to_string();
            }
            Message::Close(None) | Message::Frame(_) => ("close", String::new()),
        };
        json!({ "type": kind, "data": data }).to_string()
    }
}

impl Session {
    pub fn start(socket: Socket, permits: Vec<Permit>, track: Track) -> Self {
        let (commands, orders) = mpsc::channel(1);
        let (arrived, inbox) = mpsc::channel(WAITING);
        let work = Work { socket, arrived, room: Arc::new(Semaphore::new(WAITING_BYTES)), track };
        let task = tokio::spawn(work.run(orders)).abort_handle();
        Self { commands, inbox: Mutex::new(Some(inbox)), permits, task }
    }

    pub fn is_revoked(&self) -> bool {
        self.permits.iter().any(|permit| permit.revoked().is_cancelled())
    }

    /// Whether the message went out.
    pub async fn send(&self, message: Message) -> bool {
        let (done, sent) = oneshot::channel();
        if self.commands.send(Command::Send(message, done)).await.is_err() {
            return false;
        }
        sent.await.unwrap_or(false)
    }

    /// A message that is there already.
    pub fn receive_now(&self) -> Option<Received> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).as_mut()?.try_recv().ok()
    }

    /// The next message; `None` once the session is over, and while another call waits for it.
    pub async fn receive(&self) -> Option<Received> {
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let mut lent = Lent { session: self, inbox: Some(inbox) };
        lent.inbox.as_mut()?.recv().await
    }

    /// Says good-bye, for as long as the peer has to answer.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close(done)).await.is_ok() {
            // The task answers or is gone; either way the session is over.
            let _ = closed.await;
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The inbox while a call waits on it; goes back even when the call is given up.
struct Lent<'a> {
    session: &'a Session,
    inbox: Option<mpsc::Receiver<Received>>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        *self.session.inbox.lock().unwrap_or_else(PoisonError::into_inner) = self.inbox.take();
    }
}

/// What the task owns.
struct Work {
    socket: Socket,
    arrived: mpsc::Sender<Received>,
    room: Arc<Semaphore>,
    track: Track,
}

impl Work {
    async fn run(mut self, mut orders: mpsc::Receiver<Command>) {
        let mut pending: Option<Message> = None;
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Command::Send(message, done)) => {
                        let sent = self.socket.send(message).await.is_ok();
                        // A call that was given up does not want to know.
                        let _ = done.send(sent);
                    }
                    Some(Command::Close(done)) => {
                        self.say_good_bye().await;
                        let _ = done.send(());
                        return;
                    }
                    None => return,
                },
                // Also while the guest takes nothing, so that nobody reads the socket.
                () = self.track.revoked() => return,
                () = deliver(&self.arrived, &self.room, &mut pending), if pending.is_some() => {}
                message = self.socket.next(), if pending.is_none() => match message {
                    Some(Ok(message)) => {
                        if let Message::Close(frame) = &message {
                            self.ended(frame.as_ref());
                        }
                        pending = Some(message);
                    }
                    Some(Err(error)) => {
                        self.broke(&error);
                        return;
                    }
                    None => return,
                },
            }
        }
    }

    async fn say_good_bye(&mut self) {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        let farewell = async {
            self.socket.close(Some(frame)).await?;
            while self.socket.next().await.transpose()?.is_some() {}
            Ok::<(), tungstenite::Error>(())
        };
        // A peer that does not answer, or badly, is left all the same.
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        self.track.end(NetworkState::Closed { reason: "closed by the node".to_owned() });
    }

    fn ended(&self, frame: Option<&CloseFrame>) {
        let reason = match frame {
            Some(frame) => format!("closed by the peer: {} {:?}", u16::from(frame.code), frame.reason.as_str()),
            None => "closed by the peer".to_owned(),
        };
        self.track.end(NetworkState::Closed { reason });
    }

    fn broke(&self, error: &tungstenite::Error) {
        if matches!(error, tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) {
            self.track.end(NetworkState::Closed { reason: "closed by the peer".to_owned() });
        } else {
            self.track.end(NetworkState::Failed { reason: error.to_string() });
        }
    }
}

/// Waits for room, then hands the message over. Given up and begun again as often as orders come in between.
async fn deliver(arrived: &mpsc::Sender<Received>, room: &Arc<Semaphore>, pending: &mut Option<Message>) {
    let size = pending.as_ref().map_or(0, Message::len).clamp(1, WAITING_BYTES);
    let room = room.clone().acquire_many_owned(size as u32).await.ok();
    let Ok(slot) = arrived.reserve().await else { return std::future::pending().await };
    if let Some(message) = pending.take() {
        slot.send(Received { message, _room: room });
    }
}
