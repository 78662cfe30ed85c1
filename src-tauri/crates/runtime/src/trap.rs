//! What is left of a guest that stopped the hard way: reason, message and frames.

use std::sync::PoisonError;
use std::time::Duration;

use wasmtime::WasmBacktrace;

use crate::guest::fault::Fault;
use crate::host::HostState;

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

impl Trap {
    /// The run used up its time while the host was working or waiting for it.
    pub fn timed_out(limit: Duration) -> Self {
        Self { reason: TrapReason::Time, message: out_of_time(limit), frames: Vec::new() }
    }

    /// A defect of the workbench that must not take the program down.
    pub fn defect(message: String) -> Self {
        Self {
            reason: TrapReason::Other,
            message: format!("internal error: {message}; this is a defect of the workbench, not of the node"),
            frames: Vec::new(),
        }
    }
}

/// Explains what stopped a guest: its own panic message where there is one, frames with names and lines where the
/// file has them.
pub fn explain(error: &wasmtime::Error, state: &HostState) -> Trap {
    let (reason, message) = cause(error, state);
    let frames = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
    Trap { reason, message, frames }
}

fn cause(error: &wasmtime::Error, state: &HostState) -> (TrapReason, String) {
    use wasmtime::Trap as Code;

    if let Some(refused) = state.limiter.refused.as_deref().filter(|_| may_follow_a_refusal(error)) {
        return (TrapReason::Memory, after_refusal(refused, error, state));
    }
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return (
            fault.reason(),
            panic_message(state).filter(|_| matches!(fault, Fault::Exit(_))).unwrap_or_else(|| fault.to_string()),
        );
    }
    let Some(code) = error.downcast_ref::<Code>() else {
        if let Some(refused) = refused_by_system(error) {
            return (TrapReason::Memory, refused);
        }
        if let Some(broken) = canonical_abi(error, state) {
            return broken;
        }
        let reason = if error.is::<wasmtime::ThrownException>() { TrapReason::Exception } else { TrapReason::Other };
        return (reason, panic_message(state).unwrap_or_else(|| root_cause(error)));
    };
    let (reason, words) = match code {
        Code::Interrupt => return (TrapReason::Time, out_of_time(state.run.limits.time)),
        Code::OutOfFuel => {
            let fuel = state.run.limits.fuel.unwrap_or_default();
            return (TrapReason::Fuel, format!("all {fuel} units of fuel are used up; raise the limit or do less"));
        }
        Code::UnreachableCodeReached => (TrapReason::Panic, "the node stopped itself (unreachable)"),
        Code::MemoryOutOfBounds | Code::TableOutOfBounds | Code::ArrayOutOfBounds | Code::HeapMisaligned => {
            (TrapReason::OutOfBounds, "the node reached outside its memory, a table or an array")
        }
        Code::StackOverflow => {
            (TrapReason::StackOverflow, "the node's call stack is exhausted; is there endless recursion?")
        }
        Code::IntegerDivisionByZero => (TrapReason::DivisionByZero, "integer division by zero"),
        Code::IndirectCallToNull | Code::BadSignature | Code::NullReference | Code::CastFailure => {
            (TrapReason::BadCall, "a call or cast through a reference that is null or of another type")
        }
        _ => return (TrapReason::Other, panic_message(state).unwrap_or_else(|| code.to_string())),
    };
    (reason, panic_message(state).filter(|_| reason == TrapReason::Panic).unwrap_or_else(|| words.to_owned()))
}

/// Whether a guest without the memory that it asked for may well end like this. What the host stops it for has its own
/// reason.
fn may_follow_a_refusal(error: &wasmtime::Error) -> bool {
    match error.downcast_ref::<Fault>() {
        Some(fault) => {
            matches!(fault, Fault::Exit(_) | Fault::Command { .. } | Fault::Abort { .. } | Fault::NoRoom { .. })
        }
        None => !matches!(error.downcast_ref(), Some(wasmtime::Trap::Interrupt | wasmtime::Trap::OutOfFuel)),
    }
}

