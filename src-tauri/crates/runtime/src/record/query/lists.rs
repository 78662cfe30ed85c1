//! Lists of runs and decisions, and one run in full.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::RecordError;
use super::super::encode::{findings, list, pairs, status, trap, uncount};
use super::{DecisionRow, DecisionsQuery, OutcomeRow, Record, RunDetail, RunSummary, RunsQuery};
use crate::event::RunId;
use crate::json::Json;

const RUNS: &str = "SELECT number, id, file, node, build, started_at,
    status, error, pending, duration, asked, memory_peak, fuel, denied,
    inputs, masked, limits, allow, deny, outputs, fired, trap, own, stored, problems, json_array_length(problems) AS found, program
    FROM runs LEFT JOIN outcomes ON outcomes.run = runs.number";

const DECISIONS: &str = "SELECT number, at, run, file, node, build, capability, target, class, declared, decision,
    basis, rule, lifetime FROM decisions";

impl Record {
    pub fn runs(&self, query: &RunsQuery) -> Result<Vec<RunSummary>, RecordError> {
        let file = query.file.as_ref().map(|file| file.to_string_lossy().into_owned());
        let conditions: [(&str, Option<&dyn ToSql>); 3] = [
            ("file = ?", file.as_ref().map(|file| file as &dyn ToSql)),
            ("node = ?", query.node.as_ref().map(|node| node as &dyn ToSql)),
            ("number < ?", query.before.as_ref().map(|before| before as &dyn ToSql)),
        ];
        self.with(|connection| page(connection, RUNS, &conditions, query.limit, summary))
    }

    /// `None`: no such run, or it was deleted.
    pub fn run(&self, id: &RunId) -> Result<Option<RunDetail>, RecordError> {
        self.with(|connection| {
            let sql = format!("{RUNS} WHERE id = ?1 ORDER BY number DESC LIMIT 1");
            let mut statement = connection.prepare_cached(&sql)?;
            // A value that does not parse is a damage of its own, apart from what SQLite says.
            let detail = statement.query_row([&*id.0], |row| Ok(detail(row)));
            let Some(mut detail) = detail.optional()?.transpose()? else { return Ok(None) };
            let mut outputs =
                connection.prepare_cached("SELECT pin, value FROM outputs WHERE run = ?1 ORDER BY position")?;
            let mut rows = outputs.query([detail.summary.number])?;
            while let Some(row) = rows.next()? {
                detail.outputs.push((row.get(0)?, Json::parse(&row.get::<_, String>(1)?)?));
            }
            Ok(Some(detail))
        })
    }

    /// What a run came to, without its values. `None`: it goes on, or there is no such run.
    pub fn outcome(&self, id: &RunId) -> Result<Option<OutcomeRow>, RecordError> {
        self.with(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("{RUNS} WHERE id = ?1 ORDER BY number DESC LIMIT 1"))?;
            Ok(statement.query_row([&*id.0], summary).optional()?.and_then(|summary| summary.outcome))
        })
    }

    pub fn decisions(&self, query: &DecisionsQuery) -> Result<Vec<DecisionRow>, RecordError> {
        let file = query.file.as_ref().map(|file| file.to_string_lossy().into_owned());
        let run = query.run.as_ref().map(|run| run.0.to_string());
        let conditions: [(&str, Option<&dyn ToSql>); 4] = [
            ("file = ?", file.as_ref().map(|file| file as &dyn ToSql)),
            ("node = ?", query.node.as_ref().map(|node| node as &dyn ToSql)),
            ("run = ?", run.as_ref().map(|run| run as &dyn ToSql)),
            ("number < ?", query.before.as_ref().map(|before| before as &dyn ToSql)),
        ];
        self.with(|connection| page(connection, DECISIONS, &conditions, query.limit, decision))
    }
}

