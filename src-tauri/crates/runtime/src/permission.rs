//! The gate: the only place that decides whether a node may reach out of its sandbox.
//!
//! A mechanism (a socket, a look-up, an HTTP exchange) builds a [`Request`] and waits for [`gate::Gate::require`].
//! The gate asks the pure [`policy`], then the remembered [`grants`], then the [`prompter`]; it returns a
//! [`gate::Permit`], which nothing else can make and which the mechanism needs to go on.

pub mod address;
pub mod gate;
pub mod grants;
pub mod origin;
pub mod policy;
pub mod prompter;
pub mod rule;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use address::AddressClass;
pub use gate::{Denied, Gate, GateSetup, Permit};
pub use grants::{Grant, Grants};
pub use origin::Origin;
pub use prompter::{DenyAll, Prompter, Scripted, Unanswered};
pub use rule::{Rule, RuleError};
use url::Url;

use crate::event::RunId;

/// What a request is for. The first group asks, the second is allowed and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Capability {
    TcpConnect,
    TcpListen,
    UdpBind,
    UdpSend,
    UdpReceive,
    DnsLookup,
    Http,
    WebSocket,
    OAuth,
    Models,

    Variables,
    Cache,
    Streaming,
    StorageRead,
    StorageWrite,
}

impl Capability {
    pub const ALL: [Self; 15] = [
        Self::TcpConnect,
        Self::TcpListen,
        Self::UdpBind,
        Self::UdpSend,
        Self::UdpReceive,
        Self::DnsLookup,
        Self::Http,
        Self::WebSocket,
        Self::OAuth,
        Self::Models,
        Self::Variables,
        Self::Cache,
        Self::Streaming,
        Self::StorageRead,
        Self::StorageWrite,
    ];

    /// The name in rules, events and the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::TcpConnect => "tcp",
            Self::TcpListen => "tcp-listen",
            Self::UdpBind => "udp-bind",
            Self::UdpSend => "udp",
            Self::UdpReceive => "udp-receive",
            Self::DnsLookup => "dns",
            Self::Http => "http",
            Self::WebSocket => "websocket",
            Self::OAuth => "oauth",
            Self::Models => "models",
            Self::Variables => "variables",
            Self::Cache => "cache",
            Self::Streaming => "streaming",
            Self::StorageRead => "storage-read",
            Self::StorageWrite => "storage-write",
        }
    }

    /// What the node wants, to follow its name: "wants to open a TCP connection".
    pub fn wish(self) -> &'static str {
        match self {
            Self::TcpConnect => "wants to open a TCP connection",
            Self::TcpListen => "wants to listen for TCP connections",
            Self::UdpBind => "wants to receive UDP datagrams on an address",
            Self::UdpSend => "wants to send UDP datagrams",
            Self::UdpReceive => "wants to receive a UDP datagram from a peer it did not write to",
            Self::DnsLookup => "wants to look up a name",
            Self::Http => "wants to send an HTTP request",
            Self::WebSocket => "wants to open a WebSocket",
            Self::OAuth => "wants your OAuth token",
            Self::Models => "wants to use a model",
            Self::Variables => "wants to use variables",
            Self::Cache => "wants to use the cache",
            Self::Streaming => "wants to stream events",
            Self::StorageRead => "wants to read its files",
            Self::StorageWrite => "wants to write its files",
        }
    }

    /// The label that a node declares to be given this.
    pub fn label(self) -> &'static str {
        match self {
            Self::TcpConnect | Self::TcpListen => "network:tcp",
            Self::UdpBind | Self::UdpSend | Self::UdpReceive => "network:udp",
            Self::DnsLookup => "network:dns",
            Self::Http => "network:http",
            Self::WebSocket => "network:websocket",
            Self::OAuth => "oauth",
            Self::Models => "models",
            Self::Variables => "variables",
            Self::Cache => "cache",
            Self::Streaming => "streaming",
            Self::StorageRead => "storage:read",
            Self::StorageWrite => "storage:write",
        }
    }

    /// Whether the user is asked where no rule or grant answers.
    pub fn asks(self) -> bool {
        !matches!(self, Self::Variables | Self::Cache | Self::Streaming | Self::StorageRead | Self::StorageWrite)
    }
}

/// What a request is about, already normalised: addresses as the kernel will see them, names in lower-case ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A TCP or UDP address. `host` is the name whose look-up in this run gave the address.
    Socket { host: Option<String>, address: SocketAddr },
    /// A name to look up.
    Name(String),
    /// An HTTP or WebSocket request. `address` is none in the first question; where the name turns out to lead to an
    /// address that is not on the internet, a second question carries it.
    Url { method: String, url: Url, address: Option<IpAddr> },
    /// An OAuth provider or a model's name.
    Provider(String),
    /// The workbench's own stores.
    Own,
}

