//! What the window works on: the runtime's workbench and everything that is open in it.
//!
//! One for each program. Commands call it and convert nothing themselves; what happens by itself goes to the
//! [`Feed`]. Everything here may be used from any thread.

pub mod builds;
pub mod cases;
pub mod command;
pub mod create;
pub mod exports;
pub mod files;
pub mod lines;
pub mod network;
pub mod outputs;
pub mod permissions;
pub mod progress;
pub mod runs;
pub mod samples;
pub mod secrets;
pub mod sentences;
pub mod settings;
pub mod state;
pub mod views;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use runtime::diagnostics::About;
use runtime::engine::EngineConfig;
use runtime::place::Place;
use runtime::workbench::{Workbench, WorkbenchConfig};
use wire::window::{Change, Snapshot, Versions};

use crate::error::Result;
use crate::events::{Feed, Sink};
use crate::prompt::Questions;
use builds::Builds;
use files::Files;
use lines::Lines;
use outputs::Outputs;
use runs::Runs;
use samples::Samples;
use settings::SettingsFile;

const CACHE_BYTES: u64 = 4 << 30;
const COMPILE_LIMIT: Duration = Duration::from_secs(300);
/// Runs in the first list; older ones are asked for.
const RUNS: u32 = 200;

pub struct Session {
    pub place: Place,
    pub workbench: Workbench,
    pub feed: Feed,
    pub builds: Builds,
    pub files: Files,
    pub runs: Runs,
    pub lines: Lines,
    pub outputs: Outputs,
    pub questions: Arc<Questions>,
    pub settings: SettingsFile,
}

impl Session {
    /// Opens the data folder, and in it what was open last time and what `paths` name. Needs a tokio runtime; blocking.
    pub fn open(place: Place, feed: Feed, samples: Option<PathBuf>, paths: Vec<PathBuf>) -> anyhow::Result<Arc<Self>> {
        let engine = EngineConfig {
            cache_dir: Some(place.compiled.clone()),
            cache_bytes: CACHE_BYTES,
            fuel: false,
            worker: std::env::current_exe().ok(),
            compile_limit: COMPILE_LIMIT,
        };
        let workbench = Workbench::open(WorkbenchConfig { data_dir: place.data.clone(), engine })?;
        let problems = place.notes.iter().cloned().chain(workbench.problems());
        problems.for_each(|problem| feed.notice("warning", problem));

        let settings = SettingsFile::open(&place.data, &feed);
        let builds = Builds::start(&place.data, &feed)?;
        let files = Files::start(&workbench, &builds, &feed, &place.data, Samples::new(samples))?;
        let questions = Questions::new(feed.clone(), settings.clone());
        let session = Arc::new(Self {
            place,
            workbench,
            feed,
            builds,
            files,
            runs: Runs::default(),
            lines: Lines::default(),
            outputs: Outputs::default(),
            questions,
            settings,
        });
        let (opening, watching) = (session.clone(), session.clone());
        tokio::spawn(async move { opening.files.reopen(paths).await });
        tokio::spawn(async move { tokio::join!(watching.tell_of_the_record(), watching.tell_of_the_cache()) });
        Ok(session)
    }

    /// Everything there is; changes go to `sink` from now on.
    pub async fn start(&self, sink: Arc<dyn Sink>) -> Result<Snapshot> {
        let held = self.feed.start(sink);
        let snapshot = Snapshot {
            versions: self.versions(),
            files: self.files.rows(),
            folders: self.files.folders(),
            projects: self.builds.rows(),
            opened: self.files.opened(),
            runs: self.recorded(None, None, None, RUNS).await?,
            questions: self.questions.open(),
            settings: self.settings.get(),
            notices: self.feed.notices(),
        };
        drop(held);
        Ok(snapshot)
    }

    fn versions(&self) -> Versions {
        Versions {
            workbench: env!("CARGO_PKG_VERSION").into(),
            wasmtime: runtime::engine::wasmtime_version().into(),
            tauri: tauri::VERSION.into(),
            webview: tauri::webview_version().unwrap_or_else(|error| error.to_string()),
            os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            data: self.place.data.display().to_string(),
        }
    }

    /// The text of a report. `log` is the newest lines, oldest first.
    pub async fn diagnostics(&self, log: &[String]) -> String {
        let (versions, data, log) = (self.versions(), self.place.data.clone(), log.to_vec());
        let desktop = ["XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"].map(|name| std::env::var(name).unwrap_or_default());
        let report = tokio::task::spawn_blocking(move || {
            let facts = vec![
                ("tauri", versions.tauri),
                ("web view", versions.webview),
                ("desktop", desktop.join(" ").trim().to_owned()),
            ];
            let program = format!("node-workbench {}", versions.workbench);
            runtime::diagnostics::report(&About { program, facts, data: &data, log: Some(&log) })
        });
        report.await.unwrap_or_else(|error| error.to_string())
    }

    /// Ends all runs and builds and brings what they left to disk.
    pub async fn close(&self) {
        tokio::join!(self.end_runs(), self.builds.close());
        if let Err(error) = self.workbench.services().flush().await {
            tracing::warn!(%error, "variables and caches are not all on disk");
        }
        if let Err(error) = self.workbench.recorder().flush().await {
            tracing::warn!(%error, "the record is not complete");
        }
    }

    /// What the writer of the record finds wrong while it works.
    async fn tell_of_the_record(&self) {
        let mut notices = self.workbench.recorder().notices();
        notices.mark_unchanged();
        while notices.changed().await.is_ok() {
            let notice = notices.borrow_and_update().as_ref().map(ToString::to_string);
            if let Some(message) = notice {
                self.feed.notice("warning", message);
            }
        }
    }

    /// That compiled code is no longer kept.
    async fn tell_of_the_cache(&self) {
        let mut problem = self.workbench.engine().problem();
        problem.mark_unchanged();
        while problem.changed().await.is_ok() {
            let told = problem.borrow_and_update().clone();
            if let Some(message) = told {
                self.feed.notice("warning", message);
            }
        }
    }

    /// Variables, cache or files of a node may be others now.
    pub fn state_changed(&self) {
        self.feed.push(Change::State);
    }

    pub fn permissions_changed(&self) {
        self.feed.push(Change::Permissions);
    }
}

/// Milliseconds since 1970.
pub fn millis(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

pub fn ms(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests;
