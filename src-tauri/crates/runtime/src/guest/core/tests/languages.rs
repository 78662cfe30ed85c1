//! The imports that languages bring along.

use super::*;
use crate::guest::fault::Fault;

#[tokio::test]
async fn assemblyscript_aborts_with_its_message() {
    let imports = r#"(import "env" "abort" (func $abort (param i32 i32 i32 i32)))"#;
    // "no" and "a.ts", UTF-16 with the length in bytes before them.
    let rest = r#"(data (i32.const 100) "\04\00\00\00n\00o\00") (data (i32.const 200) "\08\00\00\00a\00.\00t\00s\00")
        (func (export "run") (param i32 i32) (result i64)
            (call $abort (i32.const 104) (i32.const 204) (i32.const 7) (i32.const 9)) (i64.const 0))"#;
    let mut instance = World::default().start(&node(imports, rest)).await.ok().expect("it starts");
    let error = instance.run("{}").await.expect_err("it aborts");
    let message = "no (in a.ts:7:9)".to_owned();
    assert_eq!(error.downcast_ref(), Some(&Fault::Abort { message: message.clone() }), "typed");
    assert_eq!(instance.state().abort_message, Some(message), "and recorded for the trap");
}

/// `run` calls the function at the index in its input's length through `invoke_ii`, with the number 5.
const EMSCRIPTEN: &str = r#"
    (table (export "__indirect_function_table") 4 4 funcref)
    (elem (i32.const 1) $double $jump $other)
    (global $stack (mut i32) (i32.const 1000))
    (global $threw (mut i32) (i32.const 0))
    (func (export "emscripten_stack_get_current") (result i32) (global.get $stack))
    (func (export "_emscripten_stack_restore") (param i32) (global.set $stack (local.get 0)))
    (func (export "setThrew") (param i32 i32) (global.set $threw (local.get 0)))
    (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func $jump (param i32) (result i32) (global.set $stack (i32.const 7)) (call $longjmp) (i32.const 99))
    (func $other (param f64))
    (func (export "run") (param i32 i32) (result i64) (local $got i32)
        (local.set $got (call $invoke (local.get 1) (i32.const 5)))
        ;; got, threw and the stack pointer as three letters from 'A' on
        (i32.store8 (i32.const 50) (i32.add (i32.const 65) (local.get $got)))
        (i32.store8 (i32.const 51) (i32.add (i32.const 65) (global.get $threw)))
        (i32.store8 (i32.const 52) (i32.add (i32.const 65) (i32.eq (global.get $stack) (i32.const 1000))))
        (call $pack (i32.const 50) (i32.const 3)))"#;

const EMSCRIPTEN_IMPORTS: &str = r#"(import "env" "invoke_ii" (func $invoke (param i32 i32) (result i32)))
    (import "env" "_emscripten_throw_longjmp" (func $longjmp))"#;

#[tokio::test]
async fn invoke_calls_through_the_table_and_catches_longjmp() {
    let wat = node(EMSCRIPTEN_IMPORTS, EMSCRIPTEN);
    let run = async |input: &str| World::default().run(&wat, input).await;
    assert_eq!(run("1").await.expect("a call"), "KAB", "5 doubled is 10, nothing thrown, the stack as it was");
    assert_eq!(run("12").await.expect("a longjmp"), "ABB", "0, thrown, the stack put back");
    let error = run("123").await.expect_err("another type");
    assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::BadSignature), "checked like an indirect call");
    let error = run("").await.expect_err("no function");
    assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::IndirectCallToNull), "an empty place in the table");
    let error = run("123456").await.expect_err("outside");
    assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::TableOutOfBounds), "outside the table");
}

#[tokio::test]
async fn a_longjmp_that_nobody_catches_is_named() {
    let rest = format!(
        "{} (func (export \"_start\") (call $longjmp))",
        EMSCRIPTEN.replace("i32.mul (local.get 0) (i32.const 2)", "local.get 0")
    );
    let failed = World::default().start(&node(EMSCRIPTEN_IMPORTS, &rest)).await.err().expect("uncaught");
    assert_eq!(failed.error.downcast_ref(), Some(&Fault::Longjmp), "{:?}", failed.error);
}

#[tokio::test]
async fn tinygo_clock_and_sleep_take_either_unit() {
    let imports = r#"(import "gojs" "runtime.ticks" (func $ticks (result i64)))
        (import "gojs" "runtime.sleepTicks" (func $sleep (param i64)))"#;
    let rest = r#"(func (export "run") (param i32 i32) (result i64) (local $before i64)
            (local.set $before (call $ticks))
            (call $sleep (i64.const 3000000))
            (if (i64.lt_s (i64.sub (call $ticks) (local.get $before)) (i64.const 3000000)) (then unreachable))
            (call $pack (local.get 0) (local.get 1)))"#;
    World::default().run(&node(imports, rest), "{}").await.expect("nanoseconds");

    let imports = r#"(import "gojs" "runtime.ticks" (func $ticks (result f64)))
        (import "gojs" "runtime.sleepTicks" (func $sleep (param f64)))"#;
    let rest = r#"(func (export "run") (param i32 i32) (result i64) (local $before f64)
            (local.set $before (call $ticks))
            (call $sleep (f64.const nan)) (call $sleep (f64.const -5)) (call $sleep (f64.const 3))
            (if (f64.lt (f64.sub (call $ticks) (local.get $before)) (f64.const 3)) (then unreachable))
            (call $pack (local.get 0) (local.get 1)))"#;
    World::default().run(&node(imports, rest), "{}").await.expect("milliseconds");
}

