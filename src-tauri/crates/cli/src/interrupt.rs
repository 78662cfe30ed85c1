//! Ctrl-C and the other ways to ask the program to end.
//!
//! The signals have a thread of their own, because every other may wait in a write that nobody reads. The first one
//! cancels what runs; what has not ended a moment later is ended with the program, the second one at once.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;

/// How long what was cancelled may take. Together with what ends the program this is within a second.
const GRACE: Duration = Duration::from_millis(700);

/// How long tidying up may take.
const LAST: Duration = Duration::from_millis(200);

/// Fires when the user presses Ctrl-C, closes the terminal or ends the program.
pub fn cancel_on_interrupt() -> io::Result<CancellationToken> {
    let cancel = CancellationToken::new();
    let fired = cancel.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _entered = runtime.enter();
        Signals::new()?
    };
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            fired.cancel();
            // Whichever comes first.
            let _ = tokio::time::timeout(GRACE, signals.next()).await;
        });
        runtime::build::end_all();
        close();
        std::process::exit(Exit::Cancelled.code().into());
    })?;
    Ok(cancel)
}

/// What is removed may still be written to, and what is said of it may have no reader: it gets a moment.
fn close() {
    let (done, closed) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        crate::open::close();
        // Nobody waits any more where this comes late.
        let _ = done.send(());
    });
    let _ = closed.recv_timeout(LAST);
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` where whoever started the program wants it to outlive the terminal.
    hangup: Option<Signal>,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let hangup = if ignores_hangup() { None } else { Some(signal(SignalKind::hangup())?) };
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate, hangup })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => drop(hangup.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hangup => {}
        }
    }
}

/// As under `nohup`. Where the system does not tell, the signal is not ignored.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The lowest bit is signal 1, which is SIGHUP.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
