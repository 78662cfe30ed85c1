//! Runs, log lines, events, decisions and outcomes on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::event::{Event, RunId};

/// What the record keeps of a run from its start.
#[derive(Clone, Debug)]
pub struct RunInfo {
    pub id: RunId,
    pub file: PathBuf,
    /// Content hash.
    pub build: Arc<str>,
}

/// The record of a workbench.
#[derive(Clone)]
pub struct Recorder {}

impl Recorder {
    pub fn open(_data: &Path) -> std::io::Result<Self> {
        Ok(Self {})
    }

    pub fn tee(&self, _info: RunInfo, events: mpsc::Receiver<Event>) -> mpsc::Receiver<Event> {
        events
    }
}
