//! What the host does for a guest, each function's logic once, free of either ABI.
//!
//! The ABI layers turn a guest's call into a [`Call`], hand it to [`HostState::call`] and turn the [`Reply`] back.
//! That is the one seam between guests and host functions: every call passes it with its name, arguments, result
//! and time. A refusal is never a trap: the guest gets "none", "false" or nothing, and the gate records why.

mod auth;
mod cache;
mod db;
pub mod dial;
pub mod http;
mod image;
mod log;
mod meta;
pub mod models;
mod pins;
mod schema;
pub mod secrets;
pub mod services;
pub mod state;
pub mod storage;
mod stream;
mod variables;
mod websocket;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

pub use self::services::{PackageKey, Services};
use crate::clock::RunClock;
use crate::event::{Events, RunId};
use crate::json::Json;
use crate::limits::{Limits, StoreLimiter};
use crate::permission::Gate;

/// One host function with its arguments, as the guest called it. Text is as the guest gave it: untrusted.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    Log {
        level: u8,
        message: &'a str,
    },
    /// `log_json` of core modules: `data` is JSON text or empty.
    LogJson {
        level: u8,
        message: &'a str,
        data: &'a str,
    },

    GetInput {
        name: &'a str,
    },
    SetOutput {
        name: &'a str,
        value: &'a str,
    },
    ActivateExec {
        name: &'a str,
    },

    VarGet {
        name: &'a str,
    },
    VarSet {
        name: &'a str,
        value: &'a str,
    },
    VarDelete {
        name: &'a str,
    },
    VarHas {
        name: &'a str,
    },

    CacheGet {
        key: &'a str,
    },
    CacheSet {
        key: &'a str,
        value: &'a str,
    },
    CacheDelete {
        key: &'a str,
    },
    CacheHas {
        key: &'a str,
    },

    Emit {
        kind: &'a str,
        data: &'a str,
    },
    Text {
        content: &'a str,
    },

    NodeId,
    RunId,
    AppId,
    BoardId,
    UserId,
    TimeNow,
    /// Reply: `Reply::F64` in 0..1.
    Random,
    /// Reply: `Reply::U64` of random bits.
    RandomBits,
    IsStreaming,
    LogLevel,
    NewResourceHandle,

    StorageDir {
        node_scoped: bool,
    },
    UploadDir,
    CacheDir {
        node_scoped: bool,
        user_scoped: bool,
    },
    UserDir {
        node_scoped: bool,
    },
    ReadFile {
        path: &'a str,
    },
    WriteFile {
        path: &'a str,
        data: &'a [u8],
    },
    WriteFileStart {
        path: &'a str,
        total_size: u64,
    },
    WriteFileChunk {
        write_id: &'a str,
        data: &'a [u8],
    },
    WriteFileFinish {
        write_id: &'a str,
    },
    ListFiles {
        path: &'a str,
    },

    EmbedText {
        model: &'a str,
        texts: &'a str,
    },
    EmbedTextQuery {
        model: &'a str,
        texts: &'a str,
    },
    EmbedTextDocument {
        model: &'a str,
        texts: &'a str,
    },
    EmbedImage {
        model: &'a str,
        image: &'a [u8],
    },
    LlmPrompt {
        model: &'a str,
        messages: &'a str,
        stream: bool,
    },
    LlmPromptStream {
        model: &'a str,
        request: &'a str,
    },

    GetOAuthToken {
        provider: &'a str,
    },
    HasOAuthToken {
        provider: &'a str,
    },

    HttpRequest {
        method: u8,
        url: &'a str,
        headers: &'a str,
        body: Option<&'a [u8]>,
    },
    /// The document of the last exchange of this run: the workbench's extension for core modules.
    HttpResponse,

    WsConnect {
        url: &'a str,
        headers: &'a str,
    },
    WsSend {
        session: &'a str,
        message: &'a [u8],
        binary: bool,
    },
    WsReceive {
        session: &'a str,
        timeout_ms: u32,
    },
    WsClose {
        session: &'a str,
    },

    GetTypeSchema {
        name: &'a str,
    },
    ListTypes,
    ImageFromBytes {
        data: &'a [u8],
        format: &'a str,
    },
    ImageToBytes {
        image: &'a str,
        format: &'a str,
    },
    DbQuery {
        op: u32,
        connection: &'a str,
        payload: &'a str,
    },
}

