//! What is linked for components, and which imports of a component are not.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentItem};

use super::names::{self, describe};
use super::{node, wasi};
use crate::engine::Parts;
use crate::error::WrongItem;
use crate::permission::Capability;
use crate::text::shortened;

pub(super) use super::wasi::VERSION as WASI_VERSION;

/// Characters of a guest's name that are shown.
const MAX_SHOWN: usize = 200;

/// How far a linked function reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Works on what the guest already has: no effect outside its own store, time and randomness included.
    Inside,
    /// Talks to the run that the guest is in: log lines, pins, its end.
    Run,
    /// There is nothing behind it: no directories, no environment, an empty stdin.
    Closed,
    /// Low risk: allowed unless a rule says otherwise, and recorded.
    Recorded(Capability),
    /// The gate decides each use.
    Gated(Capability),
}

/// A host function that components can import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedFunction {
    /// With package and version: `wasi:io/poll@0.2.12`.
    pub interface: String,
    pub name: &'static str,
    pub reach: Reach,
}

/// Every function that is linked for components.
pub fn linked_functions() -> impl Iterator<Item = LinkedFunction> {
    let own = node::INTERFACES.iter().flat_map(|interface| {
        interface.functions.iter().map(|function| LinkedFunction {
            interface: format!("{}/{}@{}", node::PACKAGE, interface.name, node::VERSION),
            name: function.name,
            reach: function.reach,
        })
    });
    let wasi = wasi::WASI.iter().flat_map(|(interface, reach, functions)| {
        functions.iter().map(move |name| LinkedFunction {
            interface: format!("wasi:{interface}@{}", wasi::VERSION),
            name,
            reach: *reach,
        })
    });
    own.chain(wasi)
}

/// The imports that no host function serves, and those of the node world that have another type.
pub(super) fn unknown(engine: &Engine, code: &Component, parts: &Parts) -> Vec<WrongItem> {
    let mut wrong = Vec::new();
    for (name, import) in code.component_type().imports(engine) {
        match import.ty {
            ComponentItem::ComponentInstance(instance) => {
                let before = wrong.len();
                let mut functions = false;
                for (function, export) in instance.exports(engine) {
                    if let ComponentItem::ComponentFunc(ty) = export.ty {
                        functions = true;
                        wrong.extend(check(name, function, &ty));
                    }
                }
                if !functions && wrong.len() == before && !is_known(name) {
                    wrong.push(missing(name, None, "an interface"));
                }
            }
            ComponentItem::Module(_) if parts.contains(name) => {}
            // A type without a function that uses it asks nothing of the host.
            ComponentItem::Type(_) => {}
            other => wrong.push(missing(name, None, &describe(&other))),
        }
    }
    wrong
}

fn check(interface: &str, function: &str, found: &ComponentFunc) -> Option<WrongItem> {
    let wanted = names::signature(found);
    if !is_linked(interface, function) {
        return Some(missing(interface, Some(function), &wanted));
    }
    let own = own(interface)?.find(|own| own.name == function)?;
    let signature = own.signature();
    if !found.async_() && names::shape(found) == names::shape_of(&signature) {
        return None;
    }
    Some(WrongItem {
        name: format!("{interface}#{function}"),
        wanted: signature,
        found: Some(wanted),
        nearest: None,
        advice: "build the node against the wit file of flow-like:node@0.1.0".into(),
    })
}

/// The functions of one of our interfaces.
fn own(interface: &str) -> Option<impl Iterator<Item = &'static node::Function>> {
    let name = interface.strip_prefix(node::PACKAGE)?.strip_prefix('/')?;
    let (name, version) = name.split_once('@')?;
    let name = name.to_owned();
    let functions = move |interface: &&node::Interface| interface.name == name;
    compatible(version, node::VERSION)
        .then(|| node::INTERFACES.iter().filter(functions).flat_map(|interface| interface.functions))
}

fn is_linked(interface: &str, function: &str) -> bool {
    if let Some(mut functions) = own(interface) {
        return functions.any(|own| own.name == function);
    }
    wasi_interface(interface).is_some_and(|name| {
        wasi::WASI.iter().any(|(known, _, functions)| *known == name && functions.contains(&function))
    })
}

