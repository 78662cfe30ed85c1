//! The workbench's own log: a file for each day in the data folder, and the newest lines for the window.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use runtime::private;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// Lines that the window can see.
const LINES: usize = 2000;
/// Days that are kept.
const FILES: usize = 7;

/// The newest lines; clones share them.
#[derive(Clone, Default)]
pub struct HostLog(Arc<Mutex<VecDeque<String>>>);

impl HostLog {
    /// Starts to log. `RUST_LOG` says what; without it warnings of libraries and what this program says. Where the file
    /// cannot be written the lines are still in memory.
    pub fn start(data: &Path) -> Self {
        let log = Self::default();
        let filter = EnvFilter::try_from_default_env()
            .unwrap_or_else(|_| EnvFilter::new("warn,node_workbench=info,runtime=info"));
        let memory = fmt::layer().with_ansi(false).with_writer(log.clone());
        let file = rolling(&data.join("logs"));
        let reason = file.as_ref().err().map(ToString::to_string);
        let file = file.ok().map(|file| fmt::layer().with_ansi(false).with_writer(Mutex::new(file)));
        // A test may have set another subscriber before.
        let started = tracing_subscriber::registry().with(filter).with(memory).with(file).try_init();
        if let Err(error) = started {
            eprintln!("node-workbench: {error}");
        }
        if let Some(reason) = reason {
            tracing::warn!(reason, "the log is kept in memory only");
        }
        log
    }

    /// Oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

fn rolling(folder: &Path) -> anyhow::Result<RollingFileAppender> {
    private::create_folder(folder)?;
    // The appender would wait for a pipe.
    for entry in folder.read_dir()? {
        private::exists(&entry?.path())?;
    }
    Ok(RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("workbench")
        .filename_suffix("log")
        .max_log_files(FILES)
        .build(folder)?)
}

impl<'a> MakeWriter<'a> for HostLog {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { log: self.clone(), text: Vec::new() }
    }
}

/// One event being written; kept when it is complete.
pub struct Line {
    log: HostLog,
    text: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let mut lines = self.log.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend(text.lines().map(str::to_owned));
        let excess = lines.len().saturating_sub(LINES);
        lines.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_lines_are_kept() {
        let log = HostLog::default();
        for number in 0..LINES + 5 {
            writeln!(log.make_writer(), "line {number}").expect("memory can be written");
        }
        let lines = log.lines();
        assert_eq!((lines.len(), lines.first().map(String::as_str)), (LINES, Some("line 5")));
    }
}
