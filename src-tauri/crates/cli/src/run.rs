//! `nodewb run`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use runtime::definition::Definition;
use runtime::event::EventKind;
use runtime::json::Json;
use runtime::limits::Limits;
use runtime::manifest::Manifest;
use runtime::node::LoadedNode;
use runtime::permission::{Answer, Prompter, Question, Unanswered};
use runtime::record::Notice;
use runtime::run::{Run, RunOptions};
use runtime::text::{nearest, quoted};
use runtime::workbench::Workbench;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::args::{self, Call};
use crate::exit::Exit;
use crate::show::Show;
use crate::{inputs, inspect, open, prompt, rules, terminal};

pub async fn run(data: Option<PathBuf>, arguments: args::Run) -> Exit {
    let began = Instant::now();
    let args::Run { file, call } = arguments;
    if file.as_os_str() == "-" {
        return Exit::Usage.because(
            "a node is run from a file, because what it may do and keeps belongs to that; write one, and name it",
        );
    }
    let workbench = match open::workbench(data, call.memory).await {
        Ok(workbench) => workbench,
        Err(exit) => return exit,
    };
    let cancel = match open::cancel_on_interrupt() {
        Ok(cancel) => cancel,
        Err(error) => return Exit::Load.because(&error.to_string()),
    };
    let engine = match call.fuel {
        Some(_) => workbench.fuel_engine(),
        None => Ok(workbench.engine()),
    };
    let loaded = match engine {
        Ok(engine) => open::load(&workbench, engine, &file, &cancel).await,
        Err(error) => Err(error),
    };
    let node = match loaded {
        Ok(node) => node,
        Err(_) if cancel.is_cancelled() => return Exit::Cancelled,
        Err(error) => {
            if call.json {
                terminal::json(&wire::Event::unloadable(&error, began.elapsed()), false);
            }
            return Exit::Load.because(&error.to_string());
        }
    };
    inspect::warn_of(&node);
    let call = Arc::new(call);
    let (name, values) = match cancel.run_until_cancelled(prepare(&node, &call)).await {
        None => return Exit::Cancelled,
        Some(Ok(prepared)) => prepared,
        Some(Err(reason)) => return Exit::Usage.because(&reason),
    };
    rules::warn_of_labels(&call);
    let prompter = prompt::prompter(&call);
    execute(&workbench, node, &call, &name, values, prompter, cancel).await
}

/// Which node to call with which values. The error is a matter of usage.
pub async fn prepare(node: &Arc<LoadedNode>, call: &Arc<Call>) -> Result<(String, Vec<(String, Json)>), String> {
    let name = chosen(&node.definitions, call.node.as_deref())?.name.clone();
    let (node, call, of) = (node.clone(), call.clone(), name.clone());
    let values = tokio::task::spawn_blocking(move || match node.definition(&of) {
        Some(definition) => inputs::read(definition, &call),
        None => Ok(Vec::new()),
    });
    let values = values.await.map_err(|error| error.to_string())??;
    Ok((name, values))
}

fn chosen<'a>(definitions: &'a [Definition], wanted: Option<&str>) -> Result<&'a Definition, String> {
    let names = || definitions.iter().map(|definition| definition.name.as_str());
    let list = || names().map(quoted).collect::<Vec<_>>().join(", ");
    match (wanted, definitions) {
        (Some(wanted), _) => definitions.iter().find(|definition| definition.name == wanted).ok_or_else(|| {
            let advice = match nearest(wanted, names()) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => format!("it has {}", list()),
            };
            format!("the file has no node {}; {advice}", quoted(wanted))
        }),
        (None, [only]) => Ok(only),
        (None, _) => Err(format!("the file has {} nodes; choose one with --node: {}", definitions.len(), list())),
    }
}

