//! Keeping the record small: runs beyond the limits go, a few thousand rows at a time between batches.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::Retention;

/// Blocks and decisions that go in one transaction: a few milliseconds, for which batches wait.
const BLOCKS_AT_ONCE: i64 = 50;
const OUTPUTS_AT_ONCE: i64 = 200;
const DECISIONS_AT_ONCE: i64 = 4000;
const PAGES_AT_ONCE: i64 = 500;
/// A run of another process that has no outcome counts as running for so long, in milliseconds.
const MAY_RUN: i64 = 24 * 3600 * 1000;

/// What one step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

/// Takes a run out of all lists at once; its rows follow in later steps.
pub(super) fn doom(transaction: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM runs WHERE number = ?1", [run])?;
    transaction.execute("DELETE FROM outcomes WHERE run = ?1", [run])?;
    transaction.execute("INSERT OR IGNORE INTO doomed (run) VALUES (?1)", [run])?;
    Ok(())
}

/// One step towards what the retention asks for. `running` are this process's runs, which are left alone.
pub(super) fn step(
    connection: &mut Connection,
    retention: &Retention,
    running: &[i64],
    now: i64,
) -> rusqlite::Result<Progress> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let more = delete_rows(&transaction)?
        || doom_by_number(&transaction, retention, running, now)?
        || doom_by_size(&transaction, retention, running, now)?
        || trim_decisions(&transaction, retention)?;
    transaction.commit()?;
    if more || shrink(connection)? { Ok(Progress::More) } else { Ok(Progress::Done) }
}

fn delete_rows(transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
    let doomed = "SELECT run FROM doomed LIMIT 1";
    let Some(run) = transaction.query_row(doomed, [], |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(false);
    };
    let (start, end) = (run << 32, (run + 1) << 32);
    let deleted = transaction.execute(
        "DELETE FROM blocks WHERE place IN (SELECT place FROM blocks WHERE place >= ?1 AND place < ?2 LIMIT ?3)",
        params![start, end, BLOCKS_AT_ONCE],
    )?;
    let outputs =
        "DELETE FROM outputs WHERE run = ?1 AND position IN (SELECT position FROM outputs WHERE run = ?1 LIMIT ?2)";
    if deleted == 0 && transaction.execute(outputs, params![run, OUTPUTS_AT_ONCE])? == 0 {
        transaction.execute("DELETE FROM doomed WHERE run = ?1", [run])?;
    }
    Ok(true)
}

/// The oldest run of a node that has more than its share.
fn doom_by_number(
    transaction: &Transaction<'_>,
    retention: &Retention,
    running: &[i64],
    now: i64,
) -> rusqlite::Result<bool> {
    let mut crowded =
        transaction.prepare_cached("SELECT file, node FROM runs GROUP BY file, node HAVING count(*) > ?1")?;
    let nodes: Vec<(String, String)> = crowded
        .query_map([retention.runs_per_node], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (file, node) in nodes {
        let mut beyond = transaction.prepare_cached(
            "SELECT number FROM runs WHERE file = ?1 AND node = ?2 ORDER BY number DESC LIMIT -1 OFFSET ?3",
        )?;
        let numbers: Vec<i64> = beyond
            .query_map(params![file, node, retention.runs_per_node], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for number in numbers {
            if may_go(transaction, number, running, now)? {
                doom(transaction, number)?;
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The oldest run of all, while the file holds too much.
fn doom_by_size(
    transaction: &Transaction<'_>,
    retention: &Retention,
    running: &[i64],
    now: i64,
) -> rusqlite::Result<bool> {
    if used_bytes(transaction)? <= retention.bytes {
        return Ok(false);
    }
    let mut oldest = transaction.prepare_cached("SELECT number FROM runs ORDER BY number LIMIT 1000")?;
    let numbers: Vec<i64> = oldest.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for number in numbers {
        if may_go(transaction, number, running, now)? {
            doom(transaction, number)?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn may_go(transaction: &Transaction<'_>, number: i64, running: &[i64], now: i64) -> rusqlite::Result<bool> {
    if running.contains(&number) {
        return Ok(false);
    }
    transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM outcomes WHERE run = ?1)
            OR (SELECT started_at FROM runs WHERE number = ?1) < ?2",
        [number, now - MAY_RUN],
        |row| row.get(0),
    )
}

fn trim_decisions(transaction: &Transaction<'_>, retention: &Retention) -> rusqlite::Result<bool> {
    let deleted = transaction.execute(
        "DELETE FROM decisions WHERE number IN (
            SELECT number FROM decisions
            WHERE number <= (SELECT max(number) FROM decisions) - ?1 ORDER BY number LIMIT ?2)",
        params![retention.decisions, DECISIONS_AT_ONCE],
    )?;
    Ok(deleted > 0)
}

/// Bytes in use, without the pages that are free again.
pub(super) fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let value = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = value("page_count")? - value("freelist_count")?;
    Ok(u64::try_from(pages * value("page_size")?).unwrap_or(0))
}

/// Gives free pages back to the disk. Says whether there are more.
fn shrink(connection: &Connection) -> rusqlite::Result<bool> {
    let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    if free == 0 {
        return Ok(false);
    }
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})"))?;
    let mut rows = vacuum.query([])?;
    // Each step frees one page.
    while rows.next()?.is_some() {}
    let left: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    Ok(left > 0 && left < free)
}
