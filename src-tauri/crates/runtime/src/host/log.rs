//! Log lines: the node's own, and the workbench's about refused calls.

use super::{HostState, Reply};
use crate::event::{EventKind, Level, LogSource};
use crate::json::Json;

/// The longest line that is kept whole; of a longer one the beginning and a mark.
pub(super) const MAX_LINE: usize = 4 << 20;

/// How much of a guest's argument a line of the workbench repeats.
const MAX_SHOWN: usize = 160;

impl HostState {
    pub(super) async fn log(&mut self, level: u8, message: &str) -> Reply {
        self.node_line(level, clipped(message)).await;
        Reply::Unit
    }

    pub(super) async fn log_json(&mut self, level: u8, message: &str, data: &str) -> Reply {
        self.node_line(level, clipped(&json_line(message, data))).await;
        Reply::Unit
    }

    async fn node_line(&self, level: u8, message: String) {
        let level = Level::from_number(level);
        self.run.events.emit(EventKind::Log { level, source: LogSource::Node, message }).await;
    }

    /// Says in the run's log why a call gave the guest nothing.
    pub(super) async fn refused(&self, call: &str, argument: &str, reason: impl std::fmt::Display) {
        let line = if argument.is_empty() {
            format!("{call}: {reason}")
        } else {
            format!("{call} {}: {reason}", shown(argument))
        };
        self.run.events.host(Level::Warn, line).await;
    }

    /// [`HostState::refused`], at most once in a run for the same key.
    pub(super) async fn refused_once(&self, key: String, call: &str, reason: impl std::fmt::Display) {
        let first = {
            let mut noted = super::locked(&self.run.shared.noted);
            noted.insert(key)
        };
        if first {
            self.refused(call, "", reason).await;
        }
    }
}

/// The one message that `log_json` stands for: the spelling of the SDK.
fn json_line(message: &str, data: &str) -> String {
    let data = if data.trim().is_empty() { Json::null() } else { json_or_string(data) };
    format!("{{\"message\":{},\"data\":{data}}}", Json::string(message))
}

/// The value that the text spells, or the JSON string that holds it.
pub(super) fn json_or_string(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|_| Json::string(text))
}

/// A guest's text for a line of the workbench: quoted, escaped, bounded.
pub(super) fn shown(text: &str) -> String {
    let head = &text[..text.floor_char_boundary(MAX_SHOWN)];
    let more = if head.len() < text.len() { "…" } else { "" };
    format!("\"{}{more}\"", head.escape_debug())
}

fn clipped(message: &str) -> String {
    if message.len() <= MAX_LINE {
        return message.to_owned();
    }
    let cut = message.floor_char_boundary(MAX_LINE);
    format!("{}… [{} bytes of this line left out]", &message[..cut], message.len() - cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_hold_message_and_data() {
        assert_eq!(
            json_line("a \"b\"", r#"{"n":9007199254740993}"#),
            r#"{"message":"a \"b\"","data":{"n":9007199254740993}}"#
        );
        assert_eq!(json_line("m", ""), r#"{"message":"m","data":null}"#, "no data is null");
        assert_eq!(
            json_line("m", "not json"),
            r#"{"message":"m","data":"not json"}"#,
            "other text is kept as a string"
        );
    }

    #[test]
    fn arguments_are_shown_escaped_and_bounded() {
        assert_eq!(shown("a\u{1b}[31m\n\"x\""), r#""a\u{1b}[31m\n\"x\"""#);
        assert_eq!(shown("\u{202e}evil"), r#""\u{202e}evil""#, "bidi controls are escaped");
        let long = "é".repeat(10_000);
        let text = shown(&long);
        assert!(text.len() < 200 && text.ends_with("…\""), "bounded at a character: {text}");
    }

    #[test]
    fn an_endless_line_is_cut_with_a_mark() {
        let line = clipped(&"ä".repeat(MAX_LINE));
        assert!(line.len() < MAX_LINE + 100, "bounded");
        assert!(line.ends_with(&format!("[{MAX_LINE} bytes of this line left out]")), "says how much is missing");
        assert_eq!(clipped("short"), "short");
    }
}
