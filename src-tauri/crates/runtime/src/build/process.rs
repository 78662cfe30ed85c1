//! One run of a build command, in a process group of its own; what belongs to it ends with it (`group`).

mod group;

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

pub use self::group::end_all;

use self::group::Processes;

/// How long processes have to end by themselves once they were told to, and to close their output after that.
const GRACE: Duration = Duration::from_secs(1);
/// How long what a command left behind may hold its output open.
const LEFT_BEHIND: Duration = Duration::from_millis(500);
const CHUNK: usize = 16 << 10;

/// How a command ended.
#[derive(Debug)]
pub(super) enum End {
    Exited {
        status: ExitStatus,
        /// Processes of the group were still there, and were ended.
        left_behind: bool,
    },
    /// It ran for as long as it may.
    TimedOut,
    /// It was told to stop.
    Stopped,
    NotStarted(io::Error),
}

/// Runs `command` by `sh` in a folder, without input, with `path` for `PATH` where there is one. `print` gets what it
/// writes to both of its outputs, in order. When the future is dropped, or `stop` fires, or `limit` is over, the whole
/// group is ended.
pub(super) async fn run(
    command: &str,
    folder: &Path,
    path: Option<&OsStr>,
    limit: Duration,
    stop: &CancellationToken,
    mut print: impl FnMut(&[u8]),
) -> End {
    let mut process = match Process::start(command, folder, path) {
        Ok(process) => process,
        Err(error) => return End::NotStarted(error),
    };
    let mut chunk = vec![0; CHUNK];
    let (mut open, mut ended) = (true, None);
    let (over, left_behind) = (sleep(limit), sleep(Duration::ZERO));
    tokio::pin!(over, left_behind);
    loop {
        if let Some(status) = ended.filter(|_| !open) {
            return End::Exited { status, left_behind: false };
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {
                process.end(&mut print).await;
                return End::Stopped;
            }
            () = &mut over => {
                process.end(&mut print).await;
                return End::TimedOut;
            }
            status = process.child.wait(), if ended.is_none() => match status {
                Ok(status) => {
                    ended = Some(status);
                    left_behind.as_mut().reset(Instant::now() + LEFT_BEHIND);
                }
                Err(error) => return End::NotStarted(error),
            },
            () = &mut left_behind, if ended.is_some() => {
                process.end(&mut print).await;
                if let Some(status) = ended {
                    return End::Exited { status, left_behind: true };
                }
            }
            read = process.output.read(&mut chunk), if open => match read {
                Ok(length) if length > 0 => print(chunk.get(..length).unwrap_or_default()),
                _ => open = false,
            },
        }
    }
}

struct Process {
    child: Child,
    /// Both outputs of the command in one, so that lines stand in the order in which they were written.
    output: pipe::Receiver,
    group: Processes,
}

impl Process {
    fn start(command: &str, folder: &Path, path: Option<&OsStr>) -> io::Result<Self> {
        let (output, input) = io::pipe()?;
        let output = pipe::Receiver::from_owned_fd(output.into())?;
        // This program's ends of the pipe for writing go with the `Command`.
        let mut shell = Command::new("sh");
        if let Some(path) = path {
            shell.env("PATH", path);
        }
        let child = shell
            .arg("-c")
            .arg(command)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(input.try_clone()?)
            .stderr(input)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = Processes::of(child.id(), &output)?;
        Ok(Self { child, output, group })
    }

    /// Tells all processes to end, and those that still hold the output are ended; what gave it up ends with the group.
    async fn end(&mut self, print: &mut impl FnMut(&[u8])) {
        self.group.signal(Signal::TERM);
        if timeout(GRACE, self.closed(print)).await.is_err() {
            self.group.signal(Signal::KILL);
            // A process that the system itself holds up is left to it.
            let _ = timeout(GRACE, self.closed(print)).await;
        }
    }

    /// Waits until nobody holds the output and the shell has ended.
    async fn closed(&mut self, print: &mut impl FnMut(&[u8])) {
        let mut chunk = vec![0; CHUNK];
        while let Ok(length) = self.output.read(&mut chunk).await {
            if length == 0 {
                break;
            }
            print(chunk.get(..length).unwrap_or_default());
        }
        // Its status is of no interest any more.
        let _ = self.child.wait().await;
    }
}

#[cfg(test)]
mod tests;
