//! The record with a real file. Tests wait for a flush, never for time to pass.

mod blocks;
mod network;

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::*;
use crate::definition::{DataType, Direction, Pin, ValueType};
use crate::event::{EventKind, EventReceiver, Level, LogSource, NetworkEvent, NetworkState, Protocol};
use crate::permission::{Basis, Capability, Decided, Decision, Identity, Request, Target};
use crate::run::{Figures, Outcome, Status};
use crate::trap::{Frame, Trap, TrapReason};

const PATIENCE: Duration = Duration::from_secs(120);

fn json(text: &str) -> Json {
    Json::parse(text).expect("valid JSON")
}

fn id(run: &str) -> RunId {
    RunId(run.into())
}

fn pin(name: &str, direction: Direction, sensitive: bool) -> Pin {
    Pin {
        name: name.into(),
        friendly_name: name.into(),
        description: String::new(),
        direction,
        data_type: DataType::String,
        value_type: ValueType::Normal,
        default_value: None,
        schema: None,
        valid_values: None,
        range: None,
        step: None,
        sensitive,
        enforce_schema: false,
        enforce_generic_value_type: false,
    }
}

/// A node with a secret input and a secret output.
fn definition(name: &str) -> Definition {
    Definition {
        name: name.into(),
        friendly_name: name.into(),
        description: String::new(),
        category: String::new(),
        icon: None,
        pins: vec![
            pin("text", Direction::Input, false),
            pin("password", Direction::Input, true),
            pin("token", Direction::Output, true),
        ],
        scores: None,
        long_running: false,
        docs: None,
        abi_version: None,
        permissions: Vec::new(),
    }
}

/// Records the events of a run that has begun.
fn tee(recorder: &Recorder, info: RunInfo, events: EventReceiver) -> EventReceiver {
    let (tee, out) = recorder.tee(events);
    tee.begin(info);
    out
}

fn info(run: &str, node: &str) -> RunInfo {
    let inputs = [("text".to_owned(), json("9007199254740993")), ("password".to_owned(), json("\"hunter2\""))];
    RunInfo::new(id(run), Path::new("/n/node.wasm"), "cafe".into(), &definition(node), &inputs, Limits::default())
        .started_at(UNIX_EPOCH + Duration::from_secs(1))
}

fn event(run: &str, ms: u64, kind: EventKind) -> Event {
    Event { run: id(run), at: Duration::from_millis(ms), kind }
}

fn log(run: &str, ms: u64, level: Level, message: impl Into<String>) -> Event {
    event(run, ms, EventKind::Log { level, source: LogSource::Node, message: message.into() })
}

fn finished(run: &str, ms: u64, outcome: Outcome) -> Event {
    event(run, ms, EventKind::Finished(Arc::new(outcome)))
}

fn good() -> Outcome {
    Outcome {
        status: Status::Ok,
        outputs: vec![("n".into(), json("18446744073709551615")), ("token".into(), json("\"s3cret\""))],
        fired: vec!["exec_out".into()],
        error: None,
        pending: false,
        trap: None,
        problems: Vec::new(),
        figures: Figures {
            duration: Duration::from_millis(7),
            own: Duration::from_millis(5),
            stored: None,
            asked: Duration::from_millis(2),
            memory_peak: 1 << 20,
            fuel: Some(5),
            denied: 1,
        },
    }
}

