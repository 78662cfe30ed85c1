//! What `watch` prints when a node's definition changed.

use runtime::definition::diff;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct PackageChanges {
    pub compatible: bool,
    /// Breaking ones first in each node.
    pub changes: Vec<Change>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// Null for nodes that came or went.
    pub node: Option<String>,
    /// A stable word, such as `pin-added`.
    pub kind: &'static str,
    pub text: String,
    pub breaking: bool,
}

impl From<&diff::PackageChanges> for PackageChanges {
    fn from(package: &diff::PackageChanges) -> Self {
        let list = |node: Option<&String>, changes: &diff::Changes| {
            let node = node.cloned();
            let counterpart = move |change: &diff::Change| Change {
                node: node.clone(),
                kind: change.kind.name(),
                text: change.text.clone(),
                breaking: change.breaking,
            };
            changes.list.iter().map(counterpart).collect::<Vec<_>>()
        };
        let mut changes = list(None, &package.nodes);
        for (node, inner) in &package.changed {
            changes.extend(list(Some(node), inner));
        }
        Self { compatible: package.compatible(), changes }
    }
}
