//! `nodewb test`: runs the cases of nodes and compares what comes of them with what is expected.
//!
//! Each case has a workbench to itself: no variables, cache or files of another case or of the user. What no rule of the
//! case covers is denied and counts as asked for.

mod find;
mod report;
mod suite;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use tokio_util::sync::CancellationToken;

use self::report::{Format, Report};
use self::suite::{Finished, Planned};
use crate::exit::Exit;
use crate::open;
use crate::terminal::{self, Style};

#[derive(Args)]
#[command(
    after_help = "Cases are in <node>.cases.json beside the node. A case has a name, inputs, rules, limits and what is
expected: outcome, outputs, fired pins, logs, stream, figures.

Exit codes: 0 all held, 1 some failed, 2 usage, 3 something could not be loaded.

Examples:
  nodewb test
  nodewb test my-project --case 'three*'
  nodewb test . --report junit=report.xml --report json=report.json --shard 1/4"
)]
pub struct Test {
    /// Files of cases, nodes or project folders [default: the current folder]
    pub paths: Vec<PathBuf>,
    /// Only cases whose name fits; * stands for any characters
    #[arg(long, value_name = "GLOB")]
    pub case: Option<String>,
    /// Run each case so many times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub repeat: u32,
    /// Cases at a time [default: the processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,
    /// Only part I of N, for several machines
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<(usize, usize)>,
    /// Write a report: junit=FILE, tap=FILE or json=FILE; may be given more than once
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = Report::read)]
    pub reports: Vec<Report>,
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    parts.filter(|(part, of)| (1..=*of).contains(part)).ok_or_else(|| "write I/N, such as 1/4".to_owned())
}

pub async fn test(data: Option<PathBuf>, arguments: Test) -> Exit {
    let cancel = match open::cancel_on_interrupt() {
        Ok(cancel) => cancel,
        Err(error) => return Exit::Load.because(&error.to_string()),
    };
    let paths = if arguments.paths.is_empty() { vec![PathBuf::from(".")] } else { arguments.paths.clone() };
    let mut plan = Vec::new();
    let mut broken = false;
    for path in &paths {
        match find::suites(path) {
            Ok(suites) => plan.extend(suites.iter().flat_map(|suite| suite.plan(&arguments, &mut broken))),
            Err(reason) => {
                broken = true;
                terminal::complain(&reason);
            }
        }
    }
    if plan.is_empty() && !broken {
        return Exit::Load.because("no case fits; write <node>.cases.json beside the node");
    }
    let plan: Vec<Planned> = match arguments.shard {
        Some((part, of)) => {
            plan.into_iter().enumerate().filter(|(index, _)| index % of == part - 1).map(|(_, it)| it).collect()
        }
        None => plan,
    };
    let finished = match run_all(data, Arc::new(plan), &arguments, &cancel).await {
        Ok(finished) => finished,
        Err(exit) => return exit,
    };
    if cancel.is_cancelled() {
        return Exit::Cancelled;
    }
    conclude(&finished, &arguments.reports, broken)
}

/// Runs the plan on several workers; what they finish comes back in the plan's order.
async fn run_all(
    data: Option<PathBuf>,
    plan: Arc<Vec<Planned>>,
    arguments: &Test,
    cancel: &CancellationToken,
) -> Result<Vec<Finished>, Exit> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = arguments.jobs.map_or(processors, usize::from).min(plan.len().max(1));
    let next = Arc::new(AtomicUsize::new(0));
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..jobs {
        let (plan, next, sender, cancel) = (plan.clone(), next.clone(), sender.clone(), cancel.clone());
        let mut worker = suite::Worker::open(data.clone()).await?;
        workers.spawn(async move {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(planned) = plan.get(index).filter(|_| !cancel.is_cancelled()) else { break };
                let finished = worker.run(planned, &cancel).await;
                if sender.send((index, finished)).is_err() {
                    break;
                }
            }
            worker.close().await
        });
    }
    drop(sender);
    let mut finished: Vec<Option<Finished>> = Vec::new();
    finished.resize_with(plan.len(), || None);
    let mut shown = 0;
    while let Some((index, one)) = receiver.recv().await {
        finished[index] = Some(one);
        // Shown in order, as soon as everything before is there.
        while let Some(Some(one)) = finished.get(shown) {
            report::show(one, Style::for_stdout());
            shown += 1;
        }
    }
    while let Some(ended) = workers.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => terminal::complain(&error),
            Err(error) => return Err(Exit::Load.because(&format!("a worker failed: {error}"))),
        }
    }
    Ok(finished.into_iter().flatten().collect())
}

fn conclude(finished: &[Finished], reports: &[Report], mut broken: bool) -> Exit {
    let failed = finished.iter().filter(|one| one.has_failed()).count();
    let unloaded = finished.iter().filter(|one| one.is_unloaded()).count();
    report::summary(finished, Style::for_stdout());
    for report in reports {
        if let Err(error) = report.write(finished) {
            broken = true;
            terminal::complain(&format!("cannot write \"{}\": {error}", report.file.display()));
        }
    }
    match (broken || unloaded > 0, failed) {
        (true, _) => Exit::Load,
        (false, 0) => Exit::Ok,
        (false, _) => Exit::NodeError,
    }
}

impl Report {
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || "write junit=FILE, tap=FILE or json=FILE".to_owned();
        let (format, file) = text.split_once('=').ok_or_else(wrong)?;
        let format = match format {
            "junit" => Format::Junit,
            "tap" => Format::Tap,
            "json" => Format::Json,
            _ => return Err(wrong()),
        };
        if file.is_empty() { Err(wrong()) } else { Ok(Self { format, file: file.into() }) }
    }
}
