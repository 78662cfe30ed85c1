//! Real folders, real commands. Tests wait for what a project comes to, never for time; that something does not happen
//! is seen in the number of the run that happens next.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

/// Only a failing test takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

struct Bench {
    folder: tempfile::TempDir,
    builder: Builder,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let builder = builder(folder.path());
        Self { folder, builder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("a folder")
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.root().join(path), text);
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap_or_default()
    }

    /// A project `name` with one source; the folder `out` in it is not watched.
    fn project(&self, name: &str, command: &str) -> PathBuf {
        self.write(&format!("{name}/src/a"), "0");
        self.write(&format!("{name}/out/.keep"), "");
        self.manifest(name, command);
        self.root().join(name).join("flow-like.toml")
    }

    fn manifest(&self, name: &str, command: &str) {
        let text = format!(
            "manifest_version = 1\nid = \"i\"\nname = \"n\"\nversion = \"1\"\n[workbench]\nbuild = '''{command}'''\n"
        );
        self.write(&format!("{name}/flow-like.toml"), &text);
    }

    /// Opens a project and allows its command.
    async fn allowed(&self, name: &str, command: &str) -> PathBuf {
        let manifest = self.project(name, command);
        self.builder.open(&self.root().join(name));
        self.until(&manifest, |project| (project.consent == Consent::Asked).then_some(())).await;
        self.builder.answer(&manifest, command, Answer::Run).await.expect("allowed");
        manifest
    }

    async fn until<T>(&self, manifest: &Path, wanted: impl Fn(&Project) -> Option<T>) -> T {
        until(&self.builder, manifest, wanted).await
    }

    /// The end of run `number`.
    async fn ended(&self, manifest: &Path, number: u64) -> RunState {
        let found = self.until(manifest, |project| {
            let run = project.run.as_ref().filter(|run| run.number >= number)?;
            let over = !matches!(run.state, RunState::Building | RunState::Waiting);
            over.then(|| (run.number, run.state.clone()))
        });
        let (found, state) = found.await;
        assert_eq!(found, number, "no run in between: {state:?}");
        state
    }

    fn lines(&self, manifest: &Path) -> Vec<String> {
        let run = self.builder.projects().into_iter().find(|project| project.manifest == manifest).and_then(|p| p.run);
        let page = run.and_then(|run| self.builder.lines(manifest, run.number, 0, 100));
        page.expect("a run").lines
    }
}

fn builder(folder: &Path) -> Builder {
    let consents = Consents::open(folder).expect("a store");
    let watch = WatchConfig { quiet: Duration::from_millis(30), ..WatchConfig::default() };
    Builder::start(consents, BuilderConfig { watch, ..BuilderConfig::default() }).expect("threads")
}

/// In one step: no command sees half a file.
fn write(path: &Path, text: &str) {
    let folder = path.parent().expect("a folder");
    fs::create_dir_all(folder).expect("folders");
    fs::write(folder.join(".new"), text).expect("a file");
    fs::rename(folder.join(".new"), path).expect("in its place");
}

async fn until<T>(builder: &Builder, manifest: &Path, wanted: impl Fn(&Project) -> Option<T>) -> T {
    let mut changes = builder.changes();
    let find = async {
        loop {
            changes.borrow_and_update();
            let projects = builder.projects();
            if let Some(found) = projects.iter().find(|project| project.manifest == manifest).and_then(&wanted) {
                return found;
            }
            changes.changed().await.expect("the builder works");
        }
    };
    let found = tokio::time::timeout(PATIENCE, find).await;
    found.unwrap_or_else(|_| panic!("in vain: {:#?}", builder.projects()))
}

fn is_ok(state: &RunState) -> bool {
    matches!(state, RunState::Ok { .. })
}

