//! Asking one program for its version.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::tools::{Answer, Way};

const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const MAX_ANSWER: u64 = 64 << 10;

pub struct Found {
    /// The first number with a point in what it said; empty where there is none.
    pub version: String,
    pub path: PathBuf,
}

/// `None`: not there, or it fails.
pub fn ask(way: &Way, path: &OsStr) -> Option<Found> {
    let program = find(way.program, path)?;
    let answer = run(&program, way.arguments, path)?;
    match way.answer {
        Answer::Version => Some(Found { version: version(&answer), path: program }),
        Answer::Has(wanted) => {
            let found = answer.lines().any(|line| line.split_whitespace().any(|word| word == wanted));
            found.then(|| Found { version: String::new(), path: program })
        }
        Answer::Folder => {
            let folder = PathBuf::from(answer.trim());
            folder.is_dir().then_some(Found { version: String::new(), path: folder })
        }
    }
}

/// The first file of this name on the path that may be run.
fn find(program: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(program)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// All that it prints, on both streams; `None` where it fails or takes too long.
fn run(program: &Path, arguments: &[&str], path: &OsStr) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", path).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A launcher that would fetch what is missing is told not to.
    command.env("DOTNET_NOLOGO", "1").env("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
    let mut child = command.spawn().ok()?;
    let read = |stream: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            // Half an answer is an answer: only a version is looked for in it.
            let _ = stream.map(|stream| stream.take(MAX_ANSWER).read_to_end(&mut text));
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let stdout = read(child.stdout.take().map(|stream| Box::new(stream) as _));
    let stderr = read(child.stderr.take().map(|stream| Box::new(stream) as _));
    let succeeded = ended(&mut child)?;
    let answer = stdout.join().ok()? + "\n" + &stderr.join().ok()?;
    succeeded.then_some(answer)
}

/// Whether it ended well; `None` where it had to be stopped.
fn ended(child: &mut Child) -> Option<bool> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if began.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn version(answer: &str) -> String {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let candidates = answer.split(|c: char| !is_part(c)).map(|part| part.trim_matches('.'));
    candidates.into_iter().find(|part| part.contains('.')).unwrap_or_default().to_owned()
}

/// Number by number: `1.10` reaches `1.9`. A version that says nothing reaches nothing.
pub fn reaches(version: &str, minimum: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u64>>();
    !version.is_empty() && numbers(version) >= numbers(minimum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_and_compared() {
        for (answer, wanted) in [
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "1.95.0"),
            ("go version go1.26.8 linux/amd64", "1.26.8"),
            ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
            ("v20.20.2\n", "20.20.2"),
            ("nothing 7", ""),
        ] {
            assert_eq!(version(answer), wanted, "{answer}");
        }
        assert!(reaches("1.10.0", "1.9") && reaches("20.0", "20") && reaches("17.0.15", "17"));
        assert!(!reaches("1.9", "1.10") && !reaches("", "1"));
    }
}
