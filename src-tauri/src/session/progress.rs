//! Where a run stands, added up from its events as they come.

use std::collections::HashMap;
use std::time::Duration;

use runtime::event::{Event, EventKind};
use runtime::json::Json;
use runtime::text::shortened;
use serde::Deserialize;
use wire::window::OutputRow;

use super::ms;
use super::outputs::output_row;

/// Fired pins in one progress; a node that fires more is looked at in its lines.
const FIRED: usize = 256;
/// Connections whose bytes are counted apart.
const CONNECTIONS: usize = 100_000;

/// Counts of a run so far, and what is new since they were last taken.
#[derive(Default)]
pub struct Tally {
    pub lines: u32,
    pub stream: u32,
    pub network: u32,
    pub levels: [u32; 5],
    pub left_out: u64,
    pub bar: Option<(f64, String)>,
    /// Values that the host calls set, newest of each pin, in order of first appearance.
    pub outputs: Vec<(String, Json)>,
    bytes: HashMap<u64, (u64, u64)>,
    up: u64,
    down: u64,
    fired: Vec<(String, f64)>,
    /// Positions in `outputs`.
    fresh: Vec<usize>,
    news: bool,
}

/// What is new since the last time.
pub struct News {
    pub fired: Vec<(String, f64)>,
    pub outputs: Vec<OutputRow>,
}

impl Tally {
    pub fn add(&mut self, event: &Event) {
        self.news = true;
        self.lines = self.lines.saturating_add(1);
        match &event.kind {
            EventKind::Log { level, .. } => {
                if let Some(count) = self.levels.get_mut(*level as usize) {
                    *count = count.saturating_add(1);
                }
            }
            EventKind::Stream { kind, data } => {
                self.stream = self.stream.saturating_add(1);
                if kind == "progress"
                    && let Some(bar) = bar(data)
                {
                    self.bar = Some(bar);
                }
            }
            EventKind::Fired { pin } => self.fire(pin, event.at),
            EventKind::Output { pin, value } => self.set(pin, value),
            EventKind::Network(network) => {
                self.network = self.network.saturating_add(1);
                self.count_bytes(network.connection, network.bytes_up, network.bytes_down);
            }
            EventKind::LeftOut { lines } => self.left_out = *lines,
            EventKind::Asked(_) | EventKind::Decided(_) | EventKind::Finished(_) => {}
        }
    }

    fn fire(&mut self, pin: &str, at: Duration) {
        if self.fired.len() < FIRED {
            self.fired.push((pin.to_owned(), ms(at)));
        }
    }

    fn set(&mut self, pin: &str, value: &Json) {
        let at = match self.outputs.iter().position(|(known, _)| known == pin) {
            Some(at) => {
                self.outputs[at].1 = value.clone();
                at
            }
            None => {
                self.outputs.push((pin.to_owned(), value.clone()));
                self.outputs.len() - 1
            }
        };
        if !self.fresh.contains(&at) {
            self.fresh.push(at);
        }
    }

    /// Events carry the bytes of their connection so far.
    fn count_bytes(&mut self, connection: u64, up: u64, down: u64) {
        if self.bytes.len() >= CONNECTIONS && !self.bytes.contains_key(&connection) {
            return;
        }
        let before = self.bytes.insert(connection, (up, down)).unwrap_or_default();
        self.up += up.saturating_sub(before.0);
        self.down += down.saturating_sub(before.1);
    }

    /// Up and down.
    pub fn bytes(&self) -> (u64, u64) {
        (self.up, self.down)
    }

    pub fn has_news(&self) -> bool {
        self.news
    }

    pub fn take_news(&mut self) -> News {
        self.news = false;
        let outputs = std::mem::take(&mut self.fresh)
            .into_iter()
            .filter_map(|at| self.outputs.get(at))
            .map(|(pin, value)| output_row(pin, value))
            .collect();
        News { fired: std::mem::take(&mut self.fired), outputs }
    }
}

/// How far a node says that it is: a fraction, or a percentage above one.
fn bar(data: &Json) -> Option<(f64, String)> {
    #[derive(Deserialize)]
    struct Document {
        progress: f64,
        #[serde(default)]
        message: Option<String>,
    }
    let (progress, message) = match serde_json::from_str::<f64>(data.as_str()) {
        Ok(progress) => (progress, None),
        Err(_) => {
            let document: Document = serde_json::from_str(data.as_str()).ok()?;
            (document.progress, document.message)
        }
    };
    if !progress.is_finite() {
        return None;
    }
    let fraction = if progress > 1.0 { progress / 100.0 } else { progress };
    Some((fraction.clamp(0.0, 1.0), shortened(&message.unwrap_or_default(), 200)))
}

#[cfg(test)]
mod tests {
    use runtime::event::{Level, LogSource, RunId};

    use super::*;

    fn add(tally: &mut Tally, kind: EventKind) {
        tally.add(&Event { run: RunId("r".into()), at: Duration::from_millis(5), kind });
    }

    fn json(text: &str) -> Json {
        Json::parse(text).expect("JSON")
    }

    #[test]
    fn only_the_newest_value_of_a_pin_is_news() {
        let mut tally = Tally::default();
        for value in ["1", "2"] {
            add(&mut tally, EventKind::Output { pin: "out".into(), value: json(value) });
        }
        add(&mut tally, EventKind::Fired { pin: "exec_out".into() });
        add(&mut tally, EventKind::Log { level: Level::Warn, source: LogSource::Node, message: "m".into() });
        assert_eq!((tally.lines, tally.levels), (4, [0, 0, 1, 0, 0]));
        let news = tally.take_news();
        assert_eq!(news.outputs.iter().map(|row| row.text.as_str()).collect::<Vec<_>>(), ["2"]);
        assert_eq!(news.fired, [("exec_out".to_owned(), 5.0)]);
        assert!(!tally.has_news() && tally.take_news().outputs.is_empty(), "told once");
        assert_eq!(tally.outputs.len(), 1, "and still known");
    }

    #[test]
    fn bytes_of_a_connection_are_counted_once() {
        let mut tally = Tally::default();
        for (connection, up, down) in [(1, 0, 0), (1, 10, 5), (1, 14, 7), (2, 1, 1)] {
            tally.count_bytes(connection, up, down);
        }
        assert_eq!(tally.bytes(), (15, 8));
    }

    #[test]
    fn a_bar_is_a_fraction() {
        assert_eq!(bar(&json("0.25")), Some((0.25, String::new())));
        assert_eq!(bar(&json(r#"{"progress":40,"message":"half\u001b"}"#)), Some((0.4, "half\\u{1b}".into())));
        assert_eq!(bar(&json(r#"{"progress":-3}"#)), Some((0.0, String::new())));
        assert_eq!(bar(&json(r#""text""#)), None);
    }
}
