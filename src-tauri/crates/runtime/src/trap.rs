//! What is left of a guest that stopped the hard way: reason, message and frames.

/// Why the guest was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrapReason {
    /// The guest's own panic, abort or `unreachable`.
    Panic,
    OutOfBounds,
    StackOverflow,
    DivisionByZero,
    /// A call through a null or wrongly typed function reference.
    BadCall,
    /// The guest called an import that no host provides.
    MissingImport,
    /// `proc_exit` or `wasi:cli/exit` with a failure.
    Exit,
    /// The guest broke the calling convention: a pointer out of bounds, text that is not UTF-8.
    BadAbi,
    /// An exception that nobody caught.
    Exception,
    /// Limits.
    Time,
    Memory,
    Fuel,
    Output,
    Other,
}

impl TrapReason {
    pub fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::OutOfBounds => "out-of-bounds",
            Self::StackOverflow => "stack-overflow",
            Self::DivisionByZero => "division-by-zero",
            Self::BadCall => "bad-call",
            Self::MissingImport => "missing-import",
            Self::Exit => "exit",
            Self::BadAbi => "bad-abi",
            Self::Exception => "exception",
            Self::Time => "time",
            Self::Memory => "memory",
            Self::Fuel => "fuel",
            Self::Output => "output",
            Self::Other => "other",
        }
    }

    pub fn is_limit(self) -> bool {
        matches!(self, Self::Time | Self::Memory | Self::Fuel | Self::Output)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    pub reason: TrapReason,
    /// The guest's panic message where there is one, else what happened in words.
    pub message: String,
    /// Innermost first.
    pub frames: Vec<Frame>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Demangled; `None` where the file has no names.
    pub function: Option<String>,
    pub module: Option<String>,
    pub function_index: u32,
    /// From debug information, where the file has it.
    pub file: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// Part of a language's runtime or standard library rather than of the node.
    pub runtime: bool,
}
