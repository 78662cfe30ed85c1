//! The engine as its callers see it, compiling in this process. What only a worker can do is tested with the program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::artifact::{ArtifactKind, Producers};

const ANSWER: &str = r#"(module (func (export "answer") (result i32) i32.const 42))"#;
const OTHER: &str = r#"(module (func (export "answer") (result i32) i32.const 43))"#;

/// A private folder, as the cache wants it.
fn folder() -> TempDir {
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o700)).tempdir().expect("a folder")
}

fn config(folder: &Path) -> EngineConfig {
    EngineConfig {
        cache_dir: Some(folder.to_owned()),
        cache_bytes: 1 << 30,
        fuel: false,
        worker: None,
        compile_limit: Duration::from_secs(60),
    }
}

/// An engine that finds code in the cache but has no time to compile.
fn only_cached(folder: &Path) -> Engine {
    Engine::new(EngineConfig { compile_limit: Duration::ZERO, ..config(folder) }).expect("an engine")
}

fn engine(folder: &Path) -> Engine {
    Engine::new(config(folder)).expect("an engine")
}

fn artifact(text: &str) -> Artifact {
    let bytes = wat::parse_str(text).expect("valid text");
    let kind = if bytes[4] == 1 { ArtifactKind::Core } else { ArtifactKind::Component };
    Artifact {
        kind,
        hash: blake3::hash(&bytes).to_hex().as_str().into(),
        bytes: bytes.into(),
        producers: Producers::default(),
        has_names: false,
        has_debug_info: false,
        has_component_type: false,
        imports: Vec::new(),
        exports: Vec::new(),
    }
}

async fn compile(engine: &Engine, artifact: &Artifact) -> Result<Compiled, LoadError> {
    engine.compile(artifact, &CancellationToken::new()).await
}

async fn answer(engine: &Engine, compiled: Compiled) -> i32 {
    let mut store = wasmtime::Store::new(engine.wasmtime(), ());
    store.set_epoch_deadline(1_000);
    match compiled {
        Compiled::Core(module) => {
            let instance = wasmtime::Instance::new_async(&mut store, &module, &[]).await.expect("an instance");
            let answer = instance.get_typed_func::<(), i32>(&mut store, "answer").expect("the export");
            answer.call_async(&mut store, ()).await.expect("an answer")
        }
        Compiled::Component(component, parts) => {
            let mut linker = wasmtime::component::Linker::new(engine.wasmtime());
            parts.define(&mut linker).expect("parts fit");
            let instance = linker.instantiate_async(&mut store, &component).await.expect("an instance");
            let answer = instance.get_typed_func::<(), (i32,)>(&mut store, "answer").expect("the export");
            answer.call_async(&mut store, ()).await.expect("an answer").0
        }
    }
}

fn code(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder.join("code"))
        .expect("the folder of compiled code")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries
}

fn only(mut entries: Vec<PathBuf>) -> PathBuf {
    assert_eq!(entries.len(), 1, "one piece of code");
    entries.remove(0)
}

fn overwrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("readable");
    change(&mut bytes);
    fs::remove_file(path).expect("removed");
    fs::write(path, bytes).expect("written");
}

#[tokio::test]
async fn compiled_code_is_found_again() {
    let folder = folder();
    let artifact = artifact(ANSWER);
    let missing = compile(&only_cached(folder.path()), &artifact).await;
    assert!(matches!(missing, Err(LoadError::CompileTimeout { .. })), "nothing is there yet");
    let first = engine(folder.path());
    let compiled = compile(&first, &artifact).await.expect("compiled");
    assert_eq!(answer(&first, compiled).await, 42, "fresh code runs");
    let second = only_cached(folder.path());
    let compiled = compile(&second, &artifact).await.expect("found");
    assert_eq!(answer(&second, compiled).await, 42, "cached code runs");
}