#[tokio::test]
async fn nothing_runs_without_an_answer() {
    let bench = Bench::new();
    let manifest = bench.project("shy", "touch out/ran");
    bench.builder.open(&bench.root());
    let project = bench.until(&manifest, |project| Some(project.clone())).await;
    assert_eq!((project.consent, project.command.as_str(), project.run), (Consent::Asked, "touch out/ran", None));
    assert!(matches!(bench.builder.build(&manifest).await, Err(BuildError::NotAllowed)));
    let other = bench.builder.answer(&manifest, "rm -rf /", Answer::Run).await;
    assert!(matches!(other, Err(BuildError::OtherCommand { .. })), "an answer is for what was read");

    bench.builder.answer(&manifest, "touch out/ran", Answer::Later).await.expect("put off");
    bench.write("shy/src/a", "1");
    // Its watcher is the same: what it had to say about the first came before.
    let free = bench.allowed("free", "true").await;
    bench.ended(&free, 1).await;
    bench.write("free/src/a", "1");
    bench.ended(&free, 2).await;
    assert!(!bench.root().join("shy/out/ran").exists(), "it did not run");
    bench.builder.answer(&manifest, "touch out/ran", Answer::Never).await.expect("forbidden");
    let again = builder(bench.folder.path());
    again.open(&bench.root());
    until(&again, &manifest, |project| (project.consent == Consent::Never).then_some(())).await;
}

#[tokio::test]
async fn an_allowed_command_runs_now_and_whenever_a_source_changes() {
    let bench = Bench::new();
    let manifest = bench.allowed("p", "cat src/* > out/node.txt; echo built >&2").await;
    assert!(is_ok(&bench.ended(&manifest, 1).await));
    assert_eq!((bench.read("p/out/node.txt").as_str(), bench.lines(&manifest)), ("0", vec!["built".to_owned()]));
    bench.write("p/src/b", "new");
    assert!(is_ok(&bench.ended(&manifest, 2).await));
    assert_eq!(bench.read("p/out/node.txt"), "0new");
    fs::remove_file(bench.root().join("p/src/b")).expect("it was there");
    bench.ended(&manifest, 3).await;
    bench.builder.build(&manifest).await.expect("now");
    bench.ended(&manifest, 4).await;
}

#[tokio::test]
async fn a_failure_has_its_code_and_its_lines() {
    let bench = Bench::new();
    let manifest = bench.allowed("p", "printf '\\033[31merror\\033[0m: no\\n'; exit 7").await;
    let state = bench.ended(&manifest, 1).await;
    assert!(matches!(state, RunState::Failed { failure: Failure::Exit(7), .. }), "{state:?}");
    assert_eq!(bench.lines(&manifest), ["error: no"]);
}

#[tokio::test]
async fn the_newest_sources_win() {
    let bench = Bench::new();
    let command = "echo $(cat src/a); if [ $(cat src/a) = slow ]; then sleep 1000; fi; cat src/a > out/a";
    let manifest = bench.allowed("p", command).await;
    bench.ended(&manifest, 1).await;
    bench.write("p/src/a", "slow");
    let begun = |project: &Project| project.run.as_ref().filter(|run| run.number == 2 && run.lines == 1).map(|_| ());
    bench.until(&manifest, begun).await;
    bench.write("p/src/a", "fast");
    assert!(is_ok(&bench.ended(&manifest, 3).await), "the slow one was cut short");
    assert_eq!(bench.read("p/out/a"), "fast");
}

#[tokio::test]
async fn a_command_that_changes_its_sources_does_not_start_itself_for_ever() {
    let bench = Bench::new();
    let manifest = bench.allowed("p", "echo x >> src/made; cat src/a > out/a").await;
    let notes = |project: &Project| project.notes.first().filter(|note| note.contains("src/made")).cloned();
    let note = bench.until(&manifest, notes).await;
    assert!(note.contains("changes"), "{note}");
    for text in ["1", "2"] {
        bench.write("p/src/a", text);
        let built = |project: &Project| {
            let run = project.run.as_ref().filter(|run| is_ok(&run.state))?;
            (bench.read("p/out/a") == text).then_some(run.number)
        };
        let number = bench.until(&manifest, built).await;
        assert!(number <= 16, "changes of the user count, and nothing else for long: {number}");
    }
}

