//! Connections to exactly the address that was allowed, counted and revocable.

use std::sync::atomic::AtomicU64;

/// Hands out the connection ids of a run.
#[derive(Debug, Default)]
pub struct ConnectionIds(AtomicU64);

impl ConnectionIds {
    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1
    }
}
