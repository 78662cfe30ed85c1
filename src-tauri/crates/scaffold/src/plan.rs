//! What a new node is to be, and whether that can be.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::names;
use crate::pin::{DataType, Direction, Pin};

/// Labels that a node may declare, with what each is for.
pub const PERMISSIONS: [(&str, &str); 16] = [
    ("network:http", "HTTP requests"),
    ("network:websocket", "WebSocket sessions"),
    ("network:tcp", "TCP connections"),
    ("network:udp", "UDP packets"),
    ("network:dns", "looking names up"),
    ("storage:read", "reading files of the flow"),
    ("storage:write", "writing files of the flow"),
    ("database:read", "reading from a database"),
    ("database:write", "writing to a database"),
    ("variables", "variables of the flow"),
    ("cache", "a cache that lives as long as the run"),
    ("streaming", "text and progress while it runs"),
    ("models", "language and embedding models"),
    ("a2ui", "user interfaces made by the node"),
    ("oauth", "tokens of the user's accounts"),
    ("functions", "calling other flows"),
];

/// Pins of one node; a node with more wants an array or a struct.
const MAX_PINS: usize = 64;
/// Characters of a name, and of a description.
const MAX_NAME: usize = 100;
const MAX_TEXT: usize = 1_000;

/// A new node, as a form or a command line describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub language: Language,
    /// For people, such as `Word Count`. The node's id is made from it, see [`Plan::id`].
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// Where the node stands in the catalog, such as `Text/Analysis`; empty: `Custom`.
    #[serde(default)]
    pub category: String,
    pub pins: Vec<Pin>,
    /// Labels such as `network:http`; see [`PERMISSIONS`].
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Is made, with what is above it; may exist if it is empty.
    pub folder: PathBuf,
}

/// What stands in the way, and at which field of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// `name`, `description`, `category`, `folder`, `pins`, `pins[2].name`, `pins[2].default`, `permissions[0]`, …
    pub field: String,
    /// What is wrong and what to do: lower case, no full stop.
    pub message: String,
}

impl Plan {
    /// A plan with the two pins that nearly every node has: `exec` and `exec_out`.
    pub fn new(language: Language, name: &str, folder: impl Into<PathBuf>) -> Self {
        let exec = |name: &str, title: &str, direction| Pin {
            friendly_name: title.into(),
            ..Pin::new(name, direction, DataType::Execution)
        };
        Self {
            language,
            name: name.into(),
            description: String::new(),
            category: String::new(),
            pins: vec![exec("exec", "Run", Direction::Input), exec("exec_out", "Done", Direction::Output)],
            permissions: Vec::new(),
            folder: folder.into(),
        }
    }

    /// The node's identity in the contract: `Word Count` is `word_count`.
    pub fn id(&self) -> String {
        names::snake(&self.name, "my_node")
    }

    /// The name of its folder and package: `Word Count` is `word-count`.
    pub fn slug(&self) -> String {
        let slug = self.id().replace('_', "-");
        // Package managers keep some names for themselves.
        let kept = ["core", "alloc", "build", "deps", "examples", "incremental", "node", "node-modules"];
        if names::is_reserved(&slug) || kept.contains(&slug.as_str()) { slug + "-node" } else { slug }
    }

