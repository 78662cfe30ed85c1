//! The session without a window: a real node in a data folder of its own. Tests wait for changes, never for time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use wire::window::{
    Batch, BuildAnswer, BuildConsent, BuildState, FileRow, FileState, LineKind, LinesQuery, ProjectRow, RunLimits,
    RunRow,
};

use super::*;

struct Window(mpsc::UnboundedSender<Change>, Feed);

impl Sink for Window {
    fn send(&self, batch: Batch) -> bool {
        self.1.seen(batch.number);
        batch.changes.into_iter().all(|change| self.0.send(change).is_ok())
    }
}

struct Open {
    session: Arc<Session>,
    changes: mpsc::UnboundedReceiver<Change>,
    folder: tempfile::TempDir,
}

impl Open {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (session, changes) = begin(folder.path()).await;
        Self { session, changes, folder }
    }

    fn node(&self, definition: &str, body: &str) -> PathBuf {
        let path = self.folder.path().canonicalize().expect("a folder").join("node.wat");
        std::fs::write(&path, wat(definition, body)).expect("writable");
        path
    }

    async fn until<T>(&mut self, mut wanted: impl FnMut(Change) -> Option<T>) -> T {
        let find = async {
            loop {
                let change = self.changes.recv().await.expect("the session lives");
                if let Some(found) = wanted(change) {
                    return found;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), find).await.expect("it happens in time")
    }

    async fn file(&mut self, state: FileState) -> FileRow {
        self.until(|change| match change {
            Change::File { file } if file.state == state => Some(file),
            _ => None,
        })
        .await
    }

    async fn project(&mut self, wanted: impl Fn(&ProjectRow) -> bool) -> ProjectRow {
        self.until(|change| match change {
            Change::Project { project } if wanted(&project) => Some(project),
            _ => None,
        })
        .await
    }

    async fn finished(&mut self, run: &str) -> RunRow {
        self.until(|change| match change {
            Change::RunFinished { run: row } if row.run == run => Some(row),
            _ => None,
        })
        .await
    }
}

async fn begin(data: &Path) -> (Arc<Session>, mpsc::UnboundedReceiver<Change>) {
    let place = Place::at(data.join("data"), data.join("compiled"));
    let feed = Feed::default();
    tokio::spawn(feed.clone().run());
    let session = Session::open(place, feed.clone(), None, Vec::new()).expect("a data folder");
    let (sender, changes) = mpsc::unbounded_channel();
    session.start(Arc::new(Window(sender, feed))).await.expect("a snapshot");
    (session, changes)
}

const EXEC: &str = r#"{"name":"start","pin_type":"Input","data_type":"Exec"},
    {"name":"done","pin_type":"Output","data_type":"Exec"},
    {"name":"out","pin_type":"Output","data_type":"Integer"}"#;
const RESULT: &str = r#"{"outputs":{"out":9007199254740993},"error":null,"activate_exec":["done"]}"#;

