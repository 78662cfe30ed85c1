//! Real files in temporary folders, and nodes that try to get out of theirs.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;

const SMALL: Quota = Quota { bytes: 1000, entries: 20 };

struct Bench {
    folder: tempfile::TempDir,
    storage: Storage,
    run: Mutex<RunStorage>,
}

impl Bench {
    fn new(quota: Quota) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = Storage::open(&folder.path().join("storage"), quota).expect("opened");
        Self { folder, storage, run: Mutex::default() }
    }

    async fn mint(&self, package: &PackageKey, scope: Scope) -> Directory {
        let document = self.storage.mint(&self.run, package, scope).await.expect("minted");
        let document: Value = serde_json::from_str(&document).expect("a document");
        assert!(document["cache_store_ref"].is_null(), "as the contract has it");
        let text = |name: &str| document[name].as_str().expect("text").to_owned();
        Directory { path: text("path"), reference: text("store_ref") }
    }

    async fn shared(&self) -> Directory {
        self.mint(&package("a"), Scope::Storage { node: None }).await
    }

    async fn write(&self, path: &str, data: &[u8]) -> Result<(), Refusal> {
        self.storage.write(&self.run, path, data).await
    }

    async fn read(&self, path: &str) -> Result<Vec<u8>, Refusal> {
        self.storage.read(&self.run, path, 1 << 20).await
    }

    async fn list(&self, path: &str) -> Vec<String> {
        let (list, left_out) = self.storage.list(&self.run, path).await.expect("listed");
        assert_eq!(left_out, 0, "complete");
        let list: Vec<Value> = serde_json::from_str(&list).expect("an array");
        list.iter().map(|file| file["path"].as_str().expect("text").to_owned()).collect()
    }

    /// Where a directory is on the disk.
    fn place(&self, package: &PackageKey, directory: &Directory) -> PathBuf {
        self.folder.path().join("storage").join(package.id()).join("files").join(&directory.path)
    }

    /// Files being written, of all packages.
    fn unfinished(&self, package: &PackageKey) -> usize {
        let writes = self.folder.path().join("storage").join(package.id()).join("writes");
        fs::read_dir(writes).expect("readable").count()
    }

    async fn usage(&self, package: &PackageKey) -> Usage {
        self.storage.package(&package.shared_id()).await.expect("open").usage()
    }
}

struct Directory {
    path: String,
    reference: String,
}

impl Directory {
    fn at(&self, path: &str) -> String {
        self.raw(&format!("{}/{path}", self.path))
    }

    fn raw(&self, path: &str) -> String {
        FlowPath::document(path, &self.reference).to_string()
    }
}

fn package(name: &str) -> PackageKey {
    PackageKey::new(PathBuf::from(format!("/nodes/{name}.wasm")))
}

#[tokio::test]
async fn what_was_written_is_read_and_listed_in_order() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    assert_eq!(bench.list(&dir.raw(&dir.path)).await, [""; 0], "empty at first");
    for (name, data) in [("b.txt", "2"), ("a/deep/ä.txt", "1"), ("日本.bin", "\0\u{1}"), ("empty", "")] {
        bench.write(&dir.at(name), data.as_bytes()).await.expect("written");
        assert_eq!(bench.read(&dir.at(name)).await.expect("read"), data.as_bytes());
    }
    bench.write(&dir.at("b.txt"), b"new").await.expect("overwritten");
    assert_eq!(bench.read(&dir.at("b.txt")).await.expect("read"), b"new");
    let below = |names: &[&str]| names.iter().map(|name| format!("{}/{name}", dir.path)).collect::<Vec<_>>();
    assert_eq!(bench.list(&dir.raw(&dir.path)).await, below(&["a/deep/ä.txt", "b.txt", "empty", "日本.bin"]));
    assert_eq!(bench.list(&dir.at("a")).await, below(&["a/deep/ä.txt"]));
    assert_eq!(bench.list(&dir.at("nothing/here")).await, [""; 0], "a prefix without files");
    assert!(matches!(bench.read(&dir.at("missing")).await, Err(Refusal::NotFound)));
    assert!(matches!(bench.read(&dir.at("a")).await, Err(Refusal::IsADirectory)));
    assert!(matches!(bench.read(&dir.raw(&dir.path)).await, Err(Refusal::IsADirectory)));
    assert!(bench.write(&dir.at("b.txt/below"), b"x").await.is_err(), "a file is not a folder");
    assert!(bench.write(&dir.at("a"), b"x").await.is_err(), "a folder is not overwritten");
}

