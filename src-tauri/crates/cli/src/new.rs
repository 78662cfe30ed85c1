//! `nodewb new`: a project from a few answers, built and looked at.

mod ask;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use runtime::node::LoadedNode;
use runtime::text::one_line;
use scaffold::doctor::{Report, State};
use scaffold::{Plan, WriteError, Written, doctor};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use wire::Inspection;

use crate::args::{self, Call, New};
use crate::doctor::describe_tool;
use crate::exit::Exit;
use crate::terminal::{self, Style, out};
use crate::{inspect, open, watch};

/// What `--json` prints: one object.
#[derive(Serialize)]
struct Outcome {
    #[serde(flatten)]
    written: Written,
    /// The file that the author goes on with.
    source: &'static str,
    /// Null with `--no-build`.
    doctor: Option<Report>,
    built: bool,
    /// What the built file is; null where it was not built.
    inspection: Option<Inspection>,
    /// Why it was not built or loaded.
    error: Option<String>,
}

pub async fn new(data: Option<PathBuf>, arguments: New) -> Exit {
    let (no_build, watch, json) = (arguments.no_build, arguments.watch, arguments.json);
    let cancel = match open::cancel_on_interrupt() {
        Ok(cancel) => cancel,
        Err(error) => return Exit::Load.because(&error.to_string()),
    };
    // Reading a terminal cannot be cancelled; the program ends without waiting for it.
    let asked = tokio::task::spawn_blocking(move || ask::plan(arguments));
    let plan = match cancel.run_until_cancelled(asked).await {
        None => return Exit::Cancelled,
        Some(Ok(Ok(plan))) => plan,
        Some(Ok(Err(exit))) => return exit,
        Some(Err(error)) => return Exit::Load.because(&error.to_string()),
    };
    let written = match write(&plan).await {
        Ok(written) => written,
        Err(exit) => return exit,
    };
    let mut project = Project {
        outcome: Outcome {
            written,
            source: plan.language.facts().source,
            doctor: None,
            built: false,
            inspection: None,
            error: None,
        },
        plan,
        json,
    };
    project.say_what_was_written();
    let exit = if no_build {
        Exit::Ok
    } else if !project.can_be_built().await {
        Exit::Load
    } else if watch {
        return project.watch(data, &cancel).await;
    } else {
        project.build_and_load(data, &cancel).await
    };
    if exit != Exit::Cancelled {
        project.finish(exit);
    }
    exit
}

async fn write(plan: &Plan) -> Result<Written, Exit> {
    let writing = plan.clone();
    match tokio::task::spawn_blocking(move || writing.write()).await {
        Ok(Ok(written)) => Ok(written),
        Ok(Err(WriteError::Plan(problems))) => {
            for problem in problems {
                terminal::complain(&format!("{}: {}", option(plan, &problem.field), problem.message));
            }
            Err(Exit::Usage)
        }
        Ok(Err(error)) => Err(Exit::Load.because(&error.to_string())),
        Err(error) => Err(Exit::Load.because(&error.to_string())),
    }
}

/// The option that a field of the plan comes from.
fn option(plan: &Plan, field: &str) -> String {
    let position = |list: &str| {
        let rest = field.strip_prefix(list)?.strip_prefix('[')?;
        rest.split(']').next()?.parse::<usize>().ok()
    };
    if let Some(pin) = position("pins").and_then(|at| plan.pins.get(at)) {
        return format!("--pin {}", one_line(&pin.name));
    }
    if let Some(label) = position("permissions").and_then(|at| plan.permissions.get(at)) {
        return format!("--permission {}", one_line(label));
    }
    format!("--{}", if field == "pins" { "pin" } else { field })
}

struct Project {
    plan: Plan,
    outcome: Outcome,
    json: bool,
}

impl Project {
    fn say_what_was_written(&self) {
        if self.json {
            return;
        }
        let written = &self.outcome.written;
        let style = Style::for_stdout();
        let mut page = format!("{}\n", style.bold(&one_line(&written.folder.display().to_string())));
        for file in &written.files {
            page.push_str(&format!("  {}\n", one_line(&file.display().to_string())));
        }
        out(&page);
    }

