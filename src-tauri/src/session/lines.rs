//! Ranges of a run's time line. The rows live in the record; which of them pass a filter is remembered here, so that
//! paging through a million of them costs no search, and what is new is searched once.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use runtime::event::{Level, RunId};
use runtime::record::{EventRow, Filter, Record, RecordError, RowKind, TextFilter};
use wire::window::{LinesPage, LinesQuery};

use super::sentences::{self, Beside, QuestionDocument, row_kind};
use super::{Session, runs};
use crate::error::{Error, Result};

/// Lines of one page.
const PAGE: u32 = 1000;
/// The window gets what was found in this time, and asks again for the rest.
const SEARCH: Duration = Duration::from_millis(100);
/// Rows that are looked at between two looks at the time.
const STRIDE: u32 = 100_000;
/// Longer lines are not looked for among those before them.
const SAME_BYTES: usize = 300;
/// Filters that are remembered: a few tabs, and what is being typed.
const SEARCHES: usize = 8;

#[derive(Default)]
pub struct Lines {
    searches: Mutex<VecDeque<(Key, Shared)>>,
}

type Key = (String, LinesQuery);
type Shared = Arc<Mutex<Search>>;

/// The rows of one run that pass one filter, as far as it was looked.
#[derive(Default)]
struct Search {
    filter: Filter,
    positions: Vec<u32>,
    /// Everything before it was looked at.
    seen: u32,
    /// Rows that say the same, by their positions among those that pass.
    same: Range<u32>,
}

impl Lines {
    fn search(&self, run: &str, query: &LinesQuery) -> Result<Shared> {
        let mut searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        let known = searches.iter().position(|((known, of), _)| known == run && of == query);
        let entry = match known.and_then(|at| searches.remove(at)) {
            Some(entry) => entry,
            None => {
                let search = Search { filter: filter(query)?, ..Search::default() };
                ((run.to_owned(), query.clone()), Arc::new(Mutex::new(search)))
            }
        };
        let shared = entry.1.clone();
        searches.push_front(entry);
        searches.truncate(SEARCHES);
        Ok(shared)
    }

    pub fn forget(&self, run: &str) {
        self.searches.lock().unwrap_or_else(PoisonError::into_inner).retain(|((known, _), _)| known != run);
    }
}

impl Search {
    /// Looks at what it has not seen yet, until then and a moment more. Whether it has seen all. Blocking.
    fn extend(
        &mut self,
        record: &Record,
        run: &RunId,
        until: Option<Instant>,
    ) -> std::result::Result<bool, RecordError> {
        let length = record.len(run)?.unwrap_or_default();
        while self.seen < length {
            let end = length.min(self.seen.saturating_add(STRIDE));
            self.positions.extend(record.select(run, &self.filter, self.seen..end)?);
            self.seen = end;
            if until.is_some_and(|until| Instant::now() >= until) {
                break;
            }
        }
        Ok(self.seen >= length)
    }

    /// Rows by their positions among those that pass, as far as they were found.
    fn rows(&self, record: &Record, run: &RunId, part: Range<u32>) -> std::result::Result<Vec<EventRow>, RecordError> {
        if self.filter.is_empty() {
            return record.rows(run, part);
        }
        let part = (part.start as usize).min(self.positions.len())..(part.end as usize).min(self.positions.len());
        record.rows_at(run, self.positions.get(part).unwrap_or_default())
    }

    /// From where on all rows say the same as this one at `offset`, so that a million equal lines fold without being
    /// fetched. Looks back for a moment only, and goes on from there when it is asked about a later row.
    fn same_from(
        &mut self,
        record: &Record,
        run: &RunId,
        offset: u32,
        row: &EventRow,
    ) -> std::result::Result<u32, RecordError> {
        if row.kind != RowKind::Log || row.text.len() > SAME_BYTES {
            return Ok(offset);
        }
        if self.same.contains(&offset) {
            return Ok(self.same.start);
        }
        let until = Instant::now() + SEARCH / 2;
        let last_known = self.same.end.saturating_sub(1);
        let (mut from, mut step) = (offset, 16);
        while from > 0 && Instant::now() < until {
            let start = from.saturating_sub(step).max(if last_known < from { last_known } else { 0 });
            let rows = self.rows(record, run, start..from)?;
            let same = rows.iter().rev().take_while(|before| is_same(before, row)).count();
            from = from.saturating_sub(u32::try_from(same).unwrap_or(0));
            if same < rows.len() || rows.is_empty() {
                break;
            }
            if from == last_known {
                from = self.same.start;
            }
            step = (step * 2).min(PAGE);
        }
        if from < offset {
            self.same = from..offset + 1;
        }
        Ok(from)
    }
}

fn is_same(one: &EventRow, other: &EventRow) -> bool {
    (one.kind, one.level, one.source) == (other.kind, other.level, other.source) && one.text == other.text
}

