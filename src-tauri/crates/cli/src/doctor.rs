//! `nodewb doctor`.

use std::fmt::Write as _;

use scaffold::doctor::{Finding, Report, State, examine};
use scaffold::{Kind, Language};

use crate::args::Doctor;
use crate::exit::Exit;
use crate::terminal::{Style, json, out};

pub fn doctor(arguments: &Doctor) -> Exit {
    let languages = arguments.language.map_or_else(|| Language::ALL.to_vec(), |language| vec![language]);
    let reports = examine_all(&languages);
    if arguments.json {
        json(&reports, true);
    } else {
        let style = Style::for_stdout();
        out(&reports.iter().map(|report| describe(report, style)).collect::<String>());
    }
    // Asked about all, nobody wants every language.
    let missing = arguments.language.is_some() && reports.iter().any(|report| !report.ready);
    if missing { Exit::Load } else { Exit::Ok }
}

/// Side by side: each waits for its own tools.
fn examine_all(languages: &[Language]) -> Vec<Report> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = languages.iter().map(|language| (*language, scope.spawn(|| examine(*language)))).collect();
        // A thread that did not come back leaves the question to this one.
        asked.into_iter().map(|(language, thread)| thread.join().unwrap_or_else(|_| examine(language))).collect()
    })
}

/// The page for people. Writing to a string cannot fail.
fn describe(report: &Report, style: Style) -> String {
    let language = report.language;
    let kind = match language.kind() {
        Kind::Component => "component",
        Kind::Core => "core module",
    };
    let state = if report.ready { style.green("ready") } else { style.yellow("not ready") };
    let mut page = format!("{} ({}, {kind}): {state}\n", style.bold(language.name()), language.id());
    for tool in &report.tools {
        let _ = writeln!(page, "  {}", describe_tool(tool, style));
    }
    page
}

/// The lines about one tool; also shown where a new project cannot be built.
pub fn describe_tool(tool: &Finding, style: Style) -> String {
    let version = tool.version.as_deref().unwrap_or_default();
    let minimum = tool.minimum.map(|minimum| format!(" {minimum} or newer")).unwrap_or_default();
    match tool.state {
        State::Found => {
            let path = tool.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
            format!("{} {} {version} {}", style.green("found"), tool.name, style.dim(&path))
        }
        State::TooOld => format!(
            "{} {} {version}, wanted{minimum}: {}\n      {}",
            style.yellow("old"),
            tool.name,
            tool.purpose,
            style.bold(tool.install)
        ),
        State::Missing => format!(
            "{} {}{minimum}: {}\n      {}",
            style.red("missing"),
            tool.name,
            tool.purpose,
            style.bold(tool.install)
        ),
    }
}
