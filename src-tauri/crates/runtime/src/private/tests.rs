use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::*;

/// Things that are no files, at a path of their own each.
fn strange(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let at = |name: &str| folder.join(name);
    fs::create_dir(at("folder")).expect("a folder");
    assert!(Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo runs").success());
    drop(UnixListener::bind(at("socket")).expect("a socket"));
    symlink("/dev/null", at("device")).expect("a link");
    symlink(at("pipe"), at("link")).expect("a link");
    let kinds = [("folder", "a folder"), ("pipe", "a named pipe"), ("socket", "a socket"), ("device", "a device")];
    kinds.into_iter().chain([("link", "a named pipe")]).map(|(name, kind)| (at(name), kind)).collect()
}

#[test]
fn f50_what_is_no_file_is_named_and_never_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, kind) in strange(folder.path()) {
        let tries: [(&str, io::Result<()>); 5] = [
            ("read", read(&path).map(drop)),
            ("create", create_database(&path)),
            ("replace", replace(&path, b"new", None)),
            ("lock", lock(&path).map(drop)),
            ("exists", exists(&path).map(drop)),
        ];
        for (what, result) in tries {
            let error = result.expect_err(what).to_string();
            assert!(error.contains(kind) && error.contains("move it away"), "{what} {}: {error}", path.display());
        }
        assert!(path.symlink_metadata().is_ok(), "what the user put there stays");
    }
}

#[test]
fn f50_a_lock_is_waited_for_and_not_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("some.lock");
    let held = lock(&file).expect("free");
    let began = Instant::now();
    let error = lock(&file).expect_err("held");
    assert!(began.elapsed() >= PATIENCE && error.to_string().contains("another program"), "{error}");
    let waiting = thread::spawn(move || lock(&file).map(drop));
    drop(held);
    waiting.join().expect("no panic").expect("it has its turn");
}

#[test]
fn files_are_private_whole_and_of_a_reasonable_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("some.json");
    assert_eq!(read(&file).expect("readable"), None);
    replace(&file, b"text", None).expect("written");
    let mode = |file: &Path| fs::metadata(file).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((read(&file).expect("readable").as_deref(), mode(&file)), (Some(b"text".as_slice()), 0o600));
    replace(&file, b"all", Some(Permissions::from_mode(0o640))).expect("written");
    assert_eq!(mode(&file), 0o640, "as its owner wants it");
    File::create(&file).expect("writable").set_len(LARGEST + 1).expect("a large file");
    assert!(read(&file).expect_err("too large").to_string().contains("16 MiB"));
    let aside = set_aside(&file).expect("renamed");
    assert!(aside.exists() && !file.exists());
}

#[test]
fn f50_a_folder_that_others_can_write_to_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |mode: u32| {
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).expect("my folder");
        exposed(folder.path())
    };
    for (mode, words) in [(0o777, "every user"), (0o1777, "every user"), (0o770, "its group"), (0o775, "its group")] {
        assert!(told(mode).is_some_and(|told| told.contains(words) && told.contains("chmod 700")), "{mode:o}");
    }
    for mode in [0o700, 0o755, 0o711, 0o500] {
        assert_eq!(told(mode), None, "{mode:o}");
    }
}
