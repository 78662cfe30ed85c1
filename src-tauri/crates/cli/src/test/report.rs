//! What came of the cases: for people, and as JUnit, TAP and JSON.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use cases::{Difference, Line};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite, XmlString};
use runtime::text::{one_line, shortened};
use serde_json::json;

use super::suite::{End, Finished};
use crate::terminal::{Style, out};

/// Log lines that are shown of a failed case.
const LAST_LINES: usize = 5;

#[derive(Clone, Copy, Debug)]
pub enum Format {
    Junit,
    Tap,
    Json,
}

/// A report that is to be written.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) format: Format,
    pub(super) file: PathBuf,
}

impl Report {
    pub(super) fn write(&self, finished: &[Finished]) -> io::Result<()> {
        let text = match self.format {
            Format::Junit => junit(finished).map_err(io::Error::other)?,
            Format::Tap => tap(finished),
            Format::Json => json_report(finished),
        };
        std::fs::write(&self.file, text)
    }
}

/// One line for a case; for a failure what differs, the last log lines, and the command for just this case.
pub(super) fn show(one: &Finished, style: Style) {
    let mut page = String::new();
    let name = one_line(&one.name);
    let took = style.dim(&format!("{:.0} ms", milliseconds(one.took)));
    // Writing to a string cannot fail.
    let _ = match &one.end {
        End::Held => writeln!(page, "{} {name}  {took}", style.dim("ok")),
        End::Failed(_) => writeln!(page, "{} {name}  {took}", style.red("FAILED")),
        End::Unloaded(_) => writeln!(page, "{} {name}", style.red("NOT LOADED")),
    };
    match &one.end {
        End::Held => {}
        End::Unloaded(reason) => {
            let _ = writeln!(page, "    {}", shortened(reason, 1_000));
        }
        End::Failed(differences) => {
            for difference in differences {
                let _ = writeln!(page, "    {}", said(difference));
            }
            for line in last(&one.lines) {
                let _ =
                    writeln!(page, "    {}", style.dim(&format!("{}: {}", line.level, shortened(&line.message, 200))));
            }
            let _ = writeln!(page, "    {}", style.dim(&command(one)));
        }
    }
    out(&page);
}

fn last(lines: &[Line]) -> &[Line] {
    &lines[lines.len().saturating_sub(LAST_LINES)..]
}

fn said(difference: &Difference) -> String {
    one_line(&difference.to_string()).to_string()
}

/// The command that runs just this case.
fn command(one: &Finished) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    // A row runs with its case.
    format!(
        "nodewb test {} --case {}",
        quoted(&one_line(&one.file.display().to_string())),
        quoted(&one_line(&one.case))
    )
}

pub(super) fn summary(finished: &[Finished], style: Style) {
    let count = |fits: fn(&Finished) -> bool| finished.iter().filter(|one| fits(one)).count();
    let (failed, unloaded) = (count(Finished::has_failed), count(Finished::is_unloaded));
    let held = finished.len() - failed - unloaded;
    let mut parts = vec![format!("{held} of {} cases held", finished.len())];
    if failed > 0 {
        parts.push(style.red(&format!("{failed} failed")));
    }
    if unloaded > 0 {
        parts.push(style.red(&format!("{unloaded} could not be loaded")));
    }
    out(&format!("{}\n", parts.join(", ")));
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn failure(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn junit(finished: &[Finished]) -> Result<String, quick_junit::SerializeError> {
    let mut report = quick_junit::Report::new("nodewb test");
    for suite in finished.chunk_by(|a, b| a.file == b.file) {
        let mut of_file = TestSuite::new(suite[0].file.display().to_string());
        for one in suite {
            let mut status = match &one.end {
                End::Held => TestCaseStatus::success(),
                End::Failed(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
                End::Unloaded(_) => TestCaseStatus::non_success(NonSuccessKind::Error),
            };
            match &one.end {
                End::Held => {}
                End::Failed(differences) => {
                    status.set_message(differences.first().map_or_else(String::new, ToString::to_string));
                    status.set_description(failure(differences));
                }
                End::Unloaded(reason) => {
                    status.set_message(reason.clone());
                }
            }
            let mut case = TestCase::new(one.name.clone(), status);
            case.set_time(one.took);
            if !one.lines.is_empty() {
                let lines: Vec<String> =
                    one.lines.iter().map(|line| format!("{}: {}", line.level, line.message)).collect();
                case.set_system_out(XmlString::new(lines.join("\n")));
            }
            of_file.add_test_case(case);
        }
        report.add_test_suite(of_file);
    }
    report.to_string()
}

fn tap(finished: &[Finished]) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", finished.len());
    for (index, one) in finished.iter().enumerate() {
        let word = if matches!(one.end, End::Held) { "ok" } else { "not ok" };
        let name = one_line(&one.name).replace('\\', "\\\\").replace('#', "\\#");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{word} {} - {name}", index + 1);
        let message = match &one.end {
            End::Held => continue,
            End::Failed(differences) => failure(differences),
            End::Unloaded(reason) => reason.clone(),
        };
        let _ = writeln!(text, "  ---\n  message: {}\n  ...", json!(message));
    }
    text
}

fn json_report(finished: &[Finished]) -> String {
    let case = |one: &Finished| {
        let differences = match &one.end {
            End::Failed(differences) => differences.as_slice(),
            End::Held | End::Unloaded(_) => &[],
        };
        json!({
            "file": one.file.display().to_string(),
            "name": one.name,
            "result": match &one.end { End::Held => "ok", End::Failed(_) => "failed", End::Unloaded(_) => "unloaded" },
            "ms": milliseconds(one.took),
            "reason": match &one.end { End::Unloaded(reason) => Some(reason), _ => None },
            "differences": differences.iter().map(|difference| json!({
                "place": difference.place, "expected": difference.expected, "found": difference.found,
            })).collect::<Vec<_>>(),
        })
    };
    let cases: Vec<_> = finished.iter().map(case).collect();
    format!("{}\n", json!({"cases": cases}))
}
