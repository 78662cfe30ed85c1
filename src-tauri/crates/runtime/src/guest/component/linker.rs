//! The one place where host functions are linked for components.

use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime_wasi::p2;

use super::state::State;
use super::{http, imports, node, sockets, streams};
use crate::engine::Parts;
use crate::error::{LoadError, WrongItem};

/// Links the component; every import that does not fit is in the error.
pub(super) fn link(engine: &Engine, code: &Component, parts: &Parts) -> Result<InstancePre<State>, LoadError> {
    let linker = everything(engine)
        .and_then(|mut linker| parts.define(&mut linker).map(|()| linker))
        .map_err(|error| LoadError::Internal { reason: format!("cannot link the host functions: {error:#}") })?;
    let items = imports::unknown(engine, code, parts);
    if !items.is_empty() {
        return Err(LoadError::Imports { items });
    }
    linker.instantiate_pre(code).map_err(|error| LoadError::Imports { items: vec![mismatch(&error)] })
}

/// Everything there is, whatever is granted. WASI preview 3 would be added here.
pub(super) fn everything(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    node::add_to_linker(&mut linker)?;
    p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    // What leads out of the sandbox is defined again: the gate, byte counts and revocation are in front of it.
    linker.allow_shadowing(true);
    sockets::add_to_linker(&mut linker)?;
    streams::add_to_linker(&mut linker)?;
    http::add_to_linker(&mut linker)?;
    linker.allow_shadowing(false);
    Ok(linker)
}

/// An import that exists here under the same name with another type.
fn mismatch(error: &wasmtime::Error) -> WrongItem {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    let name = chain.iter().find_map(|text| text.split('`').nth(1)).unwrap_or("an import").to_owned();
    WrongItem {
        name,
        wanted: format!("the types of WASI {}", imports::WASI_VERSION),
        found: Some(chain.into_iter().skip(1).collect::<Vec<_>>().join(": ")),
        nearest: None,
        advice: "build the node against WASI 0.2".to_owned(),
    }
}
