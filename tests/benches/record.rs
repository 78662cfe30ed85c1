//! What a run of a million lines costs in the record: writing it, and finding lines in it.
//!
//! Finding is compared with the same pattern on the same lines in one text in memory: what no record can beat.

use std::path::Path;
use std::time::{Duration, Instant};

use regex::bytes::RegexBuilder;
use runtime::definition::Definition;
use runtime::event::{Event, EventKind, Level, LogSource, RunId};
use runtime::limits::Limits;
use runtime::record::{Filter, Recorder, Retention, RunInfo, TextFilter};
use support::measure::in_turns;

const LINES: u32 = 1_000_000;
const ROUNDS: usize = 11;

fn line(number: u32) -> String {
    format!("item {number}: checked the cache, {} bytes were left over", number % 4093)
}

async fn write(recorder: &Recorder, run: &RunId) -> Duration {
    let definition = Definition {
        name: "bench".into(),
        friendly_name: "Bench".into(),
        description: String::new(),
        category: String::new(),
        icon: None,
        pins: Vec::new(),
        scores: None,
        long_running: false,
        docs: None,
        abi_version: None,
        permissions: Vec::new(),
    };
    let (sender, receiver) = runtime::event::channel();
    let (tee, mut out) = recorder.tee(receiver);
    tee.begin(RunInfo::new(run.clone(), Path::new("bench.wasm"), "build".into(), &definition, &[], Limits::default()));
    let consumer = tokio::spawn(async move { while out.recv().await.is_some() {} });
    let started = Instant::now();
    for number in 0..LINES {
        let level = if number % 10_000 == 0 { Level::Warn } else { Level::Info };
        let kind = EventKind::Log { level, source: LogSource::Node, message: line(number) };
        let event = Event { run: run.clone(), at: Duration::from_micros(number.into()), kind };
        assert!(sender.send(event).await, "the tee listens");
    }
    drop(sender);
    consumer.await.expect("the consumer does not panic");
    recorder.flush().await.expect("the recorder runs");
    started.elapsed()
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = Recorder::open(folder.path(), Retention::default()).expect("a record");
    let run = RunId("bench".into());
    let tokio = tokio::runtime::Runtime::new().expect("a runtime starts");
    let took = tokio.block_on(write(&recorder, &run));
    println!("written: {:.0} lines a second", f64::from(LINES) / took.as_secs_f64());

    let memory: String = (0..LINES).map(|number| line(number) + "\n").collect();
    let record = recorder.record();
    for (name, pattern, regex) in [
        ("text in few lines", "ITEM 99999:", false),
        ("text in every line", "cache", false),
        ("text in no line", "nowhere", false),
        ("pattern in few lines", "^item 9+: .*left", true),
    ] {
        let text = if regex { TextFilter::matching(pattern) } else { TextFilter::containing(pattern) };
        let filter = Filter { text: Some(text.expect("a pattern")), ..Filter::default() };
        let bare = RegexBuilder::new(pattern).case_insensitive(!regex).multi_line(true).build().expect("a pattern");
        let compared = in_turns(
            ROUNDS,
            || timed(|| record.select(&run, &filter, 0..LINES).expect("readable").len()),
            || timed(|| bare.find_iter(memory.as_bytes()).count()),
        );
        println!("{name:<20} {compared}");
    }
    let warnings = Filter { min_level: Some(Level::Warn), ..Filter::default() };
    let compared = in_turns(
        ROUNDS,
        || timed(|| record.select(&run, &warnings, 0..LINES).expect("readable").len()),
        || timed(|| record.rows(&run, LINES - 1000..LINES).expect("readable").len()),
    );
    println!("warnings, against the last thousand lines: {compared}");
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let started = Instant::now();
    std::hint::black_box(work());
    started.elapsed()
}
