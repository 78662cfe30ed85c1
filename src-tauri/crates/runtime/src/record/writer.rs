//! The writing thread: gathers what it is given for a moment and writes it in one transaction.

use std::collections::HashMap;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self as blocking, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};
use tokio::sync::{oneshot, watch};

use super::block::Block;
use super::encode::{
    Extra, Row, basis_words, count, decision_name, findings_json, limits_json, list_json, micros, millis_since_1970,
    pairs_json, target_text, trap_json,
};
use super::file::{self, Opened};
use super::prune::{self, Progress};
use super::{Message, Notice, Record, RecordError, Retention, RunInfo, Written, masked};
use crate::event::RunId;
use crate::permission::Decided;
use crate::run::Outcome;

/// Transactions follow each other no faster than this, unless somebody waits: what comes meanwhile is written together.
const GATHER: Duration = Duration::from_millis(10);
/// How much is gathered for one transaction.
const GATHER_ROWS: usize = 4096;
/// Under load, pruning gets a step after so many batches.
const BATCHES_PER_STEP: u32 = 16;
/// After so many batches the limits are looked at even where no run ended.
const BATCHES_PER_LOOK: u32 = 256;
/// How often a batch is tried before its rows are given up.
const ATTEMPTS: u32 = 5;
const ATTEMPT_PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Writer {
    path: PathBuf,
    connection: Connection,
    retention: Retention,
    record: Record,
    notices: watch::Sender<Option<Notice>>,
    /// Keyed by this process's number for the run.
    running: HashMap<u64, Running>,
    batches: u32,
    /// When the last transaction ended.
    wrote: Instant,
    pruning: bool,
    _temporary: Option<tempfile::TempDir>,
}

/// A run that is being recorded.
#[derive(Clone)]
struct Running {
    info: Arc<RunInfo>,
    home: Home,
    /// The position of the next row.
    next: u32,
    /// Rows of the batch that are not written yet.
    block: Block,
    last_at: i64,
    /// Rows given up since the last that was written.
    lost: u64,
    /// When the outcome was written, in this batch.
    stored: Option<Duration>,
}

/// Whether the run has a row in `runs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    At(i64),
    /// It could not be written; the next batch tries again.
    Missing,
    /// The user does not want it: nothing more is written.
    Deleted,
}

impl Running {
    fn new(info: &RunInfo, home: Home) -> Self {
        Self { info: Arc::new(info.clone()), home, next: 0, block: Block::default(), last_at: 0, lost: 0, stored: None }
    }

    fn number(&self) -> Option<i64> {
        match self.home {
            Home::At(number) => Some(number),
            Home::Missing | Home::Deleted => None,
        }
    }
}

impl Writer {
    pub(super) fn new(
        opened: Opened,
        retention: Retention,
        record: Record,
        notices: watch::Sender<Option<Notice>>,
    ) -> Self {
        let Opened { path, connection, temporary, .. } = opened;
        connection.set_prepared_statement_cache_capacity(64);
        let running = HashMap::new();
        let batches = 0;
        Self {
            path,
            connection,
            retention,
            record,
            notices,
            running,
            batches,
            wrote: Instant::now(),
            // What an earlier process left to do.
            pruning: true,
            _temporary: temporary,
        }
    }

    pub(super) fn run(mut self, inbox: &blocking::Receiver<Message>) {
        loop {
            let first = if self.pruning {
                match inbox.recv_timeout(Duration::ZERO) {
                    Err(RecvTimeoutError::Timeout) => {
                        self.prune();
                        continue;
                    }
                    other => other.ok(),
                }
            } else {
                inbox.recv().ok()
            };
            let Some(first) = first else { return };
            self.write(gather(first, inbox, self.wrote + GATHER));
            self.wrote = Instant::now();
            self.batches = self.batches.wrapping_add(1);
            self.pruning |= self.batches.is_multiple_of(BATCHES_PER_LOOK);
            if self.pruning && self.batches.is_multiple_of(BATCHES_PER_STEP) {
                self.prune();
            }
        }
    }

