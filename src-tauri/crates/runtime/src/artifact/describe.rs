//! Types of imports and exports in words, bounded in length and depth.

use std::fmt::{self, Write as _};

use wasmparser::component_types::{ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId, ComponentValType};
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{CompositeInnerType, GlobalType, MemoryType, TableType};

use super::Item;

/// Characters of one type, after which it ends with an ellipsis.
const MAX_TYPE: usize = 400;
const MAX_DEPTH: usize = 8;
/// Functions of one component's interfaces, all together.
const MAX_FUNCTIONS: usize = 100_001;

pub fn core_items(types: TypesRef<'_>) -> (Vec<Item>, Vec<Item>) {
    let imports = types.core_imports().map_or_else(Vec::new, |imports| {
        imports
            .map(|(module, name, ty)| Item { module: module.into(), name: name.into(), ty: entity(types, ty) })
            .collect()
    });
    let exports = types.core_exports().map_or_else(Vec::new, |exports| {
        exports.map(|(name, ty)| Item { module: String::new(), name: name.into(), ty: entity(types, ty) }).collect()
    });
    (imports, exports)
}

/// Functions of imported interfaces stand one by one, those at the root with an empty module.
pub fn component_items(types: TypesRef<'_>, imports: &[&str], exports: &[&str]) -> (Vec<Item>, Vec<Item>) {
    let mut items = Vec::new();
    for name in imports {
        if let Some(ty) = types.component_item_for_import(name) {
            component_item(types, name, ty.ty, &mut items);
        }
    }
    let mut exported = Vec::new();
    for name in exports {
        if let Some(ty) = types.component_item_for_export(name) {
            component_item(types, name, ty.ty, &mut exported);
        }
    }
    (items, exported)
}

fn component_item(types: TypesRef<'_>, name: &str, ty: ComponentEntityType, items: &mut Vec<Item>) {
    let ComponentEntityType::Instance(id) = ty else {
        let ty = component_entity(types, ty);
        items.push(Item { module: String::new(), name: name.into(), ty });
        return;
    };
    let Some(instance) = types.get(id) else { return };
    for (function, item) in &instance.exports {
        // Types and resources of an interface are part of its functions' types.
        if matches!(item.ty, ComponentEntityType::Type { .. }) || items.len() >= MAX_FUNCTIONS {
            continue;
        }
        let ty = component_entity(types, item.ty);
        items.push(Item { module: name.into(), name: function.clone(), ty });
    }
}

fn entity(types: TypesRef<'_>, ty: EntityType) -> String {
    let mut out = Words::default();
    // The writer refuses what goes past its length, and the text then ends there.
    let _ = match ty {
        EntityType::Func(id) | EntityType::FuncExact(id) => function(&mut out, types, id),
        EntityType::Tag(id) => out.write_str("tag ").and_then(|()| function(&mut out, types, id)),
        EntityType::Table(ty) => table(&mut out, ty),
        EntityType::Memory(ty) => memory(&mut out, ty),
        EntityType::Global(ty) => global(&mut out, ty),
    };
    out.text
}

fn function(out: &mut Words, types: TypesRef<'_>, id: wasmparser::types::CoreTypeId) -> fmt::Result {
    let Some(CompositeInnerType::Func(ty)) = types.get(id).map(|ty| &ty.composite_type.inner) else {
        return out.write_str("func");
    };
    out.write_char('(')?;
    list(out, ty.params(), |out, ty| write!(out, "{ty}"))?;
    out.write_char(')')?;
    match ty.results() {
        [] => Ok(()),
        [one] => write!(out, " -> {one}"),
        many => {
            out.write_str(" -> (")?;
            list(out, many, |out, ty| write!(out, "{ty}"))?;
            out.write_char(')')
        }
    }
}

fn table(out: &mut Words, ty: TableType) -> fmt::Result {
    write!(out, "table {}..", ty.initial)?;
    if let Some(maximum) = ty.maximum {
        write!(out, "{maximum}")?;
    }
    write!(out, " of {}", ty.element_type)
}

fn memory(out: &mut Words, ty: MemoryType) -> fmt::Result {
    let kind = if ty.memory64 { "memory64" } else { "memory" };
    let shared = if ty.shared { "shared " } else { "" };
    write!(out, "{shared}{kind} {}..", ty.initial)?;
    ty.maximum.map_or(Ok(()), |maximum| write!(out, "{maximum}"))
}

fn global(out: &mut Words, ty: GlobalType) -> fmt::Result {
    let mutable = if ty.mutable { "mutable " } else { "" };
    write!(out, "{mutable}global {}", ty.content_type)
}

fn component_entity(types: TypesRef<'_>, ty: ComponentEntityType) -> String {
    let mut out = Words::default();
    let _ = match ty {
        ComponentEntityType::Func(id) => component_function(&mut out, types, id),
        ComponentEntityType::Value(ty) => value(&mut out, types, ty, MAX_DEPTH),
        ComponentEntityType::Module(_) => out.write_str("module"),
        ComponentEntityType::Type { .. } => out.write_str("type"),
        ComponentEntityType::Instance(_) => out.write_str("instance"),
        ComponentEntityType::Component(_) => out.write_str("component"),
    };
    out.text
}

