//! Rules as people say them.

use std::net::IpAddr;

use super::pattern::{HostPattern, Location, UrlPort, default_port};
use super::{Pattern, Rule, Selector};
use crate::permission::{AddressClass, Capability};
use crate::text::{elided, name as shown};

/// How much a rule covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    /// One name or address with one port, one path and what is below it, one provider.
    One,
    /// Everything on one host.
    Host,
    /// Many hosts.
    Many,
    /// Everything of a kind.
    Everything,
}

impl Breadth {
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Host => "host",
            Self::Many => "many",
            Self::Everything => "everything",
        }
    }
}

impl AddressClass {
    /// An address of this class, to follow "any".
    pub fn words(self) -> &'static str {
        match self {
            Self::Loopback => "loopback address",
            Self::Private => "address in the local network",
            Self::LinkLocal => "link-local address",
            Self::Metadata => "cloud metadata service",
            Self::Shared => "address in the carrier's network",
            Self::Multicast => "multicast group",
            Self::Reserved => "reserved address",
            Self::Internet => "address on the internet",
        }
    }
}

impl Rule {
    /// What it covers, in a few words.
    pub fn words(&self) -> String {
        match &self.pattern {
            Pattern::Any => self.selector.everything().to_owned(),
            Pattern::Socket { host, port: None } if host.is_one() => format!("{}, any port", host.words()),
            Pattern::Socket { host, port: None } => capital(&host.words()),
            Pattern::Socket { host, port: Some(port) } if host.is_one() => format!("Only {} port {port}", host.words()),
            Pattern::Socket { host, port: Some(port) } => format!("{}, port {port}", capital(&host.words())),
            Pattern::Name(name) if name.is_one() => format!("Only {}", name.words()),
            Pattern::Name(name) => capital(&name.words()),
            Pattern::Url { method, location } => url_words(method.as_deref(), location.as_ref()),
            Pattern::Provider(name) => format!("Only {}", shown(name, 200)),
        }
    }

    pub fn breadth(&self) -> Breadth {
        let of_host = |host: &HostPattern| if host.is_one() { Breadth::One } else { Breadth::Many };
        match &self.pattern {
            Pattern::Any => Breadth::Everything,
            Pattern::Socket { host, port } => {
                of_host(host).max(if port.is_none() { Breadth::Host } else { Breadth::One })
            }
            Pattern::Name(name) => of_host(name),
            Pattern::Url { location: None, .. } => Breadth::Everything,
            Pattern::Url { location: Some(location), .. } => {
                let is_whole = location.path.is_root() || location.port == UrlPort::Any;
                of_host(&location.host).max(if is_whole { Breadth::Host } else { Breadth::One })
            }
            Pattern::Provider(_) => Breadth::One,
        }
    }
}

impl Selector {
    fn everything(self) -> &'static str {
        match self {
            Self::All => "Everything",
            Self::Network => "Any network access",
            Self::Tcp => "Any TCP connection, and listening for them",
            Self::Udp => "Any UDP datagram, sent or received",
            Self::Storage => "Its files",
            Self::One(capability) => match capability {
                Capability::TcpConnect => "Any TCP connection",
                Capability::TcpListen => "Listening on any address",
                Capability::UdpSend => "Any UDP target",
                Capability::UdpBind => "Any local UDP address",
                Capability::UdpReceive => "Any UDP peer",
                Capability::DnsLookup => "Any name",
                Capability::Http => "Any HTTP request",
                Capability::WebSocket => "Any WebSocket",
                Capability::OAuth => "Any OAuth provider",
                Capability::Models => "Any model",
                Capability::Variables => "Variables",
                Capability::Cache => "The cache",
                Capability::Streaming => "Streaming events",
                Capability::StorageRead => "Reading its files",
                Capability::StorageWrite => "Writing its files",
            },
        }
    }
}

impl HostPattern {
    /// Whether it is one name or one address.
    pub(super) fn is_one(&self) -> bool {
        matches!(self, Self::Name { .. } | Self::Address(_))
    }

    /// The class behind a name only keeps its address from changing kind, so the words leave it to the rule itself.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Any => "any host".to_owned(),
            Self::Name { name, .. } => name.clone(),
            Self::Suffix { suffix, .. } => format!("any name below {suffix}"),
            Self::Address(address) => address.to_string(),
            Self::Network(network) => format!("any address in {network}"),
            Self::Class(class) => format!("any {}", class.words()),
        }
    }
}

fn url_words(method: Option<&str>, location: Option<&Location>) -> String {
    let start = method.map(|method| format!("{method} ")).unwrap_or_default();
    let Some(Location { scheme, host, port, path }) = location else { return format!("Any {start}request") };
    let words = if host.is_one() { host.words() } else { capital(&host.words()) };
    let path = if path.is_root() { String::new() } else { elided(path.as_str(), 120) };
    let shown = match port {
        UrlPort::Any => {
            let below = if path.is_empty() { path } else { format!(", below {path}") };
            return format!("{start}{words} by {scheme}, any port{below}");
        }
        UrlPort::Only(port) if *port != default_port(scheme) => Some(*port),
        UrlPort::Only(_) | UrlPort::Unsaid => None,
    };
    if !host.is_one() {
        let port = shown.map(|port| format!(", port {port}")).unwrap_or_default();
        return format!("{start}{words} by {scheme}{port}{path}");
    }
    let host = match host {
        HostPattern::Address(IpAddr::V6(address)) => format!("[{address}]"),
        host => host.words(),
    };
    let port = shown.map(|port| format!(":{port}")).unwrap_or_default();
    match (method, path.as_str()) {
        (None, "") => format!("Anything at {scheme}://{host}{port}"),
        (_, "") => format!("{start}{scheme}://{host}{port}/ and below"),
        (_, path) => format!("{start}{scheme}://{host}{port}{path} and below"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
