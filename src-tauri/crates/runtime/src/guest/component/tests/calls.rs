//! Definitions, runs, commands, and what is told of their ends.

use super::{RUN, TEXT, component, lift, linked, node, quiet, world};
use crate::guest::fault::Fault;
use crate::limits::Limits;
use crate::permission::DenyAll;

#[tokio::test]
async fn get_nodes_comes_first_and_get_node_alone_on_request() {
    let world = quiet();
    let linked = linked(&node(&lift("get-nodes", TEXT, "second")));
    let mut instance = world.instance(&linked).await;
    let text = instance.definitions(false).await.expect("it answers");
    assert_eq!(text.json, r#"[{"name":"many"}]"#);
    assert_eq!(text.abi_version, None, "there is no such export");
    let text = instance.definitions(true).await.expect("it answers");
    assert_eq!(text.json, r#"{"name":"one"}"#);
}

#[tokio::test]
async fn a_trap_in_get_nodes_leaves_get_node_to_a_fresh_instance() {
    let world = quiet();
    let linked = linked(&node(&lift("get-nodes", TEXT, "trap")));
    let mut instance = world.instance(&linked).await;
    assert!(instance.definitions(false).await.is_err(), "get-nodes traps");
    let mut instance = world.instance(&linked).await;
    assert_eq!(instance.definitions(true).await.expect("get-node answers").json, r#"{"name":"one"}"#);
}

#[tokio::test]
async fn the_abi_version_is_a_number_or_a_text() {
    for (ty, core, expected) in [("(result u32)", "two", "2"), (TEXT, "second", r#"[{"name":"many"}]"#)] {
        let world = quiet();
        let linked = linked(&node(&lift("get-abi-version", ty, core)));
        let text = world.instance(&linked).await.definitions(false).await.expect("it answers");
        assert_eq!(text.abi_version.as_deref(), Some(expected), "as {ty}");
        assert!(text.notes.is_empty(), "nothing is odd");
    }
}

#[tokio::test]
async fn another_abi_version_is_odd_but_no_reason_to_refuse() {
    let world = quiet();
    let linked =
        linked(&node(&lift("get-abi-version", "(result u64)", "two").replace("two", "wide")).replace(
            r#"(func (export "two")"#,
            r#"(func (export "wide") (result i64) i64.const 2) (func (export "two")"#,
        ));
    let text = world.instance(&linked).await.definitions(false).await.expect("it answers");
    assert_eq!(text.abi_version, None);
    assert!(text.notes[0].contains("func() -> u64"), "it says what was found: {:?}", text.notes);
}

#[tokio::test]
async fn one_instance_runs_many_times() {
    let world = quiet();
    let linked = linked(&node(""));
    let mut instance = world.instance(&linked).await;
    for input in ["{}", r#"{"ü":"😀"}"#, ""] {
        assert_eq!(instance.run(input).await.expect("it answers"), input, "the input comes back");
    }
}

#[tokio::test]
async fn a_large_document_is_refused() {
    let world = world(Limits { output: 10, ..Limits::default() }, &[], DenyAll);
    let linked = linked(&node(""));
    let error = world.instance(&linked).await.run("12345678901").await.expect_err("11 bytes are too many");
    let fault = error.downcast_ref::<Fault>();
    assert!(matches!(fault, Some(Fault::OutputTooLarge { size: 11, limit: 10, .. })), "{error:?}");
}

#[tokio::test]
async fn memory_is_limited_from_the_start() {
    let world = world(Limits { memory: 65536, ..Limits::default() }, &[], DenyAll);
    let failed = linked(&node("")).instantiate(world.state()).await;
    let failed = failed.err().expect("four pages are too many");
    assert!(failed.state.limiter.refused.is_some(), "the limiter says why: {:?}", failed.error);
}

#[test]
fn calls_can_move_between_threads() {
    fn is_send<T: Send>(_: T) {}
    fn check(instance: &mut super::Instance) {
        is_send(instance.run(""));
        is_send(instance.definitions(false));
    }
    let _ = check;
}

/// The imports for writing to a stream and for leaving.
fn console(stream: &str) -> String {
    format!(
        r#"
        (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
        (alias export $error "error" (type $error-type))
        (import "wasi:io/streams@0.2.0" (instance $streams
            (export "output-stream" (type $stream (sub resource)))
            (alias outer 1 $error-type (type $e))
            (export "error" (type $error (eq $e)))
            (type $failure (variant (case "last-operation-failed" (own $error)) (case "closed")))
            (export "stream-error" (type $stream-error (eq $failure)))
            (export "[method]output-stream.blocking-write-and-flush" (func (param "self" (borrow $stream))
                (param "contents" (list u8)) (result (result (error $stream-error)))))))
        (alias export $streams "output-stream" (type $stream))
        (import "wasi:cli/{stream}@0.2.0" (instance $console
            (alias outer 1 $stream (type $s))
            (export "output-stream" (type $out (eq $s)))
            (export "get-{stream}" (func (result (own $out))))))
        (import "wasi:cli/exit@0.2.0" (instance $exit
            (export "exit" (func (param "status" (result))))))"#
    )
}

/// A function that writes the first text to the stream and then does `end`, beside one that answers with the second.
fn writer(stream: &str, header: &str, end: &str) -> String {
    format!(
        r#"
        (core func $get (canon lower (func $console "get-{stream}")))
        (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
            (memory $memory) (realloc $realloc)))
        (core func $exit (canon lower (func $exit "exit")))
        (core module $main
            (import "libc" "memory" (memory 4))
            (import "host" "get" (func $get (result i32)))
            (import "host" "write" (func $write (param i32 i32 i32 i32)))
            (import "host" "exit" (func $exit (param i32)))
            (func (export "second") (result i32) i32.const 8)
            (func (export "main") {header}
                (call $write (call $get) (i32.load (i32.const 0)) (i32.load (i32.const 4)) (i32.const 512))
                {end}))
        (core instance $main (instantiate $main (with "libc" (instance $libc)) (with "host" (instance
            (export "get" (func $get)) (export "write" (func $write)) (export "exit" (func $exit))))))"#
    )
}

/// `wasi:cli/run` that writes a text to a stream and then returns or exits.
fn command(stream: &str, text: &str, end: &str) -> String {
    let lifts = r#"
        (func $run (result (result)) (canon lift (core func $main "main")))
        (instance $command (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $command))"#;
    component(&console(stream), &[text], &writer(stream, "(result i32)", end), lifts)
}

#[tokio::test]
async fn a_command_answers_on_stdout() {
    for end in ["i32.const 0", "(call $exit (i32.const 0)) unreachable"] {
        let mut world = quiet();
        let linked = linked(&command("stdout", "\n {\"name\":\"cmd\"} \n", end));
        let mut instance = world.instance(&linked).await;
        assert_eq!(instance.definitions(false).await.expect("it answers").json, r#"{"name":"cmd"}"#, "{end}");
        assert_eq!(instance.run("{}").await.expect("each command has a store of its own"), r#"{"name":"cmd"}"#);
        assert!(world.lines().is_empty(), "the answer is not a log line");
    }
}

#[tokio::test]
async fn a_failed_command_says_what_it_wrote_to_stderr() {
    for end in ["i32.const 1", "(call $exit (i32.const 1)) unreachable"] {
        let mut world = quiet();
        let linked = linked(&command("stderr", "no such thing\n", end));
        let error = world.instance(&linked).await.run("{}").await.expect_err("it fails");
        match error.downcast_ref() {
            Some(Fault::Command { command, code: 1, stderr }) => {
                assert_eq!((command.as_str(), stderr.as_str()), ("run-b64", "no such thing"));
            }
            _ => panic!("wanted the command's failure, got {error:?}"),
        }
        assert_eq!(world.lines(), ["no such thing"], "and it is in the log");
    }
}

#[tokio::test]
async fn a_command_without_an_answer_fails() {
    let world = quiet();
    let linked = linked(&command("stderr", "nothing\n", "i32.const 0"));
    let error = world.instance(&linked).await.run("{}").await.expect_err("nothing came");
    assert!(matches!(error.downcast_ref(), Some(Fault::NoOutput { .. })), "{error:?}");
}

#[tokio::test]
async fn leaving_a_library_by_exit_is_no_answer() {
    let body = writer("stdout", "(param i32 i32) (result i32)", "(call $exit (i32.const 0)) unreachable");
    let lifts = [lift("get-node", TEXT, "second"), lift("run", RUN, "main")].join("\n");
    let linked = linked(&component(&console("stdout"), &["line without end", "{}"], &body, &lifts));
    let mut world = quiet();
    let error = world.instance(&linked).await.run("{}").await.expect_err("it exits");
    assert!(matches!(error.downcast_ref(), Some(Fault::Exit(0))), "{error:?}");
    assert_eq!(world.lines(), ["line without end"], "nothing that was written is lost");
}

#[tokio::test]
async fn host_functions_are_reached_through_their_imports() {
    let imports = r#"
        (import "flow-like:node/logging@0.1.0" (instance $logging
            (export "log" (func (param "level" u8) (param "message" string)))))
        (import "flow-like:node/pins@0.1.0" (instance $pins
            (export "set-output" (func (param "name" string) (param "value" string)))))"#;
    let body = r#"
        (core func $log (canon lower (func $logging "log") (memory $memory)))
        (core func $set (canon lower (func $pins "set-output") (memory $memory)))
        (core module $main
            (import "libc" "memory" (memory 4))
            (import "host" "log" (func $log (param i32 i32 i32)))
            (import "host" "set" (func $set (param i32 i32 i32 i32)))
            (func (export "second") (result i32) i32.const 8)
            (func (export "run") (param i32 i32) (result i32)
                (call $log (i32.const 2) (i32.load (i32.const 0)) (i32.load (i32.const 4)))
                (call $set (i32.load (i32.const 0)) (i32.load (i32.const 4)) (local.get 0) (local.get 1))
                i32.const 8))
        (core instance $main (instantiate $main (with "libc" (instance $libc))
            (with "host" (instance (export "log" (func $log)) (export "set" (func $set))))))"#;
    let lifts = [lift("get-node", TEXT, "second"), lift("run", RUN, "run")].join("\n");
    let linked = linked(&component(imports, &["total", "{}"], body, &lifts));
    let mut world = quiet();
    let mut instance = world.instance(&linked).await;
    assert_eq!(instance.run("9007199254740993").await.expect("it answers"), "{}");
    let outputs: Vec<_> = instance.state().outputs.iter().map(|(name, value)| (&**name, value.as_str())).collect();
    assert_eq!(outputs, [("total", "9007199254740993")], "the value is exactly what was set");
    assert_eq!(world.lines(), ["total"], "and the line was told");
}
