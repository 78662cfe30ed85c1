//! `nodewb watch`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runtime::library::{Folder, Library, LibraryEvent};
use runtime::node::{LoadedNode, Node, NodeState};
use runtime::permission::Prompter;
use runtime::text::{one_line, quoted};
use runtime::workbench::{WithEngine, Workbench};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::args::{self, Call};
use crate::build::{self, Builds};
use crate::exit::Exit;
use crate::terminal::{self, Style};
use crate::{inspect, open, prompt, rules, run};

pub async fn watch(data: Option<PathBuf>, arguments: args::Watch) -> Exit {
    match open::cancel_on_interrupt() {
        Ok(cancel) => until(data, arguments, &cancel).await,
        Err(error) => Exit::Load.because(&error.to_string()),
    }
}

/// Watches until that is cancelled.
pub async fn until(data: Option<PathBuf>, arguments: args::Watch, cancel: &CancellationToken) -> Exit {
    if reads_standard_input(&arguments.call) {
        return Exit::Usage.because("standard input ends after the first run; give watch a file of inputs");
    }
    if let Some(stream) = arguments.paths.iter().find(|path| open::is_stream(path)) {
        let name = quoted(&stream.display().to_string());
        return Exit::Usage
            .because(&format!("{name} is a pipe or a device, which cannot be watched; name a file or a folder"));
    }
    let workbench = match open::workbench(data, arguments.call.memory).await {
        Ok(workbench) => workbench,
        Err(exit) => return exit,
    };
    let (sender, events) = mpsc::unbounded_channel();
    let engine = match arguments.call.fuel {
        Some(_) => workbench.fuel_engine(),
        None => Ok(workbench.engine()),
    };
    let loader = match engine {
        Ok(engine) => WithEngine::new(workbench.clone(), engine.clone()),
        Err(error) => return Exit::Load.because(&error.to_string()),
    };
    let library = match Library::start(Arc::new(loader), sender) {
        Ok(library) => library,
        Err(error) => return Exit::Load.because(&format!("cannot watch files: {error}")),
    };
    for path in &arguments.paths {
        if let Err(reason) = add(&library, path).await {
            return Exit::Load.because(&reason);
        }
    }
    let builds = match arguments.build.then(|| Builds::start(&arguments.paths, arguments.call.json)).transpose() {
        Ok(builds) => builds,
        Err(error) => return Exit::Load.because(&format!("cannot watch sources: {error}")),
    };
    let call = Arc::new(arguments.call);
    rules::warn_of_labels(&call);
    let prompter = prompt::prompter(&call);
    let runs = arguments.run.then_some(Runs { call, prompter, current: HashMap::new() });
    Watch { workbench, runs, builds, tasks: JoinSet::new(), style: Style::for_stderr(), missing: Vec::new() }
        .until(events, cancel)
        .await
}

fn reads_standard_input(call: &Call) -> bool {
    let named = call.inputs.as_ref().is_some_and(|file| file.as_os_str() == "-");
    named
        || call
            .input
            .iter()
            .any(|input| input.split_once('=').is_some_and(|(pin, value)| !pin.ends_with(':') && value == "@-"))
}

async fn add(library: &Library, path: &Path) -> Result<(), String> {
    if path.is_dir() {
        // An event says what is in it.
        return library.add_folder(path).await.map(drop).map_err(|error| error.to_string());
    }
    if !path.exists() {
        terminal::err(&format!("{} does not exist yet; waiting for it\n", one_line(&path.display().to_string())));
    }
    library.add_file(path).await.map_err(|error| error.to_string())
}

fn folder_words(folder: &Folder) -> String {
    let path = folder.path.display().to_string();
    match &folder.error {
        Some(error) => format!("watching {}: {}\n", one_line(&path), one_line(&error.to_string())),
        None => format!("watching {} ({} files)\n", one_line(&path), folder.files.len()),
    }
}

struct Watch {
    workbench: Workbench,
    runs: Option<Runs>,
    builds: Option<Builds>,
    tasks: JoinSet<()>,
    style: Style,
    /// Files that a build under way removed: they are told of when it has ended without them.
    missing: Vec<Node>,
}

/// Runs after a load; a newer build stops the run of an older one of the same file.
struct Runs {
    call: Arc<Call>,
    prompter: Arc<dyn Prompter>,
    current: HashMap<PathBuf, CancellationToken>,
}

