//! The manifest's text.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use toml::{Table, Value};

use super::{BuildCommand, FILE_NAME, Manifest, NodeName, OAuthScope, keys};
use crate::definition::Problem;
use crate::error::LoadError;
use crate::limits::MIB;
use crate::text::{nearest, one_line, quoted, shortened, without_mark};

const MEMORY: [(&str, u64); 9] = [
    ("minimal", 16),
    ("light", 32),
    ("standard", 64),
    ("heavy", 128),
    ("intensive", 256),
    ("large", 512),
    ("huge", 1024),
    ("extreme", 2048),
    ("maximum", 4096),
];
const TIME: [(&str, u64); 6] =
    [("quick", 5), ("standard", 30), ("extended", 60), ("long_running", 300), ("very_long", 600), ("maximum", 1800)];
/// Hosts, scopes and nodes of one manifest that are kept.
const MAX_ENTRIES: usize = 1_000;
/// Characters of a build command: who allows it has to see all of it.
const MAX_COMMAND: usize = 500;

pub fn parse(path: &Path, text: &str) -> Result<(Manifest, Vec<Problem>), LoadError> {
    let file = file_name(path);
    let text = without_mark(text);
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let place = error.span().map(|span| place(text, span.start)).unwrap_or_default();
        LoadError::Manifest { file: file.clone(), reason: format!("it is not TOML: {}{place}", error.message()) }
    })?;
    let mut problems = Vec::new();
    let keys = keys::check(&table);
    let mut root = Reader { table: &table, place: String::new(), problems: &mut problems };
    root.check_version();
    let mut manifest = Manifest {
        path: path.into(),
        id: root.required_text("id"),
        name: root.required_text("name"),
        version: root.required_text("version"),
        wasm_path: root.wasm_path(),
        nodes: root.node_names(),
        ..Manifest::default()
    };
    if let Some(mut permissions) = root.table("permissions") {
        permissions.read_into(&mut manifest);
    }
    if let Some(mut workbench) = root.table("workbench") {
        manifest.build = workbench.build_command();
    }
    root.check_providers(&manifest);
    if keys.stray_hosts {
        manifest.allowed_hosts.get_or_insert_default();
    }
    problems.extend(keys.problems);
    for problem in &mut problems {
        problem.message = format!("{file}: {}", problem.message);
    }
    Ok((manifest, problems))
}

/// The line and the column of a byte, and what stands there.
fn place(text: &str, offset: usize) -> String {
    let (before, after) = text.split_at(text.floor_char_boundary(offset));
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(line_start..).map_or(0, |part| part.chars().count()) + 1;
    let rest = after.lines().next().unwrap_or_default();
    let line_text = [before.get(line_start..).unwrap_or_default(), rest].concat();
    let shown = if line_text.trim().is_empty() { String::new() } else { format!(": {}", quoted(line_text.trim())) };
    format!(" (line {line}, column {column}{shown})")
}

pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| FILE_NAME.to_owned(), |name| shortened(&name.to_string_lossy(), 80))
}

struct Reader<'a, 'p> {
    table: &'a Table,
    /// With a trailing dot, or empty for the root.
    place: String,
    problems: &'p mut Vec<Problem>,
}

