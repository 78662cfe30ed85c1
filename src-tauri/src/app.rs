//! The program behind the window: opened on a thread of its own while the page loads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runtime::place::Place;
use tokio::sync::watch;
use wire::window::Change;

use crate::attention::Attention;
use crate::error::{Error, Result};
use crate::events::Feed;
use crate::hostlog::HostLog;
use crate::session::Session;

/// How long the end of the program may take.
const CLOSING: Duration = Duration::from_secs(3);

/// What commands reach.
pub struct App {
    pub feed: Feed,
    pub log: HostLog,
    pub attention: Attention,
    /// What was dropped last: the page may read these files, and no others.
    dropped: Mutex<Vec<PathBuf>>,
    /// None while it is being opened.
    opened: watch::Sender<Option<Result<Arc<Session>>>>,
}

impl App {
    pub fn new(log: HostLog) -> Self {
        Self {
            feed: Feed::default(),
            log,
            attention: Attention::default(),
            dropped: Mutex::default(),
            opened: watch::Sender::new(None),
        }
    }

    /// Opens the session; whoever asks for it waits until it is there. Needs a tokio runtime.
    pub fn open(&self, place: Place, samples: Option<PathBuf>, paths: Vec<PathBuf>) {
        tokio::spawn(self.feed.clone().run());
        let (feed, opened, attention) = (self.feed.clone(), self.opened.clone(), self.attention.clone());
        tokio::task::spawn_blocking(move || {
            let session = Session::open(place, feed, samples, paths).map_err(|error| {
                tracing::error!("{error:#}");
                Error::new("open", format!("{error:#}"))
            });
            if let Ok(session) = &session {
                session.questions.call(attention);
            }
            opened.send_replace(Some(session));
        });
    }

    pub async fn session(&self) -> Result<Arc<Session>> {
        let mut opened = self.opened.subscribe();
        let session = opened.wait_for(Option::is_some).await.map_err(Error::internal)?.clone();
        session.unwrap_or_else(|| Err(Error::internal("the session is neither open nor closed")))
    }

    /// Ends the runs and waits, not for long, until what they left is on disk.
    pub async fn close(&self) {
        let opened = self.opened.borrow().clone();
        let Some(Ok(session)) = opened else { return };
        if tokio::time::timeout(CLOSING, session.close()).await.is_err() {
            tracing::warn!("the program ended before everything was written");
        }
    }

    /// Tells the page what was dropped, and where.
    pub fn drop(&self, paths: &[PathBuf], x: f64, y: f64) {
        *self.dropped.lock().unwrap_or_else(PoisonError::into_inner) = paths.to_vec();
        let paths = paths.iter().map(|path| path.display().to_string()).collect();
        self.feed.push(Change::Dropped { paths, x, y });
    }

    pub fn dropped(&self) -> Vec<PathBuf> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds what was given to a later start.
    pub async fn add(&self, paths: Vec<PathBuf>) {
        let added = match self.session().await {
            Ok(session) => session.files.open(paths).await,
            Err(error) => Err(error),
        };
        if let Err(error) = added {
            self.feed.notice("error", error.message);
        }
    }
}