#[tokio::test]
async fn files_survive_the_run_and_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..2 {
        let storage = Storage::open(folder.path(), Quota::default()).expect("opened");
        let run = Mutex::default();
        let document = storage.mint(&run, &package("a"), Scope::Upload).await.expect("minted");
        let dir: Value = serde_json::from_str(&document).expect("a document");
        let dir = Directory {
            path: dir["path"].as_str().expect("text").to_owned(),
            reference: dir["store_ref"].as_str().expect("text").to_owned(),
        };
        if round == 0 {
            storage.write(&run, &dir.at("kept"), b"x").await.expect("written");
        } else {
            assert_eq!(storage.read(&run, &dir.at("kept"), 10).await.expect("read"), b"x");
        }
    }
}

#[tokio::test]
async fn scopes_nodes_and_packages_are_apart() {
    let bench = Bench::new(Quota::default());
    let node = |name: &str| Some(name.to_owned());
    let mut dirs = Vec::new();
    for package in [package("a"), package("b")] {
        for scope in [
            Scope::Storage { node: None },
            Scope::Storage { node: node("x") },
            Scope::Storage { node: node("y") },
            Scope::Storage { node: node("../x") },
            Scope::Upload,
            Scope::Cache { node: None, user: false },
            Scope::Cache { node: None, user: true },
            Scope::Cache { node: node("x"), user: true },
            Scope::User { node: None },
            Scope::User { node: node("x") },
        ] {
            dirs.push(bench.mint(&package, scope).await);
        }
    }
    for (number, dir) in dirs.iter().enumerate() {
        bench.write(&dir.at("same"), &[number as u8]).await.expect("written");
    }
    for (number, dir) in dirs.iter().enumerate() {
        assert_eq!(bench.read(&dir.at("same")).await.expect("read"), [number as u8], "{}", dir.path);
        assert_eq!(bench.list(&dir.raw(&dir.path)).await.len(), 1, "{} shows its own files only", dir.path);
    }
    // The reference of one directory opens no other, even of the same package.
    for other in &dirs[1..] {
        assert!(bench.read(&dirs[0].raw(&format!("{}/same", other.path))).await.is_err() || other.path == dirs[0].path);
    }
}

#[tokio::test]
async fn references_are_stable_unguessable_and_of_this_run() {
    let bench = Bench::new(Quota::default());
    let (first, again) = (bench.shared().await, bench.shared().await);
    assert_eq!(first.reference, again.reference, "asking twice gives the same");
    assert!(first.reference.len() > 32 && !first.reference.contains("storage/"), "{}", first.reference);
    bench.write(&first.at("f"), b"x").await.expect("written");
    let later: Mutex<RunStorage> = Mutex::default();
    assert!(matches!(bench.storage.read(&later, &first.at("f"), 10).await, Err(Refusal::UnknownStore)));
    for foreign in ["", "store-0", "wasm_dirs__storage_x", &first.reference.to_uppercase()] {
        let path = FlowPath::document(&format!("{}/f", first.path), foreign).to_string();
        assert!(matches!(bench.read(&path).await, Err(Refusal::UnknownStore)), "{foreign:?}");
    }
}

