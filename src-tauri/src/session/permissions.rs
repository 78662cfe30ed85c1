//! Answers that are remembered, and what a node declares, could ask for and used.

use std::collections::BTreeMap;

use runtime::definition::Definition;
use runtime::definition::labels;
use runtime::node::LoadedNode;
use runtime::permission::{Capability, Decision, Grant};
use runtime::record::{DecisionRow, DecisionsQuery, RunsQuery};
use runtime::text::shortened;
use wire::window::{AuditRow, CapabilityRow, GrantRow, RuleRow};

use super::sentences::capability;
use super::views::decision_words;
use super::{Session, millis};
use crate::error::{Error, Result};

/// Decisions and runs of a node that its capabilities are counted from.
const DECISIONS: u32 = 5000;
const RUNS: u32 = 200;
/// Rows of the audit list that are sent at once.
const PAGE: u32 = 500;

impl Session {
    pub fn grants(&self) -> Vec<GrantRow> {
        self.workbench.grants().list().iter().map(|grant| self.grant_row(grant)).collect()
    }

    fn grant_row(&self, grant: &Grant) -> GrantRow {
        GrantRow {
            id: grant.id,
            file: self.files.shown(&grant.identity.file),
            node: grant.identity.node.clone(),
            rule: RuleRow::from(&grant.rule),
            allow: grant.decision == Decision::Allow,
            lifetime: grant.lifetime.name().into(),
            build: grant.build.to_string(),
            given_to: grant.origin.as_ref().map(|origin| shortened(&origin.made(), 200)),
            at: millis(grant.at),
        }
    }

    /// Forgets an answer; connections that rest on it are closed.
    pub async fn revoke(&self, id: u64) -> Result<()> {
        let revoked = self.workbench.grants().revoke(id).await;
        self.permissions_changed();
        match revoked {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::new("no-grant", "the answer is not remembered any more")),
            Err(error) => Err(Error::new(
                "grants",
                format!("revoked until the app closes; it cannot be taken out of the file: {error}"),
            )),
        }
    }

    /// The audit list, newest first.
    pub async fn audit(
        &self,
        file: Option<&str>,
        node: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>> {
        let query = DecisionsQuery {
            file: file.map(|file| self.files.identity(file)),
            node: node.map(str::to_owned),
            run: None,
            before,
            limit: limit.min(PAGE),
        };
        self.catch_up_all().await?;
        let rows = self.workbench.recorder().record().ask(move |record| record.decisions(&query)).await?;
        Ok(rows.into_iter().map(|row| self.audit_row(row)).collect())
    }

    fn audit_row(&self, row: DecisionRow) -> AuditRow {
        AuditRow {
            number: row.number,
            at: millis(row.at),
            run: row.run.0.to_string(),
            file: self.files.shown(&row.file),
            node: row.node,
            build: row.build,
            capability: row.capability,
            target: shortened(&row.target, 500),
            class: row.class,
            declared: row.declared,
            allow: row.decision == "allow",
            basis: row.basis,
            rule: row.rule.as_deref().map(RuleRow::recorded),
            lifetime: row.lifetime,
        }
    }

    pub async fn capabilities(&self, file: &str, node: &str) -> Result<Vec<CapabilityRow>> {
        let build = self.files.build(file)?;
        let definition = build
            .definition(node)
            .ok_or_else(|| Error::new("unknown-node", "the file has no such node; choose another one"))?
            .clone();
        let identity = build.path.clone();
        let decisions = DecisionsQuery {
            file: Some(identity.clone()),
            node: Some(node.to_owned()),
            limit: DECISIONS,
            ..DecisionsQuery::default()
        };
        let runs = RunsQuery { file: Some(identity.clone()), node: Some(node.to_owned()), before: None, limit: RUNS };
        let ask =
            move |record: &runtime::record::Record| Ok((record.decisions(&decisions)?, record.runs(&runs)?.len()));
        self.catch_up_all().await?;
        let (used, runs) = self.workbench.recorder().record().ask(ask).await?;
        let grants = self.workbench.grants().list();
        let own = grants.iter().filter(|grant| grant.identity.file == identity && grant.identity.node == node);
        let grants: Vec<(String, GrantRow)> =
            own.map(|grant| (grant.rule.to_string(), self.grant_row(grant))).collect();
        Ok(rows(&definition, &could_ask(&build), &used, &grants, runs))
    }
}

/// The labels of what the build's imports could ask for.
fn could_ask(build: &LoadedNode) -> Vec<&'static str> {
    build.artifact.could_ask().into_iter().filter_map(capability).map(Capability::label).collect()
}

fn rows(
    definition: &Definition,
    possible: &[&'static str],
    used: &[DecisionRow],
    grants: &[(String, GrantRow)],
    runs: usize,
) -> Vec<CapabilityRow> {
    let mut rows: BTreeMap<String, CapabilityRow> = BTreeMap::new();
    for declared in &definition.permissions {
        row_of(&mut rows, labels::canonical(declared)).declared = true;
    }
    for label in possible {
        row_of(&mut rows, label).possible = true;
    }
    // Newest first.
    for decision in used {
        let Some(capability) = capability(&decision.capability) else { continue };
        let row = row_of(&mut rows, capability.label());
        match decision.decision.as_str() {
            "allow" => row.allowed += 1,
            _ => row.denied += 1,
        }
        row.last.get_or_insert_with(|| decision_words(decision));
    }
    for (rule, grant) in grants {
        let name = rule.split(':').next().unwrap_or_default();
        let label = match (capability(name), name) {
            (Some(capability), _) => capability.label(),
            (None, name) => name,
        };
        row_of(&mut rows, label).grants.push(grant.clone());
    }
    let mut rows: Vec<CapabilityRow> = rows.into_values().collect();
    for row in &mut rows {
        row.advice = advice(row, runs);
    }
    rows.sort_by_key(|row| (order(&row.label), row.label.clone()));
    rows
}

fn row_of<'a>(rows: &'a mut BTreeMap<String, CapabilityRow>, label: &str) -> &'a mut CapabilityRow {
    rows.entry(label.to_owned()).or_insert_with(|| CapabilityRow {
        label: label.to_owned(),
        title: title(label),
        declared: false,
        known: labels::is_known(label) || labels::is_harmless(label),
        possible: is_never_asked_for(label),
        allowed: 0,
        denied: 0,
        grants: Vec::new(),
        last: None,
        advice: None,
    })
}

