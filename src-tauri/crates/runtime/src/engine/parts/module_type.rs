//! The type of a core module, in the binary form in which a component declares the import of one.

use std::collections::HashSet;

use wasmparser::{
    Chunk, CompositeInnerType, ExternalKind, FuncType, GlobalType, MemoryType, Parser, Payload, RefType, TableType,
    TagType, TypeRef, ValType,
};

use super::{number, text};

/// What a module declares, in index order.
#[derive(Default)]
struct Interface<'a> {
    /// `None`: a type that a module type can't state.
    types: Vec<Option<FuncType>>,
    imports: Vec<(&'a str, &'a str, TypeRef)>,
    exports: Vec<(&'a str, TypeRef)>,
    functions: Vec<u32>,
    tables: Vec<TableType>,
    memories: Vec<MemoryType>,
    globals: Vec<GlobalType>,
    tags: Vec<TagType>,
    code: usize,
}

/// `None` where the module has less code than `least`, or its type can't be stated.
pub(super) fn of(module: &[u8], least: usize) -> Option<Vec<u8>> {
    let interface = read(module)?;
    if interface.code < least {
        return None;
    }
    let mut encoder = Encoder { interface: &interface, declared: Vec::new(), bytes: Vec::new(), count: 0 };
    let mut seen = HashSet::new();
    for (module, name, ty) in &interface.imports {
        if !seen.insert((*module, *name)) {
            return None;
        }
        encoder.import(module, name, *ty)?;
    }
    for (name, ty) in &interface.exports {
        encoder.export(name, *ty)?;
    }
    let mut bytes = vec![0x50];
    number(&mut bytes, encoder.count);
    bytes.append(&mut encoder.bytes);
    Some(bytes)
}

fn read(module: &[u8]) -> Option<Interface<'_>> {
    let mut interface = Interface::default();
    let mut parser = Parser::new(0);
    let mut at = 0;
    loop {
        let Ok(Chunk::Parsed { consumed, payload }) = parser.parse(module.get(at..)?, true) else { return None };
        at += consumed;
        match payload {
            Payload::CodeSectionStart { size, .. } => {
                interface.code = size as usize;
                parser.skip_section();
                at += size as usize;
            }
            Payload::End(_) => return Some(interface),
            payload => interface.take(payload)?,
        }
    }
}

impl<'a> Interface<'a> {
    fn take(&mut self, payload: Payload<'a>) -> Option<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    self.types.extend(group.ok()?.into_types().map(|ty| match ty.composite_type.inner {
                        CompositeInnerType::Func(func) if ty.is_final && ty.supertype_idx.is_none() => Some(func),
                        _ => None,
                    }));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.ok()?;
                    self.define(import.ty)?;
                    self.imports.push((import.module, import.name, import.ty));
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty.ok()?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table.ok()?.ty);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory.ok()?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global.ok()?.ty);
                }
            }
            Payload::TagSection(section) => {
                for tag in section {
                    self.tags.push(tag.ok()?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.ok()?;
                    let ty = self.item(export.kind, export.index as usize)?;
                    self.exports.push((export.name, ty));
                }
            }
            _ => {}
        }
        Some(())
    }

    fn define(&mut self, ty: TypeRef) -> Option<()> {
        match ty {
            TypeRef::Func(ty) => self.functions.push(ty),
            TypeRef::Table(table) => self.tables.push(table),
            TypeRef::Memory(memory) => self.memories.push(memory),
            TypeRef::Global(global) => self.globals.push(global),
            TypeRef::Tag(tag) => self.tags.push(tag),
            TypeRef::FuncExact(_) => return None,
        }
        Some(())
    }

    fn item(&self, kind: ExternalKind, index: usize) -> Option<TypeRef> {
        Some(match kind {
            ExternalKind::Func => TypeRef::Func(*self.functions.get(index)?),
            ExternalKind::Table => TypeRef::Table(*self.tables.get(index)?),
            ExternalKind::Memory => TypeRef::Memory(*self.memories.get(index)?),
            ExternalKind::Global => TypeRef::Global(*self.globals.get(index)?),
            ExternalKind::Tag => TypeRef::Tag(*self.tags.get(index)?),
            ExternalKind::FuncExact => return None,
        })
    }
}

struct Encoder<'a> {
    interface: &'a Interface<'a>,
    /// The module's types that were declared, in the order of declaration.
    declared: Vec<u32>,
    bytes: Vec<u8>,
    count: u64,
}

impl Encoder<'_> {
    fn import(&mut self, module: &str, name: &str, ty: TypeRef) -> Option<()> {
        let item = self.item(ty)?;
        self.bytes.push(0x00);
        text(&mut self.bytes, module);
        text(&mut self.bytes, name);
        self.finish(&item)
    }

    fn export(&mut self, name: &str, ty: TypeRef) -> Option<()> {
        let item = self.item(ty)?;
        self.bytes.push(0x03);
        text(&mut self.bytes, name);
        self.finish(&item)
    }

    fn finish(&mut self, item: &[u8]) -> Option<()> {
        self.bytes.extend_from_slice(item);
        self.count += 1;
        Some(())
    }

    fn item(&mut self, ty: TypeRef) -> Option<Vec<u8>> {
        let mut item = Vec::new();
        match ty {
            TypeRef::Func(ty) => {
                item.push(0x00);
                number(&mut item, self.declare(ty)?);
            }
            TypeRef::Table(table) if !table.shared => {
                item.extend([0x01, reference(table.element_type)?]);
                limits(&mut item, table.table64, false, table.initial, table.maximum);
            }
            TypeRef::Memory(memory) if memory.page_size_log2.is_none() => {
                item.push(0x02);
                limits(&mut item, memory.memory64, memory.shared, memory.initial, memory.maximum);
            }
            TypeRef::Global(global) if !global.shared => {
                item.extend([0x03, value(global.content_type)?, u8::from(global.mutable)]);
            }
            TypeRef::Tag(tag) => {
                item.extend([0x04, 0x00]);
                number(&mut item, self.declare(tag.func_type_idx)?);
            }
            TypeRef::Table(_) | TypeRef::Memory(_) | TypeRef::Global(_) | TypeRef::FuncExact(_) => return None,
        }
        Some(item)
    }

    /// The index that the module type knows the function type by.
    fn declare(&mut self, ty: u32) -> Option<u64> {
        if let Some(index) = self.declared.iter().position(|declared| *declared == ty) {
            return Some(index as u64);
        }
        let func = self.interface.types.get(ty as usize)?.as_ref()?;
        self.bytes.extend([0x01, 0x60]);
        for values in [func.params(), func.results()] {
            number(&mut self.bytes, values.len() as u64);
            for ty in values {
                self.bytes.push(value(*ty)?);
            }
        }
        self.count += 1;
        self.declared.push(ty);
        Some(self.declared.len() as u64 - 1)
    }
}

fn limits(item: &mut Vec<u8>, wide: bool, shared: bool, least: u64, most: Option<u64>) {
    item.push(u8::from(most.is_some()) | u8::from(shared) << 1 | u8::from(wide) << 2);
    number(item, least);
    if let Some(most) = most {
        number(item, most);
    }
}

fn value(ty: ValType) -> Option<u8> {
    Some(match ty {
        ValType::I32 => 0x7f,
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        ValType::V128 => 0x7b,
        ValType::Ref(ty) => reference(ty)?,
    })
}

fn reference(ty: RefType) -> Option<u8> {
    if ty == RefType::FUNCREF {
        Some(0x70)
    } else if ty == RefType::EXTERNREF {
        Some(0x6f)
    } else {
        None
    }
}