/// What a host function gave back. Each ABI spells it in its own way.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Unit,
    Bool(bool),
    U8(u8),
    U64(u64),
    F64(f64),
    /// `None`: absent, refused or failed.
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Reply {
    pub fn text(self) -> Option<String> {
        if let Self::Text(text) = self { text } else { None }
    }

    pub fn bytes(self) -> Option<Vec<u8>> {
        if let Self::Bytes(bytes) = self { bytes } else { None }
    }

    pub fn flag(self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Integers of any width; 0 for anything else.
    pub fn number(self) -> u64 {
        match self {
            Self::U64(number) => number,
            Self::U8(number) => number.into(),
            Self::Bool(flag) => flag.into(),
            _ => 0,
        }
    }

    pub fn float(self) -> f64 {
        if let Self::F64(number) = self { number } else { 0.0 }
    }
}

impl Call<'_> {
    /// The name as the component world spells it: `interface.function`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Log { .. } | Self::LogJson { .. } => "logging.log",
            Self::GetInput { .. } => "pins.get-input",
            Self::SetOutput { .. } => "pins.set-output",
            Self::ActivateExec { .. } => "pins.activate-exec",
            Self::VarGet { .. } => "variables.get-var",
            Self::VarSet { .. } => "variables.set-var",
            Self::VarDelete { .. } => "variables.delete-var",
            Self::VarHas { .. } => "variables.has-var",
            Self::CacheGet { .. } => "cache.cache-get",
            Self::CacheSet { .. } => "cache.cache-set",
            Self::CacheDelete { .. } => "cache.cache-delete",
            Self::CacheHas { .. } => "cache.cache-has",
            Self::Emit { .. } => "streaming.emit",
            Self::Text { .. } => "streaming.text",
            Self::NodeId => "metadata.get-node-id",
            Self::RunId => "metadata.get-run-id",
            Self::AppId => "metadata.get-app-id",
            Self::BoardId => "metadata.get-board-id",
            Self::UserId => "metadata.get-user-id",
            Self::TimeNow => "metadata.time-now",
            Self::Random | Self::RandomBits => "metadata.random",
            Self::IsStreaming => "metadata.is-streaming",
            Self::LogLevel => "metadata.get-log-level",
            Self::NewResourceHandle => "metadata.new-resource-handle",
            Self::StorageDir { .. } => "storage.storage-dir",
            Self::UploadDir => "storage.upload-dir",
            Self::CacheDir { .. } => "storage.cache-dir",
            Self::UserDir { .. } => "storage.user-dir",
            Self::ReadFile { .. } => "storage.read-file",
            Self::WriteFile { .. } => "storage.write-file",
            Self::WriteFileStart { .. } => "storage.write-file-start",
            Self::WriteFileChunk { .. } => "storage.write-file-chunk",
            Self::WriteFileFinish { .. } => "storage.write-file-finish",
            Self::ListFiles { .. } => "storage.list-files",
            Self::EmbedText { .. } => "models.embed-text",
            Self::EmbedTextQuery { .. } => "models.embed-text-query",
            Self::EmbedTextDocument { .. } => "models.embed-text-document",
            Self::EmbedImage { .. } => "models.embed-image",
            Self::LlmPrompt { .. } => "models.llm-prompt",
            Self::LlmPromptStream { .. } => "models.llm-prompt-stream",
            Self::GetOAuthToken { .. } => "auth.get-oauth-token",
            Self::HasOAuthToken { .. } => "auth.has-oauth-token",
            Self::HttpRequest { .. } => "http.request",
            Self::HttpResponse => "http.response",
            Self::WsConnect { .. } => "websocket.connect",
            Self::WsSend { .. } => "websocket.send",
            Self::WsReceive { .. } => "websocket.receive",
            Self::WsClose { .. } => "websocket.close",
            Self::GetTypeSchema { .. } => "schema.get-type-schema",
            Self::ListTypes => "schema.list-types",
            Self::ImageFromBytes { .. } => "image.from-bytes",
            Self::ImageToBytes { .. } => "image.to-bytes",
            Self::DbQuery { .. } => "db.query",
        }
    }
}