#[tokio::test]
async fn no_path_leads_out() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    fs::write(bench.folder.path().join("outside.txt"), "secret").expect("writable");
    let tricks = [
        "../outside.txt",
        "../../../../outside.txt",
        "x/../../outside.txt",
        "./f",
        "f/",
        "f/.",
        "f//g",
        "",
        ".",
        "..",
        "a\\..\\..\\f",
        "f\0.txt",
        "/etc/passwd",
        "f\n",
    ];
    for trick in tricks {
        let path = dir.at(trick);
        assert!(bench.read(&path).await.is_err(), "read {trick:?}");
        assert!(bench.write(&path, b"x").await.is_err(), "write {trick:?}");
        assert!(bench.storage.start(&bench.run, &path, 1).await.is_err(), "start {trick:?}");
        assert!(bench.storage.list(&bench.run, &path).await.is_err(), "list {trick:?}");
    }
    for raw in ["/etc/passwd", "etc/passwd", "", "storage", "upload/x", "f", "storage/sharedx/f", "Storage/shared/f"] {
        assert!(bench.write(&dir.raw(raw), b"x").await.is_err(), "{raw:?}");
    }
    for document in ["", "{}", "null", "[]", "\"x\"", "{\"path\":\"x\"}"] {
        assert!(matches!(bench.read(document).await, Err(Refusal::NotAFlowPath { .. })), "{document:?}");
    }
    assert_eq!(bench.usage(&package("a")).await.bytes, 0, "nothing was written anywhere");
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_never_followed() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    let place = bench.place(&package("a"), &dir);
    let outside = bench.folder.path().join("outside");
    fs::create_dir(&outside).expect("made");
    fs::write(outside.join("secret"), "secret").expect("writable");
    bench.write(&dir.at("inside/own"), b"own").await.expect("written");
    symlink(&outside, place.join("out")).expect("linked");
    symlink(outside.join("secret"), place.join("file")).expect("linked");
    symlink("inside", place.join("in")).expect("linked");
    symlink("inside/own", place.join("own")).expect("linked");
    symlink("nowhere", place.join("dangling")).expect("linked");
    symlink(&place, place.join("loop")).expect("linked");

    for path in ["out/secret", "file", "in/own", "own", "dangling", "loop/inside/own", "loop/loop/own"] {
        assert!(matches!(bench.read(&dir.at(path)).await, Err(Refusal::Symlink)), "read {path}");
        assert!(matches!(bench.write(&dir.at(path), b"x").await, Err(Refusal::Symlink)), "write {path}");
    }
    assert!(bench.write(&dir.at("out/new/file"), b"x").await.is_err(), "nothing is made behind a link");
    assert_eq!(bench.list(&dir.raw(&dir.path)).await, [format!("{}/inside/own", dir.path)], "links are not listed");
    assert_eq!(fs::read_to_string(outside.join("secret")).expect("still there"), "secret");
    assert_eq!(fs::read_dir(&outside).expect("readable").count(), 1, "nothing new outside");
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_scopes_place_is_refused() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    let place = bench.place(&package("a"), &dir);
    fs::remove_dir(&place).expect("empty");
    std::os::unix::fs::symlink(bench.folder.path(), &place).expect("linked");
    assert!(matches!(bench.write(&dir.at("f"), b"x").await, Err(Refusal::Symlink)));
    assert!(bench.storage.list(&bench.run, &dir.raw(&dir.path)).await.is_err());
    assert!(!bench.folder.path().join("f").exists(), "nothing was written through it");
}

#[cfg(unix)]
#[tokio::test]
async fn a_renamed_parent_takes_its_files_along() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    bench.write(&dir.at("f"), b"x").await.expect("written");
    let (old, new) = (bench.folder.path().join("storage"), bench.folder.path().join("moved"));
    fs::rename(&old, &new).expect("renamed");
    fs::create_dir(&old).expect("another folder of that name");
    bench.write(&dir.at("g"), b"y").await.expect("the opened folder is meant, not its name");
    assert_eq!(fs::read_dir(&old).expect("readable").count(), 0, "the impostor stays empty");
}