#[tokio::test]
async fn a_command_that_writes_ever_new_files_comes_to_rest() {
    let bench = Bench::new();
    // Longer than a change needs to be noticed: it is cut short before it may come to its end.
    let command = "echo x > src/$(date +%s%N); sleep 0.4; echo x > src/$(date +%s%N)";
    let manifest = bench.allowed("p", command).await;
    let tired = |project: &Project| project.notes.iter().find(|note| note.contains("in a row")).cloned();
    let note = bench.until(&manifest, tired).await;
    assert!(note.contains("\"watch\""), "it says what to do: {note}");
    let last = bench.until(&manifest, |project| project.run.as_ref().map(|run| run.number)).await;
    bench.ended(&manifest, last).await;
    assert!(last >= 4, "it was tried again before: {last}");
}

#[tokio::test]
async fn cancelling_and_closing_end_the_command() {
    let bench = Bench::new();
    let manifest = bench.allowed("p", "echo begun; sleep 1000").await;
    let begun = |project: &Project| project.run.as_ref().filter(|run| run.lines == 1).map(|run| run.number);
    let number = bench.until(&manifest, begun).await;
    bench.builder.cancel(&manifest).await.expect("there is one");
    assert!(matches!(bench.ended(&manifest, number).await, RunState::Stopped { .. }));
    bench.builder.build(&manifest).await.expect("again");
    bench.until(&manifest, |project| begun(project).filter(|newest| *newest > number)).await;
    let began = std::time::Instant::now();
    bench.builder.close().await;
    assert!(bench.builder.projects().is_empty() && began.elapsed() < PATIENCE);
}

#[tokio::test]
async fn an_answer_that_is_revoked_is_asked_again() {
    let bench = Bench::new();
    let manifest = bench.allowed("p", "echo begun; sleep 1000").await;
    bench.until(&manifest, |project| project.run.as_ref().filter(|run| run.lines == 1).map(|_| ())).await;
    bench.builder.revoke(&manifest).await.expect("it was allowed");
    assert!(matches!(bench.ended(&manifest, 1).await, RunState::Stopped { .. }));
    bench.until(&manifest, |project| (project.consent == Consent::Asked).then_some(())).await;
    let again = builder(bench.folder.path());
    again.open(&bench.root().join("p"));
    until(&again, &manifest, |project| (project.consent == Consent::Asked).then_some(())).await;
}

#[tokio::test]
async fn another_command_is_asked_about_and_a_broken_manifest_is_waited_for() {
    let bench = Bench::new();
    let manifest = bench.allowed("p", "echo first; sleep 1000").await;
    bench.until(&manifest, |project| project.run.as_ref().filter(|run| run.lines == 1).map(|_| ())).await;
    bench.write("p/flow-like.toml", "[workbench]\nbuild = ");
    bench.manifest("p", "echo second");
    let asked = |project: &Project| (project.command == "echo second").then_some(project.consent);
    assert_eq!(bench.until(&manifest, asked).await, Consent::Asked);
    bench.builder.answer(&manifest, "echo second", Answer::Run).await.expect("allowed");
    assert!(is_ok(&bench.ended(&manifest, 2).await), "the first one gave way");
    bench.manifest("p", "");
    let mut changes = bench.builder.changes();
    while !bench.builder.projects().is_empty() {
        tokio::time::timeout(PATIENCE, changes.changed()).await.expect("in time").expect("the builder works");
    }
}

