//! How rows are stored: consecutive rows of one run together, up to a few hundred of them. Their texts follow one
//! after the other, so that a text is looked for in all of them at once, and SQLite is asked once for all of them.

use std::ops::Range;

use rusqlite::{Connection, Row as SqlRow, Transaction, params};
use serde::{Deserialize, Serialize};

use super::RecordError;
use super::encode::{Row, source_number};
use super::query::RowKind;

/// More makes a single row dearer to read, less makes all of them dearer to search.
const ROWS: usize = 256;
const BYTES: usize = 64 << 10;

/// What a block keeps of a row beside its texts, in the format of postcard: the fields are never changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Head {
    at: i64,
    kind: u8,
    level: u8,
    source: u8,
    /// Lengths in bytes. The name comes first.
    name: Option<u32>,
    text: u32,
}

/// Rows that wait to be written together.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    heads: Vec<Head>,
    texts: Vec<u8>,
}

impl Block {
    pub(super) fn push(&mut self, row: &Row) {
        let (at, kind, level) = (row.at, row.kind as u8, row.level as u8);
        self.push_numbers((at, kind, level, source_number(row.source)), row.name.as_deref(), &row.text);
    }

    /// As [`Block::push`], with time, kind, level and source as they are in the file.
    pub(super) fn push_numbers(&mut self, numbers: (i64, u8, u8, u8), name: Option<&str>, text: &str) {
        let (at, kind, level, source) = numbers;
        let (name, name_length) = (name.unwrap_or_default(), name.map(|name| length(name.len())));
        self.heads.push(Head { at, kind, level, source, name: name_length, text: length(text.len()) });
        self.texts.extend_from_slice(name.as_bytes());
        self.texts.extend_from_slice(text.as_bytes());
    }

    pub(super) fn is_full(&self) -> bool {
        self.heads.len() >= ROWS || self.texts.len() >= BYTES
    }

    /// Writes the rows before this place, if there are any, and is empty then.
    pub(super) fn write(&mut self, transaction: &Transaction<'_>, end: i64) -> rusqlite::Result<()> {
        if self.heads.is_empty() {
            return Ok(());
        }
        let rows = length(self.heads.len());
        let kinds = self.heads.iter().fold(0_i64, |kinds, head| kinds | kind_bit(head.kind));
        let level = self.heads.iter().map(|head| head.level).max();
        let heads = postcard::to_allocvec(&self.heads)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let mut statement = transaction.prepare_cached(
            "INSERT INTO blocks (place, rows, kinds, level, heads, texts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        statement.execute(params![end - i64::from(rows), rows, kinds, level, heads, self.texts])?;
        self.heads.clear();
        self.texts.clear();
        Ok(())
    }
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// For `blocks.kinds`.
pub(super) fn kind_bit(kind: u8) -> i64 {
    1_i64.checked_shl(kind.into()).unwrap_or(0)
}

/// A row within its block.
#[derive(Clone, Debug)]
pub(super) struct StoredRow<'a> {
    pub(super) at: i64,
    pub(super) kind: u8,
    pub(super) level: u8,
    pub(super) source: u8,
    pub(super) name: Option<&'a [u8]>,
    pub(super) text: &'a [u8],
    /// Where its texts end in those of the block.
    pub(super) end: usize,
}

impl StoredRow<'_> {
    /// Not all of its text is looked through.
    pub(super) fn is_document(&self) -> bool {
        self.kind == RowKind::Network as u8
    }

    /// Whether what was found here in the block's texts, from this row on, lies in one text of the row for certain.
    pub(super) fn holds(&self, found: Range<usize>) -> bool {
        let text = self.end - self.text.len();
        !self.is_document() && found.end <= self.end && (found.end <= text || text <= found.start)
    }
}

/// A block as SQLite holds it.
pub(super) struct StoredBlock<'a> {
    /// Of the first row.
    pub(super) place: i64,
    heads: &'a [u8],
    /// Of all rows.
    pub(super) texts: &'a [u8],
}

impl<'a> StoredBlock<'a> {
    /// From the columns place, heads and texts.
    pub(super) fn read(row: &'a SqlRow<'_>) -> Result<Self, RecordError> {
        let bytes = |column| row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from);
        Ok(Self { place: row.get(0)?, heads: bytes(1)?, texts: bytes(2)? })
    }

    pub(super) fn rows(&self) -> Result<Vec<StoredRow<'a>>, RecordError> {
        let mut rest = self.texts;
        let mut take = |length: u32| {
            let (part, after) = rest.split_at_checked(length as usize).ok_or(RecordError::Block)?;
            rest = after;
            Ok::<_, RecordError>(part)
        };
        let mut end = 0;
        let row = |head: Head| {
            let name = head.name.map(&mut take).transpose()?;
            let text = take(head.text)?;
            end += name.map_or(0, <[u8]>::len) + text.len();
            Ok(StoredRow { at: head.at, kind: head.kind, level: head.level, source: head.source, name, text, end })
        };
        heads(self.heads)?.into_iter().map(row).collect()
    }
}

/// Kind and level of each row.
pub(super) fn kinds_and_levels(bytes: &[u8]) -> Result<impl Iterator<Item = (u8, u8)>, RecordError> {
    Ok(heads(bytes)?.into_iter().map(|head| (head.kind, head.level)))
}

fn heads(bytes: &[u8]) -> Result<Vec<Head>, RecordError> {
    postcard::from_bytes(bytes).map_err(|_| RecordError::Block)
}

/// Calls `read` with each block that holds rows of these places, in order. `conditions` are further ones, in SQL.
pub(super) fn each_block(
    connection: &Connection,
    places: &Range<i64>,
    conditions: &str,
    mut read: impl FnMut(&StoredBlock<'_>) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT place, heads, texts FROM blocks
         WHERE place >= (SELECT ifnull(max(place), ?1) FROM blocks WHERE place <= ?1) AND place < ?2{conditions}
         ORDER BY place"
    ))?;
    let mut blocks = statement.query([places.start, places.end])?;
    while let Some(block) = blocks.next()? {
        read(&StoredBlock::read(block)?)?;
    }
    Ok(())
}
