//! Linking a core module: each of its imports is bound to what serves it, by name and by the module's own type.
//!
//! What is not known is linked too, as a trap that names itself, and listed. Only memories, tables and globals that
//! the host should bring are refused, because no module can do without them.

use std::collections::HashMap;
use std::sync::OnceLock;

use wasmtime::{Engine, ExternType, FuncType, ImportType, InstancePre, Linker, Module, Store};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::{self, WasiP1Ctx};

use super::languages::{self, Runtime};
use super::serve::{self, Bound};
use super::table::FUNCTIONS;
use super::{State, signature};
use crate::error::{LoadError, WrongItem};
use crate::guest::fault::Fault;
use crate::permission::Capability;

const WASI: &str = "wasi_snapshot_preview1";

/// Real nodes import some dozens of functions. More than this is refused, because each costs time and memory.
const MOST_IMPORTS: usize = 10_000;

/// For how many unknown imports a name that is near is looked for.
const MOST_GUESSES: usize = 100;

/// A module with everything that it imports.
pub(super) struct Links {
    pub pre: InstancePre<State>,
    /// Imports that trap when they are called.
    pub missing: Vec<WrongItem>,
}

/// What an import is bound to.
enum Binding {
    Host(Bound),
    Runtime(Runtime),
    Wasi,
    Missing(WrongItem),
}

/// Every function that is linked, with the capability that it asks the gate for.
pub fn linked_functions() -> Vec<(String, Option<Capability>)> {
    let own = FUNCTIONS
        .iter()
        .flat_map(|function| function.names().map(|(module, name)| (format!("{module}.{name}"), function.needs)));
    let runtimes = languages::names().map(|(module, name)| (format!("{module}.{name}"), None));
    // Without directories, sockets, input and environment, preview 1 reaches clocks, randomness and the log.
    let wasi = wasi_functions().keys().map(|name| (format!("{WASI}.{name}"), None));
    let mut all: Vec<_> = own.chain(runtimes).chain(wasi).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The one place where a core module's imports are bound.
pub(super) fn link(module: &Module) -> Result<Links, LoadError> {
    refuse_foreign(module)?;
    let internal = |error: wasmtime::Error| LoadError::Internal { reason: format!("{error:#}") };
    let mut linker = Linker::new(module.engine());
    linker.allow_shadowing(true);
    if module.imports().any(|import| import.module() == WASI) {
        p1::add_to_linker_async(&mut linker, State::p1).map_err(internal)?;
    }
    let mut missing = Vec::new();
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        match find(&import, &ty, missing.len() < MOST_GUESSES) {
            Binding::Host(bound) => bind_host(&mut linker, &import, ty, bound),
            Binding::Runtime(runtime) => bind_runtime(&mut linker, &import, ty, runtime),
            Binding::Wasi => Ok(()),
            Binding::Missing(item) => {
                let bound = bind_trap(&mut linker, &import, ty, &item);
                missing.push(item);
                bound
            }
        }
        .map_err(internal)?;
    }
    let pre = linker.instantiate_pre(module).map_err(internal)?;
    Ok(Links { pre, missing })
}

/// Lists the imports that only another module could bring, and names that are imported with two types.
fn refuse_foreign(module: &Module) -> Result<(), LoadError> {
    let count = module.imports().len();
    if count > MOST_IMPORTS {
        let item = WrongItem {
            name: "imports".to_owned(),
            wanted: format!("at most {MOST_IMPORTS}"),
            found: Some(count.to_string()),
            nearest: None,
            advice: "remove those that the node does not need".to_owned(),
        };
        return Err(LoadError::Imports { items: vec![item] });
    }
    let mut seen = HashMap::new();
    let mut items = Vec::new();
    for import in module.imports() {
        let name = full_name(&import);
        let wanted = signature::item(&import.ty());
        if !matches!(import.ty(), ExternType::Func(_)) {
            let advice = "define it in the module itself: build a stand-alone node, not a part of a program".to_owned();
            items.push(WrongItem { name, wanted, found: None, nearest: None, advice });
        } else if let Some(first) = seen.insert((import.module(), import.name()), wanted.clone())
            && first != wanted
        {
            let advice = "a module must import a function with one type only".to_owned();
            items.push(WrongItem { name, wanted, found: Some(first), nearest: None, advice });
        }
    }
    if items.is_empty() { Ok(()) } else { Err(LoadError::Imports { items }) }
}

