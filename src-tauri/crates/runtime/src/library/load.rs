//! The tasks that read, build and look through folders; how many of them work at once.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Loader, Source};
use crate::error::LoadError;

/// Reading and hashing is bound by the disk.
const READS: usize = 4;
/// Files that are built at once. How many of them compile is for the engine to say; one that waits there, or for a node
/// that never says what it is, must not keep the others waiting.
pub(super) const BUILDS: usize = 16;

/// What a task came to.
pub(super) enum Step<L: Loader> {
    Read { path: PathBuf, number: u64, result: Result<Source<L::Content>, LoadError> },
    Built { path: PathBuf, number: u64, result: Result<Arc<L::Build>, LoadError> },
    Scanned(Scan),
}

/// What is in a folder now.
pub(super) struct Scan {
    pub(super) folder: PathBuf,
    pub(super) result: Result<Vec<PathBuf>, LoadError>,
    /// Files of before that are still there but no longer among the folder's nodes.
    pub(super) displaced: Vec<PathBuf>,
}

/// The tasks under way; all end when this is dropped.
pub(super) struct Loads<L: Loader> {
    loader: Arc<L>,
    reads: Arc<Semaphore>,
    builds: Arc<Semaphore>,
    tasks: JoinSet<Step<L>>,
}

impl<L: Loader> Loads<L> {
    pub(super) fn new(loader: Arc<L>) -> Self {
        let (reads, builds) = (Arc::new(Semaphore::new(READS)), Arc::new(Semaphore::new(BUILDS)));
        Self { loader, reads, builds, tasks: JoinSet::new() }
    }

    pub(super) fn loader(&self) -> &L {
        &self.loader
    }

    pub(super) fn read(&mut self, path: PathBuf, number: u64, cancel: CancellationToken) {
        let (loader, reads) = (self.loader.clone(), self.reads.clone());
        self.tasks.spawn(async move {
            let work = async {
                let _turn = reads.acquire().await;
                loader.read(&path).await
            };
            let result = guarded(work, &cancel).await;
            Step::Read { path, number, result }
        });
    }

    pub(super) fn build(&mut self, path: PathBuf, number: u64, content: L::Content, cancel: CancellationToken) {
        let (loader, builds) = (self.loader.clone(), self.builds.clone());
        self.tasks.spawn(async move {
            let work = async {
                let _turn = builds.acquire().await;
                loader.build(&path, content, &cancel).await
            };
            let result = guarded(work, &cancel).await;
            Step::Built { path, number, result }
        });
    }

    pub(super) fn scan(&mut self, folder: PathBuf, known: Vec<PathBuf>) {
        let loader = self.loader.clone();
        self.tasks.spawn(async move {
            let path = folder.clone();
            let look = move || {
                let result = loader.find_builds(&path).map(|mut files| {
                    files.sort();
                    files.dedup();
                    files
                });
                let found = result.as_deref().unwrap_or_default();
                let displaced = known.into_iter().filter(|file| !found.contains(file) && exists(file)).collect();
                (result, displaced)
            };
            let (result, displaced) =
                tokio::task::spawn_blocking(look).await.unwrap_or_else(|error| (Err(defect(&error)), Vec::new()));
            Step::Scanned(Scan { folder, result, displaced })
        });
    }

    /// The next task that ends; waits for ever where there is none.
    pub(super) async fn next(&mut self) -> Step<L> {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(step)) => return step,
                // The tasks catch panics and nobody aborts them; there is nothing to apply.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }
}

/// A panic in a loader is a defect of ours, which must not end the library.
async fn guarded<T>(
    work: impl Future<Output = Result<T, LoadError>>,
    cancel: &CancellationToken,
) -> Result<T, LoadError> {
    match cancel.run_until_cancelled(AssertUnwindSafe(work).catch_unwind()).await {
        None => Err(LoadError::Abandoned),
        Some(Ok(result)) => result,
        Some(Err(panic)) => {
            let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(LoadError::Internal { reason: words.unwrap_or_else(|| "a panic without words".into()) })
        }
    }
}

fn defect(error: &dyn std::error::Error) -> LoadError {
    LoadError::Internal { reason: error.to_string() }
}

fn exists(file: &Path) -> bool {
    file.try_exists().unwrap_or(false)
}