#[tokio::test]
async fn changed_code_is_never_loaded() {
    let folder = folder();
    let artifact = artifact(ANSWER);
    compile(&engine(folder.path()), &artifact).await.expect("compiled");
    let entry = only(code(folder.path()));
    let size = fs::metadata(&entry).expect("metadata").len() as usize;
    for at in [0, 16, 64, size / 3, size / 2, size - 40, size - 1] {
        overwrite(&entry, |bytes| bytes[at] ^= 0x10);
        let found = compile(&only_cached(folder.path()), &artifact).await;
        assert!(matches!(found, Err(LoadError::CompileTimeout { .. })), "byte {at} was changed: compile anew");
        assert!(!entry.exists(), "the changed entry is removed");
        let engine = engine(folder.path());
        let compiled = compile(&engine, &artifact).await.expect("compiled again");
        assert_eq!(answer(&engine, compiled).await, 42, "the new code is right");
    }
    overwrite(&entry, |bytes| bytes.truncate(size / 2));
    let found = compile(&only_cached(folder.path()), &artifact).await;
    assert!(matches!(found, Err(LoadError::CompileTimeout { .. })), "half an entry is none");
}

#[tokio::test]
async fn foreign_code_is_never_loaded() {
    let (ours, theirs) = (folder(), folder());
    let (one, other) = (artifact(ANSWER), artifact(OTHER));
    compile(&engine(theirs.path()), &one).await.expect("compiled");
    compile(&engine(ours.path()), &other).await.expect("compiled");
    let theirs = only(code(theirs.path()));
    let place = ours.path().join("code").join(theirs.file_name().expect("a name"));
    fs::copy(&theirs, &place).expect("copied");
    let found = compile(&only_cached(ours.path()), &one).await;
    assert!(matches!(found, Err(LoadError::CompileTimeout { .. })), "sealed with another secret");
    let own = only(code(ours.path()));
    fs::copy(&own, &place).expect("copied");
    let found = compile(&only_cached(ours.path()), &one).await;
    assert!(matches!(found, Err(LoadError::CompileTimeout { .. })), "our own code under another name");
}

#[tokio::test]
async fn a_folder_that_others_may_enter_is_not_used() {
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("opened up");
    let engine = engine(folder.path());
    let compiled = compile(&engine, &artifact(ANSWER)).await.expect("compiled all the same");
    assert_eq!(answer(&engine, compiled).await, 42, "the code runs");
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0, "nothing is written there");
}

/// The folder of compiled code goes, is no folder, or an entry's place is taken: what a full disk does, for everybody.
#[tokio::test]
async fn f02_code_that_cannot_be_kept_runs_all_the_same_and_that_is_told_once() {
    type Spoil = fn(&Path);
    let spoils: [Spoil; 2] = [
        |code| fs::remove_dir_all(code).expect("removed"),
        |code| {
            fs::remove_dir_all(code).expect("removed");
            fs::write(code, "").expect("a file");
        },
    ];
    for spoil in spoils {
        let folder = folder();
        let engine = engine(folder.path());
        let mut problem = engine.problem();
        assert_eq!(*problem.borrow_and_update(), None, "it can be used so far");
        spoil(&folder.path().join("code"));
        for turn in 0..2 {
            let compiled = compile(&engine, &artifact(ANSWER)).await.expect("compiled all the same");
            assert_eq!(answer(&engine, compiled).await, 42, "the code runs");
            assert_eq!(problem.has_changed().expect("the engine lives"), turn == 0, "told once");
            let told = problem.borrow_and_update().clone().expect("a problem");
            assert!(told.contains(&folder.path().display().to_string()), "it names the folder: {told}");
        }
    }
}

