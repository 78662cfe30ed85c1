//! Rows of a run's time line in words for people. Node-made strings are escaped, and every line is bounded.

use std::collections::HashMap;
use std::time::Duration;

use runtime::permission::{Capability, Target};
use runtime::record::{EventRow, OutcomeRow, RowKind};
use runtime::run::Status;
use runtime::text::{duration, shortened, visible};
use serde::Deserialize;
use wire::window::{LineKind, LogLine};

use super::ms;

/// Bytes of a line's text.
pub const MAX_TEXT: usize = 4 << 10;
/// Characters of a target, a rule or a reason inside a sentence.
const PART: usize = 300;

/// What the record keeps of a question.
#[derive(Deserialize)]
pub struct QuestionDocument {
    pub id: u64,
    capability: String,
    target: String,
    class: Option<String>,
    declared: bool,
}

/// What the record keeps of a decision.
#[derive(Deserialize)]
pub struct DecisionDocument {
    pub id: u64,
    pub verdict: String,
    pub basis: String,
    pub rule: Option<String>,
    pub lifetime: Option<String>,
    #[serde(default)]
    pub asked_us: Option<u64>,
    pub capability: String,
    pub target: String,
    /// Not kept by older versions for everything.
    #[serde(default)]
    pub call_site: Vec<String>,
}

/// What the record keeps of a movement on the network.
#[derive(Deserialize)]
pub struct NetworkDocument {
    pub connection: u64,
    pub protocol: String,
    pub target: String,
    pub address: Option<String>,
    pub state: String,
    pub detail: Option<String>,
    pub bytes_up: u64,
    pub bytes_down: u64,
}

/// What rows say besides themselves.
#[derive(Default)]
pub struct Beside {
    /// When questions were asked, in records that do not say how long each stood open.
    pub asked_at: HashMap<u64, Duration>,
    /// What the run came to, where a row is about its end.
    pub outcome: Option<OutcomeRow>,
}

/// Rows as lines.
pub fn line(row: EventRow, beside: &Beside) -> LogLine {
    let text = sentence(&row, beside);
    let (text, cut) = bounded(text);
    LogLine {
        seq: row.seq,
        ms: ms(row.at),
        kind: line_kind(row.kind),
        level: row.level.name().into(),
        source: row.source.name().into(),
        name: row.name.map(|name| shortened(&name, PART)),
        text,
        cut,
    }
}

fn sentence(row: &EventRow, beside: &Beside) -> String {
    let damaged = |error: serde_json::Error| format!("a row of the record is damaged: {error}");
    match row.kind {
        RowKind::Log => visible(beginning(&row.text)).into_owned(),
        RowKind::Stream | RowKind::Output => beginning(&row.text).to_owned(),
        RowKind::Fired => format!("{} fired", shortened(row.name.as_deref().unwrap_or_default(), PART)),
        RowKind::Question => serde_json::from_str(&row.text).map_or_else(damaged, |document| question(&document)),
        RowKind::Decision => serde_json::from_str::<DecisionDocument>(&row.text).map_or_else(damaged, |document| {
            let known = document.asked_us.map(Duration::from_micros).filter(|asked| !asked.is_zero());
            let asked_at = (document.basis == "answer").then(|| beside.asked_at.get(&document.id)).flatten();
            let before = || asked_at.map(|asked| row.at.saturating_sub(*asked));
            let stood = if document.asked_us.is_some() { known } else { before() };
            decision(&document, stood)
        }),
        RowKind::Network => serde_json::from_str(&row.text).map_or_else(damaged, |document| network(&document)),
        RowKind::LeftOut => {
            let plural = if row.text == "1" { "line was" } else { "lines were" };
            format!("{} {plural} left out: the run passed its budget", row.text)
        }
        RowKind::Finished => finished(&row.text, row.at, beside.outcome.as_ref()),
    }
}

/// A little more than is shown, so that escaping does not read a large text as a whole.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT + 4)]
}

/// Cut on a character.
pub fn bounded(mut text: String) -> (String, bool) {
    let cut = text.len() > MAX_TEXT;
    if cut {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
    }
    (text, cut)
}

fn question(question: &QuestionDocument) -> String {
    let class = question.class.as_deref().map(|class| format!(" ({})", class_words(class))).unwrap_or_default();
    let declared = if question.declared { "" } else { ", which the node does not declare" };
    format!("asks for {}{class}{declared}", thing(&question.capability, &question.target))
}

/// "TCP cache.internal:6379 — allowed for this run (clock stopped 2.10 s)".
fn decision(decision: &DecisionDocument, stood: Option<Duration>) -> String {
    let stood = stood.map(|stood| format!(" (clock stopped {})", duration(stood))).unwrap_or_default();
    let from = decision.call_site.first().map(|frame| format!(", called from {}", shortened(frame, PART)));
    let from = from.unwrap_or_default();
    format!("{} — {}{stood}{from}", thing(&decision.capability, &decision.target), verdict(decision))
}

