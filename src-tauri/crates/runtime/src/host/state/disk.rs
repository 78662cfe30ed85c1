//! The file behind the shelves: SQLite, written by one thread, read when a shelf is first used.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, params};
use tokio::sync::watch;

use super::{Shelf, Space};
use crate::host::locked;
use crate::json::Json;
use crate::private;

/// How long changes are gathered before they are written together.
const GATHER: Duration = Duration::from_millis(50);
/// How long a disk that took nothing is left alone, unless somebody waits for it.
const RETRY: Duration = Duration::from_secs(2);
/// How many changed keys may wait; more slow the guest down.
const MAX_WAITING: usize = 20_000;
/// Larger files are not read through at the start: their damage shows when it is met.
const MAX_CHECKED: u64 = 64 << 20;
const VERSION: i64 = 1;

type Key = (Space, Arc<str>, Arc<str>);

pub(super) struct Disk {
    file: PathBuf,
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    progress: watch::Sender<Progress>,
}

#[derive(Default)]
struct Queue {
    /// `None`: deleted.
    waiting: HashMap<Key, Option<Json>>,
    /// Counts changes; [`Progress::written`] follows it.
    changes: u64,
    /// Somebody waits: write without gathering.
    hurry: bool,
    stop: bool,
}

#[derive(Clone, Debug, Default)]
struct Progress {
    written: u64,
    failures: u64,
    /// What the last attempt met.
    failure: Option<String>,
}

impl Disk {
    /// `None` where the file can be used neither as it is nor after setting it aside.
    pub fn open(file: &Path) -> (Option<Self>, Vec<String>) {
        let mut problems = Vec::new();
        let connection = match connect(file) {
            Err(Unusable::Damaged(reason)) => {
                problems.push(put_away(file, &reason));
                connect(file)
            }
            opened => opened,
        };
        let connection = match connection {
            Ok(connection) => connection,
            Err(Unusable::Damaged(reason) | Unusable::Refused(reason)) => {
                problems.push(format!(
                    "cannot use \"{}\": {reason}; variables and caches last until the program ends",
                    file.display()
                ));
                return (None, problems);
            }
        };
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            progress: watch::Sender::new(Progress::default()),
        });
        let theirs = shared.clone();
        let writer = std::thread::Builder::new().name("state writer".to_owned()).spawn(move || {
            write_until_stopped(connection, &theirs);
        });
        match writer {
            Ok(writer) => (Some(Self { file: file.to_owned(), shared, writer: Some(writer) }), problems),
            Err(error) => {
                problems.push(format!("cannot start the thread that saves variables and caches: {error}"));
                (None, problems)
            }
        }
    }

    pub fn queue(&self, space: Space, owner: &str, key: Arc<str>, value: Option<Json>) {
        let mut queue = locked(&self.shared.queue);
        queue.changes += 1;
        let first = queue.waiting.is_empty();
        queue.waiting.insert((space, Arc::from(owner), key), value);
        if first {
            self.shared.wake.notify_one();
        }
    }

    /// Waits while too many changes are under way. An error while the disk takes none of them.
    pub async fn room(&self) -> Result<(), String> {
        if self.waiting() < MAX_WAITING {
            return Ok(());
        }
        let mut progress = self.shared.progress.subscribe();
        let failures = progress.borrow_and_update().failures;
        self.hurry();
        while self.waiting() >= MAX_WAITING {
            if progress.changed().await.is_err() {
                return Err("the thread that saves them has ended".to_owned());
            }
            let now = progress.borrow_and_update();
            if now.failures > failures {
                return Err(now.failure.clone().unwrap_or_default());
            }
        }
        Ok(())
    }

    /// Whether everything that was queued is on disk.
    pub fn is_idle(&self) -> bool {
        let changes = locked(&self.shared.queue).changes;
        self.shared.progress.borrow().written == changes
    }

    pub async fn flush(&self) -> Result<(), String> {
        let mut progress = self.shared.progress.subscribe();
        let failures = progress.borrow().failures;
        let goal = self.hurry();
        let reached = progress.wait_for(|now| now.written >= goal || now.failures > failures).await;
        match reached {
            Ok(now) if now.written >= goal => Ok(()),
            Ok(now) => Err(now.failure.clone().unwrap_or_default()),
            Err(_) => Err("the thread that saves them has ended".to_owned()),
        }
    }

    /// One owner's values. What cannot be read is reported and left out.
    pub async fn read(&self, space: Space, owner: &str) -> Shelf {
        let (file, owner) = (self.file.clone(), owner.to_owned());
        let read = tokio::task::spawn_blocking(move || {
            let connection = Connection::open(&file)?;
            connection.busy_timeout(private::PATIENCE)?;
            read_shelf(&connection, space, &owner)
        });
        match read.await {
            Ok(Ok(shelf)) => shelf,
            Ok(Err(error)) => {
                tracing::error!(%error, space = space.name(), "cannot read saved values; they start empty");
                Shelf::default()
            }
            Err(error) => {
                tracing::error!(%error, "reading saved values was interrupted");
                Shelf::default()
            }
        }
    }

    fn waiting(&self) -> usize {
        locked(&self.shared.queue).waiting.len()
    }

    /// Has the writer start at once; returns the number of the last change.
    fn hurry(&self) -> u64 {
        let mut queue = locked(&self.shared.queue);
        queue.hurry = true;
        self.shared.wake.notify_one();
        queue.changes
    }
}

