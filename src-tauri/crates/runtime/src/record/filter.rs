//! Which rows of a run are looked for.

use regex::bytes::{Regex, RegexBuilder};

use super::RecordError;
use super::block::{StoredBlock, StoredRow, kind_bit};
use super::network::searchable;
use super::query::RowKind;
use crate::event::Level;

/// A pattern that compiles to more than this is refused.
const PATTERN_BYTES: usize = 4 << 20;

/// Rows must meet every condition that is set.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Rows that are not log lines count as info, except refusals, failures and left-out lines, which are warnings or
    /// errors.
    pub min_level: Option<Level>,
    /// Empty: all.
    pub kinds: Vec<RowKind>,
    /// In the message, value or document, or in the name; not in the bodies of an exchange.
    pub text: Option<TextFilter>,
}

/// Text to be found, compiled once.
#[derive(Clone, Debug)]
pub struct TextFilter {
    regex: Regex,
    /// What is found stands for itself, whatever stands before and after it.
    plain: bool,
}

impl TextFilter {
    /// The text itself, in any case.
    pub fn containing(text: &str) -> Result<Self, RecordError> {
        Self::compile(&regex::escape(text), true)
    }

    /// A regular expression in the syntax of the `regex` crate, which knows no backtracking: no pattern takes for ever.
    pub fn matching(pattern: &str) -> Result<Self, RecordError> {
        Self::compile(pattern, false)
    }

    fn compile(pattern: &str, plain: bool) -> Result<Self, RecordError> {
        let regex = RegexBuilder::new(pattern).case_insensitive(plain).size_limit(PATTERN_BYTES).build();
        regex.map(|regex| Self { regex, plain }).map_err(|error| RecordError::Pattern(error.to_string()))
    }

    fn is_in(&self, row: &StoredRow<'_>) -> bool {
        let text = if row.is_document() { searchable(row.text) } else { row.text };
        self.regex.is_match(text) || row.name.is_some_and(|name| self.regex.is_match(name))
    }
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        self.min_level.is_none() && self.kinds.is_empty() && self.text.is_none()
    }

    /// Conditions on blocks: those that cannot hold a row that passes are not read.
    pub(super) fn sql(&self) -> String {
        let mut sql = String::new();
        if let Some(level) = self.min_level {
            sql.push_str(&format!(" AND level >= {}", level as u8));
        }
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().fold(0, |kinds, kind| kinds | kind_bit(*kind as u8));
            sql.push_str(&format!(" AND kinds & {kinds} != 0"));
        }
        sql
    }

    /// Calls `found` with the number of each row of the block that passes, in order.
    pub(super) fn search(&self, block: &StoredBlock<'_>, mut found: impl FnMut(usize)) -> Result<(), RecordError> {
        let Some(text) = self.text.as_ref().filter(|text| text.plain) else {
            let rows = block.rows()?;
            rows.iter().enumerate().filter(|(_, row)| self.passes(row)).for_each(|(index, _)| found(index));
            return Ok(());
        };
        // Plain text is looked for in all rows at once.
        let mut hit = text.regex.find(block.texts);
        if hit.is_none() {
            return Ok(());
        }
        let rows = block.rows()?;
        while let Some(at) = hit {
            let index = rows.partition_point(|row| row.end <= at.start());
            let Some(row) = rows.get(index) else { break };
            if self.passes_but_text(row) && (row.holds(at.range()) || text.is_in(row)) {
                found(index);
            }
            hit = text.regex.find_at(block.texts, row.end);
        }
        Ok(())
    }

    fn passes(&self, row: &StoredRow<'_>) -> bool {
        self.passes_but_text(row) && self.text.as_ref().is_none_or(|text| text.is_in(row))
    }

    fn passes_but_text(&self, row: &StoredRow<'_>) -> bool {
        self.min_level.is_none_or(|level| row.level >= level as u8)
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| *kind as u8 == row.kind))
    }
}
