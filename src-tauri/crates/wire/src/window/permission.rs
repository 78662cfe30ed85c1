//! Questions, answers, grants and the audit list.

use runtime::permission::Rule;
use runtime::text::elided;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A rule as programs and as people say it; both are bounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct RuleRow {
    pub rule: String,
    /// "Only 127.0.0.1 port 6379".
    pub words: String,
    /// `one`, `host`, `many` or `everything`.
    pub breadth: String,
}

impl From<&Rule> for RuleRow {
    fn from(rule: &Rule) -> Self {
        let text = elided(&rule.to_string(), 400);
        Self { rule: text, words: elided(&rule.words(), 300), breadth: rule.breadth().name().into() }
    }
}

impl RuleRow {
    /// A rule of the record, which may be from another version: one that is not understood stays as it is.
    pub fn recorded(text: &str) -> Self {
        match text.parse::<Rule>() {
            Ok(rule) => Self::from(&rule),
            Err(_) => Self { rule: elided(text, 400), words: elided(text, 300), breadth: "many".into() },
        }
    }
}

/// A question of a node to its user.
#[derive(Clone, Debug, Serialize, TS)]
pub struct QuestionRow {
    pub run: String,
    /// Unique in the run.
    #[ts(type = "number")]
    pub id: u64,
    pub file: String,
    pub node: String,
    /// Node-made, escaped and bounded.
    pub friendly_name: String,
    pub build: String,
    /// The rule name, such as `tcp`.
    pub capability: String,
    /// The label that would declare it, such as `network:tcp`.
    pub label: String,
    /// To follow the node's name: "wants to open a TCP connection".
    pub wish: String,
    /// As the node wrote it, escaped and bounded.
    pub target: String,
    pub host: Option<String>,
    pub address: Option<String>,
    pub port: Option<u16>,
    /// `loopback`, `private`, `link-local`, `metadata`, `shared`, `multicast`, `reserved` or `internet`.
    pub class: Option<String>,
    pub declared: bool,
    /// In what the file differs from the one that a remembered answer was given to; escaped and bounded.
    pub changed: Option<String>,
    /// Innermost first; empty where names are not there.
    pub call_site: Vec<String>,
    /// Rules that an answer may cover, narrowest first, never empty.
    pub scopes: Vec<RuleRow>,
    #[ts(type = "number")]
    pub asked_at: u64,
}

/// The user's answer to a question.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct AnswerRow {
    pub allow: bool,
    /// Index into the question's scopes.
    pub scope: usize,
    /// `once`, `run`, `session` or `always`.
    pub lifetime: String,
    /// With a denial: ends the run as well.
    pub stop_run: bool,
}

/// A remembered answer.
#[derive(Clone, Debug, Serialize, TS)]
pub struct GrantRow {
    #[ts(type = "number")]
    pub id: u64,
    pub file: String,
    pub node: String,
    pub rule: RuleRow,
    pub allow: bool,
    /// `run`, `session` or `always`.
    pub lifetime: String,
    pub build: String,
    /// What the file was when it was given: "a component in Rust". None for one that an older version kept.
    pub given_to: Option<String>,
    #[ts(type = "number")]
    pub at: u64,
}

/// One capability of a node, as the Permissions panel shows it.
#[derive(Clone, Debug, Serialize, TS)]
pub struct CapabilityRow {
    /// What a node declares, such as `network:tcp`; unknown labels stand here as they were declared.
    pub label: String,
    /// For people: `TCP`.
    pub title: String,
    pub declared: bool,
    /// False: the workbench does not know the label, and it grants nothing.
    pub known: bool,
    /// Whether the build's imports could ask for it.
    pub possible: bool,
    /// Requests in recorded runs of this node.
    pub allowed: u32,
    pub denied: u32,
    /// Remembered answers.
    pub grants: Vec<GrantRow>,
    /// The newest decision in words.
    pub last: Option<String>,
    /// "declared, never used in 27 runs" or "used but not declared: add "network:udp" to the permissions".
    pub advice: Option<String>,
}

/// A decision of the gate.
#[derive(Clone, Debug, Serialize, TS)]
pub struct AuditRow {
    #[ts(type = "number")]
    pub number: i64,
    #[ts(type = "number")]
    pub at: u64,
    pub run: String,
    pub file: String,
    pub node: String,
    pub build: String,
    pub capability: String,
    pub target: String,
    pub class: Option<String>,
    pub declared: bool,
    pub allow: bool,
    /// `rule`, `grant`, `answer`, `low-risk` or `default`.
    pub basis: String,
    pub rule: Option<RuleRow>,
    pub lifetime: Option<String>,
}
