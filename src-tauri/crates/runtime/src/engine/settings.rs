//! How wasmtime is set up, in one place: code that was compiled under other settings does not load, so the workbench
//! and its compile workers must agree on every switch.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use wasmtime::{CacheStore, Config, OptLevel, Strategy, WasmBacktraceDetails};

use crate::limits::MIB;

/// The stack a guest may use. Deep recursion in interpreters (Python, JavaScript) needs more than wasmtime's default.
const WASM_STACK: usize = MIB as usize;

/// Wasm frames and the frames of host functions that they call, on the stack of one call.
const CALL_STACK: usize = 2 * MIB as usize;

/// The settings of an engine; `functions` remembers compiled functions.
pub(super) fn config(fuel: bool, functions: Option<Arc<dyn CacheStore>>) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .parallel_compilation(true)
        .epoch_interruption(true)
        .consume_fuel(fuel)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(CALL_STACK)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        // Only native unwinders read it; guests' backtraces do without.
        .native_unwind_info(cfg!(windows));
    proposals(&mut config);
    if let Some(functions) = functions {
        config.enable_incremental_compilation(functions)?;
    }
    Ok(config)
}

/// What guests are built with today. Most are wasmtime's defaults; they stand here because a node that needs one must
/// not stop to load when a default changes.
fn proposals(config: &mut Config) {
    config
        .wasm_component_model(true)
        .wasm_reference_types(true)
        .wasm_function_references(true)
        .wasm_gc(true)
        .wasm_exceptions(true)
        .wasm_tail_call(true)
        .wasm_bulk_memory(true)
        .wasm_multi_value(true)
        .wasm_multi_memory(true)
        .wasm_memory64(true)
        .wasm_extended_const(true)
        .wasm_simd(true)
        .wasm_relaxed_simd(true)
        .wasm_threads(true)
        .wasm_wide_arithmetic(true);
}

/// Stands for all that decides whether compiled code fits an engine: wasmtime's version, target, CPU features and
/// every setting that shapes code.
pub(super) fn fingerprint(engine: &wasmtime::Engine) -> blake3::Hash {
    struct Feed(blake3::Hasher);
    impl Hasher for Feed {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut feed = Feed(blake3::Hasher::new());
    feed.write(super::wasmtime_version().as_bytes());
    engine.precompile_compatibility_hash().hash(&mut feed);
    feed.0.finalize()
}
