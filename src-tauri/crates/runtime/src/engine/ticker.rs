//! The thread that moves the epoch, so that a spinning guest is interrupted again and again. It slows down while
//! nothing runs and ends with the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use super::EPOCH;

/// The pace while nobody holds a [`Running`]: slow enough to cost nothing, fast enough that a guest which runs without
/// one is still stopped in time.
const IDLE: Duration = Duration::from_millis(50);

/// Counts what runs.
pub(super) struct Pace {
    running: Arc<AtomicUsize>,
    ticker: Thread,
}

/// Keeps the epoch moving every [`EPOCH`] for as long as it lives.
pub struct Running(Arc<AtomicUsize>);

impl Pace {
    /// Starts the ticker of `engine`. The thread holds it only weakly.
    pub(super) fn start(engine: &wasmtime::Engine) -> std::io::Result<Self> {
        let running = Arc::new(AtomicUsize::new(0));
        let (weak, count) = (engine.weak(), running.clone());
        let thread = thread::Builder::new().name("epoch".to_owned()).spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                let busy = count.load(Ordering::Acquire) > 0;
                thread::park_timeout(if busy { EPOCH } else { IDLE });
            }
        })?;
        Ok(Self { running, ticker: thread.thread().clone() })
    }

    pub(super) fn running(&self) -> Running {
        if self.running.fetch_add(1, Ordering::AcqRel) == 0 {
            self.ticker.unpark();
        }
        Running(self.running.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
