//! What is linked, and what is said of components that do not fit.

use std::collections::{BTreeMap, HashSet};

use super::super::{linked_functions, linker, node as table};
use super::{ECHO, RUN, TEXT, component, engine, lift, link, node};
use crate::error::{LoadError, WrongItem};

const WIT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../wit/flow-like-node.wit"));

fn wrong(wat: &str) -> Vec<WrongItem> {
    match link(wat) {
        Err(LoadError::Imports { items } | LoadError::Exports { items }) => items,
        Err(other) => panic!("wanted a list of what is wrong, got {other}"),
        Ok(_) => panic!("the component must not link"),
    }
}

#[test]
fn every_listed_function_is_linked() {
    let mut linker = linker::everything(&engine()).expect("everything links");
    let mut seen = HashSet::new();
    for function in linked_functions() {
        assert!(seen.insert((function.interface.clone(), function.name)), "{function:?} is listed once");
        let mut instance = linker.instance(&function.interface).expect("an interface");
        let again = instance.func_new(function.name, |_, _, _, _| Ok(()));
        assert!(again.is_err(), "{function:?} is listed, so it must be linked");
    }
}

/// `interface.function` → signature, with white space folded.
fn wit_functions() -> BTreeMap<(String, String), String> {
    let code: Vec<&str> = WIT.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut functions = BTreeMap::new();
    for block in code.join("\n").split("interface ").skip(1) {
        let (name, rest) = block.split_once(" {").expect("an interface has a body");
        let (body, _) = rest.split_once("\n}").expect("a body ends");
        for function in body.split(';').filter(|text| text.contains(": func")) {
            let (function, signature) = function.split_once(": ").expect("a function has a type");
            functions.insert((name.to_owned(), function.trim().to_owned()), signature.trim().to_owned());
        }
    }
    functions
}

#[test]
fn the_wit_file_is_what_is_linked() {
    let linked: BTreeMap<(String, String), String> = table::INTERFACES
        .iter()
        .flat_map(|interface| interface.functions.iter().map(|function| (interface.name, function)))
        .map(|(interface, function)| ((interface.to_owned(), function.name.to_owned()), function.signature()))
        .collect();
    assert_eq!(wit_functions(), linked, "the contract on paper and the one in force are one");
    assert_eq!(linked.len(), 52, "the whole table");
}

#[test]
fn a_complete_node_links() {
    assert!(link(&node("")).is_ok(), "get-node and run are enough");
}

#[test]
fn missing_exports_are_all_listed() {
    let items = wrong("(component)");
    let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["get-node", "run"], "both are missing");
    assert!(items.iter().all(|item| item.found.is_none()), "and nothing was found in their place");
}

#[test]
fn a_near_name_is_named() {
    let wat = component("", &["{}"], ECHO, &[lift("get-nod", TEXT, "first"), lift("run", RUN, "echo")].join("\n"));
    let items = wrong(&wat);
    assert_eq!(items[0].nearest.as_deref(), Some("get-nod"), "one letter is missing");
}

#[test]
fn mistyped_exports_say_what_was_found() {
    let lifts =
        [lift("get-node", "(result u32)", "two"), lift("run", r#"(param "in" string) (result string)"#, "echo")];
    let items = wrong(&component("", &["{}"], ECHO, &lifts.join("\n")));
    assert_eq!(items.len(), 1, "names of parameters are free");
    assert_eq!(items[0].found.as_deref(), Some("func() -> u32"));
    assert_eq!(items[0].wanted, "func() -> string");
}

fn importing(imports: &str) -> String {
    component(imports, &["{}"], ECHO, &[lift("get-node", TEXT, "first"), lift("run", RUN, "echo")].join("\n"))
}

#[test]
fn unknown_imports_are_all_listed() {
    let items = wrong(&importing(
        r#"(import "flow-like:node/logging@0.1.0" (instance
                (export "log" (func (param "level" u8) (param "message" string)))
                (export "logg" (func))))
           (import "wasi:http/types@0.3.0" (instance (export "get" (func))))
           (import "wasi:clocks/wall-clock@0.2.0-rc-2023-11-10" (instance (export "now" (func))))
           (import "acme:db/store@1.0.0" (instance (export "open" (func (result string)))))
           (import "bare" (func))"#,
    ));
    let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "flow-like:node/logging@0.1.0#logg",
            "wasi:http/types@0.3.0#get",
            "wasi:clocks/wall-clock@0.2.0-rc-2023-11-10#now",
            "acme:db/store@1.0.0#open",
            "bare"
        ],
        "each once, in the component's order"
    );
    assert_eq!(items[0].nearest.as_deref(), Some("flow-like:node/logging@0.1.0#log"));
    assert!(items[1].advice.contains("wasip2"), "WASI 0.3 is told apart: {}", items[1].advice);
    assert!(items[2].advice.contains("WASI 0.2"), "release candidates are not served: {}", items[2].advice);
    assert_eq!(items[3].wanted, "func() -> string");
}

