//! What a host call costs, and how fast a node can log.
//!
//! Each function is called [`CALLS`] times in a loop by a core module that does nothing else. Bare is the same loop
//! in plain wasmtime around an async host function that does nothing, so a ratio tells what the workbench adds: the
//! arguments read and checked in the guest's memory, the gate, the function itself, its event and its record.
//!
//! The flood is a node that logs 200,000 lines: through a whole run, with the record on disk, and on the same channel
//! with a consumer that only counts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::clock::RunClock;
use runtime::event::{EventBudget, EventKind, Events, RunId};
use runtime::host::{HostState, Meta, PackageKey, RunContext, RunShared};
use runtime::json::Json;
use runtime::limits::Limits;
use runtime::node::LoadedNode;
use runtime::permission::{DenyAll, Gate};
use runtime::run::{Run, RunOptions, Status};
use support::measure::{in_turns, median};
use support::{Bench, bench};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use wasmtime::{FuncType, Linker, Module, Store, ValType};

const CALLS: u32 = 50_000;
const ROUNDS: usize = 11;
const FLOOD: u32 = 200_000;

/// A host function with the arguments of its calls. Texts lie at 4096.
struct Function {
    name: &'static str,
    module: &'static str,
    function: &'static str,
    /// Types of parameters and result as in the text format.
    ty: &'static str,
    arguments: &'static str,
}

const fn function(
    name: &'static str,
    (module, function): (&'static str, &'static str),
    ty: &'static str,
    arguments: &'static str,
) -> Function {
    Function { name, module, function, ty, arguments }
}

/// `"text" "7" "ready"`, with their pointers and lengths.
const TEXTS: &str = "text7ready";
const NAME: &str = "(i32.const 4096) (i32.const 4)";
const BOTH: &str = "(i32.const 4096) (i32.const 4) (i32.const 4100) (i32.const 1)";

const FUNCTIONS: &[Function] = &[
    function("time_now", ("flowlike_meta", "time_now"), "(result i64)", ""),
    function("random", ("flowlike_meta", "random"), "(result i64)", ""),
    function("is_streaming", ("flowlike_meta", "is_streaming"), "(result i32)", ""),
    function("get_run_id", ("flowlike_meta", "get_run_id"), "(result i64)", ""),
    function("get_input", ("flowlike_pins", "get_input"), "(param i32 i32) (result i64)", NAME),
    function("set_output", ("flowlike_pins", "set_output"), "(param i32 i32 i32 i32)", BOTH),
    function("activate_exec", ("flowlike_pins", "activate_exec"), "(param i32 i32)", NAME),
    function("vars.get", ("flowlike_vars", "get"), "(param i32 i32) (result i64)", NAME),
    function("vars.set", ("flowlike_vars", "set"), "(param i32 i32 i32 i32)", BOTH),
    function("vars.has", ("flowlike_vars", "has"), "(param i32 i32) (result i32)", NAME),
    function("cache.set", ("flowlike_cache", "set"), "(param i32 i32 i32 i32)", BOTH),
    function("log", ("flowlike_log", "info"), "(param i32 i32)", NAME),
    function("stream.text", ("flowlike_stream", "text"), "(param i32 i32)", NAME),
];

impl Function {
    /// A node that calls the function `calls` times.
    fn wasm(&self, calls: u32) -> Vec<u8> {
        let Self { module, function, ty, arguments, .. } = self;
        let drop = if ty.contains("result") { "drop" } else { "" };
        let definition = r#"{"name":"bench","friendly_name":"Bench","description":"","category":"","pins":[]}"#;
        let (text, length) = (definition.replace('"', "\\\""), definition.len());
        let wat = format!(
            r#"(module
              (import "{module}" "{function}" (func $call {ty}))
              (memory (export "memory") 2)
              (data (i32.const 1024) "{text}")
              (data (i32.const 4096) "{TEXTS}")
              (data (i32.const 4352) "{{}}")
              (func (export "get_node") (result i64)
                (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {length})))
              (func (export "alloc") (param i32) (result i32) (i32.const 65536))
              (func (export "run") (param i32 i32) (result i64) (local $left i32)
                (local.set $left (i32.const {calls}))
                (loop $more
                  (call $call {arguments}) {drop}
                  (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                  (br_if $more (local.get $left)))
                (i64.or (i64.shl (i64.const 4352) (i64.const 32)) (i64.const 2))))"#
        );
        wat::parse_str(wat).expect("the node is written well")
    }
}

struct World {
    tokio: Runtime,
    bench: Bench,
}

impl World {
    fn new() -> Self {
        let tokio = Runtime::new().expect("a runtime starts");
        let bench = tokio.block_on(async { bench() });
        Self { tokio, bench }
    }

