use super::*;

/// The smallest module.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("inside a folder")).expect("created");
    std::fs::write(path, content).expect("written");
}

#[tokio::test]
async fn a_manifest_governs_the_build_that_it_names_elsewhere() {
    let root = tempfile::tempdir().expect("a folder");
    write(&root.path().join("Cargo.toml"), b"[workspace]\nmembers = ['nodes/*']");
    write(&root.path().join("target/node.wasm"), EMPTY);
    write(&root.path().join("nodes/a/flow-like.toml"), b"id = 'a'\nwasm_path = '../../target/node.wasm'");
    let source = read(root.path().join("nodes/a")).await.expect("readable");
    assert_eq!(source.manifest.and_then(|manifest| manifest.id).as_deref(), Some("a"));
    assert!(source.problems.iter().all(|problem| problem.code != "missing-wasm-path"), "{:?}", source.problems);
}

#[tokio::test]
async fn f51_a_manifest_names_no_foreign_file() {
    let root = tempfile::tempdir().expect("a folder");
    write(&root.path().join("secret.txt"), b"hunter2 and more");
    write(&root.path().join("target/secret.wasm"), b"hunter2 and more");
    let secret = root.path().join("secret.txt");
    let linked = root.path().join("p/linked.wasm");
    write(&root.path().join("p/.keep"), b"");
    std::os::unix::fs::symlink(&secret, &linked).expect("linked");
    std::os::unix::fs::symlink(root.path(), root.path().join("p/up")).expect("linked");
    let absolute = secret.display().to_string();
    for path in [
        "../secret.txt",
        "x/../../secret.txt",
        "linked.wasm",
        "up/secret.txt",
        "../target/secret.wasm",
        &absolute,
        "../not-there.wasm",
    ] {
        write(&root.path().join("p/flow-like.toml"), format!("id = 'a'\nwasm_path = '{path}'").as_bytes());
        let (manifest, problems) = Manifest::read(&root.path().join("p/flow-like.toml")).expect("TOML");
        assert_eq!(manifest.wasm_path, None, "{path}");
        assert!(problems.iter().any(|problem| problem.code == "odd-wasm-path"), "{path}: {problems:?}");
        // The link is found by itself as well: nothing of what it leads to is told.
        let with_link = read(root.path().join("p")).await.err().expect("it is no node").to_string();
        std::fs::remove_file(&linked).expect("it is there");
        let refused = read(root.path().join("p")).await.err().expect("nothing to load").to_string();
        std::os::unix::fs::symlink(&secret, &linked).expect("linked");
        assert!(path == "linked.wasm" || refused.contains("leads out"), "{path}: {refused}");
        assert!(!format!("{with_link} {refused}").contains("hunter2"), "{path}: {with_link}; {refused}");
    }
    std::fs::write(&secret, "(hunter2").expect("written");
    let refused = read(linked).await.err().expect("it is no node").to_string();
    assert!(!refused.contains("hunter2") && refused.contains("it is a link to"), "{refused}");
}

#[tokio::test]
async fn a_folder_with_several_builds_asks_for_one() {
    let root = tempfile::tempdir().expect("a folder");
    write(&root.path().join("a.wasm"), EMPTY);
    write(&root.path().join("a.wat"), b"(module)");
    assert!(read(root.path().into()).await.is_ok(), "text beside its binary is the same node");
    write(&root.path().join("b.wat"), b"(module)");
    let refused = read(root.path().into()).await.err().expect("two builds");
    assert_eq!(refused.code(), "several-builds");
    assert!(refused.to_string().contains("b.wat"), "{refused}");
}

#[tokio::test]
async fn a_manifest_governs_a_link_beside_it() {
    let root = tempfile::tempdir().expect("a folder");
    write(&root.path().join("target/x.wasm"), EMPTY);
    write(&root.path().join("a/flow-like.toml"), b"id = 'a'\nwasm_path = 'gone.wasm'");
    let link = root.path().join("a/node.wasm");
    std::os::unix::fs::symlink(root.path().join("target/x.wasm"), &link).expect("linked");
    let source = read(link).await.expect("readable");
    assert_eq!(source.manifest.and_then(|manifest| manifest.id).as_deref(), Some("a"));
    let codes: Vec<_> = source.problems.iter().map(|problem| problem.code).collect();
    assert!(codes.contains(&"missing-wasm-path"), "{codes:?}");
}
