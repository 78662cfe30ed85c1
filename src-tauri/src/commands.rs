//! What the window may ask. Thin: wire → runtime → wire.

use std::collections::BTreeMap;

/// The versions that the window shows.
#[tauri::command]
pub fn versions() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([("workbench", env!("CARGO_PKG_VERSION")), ("wasmtime", runtime::engine::wasmtime_version())])
}
