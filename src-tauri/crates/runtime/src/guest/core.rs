//! Core modules: JSON through linear memory, WASI preview 1, the languages' own import patterns. Delegation only.
//!
//! A guest gets and gives text as pointer and length in its memory (`memory`), in buffers of its own `alloc`
//! (`buffers`). Host functions are in a `table`; `link` binds a module's imports to them, `serve` carries out a
//! call. What the functions do is the business of [`crate::host`].

mod buffers;
mod emscripten;
mod exports;
mod languages;
mod link;
mod memory;
mod serve;
mod signature;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use wasmtime::{AsContextMut as _, Store, TypedFunc};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

use self::buffers::{Arena, Exports};
use self::exports::Offers;
use self::languages::Printed;
pub use self::link::linked_functions;
use self::memory::Slice;
use self::serve::Sockets;
use super::fault::Fault;
use super::stdio::LogStream;
use super::{DefinitionText, Failed, store};
use crate::artifact::Artifact;
use crate::engine::Engine;
use crate::error::{LoadError, WrongItem};
use crate::event::{Level, LogSource};
use crate::host::HostState;
use crate::text::quoted;

/// The one argument that a guest is started with.
const PROGRAM_NAME: &str = "flow-like-wasm-node";

/// Random bytes of one call: they are made at once, on the thread that runs the guest.
const MOST_RANDOM: u64 = 4 << 20;

/// A compiled and linked core module.
pub struct Linked {
    links: link::Links,
    offers: Offers,
}

/// An instance with its store.
pub struct Instance {
    store: Store<State>,
    instance: wasmtime::Instance,
    exports: Arc<Exports>,
    offers: Offers,
}

/// What a core module's store holds.
pub struct State {
    host: HostState,
    /// Made at the first call of a WASI function: most nodes call none.
    p1: Option<Box<WasiP1Ctx>>,
    stdout: LogStream,
    stderr: LogStream,
    exports: Option<Arc<Exports>>,
    /// Buffers that the guest was given in the current call.
    handed_out: Vec<Slice>,
    arena: Arena,
    /// How many calls into the guest are under way inside each other.
    depth: u32,
    sockets: Sockets,
    printed: Printed,
    /// The upper half of a 64-bit result, as Emscripten passes it.
    temp_ret: i32,
}

impl State {
    fn new(host: HostState) -> Self {
        let events = &host.run.events;
        let stdout = LogStream::new(events.clone(), LogSource::Stdout, None);
        let stderr = LogStream::new(events.clone(), LogSource::Stderr, Some(Arc::clone(&host.stderr_tail)));
        Self {
            host,
            p1: None,
            stdout,
            stderr,
            exports: None,
            handed_out: Vec::new(),
            arena: Arena::default(),
            depth: 0,
            sockets: Sockets::default(),
            printed: Printed::default(),
            temp_ret: 0,
        }
    }

    /// A WASI world with nothing in it: no environment, no directories, no input, no network.
    fn p1(&mut self) -> &mut WasiP1Ctx {
        let Self { p1, stdout, stderr, .. } = self;
        p1.get_or_insert_with(|| {
            let mut wasi = WasiCtxBuilder::new();
            wasi.arg(PROGRAM_NAME).stdout(stdout.clone()).stderr(stderr.clone()).max_random_size(MOST_RANDOM);
            Box::new(wasi.build_p1())
        })
    }

    fn output(&self) -> Output {
        Output([self.stdout.clone(), self.stderr.clone()])
    }
}

impl Linked {
    pub fn new(_engine: &Engine, code: wasmtime::Module, artifact: &Artifact) -> Result<Self, LoadError> {
        Self::link(&code).map_err(|error| unwrapped(artifact).unwrap_or(error))
    }

    fn link(module: &wasmtime::Module) -> Result<Self, LoadError> {
        let offers = exports::check(module)?;
        Ok(Self { links: link::link(module)?, offers })
    }

    /// Imports that nothing serves: a call of one of them traps.
    pub fn missing_imports(&self) -> &[WrongItem] {
        &self.links.missing
    }

