//! Flow-Like's lint: its rules, levels and names, in its order. It looks at the document as it is written, with its exact
//! spellings: a data type "Exec" is not "Execution" to it.

use std::collections::HashSet;

use serde_json::Value;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Publishing is refused.
    Error,
    /// Shown.
    Warning,
    /// Shown quietly.
    Info,
}

impl Level {
    /// The level's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How much it weighs.
    pub level: Level,
    /// The rule's name.
    pub rule: &'static str,
    /// The pin, where the finding is at one.
    pub pin: Option<String>,
}

/// The findings in one node's document, rule by rule, pins in their order.
///
/// ```
/// let node = serde_json::json!({
///     "name": "n", "description": "d", "category": "C", "icon": "/i", "scores": {},
///     "pins": [{"name": "a", "pin_type": "Input", "data_type": "String", "description": "x"}],
/// });
/// let issues = contract::lint(&node);
/// assert_eq!((issues[0].rule, issues[0].pin.as_deref()), ("no-default", Some("a")));
/// ```
pub fn lint(node: &Value) -> Vec<Issue> {
    let empty = Vec::new();
    let pins: Vec<Pin<'_>> = node["pins"].as_array().unwrap_or(&empty).iter().map(Pin).collect();
    let mut found = Found(Vec::new());
    names(&pins, &mut found);
    exec_sides(&pins, &mut found);
    found.pins(Level::Warning, "generic-pin", &pins, |pin| pin.is("data_type", "Generic"));
    found.node(Level::Warning, "no-description", is_blank(&node["description"]));
    found.node(Level::Warning, "no-scores", node["scores"].is_null());
    found.node(Level::Info, "no-icon", is_blank(&node["icon"]));
    found.pins(Level::Warning, "pin-no-description", &pins, |pin| !pin.is_exec() && is_blank(&pin.0["description"]));
    found.pins(Level::Info, "no-default", &pins, |pin| {
        pin.is_input() && !pin.is_exec() && pin.0["default_value"].is_null()
    });
    found.pins(Level::Warning, "struct-without-schema", &pins, |pin| {
        pin.is("data_type", "Struct") && is_blank(&pin.0["schema"])
    });
    found.node(Level::Warning, "no-category", is_blank(&node["category"]));
    found.pins(Level::Error, "root-array-schema", &pins, |pin| pin.has_array_schema());
    found.0
}

struct Pin<'a>(&'a Value);

impl Pin<'_> {
    fn is(&self, member: &str, text: &str) -> bool {
        self.0[member].as_str() == Some(text)
    }

    fn is_input(&self) -> bool {
        self.is("pin_type", "Input")
    }

    fn is_output(&self) -> bool {
        self.is("pin_type", "Output")
    }

    fn is_exec(&self) -> bool {
        self.is("data_type", "Execution")
    }

    fn name(&self) -> &str {
        self.0["name"].as_str().unwrap_or_default()
    }

    fn has_array_schema(&self) -> bool {
        let schema = self.0["schema"].as_str().unwrap_or_default();
        serde_json::from_str::<Value>(schema).is_ok_and(|schema| schema["type"].as_str() == Some("array"))
    }
}

struct Found(Vec<Issue>);

impl Found {
    fn node(&mut self, level: Level, rule: &'static str, applies: bool) {
        if applies {
            self.0.push(Issue { level, rule, pin: None });
        }
    }

    fn pins(&mut self, level: Level, rule: &'static str, pins: &[Pin<'_>], applies: impl Fn(&Pin<'_>) -> bool) {
        let found = pins.iter().filter(|pin| applies(pin));
        self.0.extend(found.map(|pin| Issue { level, rule, pin: Some(pin.name().to_owned()) }));
    }
}

fn names(pins: &[Pin<'_>], found: &mut Found) {
    let inputs: HashSet<&str> = pins.iter().filter(|pin| pin.is_input()).map(Pin::name).collect();
    found.pins(Level::Error, "io-name-collision", pins, |pin| pin.is_output() && inputs.contains(pin.name()));
}

fn exec_sides(pins: &[Pin<'_>], found: &mut Found) {
    let exec_in = pins.iter().any(|pin| pin.is_exec() && pin.is_input());
    let exec_out = pins.iter().any(|pin| pin.is_exec() && pin.is_output());
    found.node(Level::Error, "exec-out-without-exec-in", exec_out && !exec_in);
    found.node(Level::Error, "exec-in-without-exec-out", exec_in && !exec_out);
}

/// Absent, null, or nothing but white space, as JavaScript trims it.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.chars().all(|c| (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'),
        _ => false,
    }
}
