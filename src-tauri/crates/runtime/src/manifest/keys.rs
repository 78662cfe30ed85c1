//! The keys that a manifest may have, and what is said of others.
//!
//! Flow-Like ignores a key that it does not know. A slip in one that restricts would then widen what the author meant:
//! a list of hosts under another name holds as "no host", and says so.

use toml::{Table, Value};

use crate::definition::Problem;
use crate::text::{nearest, quoted};

pub const HOSTS: &str = "allowed_hosts";

/// The tables with keys of their own, by their place; arrays of tables count as one.
const KNOWN: [(&str, &[&str]); 9] = [
    (
        "",
        &[
            "manifest_version",
            "id",
            "name",
            "version",
            "description",
            "authors",
            "license",
            "repository",
            "homepage",
            "permissions",
            "nodes",
            "keywords",
            "primary_category",
            "secondary_category",
            "min_flow_like_version",
            "wasm_path",
            "wasm_hash",
            "widgets",
            "widget_bundle_path",
            "widget_bundle_hash",
            "metadata",
            "workbench",
        ],
    ),
    (
        "permissions",
        &[
            "memory",
            "timeout",
            "network",
            "filesystem",
            "database",
            "oauth_scopes",
            "variables",
            "cache",
            "streaming",
            "a2ui",
            "models",
        ],
    ),
    ("permissions.network", &["http_enabled", "websocket_enabled", "tcp_enabled", "udp_enabled", "dns_enabled", HOSTS]),
    ("permissions.filesystem", &["node_storage", "user_storage", "upload_dir", "cache_dir"]),
    ("permissions.database", &["read", "write"]),
    ("permissions.oauth_scopes", &["provider", "scopes", "reason", "required"]),
    ("workbench", &["build", "watch"]),
    ("nodes", &["id", "name", "description", "category", "icon", "oauth_providers", "permissions", "metadata"]),
    ("authors", &["name", "email", "url"]),
];
/// Tables in which anything may stand.
const FREE: [&str; 3] = ["metadata", "nodes.metadata", "widgets"];
/// Lists of tables.
const LISTS: [&str; 4] = ["permissions.oauth_scopes", "nodes", "authors", "widgets"];
/// Problems about keys that are listed.
const MAX_PROBLEMS: usize = 20;
/// How deep tables are looked into.
const MAX_DEPTH: usize = 16;

/// What is said of the keys, and whether a list of hosts was found where it restricts nothing.
#[derive(Default)]
pub struct Checked {
    pub problems: Vec<Problem>,
    pub stray_hosts: bool,
}

pub fn check(table: &Table) -> Checked {
    let mut checked = Checked::default();
    checked.table(table, "", 0);
    let more = checked.problems.len().saturating_sub(MAX_PROBLEMS);
    if more > 0 {
        checked.problems.truncate(MAX_PROBLEMS);
        checked.problems.push(Problem::warning("unknown-key", format!("{more} more keys are not known")));
    }
    checked
}

impl Checked {
    /// `place` is the dotted path of the table.
    fn table(&mut self, table: &Table, place: &str, depth: usize) {
        if depth > MAX_DEPTH || FREE.contains(&place) {
            return;
        }
        let known = KNOWN.iter().find(|(known, _)| *known == place).map(|(_, keys)| *keys);
        for (key, value) in table {
            let path = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            let is_known = known.is_some_and(|keys| keys.contains(&key.as_str()));
            if !is_known && means_hosts(key, value) {
                self.stray_hosts = true;
                let message = format!(
                    "{} restricts nothing there, so no host counts as allowed; write it as \
                     \"permissions.network.{HOSTS}\"",
                    quoted(&path)
                );
                self.problems.push(Problem::error("stray-hosts", message));
            } else if let Some(keys) = known.filter(|_| !is_known) {
                self.problems.push(unknown(&path, key, place, keys));
            }
            self.inside(value, &path, depth + 1);
        }
    }

    fn inside(&mut self, value: &Value, place: &str, depth: usize) {
        match value {
            Value::Table(table) => self.table(table, place, depth),
            Value::Array(values) if depth <= MAX_DEPTH => {
                // A list where one table is wanted is not read, so nothing in it restricts.
                let place = if LISTS.contains(&place) { place.to_owned() } else { format!("{place}[]") };
                values.iter().for_each(|value| self.inside(value, &place, depth + 1));
            }
            _ => {}
        }
    }
}

/// The key in words that can be compared: `allowedHosts`, `allowed-host` and `ALLOWED_HOSTS` are one.
fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether somebody meant to list the hosts with it.
fn means_hosts(key: &str, value: &Value) -> bool {
    let key = plain(key);
    let lists = matches!(value, Value::Array(_) | Value::String(_));
    let says = ["host", "domain", "allowlist", "whitelist"].iter().any(|word| key.contains(word));
    lists && (says || nearest(&key, ["allowedhosts"]).is_some())
}

fn unknown(path: &str, key: &str, place: &str, keys: &[&'static str]) -> Problem {
    let key = plain(key);
    let near = keys.iter().copied().find(|known| plain(known) == key);
    // A word of it, such as `http_enable` or `http`, is nearer than another that is as long.
    let near = near.or_else(|| nearest(&key, keys.iter().copied().filter(|known| !known.is_empty())));
    let near = near.or_else(|| keys.iter().copied().find(|known| key.len() > 2 && plain(known).starts_with(&key)));
    let dot = if place.is_empty() { "" } else { "." };
    let elsewhere = || KNOWN.iter().find(|(_, keys)| keys.iter().any(|known| plain(known) == key));
    match (near, elsewhere()) {
        (Some(near), _) => Problem::warning(
            "unknown-key",
            format!("{} is not a key and does nothing; did you mean \"{place}{dot}{near}\"?", quoted(path)),
        ),
        (None, Some((elsewhere, _))) if *elsewhere != place => Problem::warning(
            "unknown-key",
            format!("{} is not a key and does nothing; it belongs into \"[{elsewhere}]\"", quoted(path)),
        ),
        _ => Problem::info("unknown-key", format!("{} is not a key that is known here; it does nothing", quoted(path))),
    }
}
