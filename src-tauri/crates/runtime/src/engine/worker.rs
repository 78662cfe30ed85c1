//! The compile worker: a process of its own that can be killed, because what a file makes the compiler do cannot be
//! bounded from inside. It compiles one file after the other and ends with its parent, or when nobody needs it.
//!
//! Program arguments: [`ARGUMENT`], the settings, the folder for results, and the cache folder if there is one. The
//! parent writes requests to standard input and reads answers from standard output; see [`frame`].

pub(super) mod frame;

use std::any::Any;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit};

use self::frame::{Answer, Request};
use super::compiler::Compiler;
use super::folder::Folder;

/// The hidden argument that makes a program a compile worker.
pub const ARGUMENT: &str = "__compile-worker";

/// The settings' spellings on the command line.
pub(super) const PLAIN: &str = "plain";
pub(super) const FUEL: &str = "fuel";

/// What a worker may allocate. The largest real nodes need a tenth of it.
pub(super) const MEMORY: u64 = 4 << 30;

/// A worker that has had nothing to do for this long ends.
const IDLE: Duration = Duration::from_secs(10);

/// The window, the run and the user's own programs go first.
const NICE: i32 = 5;

/// Serves compilations until standard input closes. A program calls it at once when its first argument is
/// [`ARGUMENT`], before it starts threads or reads anything.
pub fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads a worker's words; its parent sees that it ended.
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    restrict()?;
    let mut arguments = std::env::args_os().skip(2);
    let fuel = arguments.next().is_some_and(|settings| settings == FUEL);
    let results = PathBuf::from(arguments.next().ok_or(io::ErrorKind::InvalidInput)?);
    let compiler = compiler(fuel, arguments.next())?;
    let mut output = io::stdout().lock();
    frame::write_answer(&mut output, &Answer::Hello(super::wasmtime_version().to_owned()))?;

    let (sender, requests) = sync_channel(1);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Ok(request) = frame::read_request(&mut input) {
            if sender.send(request).is_err() {
                return;
            }
        }
        // The parent is gone or has given up: whatever is being compiled, nobody wants it.
        std::process::exit(0);
    });
    loop {
        match requests.recv_timeout(IDLE) {
            Ok(request) => {
                compiler.begin();
                let answer = match catch_unwind(AssertUnwindSafe(|| compile(&compiler, &results, &request))) {
                    Ok(Ok(answer)) => answer,
                    Ok(Err(error)) => Answer::Refused(format!("{error:#}")),
                    Err(panic) => Answer::Refused(format!("the compiler failed: {}", panic_message(&*panic))),
                };
                frame::write_answer(&mut output, &answer)?;
                compiler.finish();
            }
            Err(RecvTimeoutError::Timeout) => return frame::write_answer(&mut output, &Answer::Bye),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn compiler(fuel: bool, cache: Option<OsString>) -> io::Result<Compiler> {
    // Without the folder, functions are not kept: the parent says so, should nothing else be.
    let folder = cache.and_then(|path| Folder::open(Path::new(&path)).ok());
    Compiler::new(fuel, folder.as_ref()).map_err(io::Error::other)
}

/// Writes the code to the file that the parent has made and holds open, or answers with the code itself.
fn compile(compiler: &Compiler, results: &Path, request: &Request) -> wasmtime::Result<Answer> {
    let code = compiler.compile(request.kind, &request.wasm)?;
    if request.result.is_empty() {
        return Ok(Answer::Code(String::new(), code));
    }
    let file = std::fs::OpenOptions::new().write(true).open(results.join(&request.result));
    Ok(match file.and_then(|mut file| file.write_all(&code)) {
        Ok(()) => Answer::Done,
        Err(error) => Answer::Code(error.to_string(), code),
    })
}

fn restrict() -> io::Result<()> {
    rustix::process::nice(NICE)?;
    let mut limit = rustix::process::getrlimit(Resource::Data);
    let most = limit.maximum.map_or(MEMORY, |maximum| maximum.min(MEMORY));
    limit = Rlimit { current: Some(most), ..limit };
    rustix::process::setrlimit(Resource::Data, limit)?;
    // A dump of a process of this size helps nobody.
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given")
}
