//! Remembered answers in memory and on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;

use super::*;

fn identity() -> Identity {
    Identity { file: PathBuf::from("/nodes/ping.wasm"), node: "ping".to_owned() }
}

fn run() -> RunId {
    RunId("run".into())
}

fn grant(rule: &str, lifetime: Lifetime) -> Grant {
    Grant {
        id: 0,
        identity: identity(),
        rule: rule.parse().expect("a rule"),
        decision: Decision::Allow,
        lifetime,
        run: (lifetime == Lifetime::Run).then(run),
        build: "hash".into(),
        declared: vec!["network:tcp".to_owned()],
        origin: Some(Arc::default()),
        at: SystemTime::UNIX_EPOCH,
    }
}

fn open(folder: &tempfile::TempDir) -> Grants {
    Grants::open(folder.path()).expect("the folder can be used")
}

fn rules(grants: &Grants) -> Vec<String> {
    grants.of(&identity(), &run()).iter().map(|grant| grant.rule.to_string()).collect()
}

async fn remember(grants: &Grants, grant: Grant) -> CancellationToken {
    let (token, written) = grants.remember(grant).await;
    written.expect("the file can be written");
    token
}

#[tokio::test]
async fn only_always_outlives_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let grants = open(&folder);
    remember(&grants, grant("tcp:127.0.0.1:1", Lifetime::Run)).await;
    remember(&grants, grant("tcp:127.0.0.1:2", Lifetime::Session)).await;
    remember(&grants, grant("tcp:127.0.0.1:3", Lifetime::Always)).await;
    assert_eq!(rules(&grants).len(), 3, "all hold now");

    grants.end_run(&run());
    assert_eq!(rules(&grants), ["tcp:127.0.0.1:2", "tcp:127.0.0.1:3"], "the run's answer ended with it");

    let again = open(&folder);
    assert_eq!(rules(&again), ["tcp:127.0.0.1:3"], "the session's answer ended with the program");
    let always = grants.list().into_iter().find(|grant| grant.lifetime == Lifetime::Always);
    assert_eq!(again.list().first(), always.as_ref(), "everything about it came back");
    assert_eq!(again.problem(), None);
}

#[tokio::test]
async fn a_grant_belongs_to_file_and_node_and_run() {
    let grants = Grants::in_memory();
    remember(&grants, grant("tcp:*", Lifetime::Session)).await;
    remember(&grants, grant("udp:*", Lifetime::Run)).await;
    let other_file = Identity { file: PathBuf::from("/copy/ping.wasm"), ..identity() };
    let other_node = Identity { node: "pong".to_owned(), ..identity() };
    assert!(grants.of(&other_file, &run()).is_empty(), "a copied file starts with nothing");
    assert!(grants.of(&other_node, &run()).is_empty(), "another node of the file starts with nothing");
    assert_eq!(grants.of(&identity(), &RunId("next".into())).len(), 1, "the next run keeps the session's only");
}

#[tokio::test]
async fn revoking_fires_and_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let grants = open(&folder);
    let token = remember(&grants, grant("tcp:*", Lifetime::Always)).await;
    let kept = remember(&grants, grant("udp:*", Lifetime::Always)).await;
    let id = grants.list().first().expect("the first grant").id;
    assert!(grants.revoke(id).await.expect("the file can be written"), "it was there");
    assert!(token.is_cancelled(), "what rests on it ends");
    assert!(!kept.is_cancelled(), "what rests on another does not");
    assert!(!grants.revoke(id).await.expect("nothing to write"), "it is gone");
    assert_eq!(rules(&open(&folder)), ["udp:*"], "and stays gone");
}

#[tokio::test]
async fn the_same_answer_twice_is_one_grant() {
    let grants = Grants::in_memory();
    remember(&grants, grant("tcp:*", Lifetime::Session)).await;
    remember(&grants, grant("tcp:*", Lifetime::Session)).await;
    assert_eq!(grants.list().len(), 1);
}

#[tokio::test]
async fn two_programs_share_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (open(&folder), open(&folder));
    let token = remember(&one, grant("tcp:*", Lifetime::Always)).await;
    remember(&other, grant("udp:*", Lifetime::Always)).await;
    assert_eq!(rules(&other), ["udp:*", "tcp:*"], "a write takes over what the other program wrote");
    one.refresh().await.expect("the file can be read");
    assert_eq!(rules(&one), ["tcp:*", "udp:*"], "nothing was lost");

    let id = other.list().iter().find(|grant| grant.rule.to_string() == "tcp:*").expect("it is there").id;
    other.revoke(id).await.expect("the file can be written");
    one.refresh().await.expect("the file can be read");
    assert!(token.is_cancelled(), "revoked by another program is revoked");
    assert_eq!(rules(&one), ["udp:*"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_at_the_same_time_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (Arc::new(open(&folder)), Arc::new(open(&folder)));
    let mut writers = tokio::task::JoinSet::new();
    for port in 1..=20 {
        let grants = if port % 2 == 0 { one.clone() } else { other.clone() };
        writers.spawn(async move {
            remember(&grants, grant(&format!("tcp:127.0.0.1:{port}"), Lifetime::Always)).await;
        });
    }
    writers.join_all().await;
    assert_eq!(open(&folder).list().len(), 20, "every answer is in the file");
    one.refresh().await.expect("the file can be read");
    assert_eq!(one.list().len(), 20, "and known to each program");
}

#[tokio::test]
async fn a_revocation_that_overtakes_its_answer_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let grants = open(&folder);
    let mut grant = grant("tcp:*", Lifetime::Always);
    grant.id = 7;
    let entry = Entry { grant: grant.clone(), revoked: CancellationToken::new(), stored: false };
    grants.shared.lock().entries.push(entry);
    assert!(grants.revoke(7).await.expect("the file can be written"), "it applied already");
    grants.add(grant).await.expect("the file can be written");
    assert!(open(&folder).list().is_empty(), "it does not come back");
}

