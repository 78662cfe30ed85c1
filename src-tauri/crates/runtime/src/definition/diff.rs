//! What changed between two builds of a node or a package, and whether what uses the node still fits.
//!
//! A change breaks what was built on the node when a pin or a choice that existed is gone, or a value means something
//! else now. Additions, texts and permissions do not: new permissions are asked for when they are used.

use std::collections::HashSet;

use super::{Definition, Direction, Pin};
use crate::text::quoted;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    NodeAdded,
    NodeRemoved,
    PinAdded,
    PinRemoved,
    PinRenamed,
    PinRetyped,
    /// Range, step, valid values, schema or one of the flags.
    PinLimits,
    Default,
    PermissionAdded,
    PermissionRemoved,
    /// Texts, icon, order, scores: nothing that a run depends on.
    Meta,
}

impl ChangeKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeAdded => "node-added",
            Self::NodeRemoved => "node-removed",
            Self::PinAdded => "pin-added",
            Self::PinRemoved => "pin-removed",
            Self::PinRenamed => "pin-renamed",
            Self::PinRetyped => "pin-retyped",
            Self::PinLimits => "pin-limits",
            Self::Default => "default",
            Self::PermissionAdded => "permission-added",
            Self::PermissionRemoved => "permission-removed",
            Self::Meta => "meta",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: ChangeKind,
    /// One line.
    pub text: String,
    pub breaking: bool,
    /// The input pin, as it was called, whose values may be lost: it is gone, renamed or of another type.
    pub input: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Breaking ones first, else in the order of the definition.
    pub list: Vec<Change>,
    /// Names of input pins that were renamed, old to new: a form keeps their values.
    pub renamed: Vec<(String, String)>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether everything that was built on the old definition still fits.
    pub fn compatible(&self) -> bool {
        self.list.iter().all(|change| !change.breaking)
    }

    fn add(&mut self, kind: ChangeKind, breaking: bool, text: String) {
        self.list.push(Change { kind, text, breaking, input: None });
    }

    /// A breaking change that concerns the values that a pin was given.
    fn lose(&mut self, kind: ChangeKind, pin: &Pin, text: String) {
        let input = (pin.direction == Direction::Input).then(|| pin.name.clone());
        self.list.push(Change { kind, text, breaking: true, input });
    }
}

/// The changes of one node in a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageChanges {
    /// Nodes that came and went.
    pub nodes: Changes,
    /// Nodes that are in both builds and differ.
    pub changed: Vec<(String, Changes)>,
}

impl PackageChanges {
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.changed.is_empty()
    }

    pub fn compatible(&self) -> bool {
        self.nodes.compatible() && self.changed.iter().all(|(_, changes)| changes.compatible())
    }
}

/// Compares two packages node by node, matched by name.
pub fn diff_packages(old: &[Definition], new: &[Definition]) -> PackageChanges {
    let mut changes = PackageChanges::default();
    for node in old {
        match new.iter().find(|other| other.name == node.name) {
            Some(other) => {
                let inner = diff(node, other);
                if !inner.is_empty() {
                    changes.changed.push((node.name.clone(), inner));
                }
            }
            None => {
                let text = format!("node {} removed", quoted(&node.name));
                changes.nodes.add(ChangeKind::NodeRemoved, true, text);
            }
        }
    }
    for node in new.iter().filter(|node| old.iter().all(|other| other.name != node.name)) {
        changes.nodes.add(ChangeKind::NodeAdded, false, format!("node {} added", quoted(&node.name)));
    }
    changes
}

/// Compares two definitions of one node.
pub fn diff(old: &Definition, new: &Definition) -> Changes {
    let mut changes = Changes::default();
    if old.name != new.name {
        let text = format!("node {} is now {}", quoted(&old.name), quoted(&new.name));
        changes.add(ChangeKind::NodeRemoved, true, text);
    }
    for direction in [Direction::Input, Direction::Output] {
        pins(&mut changes, direction, old, new);
    }
    permissions(&mut changes, old, new);
    meta(&mut changes, old, new);
    changes.list.sort_by_key(|change| !change.breaking);
    changes
}