fn open(folder: &tempfile::TempDir) -> Recorder {
    Recorder::open(folder.path(), Retention::default()).expect("a record")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Sends events through a tee, takes them out at the other end and waits until they are written.
async fn play(recorder: &Recorder, info: RunInfo, events: Vec<Event>) -> Vec<Event> {
    let (sender, receiver) = crate::event::channel();
    let mut out = tee(recorder, info, receiver);
    let feed = async move {
        for event in events {
            assert!(sender.send(event).await, "the tee listens");
        }
    };
    let drain = async {
        let mut seen = Vec::new();
        while let Some(event) = out.recv().await {
            seen.push(event);
        }
        seen
    };
    let (_, seen) = tokio::time::timeout(PATIENCE, async { tokio::join!(feed, drain) }).await.expect("in time");
    recorder.flush().await.expect("the recorder runs");
    seen
}

async fn run_once(recorder: &Recorder, run: &str, node: &str) {
    let events = vec![log(run, 0, Level::Info, "x".repeat(1000)), finished(run, 1, good())];
    play(recorder, info(run, node), events).await;
}

async fn all(recorder: &Recorder, run: &'static str) -> Vec<EventRow> {
    recorder.record().ask(move |record| record.rows(&id(run), 0..u32::MAX)).await.expect("readable")
}

async fn runs(recorder: &Recorder) -> Vec<String> {
    let query = RunsQuery { limit: 1000, ..RunsQuery::default() };
    let runs = recorder.record().ask(move |record| record.runs(&query)).await.expect("readable");
    runs.iter().map(|run| run.id.0.to_string()).collect()
}

#[tokio::test]
async fn a_run_comes_back_as_it_was() {
    let folder = folder();
    let recorder = open(&folder);
    let trapped = Outcome {
        status: Status::Trap,
        error: Some("boom".into()),
        trap: Some(Trap {
            reason: TrapReason::Panic,
            message: "boom".into(),
            frames: vec![Frame {
                function: Some("node::run".into()),
                module: None,
                function_index: 7,
                file: Some("lib.rs".into()),
                line: Some(3),
                column: None,
                runtime: true,
            }],
        }),
        ..good()
    };
    let network = NetworkEvent {
        connection: 1,
        protocol: Protocol::Tcp,
        target: "localhost:1".into(),
        address: None,
        state: NetworkState::Failed { reason: "refused".into() },
        bytes_up: 0,
        bytes_down: 0,
        exchange: None,
    };
    let events = vec![
        log("r", 1, Level::Debug, "first"),
        event("r", 2, EventKind::Stream { kind: "progress".into(), data: json(r#"{"p":1.50}"#) }),
        event("r", 3, EventKind::Fired { pin: "exec_out".into() }),
        event("r", 4, EventKind::Output { pin: "n".into(), value: json("18446744073709551615") }),
        event("r", 5, EventKind::Network(network)),
        event("r", 6, EventKind::LeftOut { lines: 12 }),
        finished("r", 7, trapped.clone()),
    ];
    let seen = play(&recorder, info("r", "echo"), events).await;
    assert_eq!(seen.len(), 7, "what goes in comes out");

    let run = recorder.record().ask(|record| record.run(&id("r"))).await.expect("readable").expect("it is there");
    assert_eq!(run.summary.node, "echo", "the node's name");
    assert_eq!(run.summary.started_at, UNIX_EPOCH + Duration::from_secs(1), "when it began");
    let outcome = run.summary.outcome.expect("it ended");
    assert_eq!((outcome.status, outcome.error.as_deref()), (Status::Trap, Some("boom")), "how it ended");
    assert_eq!((outcome.duration, outcome.asked), (Duration::from_millis(7), Duration::from_millis(2)), "its times");
    assert_eq!((outcome.fuel, outcome.memory_peak, outcome.denied), (Some(5), 1 << 20, 1), "its figures");
    assert_eq!(run.outputs[0], ("n".into(), json("18446744073709551615")), "64-bit integers stay exact");
    assert_eq!(run.inputs[0], ("text".into(), json("9007199254740993")), "64-bit integers stay exact");
    assert_eq!(run.trap, trapped.trap, "the trap with its frames");

    let rows = all(&recorder, "r").await;
    let kinds: Vec<RowKind> = rows.iter().map(|row| row.kind).collect();
    use RowKind::{Finished, Fired, LeftOut, Log, Network, Output, Stream};
    assert_eq!(kinds, [Log, Stream, Fired, Output, Network, LeftOut, Finished], "the time line in order");
    assert_eq!(rows[1].text, r#"{"p":1.50}"#, "values keep their spelling");
    assert_eq!(rows[4].level, Level::Warn, "a failed connection is a warning");
    assert_eq!(rows[5].text, "12", "the marker says how many");
    assert_eq!(rows[6].at, Duration::from_millis(7), "times are kept");
}

#[tokio::test]
async fn secrets_are_never_written() {
    let folder = folder();
    let recorder = open(&folder);
    let output = event("r", 1, EventKind::Output { pin: "token".into(), value: json("\"s3cret\"") });
    let seen = play(&recorder, info("r", "echo"), vec![output, finished("r", 2, good())]).await;
    assert!(format!("{seen:?}").contains("s3cret"), "whoever watches the run still sees the value");
    let run = recorder.record().ask(|record| record.run(&id("r"))).await.expect("readable").expect("it is there");
    assert_eq!(run.masked, ["password"], "it says what is missing");
    assert_eq!(run.inputs[1], ("password".into(), json(MASK)), "the mask stands for the value");
    assert_eq!(run.outputs[1], ("token".into(), json(MASK)), "the mask stands for the value");
    let files = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("a file").path());
    for path in files.filter(|path| path.is_file()) {
        let bytes = fs::read(&path).expect("readable");
        for secret in ["hunter2", "s3cret"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret:?} stands in \"{}\"", path.display());
        }
    }
}

#[tokio::test]
async fn a_flood_keeps_order_and_count() {
    const LINES: usize = 200_000;
    let folder = folder();
    let recorder = open(&folder);
    let (sender, receiver) = crate::event::channel();
    let mut out = tee(&recorder, info("r", "flood"), receiver);
    let feed = tokio::spawn(async move {
        for line in 0..LINES {
            let level = if line % 1000 == 0 { Level::Warn } else { Level::Info };
            assert!(sender.send(log("r", 0, level, format!("line {line}"))).await, "the tee listens");
        }
    });
    let mut forwarded = 0;
    while let Some(event) = tokio::time::timeout(PATIENCE, out.recv()).await.expect("in time") {
        let EventKind::Log { message, .. } = event.kind else { panic!("only log lines were sent") };
        assert_eq!(message, format!("line {forwarded}"), "forwarded in order");
        forwarded += 1;
    }
    feed.await.expect("it ran");
    recorder.flush().await.expect("the recorder runs");
    assert_eq!(forwarded, LINES, "all were forwarded");

    let rows = all(&recorder, "r").await;
    assert_eq!(rows.len(), LINES, "all were written");
    let in_order =
        rows.iter().enumerate().all(|(line, row)| row.seq as usize == line && row.text == format!("line {line}"));
    assert!(in_order, "in order and without gaps");

    let record = recorder.record();
    let select = |filter: Filter| record.ask(move |record| record.select(&id("r"), &filter, 0..u32::MAX));
    let warnings = select(Filter { min_level: Some(Level::Warn), ..Filter::default() }).await.expect("readable");
    assert_eq!(warnings.len(), LINES / 1000, "every thousandth");
    let text = Some(TextFilter::containing("LINE 12345").expect("a text"));
    let found = select(Filter { text, ..Filter::default() }).await.expect("readable");
    assert_eq!(found, [vec![12345], (123_450..123_460).collect()].concat(), "found in order, in any case");
    let text = Some(TextFilter::matching("^line [0-9]+999$").expect("a pattern"));
    let found = select(Filter { text, ..Filter::default() }).await.expect("readable");
    assert_eq!(found.len(), LINES / 1000 - 1, "a regular expression");

    let counts = record.ask(|record| record.counts(&id("r"))).await.expect("readable");
    assert_eq!(counts.rows, LINES as u64, "all are counted");
    assert_eq!(counts.levels[Level::Warn as usize], LINES as u64 / 1000, "by level");
}

#[tokio::test]
async fn filters_and_ranges_agree() {
    let folder = folder();
    let recorder = open(&folder);
    let events = (0..100)
        .map(|line| log("r", line, if line % 3 == 0 { Level::Error } else { Level::Info }, format!("a[{line}].b")))
        .collect();
    play(&recorder, info("r", "pages"), events).await;
    let record = recorder.record();
    let filter = Filter {
        min_level: Some(Level::Warn),
        kinds: vec![RowKind::Log],
        text: Some(TextFilter::containing("].B").expect("a text")),
    };
    let all = record.select(&id("r"), &filter, 0..u32::MAX).expect("readable");
    assert_eq!(all.len(), 34, "every third");
    assert_eq!(record.select(&id("r"), &filter, 50..80).expect("readable"), all[17..27], "a part");
    let found = record.rows_at(&id("r"), &all[10..12]).expect("readable");
    assert_eq!(found.iter().map(|row| row.text.as_str()).collect::<Vec<_>>(), ["a[30].b", "a[33].b"]);
    assert_eq!(record.rows(&id("r"), 98..103).expect("readable").len(), 2, "the last two");
    assert_eq!(record.rows_at(&id("r"), &[3, 99, 500]).expect("readable").len(), 2, "only those that are there");
    assert_eq!(record.len(&id("r")).expect("readable"), Some(100), "all of them");
    assert_eq!(record.len(&id("unknown")).expect("readable"), None, "no such run");
    assert!(TextFilter::matching("(").is_err(), "a bad pattern is an error");
}

#[tokio::test]
async fn nothing_listens_but_the_recorder() {
    let folder = folder();
    let recorder = open(&folder);
    let (sender, receiver) = crate::event::channel();
    drop(tee(&recorder, info("r", "alone"), receiver));
    for line in 0..50 {
        assert!(sender.send(log("r", line, Level::Info, "x")).await, "the tee listens");
    }
    drop(sender);
    while recorder.record().len(&id("r")).expect("readable") != Some(50) {
        recorder.flush().await.expect("the recorder runs");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn decisions_outlive_their_run() {
    let folder = folder();
    let recorder = open(&folder);
    let decided = Decided {
        id: 1,
        run: id("r"),
        identity: Identity { file: "/n/node.wasm".into(), node: "net".into() },
        build: "cafe".into(),
        request: Request {
            capability: Capability::TcpConnect,
            target: Target::Socket {
                host: Some("localhost".into()),
                address: "127.0.0.1:6379".parse().expect("valid"),
            },
            call_site: vec!["ping".into()],
        },
        class: Some(crate::permission::AddressClass::Loopback),
        declared: false,
        decision: Decision::Deny,
        basis: Basis::NotAsked,
        asked: Duration::ZERO,
        at: UNIX_EPOCH + Duration::from_secs(5),
    };
    let events = vec![event("r", 1, EventKind::Decided(Arc::new(decided))), finished("r", 2, good())];
    play(&recorder, info("r", "net"), events).await;
    let rows = all(&recorder, "r").await;
    assert_eq!((rows[0].kind, rows[0].level), (RowKind::Decision, Level::Warn), "it stands in the time line");

    assert!(recorder.delete(&id("r")).await.expect("deleted"), "it was there");
    assert!(!recorder.delete(&id("r")).await.expect("nothing to delete"), "it is gone");
    assert_eq!(runs(&recorder).await, [""; 0], "no run is left");
    assert_eq!(all(&recorder, "r").await, [], "nor any of its rows");
    let query = DecisionsQuery { node: Some("net".into()), limit: 10, ..DecisionsQuery::default() };
    let audit = recorder.record().decisions(&query).expect("readable");
    assert_eq!(audit.len(), 1, "the audit list keeps the decision");
    let decision = &audit[0];
    assert_eq!(decision.target, "localhost:6379 (127.0.0.1)", "what was asked for");
    assert_eq!(
        (decision.decision.as_str(), decision.basis.as_str()),
        ("deny", "not-asked"),
        "what was decided, and why"
    );
    assert_eq!((decision.class.as_deref(), decision.declared), (Some("loopback"), false), "what was known");
}

#[tokio::test]
async fn lists_are_paged_newest_first() {
    let folder = folder();
    let recorder = open(&folder);
    for (run, node) in [("1", "a"), ("2", "b"), ("3", "a"), ("4", "a")] {
        run_once(&recorder, run, node).await;
    }
    let mut query = RunsQuery { node: Some("a".into()), limit: 2, ..RunsQuery::default() };
    let page = recorder.record().runs(&query).expect("readable");
    let names = |page: &[RunSummary]| page.iter().map(|run| run.id.0.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&page), ["4", "3"], "the newest two of the node");
    query.before = page.last().map(|run| run.number);
    assert_eq!(names(&recorder.record().runs(&query).expect("readable")), ["1"], "the rest");
}

#[tokio::test]
async fn f14_f50_what_was_passed_on_survives_the_programs_sudden_end() {
    let folder = folder();
    let recorder = open(&folder);
    let (sender, receiver) = crate::event::channel();
    let mut out = tee(&recorder, info("r", "crash"), receiver);
    for line in 0..3 {
        assert!(sender.send(log("r", line, Level::Info, "kept")).await, "the tee listens");
        out.recv().await.expect("forwarded");
    }
    // As after a kill: the files as they are now, while the first process holds them open. Nothing is flushed.
    let copy = self::folder();
    copy_all(folder.path(), copy.path());
    let reopened = open(&copy);
    assert_eq!(*reopened.notices().borrow(), None, "nothing is wrong with it");
    assert_eq!(all(&reopened, "r").await.len(), 3, "all lines are there");
    let outcome = ended(&reopened, "r").expect("the next start gives it an end");
    assert_eq!((outcome.status, outcome.stored), (Status::Interrupted, None));
    assert_eq!(outcome.own, Duration::from_millis(2), "as far as it is known");

    let beside = open(&folder);
    assert_eq!(ended(&beside, "r"), None, "another program does not end a run that goes on");
    let page = beside.record().runs(&RunsQuery { limit: 1, ..RunsQuery::default() }).expect("readable");
    assert!(beside.record().may_go_on(&page[0]), "and shows it as such");
}

#[tokio::test]
async fn f14_a_program_that_ended_by_itself_left_an_end_that_was_refused() {
    let folder = folder();
    let recorder = open(&folder);
    let (sender, receiver) = crate::event::channel();
    let mut out = tee(&recorder, info("r", "full"), receiver);
    assert!(sender.send(log("r", 1, Level::Info, "kept")).await, "the tee listens");
    out.recv().await.expect("forwarded");
    let path = folder.path().join(FILE);
    let connection = rusqlite::Connection::open(&path).expect("it opens");
    // The disk refuses outcomes from now on.
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON outcomes BEGIN SELECT RAISE(ABORT, 'disk full'); END";
    connection.busy_timeout(PATIENCE).expect("set");
    connection.execute_batch(refuse).expect("made");
    assert!(sender.send(finished("r", 2, good())).await, "the tee listens");
    let Some(EventKind::Finished(outcome)) = out.recv().await.map(|event| event.kind) else { panic!("it ends") };
    assert_eq!(
        (outcome.status, outcome.figures.stored),
        (Status::Ok, None),
        "the real end, and that it was not recorded"
    );
    assert!(matches!(*recorder.notices().borrow(), Some(Notice::Lost { .. })), "it says so");
    drop((sender, out));
    while Arc::strong_count(&recorder.0) > 1 {
        tokio::task::yield_now().await;
    }
    connection.execute_batch("DROP TRIGGER refuse").expect("dropped");
    drop((connection, recorder));
    let reopened = open(&folder);
    assert_eq!(ended(&reopened, "r").map(|outcome| outcome.status), Some(Status::NotRecorded));
}

#[tokio::test]
async fn f15_the_end_says_when_all_was_stored() {
    let folder = folder();
    let recorder = open(&folder);
    let seen = play(&recorder, info("r", "echo"), vec![finished("r", 1, good())]).await;
    let EventKind::Finished(outcome) = &seen[0].kind else { panic!("it ends") };
    assert!(outcome.figures.stored.is_some());
    let row = ended(&recorder, "r").expect("it is stored");
    assert_eq!(
        row.figures(),
        Figures { stored: row.stored, ..outcome.figures },
        "all figures but the fraction of a microsecond are one"
    );
    assert_eq!(row.stored.map(|stored| stored.as_micros()), outcome.figures.stored.map(|stored| stored.as_micros()));
}

#[tokio::test]
async fn f11_problems_of_a_result_are_kept() {
    use crate::definition::results::{Code, Finding};
    let folder = folder();
    let recorder = open(&folder);
    let finding = Finding {
        pin: "coutn\u{9b}".into(),
        code: Code::UndeclaredPin,
        found: "5".into(),
        wanted: "a declared pin".into(),
    };
    let outcome = Outcome { problems: vec![finding.clone()], ..good() };
    play(&recorder, info("r", "echo"), vec![finished("r", 1, outcome)]).await;
    let run = recorder.record().run(&id("r")).expect("readable").expect("it is there");
    assert_eq!(run.problems, [finding]);
    assert_eq!(run.summary.outcome.map(|outcome| outcome.problems), Some(1));
    assert_eq!(run.outputs.len(), 2, "each output has its row");
    let mut lines = Vec::new();
    recorder.record().export(&id("r"), &mut lines).expect("written");
    let text = String::from_utf8(lines).expect("UTF-8");
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{text}");
    assert!(text.contains("\"undeclared-pin\"") && text.contains("\"own_ms\":5.0"), "{text}");
}

fn ended(recorder: &Recorder, run: &str) -> Option<OutcomeRow> {
    recorder.record().outcome(&id(run)).expect("readable")
}

/// Files and folders, but for what SQLite makes again.
fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("a file").path();
        let copy = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir(&copy).expect("made");
            copy_all(&path, &copy);
        } else if path.extension().is_none_or(|extension| extension != "db-shm") {
            fs::copy(&path, copy).expect("copied");
        }
    }
}

