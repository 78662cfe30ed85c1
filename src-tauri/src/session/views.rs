//! Runs as the record has them: lists, one in full, and two side by side.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use runtime::event::RunId;
use runtime::json::Json;
use runtime::record::{
    DecisionRow, DecisionsQuery, Filter, OutcomeRow, Record, RecordError, RowKind, RunDetail, RunSummary, RunsQuery,
};
use runtime::run::Status;
use wire::window::{Comparison, RunFigures, RunRow, RunView};

use super::outputs::output_row;
use super::runs::{self, no_run};
use super::sentences::{thing, verdict_words};
use super::{Session, millis, ms};
use crate::error::Result;

/// Rows of a list that are sent at once.
const PAGE: u32 = 500;
/// Fired pins of a run that are shown with their time.
const FIRED: usize = 10_000;
/// Rows that are compared at once.
const CHUNK: usize = 4096;
/// Decisions of a run that are compared.
const DECISIONS: u32 = 1000;

impl Session {
    /// Runs, newest first; those under way are among them as soon as the record knows them.
    pub async fn recorded(
        &self,
        file: Option<&str>,
        node: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RunRow>> {
        let query = RunsQuery {
            file: file.map(|file| self.files.identity(file)),
            node: node.map(str::to_owned),
            before,
            limit: limit.min(PAGE),
        };
        let runs = self.workbench.recorder().record().ask(move |record| record.runs(&query)).await?;
        let mut rows: Vec<RunRow> = runs.iter().map(|run| self.row(run)).collect();
        if before.is_none() {
            // The record hears of a run a moment after the window.
            let missing = self.runs.all_live().into_iter().map(|live| live.row.clone()).filter(|row| {
                file.is_none_or(|file| row.file == file)
                    && node.is_none_or(|node| row.node == node)
                    && !rows.iter().any(|known| known.run == row.run)
            });
            let mut missing: Vec<RunRow> = missing.collect();
            missing.sort_by_key(|row| std::cmp::Reverse(row.started_at));
            rows.splice(0..0, missing);
        }
        Ok(rows)
    }

    fn row(&self, run: &RunSummary) -> RunRow {
        RunRow {
            run: run.id.0.to_string(),
            number: run.number,
            file: self.files.shown(&run.file),
            node: run.node.clone(),
            build: run.build.to_string(),
            started_at: millis(run.started_at),
            figures: match &run.outcome {
                Some(outcome) => Some(figures(outcome)),
                None if self.runs.live(&run.id.0).is_some() => None,
                None => match self.runs.find(&run.id.0).as_ref().and_then(|ended| ended.outcome()) {
                    Some(outcome) => Some(runs::figures(outcome)),
                    // Another program runs it.
                    None if self.workbench.recorder().record().may_go_on(run) => None,
                    None => Some(lost()),
                },
            },
        }
    }

    pub async fn run_view(&self, run: &str) -> Result<RunView> {
        self.catch_up(run).await?;
        let id = runs::id(run);
        let found = self.workbench.recorder().record().ask(move |record| Found::read(record, &id)).await?;
        let Some(Found { detail, fired, counts }) = found else { return Err(no_run()) };
        let kept = self.runs.find(run);
        let known = kept.as_ref().and_then(|kept| kept.outcome());
        let (outputs, problems) = match (&kept, known) {
            // What the record may not have.
            (Some(_), Some(outcome)) if detail.summary.outcome.is_none() => {
                (outcome.outputs.clone(), outcome.problems.clone())
            }
            (Some(live), None) => (live.outputs(), Vec::new()),
            _ => (detail.outputs, detail.problems),
        };
        let count = |kind: RowKind| shown(counts.kinds[kind as usize]);
        Ok(RunView {
            row: self.row(&detail.summary),
            inputs: detail.inputs.iter().map(|(pin, value)| (pin.clone(), value.as_str().to_owned())).collect(),
            masked: detail.masked,
            outputs: outputs.iter().map(|(pin, value): &(String, Json)| output_row(pin, value)).collect(),
            fired,
            problems: problems.iter().map(Into::into).collect(),
            trap: detail.trap.as_ref().map(Into::into),
            lines: shown(counts.rows),
            stream: count(RowKind::Stream),
            network: count(RowKind::Network),
            levels: counts.levels.map(shown),
        })
    }

    pub async fn compare(&self, left: &str, right: &str) -> Result<Comparison> {
        let (left, right) = (self.run_view(left).await?, self.run_view(right).await?);
        let ids = (runs::id(&left.row.run), runs::id(&right.row.run));
        let compare = move |record: &Record| {
            let logs = difference(&log_texts(record, &ids.0)?, &log_texts(record, &ids.1)?);
            Ok((logs, decisions(record, &ids.0)?, decisions(record, &ids.1)?))
        };
        let record = self.workbench.recorder().record();
        let ((log_new, log_gone), left_decisions, right_decisions) = record.ask(compare).await?;
        Ok(Comparison { left, right, log_new, log_gone, left_decisions, right_decisions })
    }
}

fn figures(outcome: &OutcomeRow) -> RunFigures {
    RunFigures {
        outcome: outcome.status.name().into(),
        error: outcome.error.clone(),
        pending: outcome.pending,
        duration_ms: ms(outcome.duration),
        own_ms: ms(outcome.own),
        asked_ms: ms(outcome.asked),
        stored_ms: outcome.stored.map(ms),
        not_recorded: outcome.status == Status::NotRecorded,
        problems: outcome.problems,
        memory_peak: outcome.memory_peak,
        fuel: outcome.fuel,
        denied: outcome.denied,
    }
}

/// A run that has no outcome, and does not go on anywhere.
fn lost() -> RunFigures {
    let status = Status::NotRecorded;
    RunFigures {
        outcome: status.name().into(),
        error: Some(format!("the run {}", status.words())),
        pending: false,
        duration_ms: 0.0,
        own_ms: 0.0,
        asked_ms: 0.0,
        stored_ms: None,
        not_recorded: true,
        problems: 0,
        memory_peak: 0,
        fuel: None,
        denied: 0,
    }
}

fn shown(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What a view needs of the record.
struct Found {
    detail: RunDetail,
    fired: Vec<(String, f64)>,
    counts: runtime::record::Counts,
}

impl Found {
    fn read(record: &Record, id: &RunId) -> std::result::Result<Option<Self>, RecordError> {
        let Some(detail) = record.run(id)? else { return Ok(None) };
        let counts = record.counts(id)?;
        let positions = match counts.kinds[RowKind::Fired as usize] {
            0 => Vec::new(),
            _ => record.select(id, &of(RowKind::Fired), 0..u32::MAX)?,
        };
        let rows = record.rows_at(id, &positions[..positions.len().min(FIRED)])?;
        let fired = rows.into_iter().map(|row| (row.name.unwrap_or_default(), ms(row.at))).collect();
        Ok(Some(Self { detail, fired, counts }))
    }
}

fn of(kind: RowKind) -> Filter {
    Filter { kinds: vec![kind], ..Filter::default() }
}

/// How often each log text occurs, by its hash: texts of a million lines need not be held.
fn log_texts(record: &Record, run: &RunId) -> std::result::Result<HashMap<u64, u32>, RecordError> {
    let mut texts = HashMap::new();
    let positions = record.select(run, &of(RowKind::Log), 0..u32::MAX)?;
    for chunk in positions.chunks(CHUNK) {
        for row in record.rows_at(run, chunk)? {
            let mut hasher = DefaultHasher::new();
            row.text.hash(&mut hasher);
            *texts.entry(hasher.finish()).or_default() += 1;
        }
    }
    Ok(texts)
}

/// How many lines only the right has, and only the left.
fn difference(left: &HashMap<u64, u32>, right: &HashMap<u64, u32>) -> (u32, u32) {
    let missing = |of: &HashMap<u64, u32>, other: &HashMap<u64, u32>| {
        of.iter().map(|(text, count)| count.saturating_sub(other.get(text).copied().unwrap_or_default())).sum()
    };
    (missing(right, left), missing(left, right))
}

/// A run's decisions in words, oldest first.
fn decisions(record: &Record, run: &RunId) -> std::result::Result<Vec<String>, RecordError> {
    let query = DecisionsQuery { run: Some(run.clone()), limit: DECISIONS, ..DecisionsQuery::default() };
    let mut words: Vec<String> = record.decisions(&query)?.iter().map(decision_words).collect();
    words.reverse();
    Ok(words)
}

pub fn decision_words(row: &DecisionRow) -> String {
    let verdict = verdict_words(row.decision == "allow", &row.basis, row.rule.as_deref(), row.lifetime.as_deref());
    format!("{} — {verdict}", thing(&row.capability, &row.target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_lines_count_as_often_as_they_differ() {
        let left = HashMap::from([(1, 3), (2, 1)]);
        let right = HashMap::from([(1, 1), (3, 2)]);
        assert_eq!(difference(&left, &right), (2, 3));
        assert_eq!(difference(&left, &left), (0, 0));
    }
}
