//! What all runs of a workbench share: variables, cache, storage, secrets, models.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::locked;
use super::models::{KEY, Models};
use super::secrets::{SecretError, Secrets, Token};
use super::state::{ShelfLimits, Space, State, StateError};
use super::storage::{Quota, Storage};
use super::variables::OWNER;
use crate::json::Json;
use crate::private;

/// Opened once per program on the workbench's data folder.
pub struct Services {
    data: PathBuf,
    pub state: State,
    pub storage: Storage,
    pub secrets: Secrets,
    pub models: Models,
    problems: Mutex<Vec<String>>,
}

/// The owner of a cache and of files: a node's file, whatever nodes it holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PackageKey {
    file: PathBuf,
    id: Arc<str>,
}

impl PackageKey {
    /// `file` as the node's identity names it.
    pub fn new(file: PathBuf) -> Self {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let id = Arc::from(folder_name(&stem, file.as_os_str().as_encoded_bytes()));
        Self { file, id }
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The name of its folder: readable, and different for each file.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn shared_id(&self) -> Arc<str> {
        self.id.clone()
    }
}

impl Services {
    /// Creates the folder (0700) where it is missing. Damaged state is set aside and reported, never fatal. Blocking.
    pub fn open(data: &Path) -> io::Result<Self> {
        Self::open_with(data, Secrets::detect(data))
    }

    /// [`Services::open`] with a given place for secrets. Blocking.
    pub fn open_with(data: &Path, secrets: Secrets) -> io::Result<Self> {
        private::create_folder(data)?;
        let (state, mut problems) = State::open(&data.join("state.db"), ShelfLimits::default());
        let (storage, problem) = Storage::open_or_stand_in(&data.join("storage"), Quota::default())?;
        problems.extend(problem);
        let (models, problem) = Models::open(&data.join("models.json"));
        problems.extend(problem);
        for problem in &problems {
            tracing::warn!("{problem}");
        }
        Ok(Self { data: data.to_owned(), state, storage, secrets, models, problems: Mutex::new(problems) })
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What was found damaged or unusable since the program started, in words for the user.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = locked(&self.problems).clone();
        problems.extend(self.secrets.problem());
        problems
    }

    /// All variables, by name.
    pub async fn variables(&self) -> Vec<(Arc<str>, Json)> {
        self.state.list(Space::Variables, OWNER).await
    }

    pub async fn variable(&self, name: &str) -> Option<Json> {
        self.state.get(Space::Variables, OWNER, name).await
    }

    pub async fn set_variable(&self, name: &str, value: Json) -> Result<(), StateError> {
        self.state.set(Space::Variables, OWNER, name, value).await
    }

    /// Whether there was one.
    pub async fn delete_variable(&self, name: &str) -> Result<bool, StateError> {
        self.state.delete(Space::Variables, OWNER, name).await
    }

    /// Deletes all variables; says how many there were.
    pub async fn reset_variables(&self) -> Result<usize, StateError> {
        self.state.reset(Space::Variables, OWNER).await
    }

    /// The cache of one package, by key. `package` is a [`PackageKey::id`], here and below.
    pub async fn cache(&self, package: &str) -> Vec<(Arc<str>, Json)> {
        self.state.list(Space::Cache, package).await
    }

    pub async fn cached(&self, package: &str, key: &str) -> Option<Json> {
        self.state.get(Space::Cache, package, key).await
    }

    pub async fn set_cached(&self, package: &str, key: &str, value: Json) -> Result<(), StateError> {
        self.state.set(Space::Cache, package, key, value).await
    }

    /// Whether there was one.
    pub async fn delete_cached(&self, package: &str, key: &str) -> Result<bool, StateError> {
        self.state.delete(Space::Cache, package, key).await
    }

    /// Deletes a package's cache; says how many values there were.
    pub async fn reset_cache(&self, package: &str) -> Result<usize, StateError> {
        self.state.reset(Space::Cache, package).await
    }

    /// The packages that used the cache or storage, each with its file.
    pub async fn packages(&self) -> Vec<(Arc<str>, PathBuf)> {
        let known = self.state.list(Space::Own, PACKAGES).await;
        let file = |json: &Json| serde_json::from_str::<String>(json.as_str()).unwrap_or_default();
        known.iter().map(|(id, json)| (id.clone(), PathBuf::from(file(json)))).collect()
    }

    /// The key of the models' endpoint; `None` forgets it.
    pub async fn set_models_key(&self, key: Option<&str>) -> Result<(), SecretError> {
        self.secrets.set(KEY, key.map(str::to_owned)).await
    }

    /// Whether a key for the models' endpoint is kept. The key itself is never shown again.
    pub async fn has_models_key(&self) -> Result<bool, SecretError> {
        Ok(self.secrets.get(KEY).await?.is_some())
    }

    /// Keeps a token that the user entered.
    pub async fn set_token(&self, provider: &str, token: Token) -> Result<(), SecretError> {
        self.secrets.set_token(provider, &token).await?;
        if let Err(error) = self.state.set(Space::Own, PROVIDERS, provider, Json::null()).await {
            tracing::warn!(%error, "cannot remember that a provider has a token");
        }
        Ok(())
    }

    pub async fn delete_token(&self, provider: &str) -> Result<(), SecretError> {
        self.secrets.delete_token(provider).await?;
        if let Err(error) = self.state.delete(Space::Own, PROVIDERS, provider).await {
            tracing::warn!(%error, "cannot forget that a provider had a token");
        }
        Ok(())
    }

    /// The providers for which [`Services::set_token`] kept a token: keyrings cannot be listed.
    pub async fn providers(&self) -> Vec<Arc<str>> {
        self.state.list(Space::Own, PROVIDERS).await.into_iter().map(|(provider, _)| provider).collect()
    }

    /// Keeps which file a package's id stands for.
    pub(super) async fn remember(&self, package: &PackageKey) {
        if self.state.has(Space::Own, PACKAGES, package.id()).await {
            return;
        }
        let file = Json::string(&package.file.to_string_lossy());
        if let Err(error) = self.state.set(Space::Own, PACKAGES, package.id(), file).await {
            tracing::warn!(%error, "cannot remember which file a package's folder belongs to");
        }
    }

    /// Waits until variables and caches are on disk.
    pub async fn flush(&self) -> Result<(), StateError> {
        self.state.flush().await
    }
}

const PACKAGES: &str = "packages";
const PROVIDERS: &str = "providers";

/// A folder's name for any text: readable, short, one name for each `identity`.
pub(super) fn folder_name(text: &str, identity: &[u8]) -> String {
    let plain = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let readable: String = plain.take(40).collect();
    let hash = blake3::hash(identity).to_hex();
    match readable.trim_matches('-') {
        "" => hash[..16].to_owned(),
        readable => format!("{readable}-{}", &hash[..16]),
    }
}

#[cfg(test)]
mod tests;
