//! A run as somebody writes it who uses wasmtime and nothing else.

use wasmtime::component::types::{ComponentItem, Type};
use wasmtime::component::{self, ComponentExportIndex, ResourceTable, Val};
use wasmtime::{Engine, Module, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

const MEMORY: usize = 256 << 20;

/// What the trivial nodes of the workbench are called with.
const INPUT: &str = r#"{"node_id":"fixture","run_id":"0192f0c1a2b37d5e8f90a1b2c3d4e5f6","app_id":"workbench","board_id":"workbench","user_id":"workbench","stream_state":true,"log_level":0,"node_name":"fixture","inputs":{}}"#;

/// A node that is compiled and linked.
pub enum Bare {
    Component(component::InstancePre<State>, ComponentExportIndex),
    Core(wasmtime::InstancePre<State>),
}

pub struct State {
    limits: StoreLimits,
    /// Made at the first call of a WASI function.
    wasi: Option<Box<WasiCtx>>,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi.get_or_insert_with(|| Box::new(WasiCtx::builder().build()));
        WasiCtxView { ctx: wasi, table: &mut self.table }
    }
}

impl Bare {
    pub fn new(engine: &Engine, wasm: &[u8]) -> Self {
        match wasm.get(4..8) {
            Some([1, 0, 0, 0]) => {
                let module = Module::new(engine, wasm).expect("the node compiles");
                Self::Core(wasmtime::Linker::new(engine).instantiate_pre(&module).expect("the node imports nothing"))
            }
            _ => Self::component(engine, wasm).expect("the node compiles and links"),
        }
    }

    fn component(engine: &Engine, wasm: &[u8]) -> wasmtime::Result<Self> {
        let component = component::Component::new(engine, wasm)?;
        let mut linker = component::Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let imported = component.component_type();
        for (name, item) in imported.imports(engine) {
            let ComponentItem::ComponentInstance(interface) = item.ty else { continue };
            if !name.starts_with("flow-like:node/") {
                continue;
            }
            let mut instance = linker.instance(name)?;
            for (name, item) in interface.exports(engine) {
                let ComponentItem::ComponentFunc(_) = item.ty else { continue };
                instance.func_new_async(name, |_, ty, _, results| {
                    for (result, ty) in results.iter_mut().zip(ty.results()) {
                        *result = nothing(&ty);
                    }
                    Box::new(std::future::ready(Ok(())))
                })?;
            }
        }
        let run = component.get_export_index(None, "run").expect("a node has a run");
        Ok(Self::Component(linker.instantiate_pre(&component)?, run))
    }

    /// A fresh store, its instance, one call.
    pub async fn run(&self) -> String {
        match self {
            Self::Component(pre, run) => run_component(pre, run).await,
            Self::Core(pre) => run_core(pre).await,
        }
        .expect("the node runs through")
    }
}

fn store(engine: &Engine) -> Store<State> {
    let limits = StoreLimitsBuilder::new().memory_size(MEMORY).instances(100).tables(100).memories(100).build();
    let state = State { limits, wasi: None, table: ResourceTable::new() };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    store
}

async fn run_component(pre: &component::InstancePre<State>, run: &ComponentExportIndex) -> wasmtime::Result<String> {
    let mut store = store(pre.engine());
    let instance = pre.instantiate_async(&mut store).await?;
    let run = instance.get_typed_func::<(&str,), (String,)>(&mut store, run)?;
    let (result,) = run.call_async(&mut store, (INPUT,)).await?;
    Ok(result)
}

async fn run_core(pre: &wasmtime::InstancePre<State>) -> wasmtime::Result<String> {
    let mut store = store(pre.module().engine());
    let instance = pre.instantiate_async(&mut store).await?;
    let memory = instance.get_memory(&mut store, "memory").expect("a node has a memory");
    let alloc = instance.get_typed_func::<u32, u32>(&mut store, "alloc")?;
    let run = instance.get_typed_func::<(u32, u32), u64>(&mut store, "run")?;
    let length = INPUT.len() as u32;
    let at = alloc.call_async(&mut store, length).await?;
    memory.write(&mut store, at as usize, INPUT.as_bytes())?;
    let packed = run.call_async(&mut store, (at, length)).await?;
    let mut result = vec![0; (packed & 0xffff_ffff) as usize];
    memory.read(&store, (packed >> 32) as usize, &mut result)?;
    Ok(String::from_utf8(result)?)
}

/// What a host function answers that does nothing.
fn nothing(ty: &Type) -> Val {
    match ty {
        Type::Bool => Val::Bool(true),
        Type::U8 => Val::U8(0),
        Type::U64 => Val::U64(0),
        Type::Float64 => Val::Float64(0.0),
        Type::String => Val::String(String::new()),
        _ => Val::Option(None),
    }
}
