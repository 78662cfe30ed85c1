//! What the bytes of a file are, known before anything is compiled. Never panics on bad bytes.
//!
//! Everything but function bodies is validated here, with the features that the engine has; bodies are validated by
//! the compiler, so that a build whose code is already in the cache is not walked through again
//! ([`Artifact::check_bodies`] does it for those who want to know). Whether the imports and exports are those of a
//! node is for `guest` to say.

mod cost;
mod describe;
mod magic;
mod read;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use crate::error::LoadError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArtifactKind {
    Component,
    Core,
}

impl ArtifactKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Core => "core",
        }
    }
}

/// The bytes of one file and what they say about themselves. What was hashed is what is compiled.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub kind: ArtifactKind,
    pub bytes: Arc<[u8]>,
    /// BLAKE3 of the wasm bytes, hexadecimal.
    pub hash: Arc<str>,
    pub producers: Producers,
    /// Whether functions have names (backtraces read well).
    pub has_names: bool,
    /// Whether there is DWARF debug information (backtraces have lines).
    pub has_debug_info: bool,
    /// Whether a linker left the types of a component in it: a core module with them is to be wrapped.
    pub has_component_type: bool,
    pub imports: Vec<Item>,
    pub exports: Vec<Item>,
}

/// The `producers` section, merged over nested modules, in order of appearance without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Producers {
    /// (name, version) pairs; the version may be empty.
    pub language: Vec<(String, String)>,
    pub processed_by: Vec<(String, String)>,
    pub sdk: Vec<(String, String)>,
}

/// One import or export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The module or interface; empty for exports and for root imports of a component.
    pub module: String,
    pub name: String,
    /// For people: `(i32, i32) -> i64`, `func(level: u8, message: string)`, `memory 1..`.
    pub ty: String,
}

/// The largest file that is read.
pub const MAX_SIZE: u64 = 256 << 20;
/// The largest text: parsing takes many times its size.
pub const MAX_TEXT: u64 = 16 << 20;

const IS_FOLDER: &str = "it is a folder, not a file";
const IS_STREAM: &str = "it is a pipe or a device: what a node may do and keeps belongs to its file, so write one first \
                         (nodewb inspect reads pipes)";

impl Artifact {
    /// Reads a `.wasm` or `.wat` file. Blocking: call it from a blocking task.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("cwasm")) {
            return Err(LoadError::Precompiled);
        }
        let failed = |error: std::io::Error| LoadError::Read { path: path.into(), reason: error.to_string() };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            let reason = if metadata.is_dir() { IS_FOLDER } else { IS_STREAM };
            return Err(LoadError::Read { path: path.into(), reason: reason.into() });
        }
        if metadata.len() > MAX_SIZE {
            return Err(LoadError::TooLarge { size: metadata.len(), limit: MAX_SIZE });
        }
        Self::read_from(File::open(path).map_err(failed)?, path)
    }

    /// Reads what comes out of a pipe or a file, to its end. Blocking, for as long as nothing comes.
    pub fn read_from(reader: impl std::io::Read, path: &Path) -> Result<Self, LoadError> {
        let mut bytes = Vec::new();
        // One byte more than the limit: a file may have grown since it was measured.
        let read = reader.take(MAX_SIZE + 1).read_to_end(&mut bytes);
        read.map_err(|error| LoadError::Read { path: path.into(), reason: error.to_string() })?;
        Self::from_bytes(&bytes)
    }

    /// Takes binary or text format, and validates it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        if bytes.len() as u64 > MAX_SIZE {
            return Err(LoadError::TooLarge { size: bytes.len() as u64, limit: MAX_SIZE });
        }
        match magic::detect(bytes)? {
            magic::Format::Binary(kind) => read::read(kind, bytes),
            magic::Format::Text(text) if text.len() as u64 > MAX_TEXT => {
                Err(LoadError::TooLarge { size: text.len() as u64, limit: MAX_TEXT })
            }
            magic::Format::Text(text) => {
                let wasm = wat::parse_str(text).map_err(|error| LoadError::Text { reason: error.to_string() })?;
                match magic::detect(&wasm)? {
                    magic::Format::Binary(kind) => read::read(kind, &wasm),
                    magic::Format::Text(_) => Err(LoadError::NotWasm { found: "text inside text".into() }),
                }
            }
        }
    }

    /// Validates the function bodies too. Takes about as long as reading the file took bytes to walk; blocking.
    pub fn check_bodies(&self) -> Result<(), LoadError> {
        read::check_bodies(&self.bytes)
    }

    /// What makes the file slow to compile, such as "60,000 nested loops". Blocking.
    pub fn slow_part(&self) -> String {
        cost::slow_part(&self.bytes)
    }

    /// What the imports allow the node to ask for: rule names such as "tcp", "dns", "http", sorted.
    pub fn could_ask(&self) -> Vec<&'static str> {
        let asked: BTreeSet<_> = self.imports.iter().filter_map(asks_for).collect();
        asked.into_iter().collect()
    }
}

/// The rule name of the questions that a call of this import can lead to.
fn asks_for(item: &Item) -> Option<&'static str> {
    let module = item.module.split_once('@').map_or(item.module.as_str(), |(module, _)| module);
    if let Some(interface) = module.strip_prefix("wasi:sockets/") {
        return match interface {
            "tcp" => item.name.contains("tcp-socket.start-").then_some("tcp"),
            "udp" => item.name.contains("udp-socket.").then_some("udp"),
            "ip-name-lookup" => Some("dns"),
            _ => None,
        };
    }
    match module {
        "wasi:http/outgoing-handler" => Some("http"),
        "flow-like:node/http" | "flowlike_http" => Some("http"),
        "flow-like:node/websocket" | "flowlike_ws" => Some("websocket"),
        "flow-like:node/auth" | "flowlike_auth" => Some("oauth"),
        "flow-like:node/models" | "flowlike_models" => Some("models"),
        "env" => asks_flat(&item.name),
        _ => None,
    }
}

/// The same for the flat names under `env`.
fn asks_flat(name: &str) -> Option<&'static str> {
    match name {
        "http_request" => Some("http"),
        "get_oauth_token" | "has_oauth_token" => Some("oauth"),
        "embed_text" => Some("models"),
        name if name.starts_with("ws_") || name.starts_with("websocket_") => Some("websocket"),
        name if name.starts_with("llm_") || name.starts_with("embed_") => Some("models"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "artifact/tests.rs"]
mod tests;