#[tokio::test]
async fn a_damaged_file_is_set_aside() {
    let folder = folder();
    let path = folder.path().join(FILE);
    fs::write(&path, "this is not a database, and it is long enough to be looked at: ".repeat(100)).expect("a file");
    let recorder = open(&folder);
    let notice = recorder.notices().borrow().clone();
    let Some(Notice::SetAside { path: kept, .. }) = notice else { panic!("it must say so, not {notice:?}") };
    assert!(fs::read_to_string(&kept).expect("kept").starts_with("this is not"), "the old file is kept");
    run_once(&recorder, "r", "echo").await;
    assert_eq!(runs(&recorder).await, ["r"], "the new one works");
}

#[tokio::test]
async fn a_file_without_its_tables_is_set_aside() {
    let folder = folder();
    run_once(&open(&folder), "old", "echo").await;
    let connection = rusqlite::Connection::open(folder.path().join(FILE)).expect("it opens");
    connection.busy_timeout(PATIENCE).expect("set");
    connection.execute_batch("DROP TABLE blocks").expect("dropped");
    drop(connection);
    let recorder = open(&folder);
    assert!(matches!(*recorder.notices().borrow(), Some(Notice::SetAside { .. })), "it says so");
    run_once(&recorder, "r", "echo").await;
    assert_eq!(runs(&recorder).await, ["r"], "the new one works");
}

