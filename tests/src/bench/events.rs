//! The events of a run, kept as they come.

use std::sync::{Arc, Mutex, PoisonError};

use runtime::event::{Event, EventKind, EventReceiver};
use tokio::sync::watch;

use super::PATIENCE;

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    events: usize,
    finished: usize,
}

/// Clones see the same events.
#[derive(Clone)]
pub struct Collected {
    // Short sections only: filled by a task, read by the test.
    events: Arc<Mutex<Vec<Event>>>,
    count: watch::Receiver<Count>,
}

impl Collected {
    pub fn from(mut receiver: EventReceiver) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let (sender, count) = watch::channel(Count::default());
        let kept = events.clone();
        tokio::spawn(async move {
            while let Some(event) = receiver.recv().await {
                let finished = matches!(event.kind, EventKind::Finished(_));
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(event);
                sender.send_modify(|count| {
                    count.events = kept.len();
                    count.finished += usize::from(finished);
                });
            }
        });
        Self { events, count }
    }

    /// All events so far.
    pub fn all(&self) -> Vec<Event> {
        self.since(0)
    }

    fn since(&self, start: usize) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)[start..].to_vec()
    }

    /// Waits until an event fits, and gives it.
    pub async fn wait_for(&self, what: &str, fits: impl Fn(&EventKind) -> bool) -> Event {
        let mut count = self.count.clone();
        let found = async {
            let mut seen = 0;
            loop {
                // Only what is new: a flood must not be searched again and again.
                let now = count.borrow_and_update().events;
                if let Some(event) = self.since(seen).into_iter().find(|event| fits(&event.kind)) {
                    return event;
                }
                seen = now;
                count.changed().await.unwrap_or_else(|_| panic!("the run ended without {what}: {:?}", self.all()));
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited too long for {what}"))
    }

    /// Waits until a log line holds this text.
    pub async fn logged(&self, text: &str) {
        self.wait_for(
            &format!("the line \"{text}\""),
            |kind| matches!(kind, EventKind::Log { message, .. } if message.contains(text)),
        )
        .await;
    }

    /// Waits for the end of the given call, and gives all events up to there.
    pub(super) async fn finished(&self, calls: usize) -> Vec<Event> {
        let mut count = self.count.clone();
        let waiting = count.wait_for(|count| count.finished >= calls);
        let ended = tokio::time::timeout(PATIENCE, waiting).await.expect("a call's last event comes");
        assert!(ended.is_ok(), "every call ends with an event");
        self.all()
    }
}
