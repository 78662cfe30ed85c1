//! Host calls through the seam, behind a real gate: what an ordinary node gets, what a denied one gets.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::models::ModelSettings;
use super::secrets::{Secrets, Token};
use super::*;
use crate::event::{EventKind, EventReceiver, Level, LogSource};
use crate::permission::gate::GateSetup;
use crate::permission::{Caller, DenyAll, Grants, Identity, Rule};

struct World {
    context: Arc<RunContext>,
    events: EventReceiver,
    _data: tempfile::TempDir,
}

impl World {
    /// A run whose user answers nothing.
    fn new(allow: &[&str], deny: &[&str], declared: &[&str]) -> Self {
        let rules = |texts: &[&str]| texts.iter().map(|text| text.parse::<Rule>().expect("a rule")).collect();
        let file = PathBuf::from("/nodes/a.wasm");
        let identity = Identity { file: file.clone(), node: "a".to_owned() };
        let declared = declared.iter().map(|label| (*label).to_owned()).collect();
        let caller =
            Caller { identity, friendly_name: "A".to_owned(), declared, origin: Arc::default(), allowed_hosts: None };
        Self::over(file, |events, clock, cancel| {
            Gate::new(GateSetup {
                caller,
                build: "0".into(),
                allow: rules(allow),
                deny: rules(deny),
                grants: Arc::new(Grants::in_memory()),
                prompter: Arc::new(DenyAll),
                events,
                clock,
                cancel,
            })
        })
    }

    /// The world in which definitions are asked for.
    fn closed() -> Self {
        Self::over(PathBuf::new(), |events, _, _| Gate::closed(events))
    }

    fn over(file: PathBuf, gate: impl FnOnce(Events, Arc<RunClock>, CancellationToken) -> Arc<Gate>) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let services = Services::open_with(data.path(), Secrets::in_file(data.path())).expect("services");
        let (clock, cancel, limits) = (RunClock::start(), CancellationToken::new(), Limits::default());
        let id = RunId("test".into());
        let (sender, events) = Events::channel(id.clone(), clock.clone(), limits.events);
        let context = Arc::new(RunContext {
            id,
            gate: gate(sender.clone(), clock.clone(), cancel.clone()),
            clock,
            events: sender,
            services: Arc::new(services),
            package: PackageKey::new(file),
            limits,
            cancel,
            shared: RunShared::default(),
        });
        Self { context, events, _data: data }
    }

    fn state(&self) -> HostState {
        HostState::new(self.context.clone(), Meta { node_name: "a".to_owned(), ..Meta::default() })
    }

    /// What was told so far, without the decisions.
    fn told(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            told.push(match event.kind {
                EventKind::Log { level, source: LogSource::Host, message } => format!("{} {message}", level.name()),
                EventKind::Log { level, message, .. } => format!("node {} {message}", level.name()),
                EventKind::Stream { kind, data } => format!("{kind} {data}"),
                EventKind::Fired { pin } => format!("fired {pin}"),
                EventKind::Output { pin, value } => format!("{pin} = {value}"),
                _ => continue,
            });
        }
        told
    }
}

const TEXTS: &str = r#"["a","b"]"#;
const MODEL: &str = r#"{"cache_key":"k","model_type":"t"}"#;
const PROMPT: &str = r#"[{"role":"user","content":"hello"}]"#;

