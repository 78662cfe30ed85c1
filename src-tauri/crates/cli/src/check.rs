//! `nodewb check`: whether Flow-Like takes a node, or a document of one.

mod against;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use contract::{DefinitionVerdict, Issue, Level, Verdict};
use runtime::artifact::ArtifactKind;
use runtime::definition::{self, Problem, Severity};
use runtime::error::LoadError;
use runtime::node::LoadedNode;
use runtime::text::{one_line, shortened};
use serde_json::{Value, json};

use self::against::Since;
use crate::exit::Exit;
use crate::terminal::{Style, out};
use crate::{inspect, open};

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).args(["paths", "definition", "result", "manifest"]))]
#[command(after_help = "Exit codes: 0 Flow-Like takes it and nothing is an error, 1 it would be refused or has errors,
2 usage, 3 unreadable.

Examples:
  nodewb check node.wasm
  nodewb check . --json
  nodewb check --definition node.json
  nodewb run node.wasm --json | tail -n 1 | jq .outputs | nodewb check --result -")]
pub struct Check {
    /// .wasm or .wat files, or project folders
    pub paths: Vec<PathBuf>,
    /// A definition document, as get-node or get-nodes answers it; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub definition: Option<PathBuf>,
    /// A result document, as run answers it; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub result: Option<PathBuf>,
    /// A flow-like.toml; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Show what changed since this version: a node, or a definition document (.json)
    #[arg(long, value_name = "FILE", requires = "paths")]
    pub against: Option<PathBuf>,
    /// Print JSON, one object for each document or path
    #[arg(long)]
    pub json: bool,
}

pub async fn check(data: Option<PathBuf>, arguments: Check) -> Exit {
    let Check { paths, definition, result, manifest, against, json } = arguments;
    if let Some(file) = definition {
        return document(&file, |text| check_definition(text, json));
    }
    if let Some(file) = result {
        return document(&file, |text| check_verdict("the result", &contract::result(text), json));
    }
    if let Some(file) = manifest {
        return document(&file, |text| check_verdict("the manifest", &contract::manifest(text), json));
    }
    check_paths(data, &paths, against.as_deref(), json).await
}

