//! The WAT fixtures in `tests/fixtures`: small modules and components that have one thing about them each.
//!
//! A fixture may hold lines `;; include PATH`, which stand for the text of another file: what the language fixtures
//! have in common is written once.

use std::path::{Path, PathBuf};

/// The text of a fixture such as `language/kotlin`, with its includes.
pub fn text(name: &str) -> String {
    let path = folder().join(name).with_extension("wat");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("read \"{}\": {error}", path.display()));
    let mut whole = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim_start().strip_prefix(";; include ") {
            Some(path) => whole.push_str(&self::text(path.trim_end_matches(".wat"))),
            None => whole.push_str(line),
        }
        whole.push('\n');
    }
    whole
}

/// The fixture as a binary.
pub fn wasm(name: &str) -> Vec<u8> {
    wat::parse_str(text(name)).unwrap_or_else(|error| panic!("fixture \"{name}\": {error}"))
}

/// Every fixture's name, without the parts that others include.
pub fn all() -> Vec<String> {
    let mut names = Vec::new();
    for group in entries(&folder()).into_iter().filter(|path| !path.ends_with("shared")) {
        for file in entries(&group) {
            names.push(format!("{}/{}", stem(&group), stem(&file)));
        }
    }
    names
}

fn folder() -> PathBuf {
    crate::repository().join("tests/fixtures")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("list \"{}\": {error}", folder.display()));
    let mut paths: Vec<PathBuf> = list.map(|entry| entry.expect("a folder's entry can be read").path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The two runtime models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    Core,
    Component,
}

impl Model {
    pub const BOTH: [Self; 2] = [Self::Core, Self::Component];

    /// A node with this definition that returns this result. In the result, `$INPUT` stands for what it was run with.
    pub fn node(self, definition: &str, result: &str) -> Vec<u8> {
        let (before, after) =
            result.split_once("$INPUT").map_or((result, None), |(before, after)| (before, Some(after)));
        let data = |text: &str| text.bytes().map(|byte| format!("\\{byte:02x}")).collect::<String>();
        let echo = after.map_or(String::new(), |_| {
            "(memory.copy (global.get $end) (local.get 0) (local.get 1))
             (global.set $end (i32.add (global.get $end) (local.get 1)))"
                .to_owned()
        });
        let after = after.unwrap_or_default();
        // Definition at 1024, the parts of the result at 262144, the whole of it from 1 MiB on, memory for the host at 8 MiB.
        let code = format!(
            r#"(memory (export "memory") 256)
            (data (i32.const 1024) "{}") (data (i32.const 262144) "{}") (data (i32.const 524288) "{}")
            (global $heap (mut i32) (i32.const 8388608)) (global $end (mut i32) (i32.const 0))
            (func $take (param $size i32) (result i32)
              (global.get $heap)
              (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get $size)) (i32.const 15)) (i32.const -8))))
            (func $text (param i32 i32) (result i32)
              (global.set $end (i32.const 1048576))
              (memory.copy (global.get $end) (i32.const 262144) (i32.const {before}))
              (global.set $end (i32.add (global.get $end) (i32.const {before})))
              {echo}
              (memory.copy (global.get $end) (i32.const 524288) (i32.const {after}))
              (i32.sub (i32.add (global.get $end) (i32.const {after})) (i32.const 1048576)))"#,
            data(definition),
            data(before),
            data(after),
            before = before.len(),
            after = after.len(),
        );
        let size = definition.len();
        let text = match self {
            Self::Core => format!(
                r#"(module {code}
                (func (export "alloc") (param i32) (result i32) (call $take (local.get 0)))
                (func (export "get_node") (result i64)
                  (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {size})))
                (func (export "run") (param i32 i32) (result i64)
                  (i64.or (i64.shl (i64.const 1048576) (i64.const 32))
                    (i64.extend_i32_u (call $text (local.get 0) (local.get 1))))))"#
            ),
            Self::Component => format!(
                r#"(component (core module $code {code}
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (call $take (local.get 3)))
                (func $pair (param i32 i32) (result i32)
                  (i32.store (i32.const 512) (local.get 0)) (i32.store (i32.const 516) (local.get 1)) (i32.const 512))
                (func (export "definition") (result i32) (call $pair (i32.const 1024) (i32.const {size})))
                (func (export "run") (param i32 i32) (result i32)
                  (call $pair (i32.const 1048576) (call $text (local.get 0) (local.get 1))))
                (func (export "version") (result i32) (i32.const 2)))
              (core instance $node (instantiate $code))
              (alias core export $node "memory" (core memory $memory))
              (alias core export $node "cabi_realloc" (core func $realloc))
              (func (export "get-node") (result string) (canon lift (core func $node "definition") (memory $memory)))
              (func (export "run") (param "input" string) (result string)
                (canon lift (core func $node "run") (memory $memory) (realloc $realloc)))
              (func (export "get-abi-version") (result u32) (canon lift (core func $node "version"))))"#
            ),
        };
        wat::parse_str(&text).unwrap_or_else(|error| panic!("the node is well-formed: {error}"))
    }
}
