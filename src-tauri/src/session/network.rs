//! What moved on the network in a run: one row for each look-up, connection or exchange.

use std::collections::HashMap;
use std::time::Duration;

use runtime::event::RunId;
use runtime::record::{EventRow, Filter, Record, RecordError, RowKind};
use runtime::text::shortened;
use serde::Deserialize;
use wire::window::{NetworkDetail, NetworkRow};

use super::sentences::{DecisionDocument, NetworkDocument};
use super::{Session, ms, runs};
use crate::error::Result;

/// Rows of a run that are looked at.
const ROWS: usize = 100_000;
/// Rows that are read at once.
const CHUNK: usize = 4096;
/// Bytes of bodies, as base64, that one answer carries; bodies beyond it are left out, their sizes are there.
const BODIES: usize = 16 << 20;
/// Frames of a call site.
const FRAMES: usize = 4;

/// What the record keeps of an exchange.
#[derive(Deserialize)]
struct ExchangeDocument {
    method: String,
    url: String,
    status: Option<u16>,
    request_headers: Vec<(String, String)>,
    request_size: u64,
    request_body: String,
    response_headers: Vec<(String, String)>,
    response_size: u64,
    response_body: String,
}

#[derive(Deserialize)]
struct WithExchange {
    #[serde(default)]
    exchange: Option<ExchangeDocument>,
}

impl From<ExchangeDocument> for NetworkDetail {
    fn from(document: ExchangeDocument) -> Self {
        Self {
            method: document.method,
            url: document.url,
            request_headers: document.request_headers,
            request_body: document.request_body,
            request_size: document.request_size,
            status: document.status,
            response_headers: document.response_headers,
            response_body: document.response_body,
            response_size: document.response_size,
        }
    }
}

impl Session {
    pub async fn network(&self, run: &str) -> Result<Vec<NetworkRow>> {
        self.catch_up(run).await?;
        let id = runs::id(run);
        Ok(self.workbench.recorder().record().ask(move |record| read(record, &id)).await?)
    }
}

/// Blocking.
pub fn read(record: &Record, run: &RunId) -> std::result::Result<Vec<NetworkRow>, RecordError> {
    let filter = Filter { kinds: vec![RowKind::Network, RowKind::Decision], ..Filter::default() };
    let positions = record.select(run, &filter, 0..u32::MAX)?;
    let mut merged = Merged::default();
    for chunk in positions[..positions.len().min(ROWS)].chunks(CHUNK) {
        record.rows_at(run, chunk)?.iter().for_each(|row| merged.add(row));
    }
    Ok(merged.rows)
}

#[derive(Default)]
struct Merged {
    rows: Vec<NetworkRow>,
    /// Position of each connection's row, and when it began.
    known: HashMap<u64, (usize, Duration)>,
    /// The newest decision about each target, in words, and where in the node's code it was asked for.
    decisions: HashMap<(&'static str, String), (String, Vec<String>)>,
    bodies: usize,
}

impl Merged {
    fn add(&mut self, row: &EventRow) {
        match row.kind {
            RowKind::Decision => {
                if let Ok(decision) = serde_json::from_str::<DecisionDocument>(&row.text)
                    && let Some(protocol) = protocol_of(&decision.capability)
                {
                    let words = decision_words(&decision);
                    let site: Vec<_> =
                        decision.call_site.iter().take(FRAMES).map(|frame| shortened(frame, 200)).collect();
                    for target in targets(&decision.target) {
                        self.decisions.insert((protocol, target.to_owned()), (words.clone(), site.clone()));
                    }
                }
            }
            RowKind::Network => {
                if let Ok(event) = serde_json::from_str::<NetworkDocument>(&row.text) {
                    let exchange = serde_json::from_str::<WithExchange>(&row.text).ok().and_then(|with| with.exchange);
                    self.merge(event, row.at, exchange.map(Into::into));
                }
            }
            _ => {}
        }
    }

    fn merge(&mut self, event: NetworkDocument, at: Duration, exchange: Option<NetworkDetail>) {
        let exchange = exchange.map(|exchange| self.bounded(exchange));
        let (position, began) = *self.known.entry(event.connection).or_insert((self.rows.len(), at));
        if position == self.rows.len() {
            let (decision, call_site) = self.decision(&event).unzip();
            self.rows.push(NetworkRow {
                connection: event.connection,
                ms: ms(at),
                protocol: event.protocol.clone(),
                target: event.target.clone(),
                address: None,
                state: String::new(),
                detail: None,
                bytes_up: 0,
                bytes_down: 0,
                duration_ms: None,
                decision,
                call_site: call_site.unwrap_or_default(),
                exchange: None,
            });
        }
        let Some(row) = self.rows.get_mut(position) else { return };
        let over = matches!(event.state.as_str(), "denied" | "closed" | "failed")
            || (event.state == "answered" && event.protocol == "dns");
        row.duration_ms = over.then(|| ms(at.saturating_sub(began)));
        row.address = event.address.or(row.address.take());
        row.detail = event.detail.or(row.detail.take());
        row.state = event.state;
        row.bytes_up = event.bytes_up;
        row.bytes_down = event.bytes_down;
        row.exchange = exchange.or(row.exchange.take());
    }