/// One call, with its events shown as they come.
pub async fn execute(
    workbench: &Workbench,
    node: Arc<LoadedNode>,
    call: &Call,
    name: &str,
    values: Vec<(String, Json)>,
    prompter: Arc<dyn Prompter>,
    cancel: CancellationToken,
) -> Exit {
    let mut notices = workbench.recorder().notices();
    notices.mark_unchanged();
    let (reached, shown) = watch::channel(0);
    let options = RunOptions {
        limits: Some(limits(&node, call)),
        allow: call.allow.iter().map(|written| written.rule.clone()).collect(),
        deny: call.deny.iter().map(|written| written.rule.clone()).collect(),
        log_level: call.log_level,
        cancel: cancel.clone(),
        ..RunOptions::new(node, Arc::new(InTurn { prompter, shown }))
    };
    let (mut run, mut events) = Run::start(workbench, options);
    let show = Show::new(call.json);
    let showing = tokio::spawn(async move {
        let mut ended = None;
        while let Some(event) = events.recv().await {
            if let EventKind::Finished(outcome) = &event.kind {
                ended = Some(outcome.clone());
            }
            terminal::clear().await;
            if !show.show(&event) {
                // Nobody reads the output any more.
                cancel.cancel();
            }
            if let EventKind::Asked(question) = &event.kind {
                reached.send_replace(question.id);
            }
        }
        ended
    });
    let outcome = run.call(name, values).await;
    // The channel ends with the run, and with it the task that shows what is left in it.
    drop(run);
    // With the time at which all was stored, which the call itself does not know.
    let outcome = match showing.await {
        Ok(ended) => ended.unwrap_or(outcome),
        Err(error) => {
            terminal::complain(&error.to_string());
            outcome
        }
    };
    show.result(&outcome);
    if let Err(error) = workbench.recorder().flush().await {
        terminal::complain(&format!("the record of this run is not complete: {error}"));
    }
    if notices.has_changed().unwrap_or(false)
        && let Some(notice @ (Notice::Lost { .. } | Notice::SetAside { .. })) = &*notices.borrow()
    {
        terminal::complain(&notice.to_string());
    }
    match Exit::from(&*outcome) {
        Exit::Ok if call.strict && !outcome.problems.is_empty() => Exit::NodeError,
        exit => exit,
    }
}

/// Puts a question only when everything that happened before it has been shown.
struct InTurn {
    prompter: Arc<dyn Prompter>,
    /// The latest question that the events have come to.
    shown: watch::Receiver<u64>,
}

#[async_trait]
impl Prompter for InTurn {
    async fn ask(&self, question: Arc<Question>) -> Result<Answer, Unanswered> {
        // Where nothing is shown any more there is nothing to wait for.
        let _ = self.shown.clone().wait_for(|shown| *shown >= question.id).await;
        self.prompter.ask(question).await
    }

    fn is_anybody(&self) -> bool {
        self.prompter.is_anybody()
    }
}

/// The manifest's tiers or the defaults, with what the line says.
fn limits(node: &LoadedNode, call: &Call) -> Limits {
    let mut limits = node.manifest.as_ref().map_or_else(Limits::default, Manifest::limits);
    if let Some(memory) = call.memory {
        limits.memory = memory;
    }
    if let Some(time) = call.timeout {
        limits.time = time;
    }
    limits.fuel = call.fuel;
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definitions(names: &[&str]) -> Vec<Definition> {
        let list: Vec<_> = names.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
        runtime::definition::parse(&format!("[{}]", list.join(","))).expect("definitions").0
    }

    #[test]
    fn a_package_needs_a_name() {
        let (one, two) = (definitions(&["a"]), definitions(&["math_add", "math_sub"]));
        let name = |list, wanted| chosen(list, wanted).map(|definition: &Definition| definition.name.clone());
        assert_eq!(name(&one, None), Ok("a".into()));
        assert_eq!(name(&two, Some("math_sub")), Ok("math_sub".into()));
        let refused = name(&two, None).expect_err("two nodes");
        assert!(refused.contains("\"math_add\", \"math_sub\""), "{refused}");
        let refused = name(&two, Some("math_ad")).expect_err("no such node");
        assert!(refused.contains("did you mean \"math_add\""), "{refused}");
    }
}