impl Watch {
    async fn until(mut self, events: mpsc::UnboundedReceiver<LibraryEvent>, cancel: &CancellationToken) -> Exit {
        let exit = self.follow(events, cancel).await;
        // The runs' last events and their record belong to what was asked for.
        cancel.cancel();
        while self.tasks.join_next().await.is_some() {}
        if let Some(builds) = &self.builds {
            builds.close().await;
        }
        exit
    }

    async fn follow(&mut self, mut events: mpsc::UnboundedReceiver<LibraryEvent>, cancel: &CancellationToken) -> Exit {
        loop {
            let event = tokio::select! {
                biased;
                () = cancel.cancelled() => return Exit::Cancelled,
                Some(_) = self.tasks.join_next() => {
                    if terminal::is_closed() {
                        return Exit::Ok;
                    }
                    continue;
                }
                event = events.recv() => event,
                () = build::follow(&mut self.builds) => {
                    self.look_for_missing(cancel);
                    continue;
                }
            };
            match event {
                Some(LibraryEvent::NodeChanged { node, changes }) => self.changed(&node, &changes, cancel),
                Some(LibraryEvent::NodeRemoved { path }) => {
                    terminal::err(&format!("{} is gone\n", one_line(&path.display().to_string())));
                }
                Some(LibraryEvent::FolderChanged(folder)) => terminal::err(&folder_words(&folder)),
                Some(LibraryEvent::FolderRemoved { path }) => {
                    terminal::err(&format!("{} is gone\n", one_line(&path.display().to_string())));
                }
                Some(LibraryEvent::WatchingStopped) | None => {
                    return Exit::Load.because("changes are no longer noticed; start the program again");
                }
            }
        }
    }

    fn look_for_missing(&mut self, cancel: &CancellationToken) {
        for node in std::mem::take(&mut self.missing) {
            if !node.path.exists() {
                self.changed(&node, &[], cancel);
            }
        }
    }

    /// Whether the file is only gone until the build under way writes it again.
    fn is_being_made(&self, path: &Path) -> bool {
        !path.exists() && self.builds.as_ref().is_some_and(|builds| builds.is_building(path))
    }

    fn changed(&mut self, node: &Node, changes: &[String], cancel: &CancellationToken) {
        let path = one_line(&node.path.display().to_string()).into_owned();
        let style = self.style;
        match &node.state {
            NodeState::Loading { .. } => {}
            NodeState::Stale { .. } | NodeState::Broken { .. } if self.is_being_made(&node.path) => {
                self.missing.push(node.clone());
            }
            NodeState::Ready(build) => {
                terminal::err(&format!("{} {path}\n", style.green("loaded")));
                for change in changes {
                    let change = one_line(change);
                    let line = if change.contains("breaking:") { style.yellow(&change) } else { change.into() };
                    terminal::err(&format!("  {line}\n"));
                }
                inspect::warn_of(build);
                self.run(&node.path, build.clone(), cancel);
            }
            NodeState::Stale { error, .. } => {
                let reason = one_line(&error.to_string()).into_owned();
                terminal::err(&format!("{} {path}: {reason}\n  the last good build is kept\n", style.red("broken")));
            }
            NodeState::Broken { error } => {
                let reason = one_line(&error.to_string()).into_owned();
                terminal::err(&format!("{} {path}: {reason}\n", style.red("broken")));
            }
        }
    }

    fn run(&mut self, path: &Path, build: Arc<LoadedNode>, cancel: &CancellationToken) {
        let Some(runs) = &mut self.runs else { return };
        let cancel = cancel.child_token();
        if let Some(older) = runs.current.insert(path.to_path_buf(), cancel.clone()) {
            older.cancel();
        }
        let (workbench, call) = (self.workbench.clone(), runs.call.clone());
        let prompter = runs.prompter.clone();
        self.tasks.spawn(async move {
            match cancel.run_until_cancelled(run::prepare(&build, &call)).await {
                None => {}
                Some(Ok((name, values))) => {
                    run::execute(&workbench, build, &call, &name, values, prompter, cancel).await;
                }
                Some(Err(reason)) => terminal::complain(&reason),
            }
        });
    }
}