#[tokio::test]
async fn the_file_is_for_the_user_only() {
    let folder = tempfile::tempdir().expect("a folder");
    remember(&open(&folder), grant("tcp:*", Lifetime::Always)).await;
    let mode = fs::metadata(folder.path().join("grants.json")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_damaged_file_is_set_aside() {
    for damaged in ["", "{", "[]", "\u{0}\u{1}", r#"{"version":2,"grants":[]}"#] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("grants.json"), damaged).expect("written");
        let grants = open(&folder);
        assert!(grants.list().is_empty(), "{damaged:?} grants nothing");
        let problem = grants.problem().expect("it is reported");
        assert!(problem.contains("grants.json.damaged-"), "{problem}");
        let aside = fs::read_dir(folder.path())
            .expect("the folder")
            .filter_map(Result::ok)
            .find(|entry| entry.file_name().to_string_lossy().starts_with("grants.json.damaged-"))
            .expect("it is kept");
        assert_eq!(fs::read_to_string(aside.path()).expect("readable"), damaged, "as it was");
        remember(&grants, grant("tcp:*", Lifetime::Always)).await;
        assert_eq!(rules(&open(&folder)), ["tcp:*"], "the next answer is kept as usual");
    }
}

#[tokio::test]
async fn good_entries_survive_bad_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    remember(&open(&folder), grant("tcp:*", Lifetime::Always)).await;
    let path = folder.path().join("grants.json");
    let text = fs::read_to_string(&path).expect("readable").replace("\"grants\": [", "\"grants\": [{\"rule\": 7},");
    fs::write(&path, text).expect("written");
    let grants = open(&folder);
    assert_eq!(rules(&grants), ["tcp:*"]);
    assert!(grants.problem().is_some_and(|problem| problem.contains("1 of 2 entries")), "{:?}", grants.problem());
    assert_eq!(open(&folder).problem(), None, "the next reader does not stumble");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn paths_that_are_no_text_come_back() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder");
    let file = PathBuf::from(std::ffi::OsStr::from_bytes(b"/nodes/\xff.wasm"));
    let identity = Identity { file, node: "ping".to_owned() };
    remember(&open(&folder), Grant { identity: identity.clone(), ..grant("tcp:*", Lifetime::Always) }).await;
    assert_eq!(open(&folder).of(&identity, &run()).len(), 1);
}

#[tokio::test]
async fn an_answer_that_cannot_be_stored_still_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let grants = open(&folder);
    // A folder in its place can be neither read nor replaced, whoever runs this.
    fs::create_dir(folder.path().join("grants.json")).expect("made");
    let (_, written) = grants.remember(grant("tcp:*", Lifetime::Always)).await;
    assert!(written.is_err(), "the failure is reported");
    assert_eq!(rules(&grants), ["tcp:*"], "the answer holds until the program ends");
}

#[tokio::test]
async fn f50_a_file_that_cannot_be_read_or_locked_is_told_by_name_and_answers_hold_until_the_end() {
    type Strange = fn(&Path);
    let strange: [(Strange, &str); 4] = [
        (|path| fs::create_dir(path).expect("a folder"), "a folder"),
        (|path| assert!(Command::new("mkfifo").arg(path).status().expect("it runs").success()), "a named pipe"),
        (|path| drop(UnixListener::bind(path).expect("a socket")), "a socket"),
        (|path| std::os::unix::fs::symlink("/dev/zero", path).expect("a link"), "a device"),
    ];
    for (make, kind) in strange {
        let folder = tempfile::tempdir().expect("a folder");
        make(&folder.path().join("grants.json"));
        let grants = open(&folder);
        let told = grants.problem().expect("it is told");
        assert!(told.contains("grants.json\"") && told.contains(kind) && told.contains("ask again"), "{told}");
        assert!(grants.remember(grant("tcp:*", Lifetime::Always)).await.1.is_err(), "it cannot be kept");
        assert_eq!(rules(&grants), ["tcp:*"], "it holds");

        let folder = tempfile::tempdir().expect("a folder");
        remember(&open(&folder), grant("tcp:*", Lifetime::Always)).await;
        fs::remove_file(folder.path().join("grants.lock")).expect("removed");
        make(&folder.path().join("grants.lock"));
        let grants = open(&folder);
        assert_eq!((rules(&grants), grants.problem()), (vec!["tcp:*".to_owned()], None), "reading needs no lock");
        let (_, written) = grants.remember(grant("udp:*", Lifetime::Always)).await;
        let error = written.expect_err("it cannot be kept").to_string();
        assert!(error.contains("grants.lock\"") && error.contains(kind), "{error}");
    }
}

#[tokio::test]
async fn f50_another_program_that_holds_the_lock_is_not_waited_for_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    remember(&open(&folder), grant("tcp:*", Lifetime::Always)).await;
    let _held = private::lock(&folder.path().join("grants.lock")).expect("free");
    let began = Instant::now();
    let grants = open(&folder);
    assert_eq!(rules(&grants), ["tcp:*"], "what is remembered can be read");
    assert!(began.elapsed() < private::PATIENCE, "at once");
    let (_, written) = grants.remember(grant("udp:*", Lifetime::Always)).await;
    let error = written.expect_err("the lock is held").to_string();
    assert!(error.contains("grants.lock\"") && error.contains("another program"), "{error}");
}