impl Drop for Disk {
    /// Writes what is waiting.
    fn drop(&mut self) {
        locked(&self.shared.queue).stop = true;
        self.shared.wake.notify_one();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the thread that saves variables and caches panicked");
        }
    }
}

enum Unusable {
    /// Not a database, or one whose pages contradict each other.
    Damaged(String),
    /// Locked, not allowed, on a full disk, from a newer version: the file itself may be sound.
    Refused(String),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

fn connect(file: &Path) -> Result<Connection, Unusable> {
    let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    private::create_database(file).map_err(|error| Unusable::Refused(error.to_string()))?;
    let connection = Connection::open(file)?;
    connection.busy_timeout(private::PATIENCE)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > VERSION {
        return Err(Unusable::Refused(format!("it has version {version}, this program knows {VERSION}")));
    }
    if size > 0 && size <= MAX_CHECKED {
        let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if check != "ok" {
            return Err(Unusable::Damaged(check));
        }
    }
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS entry (
             space TEXT NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
             PRIMARY KEY (space, owner, key)
         ) STRICT, WITHOUT ROWID;",
    )?;
    connection.pragma_update(None, "user_version", VERSION)?;
    // A table of that name with other columns is found here rather than at the first write.
    connection
        .prepare("SELECT space, owner, key, value FROM entry LIMIT 1")
        .map_err(|error| Unusable::Damaged(format!("its table does not fit: {error}")))?;
    Ok(connection)
}

fn put_away(file: &Path, reason: &str) -> String {
    match private::set_aside(file) {
        Ok(aside) => {
            format!(
                "\"{}\" is damaged ({reason}); it was set aside as \"{}\", variables and caches start empty",
                file.display(),
                aside.display()
            )
        }
        Err(error) => format!("\"{}\" is damaged ({reason}) and cannot be set aside: {error}", file.display()),
    }
}

fn read_shelf(connection: &Connection, space: Space, owner: &str) -> rusqlite::Result<Shelf> {
    let mut shelf = Shelf::default();
    let mut rows = connection.prepare("SELECT key, value FROM entry WHERE space = ?1 AND owner = ?2")?;
    let mut rows = rows.query(params![space.name(), owner])?;
    while let Some(row) = rows.next()? {
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        // Somebody may have edited the file by hand.
        let value = Json::parse(&value).unwrap_or_else(|_| Json::string(&value));
        shelf.restore(key, value);
    }
    Ok(shelf)
}

fn write_until_stopped(mut connection: Connection, shared: &Shared) {
    let mut failing = false;
    loop {
        let (batch, goal, stop) = next_batch(shared, if failing { RETRY } else { GATHER });
        let written = if batch.is_empty() { Ok(()) } else { write(&mut connection, &batch) };
        match written {
            Ok(()) => {
                failing = false;
                shared.progress.send_modify(|progress| {
                    progress.written = goal;
                    progress.failure = None;
                });
            }
            Err(error) => {
                if !failing || stop {
                    tracing::error!(%error, waiting = batch.len(), "cannot save variables and caches");
                }
                failing = true;
                put_back(shared, batch);
                shared.progress.send_modify(|progress| {
                    progress.failures += 1;
                    progress.failure = Some(error.to_string());
                });
            }
        }
        if stop {
            return;
        }
    }
}

/// Waits for changes, and then a moment for more of them.
fn next_batch(shared: &Shared, gather: Duration) -> (HashMap<Key, Option<Json>>, u64, bool) {
    let idle = |queue: &mut Queue| queue.waiting.is_empty() && !queue.hurry && !queue.stop;
    let gathering = |queue: &mut Queue| !queue.hurry && !queue.stop;
    let queue = locked(&shared.queue);
    let queue = shared.wake.wait_while(queue, idle).unwrap_or_else(std::sync::PoisonError::into_inner);
    let (mut queue, _) =
        shared.wake.wait_timeout_while(queue, gather, gathering).unwrap_or_else(std::sync::PoisonError::into_inner);
    queue.hurry = false;
    (std::mem::take(&mut queue.waiting), queue.changes, queue.stop)
}

/// Keeps what could not be written for the next attempt, unless it changed again meanwhile.
fn put_back(shared: &Shared, batch: HashMap<Key, Option<Json>>) {
    let mut queue = locked(&shared.queue);
    for (key, value) in batch {
        queue.waiting.entry(key).or_insert(value);
    }
}

fn write(connection: &mut Connection, batch: &HashMap<Key, Option<Json>>) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut put = transaction.prepare_cached(
            "INSERT INTO entry (space, owner, key, value) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (space, owner, key) DO UPDATE SET value = excluded.value",
        )?;
        let mut delete =
            transaction.prepare_cached("DELETE FROM entry WHERE space = ?1 AND owner = ?2 AND key = ?3")?;
        for ((space, owner, key), value) in batch {
            match value {
                Some(value) => put.execute(params![space.name(), owner, key, value.as_str()])?,
                None => delete.execute(params![space.name(), owner, key])?,
            };
        }
    }
    transaction.commit()
}
