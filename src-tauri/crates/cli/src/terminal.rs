//! Standard streams: colours where they are wanted, and no panic where nobody reads.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once standard output is closed: what comes later has no reader.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Set once standard output failed for another reason: what was written is not complete.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Writes to standard output. Says whether anybody still reads it.
pub fn out(text: &str) -> bool {
    if is_closed() {
        return false;
    }
    let mut stdout = std::io::stdout().lock();
    let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) else { return true };
    CLOSED.store(true, Ordering::Relaxed);
    if error.kind() != ErrorKind::BrokenPipe && !FAILED.swap(true, Ordering::Relaxed) {
        complain(&format!("cannot write to standard output: {error}"));
    }
    false
}

pub fn is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Whether output was lost although somebody wanted it.
pub fn has_failed() -> bool {
    FAILED.load(Ordering::Relaxed)
}

/// Writes to standard error; there is nowhere left to report that this failed.
pub fn err(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// An error of the program itself. The reason may hold guest strings; they are shown escaped.
pub fn complain(reason: &str) {
    let style = Style::for_stderr();
    err(&format!("{} {}\n", style.red("error:"), runtime::text::visible(reason)));
}

/// Shows what the runtime warns of, such as a cache folder that cannot be used; `NODEWB_LOG` asks for more or less.
pub fn warnings() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("NODEWB_LOG")
        .with_default_directive(tracing::Level::WARN.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(Style::for_stderr().on)
        .without_time()
        .with_target(false)
        .init();
}

pub fn is_stderr() -> bool {
    std::io::stderr().is_terminal()
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    on: bool,
}

impl Style {
    pub fn for_stderr() -> Self {
        Self { on: is_stderr() && wanted() }
    }

    pub fn for_stdout() -> Self {
        Self { on: std::io::stdout().is_terminal() && wanted() }
    }

    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.into() }
    }
}

fn wanted() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
