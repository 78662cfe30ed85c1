//! Imports that come from a language's runtime rather than from the SDK: AssemblyScript, Emscripten, TinyGo, MoonBit.
//!
//! None of them reaches out of the sandbox. Each is bound by the type that the guest imports it with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{Caller, FuncType, Trap, Val, ValType};

use super::memory::utf16_text;
use super::{State, emscripten, serve, signature};
use crate::guest::fault::Fault;
use crate::host::RunContext;

/// One import of a language's runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runtime {
    /// AssemblyScript: message, file, line and column.
    Abort,
    /// C's abort, without a word.
    PlainAbort,
    /// AssemblyScript's `console.log`.
    ConsoleLog,
    MemoryGrowth,
    /// `dup3`: there are no files to duplicate.
    Dup3,
    ThrowLongjmp,
    Invoke,
    /// TinyGo's clock: nanoseconds as `i64`, milliseconds as `f64`.
    Ticks,
    SleepTicks,
    /// The test host of the WebAssembly specification, used by MoonBit for output.
    PrintChar,
    Print,
}

/// ENOSYS of wasm32-emscripten's system calls, negated as the kernel does.
const NO_SUCH_CALL: i32 = -38;

/// What serves the import; `None`: nothing here does.
pub(super) fn find(module: &str, name: &str, ty: &FuncType) -> Option<Runtime> {
    let text = signature::function(ty);
    match (module, name, text.as_str()) {
        ("env", "abort", "(i32, i32, i32, i32) -> ()") => Some(Runtime::Abort),
        ("env", "abort", "() -> ()") => Some(Runtime::PlainAbort),
        ("env", "console.log", "(i32) -> ()") => Some(Runtime::ConsoleLog),
        ("env", "emscripten_notify_memory_growth", "(i32) -> ()") => Some(Runtime::MemoryGrowth),
        ("env", "__syscall_dup3", "(i32, i32, i32) -> i32") => Some(Runtime::Dup3),
        ("env", "_emscripten_throw_longjmp", "() -> ()") => Some(Runtime::ThrowLongjmp),
        ("env", _, _) if emscripten::is_invoke(name, ty) => Some(Runtime::Invoke),
        ("gojs", "runtime.ticks", "() -> i64" | "() -> f64") => Some(Runtime::Ticks),
        ("gojs", "runtime.sleepTicks", "(i64) -> ()" | "(f64) -> ()") => Some(Runtime::SleepTicks),
        ("spectest", "print_char", "(i32) -> ()") => Some(Runtime::PrintChar),
        ("spectest", _, _) if is_print(name, ty) => Some(Runtime::Print),
        _ => None,
    }
}

/// All names, for the list of what is linked. Where a name stands for a family its pattern is given.
pub(super) const NAMES: &[(&str, &str)] = &[
    ("env", "abort"),
    ("env", "console.log"),
    ("env", "emscripten_notify_memory_growth"),
    ("env", "__syscall_dup3"),
    ("env", "_emscripten_throw_longjmp"),
    ("env", "invoke_*"),
    ("gojs", "runtime.ticks"),
    ("gojs", "runtime.sleepTicks"),
    ("spectest", "print_char"),
    ("spectest", "print*"),
];

/// The type that a name has here, where it has one.
pub(super) fn types(module: &str, name: &str) -> Option<&'static str> {
    Some(match (module, name) {
        ("env", "abort") => "(i32, i32, i32, i32) -> ()",
        ("env", "console.log" | "emscripten_notify_memory_growth") | ("spectest", "print_char") => "(i32) -> ()",
        ("env", "__syscall_dup3") => "(i32, i32, i32) -> i32",
        ("env", "_emscripten_throw_longjmp") => "() -> ()",
        ("gojs", "runtime.ticks") => "() -> i64|f64",
        ("gojs", "runtime.sleepTicks") => "(i64|f64) -> ()",
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
            Self::MemoryGrowth => None,
            Self::Dup3 => Some(Val::I32(NO_SUCH_CALL)),
            Self::ConsoleLog => {
                let text = number(params, 0).and_then(|pointer| assembly_script_text(caller, pointer));
                print(caller, &format!("{}\n", text.unwrap_or_default())).await?;
                None
            }
            Self::Ticks => Some(ticks(caller.data(), ty)),
            Self::SleepTicks => {
                let run = Arc::clone(&caller.data().host.run);
                sleep(&run, params).await?;
                None
            }
            Self::PrintChar => {
                let unit = number(params, 0).unwrap_or(0);
                if let Some(text) = caller.data_mut().printed.push(unit) {
                    print(caller, &text).await?;
                }
                None
            }
            Self::Print => {
                let numbers: Vec<String> = params.iter().map(show).collect();
                print(caller, &format!("{}\n", numbers.join(" "))).await?;
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
    let elapsed = state.host.run.clock.elapsed();
    if ty.result(0).is_some_and(|result| result.is_f64()) {
        Val::F64((elapsed.as_secs_f64() * 1000.0).to_bits())
    } else {
        Val::I64(i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX))
    }
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

async fn print(caller: &mut Caller<'_, State>, text: &str) -> wasmtime::Result<()> {
    let stdout = caller.data().stdout.clone();
    stdout.print(text.as_bytes()).await;
    Ok(())
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
