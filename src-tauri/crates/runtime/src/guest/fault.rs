//! What the host itself stops a guest for, typed, so that the run can tell the reasons apart.
//!
//! A fault travels as a [`wasmtime::Error`] (`fault.into()`); `error.downcast_ref::<Fault>()` finds it again. Traps of
//! the code (out of bounds, `unreachable`, the epoch's interrupt) stay wasmtime's own.

use crate::trap::TrapReason;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An import that no host provides, linked so that loading works.
    #[error("the node called \"{name}\", which the workbench does not provide; {advice}")]
    MissingImport {
        /// `module.name`.
        name: String,
        advice: String,
    },
    /// A pointer, length or value that breaks the calling convention.
    #[error("{function}: {problem}")]
    BadAbi {
        /// The host function or export, `module.name`.
        function: String,
        problem: String,
    },
    /// `proc_exit` or `wasi:cli/exit` with a failure, or with success where the node was to answer.
    #[error("the node ended itself with exit code {0}; return a result instead")]
    Exit(i32),
    /// A command-style component's program that failed.
    #[error("the command \"{command}\" failed with exit code {code}: {stderr}")]
    Command { command: String, code: i32, stderr: String },
    /// The guest's own abort.
    #[error("the node aborted: {message}")]
    Abort { message: String },
    /// A C `longjmp` on its way to an `invoke_*` that catches it; seen outside only where none does.
    #[error("longjmp without a setjmp that is still active")]
    Longjmp,
    /// The guest has no memory left for what the host wants to give it.
    #[error("{function}: the node's alloc has no room for {bytes} bytes; raise the memory limit or ask for less")]
    NoRoom { function: String, bytes: u64 },
    /// The document that an export returned is larger than the limit.
    #[error("{export} returned {size} bytes, the limit is {limit}; return less or raise the output limit")]
    OutputTooLarge { export: String, size: u64, limit: u64 },
    /// An export gave back nothing where a document was expected.
    #[error("{export} returned nothing; it must return a JSON document")]
    NoOutput { export: String },
    /// Text that the guest handed over and that is not what it must be.
    #[error("{export} returned text that is not UTF-8 (at byte {at})")]
    NotUtf8 { export: String, at: usize },
}

impl Fault {
    pub fn reason(&self) -> TrapReason {
        match self {
            Self::MissingImport { .. } => TrapReason::MissingImport,
            Self::BadAbi { .. } | Self::NoOutput { .. } | Self::NotUtf8 { .. } => TrapReason::BadAbi,
            Self::Exit(_) | Self::Command { .. } => TrapReason::Exit,
            Self::Abort { .. } | Self::Longjmp => TrapReason::Panic,
            Self::NoRoom { .. } => TrapReason::Memory,
            Self::OutputTooLarge { .. } => TrapReason::Output,
        }
    }

    pub(super) fn bad_abi(function: impl Into<String>, problem: impl Into<String>) -> wasmtime::Error {
        Self::BadAbi { function: function.into(), problem: problem.into() }.into()
    }
}
