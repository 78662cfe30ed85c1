//! One window for each data folder: a second start hands its paths to the first and ends.
//!
//! The lock file says who is first, and the system lets go of it however a program ends; the socket beside it carries
//! the paths. Both are in the private data folder, so that nobody else can take part.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use runtime::private;

/// A start that is handed over in so long, or not at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at what may change in a moment.
const PAUSE: Duration = Duration::from_millis(50);
/// The first's answers: it has taken the paths, or its window is closed and it only writes what is left.
const TAKEN: &[u8; 3] = b"ok\n";
const CLOSING: &[u8; 3] = b"no\n";
/// The largest message: paths of a start.
const MAX_MESSAGE: u64 = 1 << 20;
/// How long a socket's path may be, less than any system allows.
const MAX_SOCKET: usize = 100;

/// What a start finds.
pub enum Instance {
    First(First),
    /// Another one has the folder and was given the paths.
    HandedOver,
}

/// The program that has the folder.
pub struct First {
    /// Held until the program ends.
    _lock: File,
    /// None where a socket cannot be had; then later starts only say that the folder is in use.
    listener: Option<UnixListener>,
}

impl Instance {
    pub fn claim(data: &Path, paths: &[PathBuf]) -> anyhow::Result<Self> {
        let file = data.join("instance.lock");
        let lock = private::open_lock(&file).with_context(|| format!("cannot use \"{}\"", file.display()))?;
        let until = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self::First(First { _lock: lock, listener: listen(data) })),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock \"{}\"", file.display()));
                }
            }
            match hand_over(data, paths) {
                Ok(true) => return Ok(Self::HandedOver),
                // The lock is free in a moment.
                _ if Instant::now() < until => thread::sleep(PAUSE),
                Ok(false) => bail!("the workbench is still closing; try again in a moment"),
                Err(error) => {
                    return Err(error).with_context(|| {
                        let file = file.display();
                        format!(
                            "another program has locked \"{file}\" and does not answer as the workbench; close it first"
                        )
                    });
                }
            }
        }
    }
}

fn socket(data: &Path) -> Option<PathBuf> {
    let socket = data.join("instance.sock");
    (socket.as_os_str().len() <= MAX_SOCKET).then_some(socket)
}

fn listen(data: &Path) -> Option<UnixListener> {
    let socket = socket(data)?;
    // What is there belongs to a program that has ended: this one has the lock.
    if let Err(error) = fs::remove_file(&socket)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "cannot remove the socket of an earlier start");
    }
    let listener = UnixListener::bind(&socket).and_then(|listener| {
        // Nobody else gets into the folder; an open mask need not leave an open socket all the same.
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    });
    listener.inspect_err(|error| tracing::warn!(%error, "later starts cannot be taken over")).ok()
}

/// Whether the first took the paths. It may hold the lock already and not listen yet.
fn hand_over(data: &Path, paths: &[PathBuf]) -> io::Result<bool> {
    let socket = socket(data).ok_or_else(|| io::Error::other("the data folder's path is too long for a socket"))?;
    let mut stream = UnixStream::connect(&socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let absolute: Vec<PathBuf> = paths.iter().map(|path| std::path::absolute(path).unwrap_or(path.clone())).collect();
    serde_json::to_writer(&mut stream, &absolute)?;
    stream.write_all(b"\n")?;
    let mut answer = [0; TAKEN.len()];
    stream.read_exact(&mut answer)?;
    Ok(&answer == TAKEN)
}

impl First {
    /// Calls `show` for each later start, on a thread of its own; it says whether there is still a window to show.
    pub fn serve(self, show: impl Fn(Vec<PathBuf>) -> bool + Send + 'static) -> io::Result<()> {
        thread::Builder::new().name("instance".into()).spawn(move || {
            // As a whole, so that the lock lives as long as this thread.
            let first = self;
            let Some(listener) = &first.listener else {
                loop {
                    thread::park();
                }
            };
            for stream in listener.incoming() {
                if let Err(error) = stream.and_then(|stream| receive(&stream, &show)) {
                    tracing::warn!(%error, "a later start could not be taken over");
                }
            }
        })?;
        Ok(())
    }
}

fn receive(mut stream: &UnixStream, show: impl Fn(Vec<PathBuf>) -> bool) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(stream.take(MAX_MESSAGE)).read_line(&mut line)?;
    let paths = serde_json::from_str(&line)?;
    stream.write_all(if show(paths) { TAKEN } else { CLOSING })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_second_start_hands_its_paths_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let Instance::First(first) = Instance::claim(folder.path(), &[]).expect("free") else {
            panic!("the folder is new");
        };
        let (sender, received) = mpsc::channel();
        first.serve(move |paths| sender.send(paths).is_ok()).expect("a thread");
        let second = Instance::claim(folder.path(), &["/a.wasm".into(), "b.wasm".into()]).expect("the first answers");
        assert!(matches!(second, Instance::HandedOver));
        let paths = received.recv_timeout(PATIENCE).expect("the first is told");
        assert_eq!(paths.first().map(PathBuf::as_path), Some(Path::new("/a.wasm")));
        assert!(paths.iter().all(|path| path.is_absolute()), "the first runs in another folder: {paths:?}");
    }

    #[test]
    fn a_start_while_the_first_closes_waits_and_becomes_the_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let Instance::First(First { _lock: lock, listener }) = Instance::claim(folder.path(), &[]).expect("free")
        else {
            panic!("the folder is new");
        };
        let first = First { _lock: lock.try_clone().expect("another hold on the lock"), listener };
        let (sender, asked) = mpsc::channel();
        first.serve(move |paths| sender.send(paths).is_err()).expect("a thread");
        let closing = thread::spawn(move || {
            asked.recv_timeout(PATIENCE).expect("the second start asks");
            lock.unlock().expect("the first ends");
        });
        let second = Instance::claim(folder.path(), &["/a.wasm".into()]).expect("it waits");
        assert!(matches!(second, Instance::First(_)), "its paths are its own to open");
        closing.join().expect("the first was asked");
    }

    #[test]
    fn what_an_earlier_start_left_is_no_hindrance() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("instance.lock"), "").expect("writable");
        fs::write(folder.path().join("instance.sock"), "").expect("writable");
        assert!(matches!(Instance::claim(folder.path(), &[]).expect("free"), Instance::First(_)));
    }
}
