//! The compile worker: a process of its own that can be killed.

/// The hidden argument that makes a program a compile worker.
pub const ARGUMENT: &str = "__compile-worker";
