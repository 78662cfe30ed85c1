//! Handing text and bytes to the guest: its `alloc` and `dealloc`, called while it waits for the host.

use std::fmt::Display;

use wasmtime::{Extern, Instance, Memory, StoreContextMut, TypedFunc};

use super::State;
use super::memory::Slice;
use crate::guest::fault::Fault;

/// How deep guest and host may call into each other. Each level has a stack of its own, which no memory limit counts.
const MAX_DEPTH: u32 = 128;

/// How many buffers are remembered for `dealloc`. A guest that is given more keeps the rest.
const MAX_REMEMBERED: usize = 64 << 10;

/// The guest's exports that host functions need, looked up at the first use.
pub(super) struct Exports {
    pub memory: Memory,
    alloc: Option<TypedFunc<u32, u32>>,
    dealloc: Option<Dealloc>,
}

enum Dealloc {
    Sized(TypedFunc<(u32, u32), ()>),
    Plain(TypedFunc<u32, ()>),
}

impl Exports {
    /// `None` where the guest has no memory that it exports as `memory`. Loading refuses such modules.
    pub fn find(
        mut store: StoreContextMut<'_, State>,
        memory: Option<Extern>,
        alloc: Option<Extern>,
        dealloc: Option<Extern>,
    ) -> Option<Self> {
        let alloc = alloc.and_then(Extern::into_func);
        let dealloc = dealloc.and_then(Extern::into_func);
        Some(Self {
            memory: memory?.into_memory()?,
            alloc: alloc.and_then(|alloc| alloc.typed(&mut store).ok()),
            dealloc: dealloc.and_then(|dealloc| {
                let sized = dealloc.typed(&mut store).ok().map(Dealloc::Sized);
                sized.or_else(|| dealloc.typed(&mut store).ok().map(Dealloc::Plain))
            }),
        })
    }

    pub fn of(mut store: StoreContextMut<'_, State>, instance: Instance) -> Option<Self> {
        let [memory, alloc, dealloc] = ["memory", "alloc", "dealloc"].map(|name| instance.get_export(&mut store, name));
        Self::find(store, memory, alloc, dealloc)
    }
}

/// Memory that the host took for itself because the guest has no `alloc`.
#[derive(Default)]
pub(super) struct Arena {
    start: u64,
    next: u64,
    end: u64,
}

/// Counts a call into the guest from inside a call of the guest.
pub(super) fn enter(state: &mut State) -> wasmtime::Result<()> {
    if state.depth >= MAX_DEPTH {
        return Err(wasmtime::Trap::StackOverflow.into());
    }
    state.depth += 1;
    Ok(())
}

pub(super) fn leave(state: &mut State) {
    state.depth = state.depth.saturating_sub(1);
}

/// Gives the guest a copy, in memory that it allocates itself. Empty bytes and an empty slice are the same.
pub(super) async fn give(
    mut store: StoreContextMut<'_, State>,
    exports: &Exports,
    bytes: &[u8],
    function: impl Display,
) -> wasmtime::Result<Slice> {
    let Ok(length) = u32::try_from(bytes.len()) else {
        return Err(no_room(&function, bytes));
    };
    if length == 0 {
        return Ok(Slice::new(0, 0));
    }
    let pointer = match &exports.alloc {
        Some(alloc) => {
            enter(store.data_mut())?;
            let pointer = alloc.call_async(&mut store, length).await;
            leave(store.data_mut());
            pointer?
        }
        None => take_pages(&mut store, exports.memory, length).await.unwrap_or(0),
    };
    if pointer == 0 {
        return Err(no_room(&function, bytes));
    }
    let slice = Slice::new(pointer, length);
    slice.bytes_mut(exports.memory.data_mut(&mut store), &function)?.copy_from_slice(bytes);
    Ok(slice)
}

fn no_room(function: impl Display, bytes: &[u8]) -> wasmtime::Error {
    Fault::NoRoom { function: function.to_string(), bytes: bytes.len() as u64 }.into()
}

/// Room in pages that nobody else knows of: the guest's memory is grown for it. `None`: it may not grow so far.
async fn take_pages(store: &mut StoreContextMut<'_, State>, memory: Memory, length: u32) -> Option<u32> {
    // Multiples of 8, for guests that read numbers in place.
    let wanted = u64::from(length).next_multiple_of(8);
    let arena = &store.data().arena;
    if arena.end - arena.next < wanted {
        let page = memory.page_size(&store);
        // Nothing may lie at address 0, which stands for "nothing".
        let pages = (wanted + 8).div_ceil(page);
        let first = memory.grow_async(&mut *store, pages).await.ok()?;
        let start = (first * page).max(8);
        store.data_mut().arena = Arena { start, next: start, end: (first + pages) * page };
    }
    let arena = &mut store.data_mut().arena;
    let pointer = u32::try_from(arena.next).ok()?;
    arena.next += wanted;
    Some(pointer)
}

/// Notes a buffer that the guest was given, so that it can be freed when the guest surely has copied it.
pub(super) fn remember(state: &mut State, slice: Slice) {
    if slice.length != 0 && state.handed_out.len() < MAX_REMEMBERED {
        state.handed_out.push(slice);
    }
}

/// Frees what the guest was given during a call.
pub(super) async fn free_all(mut store: StoreContextMut<'_, State>, exports: &Exports) -> wasmtime::Result<()> {
    let state = store.data_mut();
    state.arena.next = state.arena.start;
    let slices = std::mem::take(&mut state.handed_out);
    match &exports.dealloc {
        None => {}
        Some(Dealloc::Sized(dealloc)) => {
            for slice in slices.iter().rev() {
                dealloc.call_async(&mut store, (slice.pointer, slice.length)).await?;
            }
        }
        Some(Dealloc::Plain(dealloc)) => {
            for slice in slices.iter().rev() {
                dealloc.call_async(&mut store, slice.pointer).await?;
            }
        }
    }
    Ok(())
}