    fn node(&self, name: &str, wasm: &[u8]) -> Arc<LoadedNode> {
        let path = self.bench.file(&format!("{name}.wasm"), wasm);
        self.tokio.block_on(self.bench.load(path))
    }

    /// A run; the time from its first call to its last event, with a consumer beside it.
    fn run(&self, node: &Arc<LoadedNode>) -> Duration {
        self.tokio.block_on(async {
            let options = RunOptions::new(node.clone(), Arc::new(DenyAll));
            let (mut run, mut events) = Run::start(&self.bench.workbench, options);
            let consumer = tokio::spawn(async move {
                while let Some(event) = events.recv().await {
                    if matches!(event.kind, EventKind::Finished(_)) {
                        return;
                    }
                }
            });
            let started = Instant::now();
            let name = &node.definitions.first().expect("a node has a definition").name;
            let outcome = run.call(name, vec![("text".to_owned(), Json::string("value"))]).await;
            assert_eq!(outcome.status, Status::Ok, "the node runs through: {outcome:?}");
            consumer.await.expect("the consumer does not panic");
            started.elapsed()
        })
    }

    /// The guest on the event channel alone: no run around it, no record behind it.
    fn unrecorded(&self, node: &Arc<LoadedNode>) -> Duration {
        self.tokio.block_on(async {
            let (id, clock) = (RunId("bench".into()), RunClock::start());
            let (events, mut receiver) = Events::channel(id.clone(), clock.clone(), EventBudget::default());
            let consumer = tokio::spawn(async move { while receiver.recv().await.is_some() {} });
            let context = RunContext {
                id,
                clock,
                gate: Gate::closed(events.clone()),
                events,
                services: self.bench.workbench.services().clone(),
                package: PackageKey::new(PathBuf::new()),
                limits: Limits::default(),
                cancel: CancellationToken::new(),
                shared: RunShared::default(),
            };
            let started = Instant::now();
            let state = HostState::new(Arc::new(context), Meta::default());
            let Ok(mut instance) = node.guest.instantiate(state).await else { panic!("the node starts") };
            instance.run("{}").await.expect("the node runs through");
            drop(instance);
            consumer.await.expect("the consumer does not panic");
            started.elapsed()
        })
    }

    /// The same module, with a host function that does nothing.
    fn bare(&self, module: &Module) -> Duration {
        let engine = module.engine();
        let mut linker: Linker<()> = Linker::new(engine);
        for import in module.imports() {
            let ty = import.ty().func().expect("it imports functions only").clone();
            bind_nothing(&mut linker, import.module(), import.name(), ty);
        }
        self.tokio.block_on(async {
            let mut store = Store::new(engine, ());
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
            let instance = linker.instantiate_async(&mut store, module).await.expect("it links");
            let run = instance.get_typed_func::<(u32, u32), u64>(&mut store, "run").expect("a node has a run");
            let started = Instant::now();
            run.call_async(&mut store, (0, 0)).await.expect("the node runs through");
            started.elapsed()
        })
    }
}

fn bind_nothing(linker: &mut Linker<()>, module: &str, name: &str, ty: FuncType) {
    let result = ty.result(0);
    let bound = linker.func_new_async(module, name, ty, move |_, _, results| {
        if let Some((to, ty)) = results.first_mut().zip(result.as_ref()) {
            *to = if matches!(ty, ValType::I32) { 1.into() } else { 0_i64.into() };
        }
        Box::new(std::future::ready(Ok(())))
    });
    bound.expect("a name is bound once");
}

fn calls(world: &World) {
    println!("host calls, in nanoseconds each");
    for function in FUNCTIONS {
        let wasm = function.wasm(CALLS);
        let node = world.node(function.function, &wasm);
        let module = Module::new(node.engine.wasmtime(), &wasm).expect("it compiles");
        let compared = in_turns(ROUNDS, || world.run(&node) / CALLS, || world.bare(&module) / CALLS);
        println!("  {:<14} {compared}", function.name);
    }
}

fn flood(world: &World) {
    let Some(log) = FUNCTIONS.iter().find(|function| function.name == "log") else { return };
    let node = world.node("flood", &log.wasm(FLOOD));
    for (name, run) in
        [("recorded", World::run as fn(&World, &Arc<LoadedNode>) -> Duration), ("channel only", World::unrecorded)]
    {
        let time = median((0..ROUNDS).map(|_| run(world, &node)).collect());
        println!("log flood, {name}: {:.0} lines a second", f64::from(FLOOD) / time.as_secs_f64());
    }
}

/// Criterion has nothing to add: each number is a mean over a loop inside one run.
fn main() {
    let world = World::new();
    calls(&world);
    flood(&world);
}
