//! Where tools are found: a program that was started from a menu has not the search path of the user's shell.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes that are read of what the start files of a shell print.
const MAX_ANSWER: u64 = 64 << 10;
/// Tells the answer from what start files print.
const MARK: &[u8] = b"node-workbench-path=";
const QUESTION: &str = r#"printf '\nnode-workbench-path=%s\n' "$PATH""#;

/// The search path for build commands and for the doctor. Blocking, the first time: the login shell is asked once.
pub fn search_path() -> &'static OsStr {
    static FOUND: OnceLock<OsString> = OnceLock::new();
    FOUND.get_or_init(|| {
        let own = env::var_os("PATH").unwrap_or_default();
        // Who starts it in a terminal has chosen its environment.
        if std::io::stdin().is_terminal() {
            return own;
        }
        let told = env::var_os("SHELL").filter(|shell| !shell.is_empty()).and_then(|shell| ask(&shell, PATIENCE));
        told.and_then(|told| joined(&told, &own)).unwrap_or(own)
    })
}

/// The shell's folders, then those of this program that are not among them; `None`: some name holds a colon.
fn joined(told: &OsStr, own: &OsStr) -> Option<OsString> {
    let mut folders: Vec<_> = env::split_paths(told).filter(|folder| folder.is_absolute()).collect();
    for folder in env::split_paths(own) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    env::join_paths(folders).ok()
}

/// What a shell that logs in has for PATH; `None` where it fails or takes too long. Interactive too: tools write their
/// folders into files that are read only then.
fn ask(shell: &OsStr, patience: Duration) -> Option<OsString> {
    let mut command = Command::new(shell);
    command.args(["-i", "-l", "-c", QUESTION]).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut shell = command.spawn().ok()?;
    let output = shell.stdout.take()?;
    let (sender, answer) = mpsc::channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(output.take(MAX_ANSWER)).split(b'\n').map_while(Result::ok);
        let found = lines.find_map(|line| line.strip_prefix(MARK).map(<[u8]>::to_vec));
        // Nobody may wait any more.
        let _ = sender.send(found);
    });
    let found = answer.recv_timeout(patience).ok().flatten();
    end(&mut shell);
    found.filter(|path| !path.is_empty()).map(OsString::from_vec)
}

/// Ends the shell with all that it started and did not send away.
fn end(shell: &mut Child) {
    if let Some(group) = i32::try_from(shell.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = shell.wait();
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Instant;

    use super::*;

    /// What a shell answers that does this first.
    fn answer(begins: &str, patience: Duration) -> Option<OsString> {
        let folder = tempfile::tempdir().expect("a folder");
        let shell = folder.path().join("shell");
        let text = format!("#!/bin/sh\n[ \"$1 $2 $3\" = '-i -l -c' ] || exit 9\n{begins}\neval \"$4\"\n");
        fs::write(&shell, text).expect("written");
        fs::set_permissions(&shell, fs::Permissions::from_mode(0o755)).expect("made a program");
        ask(shell.as_os_str(), patience)
    }

    #[test]
    fn the_shell_is_asked_for_its_path_whatever_else_it_prints() {
        let long = Duration::from_secs(60);
        assert_eq!(answer("PATH=/a/bin:/b", long), Some("/a/bin:/b".into()));
        assert_eq!(answer("echo welcome; printf 'no newline'; PATH='/with space'", long), Some("/with space".into()));
        let began = Instant::now();
        assert_eq!(
            answer("sleep 1000 & PATH=/a", long),
            Some("/a".into()),
            "a child that holds its output is no matter"
        );
        assert!(began.elapsed() < long);
    }

    #[test]
    fn a_shell_that_fails_hangs_or_floods_says_nothing() {
        let short = Duration::from_millis(200);
        assert_eq!(answer("exit 1", Duration::from_secs(60)), None);
        assert_eq!(answer("PATH=", Duration::from_secs(60)), None);
        assert_eq!(answer("sleep 1000", short), None);
        assert_eq!(answer("while :; do echo x; done", Duration::from_secs(60)), None, "only so much is read");
        assert_eq!(ask(OsStr::new("/no/such/shell"), short), None);
    }

    #[test]
    fn own_folders_come_after_those_of_the_shell() {
        let joined = |told: &str, own: &str| joined(OsStr::new(told), OsStr::new(own));
        assert_eq!(joined("/a:/b", "/usr/bin:/b:/c"), Some("/a:/b:/usr/bin:/c".into()));
        assert_eq!(joined(".:/a", "/b"), Some("/a:/b".into()), "no folder is named by where the command runs");
    }
}
