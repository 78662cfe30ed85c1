//! The compile worker, run as the program that it is part of.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use runtime::artifact::{Artifact, ArtifactKind, Producers};
use runtime::engine::{Compiled, Engine, EngineConfig, worker};
use runtime::error::LoadError;
use rustix::process::Pid;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const NODEWB: &str = env!("CARGO_BIN_EXE_nodewb");
const SMALL: &str = r#"(module (func (export "answer") (result i32) i32.const 42))"#;

/// Longer than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn folder() -> TempDir {
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o700)).tempdir().expect("a folder")
}

fn engine(folder: Option<&Path>, compile_limit: Duration) -> Engine {
    Engine::new(EngineConfig {
        cache_dir: folder.map(Path::to_owned),
        cache_bytes: 1 << 30,
        fuel: false,
        worker: Some(NODEWB.into()),
        compile_limit,
    })
    .expect("an engine")
}

fn artifact(bytes: Vec<u8>) -> Artifact {
    Artifact {
        kind: if bytes[4] == 1 { ArtifactKind::Core } else { ArtifactKind::Component },
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

fn small() -> Artifact {
    artifact(wat::parse_str(SMALL).expect("valid text"))
}

/// A module that keeps a compiler busy for a minute: much code in few bytes to read.
fn bomb() -> Artifact {
    fn number(bytes: &mut Vec<u8>, mut value: usize) {
        while value > 0x7f {
            bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
    }
    fn section(module: &mut Vec<u8>, id: u8, content: &[u8]) {
        module.push(id);
        number(module, content.len());
        module.extend_from_slice(content);
    }
    let functions = 2_000;
    // local 0 = (local 0 * n) ^ local 0, over and over
    let mut body = vec![0];
    for step in 0..1_000_u32 {
        body.extend([0x20, 0, 0x41, (step % 60) as u8, 0x6c, 0x20, 0, 0x73, 0x21, 0]);
    }
    body.extend([0x20, 0, 0x0b]);
    let mut declared = Vec::new();
    number(&mut declared, functions);
    let mut code = declared.clone();
    declared.extend(vec![0; functions]);
    for _ in 0..functions {
        number(&mut code, body.len());
        code.extend_from_slice(&body);
    }
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    section(&mut module, 1, &[1, 0x60, 1, 0x7f, 1, 0x7f]);
    section(&mut module, 3, &declared);
    section(&mut module, 10, &code);
    artifact(module)
}

async fn compile(engine: &Engine, artifact: &Artifact) -> Result<Compiled, LoadError> {
    engine.compile(artifact, &CancellationToken::new()).await
}

/// The workers that write to `folder`, found by their arguments: tests run side by side.
fn workers(folder: &Path) -> Vec<Pid> {
    let folder = folder.as_os_str().as_encoded_bytes();
    fs::read_dir("/proc")
        .expect("processes")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid: &i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let mut words = line.split(|byte| *byte == 0);
            words.nth(1) == Some(worker::ARGUMENT.as_bytes()) && words.any(|word| word.starts_with(folder))
        })
        .filter_map(Pid::from_raw)
        .collect()
}

fn only_worker(folder: &Path) -> Pid {
    let workers = workers(folder);
    assert_eq!(workers.len(), 1, "one worker serves one compilation after the other");
    workers[0]
}

/// Waits for the end of a worker. One that was killed has no command line from that moment on.
async fn ended(folder: &Path, worker: Pid) {
    tokio::time::timeout(PATIENCE, async {
        while workers(folder).contains(&worker) {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the worker ends");
}

fn leftovers(folder: &Path) -> Vec<String> {
    fs::read_dir(folder.join("code"))
        .expect("the folder of compiled code")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.ends_with(".cwasm"))
        .collect()
}

#[tokio::test]
async fn a_worker_compiles_and_is_kept() {
    let folder = folder();
    let engine = engine(Some(folder.path()), PATIENCE);
    let compiled = compile(&engine, &small()).await.expect("compiled");
    assert!(matches!(compiled, Compiled::Core(module) if module.exports().len() == 1), "the module is whole");
    let first = workers(folder.path());
    let other = artifact(wat::parse_str(SMALL.replace("42", "43")).expect("valid text"));
    compile(&engine, &other).await.expect("compiled");
    assert_eq!(workers(folder.path()), first, "the same worker compiled both");
    let worker = only_worker(folder.path());
    drop(engine);
    ended(folder.path(), worker).await;
}

#[tokio::test]
async fn a_worker_compiles_without_a_cache_folder() {
    let engine = engine(None, PATIENCE);
    compile(&engine, &small()).await.expect("compiled");
    compile(&engine, &small()).await.expect("compiled again");
}

#[tokio::test]
async fn what_does_not_compile_is_refused_and_the_worker_lives() {
    let folder = folder();
    let engine = engine(Some(folder.path()), PATIENCE);
    let mut bytes = small().bytes.to_vec();
    let length = bytes.len();
    bytes[length - 3] = 0x6a;
    let Err(LoadError::Compile { reason }) = compile(&engine, &artifact(bytes)).await else { panic!("it is invalid") };
    assert!(!reason.contains("stopped"), "refused by the compiler, not by its death: {reason}");
    let worker = only_worker(folder.path());
    compile(&engine, &small()).await.expect("compiled by the same worker");
    assert!(leftovers(folder.path()).is_empty(), "nothing is left behind");
    drop(engine);
    ended(folder.path(), worker).await;
}

#[tokio::test]
async fn f39_a_worker_that_ends_is_waited_for_whether_it_is_needed_or_not() {
    let folder = folder();
    let engine = engine(Some(folder.path()), PATIENCE);
    compile(&engine, &small()).await.expect("compiled");
    let worker = only_worker(folder.path());
    rustix::process::kill_process(worker, rustix::process::Signal::TERM).expect("it is mine");
    let place = format!("/proc/{}", worker.as_raw_nonzero());
    tokio::time::timeout(PATIENCE, async {
        while Path::new(&place).exists() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("no zombie is left");
    let other = artifact(wat::parse_str(SMALL.replace("42", "43")).expect("valid text"));
    compile(&engine, &other).await.expect("a new worker compiles what comes next");
}

#[tokio::test]
async fn a_compile_bomb_is_killed_at_the_limit() {
    let folder = folder();
    let patient = engine(Some(folder.path()), PATIENCE);
    compile(&patient, &small()).await.expect("the program is in the page cache");
    drop(patient);
    let limit = Duration::from_millis(700);
    let engine = engine(Some(folder.path()), limit);
    let bomb = bomb();
    let result = compile(&engine, &bomb).await;
    assert!(matches!(result, Err(LoadError::CompileTimeout { limit: told }) if told == limit), "{:?}", result.err());
    assert!(leftovers(folder.path()).is_empty(), "nothing is left behind");
    for worker in workers(folder.path()) {
        ended(folder.path(), worker).await;
    }
}

#[tokio::test]
async fn giving_up_kills_the_worker_and_the_next_file_gets_a_new_one() {
    let folder = folder();
    let engine = engine(Some(folder.path()), PATIENCE);
    compile(&engine, &small()).await.expect("compiled");
    let bomb = bomb();

    let worker = only_worker(folder.path());
    let given_up = tokio::time::timeout(Duration::from_millis(300), compile(&engine, &bomb)).await;
    assert!(given_up.is_err(), "the future was dropped in the middle");
    ended(folder.path(), worker).await;

    let other = artifact(wat::parse_str(SMALL.replace("42", "43")).expect("valid text"));
    compile(&engine, &other).await.expect("a new worker");
    let worker = only_worker(folder.path());
    let cancel = CancellationToken::new();
    let started = Instant::now();
    let (result, ()) = tokio::join!(engine.compile(&bomb, &cancel), async {
        // Nothing outside shows when the compilation has begun; too early would only make the test easier.
        tokio::time::sleep(Duration::from_millis(300)).await;
        cancel.cancel();
    });
    assert!(matches!(result, Err(LoadError::Abandoned)), "cancelled");
    assert!(started.elapsed() < Duration::from_secs(10), "at once, not at the end of the compilation");
    ended(folder.path(), worker).await;
    assert!(leftovers(folder.path()).is_empty(), "nothing is left behind");
}

#[tokio::test]
async fn a_small_file_does_not_wait_for_a_bomb() {
    let folder = folder();
    let engine = engine(Some(folder.path()), PATIENCE);
    let (bomb, small) = (bomb(), small());
    tokio::select! {
        _ = compile(&engine, &bomb) => panic!("the bomb takes longer"),
        compiled = compile(&engine, &small) => assert!(compiled.is_ok(), "compiled meanwhile"),
    }
}

#[test]
fn a_worker_ends_with_its_parent() {
    let folder = folder();
    let mut worker = Command::new(NODEWB)
        .args([worker::ARGUMENT, "plain"])
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("a worker");
    drop(worker.stdin.take());
    assert!(worker.wait().expect("it ends").success(), "no parent, no work");
}

#[test]
fn a_worker_without_its_arguments_ends_with_an_error() {
    let status = Command::new(NODEWB).arg(worker::ARGUMENT).stdin(Stdio::null()).stdout(Stdio::null()).status();
    assert!(!status.expect("started").success(), "it has nowhere to write to");
}