    /// Writes a batch and answers who waits for it.
    fn write(&mut self, mut batch: Vec<Message>) {
        let mut flushed: Vec<oneshot::Sender<()>> = Vec::new();
        let mut deletions = Vec::new();
        let mut data = Vec::new();
        for message in batch.drain(..) {
            match message {
                Message::Flush { reply } => flushed.push(reply),
                Message::Delete { id, reply } => deletions.push((id, reply)),
                data_message => data.push(data_message),
            }
        }
        let stored = if data.is_empty() { HashMap::new() } else { self.write_data(&data) };
        for message in data {
            if let Message::Rows { run, written, .. } = message {
                // Nobody may listen any more.
                let _ = written.send(Written { outcome: stored.get(&run).copied() });
            }
        }
        for (id, reply) in deletions {
            let result = self.delete(&id);
            let _ = reply.send(result);
        }
        for reply in flushed {
            let _ = reply.send(());
        }
    }

    /// Returns when the outcomes in it were stored, by the clock of each run.
    fn write_data(&mut self, data: &[Message]) -> HashMap<u64, Duration> {
        for attempt in 1..=ATTEMPTS {
            let mut running = self.running.clone();
            match apply(&mut self.connection, &mut running, data) {
                Ok(Applied { ended, stored }) => {
                    self.running = running;
                    self.pruning |= ended;
                    return stored;
                }
                Err(error) if attempt == ATTEMPTS => {
                    self.give_up(data, &error);
                    break;
                }
                Err(error) if file::is_damage(&error) => {
                    // The file may open well and still be damaged further in.
                    if let Err(error) = self.begin_anew(attempt > 1) {
                        self.give_up(data, &error);
                        break;
                    }
                }
                // The other process took its time: it waited already.
                Err(rusqlite::Error::SqliteFailure(failure, _)) if failure.code == ErrorCode::DatabaseBusy => {}
                Err(_) => thread::sleep(ATTEMPT_PAUSE),
            }
        }
        HashMap::new()
    }

    /// Sets the damaged file aside and brings the runs under way into a new one.
    fn begin_anew(&mut self, at_any_rate: bool) -> Result<(), RecordError> {
        // The file must not be open while it is renamed.
        self.connection = Connection::open_in_memory()?;
        self.record.reopen();
        let (connection, notice) =
            if at_any_rate { file::begin_anew(&self.path)? } else { file::open_or_set_aside(&self.path)? };
        self.connection = connection;
        self.connection.set_prepared_statement_cache_capacity(64);
        if notice.is_none() {
            // It opened: whatever was wrong is not in the file, and the runs in it are still there.
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for run in self.running.values_mut().filter(|run| run.number().is_some()) {
            run.home = Home::At(insert_run(&transaction, &run.info)?);
            run.next = 0;
        }
        transaction.commit()?;
        self.notices.send_replace(notice);
        Ok(())
    }

    /// Nothing stops a run: what cannot be written is counted, and marked when writing works again.
    fn give_up(&mut self, data: &[Message], error: &dyn std::error::Error) {
        let mut rows = 0;
        for message in data {
            match message {
                Message::Begin { run, info } => {
                    self.running.insert(*run, Running::new(info, Home::Missing));
                }
                Message::Rows { run, rows: lost, .. } => {
                    rows += lost.len() as u64;
                    if let Some(running) = self.running.get_mut(run) {
                        running.lost += lost.len() as u64;
                    }
                }
                Message::End { run } => drop(self.running.remove(run)),
                Message::Delete { .. } | Message::Flush { .. } => {}
            }
        }
        self.notices.send_replace(Some(Notice::Lost { rows, reason: error.to_string() }));
    }

    fn delete(&mut self, id: &RunId) -> Result<bool, RecordError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let newest = "SELECT number FROM runs WHERE id = ?1 ORDER BY number DESC LIMIT 1";
        let number = transaction.query_row(newest, [&*id.0], |row| row.get::<_, i64>(0)).optional()?;
        if let Some(number) = number {
            prune::doom(&transaction, number)?;
        }
        transaction.commit()?;
        for run in self.running.values_mut().filter(|run| number.is_some() && run.number() == number) {
            run.home = Home::Deleted;
        }
        self.pruning |= number.is_some();
        Ok(number.is_some())
    }