#[tokio::test]
async fn a_sleeping_guest_is_woken_by_cancel() {
    let imports = r#"(import "gojs" "runtime.sleepTicks" (func $sleep (param f64)))"#;
    let rest = r#"(func (export "run") (param i32 i32) (result i64) (call $sleep (f64.const inf))
        (call $sleep (f64.const 1e12)) (i64.const 0))"#;
    let world = World::default();
    let cancel = world.context.cancel.clone();
    tokio::spawn(async move { cancel.cancel() });
    let error = world.run(&node(imports, rest), "{}").await.expect_err("woken");
    assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::Interrupt), "like a loop");
}

#[tokio::test]
async fn printed_characters_become_lines() {
    let imports = r#"(import "spectest" "print_char" (func $char (param i32)))
        (import "spectest" "print_i32" (func $number (param i32)))"#;
    let rest = r#"(func (export "run") (param i32 i32) (result i64)
        (call $char (i32.const 0x68)) (call $char (i32.const 0xd83c)) (call $char (i32.const 0xdf0d))
        (call $char (i32.const 10)) (call $number (i32.const -5)) (call $char (i32.const 0x21))
        (call $pack (local.get 0) (local.get 1)))"#;
    let mut world = World::default();
    world.run(&node(imports, rest), "{}").await.expect("it runs");
    let lines: Vec<String> = world.lines().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["h🌍", "-5", "!"], "the last line has no end");
}

#[tokio::test]
async fn wasi_output_becomes_log_lines_even_before_a_trap() {
    let imports = r#"(import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))"#;
    let rest = r#"(data (i32.const 64) "one\ntwo") (data (i32.const 80) "\40\00\00\00\07\00\00\00")
        (func (export "run") (param i32 i32) (result i64)
            (drop (call $write (i32.const 1) (i32.const 80) (i32.const 1) (i32.const 96)))
            (drop (call $write (i32.const 2) (i32.const 80) (i32.const 1) (i32.const 96)))
            unreachable)"#;
    let mut world = World::default();
    let mut instance = world.start(&node(imports, rest)).await.ok().expect("it starts");
    instance.run("{}").await.expect_err("it traps");
    let tail = instance.state().stderr_tail.lock().expect("not poisoned").text.clone();
    assert_eq!(tail, "one\ntwo\n", "stderr is kept for the trap's message");
    let mut lines = world.lines();
    lines.sort_by_key(|(source, _)| source.name());
    let expected = [
        (LogSource::Stderr, "one"),
        (LogSource::Stderr, "two"),
        (LogSource::Stdout, "one"),
        (LogSource::Stdout, "two"),
    ];
    assert_eq!(lines, expected.map(|(source, line)| (source, line.to_owned())), "nothing before the trap is lost");
}