#[tokio::test]
async fn damage_under_way_loses_no_later_line() {
    let folder = folder();
    let recorder = open(&folder);
    let (sender, receiver) = crate::event::channel();
    let mut out = tee(&recorder, info("r", "echo"), receiver);
    assert!(sender.send(log("r", 0, Level::Info, "before")).await, "the tee listens");
    out.recv().await.expect("forwarded");
    recorder.flush().await.expect("the recorder runs");
    let connection = rusqlite::Connection::open(folder.path().join(FILE)).expect("it opens");
    connection.busy_timeout(PATIENCE).expect("set");
    connection.execute_batch("DROP TABLE blocks").expect("dropped");
    drop(connection);
    assert!(sender.send(log("r", 1, Level::Info, "after")).await, "the tee listens");
    out.recv().await.expect("forwarded");
    recorder.flush().await.expect("the recorder runs");
    assert!(matches!(*recorder.notices().borrow(), Some(Notice::SetAside { .. })), "it says so");
    let rows = all(&recorder, "r").await;
    assert_eq!(rows.iter().map(|row| row.text.as_str()).collect::<Vec<_>>(), ["after"], "the run went on");
}

#[tokio::test]
async fn a_newer_file_is_left_alone() {
    let folder = folder();
    run_once(&open(&folder), "old", "echo").await;
    let path = folder.path().join(FILE);
    let connection = rusqlite::Connection::open(&path).expect("it opens");
    connection.busy_timeout(PATIENCE).expect("set");
    connection.pragma_update(None, "user_version", 99).expect("set");
    let recorder = open(&folder);
    assert!(matches!(*recorder.notices().borrow(), Some(Notice::Temporary { .. })), "it says so");
    assert_ne!(recorder.record().path(), path, "another file is used");
    run_once(&recorder, "r", "echo").await;
    assert_eq!(runs(&recorder).await, ["r"], "runs are recorded all the same");
    let left: i64 = connection.query_row("SELECT count(*) FROM runs", [], |row| row.get(0)).expect("readable");
    assert_eq!(left, 1, "the newer file still holds its run");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_had_is_no_obstacle() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "x").expect("a file");
    let recorder = Recorder::open(&file.join("below"), Retention::default()).expect("a temporary record");
    assert!(matches!(*recorder.notices().borrow(), Some(Notice::Temporary { .. })), "it says so");
    run_once(&recorder, "r", "echo").await;
    assert_eq!(runs(&recorder).await, ["r"], "runs are recorded all the same");
}