fn pins(changes: &mut Changes, direction: Direction, old: &Definition, new: &Definition) {
    let side = |definition: &Definition| -> Vec<(usize, Pin)> {
        definition.pins.iter().filter(|pin| pin.direction == direction).cloned().enumerate().collect()
    };
    let (old, new) = (side(old), side(new));
    let old_names: HashSet<_> = old.iter().map(|(_, pin)| pin.name.as_str()).collect();
    let new_by_name: std::collections::HashMap<_, _> = new.iter().map(|(_, pin)| (pin.name.as_str(), pin)).collect();
    let mut added: Vec<&(usize, Pin)> = new.iter().filter(|(_, pin)| !old_names.contains(pin.name.as_str())).collect();
    for (position, pin) in &old {
        if let Some(same) = new_by_name.get(pin.name.as_str()) {
            compare(changes, pin, same);
            continue;
        }
        let words = format!("{} pin {}", side_name(direction), quoted(&pin.name));
        match likely_rename(*position, pin, &added).and_then(|at| (at < added.len()).then(|| added.remove(at))) {
            Some((_, to)) => {
                changes.lose(ChangeKind::PinRenamed, pin, format!("{words} renamed to {}", quoted(&to.name)));
                if direction == Direction::Input {
                    changes.renamed.push((pin.name.clone(), to.name.clone()));
                }
                compare(changes, pin, to);
            }
            None => changes.lose(ChangeKind::PinRemoved, pin, format!("{words} removed")),
        }
    }
    for (_, pin) in added {
        let words = format!("{} pin {} ({}) added", side_name(direction), quoted(&pin.name), pin.type_name());
        changes.add(ChangeKind::PinAdded, false, words);
    }
    let kept = |pins: &[(usize, Pin)], others: &HashSet<&str>| -> Vec<String> {
        pins.iter().map(|(_, pin)| pin.name.clone()).filter(|name| others.contains(name.as_str())).collect()
    };
    let new_names: HashSet<_> = new.iter().map(|(_, pin)| pin.name.as_str()).collect();
    if kept(&old, &new_names) != kept(&new, &old_names) {
        changes.add(ChangeKind::Meta, false, format!("{} pins reordered", side_name(direction)));
    }
}

/// Which of the added pins the missing one most likely became: same type, and the same place, friendly name or
/// description.
fn likely_rename(position: usize, pin: &Pin, added: &[&(usize, Pin)]) -> Option<usize> {
    let same_type = |other: &Pin| (other.data_type, other.value_type) == (pin.data_type, pin.value_type);
    let likeness = |at: usize, other: &Pin| {
        let friendly = pin.friendly_name != pin.name && other.friendly_name == pin.friendly_name;
        let description = !pin.description.is_empty() && other.description == pin.description;
        u32::from(friendly) * 4 + u32::from(description) * 2 + u32::from(at == position)
    };
    added
        .iter()
        .enumerate()
        .filter(|(_, (_, other))| same_type(other))
        .map(|(index, (at, other))| (likeness(*at, other), index))
        .filter(|(likeness, _)| *likeness > 0)
        .max_by_key(|(likeness, index)| (*likeness, usize::MAX - index))
        .map(|(_, index)| index)
}

fn compare(changes: &mut Changes, old: &Pin, new: &Pin) {
    let words = format!("{} pin {}", side_name(new.direction), quoted(&new.name));
    if old.type_name() != new.type_name() {
        let text = format!("{words}: {} is now {}", old.type_name(), new.type_name());
        changes.lose(ChangeKind::PinRetyped, old, text);
    }
    if old.default_value != new.default_value {
        let show = |pin: &Pin| match &pin.default_value {
            Some(json) => crate::text::shortened(json.as_str(), 60),
            None => "none".into(),
        };
        let (old, new) = (show(old), show(new));
        // Long values may differ behind what is shown of them.
        let text = if old == new { "default changed".into() } else { format!("default {old} is now {new}") };
        changes.add(ChangeKind::Default, false, format!("{words}: {text}"));
    }
    limits(changes, &words, old, new);
    if old.friendly_name != new.friendly_name && old.friendly_name != old.name {
        let text = format!("{words}: called {} instead of {}", quoted(&new.friendly_name), quoted(&old.friendly_name));
        changes.add(ChangeKind::Meta, false, text);
    }
    if old.description != new.description {
        changes.add(ChangeKind::Meta, false, format!("{words}: description changed"));
    }
    if old.sensitive != new.sensitive {
        let text = format!("{words}: {}", if new.sensitive { "now sensitive" } else { "no longer sensitive" });
        changes.add(ChangeKind::Meta, false, text);
    }
}

