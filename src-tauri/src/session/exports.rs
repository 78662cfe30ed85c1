//! Runs, lines and values as files that the user asked for. Written beside their place first, so that a failure leaves
//! nothing half.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::event::RunId;
use runtime::record::{Record, RecordError};
use serde_json::{Value, json};
use wire::window::{LinesQuery, NetworkDetail, NetworkRow};

use super::{Session, lines, network, runs};
use crate::error::{Error, Result};

/// Rows that are held in memory at once.
const CHUNK: usize = 4096;

impl Session {
    /// A run as lines of JSON, in the shapes of `nodewb run --json`.
    pub async fn export_ndjson(&self, run: &str, to: PathBuf) -> Result<()> {
        self.catch_up(run).await?;
        let id = runs::id(run);
        self.write_record(to, move |record, out| record.export(&id, out).map(drop)).await
    }

    /// The HTTP exchanges of a run as an HTTP archive.
    pub async fn export_har(&self, run: &str, to: PathBuf) -> Result<()> {
        self.catch_up(run).await?;
        let id = runs::id(run);
        let started = self.recorded_start(run).await?;
        self.write_record(to, move |record, out| {
            let har = har(&network::read(record, &id)?, started);
            serde_json::to_writer_pretty(&mut *out, &har)?;
            Ok(writeln!(out)?)
        })
        .await
    }

    async fn recorded_start(&self, run: &str) -> Result<u64> {
        let id = runs::id(run);
        let detail = self.workbench.recorder().record().ask(move |record| record.run(&id)).await?;
        Ok(super::millis(detail.ok_or_else(runs::no_run)?.summary.started_at))
    }

    /// The lines that pass, one JSON object each, with their whole text.
    pub async fn save_lines(&self, run: &str, query: &LinesQuery, to: PathBuf) -> Result<()> {
        self.catch_up(run).await?;
        let filter = lines::filter(query)?;
        let id = runs::id(run);
        self.write_record(to, move |record, out| {
            let positions = record.select(&id, &filter, 0..u32::MAX)?;
            for chunk in positions.chunks(CHUNK) {
                write_rows(record, &id, chunk, out)?;
            }
            Ok(())
        })
        .await
    }

    /// A value as it is.
    pub async fn save_output(&self, run: &str, pin: &str, to: PathBuf) -> Result<()> {
        let value = self.output(run, pin).await?;
        let work = move || beside(&to, |out| writeln!(out, "{value}")).map_err(|error| Error::file(&to, &error));
        tokio::task::spawn_blocking(work).await?
    }

    async fn write_record(
        &self,
        to: PathBuf,
        write: impl FnOnce(&Record, &mut dyn Write) -> std::result::Result<(), RecordError> + Send + 'static,
    ) -> Result<()> {
        let record = self.workbench.recorder().record().clone();
        let work = move || {
            let mut failed = None;
            let written = beside(&to, |out| {
                write(&record, out).map_err(|error| {
                    let message = error.to_string();
                    failed = Some(error);
                    io::Error::other(message)
                })
            });
            match (failed, written) {
                (Some(error), _) => Err(error.into()),
                (None, written) => written.map_err(|error| Error::file(&to, &error)),
            }
        };
        tokio::task::spawn_blocking(work).await?
    }
}

/// Writes a file under another name and puts it in its place when it is complete.
fn beside(to: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    {
        let mut out = BufWriter::new(fresh.as_file_mut());
        write(&mut out)?;
        out.flush()?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let kept = fs::metadata(to).map(|metadata| metadata.permissions());
        fresh.as_file().set_permissions(kept.unwrap_or_else(|_| fs::Permissions::from_mode(0o644)))?;
    }
    fresh.persist(to).map(drop).map_err(|error| error.error)
}