/// "allowed for this run", "denied by the rule tcp:*:*".
pub fn verdict(decision: &DecisionDocument) -> String {
    let DecisionDocument { verdict, basis, rule, lifetime, .. } = decision;
    verdict_words(verdict == "allow", basis, rule.as_deref(), lifetime.as_deref())
}

pub fn verdict_words(allowed: bool, basis: &str, rule: Option<&str>, lifetime: Option<&str>) -> String {
    let word = if allowed { "allowed" } else { "denied" };
    let rule = rule.map(|rule| shortened(rule, PART)).unwrap_or_default();
    match basis {
        "rule" => format!("{word} by the rule {rule}"),
        "grant" => format!("{word} as remembered {} for {rule}", lifetime_words(lifetime)),
        "answer" => format!("{word} {}", lifetime_words(lifetime)),
        "low-risk" => format!("{word}: low risk"),
        "not-asked" => format!("{word}: nobody was asked"),
        "timed-out" => format!("{word}: nobody answered in time"),
        "withdrawn" => format!("{word}: the question was withdrawn"),
        _ if allowed => word.into(),
        _ => "denied: no rule allows it".into(),
    }
}

pub fn lifetime_words(lifetime: Option<&str>) -> &'static str {
    match lifetime {
        Some("run") => "for this run",
        Some("session") => "until the app closes",
        Some("always") => "always",
        _ => "once",
    }
}

fn network(network: &NetworkDocument) -> String {
    let NetworkDocument { protocol, target, address, state, detail, bytes_up, bytes_down, .. } = network;
    let target = shortened(target, PART);
    let address = address.as_deref().filter(|address| !target.contains(*address));
    let address = address.map(|address| format!(" ({})", shortened(address, PART))).unwrap_or_default();
    let detail = detail.as_deref().map(|detail| format!(", {}", shortened(detail, PART))).unwrap_or_default();
    let bytes = match (bytes_up, bytes_down) {
        (0, 0) => String::new(),
        (up, down) => format!(", {up} B up, {down} B down"),
    };
    let state = if state == "denied" { "denied, nothing was sent" } else { state };
    format!("{} {target}{address} — {}{detail}{bytes}", title(protocol), shortened(state, PART))
}

fn finished(status: &str, at: Duration, outcome: Option<&OutcomeRow>) -> String {
    let known = Status::ALL.into_iter().find(|known| known.name() == status);
    let words = known.map_or_else(|| format!("ended as {}", shortened(status, PART)), |known| known.words().to_owned());
    let figures = outcome.map_or_else(|| duration(at), |outcome| outcome.figures().words());
    let problems = match outcome.map_or(0, |outcome| outcome.problems) {
        0 => String::new(),
        1 => "; 1 problem in its result".to_owned(),
        problems => format!("; {problems} problems in its result"),
    };
    format!("the run {words} after {figures}{problems}")
}

/// "TCP cache.internal:6379"; the workbench's own stores have no target.
pub fn thing(capability: &str, target: &str) -> String {
    match target {
        "" => title(capability).to_owned(),
        target => format!("{} {}", title(capability), shortened(target, PART)),
    }
}

/// A capability's name in rules, for people.
pub fn title(capability: &str) -> &str {
    match capability {
        "tcp" => "TCP",
        "tcp-listen" => "TCP listen",
        "udp" => "UDP",
        "udp-bind" => "UDP bind",
        "udp-receive" => "UDP receive",
        "dns" => "DNS",
        "http" => "HTTP",
        "websocket" => "WebSocket",
        "oauth" => "OAuth",
        "models" => "Models",
        "variables" => "Variables",
        "cache" => "Cache",
        "streaming" => "Streaming",
        "storage-read" => "Storage (read)",
        "storage-write" => "Storage (write)",
        other => other,
    }
}

fn class_words(class: &str) -> &str {
    match class {
        "private" | "link-local" | "shared" => "local network",
        "metadata" => "cloud metadata",
        other => other,
    }
}

/// The exact target; not escaped yet.
pub fn target_words(target: &Target) -> String {
    match target {
        Target::Socket { host: Some(host), address } => format!("{host}:{}", address.port()),
        Target::Socket { host: None, address } => address.to_string(),
        Target::Name(name) | Target::Provider(name) => name.clone(),
        Target::Url { method, url, .. } => format!("{method} {url}"),
        Target::Own => "the workbench's own store".into(),
    }
}

fn line_kind(kind: RowKind) -> LineKind {
    match kind {
        RowKind::Log => LineKind::Log,
        RowKind::Stream => LineKind::Stream,
        RowKind::Fired => LineKind::Fired,
        RowKind::Output => LineKind::Output,
        RowKind::Question => LineKind::Question,
        RowKind::Decision => LineKind::Decision,
        RowKind::Network => LineKind::Network,
        RowKind::LeftOut => LineKind::LeftOut,
        RowKind::Finished => LineKind::Finished,
    }
}

