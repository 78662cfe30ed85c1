//! Imports that come from a language's runtime rather than from the SDK: AssemblyScript, Emscripten, TinyGo, MoonBit.
//!
//! None of them reaches out of the sandbox. Each is bound by the type that the guest imports it with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{Caller, FuncType, Trap, Val, ValType};

use super::memory::{self, utf16_text};
use super::{State, emscripten, serve, signature};
use crate::event::Level;
use crate::guest::fault::Fault;
use crate::host::{Call, RunContext};

/// What serves an import of a language's runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runtime {
    /// AssemblyScript: message, file, line and column.
    Abort,
    /// C's abort, without a word.
    PlainAbort,
    /// C's `assert`: condition, file, line and function.
    AssertFail,
    /// AssemblyScript's `console`.
    Console(Stream),
    /// Emscripten's, with C strings.
    CConsole(Stream),
    /// AssemblyScript's `trace`: a message and up to five numbers.
    Trace,
    /// Milliseconds since the run began.
    Milliseconds,
    /// Asked for nothing but that it returns.
    Nothing,
    One,
    /// A system call of Emscripten: there are no files and no processes.
    NoSuchCall,
    ThrowLongjmp,
    Invoke,
    SetTempRet,
    GetTempRet,
    MemoryCopy,
    ResizeHeap,
    /// TinyGo's clock: nanoseconds as `i64`, milliseconds as `f64`.
    Ticks,
    SleepTicks,
    /// The test host of the WebAssembly specification, used by MoonBit for output.
    PrintChar,
    Print,
}

/// Where a line goes that a guest writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

/// ENOSYS of wasm32-emscripten's system calls, negated as the kernel does.
const NO_SUCH_CALL: i32 = -38;

/// Module, name, the types that are served, and what serves them. A name that ends in `*` stands for a family.
type Row = (&'static str, &'static str, &'static [&'static str], Runtime);

const NONE: &[&str] = &["() -> ()"];
const ONE_IN: &[&str] = &["(i32) -> ()"];
const FOUR_IN: &[&str] = &["(i32, i32, i32, i32) -> ()"];
const ONE_OUT: &[&str] = &["() -> i32"];
const TIME: &[&str] = &["() -> f64"];
const COPY: &[&str] = &["(i32, i32, i32) -> ()", "(i32, i32, i32) -> i32"];

const ROWS: &[Row] = &[
    ("env", "abort", FOUR_IN, Runtime::Abort),
    ("env", "abort", NONE, Runtime::PlainAbort),
    ("env", "_abort_js", NONE, Runtime::PlainAbort),
    ("env", "__assert_fail", FOUR_IN, Runtime::AssertFail),
    ("env", "trace", &["(i32, i32, f64, f64, f64, f64, f64) -> ()"], Runtime::Trace),
    ("env", "performance.now", TIME, Runtime::Milliseconds),
    ("env", "console.log", ONE_IN, Runtime::Console(Stream::Out)),
    ("env", "console.info", ONE_IN, Runtime::Console(Stream::Out)),
    ("env", "console.debug", ONE_IN, Runtime::Console(Stream::Out)),
    ("env", "console.warn", ONE_IN, Runtime::Console(Stream::Err)),
    ("env", "console.error", ONE_IN, Runtime::Console(Stream::Err)),
    ("env", "emscripten_console_log", ONE_IN, Runtime::CConsole(Stream::Out)),
    ("env", "emscripten_console_warn", ONE_IN, Runtime::CConsole(Stream::Err)),
    ("env", "emscripten_console_error", ONE_IN, Runtime::CConsole(Stream::Err)),
    ("env", "emscripten_out", ONE_IN, Runtime::CConsole(Stream::Out)),
    ("env", "_emscripten_out", ONE_IN, Runtime::CConsole(Stream::Out)),
    ("env", "emscripten_err", ONE_IN, Runtime::CConsole(Stream::Err)),
    ("env", "_emscripten_err", ONE_IN, Runtime::CConsole(Stream::Err)),
    ("env", "emscripten_get_now", TIME, Runtime::Milliseconds),
    ("env", "_emscripten_get_now_is_monotonic", ONE_OUT, Runtime::One),
    ("env", "emscripten_notify_memory_growth", ONE_IN, Runtime::Nothing),
    ("env", "emscripten_resize_heap", &["(i32) -> i32"], Runtime::ResizeHeap),
    ("env", "emscripten_memcpy_big", COPY, Runtime::MemoryCopy),
    ("env", "emscripten_memcpy_js", COPY, Runtime::MemoryCopy),
    ("env", "_emscripten_memcpy_js", COPY, Runtime::MemoryCopy),
    ("env", "setTempRet0", ONE_IN, Runtime::SetTempRet),
    ("env", "getTempRet0", ONE_OUT, Runtime::GetTempRet),
    ("env", "_emscripten_tempret_set", ONE_IN, Runtime::SetTempRet),
    ("env", "_emscripten_tempret_get", ONE_OUT, Runtime::GetTempRet),
    ("env", "_emscripten_throw_longjmp", NONE, Runtime::ThrowLongjmp),
    ("gojs", "runtime.ticks", &["() -> i64", "() -> f64"], Runtime::Ticks),
    ("gojs", "runtime.sleepTicks", &["(i64) -> ()", "(f64) -> ()"], Runtime::SleepTicks),
    ("spectest", "print_char", ONE_IN, Runtime::PrintChar),
    ("env", "__syscall_*", &[], Runtime::NoSuchCall),
    ("env", "invoke_*", &[], Runtime::Invoke),
    ("spectest", "print*", &[], Runtime::Print),
];

