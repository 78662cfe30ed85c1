//! Nodes that fail, or speak, while they are asked what they are; and what memory they have for it.

use runtime::error::LoadError;
use runtime::run::Status;
use runtime::trap::TrapReason;
use support::bench;

const DEFINITION: &str =
    r#"{\22name\22:\22n\22,\22friendly_name\22:\22n\22,\22description\22:\22\22,\22category\22:\22c\22}"#;

/// What `DEFINITION` has of bytes once the text format is read.
fn length() -> usize {
    DEFINITION.replace("\\22", "\"").len()
}

/// A core module whose `get_node` does `asked` first, and whose `run` does `ran`. `$say` logs "no such file".
fn core(start: &str, asked: &str, ran: &str) -> String {
    format!(
        r#"(module
            (import "flowlike_log" "error" (func $log (param i32 i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 100) "no such file") (data (i32.const 1024) "{DEFINITION}")
            (func $say (call $log (i32.const 100) (i32.const 12)))
            {start}
            (func (export "alloc") (param i32) (result i32) (i32.const 4096))
            (func (export "get_node") (result i64)
                {asked}
                (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {})))
            (func (export "run") (param i32 i32) (result i64) {ran} (i64.const 0)))"#,
        length()
    )
}

/// The same as a component.
fn component(start: &str, asked: &str, ran: &str) -> String {
    format!(
        r#"(component
            (import "flow-like:node/logging@0.1.0" (instance $logging
                (export "log" (func (param "level" u8) (param "message" string)))))
            (import "wasi:cli/exit@0.2.0" (instance $cli (export "exit" (func (param "status" (result))))))
            (core module $data (memory (export "memory") 1)
                (data (i32.const 100) "no such file") (data (i32.const 1024) "{DEFINITION}")
                (data (i32.const 512) "\00\04\00\00") (data (i32.const 516) "\{:02x}\00\00\00"))
            (core instance $memory (instantiate $data))
            (alias core export $memory "memory" (core memory $m))
            (core func $log (canon lower (func $logging "log") (memory $m)))
            (core func $exit (canon lower (func $cli "exit")))
            (core module $code
                (import "m" "memory" (memory 1))
                (import "h" "log" (func $log (param i32 i32 i32))) (import "h" "exit" (func $exit (param i32)))
                (func $say (call $log (i32.const 3) (i32.const 100) (i32.const 12)))
                {start}
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
                (func (export "definition") (result i32) {asked} (i32.const 512))
                (func (export "run") (param i32 i32) (result i32) {ran} (i32.const 512)))
            (core instance $node (instantiate $code (with "m" (instance $memory))
                (with "h" (instance (export "log" (func $log)) (export "exit" (func $exit))))))
            (alias core export $node "realloc" (core func $realloc))
            (func (export "get-node") (result string) (canon lift (core func $node "definition") (memory $m)))
            (func (export "run") (param "input" string) (result string)
                (canon lift (core func $node "run") (memory $m) (realloc $realloc))))"#,
        length()
    )
}

type Model = fn(&str, &str, &str) -> String;
const MODELS: [(&str, Model); 2] = [("core", core), ("component", component)];

const START: &str = "(func $begin (call $say) unreachable) (start $begin)";
/// 300 MiB, which the default does not allow; the guest gives up.
const GROW: &str =
    "(if (i32.eq (memory.grow (i32.const 4800)) (i32.const -1)) (then (call $say) (call $exit (i32.const 1))))";

#[tokio::test]
async fn f16_what_a_node_wrote_is_told_with_what_is_wrong() {
    let bench = bench();
    for (model, node) in MODELS {
        for (case, text) in [("asked", node("", "(call $say) unreachable", "")), ("started", node(START, "", ""))] {
            let path = bench.file(&format!("{model}-{case}.wat"), text);
            let error = bench.try_load(&path).await.err().unwrap_or_else(|| panic!("{model} {case}: it traps"));
            assert!(matches!(error.bare(), LoadError::DefinitionTrap(_)), "{model} {case}: {error:?}");
            let words = error.to_string();
            assert!(words.contains("error: no such file"), "{model} {case}: {words}");
            assert_eq!(words.matches("no such file").count(), 1, "said once, asked twice: {words}");
        }
        let path = bench.file(&format!("{model}-fine.wat"), node("", "(call $say)", ""));
        let loaded = bench.load(&path).await;
        let said = loaded.problems.iter().find(|problem| problem.code == "definition-log");
        assert!(said.is_some_and(|problem| problem.message.contains("no such file")), "{model}: {:?}", loaded.problems);
    }
    let nothing = core("", "(call $say) (return (i64.const 0))", "");
    let error = bench.try_load(bench.file("nothing.wat", nothing)).await.err().expect("no definition").to_string();
    assert!(error.contains("no such file") && error.contains("returned nothing"), "{error}");
    assert!(!error.contains("trapped"), "it answered, if only with nothing: {error}");
}