#[tokio::test]
async fn the_wasi_world_is_empty() {
    let imports = r#"(import "wasi_snapshot_preview1" "environ_sizes_get" (func $env (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))"#;
    let rest = r#"(data (i32.const 80) "\00\04\00\00\40\00\00\00")
        (func $expect (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
        (func (export "run") (param i32 i32) (result i64)
            (call $expect (call $env (i32.const 64) (i32.const 68)) (i32.const 0))
            (call $expect (i32.load (i32.const 64)) (i32.const 0))
            (call $expect (call $args (i32.const 64) (i32.const 68)) (i32.const 0))
            (call $expect (i32.load (i32.const 64)) (i32.const 1))
            (call $expect (i32.load (i32.const 68)) (i32.const 20))
            (i32.store (i32.const 96) (i32.const -1))
            (call $expect (call $read (i32.const 0) (i32.const 80) (i32.const 1) (i32.const 96)) (i32.const 0))
            (call $expect (i32.load (i32.const 96)) (i32.const 0))
            (call $expect (call $prestat (i32.const 3) (i32.const 64)) (i32.const 8))
            (call $pack (local.get 0) (local.get 1)))"#;
    World::default().run(&node(imports, rest), "{}").await.expect("no environment, one argument, no input, no files");
}

#[tokio::test]
async fn f22_emscripten_passes_the_upper_half_beside_a_result() {
    for (set, get) in [("setTempRet0", "getTempRet0"), ("_emscripten_tempret_set", "_emscripten_tempret_get")] {
        let imports = format!(
            r#"(import "env" "{set}" (func $set (param i32))) (import "env" "{get}" (func $get (result i32)))"#
        );
        let rest = r#"(func (export "run") (param i32 i32) (result i64)
                (if (i32.ne (call $get) (i32.const 0)) (then unreachable))
                (call $set (i32.const -7))
                (if (i32.ne (call $get) (i32.const -7)) (then unreachable))
                (call $pack (local.get 0) (local.get 1)))"#;
        let wat = node(&imports, rest);
        for round in 0..2 {
            assert_eq!(World::default().run(&wat, "{}").await.expect("a value of its own"), "{}", "{set}, run {round}");
        }
    }
}

#[tokio::test]
async fn f22_emscripten_copies_grows_and_asks_the_time() {
    let imports = r#"(import "env" "emscripten_memcpy_big" (func $big (param i32 i32 i32) (result i32)))
        (import "env" "_emscripten_memcpy_js" (func $copy (param i32 i32 i32)))
        (import "env" "emscripten_resize_heap" (func $resize (param i32) (result i32)))
        (import "env" "emscripten_get_now" (func $now (result f64)))
        (import "env" "emscripten_date_now" (func $date (result f64)))
        (import "env" "__syscall_openat" (func $open (param i32 i32 i32 i32) (result i32)))"#;
    let rest = r#"(data (i32.const 100) "ab")
        (func (export "run") (param i32 i32) (result i64)
            (if (i32.ne (call $big (i32.const 200) (i32.const 100) (i32.const 2)) (i32.const 200)) (then unreachable))
            (call $copy (i32.const 202) (i32.const 200) (i32.const 2))
            (if (i32.ne (call $resize (i32.const 200000)) (i32.const 1)) (then unreachable))
            (if (i32.lt_u (memory.size) (i32.const 4)) (then unreachable))
            (if (i32.ne (call $resize (i32.const -1)) (i32.const 0)) (then unreachable))
            (if (f64.lt (call $date) (f64.const 1e12)) (then unreachable))
            (if (f64.gt (call $now) (f64.const 1e9)) (then unreachable))
            (if (i32.ge_s (call $open (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 0)) (then unreachable))
            (call $pack (i32.const 200) (i32.const 4)))"#;
    assert_eq!(World::default().run(&node(imports, rest), "{}").await.expect("all are served"), "abab");

    let rest = r#"(func (export "run") (param i32 i32) (result i64)
            (call $copy (i32.const 0) (i32.const -8) (i32.const 64)) (i64.const 0))"#;
    let error = World::default().run(&node(imports, rest), "{}").await.expect_err("outside");
    assert!(matches!(error.downcast_ref(), Some(Fault::BadAbi { .. })), "{error:?}");
}

#[tokio::test]
async fn f26_assemblyscript_traces_and_times() {
    let imports = r#"(import "env" "trace" (func $trace (param i32 i32 f64 f64 f64 f64 f64)))
        (import "env" "performance.now" (func $now (result f64)))
        (import "env" "console.error" (func $error (param i32)))"#;
    let rest = r#"(data (i32.const 100) "\04\00\00\00n\00o\00")
        (func (export "run") (param i32 i32) (result i64)
            (call $trace (i32.const 104) (i32.const 2) (f64.const 1) (f64.const 2.5) (f64.const 9) (f64.const 9) (f64.const 9))
            (call $trace (i32.const 104) (i32.const 0) (f64.const 9) (f64.const 9) (f64.const 9) (f64.const 9) (f64.const 9))
            (call $trace (i32.const -4) (i32.const 99) (f64.const 1) (f64.const 2) (f64.const 3) (f64.const 4) (f64.const 5))
            (call $error (i32.const 104))
            (if (f64.lt (call $now) (f64.const 0)) (then unreachable))
            (call $pack (local.get 0) (local.get 1)))"#;
    let mut world = World::default();
    world.run(&node(imports, rest), "{}").await.expect("all are served");
    let line = |source, text: &str| (source, text.to_owned());
    assert_eq!(
        world.lines(),
        [
            line(LogSource::Node, "trace: no 1, 2.5"),
            line(LogSource::Node, "trace: no"),
            line(LogSource::Node, "trace:  1, 2, 3, 4, 5"),
            line(LogSource::Stderr, "no"),
        ]
    );
}

#[tokio::test]
async fn f22_a_failed_assertion_says_which() {
    let imports = r#"(import "env" "__assert_fail" (func $fail (param i32 i32 i32 i32)))"#;
    let rest = r#"(data (i32.const 100) "n > 0\00") (data (i32.const 120) "a.c\00")
        (func (export "run") (param i32 i32) (result i64)
            (call $fail (i32.const 100) (i32.const 120) (i32.const 7) (i32.const 0)) (i64.const 0))"#;
    let error = World::default().run(&node(imports, rest), "{}").await.expect_err("it aborts");
    let message = "assertion failed: n > 0 (in a.c:7)".to_owned();
    assert_eq!(error.downcast_ref(), Some(&Fault::Abort { message }));
}
