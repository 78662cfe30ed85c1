//! Secrets of the user: OAuth tokens and the models' key, in the OS keyring or a private file.
//!
//! The keyring is tried once in a program, on a thread of its own and for a bounded time: a machine without one (no
//! D-Bus, no agent) must not hang. Without it, secrets go to `secrets.json` (0600) in the data folder. What is
//! read is looked for in both, so that secrets kept in the file stay found when a keyring turns up.

mod file;
mod keyring;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::oneshot;

use self::file::SecretFile;
use self::keyring::Keyring;

/// An unlock dialog of the desktop may wait for the user.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where secrets are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Keyring,
    /// A private file, and why it is not the keyring.
    File {
        reason: String,
    },
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the keyring refused: {reason}; unlock it and try again")]
    Keyring { reason: String },
    #[error("the keyring did not answer within {} s; unlock it and try again", PATIENCE.as_secs())]
    Timeout,
    #[error("cannot use the secrets file: {reason}")]
    File { reason: String },
    #[error("the work was interrupted")]
    Interrupted,
}

/// An OAuth token that the user entered.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub access_token: String,
    /// Such as `Bearer`.
    pub token_type: String,
    /// Seconds since 1970.
    pub expires_at: Option<i64>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Token {
    /// The document that a node gets, which is also how it is kept.
    pub(super) fn document(&self) -> String {
        serde_json::json!({
            "access_token": self.access_token,
            "token_type": self.token_type,
            "expires_at": self.expires_at,
        })
        .to_string()
    }

    fn parse(text: &str) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(Self {
            access_token: value.get("access_token")?.as_str()?.to_owned(),
            token_type: value.get("token_type")?.as_str()?.to_owned(),
            expires_at: value.get("expires_at").and_then(serde_json::Value::as_i64),
        })
    }
}

/// The secrets of one data folder.
pub struct Secrets {
    inner: Arc<Inner>,
}

struct Inner {
    file: SecretFile,
    keyring: Keyring,
    /// Chosen at the first use, on a thread that may wait.
    place: OnceLock<Place>,
}

impl Secrets {
    /// In the OS keyring where there is one. Asks for it at the first use, not here.
    pub fn detect(data: &Path) -> Self {
        Self::new(data, OnceLock::new())
    }

    /// In the file, whatever the machine has.
    pub fn in_file(data: &Path) -> Self {
        Self::new(data, OnceLock::from(Place::File { reason: "the file was chosen".to_owned() }))
    }

    fn new(data: &Path, place: OnceLock<Place>) -> Self {
        let file = SecretFile::new(data.join("secrets.json"));
        Self { inner: Arc::new(Inner { file, keyring: Keyring::new(data), place }) }
    }

    /// Where secrets are kept. Asks the system at the first call.
    pub async fn place(&self) -> Place {
        let inner = self.inner.clone();
        let chosen = tokio::task::spawn_blocking(move || inner.place().clone()).await;
        chosen.unwrap_or_else(|error| Place::File { reason: error.to_string() })
    }

    /// What was wrong with the file, in words for the user.
    pub fn problem(&self) -> Option<String> {
        self.inner.file.problem()
    }

    pub async fn token(&self, provider: &str) -> Result<Option<Token>, SecretError> {
        let text = self.get(&token_name(provider)).await?;
        Ok(text.as_deref().and_then(Token::parse))
    }

    pub async fn set_token(&self, provider: &str, token: &Token) -> Result<(), SecretError> {
        self.set(&token_name(provider), Some(token.document())).await
    }

    /// Forgets it; one that is not there is no error.
    pub async fn delete_token(&self, provider: &str) -> Result<(), SecretError> {
        self.set(&token_name(provider), None).await
    }

    pub(super) async fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        let (inner, name) = (self.inner.clone(), name.to_owned());
        patiently(move || inner.get(&name)).await
    }

    /// `None` deletes.
    pub(super) async fn set(&self, name: &str, secret: Option<String>) -> Result<(), SecretError> {
        let (inner, name) = (self.inner.clone(), name.to_owned());
        patiently(move || inner.set(&name, secret.as_deref())).await
    }
}

impl Inner {
    fn place(&self) -> &Place {
        self.place.get_or_init(|| match keyring::available() {
            Ok(()) => Place::Keyring,
            Err(reason) => {
                tracing::info!(reason, "no keyring: secrets are kept in a private file");
                Place::File { reason: reason.to_owned() }
            }
        })
    }

    fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        if *self.place() == Place::Keyring
            && let Some(secret) = self.keyring.get(name)?
        {
            return Ok(Some(secret));
        }
        self.file.get(name)
    }

    fn set(&self, name: &str, secret: Option<&str>) -> Result<(), SecretError> {
        if *self.place() == Place::Keyring {
            self.keyring.set(name, secret)?;
            // Now the file's copy, if any, is out of date.
            return self.file.set(name, None);
        }
        self.file.set(name, secret)
    }
}

fn token_name(provider: &str) -> String {
    format!("oauth:{provider}")
}

/// On a thread of its own: a keyring that never answers must not keep the program from ending, as one of the runtime's
/// blocking threads would.
async fn patiently<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let (done, wait) = oneshot::channel();
    let thread = std::thread::Builder::new().name("secrets".to_owned()).spawn(move || {
        // Nobody listens any more when the time was up.
        let _ = done.send(work());
    });
    if thread.is_err() {
        return Err(SecretError::Interrupted);
    }
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(SecretError::Interrupted),
        Err(_) => Err(SecretError::Timeout),
    }
}

#[cfg(test)]
mod tests;