#[tokio::test]
async fn an_empty_file_is_brought_up_to_date() {
    let folder = folder();
    fs::write(folder.path().join(FILE), "").expect("a file");
    let recorder = open(&folder);
    assert_eq!(*recorder.notices().borrow(), None, "an empty file is a new one");
    run_once(&recorder, "r", "echo").await;
    let connection = rusqlite::Connection::open(folder.path().join(FILE)).expect("it opens");
    let value =
        |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, PragmaText>(0)).expect("set").0;
    assert_eq!(value("user_version"), "3", "the current schema");
    assert_eq!(value("journal_mode"), "wal", "readers and writers do not wait for each other");
    assert_eq!(value("auto_vacuum"), "2", "free pages can be given back");
}

/// A pragma's value as text.
struct PragmaText(String);

impl rusqlite::types::FromSql for PragmaText {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        match value {
            rusqlite::types::ValueRef::Integer(number) => Ok(Self(number.to_string())),
            other => other.as_str().map(|text| Self(text.to_owned())),
        }
    }
}

#[tokio::test]
async fn two_recorders_write_one_file() {
    let folder = folder();
    let (one, two) = (open(&folder), open(&folder));
    let lines = |run: &'static str| {
        let mut events: Vec<Event> =
            (0..5000).map(|line| log(run, line, Level::Info, format!("{run} {line}"))).collect();
        events.push(finished(run, 5000, good()));
        events
    };
    tokio::join!(play(&one, info("1", "a"), lines("1")), play(&two, info("2", "b"), lines("2")));
    for (recorder, run) in [(&one, "2"), (&two, "1")] {
        let rows = all(recorder, run).await;
        assert_eq!(rows.len(), 5001, "each sees the other's run");
        assert!(rows.iter().take(5000).all(|row| row.text == format!("{run} {}", row.seq)), "nothing is mixed up");
        assert_eq!(*recorder.notices().borrow(), None, "nothing went wrong");
    }
}

