//! Output values as indented lines, by range. A large value is indented as it is read: the first lines are there
//! before anybody knows how many there will be.

pub mod indent;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use runtime::json::Json;
use serde::Serialize;
use wire::window::OutputRow;

use self::indent::Cursor;
use super::{Session, runs};
use crate::error::{Error, Result};

/// Bytes of a value in a row.
const ROW: usize = 64 << 10;
/// Bytes of a value that is sent whole.
const WHOLE: usize = 16 << 20;
/// Lines of one page.
const PAGE: usize = 2000;
/// Values whose lines are known at once.
const INDEXES: usize = 4;
/// Every so many lines the place of one is remembered.
const STEP: usize = 256;
/// How long a page waits for lines that were not reached yet.
const PATIENCE: Duration = Duration::from_millis(200);

#[derive(Debug, Serialize)]
pub struct OutputLines {
    /// As far as is known: grows while a large value is looked through.
    pub total: usize,
    pub lines: Vec<String>,
}

#[derive(Default)]
pub struct Outputs {
    indexes: Mutex<VecDeque<(Key, Arc<Index>)>>,
}

type Key = (String, String);

/// Where lines of a value begin.
struct Index {
    value: Json,
    /// The places of lines 0, [`STEP`], 2 × [`STEP`] …
    places: RwLock<Vec<Cursor>>,
    known: AtomicUsize,
    complete: AtomicBool,
}

impl Index {
    fn new(value: Json) -> Self {
        let places = RwLock::new(vec![Cursor::default()]);
        Self { value, places, known: AtomicUsize::new(0), complete: AtomicBool::new(false) }
    }

    /// Looks through the whole value. Blocking; others may read meanwhile.
    fn build(&self) {
        let text = self.value.as_str();
        let mut cursor = Cursor::default();
        let mut line = 0;
        loop {
            let next = cursor.skip(text);
            line += 1;
            let Some(next) = next else { break };
            cursor = next;
            if line % STEP == 0 {
                self.places.write().unwrap_or_else(PoisonError::into_inner).push(cursor);
                self.known.store(line, Ordering::Release);
            }
        }
        self.known.store(line, Ordering::Release);
        self.complete.store(true, Ordering::Release);
    }

    /// Lines from one up to another, as far as they are known. The first ones always are.
    fn lines(&self, from: usize, to: usize) -> Vec<String> {
        let place = self.places.read().unwrap_or_else(PoisonError::into_inner).get(from / STEP).copied();
        let Some(place) = place else { return Vec::new() };
        let text = self.value.as_str();
        let (mut cursor, mut number, mut lines) = (Some(place), from / STEP * STEP, Vec::new());
        while let Some(at) = cursor.filter(|_| number < to) {
            cursor = if number < from {
                at.skip(text)
            } else {
                let mut line = String::new();
                let next = at.write(text, &mut line);
                lines.push(line);
                next
            };
            number += 1;
        }
        lines
    }

    fn total(&self, shown: usize) -> usize {
        self.known.load(Ordering::Acquire).max(shown)
    }
}

impl Outputs {
    fn known(&self, key: &Key) -> Option<Arc<Index>> {
        let indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        indexes.iter().find(|(known, _)| known == key).map(|(_, index)| index.clone())
    }

    fn put(&self, key: Key, value: Json) -> Arc<Index> {
        let index = Arc::new(Index::new(value));
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        indexes.retain(|(known, _)| *known != key);
        indexes.push_front((key, index.clone()));
        indexes.truncate(INDEXES);
        index
    }

    pub fn forget(&self, run: &str) {
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner).retain(|((known, _), _)| known != run);
    }
}

