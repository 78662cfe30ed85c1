//! Exchanges with servers on this machine and a scripted user.

mod exchange;
mod flow;
mod kept;
pub(crate) mod tls;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Body;
use crate::clock::RunClock;
use crate::event::{EventBudget, EventKind, EventReceiver, Events, NetworkEvent, NetworkState, RunId};
use crate::host::dial::Resolver;
use crate::host::{Call, HostState, Meta, PackageKey, Reply, RunContext, RunShared, Services};
use crate::limits::Limits;
use crate::permission::gate::GateSetup;
use crate::permission::{Caller, Gate, Grants, Identity, Lifetime, Rule, Scripted};

/// A run with nothing but the parts that reach the network.
pub(crate) struct World {
    pub run: Arc<RunContext>,
    pub grants: Arc<Grants>,
    pub prompter: Arc<Scripted>,
    events: EventReceiver,
    _folder: tempfile::TempDir,
}

pub(crate) struct Setup {
    pub prompter: Arc<Scripted>,
    pub allow: Vec<String>,
    pub names: Vec<(&'static str, Vec<&'static str>)>,
    pub limits: Limits,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            prompter: Scripted::allowing(Lifetime::Run),
            allow: Vec::new(),
            names: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl Setup {
    pub fn build(self) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let grants = Arc::new(Grants::in_memory());
        let clock = RunClock::start();
        let id = RunId("run".into());
        let (sender, events) = Events::channel(id.clone(), clock.clone(), EventBudget::default());
        let cancel = CancellationToken::new();
        let identity = Identity { file: PathBuf::from("/nodes/web.wasm"), node: "web".to_owned() };
        let gate = Gate::new(GateSetup {
            caller: Caller { identity, ..Caller::nobody() },
            build: "hash".into(),
            allow: self.allow.iter().map(|text| text.parse::<Rule>().expect("a rule")).collect(),
            deny: Vec::new(),
            grants: grants.clone(),
            prompter: self.prompter.clone(),
            events: sender.clone(),
            clock: clock.clone(),
            cancel: cancel.clone(),
        });
        let address = |text: &&str| text.parse::<IpAddr>().expect("an address");
        let names = self.names.iter().map(|(name, to)| ((*name).to_owned(), to.iter().map(address).collect()));
        let run = Arc::new(RunContext {
            id,
            clock,
            events: sender,
            gate,
            services: Arc::new(Services::open(folder.path()).expect("the folder can be used")),
            package: PackageKey::new(PathBuf::from("/nodes/web.wasm")),
            limits: self.limits,
            cancel,
            shared: RunShared { resolver: Resolver::fixed(names), ..RunShared::default() },
        });
        World { run, grants, prompter: self.prompter, events, _folder: folder }
    }
}

impl World {
    pub fn new(prompter: Arc<Scripted>) -> Self {
        Setup { prompter, ..Setup::default() }.build()
    }

    pub fn state(&self) -> HostState {
        HostState::new(self.run.clone(), Meta::default())
    }

    /// What the network events said so far.
    pub fn network(&mut self) -> Vec<NetworkEvent> {
        let mut network = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let EventKind::Network(event) = event.kind {
                network.push(event);
            }
        }
        network
    }

    /// Waits for the network event that matches.
    pub async fn until(&mut self, matches: impl Fn(&NetworkState) -> bool) -> NetworkEvent {
        loop {
            let event = self.events.recv().await.expect("the run is alive");
            if let EventKind::Network(event) = event.kind
                && matches(&event.state)
            {
                return event;
            }
        }
    }

    /// The host's lines so far.
    pub fn lines(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let EventKind::Log { message, .. } = event.kind {
                lines.push(message);
            }
        }
        lines
    }

    /// One flow-like request without headers and body.
    pub async fn get(&self, url: &str) -> Option<serde_json::Value> {
        self.request(0, url, "{}", None).await
    }

    pub async fn request(
        &self,
        method: u8,
        url: &str,
        headers: &str,
        body: Option<&[u8]>,
    ) -> Option<serde_json::Value> {
        let reply = self.state().call(Call::HttpRequest { method, url, headers, body }).await;
        let Reply::Text(text) = reply else { panic!("a text or nothing, found {reply:?}") };
        text.map(|text| serde_json::from_str(&text).expect("the document is JSON"))
    }
}

/// A server that answers each connection once.
pub(crate) struct Server {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    connections: watch::Sender<usize>,
}

impl Server {
    pub async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let connections = watch::Sender::new(0);
        let server = Self { address, requests: requests.clone(), connections: connections.clone() };
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.send_modify(|count| *count += 1);
                tokio::spawn(converse(stream, requests.clone(), answer.clone()));
            }
        });
        server
    }

    /// Answers with this text and body.
    pub async fn plain(status: &'static str, headers: &'static str, body: &'static [u8]) -> Self {
        Self::start(move |_| response(status, headers, body)).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Heads and bodies of the requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.borrow()
    }
}

pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut response = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}

/// Reads one request with its body, answers and waits for the end.
pub(super) async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    requests: Arc<Mutex<Vec<String>>>,
    answer: Arc<impl Fn(&str) -> Vec<u8>>,
) {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    while !is_whole(&text) {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(count) => text.extend_from_slice(&piece[..count]),
        }
    }
    // As Latin-1, each byte is one character.
    let text: String = text.iter().map(|byte| char::from(*byte)).collect();
    let answer = answer(&text);
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    if stream.write_all(&answer).await.is_ok() {
        // The client closes; what it still says does not matter.
        while stream.read(&mut piece).await.is_ok_and(|count| count > 0) {}
    }
}

fn is_whole(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

pub(super) fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &'static [u8]) -> ::http::Request<Body> {
    let mut builder = ::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let body = Full::new(Bytes::from_static(body)).map_err(|never| match never {}).boxed_unsync();
    builder.body(body).expect("a request")
}
