//! The data folder as a whole: what survives, what is set aside, who may look.

use std::fs;
use std::future::Future;

use super::*;
use crate::host::secrets::Place;
use crate::host::{Call, HostState};

fn open(data: &Path) -> Services {
    Services::open_with(data, Secrets::in_file(data)).expect("the folder can be made")
}

fn json(text: &str) -> Json {
    Json::parse(text).expect("valid JSON in the test")
}

#[test]
fn host_calls_can_move_between_threads() {
    fn check<'a>(state: &'a mut HostState, call: Call<'a>) -> impl Future + Send + 'a {
        state.call(call)
    }
    // Compiling is the test: wasmtime needs it.
    let _ = check;
}

#[tokio::test]
async fn values_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("a/b");
    let package = PackageKey::new(PathBuf::from("/nodes/Some Node.wasm"));
    {
        let services = open(&data);
        assert!(services.problems().is_empty(), "a fresh folder has no problems");
        services.set_variable("name", json("9007199254740993")).await.expect("kept");
        services.remember(&package).await;
        services.set_cached(package.id(), "k", json(r#"{"b":1,"a":[1.50]}"#)).await.expect("kept");
    }
    let services = open(&data);
    assert_eq!(services.variable("name").await, Some(json("9007199254740993")), "integers stay exact");
    assert_eq!(services.cached(package.id(), "k").await, Some(json(r#"{"b":1,"a":[1.50]}"#)));
    assert_eq!(services.packages().await, [(package.shared_id(), package.file().to_owned())]);
    assert_eq!(services.cache("another").await, [], "caches are apart");
    assert_eq!(services.reset_cache(package.id()).await, Ok(1));
    assert_eq!(services.reset_variables().await, Ok(1));
    services.flush().await.expect("on disk");
    drop(services);
    let services = open(&data);
    assert!(services.variables().await.is_empty() && services.cache(package.id()).await.is_empty(), "reset for good");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_user_can_look_into_the_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let _services = open(&data);
    let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("storage")), 0o700);
}

#[tokio::test]
async fn damage_is_set_aside_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("state.db"), "this is not a database, whatever its name says").expect("writable");
    fs::write(folder.path().join("models.json"), "}").expect("writable");
    let services = open(folder.path());
    assert_eq!(services.problems().len(), 2, "{:?}", services.problems());
    services.set_variable("a", json("1")).await.expect("a fresh file took its place");
    services.flush().await.expect("on disk");
    let aside = fs::read_dir(folder.path()).expect("readable").filter_map(Result::ok);
    let aside = aside.filter(|entry| entry.file_name().to_string_lossy().contains(".damaged-")).count();
    assert_eq!(aside, 2, "both files are kept beside");
}

#[tokio::test]
async fn the_place_of_secrets_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let services = open(folder.path());
    assert!(matches!(services.secrets.place().await, Place::File { .. }));
}

#[tokio::test]
async fn providers_with_a_token_are_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = Token { access_token: "t".to_owned(), token_type: "Bearer".to_owned(), expires_at: None };
    {
        let services = open(folder.path());
        for provider in ["b", "a", "c"] {
            services.set_token(provider, token.clone()).await.expect("kept");
        }
        services.delete_token("c").await.expect("deleted");
        services.set_models_key(Some("k")).await.expect("kept");
    }
    let services = open(folder.path());
    let providers = services.providers().await;
    assert_eq!(providers.iter().map(AsRef::as_ref).collect::<Vec<_>>(), ["a", "b"]);
    assert!(services.has_models_key().await.expect("readable"));
    services.set_models_key(None).await.expect("deleted");
    assert!(!services.has_models_key().await.expect("readable"));
}

#[test]
fn folder_names_are_plain_and_different() {
    let id = |file: &str| PackageKey::new(PathBuf::from(file)).id().to_owned();
    assert_ne!(id("/a/node.wasm"), id("/b/node.wasm"), "two files with one name");
    assert!(id("/a/Mein Knoten!.wasm").starts_with("mein-knoten-"), "{}", id("/a/Mein Knoten!.wasm"));
    for name in ["../..", "/", "", "\0", "日本", "CON", &"n".repeat(5000)] {
        let folder = folder_name(name, name.as_bytes());
        let plain = folder.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(plain && (16..=60).contains(&folder.len()), "{folder}");
    }
}
