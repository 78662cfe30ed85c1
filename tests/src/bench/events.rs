//! The events of a run, kept as they come.

use std::sync::{Arc, Mutex, PoisonError};

use runtime::event::{Event, EventKind};
use tokio::sync::{mpsc, watch};

use super::PATIENCE;

/// Clones see the same events.
#[derive(Clone)]
pub struct Collected {
    // Short sections only: filled by a task, read by the test.
    events: Arc<Mutex<Vec<Event>>>,
    count: watch::Receiver<usize>,
}

impl Collected {
    pub fn from(mut receiver: mpsc::Receiver<Event>) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let (sender, count) = watch::channel(0);
        let kept = events.clone();
        tokio::spawn(async move {
            while let Some(event) = receiver.recv().await {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(event);
                sender.send_replace(kept.len());
            }
        });
        Self { events, count }
    }

    /// All events so far.
    pub fn all(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until an event fits, and gives it.
    pub async fn wait_for(&self, what: &str, fits: impl Fn(&EventKind) -> bool) -> Event {
        let mut count = self.count.clone();
        let found = async {
            loop {
                if let Some(event) = self.all().into_iter().find(|event| fits(&event.kind)) {
                    return event;
                }
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
        let ends = |events: &[Event]| events.iter().filter(|event| is_end(event)).count();
        let waiting = async { count.wait_for(|_| ends(&self.all()) >= calls).await.map(drop) };
        let ended = tokio::time::timeout(PATIENCE, waiting).await.expect("a call's last event comes");
        assert!(ended.is_ok() || ends(&self.all()) >= calls, "every call ends with an event");
        self.all()
    }
}

fn is_end(event: &Event) -> bool {
    matches!(event.kind, EventKind::Finished(_))
}
