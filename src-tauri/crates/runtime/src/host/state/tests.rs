//! Shelves and the file behind them, with real SQLite.

use rusqlite::Connection;

use super::*;

const SMALL: ShelfLimits = ShelfLimits { key: 8, value: 10, total: 40, entries: 4 };

fn json(text: &str) -> Json {
    Json::parse(text).expect("valid JSON in the test")
}

fn open(file: &Path, limits: ShelfLimits) -> State {
    let (state, problems) = State::open(file, limits);
    assert!(problems.is_empty(), "{problems:?}");
    state
}

#[tokio::test]
async fn spaces_and_owners_are_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = open(&folder.path().join("state.db"), ShelfLimits::default());
    state.set(Space::Variables, "", "k", json("1")).await.expect("kept");
    state.set(Space::Cache, "a", "k", json("2")).await.expect("kept");
    state.set(Space::Cache, "b", "k", json("3")).await.expect("kept");
    assert_eq!(state.delete(Space::Cache, "a", "k").await, Ok(true));
    assert_eq!(state.delete(Space::Cache, "a", "k").await, Ok(false), "there is nothing left to delete");
    assert_eq!(state.get(Space::Variables, "", "k").await, Some(json("1")));
    assert_eq!(state.get(Space::Cache, "b", "k").await, Some(json("3")));
    assert!(!state.has(Space::Cache, "a", "k").await);
}

#[tokio::test]
async fn limits_hold_and_leave_what_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = open(&folder.path().join("state.db"), SMALL);
    let set = async |key: &str, value: &str| state.set(Space::Cache, "p", key, json(value)).await;
    assert_eq!(set("123456789", "1").await, Err(StateError::LongKey { size: 9, limit: 8 }));
    assert_eq!(set("a", "12345678901").await, Err(StateError::LargeValue { size: 11, limit: 10 }));
    for key in ["a", "b", "c"] {
        assert_eq!(set(key, "1234567890").await, Ok(()), "11 bytes of 40");
    }
    assert_eq!(set("d", "1234567890").await, Err(StateError::Full { size: 44, limit: 40 }));
    assert_eq!(set("a", "0").await, Ok(()), "a smaller value frees room");
    assert_eq!(set("d", "1234567890").await, Ok(()));
    assert_eq!(set("e", "1").await, Err(StateError::TooMany { limit: 4 }));
    assert_eq!(state.reset(Space::Cache, "p").await, Ok(4));
    assert_eq!(set("e", "1").await, Ok(()), "a reset frees everything");
}

#[tokio::test]
async fn names_may_hold_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    let names = ["", " ", "ä", "日本", "a\0b", "'; DROP TABLE entry; --", "\u{202e}x", "%"];
    {
        let state = open(&file, ShelfLimits::default());
        for name in names {
            state.set(Space::Variables, "", name, Json::string(name)).await.expect("kept");
        }
    }
    let state = open(&file, ShelfLimits::default());
    for name in names {
        assert_eq!(state.get(Space::Variables, "", name).await, Some(Json::string(name)), "{name:?}");
    }
    assert_eq!(state.list(Space::Variables, "").await.len(), names.len());
}

#[tokio::test]
async fn the_last_value_of_a_hot_loop_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    let state = open(&file, ShelfLimits::default());
    for round in 0..20_000 {
        state.set(Space::Variables, "", "counter", json(&round.to_string())).await.expect("kept");
    }
    state.flush().await.expect("on disk");
    let kept: String = Connection::open(&file)
        .and_then(|file| file.query_row("SELECT value FROM entry WHERE key = 'counter'", [], |row| row.get(0)))
        .expect("one row");
    assert_eq!(kept, "19999", "a flush waits for the newest value");
}