impl Session {
    /// Lines of a value, indented by two spaces; numbers and strings keep their spelling.
    pub async fn output_lines(&self, run: &str, pin: &str, from: usize, to: usize) -> Result<OutputLines> {
        let index = self.index(run, pin).await?;
        let to = to.min(from.saturating_add(PAGE));
        if to > STEP {
            let waiting = async {
                while !index.complete.load(Ordering::Acquire) && index.known.load(Ordering::Acquire) < to {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            // What is not reached by then is asked for again: the total grows.
            let _ = tokio::time::timeout(PATIENCE, waiting).await;
        }
        let read = index.clone();
        let lines = tokio::task::spawn_blocking(move || read.lines(from, to)).await?;
        Ok(OutputLines { total: index.total(from + lines.len()), lines })
    }

    async fn index(&self, run: &str, pin: &str) -> Result<Arc<Index>> {
        let key = (run.to_owned(), pin.to_owned());
        // A run under way may set the pin again.
        let live = self.runs.live(run).and_then(|live| live.output(pin));
        if let Some(index) = self.outputs.known(&key)
            && live.as_ref().is_none_or(|value| *value == index.value)
        {
            return Ok(index);
        }
        let value = match live {
            Some(value) => value,
            None => self.output(run, pin).await?,
        };
        let index = self.outputs.put(key, value);
        let build = index.clone();
        tokio::task::spawn_blocking(move || build.build());
        Ok(index)
    }

    /// A value as it is, at most 16 MiB of it.
    pub async fn output_text(&self, run: &str, pin: &str) -> Result<OutputRow> {
        Ok(row(pin, &self.output(run, pin).await?, WHOLE))
    }

    /// What a pin came to: from memory where the run was a moment ago, else from the record.
    pub async fn output(&self, run: &str, pin: &str) -> Result<Json> {
        let here = self.runs.find(run).and_then(|live| live.output(pin));
        if let Some(value) = here {
            return Ok(value);
        }
        let id = runs::id(run);
        let detail = self.workbench.recorder().record().ask(move |record| record.run(&id)).await?;
        let outputs = detail.map(|detail| detail.outputs).unwrap_or_default();
        let found = outputs.into_iter().find(|(name, _)| name == pin);
        found
            .map(|(_, value)| value)
            .ok_or_else(|| Error::new("no-output", format!("{} has no value in this run", runtime::text::quoted(pin))))
    }
}

/// A value as a list shows it.
pub fn output_row(pin: &str, value: &Json) -> OutputRow {
    row(pin, value, ROW)
}

fn row(pin: &str, value: &Json, limit: usize) -> OutputRow {
    let text = value.as_str();
    let end = text.floor_char_boundary(limit);
    OutputRow {
        pin: pin.to_owned(),
        size: text.len() as u64,
        text: text[..end].to_owned(),
        complete: end == text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::indent::MAX_LINE;
    use super::*;

    fn value(text: &str) -> Json {
        Json::parse(text).expect("JSON")
    }

    #[test]
    fn the_first_lines_need_no_index() {
        let many: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
        let index = Index::new(value(&format!("[{}]", many.join(","))));
        assert_eq!(index.lines(0, 3), ["[", "  0,", "  1,"]);
        assert!(index.lines(5000, 5003).is_empty(), "nobody was there yet");
        index.build();
        assert_eq!(index.lines(5000, 5002), ["  4999,", "  5000,"]);
        assert_eq!(index.lines(10_000, 10_005), ["  9999", "]"]);
        assert_eq!(index.total(0), 10_002);
    }

    #[test]
    fn a_row_is_cut_on_a_character() {
        let row = output_row("out", &value(&format!("\"{}\"", "é".repeat(ROW))));
        assert!(!row.complete && row.text.len() <= ROW && row.size == 2 + 2 * ROW as u64);
        assert!(output_row("out", &value("1.50")).complete);
    }

    #[test]
    fn one_long_line_is_cut() {
        let index = Index::new(value(&format!("[\"{}\",1]", "x".repeat(MAX_LINE * 3))));
        index.build();
        let lines = index.lines(0, 10);
        assert_eq!(lines.len(), 4);
        assert!(lines[1].ends_with('…') && lines[1].len() <= MAX_LINE + 3, "{} bytes", lines[1].len());
    }
}