    pub async fn instantiate(&self, state: HostState) -> Result<Instance, Failed> {
        let mut store = Store::new(self.links.pre.module().engine(), State::new(state));
        match self.start(&mut store).await {
            Ok((instance, exports)) => Ok(Instance { store, instance, exports, offers: self.offers }),
            Err(error) => {
                store.data().output().flush().await;
                Err(Failed { error, state: Box::new(store.into_data().host) })
            }
        }
    }

    /// The start section, `_initialize`, `_start`.
    async fn start(&self, store: &mut Store<State>) -> wasmtime::Result<(wasmtime::Instance, Arc<Exports>)> {
        store::prepare(store, |state| &mut state.host, |_| {})?;
        let instance = self.links.pre.instantiate_async(&mut *store).await?;
        let exports = Exports::of(store.as_context_mut(), instance);
        let exports = exports.ok_or_else(|| Fault::bad_abi("memory", "the guest exports no memory of this name"))?;
        let exports = Arc::new(exports);
        store.data_mut().exports = Some(exports.clone());
        for name in ["_initialize", "_start"] {
            if let Ok(function) = instance.get_typed_func::<(), ()>(&mut *store, name) {
                ended_well(function.call_async(&mut *store, ()).await)?;
            }
        }
        store.data().output().flush().await;
        Ok((instance, exports))
    }
}

/// Whether a module that is no node is one that was meant to be wrapped in a component. Its functions have the names
/// that the component model gives them, and linkers leave the types in a section of their own.
fn unwrapped(artifact: &Artifact) -> Option<LoadError> {
    let is_interface = |name: &str| name.contains(':') && name.contains('/');
    let canonical = |name: &str| {
        let name = name.strip_prefix("[async-lift]").unwrap_or(name);
        let is_node = ["get-node", "get-nodes", "get-abi-version"].contains(&name);
        is_node || name.starts_with("cabi_") || name.split_once('#').is_some_and(|(module, _)| is_interface(module))
    };
    let import = artifact.imports.iter().find(|item| is_interface(&item.module) || item.module == "$root");
    let export = artifact.exports.iter().find(|item| canonical(&item.name));
    let sign = match (import, export) {
        (Some(import), _) => format!("it imports {}", quoted(&import.module)),
        (None, Some(export)) => format!("it exports {}", quoted(&export.name)),
        (None, None) if artifact.has_component_type => "it has a section with a component's types".to_owned(),
        (None, None) => return None,
    };
    let adapt = artifact.imports.iter().any(|item| item.module == "wasi_snapshot_preview1");
    Some(LoadError::Unwrapped { sign, adapt })
}

/// A start function may end by exiting: `proc_exit(0)` is how many a `main` returns.
fn ended_well(started: wasmtime::Result<()>) -> wasmtime::Result<()> {
    match started {
        Err(error) if error.downcast_ref::<I32Exit>().is_some_and(|exit| exit.0 == 0) => Ok(()),
        started => started.map_err(name_exit),
    }
}

/// Gives an exit its own type, and keeps what else the error knows, such as the backtrace.
fn name_exit(error: wasmtime::Error) -> wasmtime::Error {
    match error.downcast_ref::<I32Exit>() {
        Some(&I32Exit(code)) => error.context(Fault::Exit(code)),
        None => error,
    }
}

/// What a guest prints. Dropped when a call is given up half way, it still tells what there is room for, before the
/// call's end is told.
struct Output([LogStream; 2]);

impl Output {
    async fn flush(&self) {
        for stream in &self.0 {
            stream.flush_line().await;
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.0.iter().for_each(LogStream::try_flush_line);
    }
}

impl Instance {
    pub async fn definitions(&mut self, single: bool) -> wasmtime::Result<DefinitionText> {
        let output = self.begin_call();
        let export = if self.offers.get_nodes && !(single && self.offers.get_node) { "get_nodes" } else { "get_node" };
        let mut notes = Vec::new();
        let json = self.call_definitions(export, &mut notes).await.map_err(name_exit);
        let abi_version = match &json {
            Ok(_) => self.call_abi_version(&mut notes).await,
            Err(_) => None,
        };
        self.end_call(json.is_ok()).await;
        output.flush().await;
        Ok(DefinitionText { json: json?, abi_version, notes, fallback: None })
    }

