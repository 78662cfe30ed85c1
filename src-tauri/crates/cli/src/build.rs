//! `nodewb watch --build`: what build commands print and come to.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use runtime::build::{Builder, BuilderConfig, Consents, Project, Run, RunState};
use runtime::manifest::{self, Manifest};
use runtime::text::{one_line, visible};
use tokio::sync::watch;

use crate::terminal::{self, Style};

/// Lines that are taken at once.
const PAGE: usize = 1000;

pub struct Builds {
    builder: Builder,
    changes: watch::Receiver<u64>,
    shown: HashMap<PathBuf, Shown>,
    style: Style,
    /// Prints how each build ended as an object on standard output too.
    json: bool,
}

/// How much of a project was printed.
#[derive(Default)]
struct Shown {
    run: u64,
    lines: u64,
    ended: bool,
    notes: Vec<String>,
}

impl Builds {
    /// Runs the commands of these files and folders, now and on save: the flag was the answer.
    pub fn start(paths: &[PathBuf], json: bool) -> io::Result<Self> {
        let builder = Builder::start(Consents::given(), BuilderConfig::default())?;
        for path in paths {
            if !names_a_command(path) {
                terminal::err(&format!(
                    "{} names no build command; write [workbench] build = \"…\" into its flow-like.toml\n",
                    one_line(&path.display().to_string())
                ));
            }
            builder.open(path);
        }
        let changes = builder.changes();
        Ok(Self { builder, changes, shown: HashMap::new(), style: Style::for_stderr(), json })
    }

    /// Prints what is new, and waits until there may be more. Returns after one page of a flood, so that others have
    /// their turn.
    pub async fn follow(&mut self) {
        // The lines wait where a build keeps them.
        terminal::clear().await;
        if self.show() {
            return tokio::task::yield_now().await;
        }
        if self.changes.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether the command of the project around a file runs now: it may have begun by removing what was built.
    pub fn is_building(&self, file: &Path) -> bool {
        let real = file.parent().and_then(|folder| folder.canonicalize().ok());
        let concerns = |project: &Project| {
            let below = |path: &Path| path.starts_with(&project.folder);
            below(file) || real.as_deref().is_some_and(below) || project.output.as_deref() == Some(file)
        };
        self.builder.projects().iter().filter(|project| concerns(project)).any(|project| {
            project.run.as_ref().is_some_and(|run| matches!(run.state, RunState::Waiting | RunState::Building))
        })
    }

    /// Ends all commands.
    pub async fn close(&self) {
        self.builder.close().await;
    }

    /// Says whether there is more to print at once.
    fn show(&mut self) -> bool {
        let mut more = false;
        for project in self.builder.projects() {
            let shown = self.shown.entry(project.manifest.clone()).or_default();
            if let Some(run) = &project.run {
                more |= show_run(&self.builder, shown, &project, run, self.style, self.json);
            }
            for note in project.notes.iter().filter(|note| !shown.notes.contains(note)) {
                terminal::err(&format!("{} {}\n", self.style.yellow("warning:"), one_line(note)));
            }
            shown.notes = project.notes;
        }
        more
    }
}

/// [`Builds::follow`], or for ever where nothing is built.
pub async fn follow(builds: &mut Option<Builds>) {
    match builds {
        Some(builds) => builds.follow().await,
        None => std::future::pending().await,
    }
}

/// Prints up to a page of a run's lines, and how it ended once there are no more. Says whether there are.
fn show_run(builder: &Builder, shown: &mut Shown, project: &Project, run: &Run, style: Style, json: bool) -> bool {
    if run.state == RunState::Waiting {
        return false;
    }
    if shown.run != run.number {
        *shown = Shown { run: run.number, notes: std::mem::take(&mut shown.notes), ..Shown::default() };
        let folder = project.folder.display().to_string();
        terminal::err(&format!("{} {}: {}\n", style.bold("building"), one_line(&folder), one_line(&project.command)));
    }
    // A run that was replaced meanwhile has nothing more to show.
    if let Some(page) = builder.lines(&project.manifest, run.number, shown.lines, PAGE) {
        if page.offset > shown.lines {
            terminal::err(&style.dim(&format!("… {} lines left out …\n", page.offset - shown.lines)));
        }
        shown.lines = page.offset + page.lines.len() as u64;
        for line in &page.lines {
            terminal::err(&format!("{}\n", visible(line)));
        }
        if page.lines.len() == PAGE {
            return true;
        }
    }
    let (word, took) = match &run.state {
        RunState::Waiting | RunState::Building => return false,
        RunState::Ok { took } => (style.green("built"), took),
        RunState::Failed { took, failure } => (style.red(&format!("build failed ({failure})")), took),
        RunState::Stopped { took } => (style.dim("build stopped"), took),
    };
    if !std::mem::replace(&mut shown.ended, true) {
        terminal::err(&format!("{word} after {:.1} s\n", took.as_secs_f64()));
        show_problems(project, style);
        if let Some(ended) = wire::Build::ended(project).filter(|_| json) {
            terminal::json(&ended, false);
        }
    }
    false
}

/// The first error once more, where it is in sight: the output may be long.
fn show_problems(project: &Project, style: Style) {
    let (Some(first), Some(Run { state: RunState::Failed { .. }, .. })) =
        (project.problems.first_error(), &project.run)
    else {
        return;
    };
    let place = first.place.as_ref().map_or_else(String::new, |place| format!("{}: ", one_line(&place.to_string())));
    let more = match (project.problems.errors - 1, project.problems.warnings) {
        (0, 0) => String::new(),
        (errors, 0) => format!(" (and {})", counted(errors, "error")),
        (0, warnings) => format!(" (and {})", counted(warnings, "warning")),
        (errors, warnings) => format!(" (and {}, {})", counted(errors, "error"), counted(warnings, "warning")),
    };
    let message = one_line(&first.message);
    terminal::err(&format!("  {place}{} {message}{}\n", style.red("error:"), style.dim(&more)));
}

fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} more {what}{plural}")
}

fn names_a_command(path: &Path) -> bool {
    let manifests =
        if path.is_dir() { manifest::projects_of(path) } else { Manifest::governing(path).into_iter().collect() };
    manifests.iter().any(|manifest| Manifest::read(manifest).is_ok_and(|(manifest, _)| manifest.build.is_some()))
}
