use proptest::prelude::*;

use super::*;

const CORE: &str = r#"(module
    (import "flowlike_log" "info" (func $info (param i32 i32)))
    (import "flowlike_http" "request" (func (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "env" "get_oauth_token" (func (param i32 i32) (result i64)))
    (memory (export "memory") 1 4)
    (global (export "__heap_base") (mut i32) (i32.const 0))
    (table (export "table") 2 funcref)
    (func (export "run") (param i32 i32) (result i64) (i64.const 0)))"#;

const COMPONENT: &str = r#"(component
    (import "flow-like:node/logging@0.1.0" (instance
        (export "log" (func (param "level" u8) (param "message" string)))))
    (import "flow-like:node/storage@0.1.0" (instance
        (export "read-file" (func (param "flow-path" string) (result (option (list u8)))))))
    (import "wasi:sockets/ip-name-lookup@0.2.6" (instance
        (export "resolve-addresses" (func (param "name" string)))))
    (import "wasi:sockets/tcp@0.2.9" (instance $tcp
        (export "tcp-socket" (type $socket (sub resource)))
        (export "[method]tcp-socket.start-connect" (func (param "self" (borrow $socket)) (result (result (error string)))))))
    (import "wasi:http/types@0.2.0" (instance))
    (import "now" (func (result (tuple u64 f64))))
    (core module $m
        (memory (export "memory") 1)
        (@producers (language "Rust" "2021") (processed-by "rustc" "1.95.0"))
        (func $named (export "f")))
    (@producers (language "Rust" "2021") (language "C" "11"))
    (core instance $i (instantiate $m))
    (func (export "stop") (canon lift (core func $i "f"))))"#;

fn component() -> Artifact {
    Artifact::from_bytes(COMPONENT.as_bytes()).expect("the component is valid")
}

fn item(module: &str, name: &str, ty: &str) -> Item {
    Item { module: module.into(), name: name.into(), ty: ty.into() }
}

#[test]
fn core_module_with_types_in_words() {
    let artifact = Artifact::from_bytes(CORE.as_bytes()).expect("the module is valid");
    assert_eq!(artifact.kind, ArtifactKind::Core);
    assert_eq!(artifact.imports.first(), Some(&item("flowlike_log", "info", "(i32, i32)")));
    let exports = [
        item("", "memory", "memory 1..4"),
        item("", "__heap_base", "mutable global i32"),
        item("", "table", "table 2.. of funcref"),
        item("", "run", "(i32, i32) -> i64"),
    ];
    assert_eq!(artifact.exports, exports);
    assert_eq!(artifact.could_ask(), ["http", "oauth"]);
    assert!(artifact.has_names, "$info is a name");
    assert!(!artifact.has_debug_info);
}

#[test]
fn the_hash_is_of_the_binary() {
    let wasm = wat::parse_str(CORE).expect("valid text");
    let binary = Artifact::from_bytes(&wasm).expect("valid");
    let text = Artifact::from_bytes(CORE.as_bytes()).expect("valid");
    assert_eq!(&*binary.hash, blake3::hash(&wasm).to_hex().as_str());
    assert_eq!(binary.hash, text.hash, "text and binary of one node are the same build");
    assert_eq!(&*text.bytes, wasm, "what was hashed is what is compiled");
}

#[test]
fn component_lists_functions_of_its_interfaces() {
    let artifact = component();
    assert_eq!(artifact.kind, ArtifactKind::Component);
    let imports = [
        item("flow-like:node/logging@0.1.0", "log", "func(level: u8, message: string)"),
        item("flow-like:node/storage@0.1.0", "read-file", "func(flow-path: string) -> option<list<u8>>"),
        item("wasi:sockets/ip-name-lookup@0.2.6", "resolve-addresses", "func(name: string)"),
        item(
            "wasi:sockets/tcp@0.2.9",
            "[method]tcp-socket.start-connect",
            "func(self: borrow<resource>) -> result<_, string>",
        ),
        item("", "now", "func() -> tuple<u64, f64>"),
    ];
    assert_eq!(artifact.imports, imports);
    assert_eq!(artifact.exports, [item("", "stop", "func()")]);
    assert_eq!(artifact.could_ask(), ["dns", "tcp"]);
}