/// What serves the import; `None`: nothing here does.
pub(super) fn find(module: &str, name: &str, ty: &FuncType) -> Option<Runtime> {
    let text = signature::function(ty);
    let fits = |row: &&Row| match row.1.strip_suffix('*') {
        Some(start) => name.starts_with(start) && fits_family(row.3, name, ty),
        None => row.1 == name && row.2.contains(&text.as_str()),
    };
    ROWS.iter().filter(|row| row.0 == module).find(fits).map(|row| row.3)
}

fn fits_family(runtime: Runtime, name: &str, ty: &FuncType) -> bool {
    match runtime {
        Runtime::NoSuchCall => ty.results().len() == 1 && ty.result(0).is_some_and(|result| result.is_i32()),
        Runtime::Invoke => emscripten::is_invoke(name, ty),
        Runtime::Print => is_print(name, ty),
        _ => false,
    }
}

/// All names, for the list of what is linked. A family is listed by its pattern.
pub(super) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().map(|row| (row.0, row.1))
}

/// The types that a name has here.
pub(super) fn types(module: &str, name: &str) -> impl Iterator<Item = &'static str> {
    ROWS.iter().filter(move |row| row.0 == module && row.1 == name).flat_map(|row| row.2).copied()
}

/// The next step for an import of a runtime that cannot be had here.
pub(super) fn advice(module: &str, name: &str) -> Option<&'static str> {
    const EXCEPTIONS: [&str; 5] =
        ["__cxa_", "__resumeException", "llvm_eh_typeid_for", "__gxx_personality", "_Unwind_"];
    const BINDINGS: [&str; 7] = ["console.", "crypto.", "document.", "Math.", "process.", "Reflect.", "window."];
    let starts = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    Some(match module {
        "gojs" => "it needs a JavaScript engine",
        "env" if starts(&EXCEPTIONS) => {
            "C++ exceptions of this form need JavaScript; build with -fwasm-exceptions -sWASM_LEGACY_EXCEPTIONS=0, or with -fno-exceptions"
        }
        "env" if starts(&BINDINGS) => "it is a binding to JavaScript, which is not there; do without it",
        "env" if name.starts_with("emscripten_longjmp") || name == "longjmp" => {
            "build with -sSUPPORT_LONGJMP=emscripten of Emscripten 2.0.5 or newer"
        }
        "env" if name.contains("emscripten") || name.starts_with("em_") => {
            "it needs Emscripten's JavaScript; build with -sSTANDALONE_WASM and do without what needs a browser"
        }
        "wbg" | "__wbindgen_placeholder__" | "__wbindgen_externref_xform__" => {
            "wasm-bindgen needs a JavaScript engine; do without the crates that use it"
        }
        "wasi_unstable" => "this is WASI preview 0; build against wasi_snapshot_preview1",
        "wasi" => "threads are not served; build without them",
        _ if module.starts_with("wasi_ephemeral_") => "this draft of WASI is not served; do without it",
        _ if module.contains(':') && module.contains('/') => {
            "this is an interface of components: wrap the file with wasm-tools component new, or build for wasm32-wasip2"
        }
        _ if module.len() == 1 && name.len() <= 2 => {
            "the names were minified; with Emscripten, build with -sSTANDALONE_WASM"
        }
        _ => return None,
    })
}

fn is_print(name: &str, ty: &FuncType) -> bool {
    let is_number = |param: ValType| matches!(param, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64);
    name.starts_with("print") && ty.results().len() == 0 && ty.params().all(is_number)
}

