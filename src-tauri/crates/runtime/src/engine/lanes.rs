//! Who compiles when: a file that takes long must not keep the others waiting.
//!
//! Everything starts in the quick lane. What is not done after a moment moves to the slow lane, which has one place; where
//! that is taken it is given up and starts again once it is its turn. In the slow lane a job gives way to those that
//! wait, and has twice as long the next time, so that every file gets done and no time is lost without need.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Two, because the last functions of a file leave cores idle.
const QUICK: usize = 2;
/// Most nodes compile in less.
const MOMENT: Duration = Duration::from_secs(1);
/// What a job may take the first time that it has the slow lane for itself.
const FIRST: Duration = Duration::from_secs(5);

pub(super) struct Lanes {
    moment: Duration,
    first: Duration,
    quick: Semaphore,
    slow: Semaphore,
    /// Jobs that wait for the slow lane.
    waiting: AtomicUsize,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self::with(MOMENT, FIRST)
    }

    fn with(moment: Duration, first: Duration) -> Self {
        Self { moment, first, quick: Semaphore::new(QUICK), slow: Semaphore::new(1), waiting: AtomicUsize::new(0) }
    }

    /// Does the work in its turn. Where it may be given up, `work` is asked for it again; dropping it has to end it.
    pub(super) async fn run<T, W: Future<Output = T>>(&self, may_give_up: bool, work: impl Fn() -> W) -> T {
        let quick = permit(&self.quick).await;
        let mut job = Box::pin(work());
        if !may_give_up {
            return job.await;
        }
        if let Ok(done) = timeout(self.moment, &mut job).await {
            return done;
        }
        let slow = match self.slow.try_acquire() {
            Ok(slow) => slow,
            Err(_) => {
                drop((job, quick));
                let slow = self.slow_turn().await;
                return self.in_slow_lane(slow, Box::pin(work()), work).await;
            }
        };
        drop(quick);
        self.in_slow_lane(slow, job, work).await
    }

    async fn in_slow_lane<T, W: Future<Output = T>>(
        &self,
        mut turn: SemaphorePermit<'_>,
        mut job: Pin<Box<W>>,
        work: impl Fn() -> W,
    ) -> T {
        let mut time = self.first;
        loop {
            if let Ok(done) = timeout(time, &mut job).await {
                return done;
            }
            time *= 2;
            if self.waiting.load(Ordering::Relaxed) > 0 {
                drop((job, turn));
                turn = self.slow_turn().await;
                job = Box::pin(work());
            }
        }
    }

    async fn slow_turn(&self) -> SemaphorePermit<'_> {
        let _waiting = Waiting::new(&self.waiting);
        permit(&self.slow).await
    }
}

/// Counted for as long as it lives: whoever waits may be dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn permit(semaphore: &Semaphore) -> SemaphorePermit<'_> {
    match semaphore.acquire().await {
        Ok(permit) => permit,
        // The semaphores are never closed.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Mutex;

    use futures::future::join_all;
    use tokio::time::sleep;

    use super::*;

    /// Only a failing test waits as long.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn lanes() -> Lanes {
        Lanes::with(Duration::from_millis(50), Duration::from_millis(100))
    }

    /// Runs jobs of so many milliseconds that start at once, and says in which order they were done.
    async fn finished(jobs: &[u64]) -> Vec<u64> {
        let (lanes, done) = (lanes(), Mutex::new(Vec::new()));
        let one = async |time: u64| {
            lanes.run(true, || sleep(Duration::from_millis(time))).await;
            done.lock().expect("not poisoned").push(time);
        };
        let all = join_all(jobs.iter().map(|time| one(*time)));
        timeout(PATIENCE, all).await.expect("every one is done in the end");
        done.into_inner().expect("not poisoned")
    }

    #[tokio::test]
    async fn f47_slow_files_keep_no_quick_one_waiting() {
        let done = finished(&[600, 600, 600, 600, 0, 0]).await;
        assert_eq!(done.get(..2), Some([0, 0].as_slice()), "{done:?}");
    }

    #[tokio::test]
    async fn f47_one_slow_file_is_never_started_again() {
        let (lanes, started) = (lanes(), AtomicUsize::new(0));
        let work = || {
            started.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(900))
        };
        let slow = lanes.run(true, work);
        let quick = join_all((0..5).map(|_| lanes.run(true, async || ())));
        tokio::join!(slow, quick);
        assert_eq!(started.into_inner(), 1);
    }

    #[tokio::test]
    async fn f47_a_middling_file_gets_its_turn_beside_endless_ones() {
        let lanes = lanes();
        let endless = join_all((0..3).map(|_| lanes.run(true, pending::<()>)));
        let middling = lanes.run(true, || sleep(Duration::from_millis(250)));
        tokio::select! {
            _ = endless => panic!("they never end"),
            done = timeout(PATIENCE, middling) => done.expect("it has its turn"),
        }
    }

    #[tokio::test]
    async fn f47_who_waits_and_is_given_up_leaves_no_trace() {
        let lanes = lanes();
        {
            let waiting = join_all((0..5).map(|_| lanes.run(true, pending::<()>)));
            assert!(timeout(Duration::from_millis(300), waiting).await.is_err(), "they never end");
        }
        assert_eq!(lanes.waiting.load(Ordering::Relaxed), 0);
        assert_eq!((lanes.quick.available_permits(), lanes.slow.available_permits()), (QUICK, 1));
    }
}
