//! Everything that the outside may see of a run while it happens.
//!
//! Events travel through one bounded channel for each run: a consumer that falls behind slows the guest down instead
//! of losing lines. Only a run that passes its whole budget loses lines, and then an [`EventKind::LeftOut`] says how
//! many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::clock::RunClock;
use crate::json::Json;
use crate::permission::{Decided, Question};
use crate::run::Outcome;

/// Stands in the place of a header's value that is a credential.
pub const MASKED: &str = "•••";

/// How many events may wait for a slow consumer before the guest is slowed down.
pub const CHANNEL_CAPACITY: usize = 4096;
/// KiB of text that may wait besides.
const CHANNEL_ROOM: u32 = 32 << 10;

/// One run, as the record and the permission questions name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub Arc<str>);

impl RunId {
    /// Time-ordered and unique.
    pub fn random() -> Self {
        Self(uuid::Uuid::now_v7().simple().to_string().into())
    }
}

/// The SDK's scale of log levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    Debug = 0,
    Info = 1,
    Warn = 2,
    Error = 3,
    Fatal = 4,
}

impl Level {
    /// Levels above 4 are read as Fatal.
    pub fn from_number(level: u8) -> Self {
        match level {
            0 => Self::Debug,
            1 => Self::Info,
            2 => Self::Warn,
            3 => Self::Error,
            _ => Self::Fatal,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// Where a log line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogSource {
    /// The node called the host's log function.
    Node,
    Stdout,
    Stderr,
    /// The workbench itself: a refused call, a fallback, a limit.
    Host,
}

impl LogSource {
    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Host => "host",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Event {
    pub run: RunId,
    /// The node's own time since the run's start: it stands still while somebody is asked.
    pub at: Duration,
    pub kind: EventKind,
}

#[derive(Clone, Debug)]
pub enum EventKind {
    Log {
        level: Level,
        source: LogSource,
        message: String,
    },
    /// A streaming event: `kind` as the node named it; `data` is JSON where it parses, else a JSON string of the text.
    Stream {
        kind: String,
        data: Json,
    },
    /// An exec output fired.
    Fired {
        pin: String,
    },
    /// An output pin got a value.
    Output {
        pin: String,
        value: Json,
    },
    /// The user is being asked; the run's clock stands still.
    Asked(Arc<Question>),
    /// A request was decided: by an answer, a rule, a grant or the default.
    Decided(Arc<Decided>),
    /// Something moved on the network.
    Network(NetworkEvent),
    /// The run passed its budget for events; `lines` were not kept.
    LeftOut {
        lines: u64,
    },
    /// The last event of a run.
    Finished(Arc<Outcome>),
}

/// A DNS lookup, a connection or an exchange, from the host's own mechanisms.
#[derive(Clone, Debug)]
pub struct NetworkEvent {
    /// Unique in the run: all events of one connection share it.
    pub connection: u64,
    pub protocol: Protocol,
    /// As the node wrote it: a host name with port, a URL.
    pub target: String,
    /// The address that was dialled, where one was.
    pub address: Option<String>,
    pub state: NetworkState,
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// The HTTP exchange, on its last event only: denied, closed or failed.
    pub exchange: Option<Arc<Exchange>>,
}

/// An HTTP exchange of a guest as far as it came. Each hop of a redirect is an exchange of its own.
///
/// Credentials in headers are [`MASKED`]. Of each body the first 64 KiB are kept, as the node wrote or read them; the
/// sizes are those of what passed, so a body that is shorter than its size was cut. After 64 MiB of heads and bodies a
/// run's further exchanges have sizes only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    pub method: String,
    /// Without fragment.
    pub url: String,
    /// As they were sent, except for `content-length`, which the transport adds.
    pub request_headers: Vec<(String, String)>,
    pub request_body: Vec<u8>,
    pub request_size: u64,
    /// None where no response came.
    pub status: Option<u16>,
    pub response_headers: Vec<(String, String)>,
    pub response_body: Vec<u8>,
    pub response_size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Dns,
    Tcp,
    Udp,
    Http,
    WebSocket,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkState {
    /// Never sent: the permission was denied.
    Denied,
    Opened,
    Listening,
    Answered {
        summary: String,
    },
    Closed {
        reason: String,
    },
    Failed {
        reason: String,
    },
}

/// The run's end of the event channel. Clones share budget and clock.
#[derive(Clone, Debug)]
pub struct Events {
    run: RunId,
    clock: Arc<RunClock>,
    sender: EventSender,
    budget: Arc<Budget>,
}

/// A channel for events that is bounded by their number and by the bytes of their texts.
pub fn channel() -> (EventSender, EventReceiver) {
    let (sender, receiver) = mpsc::channel(CHANNEL_CAPACITY);
    (EventSender { sender, room: Arc::new(Semaphore::new(CHANNEL_ROOM as usize)) }, EventReceiver(receiver))
}

#[derive(Clone, Debug)]
pub struct EventSender {
    sender: mpsc::Sender<Weighed>,
    room: Arc<Semaphore>,
}

/// An event with the room that it takes in the channel.
#[derive(Debug)]
struct Weighed {
    event: Event,
    _room: Option<OwnedSemaphorePermit>,
}

impl EventSender {
    /// Waits for room. Says whether anybody still listens.
    pub async fn send(&self, event: Event) -> bool {
        let _room = match event.kind.weight() {
            0 => None,
            // Nothing closes the semaphore; a receiver that is gone is noticed below.
            weight => tokio::select! {
                room = self.room.clone().acquire_many_owned(weight) => room.ok(),
                () = self.sender.closed() => return false,
            },
        };
        self.sender.send(Weighed { event, _room }).await.is_ok()
    }

    fn has_room(&self, weight: u32) -> bool {
        let room = self.sender.capacity() > 0 && self.room.available_permits() >= weight as usize;
        room || self.sender.is_closed()
    }

    /// Gives the event back where there is no room now.
    #[expect(clippy::result_large_err, reason = "the event is what the caller goes on with")]
    fn try_send(&self, event: Event) -> Result<(), Event> {
        let _room = match event.kind.weight() {
            0 => None,
            weight => match self.room.clone().try_acquire_many_owned(weight) {
                Ok(room) => Some(room),
                Err(_) if self.sender.is_closed() => return Ok(()),
                Err(_) => return Err(event),
            },
        };
        match self.sender.try_send(Weighed { event, _room }) {
            Err(mpsc::error::TrySendError::Full(weighed)) => Err(weighed.event),
            // Nobody listens any more: nothing is left to tell.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        }
    }
}

/// The other end of a [`channel`]. What was received no longer counts.
#[derive(Debug)]
pub struct EventReceiver(mpsc::Receiver<Weighed>);

impl EventReceiver {
    /// None when the run is over.
    pub async fn recv(&mut self) -> Option<Event> {
        self.0.recv().await.map(|weighed| weighed.event)
    }

    pub fn try_recv(&mut self) -> Result<Event, mpsc::error::TryRecvError> {
        self.0.try_recv().map(|weighed| weighed.event)
    }

    /// As many as are there, at most `limit`; waits for the first. None: the run is over.
    pub async fn recv_many(&mut self, limit: usize) -> Option<Vec<Event>> {
        let mut events = vec![self.recv().await?];
        while events.len() < limit
            && let Ok(event) = self.try_recv()
        {
            events.push(event);
        }
        Some(events)
    }
}

impl EventKind {
    /// KiB of text; what is smaller than one is bounded by the number of events.
    fn weight(&self) -> u32 {
        let bytes = match self {
            Self::Log { message, .. } => message.len(),
            Self::Stream { kind, data } => kind.len() + data.as_str().len(),
            Self::Output { pin, value } => pin.len() + value.as_str().len(),
            Self::Network(network) => network
                .exchange
                .as_ref()
                .map_or(0, |exchange| exchange.request_body.len() + exchange.response_body.len()),
            _ => 0,
        };
        u32::try_from(bytes / 1024).unwrap_or(u32::MAX).min(CHANNEL_ROOM)
    }
}

#[derive(Debug)]
struct Budget {
    lines: u64,
    bytes: u64,
    used_lines: AtomicU64,
    used_bytes: AtomicU64,
    left_out: AtomicU64,
}

/// How much a run may say before lines are left out: logs and stream events together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventBudget {
    pub lines: u64,
    pub bytes: u64,
}

impl Default for EventBudget {
    fn default() -> Self {
        Self { lines: 5_000_000, bytes: 1 << 30 }
    }
}

impl Events {
    pub fn channel(run: RunId, clock: Arc<RunClock>, budget: EventBudget) -> (Self, EventReceiver) {
        let (sender, receiver) = channel();
        let budget = Arc::new(Budget {
            lines: budget.lines,
            bytes: budget.bytes,
            used_lines: AtomicU64::new(0),
            used_bytes: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
        });
        (Self { run, clock, sender, budget }, receiver)
    }

    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// Sends one event, waiting for room. An event for which nobody listens any more is dropped.
    pub async fn emit(&self, kind: EventKind) {
        if !self.admit(&kind) {
            return;
        }
        let event = self.stamp(kind);
        if let Err(event) = self.sender.try_send(event) {
            self.sender.send(event).await;
        }
    }

    /// Sends one event if there is room, else gives it back. For callers that cannot wait.
    pub fn try_emit(&self, kind: EventKind) -> Result<(), EventKind> {
        if !self.sender.has_room(kind.weight()) {
            return Err(kind);
        }
        if !self.admit(&kind) {
            return Ok(());
        }
        self.sender.try_send(self.stamp(kind)).map_err(|event| event.kind)
    }

    /// Waits until there is room for at least one event, however long a line.
    pub async fn ready(&self) {
        let _ = self.sender.sender.reserve().await;
        tokio::select! {
            _ = self.sender.room.acquire_many(CHANNEL_ROOM / 4) => {}
            () = self.sender.sender.closed() => {}
        }
    }

    /// A line of the workbench itself, in the same time line as the node's.
    pub async fn host(&self, level: Level, message: impl Into<String>) {
        self.emit(EventKind::Log { level, source: LogSource::Host, message: message.into() }).await;
    }

    /// How many lines the budget left out so far.
    pub fn left_out(&self) -> u64 {
        self.budget.left_out.load(Ordering::Relaxed)
    }

    fn stamp(&self, kind: EventKind) -> Event {
        Event { run: self.run.clone(), at: self.clock.active(), kind }
    }

    /// Counts logs and stream events against the budget; everything else always passes.
    fn admit(&self, kind: &EventKind) -> bool {
        let bytes = match kind {
            EventKind::Log { message, .. } => message.len(),
            EventKind::Stream { kind, data } => kind.len() + data.as_str().len(),
            _ => return true,
        };
        let budget = &self.budget;
        let lines = budget.used_lines.fetch_add(1, Ordering::Relaxed);
        let bytes = budget.used_bytes.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        if lines < budget.lines && bytes <= budget.bytes {
            return true;
        }
        budget.left_out.fetch_add(1, Ordering::Relaxed);
        false
    }
}
