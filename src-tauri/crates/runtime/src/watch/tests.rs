//! Real files, real events. Each test waits for the change itself; polling and verification are switched off where
//! the events alone must do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;

use super::*;

/// Long enough for a busy machine; only a failing test takes as long.
const PATIENCE: Duration = Duration::from_secs(60);
const NEVER: Duration = Duration::from_secs(3600);

fn events_only() -> WatchConfig {
    WatchConfig { quiet: Duration::from_millis(30), poll: NEVER, verify: NEVER }
}

struct Scene {
    root: PathBuf,
    watcher: Watcher,
    changes: mpsc::Receiver<Change>,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn new(config: WatchConfig) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it exists");
        let (watcher, changes) = Watcher::start(config).expect("a thread");
        Self { root, watcher, changes, _folder: folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file with its folders, and returns its path.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("folders");
        fs::write(&path, text).expect("a file");
        path
    }

    async fn watch(&self, path: &Path) {
        let watching = self.watcher.file(path, Method::Events).await.expect("the watcher runs");
        assert_eq!(watching, Watching::Events, "a local folder has events");
    }

    async fn next(&mut self) -> Change {
        tokio::time::timeout(PATIENCE, self.changes.recv()).await.expect("a change in time").expect("still watching")
    }

    async fn expect(&mut self, path: &Path, kind: ChangeKind) {
        assert_eq!(self.next().await, Change { path: path.to_owned(), kind }, "the change that was made");
    }

    /// Everything reported until a marker file, written now, is reported too.
    async fn until_marker(&mut self) -> Vec<Change> {
        let marker = self.path("marker/marker.wasm");
        fs::create_dir_all(self.path("marker")).expect("a folder");
        self.watcher.file(&marker, Method::Events).await.expect("the watcher runs");
        fs::write(&marker, "x").expect("a file");
        let mut seen = Vec::new();
        loop {
            let change = self.next().await;
            if change.path == marker {
                return seen;
            }
            seen.push(change);
        }
    }
}

#[tokio::test]
async fn truncate_and_write() {
    let mut scene = Scene::new(events_only());
    let node = scene.write("node.wasm", "one");
    scene.watch(&node).await;
    fs::write(&node, "two").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;
    fs::write(&node, "three").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;
}

#[tokio::test]
async fn rename_over_again_and_again() {
    let mut scene = Scene::new(events_only());
    let node = scene.write("node.wasm", "one");
    scene.watch(&node).await;
    for text in ["two", "three", "four"] {
        let temporary = scene.write("node.wasm.tmp", text);
        fs::rename(&temporary, &node).expect("a rename");
        scene.expect(&node, ChangeKind::Written).await;
    }
}

#[tokio::test]
async fn remove_and_hard_link_is_one_write() {
    let quiet = Duration::from_millis(500);
    let mut scene = Scene::new(WatchConfig { quiet, ..events_only() });
    let node = scene.write("release/node.wasm", "one");
    scene.watch(&node).await;
    let product = scene.write("release/deps/node.wasm", "two");
    fs::remove_file(&node).expect("removed");
    fs::hard_link(&product, &node).expect("a hard link");
    scene.expect(&node, ChangeKind::Written).await;
    assert_eq!(scene.until_marker().await, [], "the removal between is not a change of its own");
}

#[tokio::test]
async fn a_slow_write_is_reported_once_and_complete() {
    use std::io::Write;
    let mut scene = Scene::new(events_only());
    let node = scene.write("node.wasm", "");
    scene.watch(&node).await;
    let mut file = fs::File::create(&node).expect("a file");
    for _ in 0..200 {
        file.write_all(&[7; 1000]).expect("a write");
    }
    drop(file);
    scene.expect(&node, ChangeKind::Written).await;
    assert_eq!(fs::metadata(&node).expect("it exists").len(), 200_000, "reported after the last write");
    assert_eq!(scene.until_marker().await, [], "one write is one change");
}

#[tokio::test]
async fn a_file_vanishes_and_returns() {
    let mut scene = Scene::new(events_only());
    let node = scene.write("node.wasm", "one");
    scene.watch(&node).await;
    fs::remove_file(&node).expect("removed");
    scene.expect(&node, ChangeKind::Removed).await;
    fs::write(&node, "one").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;
}

#[tokio::test]
async fn a_file_that_is_not_there_yet() {
    let mut scene = Scene::new(events_only());
    let node = scene.path("target/wasm32-wasip2/release/node.wasm");
    scene.watch(&node).await;
    scene.write("target/wasm32-wasip2/release/node.wasm", "one");
    scene.expect(&node, ChangeKind::Written).await;
}

#[tokio::test]
async fn a_folder_vanishes_and_returns() {
    let mut scene = Scene::new(events_only());
    let node = scene.write("target/release/node.wasm", "one");
    scene.watch(&node).await;
    for text in ["two", "three"] {
        fs::remove_dir_all(scene.path("target")).expect("removed");
        scene.expect(&node, ChangeKind::Removed).await;
        scene.write("target/release/node.wasm", text);
        scene.expect(&node, ChangeKind::Written).await;
    }
}