    fn bounded(&mut self, mut exchange: NetworkDetail) -> NetworkDetail {
        let size = exchange.request_body.len() + exchange.response_body.len();
        if self.bodies + size > BODIES {
            exchange.request_body.clear();
            exchange.response_body.clear();
        } else {
            self.bodies += size;
        }
        exchange
    }

    fn decision(&self, event: &NetworkDocument) -> Option<(String, Vec<String>)> {
        let protocol = protocol_of(&event.protocol)?;
        let targets = [Some(event.target.as_str()), event.address.as_deref()];
        targets.into_iter().flatten().find_map(|target| self.decisions.get(&(protocol, target.to_owned())).cloned())
    }
}

/// The protocol that a capability is about.
fn protocol_of(capability: &str) -> Option<&'static str> {
    Some(match capability {
        "tcp" | "tcp-listen" => "tcp",
        "udp" | "udp-bind" | "udp-receive" => "udp",
        "dns" => "dns",
        "http" => "http",
        "websocket" => "websocket",
        _ => return None,
    })
}

/// The names under which a decision's target may come back: "cache:6379 (10.1.7.20)" is "cache:6379" to the node.
fn targets(target: &str) -> impl Iterator<Item = &str> {
    let short = target.strip_suffix(')').and_then(|text| text.rsplit_once(" (")).map(|(short, _)| short);
    // A request without its method, for what is told by the address alone.
    let url = short.unwrap_or(target).split_once(' ').map(|(_, url)| url);
    [Some(target), short, url].into_iter().flatten()
}

/// "allowed · this run".
fn decision_words(decision: &DecisionDocument) -> String {
    let word = if decision.verdict == "allow" { "allowed" } else { "denied" };
    let why = match (decision.basis.as_str(), &decision.rule) {
        ("rule", Some(rule)) => format!("rule {}", shortened(rule, 200)),
        ("grant" | "answer", _) => match decision.lifetime.as_deref() {
            Some("run") => "this run".into(),
            Some("session") => "until the app closes".into(),
            Some("always") => "always".into(),
            _ => "once".into(),
        },
        ("low-risk", _) => "low risk".into(),
        _ => "nobody answered".into(),
    };
    format!("{word} · {why}")
}

#[cfg(test)]
mod tests {
    use runtime::event::{Level, LogSource};
    use serde_json::json;

    use super::*;

    fn row(kind: RowKind, at: u64, text: &serde_json::Value) -> EventRow {
        let (level, source) = (Level::Info, LogSource::Host);
        EventRow { seq: 0, at: Duration::from_millis(at), kind, level, source, name: None, text: text.to_string() }
    }

    fn event(at: u64, connection: u64, state: &str, up: u64) -> EventRow {
        let text = json!({"connection": connection, "protocol": "tcp", "target": "cache:6379",
            "address": "10.1.7.20:6379", "state": state, "detail": null, "bytes_up": up, "bytes_down": 7});
        row(RowKind::Network, at, &text)
    }

    #[test]
    fn events_of_a_connection_are_one_row() {
        let mut merged = Merged::default();
        let decision = json!({"id": 1, "verdict": "allow", "basis": "answer", "rule": "tcp:cache:6379",
            "lifetime": "run", "capability": "tcp", "target": "cache:6379 (10.1.7.20)", "declared": true,
            "call_site": ["cache::open\u{1b}", "cache::run"]});
        merged.add(&row(RowKind::Decision, 1, &decision));
        merged.add(&event(5, 1, "opened", 0));
        merged.add(&event(6, 2, "opened", 0));
        merged.add(&event(25, 1, "closed", 14));
        let [first, second] = &*merged.rows else { panic!("two connections: {:?}", merged.rows) };
        assert_eq!((first.ms, first.duration_ms, first.bytes_up), (5.0, Some(20.0), 14));
        assert_eq!(first.decision.as_deref(), Some("allowed · this run"));
        assert_eq!(first.call_site, ["cache::open\\u{1b}", "cache::run"], "where it was called from");
        assert_eq!((second.state.as_str(), second.duration_ms), ("opened", None), "it is still open");
    }

    #[test]
    fn an_exchange_comes_with_its_last_event() {
        let mut merged = Merged::default();
        let text = json!({"connection": 1, "protocol": "http", "target": "GET https://a/", "address": null,
            "state": "closed", "detail": "done", "bytes_up": 1, "bytes_down": 2, "exchange": {"method": "GET",
            "url": "https://a/", "status": 200, "request_headers": [["accept", "*/*"]], "request_size": 0,
            "response_headers": [], "response_size": 5, "request_body": "", "response_body": "aGVsbG8="}});
        merged.add(&row(RowKind::Network, 1, &text));
        let exchange = merged.rows[0].exchange.as_ref().expect("an exchange");
        assert_eq!((exchange.status, exchange.response_body.as_str()), (Some(200), "aGVsbG8="));
        merged.bodies = BODIES;
        let mut more = text;
        more["connection"] = 2.into();
        merged.add(&row(RowKind::Network, 2, &more));
        let exchange = merged.rows[1].exchange.as_ref().expect("an exchange");
        assert_eq!((exchange.response_size, exchange.response_body.as_str()), (5, ""), "bodies have a budget");
    }
}