#[cfg(unix)]
#[tokio::test]
async fn pipes_and_sockets_hold_nothing_up() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    let place = bench.place(&package("a"), &dir);
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, place.join("pipe"), rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
    assert!(matches!(bench.read(&dir.at("pipe")).await, Err(Refusal::NotAFile)));
    assert!(bench.write(&dir.at("pipe"), b"x").await.is_err());
    assert_eq!(bench.list(&dir.raw(&dir.path)).await, [""; 0]);
}

#[tokio::test]
async fn one_write_and_one_read_are_bounded() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    assert!(bench.write(&dir.at("f"), &vec![7; MAX_WRITE]).await.is_ok(), "10 MiB are allowed");
    let more = vec![7; MAX_WRITE + 1];
    assert!(matches!(bench.write(&dir.at("g"), &more).await, Err(Refusal::LargeWrite { .. })));
    let read = bench.storage.read(&bench.run, &dir.at("f"), 1000).await;
    assert!(matches!(read, Err(Refusal::LargeRead { size, limit: 1000 }) if size == MAX_WRITE as u64));
}

#[tokio::test]
async fn the_quota_counts_bytes() {
    let bench = Bench::new(SMALL);
    let dir = bench.shared().await;
    bench.write(&dir.at("a"), &[0; 600]).await.expect("600 of 1000");
    assert!(matches!(bench.write(&dir.at("b"), &[0; 401]).await, Err(Refusal::FullBytes { .. })));
    assert!(matches!(bench.storage.start(&bench.run, &dir.at("b"), u64::MAX).await, Err(Refusal::FullBytes { .. })));
    assert!(bench.read(&dir.at("b")).await.is_err(), "nothing of it is there");
    bench.write(&dir.at("b"), &[0; 400]).await.expect("just fits");
    bench.write(&dir.at("b"), &[]).await.expect("smaller");
    assert_eq!(bench.usage(&package("a")).await.bytes, 600, "an overwritten file is free again");
    // Other scopes share the quota, another package has its own.
    let cache = bench.mint(&package("a"), Scope::Cache { node: None, user: false }).await;
    assert!(bench.write(&cache.at("c"), &[0; 401]).await.is_err());
    let other = bench.mint(&package("b"), Scope::Storage { node: None }).await;
    bench.write(&other.at("c"), &[0; 1000]).await.expect("its own quota");
    assert_eq!(bench.unfinished(&package("a")), 0, "refused writes leave nothing");
}

#[tokio::test]
async fn the_quota_counts_files_and_folders() {
    let bench = Bench::new(SMALL);
    let dir = bench.shared().await;
    let start = bench.usage(&package("a")).await.entries;
    bench.write(&dir.at("a/b/c/f"), b"").await.expect("4 entries");
    assert_eq!(bench.usage(&package("a")).await.entries, start + 4);
    bench.write(&dir.at("a/b/c/f"), b"").await.expect("none");
    assert_eq!(bench.usage(&package("a")).await.entries, start + 4, "an overwrite adds none");
    let deep = vec!["d"; 20].join("/");
    assert!(matches!(bench.write(&dir.at(&deep), b"").await, Err(Refusal::FullEntries { .. })));
    let mut written = 0;
    while bench.write(&dir.at(&format!("n{written}")), b"").await.is_ok() {
        written += 1;
        assert!(written < 100, "the quota must end this");
    }
    let counted = bench.storage.package(&package("a").shared_id()).await.expect("open").rescan().expect("counted");
    assert_eq!(counted.entries, SMALL.entries, "the account agrees with the disk");
}

