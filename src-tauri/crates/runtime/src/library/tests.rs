//! The library with a loader that takes a file's text for its build. Changes are injected, except where the way from
//! the file system to the library is what is tested.

use std::collections::HashMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::load::BUILDS;
use super::*;
use crate::node::NodeState;
use crate::watch::ChangeKind;

const PATIENCE: Duration = Duration::from_secs(60);

/// Texts that start with "broken" do not compile, with "half" are not complete, with "panic" meet a defect. A text
/// that is held does not finish compiling before it is let go.
#[derive(Default)]
struct TextLoader {
    held: Mutex<HashMap<String, Arc<Semaphore>>>,
    reads: AtomicUsize,
    builds: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    started: Started,
}

/// Counts builds that started, so that a test can wait for one.
struct Started(Semaphore);

impl Default for Started {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

/// Counts down when a build ends, also when it is abandoned.
struct Working<'a>(&'a AtomicUsize);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl TextLoader {
    fn hold(&self, text: &str) -> Arc<Semaphore> {
        let hold = Arc::new(Semaphore::new(0));
        self.held.lock().expect("no panic").insert(text.into(), hold.clone());
        hold
    }

    fn builds(&self) -> Vec<String> {
        self.builds.lock().expect("no panic").clone()
    }

    async fn build_started(&self) {
        let started = tokio::time::timeout(PATIENCE, self.started.0.acquire()).await.expect("a build in time");
        started.expect("never closed").forget();
    }
}

#[async_trait]
impl Loader for TextLoader {
    type Content = String;
    type Build = String;

    async fn read(&self, path: &Path) -> Result<Source<String>, LoadError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let text = fs::read_to_string(path)
            .map_err(|error| LoadError::Read { path: path.to_owned(), reason: error.to_string() })?;
        if text.starts_with("half") {
            return Err(LoadError::Malformed { offset: 4, reason: "unexpected end".into() });
        }
        let manifest = path.with_extension("toml");
        let tier = fs::read_to_string(&manifest).unwrap_or_default();
        Ok(Source { fingerprint: format!("{text}+{tier}").into(), content: text, companions: vec![manifest] })
    }

    async fn build(&self, _: &Path, text: String, _: &CancellationToken) -> Result<Arc<String>, LoadError> {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        let _working = Working(&self.at_once);
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        self.builds.lock().expect("no panic").push(text.clone());
        self.started.0.add_permits(1);
        let hold = self.held.lock().expect("no panic").get(&text).cloned();
        if let Some(hold) = hold {
            hold.acquire().await.expect("never closed").forget();
        }
        assert!(!text.starts_with("panic"), "the loader panicked");
        if text.starts_with("broken") {
            return Err(LoadError::Compile { reason: text });
        }
        Ok(Arc::new(text))
    }

    fn changes(&self, before: &String, after: &String) -> Vec<String> {
        if before == after { Vec::new() } else { vec![format!("{before} -> {after}")] }
    }

    fn find_builds(&self, folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
        let none = || LoadError::NoBuild { path: folder.to_owned(), looked: "*.wasm".into() };
        let entries = fs::read_dir(folder).map_err(|_| none())?;
        let files = entries.flatten().map(|entry| entry.path());
        let files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|ext| ext == "wasm")).collect();
        if files.is_empty() { Err(none()) } else { Ok(files) }
    }
}

struct Scene {
    root: PathBuf,
    loader: Arc<TextLoader>,
    library: Library<String>,
    changes: Option<mpsc::Sender<Change>>,
    events: mpsc::UnboundedReceiver<LibraryEvent<String>>,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn injected() -> Self {
        let (changes, receiver) = mpsc::channel(16);
        Self::new(Some(changes), |loader, events| Library::with_changes(loader, None, receiver, events))
    }

    fn watched() -> Self {
        Self::new(None, |loader, events| Library::start(loader, events).expect("a thread"))
    }

    fn new(
        changes: Option<mpsc::Sender<Change>>,
        start: impl FnOnce(Arc<TextLoader>, mpsc::UnboundedSender<LibraryEvent<String>>) -> Library<String>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it exists");
        let loader = Arc::new(TextLoader::default());
        let (sender, events) = mpsc::unbounded_channel();
        let library = start(loader.clone(), sender);
        Self { root, loader, library, changes, events, _folder: folder }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("folders");
        // Renamed into place, so that nobody reads a half of it.
        let temporary = self.root.join("temporary");
        fs::write(&temporary, text).expect("a file");
        fs::rename(&temporary, &path).expect("a rename");
        path
    }

    async fn change(&self, path: &Path, kind: ChangeKind) {
        let change = Change { path: path.to_owned(), kind };
        self.changes.as_ref().expect("changes are injected").send(change).await.expect("the library runs");
    }