/// Waits until the file holds what the retention allows.
async fn pruned(recorder: &Recorder, done: impl Fn(&rusqlite::Connection) -> bool) {
    let connection = rusqlite::Connection::open(recorder.record().path()).expect("it opens");
    connection.busy_timeout(PATIENCE).expect("set");
    let wait = async {
        while !done(&connection) {
            recorder.flush().await.expect("the recorder runs");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("pruned in time");
}

fn count_of(connection: &rusqlite::Connection, table: &str) -> i64 {
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).expect("readable")
}

fn rows_of(connection: &rusqlite::Connection) -> i64 {
    connection.query_row("SELECT ifnull(sum(rows), 0) FROM blocks", [], |row| row.get(0)).expect("readable")
}

#[tokio::test]
async fn only_the_newest_runs_of_a_node_stay() {
    let folder = folder();
    let retention = Retention { runs_per_node: 2, ..Retention::default() };
    let recorder = Recorder::open(folder.path(), retention).expect("a record");
    run_once(&recorder, "other", "b").await;
    for run in ["1", "2", "3", "4"] {
        run_once(&recorder, run, "a").await;
    }
    pruned(&recorder, |connection| rows_of(connection) == 6 && count_of(connection, "doomed") == 0).await;
    assert_eq!(runs(&recorder).await, ["4", "3", "other"], "the newest two of each node");
}

#[tokio::test]
async fn the_oldest_runs_make_room() {
    let folder = folder();
    let retention = Retention { bytes: 400_000, ..Retention::default() };
    let recorder = Recorder::open(folder.path(), retention).expect("a record");
    for number in 0..10 {
        let run = number.to_string();
        let mut events: Vec<Event> = (0..100).map(|line| log(&run, line, Level::Info, "x".repeat(1000))).collect();
        events.push(finished(&run, 100, good()));
        play(&recorder, info(&run, &format!("node {number}")), events).await;
    }
    pruned(&recorder, |connection| {
        let used = prune::used_bytes(connection).expect("readable");
        let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0)).expect("readable");
        used <= 400_000 && free == 0
    })
    .await;
    let left = runs(&recorder).await;
    assert_eq!(left.first().map(String::as_str), Some("9"), "the newest stays");
    assert!((1..=4).contains(&left.len()), "{left:?} fit into the limit");
}