#[tokio::test]
async fn what_was_built_is_not_built_again_at_the_next_start() {
    let bench = Bench::new();
    let command = "echo x >> out/count";
    let manifest = bench.allowed("p", command).await;
    bench.ended(&manifest, 1).await;
    bench.builder.close().await;
    let again = builder(bench.folder.path());
    // A node file that is not there yet is enough to find its project.
    again.open(&bench.root().join("p/out/node.wasm"));
    until(&again, &manifest, |project| (project.consent == Consent::Allowed).then_some(())).await;
    again.build(&manifest).await.expect("allowed");
    until(&again, &manifest, |project| project.run.as_ref().filter(|run| is_ok(&run.state)).map(|_| ())).await;
    assert_eq!(bench.read("p/out/count"), "x\nx\n", "once before, and once because it was asked for");
    again.close().await;
    bench.write("p/src/a", "changed meanwhile");
    let third = builder(bench.folder.path());
    third.open(&bench.root());
    until(&third, &manifest, |project| project.run.as_ref().filter(|run| is_ok(&run.state)).map(|_| ())).await;
    assert_eq!(bench.read("p/out/count"), "x\nx\nx\n", "its result was stale");
}

#[tokio::test]
async fn a_flag_allows_what_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    let text = "manifest_version = 1\n[workbench]\nbuild = \"echo hi\"\nwatch = [\"src\", \"later\"]\n";
    write(&root.join("flow-like.toml"), text);
    let builder = Builder::start(Consents::given(), BuilderConfig::default()).expect("threads");
    builder.open(&root);
    let manifest = root.join("flow-like.toml");
    let ok = |number: u64| {
        move |project: &Project| {
            project.run.as_ref().filter(|run| is_ok(&run.state) && run.number == number).map(|run| run.lines)
        }
    };
    assert_eq!(until(&builder, &manifest, ok(1)).await, 1);
    write(&root.join("later"), "a file that was not there");
    until(&builder, &manifest, ok(2)).await;
    write(&root.join("src/new/a"), "a folder that was not there");
    until(&builder, &manifest, ok(3)).await;
}

#[tokio::test]
async fn a_command_finds_its_tools_where_it_is_told_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    write(&root.join("flow-like.toml"), "manifest_version = 1\n[workbench]\nbuild = \"echo $PATH\"\n");
    let config = BuilderConfig { search_path: || Some("/told:/usr/bin:/bin".into()), ..BuilderConfig::default() };
    let builder = Builder::start(Consents::given(), config).expect("threads");
    builder.open(&root);
    let manifest = root.join("flow-like.toml");
    let run = until(&builder, &manifest, |project| project.run.clone().filter(|run| is_ok(&run.state))).await;
    let page = builder.lines(&manifest, run.number, 0, 100).expect("a run");
    assert_eq!(page.lines, ["/told:/usr/bin:/bin"]);
}

#[tokio::test]
async fn f36_a_failed_build_tells_its_problems_and_a_good_one_takes_them_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("a folder");
    write(&root.join("src/a b.rs"), "");
    let says = "printf '\\033[31merror\\033[0m: no\\n --> src/a b.rs:3:5\\n'; test -e good";
    write(&root.join("flow-like.toml"), &format!("manifest_version = 1\n[workbench]\nbuild = '''{says}'''\n"));
    let builder = Builder::start(Consents::given(), BuilderConfig::default()).expect("threads");
    builder.open(&root);
    let manifest = root.join("flow-like.toml");
    let failed = |project: &Project| project.run.clone().filter(|run| matches!(run.state, RunState::Failed { .. }));
    let run = until(&builder, &manifest, failed).await;
    let problems = builder.projects().remove(0).problems;
    let first = problems.first_error().expect("an error");
    assert_eq!((first.message.as_str(), first.line, problems.errors), ("no", 0, 1));
    let place = first.place.clone().expect("a place");
    assert_eq!((place.line, place.column, place.path), (3, Some(5), Some(root.join("src/a b.rs"))));
    let page = builder.lines(&manifest, run.number, 0, 10).expect("output");
    let links = builder.links(&manifest, &page);
    assert_eq!(links.len(), 1, "{links:?}");
    assert_eq!((links[0].line, &page.lines[1][links[0].range.clone()]), (1, "src/a b.rs:3:5"));

    write(&root.join("good"), "");
    until(&builder, &manifest, |project| project.run.clone().filter(|run| is_ok(&run.state))).await;
    // It printed the same, and came to a good end: what it says is still worth reading.
    assert_eq!(builder.projects().remove(0).problems.errors, 1);
}
