//! What Emscripten expects of its JavaScript: calls through the table that a `longjmp` may end (`invoke_*`), and the
//! few system calls that are left over in stand-alone modules.
//!
//! A `longjmp` travels as [`Fault::Longjmp`]: the code between it and its `setjmp` is unwound by wasmtime, the
//! `invoke_*` around that code puts the stack pointer back and tells the module through `setThrew`.

use wasmtime::{AsContextMut as _, Caller, Extern, Func, FuncType, Ref, Trap, TypedFunc, Val, ValType};

use super::memory::Slice;
use super::{State, buffers, serve};
use crate::guest::fault::Fault;

/// Whether this is an `invoke_*` that can be served: the first parameter is an index into the table.
pub(super) fn is_invoke(name: &str, ty: &FuncType) -> bool {
    name.strip_prefix("invoke_")
        .is_some_and(|letters| !letters.is_empty() && letters.bytes().all(|letter| b"vijfd".contains(&letter)))
        && ty.param(0).is_some_and(|param| param.is_i32())
}

/// Calls the function at the index that the first parameter gives, with the other parameters. `ty` is the type of
/// the import.
pub(super) async fn invoke(
    caller: &mut Caller<'_, State>,
    ty: &FuncType,
    params: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let Some((index, params)) = params.split_first() else { return Err(Trap::IndirectCallToNull.into()) };
    let function = table_function(caller, index.i32().unwrap_or(0) as u32)?;
    if !fits(&function.ty(&mut *caller), ty) {
        return Err(Trap::BadSignature.into());
    }
    let stack = save_stack(caller).await?;
    buffers::enter(caller.data_mut())?;
    let called = function.call_async(&mut *caller, params, results).await;
    buffers::leave(caller.data_mut());
    match called {
        Err(error) if is_longjmp(&error) => {
            caught(caller, stack).await?;
            for (result, ty) in results.iter_mut().zip(ty.results()) {
                *result = Val::default_for_ty(&ty).unwrap_or(Val::I32(0));
            }
            Ok(())
        }
        called => called,
    }
}

/// Whether the function in the table is what the import calls: the same type without the index.
fn fits(function: &FuncType, import: &FuncType) -> bool {
    let same = |(a, b): (ValType, ValType)| ValType::eq(&a, &b);
    function.params().len() + 1 == import.params().len()
        && function.params().zip(import.params().skip(1)).all(same)
        && function.results().len() == import.results().len()
        && function.results().zip(import.results()).all(same)
}

fn is_longjmp(error: &wasmtime::Error) -> bool {
    matches!(error.downcast_ref::<Fault>(), Some(Fault::Longjmp))
}

fn table_function(caller: &mut Caller<'_, State>, index: u32) -> wasmtime::Result<Func> {
    let table = caller.get_export("__indirect_function_table").and_then(Extern::into_table);
    let table = table.ok_or_else(|| Fault::bad_abi("env.invoke", "the guest exports no __indirect_function_table"))?;
    match table.get(&mut *caller, index.into()) {
        Some(Ref::Func(Some(function))) => Ok(function),
        Some(_) => Err(Trap::IndirectCallToNull.into()),
        None => Err(Trap::TableOutOfBounds.into()),
    }
}

/// A function that Emscripten exports, under the name that newer or older versions give it.
fn export<P, R>(caller: &mut Caller<'_, State>, names: [&str; 2]) -> Option<TypedFunc<P, R>>
where
    P: wasmtime::WasmParams,
    R: wasmtime::WasmResults,
{
    let function = names.into_iter().find_map(|name| caller.get_export(name).and_then(Extern::into_func))?;
    function.typed(&mut *caller).ok()
}

async fn save_stack(caller: &mut Caller<'_, State>) -> wasmtime::Result<Option<u32>> {
    match export::<(), u32>(caller, ["emscripten_stack_get_current", "stackSave"]) {
        Some(current) => current.call_async(caller.as_context_mut(), ()).await.map(Some),
        None => Ok(None),
    }
}

/// The way back after a `longjmp`: the module itself finds out which `setjmp` it belongs to.
async fn caught(caller: &mut Caller<'_, State>, stack: Option<u32>) -> wasmtime::Result<()> {
    if let Some(stack) = stack
        && let Some(restore) = export::<u32, ()>(caller, ["_emscripten_stack_restore", "stackRestore"])
    {
        restore.call_async(caller.as_context_mut(), stack).await?;
    }
    let Some(set_threw) = export::<(u32, u32), ()>(caller, ["setThrew", "_setThrew"]) else {
        return Err(Fault::bad_abi(
            "env.invoke",
            "the guest exports no setThrew, so that a longjmp cannot be reported",
        ));
    };
    set_threw.call_async(caller.as_context_mut(), (1, 0)).await
}

/// `memcpy` of a large block: target, source, length. The blocks may overlap.
pub(super) fn copy(caller: &mut Caller<'_, State>, params: &[Val]) -> wasmtime::Result<()> {
    const NAME: &str = "env.emscripten_memcpy";
    let [to, from, length] = [0, 1, 2].map(|at| params.get(at).and_then(Val::i32).unwrap_or(0) as u32);
    let memory = serve::exports(caller, NAME)?.memory;
    let data = memory.data_mut(&mut *caller);
    Slice::new(to, length).bytes(data, NAME)?;
    Slice::new(from, length).bytes(data, NAME)?;
    let from = from as usize;
    // Both were found inside the memory just now; nothing may point anywhere.
    if length > 0 {
        data.copy_within(from..from + length as usize, to as usize);
    }
    Ok(())
}

/// Grows the memory to so many bytes, where its limits allow that: 1, else 0.
pub(super) async fn resize_heap(caller: &mut Caller<'_, State>, bytes: u32) -> wasmtime::Result<Val> {
    const PAGE: u64 = 64 << 10;
    let memory = serve::exports(caller, "env.emscripten_resize_heap")?.memory;
    let missing = u64::from(bytes).div_ceil(PAGE).saturating_sub(memory.size(&*caller));
    let grown = missing == 0 || memory.grow_async(&mut *caller, missing).await.is_ok();
    Ok(Val::I32(i32::from(grown)))
}