#[tokio::test]
async fn a_running_run_is_not_pruned_but_can_be_deleted() {
    let folder = folder();
    let retention = Retention { runs_per_node: 1, ..Retention::default() };
    let recorder = Recorder::open(folder.path(), retention).expect("a record");
    let (sender, receiver) = crate::event::channel();
    let mut out = tee(&recorder, info("long", "a"), receiver);
    assert!(sender.send(log("long", 0, Level::Info, "x")).await, "the tee listens");
    out.recv().await.expect("forwarded");
    for run in ["1", "2"] {
        run_once(&recorder, run, "a").await;
    }
    pruned(&recorder, |connection| rows_of(connection) == 3 && count_of(connection, "doomed") == 0).await;
    assert_eq!(runs(&recorder).await, ["2", "long"], "it is still being written");

    assert!(recorder.delete(&id("long")).await.expect("deleted"), "the user may");
    assert!(sender.send(log("long", 1, Level::Info, "y")).await, "the tee listens");
    assert!(out.recv().await.is_some(), "the run itself goes on");
    drop(sender);
    assert!(out.recv().await.is_none(), "to its end");
    pruned(&recorder, |connection| rows_of(connection) == 2 && count_of(connection, "doomed") == 0).await;
    assert_eq!(runs(&recorder).await, ["2"], "nothing of it comes back");
}