#[tokio::test]
async fn f50_what_is_in_the_place_of_an_entry_costs_a_compilation() {
    type Strange = fn(&Path);
    let strange: [(Strange, bool); 3] = [
        (|entry| fs::create_dir_all(entry.join("inside")).expect("a folder"), true),
        (|entry| assert!(std::process::Command::new("mkfifo").arg(entry).status().expect("it runs").success()), false),
        (|entry| std::os::unix::fs::symlink("/dev/zero", entry).expect("a link to a device"), false),
    ];
    for (strange, stays) in strange {
        let folder = folder();
        compile(&engine(folder.path()), &artifact(ANSWER)).await.expect("compiled");
        let entry = only(code(folder.path()));
        fs::remove_file(&entry).expect("removed");
        strange(&entry);
        let engine = engine(folder.path());
        let compiled = compile(&engine, &artifact(ANSWER)).await.expect("compiled again");
        assert_eq!(answer(&engine, compiled).await, 42, "the code runs");
        let told = engine.problem().borrow().clone();
        assert_eq!(told.is_some(), stays, "only what cannot be replaced is told: {told:?}");
        assert_eq!(entry.is_file(), !stays, "the entry is there again where it can be");
    }
}

#[tokio::test]
async fn a_damaged_secret_costs_a_compilation_and_no_more() {
    let folder = folder();
    let artifact = artifact(ANSWER);
    compile(&engine(folder.path()), &artifact).await.expect("compiled");
    let secret = folder.path().join("secret");
    let mode = fs::metadata(&secret).expect("a secret").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else reads the secret");
    fs::write(&secret, b"short").expect("damaged");
    let found = compile(&only_cached(folder.path()), &artifact).await;
    assert!(matches!(found, Err(LoadError::CompileTimeout { .. })), "seals under the old secret do not hold");
    compile(&engine(folder.path()), &artifact).await.expect("compiled again");
    compile(&only_cached(folder.path()), &artifact).await.expect("found under the new secret");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn engines_share_a_folder() {
    let folder = folder();
    let artifact = artifact(ANSWER);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (engine, artifact) = (engine(folder.path()), artifact.clone());
            tokio::spawn(async move {
                let compiled = compile(&engine, &artifact).await.expect("compiled");
                answer(&engine, compiled).await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), 42, "every engine gets the code");
    }
    only(code(folder.path()));
}

#[tokio::test]
async fn the_least_recently_used_code_goes_first() {
    let folder = folder();
    let texts: Vec<String> = (0..6).map(|number| ANSWER.replace("42", &number.to_string())).collect();
    compile(&engine(folder.path()), &artifact(&texts[0])).await.expect("compiled");
    let first = only(code(folder.path()));
    let size = fs::metadata(&first).expect("metadata").len();
    let bounded = Engine::new(EngineConfig { cache_bytes: 3 * size + size / 2, ..config(folder.path()) });
    let bounded = bounded.expect("an engine");
    let mut kept = Vec::new();
    for text in &texts[1..] {
        compile(&bounded, &artifact(text)).await.expect("compiled");
        compile(&bounded, &artifact(&texts[0])).await.expect("found");
        kept = code(folder.path());
        assert!(kept.len() <= 3, "the folder stays within its limit");
        assert!(kept.contains(&first), "what is used stays");
    }
    assert_eq!(kept.len(), 3, "no more is removed than must be");
}

#[tokio::test]
async fn code_without_a_folder_is_compiled_and_forgotten() {
    let engine = Engine::new(EngineConfig { cache_dir: None, ..config(Path::new("/")) }).expect("an engine");
    let compiled = compile(&engine, &artifact(ANSWER)).await.expect("compiled");
    assert_eq!(answer(&engine, compiled).await, 42, "the code runs");
}

#[tokio::test]
async fn what_is_no_longer_wanted_is_given_up() {
    let folder = folder();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let result = engine(folder.path()).compile(&artifact(ANSWER), &cancel).await;
    assert!(matches!(result, Err(LoadError::Abandoned)), "cancelled");
}

#[tokio::test]
async fn a_worker_that_is_none_is_done_without() {
    for program in ["/nonexistent/program", "/bin/echo", "/bin/false"] {
        let folder = folder();
        let engine = Engine::new(EngineConfig { worker: Some(program.into()), ..config(folder.path()) });
        let engine = engine.expect("an engine");
        let compiled = compile(&engine, &artifact(ANSWER)).await.expect("compiled in this process");
        assert_eq!(answer(&engine, compiled).await, 42, "with \"{program}\" as the worker");
    }
}