/// What a node is told about the run it is in, and what it is called with.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    pub node_id: String,
    pub run_id: String,
    pub app_id: String,
    pub board_id: String,
    pub user_id: String,
    pub node_name: String,
    pub streaming: bool,
    pub log_level: u8,
}

/// What all instances of one run share.
pub struct RunContext {
    pub id: RunId,
    pub clock: Arc<RunClock>,
    pub events: Events,
    pub gate: Arc<Gate>,
    pub services: Arc<Services>,
    /// Whose cache and files the run uses.
    pub package: PackageKey,
    pub limits: Limits,
    /// Fires when the run is cancelled, passes its time or the user chooses "deny and stop".
    pub cancel: CancellationToken,
    pub shared: RunShared,
}

/// Things that live as long as the run and no longer. Short sections only; never held across an await.
#[derive(Default)]
pub struct RunShared {
    pub images: Mutex<image::Images>,
    pub storage: Mutex<storage::RunStorage>,
    /// Bytes of output values that were sent as events.
    pub output_bytes: std::sync::atomic::AtomicU64,
    /// Notes of the workbench that are made once in a run.
    pub noted: Mutex<std::collections::HashSet<String>>,
    pub websockets: websocket::Sessions,
    /// Look-ups of this run: address → the name that led there, for questions and rules by name.
    pub names: Mutex<HashMap<std::net::IpAddr, String>>,
    pub last_http_response: Mutex<Option<String>>,
    pub connections: dial::ConnectionIds,
    pub resolver: dial::Resolver,
}

/// One instance's state, free of either ABI. Each runtime model's store holds it beside its WASI contexts.
pub struct HostState {
    pub run: Arc<RunContext>,
    pub meta: Meta,
    pub limiter: StoreLimiter,
    /// The current call's inputs.
    pub inputs: Vec<(String, Json)>,
    /// What the current call set through the host, in order; a later value for a pin replaces the earlier.
    pub outputs: Vec<(String, Json)>,
    /// Exec pins in firing order, each once.
    pub fired: Vec<String>,
    /// The last lines on stderr, for the panic message of a trap.
    pub stderr_tail: Arc<Mutex<StderrTail>>,
    /// What `env.abort` said, for the trap that follows it.
    pub abort_message: Option<String>,
}

/// The last part of stderr, bounded.
#[derive(Debug, Default)]
pub struct StderrTail {
    pub text: String,
}

impl StderrTail {
    const LIMIT: usize = 8 * 1024;

    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        if self.text.len() > 2 * Self::LIMIT {
            let mut cut = self.text.len() - Self::LIMIT;
            while !self.text.is_char_boundary(cut) {
                cut += 1;
            }
            self.text.drain(..cut);
        }
    }
}

