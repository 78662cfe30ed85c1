//! What a run may use: memory, tables, instances, time, fuel, output.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::event::EventBudget;

mod words;

pub use words::{memory, time};

pub const MIB: u64 = 1 << 20;

/// The limits of one run. The default is what a node without a manifest gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Linear memory and GC heap of one store together, in bytes.
    pub memory: u64,
    /// The node's own time: waiting for the user does not count.
    pub time: Duration,
    /// Fuel to run with. Counted only by an engine that was built for it, because counting slows the code.
    pub fuel: Option<u64>,
    /// Elements of all tables together.
    pub table_elements: u64,
    pub tables: usize,
    pub memories: usize,
    pub instances: usize,
    /// WASI resources (streams, sockets, pollables) that may be open at once.
    pub resources: usize,
    /// Sockets that may be open at once, of any kind.
    pub sockets: usize,
    /// The result document of `run`, in bytes.
    pub output: u64,
    pub events: EventBudget,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 * MIB,
            time: Duration::from_secs(30),
            fuel: None,
            table_elements: 1_000_000,
            tables: 100,
            memories: 100,
            instances: 100,
            resources: 10_000,
            sockets: 256,
            output: 256 * MIB,
            events: EventBudget::default(),
        }
    }
}

impl Limits {
    /// For asking a node for its definitions: a short deadline and a small document.
    pub fn definition(memory: u64) -> Self {
        Self {
            memory,
            time: Duration::from_secs(10),
            output: 16 * MIB,
            sockets: 0,
            events: EventBudget { lines: 10_000, bytes: 4 * MIB },
            ..Self::default()
        }
    }
}

/// Enforces [`Limits`] on a store and remembers the peak.
#[derive(Debug)]
pub struct StoreLimiter {
    limits: Limits,
    memory: u64,
    elements: u64,
    pub peak: u64,
    /// The peak of the whole run, for who watches it.
    shown: Arc<AtomicU64>,
    /// The first growth that was refused, in words.
    pub refused: Option<String>,
}

impl StoreLimiter {
    pub fn new(limits: &Limits, shown: Arc<AtomicU64>) -> Self {
        Self { limits: limits.clone(), memory: 0, elements: 0, peak: 0, shown, refused: None }
    }
}

impl ResourceLimiter for StoreLimiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if let Some(maximum) = maximum.filter(|maximum| desired > *maximum) {
            self.refused.get_or_insert_with(|| {
                format!(
                    "memory would grow to {} MiB, the file itself allows {} MiB; build it with a larger maximum",
                    (desired as u64).div_ceil(MIB),
                    maximum as u64 / MIB
                )
            });
            return Ok(false);
        }
        let after = self.memory + (desired as u64).saturating_sub(current as u64);
        if after > self.limits.memory {
            self.refused.get_or_insert_with(|| {
                format!(
                    "memory would grow to {} MiB, the limit is {} MiB",
                    after.div_ceil(MIB),
                    self.limits.memory / MIB
                )
            });
            return Ok(false);
        }
        self.memory = after;
        self.peak = self.peak.max(after);
        self.shown.fetch_max(after, Ordering::Relaxed);
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let after = self.elements + (desired as u64).saturating_sub(current as u64);
        if after > self.limits.table_elements {
            self.refused.get_or_insert_with(|| {
                format!("tables would grow to {after} elements, the limit is {}", self.limits.table_elements)
            });
            return Ok(false);
        }
        self.elements = after;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