#[tokio::test]
async fn what_does_not_compile_is_refused_with_the_reason() {
    let folder = folder();
    let mut broken = artifact(r#"(module (func (export "answer") (result i32) i64.const 1 i32.wrap_i64))"#);
    let mut bytes = broken.bytes.to_vec();
    let wrap = bytes.iter().rposition(|byte| *byte == 0xa7).expect("the conversion");
    bytes[wrap] = 0x01;
    broken.bytes = bytes.into();
    let Err(LoadError::Compile { reason }) = compile(&engine(folder.path()), &broken).await else {
        panic!("an i64 is not an i32");
    };
    assert!(reason.contains("type mismatch"), "the reason is wasmtime's: {reason}");
    assert!(code(folder.path()).is_empty(), "nothing is left behind");
}

#[tokio::test]
async fn fuel_is_an_engine_of_its_own() {
    let folder = folder();
    let artifact = artifact(ANSWER);
    let counting = Engine::new(EngineConfig { fuel: true, ..config(folder.path()) }).expect("an engine");
    assert!(counting.counts_fuel() && !engine(folder.path()).counts_fuel(), "each says what it does");
    compile(&counting, &artifact).await.expect("compiled");
    compile(&engine(folder.path()), &artifact).await.expect("compiled");
    assert_eq!(code(folder.path()).len(), 2, "code that counts is other code");
}

#[tokio::test]
async fn the_proposals_that_languages_need_are_on() {
    let folder = folder();
    let engine = engine(folder.path());
    for (proposal, text) in [
        ("gc", "(module (type (struct (field i32))) (func (result (ref 0)) i32.const 1 struct.new 0))"),
        ("function references", "(module (type $t (func)) (func (param (ref $t)) local.get 0 call_ref $t))"),
        ("exceptions", "(module (tag $e) (func (block $b (try_table (catch_all $b) throw $e))))"),
        ("tail calls", "(module (func $f return_call $f))"),
        ("memory64", "(module (memory i64 1))"),
        ("multi-memory", "(module (memory 1) (memory 1))"),
        ("simd", "(module (func (result v128) v128.const i32x4 1 2 3 4))"),
        (
            "wide arithmetic",
            "(module (func (param i64 i64 i64 i64) (result i64 i64) (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3))))",
        ),
    ] {
        let compiled = compile(&engine, &artifact(text)).await;
        assert!(compiled.is_ok(), "{proposal}: {:?}", compiled.err());
    }
}

#[tokio::test]
async fn a_spinning_guest_is_interrupted() {
    let folder = folder();
    let engine = engine(folder.path());
    let spin = artifact(r#"(module (func (export "spin") (loop br 0)))"#);
    let Ok(Compiled::Core(module)) = compile(&engine, &spin).await else { panic!("a core module") };
    for running in [None, Some(engine.running())] {
        let mut store = wasmtime::Store::new(engine.wasmtime(), ());
        store.set_epoch_deadline(3);
        let instance = wasmtime::Instance::new_async(&mut store, &module, &[]).await.expect("an instance");
        let spin = instance.get_typed_func::<(), ()>(&mut store, "spin").expect("the export");
        let error = spin.call_async(&mut store, ()).await.expect_err("it never returns");
        assert_eq!(error.downcast_ref(), Some(&wasmtime::Trap::Interrupt), "stopped by the epoch");
        drop(running);
    }
}

#[test]
fn the_ticker_does_not_keep_the_engine() {
    let engine = Engine::new(EngineConfig { cache_dir: None, ..config(Path::new("/")) }).expect("an engine");
    let weak = engine.wasmtime().weak();
    let clone = engine.clone();
    drop(engine);
    assert!(weak.upgrade().is_some(), "a clone keeps it");
    drop(clone);
    // The ticker may hold it for the length of one tick.
    while weak.upgrade().is_some() {
        std::thread::yield_now();
    }
}

#[test]
fn the_version_is_that_of_the_lock_file() {
    let lock: toml::Table = include_str!("../../../../../Cargo.lock").parse().expect("a lock file");
    let versions: Vec<&str> = lock["package"]
        .as_array()
        .expect("packages")
        .iter()
        .filter(|package| package["name"].as_str() == Some("wasmtime"))
        .filter_map(|package| package["version"].as_str())
        .collect();
    assert_eq!(versions, [wasmtime_version()], "the constant follows the pinned version");
}

/// A component whose one module has a large body, something of each kind in its interface, and `end` after it.
fn component(end: &str) -> Artifact {
    let body = "i32.const 7 i32.add ".repeat(50_000);
    artifact(&format!(
        r#"(component
            (core module $large
                (type $t (func (param i32) (result i32)))
                (import "env" "memory" (memory 1 5))
                (import "env" "offset" (global i32))
                (import "env" "count" (global (mut i64)))
                (import "env" "table" (table 1 funcref))
                (import "env" "twice" (func $twice (type $t)))
                (tag (export "wrong") (param i32))
                (memory $own (export "own") 1)
                (global (export "g") f64 (f64.const 1))
                (table (export "t") 2 4 externref)
                (func (export "run") (type $t) local.get 0 {body} call $twice))
            (core module $host
                (memory (export "memory") 1 5)
                (global (export "offset") i32 (i32.const 3))
                (global (export "count") (mut i64) (i64.const 0))
                (table (export "table") 1 funcref)
                (func (export "twice") (param i32) (result i32) local.get 0 i32.const 2 i32.mul))
            (core module $main
                (import "large" "run" (func $run (param i32) (result i32)))
                (func (export "answer") (result i32) i32.const 1 call $run {end}))
            (core instance $host (instantiate $host))
            (core instance $large (instantiate $large (with "env" (instance $host))))
            (core instance $main (instantiate $main (with "large" (instance $large))))
            (func (export "answer") (result s32) (canon lift (core func $main "answer"))))"#
    ))
}

#[tokio::test]
async fn a_rebuilt_component_finds_its_large_modules() {
    let folder = folder();
    let engine = engine(folder.path());
    let (before, after) = (component(""), component("i32.const 1 i32.add"));
    let compiled = compile(&engine, &before).await.expect("compiled");
    assert!(matches!(&compiled, Compiled::Component(_, parts) if parts.len() == 1), "one module is compiled apart");
    assert_eq!(answer(&engine, compiled).await, 700_002, "parts and rest fit together");
    let first = code(folder.path());
    assert_eq!(first.len(), 2, "the part and the rest");
    let compiled = compile(&engine, &after).await.expect("compiled");
    assert_eq!(answer(&engine, compiled).await, 700_003, "the change is there");
    let second = code(folder.path());
    assert_eq!(second.len(), 3, "only the rest is new");
    let rest = first.iter().chain(&second).map(|entry| fs::metadata(entry).expect("metadata").len()).min();
    assert!(rest.is_some_and(|size| size < 100_000), "the rest is small: {rest:?} bytes");
    let cached = only_cached(folder.path());
    let compiled = compile(&cached, &before).await.expect("found");
    assert_eq!(answer(&cached, compiled).await, 700_002, "the earlier build is still there");
}

#[test]
fn only_what_can_be_moved_is_taken_out() {
    assert!(parts::split(&component("").bytes).is_some(), "a large module of plain types");
    let big = "i32.const 7 drop ".repeat(50_000);
    for (why, text) in [
        ("it is small", "(component (core module (func)))".to_owned()),
        ("the component has core types", format!("(component (core type (func)) (core module (func {big})))")),
        (
            "a type is not plain",
            format!("(component (core module (type $s (struct)) (func (export \"f\") (param (ref $s)) {big})))"),
        ),
        (
            "an import stands twice",
            format!("(component (core module (import \"a\" \"b\" (func)) (import \"a\" \"b\" (func)) (func {big})))"),
        ),
        ("it is not a component", format!("(module (func {big}))")),
    ] {
        assert!(parts::split(&artifact(&text).bytes).is_none(), "stays whole: {why}");
    }
    let whole = component("").bytes;
    for length in (0..whole.len()).step_by(997) {
        parts::split(&whole[..length]);
    }
}
