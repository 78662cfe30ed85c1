//! Items 15, 16 and 30: fuel, memory, time.

use std::time::Duration;

use runtime::limits::{Limits, MIB};
use runtime::run::Status;
use runtime::trap::TrapReason;
use serde_json::json;
use support::{bench, nodes};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn c15_ten_million_units_of_fuel_suffice_for_a_small_node() {
    const FUEL: u64 = 10_000_000;
    let bench = bench();
    let engine = bench.workbench.fuel_engine().expect("an engine that counts fuel");
    let node = bench.workbench.load_with(engine, &nodes::rust("minimal"), &CancellationToken::new()).await;
    let node = node.expect("the node loads on that engine");
    let limits = Limits { fuel: Some(FUEL), ..Limits::default() };
    let inputs = json!({ "input_text": "Hello", "multiplier": 3 });
    let finished = bench.run(&node).limits(limits).inputs(inputs.clone()).await.ok();
    let used = finished.outcome.figures.fuel.expect("fuel is counted");
    assert!(used > 0 && used < FUEL, "{used} of {FUEL} were used");

    let starved = Limits { fuel: Some(1_000), ..Limits::default() };
    let finished = bench.run(&node).limits(starved).inputs(inputs).await.ended(Status::Limit);
    assert_eq!(finished.trap().reason, TrapReason::Fuel);
}

#[tokio::test]
async fn c16_ten_mebibytes_suffice_for_a_small_node() {
    let bench = bench();
    for path in [nodes::rust("minimal"), nodes::assemblyscript("template"), nodes::cpp()] {
        let node = bench.load(path).await;
        let limits = Limits { memory: 10 * MIB, ..Limits::default() };
        let finished = bench.run(&node).limits(limits).inputs(json!({ "input_text": "x" })).await.ok();
        let peak = finished.outcome.figures.memory_peak;
        assert!(peak > 0 && peak <= 10 * MIB, "the peak is measured: {peak}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c30_an_endless_loop_ends_in_time_and_keeps_its_lines() {
    const TIME: Duration = Duration::from_millis(300);
    let bench = bench();
    let rust = bench.load(nodes::rust("hostile")).await;
    let core = bench.fixture("hostile/loop").await;
    for (node, name) in [(&rust, "loop_forever"), (&rust, "loop_host"), (&core, "fixture")] {
        let finished = bench.run(node).node(name).time(TIME).await.ended(Status::Limit);
        assert_eq!(finished.trap().reason, TrapReason::Time, "{name}");
        let duration = finished.outcome.figures.duration;
        assert!(duration >= TIME && duration < TIME * 10, "{name} ran for {duration:?}");
        assert!(finished.lines().contains(&"before the loop"), "{name} keeps what was logged: {:?}", finished.lines());
    }
    let finished = bench.run(&rust).node("sleep").time(TIME).await.ended(Status::Limit);
    assert_eq!(finished.trap().reason, TrapReason::Time, "a host call that waits ends as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn c30_memory_ends_at_its_limit() {
    let bench = bench();
    let limits = Limits { memory: 64 * MIB, ..Limits::default() };
    let core = bench.fixture("hostile/grow_memory").await;
    let finished = bench.run(&core).limits(limits.clone()).await.ok();
    let bytes = finished.output("pages").as_u64().expect("a number of pages") * 65536;
    assert!(bytes > 48 * MIB && bytes <= 64 * MIB, "memory.grow was refused at {bytes} bytes");
    assert_eq!(finished.outcome.figures.memory_peak, bytes, "the peak is what the guest had");

    let rust = bench.load(nodes::rust("hostile")).await;
    let finished = bench.run(&rust).node("eat_memory").limits(limits.clone()).await.ok();
    let megabytes = finished.output("megabytes").as_u64().expect("a number");
    assert!((32..64).contains(&megabytes), "a guest can live with a refusal: {megabytes} MiB");
    let finished = bench.run(&rust).node("eat_memory").limits(limits).inputs(json!({ "abort": true })).await;
    let finished = finished.ended(Status::Limit);
    assert_eq!(finished.trap().reason, TrapReason::Memory, "a guest that dies of a refusal met the limit");
}

#[tokio::test]
async fn c30_the_manifest_sets_the_tiers() {
    let manifest = r#"
        manifest_version = 1
        id = "test.grow"
        name = "Grow"
        version = "0.1.0"
        description = "Grows"
        nodes = [{ id = "fixture", name = "Fixture", description = "", category = "Test" }]
        [permissions]
        memory = "minimal"
        timeout = "quick"
    "#;
    let bench = bench();
    let node = bench.fixture_with("hostile/grow_memory", manifest).await;
    let finished = bench.run(&node).await.ok();
    let bytes = finished.output("pages").as_u64().expect("a number of pages") * 65536;
    assert!(bytes <= 16 * MIB, "the minimal tier has 16 MiB, the node got {bytes} bytes");
}

#[tokio::test]
async fn c30_tables_end_at_their_limit() {
    let bench = bench();
    let node = bench.fixture("hostile/grow_table").await;
    let limits = Limits { table_elements: 50_000, ..Limits::default() };
    let finished = bench.run(&node).limits(limits).await.ok();
    let elements = finished.output("elements").as_u64().expect("a number");
    assert!(elements > 30_000 && elements <= 50_000, "{elements} elements");
}
