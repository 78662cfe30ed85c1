use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::artifact::ArtifactKind;
use crate::engine::compiler::Compiler;

/// A private folder that vanishes with its handle.
fn temporary() -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir()
}

fn store(folder: &Path, engine: &str) -> Functions {
    let folder = Folder::open(folder).expect("a private folder");
    let functions = Functions::open(&folder, &blake3::hash(engine.as_bytes())).expect("a store");
    functions.begin();
    functions
}

fn packs(folder: &Path) -> Vec<PathBuf> {
    entries(&folder.join("functions")).expect("readable").into_iter().map(|entry| entry.path).collect()
}

fn get(functions: &Functions, key: u8) -> Option<Vec<u8>> {
    functions.get(&[key; 32]).map(Cow::into_owned)
}

#[test]
fn functions_are_found_by_the_next_process() {
    let folder = temporary().expect("a folder");
    let first = store(folder.path(), "engine");
    let second = store(folder.path(), "engine");
    assert!(first.insert(&[1; 32], vec![7; 100]), "taken");
    assert_eq!(get(&first, 1), Some(vec![7; 100]), "before it is written");
    first.finish();
    assert_eq!(get(&first, 1), Some(vec![7; 100]), "after it was written");
    assert_eq!(get(&store(folder.path(), "engine"), 1), Some(vec![7; 100]), "by a process that starts later");
    assert_eq!(get(&second, 1), None, "a process that runs already has not looked");
    second.begin();
    assert_eq!(get(&second, 1), Some(vec![7; 100]), "now it has");
    assert_eq!(get(&store(folder.path(), "other engine"), 1), None, "other settings, other code");
    assert!(!first.insert(b"short", vec![1]), "not a key");
}

#[test]
fn changed_functions_are_compiled_again() {
    let folder = temporary().expect("a folder");
    let functions = store(folder.path(), "engine");
    functions.insert(&[1; 32], vec![7; 100]);
    functions.insert(&[2; 32], vec![8; 100]);
    functions.finish();
    let pack = packs(folder.path()).remove(0);
    let whole = fs::read(&pack).expect("readable");
    fs::set_permissions(&pack, Permissions::from_mode(0o600)).expect("writable");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&pack, &bytes).expect("written");
        let functions = store(folder.path(), "engine");
        for (key, code) in [(1, vec![7; 100]), (2, vec![8; 100])] {
            let found = get(&functions, key);
            assert!(found.is_none() || found == Some(code), "byte {at} was changed");
        }
        let both = get(&functions, 1).is_some() && get(&functions, 2).is_some();
        assert!(!both, "the change of byte {at} is noticed");
    }
    for length in 0..whole.len() {
        fs::write(&pack, &whole[..length]).expect("written");
        assert_eq!(get(&store(folder.path(), "engine"), 1), None, "cut to {length} bytes");
    }
}

#[test]
fn many_packs_become_few_and_lose_nothing() {
    let folder = temporary().expect("a folder");
    let functions = store(folder.path(), "engine");
    for key in 0..50 {
        functions.insert(&[key; 32], vec![key; 64]);
        functions.finish();
        assert!(packs(folder.path()).len() <= MANY + 1, "there are never many");
        assert!((0..=key).all(|key| get(&functions, key) == Some(vec![key; 64])), "all are there after {key}");
    }
    let later = store(folder.path(), "engine");
    assert!((0..50).all(|key| get(&later, key) == Some(vec![key; 64])), "and for the next process");
}

#[test]
fn the_store_is_bounded() {
    let folder = temporary().expect("a folder");
    let functions = store(folder.path(), "engine");
    for key in 0..4 {
        functions.insert(&[key; 32], vec![key; 1000]);
        functions.finish();
    }
    trim(&folder.path().join("functions"), 2_500).expect("trimmed");
    assert_eq!(packs(folder.path()).len(), 2, "as many as fit");
    functions.begin();
    assert_eq!((0..4).filter(|key| get(&functions, *key).is_some()).count(), 2, "what was removed is forgotten");
    functions.insert(&[9; 32], vec![9; 10]);
    functions.finish();
    assert_eq!(get(&functions, 9), Some(vec![9; 10]), "it goes on");
}

#[test]
fn a_rebuild_compiles_only_what_changed() {
    let folder = temporary().expect("a folder");
    let opened = Folder::open(folder.path()).expect("a private folder");
    let module = |changed: u32| {
        let functions: String = (0..40)
            .map(|number| {
                let number = if number == 20 { changed } else { number };
                format!("(func (param i32) (result i32) local.get 0 i32.const {number} i32.mul)")
            })
            .collect();
        wat::parse_str(format!("(module {functions})")).expect("valid text")
    };
    let size = |wasm: &[u8]| {
        let compiler = Compiler::new(false, Some(&opened)).expect("a compiler");
        let before: u64 =
            entries(&folder.path().join("functions")).expect("readable").iter().map(|pack| pack.size).sum();
        compiler.begin();
        let code = compiler.compile(ArtifactKind::Core, wasm).expect("compiled");
        compiler.finish();
        let after: u64 =
            entries(&folder.path().join("functions")).expect("readable").iter().map(|pack| pack.size).sum();
        (code, after - before)
    };
    let (code, first) = size(&module(1_000));
    let (same, again) = size(&module(1_000));
    assert_eq!(code, same, "the same code comes out of the store");
    assert_eq!(again, 0, "nothing new was compiled");
    let (_, changed) = size(&module(1_001));
    assert!(changed > 0 && changed < first / 10, "one function of forty is new: {changed} of {first} bytes");
}
