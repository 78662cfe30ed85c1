//! A run's time line: ranges of rows, and the rows that a filter lets through.

use std::ops::Range;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::super::RecordError;
use super::super::block::{StoredRow, each_block, kinds_and_levels};
use super::super::encode::{source, uncount};
use super::super::filter::Filter;
use super::{Counts, EventRow, Record, RowKind};
use crate::event::{Level, RunId};

/// Below this many rows a second thread costs more than it brings.
const ROWS_PER_THREAD: u32 = 50_000;
const MAX_THREADS: u32 = 8;

impl Record {
    /// How many rows the run has now. `None`: no such run.
    pub fn len(&self, run: &RunId) -> Result<Option<u32>, RecordError> {
        self.with(|connection| Ok(places(connection, run)?.map(|places| length(&places))))
    }

    /// Rows by position, without a filter: the same cost anywhere in the run.
    pub fn rows(&self, run: &RunId, positions: Range<u32>) -> Result<Vec<EventRow>, RecordError> {
        self.with(|connection| {
            let mut rows = Vec::new();
            let Some(base) = base(connection, run)? else { return Ok(rows) };
            let places = base + i64::from(positions.start)..base + i64::from(positions.end);
            each_block(connection, &places, "", |block| {
                for (place, row) in (block.place..).zip(block.rows()?) {
                    if places.contains(&place) {
                        rows.push(event_row(position(place, base), &row)?);
                    }
                }
                Ok(())
            })?;
            Ok(rows)
        })
    }

    /// Rows at these positions, in order as [`Record::select`] gave them. Those that are not there are left out.
    pub fn rows_at(&self, run: &RunId, positions: &[u32]) -> Result<Vec<EventRow>, RecordError> {
        self.with(|connection| {
            let mut rows = Vec::with_capacity(positions.len());
            let Some(base) = base(connection, run)? else { return Ok(rows) };
            let mut left = positions.iter().copied().peekable();
            while let Some(first) = left.next() {
                let place = base + i64::from(first);
                each_block(connection, &(place..place + 1), "", |block| {
                    let stored = block.rows()?;
                    let at = |position| stored.get(usize::try_from(base + i64::from(position) - block.place).ok()?);
                    let mut next = Some(first);
                    while let Some((position, row)) = next.and_then(|position| Some((position, at(position)?))) {
                        rows.push(event_row(position, row)?);
                        next = left.next_if(|position| at(*position).is_some());
                    }
                    Ok(())
                })?;
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
            self.with(|connection| search(connection, filter, base, &part))
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
            let mut statement =
                connection.prepare_cached("SELECT heads FROM blocks WHERE place >= ?1 AND place < ?2")?;
            let mut blocks = statement.query([places.start, places.end])?;
            while let Some(block) = blocks.next()? {
                for (kind, level) in kinds_and_levels(block.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)? {
                    counts.rows += 1;
                    if let Some(of_kind) = counts.kinds.get_mut(usize::from(kind)) {
                        *of_kind += 1;
                    }
                    if kind == RowKind::Log as u8
                        && let Some(of_level) = counts.levels.get_mut(usize::from(level))
                    {
                        *of_level += 1;
                    }
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
    let mut statement = connection.prepare_cached(
        "SELECT place + rows FROM blocks WHERE place >= ?1 AND place < ?2 ORDER BY place DESC LIMIT 1",
    )?;
    let end = statement.query_row([base, base + (1 << 32)], |row| row.get(0)).optional()?;
    Ok(Some(base..end.unwrap_or(base)))
}

fn length(places: &Range<i64>) -> u32 {
    u32::try_from((places.end - places.start).max(0)).unwrap_or(u32::MAX)
}

/// The positions of rows that pass.
fn search(connection: &Connection, filter: &Filter, base: i64, places: &Range<i64>) -> Result<Vec<u32>, RecordError> {
    // As a copy: threads that share a pattern wait for each other.
    let filter = filter.clone();
    let mut found = Vec::new();
    each_block(connection, places, &filter.sql(), |block| {
        filter.search(block, |index| {
            let place = block.place.saturating_add_unsigned(index as u64);
            if places.contains(&place) {
                found.push(position(place, base));
            }
        })
    })?;
    Ok(found)
}

fn position(place: i64, base: i64) -> u32 {
    u32::try_from(place - base).unwrap_or(u32::MAX)
}

fn event_row(seq: u32, row: &StoredRow<'_>) -> Result<EventRow, RecordError> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| RecordError::Block);
    Ok(EventRow {
        seq,
        at: Duration::from_micros(uncount(row.at)),
        // A kind that this version does not know is shown as a line of text.
        kind: RowKind::ALL.into_iter().find(|known| *known as u8 == row.kind).unwrap_or(RowKind::Log),
        level: Level::from_number(row.level),
        source: source(row.source),
        name: row.name.map(text).transpose()?,
        text: text(row.text)?,
    })
}
