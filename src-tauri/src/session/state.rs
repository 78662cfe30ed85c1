//! What the workbench keeps for nodes: variables, the cache and the files of a package.

use std::path::{Path, PathBuf};

use runtime::host::PackageKey;
use runtime::json::Json;
use wire::window::{NodeState, StoredFile, StoredValue};

use super::Session;
use crate::error::{Error, Result};

/// Bytes of a value that are shown.
const SHOWN: usize = 64 << 10;

impl Session {
    fn package(&self, file: &str) -> PackageKey {
        PackageKey::new(self.files.identity(file))
    }

    pub async fn node_state(&self, file: &str) -> Result<NodeState> {
        let services = self.workbench.services();
        let package = self.package(file);
        let (files, _) = services.storage.files(package.id()).await?;
        Ok(NodeState {
            variables: services.variables().await.iter().map(|(key, value)| stored(key, value)).collect(),
            cache: services.cache(package.id()).await.iter().map(|(key, value)| stored(key, value)).collect(),
            size: files.iter().map(|file| file.size).sum(),
            files: files.into_iter().map(|file| StoredFile { path: file.path, size: file.size }).collect(),
            folder: self.folder(&package).display().to_string(),
        })
    }

    /// Where the files of a package lie.
    fn folder(&self, package: &PackageKey) -> PathBuf {
        self.workbench.services().data().join("storage").join(package.id()).join("files")
    }

    pub async fn set_variable(&self, name: &str, value: &str) -> Result<()> {
        self.workbench.services().set_variable(name, json(value)?).await?;
        self.state_changed();
        Ok(())
    }

    pub async fn delete_variable(&self, name: &str) -> Result<()> {
        self.workbench.services().delete_variable(name).await?;
        self.state_changed();
        Ok(())
    }

    pub async fn set_cached(&self, file: &str, key: &str, value: &str) -> Result<()> {
        self.workbench.services().set_cached(self.package(file).id(), key, json(value)?).await?;
        self.state_changed();
        Ok(())
    }

    pub async fn delete_cached(&self, file: &str, key: &str) -> Result<()> {
        self.workbench.services().delete_cached(self.package(file).id(), key).await?;
        self.state_changed();
        Ok(())
    }

    /// Deletes one file that a package keeps. Only what is in its list: a path of the page leads nowhere else.
    pub async fn delete_stored(&self, file: &str, path: &str) -> Result<()> {
        let package = self.package(file);
        let (files, _) = self.workbench.services().storage.files(package.id()).await?;
        if !files.iter().any(|known| known.path == path) {
            return Err(Error::new("no-file", "the package keeps no such file; it may have been deleted meanwhile"));
        }
        let file = self.folder(&package).join(Path::new(path));
        tokio::fs::remove_file(&file).await.map_err(|error| Error::file(&file, &error))?;
        self.state_changed();
        Ok(())
    }

    pub async fn reset_state(&self, file: &str, what: &str) -> Result<()> {
        let services = self.workbench.services();
        let package = self.package(file);
        match what {
            "variables" => drop(services.reset_variables().await?),
            "cache" => drop(services.reset_cache(package.id()).await?),
            "files" => services.storage.reset(package.id()).await?,
            other => return Err(Error::new("reset", format!("there is no \"{other}\" to reset"))),
        }
        self.state_changed();
        Ok(())
    }
}

fn json(value: &str) -> Result<Json> {
    Json::parse(value).map_err(|error| Error::new("json", format!("the value is not JSON: {error}")))
}

fn stored(key: &str, value: &Json) -> StoredValue {
    let text = value.as_str();
    let end = text.floor_char_boundary(SHOWN);
    StoredValue { key: key.to_owned(), text: text[..end].to_owned(), complete: end == text.len() }
}