#[tokio::test]
async fn f16_floods_are_bounded_and_no_lines_are_no_words() {
    let bench = bench();
    let flood = "(local $n i32) (loop $l (i32.store8 (i32.const 100) (i32.add (i32.const 33) (i32.rem_u (local.get $n)
        (i32.const 90)))) (call $say) (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $n) (i32.const 5000)))) unreachable";
    for (model, node) in MODELS {
        let path = bench.file(&format!("{model}-flood.wat"), node("", flood, ""));
        let words = bench.try_load(&path).await.err().expect("it traps").to_string();
        assert!(words.len() < 3_000, "{model}: {} bytes", words.len());
        let path = bench.file(&format!("{model}-mute.wat"), node("", "unreachable", ""));
        let words = bench.try_load(&path).await.err().expect("it traps").to_string();
        assert!(!words.contains("wrote"), "{model}: {words}");
    }
}

#[tokio::test]
async fn f21_the_memory_of_the_line_holds_while_the_definition_is_read() {
    for (model, node) in MODELS {
        let (small, large) = (bench(), bench());
        large.workbench.limit_definitions(1 << 30);
        let text = node("", GROW, "");
        let error = small.try_load(small.file("n.wat", &text)).await.err().expect("300 MiB of 256");
        let LoadError::DefinitionTrap(trap) = error.bare() else { panic!("{model}: {error:?}") };
        assert_eq!(trap.reason, TrapReason::Memory, "{model}: {trap:?}");
        assert!(error.to_string().contains("passed a limit"), "{model}: {error}");
        large.try_load(large.file("n.wat", &text)).await.unwrap_or_else(|error| panic!("{model}: {error}"));
        let tiers = "manifest_version = 1\nid = 'i'\nname = 'n'\nversion = '1'\n[permissions]\nmemory = 'large'";
        small.file("tiers/flow-like.toml", tiers);
        let node = small.try_load(small.file("tiers/n.wat", &text)).await;
        node.unwrap_or_else(|error| panic!("{model}: the manifest's tier: {error}"));
    }
}

#[tokio::test]
async fn f23_a_refused_growth_is_named_before_the_end_that_it_led_to() {
    let ends = ["(call $exit (i32.const 1))", "unreachable", "(drop (i32.div_u (i32.const 1) (i32.const 0)))"];
    for (model, node) in MODELS {
        let bench = bench();
        for end in ends {
            let ran = format!("(drop (memory.grow (i32.const 4800))) {end}");
            let loaded = bench.load(bench.file("n.wat", node("", "", &ran))).await;
            let outcome = bench.run(&loaded).await.outcome;
            let trap = outcome.trap.as_ref().unwrap_or_else(|| panic!("{model} {end}: {outcome:?}"));
            assert_eq!((trap.reason, outcome.status), (TrapReason::Memory, Status::Limit), "{model} {end}: {trap:?}");
            assert!(trap.message.starts_with("memory would grow to 301 MiB"), "{model} {end}: {}", trap.message);
        }
        let loaded = bench.load(bench.file("n.wat", node("", "", "(call $exit (i32.const 1))"))).await;
        let outcome = bench.run(&loaded).await.outcome;
        assert_eq!(
            outcome.trap.as_ref().map(|trap| trap.reason),
            Some(TrapReason::Exit),
            "{model}: nothing was refused"
        );
    }
}

#[tokio::test]
async fn f19_a_component_that_was_never_wrapped_is_recognised() {
    let bench = bench();
    for (text, sign) in [
        (
            r#"(module (import "flow-like:node/logging@0.1.0" "log" (func (param i32 i32 i32))) (memory (export "memory") 1))"#,
            "imports",
        ),
        (
            r#"(module (memory (export "memory") 1) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable))"#,
            "cabi_realloc",
        ),
        (
            r#"(module (memory (export "memory") 1) (func (export "flow-like:node/node@0.1.0#run") unreachable))"#,
            "#run",
        ),
        (r#"(module (memory (export "memory") 1) (func (export "get-nodes") (result i32) unreachable))"#, "get-nodes"),
        (
            r#"(module (@custom "component-type:flow-like-node" "x") (memory (export "memory") 1) (func (export "_initialize")))"#,
            "section",
        ),
    ] {
        let error = bench.try_load(bench.file("n.wat", text)).await.err().expect("it is no node");
        assert_eq!(error.code(), "unwrapped-component", "{text}: {error}");
        let words = error.to_string();
        assert!(words.contains(sign) && words.contains("wasm-tools component new"), "{words}");
        assert!(words.contains("wasm32-wasip2") && !words.contains("--adapt"), "{words}");
    }
    let adapted = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (memory (export "memory") 1)
        (func (export "get-node") (result i32) unreachable))"#;
    let error = bench.try_load(bench.file("n.wat", adapted)).await.err().expect("it is no node").to_string();
    assert!(error.contains("--adapt wasi_snapshot_preview1"), "{error}");
    let error = bench.try_load(bench.file("n.wat", "(module)")).await.err().expect("it is no node");
    assert_eq!(error.code(), "exports", "an empty module is not the inside of anything");
    let both = core("(func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 0))", "", "");
    bench.load(bench.file("both.wat", both)).await;
}