    fn prune(&mut self) {
        let running: Vec<i64> = self.running.values().filter_map(Running::number).collect();
        let now = millis_since_1970(SystemTime::now());
        // What fails now is done at the next occasion.
        let progress = prune::step(&mut self.connection, &self.retention, &running, now);
        self.pruning = matches!(progress, Ok(Progress::More));
    }
}

/// The first message and what comes until then, or is there already; who waits is not kept waiting.
fn gather(first: Message, inbox: &blocking::Receiver<Message>, until: Instant) -> Vec<Message> {
    let mut rows = 0;
    let mut batch = Vec::new();
    let mut next = Some(first);
    while let Some(message) = next.take() {
        let urgent =
            matches!(message, Message::Flush { .. } | Message::Delete { .. } | Message::Rows { urgent: true, .. });
        if let Message::Rows { rows: more, .. } = &message {
            rows += more.len();
        }
        batch.push(message);
        if !urgent && rows < GATHER_ROWS {
            next = inbox.recv_timeout(until.saturating_duration_since(Instant::now())).ok();
        }
    }
    batch
}

/// What a transaction did.
struct Applied {
    /// A run ended.
    ended: bool,
    /// When outcomes were stored, by this process's numbers for their runs and the clock of each.
    stored: HashMap<u64, Duration>,
}

/// Writes a batch in one transaction; `running` is right afterwards only if that went well.
fn apply(
    connection: &mut Connection,
    running: &mut HashMap<u64, Running>,
    data: &[Message],
) -> rusqlite::Result<Applied> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut applied = Applied { ended: false, stored: HashMap::new() };
    for message in data {
        match message {
            Message::Begin { run, info } => {
                let home = Home::At(insert_run(&transaction, info)?);
                running.insert(*run, Running::new(info, home));
            }
            Message::Rows { run, rows, .. } => {
                if let Some(running) = running.get_mut(run) {
                    insert_rows(&transaction, running, rows)?;
                    applied.stored.extend(running.stored.take().map(|stored| (*run, stored)));
                }
            }
            Message::End { run } => {
                applied.ended = true;
                if let Some(mut running) = running.remove(run) {
                    mark_loss(&transaction, &mut running)?;
                    write_block(&transaction, &mut running)?;
                    running.number().map_or(Ok(()), |number| doom_if_deleted(&transaction, number))?;
                }
            }
            Message::Delete { .. } | Message::Flush { .. } => {}
        }
    }
    for run in running.values_mut() {
        write_block(&transaction, run)?;
    }
    transaction.commit()?;
    Ok(applied)
}

/// Another process may have deleted the run meanwhile: what was written since would belong to nobody.
fn doom_if_deleted(transaction: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
    let there = "SELECT EXISTS (SELECT 1 FROM runs WHERE number = ?1)";
    if transaction.query_row(there, [number], |row| row.get(0))? { Ok(()) } else { prune::doom(transaction, number) }
}

fn insert_run(transaction: &Transaction<'_>, info: &RunInfo) -> rusqlite::Result<i64> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO runs (id, file, node, build, started_at, inputs, masked, limits, allow, deny, program)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    statement.insert(params![
        &*info.id.0,
        info.file.to_string_lossy(),
        info.node,
        &*info.build,
        millis_since_1970(info.started_at),
        pairs_json(&info.inputs),
        list_json(&info.masked),
        limits_json(&info.limits),
        list_json(&info.allow),
        list_json(&info.deny),
        info.program.as_deref(),
    ])
}

