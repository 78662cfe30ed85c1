//! Tokens and keys in the private file; the keyring itself is left alone.

use std::fs;

use super::*;

fn token(text: &str) -> Token {
    Token { access_token: text.to_owned(), token_type: "Bearer".to_owned(), expires_at: Some(1_900_000_000) }
}

#[tokio::test]
async fn tokens_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let secrets = Secrets::in_file(folder.path());
    assert_eq!(secrets.token("github").await.expect("readable"), None);
    secrets.set_token("github", &token("abc")).await.expect("kept");
    secrets.set_token("gitlab", &token("ä\"\n")).await.expect("kept");
    secrets.set("models:key", Some("k".to_owned())).await.expect("kept");
    let secrets = Secrets::in_file(folder.path());
    assert_eq!(secrets.token("github").await.expect("readable"), Some(token("abc")));
    assert_eq!(secrets.token("gitlab").await.expect("readable"), Some(token("ä\"\n")));
    secrets.delete_token("github").await.expect("deleted");
    secrets.delete_token("github").await.expect("deleting twice is no error");
    assert_eq!(secrets.token("github").await.expect("readable"), None);
    assert_eq!(secrets.get("models:key").await.expect("readable").as_deref(), Some("k"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_private_and_made_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.json");
    let mode = || fs::metadata(&file).expect("it exists").permissions().mode() & 0o777;
    let secrets = Secrets::in_file(folder.path());
    secrets.set_token("a", &token("1")).await.expect("kept");
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("as a careless copy would");
    secrets.token("a").await.expect("readable");
    assert_eq!(mode(), 0o600, "tightened when it is met");
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_without_repeating_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secrets.json");
    fs::write(&file, r#"{"oauth:a": "hush-hush"#).expect("writable");
    let secrets = Secrets::in_file(folder.path());
    assert_eq!(secrets.token("a").await.expect("not fatal"), None);
    let problem = secrets.problem().expect("the user is told");
    assert!(problem.contains("set aside") && !problem.contains("hush"), "{problem}");
    secrets.set_token("a", &token("1")).await.expect("a fresh file");
    assert_eq!(secrets.token("a").await.expect("readable"), Some(token("1")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_do_not_lose_each_others_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            // As many programs as tasks: each has its own handle.
            let secrets = Secrets::in_file(folder.path());
            tokio::spawn(async move { secrets.set_token(&task.to_string(), &token("t")).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic").expect("kept");
    }
    let secrets = Secrets::in_file(folder.path());
    for task in 0..8 {
        assert!(secrets.token(&task.to_string()).await.expect("readable").is_some(), "token {task}");
    }
}

#[test]
fn tokens_are_documents_for_nodes_and_hidden_in_logs() {
    assert_eq!(token("x").document(), r#"{"access_token":"x","token_type":"Bearer","expires_at":1900000000}"#);
    let endless = Token { expires_at: None, ..token("x") };
    assert!(endless.document().ends_with(r#""expires_at":null}"#));
    assert!(!format!("{:?}", token("hush")).contains("hush"), "a token never shows in debug output");
}

#[tokio::test]
async fn asking_for_a_keyring_always_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let secrets = Secrets::detect(folder.path());
    let place = tokio::time::timeout(Duration::from_secs(30), secrets.place()).await.expect("bounded");
    assert_eq!(secrets.place().await, place, "chosen once");
    assert_eq!(Secrets::detect(folder.path()).place().await, place, "and for the whole program");
}

#[tokio::test]
async fn a_panic_while_reading_is_an_error() {
    let result: Result<(), _> = patiently(|| panic!("as a broken keyring might")).await;
    assert!(matches!(result, Err(SecretError::Interrupted)));
}
