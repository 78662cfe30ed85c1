//! Secrets in a private file, for machines without a keyring. Blocking.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::SecretError;
use crate::host::locked;
use crate::private;

pub(super) struct SecretFile {
    path: PathBuf,
    problem: Mutex<Option<String>>,
}

impl SecretFile {
    pub fn new(path: PathBuf) -> Self {
        Self { path, problem: Mutex::default() }
    }

    pub fn problem(&self) -> Option<String> {
        locked(&self.problem).clone()
    }

    pub fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        match self.read() {
            Ok(mut secrets) => Ok(secrets.remove(name)),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// `None` deletes.
    pub fn set(&self, name: &str, secret: Option<&str>) -> Result<(), SecretError> {
        self.change(name, secret).map_err(|error| self.failed(&error))
    }

    fn change(&self, name: &str, secret: Option<&str>) -> io::Result<()> {
        if secret.is_none() && !self.path.exists() {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        private::create_folder(folder)?;
        // Two programs on one data folder must not lose each other's secrets. Unlocked when it is dropped.
        let _lock = private::lock(&self.path.with_extension("lock"))?;
        let mut secrets = self.read()?;
        match secret {
            Some(secret) => drop(secrets.insert(name.to_owned(), secret.to_owned())),
            None => drop(secrets.remove(name)),
        }
        private::replace(&self.path, &serde_json::to_vec_pretty(&secrets)?, None)
    }

    fn read(&self) -> io::Result<BTreeMap<String, String>> {
        let Some(text) = private::read(&self.path)? else { return Ok(BTreeMap::new()) };
        self.tighten()?;
        match serde_json::from_slice(&text) {
            Ok(secrets) => Ok(secrets),
            Err(error) => {
                let aside = private::set_aside(&self.path)?;
                // The error itself could repeat a part of a secret.
                let place = format!("line {}, column {}", error.line(), error.column());
                let problem = format!(
                    "\"{}\" is damaged ({place}); it was set aside as \"{}\", enter the secrets again",
                    self.path.display(),
                    aside.display()
                );
                tracing::warn!("{problem}");
                *locked(&self.problem) = Some(problem);
                Ok(BTreeMap::new())
            }
        }
    }

    /// Takes away what others may do with a file that was copied or restored.
    fn tighten(&self) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            if fs::metadata(&self.path)?.permissions().mode() & 0o077 != 0 {
                fs::set_permissions(&self.path, fs::Permissions::from_mode(0o600))?;
            }
        }
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> SecretError {
        SecretError::File { reason: format!("\"{}\": {error}", self.path.display()) }
    }
}