impl Runtime {
    pub async fn serve(
        self,
        caller: &mut Caller<'_, State>,
        ty: &FuncType,
        params: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        let answer = match self {
            Self::Abort => return Err(abort(caller, params)),
            Self::PlainAbort => return Err(Fault::Abort { message: "abort was called".to_owned() }.into()),
            Self::ThrowLongjmp => return Err(Fault::Longjmp.into()),
            Self::Invoke => return emscripten::invoke(caller, ty, params, results).await,
            Self::AssertFail => return Err(assert_failed(caller, params)),
            Self::Nothing => None,
            Self::One => Some(Val::I32(1)),
            Self::NoSuchCall => Some(Val::I32(NO_SUCH_CALL)),
            Self::Console(stream) => {
                let text = number(params, 0).and_then(|pointer| assembly_script_text(caller, pointer));
                write(caller, stream, &format!("{}\n", text.unwrap_or_default())).await;
                None
            }
            Self::CConsole(stream) => {
                let text = number(params, 0).and_then(|pointer| c_text(caller, pointer));
                write(caller, stream, &format!("{}\n", text.unwrap_or_default())).await;
                None
            }
            Self::Trace => {
                let message = trace(caller, params);
                caller.data_mut().host.call(Call::Log { level: Level::Debug as u8, message: &message }).await;
                None
            }
            Self::Milliseconds => Some(Val::F64(milliseconds(caller.data()).to_bits())),
            Self::SetTempRet => {
                caller.data_mut().temp_ret = params.first().and_then(Val::i32).unwrap_or(0);
                None
            }
            Self::GetTempRet => Some(Val::I32(caller.data().temp_ret)),
            Self::MemoryCopy => {
                emscripten::copy(caller, params)?;
                // Emscripten's oldest form returns where it copied to.
                params.first().cloned().filter(|_| !results.is_empty())
            }
            Self::ResizeHeap => Some(emscripten::resize_heap(caller, number(params, 0).unwrap_or(0)).await?),
            Self::Ticks => Some(ticks(caller.data(), ty)),
            Self::SleepTicks => {
                let run = Arc::clone(&caller.data().host.run);
                sleep(&run, params).await?;
                None
            }
            Self::PrintChar => {
                let unit = number(params, 0).unwrap_or(0);
                if let Some(text) = caller.data_mut().printed.push(unit) {
                    write(caller, Stream::Out, &text).await;
                }
                None
            }
            Self::Print => {
                let numbers: Vec<String> = params.iter().map(show).collect();
                write(caller, Stream::Out, &format!("{}\n", numbers.join(" "))).await;
                None
            }
        };
        if let (Some(result), Some(answer)) = (results.first_mut(), answer) {
            *result = answer;
        }
        Ok(())
    }
}

fn number(params: &[Val], at: usize) -> Option<u32> {
    params.get(at).and_then(Val::i32).map(|number| number as u32)
}

fn assembly_script_text(caller: &mut Caller<'_, State>, pointer: u32) -> Option<String> {
    let memory = serve::exports(caller, "env.abort").ok()?.memory;
    utf16_text(memory.data(&*caller), pointer)
}

fn c_text(caller: &mut Caller<'_, State>, pointer: u32) -> Option<String> {
    let memory = serve::exports(caller, "env").ok()?.memory;
    memory::c_text(memory.data(&*caller), pointer)
}

/// `trace: message 1, 2.5`, as AssemblyScript's own loader writes it.
fn trace(caller: &mut Caller<'_, State>, params: &[Val]) -> String {
    let message = number(params, 0).and_then(|pointer| assembly_script_text(caller, pointer)).unwrap_or_default();
    let count = number(params, 1).unwrap_or(0) as usize;
    let numbers: Vec<String> = params.iter().skip(2).take(count).map(show).collect();
    format!("trace: {message} {}", numbers.join(", ")).trim_end().to_owned()
}

/// Records which assertion did not hold, and stops the guest.
fn assert_failed(caller: &mut Caller<'_, State>, params: &[Val]) -> wasmtime::Error {
    let [condition, file] = [0, 1].map(|at| number(params, at).and_then(|pointer| c_text(caller, pointer)));
    let place = file.map(|file| format!(" (in {file}:{})", number(params, 2).unwrap_or(0))).unwrap_or_default();
    let message = format!("assertion failed: {}{place}", condition.as_deref().unwrap_or("?"));
    caller.data_mut().host.abort_message = Some(message.clone());
    Fault::Abort { message }.into()
}