#[tokio::test]
async fn the_parent_folder_is_moved_away_and_replaced() {
    let mut scene = Scene::new(events_only());
    let node = scene.write("out/node.wasm", "one");
    scene.watch(&node).await;
    fs::rename(scene.path("out"), scene.path("old")).expect("a rename");
    scene.expect(&node, ChangeKind::Removed).await;
    scene.write("new/node.wasm", "two");
    fs::rename(scene.path("new"), scene.path("out")).expect("a rename");
    scene.expect(&node, ChangeKind::Written).await;
    fs::write(scene.path("old/node.wasm"), "three").expect("a write");
    assert_eq!(scene.until_marker().await, [], "the folder that was moved away is no longer watched");
}

/// No event reaches the watched folder when one further up is renamed: only looking tells.
#[tokio::test]
async fn a_folder_further_up_is_replaced() {
    let verify = Duration::from_millis(50);
    let mut scene = Scene::new(WatchConfig { verify, ..events_only() });
    let node = scene.write("a/b/c/node.wasm", "one");
    scene.watch(&node).await;
    scene.write("x/b/c/node.wasm", "other");
    fs::rename(scene.path("a"), scene.path("old")).expect("a rename");
    fs::rename(scene.path("x"), scene.path("a")).expect("a rename");
    loop {
        let change = scene.next().await;
        assert_eq!(change.path, node, "only this file is watched");
        // Between the renames the file may have been missed; it is back in the end.
        if change.kind == ChangeKind::Written {
            break;
        }
    }
    fs::write(&node, "again").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_followed_and_may_be_retargeted() {
    use std::os::unix::fs::symlink;
    let mut scene = Scene::new(events_only());
    let first = scene.write("builds/1/node.wasm", "one");
    let second = scene.write("builds/2/node.wasm", "two");
    let node = scene.path("node.wasm");
    symlink(&first, &node).expect("a link");
    scene.watch(&node).await;

    fs::write(&first, "one again").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;

    symlink(&second, scene.path("new")).expect("a link");
    fs::rename(scene.path("new"), &node).expect("a rename");
    scene.expect(&node, ChangeKind::Written).await;

    fs::write(&second, "two again").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;
    fs::write(&first, "nobody looks here any more").expect("a write");
    assert_eq!(scene.until_marker().await, [], "the old target is no longer watched");
}

#[cfg(unix)]
#[tokio::test]
async fn a_linked_folder_is_retargeted() {
    use std::os::unix::fs::symlink;
    let mut scene = Scene::new(events_only());
    scene.write("v1/node.wasm", "one");
    scene.write("v2/node.wasm", "two");
    symlink("v1", scene.path("current")).expect("a link");
    let node = scene.path("current/node.wasm");
    scene.watch(&node).await;
    symlink("v2", scene.path("next")).expect("a link");
    fs::rename(scene.path("next"), scene.path("current")).expect("a rename");
    scene.expect(&node, ChangeKind::Written).await;
    fs::write(scene.path("v2/node.wasm"), "two again").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;
}

#[tokio::test]
async fn reading_and_neighbours_are_no_changes() {
    let mut scene = Scene::new(events_only());
    let node = scene.write("node.wasm", "one");
    scene.watch(&node).await;
    assert_eq!(fs::read(&node).expect("it exists"), b"one", "reading it");
    scene.write("other.wasm", "x");
    scene.write("node.wasm.tmp", "x");
    assert_eq!(scene.until_marker().await, [], "nothing happened to the file");
}

#[tokio::test]
async fn a_burst_of_writes_is_one_change() {
    let quiet = Duration::from_millis(500);
    let mut scene = Scene::new(WatchConfig { quiet, ..events_only() });
    let node = scene.write("node.wasm", "0");
    scene.watch(&node).await;
    for text in ["1", "2", "3", "4", "5"] {
        fs::write(&node, text).expect("a write");
    }
    scene.expect(&node, ChangeKind::Written).await;
    assert_eq!(scene.until_marker().await, [], "the burst came to rest once");
}

#[tokio::test]
async fn a_folder_reports_new_changed_and_removed_nodes() {
    let mut scene = Scene::new(events_only());
    let old = scene.write("p/old.wasm", "one");
    let folder = scene.path("p");
    scene.watcher.folder(&folder, What::Nodes, Method::Events).await.expect("the watcher runs");

    fs::write(&old, "two").expect("a write");
    scene.expect(&old, ChangeKind::Written).await;
    let new = scene.write("p/build/deeper/new.wasm", "x");
    scene.expect(&new, ChangeKind::Written).await;
    fs::write(&new, "y").expect("a write");
    scene.expect(&new, ChangeKind::Written).await;
    fs::remove_dir_all(scene.path("p/build")).expect("removed");
    scene.expect(&new, ChangeKind::Removed).await;
    scene.write("p/build/deeper/new.wasm", "z");
    scene.expect(&new, ChangeKind::Written).await;
    let manifest = scene.write("p/flow-like.toml", "");
    scene.expect(&manifest, ChangeKind::Written).await;
}

#[tokio::test]
async fn a_folder_leaves_build_internals_alone() {
    let mut scene = Scene::new(events_only());
    fs::create_dir_all(scene.path("p/node_modules")).expect("a folder");
    let folder = scene.path("p");
    scene.watcher.folder(&folder, What::Nodes, Method::Events).await.expect("the watcher runs");
    scene.write("p/node_modules/x/x.wasm", "x");
    scene.write("p/target/debug/deps/x.wasm", "x");
    scene.write("p/notes.txt", "x");
    let node = scene.write("p/target/debug/x.wasm", "x");
    scene.expect(&node, ChangeKind::Written).await;
    assert_eq!(scene.until_marker().await, [], "only the product is a node");
}

#[tokio::test]
async fn a_watched_folder_vanishes_and_returns() {
    let mut scene = Scene::new(events_only());
    let node = scene.write("p/node.wasm", "one");
    let folder = scene.path("p");
    scene.watcher.folder(&folder, What::Nodes, Method::Events).await.expect("the watcher runs");
    fs::remove_dir_all(&folder).expect("removed");
    scene.expect(&node, ChangeKind::Removed).await;
    scene.write("p/node.wasm", "two");
    scene.expect(&node, ChangeKind::Written).await;
    fs::write(&node, "three").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;
}

#[cfg(unix)]
#[tokio::test]
async fn f28_a_write_under_another_name_is_seen() {
    let poll = Duration::from_millis(20);
    let mut scene = Scene::new(WatchConfig { poll, ..events_only() });
    let node = scene.write("p/node.wasm", "one");
    let other = scene.path("elsewhere.wasm");
    fs::hard_link(&node, &other).expect("a hard link");
    scene.watch(&node).await;
    fs::write(&other, "two, through the other name").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;

    let outside = scene.write("shared/lib.rs", "one");
    let linked = scene.path("src/lib.rs");
    fs::create_dir_all(scene.path("src")).expect("a folder");
    std::os::unix::fs::symlink(&outside, &linked).expect("a link");
    let source = scene.write("src/hard.rs", "one");
    let twin = scene.path("twin.rs");
    fs::hard_link(&source, &twin).expect("a hard link");
    let folder = scene.path("src");
    scene.watcher.folder(&folder, What::Sources, Method::Events).await.expect("the watcher runs");
    fs::write(&outside, "two, where the link leads").expect("a write");
    scene.expect(&linked, ChangeKind::Written).await;
    fs::write(&twin, "two, through the other name").expect("a write");
    scene.expect(&source, ChangeKind::Written).await;
}

#[tokio::test]
async fn polling_sees_the_same() {
    let poll = Duration::from_millis(20);
    let mut scene = Scene::new(WatchConfig { poll, ..events_only() });
    let node = scene.write("node.wasm", "one");
    let below = scene.path("p");
    let polling = Watching::Polling { reason: "asked for".into() };
    assert_eq!(scene.watcher.file(&node, Method::Poll).await, Ok(polling.clone()), "as asked");
    assert_eq!(scene.watcher.folder(&below, What::Nodes, Method::Poll).await, Ok(polling), "as asked");
    fs::write(&node, "longer than before").expect("a write");
    scene.expect(&node, ChangeKind::Written).await;
    fs::remove_file(&node).expect("removed");
    scene.expect(&node, ChangeKind::Removed).await;
    let new = scene.write("p/build/new.wasm", "x");
    scene.expect(&new, ChangeKind::Written).await;
    fs::remove_dir_all(&below).expect("removed");
    scene.expect(&new, ChangeKind::Removed).await;
}

#[tokio::test]
async fn a_forgotten_file_is_silent() {
    let mut scene = Scene::new(events_only());
    let node = scene.write("node.wasm", "one");
    scene.watch(&node).await;
    scene.watcher.forget(&node).await.expect("the watcher runs");
    fs::write(&node, "two").expect("a write");
    assert_eq!(scene.until_marker().await, [], "nobody asked");
}

#[tokio::test]
async fn more_changes_than_the_channel_holds() {
    let mut scene = Scene::new(events_only());
    let folder = scene.path("p");
    fs::create_dir_all(&folder).expect("a folder");
    scene.watcher.folder(&folder, What::Nodes, Method::Events).await.expect("the watcher runs");
    let expected: BTreeSet<PathBuf> =
        (0..2 * CHANNEL_CAPACITY).map(|number| scene.write(&format!("p/{number}.wasm"), "x")).collect();
    // On a busy machine one write may be seen as two changes; none may be missing.
    let mut seen = BTreeSet::new();
    while seen.len() < expected.len() {
        seen.insert(scene.next().await.path);
    }
    assert_eq!(seen, expected, "a slow consumer loses nothing");
}

#[tokio::test]
async fn dropping_the_handle_stops() {
    let Scene { watcher, mut changes, _folder, .. } = Scene::new(events_only());
    drop(watcher);
    let end = tokio::time::timeout(PATIENCE, changes.recv()).await.expect("the end in time");
    assert_eq!(end, None, "no watcher, no changes");
}
