//! The run's clock, which stands still while the user is asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Measures a run. [`RunClock::active`] is the node's own time: wall time less the time in which at least one
/// permission question was open.
#[derive(Debug)]
pub struct RunClock {
    started: Instant,
    // Held for a few instructions only; questions open and close from several tasks.
    asking: Mutex<Asking>,
}

#[derive(Debug, Default)]
struct Asking {
    open: u32,
    since: Option<Instant>,
    total: Duration,
}

/// The clock stands still while one of these lives.
#[derive(Debug)]
pub struct Pause(Arc<RunClock>);

impl RunClock {
    pub fn start() -> Arc<Self> {
        Arc::new(Self { started: Instant::now(), asking: Mutex::default() })
    }

    /// Wall time since the run's start.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Time spent waiting for answers.
    pub fn asked(&self) -> Duration {
        let asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.total + asking.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The node's own time.
    pub fn active(&self) -> Duration {
        self.elapsed().saturating_sub(self.asked())
    }

    /// Whether a question is open now.
    pub fn is_paused(&self) -> bool {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner).open > 0
    }

    /// Stops the clock until the returned guard is dropped; nests.
    pub fn pause(self: &Arc<Self>) -> Pause {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.open += 1;
        if asking.open == 1 {
            asking.since = Some(Instant::now());
        }
        Pause(self.clone())
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        let mut asking = self.0.asking.lock().unwrap_or_else(PoisonError::into_inner);
        asking.open -= 1;
        if asking.open == 0
            && let Some(since) = asking.since.take()
        {
            asking.total += since.elapsed();
        }
    }
}