pub fn row_kind(kind: LineKind) -> RowKind {
    match kind {
        LineKind::Log => RowKind::Log,
        LineKind::Stream => RowKind::Stream,
        LineKind::Fired => RowKind::Fired,
        LineKind::Output => RowKind::Output,
        LineKind::Question => RowKind::Question,
        LineKind::Decision => RowKind::Decision,
        LineKind::Network => RowKind::Network,
        LineKind::LeftOut => RowKind::LeftOut,
        LineKind::Finished => RowKind::Finished,
    }
}

/// A kind's name in files.
pub fn kind_name(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Log => "log",
        RowKind::Stream => "stream",
        RowKind::Fired => "fired",
        RowKind::Output => "output",
        RowKind::Question => "question",
        RowKind::Decision => "decision",
        RowKind::Network => "network",
        RowKind::LeftOut => "left_out",
        RowKind::Finished => "finished",
    }
}

/// The capability of a rule's name.
pub fn capability(name: &str) -> Option<Capability> {
    Capability::ALL.into_iter().find(|capability| capability.name() == name)
}

#[cfg(test)]
mod tests {
    use runtime::event::{Level, LogSource};

    use super::*;

    fn row(kind: RowKind, text: &str) -> EventRow {
        let (level, source) = (Level::Info, LogSource::Host);
        EventRow { seq: 3, at: Duration::from_millis(2500), kind, level, source, name: None, text: text.into() }
    }

    fn words(kind: RowKind, text: &str) -> String {
        line(row(kind, text), &Beside { asked_at: HashMap::from([(7, Duration::from_millis(400))]), outcome: None })
            .text
    }

    #[test]
    fn decisions_say_what_and_how_long_the_clock_stood() {
        let text = r#"{"id":7,"verdict":"allow","basis":"answer","rule":"dns:cache.internal","lifetime":"run",
            "capability":"dns","target":"cache.internal","class":null,"declared":true,"call_site":[]}"#;
        assert_eq!(words(RowKind::Decision, text), "DNS cache.internal — allowed for this run (clock stopped 2.10 s)");
        let text = r#"{"id":8,"verdict":"deny","basis":"rule","rule":"tcp:*","lifetime":null,
            "capability":"tcp","target":"cache.internal:6379 (10.1.7.20)","class":"private","declared":true,
            "call_site":["cache::open\u001b","cache::run"]}"#;
        assert_eq!(
            words(RowKind::Decision, text),
            "TCP cache.internal:6379 (10.1.7.20) — denied by the rule tcp:*, called from cache::open\\u{1b}",
            "no question, no clock"
        );
    }

    #[test]
    fn questions_and_the_network_are_sentences() {
        let text = r#"{"id":7,"capability":"udp","target":"10.0.0.1:53","class":"private","declared":false}"#;
        let wanted = "asks for UDP 10.0.0.1:53 (local network), which the node does not declare";
        assert_eq!(words(RowKind::Question, text), wanted);
        let text = r#"{"connection":1,"protocol":"tcp","target":"cache:6379","address":"10.1.7.20:6379",
            "state":"closed","detail":"by the node","bytes_up":14,"bytes_down":7}"#;
        let wanted = "TCP cache:6379 (10.1.7.20:6379) — closed, by the node, 14 B up, 7 B down";
        assert_eq!(words(RowKind::Network, text), wanted);
    }

    #[test]
    fn ends_are_told_plainly() {
        assert_eq!(words(RowKind::Finished, "limit"), "the run was stopped at a limit after 2.50 s");
        assert_eq!(words(RowKind::LeftOut, "12"), "12 lines were left out: the run passed its budget");
    }

    #[test]
    fn node_made_strings_cannot_act() {
        let text = r#"{"id":7,"capability":"oauth","target":"g\u001b[2J\u202e\nx","class":null,"declared":true}"#;
        assert_eq!(words(RowKind::Question, text), "asks for OAuth g\\u{1b}[2J\\u{202e}\\nx");
        assert_eq!(words(RowKind::Log, "a\u{1b}[31m\nb"), "a\\u{1b}[31m\nb", "lines of a message stay lines");
        assert!(words(RowKind::Decision, "{").contains("damaged"), "a damaged row is not a panic");
    }

    #[test]
    fn long_lines_are_cut_on_a_character() {
        let line = line(row(RowKind::Log, &"é".repeat(MAX_TEXT)), &Beside::default());
        assert!(line.cut && line.text.len() <= MAX_TEXT && line.text.ends_with('é'), "{} bytes", line.text.len());
        let whole = super::line(row(RowKind::Stream, &"x".repeat(MAX_TEXT)), &Beside::default());
        assert!(!whole.cut && whole.text.len() == MAX_TEXT);
    }
}
