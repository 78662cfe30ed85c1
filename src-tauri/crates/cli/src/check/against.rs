//! What changed since a published version.

use std::path::Path;

use runtime::definition::diff::{Change, Changes, diff_packages};
use runtime::definition::{self, Definition};
use runtime::text::one_line;
use runtime::workbench::Workbench;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::open;
use crate::terminal::Style;

/// The definitions of a file: a node, or a definition document (`.json`).
pub async fn read(workbench: &Workbench, file: &Path, cancel: &CancellationToken) -> Result<Vec<Definition>, String> {
    let place = |error: String| format!("\"{}\": {error}", file.display());
    if file.extension().is_some_and(|ending| ending == "json") {
        let text = std::fs::read_to_string(file).map_err(|error| place(error.to_string()))?;
        return definition::parse(&text).map(|(nodes, _)| nodes).map_err(|error| place(error.to_string()));
    }
    let node =
        open::load(workbench, workbench.engine(), file, cancel).await.map_err(|error| place(error.to_string()))?;
    Ok(node.definitions.clone())
}

/// The changes, pin by pin as the workbench tells them, and node by node as Flow-Like does.
pub struct Since {
    lines: Vec<(String, Change)>,
    added: Vec<String>,
    removed: Vec<String>,
    described: Vec<String>,
    unchanged: Vec<String>,
}

impl Since {
    pub fn new(old: &[Definition], new: &[Definition]) -> Self {
        let package = diff_packages(old, new);
        let of = |node: &str, changes: &Changes| -> Vec<(String, Change)> {
            changes.list.iter().map(|change| (node.to_owned(), change.clone())).collect()
        };
        let mut lines = of("", &package.nodes);
        lines.extend(package.changed.iter().flat_map(|(node, changes)| of(node, changes)));
        let names = |some: &[Definition], others: &[Definition]| -> Vec<String> {
            let is_new = |node: &&Definition| !others.iter().any(|other| other.name == node.name);
            some.iter().filter(is_new).map(|node| node.name.clone()).collect()
        };
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let both = || new.iter().filter_map(|node| Some((node, old.iter().find(|other| other.name == node.name)?)));
        let (described, unchanged): (Vec<_>, Vec<_>) =
            both().partition(|(node, before)| words(&node.description) != words(&before.description));
        let named = |pairs: Vec<(&Definition, &Definition)>| pairs.iter().map(|(node, _)| node.name.clone()).collect();
        Self {
            lines,
            added: names(new, old),
            removed: names(old, new),
            described: named(described),
            unchanged: named(unchanged),
        }
    }

    fn is_compatible(&self) -> bool {
        self.lines.iter().all(|(_, change)| !change.breaking)
    }

    pub fn document(&self) -> Value {
        let line = |(node, change): &(String, Change)| {
            json!({
                "node": if node.is_empty() { Value::Null } else { json!(node) },
                "kind": change.kind.name(), "text": change.text, "breaking": change.breaking,
            })
        };
        json!({
            "compatible": self.is_compatible(),
            "list": self.lines.iter().map(line).collect::<Vec<_>>(),
            "flow_like": {
                "added": self.added, "removed": self.removed, "changed": self.described, "unchanged": self.unchanged,
            },
        })
    }

    /// Lines for people.
    pub fn page(&self, style: Style) -> String {
        if self.lines.is_empty() {
            return "no changes\n".to_owned();
        }
        let word = if self.is_compatible() { "compatible".to_owned() } else { style.red("breaking") };
        let mut page = format!("changes: {word}\n");
        for (node, change) in &self.lines {
            let mark = if change.breaking { style.red("breaking: ") } else { String::new() };
            let node = if node.is_empty() { String::new() } else { format!("{}: ", one_line(node)) };
            page.push_str(&format!("  {mark}{node}{}\n", one_line(&change.text)));
        }
        page
    }
}
