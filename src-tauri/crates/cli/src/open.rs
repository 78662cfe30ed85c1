//! Opening the workbench and loading a file, with a word of progress where it takes long.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::engine::{Engine, EngineConfig};
use runtime::error::LoadError;
use runtime::node::LoadedNode;
use runtime::text::one_line;
use runtime::workbench::{Workbench, WorkbenchConfig};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::terminal;

/// Shared with the window, so that grants and compiled code are the same in both.
const FOLDER: &str = "node-workbench";
const CACHE_BYTES: u64 = 4 << 30;
const COMPILE_LIMIT: Duration = Duration::from_secs(300);
/// Loads that are quicker need no word.
const SLOW: Duration = Duration::from_millis(500);

pub async fn workbench(data: Option<PathBuf>) -> Result<Workbench, Exit> {
    opened(data, None).await
}

/// A workbench with an empty data folder of its own. Compiled code is shared with all others.
pub async fn apart(data: Option<PathBuf>, own: PathBuf) -> Result<Workbench, Exit> {
    opened(data, Some(own)).await
}

async fn opened(data: Option<PathBuf>, own: Option<PathBuf>) -> Result<Workbench, Exit> {
    let opened = tokio::task::spawn_blocking(move || {
        let (data_dir, cache) = folders(data)?;
        let engine = EngineConfig {
            cache_dir: Some(cache),
            cache_bytes: CACHE_BYTES,
            fuel: false,
            worker: std::env::current_exe().ok(),
            compile_limit: COMPILE_LIMIT,
        };
        Workbench::open(WorkbenchConfig { data_dir: own.unwrap_or(data_dir), engine })
            .map_err(|error| error.to_string())
    });
    match opened.await {
        Ok(Ok(workbench)) => {
            let mut problems = workbench.services().problems();
            problems.extend(workbench.grants().problem());
            problems.extend(workbench.recorder().notices().borrow().as_ref().map(ToString::to_string));
            for problem in problems {
                terminal::err(&format!("warning: {}\n", one_line(&problem)));
            }
            Ok(workbench)
        }
        Ok(Err(reason)) => Err(Exit::Load.because(&reason)),
        Err(error) => Err(Exit::Load.because(&error.to_string())),
    }
}

/// The folders of data and of compiled code.
pub fn folders(data: Option<PathBuf>) -> Result<(PathBuf, PathBuf), String> {
    let named = || std::env::var_os("NODEWB_DATA").filter(|path| !path.is_empty()).map(PathBuf::from);
    match data.or_else(named) {
        Some(data) => Ok((data.clone(), data.join("compiled"))),
        None => Ok((user_folder("XDG_DATA_HOME", ".local/share")?, user_folder("XDG_CACHE_HOME", ".cache")?)),
    }
}

fn user_folder(variable: &str, fallback: &str) -> Result<PathBuf, String> {
    let named = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(fallback));
    let folder = named.or_else(home).ok_or("there is no home folder; name a data folder with --data")?;
    Ok(folder.join(FOLDER))
}

/// Loads, and tells on a terminal that it is being compiled once that takes a while.
pub async fn load(
    workbench: &Workbench,
    engine: &Engine,
    file: &Path,
    cancel: &CancellationToken,
) -> Result<Arc<LoadedNode>, LoadError> {
    let load = workbench.load_with(engine, file, cancel);
    tokio::pin!(load);
    let began = Instant::now();
    let mut shown = false;
    loop {
        tokio::select! {
            biased;
            loaded = &mut load => {
                if shown {
                    terminal::err("\r\u{1b}[K");
                }
                return loaded;
            }
            () = tokio::time::sleep(SLOW), if terminal::is_stderr() => {
                let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
                terminal::err(&format!("\r\u{1b}[Kcompiling {} … {} s", one_line(&name), began.elapsed().as_secs()));
                shown = true;
            }
        }
    }
}

/// Fires when the user presses Ctrl-C; the second time the program ends at once.
pub fn cancel_on_interrupt() -> io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let cancel = CancellationToken::new();
    let fired = cancel.clone();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if fired.is_cancelled() {
                std::process::exit(Exit::Cancelled.code().into());
            }
            fired.cancel();
        }
    });
    Ok(cancel)
}
