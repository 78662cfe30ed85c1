//! A run's time line: ranges of rows, and the rows that a filter lets through.

use std::ops::Range;
use std::thread;
use std::time::Duration;

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::RecordError;
use super::super::encode::{source, uncount};
use super::super::filter::{Filter, TextFilter};
use super::super::network::searchable;
use super::{Counts, EventRow, Record, RowKind};
use crate::event::{Level, RunId};

/// Below this many rows a second thread costs more than it brings.
const ROWS_PER_THREAD: u32 = 50_000;
const MAX_THREADS: u32 = 8;

const COLUMNS: &str = "place, at, kind, level, source, name, text";

impl Record {
    /// How many rows the run has now. `None`: no such run.
    pub fn len(&self, run: &RunId) -> Result<Option<u32>, RecordError> {
        self.with(|connection| Ok(places(connection, run)?.map(|places| length(&places))))
    }

    /// Rows by position, without a filter: the same cost anywhere in the run.
    pub fn rows(&self, run: &RunId, positions: Range<u32>) -> Result<Vec<EventRow>, RecordError> {
        self.with(|connection| {
            let Some(base) = base(connection, run)? else { return Ok(Vec::new()) };
            let sql = format!("SELECT {COLUMNS} FROM events WHERE place >= ?1 AND place < ?2 ORDER BY place");
            let mut statement = connection.prepare_cached(&sql)?;
            let bounds = params![base + i64::from(positions.start), base + i64::from(positions.end)];
            let rows = statement.query_map(bounds, event_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Rows at these positions, as [`Record::select`] gave them.
    pub fn rows_at(&self, run: &RunId, positions: &[u32]) -> Result<Vec<EventRow>, RecordError> {
        self.with(|connection| {
            let Some(base) = base(connection, run)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM events WHERE place = ?1"))?;
            let mut rows = Vec::with_capacity(positions.len());
            for position in positions {
                rows.extend(statement.query_row([base + i64::from(*position)], event_row).optional()?);
            }
            Ok(rows)
        })
    }

    /// The positions of the rows among these that pass, in order: a window shows any part of them with
    /// [`Record::rows_at`]. Many rows are searched on several threads.
    pub fn select(&self, run: &RunId, filter: &Filter, positions: Range<u32>) -> Result<Vec<u32>, RecordError> {
        let Some(run) = self.with(|connection| places(connection, run))? else { return Ok(Vec::new()) };
        let base = run.start;
        let places = base + i64::from(positions.start)..run.end.min(base + i64::from(positions.end));
        let rows = length(&places);
        if filter.is_empty() {
            return Ok((positions.start..positions.start.saturating_add(rows)).collect());
        }
        let cores = thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
        let threads = (rows / ROWS_PER_THREAD).clamp(1, cores.min(MAX_THREADS));
        let step = i64::from(rows.div_ceil(threads));
        let search = |part: u32| {
            let start = places.start + step * i64::from(part);
            let part = start..(start + step).min(places.end);
            self.with(|connection| search(connection, filter, base, part))
        };
        thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|part| scope.spawn(move || search(part))).collect();
            let mut found = search(0)?;
            for other in others {
                found.extend(other.join().map_err(|_| RecordError::Stopped)??);
            }
            Ok(found)
        })
    }

    pub fn counts(&self, run: &RunId) -> Result<Counts, RecordError> {
        self.with(|connection| {
            let mut counts = Counts::default();
            let Some(places) = places(connection, run)? else { return Ok(counts) };
            let mut statement = connection.prepare_cached(
                "SELECT kind, level, count(*) FROM events WHERE place >= ?1 AND place < ?2 GROUP BY kind, level",
            )?;
            let mut rows = statement.query([places.start, places.end])?;
            while let Some(row) = rows.next()? {
                let (kind, level, number) = (row.get::<_, u8>(0)?, row.get::<_, u8>(1)?, uncount(row.get(2)?));
                counts.rows += number;
                if let Some(of_kind) = counts.kinds.get_mut(usize::from(kind)) {
                    *of_kind += number;
                }
                if kind == RowKind::Log as u8
                    && let Some(of_level) = counts.levels.get_mut(usize::from(level))
                {
                    *of_level += number;
                }
            }
            Ok(counts)
        })
    }
}

/// The place of a run's first row. An id that was used twice means the newest run.
fn base(connection: &Connection, run: &RunId) -> Result<Option<i64>, RecordError> {
    let mut statement = connection.prepare_cached("SELECT max(number) FROM runs WHERE id = ?1")?;
    let number: Option<i64> = statement.query_row([&*run.0], |row| row.get(0))?;
    Ok(number.map(|number| number << 32))
}

fn places(connection: &Connection, run: &RunId) -> Result<Option<Range<i64>>, RecordError> {
    let Some(base) = base(connection, run)? else { return Ok(None) };
    let mut statement = connection.prepare_cached("SELECT max(place) FROM events WHERE place >= ?1 AND place < ?2")?;
    let last: Option<i64> = statement.query_row([base, base + (1 << 32)], |row| row.get(0))?;
    Ok(Some(base..last.map_or(base, |last| last + 1)))
}

fn length(places: &Range<i64>) -> u32 {
    u32::try_from((places.end - places.start).max(0)).unwrap_or(u32::MAX)
}

/// The positions of rows that pass. SQLite calls [`Found`] for each row where it holds it: neither a step out of its loop
/// nor a copy is paid for a row.
fn search(connection: &Connection, filter: &Filter, base: i64, places: Range<i64>) -> Result<Vec<u32>, RecordError> {
    // The filter as a copy: threads that share one wait for each other.
    let found = Found { text: filter.text.clone(), base };
    let columns = if filter.text.is_some() { "place, kind, text, name" } else { "place" };
    connection.create_aggregate_function("found", -1, FunctionFlags::SQLITE_DIRECTONLY, found)?;
    let sql = format!("SELECT found({columns}) FROM events WHERE place >= ?1 AND place < ?2{}", filter.sql());
    let found: Vec<u8> = connection.query_row(&sql, [places.start, places.end], |row| row.get(0))?;
    Ok(found.chunks_exact(4).map(|bytes| u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect())
}

/// Adds up the positions of rows that pass, as the bytes of their numbers. Its arguments: place, and where a text is
/// looked for kind, text and name.
struct Found {
    text: Option<TextFilter>,
    base: i64,
}

impl Aggregate<Vec<u8>, Vec<u8>> for Found {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn step(&self, row: &mut Context<'_>, found: &mut Vec<u8>) -> rusqlite::Result<()> {
        if self.text.as_ref().is_none_or(|text| passes(text, row)) {
            found.extend(position(row.get(0)?, self.base).to_ne_bytes());
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, found: Option<Vec<u8>>) -> rusqlite::Result<Vec<u8>> {
        Ok(found.unwrap_or_default())
    }
}

fn passes(text: &TextFilter, row: &Context<'_>) -> bool {
    let document = matches!(row.get_raw(1), ValueRef::Integer(kind) if kind == RowKind::Network as i64);
    let (content, name) = (bytes(row.get_raw(2)), bytes(row.get_raw(3)));
    let content = content.map(|content| if document { searchable(content) } else { content });
    [content, name].into_iter().flatten().any(|bytes| text.is_in(bytes))
}

fn bytes(value: ValueRef<'_>) -> Option<&[u8]> {
    match value {
        ValueRef::Text(text) => Some(text),
        _ => None,
    }
}

fn position(place: i64, base: i64) -> u32 {
    u32::try_from(place - base).unwrap_or(u32::MAX)
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let place: i64 = row.get(0)?;
    let kind: u8 = row.get(2)?;
    Ok(EventRow {
        seq: position(place & 0xFFFF_FFFF, 0),
        at: Duration::from_micros(uncount(row.get(1)?)),
        // A kind that this version does not know is shown as a line of text.
        kind: RowKind::ALL.into_iter().find(|known| *known as u8 == kind).unwrap_or(RowKind::Log),
        level: Level::from_number(row.get(3)?),
        source: source(row.get(4)?),
        name: row.get(5)?,
        text: row.get(6)?,
    })
}
