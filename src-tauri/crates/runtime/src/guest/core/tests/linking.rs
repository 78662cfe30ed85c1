//! What links, what is listed, what is refused.

use super::*;
use crate::error::WrongItem;
use crate::guest::core::linked_functions;
use crate::permission::Capability;

fn items(result: Result<Linked, LoadError>) -> Vec<WrongItem> {
    match result {
        Err(LoadError::Exports { items } | LoadError::Imports { items }) => items,
        Err(other) => panic!("another refusal: {other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

fn names(items: &[WrongItem]) -> Vec<&str> {
    items.iter().map(|item| item.name.as_str()).collect()
}

#[test]
fn every_function_of_the_sdks_links_with_its_own_type() {
    let text = "(param i32 i32)";
    let two = "(param i32 i32 i32 i32)";
    let functions = [
        ("flowlike_log", "trace", text.to_owned()),
        ("flowlike_log", "error", text.to_owned()),
        ("flowlike_log", "log_json", "(param i32 i32 i32 i32 i32)".to_owned()),
        ("flowlike_pins", "get_input", format!("{text} (result i64)")),
        ("flowlike_pins", "set_output", two.to_owned()),
        ("flowlike_pins", "activate_exec", text.to_owned()),
        ("flowlike_vars", "get", format!("{text} (result i64)")),
        ("flowlike_vars", "set", two.to_owned()),
        ("flowlike_vars", "delete", text.to_owned()),
        ("flowlike_vars", "has", format!("{text} (result i32)")),
        ("flowlike_cache", "get", format!("{text} (result i64)")),
        ("flowlike_cache", "has", format!("{text} (result i32)")),
        ("flowlike_meta", "get_user_id", "(result i64)".to_owned()),
        ("flowlike_meta", "is_streaming", "(result i32)".to_owned()),
        ("flowlike_meta", "get_log_level", "(result i32)".to_owned()),
        ("flowlike_meta", "time_now", "(result i64)".to_owned()),
        ("flowlike_meta", "random", "(result i64)".to_owned()),
        ("flowlike_storage", "read_request", format!("{text} (result i64)")),
        ("flowlike_storage", "write_request", format!("{two} (result i32)")),
        ("flowlike_storage", "storage_dir", "(param i32) (result i64)".to_owned()),
        ("flowlike_storage", "upload_dir", "(result i64)".to_owned()),
        ("flowlike_storage", "cache_dir", "(param i32 i32) (result i64)".to_owned()),
        ("flowlike_storage", "user_dir", "(param i32) (result i64)".to_owned()),
        ("flowlike_storage", "list_request", format!("{text} (result i64)")),
        ("flowlike_models", "embed_text", format!("{two} (result i64)")),
        ("flowlike_http", "request", "(param i32 i32 i32 i32 i32 i32 i32) (result i32)".to_owned()),
        ("flowlike_http", "response", "(result i64)".to_owned()),
        ("flowlike_stream", "emit", two.to_owned()),
        ("flowlike_stream", "text", text.to_owned()),
        ("flowlike_auth", "get_oauth_token", format!("{text} (result i64)")),
        ("flowlike_auth", "has_oauth_token", format!("{text} (result i32)")),
        ("flowlike_ws", "connect", format!("{two} (result i32)")),
        ("flowlike_ws", "send", format!("{two} (result i32)")),
        ("flowlike_ws", "receive", "(param i32 i32) (result i32)".to_owned()),
        ("flowlike_ws", "close", "(param i32) (result i32)".to_owned()),
        ("env", "abort", two.to_owned()),
        ("env", "host_log", "(param i32 i32 i32)".to_owned()),
        ("env", "host_stream", two.to_owned()),
        ("env", "host_get_variable", format!("{text} (result i64)")),
        ("env", "host_set_variable", format!("{two} (result i32)")),
        ("env", "host_time_now", "(result i64)".to_owned()),
        ("env", "host_random", "(result i64)".to_owned()),
        ("env", "emscripten_notify_memory_growth", "(param i32)".to_owned()),
        ("env", "__syscall_dup3", "(param i32 i32 i32) (result i32)".to_owned()),
        ("env", "_emscripten_throw_longjmp", String::new()),
        ("env", "invoke_vii", "(param i32 i32 i32)".to_owned()),
        ("env", "invoke_dif", "(param i32 i32 f32) (result f64)".to_owned()),
        ("env", "log", "(param i32 i32 i32)".to_owned()),
        ("env", "get_input", format!("{text} (result i64)")),
        ("env", "set_output", two.to_owned()),
        ("env", "http_request", "(param i32 i32 i32 i32 i32 i32 i32) (result i32)".to_owned()),
        ("env", "http_response", "(result i64)".to_owned()),
        ("gojs", "runtime.ticks", "(result i64)".to_owned()),
        ("gojs", "runtime.sleepTicks", "(param f64)".to_owned()),
        ("spectest", "print_char", "(param i32)".to_owned()),
        ("spectest", "print_i32_f32", "(param i32 f32)".to_owned()),
        ("wasi_snapshot_preview1", "fd_write", format!("{two} (result i32)")),
        ("wasi_snapshot_preview1", "proc_exit", "(param i32)".to_owned()),
    ];
    let imports: String =
        functions.iter().map(|(module, name, ty)| format!("(import \"{module}\" \"{name}\" (func {ty}))")).collect();
    let linked = link(&node(&imports, ECHO)).expect("it links");
    assert_eq!(linked.missing_imports(), [], "each is served with the type that the SDKs declare");
}

#[test]
fn unknown_functions_are_listed_and_do_not_stop_loading() {
    let linked = link(&node(
        r#"(import "flowlike_log" "inffo" (func (param i32 i32)))
           (import "syscall" "js.valueGet" (func (param i32)))
           (import "gojs" "syscall/js.valueGet" (func (param i32)))
           (import "flowlike_pins" "get_input" (func (param i64) (result i64)))
           (import "wasi_snapshot_preview1" "proc_exit" (func (param i64)))"#,
        ECHO,
    ));
    let linked = linked.expect("unknown functions become traps");
    let missing = linked.missing_imports();
    assert_eq!(
        names(missing),
        [
            "flowlike_log.inffo",
            "syscall.js.valueGet",
            "gojs.syscall/js.valueGet",
            "flowlike_pins.get_input",
            "wasi_snapshot_preview1.proc_exit"
        ],
        "all of them, in the module's order"
    );
    assert_eq!(missing[0].nearest.as_deref(), Some("flowlike_log.info"), "a typing error is recognised");
    assert_eq!(missing[3].found.as_deref(), Some("(i32, i32) -> i64"), "the type that there is");
    assert_eq!(missing[3].wanted, "(i64) -> i64", "the type that the module wants");
    assert_eq!(missing[4].found.as_deref(), Some("(i32) -> ()"), "WASI is compared too");
}

#[test]
fn memories_tables_and_globals_of_others_are_all_refused() {
    let items = items(link(&node(
        r#"(import "env" "__memory_base" (global i32))
           (import "env" "table" (table 1 funcref))
           (import "env" "twice" (func (param i32)))
           (import "env" "twice" (func (param i64)))"#,
        ECHO,
    )));
    assert_eq!(names(&items), ["env.__memory_base", "env.table", "env.twice"], "everything at once");
    assert_eq!(items[0].wanted, "a global of type i32", "what the module wants");
}

#[test]
fn all_wrong_exports_are_listed_with_what_was_found() {
    let items = items(link(
        r#"(module
            (func (export "getNode") (result i64) (i64.const 0))
            (func (export "run") (param i32) (result i64) (i64.const 0))
            (func (export "alloc") (param i64) (result i32) (i32.const 0))
            (global (export "_start") i32 (i32.const 0)))"#,
    ));
    assert_eq!(names(&items), ["memory", "get_nodes", "run", "alloc", "_start"], "everything at once");
    assert_eq!(items[0].found, None, "no memory at all");
    assert_eq!(items[1].nearest.as_deref(), Some("getNode"), "the name in another spelling");
    assert_eq!(items[2].found.as_deref(), Some("(i32) -> i64"), "the type it has");
    assert_eq!(items[3].wanted, "(i32) -> i32", "the type it should have");
    assert_eq!(items[4].found.as_deref(), Some("a global of type i32"), "not even a function");
}

#[test]
fn memories_with_64_bits_are_refused_clearly() {
    let items = items(link(
        r#"(module (memory (export "memory") i64 1)
            (func (export "get_node") (result i64) (i64.const 0))
            (func (export "run") (param i32 i32) (result i64) (i64.const 0)))"#,
    ));
    assert_eq!(names(&items), ["memory"], "only the memory is wrong");
    assert!(items[0].advice.contains("wasm32"), "the next step: {}", items[0].advice);
}

#[test]
fn floods_of_imports_and_names_are_bounded() {
    let flood = |count: usize| -> String { (0..count).map(|at| format!("(import \"x\" \"{at}\" (func))")).collect() };
    let items = items(link(&node(&flood(10_001), ECHO)));
    assert_eq!(items[0].found.as_deref(), Some("10001"), "too many imports are refused in one line");

    let long = format!("(import \"m\" \"{}\" (func))", "n".repeat(50_000));
    let linked = link(&node(&(flood(500) + &long), ECHO)).expect("it links");
    assert_eq!(linked.missing_imports().len(), 501, "all are listed");
    assert!(linked.missing_imports().iter().all(|item| item.name.len() < 300), "names are cut for people");
}

/// The capability of a function, by the family of its name. A new function that fits no family fails the test below.
fn expected(name: &str) -> Option<Capability> {
    let (module, function) = name.split_once('.').expect("module.name");
    let has = |words: &[&str]| words.iter().any(|word| function.contains(word));
    match module {
        "flowlike_log" | "flowlike_pins" | "flowlike_meta" => None,
        "flowlike_vars" => Some(Capability::Variables),
        "flowlike_cache" => Some(Capability::Cache),
        "flowlike_storage" if has(&["write"]) => Some(Capability::StorageWrite),
        "flowlike_storage" => Some(Capability::StorageRead),
        "flowlike_models" => Some(Capability::Models),
        "flowlike_http" => Some(Capability::Http),
        "flowlike_stream" => Some(Capability::Streaming),
        "flowlike_auth" => Some(Capability::OAuth),
        "flowlike_ws" => Some(Capability::WebSocket),
        // Closed: no directories, no sockets, no input, no environment.
        "wasi_snapshot_preview1" | "gojs" | "spectest" => None,
        "env" if has(&["http_"]) => Some(Capability::Http),
        "env" if has(&["ws_"]) => Some(Capability::WebSocket),
        "env" if has(&["oauth"]) => Some(Capability::OAuth),
        "env" if has(&["embed"]) => Some(Capability::Models),
        "env" if has(&["stream_", "host_stream"]) || function == "emit" => Some(Capability::Streaming),
        "env" if has(&["write"]) => Some(Capability::StorageWrite),
        "env" if has(&["read_", "storage_", "list_", "_dir"]) => Some(Capability::StorageRead),
        "env" if has(&["cache_"]) => Some(Capability::Cache),
        "env" if has(&["_var"]) => Some(Capability::Variables),
        // Lines for the log, times, the guest's own memory; there are no files and no processes.
        "env" if has(&["console", "trace", "performance.now", "__syscall_*", "empRet0", "__assert_fail"]) => None,
        "env" if has(&["log", "abort", "emscripten", "invoke_", "get_", "set_output"]) => None,
        "env" if has(&["activate_exec", "is_streaming", "time_now", "Date.now", "random", "seed"]) => None,
        _ => panic!("\"{name}\" is linked but not classified: say which capability it needs"),
    }
}

#[test]
fn every_linked_function_is_classified() {
    let functions = linked_functions();
    assert!(functions.len() > 120, "the list holds our own functions, the runtimes' and WASI: {}", functions.len());
    for (name, needs) in &functions {
        assert_eq!(*needs, expected(name), "{name}");
    }
    for sample in ["flowlike_http.request", "env.invoke_*", "wasi_snapshot_preview1.fd_write"] {
        assert!(functions.iter().any(|(name, _)| name == sample), "{sample} is linked");
    }
}

#[test]
fn f25_many_missing_imports_are_grouped() {
    let flood = |module: &str, count: usize| -> String {
        (0..count).map(|at| format!("(import \"{module}\" \"f{at}\" (func))")).collect()
    };
    let linked = link(&node(&(flood("left", 700) + &flood("right", 200)), ECHO)).expect("it links");
    let problems = crate::guest::Guest::Core(linked).problems();
    let text: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(text.len(), 11, "ten, and one for the rest");
    assert!(
        text[10].contains("890 more imports are provided by no Flow-Like host: 690 of \"left\", 200 of \"right\""),
        "{}",
        text[10]
    );
    assert!(text.concat().len() < 4_000, "{} bytes", text.concat().len());
    let one_more = crate::guest::Guest::Core(link(&node(&flood("left", 11), ECHO)).expect("it links")).problems();
    assert!(one_more[10].message.starts_with("1 more import is provided"), "{}", one_more[10].message);
}

#[test]
fn f26_what_needs_another_host_says_so() {
    let advice = |module: &str, name: &str| {
        let linked = link(&node(&format!("(import \"{module}\" \"{name}\" (func (param i32 i32 i32)))"), ECHO));
        linked.expect("it links").missing_imports()[0].advice.clone()
    };
    for (module, name, part) in [
        ("env", "__cxa_throw", "-fwasm-exceptions"),
        ("env", "__cxa_find_matching_catch_3", "-fwasm-exceptions"),
        ("env", "__resumeException", "-fwasm-exceptions"),
        ("env", "emscripten_asm_const_int", "STANDALONE_WASM"),
        ("env", "crypto.getRandomValuesN", "JavaScript"),
        ("env", "console.assert", "JavaScript"),
        ("wbg", "__wbg_log_1234", "wasm-bindgen"),
        ("wasi_unstable", "fd_write", "wasi_snapshot_preview1"),
        ("wasi_ephemeral_nn", "load", "not served"),
        ("a", "b", "STANDALONE_WASM"),
        ("flow-like:node/logging@0.1.0", "log", "wasm-tools component new"),
    ] {
        let advice = advice(module, name);
        assert!(advice.contains(part), "{module}.{name}: {advice}");
    }
}
