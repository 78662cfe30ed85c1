//! Asking a guest for its definitions, and what it says meanwhile: nobody watches, so its lines are kept for the problem.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Stopped, guarded};
use crate::clock::RunClock;
use crate::definition::{Problem, Severity};
use crate::engine::Engine;
use crate::error::LoadError;
use crate::event::{EventKind, EventReceiver, Events, Level, LogSource, RunId};
use crate::guest::fault::Fault;
use crate::guest::{DefinitionText, Guest};
use crate::host::{HostState, Meta, PackageKey, RunContext, RunShared, Services};
use crate::limits::Limits;
use crate::permission::Gate;
use crate::text::shortened;
use crate::trap::{self, Trap};

/// Lines that are kept: the last say why it failed.
const MAX_LINES: usize = 20;
/// Characters of each.
const MAX_LINE: usize = 300;
/// How long what still holds the channel may take to let go of it.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What a guest wrote while it was asked.
#[derive(Default)]
pub(crate) struct Said {
    lines: VecDeque<(Severity, String)>,
    left_out: usize,
}

impl Said {
    async fn listen(mut events: EventReceiver) -> Self {
        let mut said = Self::default();
        while let Some(event) = events.recv().await {
            if let EventKind::Log { level, source, message } = event.kind {
                said.line(level, source, &message);
            }
        }
        said
    }

    fn line(&mut self, level: Level, source: LogSource, message: &str) {
        let who = if source == LogSource::Node { level.name() } else { source.name() };
        let severity =
            if level >= Level::Warn || source == LogSource::Stderr { Severity::Warning } else { Severity::Info };
        let line = (severity, format!("{who}: {}", shortened(message.trim_end(), MAX_LINE)));
        // A node that is asked a second time says the same again.
        if self.lines.contains(&line) {
            return;
        }
        self.lines.push_back(line);
        if self.lines.len() > MAX_LINES {
            self.lines.pop_front();
            self.left_out += 1;
        }
    }

    /// The error, with what the guest wrote before.
    pub(crate) fn explain(&self, error: LoadError) -> LoadError {
        if self.lines.is_empty() || matches!(error, LoadError::Abandoned) {
            return error;
        }
        let lines = self.lines.iter().map(|(_, line)| line.clone()).collect();
        LoadError::Said { error: Box::new(error), lines }
    }

    /// One for each line: a node that logs while it is only asked what it is has a reason.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let problem = |(severity, line): &(Severity, String)| {
            Problem::new(*severity, "definition-log", format!("while its definition was read the node wrote {line}"))
        };
        let mut problems: Vec<Problem> = self.lines.iter().map(problem).collect();
        if self.left_out > 0 {
            let message = format!("while its definition was read the node wrote {} more lines before", self.left_out);
            problems.push(Problem::info("definition-log", message));
        }
        problems
    }
}

/// Asks a guest for its definitions in an empty world: everything denied, a short deadline.
pub(crate) async fn definitions(
    engine: &Engine,
    guest: &Guest,
    services: &Arc<Services>,
    memory: u64,
    cancel: &CancellationToken,
) -> (Result<DefinitionText, LoadError>, Said) {
    let _running = engine.running();
    let limits = Limits::definition(memory);
    let clock = RunClock::start();
    let id = RunId("definition".into());
    let (events, receiver) = Events::channel(id.clone(), clock.clone(), limits.events);
    let mut listening = tokio::spawn(Said::listen(receiver));
    let context = Arc::new(RunContext {
        id,
        clock,
        gate: Gate::closed(events.clone()),
        events,
        services: services.clone(),
        package: PackageKey::new(PathBuf::new()),
        limits,
        cancel: cancel.child_token(),
        shared: RunShared::default(),
    });
    let text = twice(guest, &context).await;
    // The listener ends with the last that can write to it.
    drop(context);
    let said = match tokio::time::timeout(LAST_LINES, &mut listening).await {
        Ok(said) => said.unwrap_or_default(),
        Err(_) => {
            listening.abort();
            Said::default()
        }
    };
    (text, said)
}

/// For all nodes, and where that traps for one.
async fn twice(guest: &Guest, context: &Arc<RunContext>) -> Result<DefinitionText, LoadError> {
    match ask(guest, context, false).await {
        Err(LoadError::DefinitionTrap(first)) if !first.reason.is_limit() => {
            let text = ask(guest, context, true).await.map_err(|_| LoadError::DefinitionTrap(first.clone()))?;
            Ok(DefinitionText { fallback: Some(first.message), ..text })
        }
        text => text,
    }
}

async fn ask(guest: &Guest, context: &Arc<RunContext>, single: bool) -> Result<DefinitionText, LoadError> {
    let stopped = |stopped| match stopped {
        Stopped::Cancelled => LoadError::Abandoned,
        Stopped::TimedOut(limit) => LoadError::DefinitionTrap(Trap::timed_out(limit)),
        Stopped::Panicked(reason) => LoadError::Internal { reason },
    };
    let state = HostState::new(context.clone(), Meta::default());
    let mut instance = guarded(context, guest.instantiate(state)).await.map_err(stopped)?.map_err(|failed| {
        match trap::refused_by_system(&failed.error) {
            Some(reason) => LoadError::System { reason },
            None => LoadError::DefinitionTrap(trap::explain(&failed.error, &failed.state)),
        }
    })?;
    match guarded(context, instance.definitions(single)).await.map_err(stopped)? {
        Ok(text) => Ok(text),
        Err(_) if context.cancel.is_cancelled() => Err(LoadError::Abandoned),
        Err(error) => match error.downcast_ref() {
            Some(&Fault::OutputTooLarge { size, limit, .. }) => Err(LoadError::DefinitionTooLarge { size, limit }),
            _ => Err(LoadError::DefinitionTrap(trap::explain(&error, instance.state()))),
        },
    }
}
