//! Build on save: the runtime's builder, and its projects as the window shows them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use runtime::build::{Builder, BuilderConfig, Consents};
use wire::window::{BuildAnswer, BuildLines, Change, ProjectRow};

use crate::error::{Error, Result};
use crate::events::Feed;
use crate::login;

/// What prints without end is told about once in a frame.
const FRAME: Duration = Duration::from_millis(16);
/// How long it may take until a folder's manifest has been read.
const LOOKING: Duration = Duration::from_secs(10);
/// Lines that are sent at once.
const PAGE: usize = 1000;

/// Clones share everything.
#[derive(Clone)]
pub struct Builds {
    builder: Arc<Builder>,
}

impl Builds {
    /// Needs a tokio runtime; blocking.
    pub fn start(data: &Path, feed: &Feed) -> std::io::Result<Self> {
        let consents = Consents::open(data)?;
        if let Some(problem) = consents.problem() {
            feed.notice("warning", problem);
        }
        let config = BuilderConfig { search_path: || Some(login::search_path().into()), ..BuilderConfig::default() };
        let builder = Arc::new(Builder::start(consents, config)?);
        tokio::spawn(follow(Arc::downgrade(&builder), feed.clone()));
        Ok(Self { builder })
    }

    /// Sorted by manifest.
    pub fn rows(&self) -> Vec<ProjectRow> {
        rows(&self.builder)
    }

    /// A file or folder is in the catalog: what it says about building counts.
    pub fn look_at(&self, path: &Path) {
        self.builder.open(path);
    }

    /// It is no longer in the catalog.
    pub fn forget(&self, path: &Path) {
        self.builder.close_path(path);
    }

    /// Allows the command of a folder that was opened a moment ago, as soon as the folder has been looked at.
    pub async fn allow(&self, manifest: &Path, command: &str) -> Result<()> {
        let mut changes = self.builder.changes();
        let is_known = || self.builder.projects().iter().any(|project| project.manifest == manifest);
        let known = async { while !is_known() && changes.changed().await.is_ok() {} };
        // A folder that is not there by then is refused below.
        let _ = tokio::time::timeout(LOOKING, known).await;
        self.answer(manifest, command, BuildAnswer::Run).await
    }

    pub async fn answer(&self, manifest: &Path, command: &str, answer: BuildAnswer) -> Result<()> {
        Ok(self.builder.answer(manifest, command, answer.into()).await?)
    }

    pub async fn revoke(&self, manifest: &Path) -> Result<()> {
        Ok(self.builder.revoke(manifest).await?)
    }

    pub async fn build(&self, manifest: &Path) -> Result<()> {
        Ok(self.builder.build(manifest).await?)
    }

    pub async fn cancel(&self, manifest: &Path) -> Result<()> {
        Ok(self.builder.cancel(manifest).await?)
    }

    pub async fn lines(&self, manifest: &Path, run: u64, offset: u64, limit: usize) -> Result<BuildLines> {
        let (builder, manifest) = (self.builder.clone(), manifest.to_owned());
        let read = move || {
            let page = builder.lines(&manifest, run, offset, limit.min(PAGE))?;
            let links = builder.links(&manifest, &page);
            Some(BuildLines::new(page, &links))
        };
        let lines = tokio::task::spawn_blocking(read).await?;
        lines.ok_or_else(|| Error::new("no-build-run", "the output is gone: the command ran again"))
    }

    /// Ends all commands.
    pub async fn close(&self) {
        self.builder.close().await;
    }
}

fn rows(builder: &Builder) -> Vec<ProjectRow> {
    builder.projects().iter().map(Into::into).collect()
}

/// Tells what is new until the builder is gone.
async fn follow(builder: Weak<Builder>, feed: Feed) {
    let Some(mut changes) = builder.upgrade().map(|builder| builder.changes()) else { return };
    let mut told: BTreeMap<PathBuf, ProjectRow> = BTreeMap::new();
    while changes.changed().await.is_ok() {
        let Some(rows) = builder.upgrade().map(|builder| rows(&builder)) else { return };
        let is_there = |manifest: &Path| rows.iter().any(|row| Path::new(&row.manifest) == manifest);
        for (_, gone) in told.extract_if(.., |manifest, _| !is_there(manifest)) {
            feed.push(Change::ProjectRemoved { manifest: gone.manifest });
        }
        for project in rows {
            let before = told.insert(project.manifest.clone().into(), project.clone());
            if before.as_ref() != Some(&project) {
                feed.push(Change::Project { project });
            }
        }
        tokio::time::sleep(FRAME).await;
    }
}
