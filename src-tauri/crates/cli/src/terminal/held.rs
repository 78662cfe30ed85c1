//! Output that waits while a question is open, so that nothing can push the question away or imitate another one.
//!
//! What is said meanwhile is kept and written in order once the question is gone. Whoever has a lot to say waits for
//! [`clear`] instead, and so slows down where it comes from.

use std::mem;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use std::time::Duration;

use tokio::sync::watch;

/// How long to wait for somebody who is writing just now.
const RETRY: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// Read-locked while something is written, so that a question opens between two writes.
static STATE: RwLock<State> = RwLock::new(State { open: false, kept: Mutex::new(Vec::new()) });
static OPEN: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

struct State {
    open: bool,
    // Held for single pushes; writers of both streams share the outer lock.
    kept: Mutex<Vec<(Stream, String)>>,
}

impl State {
    fn kept(&self) -> MutexGuard<'_, Vec<(Stream, String)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read() -> RwLockReadGuard<'static, State> {
    STATE.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, State> {
    STATE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Writes now, or keeps the text while a question is open; `true` for text that is kept.
pub fn say(stream: Stream, text: impl FnOnce() -> String, now: impl FnOnce() -> bool) -> bool {
    let state = read();
    if state.open {
        state.kept().push((stream, text()));
        return true;
    }
    now()
}

/// Waits until no question is open.
pub async fn clear() {
    // The sender is never dropped.
    let _ = OPEN.subscribe().wait_for(|open| !open).await;
}

/// As long as this lives, nothing is written but the question.
#[must_use]
pub struct Silence(());

/// Waits for what is being written, and then holds everything back.
pub async fn silence() -> Silence {
    while !close() {
        tokio::time::sleep(RETRY).await;
    }
    OPEN.send_replace(true);
    Silence(())
}

/// Says whether nobody was writing. To wait for the lock would stop all writers behind one whose reader is stuck.
fn close() -> bool {
    let mut state = match STATE.try_write() {
        Ok(state) => state,
        Err(TryLockError::Poisoned(state)) => state.into_inner(),
        Err(TryLockError::WouldBlock) => return false,
    };
    state.open = true;
    true
}

impl Drop for Silence {
    fn drop(&mut self) {
        loop {
            let kept = mem::take(&mut *read().kept());
            for (stream, text) in &kept {
                super::write_kept(*stream, text);
            }
            let mut state = write();
            if state.kept().is_empty() {
                state.open = false;
                break;
            }
        }
        OPEN.send_replace(false);
    }
}
