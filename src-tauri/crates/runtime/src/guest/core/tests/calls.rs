//! Starting, definitions, runs, memory in both directions, limits.

use proptest::prelude::*;

use super::*;
use crate::guest::fault::Fault;

fn fault(error: &wasmtime::Error) -> &Fault {
    error.downcast_ref().unwrap_or_else(|| panic!("not a fault: {error:?}"))
}

#[tokio::test]
async fn a_run_gets_its_input_and_gives_its_result() {
    let world = World::default();
    let output = world.run(&node("", ECHO), r#"{"text":"grüße"}"#).await.expect("it runs");
    assert_eq!(output, r#"{"text":"grüße"}"#, "the input comes back through the guest's memory");
}

#[tokio::test]
async fn a_guest_without_alloc_gets_pages_of_its_own() {
    let wat = r#"(module (memory (export "memory") 0)
        (func (export "get_node") (result i64) (i64.const 0))
        (func (export "run") (param i32 i32) (result i64)
            (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))"#;
    let input = "x".repeat(100_000);
    let output = World::default().run(wat, &input).await.expect("it runs");
    assert_eq!(output, input, "the host grew the memory for its text");
}

#[tokio::test]
async fn buffers_are_freed_after_the_guest_has_copied_them() {
    let rest = r#"
        (global $freed (export "freed") (mut i32) (i32.const 0))
        (func (export "dealloc") (param i32 i32)
            (global.set $freed (i32.add (i32.mul (global.get $freed) (i32.const 10)) (local.get 1))))
        (func (export "run") (param i32 i32) (result i64)
            (if (global.get $freed) (then unreachable))
            (call $id))"#;
    let imports = r#"(import "flowlike_meta" "get_node_id" (func $id (result i64)))"#;
    let mut instance = World::default().start(&node(imports, rest)).await.ok().expect("it starts");
    let output = instance.run("1234").await.expect("it runs");
    assert_eq!(output, "node-7", "the id was given through alloc, and is the result");
    let freed = instance.instance.get_global(&mut instance.store, "freed").expect("exported");
    assert_eq!(freed.get(&mut instance.store).i32(), Some(46), "first the input (4 bytes), then the id (6 bytes)");
}

#[tokio::test]
async fn a_result_outside_memory_is_named() {
    let rest = r#"(func (export "run") (param i32 i32) (result i64) (i64.const 0xffff_ffff_0000_0008))"#;
    let error = World::default().run(&node("", rest), "{}").await.expect_err("outside");
    assert_eq!(
        error.to_string(),
        "run: pointer 4294967295 with length 8 is outside the guest's memory of 131072 bytes",
        "unsigned, with all numbers"
    );
}

#[tokio::test]
async fn nothing_and_too_much_are_errors() {
    let nothing = r#"(func (export "run") (param i32 i32) (result i64) (i64.const 0))"#;
    let error = World::default().run(&node("", nothing), "{}").await.expect_err("nothing");
    assert_eq!(fault(&error), &Fault::NoOutput { export: "run".to_owned() }, "packed 0 is nothing");

    let world = World::new(Limits { output: 10, ..Limits::default() });
    let error = world.run(&node("", ECHO), "12345678901").await.expect_err("too much");
    let expected = Fault::OutputTooLarge { export: "run".to_owned(), size: 11, limit: 10 };
    assert_eq!(fault(&error), &expected, "checked before it is copied");
}

#[tokio::test]
async fn broken_text_in_a_result_is_replaced_and_told() {
    let rest = r#"(data (i32.const 64) "ok\ff") 
        (func (export "run") (param i32 i32) (result i64) (call $pack (i32.const 64) (i32.const 3)))"#;
    let mut world = World::default();
    let output = world.run(&node("", rest), "{}").await.expect("it is kept");
    assert_eq!(output, "ok\u{FFFD}", "nothing is lost for a bad byte");
    let lines = world.lines();
    assert!(lines.iter().any(|(source, line)| *source == LogSource::Host && line.contains("byte 2")), "{lines:?}");
}

#[tokio::test]
async fn definitions_come_from_get_nodes_unless_one_is_wanted() {
    let rest = r#"(data (i32.const 32) "[{}]") (func (export "get_nodes") (result i64) (i64.const 0x0000_0020_0000_0004))
        (func (export "get_abi_version") (result i32) (i32.const 1))"#;
    let wat = node("", &format!("{ECHO} {rest}"));
    let mut instance = World::default().start(&wat).await.ok().expect("it starts");
    let package = instance.definitions(false).await.expect("definitions");
    assert_eq!((package.json.as_str(), package.abi_version.as_deref()), ("[{}]", Some("1")), "the package");
    assert_eq!(instance.definitions(true).await.expect("one").json, "{}", "the single node");

    let mut instance = World::default().start(&node("", ECHO)).await.ok().expect("it starts");
    let single = instance.definitions(false).await.expect("definitions");
    assert_eq!((single.json.as_str(), single.abi_version), ("{}", None), "get_node is all there is");
}

#[tokio::test]
async fn exit_with_zero_in_start_leaves_a_usable_instance() {
    let imports = r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#;
    let start = |code: i32| format!(r#"{ECHO} (func (export "_start") (call $exit (i32.const {code})))"#);
    let mut instance = World::default().start(&node(imports, &start(0))).await.ok().expect("0 is success");
    assert_eq!(instance.run("{}").await.expect("usable"), "{}", "after _start has exited");

    let failed = World::default().start(&node(imports, &start(3))).await.err().expect("3 is a failure");
    assert_eq!(fault(&failed.error), &Fault::Exit(3), "with its code");

    let exits = r#"(func (export "run") (param i32 i32) (result i64) (call $exit (i32.const 0)) (i64.const 0))"#;
    let error = World::default().run(&node(imports, exits), "{}").await.expect_err("no result");
    assert_eq!(fault(&error), &Fault::Exit(0), "a run that exits has given no result");
    assert!(error.downcast_ref::<wasmtime::WasmBacktrace>().is_some(), "the backtrace is kept");
}

#[tokio::test]
async fn start_functions_run_in_order() {
    let rest = r#"(global $log (mut i32) (i32.const 0))
        (func $note (param i32) (global.set $log (i32.add (i32.mul (global.get $log) (i32.const 10)) (local.get 0))))
        (func $section (call $note (i32.const 1))) (start $section)
        (func (export "_start") (call $note (i32.const 3)))
        (func (export "_initialize") (call $note (i32.const 2)))
        (func (export "run") (param i32 i32) (result i64)
            (if (i32.ne (global.get $log) (i32.const 123)) (then unreachable))
            (call $pack (local.get 0) (local.get 1)))"#;
    World::default().run(&node("", rest), "{}").await.expect("start section, _initialize, _start");
}

#[tokio::test]
async fn a_missing_import_traps_with_its_name_only_when_it_is_called() {
    let imports = r#"(import "vendor" "magic" (func $magic))"#;
    assert!(World::default().run(&node(imports, ECHO), "{}").await.is_ok(), "not called, no harm");
    let calls = r#"(func (export "run") (param i32 i32) (result i64) (call $magic) (i64.const 0))"#;
    let error = World::default().run(&node(imports, calls), "{}").await.expect_err("called");
    assert!(matches!(fault(&error), Fault::MissingImport { name, .. } if name == "vendor.magic"), "{error:?}");
}

#[tokio::test]
async fn endless_loops_are_stopped_by_time_and_by_cancel() {
    let spin = node("", r#"(func (export "run") (param i32 i32) (result i64) (loop (br 0)) unreachable)"#);
    for cancelled in [false, true] {
        let time = if cancelled { Duration::from_secs(60) } else { Duration::from_millis(30) };
        let world = World::new(Limits { time, ..Limits::default() });
        let linked = link(&spin).expect("it links");
        let engine = linked.links.pre.module().engine().clone();
        let mut instance = linked.instantiate(world.state()).await.ok().expect("it starts");
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let ticking = stop.clone();
        let ticker = std::thread::spawn(move || {
            while !ticking.load(std::sync::atomic::Ordering::Relaxed) {
                engine.increment_epoch();
                std::thread::yield_now();
            }
        });
        if cancelled {
            let cancel = world.context.cancel.clone();
            tokio::spawn(async move { cancel.cancel() });
        }
        let error = instance.run("{}").await.expect_err("stopped");
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        ticker.join().expect("the ticker ends");
        assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::Interrupt), "cancelled: {cancelled}");
    }
}

#[tokio::test]
async fn memory_beyond_the_limit_is_refused_and_the_state_comes_back() {
    let world = World::new(Limits { memory: 1 << 20, ..Limits::default() });
    let rest = format!(r#"{ECHO} (func (export "_start") (drop (memory.grow (i32.const 1000))) unreachable)"#);
    let failed = world.start(&node("", &rest)).await.err().expect("it traps in _start");
    assert!(failed.state.limiter.refused.is_some(), "the refusal is in the state that comes back");
    assert_eq!(failed.state.limiter.peak, 128 << 10, "and so is the peak");
}

#[tokio::test]
async fn guest_and_host_cannot_call_each_other_for_ever() {
    let imports = r#"(import "flowlike_meta" "get_node_id" (func $id (result i64)))"#;
    let wat = format!(
        r#"(module {imports} (memory (export "memory") 1)
            (func (export "get_node") (result i64) (i64.const 0))
            (func (export "alloc") (param i32) (result i32) (drop (call $id)) (i32.const 8))
            (func (export "run") (param i32 i32) (result i64) (call $id)))"#
    );
    let error = World::default().run(&wat, "{}").await.expect_err("an alloc that needs alloc");
    assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::StackOverflow), "{error:?}");
}