fn limits(changes: &mut Changes, words: &str, old: &Pin, new: &Pin) {
    if old.range != new.range {
        let narrower = match (old.range, new.range) {
            (None, Some(_)) => true,
            (Some((low, high)), Some((new_low, new_high))) => new_low > low || new_high < high,
            (_, None) => false,
        };
        let show = |pin: &Pin| pin.range.map_or("any".into(), |(low, high)| format!("{low} to {high}"));
        let text = format!("{words}: range {} is now {}", show(old), show(new));
        changes.add(ChangeKind::PinLimits, narrower, text);
    }
    if old.valid_values != new.valid_values {
        let (text, narrower) = choices(old.valid_values.as_deref(), new.valid_values.as_deref());
        changes.add(ChangeKind::PinLimits, narrower, format!("{words}: {text}"));
    }
    if old.schema != new.schema {
        // Whether the new schema still takes old values is not known; a value that fitted may not fit now.
        let breaking = new.schema.is_some() && new.enforce_schema;
        changes.add(ChangeKind::PinLimits, breaking, format!("{words}: schema changed"));
    }
    let flags = |pin: &Pin| (pin.enforce_schema, pin.enforce_generic_value_type);
    if flags(old) != flags(new) {
        let stricter = (new.enforce_schema && !old.enforce_schema)
            || (new.enforce_generic_value_type && !old.enforce_generic_value_type);
        let text = format!("{words}: type checks are {}", if stricter { "stricter" } else { "looser" });
        changes.add(ChangeKind::PinLimits, stricter, text);
    }
    if old.step != new.step {
        changes.add(ChangeKind::PinLimits, false, format!("{words}: step changed"));
    }
}

fn choices(old: Option<&[String]>, new: Option<&[String]>) -> (String, bool) {
    let (Some(old), Some(new)) = (old, new) else {
        return match new {
            Some(_) => ("only some values are valid now".into(), true),
            None => ("every value is valid now".into(), false),
        };
    };
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        let those: HashSet<_> = those.iter().collect();
        these.iter().filter(|value| !those.contains(value)).take(10).map(|value| quoted(value)).collect()
    };
    let (gone, came) = (only(old, new), only(new, old));
    let mut parts = Vec::new();
    if !gone.is_empty() {
        parts.push(format!("no longer valid: {}", gone.join(", ")));
    }
    if !came.is_empty() {
        parts.push(format!("valid now: {}", came.join(", ")));
    }
    if parts.is_empty() {
        parts.push("valid values reordered".into());
    }
    (parts.join("; "), !gone.is_empty())
}

fn permissions(changes: &mut Changes, old: &Definition, new: &Definition) {
    for label in new.permissions.iter().filter(|label| !old.declares(label)) {
        changes.add(ChangeKind::PermissionAdded, false, format!("permission {} added", quoted(label)));
    }
    for label in old.permissions.iter().filter(|label| !new.declares(label)) {
        changes.add(ChangeKind::PermissionRemoved, false, format!("permission {} removed", quoted(label)));
    }
}

fn meta(changes: &mut Changes, old: &Definition, new: &Definition) {
    let texts = [("friendly name", &old.friendly_name, &new.friendly_name), ("category", &old.category, &new.category)];
    for (what, old, new) in texts {
        if old != new {
            changes.add(ChangeKind::Meta, false, format!("{what} {} is now {}", quoted(old), quoted(new)));
        }
    }
    let others = [
        ("description", old.description != new.description),
        ("icon", old.icon != new.icon),
        ("docs", old.docs != new.docs),
        ("scores", old.scores != new.scores),
        ("long-running mark", old.long_running != new.long_running),
        ("ABI version", old.abi_version != new.abi_version),
    ];
    for (what, _) in others.iter().filter(|(_, differs)| *differs) {
        changes.add(ChangeKind::Meta, false, format!("{what} changed"));
    }
}

fn side_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Input => "input",
        Direction::Output => "output",
    }
}

#[cfg(test)]
#[path = "diff/tests.rs"]
mod tests;
