//! The thread that moves the epoch, so that a spinning guest is interrupted again and again. It slows down while
//! nothing runs and ends with the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use super::EPOCH;

/// The pace while nobody holds a [`Running`]: slow enough to cost nothing, fast enough that a guest which runs without
/// one is still stopped in time.
const IDLE: Duration = Duration::from_millis(50);

/// Ticks at full pace after the last guest has ended: when runs follow each other, none has to wake the thread.
const AFTER: u32 = 20;

/// Counts what runs.
pub(super) struct Pace {
    shared: Arc<Shared>,
    ticker: Thread,
}

#[derive(Default)]
struct Shared {
    running: AtomicUsize,
    /// The ticker sleeps long and must be woken.
    slow: AtomicBool,
}

/// Keeps the epoch moving every [`EPOCH`] for as long as it lives.
pub struct Running(Arc<Shared>);

impl Pace {
    /// Starts the ticker of `engine`. The thread holds it only weakly.
    pub(super) fn start(engine: &wasmtime::Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (weak, own) = (engine.weak(), shared.clone());
        let thread = thread::Builder::new().name("epoch".to_owned()).spawn(move || {
            let mut quiet = 0;
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                quiet = if own.is_busy() { 0 } else { AFTER.min(quiet + 1) };
                thread::park_timeout(if quiet < AFTER || own.must_stay_quick() { EPOCH } else { IDLE });
            }
        })?;
        Ok(Self { shared, ticker: thread.thread().clone() })
    }

    pub(super) fn running(&self) -> Running {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.slow.swap(false, Ordering::SeqCst) {
            self.ticker.unpark();
        }
        Running(self.shared.clone())
    }
}

impl Shared {
    fn is_busy(&self) -> bool {
        self.running.load(Ordering::SeqCst) > 0
    }

    /// Says that the ticker is about to sleep long, unless something has begun to run meanwhile.
    fn must_stay_quick(&self) -> bool {
        self.slow.store(true, Ordering::SeqCst);
        self.is_busy()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}