fn find(import: &ImportType<'_>, ty: &FuncType, guess: bool) -> Binding {
    let (module, name) = (import.module(), import.name());
    for function in FUNCTIONS.iter().filter(|function| function.is(module, name)) {
        if let Some(shape) = serve::fit(function, ty) {
            return Binding::Host(Bound { function, shape, name: function.spelling(module, name) });
        }
    }
    if let Some(runtime) = languages::find(module, name, ty) {
        return Binding::Runtime(runtime);
    }
    if module == WASI && wasi_functions().get(name).is_some_and(|wanted| *wanted == signature::function(ty)) {
        return Binding::Wasi;
    }
    Binding::Missing(describe(import, ty, guess))
}

/// `module.name`, of a length that people can read.
fn full_name(import: &ImportType<'_>) -> String {
    format!("{}.{}", signature::short(import.module()), signature::short(import.name()))
}

/// What is wrong with an import that nothing serves: `wanted` by the module, `found` in the workbench.
fn describe(import: &ImportType<'_>, ty: &FuncType, guess: bool) -> WrongItem {
    let (module, name) = (import.module(), full_name(import));
    let wanted = signature::function(ty);
    let types = known_types(module, import.name());
    if !types.is_empty() {
        let found = types.join(" or ");
        let advice = format!("the workbench has it as {found}; with the other type, calling it traps");
        return WrongItem { name, wanted, found: Some(found), nearest: None, advice };
    }
    let names = if guess { linked_functions() } else { Vec::new() };
    let known = languages::advice(module, import.name());
    let names = if known.is_some() { Vec::new() } else { names };
    let nearest = signature::nearest(&name, names.iter().map(|(name, _)| name.as_str())).map(str::to_owned);
    let advice = match (known, &nearest) {
        (Some(known), _) => format!("{known}; calling it traps"),
        (None, Some(nearest)) => format!("did you mean \"{nearest}\"? calling it traps"),
        (None, None) => "remove the import or build for another target; calling it traps".to_owned(),
    };
    WrongItem { name, wanted, found: None, nearest, advice }
}

/// The types under which the host has this name.
fn known_types(module: &str, name: &str) -> Vec<String> {
    let own = FUNCTIONS.iter().filter(|function| function.is(module, name)).map(serve::types);
    let wasi = wasi_functions().get(name).filter(|_| module == WASI).cloned();
    let runtime = languages::types(module, name).map(str::to_owned);
    own.chain(wasi).chain(runtime).collect()
}

fn bind_host(linker: &mut Linker<State>, import: &ImportType<'_>, ty: FuncType, bound: Bound) -> wasmtime::Result<()> {
    linker.func_new_async(import.module(), import.name(), ty, move |mut caller, params, results| {
        Box::new(async move { serve::serve(bound, &mut caller, params, results).await })
    })?;
    Ok(())
}

fn bind_runtime(
    linker: &mut Linker<State>,
    import: &ImportType<'_>,
    ty: FuncType,
    runtime: Runtime,
) -> wasmtime::Result<()> {
    let own = ty.clone();
    linker.func_new_async(import.module(), import.name(), ty, move |mut caller, params, results| {
        let ty = own.clone();
        Box::new(async move { runtime.serve(&mut caller, &ty, params, results).await })
    })?;
    Ok(())
}

fn bind_trap(
    linker: &mut Linker<State>,
    import: &ImportType<'_>,
    ty: FuncType,
    item: &WrongItem,
) -> wasmtime::Result<()> {
    let fault = Fault::MissingImport { name: item.name.clone(), advice: item.advice.clone() };
    linker.func_new(import.module(), import.name(), ty, move |_, _, _| Err(fault.clone().into()))?;
    Ok(())
}

/// The functions of WASI preview 1 with their types, as wasmtime has them.
fn wasi_functions() -> &'static HashMap<String, String> {
    static FOUND: OnceLock<HashMap<String, String>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let engine = Engine::default();
        let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
        let mut store = Store::new(&engine, WasiCtxBuilder::new().build_p1());
        // It can only fail for want of memory; then no WASI import would be known, and each would be listed.
        if p1::add_to_linker_async(&mut linker, |context| context).is_err() {
            return HashMap::new();
        }
        let functions: Vec<_> = linker.iter(&mut store).map(|(_, name, item)| (name.to_owned(), item)).collect();
        functions.into_iter().map(|(name, item)| (name, signature::item(&item.ty(&store)))).collect()
    })
}
