//! Real processes. A test waits for what they print or for their end, never for time.

use std::path::PathBuf;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use tokio::sync::mpsc;

use super::*;

/// Only a failing test takes as long.
const LONG: Duration = Duration::from_secs(60);

struct Shell {
    folder: tempfile::TempDir,
    stop: CancellationToken,
}

impl Shell {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), stop: CancellationToken::new() }
    }

    async fn run(&self, command: &str, limit: Duration) -> (End, String) {
        let mut text = Vec::new();
        let end =
            run(command, self.folder.path(), None, limit, &self.stop, |bytes| text.extend_from_slice(bytes)).await;
        (end, String::from_utf8(text).expect("text"))
    }

    fn pid(&self, file: &str) -> Pid {
        let path: PathBuf = self.folder.path().join(file);
        let id = std::fs::read_to_string(path).expect("the command wrote it").trim().parse().expect("a number");
        Pid::from_raw(id).expect("a process")
    }
}

fn code(end: &End) -> Option<i32> {
    match end {
        End::Exited { status, .. } => status.code(),
        _ => None,
    }
}

/// Waits until a process is gone: one that was ended may take a moment to go.
async fn gone(pid: Pid) {
    let wait = async {
        while test_kill_process(pid) != Err(Errno::SRCH) {
            // Where nobody takes note of its end, it stays as a zombie.
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
            if state.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z')) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, wait).await.expect("it ends in time");
}

#[tokio::test]
async fn both_outputs_come_in_order_and_the_exit_code_with_them() {
    let shell = Shell::new();
    let (end, text) = shell.run("echo a; echo b >&2; echo c; pwd; exit 3", LONG).await;
    let folder = shell.folder.path().canonicalize().expect("a folder");
    assert_eq!((code(&end), text), (Some(3), format!("a\nb\nc\n{}\n", folder.display())));
}

#[tokio::test]
async fn there_is_no_input_to_wait_for() {
    let (end, text) = Shell::new().run("cat; read line || echo none", LONG).await;
    assert_eq!((code(&end), text.as_str()), (Some(0), "none\n"));
}

#[tokio::test]
async fn a_command_that_is_stopped_ends_with_all_its_processes() {
    let shell = Shell::new();
    let (sender, mut printed) = mpsc::unbounded_channel();
    let command = "sleep 1000 & echo $! > child; (trap '' TERM; echo deaf; sleep 1000) & echo $! > deaf; wait";
    let (folder, stop) = (shell.folder.path().to_owned(), shell.stop.clone());
    let running = tokio::spawn(async move {
        run(command, &folder, None, LONG, &stop, |bytes| drop(sender.send(bytes.to_vec()))).await
    });
    assert_eq!(printed.recv().await.as_deref(), Some(b"deaf\n".as_slice()));
    while !shell.folder.path().join("deaf").metadata().is_ok_and(|file| file.len() > 0) {
        tokio::task::yield_now().await;
    }
    shell.stop.cancel();
    assert!(matches!(running.await, Ok(End::Stopped)));
    gone(shell.pid("child")).await;
    gone(shell.pid("deaf")).await;
}

#[tokio::test]
async fn a_command_that_nobody_waits_for_any_more_is_ended() {
    let shell = Shell::new();
    let started = shell.folder.path().join("child");
    {
        let running = shell.run("sleep 1000 & echo $! > child; echo x; wait", LONG);
        tokio::pin!(running);
        while !started.metadata().is_ok_and(|file| file.len() > 0) {
            tokio::select! {
                _ = &mut running => panic!("it does not end by itself"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    gone(shell.pid("child")).await;
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_ended() {
    let (end, text) = Shell::new().run("echo begun; sleep 1000", Duration::from_millis(200)).await;
    assert!(matches!(end, End::TimedOut), "{end:?}");
    assert_eq!(text, "begun\n");
}

#[tokio::test]
async fn what_a_command_leaves_behind_is_ended() {
    let shell = Shell::new();
    let (end, _) = shell.run("sleep 1000 & echo $! > loud; exit 0", LONG).await;
    assert!(matches!(end, End::Exited { left_behind: true, .. }), "it held the output: {end:?}");
    gone(shell.pid("loud")).await;
    let (end, _) = shell.run("sleep 1000 >/dev/null 2>&1 & echo $! > quiet; exit 0", LONG).await;
    assert!(matches!(end, End::Exited { left_behind: false, .. }), "{end:?}");
    gone(shell.pid("quiet")).await;
}

/// Runs a command until it wrote the file, stops it, and waits for the process that the file names to end.
async fn stopped(command: &str, file: &str) -> Shell {
    let shell = Shell::new();
    let started = shell.folder.path().join(file);
    {
        let running = shell.run(command, LONG);
        tokio::pin!(running);
        while !started.metadata().is_ok_and(|file| file.len() > 0) {
            tokio::select! {
                (end, text) = &mut running => panic!("it does not end by itself: {end:?} {text}"),
                () = tokio::task::yield_now() => {}
            }
        }
        shell.stop.cancel();
        assert!(matches!(running.await.0, End::Stopped));
    }
    shell
}

#[tokio::test]
async fn f51_children_in_sessions_of_their_own_end_with_the_command() {
    for command in [
        "setsid sh -c 'echo $$ > child; sleep 1000' & wait",
        "setsid sh -c 'echo $$ > child; exec sleep 1000' >/dev/null 2>&1 & wait",
        "setsid setsid sh -c 'trap \"\" TERM; echo $$ > child; while true; do sleep 1; done' & wait",
        // Its parent is gone, but it still writes to the build's output.
        "(setsid sh -c 'echo $$ > child; exec sleep 1000' &) ; sleep 1000",
    ] {
        let shell = stopped(command, "child").await;
        gone(shell.pid("child")).await;
    }
}

#[tokio::test]
async fn f51_a_child_with_the_output_ends_after_the_command() {
    let shell = Shell::new();
    let command = "setsid sh -c 'echo $$ > child; exec sleep 1000' & while [ ! -s child ]; do sleep 0.01; done";
    let (end, _) = shell.run(command, LONG).await;
    assert!(matches!(end, End::Exited { left_behind: true, .. }), "{end:?}");
    gone(shell.pid("child")).await;
}

#[tokio::test]
async fn f51_a_daemon_that_tools_share_is_left_alone() {
    let shell = Shell::new();
    let daemon = "(setsid sh -c 'echo $$ > child; exec sleep 1000' >/dev/null 2>&1 </dev/null &)";
    let (end, _) = shell.run(&format!("{daemon}; while [ ! -s child ]; do sleep 0.01; done"), LONG).await;
    assert!(matches!(end, End::Exited { left_behind: false, .. }), "{end:?}");
    let daemon = shell.pid("child");
    assert_eq!(test_kill_process(daemon), Ok(()), "it has nothing of the build any more");
    rustix::process::kill_process(daemon, Signal::KILL).expect("the test ends it");
}

#[tokio::test]
async fn a_flood_comes_whole() {
    let (end, text) = Shell::new().run("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done", LONG).await;
    assert_eq!((code(&end), text.lines().count()), (Some(0), 20_000));
}

#[tokio::test]
async fn a_folder_that_is_gone_is_said() {
    let stop = CancellationToken::new();
    let end = run("true", Path::new("/does/not/exist"), None, LONG, &stop, |_| {}).await;
    assert!(matches!(end, End::NotStarted(_)), "{end:?}");
}