#[tokio::test]
async fn an_alloc_that_lies_is_caught() {
    for pointer in [-1, 65530] {
        let wat = format!(
            r#"(module (memory (export "memory") 1)
                (func (export "get_node") (result i64) (i64.const 0))
                (func (export "alloc") (param i32) (result i32) (i32.const {pointer}))
                (func (export "run") (param i32 i32) (result i64) (i64.const 0)))"#
        );
        let error = World::default().run(&wat, "0123456789").await.expect_err("no room there");
        assert!(matches!(fault(&error), Fault::BadAbi { function, .. } if function == "run"), "{pointer}: {error}");
    }
}

#[tokio::test]
async fn an_answer_without_room_is_a_matter_of_memory() {
    let full = |alloc: &str| {
        format!(
            r#"(module (memory (export "memory") 1) {alloc}
                (func (export "get_node") (result i64) (i64.const 0))
                (func (export "run") (param i32 i32) (result i64) (i64.const 0)))"#
        )
    };
    let null = full(r#"(func (export "alloc") (param i32) (result i32) (i32.const 0))"#);
    let none = full("");
    for wat in [null, none] {
        let world = World::new(Limits { memory: 64 << 10, ..Limits::default() });
        let error = world.run(&wat, "0123456789").await.expect_err("no room");
        assert_eq!(fault(&error), &Fault::NoRoom { function: "run".to_owned(), bytes: 10 }, "{wat}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever numbers a guest passes and returns, the host answers with a result or an error.
    #[test]
    fn no_numbers_of_a_guest_panic_the_host(params: [i32; 4], packed: i64, allocated: i32) {
        let [a, b, c, d] = params;
        let wat = format!(
            r#"(module
                (import "flowlike_log" "info" (func $info (param i32 i32)))
                (import "flowlike_pins" "set_output" (func $set (param i32 i32 i32 i32)))
                (import "flowlike_ws" "receive" (func $receive (param i32 i32) (result i64)))
                (import "flowlike_meta" "get_node_id" (func $id (result i64)))
                (memory (export "memory") 1)
                (func (export "get_node") (result i64) (i64.const {packed}))
                (func (export "alloc") (param i32) (result i32) (i32.const {allocated}))
                (func (export "run") (param i32 i32) (result i64)
                    (drop (call $receive (i32.const {a}) (i32.const {b})))
                    (drop (call $id))
                    (call $set (i32.const {a}) (i32.const {b}) (i32.const {c}) (i32.const {d}))
                    (call $info (i32.const {c}) (i32.const {d}))
                    (i64.const {packed})))"#
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut instance = World::default().start(&wat).await.ok().expect("it starts");
            let _ = instance.definitions(false).await;
            let _ = instance.run("{}").await;
        });
    }
}