    pub async fn run(&mut self, input: &str) -> wasmtime::Result<String> {
        let output = self.begin_call();
        let mut notes = Vec::new();
        let result = self.call_run(input, &mut notes).await.map_err(name_exit);
        for note in notes {
            self.state().run.events.host(Level::Warn, note).await;
        }
        self.end_call(result.is_ok()).await;
        output.flush().await;
        result
    }

    pub fn state(&mut self) -> &mut HostState {
        &mut self.store.data_mut().host
    }

    pub fn fuel_left(&self) -> Option<u64> {
        self.store.get_fuel().ok()
    }

    fn begin_call(&mut self) -> Output {
        let state = self.store.data_mut();
        // A call before this one may have been given up inside.
        state.depth = 0;
        state.output()
    }

    /// Frees what the guest was given. After a trap nothing more is asked of it.
    async fn end_call(&mut self, went_well: bool) {
        if went_well && let Err(error) = buffers::free_all(self.store.as_context_mut(), &self.exports).await {
            let message = format!("the node's dealloc failed after the call: {}", error.root_cause());
            self.state().run.events.host(Level::Warn, message).await;
        }
        self.store.data_mut().handed_out.clear();
    }

    async fn call_definitions(&mut self, export: &str, notes: &mut Vec<String>) -> wasmtime::Result<String> {
        let function = self.instance.get_typed_func::<(), u64>(&mut self.store, export)?;
        let packed = function.call_async(&mut self.store, ()).await?;
        self.read_document(export, packed, notes)
    }

    async fn call_run(&mut self, input: &str, notes: &mut Vec<String>) -> wasmtime::Result<String> {
        let function: TypedFunc<(u32, u32), u64> = self.instance.get_typed_func(&mut self.store, "run")?;
        let given = buffers::give(self.store.as_context_mut(), &self.exports, input.as_bytes(), "run").await?;
        let packed = function.call_async(&mut self.store, (given.pointer, given.length)).await?;
        let document = self.read_document("run", packed, notes)?;
        buffers::remember(self.store.data_mut(), given);
        Ok(document)
    }

    async fn call_abi_version(&mut self, notes: &mut Vec<String>) -> Option<String> {
        if !self.offers.abi_version {
            if let Some(wasmtime::ExternType::Func(ty)) =
                self.instance.module(&self.store).get_export("get_abi_version")
            {
                let found = signature::function(&ty);
                notes.push(format!("get_abi_version has type {found}, wanted () -> i32; it was not called"));
            }
            return None;
        }
        let function = self.instance.get_typed_func::<(), u32>(&mut self.store, "get_abi_version").ok()?;
        match function.call_async(&mut self.store, ()).await {
            Ok(version) => Some(version.to_string()),
            Err(error) => {
                notes.push(format!("get_abi_version failed: {}", error.root_cause()));
                None
            }
        }
    }

    /// Copies a document that an export returned. The guest keeps its buffer.
    fn read_document(&mut self, export: &str, packed: u64, notes: &mut Vec<String>) -> wasmtime::Result<String> {
        let slice = Slice::unpack(packed).ok_or_else(|| Fault::NoOutput { export: export.to_owned() })?;
        let (size, limit) = (u64::from(slice.length), self.state().run.limits.output);
        if size > limit {
            return Err(Fault::OutputTooLarge { export: export.to_owned(), size, limit }.into());
        }
        let bytes = slice.bytes(self.exports.memory.data(&self.store), export)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let at = error.valid_up_to();
                notes.push(format!("{export} returned text that is not UTF-8 at byte {at}; that part was replaced"));
                Ok(String::from_utf8_lossy(bytes).into_owned())
            }
        }
    }
}