#[tokio::test]
async fn logs_pins_and_streams_are_told_in_order() {
    let mut world = World::new(&[], &[], &[]);
    let mut state = world.state();
    state.inputs = vec![("in".to_owned(), Json::string("x"))];
    for call in [
        Call::Log { level: 0, message: "d" },
        Call::Log { level: 200, message: "f" },
        Call::LogJson { level: 1, message: "m", data: "[1]" },
        Call::SetOutput { name: "o", value: "9007199254740993" },
        Call::SetOutput { name: "bad", value: "{" },
        Call::ActivateExec { name: "e" },
        Call::ActivateExec { name: "e" },
        Call::Emit { kind: "progress", data: r#"{"progress":0.5}"# },
        Call::Emit { kind: "note", data: "plain" },
        Call::Text { content: "5" },
    ] {
        state.call(call).await;
    }
    let told = world.told();
    assert!(told[4].starts_with("warn pins.set-output \"bad\": the value is not JSON"), "{}", told[4]);
    assert_eq!(
        [&told[..4], &told[5..]].concat(),
        [
            "node debug d",
            "node fatal f",
            r#"node info {"message":"m","data":[1]}"#,
            "o = 9007199254740993",
            "fired e",
            r#"progress {"progress":0.5}"#,
            r#"note "plain""#,
            r#"text "5""#,
        ]
    );
    assert_eq!(state.call(Call::GetInput { name: "in" }).await.text().as_deref(), Some("\"x\""));
    assert_eq!(state.call(Call::GetInput { name: "none" }).await, Reply::Text(None));
    assert_eq!((state.outputs.len(), state.fired.len()), (1, 1));
}

#[tokio::test]
async fn an_ordinary_node_uses_state_files_and_images() {
    let world = World::new(&[], &[], &[]);
    let mut state = world.state();
    state.call(Call::VarSet { name: "v", value: "not json" }).await;
    assert_eq!(state.call(Call::VarGet { name: "v" }).await.text().as_deref(), Some("\"not json\""));
    assert!(state.call(Call::VarHas { name: "v" }).await.flag());
    state.call(Call::VarDelete { name: "v" }).await;
    assert!(!state.call(Call::VarHas { name: "v" }).await.flag());
    state.call(Call::CacheSet { key: "k", value: "[1]" }).await;
    assert_eq!(state.call(Call::CacheGet { key: "k" }).await.text().as_deref(), Some("[1]"));

    let directory = state.call(Call::StorageDir { node_scoped: true }).await.text().expect("a directory");
    let file = directory.replacen("\",", "/f\",", 1);
    assert!(state.call(Call::WriteFile { path: &file, data: b"x" }).await.flag());
    assert_eq!(state.call(Call::ReadFile { path: &file }).await.bytes().as_deref(), Some(&b"x"[..]));
    let list = state.call(Call::ListFiles { path: &directory }).await.text().expect("a list");
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).expect("an array");
    assert_eq!(list.iter().map(ToString::to_string).collect::<Vec<_>>(), [file], "the list spells it alike");
    let write = state.call(Call::WriteFileStart { path: &directory.replacen("\",", "/g\",", 1), total_size: 2 }).await;
    let write = write.text().expect("an id");
    assert!(state.call(Call::WriteFileChunk { write_id: &write, data: b"ab" }).await.flag());
    assert!(state.call(Call::WriteFileFinish { write_id: &write }).await.flag());

    assert_eq!(state.call(Call::ImageFromBytes { data: b"no image", format: "png" }).await, Reply::Text(None));
    assert_eq!(state.call(Call::DbQuery { op: 1, connection: "", payload: "" }).await, Reply::Text(None));
}

#[tokio::test]
async fn a_denied_node_gets_nothing_and_no_trap() {
    for world in [World::closed(), World::new(&[], &["all"], &["oauth", "models", "variables"])] {
        let services = &world.context.services;
        services.set_variable("v", Json::null()).await.expect("kept");
        let token = Token { access_token: "t".to_owned(), token_type: "Bearer".to_owned(), expires_at: None };
        services.secrets.set_token("p", &token).await.expect("kept");
        let mut state = world.state();
        for call in [
            Call::VarGet { name: "v" },
            Call::VarHas { name: "v" },
            Call::VarSet { name: "v", value: "1" },
            Call::CacheSet { key: "k", value: "1" },
            Call::CacheHas { key: "k" },
            Call::StorageDir { node_scoped: false },
            Call::UploadDir,
            Call::CacheDir { node_scoped: true, user_scoped: true },
            Call::UserDir { node_scoped: false },
            Call::ReadFile { path: "" },
            Call::WriteFile { path: "", data: b"" },
            Call::WriteFileStart { path: "", total_size: 0 },
            Call::WriteFileChunk { write_id: "", data: b"" },
            Call::WriteFileFinish { write_id: "" },
            Call::ListFiles { path: "" },
            Call::EmbedText { model: MODEL, texts: TEXTS },
            Call::LlmPrompt { model: MODEL, messages: PROMPT, stream: false },
            Call::GetOAuthToken { provider: "p" },
        ] {
            let reply = state.call(call).await;
            let nothing = matches!(reply, Reply::Text(None) | Reply::Bytes(None) | Reply::Bool(false));
            assert!(nothing, "{call:?} gave {reply:?}");
        }
        state.call(Call::Emit { kind: "json", data: "1" }).await;
        assert_eq!(services.variable("v").await, Some(Json::null()), "nothing was changed");
    }
}

