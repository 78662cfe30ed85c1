//! Database queries and handles, as `db.query` reads them. On the wire every refusal is `none`, without a word.

use serde::Deserialize;

use super::{place, read};
use crate::verdict::Verdict;

const MOST_ROWS: u64 = 10_000;
const DEFAULT_ROWS: u64 = 1_000;
const LONGEST_HANDLE: usize = 4_096;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Query {
    vector: Vec<f64>,
    text: String,
    filter: Option<String>,
    select: Option<Vec<String>>,
    fields: Option<Vec<String>>,
    limit: Option<u64>,
    offset: Option<u64>,
    rerank: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            vector: Vec::new(),
            text: String::new(),
            filter: None,
            select: None,
            fields: None,
            limit: Some(DEFAULT_ROWS),
            offset: Some(0),
            rerank: false,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only whether it can be read counts")]
struct Handle {
    cache_key: String,
}

/// Whether a query's payload is taken.
pub fn query(text: &str) -> Verdict {
    match read::<Query>(text) {
        Ok(query) => match query.limit.unwrap_or(DEFAULT_ROWS) {
            1..=MOST_ROWS => Verdict::taken(),
            limit => {
                let words = format!("limit {limit} outside 1..={MOST_ROWS}");
                Verdict::refused(words, format!("\"limit\" is {limit}; write a number from 1 to {MOST_ROWS}"))
            }
        },
        Err(error) => {
            let reason = place::reason::<Query>(text, "query").unwrap_or_else(|| error.to_string());
            Verdict::refused(error.to_string(), reason)
        }
    }
}

/// Whether a handle's text is taken: an object with exactly "cache_key".
pub fn handle(text: &str) -> Verdict {
    if text.len() > LONGEST_HANDLE {
        let words = format!("handle of {} bytes", text.len());
        return Verdict::refused(words, format!("a handle has at most {LONGEST_HANDLE} bytes"));
    }
    match read::<Handle>(text) {
        Ok(_) => Verdict::taken(),
        Err(error) => {
            let reason = place::reason::<Handle>(text, "handle").unwrap_or_else(|| error.to_string());
            Verdict::refused(error.to_string(), reason)
        }
    }
}
