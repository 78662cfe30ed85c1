//! Items 17 to 19: compiled code on disk.

use std::path::{Path, PathBuf};
use std::time::Instant;

use runtime::engine::EngineConfig;
use serde_json::json;
use support::bench::{bench_with, engine_config};
use support::{fixtures, nodes};

fn with_cache(folder: Option<&Path>) -> EngineConfig {
    EngineConfig { cache_dir: folder.map(Path::to_owned), ..engine_config() }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the cache folder is there") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Go, Nim, Grain and MoonBit are WAT fixtures; TypeScript's component is not built here.
#[tokio::test(flavor = "multi_thread")]
async fn c17_compiling_fills_the_cache() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    // The engine makes the folder itself: it uses none that others may enter.
    let folder = parent.path().join("compiled");
    let bench = bench_with(with_cache(Some(&folder)));
    let mut count = 0;
    for path in [nodes::rust("minimal"), nodes::assemblyscript("template"), nodes::cpp()] {
        bench.load(path).await;
        let now = files(&folder).len();
        assert!(now > count, "every node leaves something: {now} files after {count}");
        count = now;
    }
    for name in ["go", "nim", "grain", "moonbit"] {
        bench.file(&format!("{name}.wasm"), fixtures::wasm(&format!("language/{name}")));
        bench.load(bench.folder().join(format!("{name}.wasm"))).await;
    }
    assert!(files(&folder).len() > count, "fixtures leave something as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn c18_a_second_engine_takes_the_code_from_the_cache() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let folder = parent.path().join("compiled");
    let path = nodes::python("text");
    let timed = || async {
        let bench = bench_with(with_cache(Some(&folder)));
        let began = Instant::now();
        let node = bench.load(&path).await;
        let took = began.elapsed();
        bench.run(&node).inputs(json!({ "input_text": "x" })).await.ok();
        took
    };
    let cold = timed().await;
    let warm = timed().await;
    assert!(warm * 3 < cold, "cold {cold:?}, warm {warm:?}");
    assert!(!files(&folder).is_empty(), "Python leaves something in the cache");
}

#[tokio::test]
async fn c19_it_works_without_a_cache() {
    let bench = bench_with(with_cache(None));
    let node = bench.load(nodes::rust("minimal")).await;
    bench.run(&node).inputs(json!({ "input_text": "x" })).await.ok();
}
