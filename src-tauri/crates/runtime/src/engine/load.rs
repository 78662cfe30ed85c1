//! From a file of compiled code to code that can run: the one place where the workbench trusts native code.

use std::fs::File;

use wasmtime::Module;
use wasmtime::component::Component;

use crate::artifact::ArtifactKind;

/// One loaded piece of code.
pub(super) enum Code {
    Component(Component),
    Core(Module),
}

/// Maps the code of `file`, which must have been checked by its seal or written by our own compiler just now, and
/// which nobody may change any more.
#[expect(unsafe_code, reason = "wasmtime cannot check native code; the seal did")]
pub(super) fn load(engine: &wasmtime::Engine, kind: ArtifactKind, file: File) -> wasmtime::Result<Code> {
    match kind {
        // SAFETY: the file holds what `Engine::precompile_module` returned: its seal, keyed with the user's secret, was
        // checked on this very open file, or it was just written by our own compiler into a folder that only the user
        // can enter. Entries are never written again: they are replaced by renaming.
        ArtifactKind::Core => unsafe { Module::deserialize_open_file(engine, file) }.map(Code::Core),
        ArtifactKind::Component => component(engine, file).map(Code::Component),
    }
}

/// Takes the code from memory, where our own compiler put it just now.
#[expect(unsafe_code, reason = "wasmtime cannot check native code; our own compiler made it")]
pub(super) fn load_code(engine: &wasmtime::Engine, kind: ArtifactKind, code: &[u8]) -> wasmtime::Result<Code> {
    match kind {
        // SAFETY: the bytes are what `Engine::precompile_module` returned in this process or in its own worker, whose
        // pipe nobody else can write to.
        ArtifactKind::Core => unsafe { Module::deserialize(engine, code) }.map(Code::Core),
        // SAFETY: as above, for `Engine::precompile_component`.
        ArtifactKind::Component => unsafe { Component::deserialize(engine, code) }.map(Code::Component),
    }
}

/// Wasmtime opens components by path only; the path of the descriptor is the same open file, whatever happened to its
/// name.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "wasmtime cannot check native code; the seal did")]
fn component(engine: &wasmtime::Engine, file: File) -> wasmtime::Result<Component> {
    use std::os::fd::AsRawFd;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: as in `load`, for `Engine::precompile_component`; `file` stays open during the call, so its descriptor
    // names no other file.
    unsafe { Component::deserialize_file(engine, path) }
}

#[cfg(not(target_os = "linux"))]
#[expect(unsafe_code, reason = "wasmtime cannot check native code; the seal did")]
fn component(engine: &wasmtime::Engine, mut file: File) -> wasmtime::Result<Component> {
    use std::io::{Read, Seek};
    let mut code = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut code)?;
    // SAFETY: as in `load`, for `Engine::precompile_component`; the bytes come from the checked open file.
    unsafe { Component::deserialize(engine, code) }
}