    /// Writes a new build and tells the library.
    async fn save(&self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, text);
        self.change(&path, ChangeKind::Written).await;
        path
    }

    async fn add(&mut self, name: &str, text: &str) -> PathBuf {
        let path = self.write(name, text);
        self.library.add_file(&path).await.expect("the library runs");
        path
    }

    async fn next(&mut self) -> LibraryEvent<String> {
        tokio::time::timeout(PATIENCE, self.events.recv()).await.expect("an event in time").expect("the library runs")
    }

    /// The next event in words: file, state, build, error's code, changes.
    async fn words(&mut self) -> String {
        match self.next().await {
            LibraryEvent::NodeChanged { node, changes } => {
                let name = self.name(&node.path);
                let build = node.state.build().map(|build| format!(" {build:?}")).unwrap_or_default();
                let error = node.state.error().map(|error| format!(" ({})", error.code())).unwrap_or_default();
                let changes = changes.iter().map(|change| format!(" [{change}]")).collect::<String>();
                format!("{name} {}{build}{error}{changes}", node.state.name())
            }
            LibraryEvent::NodeRemoved { path } => format!("{} removed", self.name(&path)),
            LibraryEvent::FolderChanged(folder) => {
                let files: Vec<String> = folder.files.iter().map(|file| self.name(file)).collect();
                let error = folder.error.map(|error| format!(" ({})", error.code())).unwrap_or_default();
                format!("folder {} [{}]{error}", self.name(&folder.path), files.join(" "))
            }
            LibraryEvent::FolderRemoved { path } => format!("folder {} removed", self.name(&path)),
            LibraryEvent::WatchingStopped => "watching stopped".into(),
        }
    }

    async fn expect(&mut self, expected: &[&str]) {
        for expected in expected {
            assert_eq!(self.words().await, *expected, "the next event");
        }
    }

    /// Waits for one event among others.
    async fn until(&mut self, expected: &str) {
        while self.words().await != expected {}
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// All changes sent so far have been taken when the library answers this many questions after them.
    async fn is_quiet(&mut self) {
        while self.changes.as_ref().is_some_and(|changes| changes.capacity() < changes.max_capacity()) {
            self.library.nodes().await.expect("the library runs");
        }
        self.library.nodes().await.expect("the library runs");
        assert!(self.events.try_recv().is_err(), "nothing more happened");
    }
}

