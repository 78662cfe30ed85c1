//! What the host does for a guest, each function's logic once, free of either ABI.
//!
//! The ABI layers turn a guest's call into a [`Call`], hand it to [`HostState::call`] and turn the [`Reply`] back.
//! That is the one seam between guests and host functions: every call passes it with its name, arguments, result
//! and time. A refusal is never a trap: the guest gets "none", "false" or nothing, and the gate records why.

mod auth;
mod cache;
mod call;
mod db;
pub mod dial;
pub mod http;
mod image;
mod log;
mod meta;
pub mod models;
pub(crate) mod pins;
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

pub use self::call::{Call, Reply};
pub use self::services::{PackageKey, Services};
use crate::clock::RunClock;
use crate::event::{Events, RunId};
use crate::json::Json;
use crate::limits::{Limits, StoreLimiter};
use crate::permission::Gate;

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
    /// Linear memory and GC heap, bytes, as far as the run has come.
    pub memory_peak: Arc<std::sync::atomic::AtomicU64>,
    /// Notes of the workbench that are made once in a run.
    pub noted: Mutex<std::collections::HashSet<String>>,
    pub websockets: websocket::Sessions,
    /// Look-ups of this run: address → the name that led there, for questions and rules by name.
    pub names: Mutex<HashMap<std::net::IpAddr, String>>,
    pub last_http_response: Mutex<Option<String>>,
    pub connections: dial::ConnectionIds,
    /// How much of the run's HTTP exchanges was kept to be looked at.
    pub exchanges: Arc<http::Room>,
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
    /// Where in the node's code the call under way came from, innermost first, where it may ask.
    pub call_site: Vec<String>,
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
            limiter: StoreLimiter::new(&run.limits, run.shared.memory_peak.clone()),
            run,
            meta,
            inputs: Vec::new(),
            outputs: Vec::new(),
            fired: Vec::new(),
            stderr_tail: Arc::default(),
            abort_message: None,
            call_site: Vec::new(),
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
