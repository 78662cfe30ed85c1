//! Which rows of a run are looked for.

use memchr::memmem::Finder;
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
pub struct TextFilter(Matcher);

#[derive(Clone, Debug)]
enum Matcher {
    /// ASCII in lower case, found in any case.
    Plain(Box<Finder<'static>>),
    Pattern(Regex),
}

impl TextFilter {
    /// The text itself, in any case.
    pub fn containing(text: &str) -> Result<Self, RecordError> {
        if text.is_ascii() {
            return Ok(Self(Matcher::Plain(Box::new(Finder::new(&text.to_ascii_lowercase()).into_owned()))));
        }
        compile(RegexBuilder::new(&regex::escape(text)).case_insensitive(true))
    }

    /// A regular expression in the syntax of the `regex` crate, which knows no backtracking: no pattern takes for ever.
    pub fn matching(pattern: &str) -> Result<Self, RecordError> {
        compile(&mut RegexBuilder::new(pattern))
    }

    fn is_in(&self, row: &StoredRow<'_>) -> bool {
        let text = if row.is_document() { searchable(row.text) } else { row.text };
        self.is_match(text) || row.name.is_some_and(|name| self.is_match(name))
    }

    fn is_match(&self, text: &[u8]) -> bool {
        match &self.0 {
            Matcher::Plain(finder) => finder.find(&text.to_ascii_lowercase()).is_some(),
            Matcher::Pattern(regex) => regex.is_match(text),
        }
    }
}

fn compile(pattern: &mut RegexBuilder) -> Result<TextFilter, RecordError> {
    let regex = pattern.size_limit(PATTERN_BYTES).build();
    regex.map(|regex| TextFilter(Matcher::Pattern(regex))).map_err(|error| RecordError::Pattern(error.to_string()))
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
    pub(super) fn search(&self, block: &StoredBlock<'_>, found: impl FnMut(usize)) -> Result<(), RecordError> {
        if let Some(TextFilter(Matcher::Plain(finder))) = &self.text {
            return self.search_plain(finder, block, found);
        }
        let rows = block.rows()?;
        rows.iter().enumerate().filter(|(_, row)| self.passes(row)).map(|(index, _)| index).for_each(found);
        Ok(())
    }

    /// Plain text is looked for in all rows at once.
    fn search_plain(
        &self,
        finder: &Finder<'_>,
        block: &StoredBlock<'_>,
        mut found: impl FnMut(usize),
    ) -> Result<(), RecordError> {
        let texts = block.texts.to_ascii_lowercase();
        let from = |start: usize| Some(start + finder.find(texts.get(start..)?)?);
        let mut hit = from(0);
        if hit.is_none() {
            return Ok(());
        }
        let rows = block.rows()?;
        while let Some(at) = hit {
            let index = rows.partition_point(|row| row.end <= at);
            let Some(row) = rows.get(index) else { break };
            // What is found may lie across two texts, or where it does not count.
            let certain = row.holds(at..at + finder.needle().len());
            if (certain && self.passes_but_text(row)) || self.passes(row) {
                found(index);
            }
            hit = from(row.end);
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