/// Records what an AssemblyScript guest says when it gives up, and stops it.
fn abort(caller: &mut Caller<'_, State>, params: &[Val]) -> wasmtime::Error {
    let text = |caller: &mut Caller<'_, State>, at| {
        number(params, at).filter(|pointer| *pointer != 0).and_then(|pointer| assembly_script_text(caller, pointer))
    };
    let mut message = text(caller, 0).filter(|text| !text.is_empty()).unwrap_or_else(|| "abort was called".to_owned());
    if let Some(file) = text(caller, 1).filter(|file| !file.is_empty()) {
        let [line, column] = [2, 3].map(|at| number(params, at).unwrap_or(0));
        message = format!("{message} (in {file}:{line}:{column})");
    }
    caller.data_mut().host.abort_message = Some(message.clone());
    Fault::Abort { message }.into()
}

/// Time since the run began: TinyGo only looks at differences.
fn ticks(state: &State, ty: &FuncType) -> Val {
    if ty.result(0).is_some_and(|result| result.is_f64()) {
        Val::F64(milliseconds(state).to_bits())
    } else {
        Val::I64(i64::try_from(state.host.run.clock.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }
}

fn milliseconds(state: &State) -> f64 {
    state.host.run.clock.elapsed().as_secs_f64() * 1000.0
}

/// Sleeps for the guest. A run that is cancelled in the meantime is interrupted like a loop would be.
async fn sleep(run: &RunContext, params: &[Val]) -> wasmtime::Result<()> {
    let duration = match params.first() {
        Some(Val::I64(nanoseconds)) => Duration::from_nanos(u64::try_from(*nanoseconds).unwrap_or(0)),
        Some(Val::F64(bits)) => {
            let seconds = f64::from_bits(*bits) / 1000.0;
            // Negative, endless or not a number: nothing that one can wait for.
            Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
        }
        _ => Duration::ZERO,
    };
    // Longer than any run: the run's own limit ends it.
    let duration = duration.min(Duration::from_secs(24 * 60 * 60));
    let until = Instant::now() + duration;
    tokio::select! {
        () = tokio::time::sleep_until(until.into()) => Ok(()),
        () = run.cancel.cancelled() => Err(Trap::Interrupt.into()),
    }
}

async fn write(caller: &mut Caller<'_, State>, stream: Stream, text: &str) {
    let stream = match stream {
        Stream::Out => caller.data().stdout.clone(),
        Stream::Err => caller.data().stderr.clone(),
    };
    stream.print(text.as_bytes()).await;
}

fn show(value: &Val) -> String {
    match value {
        Val::I32(number) => number.to_string(),
        Val::I64(number) => number.to_string(),
        Val::F32(bits) => f32::from_bits(*bits).to_string(),
        Val::F64(bits) => f64::from_bits(*bits).to_string(),
        _ => String::new(),
    }
}

/// Characters that arrive one by one, as code points or as UTF-16 units.
#[derive(Default)]
pub(super) struct Printed {
    high: Option<u16>,
}

impl Printed {
    /// The text that is complete with this unit; `None`: the first half of a pair.
    fn push(&mut self, unit: u32) -> Option<String> {
        let half = u16::try_from(unit).ok().filter(|half| (0xD800..0xE000).contains(half));
        match (self.high.take(), half) {
            (None, Some(half)) if half < 0xDC00 => {
                self.high = Some(half);
                None
            }
            (None, _) => Some(char::from_u32(unit).unwrap_or('\u{FFFD}').to_string()),
            (Some(high), Some(low)) => Some(String::from_utf16_lossy(&[high, low])),
            (Some(_), None) => Some(format!("\u{FFFD}{}", char::from_u32(unit).unwrap_or('\u{FFFD}'))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn printed_units_become_characters() {
        let mut printed = Printed::default();
        let text: String = "ä🌍\n".encode_utf16().filter_map(|unit| printed.push(unit.into())).collect();
        assert_eq!(text, "ä🌍\n", "pairs are put together");
        assert_eq!(printed.push(0x1F30D).as_deref(), Some("🌍"), "a whole code point is one too");
        assert_eq!((printed.push(0xD800), printed.push(97).as_deref()), (None, Some("\u{FFFD}a")), "half a pair");
    }

    proptest! {
        #[test]
        fn no_unit_panics(units: Vec<u32>) {
            let mut printed = Printed::default();
            for unit in units {
                let _ = printed.push(unit);
            }
        }
    }
}
