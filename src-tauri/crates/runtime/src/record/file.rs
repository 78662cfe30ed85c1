//! The SQLite file: opening, schema, and what happens to a damaged one.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, params};

use super::block::Block;
use super::encode::micros;
use super::{FILE, Notice, Record, RecordError, program};
use crate::event::RunId;
use crate::private;

/// The write-ahead log is cut to this size when it is folded into the file.
const LOG_BYTES: i64 = 64 << 20;

/// Each brings the file from its index to the next version. Never change one that was released: add another.
const MIGRATIONS: [fn(&Transaction<'_>) -> rusqlite::Result<()>; 3] =
    [|transaction| transaction.execute_batch(TABLES), rows_to_blocks, |transaction| transaction.execute_batch(ENDS)];

pub(super) const TABLES: &str = "
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        file TEXT NOT NULL,
        node TEXT NOT NULL,
        build TEXT NOT NULL,
        started_at INTEGER NOT NULL,    -- milliseconds since 1970
        inputs TEXT NOT NULL,           -- JSON: [[pin, value], …]
        masked TEXT NOT NULL,           -- JSON: [pin, …]
        limits TEXT NOT NULL,           -- JSON object
        allow TEXT NOT NULL,            -- JSON: [rule, …]
        deny TEXT NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_id ON runs (id);
    CREATE INDEX runs_by_node ON runs (file, node, number);

    CREATE TABLE outcomes (
        run INTEGER PRIMARY KEY,
        status TEXT NOT NULL,
        error TEXT,
        outputs TEXT NOT NULL,          -- JSON: [[pin, value], …]
        fired TEXT NOT NULL,            -- JSON: [pin, …]
        pending INTEGER NOT NULL,
        duration INTEGER NOT NULL,      -- microseconds
        asked INTEGER NOT NULL,         -- microseconds
        memory_peak INTEGER NOT NULL,
        fuel INTEGER,
        denied INTEGER NOT NULL,
        trap TEXT                       -- JSON object
    ) STRICT;

    -- A run's rows lie together, in order: place = run number * 2^32 + position in the run.
    CREATE TABLE events (
        place INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,            -- microseconds since the run's start
        kind INTEGER NOT NULL,
        level INTEGER NOT NULL,
        source INTEGER NOT NULL,
        name TEXT,
        text TEXT NOT NULL
    ) STRICT;

    CREATE TABLE decisions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,            -- milliseconds since 1970
        run TEXT NOT NULL,
        file TEXT NOT NULL,
        node TEXT NOT NULL,
        build TEXT NOT NULL,
        capability TEXT NOT NULL,
        target TEXT NOT NULL,
        class TEXT,
        declared INTEGER NOT NULL,
        decision TEXT NOT NULL,
        basis TEXT NOT NULL,
        rule TEXT,
        lifetime TEXT
    ) STRICT;
    CREATE INDEX decisions_by_node ON decisions (file, node, number);

    -- Runs that are deleted already; their rows go little by little.
    CREATE TABLE doomed (run INTEGER PRIMARY KEY) STRICT;
";

const BLOCKS: &str = "
    -- A run's rows in order, some of them together: place = run number * 2^32 + position of the first in the run.
    CREATE TABLE blocks (
        place INTEGER PRIMARY KEY,
        rows INTEGER NOT NULL,
        kinds INTEGER NOT NULL,         -- bit 1 << kind for each kind of row in it
        level INTEGER NOT NULL,         -- the highest in it
        heads BLOB NOT NULL,            -- what rows are, and the lengths of their texts
        texts BLOB NOT NULL             -- names and texts, one after the other
    ) STRICT;
";

const ENDS: &str = "
    ALTER TABLE runs ADD COLUMN program TEXT;       -- which one runs it
    ALTER TABLE outcomes ADD COLUMN own INTEGER;    -- microseconds
    ALTER TABLE outcomes ADD COLUMN stored INTEGER; -- microseconds
    ALTER TABLE outcomes ADD COLUMN problems TEXT;  -- JSON: [{pin, code, found, wanted}, …]
    -- One row for each output pin. Outcomes of before have theirs in `outcomes`.
    CREATE TABLE outputs (
        run INTEGER NOT NULL,
        position INTEGER NOT NULL,
        pin TEXT NOT NULL,
        value TEXT NOT NULL,            -- JSON
        PRIMARY KEY (run, position)
    ) STRICT, WITHOUT ROWID;
";

/// Gives an end to runs that have none and whose program is gone: interrupted, or not recorded.
pub(super) fn end_open_runs(connection: &Connection, record: &Record, data: &Path) -> Result<(), RecordError> {
    let mut open = connection.prepare(
        "SELECT number, id, program FROM runs LEFT JOIN outcomes ON outcomes.run = runs.number
         WHERE outcomes.run IS NULL AND runs.number NOT IN (SELECT run FROM doomed)",
    )?;
    let runs: Vec<(i64, String, Option<String>)> =
        open.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
    for (number, id, program) in runs {
        let Some(status) = program::left_behind(data, program.as_deref()) else { continue };
        let id = RunId(id.into());
        let last = record.len(&id)?.unwrap_or_default().saturating_sub(1);
        let at = record.rows(&id, last..last + 1)?.first().map_or(0, |row| micros(row.at));
        connection.execute(
            "INSERT OR IGNORE INTO outcomes
                (run, status, error, outputs, fired, pending, duration, asked, memory_peak, denied, own)
             VALUES (?1, ?2, ?3, '[]', '[]', 0, ?4, 0, 0, 0, ?4)",
            params![number, status.name(), status.words(), at],
        )?;
    }
    Ok(())
}

/// Rows lay by themselves, in a table `events`.
fn rows_to_blocks(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(BLOCKS)?;
    let mut statement =
        transaction.prepare("SELECT place, at, kind, level, source, name, text FROM events ORDER BY place")?;
    let mut rows = statement.query([])?;
    let mut block = Block::default();
    let mut end = 0;
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(0)?;
        if place != end || block.is_full() {
            block.write(transaction, end)?;
        }
        let name = row.get_ref(5)?.as_str_or_null()?;
        block.push_numbers((row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?), name, row.get_ref(6)?.as_str()?);
        end = place + 1;
    }
    block.write(transaction, end)?;
    transaction.execute_batch("DROP TABLE events")
}

