//! Core modules made for the scenarios: their definition is given, and what they do is one of a few things.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};

/// What a node does when it runs.
#[derive(Clone, Copy)]
pub enum Does {
    /// Gives every input back as the output of the same name and fires "done".
    Echo,
    /// Says something on every channel, then as `Echo`.
    Talk,
    /// Logs so many lines "line 0000000", counted up, then as `Echo`.
    Lines(u32),
    /// Never returns.
    Loop,
    Trap,
}

pub struct Node {
    pub name: &'static str,
    pub friendly_name: &'static str,
    pub pins: Vec<Value>,
    pub does: Does,
}

/// An input of this type, and the output that an echo sets.
pub fn pin(name: &str, data_type: &str, more: Value) -> [Value; 2] {
    ["Input", "Output"].map(|direction| {
        let mut pin = json!({
            "name": name, "friendly_name": name, "description": "", "pin_type": direction, "data_type": data_type,
        });
        if let (Value::Object(pin), Value::Object(more)) = (&mut pin, &more) {
            pin.extend(more.clone());
        }
        pin
    })
}

const DEFINITION: usize = 4096;
const SEARCHED: u64 = u64::from_le_bytes(*b"\"inputs\"");
const HEAD: &str = r#"{"error":null,"activate_exec":["done"],"outputs":"#;
/// What is said, at the addresses from 1024 on, 64 bytes apart.
const TEXTS: [&str; 6] = [HEAD, "the node starts", "be careful", "streamed first, ", "streamed second", "line 0000000"];

impl Node {
    pub fn new(name: &'static str, friendly_name: &'static str, does: Does) -> Self {
        Self { name, friendly_name, pins: Vec::new(), does }
    }

    pub fn with(mut self, name: &str, data_type: &str, more: Value) -> Self {
        self.pins.extend(pin(name, data_type, more));
        self
    }

    /// Writes the module in one step, as compilers do.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let path = folder.join(format!("{}.wasm", self.name));
        replace(&path, &wat::parse_str(self.text())?)?;
        Ok(path)
    }

    fn definition(&self) -> String {
        let exec = |name: &str, direction: &str| {
            json!({
                "name": name, "friendly_name": name, "description": "", "pin_type": direction, "data_type": "Exec",
            })
        };
        let mut pins = vec![exec("start", "Input"), exec("done", "Output")];
        pins.extend(self.pins.clone());
        json!({
            "name": self.name, "friendly_name": self.friendly_name, "description": "Made for a test",
            "category": "Tests", "icon": null, "pins": pins, "scores": null, "long_running": false, "docs": null,
            "abi_version": 1, "permissions": ["streaming"],
        })
        .to_string()
    }

    fn text(&self) -> String {
        let definition = self.definition();
        let heap = (DEFINITION + definition.len()).next_multiple_of(65536);
        let mut texts = String::new();
        for (index, text) in TEXTS.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(texts, "(data (i32.const {}) \"{}\")", at(index), bytes(text));
        }
        format!(
            r#"(module
  (import "flowlike_log" "info" (func $info (param i32 i32)))
  (import "flowlike_log" "warn" (func $warn (param i32 i32)))
  (import "flowlike_stream" "text" (func $stream (param i32 i32)))
  (memory (export "memory") {pages})
  {texts}
  (data (i32.const {DEFINITION}) "{data}")
  (global $heap (mut i32) (i32.const {heap}))
  (func (export "get_node") (result i64)
    (i64.or (i64.shl (i64.const {DEFINITION}) (i64.const 32)) (i64.const {length})))
  (func $alloc (export "alloc") (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 15)) (i32.const -8)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $heap) (i32.shl (memory.size) (i32.const 16))))
      (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))))
    (local.get $at))
  ;; The inputs are the last key of the run's document, so its end is theirs and one brace.
  (func $echo (param $at i32) (param $length i32) (result i64)
    (local $from i32) (local $size i32) (local $out i32)
    (local.set $from (local.get $at))
    (loop $search
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (br_if $search (i64.ne (i64.load (local.get $from)) (i64.const {SEARCHED}))))
    (local.set $from (i32.add (local.get $from) (i32.const 9)))
    (local.set $size (i32.sub (i32.add (local.get $at) (local.get $length)) (local.get $from)))
    (local.set $out (call $alloc (i32.add (local.get $size) (i32.const {head_length}))))
    (memory.copy (local.get $out) (i32.const {head}) (i32.const {head_length}))
    (memory.copy (i32.add (local.get $out) (i32.const {head_length})) (local.get $from) (local.get $size))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $out)) (i64.const 32))
      (i64.extend_i32_u (i32.add (local.get $size) (i32.const {head_length})))))
  (func (export "run") (param $at i32) (param $length i32) (result i64)
    (local $count i32) (local $value i32) (local $digit i32)
    {body}))"#,
            pages = heap / 65536 + 1,
            data = bytes(&definition),
            length = definition.len(),
            head = at(0),
            head_length = HEAD.len(),
            body = self.does.text(),
        )
    }
}

impl Does {
    fn text(self) -> String {
        let echo = "(call $echo (local.get $at) (local.get $length))";
        let say = |function: &str, index: usize| {
            format!("(call ${function} (i32.const {}) (i32.const {}))", at(index), TEXTS[index].len())
        };
        match self {
            Self::Echo => echo.into(),
            Self::Talk => {
                [say("info", 1), say("warn", 2), say("stream", 3), say("stream", 4), echo.into()].join("\n    ")
            }
            Self::Lines(count) => format!(
                "(loop $more
      (local.set $value (local.get $count))
      (local.set $digit (i32.const {last}))
      (loop $next
        (i32.store8 (local.get $digit) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
        (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
        (local.set $digit (i32.sub (local.get $digit) (i32.const 1)))
        (br_if $next (i32.gt_u (local.get $digit) (i32.const {before}))))
      {line}
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $count) (i32.const {count}))))
    {echo}",
                last = at(5) + TEXTS[5].len() - 1,
                before = at(5) + TEXTS[5].len() - 8,
                line = say("info", 5),
            ),
            Self::Loop => format!("{} (loop $forever (br $forever)) (unreachable)", say("info", 1)),
            Self::Trap => format!("{} (unreachable)", say("info", 1)),
        }
    }
}

/// Puts a file in the place of another at once.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, content)?;
    Ok(std::fs::rename(part, path)?)
}

const fn at(index: usize) -> usize {
    1024 + 64 * index
}

/// As the inside of a string in WAT.
fn bytes(text: &str) -> String {
    text.bytes().map(|byte| format!("\\{byte:02x}")).collect()
}
