//! Node Workbench in a terminal.
//!
//! The program is a thin shell around the runtime: it reads arguments, shows events and answers questions. What a node
//! may do and how it runs is decided there.

mod args;
mod build;
mod check;
mod doctor;
mod exit;
mod help;
mod inputs;
mod inspect;
mod interrupt;
mod man;
mod new;
mod open;
mod predict;
mod prompt;
mod rules;
mod run;
mod show;
mod terminal;
mod test;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use runtime::engine::worker;

use self::args::{Arguments, Command};
use self::exit::Exit;

fn main() -> ExitCode {
    // A compile worker is a world of its own: nothing else may have started before it.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == worker::ARGUMENT) {
        return worker::main();
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return terminal::usage(&error),
    };
    terminal::warnings();
    if let Some(exit) = without_nodes(&arguments) {
        return exit.unless_output_failed().into();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Exit::Load.because(&format!("cannot start: {error}")).into(),
    };
    let exit = runtime.block_on(async {
        match arguments.command {
            Command::Inspect(inspect) => inspect::inspect(arguments.data, inspect).await,
            Command::Run(run) => run::run(arguments.data, run).await,
            Command::Watch(watch) => watch::watch(arguments.data, watch).await,
            Command::New(new) => new::new(arguments.data, new).await,
            Command::Doctor(doctor) => doctor::doctor(&doctor),
            Command::Test(test) => test::test(arguments.data, test).await,
            Command::Check(check) => check::check(arguments.data, check).await,
            Command::Predict(predict) => predict::predict(&predict),
            Command::Rules(rules) => rules::rules(&rules),
            Command::Help(_) | Command::Diagnostics | Command::Completions { .. } | Command::Man { .. } => Exit::Ok,
        }
    });
    // A question's reader may still wait for a line that nobody types.
    runtime.shutdown_background();
    open::close();
    exit.unless_output_failed().into()
}

/// Commands that load nothing.
fn without_nodes(arguments: &Arguments) -> Option<Exit> {
    match &arguments.command {
        Command::Help(topic) => Some(help::help(topic)),
        Command::Man { folder } => Some(man::write(folder)),
        Command::Diagnostics => Some(help::diagnostics(arguments.data.clone())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "nodewb", &mut script);
            terminal::out(&String::from_utf8_lossy(&script));
            Some(Exit::Ok)
        }
        _ => None,
    }
}
