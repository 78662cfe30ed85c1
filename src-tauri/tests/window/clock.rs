//! Waiting for things to become true, with a limit.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Longer than anything takes on a machine that does other things as well.
pub const LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(20);

pub async fn pause() {
    tokio::time::sleep(STEP).await;
}

/// Asks again until there is an answer. An error ends the waiting.
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    within(LIMIT, what, ask).await
}

/// As [`eventually`], for what has a limit of its own.
pub async fn within<T>(limit: Duration, what: &str, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let since = Instant::now();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if since.elapsed() > limit {
            bail!("waited {} s in vain: {what}", limit.as_secs());
        }
        pause().await;
    }
}
