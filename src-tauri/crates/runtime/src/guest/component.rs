//! Components: what a linked component is, and calling its exports.
//!
//! Linking is in `component/linker.rs` and the checks beside it; what a host function does is in `host`, what may reach
//! out of the sandbox is decided by the gate. Command-style components, which answer on stdout, are in `command`.

mod command;
mod exports;
mod http;
mod imports;
mod linker;
mod names;
mod node;
mod sockets;
mod state;
mod streams;
#[cfg(test)]
mod tests;
mod wasi;

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};
use wasmtime_wasi::I32Exit;

use self::exports::{AbiVersion, Exports};
pub use self::imports::{LinkedFunction, Reach, linked_functions};
use self::state::{Console, State};
use super::fault::Fault;
use super::{DefinitionText, Failed, store};
use crate::artifact::Artifact;
use crate::engine::{Engine, Parts};
use crate::error::LoadError;
use crate::host::HostState;
use crate::limits::MIB;

/// A compiled and linked component.
pub struct Linked {
    pre: InstancePre<State>,
    exports: Exports,
}

/// An instance with its store. A command has a store without an instance between its commands.
pub struct Instance {
    store: Store<State>,
    guest: Option<wasmtime::component::Instance>,
    pre: InstancePre<State>,
    exports: Exports,
}

impl Linked {
    /// Every import and export that does not fit is in the error.
    pub fn new(
        engine: &Engine,
        code: wasmtime::component::Component,
        parts: &Parts,
        _artifact: &Artifact,
    ) -> Result<Self, LoadError> {
        Self::link(engine.wasmtime(), code, parts)
    }

    fn link(engine: &wasmtime::Engine, code: wasmtime::component::Component, parts: &Parts) -> Result<Self, LoadError> {
        let exports = Exports::find(engine, &code)?;
        let pre = linker::link(engine, &code, parts)?;
        Ok(Self { pre, exports })
    }

    pub async fn instantiate(&self, state: HostState) -> Result<Instance, Failed> {
        let console = Console::log(&state);
        let mut instance = Instance {
            store: Store::new(self.pre.engine(), State::new(state, &[], console)),
            guest: None,
            pre: self.pre.clone(),
            exports: self.exports.clone(),
        };
        let ready = match prepare(&mut instance.store) {
            Ok(()) if self.exports.is_only_command() => Ok(()),
            Ok(()) => instance.guest().await.map(drop),
            Err(error) => Err(error),
        };
        match ready {
            Ok(()) => Ok(instance),
            Err(error) => {
                // What it printed before it stopped says why.
                instance.console().flush().await;
                Err(Failed { error, state: Box::new(instance.store.into_data().host) })
            }
        }
    }
}

impl Instance {
    /// `get-nodes`, or `get-node` where that is missing or `single` asks for it, or the command `get-node`.
    pub async fn definitions(&mut self, single: bool) -> wasmtime::Result<DefinitionText> {
        let (export, index) = match (self.exports.get_nodes, self.exports.get_node) {
            (Some(index), node) if !single || node.is_none() => ("get-nodes", index),
            (_, Some(index)) => ("get-node", index),
            (_, None) => {
                let json = self.command(&["get-node"]).await?;
                let notes = self.exports.notes.clone();
                return Ok(DefinitionText { json, abi_version: None, notes, fallback: None });
            }
        };
        let json = self.call::<(), String>(index, ()).await.and_then(|json| self.bounded(export, json))?;
        let mut notes = self.exports.notes.clone();
        let abi_version = match self.abi_version().await {
            Ok(version) => version,
            Err(error) => {
                notes.push(format!("get-abi-version failed: {}", error.root_cause()));
                None
            }
        };
        Ok(DefinitionText { json, abi_version, notes, fallback: None })
    }

    /// One call of `run`, or the command `run-b64`; returns the result document.
    pub async fn run(&mut self, input: &str) -> wasmtime::Result<String> {
        self.store.data_mut().enter();
        match self.exports.run {
            Some(index) => {
                let output = self.call::<(&str,), String>(index, (input,)).await?;
                self.bounded("run", output)
            }
            None => self.run_command(input).await,
        }
    }

    pub fn state(&mut self) -> &mut HostState {
        &mut self.store.data_mut().host
    }

    pub fn fuel_left(&self) -> Option<u64> {
        self.store.get_fuel().ok()
    }

    async fn abi_version(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(match self.exports.abi_version {
            Some(AbiVersion::Number(index)) => Some(self.call::<(), u32>(index, ()).await?.to_string()),
            Some(AbiVersion::Text(index)) => Some(self.call::<(), String>(index, ()).await?),
            None => None,
        })
    }

    /// Calls an export and has everything that it wrote to its output streams told before it returns.
    async fn call<P, R>(&mut self, export: ComponentExportIndex, parameters: P) -> wasmtime::Result<R>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: Send + Sync + 'static,
        (R,): ComponentNamedList + Lift,
    {
        let guest = self.guest().await?;
        let function = guest.get_typed_func::<P, (R,)>(&mut self.store, export)?;
        let answer = function.call_async(&mut self.store, parameters).await;
        self.console().flush().await;
        answer.map(|(answer,)| answer).map_err(|error| match error.downcast_ref() {
            Some(&I32Exit(code)) => Fault::Exit(code).into(),
            None => error,
        })
    }

    /// The instance; a fresh one where a command took the place of the last.
    async fn guest(&mut self) -> wasmtime::Result<wasmtime::component::Instance> {
        if let Some(guest) = self.guest {
            return Ok(guest);
        }
        let guest = self.pre.instantiate_async(&mut self.store).await?;
        self.guest = Some(guest);
        Ok(guest)
    }

    /// Puts a fresh store in the place of the old one; the host's state moves over.
    fn renew(&mut self, arguments: &[&str], console: Console) -> wasmtime::Result<()> {
        let host = self.store.data_mut().take_host();
        self.guest = None;
        self.store = Store::new(self.pre.engine(), State::new(host, arguments, console));
        prepare(&mut self.store)
    }

    /// The output streams apart from the store, which no future may share.
    fn console(&self) -> Console {
        self.store.data().console.clone()
    }

    fn bounded(&self, export: &str, document: String) -> wasmtime::Result<String> {
        let limit = self.store.data().host.run.limits.output;
        let size = document.len() as u64;
        if size > limit {
            return Err(Fault::OutputTooLarge { export: export.into(), size, limit }.into());
        }
        Ok(document)
    }
}

/// Limits of the store. What one call may hand to the host is bounded by what the guest may have at all, so that a
/// list of a thousand times the same text is no way around the memory limit.
fn prepare(store: &mut Store<State>) -> wasmtime::Result<()> {
    let limits = &store.data().host.run.limits;
    let transfer = limits.memory.min(limits.output).max(MIB);
    let resources = limits.resources;
    store.set_hostcall_fuel(usize::try_from(transfer).unwrap_or(usize::MAX));
    store.set_max_component_handles(resources);
    store::prepare(store, |state| &mut state.host, |state| state.wasi.close_revoked())
}
