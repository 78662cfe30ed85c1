//! A node's files where the program may open few.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::nodes;

/// Runs the node that writes, reads and lists, in a shell that allows so many open files.
fn run(data: &Path, files: u32) -> Output {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -n {files}; exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_nodewb"));
    command.arg("--data").arg(data).arg("run").arg(nodes::rust("host")).args(["--node", "storage", "--no-ask"]);
    command.output().expect("the program starts")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The folder below `top` that holds this file.
fn folder_of(top: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(top)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find_map(|path| if path.ends_with(name) { Some(top.to_owned()) } else { folder_of(&path, name) })
}

#[test]
fn f43_the_quota_and_lists_hold_with_few_descriptors() {
    const FOLDERS: usize = 1200;
    let data = tempfile::tempdir().expect("a folder");
    let first = run(data.path(), 1024);
    assert!(first.status.success(), "{}", text(&first));
    let notes = folder_of(&data.path().join("storage"), "first.txt").expect("a file was written");
    for number in 0..FOLDERS {
        let folder = notes.join(format!("f{number}"));
        fs::create_dir(&folder).expect("made");
        // Together more than a package may keep; the disk holds nothing of it.
        File::create(folder.join("large")).and_then(|file| file.set_len(1 << 20)).expect("made");
    }
    for files in [1024, 64] {
        let output = run(data.path(), files);
        let said = text(&output);
        assert!(output.status.success(), "with {files}: {said}");
        assert_eq!(said.matches("/large").count(), FOLDERS, "with {files}: the list is complete");
        assert!(said.contains("the package would keep"), "with {files}: the quota holds: {said:.2000}");
    }
}
