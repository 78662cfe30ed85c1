//! From a file to its definitions, on an engine that has just started.
//!
//! Cold has an empty cache on disk. Warm finds the compiled code there; it reads the file, validates it, hashes it,
//! checks the seal of the code, maps it, links it and asks the guest. A reload has the engine of a workbench that is
//! open, and a build in which one byte of the Python program's data differs.
//!
//! Aims: warm load of the Python node at most 60 ms; its reload at most 0.30 of cold.
//!
//! Measured on two cores beside other builds: warm load of the Rust component 1.9 ms, of the core module 0.67 ms, of the
//! Python component (19 MB) 37 ms; its reload 114 ms against 7.76 s cold, a ratio of 0.015.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use runtime::engine::{Engine, EngineConfig};
use support::measure::median;
use support::{Bench, bench_with, engine_config, nodes};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// A text of the Python node's definition, which lies in the data of its largest module.
const TEXT: &[u8] = b"Repeats a text";
const RELOADS: u8 = 7;

fn subjects() -> [(&'static str, PathBuf); 3] {
    [
        ("Rust component", nodes::rust("minimal")),
        ("core module", nodes::assemblyscript("template")),
        ("Python component", nodes::python("text")),
    ]
}

struct World {
    tokio: Runtime,
    bench: Bench,
}

impl World {
    fn new() -> Self {
        let tokio = Runtime::new().expect("a runtime starts");
        let bench = tokio.block_on(async { bench_with(EngineConfig { cache_dir: None, ..engine_config() }) });
        Self { tokio, bench }
    }

    /// The time of one load.
    fn load(&self, engine: &Engine, path: &Path) -> Duration {
        let started = Instant::now();
        let cancel = CancellationToken::new();
        let node = self.tokio.block_on(self.bench.workbench.load_with(engine, path, &cancel));
        let time = started.elapsed();
        node.unwrap_or_else(|error| panic!("load \"{}\": {error}", path.display()));
        time
    }

    fn folder(&self) -> tempfile::TempDir {
        tempfile::tempdir_in(self.bench.folder()).expect("a temporary folder can be made")
    }
}

/// As after a start of the program.
fn engine(cache: &Path) -> Engine {
    let cache_dir = Some(cache.join("cache"));
    Engine::new(EngineConfig { cache_dir, ..engine_config() }).expect("an engine starts")
}

fn loads(criterion: &mut Criterion) {
    let world = World::new();
    for (name, path) in subjects() {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(5));
        group.bench_function("cold", |bencher| {
            bencher.iter_custom(|times| {
                (0..times)
                    .map(|_| {
                        let folder = world.folder();
                        world.load(&engine(folder.path()), &path)
                    })
                    .sum()
            });
        });
        group.sample_size(50);
        let folder = world.folder();
        world.load(&engine(folder.path()), &path);
        group.bench_function("warm", |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| world.load(&engine(folder.path()), &path)).sum());
        });
        group.finish();
    }
}

/// One engine, as in a workbench that stays open while its user edits and builds.
fn reloads(_: &mut Criterion) {
    let world = World::new();
    let folder = world.folder();
    let engine = engine(folder.path());
    let mut wasm = std::fs::read(nodes::python("text")).expect("a built node can be read");
    let text =
        wasm.windows(TEXT.len()).position(|window| window == TEXT).expect("the definition's text is in the file");
    let path = folder.path().join("node.wasm");
    let mut load = |change: u8| {
        if let Some(byte) = wasm.get_mut(text) {
            *byte = b'A' + change;
        }
        std::fs::write(&path, &wasm).expect("a file can be written");
        world.load(&engine, &path)
    };
    let cold = load(0);
    let reload = median((1..=RELOADS).map(load).collect());
    let ratio = reload.as_secs_f64() / cold.as_secs_f64();
    println!("Python component: cold {cold:.2?}, reload {reload:.2?}, ratio {ratio:.2} (aim: 0.30)");
}

criterion_group!(benches, loads, reloads);
criterion_main!(benches);
