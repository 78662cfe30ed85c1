//! How the library loads files: read and hash first, compile only what is new.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{Source, Workbench, read_with};
use crate::definition::diff::{Change, Changes, diff_packages};
use crate::engine::Engine;
use crate::error::LoadError;
use crate::library::{self, Loader};
use crate::manifest;
use crate::node::LoadedNode;
use crate::text::quoted;

/// Loads like a workbench, with an engine of choice.
pub struct WithEngine {
    workbench: Workbench,
    engine: Engine,
}

impl WithEngine {
    pub fn new(workbench: Workbench, engine: Engine) -> Self {
        Self { workbench, engine }
    }
}

#[async_trait]
impl Loader for WithEngine {
    type Content = Source;
    type Build = LoadedNode;

    async fn read(&self, path: &Path) -> Result<library::Source<Source>, LoadError> {
        Loader::read(&self.workbench, path).await
    }

    async fn build(
        &self,
        _path: &Path,
        content: Source,
        cancel: &CancellationToken,
    ) -> Result<Arc<LoadedNode>, LoadError> {
        self.workbench.load_source(&self.engine, content, cancel).await
    }

    fn find_builds(&self, folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
        Loader::find_builds(&self.workbench, folder)
    }

    fn changes(&self, before: &LoadedNode, after: &LoadedNode) -> Vec<String> {
        self.workbench.changes(before, after)
    }
}

#[async_trait]
impl Loader for Workbench {
    type Content = Source;
    type Build = LoadedNode;

    async fn read(&self, path: &Path) -> Result<library::Source<Source>, LoadError> {
        let content = read_with(path.to_path_buf(), self.inner.manifests.clone()).await?;
        // The manifest's tiers and hosts are part of the build too, and so is what is wrong with it.
        let Source { artifact, manifest, problems, .. } = &content;
        let fingerprint = format!("{} {manifest:?} {problems:?}", artifact.hash).into();
        let companions = companions(&content);
        Ok(library::Source { fingerprint, content, companions })
    }

    async fn build(
        &self,
        _path: &Path,
        content: Source,
        cancel: &CancellationToken,
    ) -> Result<Arc<LoadedNode>, LoadError> {
        self.load_source(self.engine(), content, cancel).await
    }

    fn find_builds(&self, folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
        self.inner.manifests.builds_of(folder)
    }

    fn changes(&self, before: &LoadedNode, after: &LoadedNode) -> Vec<String> {
        let package = diff_packages(&before.definitions, &after.definitions);
        let several = before.definitions.len().max(after.definitions.len()) > 1;
        let mut lines: Vec<String> = package.nodes.list.iter().map(line).collect();
        for (node, Changes { list, .. }) in &package.changed {
            let place = if several { format!("{}: ", quoted(node)) } else { String::new() };
            lines.extend(list.iter().map(|change| format!("{place}{}", line(change))));
        }
        lines
    }
}

fn line(change: &Change) -> String {
    if change.breaking { format!("breaking: {}", change.text) } else { change.text.clone() }
}

/// The manifest in use and those that may lie beside the file; one that comes to be later counts as well.
fn companions(content: &Source) -> Vec<PathBuf> {
    let beside = |file: &Path| {
        let places = file.parent().into_iter().flat_map(manifest::places);
        std::iter::once(file.with_extension("toml")).chain(places).collect::<Vec<_>>()
    };
    let mut companions: Vec<_> = content.manifest.iter().map(|manifest| manifest.path.clone()).collect();
    companions.extend(beside(&content.given));
    companions.extend(beside(&content.path));
    companions.sort();
    companions.dedup();
    companions
}