    /// Everything that stands in the way of [`Plan::write`], at its fields; empty where nothing does. Looks at the
    /// folder, blocking.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut problem = |field: &str, message: String| problems.push(Problem { field: field.into(), message });
        if self.name.trim().is_empty() {
            problem("name", "a node needs a name, such as Word Count".into());
        }
        for (field, text, limit) in [
            ("name", &self.name, MAX_NAME),
            ("category", &self.category, MAX_NAME),
            ("description", &self.description, MAX_TEXT),
        ] {
            if let Some(message) = text_problem(text, limit) {
                problem(field, message);
            }
        }
        if self.pins.len() > MAX_PINS {
            problem("pins", format!("{} pins; take an array or a struct for more than {MAX_PINS}", self.pins.len()));
        }
        for (at, pin) in self.pins.iter().enumerate() {
            self.check_pin(at, pin, &mut problem);
        }
        for (at, label) in self.permissions.iter().enumerate() {
            if let Some(message) = self.permission_problem(at, label) {
                problem(&format!("permissions[{at}]"), message);
            }
        }
        if let Some(message) = crate::write::folder_problem(&self.folder) {
            problem("folder", message);
        }
        problems
    }

    fn check_pin(&self, at: usize, pin: &Pin, problem: &mut impl FnMut(&str, String)) {
        let twice = self.pins.iter().take(at).any(|other| other.direction == pin.direction && other.name == pin.name);
        if pin.name.trim().is_empty() {
            problem(&format!("pins[{at}].name"), "a pin needs a name, such as input_text".into());
        } else if twice {
            let side = if pin.direction == Direction::Input { "input" } else { "output" };
            problem(&format!("pins[{at}].name"), format!("there is another {side} of this name; rename one"));
        }
        for (field, text, limit) in [
            ("name", &pin.name, MAX_NAME),
            ("friendly_name", &pin.friendly_name, MAX_NAME),
            ("description", &pin.description, MAX_TEXT),
        ] {
            if let Some(message) = text_problem(text, limit) {
                problem(&format!("pins[{at}].{field}"), message);
            }
        }
        if pin.is_exec() && pin.value_type != crate::pin::ValueType::Normal {
            problem(&format!("pins[{at}].value_type"), "an execution pin cannot be a collection".into());
        } else if let Some(message) = pin.default_problem() {
            problem(&format!("pins[{at}].default"), message);
        }
    }

    fn permission_problem(&self, at: usize, label: &str) -> Option<String> {
        if PERMISSIONS.iter().all(|(known, _)| *known != label) {
            let known: Vec<&str> = PERMISSIONS.iter().map(|(label, _)| *label).collect();
            return Some(format!("\"{}\" is not a permission; known are {}", label.escape_debug(), known.join(", ")));
        }
        if self.permissions.iter().take(at).any(|earlier| earlier == label) {
            return Some("it is there already; remove one".into());
        }
        (self.language == Language::Rust && label.starts_with("database:"))
            .then(|| "the Rust SDK has no such permission; choose another language, or leave it out".into())
    }
}

/// Names and descriptions stand on one line in code and in comments.
fn text_problem(text: &str, limit: usize) -> Option<String> {
    if text.chars().count() > limit {
        return Some(format!("at most {limit} characters, please"));
    }
    text.chars().any(char::is_control).then(|| "no line breaks or other control characters, please".into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn problems_stand_at_their_fields() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("there.txt"), "x").expect("written");
        let plan = Plan {
            name: " ".into(),
            description: "a\nb".into(),
            pins: ["a:in:integer", "a:in:string", "a:out:string", ":in:string", "b:in:integer=true"]
                .map(|text| text.parse().expect("a pin"))
                .into(),
            permissions: ["cache", "cache", "network", "database:read"].map(Into::into).into(),
            ..Plan::new(Language::Rust, "", folder.path())
        };
        let fields: Vec<String> = plan.check().into_iter().map(|problem| problem.field).collect();
        assert_eq!(
            fields,
            [
                "name",
                "description",
                "pins[1].name",
                "pins[3].name",
                "pins[4].default",
                "permissions[1]",
                "permissions[2]",
                "permissions[3]",
                "folder"
            ]
        );
        let plan = Plan::new(Language::Rust, "Word Count", folder.path().join("new/node"));
        assert_eq!(plan.check(), []);
        assert_eq!((plan.id(), plan.slug()), ("word_count".into(), "word-count".into()));
        assert_eq!(Plan { name: "Test".into(), ..plan }.slug(), "test-node");
    }

    #[test]
    fn a_plan_travels_as_json() {
        let text = json!({
            "language": "cpp", "name": "N", "folder": "/f",
            "pins": [{ "name": "a", "direction": "Input", "data_type": "Integer", "value_type": "Array", "default": [1] }],
        });
        let plan: Plan = serde_json::from_value(text).expect("a plan");
        assert_eq!(plan.pins[0].default, Some(json!([1])));
        let again: Plan = serde_json::from_value(serde_json::to_value(&plan).expect("JSON")).expect("a plan");
        assert_eq!(again, plan);
    }
}