fn insert_rows(transaction: &Transaction<'_>, run: &mut Running, rows: &[Row]) -> rusqlite::Result<()> {
    mark_loss(transaction, run)?;
    for row in rows {
        insert_row(transaction, run, row)?;
    }
    Ok(())
}

/// Brings back a run whose beginning was lost, and says how much is missing.
fn mark_loss(transaction: &Transaction<'_>, run: &mut Running) -> rusqlite::Result<()> {
    if run.home == Home::Missing {
        run.home = Home::At(insert_run(transaction, &run.info)?);
    }
    match mem::take(&mut run.lost) {
        0 => Ok(()),
        lost => insert_row(transaction, run, &Row::left_out(run.last_at, lost)),
    }
}

fn insert_row(transaction: &Transaction<'_>, run: &mut Running, row: &Row) -> rusqlite::Result<()> {
    match &row.extra {
        Extra::None => {}
        Extra::Decided(decided) => insert_decision(transaction, decided)?,
        Extra::Finished(outcome) => {
            if let Some(number) = run.number() {
                let stored = run.info.clock.elapsed();
                insert_outcome(transaction, number, outcome, &run.info, stored)?;
                run.stored = Some(stored);
            }
        }
    }
    if run.number().is_none() {
        return Ok(());
    }
    run.block.push(row);
    run.next = run.next.saturating_add(1);
    run.last_at = row.at;
    if run.block.is_full() { write_block(transaction, run) } else { Ok(()) }
}

fn write_block(transaction: &Transaction<'_>, run: &mut Running) -> rusqlite::Result<()> {
    let Some(number) = run.number() else { return Ok(()) };
    run.block.write(transaction, (number << 32) | i64::from(run.next))
}

fn insert_decision(transaction: &Transaction<'_>, decided: &Decided) -> rusqlite::Result<()> {
    let (basis, rule, lifetime) = basis_words(&decided.basis);
    let mut statement = transaction.prepare_cached(
        "INSERT INTO decisions
            (at, run, file, node, build, capability, target, class, declared, decision, basis, rule, lifetime)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    statement.execute(params![
        millis_since_1970(decided.at),
        &*decided.run.0,
        decided.identity.file.to_string_lossy(),
        decided.identity.node,
        &*decided.build,
        decided.request.capability.name(),
        target_text(&decided.request.target),
        decided.class.map(|class| class.name()),
        decided.declared,
        decision_name(decided.decision),
        basis,
        rule,
        lifetime,
    ])?;
    Ok(())
}

fn insert_outcome(
    transaction: &Transaction<'_>,
    number: i64,
    outcome: &Outcome,
    info: &RunInfo,
    stored: Duration,
) -> rusqlite::Result<()> {
    // One by one: together they may be larger than a row can be, and than anybody wants to hold twice.
    let mut output = transaction
        .prepare_cached("INSERT OR REPLACE INTO outputs (run, position, pin, value) VALUES (?1, ?2, ?3, ?4)")?;
    for (position, (pin, value)) in outcome.outputs.iter().enumerate() {
        output.execute(params![number, position as i64, pin, masked(&info.sensitive, pin, value).as_str()])?;
    }
    let figures = &outcome.figures;
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO outcomes
            (run, status, error, outputs, fired, pending, duration, asked, memory_peak, fuel, denied, trap,
             own, stored, problems)
         VALUES (?1, ?2, ?3, '[]', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    statement.execute(params![
        number,
        outcome.status.name(),
        outcome.error,
        list_json(&outcome.fired),
        outcome.pending,
        micros(figures.duration),
        micros(figures.asked),
        count(figures.memory_peak),
        figures.fuel.map(count),
        count(figures.denied),
        outcome.trap.as_ref().map(trap_json),
        micros(figures.own),
        micros(stored),
        findings_json(&outcome.problems),
    ])?;
    Ok(())
}