/// The refused growth, and what the guest said when it gave up.
fn after_refusal(refused: &str, error: &wasmtime::Error, state: &HostState) -> String {
    let ended = match error.downcast_ref::<Fault>() {
        Some(Fault::Exit(code)) => Some(format!("the node then ended itself with exit code {code}")),
        Some(Fault::Command { code, .. }) => Some(format!("the command then failed with exit code {code}")),
        _ => None,
    };
    let said = panic_message(state).map(|said| format!("its last words: {said}"));
    [Some(refused.to_owned()), ended, said].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What wasmtime says where a component's values cannot be taken over. These errors have no public type, so they are
/// told by their words; the version is pinned, and the suites run a component for each.
fn canonical_abi(error: &wasmtime::Error, state: &HostState) -> Option<(TrapReason, String)> {
    let words = root_cause(error);
    if words.contains("fuel allocated for hostcalls") {
        let limit = state.run.limits.output.min(state.run.limits.memory);
        let message = format!("one call handed more than {limit} bytes to the host; hand over less or raise the limit");
        return Some((TrapReason::Output, message));
    }
    let broken = ["out of bounds", "not aligned", "utf-8", "discriminant"].iter().any(|part| words.contains(part));
    broken.then(|| (TrapReason::BadAbi, format!("the node handed over a broken value: {words}")))
}

fn out_of_time(limit: Duration) -> String {
    format!("the node used up its {} s; raise the time limit or do less", limit.as_secs_f64())
}

/// What the system refused before the node could begin, which is no fault of the node: address space, of which each of
/// its memories reserves much more than it uses.
pub fn refused_by_system(error: &wasmtime::Error) -> Option<String> {
    use rustix::process::{Resource, getrlimit};

    let is_refusal = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref() == Some(&rustix::io::Errno::NOMEM)
            || cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::OutOfMemory)
    };
    error.chain().any(is_refusal).then(|| match getrlimit(Resource::As).current {
        Some(limit) => format!(
            "this process may reserve {} MiB of address space (\"ulimit -v\" is set), and a node needs more; start the \
             workbench after \"ulimit -v unlimited\"",
            limit >> 20
        ),
        None => "the system gives this process no more memory; close other programs or add memory".to_owned(),
    })
}

