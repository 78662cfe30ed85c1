//! The settings: in memory for who reads them, in one file for the next start.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use wire::window::{Change, Settings};

use crate::error::{Error, Result};
use crate::events::Feed;
use crate::store;

/// A layout beyond this is a mistake of the page.
const MAX_LAYOUT: usize = 1 << 20;

/// Clones share everything.
#[derive(Clone)]
pub struct SettingsFile {
    file: Arc<PathBuf>,
    settings: Arc<RwLock<Settings>>,
    /// One write at a time, in the order in which they were asked for.
    writing: Arc<tokio::sync::Mutex<()>>,
    feed: Feed,
}

impl SettingsFile {
    /// Blocking.
    pub fn open(data: &Path, feed: &Feed) -> Self {
        let file = data.join("settings.json");
        let (settings, problem) = store::read::<Settings>(&file);
        if let Some(problem) = problem {
            feed.notice("warning", problem);
        }
        Self {
            file: Arc::new(file),
            settings: Arc::new(RwLock::new(sensible(settings))),
            writing: Arc::default(),
            feed: feed.clone(),
        }
    }

    pub fn get(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// They apply at once, even where they cannot be written.
    pub async fn save(&self, settings: Settings) -> Result<()> {
        if settings.layout.len() > MAX_LAYOUT {
            return Err(Error::new("settings", format!("the layout has more than {MAX_LAYOUT} bytes")));
        }
        let _turn = self.writing.lock().await;
        let settings = sensible(settings);
        settings.clone_into(&mut self.settings.write().unwrap_or_else(PoisonError::into_inner));
        self.feed.push(Change::Settings { settings: settings.clone() });
        let file = self.file.clone();
        let written = tokio::task::spawn_blocking(move || store::write(&file, &settings)).await?;
        written.map_err(|error| Error::file(&self.file, &error))
    }
}

/// What a file or a page may say, brought to what makes sense.
fn sensible(mut settings: Settings) -> Settings {
    if !matches!(settings.theme.as_str(), "system" | "light" | "dark") {
        settings.theme = "system".into();
    }
    settings.zoom = if settings.zoom.is_finite() { settings.zoom.clamp(0.5, 3.0) } else { 1.0 };
    settings.log_level = settings.log_level.min(4);
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_becomes_the_default() {
        let settings = Settings { theme: "pink".into(), zoom: f64::NAN, log_level: 9, ..Settings::default() };
        let settings = sensible(settings);
        assert_eq!((settings.theme.as_str(), settings.zoom, settings.log_level), ("system", 1.0, 4));
    }

    #[tokio::test]
    async fn what_was_saved_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = SettingsFile::open(folder.path(), &Feed::default());
        let wanted = Settings { zoom: 1.25, auto_run: true, ..Settings::default() };
        file.save(wanted.clone()).await.expect("writable");
        assert_eq!(SettingsFile::open(folder.path(), &Feed::default()).get(), wanted);
    }

    #[tokio::test]
    async fn a_damaged_file_is_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("settings.json"), "[").expect("writable");
        let feed = Feed::default();
        assert_eq!(SettingsFile::open(folder.path(), &feed).get(), Settings::default());
        assert!(feed.notices().iter().any(|notice| notice.message.contains("damaged")), "{:?}", feed.notices());
    }
}