#[test]
fn producers_are_merged_over_nested_modules() {
    let producers = component().producers;
    let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    assert_eq!(producers.language, [pair("Rust", "2021"), pair("C", "11")]);
    assert_eq!(producers.processed_by, [pair("rustc", "1.95.0")]);
    assert_eq!(producers.sdk, []);
}

#[test]
fn f25_newer_features_are_named() {
    for (text, feature) in [
        ("(module (type $f (func)) (type (cont $f)))", "stack switching"),
        ("(module (memory 1 (pagesize 1)))", "custom page sizes"),
        ("(module (memory 1 1 shared))", "threads"),
        ("(module (type (shared (func))))", "shared-everything threads"),
        ("(module (func try catch_all end))", "exceptions in their old form"),
        ("(component (import \"f\" (func async)))", "async components"),
    ] {
        let artifact = Artifact::from_bytes(text.as_bytes()).and_then(|artifact| artifact.check_bodies());
        let error = artifact.expect_err(text);
        assert_eq!(error.code(), "feature", "{text}: {error}");
        assert!(error.to_string().contains(feature), "{text}: {error}");
    }
    let wide = "(module (func (param i64 i64 i64 i64) (result i64 i64)
        (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3))))";
    let artifact = Artifact::from_bytes(wide.as_bytes()).and_then(|artifact| artifact.check_bodies());
    assert!(artifact.is_ok(), "wide arithmetic is served: {artifact:?}");
    let damaged = Artifact::from_bytes(b"\0asm\x01\0\0\0\x01\x7f").expect_err("cut off");
    assert_eq!(damaged.code(), "malformed", "damage is damage");
}