impl<'a> Reader<'a, '_> {
    fn read_into(&mut self, manifest: &mut Manifest) {
        manifest.memory = self.tier("memory", &MEMORY).map(|mib| mib * MIB);
        manifest.time = self.tier("timeout", &TIME).map(Duration::from_secs);
        let mut labels = Vec::new();
        let flags = [
            ("variables", "variables"),
            ("cache", "cache"),
            ("streaming", "streaming"),
            ("a2ui", "a2ui"),
            ("models", "models"),
        ];
        labels.extend(flags.into_iter().filter(|(field, _)| self.flag(field)).map(|(_, label)| label));
        if let Some(mut network) = self.table("network") {
            manifest.allowed_hosts = network.hosts();
            let flags = [
                ("http_enabled", "network:http"),
                ("websocket_enabled", "network:websocket"),
                ("tcp_enabled", "network:tcp"),
                ("udp_enabled", "network:udp"),
                ("dns_enabled", "network:dns"),
            ];
            labels.extend(flags.into_iter().filter(|(field, _)| network.flag(field)).map(|(_, label)| label));
        }
        if let Some(mut database) = self.table("database") {
            let flags = [("read", "database:read"), ("write", "database:write")];
            labels.extend(flags.into_iter().filter(|(field, _)| database.flag(field)).map(|(_, label)| label));
        }
        if let Some(mut filesystem) = self.table("filesystem") {
            let fields = ["node_storage", "user_storage", "upload_dir", "cache_dir"];
            // All four are read, so that each wrong one is reported.
            if fields.into_iter().filter(|field| filesystem.flag(field)).count() > 0 {
                labels.extend(["storage:read", "storage:write"]);
            }
        }
        manifest.oauth_scopes = self.oauth_scopes();
        if !manifest.oauth_scopes.is_empty() {
            labels.push("oauth");
        }
        manifest.permissions = labels.into_iter().map(Into::into).collect();
    }

    /// An empty list restricts nothing: that is how templates write "any host". One of which nothing can be used still
    /// restricts: to no host.
    fn hosts(&mut self) -> Option<Vec<String>> {
        let mut hosts = Vec::new();
        let restricts =
            self.table.get(keys::HOSTS).is_some_and(|hosts| hosts.as_array().is_none_or(|list| !list.is_empty()));
        for host in self.texts(keys::HOSTS) {
            let host = host.trim();
            if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/') {
                let message = format!("{} is not a host; write a name such as \"*.example.com\"", quoted(host));
                self.problem("odd-host", &format!("\"{}allowed_hosts\": {message}", self.place));
                continue;
            }
            hosts.push(host.to_ascii_lowercase());
        }
        restricts.then_some(hosts)
    }

    /// Where it leads is for who reads the file to say: only the disk tells.
    fn wasm_path(&mut self) -> Option<PathBuf> {
        let text = self.text("wasm_path").filter(|path| !path.is_empty())?;
        if Path::new(&text).is_relative() {
            return Some(text.into());
        }
        self.problems.push(super::leads_out(&text));
        None
    }

    /// What the entries of `[[nodes]]` call their nodes.
    fn node_names(&mut self) -> Vec<NodeName> {
        let text = |table: &Table, key| table.get(key).and_then(Value::as_str).map(str::to_owned);
        let tables = self.table.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let tables = tables.iter().take(MAX_ENTRIES).filter_map(Value::as_table);
        tables.map(|table| NodeName { id: text(table, "id"), name: text(table, "name") }).collect()
    }

    fn oauth_scopes(&mut self) -> Vec<OAuthScope> {
        let mut scopes = Vec::new();
        for (position, table) in self.tables("oauth_scopes").into_iter().enumerate() {
            let place = format!("{}oauth_scopes[{position}].", self.place);
            let mut entry = Reader { table, place, problems: self.problems };
            let Some(provider) = entry.required_text("provider") else { continue };
            scopes.push(OAuthScope {
                provider,
                scopes: entry.texts("scopes"),
                reason: entry.text("reason").unwrap_or_default(),
                required: entry.flag("required"),
            });
        }
        scopes
    }

    fn build_command(&mut self) -> Option<BuildCommand> {
        let watch = self.watched();
        let Some(command) = self.text("build") else {
            if !watch.is_empty() {
                self.problem(
                    "missing-field",
                    "\"workbench.watch\" is of no use without \"workbench.build\"; write one",
                );
            }
            return None;
        };
        let command = command.trim();
        let odd = if command.is_empty() {
            "is empty; write the command that builds the node"
        } else if command.chars().count() > MAX_COMMAND {
            "has more than 500 characters; put them in a script and name that"
        } else if one_line(command) != command {
            "is more than one line of plain text; put it in a script and name that"
        } else {
            return Some(BuildCommand { command: command.into(), watch });
        };
        self.problem("odd-build-command", &format!("\"workbench.build\" {odd}"));
        None
    }

    /// Paths that lead out of the folder are left out.
    fn watched(&mut self) -> Vec<PathBuf> {
        let mut watched = Vec::new();
        for text in self.texts("watch") {
            let path = Path::new(&text);
            let inside = |part: Component| matches!(part, Component::Normal(_) | Component::CurDir);
            if text.trim().is_empty() || !path.components().all(inside) {
                let message = format!("{} is not a path inside the folder; write one such as \"src\"", quoted(&text));
                self.problem("odd-watch", &format!("\"workbench.watch\": {message}"));
                continue;
            }
            // Without the dots: what is found below is compared with it.
            watched.push(path.components().filter(|part| matches!(part, Component::Normal(_))).collect());
        }
        // The folder itself is what is watched without a list.
        if watched.iter().any(|path: &PathBuf| path.as_os_str().is_empty()) { Vec::new() } else { watched }
    }

    fn check_version(&mut self) {
        match self.table.get("manifest_version") {
            None => self.problem("missing-field", "\"manifest_version\" is missing; write manifest_version = 1"),
            Some(Value::Integer(1 | 2)) => {}
            Some(other) => {
                let message = format!("\"manifest_version\" is {}, known are 1 and 2", shown(other));
                self.problem("unknown-manifest-version", &message);
            }
        }
    }

    /// A node can only use providers that the manifest asks for.
    fn check_providers(&mut self, manifest: &Manifest) {
        for (position, node) in self.tables("nodes").into_iter().enumerate() {
            let place = format!("nodes[{position}].");
            let mut node = Reader { table: node, place, problems: self.problems };
            for provider in node.texts("oauth_providers") {
                if manifest.oauth_scopes.iter().all(|scope| scope.provider != provider) {
                    let message = format!(
                        "\"{}oauth_providers\" names {}, which \"permissions.oauth_scopes\" does not",
                        node.place,
                        quoted(&provider)
                    );
                    node.problem("undeclared-oauth-provider", &message);
                }
            }
        }
    }

    fn tier(&mut self, field: &str, tiers: &[(&'static str, u64)]) -> Option<u64> {
        let name = self.text(field)?;
        if let Some((_, amount)) = tiers.iter().find(|(tier, _)| tier.eq_ignore_ascii_case(&name)) {
            return Some(*amount);
        }
        let names: Vec<&str> = tiers.iter().map(|(tier, _)| *tier).collect();
        // A slip must not give more than was meant.
        let near = nearest(&name, names.iter().copied());
        let advice = match near {
            Some(near) => format!("read as \"{near}\""),
            None => format!("the default is used, known are {}", names.join(", ")),
        };
        let message = format!("\"{}{field}\" is {}, not a tier; {advice}", self.place, quoted(&name));
        self.problem("unknown-tier", &message);
        tiers.iter().find(|(tier, _)| Some(*tier) == near).map(|(_, amount)| *amount)
    }

    fn required_text(&mut self, field: &str) -> Option<String> {
        let text = self.text(field).filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.problem("missing-field", &format!("\"{}{field}\" is missing or empty; write one", self.place));
        }
        text
    }

    fn text(&mut self, field: &str) -> Option<String> {
        match self.table.get(field)? {
            Value::String(text) => Some(text.clone()),
            other => {
                self.wrong_type(field, "a string", other);
                None
            }
        }
    }

    fn flag(&mut self, field: &str) -> bool {
        match self.table.get(field) {
            None => false,
            Some(Value::Boolean(flag)) => *flag,
            Some(other) => {
                self.wrong_type(field, "true or false", other);
                false
            }
        }
    }

    fn texts(&mut self, field: &str) -> Vec<String> {
        let mut texts = Vec::new();
        if let Some(Value::String(text)) = self.table.get(field) {
            let message =
                format!("\"{}{field}\" is a string, read as a list of that one; write [{}]", self.place, quoted(text));
            self.problem("wrong-type", &message);
            return vec![text.clone()];
        }
        for value in self.array(field) {
            match value {
                Value::String(text) => texts.push(text.clone()),
                other => self.wrong_type(field, "an array of strings", other),
            }
        }
        texts
    }

    fn array(&mut self, field: &str) -> &'a [Value] {
        match self.table.get(field) {
            None => &[],
            Some(Value::Array(values)) => values.get(..MAX_ENTRIES).unwrap_or(values),
            Some(other) => {
                self.wrong_type(field, "an array", other);
                &[]
            }
        }
    }

    fn table(&mut self, field: &str) -> Option<Reader<'a, '_>> {
        match self.table.get(field)? {
            Value::Table(table) => {
                let place = format!("{}{field}.", self.place);
                Some(Reader { table, place, problems: self.problems })
            }
            other => {
                self.wrong_type(field, "a table", other);
                None
            }
        }
    }

    fn tables(&mut self, field: &str) -> Vec<&'a Table> {
        let mut tables = Vec::new();
        for value in self.array(field) {
            match value {
                Value::Table(table) => tables.push(table),
                other => self.wrong_type(field, "an array of tables", other),
            }
        }
        tables
    }

    fn problem(&mut self, code: &'static str, message: &str) {
        self.problems.push(Problem::warning(code, message));
    }

    fn wrong_type(&mut self, field: &str, wanted: &str, found: &Value) {
        let message = format!("\"{}{field}\" is {}, not {wanted}; it is not used", self.place, shown(found));
        self.problem("wrong-type", &message);
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the string {}", quoted(text)),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Datetime(date) => date.to_string(),
        Value::Array(_) => "an array".into(),
        Value::Table(_) => "a table".into(),
    }
}