#[tokio::test]
async fn an_export_is_lines_of_json() {
    let folder = folder();
    let recorder = open(&folder);
    let events = vec![
        log("r", 1, Level::Warn, "two\nlines \u{1b}[31m"),
        event("r", 2, EventKind::Output { pin: "n".into(), value: json("18446744073709551615") }),
        event("r", 3, EventKind::LeftOut { lines: 3 }),
        finished("r", 4, good()),
    ];
    play(&recorder, info("r", "echo"), events).await;
    let mut bytes = Vec::new();
    assert_eq!(recorder.record().export(&id("r"), &mut bytes).expect("exported"), 5, "a line for each");
    let text = String::from_utf8(bytes).expect("text");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let names: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    assert_eq!(names, ["run", "log", "output", "left_out", "finished"], "in order");
    assert_eq!(lines[0]["inputs"]["password"], "•••", "secrets stay masked");
    assert_eq!(lines[1]["message"], "two\nlines \u{1b}[31m", "messages are escaped");
    assert_eq!(lines[2]["value"], 18_446_744_073_709_551_615_u64, "64-bit integers stay exact");
    assert_eq!(lines[4]["outcome"], "ok", "the outcome ends it");
    assert_eq!(lines[4]["duration_ms"], 7.0, "with its figures");
    let none = recorder.record().export(&id("unknown"), &mut Vec::new()).expect("nothing to export");
    assert_eq!(none, 0, "no such run");
}