fn component_function(out: &mut Words, types: TypesRef<'_>, id: ComponentFuncTypeId) -> fmt::Result {
    let Some(ty) = types.get(id) else { return out.write_str("func") };
    out.write_str(if ty.async_ { "async func(" } else { "func(" })?;
    list(out, &ty.params, |out, (name, ty)| {
        write!(out, "{name}: ")?;
        value(out, types, *ty, MAX_DEPTH)
    })?;
    out.write_char(')')?;
    match ty.result {
        Some(result) => {
            out.write_str(" -> ")?;
            value(out, types, result, MAX_DEPTH)
        }
        None => Ok(()),
    }
}

fn value(out: &mut Words, types: TypesRef<'_>, ty: ComponentValType, depth: usize) -> fmt::Result {
    let id = match ty {
        ComponentValType::Primitive(primitive) => return write!(out, "{primitive}"),
        ComponentValType::Type(id) => id,
    };
    match types.get(id) {
        Some(ty) if depth > 0 => defined(out, types, ty, depth - 1),
        _ => out.write_char('…'),
    }
}

fn defined(out: &mut Words, types: TypesRef<'_>, ty: &ComponentDefinedType, depth: usize) -> fmt::Result {
    let maybe = |out: &mut Words, ty: &Option<ComponentValType>| match ty {
        Some(ty) => value(out, types, *ty, depth),
        None => out.write_char('_'),
    };
    match ty {
        ComponentDefinedType::Primitive(primitive) => write!(out, "{primitive}"),
        ComponentDefinedType::Record(record) => {
            out.write_str("record { ")?;
            list(out, &record.fields, |out, (name, ty)| {
                write!(out, "{name}: ")?;
                value(out, types, *ty, depth)
            })?;
            out.write_str(" }")
        }
        ComponentDefinedType::Variant(variant) => {
            out.write_str("variant { ")?;
            list(out, &variant.cases, |out, (name, case)| match case.ty {
                Some(ty) => {
                    write!(out, "{name}(")?;
                    value(out, types, ty, depth)?;
                    out.write_char(')')
                }
                None => write!(out, "{name}"),
            })?;
            out.write_str(" }")
        }
        ComponentDefinedType::Flags(names) => words(out, "flags", names),
        ComponentDefinedType::Enum(names) => words(out, "enum", names),
        ComponentDefinedType::Tuple(tuple) => {
            out.write_str("tuple<")?;
            list(out, &tuple.types, |out, ty| value(out, types, *ty, depth))?;
            out.write_char('>')
        }
        ComponentDefinedType::List { element, .. } => wrapped(out, types, "list", &[*element], depth),
        ComponentDefinedType::FixedLengthList { element, length, .. } => {
            out.write_str("list<")?;
            value(out, types, *element, depth)?;
            write!(out, ", {length}>")
        }
        ComponentDefinedType::Map { key, value, .. } => wrapped(out, types, "map", &[*key, *value], depth),
        ComponentDefinedType::Option { ty, .. } => wrapped(out, types, "option", &[*ty], depth),
        ComponentDefinedType::Result { ok, err, .. } => {
            out.write_str("result<")?;
            maybe(out, ok)?;
            out.write_str(", ")?;
            maybe(out, err)?;
            out.write_char('>')
        }
        ComponentDefinedType::Own(_) => out.write_str("resource"),
        ComponentDefinedType::Borrow(_) => out.write_str("borrow<resource>"),
        ComponentDefinedType::Future { ty, .. } => wrapped(out, types, "future", ty.as_slice(), depth),
        ComponentDefinedType::Stream { ty, .. } => wrapped(out, types, "stream", ty.as_slice(), depth),
    }
}

fn wrapped(out: &mut Words, types: TypesRef<'_>, name: &str, inner: &[ComponentValType], depth: usize) -> fmt::Result {
    out.write_str(name)?;
    if inner.is_empty() {
        return Ok(());
    }
    out.write_char('<')?;
    list(out, inner, |out, ty| value(out, types, *ty, depth))?;
    out.write_char('>')
}

fn words<T: fmt::Display>(out: &mut Words, name: &str, names: impl IntoIterator<Item = T>) -> fmt::Result {
    write!(out, "{name} {{ ")?;
    list(out, names, |out, name| write!(out, "{name}"))?;
    out.write_str(" }")
}

fn list<T>(
    out: &mut Words,
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(&mut Words, T) -> fmt::Result,
) -> fmt::Result {
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            out.write_str(", ")?;
        }
        each(out, item)?;
    }
    Ok(())
}

/// A text that ends with an ellipsis where it would become too long, and then refuses more.
#[derive(Default)]
struct Words {
    text: String,
    full: bool,
}

impl fmt::Write for Words {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.full {
            return Err(fmt::Error);
        }
        if self.text.len() + part.len() > MAX_TYPE {
            self.full = true;
            self.text.push('…');
            return Err(fmt::Error);
        }
        self.text.push_str(part);
        Ok(())
    }
}