#[tokio::test]
async fn loads_and_reloads_with_the_difference() {
    let mut scene = Scene::injected();
    scene.add("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
    scene.save("n.wasm", "two").await;
    scene.expect(&["n.wasm loading \"one\"", "n.wasm ready \"two\" [one -> two]"]).await;
}

#[tokio::test]
async fn the_same_content_is_not_built_again() {
    let mut scene = Scene::injected();
    scene.add("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
    let path = scene.save("n.wasm", "one").await;
    // A reload by hand comes after the read that the change started: that read found nothing new.
    while scene.loader.reads.load(Ordering::SeqCst) < 2 {
        scene.library.nodes().await.expect("the library runs");
    }
    scene.is_quiet().await;
    assert_eq!(scene.loader.builds(), ["one"], "one build");
    assert!(scene.library.reload(&path).await.expect("the library runs"), "the file is known");
    scene.expect(&["n.wasm loading \"one\"", "n.wasm ready \"one\""]).await;
    assert_eq!(scene.loader.builds(), ["one", "one"], "asked for by hand it is built again");
}

#[tokio::test]
async fn a_broken_build_keeps_the_last_good_one() {
    let mut scene = Scene::injected();
    let path = scene.add("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
    let run = scene.library.node(&path).await.expect("the library runs").expect("the node is there");
    scene.save("n.wasm", "broken two").await;
    scene.expect(&["n.wasm loading \"one\"", "n.wasm stale \"one\" (compile)"]).await;
    scene.save("n.wasm", "three").await;
    scene.expect(&["n.wasm loading \"one\"", "n.wasm ready \"three\" [one -> three]"]).await;
    let NodeState::Ready(build) = run.state else { panic!("the run took a ready node") };
    assert_eq!(*build, "one", "a run keeps the build it started with");
}

#[tokio::test]
async fn going_back_to_the_last_good_build_needs_no_compiling() {
    let mut scene = Scene::injected();
    scene.add("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
    scene.save("n.wasm", "broken").await;
    scene.expect(&["n.wasm loading \"one\"", "n.wasm stale \"one\" (compile)"]).await;
    scene.save("n.wasm", "one").await;
    scene.expect(&["n.wasm ready \"one\""]).await;
    assert_eq!(scene.loader.builds(), ["one", "broken"], "the build was still there");
}

#[tokio::test]
async fn a_first_build_may_be_broken() {
    let mut scene = Scene::injected();
    scene.add("n.wasm", "broken").await;
    scene.expect(&["n.wasm loading", "n.wasm broken (compile)"]).await;
    scene.save("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
}

#[tokio::test]
async fn a_half_written_file_is_read_again_before_it_is_reported() {
    let mut scene = Scene::injected();
    scene.add("n.wasm", "half").await;
    scene.expect(&["n.wasm loading"]).await;
    while scene.loader.reads.load(Ordering::SeqCst) < 2 {
        scene.library.nodes().await.expect("the library runs");
    }
    scene.write("n.wasm", "one");
    scene.expect(&["n.wasm ready \"one\""]).await;

    scene.save("n.wasm", "half again").await;
    scene.expect(&["n.wasm stale \"one\" (malformed)"]).await;
}

#[tokio::test]
async fn a_newer_change_abandons_the_load_under_way() {
    let mut scene = Scene::injected();
    let _never = scene.loader.hold("two");
    scene.add("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
    scene.loader.build_started().await;
    scene.save("n.wasm", "two").await;
    scene.expect(&["n.wasm loading \"one\""]).await;
    scene.loader.build_started().await;
    scene.save("n.wasm", "three").await;
    scene.expect(&["n.wasm ready \"three\" [one -> three]"]).await;
    assert_eq!(scene.loader.at_once.load(Ordering::SeqCst), 0, "the build of before was given up");
}

#[tokio::test]
async fn touching_a_file_does_not_restart_its_build() {
    let mut scene = Scene::injected();
    let hold = scene.loader.hold("one");
    let path = scene.add("n.wasm", "one").await;
    scene.expect(&["n.wasm loading"]).await;
    scene.loader.build_started().await;
    scene.change(&path, ChangeKind::Written).await;
    while scene.loader.reads.load(Ordering::SeqCst) < 2 {
        scene.library.nodes().await.expect("the library runs");
    }
    scene.is_quiet().await;
    hold.add_permits(1);
    scene.expect(&["n.wasm ready \"one\""]).await;
    assert_eq!(scene.loader.builds(), ["one"], "the build under way was the right one");
}

#[tokio::test]
async fn a_file_that_is_gone_keeps_its_last_build() {
    let mut scene = Scene::injected();
    let path = scene.add("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
    fs::remove_file(&path).expect("removed");
    scene.change(&path, ChangeKind::Removed).await;
    scene.expect(&["n.wasm stale \"one\" (read)"]).await;
    let node = scene.library.node(&path).await.expect("the library runs").expect("the row stays");
    let error = node.state.error().expect("it says why").to_string();
    assert!(error.contains("the file is gone"), "{error:?} says what happened");
    scene.save("n.wasm", "one").await;
    scene.expect(&["n.wasm ready \"one\""]).await;
    assert_eq!(scene.loader.builds(), ["one"], "it came back as it was");
}

#[tokio::test]
async fn a_changed_companion_reloads_the_file() {
    let mut scene = Scene::injected();
    scene.add("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
    scene.save("n.toml", "memory = 1").await;
    scene.expect(&["n.wasm loading \"one\"", "n.wasm ready \"one\""]).await;
    assert_eq!(scene.loader.builds(), ["one", "one"], "the manifest is part of the build");
}

#[tokio::test]
async fn a_panicking_loader_is_a_broken_file() {
    let mut scene = Scene::injected();
    scene.add("n.wasm", "panic").await;
    scene.expect(&["n.wasm loading", "n.wasm broken (internal)"]).await;
    scene.save("n.wasm", "one").await;
    scene.expect(&["n.wasm loading", "n.wasm ready \"one\""]).await;
}

#[tokio::test]
async fn files_are_built_side_by_side_but_not_all_at_once() {
    let mut scene = Scene::injected();
    let holds: Vec<_> = (0..BUILDS + 2).map(|number| scene.loader.hold(&number.to_string())).collect();
    for number in 0..BUILDS + 2 {
        scene.add(&format!("{number}.wasm"), &number.to_string()).await;
    }
    for _ in 0..BUILDS {
        scene.loader.build_started().await;
    }
    holds.iter().for_each(|hold| hold.add_permits(1));
    let mut ready = 0;
    while ready < BUILDS + 2 {
        ready += usize::from(scene.words().await.contains("ready"));
    }
    assert_eq!(scene.loader.most_at_once.load(Ordering::SeqCst), BUILDS, "so many at once, no more");
}

#[tokio::test]
async fn a_folder_brings_its_files() {
    let mut scene = Scene::injected();
    scene.write("p/a.wasm", "a");
    let folder = scene.root.join("p");
    let added = scene.library.add_folder(&folder).await.expect("the library runs");
    assert_eq!(added.files, [folder.join("a.wasm")], "what is there");
    scene.expect(&["p/a.wasm loading", "folder p [p/a.wasm]", "p/a.wasm ready \"a\""]).await;
    scene.save("p/b.wasm", "b").await;
    scene.expect(&["p/b.wasm loading", "folder p [p/a.wasm p/b.wasm]", "p/b.wasm ready \"b\""]).await;
    assert!(scene.library.remove(&folder).await.expect("the library runs"), "it was there");
    scene.expect(&["p/a.wasm removed", "p/b.wasm removed", "folder p removed"]).await;
    assert!(!scene.library.remove(&folder).await.expect("the library runs"), "it is gone");
}

#[tokio::test]
async fn an_empty_folder_waits_for_its_first_build() {
    let mut scene = Scene::injected();
    let folder = scene.root.join("p");
    let added = scene.library.add_folder(&folder).await.expect("the library runs");
    assert_eq!(added.error.map(|error| error.code()), Some("no-build"), "it says what was looked for");
    scene.expect(&["folder p [] (no-build)"]).await;
    scene.save("p/a.wasm", "a").await;
    scene.expect(&["p/a.wasm loading", "folder p [p/a.wasm]", "p/a.wasm ready \"a\""]).await;
}

#[tokio::test]
async fn a_file_taken_out_of_its_folder_stays_out() {
    let mut scene = Scene::injected();
    let a = scene.write("p/a.wasm", "a");
    let folder = scene.root.join("p");
    scene.library.add_folder(&folder).await.expect("the library runs");
    scene.expect(&["p/a.wasm loading", "folder p [p/a.wasm]", "p/a.wasm ready \"a\""]).await;
    assert!(scene.library.remove(&a).await.expect("the library runs"), "it was there");
    scene.expect(&["folder p []", "p/a.wasm removed"]).await;
    scene.save("p/a.wasm", "again").await;
    scene.save("p/b.wasm", "b").await;
    scene.expect(&["p/b.wasm loading", "folder p [p/b.wasm]", "p/b.wasm ready \"b\""]).await;
    scene.library.add_file(&a).await.expect("the library runs");
    scene.expect(&["p/a.wasm loading", "p/a.wasm ready \"again\""]).await;
}

#[tokio::test]
async fn a_file_that_was_added_by_itself_outlives_its_folder() {
    let mut scene = Scene::injected();
    scene.add("p/a.wasm", "a").await;
    scene.expect(&["p/a.wasm loading", "p/a.wasm ready \"a\""]).await;
    let folder = scene.root.join("p");
    scene.library.add_folder(&folder).await.expect("the library runs");
    scene.expect(&["folder p [p/a.wasm]"]).await;
    scene.library.remove(&folder).await.expect("the library runs");
    scene.expect(&["folder p removed"]).await;
    assert_eq!(scene.library.nodes().await.expect("the library runs").len(), 1, "the file stays");
}

#[tokio::test]
async fn saving_a_watched_file_reloads_it() {
    let mut scene = Scene::watched();
    let path = scene.add("n.wasm", "one").await;
    scene.until("n.wasm ready \"one\"").await;
    fs::write(&path, "two").expect("a write");
    scene.until("n.wasm ready \"two\" [one -> two]").await;
    fs::remove_file(&path).expect("removed");
    scene.until("n.wasm stale \"two\" (read)").await;
    scene.write("n.wasm", "three");
    scene.until("n.wasm ready \"three\" [two -> three]").await;
}

#[tokio::test]
async fn a_watched_folder_is_followed_from_before_its_first_build() {
    let mut scene = Scene::watched();
    let folder = scene.root.join("p");
    scene.library.add_folder(&folder).await.expect("the library runs");
    scene.until("folder p [] (no-build)").await;
    scene.write("p/a.wasm", "a");
    scene.until("p/a.wasm ready \"a\"").await;
    scene.write("p/a.wasm", "b");
    scene.until("p/a.wasm ready \"b\" [a -> b]").await;
    fs::remove_dir_all(&folder).expect("removed");
    scene.until("p/a.wasm stale \"b\" (read)").await;
    scene.write("p/a.wasm", "c");
    scene.until("p/a.wasm ready \"c\" [b -> c]").await;
}

#[tokio::test]
async fn dropping_the_handle_ends_everything() {
    let mut scene = Scene::injected();
    let _never = scene.loader.hold("one");
    scene.add("n.wasm", "one").await;
    scene.loader.build_started().await;
    let Scene { library, mut events, loader, .. } = scene;
    drop(library);
    while tokio::time::timeout(PATIENCE, events.recv()).await.expect("the end in time").is_some() {}
    // The loads end with the task; the last of them lets go of the loader.
    while Arc::strong_count(&loader) > 1 {
        tokio::task::yield_now().await;
    }
}