#[tokio::test]
async fn a_flood_of_names_is_slowed_down_not_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    {
        let state = open(&file, ShelfLimits::default());
        for name in 0..50_000 {
            state
                .set(Space::Cache, "p", &name.to_string(), json("1"))
                .await
                .expect("waits for room instead of failing");
        }
    }
    let state = open(&file, ShelfLimits::default());
    assert_eq!(state.list(Space::Cache, "p").await.len(), 50_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_do_not_lose_each_others_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    {
        let state = Arc::new(open(&file, ShelfLimits::default()));
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                let state = state.clone();
                tokio::spawn(async move {
                    for round in 0..200 {
                        let name = format!("{task}-{round}");
                        state.set(Space::Cache, "p", &name, json("1")).await.expect("kept");
                        if round % 2 == 0 {
                            assert_eq!(state.delete(Space::Cache, "p", &name).await, Ok(true));
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        assert_eq!(state.list(Space::Cache, "p").await.len(), 800);
    }
    let state = open(&file, ShelfLimits::default());
    assert_eq!(state.list(Space::Cache, "p").await.len(), 800, "disk saw the changes in the same order");
}

#[tokio::test]
async fn two_programs_on_one_file_keep_both_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    let (one, two) = (open(&file, ShelfLimits::default()), open(&file, ShelfLimits::default()));
    one.set(Space::Variables, "", "one", json("1")).await.expect("kept");
    two.set(Space::Variables, "", "two", json("2")).await.expect("kept");
    one.flush().await.expect("on disk");
    two.flush().await.expect("on disk");
    assert_eq!(one.get(Space::Variables, "", "two").await, None, "values in use are not read again");
    one.refresh().await.expect("let go");
    assert_eq!(one.get(Space::Variables, "", "two").await, Some(json("2")), "until a refresh");
    assert_eq!(one.get(Space::Variables, "", "one").await, Some(json("1")), "which loses nothing of its own");
    let later = open(&file, ShelfLimits::default());
    assert_eq!(later.list(Space::Variables, "").await.len(), 2);
}

#[tokio::test]
async fn damaged_pages_are_set_aside_with_their_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    {
        let state = open(&file, ShelfLimits::default());
        for name in 0..500 {
            state.set(Space::Cache, "p", &name.to_string(), Json::string(&"x".repeat(200))).await.expect("kept");
        }
    }
    let mut bytes = std::fs::read(&file).expect("readable");
    assert!(bytes.len() > 8192, "several pages");
    bytes[4096..8192].fill(0xAA);
    std::fs::write(&file, bytes).expect("writable");
    std::fs::write(folder.path().join("state.db-wal"), "an old journal").expect("writable");

    let (state, problems) = State::open(&file, ShelfLimits::default());
    assert!(problems.iter().any(|problem| problem.contains("set aside")), "{problems:?}");
    assert_eq!(state.list(Space::Cache, "p").await, [], "it starts empty");
    state.set(Space::Cache, "p", "k", json("1")).await.expect("and works");
    state.flush().await.expect("on disk");
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    Connection::open(&file).and_then(|file| file.pragma_update(None, "user_version", 99)).expect("written");
    let before = std::fs::read(&file).expect("readable");
    let (state, problems) = State::open(&file, ShelfLimits::default());
    assert!(problems.iter().any(|problem| problem.contains("version 99")), "{problems:?}");
    state.set(Space::Variables, "", "a", json("1")).await.expect("kept until the program ends");
    assert_eq!(state.get(Space::Variables, "", "a").await, Some(json("1")));
    drop(state);
    assert_eq!(std::fs::read(&file).expect("still there"), before, "not a byte was changed");
}

#[tokio::test]
async fn a_folder_in_the_files_place_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, problems) = State::open(folder.path(), ShelfLimits::default());
    assert_eq!(problems.len(), 1, "{problems:?}");
    state.set(Space::Variables, "", "a", json("1")).await.expect("kept until the program ends");
    state.flush().await.expect("nothing to do");
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_and_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    let state = open(&file, ShelfLimits::default());
    let other = Connection::open(&file).expect("opened");
    other.execute_batch("ALTER TABLE entry RENAME TO elsewhere").expect("renamed behind its back");
    state.set(Space::Variables, "", "a", json("1")).await.expect("kept in memory");
    assert!(matches!(state.flush().await, Err(StateError::Disk { .. })), "the failure is told");
    other.execute_batch("ALTER TABLE elsewhere RENAME TO entry").expect("repaired");
    state.flush().await.expect("the same values are written at the next attempt");
    drop(state);
    let later = open(&file, ShelfLimits::default());
    assert_eq!(later.get(Space::Variables, "", "a").await, Some(json("1")));
}

#[tokio::test]
async fn text_that_was_edited_by_hand_is_a_string() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state.db");
    drop(open(&file, ShelfLimits::default()));
    Connection::open(&file)
        .and_then(|file| file.execute("INSERT INTO entry VALUES ('variables', '', 'a', 'not {json')", []))
        .expect("written");
    let state = open(&file, ShelfLimits::default());
    assert_eq!(state.get(Space::Variables, "", "a").await, Some(Json::string("not {json")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refreshes_lose_no_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = Arc::new(open(&folder.path().join("state.db"), ShelfLimits::default()));
    let refreshing = tokio::spawn({
        let state = state.clone();
        async move {
            for _ in 0..50 {
                state.refresh().await.expect("let go");
            }
        }
    });
    for round in 0..2000 {
        let value = json(&round.to_string());
        state.set(Space::Variables, "", "a", value.clone()).await.expect("kept");
        assert_eq!(state.get(Space::Variables, "", "a").await, Some(value), "a node reads what it wrote");
    }
    refreshing.await.expect("no panic");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let state = open(&folder.path().join("state.db"), ShelfLimits::default());
    state.set(Space::Variables, "", "a", json("1")).await.expect("kept");
    state.flush().await.expect("on disk");
    for entry in std::fs::read_dir(folder.path()).expect("readable").filter_map(Result::ok) {
        let mode = entry.metadata().expect("it exists").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}
