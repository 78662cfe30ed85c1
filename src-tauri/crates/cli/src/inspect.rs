//! `nodewb inspect`.

use std::fmt::Write as _;
use std::path::PathBuf;

use runtime::artifact::Artifact;
use runtime::definition::{Definition, Direction, Pin, Problem, Severity};
use runtime::error::LoadError;
use runtime::node::LoadedNode;
use runtime::text::{one_line, shortened};
use runtime::workbench;
use wire::Inspection;

use crate::args::Inspect;
use crate::exit::Exit;
use crate::terminal::{Style, out};
use crate::{open, terminal};

pub async fn inspect(data: Option<PathBuf>, arguments: Inspect) -> Exit {
    let workbench = match open::workbench(data, arguments.memory).await {
        Ok(workbench) => workbench,
        Err(exit) => return exit,
    };
    let cancel = match open::cancel_on_interrupt() {
        Ok(cancel) => cancel,
        Err(error) => return Exit::Load.because(&error.to_string()),
    };
    let file = arguments.file.clone();
    let read =
        async { if open::is_stream(&file) { workbench::read_stream(file).await } else { workbench::read(file).await } };
    let source = match cancel.run_until_cancelled(read).await {
        None => return Exit::Cancelled,
        Some(Ok(source)) => source,
        Some(Err(error)) => return refused(&arguments, None, &error),
    };
    let artifact = source.artifact.clone();
    match open::load_source(&workbench, workbench.engine(), source, &cancel).await {
        Ok(node) if arguments.json => {
            terminal::json(&Inspection::from(&*node), true);
            Exit::Ok
        }
        Ok(node) => {
            out(&describe(&node, Style::for_stdout()));
            Exit::Ok
        }
        Err(_) if cancel.is_cancelled() => Exit::Cancelled,
        Err(error) => refused(&arguments, Some(&artifact), &error),
    }
}

/// Says what is known of a file that could not be loaded.
fn refused(arguments: &Inspect, artifact: Option<&Artifact>, error: &LoadError) -> Exit {
    if arguments.json {
        terminal::json(&Inspection::refused(artifact, error), true);
    }
    Exit::Load.because(&error.to_string())
}

/// The page for people. Writing to a string cannot fail.
pub fn describe(node: &LoadedNode, style: Style) -> String {
    let mut page = String::new();
    let artifact = &node.artifact;
    let abi = node.abi_version.as_deref().map_or("none given".into(), |version| shortened(version, 20));
    let _ = writeln!(page, "{}", style.bold(&one_line(&node.path.display().to_string())));
    let _ = writeln!(page, "  {}, {} bytes, ABI version {abi}", artifact.kind.name(), artifact.bytes.len());
    let _ = writeln!(page, "  {}", style.dim(&format!("blake3 {}", artifact.hash)));
    let producers = &artifact.producers;
    for (what, list) in
        [("written in", &producers.language), ("built by", &producers.processed_by), ("with", &producers.sdk)]
    {
        if !list.is_empty() {
            let list: Vec<_> =
                list.iter().map(|(name, version)| shortened(format!("{name} {version}").trim(), 80)).collect();
            let _ = writeln!(page, "  {what} {}", list.join(", "));
        }
    }
    let debug = match (artifact.has_names, artifact.has_debug_info) {
        (_, true) => "backtraces have names and lines",
        (true, false) => "backtraces have names",
        (false, false) => "backtraces have no names; build with debug information for better ones",
    };
    let _ = writeln!(page, "  {debug}");
    let asks = artifact.could_ask();
    let asks = if asks.is_empty() { "nothing".into() } else { asks.join(", ") };
    let _ = writeln!(page, "  could ask for {asks}");
    for definition in &node.definitions {
        describe_node(&mut page, definition, style);
    }
    for problem in &node.problems {
        let _ = writeln!(page, "\n{}", describe_problem(problem, style));
    }
    page
}

fn describe_node(page: &mut String, definition: &Definition, style: Style) {
    let _ = writeln!(
        page,
        "\n{}  {}  {}",
        style.bold(&one_line(&definition.name)),
        one_line(&definition.friendly_name),
        style.dim(&one_line(&definition.category))
    );
    if !definition.description.is_empty() {
        let _ = writeln!(page, "  {}", one_line(&definition.description));
    }
    if !definition.permissions.is_empty() {
        let _ = writeln!(page, "  declares {}", one_line(&definition.permissions.join(", ")));
    }
    for pin in &definition.pins {
        let _ = writeln!(page, "  {}", describe_pin(pin, style));
    }
}

fn describe_pin(pin: &Pin, style: Style) -> String {
    let arrow = match pin.direction {
        Direction::Input => "→",
        Direction::Output => "←",
    };
    let mut line = format!("{arrow} {}: {}", one_line(&pin.name), pin.type_name());
    if let Some(default) = &pin.default_value {
        let default = if pin.sensitive { "•••".into() } else { shortened(default.as_str(), 60) };
        let _ = write!(line, " = {default}");
    }
    if let Some((low, high)) = pin.range {
        let _ = write!(line, " ({low} to {high})");
    }
    if let Some(values) = &pin.valid_values {
        let shown: Vec<_> = values.iter().take(8).map(|value| shortened(value, 30)).collect();
        let more = if values.len() > shown.len() { ", …" } else { "" };
        let _ = write!(line, " [{}{more}]", shown.join(", "));
    }
    if !pin.description.is_empty() {
        let _ = write!(line, "  {}", style.dim(&shortened(&pin.description, 80)));
    }
    line
}

pub fn describe_problem(problem: &Problem, style: Style) -> String {
    let severity = problem.severity.name();
    let mark = match problem.severity {
        Severity::Error => style.red(severity),
        Severity::Warning => style.yellow(severity),
        Severity::Info => style.dim(severity),
    };
    format!("{mark} {} {}", one_line(&problem.message), style.dim(&format!("[{}]", problem.code)))
}

/// The problems of a node that is about to run, on standard error.
pub fn warn_of(node: &LoadedNode) {
    let style = Style::for_stderr();
    let mut told: Vec<String> = Vec::new();
    for problem in node.problems.iter().filter(|problem| problem.severity > Severity::Info) {
        let words = describe_problem(problem, style);
        // Several nodes of a package may have the same one.
        if !told.contains(&words) {
            terminal::err(&format!("{words}\n"));
            told.push(words);
        }
    }
}