#[tokio::test]
async fn chunks_become_a_file_at_the_end() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    bench.write(&dir.at("f"), b"old").await.expect("written");
    let id = bench.storage.start(&bench.run, &dir.at("f"), 10).await.expect("started");
    bench.storage.chunk(&bench.run, &id, b"01234").await.expect("taken");
    assert_eq!(bench.read(&dir.at("f")).await.expect("read"), b"old", "the old file stays until the end");
    assert_eq!(bench.list(&dir.raw(&dir.path)).await.len(), 1, "an unfinished file is not listed");
    let more = bench.storage.chunk(&bench.run, &id, b"567890").await;
    assert!(matches!(more, Err(Refusal::TooMuch { received: 11, total: 10 })));
    assert!(bench.storage.chunk(&bench.run, &id, &vec![0; MAX_CHUNK + 1]).await.is_err(), "a chunk is bounded");
    bench.storage.chunk(&bench.run, &id, b"56789").await.expect("the write goes on after a refused chunk");
    bench.storage.finish(&bench.run, &id).await.expect("complete");
    assert_eq!(bench.read(&dir.at("f")).await.expect("read"), b"0123456789");
    assert!(bench.storage.finish(&bench.run, &id).await.is_err(), "an id works once");
    assert!(bench.storage.chunk(&bench.run, &id, b"x").await.is_err());
    assert_eq!(bench.usage(&package("a")).await.bytes, 10);
}

#[tokio::test]
async fn incomplete_and_abandoned_writes_leave_nothing() {
    let bench = Bench::new(SMALL);
    let dir = bench.shared().await;
    let id = bench.storage.start(&bench.run, &dir.at("new/f"), 900).await.expect("started");
    bench.storage.chunk(&bench.run, &id, b"123").await.expect("taken");
    assert!(bench.write(&dir.at("g"), &[0; 200]).await.is_err(), "the announced size is reserved");
    let incomplete = bench.storage.finish(&bench.run, &id).await;
    assert!(matches!(incomplete, Err(Refusal::Incomplete { received: 3, total: 900 })));
    assert!(!bench.place(&package("a"), &dir).join("new").exists(), "not even a folder");
    bench.storage.start(&bench.run, &dir.at("f"), 900).await.expect("the room is free again");
    assert_eq!(bench.unfinished(&package("a")), 1);
    // The run ends.
    drop(std::mem::take(&mut *locked(&bench.run)));
    assert_eq!(bench.unfinished(&package("a")), 0, "unfinished writes vanish with the run");
    let dir = bench.shared().await;
    bench.write(&dir.at("g"), &[0; 900]).await.expect("and so does what they reserved");
}

