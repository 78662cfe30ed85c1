//! What a run needs to be repeated in a terminal, and the limits that the user wrote for it.

use std::collections::BTreeSet;

use runtime::definition::inputs::read_object;
use runtime::limits::Limits;
use runtime::record::{DecisionRow, DecisionsQuery};
use runtime::text::quoted;
use wire::Call;
use wire::window::{CommandLine, RunLimits};

use super::Session;
use super::runs::{self, no_run};
use crate::error::{Error, Result};

/// Decisions of a run that are looked at.
const DECISIONS: u32 = 1000;

impl Session {
    /// The command for a run of the record.
    pub async fn run_command(&self, run: &str) -> Result<CommandLine> {
        let view = self.run_view(run).await?;
        let query = DecisionsQuery { run: Some(runs::id(run)), limit: DECISIONS, ..DecisionsQuery::default() };
        let decisions = self.workbench.recorder().record().ask(move |record| record.decisions(&query)).await?;
        let (allow, deny, differed) = rules(&decisions);
        let started = self.runs.started_with(run);
        let mut line = Call {
            file: &view.row.file,
            node: &view.row.node,
            inputs: view.inputs.clone(),
            secret: view.masked.clone(),
            allow,
            deny,
            limits: started.as_ref().map(|with| with.limits.clone()).unwrap_or_default(),
            log_level: started.map_or_else(|| self.settings.get().log_level, |with| with.log_level),
        }
        .line();
        if differed {
            line.notes.push("the run got different answers to the same question; the command asks again".into());
        }
        match self.files.build(&view.row.file) {
            Ok(build) if build.artifact.hash.to_string().starts_with(&view.row.build) => {}
            Ok(_) => line.notes.push("the file has another build now than the run had".into()),
            Err(error) if error.code == "unknown-file" => {
                line.notes.push("the file is not open here, so it may be another one now".into());
            }
            Err(error) => line.notes.push(error.message),
        }
        Ok(line)
    }

    /// The command for what is in a form.
    pub fn form_command(&self, file: &str, node: &str, inputs: &str, limits: RunLimits) -> Result<CommandLine> {
        let build = self.files.build(file)?;
        let definition = build.definition(node).ok_or_else(no_run)?;
        let values = read_object(inputs).map_err(|error| Error::new("json", error.to_string()))?;
        let is_secret = |name: &str| definition.inputs().any(|pin| pin.sensitive && pin.name == name);
        let secret = values.iter().map(|(name, _)| name.clone()).filter(|name| is_secret(name)).collect();
        let inputs = values.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        let (allow, deny) = (Vec::new(), Vec::new());
        Ok(Call { file, node, inputs, secret, allow, deny, limits, log_level: self.settings.get().log_level }.line())
    }
}

/// The manifest's limits or the defaults, with what the user wrote for this run.
pub fn limits(mut limits: Limits, wanted: &RunLimits) -> Result<Limits> {
    let wrong = |what: &str, reason: String| Error::new("limits", format!("the {what} limit: {reason}"));
    let written =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(text) = written(&wanted.time) {
        limits.time = runtime::limits::time(&text).map_err(|reason| wrong("time", reason))?;
    }
    if let Some(text) = written(&wanted.memory) {
        limits.memory = runtime::limits::memory(&text).map_err(|reason| wrong("memory", reason))?;
    }
    if let Some(text) = written(&wanted.fuel) {
        let fuel = text.parse().map_err(|_| wrong("fuel", format!("{} is not a whole number", quoted(&text))))?;
        limits.fuel = Some(fuel);
    }
    Ok(limits)
}

/// The rules by which a run was allowed and denied, oldest first; whether one of them did both.
fn rules(decisions: &[DecisionRow]) -> (Vec<String>, Vec<String>, bool) {
    let by = |verdict: &str| {
        let mut known = BTreeSet::new();
        let all = decisions.iter().rev().filter(|row| row.decision == verdict).filter_map(|row| row.rule.clone());
        all.filter(|rule| known.insert(rule.clone())).collect::<Vec<_>>()
    };
    let (mut allow, mut deny) = (by("allow"), by("deny"));
    let both: Vec<String> = allow.iter().filter(|rule| deny.contains(rule)).cloned().collect();
    allow.retain(|rule| !both.contains(rule));
    deny.retain(|rule| !both.contains(rule));
    (allow, deny, !both.is_empty())
}

#[cfg(test)]
#[path = "command/tests.rs"]
mod tests;