fn is_known(interface: &str) -> bool {
    own(interface).is_some_and(|mut functions| functions.next().is_some())
        || wasi_interface(interface).is_some_and(|name| wasi::WASI.iter().any(|(known, ..)| *known == name))
}

/// `sockets/tcp` of `wasi:sockets/tcp@0.2.6`, if that version is served.
fn wasi_interface(interface: &str) -> Option<&str> {
    let (name, version) = interface.strip_prefix("wasi:")?.split_once('@')?;
    compatible(version, wasi::VERSION).then_some(name)
}

/// Versions 0.x.y of the same x serve each other, as in wasmtime's linker; release candidates serve nobody.
fn compatible(wanted: &str, linked: &str) -> bool {
    let minor = |version: &str| -> Option<(u32, u32)> {
        let mut parts = version.splitn(3, '.');
        let numbers = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let patch = parts.next()?.split('+').next()?;
        patch.parse::<u32>().ok().map(|_| numbers)
    };
    wanted == linked || minor(wanted).is_some_and(|wanted| Some(wanted) == minor(linked))
}

fn missing(interface: &str, function: Option<&str>, wanted: &str) -> WrongItem {
    let name = function.map_or_else(|| interface.to_owned(), |function| format!("{interface}#{function}"));
    let name = shortened(&name, MAX_SHOWN);
    let nearest = nearest(interface, function);
    let advice = advice(interface, nearest.as_deref());
    WrongItem { name, wanted: wanted.to_owned(), found: None, nearest, advice }
}

/// The same function elsewhere, a function of a similar name in the same interface, or a similar interface.
fn nearest(interface: &str, function: Option<&str>) -> Option<String> {
    let (bare, _) = interface.split_once('@').unwrap_or((interface, ""));
    let same_interface: Vec<LinkedFunction> =
        linked_functions().filter(|linked| without_version(linked) == bare).collect();
    if let Some(linked) = same_interface.first() {
        let Some(function) = function else { return Some(linked.interface.clone()) };
        let name = names::nearest(function, same_interface.iter().map(|linked| linked.name))?;
        return Some(format!("{}#{name}", linked.interface));
    }
    let interfaces: Vec<LinkedFunction> = linked_functions().collect();
    let near = names::nearest(bare, interfaces.iter().map(without_version))?;
    interfaces.iter().find(|linked| without_version(linked) == near).map(|linked| linked.interface.clone())
}

fn without_version(linked: &LinkedFunction) -> &str {
    linked.interface.split_once('@').map_or(linked.interface.as_str(), |(bare, _)| bare)
}

fn advice(interface: &str, nearest: Option<&str>) -> String {
    if interface.starts_with("wasi:") {
        return wasi_advice(interface, nearest);
    }
    if interface.starts_with(node::PACKAGE) {
        return match nearest {
            Some(near) => format!("use \"{near}\" of flow-like:node@{}, or a newer workbench", node::VERSION),
            None => format!("use what flow-like:node@{} has, or a newer workbench", node::VERSION),
        };
    }
    match nearest {
        Some(near) => {
            format!("nearest is \"{near}\"; otherwise build without it, or compose a component that provides it")
        }
        None => "build without it, or compose a component that provides it".into(),
    }
}

/// WASI is a family of interfaces of different age: only some are served, and those in one version.
fn wasi_advice(interface: &str, nearest: Option<&str>) -> String {
    let (bare, version) = interface.split_once('@').unwrap_or((interface, ""));
    let is_served = wasi::WASI.iter().any(|(known, ..)| bare.strip_prefix("wasi:") == Some(known));
    let bare = shortened(bare, 80);
    if version.starts_with("0.3") {
        return format!("{bare} of WASI 0.3 is not served here; build for wasm32-wasip2, which is WASI 0.2");
    }
    if is_served && !compatible(version, wasi::VERSION) {
        return format!("this version of {bare} is not served here; build against WASI 0.2 (wasm32-wasip2)");
    }
    let near = nearest.map(|near| format!("nearest is \"{near}\"; ")).unwrap_or_default();
    if is_served {
        return format!("{bare} of WASI 0.2 has no such function; {near}build against WASI 0.2 as it was published");
    }
    format!(
        "the interface {bare} is not served here, in no version; {near}build without it, or compose a component that \
         provides it"
    )
}