pub fn filter(query: &LinesQuery) -> Result<Filter> {
    let min_level = match query.min_level.as_deref() {
        None | Some("debug") => None,
        Some("info") => Some(Level::Info),
        Some("warn") => Some(Level::Warn),
        Some("error") => Some(Level::Error),
        Some("fatal") => Some(Level::Fatal),
        Some(other) => return Err(Error::new("level", format!("\"{other}\" is not a level"))),
    };
    let text = match query.text.as_str() {
        "" => None,
        pattern if query.regex => Some(TextFilter::matching(pattern)?),
        text => Some(TextFilter::containing(text)?),
    };
    Ok(Filter { min_level, kinds: query.kinds.iter().copied().map(row_kind).collect(), text })
}

fn questions() -> LinesQuery {
    LinesQuery { kinds: vec![wire::window::LineKind::Question], ..LinesQuery::default() }
}

impl Session {
    pub async fn lines(&self, run: &str, query: &LinesQuery, offset: u32, limit: u32) -> Result<LinesPage> {
        self.catch_up(run).await?;
        let search = self.lines.search(run, query)?;
        let asked = self.lines.search(run, &questions())?;
        let id = runs::id(run);
        let page = move |record: &Record| page(record, &id, &search, &asked, offset, limit.min(PAGE));
        Ok(self.workbench.recorder().record().ask(page).await?)
    }

    /// A run under way: what was shown of it so far is in the record then.
    pub async fn catch_up(&self, run: &str) -> Result<()> {
        if self.runs.live(run).is_some() {
            self.workbench.recorder().flush().await?;
        }
        Ok(())
    }

    /// As [`Session::catch_up`], for what all runs under way did.
    pub async fn catch_up_all(&self) -> Result<()> {
        if !self.runs.all_live().is_empty() {
            self.workbench.recorder().flush().await?;
        }
        Ok(())
    }
}

fn page(
    record: &Record,
    run: &RunId,
    search: &Mutex<Search>,
    asked: &Mutex<Search>,
    offset: u32,
    limit: u32,
) -> std::result::Result<LinesPage, RecordError> {
    let (rows, total, searched, same_from) = {
        let mut search = search.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, searched) = if search.filter.is_empty() {
            (record.len(run)?.unwrap_or_default(), true)
        } else {
            let searched = search.extend(record, run, Some(Instant::now() + SEARCH))?;
            (u32::try_from(search.positions.len()).unwrap_or(u32::MAX), searched)
        };
        let rows = search.rows(record, run, offset..offset.saturating_add(limit))?;
        let same_from = rows.first().map(|row| search.same_from(record, run, offset, row)).transpose()?;
        (rows, total, searched, same_from.unwrap_or(offset))
    };
    let has = |kind| rows.iter().any(|row| row.kind == kind);
    let beside = Beside {
        asked_at: if has(RowKind::Decision) { asked_at(record, run, asked)? } else { HashMap::new() },
        outcome: if has(RowKind::Finished) { record.outcome(run)? } else { None },
    };
    let lines = rows.into_iter().map(|row| sentences::line(row, &beside)).collect();
    Ok(LinesPage { total, searching: !searched, offset, same_from, lines })
}

/// When each question of the run was asked.
fn asked_at(
    record: &Record,
    run: &RunId,
    asked: &Mutex<Search>,
) -> std::result::Result<HashMap<u64, Duration>, RecordError> {
    let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    asked.extend(record, run, None)?;
    let rows = record.rows_at(run, &asked.positions)?;
    let time = |row: EventRow| Some((serde_json::from_str::<QuestionDocument>(&row.text).ok()?.id, row.at));
    Ok(rows.into_iter().filter_map(time).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_remembered_and_the_oldest_forgotten() {
        let lines = Lines::default();
        let query = |text: &str| LinesQuery { text: text.into(), ..LinesQuery::default() };
        let first = lines.search("r", &query("a")).expect("a filter");
        assert!(Arc::ptr_eq(&first, &lines.search("r", &query("a")).expect("a filter")));
        for number in 0..SEARCHES {
            lines.search("r", &query(&number.to_string())).expect("a filter");
        }
        assert!(!Arc::ptr_eq(&first, &lines.search("r", &query("a")).expect("a filter")), "it made room");
        lines.forget("r");
        assert!(lines.searches.lock().expect("not poisoned").is_empty());
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let regex = LinesQuery { text: "(".into(), regex: true, ..LinesQuery::default() };
        assert_eq!(filter(&regex).err().map(|error| error.code), Some("pattern"));
        let level = LinesQuery { min_level: Some("loud".into()), ..LinesQuery::default() };
        assert_eq!(filter(&level).err().map(|error| error.code), Some("level"));
        assert!(filter(&LinesQuery::default()).expect("a filter").is_empty());
    }
}
