//! Standard streams: colours where they are wanted, no panic where nobody reads, and silence while a question is open.

mod held;

use std::io::{ErrorKind, IsTerminal as _, StdoutLock, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use self::held::Stream;
pub use self::held::{clear, silence};

/// Set once standard output is closed: what comes later has no reader.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Set once standard output failed for another reason: what was written is not complete.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Writes to standard output. Says whether anybody still reads it.
pub fn out(text: &str) -> bool {
    held::say(Stream::Out, || text.to_owned(), || write(|stdout| stdout.write_all(text.as_bytes())))
}

/// Writes a value as one line of JSON, or as an indented object where people read it too. What would act on a terminal
/// is escaped, which leaves the value the same. Says whether anybody still reads it.
pub fn json(value: &impl Serialize, indented: bool) -> bool {
    let kept = || {
        let mut text = Vec::new();
        // Only a writer could fail.
        let _ = encode(value, indented, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    };
    held::say(Stream::Out, kept, || write(|stdout| encode(value, indented, stdout)))
}

fn encode(value: &impl Serialize, indented: bool, to: impl Write) -> std::io::Result<()> {
    let mut escaped = Escaped(std::io::BufWriter::new(to));
    match indented {
        true => serde_json::to_writer_pretty(&mut escaped, value)?,
        false => serde_json::to_writer(&mut escaped, value)?,
    }
    escaped.0.write_all(b"\n")?;
    escaped.0.flush()
}

/// Writes what was kept.
fn write_kept(stream: Stream, text: &str) {
    match stream {
        Stream::Out => write(|stdout| stdout.write_all(text.as_bytes())),
        Stream::Err => write_err(text),
    };
}

fn write(write: impl FnOnce(&mut StdoutLock<'_>) -> std::io::Result<()>) -> bool {
    if is_closed() {
        return false;
    }
    let mut stdout = std::io::stdout().lock();
    let Err(error) = write(&mut stdout).and_then(|()| stdout.flush()) else { return true };
    CLOSED.store(true, Ordering::Relaxed);
    if error.kind() != ErrorKind::BrokenPipe && !FAILED.swap(true, Ordering::Relaxed) {
        write_err(&complaint(&format!("cannot write to standard output: {error}")));
    }
    false
}

fn write_err(text: &str) -> bool {
    std::io::stderr().lock().write_all(text.as_bytes()).is_ok()
}

/// Escapes JSON on its way out. It is written in whole characters.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(|error| std::io::Error::new(ErrorKind::InvalidData, error))?;
        self.0.write_all(runtime::text::json(text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
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
    held::say(Stream::Err, || text.to_owned(), || write_err(text));
}

/// An error of the program itself. The reason may hold guest strings; they are shown escaped.
pub fn complain(reason: &str) {
    err(&complaint(reason));
}

fn complaint(reason: &str) -> String {
    format!("{} {}\n", Style::for_stderr().red("error:"), runtime::text::visible(reason))
}

/// What clap says of the arguments, help included. It repeats them, and what acts in them is escaped.
pub fn usage(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    let shown = runtime::text::visible(&plain);
    match shown == plain {
        // As it is, in colours; where it cannot be written there is nowhere left to say so.
        true => drop(error.print()),
        false => err(&shown),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Shows what the runtime warns of, such as a cache folder that cannot be used; `NODEWB_LOG` asks for more or less.
pub fn warnings() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("NODEWB_LOG")
        .with_default_directive(tracing::Level::WARN.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A warning may hold a file's name or a guest's text; colours of its own would not pass.
        .with_writer(|| Visible)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
}

/// Standard error, for text in whole characters of which nothing may act.
struct Visible;

impl Write for Visible {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        err(&runtime::text::visible(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub fn is_stderr() -> bool {
    std::io::stderr().is_terminal()
}

/// Columns of the terminal, at most 100: longer lines are hard to read. 80 where there is no terminal.
pub fn width() -> usize {
    const MOST: usize = 100;
    let of_terminal = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
    let told = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    of_terminal.or_else(told).filter(|columns| *columns > 0).unwrap_or(80).min(MOST)
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

    pub fn is_on(self) -> bool {
        self.on
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