fn document(file: &Path, check: impl FnOnce(&str) -> bool) -> Exit {
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    if let Err(error) = read {
        return Exit::Load.because(&format!("cannot read \"{}\": {error}", file.display()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => verdict_exit(check(&text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Exit::Load.because(&format!("\"{}\" is not UTF-8 at byte {at}; save it as UTF-8", file.display()))
        }
    }
}

fn verdict_exit(good: bool) -> Exit {
    if good { Exit::Ok } else { Exit::NodeError }
}

/// Prints, and says whether Flow-Like takes the definition and its lint finds no error.
fn check_definition(text: &str, as_json: bool) -> bool {
    let verdict = contract::definition(text);
    let issues = lint(text);
    let good = verdict.component.accept && !has_errors(&issues);
    if as_json {
        let here = match definition::parse(text) {
            Ok((nodes, problems)) => here(nodes.len(), &problems),
            Err(error) => here(0, &[refusal(&error)]),
        };
        out(&format!("{}\n", definition_document(&verdict, &issues, here)));
        return good;
    }
    let style = Style::for_stdout();
    let mut page = say("the definition", &verdict.component, style);
    if verdict.component.accept && !verdict.core_get_nodes.accept {
        page.push_str("  a core module answers it from \"get_node\"; \"get_nodes\" answers an array\n");
    }
    page.push_str(&say_lint(&issues, style));
    out(&page);
    good
}

fn definition_document(verdict: &DefinitionVerdict, issues: &[Issue], here: Value) -> Value {
    let full = |verdict: &Verdict| {
        let mut document = short(verdict);
        document["nodes"] = json!(verdict.nodes);
        document
    };
    json!({
        "component": full(&verdict.component),
        "core_get_node": short(&verdict.core_get_node),
        "core_get_nodes": full(&verdict.core_get_nodes),
        "here": here,
        "lint": issues.iter().map(issue_document).collect::<Vec<_>>(),
    })
}

fn short(verdict: &Verdict) -> Value {
    json!({"accept": verdict.accept, "message": verdict.message, "reason": verdict.reason})
}

fn issue_document(issue: &Issue) -> Value {
    json!({"level": issue.level.name(), "rule": issue.rule, "pin": issue.pin})
}

fn here(nodes: usize, problems: &[Problem]) -> Value {
    let problem = |problem: &Problem| json!({"code": problem.code, "severity": problem.severity.name(), "message": problem.message});
    json!({"nodes": nodes, "problems": problems.iter().map(problem).collect::<Vec<_>>()})
}

fn refusal(error: &LoadError) -> Problem {
    Problem { code: "refused", message: error.to_string(), severity: Severity::Error }
}

/// The findings in each node of a document that is JSON at all.
fn lint(text: &str) -> Vec<Issue> {
    match serde_json::from_str(text) {
        Ok(Value::Array(nodes)) => nodes.iter().filter(|node| node.is_object()).flat_map(contract::lint).collect(),
        Ok(node @ Value::Object(_)) => contract::lint(&node),
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn has_errors(issues: &[Issue]) -> bool {
    issues.iter().any(|issue| issue.level == Level::Error)
}

fn check_verdict(what: &str, verdict: &Verdict, as_json: bool) -> bool {
    if as_json {
        out(&format!("{}\n", short(verdict)));
    } else {
        out(&say(what, verdict, Style::for_stdout()));
    }
    verdict.accept
}

fn say(what: &str, verdict: &Verdict, style: Style) -> String {
    if verdict.accept {
        return format!("{what}: Flow-Like takes it\n");
    }
    let mut said = format!("{what}: {}\n", style.red("Flow-Like refuses it"));
    if let Some(reason) = &verdict.reason {
        said.push_str(&format!("  {}\n", shortened(reason, 400)));
    }
    if let Some(message) = &verdict.message {
        said.push_str(&format!("  {}\n", style.dim(&format!("in its own words: {}", shortened(message, 400)))));
    }
    said
}

fn say_lint(issues: &[Issue], style: Style) -> String {
    let line = |issue: &Issue| {
        let level = match issue.level {
            Level::Error => style.red("error"),
            Level::Warning => style.yellow("warning"),
            Level::Info => style.dim("info"),
        };
        let pin = issue.pin.as_deref().map_or_else(String::new, |pin| format!(" at pin \"{}\"", one_line(pin)));
        format!("  {level} {}{pin}\n", issue.rule)
    };
    issues.iter().map(line).collect()
}

async fn check_paths(data: Option<PathBuf>, paths: &[PathBuf], against: Option<&Path>, as_json: bool) -> Exit {
    let workbench = match open::workbench(data, None).await {
        Ok(workbench) => workbench,
        Err(exit) => return exit,
    };
    let cancel = match open::cancel_on_interrupt() {
        Ok(cancel) => cancel,
        Err(error) => return Exit::Load.because(&error.to_string()),
    };
    let published = match against {
        Some(file) => match against::read(&workbench, file, &cancel).await {
            Ok(definitions) => Some(definitions),
            Err(reason) => return Exit::Load.because(&reason),
        },
        None => None,
    };
    let mut exit = Exit::Ok;
    for path in paths {
        let good = match open::load(&workbench, workbench.engine(), path, &cancel).await {
            Ok(node) => {
                let since = published.as_ref().map(|published| Since::new(published, &node.definitions));
                check_node(&node, since.as_ref(), as_json)
            }
            Err(_) if cancel.is_cancelled() => return Exit::Cancelled,
            Err(error @ (LoadError::Read { .. } | LoadError::NoBuild { .. } | LoadError::SeveralBuilds { .. })) => {
                exit = Exit::Load.because(&error.to_string());
                continue;
            }
            Err(error) => {
                let verdict = Verdict { accept: false, nodes: None, message: None, reason: Some(error.to_string()) };
                check_verdict(&one_line(&path.display().to_string()), &verdict, as_json)
            }
        };
        if !good && exit == Exit::Ok {
            exit = Exit::NodeError;
        }
    }
    exit
}

fn check_node(node: &LoadedNode, since: Option<&Since>, as_json: bool) -> bool {
    let refusals = refusals(node);
    let issues = lint(&node.definition_text);
    let good = refusals.is_empty() && !has_errors(&issues);
    let path = node.path.display().to_string();
    if as_json {
        let document = json!({
            "path": path,
            "accept": refusals.is_empty(),
            "reasons": refusals.iter().map(|(what, verdict)| {
                let mut document = short(verdict);
                document["what"] = json!(what);
                document
            }).collect::<Vec<_>>(),
            "here": here(node.definitions.len(), &node.problems),
            "lint": issues.iter().map(issue_document).collect::<Vec<_>>(),
            "changes": since.map(Since::document),
        });
        out(&format!("{document}\n"));
        return good;
    }
    let style = Style::for_stdout();
    let mut page = format!("{}\n", style.bold(&one_line(&path)));
    if refusals.is_empty() {
        page.push_str("Flow-Like loads it\n");
    }
    for (what, verdict) in &refusals {
        page.push_str(&say(what, verdict, style));
    }
    page.push_str(&say_lint(&issues, style));
    for problem in node.problems.iter().filter(|problem| problem.severity > Severity::Info) {
        page.push_str(&format!("  {}\n", inspect::describe_problem(problem, style)));
    }
    if let Some(since) = since {
        page.push_str(&since.page(style));
    }
    out(&page);
    good
}

/// Everything for which Flow-Like refuses the node.
fn refusals(node: &LoadedNode) -> Vec<(&'static str, Verdict)> {
    let definition = contract::definition(&node.definition_text);
    let answers_array = node.artifact.exports.iter().any(|export| export.name == "get_nodes");
    let definition = match (node.artifact.kind, answers_array) {
        (ArtifactKind::Component, _) => definition.component,
        (ArtifactKind::Core, true) => definition.core_get_nodes,
        (ArtifactKind::Core, false) => definition.core_get_node,
    };
    let manifest = node.manifest.as_ref().and_then(|manifest| std::fs::read_to_string(&manifest.path).ok());
    let mut found = vec![("the definition", definition)];
    found.extend(manifest.map(|text| ("the manifest", contract::manifest(&text))));
    found.extend(withdrawn_import(node).map(|verdict| ("the imports", verdict)));
    found.extend(unlinked_http(node).map(|verdict| ("the imports", verdict)));
    found.retain(|(_, verdict)| !verdict.accept);
    found
}

/// WebSocket servers were withdrawn: a component that imports them does not instantiate.
fn withdrawn_import(node: &LoadedNode) -> Option<Verdict> {
    const WITHDRAWN: [&str; 3] = ["listen", "accept", "local-address"];
    let import = node.artifact.imports.iter().find(|import| {
        let (module, name) = (import.module.as_str(), import.name.as_str());
        (module.starts_with("flow-like:node/websocket") || module == "flowlike_ws")
            && WITHDRAWN.contains(&name.replace('_', "-").as_str())
    })?;
    let reason = format!(
        "\"{}\" of \"{}\" was withdrawn from Flow-Like; listen with a TCP socket instead",
        import.name, import.module
    );
    Some(Verdict { accept: false, nodes: None, message: None, reason: Some(reason) })
}

/// `wasi:http` is linked only for a node that declares "network:http" and whose manifest lists no hosts.
fn unlinked_http(node: &LoadedNode) -> Option<Verdict> {
    let import = node.artifact.imports.iter().find(|import| import.module.starts_with("wasi:http/outgoing-handler"))?;
    let label = policy::Label::NetworkHttp.text();
    let declared = node.definitions.iter().any(|definition| definition.permissions.iter().any(|text| text == label));
    let lists_hosts = node
        .manifest
        .as_ref()
        .is_some_and(|manifest| manifest.allowed_hosts.as_ref().is_some_and(|hosts| !hosts.is_empty()));
    let reason = match (declared, lists_hosts) {
        (false, _) => format!("it imports \"{}\" and would not instantiate; declare \"{label}\"", import.module),
        (true, true) => format!(
            "it imports \"{}\" and would not instantiate beside \"allowed_hosts\"; remove the list or use Flow-Like's \"http\"",
            import.module
        ),
        (true, false) => return None,
    };
    Some(Verdict { accept: false, nodes: None, message: None, reason: Some(reason) })
}