/// Newest first, with the conditions that are set.
fn page<T>(
    connection: &Connection,
    select: &str,
    conditions: &[(&str, Option<&dyn ToSql>)],
    limit: u32,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, RecordError> {
    let set: Vec<(&str, &dyn ToSql)> =
        conditions.iter().filter_map(|(condition, value)| Some((*condition, (*value)?))).collect();
    let words: Vec<&str> = set.iter().map(|(condition, _)| *condition).collect();
    let filter = if words.is_empty() { String::new() } else { format!(" WHERE {}", words.join(" AND ")) };
    let mut statement = connection.prepare_cached(&format!("{select}{filter} ORDER BY number DESC LIMIT {limit}"))?;
    let values: Vec<&dyn ToSql> = set.iter().map(|(_, value)| *value).collect();
    let rows = statement.query_map(values.as_slice(), read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn summary(row: &Row<'_>) -> rusqlite::Result<RunSummary> {
    let micros = |index| Ok::<_, rusqlite::Error>(Duration::from_micros(uncount(row.get(index)?)));
    let outcome = match row.get::<_, Option<String>>("status")? {
        None => None,
        Some(name) => Some(OutcomeRow {
            status: status(&name),
            error: row.get("error")?,
            pending: row.get("pending")?,
            duration: micros("duration")?,
            own: row.get::<_, Option<i64>>("own")?.map_or_else(
                || Ok::<_, rusqlite::Error>(micros("duration")?.saturating_sub(micros("asked")?)),
                |own| Ok(Duration::from_micros(uncount(own))),
            )?,
            asked: micros("asked")?,
            stored: row.get::<_, Option<i64>>("stored")?.map(|stored| Duration::from_micros(uncount(stored))),
            memory_peak: uncount(row.get("memory_peak")?),
            fuel: row.get::<_, Option<i64>>("fuel")?.map(uncount),
            denied: uncount(row.get("denied")?),
            problems: row.get::<_, Option<u32>>("found")?.unwrap_or(0),
        }),
    };
    Ok(RunSummary {
        number: row.get("number")?,
        id: RunId(row.get::<_, String>("id")?.into()),
        file: PathBuf::from(row.get::<_, String>("file")?),
        node: row.get("node")?,
        build: row.get::<_, String>("build")?.into(),
        started_at: time(row.get("started_at")?),
        outcome,
        program: row.get::<_, Option<String>>("program")?.map(Into::into),
    })
}

fn detail(row: &Row<'_>) -> Result<RunDetail, RecordError> {
    let text = |name: &str| row.get::<_, String>(name);
    let optional = |name: &str| row.get::<_, Option<String>>(name);
    Ok(RunDetail {
        summary: summary(row)?,
        inputs: pairs(&text("inputs")?)?,
        masked: list(&text("masked")?)?,
        limits: Json::parse(&text("limits")?)?,
        allow: list(&text("allow")?)?,
        deny: list(&text("deny")?)?,
        outputs: optional("outputs")?.map_or_else(|| Ok(Vec::new()), |outputs| pairs(&outputs))?,
        fired: optional("fired")?.map_or_else(|| Ok(Vec::new()), |fired| list(&fired))?,
        problems: optional("problems")?.map_or_else(|| Ok(Vec::new()), |problems| findings(&problems))?,
        trap: optional("trap")?.map(|text| trap(&text)).transpose()?,
    })
}

fn decision(row: &Row<'_>) -> rusqlite::Result<DecisionRow> {
    Ok(DecisionRow {
        number: row.get("number")?,
        at: time(row.get("at")?),
        run: RunId(row.get::<_, String>("run")?.into()),
        file: PathBuf::from(row.get::<_, String>("file")?),
        node: row.get("node")?,
        build: row.get("build")?,
        capability: row.get("capability")?,
        target: row.get("target")?,
        class: row.get("class")?,
        declared: row.get("declared")?,
        decision: row.get("decision")?,
        basis: row.get("basis")?,
        rule: row.get("rule")?,
        lifetime: row.get("lifetime")?,
    })
}

fn time(millis: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(uncount(millis))
}
