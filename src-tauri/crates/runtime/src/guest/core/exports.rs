//! What a core module must export, and with which types. Everything that does not fit is listed at once.

use wasmtime::{ExternType, Module};

use super::signature;
use crate::error::{LoadError, WrongItem};

/// What the module offers beyond the necessary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    pub get_node: bool,
    pub get_nodes: bool,
    pub abi_version: bool,
}

const DOCUMENT: &[&str] = &["() -> i64"];
const PLAIN: &[&str] = &["() -> ()"];

/// Functions that may be missing, with the types that are served.
const OPTIONAL: [(&str, &[&str]); 6] = [
    ("get_node", DOCUMENT),
    ("get_nodes", DOCUMENT),
    ("alloc", &["(i32) -> i32"]),
    ("dealloc", &["(i32, i32) -> ()", "(i32) -> ()"]),
    ("_initialize", PLAIN),
    ("_start", PLAIN),
];

pub(super) fn check(module: &Module) -> Result<Offers, LoadError> {
    let mut items = Vec::new();
    items.extend(check_memory(module));
    items.extend(check_definitions(module));
    items.extend(check_function(module, "run", &["(i32, i32) -> i64"], true));
    items.extend(OPTIONAL.iter().filter_map(|(name, types)| check_function(module, name, types, false)));
    if !items.is_empty() {
        return Err(LoadError::Exports { items });
    }
    let has = |name, ty: &str| module.get_export(name).is_some_and(|item| signature::item(&item) == ty);
    Ok(Offers {
        get_node: has("get_node", "() -> i64"),
        get_nodes: has("get_nodes", "() -> i64"),
        abi_version: has("get_abi_version", "() -> i32"),
    })
}

fn check_memory(module: &Module) -> Option<WrongItem> {
    let found = module.get_export("memory");
    let advice = match &found {
        Some(ExternType::Memory(ty)) if ty.is_64() => "build for wasm32: pointers of the node interface have 32 bits",
        Some(ExternType::Memory(ty)) if ty.is_shared() => "build without threads",
        Some(ExternType::Memory(_)) => return None,
        Some(_) => "give the name \"memory\" to the module's memory only",
        None => "export the module's memory under this name",
    };
    Some(wrong(module, "memory", "a memory", found.as_ref(), advice))
}

fn check_definitions(module: &Module) -> Option<WrongItem> {
    if module.get_export("get_node").is_some() || module.get_export("get_nodes").is_some() {
        return None;
    }
    let advice = "export get_node for one node or get_nodes for a package; with the SDK this is done by its macro";
    Some(wrong(module, "get_nodes", "() -> i64, or get_node of the same type", None, advice))
}

fn check_function(module: &Module, name: &'static str, types: &[&str], required: bool) -> Option<WrongItem> {
    let found = module.get_export(name);
    let advice = match &found {
        None if !required => return None,
        None => "export it; with the SDK this is done by its macro",
        Some(ExternType::Func(ty)) if types.contains(&signature::function(ty).as_str()) => return None,
        Some(ExternType::Func(_)) => "export it with that type",
        Some(_) => "export a function of this name",
    };
    Some(wrong(module, name, &types.join(" or "), found.as_ref(), advice))
}

fn wrong(module: &Module, name: &str, wanted: &str, found: Option<&ExternType>, advice: &str) -> WrongItem {
    let names: Vec<&str> = module.exports().map(|export| export.name()).collect();
    let nearest = if found.is_none() { signature::nearest(name, names) } else { None };
    let advice = match nearest {
        Some(nearest) => format!("there is \"{}\"; {advice}", signature::short(nearest)),
        None => advice.to_owned(),
    };
    WrongItem {
        name: name.to_owned(),
        wanted: wanted.to_owned(),
        found: found.map(signature::item),
        nearest: nearest.map(|nearest| signature::short(nearest).into_owned()),
        advice,
    }
}
