//! Starts the desktop app, or the compile worker where it is called as one.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == runtime::engine::worker::ARGUMENT) {
        return runtime::engine::worker::main();
    }
    match node_workbench::run(std::env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("node-workbench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
