//! Which rows of a run are looked for.

use regex::bytes::{Regex, RegexBuilder};

use super::RecordError;
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
pub struct TextFilter(Regex);

impl TextFilter {
    /// The text itself, in any case.
    pub fn containing(text: &str) -> Result<Self, RecordError> {
        Self::compile(&regex::escape(text), true)
    }

    /// A regular expression in the syntax of the `regex` crate, which knows no backtracking: no pattern takes for ever.
    pub fn matching(pattern: &str) -> Result<Self, RecordError> {
        Self::compile(pattern, false)
    }

    fn compile(pattern: &str, any_case: bool) -> Result<Self, RecordError> {
        RegexBuilder::new(pattern)
            .case_insensitive(any_case)
            .size_limit(PATTERN_BYTES)
            .build()
            .map(Self)
            .map_err(|error| RecordError::Pattern(error.to_string()))
    }

    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.0.is_match(text)
    }
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        self.min_level.is_none() && self.kinds.is_empty() && self.text.is_none()
    }

    /// The conditions that SQLite checks by itself, on columns that come before the text.
    pub(super) fn sql(&self) -> String {
        let mut sql = String::new();
        if let Some(level) = self.min_level {
            sql.push_str(&format!(" AND level >= {}", level as u8));
        }
        if !self.kinds.is_empty() {
            let kinds: Vec<String> = self.kinds.iter().map(|kind| (*kind as u8).to_string()).collect();
            sql.push_str(&format!(" AND kind IN ({})", kinds.join(", ")));
        }
        sql
    }
}
