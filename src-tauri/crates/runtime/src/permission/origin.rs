//! What a file is, as far as a remembered answer is concerned: what made it, and what it says that it is.
//!
//! A rebuild of the same project is the same file, whatever its bytes. Another file in its place is another one, also
//! where path and node name are the same: no answer for the one holds for the other.

use serde::{Deserialize, Serialize};

use crate::definition::{DataType, Definition};
use crate::node::LoadedNode;
use crate::text::{quoted, shortened};

/// Names, labels and pins that are kept; more do not make the file more itself.
const KEPT: usize = 64;
const KEPT_CHARACTERS: usize = 80;
/// Pins that are told.
const TOLD: usize = 4;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// `component` or `core`.
    pub kind: String,
    /// What the file says that it was written in and made with, without versions, which change with each update.
    pub languages: Vec<String>,
    pub tools: Vec<String>,
    /// The id in the manifest that the file belongs to.
    pub project: Option<String>,
    pub title: String,
    pub category: String,
    /// Of data, with direction and type.
    pub pins: Vec<String>,
}

impl Origin {
    pub fn of(node: &LoadedNode, definition: &Definition) -> Self {
        let producers = &node.artifact.producers;
        Self {
            kind: node.artifact.kind.name().to_owned(),
            languages: names(&producers.language),
            tools: names(&[&producers.processed_by[..], &producers.sdk].concat()),
            project: node.manifest.as_ref().and_then(|manifest| manifest.id.clone()),
            title: shortened(&definition.friendly_name, KEPT_CHARACTERS),
            category: shortened(&definition.category, KEPT_CHARACTERS),
            pins: pins(definition),
        }
    }

    /// In what `now` is another file, in words; `None` where it is the same one, perhaps built again.
    pub fn difference(&self, now: &Self) -> Option<String> {
        let other_project = matches!((&self.project, &now.project), (Some(was), Some(is)) if was != is);
        if self.kind != now.kind || self.languages != now.languages || !related(&self.tools, &now.tools) {
            let [mut was, mut is] = [self.made(), now.made()];
            if was == is {
                was.push_str(&format!(", made by {}", list(&self.tools)));
                is.push_str(&format!(", made by {}", list(&now.tools)));
            }
            return Some(format!("this file was {was}; it is now {is}"));
        }
        if let (true, Some(was), Some(is)) = (other_project, &self.project, &now.project) {
            return Some(format!(
                "this file belonged to the project {}; it now belongs to {}",
                quoted(was),
                quoted(is)
            ));
        }
        (!self.is_defined_as(now)).then(|| format!("this node was {}; it is now {}", self.defined(), now.defined()))
    }

    /// For people: "a component in Rust".
    pub fn made(&self) -> String {
        let kind = if self.kind == "core" { "a core module" } else { "a component" };
        match (self.languages.as_slice(), self.tools.as_slice()) {
            ([], []) => format!("{kind} that does not say what made it"),
            ([], tools) => format!("{kind} made by {}", list(tools)),
            (languages, _) => format!("{kind} in {}", list(languages)),
        }
    }

    /// An author changes a definition piece by piece: half of what was known is still there.
    fn is_defined_as(&self, now: &Self) -> bool {
        let known = 2 + self.pins.len();
        let kept = usize::from(self.title == now.title)
            + usize::from(self.category == now.category)
            + self.pins.iter().filter(|pin| now.pins.contains(pin)).count();
        kept * 2 >= known
    }

    fn defined(&self) -> String {
        let pins = if self.pins.is_empty() { "no pins".to_owned() } else { list(&self.pins) };
        format!("{} in {} with {pins}", quoted(&self.title), quoted(&self.category))
    }
}

/// Whether two lists of tools may be of one project, which takes a tool more or less now and then.
fn related(was: &[String], is: &[String]) -> bool {
    was.is_empty() && is.is_empty() || was.iter().any(|name| is.contains(name))
}

fn names(producers: &[(String, String)]) -> Vec<String> {
    let mut names: Vec<_> = producers.iter().take(KEPT).map(|(name, _)| shortened(name, KEPT_CHARACTERS)).collect();
    names.sort();
    names.dedup();
    names
}

fn pins(definition: &Definition) -> Vec<String> {
    let data = definition.pins.iter().filter(|pin| pin.data_type != DataType::Execution);
    data.take(KEPT)
        .map(|pin| {
            let name = shortened(&pin.name, KEPT_CHARACTERS);
            format!("{} {name}: {}", pin.direction.name(), pin.data_type.name())
        })
        .collect()
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing that it names".to_owned();
    }
    let mut told = names.iter().take(TOLD).map(|name| shortened(name, KEPT_CHARACTERS)).collect::<Vec<_>>().join(", ");
    if names.len() > TOLD {
        told.push_str(&format!(" and {} more", names.len() - TOLD));
    }
    told
}

#[cfg(test)]
mod tests;