#[test]
fn any_version_of_wasi_0_2_is_served() {
    for version in ["0.2.0", "0.2.6", "0.2.9", "0.2.12", "0.2.99"] {
        let import = format!(
            r#"(import "wasi:random/random@{version}" (instance (export "get-random-u64" (func (result u64)))))"#
        );
        assert!(link(&importing(&import)).is_ok(), "version {version}");
    }
}

#[test]
fn mistyped_imports_say_both_types() {
    let items = wrong(&importing(
        r#"(import "flow-like:node/logging@0.1.0" (instance (export "log" (func (param "level" u32)))))
           (import "flow-like:node/http@0.1.0" (instance (export "request" (func (result string)))))"#,
    ));
    assert_eq!(items.len(), 2, "all of them");
    assert_eq!(items[0].wanted, "func(level: u8, message: string)");
    assert_eq!(items[0].found.as_deref(), Some("func(level: u32)"));
}

#[test]
fn a_mistyped_wasi_import_is_refused() {
    let items = wrong(&importing(
        r#"(import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result string)))))"#,
    ));
    assert_eq!(items[0].name, "wasi:random/random@0.2.0");
    assert!(items[0].found.as_deref().is_some_and(|found| found.contains("get-random-u64")), "{items:?}");
}

#[test]
fn f20_interfaces_of_wasi_that_are_not_served_are_named() {
    let advice = |interface: &str, function: &str| {
        let import = format!(r#"(import "{interface}" (instance (export "{function}" (func))))"#);
        wrong(&importing(&import)).remove(0).advice
    };
    for draft in [
        "wasi:keyvalue/store@0.2.0-draft",
        "wasi:keyvalue/atomics@0.1.0",
        "wasi:nn/inference@0.2.0-rc-2024-10-28",
        "wasi:config/runtime@0.2.0-draft",
        "wasi:config/store",
        "wasi:blobstore/container@0.2.0-draft",
        "wasi:messaging/producer@0.2.0-draft",
        "wasi:observe/traces@0.2.0-draft",
        "wasi:clocks/timezone@0.2.0",
        "wasi:http/incoming-handler@0.2.0",
        "wasi:sql/readwrite@0.2.0-draft",
        "wasi:webgpu/webgpu@0.0.1",
        "wasi:logging/logging",
    ] {
        let advice = advice(draft, "go");
        let bare = draft.split('@').next().expect("a name");
        assert!(advice.contains(&format!("the interface {bare} is not served here")), "{draft}: {advice}");
        assert!(!advice.contains("WASI 0.2"), "no version of WASI helps with {draft}: {advice}");
    }
    for newer in ["wasi:sockets/types@0.3.0", "wasi:clocks/monotonic-clock@0.3.0-rc-2025-09-16"] {
        assert!(advice(newer, "go").contains("of WASI 0.3 is not served here"), "{newer}");
    }
    let older = advice("wasi:cli/stdout@0.2.0-rc-2023-12-05", "get-stdout");
    assert!(older.contains("this version of wasi:cli/stdout"), "{older}");
    let unknown = advice("wasi:random/random@0.2.3", "roll-a-die");
    assert!(unknown.contains("has no such function"), "{unknown}");
}

#[test]
fn f25_a_long_name_is_shown_in_part() {
    let items = wrong(&importing(&format!(r#"(import "a:{}/b" (instance (export "go" (func))))"#, "x".repeat(50_000))));
    let shown = LoadError::Imports { items }.to_string();
    assert!(shown.len() < 1_000, "{} characters", shown.len());
}