fn definition(pins: &str) -> String {
    format!(r#"{{"name":"n","friendly_name":"Node","abi_version":1,"pins":[{EXEC}{pins}]}}"#)
}

fn wat(definition: &str, body: &str) -> String {
    let bytes = |text: &str| text.bytes().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    format!(
        r#"(module
  (import "flowlike_log" "warn" (func $warn (param i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 64) "careful")
  (data (i32.const 1024) "{result}")
  (data (i32.const 4096) "{data}")
  (func (export "get_node") (result i64) (i64.or (i64.shl (i64.const 4096) (i64.const 32)) (i64.const {length})))
  (func (export "alloc") (param i32) (result i32) (i32.const 65536))
  (func (export "run") (param i32 i32) (result i64)
    (call $warn (i32.const 64) (i32.const 7))
    {body}
    (i64.or (i64.shl (i64.const 1024) (i64.const 32)) (i64.const {size}))))"#,
        result = bytes(RESULT),
        data = bytes(definition),
        length = definition.len(),
        size = RESULT.len(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_followed_and_kept() {
    let mut open = Open::new().await;
    let path = open.node(&definition(r#",{"name":"count","pin_type":"Input","data_type":"Integer"}"#), "");
    let file = path.display().to_string();
    open.session.files.open(vec![path]).await.expect("a library");
    let row = open.file(FileState::Ready).await;
    assert_eq!((row.path.as_str(), row.build.map(|build| build.number)), (file.as_str(), Some(1)));

    let session = open.session.clone();
    let wrong =
        session.start_run(&file, "n", r#"{"count":"x"}"#, false, RunLimits::default()).await.expect_err("no integer");
    assert_eq!(wrong.code, "inputs");
    let run = session
        .start_run(&file, "n", r#"{"count":9007199254740993}"#, false, RunLimits::default())
        .await
        .expect("it fits")
        .run;
    let row = open.finished(&run).await;
    assert_eq!(row.figures.map(|figures| figures.outcome).as_deref(), Some("ok"));
    assert!(row.number > 0, "the record knows it");

    let view = session.run_view(&run).await.expect("recorded");
    assert_eq!(view.inputs, [("count".to_owned(), "9007199254740993".to_owned())]);
    assert_eq!(view.outputs.first().map(|row| row.text.as_str()), Some("9007199254740993"));
    assert_eq!((view.levels, view.fired.len()), ([0, 0, 1, 0, 0], 1));

    let page = session.lines(&run, &LinesQuery::default(), 0, 100).await.expect("lines");
    assert_eq!(page.total, view.lines);
    let query = LinesQuery { text: "CARE".into(), kinds: vec![LineKind::Log], ..LinesQuery::default() };
    let page = session.lines(&run, &query, 0, 100).await.expect("lines");
    assert_eq!(page.lines.first().map(|line| line.text.as_str()), Some("careful"));

    let lines = session.output_lines(&run, "out", 0, 10).await.expect("a value");
    assert_eq!((lines.total, lines.lines), (1, vec!["9007199254740993".to_owned()]));

    let again = session.start_run(&file, "n", "{}", true, RunLimits::default()).await.expect("a run").run;
    open.finished(&again).await;
    let comparison = session.compare(&run, &again).await.expect("two runs");
    assert_eq!((comparison.log_new, comparison.log_gone), (0, 0));

    let to = open.folder.path().join("run.ndjson");
    session.export_ndjson(&run, to.clone()).await.expect("written");
    assert!(std::fs::read_to_string(&to).expect("readable").lines().count() > 3);
    session.delete_run(&run).await.expect("it was there");
    assert_eq!(session.run_view(&run).await.expect_err("deleted").code, "no-run");
    assert_eq!(session.recorded(Some(&file), None, None, 10).await.expect("runs").len(), 1);
}

/// Warns with the first letters of "careful", so many times.
fn again(times: u32, letters: u32) -> String {
    format!(
        "(local.set 0 (i32.const {times}))
         (loop $again (call $warn (i32.const 64) (i32.const {letters}))
           (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_lines_are_known_without_being_fetched() {
    let mut open = Open::new().await;
    let body = [again(3000, 4), again(1, 7), again(200, 3)].concat();
    let file = open.node(&definition(""), &body);
    open.session.files.open(vec![file.clone()]).await.expect("a library");
    open.file(FileState::Ready).await;
    let session = open.session.clone();
    let run = session
        .start_run(&file.display().to_string(), "n", "{}", false, RunLimits::default())
        .await
        .expect("a run")
        .run;
    open.finished(&run).await;
    let some = LinesQuery { text: "care".into(), kinds: vec![LineKind::Log], ..LinesQuery::default() };
    for (query, offset, same_from) in [
        (LinesQuery::default(), 0, 0),
        (LinesQuery::default(), 500, 1),
        (LinesQuery::default(), 3000, 1),
        (LinesQuery::default(), 2000, 1),
        (LinesQuery::default(), 3001, 3001),
        (LinesQuery::default(), 3002, 3002),
        (LinesQuery::default(), 3201, 3002),
        (LinesQuery::default(), 2999, 1),
        (some.clone(), 3001, 3001),
        (some, 2000, 1),
    ] {
        let page = session.lines(&run, &query, offset, 10).await.expect("lines");
        assert_eq!((page.offset, page.same_from), (offset, same_from), "{query:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_and_fuel_is_counted() {
    let mut open = Open::new().await;
    let path = open.node(&definition(""), "(loop $forever (br $forever))");
    let file = path.display().to_string();
    open.session.files.open(vec![path]).await.expect("a library");
    open.file(FileState::Ready).await;
    let session = open.session.clone();
    let counting = wire::window::Settings { count_fuel: true, ..Default::default() };
    session.settings.save(counting).await.expect("writable");
    let run = session.start_run(&file, "n", "{}", false, RunLimits::default()).await.expect("a run").run;
    let (lines, _) = open
        .until(|change| match change {
            Change::Progress { progress } if progress.lines > 0 => Some((progress.lines, progress.elapsed_ms)),
            _ => None,
        })
        .await;
    assert_eq!(lines, 1, "it said something");
    assert!(session.delete_run(&run).await.is_err(), "it goes on");
    session.cancel_run(&run).expect("cancelled");
    session.close().await;
    let figures = open.finished(&run).await.figures.expect("an end");
    assert_eq!(figures.outcome, "cancelled");
    assert!(figures.fuel.is_some(), "it was counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_and_a_broken_build_keeps_the_last() {
    let mut open = Open::new().await;
    let path = open.node(&definition(""), "");
    let file = path.display().to_string();
    open.session.files.open(vec![path.clone()]).await.expect("a library");
    open.file(FileState::Ready).await;

    open.node(&definition(r#",{"name":"more","pin_type":"Input","data_type":"String"}"#), "");
    let build = open
        .until(|change| match change {
            Change::File { file } if file.state == FileState::Ready => file.build.filter(|build| build.number == 2),
            _ => None,
        })
        .await;
    let changes = build.changes.expect("there was one before");
    assert!(changes.list.iter().any(|change| change.kind == "pin-added"), "{:?}", changes.list);

    std::fs::write(&path, "(module").expect("writable");
    let row = open.file(FileState::Stale).await;
    assert!(row.problem.is_some() && row.build.is_some_and(|build| build.number == 2));
    let run = open
        .session
        .start_run(&file, "n", "{}", false, RunLimits::default())
        .await
        .expect("the last good one runs")
        .run;
    open.finished(&run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_built_on_save_once_its_command_is_allowed() {
    let mut open = Open::new().await;
    let folder = open.folder.path().canonicalize().expect("a folder").join("project");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("writable");
    };
    write("parts/one.txt", &wat(&definition(""), ""));
    write("parts/two.txt", &wat(&definition(r#",{"name":"more","pin_type":"Input","data_type":"String"}"#), ""));
    write("src/which", "one");
    let command = "mkdir -p build && cp parts/$(cat src/which).txt build/node.wat";
    let fields = "manifest_version = 1\nid = \"i\"\nname = \"n\"\nversion = \"1\"\nwasm_path = \"build/node.wat\"";
    write("flow-like.toml", &format!("{fields}\n[workbench]\nbuild = \"{command}\"\nwatch = [\"src\"]\n"));

    open.session.files.open(vec![folder.clone()]).await.expect("a library");
    let asked = open.project(|project| project.consent == BuildConsent::Asked).await;
    assert_eq!((asked.command.as_str(), asked.run), (command, None), "nothing ran");
    assert!(!folder.join("build").exists(), "opening a folder runs nothing");
    let (session, manifest) = (open.session.clone(), PathBuf::from(asked.manifest));
    session.builds.answer(&manifest, command, BuildAnswer::Run).await.expect("allowed");
    open.project(|project| is_state(project, BuildState::Ok)).await;
    let row = open.file(FileState::Ready).await;
    assert_eq!(row.build.map(|build| build.number), Some(1), "what was built is loaded");

    write("src/which", "two");
    let is_second = |file: &FileRow| file.build.as_ref().is_some_and(|build| build.number == 2);
    open.until(|change| matches!(change, Change::File { file } if is_second(&file)).then_some(())).await;
    write("src/which", "none");
    let failed = open.project(|project| is_state(project, BuildState::Failed)).await.run.expect("a run");
    assert_eq!(failed.failure.as_deref(), Some("exit code 1"));
    let lines = session.builds.lines(&manifest, failed.number, 0, 10).await.expect("output").lines;
    assert!(lines.concat().contains("parts/none.txt"), "{lines:?}");
    assert!(session.files.rows().iter().all(is_second), "the last good build stays");
    assert!(session.builds.lines(&manifest, failed.number + 1, 0, 10).await.is_err());

    session.files.remove(&folder.display().to_string()).await.expect("it was open");
    open.until(|change| matches!(change, Change::ProjectRemoved { .. }).then_some(())).await;
    session.close().await;
}

fn is_state(project: &ProjectRow, state: BuildState) -> bool {
    project.run.as_ref().is_some_and(|run| run.state == state)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_open_comes_back_with_its_inputs() {
    let mut open = Open::new().await;
    let pins = r#",{"name":"a","pin_type":"Input","data_type":"Float"},
        {"name":"key","pin_type":"Input","data_type":"String","sensitive":true}"#;
    let path = open.node(&definition(pins), "");
    let file = path.display().to_string();
    open.session.files.open(vec![path.clone()]).await.expect("a library");
    open.file(FileState::Ready).await;
    let inputs = r#"{"a":1.50,"key":"secret"}"#;
    let cases = open.session.save_case(&file, "n", "first", inputs).await.expect("written");
    assert_eq!(cases.path, path.with_file_name("n.cases.json").display().to_string());
    open.session.save_last(&file, "n", inputs).await.expect("written");
    let Open { session, folder, .. } = open;
    drop(session);

    let (session, mut changes) = begin(folder.path()).await;
    while !session.files.rows().iter().any(|row| row.path == file) {
        changes.recv().await.expect("the session lives");
    }
    let cases = session.cases(&file, "n").await.expect("readable");
    assert_eq!(cases.last.as_deref(), Some(r#"{"a":1.50}"#), "exact, and without what is secret");
    let names: Vec<&str> = cases.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["first"]);
    assert!(!cases.cases[0].inputs.contains("secret"), "a team commits this file");
    assert!(session.delete_case(&file, "n", "first").await.expect("it was there").cases.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_presets_leave_the_folder_that_a_build_cleans() {
    let mut open = Open::new().await;
    let root = open.folder.path().canonicalize().expect("a folder");
    let built = root.join("target/wasm32-wasip2/release");
    std::fs::create_dir_all(&built).expect("writable");
    std::fs::write(root.join("Cargo.toml"), "[package]\nname = \"node\"\n").expect("writable");
    let path = built.join("node.wat");
    std::fs::write(&path, wat(&definition(""), "")).expect("writable");
    let old = built.join("n.cases.json");
    std::fs::write(&old, r#"{"cases":[{"name":"one","inputs":{}}]}"#).expect("writable");
    let file = path.display().to_string();
    open.session.files.open(vec![path]).await.expect("a library");
    open.file(FileState::Ready).await;

    let cases = open.session.cases(&file, "n").await.expect("readable");
    assert_eq!((cases.path.as_str(), cases.cases.len()), (&*root.join("n.cases.json").to_string_lossy(), 1));
    assert!(!old.exists(), "it was brought");
    open.session.save_case(&file, "n", "two", "{}").await.expect("writable");
    std::fs::write(&old, r#"{"cases":[]}"#).expect("writable");
    for _ in 0..2 {
        assert_eq!(open.session.cases(&file, "n").await.expect("readable").cases.len(), 2, "nothing is overwritten");
    }
    let told = open.session.feed.notices();
    let both = told.iter().filter(|notice| notice.message.contains("two files with presets")).count();
    assert_eq!((both, old.exists()), (1, true), "both are kept, and it is told once: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_one_run_hold_and_are_in_its_command() {
    let mut open = Open::new().await;
    let path = open.node(
        &definition(r#",{"name":"key","pin_type":"Input","data_type":"String","sensitive":true}"#),
        "(loop (br 0))",
    );
    let file = path.display().to_string();
    open.session.files.open(vec![path]).await.expect("a library");
    open.file(FileState::Ready).await;
    let session = open.session.clone();
    let wrong = RunLimits { memory: Some("1.5".into()), ..RunLimits::default() };
    assert_eq!(session.start_run(&file, "n", "{}", false, wrong).await.expect_err("no size").code, "limits");
    let limits = RunLimits { time: Some("50ms".into()), ..RunLimits::default() };
    let run = session.start_run(&file, "n", r#"{"key":"s3cret"}"#, false, limits.clone()).await.expect("a run").run;
    assert_eq!(open.finished(&run).await.figures.map(|figures| figures.outcome).as_deref(), Some("limit"));

    let line = session.run_command(&run).await.expect("recorded");
    assert!(line.text.contains("--timeout=50ms") && !line.text.contains("s3cret"), "{}", line.text);
    assert_eq!(line.notes.len(), 1, "the sensitive value: {:?}", line.notes);
    let form = session.form_command(&file, "n", r#"{"key":"s3cret"}"#, limits).expect("a command");
    assert_eq!(form.text, line.text, "the form's is the same");
}