/// One wish of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub capability: Capability,
    pub target: Target,
    /// Where in the node's code the call came from, innermost first; empty where names are not there.
    pub call_site: Vec<String>,
}

/// Whose wish it is. Grants belong to the file and the node's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    pub file: PathBuf,
    pub node: String,
}

/// The node that is being called, and what limits its wishes before anybody is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub identity: Identity,
    /// Guest data, to be shown escaped.
    pub friendly_name: String,
    /// The labels that the node declares.
    pub declared: Vec<String>,
    /// What the file is; an answer that was given to another one is none for this.
    pub origin: Arc<Origin>,
    /// The manifest's hosts; a request to another one counts as not declared, because Flow-Like would refuse it.
    pub allowed_hosts: Option<Vec<String>>,
}

impl Caller {
    /// The caller of a run before its first call, and of the definition world.
    pub fn nobody() -> Self {
        let identity = Identity { file: PathBuf::new(), node: String::new() };
        Self {
            identity,
            friendly_name: String::new(),
            declared: Vec::new(),
            origin: Arc::default(),
            allowed_hosts: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    Allow,
    Deny,
    Ask,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    Allow,
    Deny,
}

/// How long an answer is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lifetime {
    Once,
    Run,
    /// Until the program ends.
    Session,
    Always,
}

impl Lifetime {
    pub fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Run => "run",
            Self::Session => "session",
            Self::Always => "always",
        }
    }
}

/// A request as it is put to the user.
#[derive(Clone, Debug)]
pub struct Question {
    /// Unique in the run.
    pub id: u64,
    pub run: RunId,
    pub identity: Identity,
    /// The node's friendly name: guest data, to be shown escaped.
    pub friendly_name: String,
    /// Content hash of the build that asks.
    pub build: Arc<str>,
    pub request: Request,
    /// `None` where no address is known yet.
    pub class: Option<AddressClass>,
    /// Whether the node declares the capability's label.
    pub declared: bool,
    /// In what the file differs from the one that a remembered answer was given to, in words for people. Such an answer
    /// would have allowed this.
    pub changed: Option<String>,
    /// What an answer may cover, narrowest first; never empty.
    pub scopes: Vec<Rule>,
}

/// The user's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub decision: Decision,
    /// Index into [`Question::scopes`]; one that is out of range is read as the narrowest.
    pub scope: usize,
    pub lifetime: Lifetime,
    /// Ends the run as well; only meaningful with [`Decision::Deny`].
    pub stop_run: bool,
}

impl Answer {
    /// Denies this one request and remembers nothing.
    pub const DENY: Self = Self { decision: Decision::Deny, scope: 0, lifetime: Lifetime::Once, stop_run: false };
}

/// What led to a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A rule given for this run or in the settings.
    Rule(Rule),
    /// A remembered answer.
    Grant { rule: Rule, lifetime: Lifetime },
    /// The user's answer to this question.
    Answer { rule: Rule, lifetime: Lifetime },
    /// Low-risk: allowed and recorded.
    LowRisk,
    /// Nobody could be asked.
    NotAsked,
    /// Nobody answered in time.
    TimedOut,
    /// The question was withdrawn: what asked went on without an answer, or the call ended.
    Withdrawn,
    /// Rules alone decide, and none does; or this is the definition world, which denies everything.
    Default,
}

impl Basis {
    /// A stable word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Grant { .. } => "grant",
            Self::Answer { .. } => "answer",
            Self::LowRisk => "low-risk",
            Self::NotAsked => "not-asked",
            Self::TimedOut => "timed-out",
            Self::Withdrawn => "withdrawn",
            Self::Default => "default",
        }
    }

    /// The rule that decided, where one did.
    pub fn rule(&self) -> Option<&Rule> {
        match self {
            Self::Rule(rule) | Self::Grant { rule, .. } | Self::Answer { rule, .. } => Some(rule),
            Self::LowRisk | Self::NotAsked | Self::TimedOut | Self::Withdrawn | Self::Default => None,
        }
    }
}

/// A decision, as the audit list keeps it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The question's id where one was asked, else a fresh id of the run.
    pub id: u64,
    pub run: RunId,
    pub identity: Identity,
    pub build: Arc<str>,
    pub request: Request,
    pub class: Option<AddressClass>,
    pub declared: bool,
    pub decision: Decision,
    pub basis: Basis,
    /// How long a question stood open for it.
    pub asked: Duration,
    pub at: SystemTime,
}