fn write_rows(
    record: &Record,
    run: &RunId,
    positions: &[u32],
    out: &mut dyn Write,
) -> std::result::Result<(), RecordError> {
    for row in record.rows_at(run, positions)? {
        let line = json!({
            "seq": row.seq,
            "ms": super::ms(row.at),
            "kind": super::sentences::kind_name(row.kind),
            "level": row.level.name(),
            "source": row.source.name(),
            "name": row.name,
            "text": row.text,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// HTTP Archive 1.2: <http://www.softwareishard.com/blog/har-12-spec/>.
fn har(rows: &[NetworkRow], started: u64) -> Value {
    let entries: Vec<Value> = rows.iter().filter_map(|row| Some(entry(row, row.exchange.as_ref()?, started))).collect();
    json!({"log": {
        "version": "1.2",
        "creator": {"name": "Node Workbench", "version": env!("CARGO_PKG_VERSION")},
        "entries": entries,
    }})
}

fn entry(row: &NetworkRow, exchange: &NetworkDetail, started: u64) -> Value {
    let duration = row.duration_ms.unwrap_or_default();
    let mime = |headers: &[(String, String)]| {
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        found.map_or_else(|| "application/octet-stream".to_owned(), |(_, value)| value.clone())
    };
    let mut request = json!({
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": pairs(&exchange.request_headers),
        "queryString": query(&exchange.url),
        "headersSize": -1,
        "bodySize": exchange.request_size,
    });
    if exchange.request_size > 0 {
        let (text, encoding) = body(&exchange.request_body);
        request["postData"] = json!({"mimeType": mime(&exchange.request_headers), "text": text});
        if let Some(encoding) = encoding {
            request["postData"]["encoding"] = encoding.into();
        }
    }
    let (text, encoding) = body(&exchange.response_body);
    let mut content =
        json!({"size": exchange.response_size, "mimeType": mime(&exchange.response_headers), "text": text});
    if let Some(encoding) = encoding {
        content["encoding"] = encoding.into();
    }
    let location = exchange.response_headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    json!({
        "startedDateTime": iso(started.saturating_add(row.ms as u64)),
        "time": duration,
        "request": request,
        "response": {
            "status": exchange.status.unwrap_or_default(),
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": pairs(&exchange.response_headers),
            "content": content,
            "redirectURL": location.map_or("", |(_, value)| value),
            "headersSize": -1,
            "bodySize": exchange.response_size,
        },
        "cache": {},
        "timings": {"send": 0, "wait": duration, "receive": 0},
        "serverIPAddress": row.address.as_deref().unwrap_or_default(),
        "comment": row.detail.as_deref().unwrap_or_default(),
    })
}

fn pairs(headers: &[(String, String)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn query(url: &str) -> Vec<Value> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            json!({"name": name, "value": value})
        })
        .collect()
}

/// A body as text where it is text, else as base64 with its encoding named.
fn body(base64: &str) -> (String, Option<&'static str>) {
    let bytes = STANDARD.decode(base64).unwrap_or_default();
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(_) => (base64.to_owned(), Some("base64")),
    }
}

/// A moment in milliseconds since 1970 as ISO 8601 in UTC.
fn iso(millis: u64) -> String {
    let (days, rest) = (millis / 86_400_000, millis % 86_400_000);
    // The Gregorian calendar repeats every 400 years, 146,097 days; its years begin in March here.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, year) } else { (month - 9, year + 1) };
    let (hours, minutes, seconds) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", year + 400 * era, rest % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(951_827_696_789), "2000-02-29T12:34:56.789Z");
        assert_eq!(iso(1_798_761_599_999), "2026-12-31T23:59:59.999Z");
    }

    #[test]
    fn an_archive_holds_the_exchanges() {
        let exchange = NetworkDetail {
            method: "POST".into(),
            url: "https://a/?q=1&r".into(),
            request_headers: vec![("content-type".into(), "text/plain".into())],
            request_body: STANDARD.encode("hello"),
            request_size: 5,
            status: Some(201),
            response_headers: Vec::new(),
            response_body: STANDARD.encode([0xFF]),
            response_size: 1,
        };
        let row = NetworkRow {
            connection: 1,
            ms: 10.0,
            protocol: "http".into(),
            target: "POST https://a/".into(),
            address: None,
            state: "closed".into(),
            detail: None,
            bytes_up: 0,
            bytes_down: 0,
            duration_ms: Some(3.0),
            decision: None,
            call_site: Vec::new(),
            exchange: Some(exchange),
        };
        let bare = NetworkRow { exchange: None, ..row.clone() };
        let har = har(&[bare, row], 0);
        let entry = &har["log"]["entries"][0];
        assert_eq!(har["log"]["entries"].as_array().map(Vec::len), Some(1), "a look-up is not an exchange");
        assert_eq!(entry["request"]["postData"]["text"], "hello");
        assert_eq!(entry["request"]["queryString"][0], json!({"name": "q", "value": "1"}));
        assert_eq!(entry["response"]["content"]["encoding"], "base64");
        assert_eq!(entry["startedDateTime"], "1970-01-01T00:00:00.010Z");
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("run.ndjson");
        fs::write(&file, "old").expect("writable");
        let failed = beside(&file, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&file).expect("readable"), "old");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
    }
}