#[test]
fn f26_the_language_is_that_of_the_script() {
    let language = |text: &str| Artifact::from_bytes(text.as_bytes()).expect("valid").producers.language;
    let rust = r#"(core module (@producers (language "Rust" "2021") (language "C11" "")))"#;
    let only = |name: &str| vec![(name.to_owned(), String::new())];
    for python in [
        format!("(component {rust} (instance $e) (export \"exports\" (instance $e)))"),
        format!(r#"(component {rust} (core module (import "libpython3.14.so" "f" (func))))"#),
        format!(r#"(component {rust} (@producers (processed-by "componentize-py" "0.19.3")))"#),
    ] {
        assert_eq!(language(&python), only("Python"), "{python}");
    }
    let script = format!(r#"(component {rust} (@producers (processed-by "ComponentizeJS" "0.18")))"#);
    assert_eq!(language(&script), only("JavaScript"));
    assert_eq!(language(&format!("(component {rust})")).len(), 2, "others as they say");
}

#[test]
fn finds_debug_information() {
    let text = r#"(module (@custom ".debug_info" "x") (func))"#;
    assert!(Artifact::from_bytes(text.as_bytes()).expect("valid").has_debug_info);
}

#[test]
fn every_refusal_has_its_kind() {
    let code = |bytes: &[u8]| Artifact::from_bytes(bytes).expect_err("must be refused").code();
    assert_eq!(code(b""), "empty");
    assert_eq!(code(b"\0as"), "malformed");
    assert_eq!(code(b"\0asm\x01\0"), "malformed");
    assert_eq!(code(b"\0asm\x02\0\0\0"), "not-wasm");
    assert_eq!(code(b"\x7fELF\x02\x01\x01"), "not-wasm");
    assert_eq!(code(b"\x7fELF\x02\x01\x01 .wasmtime.engine"), "precompiled");
    assert_eq!(code(b"(module"), "text");
    assert_eq!(code(br#"(module (export "f" (func 9)))"#), "malformed");
    assert_eq!(code(b"(module (memory 1 1 shared))"), "feature");
    assert_eq!(code("fn main() {}".as_bytes()), "not-wasm");
}

#[test]
fn a_refusal_names_what_was_found() {
    let found = |bytes: &[u8]| Artifact::from_bytes(bytes).expect_err("must be refused").to_string();
    assert!(found(b"\x1f\x8b\x08\0").contains("gzip"), "{}", found(b"\x1f\x8b\x08\0"));
    assert!(found(b"\x7fELF\x02").contains("ELF"));
    assert!(found("<html>\x1b[31m\nx".as_bytes()).contains(r#"the text "<html>\u{1b}[31m""#));
    assert!(found(&[0xff, 0xfe, 0, 1]).contains("the bytes ff fe 00 01"));
    assert!(found(b"\0asm\x01\0\0\0\x01\x7f").contains("at byte"));
}

#[test]
fn text_may_start_with_comments() {
    for text in [";; a\n (; b (; c ;) ;)\n(module)", "\u{feff}(module)", "  (component)"] {
        assert!(Artifact::from_bytes(text.as_bytes()).is_ok(), "{text:?} is text format");
    }
    for text in [";; only a comment", "(; open", "(;;"] {
        assert!(Artifact::from_bytes(text.as_bytes()).is_err(), "{text:?} has no module");
    }
}

#[test]
fn garbage_in_a_body_is_left_to_the_compiler() {
    // A function that returns nothing where an i32 is promised.
    let bytes = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b";
    let artifact = Artifact::from_bytes(bytes).expect("the structure is whole");
    assert_eq!(artifact.check_bodies().expect_err("the body is wrong").code(), "malformed");
}

#[test]
fn a_compiled_file_is_refused_by_name() {
    let error = Artifact::read(Path::new("/nowhere/node.CWASM")).expect_err("never loaded");
    assert_eq!(error.code(), "precompiled");
}

#[test]
fn types_are_bounded() {
    let fields: String = (0..500).map(|n| format!("(field \"field-{n}\" string) ")).collect();
    let text = format!(r#"(component (import "f" (func (param "x" (record {fields})))))"#);
    // Anonymous records are not allowed in imports; whichever way it ends, nothing may grow or panic.
    if let Ok(artifact) = Artifact::from_bytes(text.as_bytes()) {
        assert!(artifact.imports.iter().all(|item| item.ty.len() < 500));
    }
    let many = "i64 ".repeat(900);
    let text = format!(r#"(module (import "a" "f" (func (param {many}))))"#);
    let artifact = Artifact::from_bytes(text.as_bytes()).expect("valid");
    let ty = &artifact.imports.first().expect("one import").ty;
    assert!(ty.len() < 500 && ty.ends_with('…'), "{ty}");
}

#[test]
fn reads_files_and_refuses_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("node.wat");
    std::fs::write(&path, CORE).expect("written");
    assert!(Artifact::read(&path).is_ok());
    assert_eq!(Artifact::read(folder.path()).expect_err("a folder").code(), "read");
    assert_eq!(Artifact::read(&folder.path().join("none.wasm")).expect_err("missing").code(), "read");
}

/// Changes some bytes and cuts the end.
fn mutated(original: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = original.len();
    (prop::collection::vec((0..length, any::<u8>()), 0..12), 0..=length).prop_map(move |(changes, end)| {
        let mut bytes = original.clone();
        for (at, byte) in changes {
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
        }
        bytes.truncate(end.max(4));
        bytes
    })
}

proptest! {
    #[test]
    fn damaged_files_never_panic(
        core in mutated(wat::parse_str(CORE).expect("valid")),
        component in mutated(wat::parse_str(COMPONENT).expect("valid")),
    ) {
        for bytes in [core, component] {
            if let Ok(artifact) = Artifact::from_bytes(&bytes) {
                let _ = (artifact.could_ask(), artifact.check_bodies());
            }
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Artifact::from_bytes(&bytes);
        let wasm = [b"\0asm\x01\0\0\0".as_slice(), &bytes].concat();
        let _ = Artifact::from_bytes(&wasm);
    }

    #[test]
    fn every_cut_is_refused(end in 0_usize..1000) {
        let wasm = wat::parse_str(COMPONENT).expect("valid");
        // A cut between two sections leaves a file that is whole by itself.
        if let Some(part) = wasm.get(..end.min(wasm.len() - 1))
            && let Err(error) = Artifact::from_bytes(part)
        {
            prop_assert!(error.may_be_half_written(), "{error}");
        }
    }
}
