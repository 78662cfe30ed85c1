//! Opening the workbench and loading a file, with a word of progress where it takes long.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use runtime::engine::{Engine, EngineConfig};
use runtime::error::LoadError;
use runtime::node::LoadedNode;
use runtime::place::Place;
use runtime::text::one_line;
use runtime::workbench::{self, Source, Workbench, WorkbenchConfig};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
pub use crate::interrupt::cancel_on_interrupt;
use crate::terminal;

/// Where the data is: statics are never dropped, so [`close`] tidies up.
static PLACE: OnceLock<Place> = OnceLock::new();
const CACHE_BYTES: u64 = 4 << 30;
const COMPILE_LIMIT: Duration = Duration::from_secs(300);
/// Opening takes a moment, unless another program has locked something.
const SLOW_START: Duration = Duration::from_secs(2);
/// Loads that are quicker need no word.
const SLOW: Duration = Duration::from_millis(500);

/// `memory` is what nodes may use while they are asked for their definitions, where the line says it.
pub async fn workbench(data: Option<PathBuf>, memory: Option<u64>) -> Result<Workbench, Exit> {
    let workbench = opened(data, None).await?;
    if let Some(memory) = memory {
        workbench.limit_definitions(memory);
    }
    Ok(workbench)
}

/// A workbench with an empty data folder of its own. Compiled code is shared with all others.
pub async fn apart(data: Option<PathBuf>, own: PathBuf) -> Result<Workbench, Exit> {
    opened(data, Some(own)).await
}

async fn opened(data: Option<PathBuf>, own: Option<PathBuf>) -> Result<Workbench, Exit> {
    let opened = tokio::task::spawn_blocking(move || {
        let place = match PLACE.get() {
            Some(place) => place.clone(),
            None => Place::find(data).map_err(|error| error.to_string())?,
        };
        let engine = EngineConfig {
            cache_dir: Some(place.compiled.clone()),
            cache_bytes: CACHE_BYTES,
            fuel: false,
            worker: std::env::current_exe().ok(),
            compile_limit: COMPILE_LIMIT,
        };
        let workbench =
            Workbench::open(WorkbenchConfig { data_dir: own.unwrap_or_else(|| place.data.clone()), engine });
        Ok::<_, String>((workbench.map_err(|error| error.to_string())?, place))
    });
    tokio::pin!(opened);
    let opened = match tokio::time::timeout(SLOW_START, &mut opened).await {
        Ok(opened) => opened,
        Err(_) => {
            terminal::err("waiting for another program that uses the data folder …\n");
            opened.await
        }
    };
    match opened {
        Ok(Ok((workbench, place))) => {
            // What is told of the place is told once.
            if PLACE.set(place).is_ok() {
                PLACE.get().iter().flat_map(|place| &place.notes).for_each(|note| warn(note));
            }
            workbench.problems().iter().for_each(|problem| warn(problem));
            Ok(workbench)
        }
        Ok(Err(reason)) => Err(Exit::Load.because(&reason)),
        Err(error) => Err(Exit::Load.because(&error.to_string())),
    }
}

/// The folders of data and of compiled code, as they are named.
pub fn folders(data: Option<PathBuf>) -> Result<(PathBuf, PathBuf), String> {
    let place = Place::named(data).ok_or("there is no home folder; name a data folder with --data")?;
    Ok((place.data, place.compiled))
}

fn warn(problem: &str) {
    terminal::err(&format!("warning: {}\n", one_line(problem)));
}

/// Removes what only had to last until the program ends.
pub fn close() {
    if let Some(place) = PLACE.get() {
        place.end();
    }
}

/// Loads, and tells on a terminal that it is being compiled once that takes a while.
pub async fn load(
    workbench: &Workbench,
    engine: &Engine,
    file: &Path,
    cancel: &CancellationToken,
) -> Result<Arc<LoadedNode>, LoadError> {
    let read = workbench::read(file.to_owned());
    let source = cancel.run_until_cancelled(read).await.ok_or(LoadError::Abandoned)??;
    load_source(workbench, engine, source, cancel).await
}

/// [`load`], of what was read already.
pub async fn load_source(
    workbench: &Workbench,
    engine: &Engine,
    source: Source,
    cancel: &CancellationToken,
) -> Result<Arc<LoadedNode>, LoadError> {
    let file = source.path.clone();
    let mut kept = engine.problem();
    kept.mark_unchanged();
    let load = workbench.load_source(engine, source, cancel);
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
                if kept.has_changed().unwrap_or(false) {
                    kept.borrow().iter().for_each(|problem| warn(problem));
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

/// Whether a path means standard input, or is a pipe or a device.
pub fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-" || std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
