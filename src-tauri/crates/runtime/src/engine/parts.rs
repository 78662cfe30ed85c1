//! Components in parts. A component from Python, or one linked from libraries, is mostly core modules that never
//! change: the interpreter, its libraries. Such a module is taken out and compiled by itself, so that its code is
//! found again in the cache whatever is built around it, and given back as an import when the component is linked.
//! Only whole modules move; nothing inside them changes.

mod module_type;

use std::ops::Range;

use wasmparser::{Chunk, Encoding, Parser, Payload};
use wasmtime::Module;
use wasmtime::component::Linker;

/// Modules with less code than this stay where they are: compiling them costs less than keeping them apart.
const WORTHWHILE: usize = 128 << 10;

/// The modules that were taken out of a component. The linker must know them before it links the rest.
#[derive(Clone, Default)]
pub struct Parts(Vec<(String, Module)>);

impl Parts {
    /// Gives the component its modules back. The linker is then good for this component only: define parts in a clone.
    pub fn define<T: 'static>(&self, linker: &mut Linker<T>) -> wasmtime::Result<()> {
        let mut root = linker.root();
        self.0.iter().try_for_each(|(name, module)| root.module(name, module))
    }

    pub(super) fn add(&mut self, name: String, module: Module) {
        self.0.push((name, module));
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(part, _)| part == name)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A component without its large modules.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) parts: Vec<Part>,
    /// What stands in the place of each part: a type and an import.
    stand_ins: Vec<Vec<u8>>,
}

/// One core module of a component.
#[derive(Debug)]
pub(super) struct Part {
    /// The import's name in what is left of the component.
    pub(super) name: String,
    /// Where its bytes are.
    pub(super) bytes: Range<usize>,
    /// The same with its section header.
    section: Range<usize>,
}

/// `None` where nothing can or need be taken out. The bytes must be those of a valid component.
pub(super) fn split(component: &[u8]) -> Option<Split> {
    let mut split = Split { parts: Vec::new(), stand_ins: Vec::new() };
    for section in large_modules(component)? {
        let module = component.get(section.module.clone())?;
        let Some(ty) = module_type::of(module, WORTHWHILE) else { continue };
        let index = split.parts.len();
        let name = format!("node-workbench-part-{}", letters(index));
        split.stand_ins.push(stand_in(&name, &ty, u32::try_from(index).ok()?));
        split.parts.push(Part { name, bytes: section.module, section: section.whole });
    }
    (!split.parts.is_empty()).then_some(split)
}

impl Split {
    /// The component with imports where its parts were.
    pub(super) fn rest(&self, component: &[u8]) -> Vec<u8> {
        let mut rest = Vec::with_capacity(component.len());
        let mut at = 0;
        for (part, stand_in) in self.parts.iter().zip(&self.stand_ins) {
            rest.extend_from_slice(component.get(at..part.section.start).unwrap_or_default());
            rest.extend_from_slice(stand_in);
            at = part.section.end;
        }
        rest.extend_from_slice(component.get(at..).unwrap_or_default());
        rest
    }
}

struct Section {
    whole: Range<usize>,
    module: Range<usize>,
}

/// The large core modules of the outermost component. `None` where it has core types of its own: the stand-ins' types
/// would shift their indices.
fn large_modules(component: &[u8]) -> Option<Vec<Section>> {
    let mut found = Vec::new();
    let mut parser = Parser::new(0);
    let mut at = 0;
    loop {
        let Ok(Chunk::Parsed { consumed, payload }) = parser.parse(component.get(at..)?, true) else { return None };
        let start = at;
        at += consumed;
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } | Payload::CoreTypeSection(_) => return None,
            Payload::ModuleSection { unchecked_range: module, .. } => {
                at = module.end;
                if module.len() >= WORTHWHILE {
                    found.push(Section { whole: start..module.end, module });
                }
            }
            Payload::ComponentSection { unchecked_range: nested, .. } => at = nested.end,
            Payload::End(_) => return Some(found),
            _ => {}
        }
    }
}

/// The type of the part and its import; both add one to the index spaces that the module's section added to or that
/// are empty.
fn stand_in(name: &str, ty: &[u8], index: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    section(&mut bytes, 3, |body| body.extend_from_slice(ty));
    section(&mut bytes, 10, |body| {
        body.push(0x00);
        text(body, name);
        body.extend_from_slice(&[0x00, 0x11]);
        number(body, u64::from(index));
    });
    bytes
}

/// A section of one item.
fn section(bytes: &mut Vec<u8>, id: u8, item: impl FnOnce(&mut Vec<u8>)) {
    let mut body = vec![1];
    item(&mut body);
    bytes.push(id);
    number(bytes, body.len() as u64);
    bytes.append(&mut body);
}

/// Unsigned LEB128.
fn number(bytes: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        bytes.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return;
        }
    }
}

fn text(bytes: &mut Vec<u8>, value: &str) {
    number(bytes, value.len() as u64);
    bytes.extend_from_slice(value.as_bytes());
}

/// A number as a word: names of imports may not hold words that start with a digit.
fn letters(mut number: usize) -> String {
    let mut word = String::new();
    loop {
        word.insert(0, char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return word;
        }
        number -= 1;
    }
}
