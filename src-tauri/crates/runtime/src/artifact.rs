//! What the bytes of a file are, known before anything is compiled. Never panics on bad bytes.

use std::path::Path;
use std::sync::Arc;

use crate::error::LoadError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArtifactKind {
    Component,
    Core,
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

impl Artifact {
    /// Reads a `.wasm` or `.wat` file. Blocking: call it from a blocking task.
    pub fn read(_path: &Path) -> Result<Self, LoadError> {
        todo!()
    }

    /// Takes binary or text format, and validates it.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, LoadError> {
        todo!()
    }

    /// What the imports allow the node to ask for: rule names such as "tcp", "dns", "http", sorted.
    pub fn could_ask(&self) -> Vec<&'static str> {
        todo!()
    }
}