/// A short section on data that stays whole even where a panic interrupted a holder.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl HostState {
    pub fn new(run: Arc<RunContext>, meta: Meta) -> Self {
        Self {
            limiter: StoreLimiter::new(&run.limits),
            run,
            meta,
            inputs: Vec::new(),
            outputs: Vec::new(),
            fired: Vec::new(),
            stderr_tail: Arc::default(),
            abort_message: None,
        }
    }

    /// Makes the state ready for one call: its own inputs and no outputs.
    pub fn begin_call(&mut self, meta: Meta, inputs: Vec<(String, Json)>) {
        self.meta = meta;
        self.inputs = inputs;
        self.outputs.clear();
        self.fired.clear();
        self.abort_message = None;
    }

    /// The seam: carries out one host function.
    pub async fn call(&mut self, call: Call<'_>) -> Reply {
        match call {
            Call::Log { level, message } => self.log(level, message).await,
            Call::LogJson { level, message, data } => self.log_json(level, message, data).await,

            Call::GetInput { name } => self.get_input(name),
            Call::SetOutput { name, value } => self.set_output(name, value).await,
            Call::ActivateExec { name } => self.activate_exec(name).await,

            Call::VarGet { name } => self.var_get(name).await,
            Call::VarSet { name, value } => self.var_set(name, value).await,
            Call::VarDelete { name } => self.var_delete(name).await,
            Call::VarHas { name } => self.var_has(name).await,

            Call::CacheGet { key } => self.cache_get(key).await,
            Call::CacheSet { key, value } => self.cache_set(key, value).await,
            Call::CacheDelete { key } => self.cache_delete(key).await,
            Call::CacheHas { key } => self.cache_has(key).await,

            Call::Emit { kind, data } => self.emit(kind, data).await,
            Call::Text { content } => self.stream_text(content).await,

            Call::NodeId => Reply::Text(Some(self.meta.node_id.clone())),
            Call::RunId => Reply::Text(Some(self.meta.run_id.clone())),
            Call::AppId => Reply::Text(Some(self.meta.app_id.clone())),
            Call::BoardId => Reply::Text(Some(self.meta.board_id.clone())),
            Call::UserId => Reply::Text(Some(self.meta.user_id.clone())),
            Call::TimeNow => meta::time_now(),
            Call::Random => meta::random(),
            Call::RandomBits => meta::random_bits(),
            Call::IsStreaming => Reply::Bool(self.meta.streaming),
            Call::LogLevel => Reply::U8(self.meta.log_level),
            Call::NewResourceHandle => meta::new_resource_handle(),

            Call::StorageDir { node_scoped } => self.storage_dir(node_scoped).await,
            Call::UploadDir => self.upload_dir().await,
            Call::CacheDir { node_scoped, user_scoped } => self.cache_dir(node_scoped, user_scoped).await,
            Call::UserDir { node_scoped } => self.user_dir(node_scoped).await,
            Call::ReadFile { path } => self.read_file(path).await,
            Call::WriteFile { path, data } => self.write_file(path, data).await,
            Call::WriteFileStart { path, total_size } => self.write_file_start(path, total_size).await,
            Call::WriteFileChunk { write_id, data } => self.write_file_chunk(write_id, data).await,
            Call::WriteFileFinish { write_id } => self.write_file_finish(write_id).await,
            Call::ListFiles { path } => self.list_files(path).await,

            Call::EmbedText { model, texts } => self.embed(model, texts, models::Purpose::Text).await,
            Call::EmbedTextQuery { model, texts } => self.embed(model, texts, models::Purpose::Query).await,
            Call::EmbedTextDocument { model, texts } => self.embed(model, texts, models::Purpose::Document).await,
            Call::EmbedImage { model, image } => self.embed_image(model, image).await,
            Call::LlmPrompt { model, messages, stream } => self.llm_prompt(model, messages, stream).await,
            Call::LlmPromptStream { model, request } => self.llm_prompt(model, request, true).await,

            Call::GetOAuthToken { provider } => self.get_oauth_token(provider).await,
            Call::HasOAuthToken { provider } => self.has_oauth_token(provider).await,

            Call::HttpRequest { method, url, headers, body } => self.http_request(method, url, headers, body).await,
            Call::HttpResponse => self.http_response(),

            Call::WsConnect { url, headers } => self.ws_connect(url, headers).await,
            Call::WsSend { session, message, binary } => self.ws_send(session, message, binary).await,
            Call::WsReceive { session, timeout_ms } => self.ws_receive(session, timeout_ms).await,
            Call::WsClose { session } => self.ws_close(session).await,

            Call::GetTypeSchema { name } => schema::get_type_schema(name),
            Call::ListTypes => schema::list_types(),
            Call::ImageFromBytes { data, format } => self.image_from_bytes(data, format).await,
            Call::ImageToBytes { image, format } => self.image_to_bytes(image, format).await,
            Call::DbQuery { op, connection, payload } => self.db_query(op, connection, payload).await,
        }
    }
}

#[cfg(test)]
mod tests;