#[tokio::test]
async fn chunked_writes_are_counted() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    let mut ids = Vec::new();
    for number in 0..MAX_OPEN_WRITES {
        ids.push(bench.storage.start(&bench.run, &dir.at(&number.to_string()), 1).await.expect("started"));
    }
    let one_more = bench.storage.start(&bench.run, &dir.at("more"), 1).await;
    assert!(matches!(one_more, Err(Refusal::TooManyWrites { .. })));
    bench.storage.chunk(&bench.run, &ids[0], b"x").await.expect("taken");
    bench.storage.finish(&bench.run, &ids[0]).await.expect("finished");
    bench.storage.start(&bench.run, &dir.at("more"), 1).await.expect("a place is free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writes_of_one_file_never_mix() {
    let bench = Arc::new(Bench::new(Quota::default()));
    let dir = Arc::new(bench.shared().await);
    let tasks: Vec<_> = (0..8u8)
        .map(|task| {
            let (bench, dir) = (bench.clone(), dir.clone());
            tokio::spawn(async move {
                let path = dir.at("new/folder/same");
                let id = bench.storage.start(&bench.run, &path, 4 * 1000).await.expect("started");
                for _ in 0..4 {
                    bench.storage.chunk(&bench.run, &id, &[task; 1000]).await.expect("taken");
                }
                bench.storage.finish(&bench.run, &id).await.expect("finished");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let data = bench.read(&dir.at("new/folder/same")).await.expect("read");
    assert!(data.len() == 4000 && data.iter().all(|byte| *byte == data[0]), "one writer's bytes only");
    let counted = bench.storage.package(&package("a").shared_id()).await.expect("open");
    assert_eq!(counted.usage(), counted.rescan().expect("counted"), "the account agrees with the disk");
    assert_eq!(bench.unfinished(&package("a")), 0);
}

#[tokio::test]
async fn the_user_sees_and_resets_what_is_kept() {
    let bench = Bench::new(SMALL);
    let dir = bench.shared().await;
    bench.write(&dir.at("a/f"), &[1; 900]).await.expect("written");
    let id = package("a").id().to_owned();
    let packages = bench.storage.packages().await.expect("listed");
    assert_eq!(packages.len(), 1);
    assert_eq!((packages[0].id.as_str(), packages[0].usage.bytes), (id.as_str(), 900));
    let (files, _) = bench.storage.files(&id).await.expect("listed");
    assert_eq!((files.len(), files[0].size), (1, 900));
    assert_eq!(files[0].path, format!("{}/a/f", dir.path));
    bench.storage.reset(&id).await.expect("deleted");
    assert_eq!(bench.list(&dir.raw(&dir.path)).await, [""; 0], "a run's directory stays usable");
    bench.write(&dir.at("g"), &[1; 900]).await.expect("and there is room again");
    for wrong in ["..", "a/b", "", "/", "."] {
        assert!(bench.storage.reset(wrong).await.is_err(), "{wrong:?} is not a package");
    }
}

#[tokio::test]
async fn room_that_the_user_made_is_found() {
    let bench = Bench::new(SMALL);
    let dir = bench.shared().await;
    bench.write(&dir.at("f"), &[1; 900]).await.expect("written");
    fs::remove_file(bench.place(&package("a"), &dir).join("f")).expect("deleted by hand");
    let files = bench.storage.package(&package("a").shared_id()).await.expect("open");
    // As if the last count were a while ago.
    if let Some(earlier) = std::time::Instant::now().checked_sub(std::time::Duration::from_secs(2)) {
        *locked(&files.counted) = earlier;
        bench.write(&dir.at("g"), &[1; 900]).await.expect("the disk is looked at before refusing");
    }
}

/// What this process has open below a folder.
#[cfg(target_os = "linux")]
fn open_below(folder: &Path) -> usize {
    let links = fs::read_dir("/proc/self/fd").expect("readable").map(|entry| entry.expect("an entry").path());
    links.filter_map(|link| fs::read_link(link).ok()).filter(|target| target.starts_with(folder)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn f43_a_walk_holds_few_descriptors() {
    let folder = tempfile::tempdir().expect("a folder");
    for wide in 0..100 {
        fs::create_dir_all(folder.path().join(format!("wide{wide}/below"))).expect("made");
        fs::write(folder.path().join(format!("wide{wide}/below/f")), "12").expect("written");
    }
    fs::create_dir_all(folder.path().join(vec!["deep"; 60].join("/"))).expect("made");
    let dir = Dir::open_ambient_dir(folder.path(), cap_std::ambient_authority()).expect("opened");
    let (mut most, mut entries, mut bytes) = (0, 0, 0);
    walk::walk(&dir, |_, metadata| {
        most = most.max(open_below(folder.path()));
        entries += 1;
        bytes += if metadata.is_file() { metadata.len() } else { 0 };
        Ok(())
    })
    .expect("walked");
    assert_eq!((entries, bytes), (100 * 3 + 60, 200), "everything is found");
    assert!(most <= 3, "{most} descriptors for one walk");
}

#[cfg(unix)]
#[tokio::test]
async fn f43_what_cannot_be_read_is_an_error_and_never_skipped() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new(SMALL);
    let dir = bench.shared().await;
    bench.write(&dir.at("shut/f"), &[0; 800]).await.expect("written");
    let shut = bench.place(&package("a"), &dir).join("shut");
    let mode = |mode| fs::set_permissions(&shut, fs::Permissions::from_mode(mode)).expect("set");
    mode(0o000);
    // Root looks into it all the same.
    let readable = fs::read_dir(&shut).is_ok();
    let listed = bench.storage.list(&bench.run, &dir.raw(&dir.path)).await;
    let counted = bench.storage.package(&package("a").shared_id()).await.expect("open").rescan();
    mode(0o700);
    if readable {
        assert!(listed.expect("listed").0.contains("shut/f"), "everything is listed");
        assert_eq!(counted.expect("counted").bytes, 800);
    } else {
        assert!(matches!(&listed, Err(Refusal::Unreadable { folder, .. }) if folder.contains("shut")), "{listed:?}");
        assert!(matches!(counted, Err(Refusal::Unreadable { .. })), "{counted:?}");
    }
    assert_eq!(bench.usage(&package("a")).await.bytes, 800, "the account keeps what it knew");
    assert!(bench.write(&dir.at("g"), &[0; 300]).await.is_err(), "the quota holds");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn f43_odd_names_and_loops_are_counted_and_told() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Bench::new(SMALL);
    let dir = bench.shared().await;
    let place = bench.place(&package("a"), &dir);
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    fs::create_dir(place.join(odd)).expect("made");
    fs::write(place.join(odd).join("f"), [0; 500]).expect("written");
    fs::write(place.join(odd).join(odd), [0; 100]).expect("written");
    let deep = vec!["d"; 100].join("/");
    fs::create_dir_all(place.join("more").join(&deep)).expect("made");
    fs::write(place.join("more").join(&deep).join("f"), [0; 200]).expect("written");
    std::os::unix::fs::symlink("..", place.join("loop")).expect("linked");
    fs::write(place.join("plain"), "1").expect("written");

    let (list, left_out) = bench.storage.list(&bench.run, &dir.raw(&dir.path)).await.expect("listed");
    assert!(list.contains("/plain") && !list.contains("loop"), "{list}");
    assert_eq!(left_out, 3, "what no node can name is told");
    let counted = bench.storage.package(&package("a").shared_id()).await.expect("open").rescan().expect("counted");
    assert_eq!(counted.bytes, 801, "and it counts");
    assert!(bench.write(&dir.at("g"), &[0; 300]).await.is_err(), "the quota holds");
}

#[tokio::test]
async fn f43_a_list_that_is_too_long_is_an_error() {
    let bench = Bench::new(Quota::default());
    let dir = bench.shared().await;
    let place = bench.place(&package("a"), &dir);
    for folder in ["a", "b"] {
        fs::create_dir(place.join(folder)).expect("made");
        for number in 0..10_001 {
            fs::File::create(place.join(folder).join(number.to_string())).expect("made");
        }
    }
    let listed = bench.storage.list(&bench.run, &dir.raw(&dir.path)).await;
    assert!(matches!(listed, Err(Refusal::LongList { .. })), "half a list is none");
    assert_eq!(bench.list(&dir.at("a")).await.len(), 10_001, "a part of it is complete");
    let (files, cut) = bench.storage.files(package("a").id()).await.expect("listed");
    assert!(cut && files.len() == 20_000, "the user sees the first of them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f43_what_comes_and_goes_meanwhile_spoils_no_list() {
    let bench = Arc::new(Bench::new(Quota::default()));
    let dir = bench.shared().await;
    let place = bench.place(&package("a"), &dir);
    bench.write(&dir.at("kept/f"), b"1").await.expect("written");
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let moving = std::thread::spawn({
        let stop = stop.clone();
        move || {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                fs::create_dir_all(place.join("gone/below")).expect("made");
                fs::write(place.join("gone/below/f"), "2").expect("written");
                fs::remove_dir_all(place.join("gone")).expect("removed");
                // A file where a folder was.
                fs::write(place.join("gone"), "3").expect("written");
                fs::remove_file(place.join("gone")).expect("removed");
            }
        }
    });
    for _ in 0..200 {
        let (list, _) = bench.storage.list(&bench.run, &dir.raw(&dir.path)).await.expect("listed");
        assert!(list.contains("kept/f"), "{list}");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    moving.join().expect("no panic");
}