    /// Whether all is there that the build needs; says what is missing.
    async fn can_be_built(&mut self) -> bool {
        let language = self.plan.language;
        let report = match tokio::task::spawn_blocking(move || doctor::examine(language)).await {
            Ok(report) => report,
            Err(error) => {
                self.failed(error.to_string());
                return false;
            }
        };
        let ready = report.ready;
        let missing: Vec<_> = report.tools.iter().filter(|tool| tool.state != State::Found).cloned().collect();
        self.outcome.doctor = Some(report);
        if !ready {
            let style = Style::for_stderr();
            for tool in &missing {
                terminal::err(&format!("{}\n", describe_tool(tool, style)));
            }
            self.failed("the project is written but not built: install what is missing, then run its build".into());
        }
        ready
    }

    /// Builds, loads and runs it now and at each save.
    async fn watch(&self, data: Option<PathBuf>, cancel: &CancellationToken) -> Exit {
        let folder = &self.outcome.written.folder;
        let source = one_line(&folder.join(self.outcome.source).display().to_string()).into_owned();
        out(&format!("\nedit {source}; each save is built and run\n"));
        let arguments = args::Watch { paths: vec![folder.clone()], build: true, run: true, call: Call::default() };
        watch::until(data, arguments, cancel).await
    }

    async fn build_and_load(&mut self, data: Option<PathBuf>, cancel: &CancellationToken) -> Exit {
        let command = self.outcome.written.build.clone();
        match build(&self.plan.folder, &command, cancel).await {
            None => return Exit::Cancelled,
            Some(Err(reason)) => return self.failed(reason),
            Some(Ok(())) => self.outcome.built = true,
        }
        let workbench = match open::workbench(data, None).await {
            Ok(workbench) => workbench,
            Err(exit) => return exit,
        };
        match open::load(&workbench, workbench.engine(), &self.outcome.written.folder, cancel).await {
            Ok(node) => self.loaded(&node),
            Err(_) if cancel.is_cancelled() => Exit::Cancelled,
            Err(error) => self.failed(error.to_string()),
        }
    }

    fn loaded(&mut self, node: &Arc<LoadedNode>) -> Exit {
        if !self.json {
            out(&format!("\n{}", inspect::describe(node, Style::for_stdout())));
        }
        self.outcome.inspection = Some(Inspection::from(&**node));
        Exit::Ok
    }

    fn failed(&mut self, reason: String) -> Exit {
        terminal::complain(&reason);
        self.outcome.error = Some(reason);
        Exit::Load
    }

    /// What to do next, or the object for programs.
    fn finish(&self, exit: Exit) {
        if self.json {
            terminal::json(&self.outcome, true);
            return;
        }
        let style = Style::for_stdout();
        let written = &self.outcome.written;
        let folder = one_line(&written.folder.display().to_string()).into_owned();
        let mut steps = vec![(format!("edit {folder}/{}", self.outcome.source), "what the node does")];
        if exit != Exit::Ok {
            steps.push((format!("nodewb doctor {}", self.plan.language.id()), "what the build needs"));
        }
        if !self.outcome.built {
            steps.push((format!("cd {folder} && {}", one_line(&written.build)), "builds it"));
        }
        steps.push((format!("nodewb run {folder}"), "runs it once with its defaults"));
        steps.push((format!("nodewb watch {folder} --build --run"), "builds and runs it at each save"));
        let width = steps.iter().map(|(step, _)| step.chars().count()).max().unwrap_or(0).min(48);
        let lines = steps.iter().map(|(step, what)| format!("  {step:width$}  {}\n", style.dim(what)));
        out(&format!("\nnext:\n{}", lines.collect::<String>()));
    }
}

/// Runs the build, its output on standard error; `None` where it was cancelled.
async fn build(folder: &Path, command: &str, cancel: &CancellationToken) -> Option<Result<(), String>> {
    terminal::err(&format!("{}\n", Style::for_stderr().dim(&format!("building: {}", one_line(command)))));
    let child = tokio::process::Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .kill_on_drop(true)
        .status();
    let ended = cancel.run_until_cancelled(child).await?;
    Some(match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("the build failed ({status}): {command}")),
        Err(error) => Err(format!("cannot start a shell for the build: {error}")),
    })
}
