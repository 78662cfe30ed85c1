//! One run of a node, from nothing to its outcome, against the same written directly on wasmtime.
//!
//! Ours is [`Run`] with all that belongs to it: gate, clock, limits, input document, events, the record on disk, the
//! outcome read from the result document. Bare is a store with the same limits and the same epoch, the instance, and
//! one call of `run` with the same document; both use one engine and one compilation. Host functions of the bare side
//! do nothing. Aim: at most 1.3 for a trivial node.
//!
//! Measured on two cores beside other builds, medians of rounds in turns: trivial component 2.55 (100 µs against
//! 38 µs), trivial core module 2.70, Rust node with eleven events 2.76. What is above the aim is the same 60 to 100 µs
//! for every run: the channel of events, the record's task and its hand-over to the writing thread.

mod bare;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use runtime::event::EventKind;
use runtime::node::LoadedNode;
use runtime::permission::DenyAll;
use runtime::run::{Run, RunOptions, Status};
use support::measure::in_turns;
use support::{Bench, bench, fixtures, nodes};
use tokio::runtime::Runtime;

use self::bare::Bare;

/// Runs of one side before it is the other's turn.
const BATCH: u32 = 50;
const ROUNDS: usize = 60;

struct Subject {
    name: &'static str,
    /// Whether the aim is for this one.
    trivial: bool,
    wasm: Vec<u8>,
}

fn subjects() -> Vec<Subject> {
    let read = |path| std::fs::read(path).expect("a built node can be read");
    vec![
        Subject { name: "trivial component", trivial: true, wasm: fixtures::wasm("component/plain") },
        Subject { name: "trivial core module", trivial: true, wasm: fixtures::wasm("result/exact") },
        Subject { name: "Rust node with eleven events", trivial: false, wasm: read(nodes::rust("minimal")) },
    ]
}

/// One run; the time until its outcome is there. Its events are then taken, as every consumer does.
async fn ours(bench: &Bench, node: &Arc<LoadedNode>) -> Duration {
    let name = &node.definitions.first().expect("a node has a definition").name;
    let started = Instant::now();
    let (mut run, mut events) = Run::start(&bench.workbench, RunOptions::new(node.clone(), Arc::new(DenyAll)));
    let outcome = run.call(name, Vec::new()).await;
    drop(run);
    let time = started.elapsed();
    assert_eq!(outcome.status, Status::Ok, "the node runs through: {outcome:?}");
    while let Some(event) = events.recv().await {
        if matches!(event.kind, EventKind::Finished(_)) {
            return time;
        }
    }
    panic!("a run ends with its last event");
}

async fn theirs(bare: &Bare) -> Duration {
    let started = Instant::now();
    black_box(bare.run().await);
    started.elapsed()
}

fn batch(tokio: &Runtime, mut one: impl AsyncFnMut() -> Duration) -> Duration {
    tokio.block_on(async {
        let mut total = Duration::ZERO;
        for _ in 0..BATCH {
            total += one().await;
        }
        total / BATCH
    })
}

fn runs(criterion: &mut Criterion) {
    let tokio = Runtime::new().expect("a runtime starts");
    let bench = tokio.block_on(async { bench() });
    let mut compared = Vec::new();
    for Subject { name, trivial, wasm } in subjects() {
        let path = bench.file(&format!("{}.wasm", name.replace(' ', "-")), &wasm);
        let node = tokio.block_on(bench.load(path));
        let bare = Bare::new(bench.workbench.engine().wasmtime(), &wasm);
        let mut group = criterion.benchmark_group(name);
        group.bench_function("run", |bencher| {
            bencher.to_async(&tokio).iter_custom(|times| {
                let (bench, node) = (&bench, &node);
                async move {
                    let mut total = Duration::ZERO;
                    for _ in 0..times {
                        total += ours(bench, node).await;
                    }
                    total
                }
            });
        });
        group.bench_function("bare", |bencher| bencher.to_async(&tokio).iter(|| bare.run()));
        group.finish();
        let ratio = in_turns(
            ROUNDS,
            || batch(&tokio, async || ours(&bench, &node).await),
            || batch(&tokio, async || theirs(&bare).await),
        );
        compared.push((name, trivial, ratio));
    }
    for (name, trivial, ratio) in compared {
        let aim = if trivial { " (aim: 1.30)" } else { "" };
        println!("{name}: {ratio}{aim}");
    }
}

criterion_group!(benches, runs);
criterion_main!(benches);
