//! The OS keyring. Blocking.

use std::path::Path;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use super::SecretError;

/// How long a machine may take to say whether it has a keyring.
const PROBE: Duration = Duration::from_secs(3);

/// The entries of one data folder.
pub(super) struct Keyring {
    service: String,
}

/// Whether there is a keyring at all, else why not. Asked once in a program.
pub(super) fn available() -> Result<(), &'static str> {
    static AVAILABLE: OnceLock<Result<(), String>> = OnceLock::new();
    AVAILABLE.get_or_init(|| within(PROBE, probe)).as_ref().copied().map_err(String::as_str)
}

fn probe() -> Result<(), String> {
    match keyring::Entry::store_status() {
        Ok(()) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// The result of `work`, or an error when it takes too long or panics; its thread is then left behind.
fn within(limit: Duration, work: fn() -> Result<(), String>) -> Result<(), String> {
    let (done, wait) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("keyring probe".to_owned()).spawn(move || {
        // Nobody listens any more when the time was up.
        let _ = done.send(work());
    });
    if let Err(error) = thread {
        return Err(error.to_string());
    }
    match wait.recv_timeout(limit) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("it did not answer within {} s", limit.as_secs())),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("asking for it failed".to_owned()),
    }
}

impl Keyring {
    /// Two data folders have different entries.
    pub fn new(data: &Path) -> Self {
        let hash = blake3::hash(data.as_os_str().as_encoded_bytes()).to_hex();
        Self { service: format!("node-workbench-{}", &hash[..16]) }
    }

    pub fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        match self.entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(&error)),
        }
    }

    pub fn set(&self, name: &str, secret: Option<&str>) -> Result<(), SecretError> {
        let entry = self.entry(name)?;
        let done = match secret {
            Some(secret) => entry.set_password(secret),
            None => entry.delete_credential(),
        };
        match done {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }

    fn entry(&self, name: &str) -> Result<keyring::Entry, SecretError> {
        keyring::Entry::new(&self.service, name).map_err(|error| refused(&error))
    }
}

fn refused(error: &keyring::Error) -> SecretError {
    SecretError::Keyring { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_that_hangs_or_panics_is_no_keyring() {
        let hang = || -> Result<(), String> {
            let (_keep, wait) = mpsc::channel::<()>();
            wait.recv().map_err(|error| error.to_string())
        };
        let slow = within(Duration::from_millis(20), hang);
        assert!(slow.is_err_and(|reason| reason.contains("did not answer")), "the wait is bounded");
        let broken = within(Duration::from_secs(5), || panic!("as a broken agent might"));
        assert!(broken.is_err_and(|reason| reason.contains("failed")), "a panic stays on its thread");
        assert_eq!(within(Duration::from_secs(5), || Ok(())), Ok(()));
    }
}