fn root_cause(error: &wasmtime::Error) -> String {
    error.chain().last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// What the guest said last before it stopped itself: an abort's message, a Rust panic, or the last line on stderr,
/// where most languages name the exception.
fn panic_message(state: &HostState) -> Option<String> {
    if let Some(message) = &state.abort_message {
        return Some(message.clone());
    }
    let tail = state.stderr_tail.lock().unwrap_or_else(PoisonError::into_inner);
    last_words(&tail.text)
}

fn last_words(stderr: &str) -> Option<String> {
    // A Python exception comes before the panic of the code that carries the interpreter, and says more.
    if let Some((_, traceback)) = stderr.rsplit_once("Traceback (most recent call last):\n") {
        let exception = traceback.lines().find(|line| !line.is_empty() && !line.starts_with(char::is_whitespace));
        if let Some(exception) = exception.filter(|line| !line.contains("panicked at ")) {
            return Some(exception.trim().to_owned());
        }
    }
    if let Some((_, panic)) = stderr.rsplit_once("panicked at ") {
        let mut lines = panic.lines();
        let place = lines.next()?.trim_end_matches(':');
        let message: Vec<&str> =
            lines.take_while(|line| !line.starts_with("note: ") && !line.starts_with("stack backtrace:")).collect();
        return Some(format!("{} ({place})", message.join("\n").trim()));
    }
    let said = |line: &&str| !line.is_empty() && !line.starts_with("note: ");
    go_panic(stderr).or_else(|| stderr.lines().rev().map(str::trim).find(said)).map(str::to_owned)
}

/// What helps against an error of Python that only builds without a file system know: what the interpreter loads when it
/// is needed is not there then.
pub fn hint(message: &str) -> Option<String> {
    let word = |text: &str| -> String {
        let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_.-".contains(letter));
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let module = match (message.split_once("unknown encoding: "), message.split_once("No module named '")) {
        (Some((_, codec)), _) => format!("encodings.{}", word(codec).to_ascii_lowercase().replace('-', "_")),
        (_, Some((_, module))) => word(module),
        _ => return None,
    };
    let advice = "so that it is taken into the build: Python finds nothing more once the node runs";
    Some(format!("write \"import {module}\" at the top of the node's sources, {advice}"))
}

/// Go says why it stops in a paragraph above the traces of its goroutines.
fn go_panic(stderr: &str) -> Option<&str> {
    let (above, _) = stderr.split_once("\n\ngoroutine ")?;
    let said = |mark| above.rmatch_indices(mark).find(|(at, _)| *at == 0 || above[..*at].ends_with('\n'));
    let (at, mark) = said("panic: ").or_else(|| said("fatal error: "))?;
    above[at + mark.len()..].split("\n\n").next()
}

/// More frames than this help nobody.
const MAX_FRAMES: usize = 64;

/// The guest's own frames, innermost first.
pub(crate) fn frames(backtrace: &WasmBacktrace) -> Vec<Frame> {
    backtrace.frames().iter().flat_map(frame).take(MAX_FRAMES).collect()
}

/// One wasm frame is several frames of source where functions were inlined.
fn frame(info: &wasmtime::FrameInfo) -> Vec<Frame> {
    let plain = Frame {
        function: info.func_name().map(demangled),
        module: info.module().name().map(str::to_owned),
        function_index: info.func_index(),
        file: None,
        line: None,
        column: None,
        runtime: false,
    };
    let mut frames: Vec<Frame> = info
        .symbols()
        .iter()
        .map(|symbol| Frame {
            function: symbol.name().map(demangled).or_else(|| plain.function.clone()),
            file: symbol.file().map(str::to_owned),
            line: symbol.line(),
            column: symbol.column(),
            ..plain.clone()
        })
        .collect();
    if frames.is_empty() {
        frames.push(plain);
    }
    for frame in &mut frames {
        frame.runtime = is_runtime(frame);
    }
    frames
}

/// Only names with the prefix of a mangled name: both libraries read more than that, and make `float` of `f`.
fn demangled(name: &str) -> String {
    let plain = name.trim_start_matches('_');
    let underscores = name.len() - plain.len();
    if underscores == 0 || !plain.starts_with(['Z', 'R']) {
        return name.to_owned();
    }
    if let Ok(name) = rustc_demangle::try_demangle(name) {
        return format!("{name:#}");
    }
    // Systems that put an underscore before every name have one more.
    let cpp = if plain.starts_with('Z') { name.get(underscores - 1..) } else { None };
    cpp.and_then(|name| cpp_demangle::Symbol::new(name).ok()?.demangle().ok()).unwrap_or_else(|| name.to_owned())
}

/// Frames of a language's own runtime are folded: recognised by where their source lies or how they are called.
fn is_runtime(frame: &Frame) -> bool {
    const FOLDERS: [&str; 5] = ["/rustc/", "/library/std/", "/.cargo/registry/", "~lib/rt/", "/lib/python"];
    let in_folder = frame.file.as_deref().is_some_and(|file| FOLDERS.iter().any(|folder| file.contains(folder)));
    in_folder || frame.function.as_deref().is_some_and(is_runtime_name)
}

fn is_runtime_name(name: &str) -> bool {
    const STARTS: [&str; 17] = [
        "std::",
        "core::",
        "alloc::",
        "__rust",
        "rust_panic",
        "rust_begin_unwind",
        "dlmalloc::",
        "wit_bindgen",
        "flow_like_wasm_sdk::",
        "~lib/",
        "_Py",
        "Py",
        // What wasi-libc makes its calls of.
        "__wasi",
        "__main_",
        "tcp_",
        "udp_",
        "ip_name_lookup_",
    ];
    const LIBC: [&str; 24] = [
        "_Exit",
        "abort",
        "accept",
        "accept4",
        "bind",
        "calloc",
        "close",
        "connect",
        "exit",
        "free",
        "freeaddrinfo",
        "getaddrinfo",
        "listen",
        "malloc",
        "poll",
        "read",
        "realloc",
        "recv",
        "recvfrom",
        "send",
        "sendto",
        "shutdown",
        "socket",
        "write",
    ];
    LIBC.contains(&name) || STARTS.iter().any(|start| implementor(name).starts_with(start)) || is_on_foreign_type(name)
}

/// The type that a Rust method belongs to; any other name as it is.
fn implementor(name: &str) -> &str {
    name.trim_start_matches(['<', '&', '('])
}

/// A method of a type without a path, such as `&str` or a tuple, is never the node's own.
fn is_on_foreign_type(name: &str) -> bool {
    let Some((own, _)) = name.strip_prefix('<').and_then(|rest| rest.split_once(" as ")) else { return false };
    !own.contains("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_rust_panic_among_other_lines() {
        let stderr = "starting\n\nthread '<unnamed>' panicked at src/lib.rs:58:9:\nindex out of bounds: the len is 3\nbut the index is 7\nnote: run with `RUST_BACKTRACE=1`\n";
        assert_eq!(
            last_words(stderr).as_deref(),
            Some("index out of bounds: the len is 3\nbut the index is 7 (src/lib.rs:58:9)")
        );
    }

    #[test]
    fn f32_errors_of_late_imports_come_with_the_remedy() {
        for (message, wanted) in [
            ("LookupError: unknown encoding: idna", "\"import encodings.idna\""),
            ("LookupError: unknown encoding: Latin-2 (app.py)", "\"import encodings.latin_2\""),
            ("ModuleNotFoundError: No module named 'http.client'", "\"import http.client\""),
        ] {
            let hint = hint(message).expect("a hint");
            assert!(hint.contains(wanted) && hint.contains("top of the node's sources"), "{hint}");
        }
        assert_eq!(hint("ValueError: too short"), None);
    }

    #[test]
    fn takes_the_last_line_of_a_traceback() {
        let stderr = "Traceback (most recent call last):\n  File \"app.py\", line 3, in run\nValueError: too short\n\n";
        assert_eq!(last_words(stderr).as_deref(), Some("ValueError: too short"));
        let carried = "Traceback (most recent call last):\n  File \"app.py\"\nKeyError: 'a'\nthread '<unnamed>' panicked at src/lib.rs:1:1:\nfailed\n";
        assert_eq!(last_words(carried).as_deref(), Some("KeyError: 'a'"), "the exception says more than the panic");
        assert_eq!(last_words("\n \n"), None, "white space says nothing");
    }

    #[test]
    fn takes_the_reason_above_the_traces_of_go() {
        let stderr = "working\npanic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.node(...)\n\t/node/main.go:82 +0x9\n";
        assert_eq!(last_words(stderr).as_deref(), Some("runtime error: index out of range [5] with length 3"));
        let thrown = "fatal error: out of memory\n\nruntime stack:\nruntime.throw(...)\n\ngoroutine 1 [running]:\n\nmain.node(...)\n\t/node/main.go:9 +0x2\n";
        assert_eq!(last_words(thrown).as_deref(), Some("out of memory"));
    }

    #[test]
    fn tells_the_nodes_own_frames_from_those_of_runtimes() {
        for runtime in [
            "std::net::tcp::TcpStream::connect",
            "<std::io::Error as core::fmt::Debug>::fmt",
            "<(&str, u16) as std::net::socket_addr::ToSocketAddrs>::to_socket_addrs",
            "<&alloc::string::String as core::fmt::Display>::fmt",
            "tcp_method_tcp_socket_start_connect",
            "getaddrinfo",
            "abort",
            "flow_like_wasm_sdk::_bindings::_export_run_cabi",
        ] {
            assert!(is_runtime_name(runtime), "{runtime}");
        }
        for own in ["redis_ping::ping", "<redis_ping::Node as core::fmt::Display>::fmt", "main.connect", "run", "ping"]
        {
            assert!(!is_runtime_name(own), "{own}");
        }
    }

    #[test]
    fn f24_only_mangled_names_are_demangled() {
        for name in
            ["f", "i", "x", "v", "run", "Z", "R", "ZN1a1bE", "RNvC1a1b", "_", "__", "_start", "_Zig", "_Raw", "St", ""]
        {
            assert_eq!(demangled(name), name);
        }
        for (name, expected) in [
            ("_Z1fv", "f()"),
            ("__Z1fv", "f()"),
            ("_ZN4node3runEv", "node::run()"),
            ("_RNvCs1234_7mycrate3foo", "mycrate::foo"),
            ("_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place"),
            ("__ZN4node5inner17h0123456789abcdefE", "node::inner"),
        ] {
            assert_eq!(demangled(name), expected, "{name}");
        }
    }

    #[test]
    fn demangles_rust_and_cpp() {
        assert_eq!(demangled("_ZN4node5inner17h0123456789abcdefE"), "node::inner");
        assert_eq!(demangled("_Z3addii"), "add(int, int)");
        assert_eq!(demangled("plain"), "plain");
    }
}
