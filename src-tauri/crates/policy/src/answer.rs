//! What a host answers, and why.

use std::fmt;

/// Why a host answers as it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The label is not declared, or counts for nothing here.
    Permission,
    /// The host is not in the manifest's `allowed_hosts`.
    AllowedHosts,
    /// The address is one that this host keeps out of reach.
    BlockedIp,
    /// The name is one that this host keeps out of reach.
    BlockedName,
    /// The URL cannot be read, or its scheme is another.
    Url,
    /// The headers are not an object of strings, or not valid in HTTP.
    Headers,
    /// A header that the handshake sets itself.
    HeaderRefused,
    /// There is no such method.
    Method,
    /// There is no such operation.
    Operation,
    /// No storage and no database is there.
    NoContext,
    /// No account is signed in: today the token map is never filled.
    NoToken,
    /// There is no run that a handle could belong to.
    NoRun,
    /// The function is there and does nothing.
    Stub,
}

impl Reason {
    /// The short word in a prediction.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::AllowedHosts => "allowed_hosts",
            Self::BlockedIp => "blocked-ip",
            Self::BlockedName => "blocked-name",
            Self::Url => "url",
            Self::Headers => "headers",
            Self::HeaderRefused => "header-refused",
            Self::Method => "method",
            Self::Operation => "op",
            Self::NoContext => "no-context",
            Self::NoToken => "no-token",
            Self::NoRun => "no-run",
            Self::Stub => "stub",
        }
    }
}

/// What the node gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The call goes through; what comes of it is the network's, the storage's or the model's matter.
    Try,
    /// The call succeeds.
    Ok,
    /// `none` (a component) or 0 (a core module).
    None(Reason),
    /// `false` (a component) or −1 (a core module).
    False(Reason),
    /// The call does nothing and says nothing.
    Noop(Reason),
    /// An error code of WASI.
    Error(&'static str),
    /// The component does not even instantiate.
    LinkError,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Try => f.write_str("try"),
            Self::Ok => f.write_str("ok"),
            Self::None(reason) => write!(f, "none:{}", reason.word()),
            Self::False(reason) => write!(f, "false:{}", reason.word()),
            Self::Noop(reason) => write!(f, "noop:{}", reason.word()),
            Self::Error(code) => write!(f, "error:{code}"),
            Self::LinkError => f.write_str("link-error"),
        }
    }
}

/// An answer and the rule that decides it, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// What the node gets.
    pub answer: Answer,
    /// The rule that decides, one sentence without a full stop.
    pub rule: String,
}
