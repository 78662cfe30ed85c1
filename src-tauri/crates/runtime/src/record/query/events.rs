//! A run's time line: ranges of rows, and the rows that a filter lets through.

use std::ops::Range;
use std::thread;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::RecordError;
use super::super::encode::{source, uncount};
use super::super::filter::Filter;
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

    /// The positions of all rows that pass, in order, starting at a position: a window shows any part of them with
    /// [`Record::rows_at`], and asks again from the end for what came since. Large runs are searched on several
    /// threads.
    pub fn select(&self, run: &RunId, filter: &Filter, from: u32) -> Result<Vec<u32>, RecordError> {
        let Some(places) = self.with(|connection| places(connection, run))? else { return Ok(Vec::new()) };
        let places = places.start + i64::from(from)..places.end;
        let base = places.start - i64::from(from);
        let rows = length(&places);
        if filter.is_empty() {
            return Ok((from..from.saturating_add(rows)).collect());
        }
        let cores = thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
        let threads = (rows / ROWS_PER_THREAD).clamp(1, cores.min(MAX_THREADS));
        let step = i64::from(rows.div_ceil(threads));
        let search = |part: u32| {
            let start = places.start + step * i64::from(part);
            let part = start..(start + step).min(places.end);
            self.with(|connection| search(connection, filter, base, part, usize::MAX))
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

    /// One page of the rows that pass. Reads no further than the page's end.
    pub fn page(&self, run: &RunId, filter: &Filter, offset: u32, limit: u32) -> Result<Vec<EventRow>, RecordError> {
        if filter.is_empty() {
            return self.rows(run, offset..offset.saturating_add(limit));
        }
        let positions = self.with(|connection| {
            let Some(places) = places(connection, run)? else { return Ok(Vec::new()) };
            let base = places.start;
            search(connection, filter, base, places, offset as usize + limit as usize)
        })?;
        self.rows_at(run, positions.get(offset as usize..).unwrap_or_default())
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

/// The positions of rows that pass, at most `limit`. The text is looked at where SQLite holds it, without a copy.
fn search(
    connection: &Connection,
    filter: &Filter,
    base: i64,
    places: Range<i64>,
    limit: usize,
) -> Result<Vec<u32>, RecordError> {
    let columns = if filter.text.is_some() { "place, kind, text, name" } else { "place" };
    let conditions = filter.sql();
    let sql = format!("SELECT {columns} FROM events WHERE place >= ?1 AND place < ?2{conditions} ORDER BY place");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([places.start, places.end])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let passes = match &filter.text {
            None => true,
            Some(text) => {
                let document = row.get::<_, u8>(1)? == RowKind::Network as u8;
                let (content, name) = (bytes(row.get_ref(2)?), bytes(row.get_ref(3)?));
                let content = content.map(|content| if document { searchable(content) } else { content });
                [content, name].into_iter().flatten().any(|bytes| text.is_in(bytes))
            }
        };
        if passes {
            found.push(position(row.get(0)?, base));
        }
    }
    Ok(found)
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
