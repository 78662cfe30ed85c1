//! A run as lines of JSON, in the shapes of `nodewb run --json` where those exist.

use std::io::Write;

use serde_json::json;

use super::RecordError;
use super::encode::{findings_json, list_json, micros, millis_since_1970, trap_json};
use super::query::{EventRow, Record, RowKind, RunDetail};
use crate::event::RunId;
use crate::json::Json;

/// Rows that are held in memory at once.
const PAGE: u32 = 4096;

impl Record {
    /// Writes one line for the run, one for each row, in order; the last is the outcome where there is one. Returns
    /// the number of lines; 0: no such run.
    pub fn export(&self, id: &RunId, out: &mut dyn Write) -> Result<u64, RecordError> {
        let Some(run) = self.run(id)? else { return Ok(0) };
        writeln!(out, "{}", head(&run))?;
        let mut lines = 1;
        let mut from = 0;
        loop {
            let rows = self.rows(id, from..from.saturating_add(PAGE))?;
            let Some(last) = rows.last() else { break };
            from = last.seq.saturating_add(1);
            for row in &rows {
                writeln!(out, "{}", line(row, &run))?;
                lines += 1;
            }
        }
        out.flush()?;
        Ok(lines)
    }
}

fn head(run: &RunDetail) -> String {
    let summary = &run.summary;
    format!(
        r#"{{"event":"run","id":{},"file":{},"node":{},"build":{},"started_at":{},"inputs":{},"masked":{},"limits":{},"allow":{},"deny":{}}}"#,
        Json::string(&summary.id.0),
        Json::string(&summary.file.to_string_lossy()),
        Json::string(&summary.node),
        Json::string(&summary.build),
        millis_since_1970(summary.started_at),
        object(&run.inputs),
        list_json(&run.masked),
        run.limits,
        list_json(&run.allow),
        list_json(&run.deny),
    )
}

/// Values are put in as text: their spelling stays.
fn line(row: &EventRow, run: &RunDetail) -> String {
    let ms = row.at.as_secs_f64() * 1000.0;
    let name = Json::string(row.name.as_deref().unwrap_or_default());
    // Older records hold values with the line breaks that they came with.
    let value = || Json::parse(&row.text).unwrap_or_else(|_| Json::string(&row.text));
    let start = |event: &str| format!(r#"{{"event":"{event}","ms":{ms:.3}"#);
    let document = |event: &str| match row.text.strip_prefix('{') {
        Some(rest) => format!("{},{rest}", start(event)),
        None => format!("{}}}", start(event)),
    };
    match row.kind {
        RowKind::Log => {
            let (level, source) = (row.level.name(), row.source.name());
            let message = Json::string(&row.text);
            format!(r#"{},"level":"{level}","source":"{source}","message":{message}}}"#, start("log"))
        }
        RowKind::Stream => format!(r#"{},"type":{name},"data":{}}}"#, start("stream"), value()),
        RowKind::Fired => format!(r#"{},"pin":{name}}}"#, start("fired")),
        RowKind::Output => format!(r#"{},"pin":{name},"value":{}}}"#, start("output"), value()),
        RowKind::Question => document("question"),
        RowKind::Decision => document("decision"),
        RowKind::Network => document("network"),
        RowKind::LeftOut => format!(r#"{},"lines":{}}}"#, start("left_out"), row.text),
        RowKind::Finished => finished(&start("finished"), run),
    }
}

fn finished(start: &str, run: &RunDetail) -> String {
    let Some(outcome) = &run.summary.outcome else { return format!("{start}}}") };
    let ms = |duration| json!(micros(duration) as f64 / 1000.0);
    let trap = run.trap.as_ref().map_or_else(|| "null".to_owned(), trap_json);
    format!(
        r#"{start},"outcome":"{}","error":{},"outputs":{},"fired":{},"pending":{},"duration_ms":{},"own_ms":{},"asked_ms":{},"stored_ms":{},"memory_peak":{},"fuel":{},"denied":{},"problems":{},"trap":{trap}}}"#,
        outcome.status.name(),
        json!(outcome.error),
        object(&run.outputs),
        list_json(&run.fired),
        outcome.pending,
        ms(outcome.duration),
        ms(outcome.own),
        ms(outcome.asked),
        outcome.stored.map_or(json!(null), ms),
        outcome.memory_peak,
        json!(outcome.fuel),
        outcome.denied,
        findings_json(&run.problems),
    )
}

fn object(pairs: &[(String, Json)]) -> String {
    let members: Vec<String> = pairs.iter().map(|(pin, value)| format!("{}:{value}", Json::string(pin))).collect();
    format!("{{{}}}", members.join(","))
}
