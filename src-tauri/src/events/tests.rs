use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::mpsc;
use wire::window::{FileRow, FileState};

use super::*;

struct Window(mpsc::UnboundedSender<Batch>);

impl Sink for Window {
    fn send(&self, batch: Batch) -> bool {
        self.0.send(batch).is_ok()
    }
}

fn window() -> (Arc<dyn Sink>, mpsc::UnboundedReceiver<Batch>) {
    let (sender, batches) = mpsc::unbounded_channel();
    (Arc::new(Window(sender)), batches)
}

fn file(path: &str, state: FileState) -> Change {
    let file = FileRow { path: path.into(), name: path.into(), state, sample: false, build: None, problem: None };
    Change::File { file }
}

/// Counts how often it was asked.
#[derive(Default)]
struct Counting(AtomicU32);

impl Source for Counting {
    fn progress(&self, _tick: bool) -> Option<Progress> {
        let lines = self.0.fetch_add(1, Ordering::Relaxed);
        Some(Progress {
            run: "r".into(),
            elapsed_ms: 0.0,
            own_ms: 0.0,
            asked_ms: 0.0,
            paused: false,
            stopping: false,
            lines,
            stream: 0,
            network: 0,
            levels: [0; 5],
            left_out: 0,
            fired: Vec::new(),
            outputs: Vec::new(),
            memory_peak: 0,
            denied: 0,
            bar: None,
            bytes_up: 0,
            bytes_down: 0,
        })
    }
}

#[tokio::test]
async fn a_flood_never_has_more_batches_out_than_the_window_takes() {
    let feed = Feed::default();
    let (sink, mut batches) = window();
    drop(feed.start(sink));
    feed.watch("r", Arc::new(Counting::default()));
    let sending = tokio::spawn(feed.clone().run());
    let mut numbers = Vec::new();
    while numbers.len() < WINDOW as usize {
        feed.stir();
        numbers.extend(batches.recv().await.map(|batch| batch.number));
    }
    feed.stir();
    let more = tokio::time::timeout(4 * FRAME, batches.recv()).await;
    assert!(more.is_err(), "unanswered batches hold the next one back: {more:?}");
    feed.seen(numbers.last().copied().unwrap_or_default());
    feed.stir();
    assert!(batches.recv().await.is_some(), "an answer makes room");
    sending.abort();
}

#[tokio::test]
async fn nothing_is_sent_before_the_snapshot() {
    let feed = Feed::default();
    feed.notice("info", "before any window");
    let (sink, mut batches) = window();
    let held = feed.start(sink);
    let sending = tokio::spawn(feed.clone().run());
    feed.notice("info", "while the snapshot is made");
    assert!(tokio::time::timeout(2 * FRAME, batches.recv()).await.is_err(), "the snapshot comes first");
    drop(held);
    let batch = batches.recv().await.expect("a batch");
    assert_eq!(batch.changes.len(), 1, "what was before the window is in the snapshot: {batch:?}");
    sending.abort();
}

#[test]
fn the_newest_row_of_a_file_stands_for_those_before() {
    let mut waiting = Vec::new();
    merge(&mut waiting, file("a", FileState::Loading));
    merge(&mut waiting, file("b", FileState::Loading));
    merge(&mut waiting, file("a", FileState::Ready));
    assert!(
        matches!(&*waiting, [Change::File { file }, Change::File { .. }] if file.state == FileState::Ready),
        "{waiting:?}"
    );
    merge(&mut waiting, Change::FileRemoved { path: "a".into() });
    merge(&mut waiting, file("a", FileState::Loading));
    assert!(
        matches!(&*waiting, [.., Change::FileRemoved { .. }, Change::File { .. }]),
        "a file that came again comes after its removal: {waiting:?}"
    );
    merge(&mut waiting, Change::State);
    merge(&mut waiting, Change::State);
    assert_eq!(waiting.iter().filter(|change| matches!(change, Change::State)).count(), 1);
}