/// An open file with its current schema.
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) notice: Option<Notice>,
    /// Holds the temporary folder that stands in for the data folder.
    pub(super) temporary: Option<tempfile::TempDir>,
}

impl Opened {
    /// Opens `record.db` in the data folder; a damaged one is set aside. Falls back to a temporary folder.
    pub(super) fn open(data: &Path) -> Result<Self, RecordError> {
        let path = data.join(FILE);
        match open_or_set_aside(&path) {
            Ok((connection, notice)) => Ok(Self { path, connection, notice, temporary: None }),
            Err(error) => Self::temporary(&error),
        }
    }

    fn temporary(cause: &RecordError) -> Result<Self, RecordError> {
        let reason = cause.to_string();
        let unusable = |error: std::io::Error| RecordError::Open {
            path: std::env::temp_dir(),
            reason: format!("{reason}; nor a temporary folder: {error}"),
        };
        let folder = tempfile::Builder::new().prefix("record").tempdir().map_err(unusable)?;
        let path = folder.path().join(FILE);
        let connection = open(&path)?;
        Ok(Self { path, connection, notice: Some(Notice::Temporary { reason }), temporary: Some(folder) })
    }
}

pub(super) fn open_or_set_aside(path: &Path) -> Result<(Connection, Option<Notice>), RecordError> {
    if let Some(folder) = path.parent() {
        private::create_folder(folder)
            .map_err(|error| RecordError::Open { path: path.to_owned(), reason: error.to_string() })?;
    }
    match open(path) {
        Err(RecordError::Database(error)) if is_damage(&error) => replace(path, error.to_string()),
        Err(RecordError::Database(error)) => {
            Err(RecordError::Open { path: path.to_owned(), reason: error.to_string() })
        }
        other => other.map(|connection| (connection, None)),
    }
}

/// Sets the file aside even though it opens: writing found it damaged.
pub(super) fn begin_anew(path: &Path) -> Result<(Connection, Option<Notice>), RecordError> {
    replace(path, "writing found damaged pages".into())
}

fn replace(path: &Path, reason: String) -> Result<(Connection, Option<Notice>), RecordError> {
    let kept = private::set_aside(path)
        .map_err(|error| RecordError::Open { path: path.to_owned(), reason: error.to_string() })?;
    Ok((open(path)?, Some(Notice::SetAside { path: kept, reason })))
}

fn open(path: &Path) -> Result<Connection, RecordError> {
    private::create_database(path)
        .map_err(|error| RecordError::Open { path: path.to_owned(), reason: error.to_string() })?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(private::PATIENCE)?;
    // Must come before the first table, and before the log.
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    migrate(path, &mut connection)?;
    check(&connection)?;
    Ok(connection)
}

/// A connection for reading. Reading takes part in the log, so the file is opened for writing all the same.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, RecordError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(private::PATIENCE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), RecordError> {
    let known = MIGRATIONS.len() as i64;
    // Another process may be doing the same: whoever comes second finds nothing left to do.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(RecordError::Newer { path: path.to_owned(), found, known });
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        migration(&transaction)?;
    }
    if found != known {
        transaction.pragma_update(None, "user_version", known)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Touches each table, so that gross damage is found now. Looking at everything would take seconds on a large file.
fn check(connection: &Connection) -> Result<(), rusqlite::Error> {
    for table in ["runs", "outcomes", "outputs", "blocks", "decisions", "doomed"] {
        let mut newest = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1"))?;
        let mut rows = newest.query([])?;
        rows.next()?;
    }
    Ok(())
}

pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => matches!(
            failure.code,
            // Unknown: the plain "SQL logic error", such as a table that is not there.
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown
        ),
        rusqlite::Error::SqlInputError { .. } => true,
        _ => false,
    }
}