/// What a node may do without a question, and what imports therefore say nothing about.
fn is_never_asked_for(label: &str) -> bool {
    labels::is_harmless(label) || Capability::ALL.into_iter().any(|known| !known.asks() && known.label() == label)
}

fn title(label: &str) -> String {
    match label {
        "network:tcp" => "TCP",
        "network:udp" => "UDP",
        "network:dns" => "DNS",
        "network:http" => "HTTP",
        "network:websocket" => "WebSocket",
        "oauth" => "OAuth",
        "models" => "Models",
        "variables" => "Variables",
        "cache" => "Cache",
        "streaming" => "Streaming",
        "storage:read" => "Storage (read)",
        "storage:write" => "Storage (write)",
        "database:read" => "Database (read)",
        "database:write" => "Database (write)",
        "functions" => "Functions",
        "a2ui" => "Generated interfaces",
        "image:processing" => "Images",
        "all" => "Everything",
        "network" => "The network",
        "storage" => "Storage",
        other => return shortened(other, 80),
    }
    .into()
}

fn order(label: &str) -> usize {
    let at = labels::KNOWN.iter().position(|known| *known == label);
    at.unwrap_or(labels::KNOWN.len())
}

fn advice(row: &CapabilityRow, runs: usize) -> Option<String> {
    let used = row.allowed + row.denied > 0;
    let shown = shortened(&row.label, 80);
    if !row.known && row.declared {
        return Some(format!(
            "the workbench does not know \"{shown}\"; it grants nothing, so remove it or fix its spelling"
        ));
    }
    if used && !row.declared {
        return Some(format!("used but not declared: add \"{shown}\" to the permissions"));
    }
    // Harmless labels and those that nothing here asks for are never seen to be used.
    let seen = Capability::ALL.into_iter().any(|capability| capability.label() == row.label);
    if row.declared && !used && seen && runs > 0 {
        let plural = if runs == 1 { "run" } else { "runs" };
        return Some(format!("declared, never used in {runs} {plural}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use runtime::event::RunId;

    use super::*;

    fn definition(permissions: &str) -> Definition {
        let text = format!(r#"{{"name":"n","permissions":{permissions}}}"#);
        runtime::definition::parse(&text).expect("a definition").0.remove(0)
    }

    fn decision(capability: &str, decision: &str) -> DecisionRow {
        DecisionRow {
            number: 1,
            at: SystemTime::now(),
            run: RunId("r".into()),
            file: "/n.wasm".into(),
            node: "n".into(),
            build: "b".into(),
            capability: capability.into(),
            target: "a:1".into(),
            class: None,
            declared: true,
            decision: decision.into(),
            basis: "answer".into(),
            rule: Some(format!("{capability}:a:1")),
            lifetime: Some("run".into()),
        }
    }

    fn grant(rule: &str) -> (String, GrantRow) {
        let row = GrantRow {
            id: 1,
            file: "/n.wasm".into(),
            node: "n".into(),
            rule: RuleRow::recorded(rule),
            allow: true,
            lifetime: "always".into(),
            build: "b".into(),
            given_to: None,
            at: 0,
        };
        (rule.to_owned(), row)
    }

    #[test]
    fn one_row_for_each_label() {
        let definition = definition(r#"["tcp","network:dns","quantum"]"#);
        let used = [decision("tcp", "allow"), decision("tcp-listen", "deny"), decision("udp", "deny")];
        let rows = rows(&definition, &["network:tcp", "network:http"], &used, &[grant("dns:*")], 27);
        let find = |label: &str| rows.iter().find(|row| row.label == label).expect("a row");
        assert_eq!(rows.len(), 5, "{rows:?}");

        let tcp = find("network:tcp");
        assert_eq!((tcp.title.as_str(), tcp.allowed, tcp.denied), ("TCP", 1, 1), "an older spelling is the same label");
        assert_eq!(tcp.last.as_deref(), Some("TCP a:1 — allowed for this run"));
        assert!(tcp.declared && tcp.possible && tcp.advice.is_none());

        let dns = find("network:dns");
        assert_eq!(dns.advice.as_deref(), Some("declared, never used in 27 runs"));
        assert_eq!(dns.grants.len(), 1);

        let udp = find("network:udp");
        assert_eq!(udp.advice.as_deref(), Some("used but not declared: add \"network:udp\" to the permissions"));

        let unknown = find("quantum");
        assert!(!unknown.known && unknown.advice.as_ref().is_some_and(|advice| advice.contains("grants nothing")));
        assert!(find("network:http").possible);
        assert!(is_never_asked_for("streaming") && is_never_asked_for("storage:node"));
        assert!(!is_never_asked_for("network:tcp"));
    }
}