#[tokio::test]
async fn tokens_need_the_providers_permission() {
    let token = Token { access_token: "t".to_owned(), token_type: "Bearer".to_owned(), expires_at: Some(5) };
    let ask = async |world: World| {
        world.context.services.secrets.set_token("p", &token).await.expect("kept");
        let mut state = world.state();
        let has = state.call(Call::HasOAuthToken { provider: "p" }).await.flag();
        let other = state.call(Call::HasOAuthToken { provider: "q" }).await.flag();
        assert!(!other, "there is none for q");
        (has, state.call(Call::GetOAuthToken { provider: "p" }).await.text())
    };
    let document = r#"{"access_token":"t","token_type":"Bearer","expires_at":5}"#.to_owned();
    assert_eq!(ask(World::new(&["oauth:p"], &[], &[])).await, (true, Some(document)), "allowed for p");
    assert_eq!(ask(World::new(&[], &[], &["oauth"])).await, (true, None), "declared: existence only");
    assert_eq!(ask(World::new(&["oauth:q"], &[], &[])).await, (false, None), "another provider's rule");
}

#[tokio::test]
async fn without_an_endpoint_an_echo_answers() {
    let mut world = World::new(&["models"], &[], &[]);
    let mut state = world.state();
    let vectors = state.call(Call::EmbedTextQuery { model: MODEL, texts: TEXTS }).await.text().expect("vectors");
    let vectors: Vec<Vec<f32>> = serde_json::from_str(&vectors).expect("an array of arrays");
    assert_eq!(vectors.iter().map(Vec::len).collect::<Vec<_>>(), [384, 384]);
    let answer = state.call(Call::LlmPromptStream { model: MODEL, request: PROMPT }).await.text().expect("an answer");
    assert!(answer.starts_with(r#"{"content":"[echo] hello""#), "{answer}");
    let told = world.told();
    assert!(told[0].contains("echo provider"), "{}", told[0]);
    assert_eq!(told[1..], [r#"llm_chunk {"content":"[echo] "}"#, r#"llm_chunk {"content":"hello"}"#]);
    assert_eq!(state.call(Call::EmbedImage { model: MODEL, image: b"no image" }).await, Reply::Text(None));
    assert_eq!(state.call(Call::EmbedText { model: "?", texts: TEXTS }).await, Reply::Text(None), "a bad argument");
}

/// Answers one request and returns what was asked.
async fn serve_once(listener: tokio::net::TcpListener, answer: &'static str) -> String {
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let mut asked = Vec::new();
    // The request ends with its JSON body.
    while !asked.ends_with(b"}") {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.expect("readable");
        assert!(read > 0, "the request ended early");
        asked.extend_from_slice(&piece[..read]);
    }
    stream.write_all(answer.as_bytes()).await.expect("writable");
    stream.shutdown().await.expect("closed");
    String::from_utf8(asked).expect("text")
}

#[tokio::test]
async fn the_users_endpoint_answers_with_the_users_key() {
    let mut world = World::new(&["models:big"], &[], &[]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}/v1", listener.local_addr().expect("bound"));
    let services = world.context.services.clone();
    let settings =
        ModelSettings { endpoint: Some(endpoint), chat_model: Some("big".to_owned()), embedding_model: None };
    services.models.set(settings).await.expect("kept");
    services.set_models_key(Some("k1")).await.expect("kept");
    let server = tokio::spawn(serve_once(
        listener,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
         data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\ndata: [DONE]\n\n",
    ));
    let mut state = world.state();
    let answer = state.call(Call::LlmPromptStream { model: "{}", request: PROMPT }).await.text();
    assert_eq!(answer.as_deref(), Some(r#"{"content":"hi"}"#));
    assert_eq!(world.told(), [r#"llm_chunk {"content":"hi"}"#]);
    let asked = server.await.expect("no panic").to_lowercase();
    assert!(asked.starts_with("post /v1/chat/completions ") && asked.contains("authorization: bearer k1"), "{asked}");

    // Nobody listens there any more: an answer in words, not a trap.
    let answer = state.call(Call::LlmPrompt { model: "{}", messages: PROMPT, stream: false }).await.text();
    assert!(answer.as_deref().is_some_and(|answer| answer.starts_with(r#"{"error":"cannot reach"#)), "{answer:?}");
    assert!(world.told().iter().any(|line| line.starts_with(Level::Warn.name())), "and a line in the log");
}
