//! Waiting on the node's own time.

use std::future::Future;
use std::time::Duration;

use crate::clock::RunClock;

/// The clock may stop and go on unseen between two looks; short enough that nobody notices.
const SHORTEST_LOOK: Duration = Duration::from_millis(20);

/// Waits for the future as long as `limit` of the node's own time lasts; time in which the user is asked does not
/// count. `None`: it took too long and was dropped.
pub async fn within<F: Future>(clock: &RunClock, limit: Duration, future: F) -> Option<F::Output> {
    let end = clock.active().saturating_add(limit);
    tokio::select! {
        biased;
        output = future => Some(output),
        () = passed(clock, end) => None,
    }
}

async fn passed(clock: &RunClock, end: Duration) {
    loop {
        let left = end.saturating_sub(clock.active());
        if left.is_zero() && !clock.is_paused() {
            return;
        }
        tokio::time::sleep(left.max(SHORTEST_LOOK.min(left + Duration::from_millis(1)))).await;
    }
}
