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
    /// Time in which guest code ran although a question was open.
    ran: Duration,
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

    /// The node's own time: a guest that goes on computing while its question is open is not waiting.
    pub fn active(&self) -> Duration {
        let ran = self.asking.lock().unwrap_or_else(PoisonError::into_inner).ran;
        (self.elapsed() + ran).saturating_sub(self.asked())
    }

    /// Charges guest code that was seen running while a question is open.
    pub fn ran_while_asking(&self, time: Duration) {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if asking.open > 0 {
            asking.ran += time;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_that_computes_while_it_asks_uses_its_time() {
        let clock = RunClock::start();
        let pause = clock.pause();
        clock.ran_while_asking(Duration::from_secs(60));
        assert!(clock.active() >= Duration::from_secs(60), "time in guest code counts: {:?}", clock.active());
        drop(pause);
        let before = clock.active();
        clock.ran_while_asking(Duration::from_secs(60));
        assert!(clock.active() < before + Duration::from_secs(60), "without a question nothing is charged twice");
    }
}
