//! One rule: what it covers, and whether it covers a request. Its text form is in `text` and `display`, advice for
//! texts that are none in `hint`, what it means for people in `words`.
//!
//! A rule says nothing about allowing or denying: who holds it does. The two read it differently where a rule is
//! vague, and always towards safety: see [`Rule::covers`] and [`Rule::forbids`].

mod display;
pub mod explain;
mod hint;
mod path;
mod pattern;
mod text;
mod words;

use url::Url;

pub(super) use self::path::Path;
pub use self::pattern::HostPattern;
use self::pattern::Place;
pub(super) use self::pattern::{Location, UrlPort, bare_name};
pub use self::text::RuleError;
pub(super) use self::text::is_name;
pub use self::words::Breadth;
use super::{AddressClass, Capability, Request, Target};

/// What a request must be about to be covered. Text forms:
///
/// | Form | Covers |
/// |---|---|
/// | `all`, `network`, `storage` | everything; everything of the network; the node's own storage |
/// | `network:tcp`, `storage:read`, … | what a node that declares this label may ask for |
/// | `tcp:HOST:PORT`, `tcp-listen:`, `udp:`, `udp-bind:`, `udp-receive:` | sockets; `PORT` is a number or `*` |
/// | `dns:NAME` | looking up a name |
/// | `http:URL`, `http:METHOD URL`, `websocket:URL` (or `ws:URL`) | requests to the URL's path and below |
/// | `oauth:PROVIDER`, `models:NAME`, `models` | tokens of a provider; models |
/// | `variables`, `cache`, `streaming`, `storage-read`, `storage-write` | the workbench's own stores |
/// | `tcp:*`, `dns:*`, `http:*`, … | everything of that kind |
///
/// `HOST` is a name, `*.suffix`, an address (IPv6 in brackets), a network (`10.0.0.0/8`, `[fd00::/8]`, in URLs always
/// in brackets), a class of addresses (`@loopback`), or `*`. A name may carry a class: `db.internal@private`. Without
/// one it allows the name only where it leads to the internet, so that a public name which turns out to be local is a
/// question of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    selector: Selector,
    pattern: Pattern,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Selector {
    All,
    Network,
    /// `network:tcp`: connecting and listening.
    Tcp,
    /// `network:udp`: binding, sending and receiving.
    Udp,
    Storage,
    One(Capability),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Pattern {
    Any,
    Socket { host: HostPattern, port: Option<u16> },
    Name(HostPattern),
    Url { method: Option<String>, location: Option<Location> },
    Provider(String),
}

/// Who reads the rule: one that allows must be sure, one that denies must not be evaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Allowing,
    Denying,
}

impl Rule {
    /// Everything.
    pub const ALL: Self = Self { selector: Selector::All, pattern: Pattern::Any };

    /// Everything of one capability.
    pub fn any(capability: Capability) -> Self {
        Self { selector: Selector::One(capability), pattern: Pattern::Any }
    }

    pub(super) fn socket(capability: Capability, host: HostPattern, port: Option<u16>) -> Self {
        if host == HostPattern::Any && port.is_none() {
            return Self::any(capability);
        }
        Self { selector: Selector::One(capability), pattern: Pattern::Socket { host, port } }
    }

    pub(super) fn name(name: HostPattern) -> Self {
        if name == HostPattern::Any {
            return Self::any(Capability::DnsLookup);
        }
        Self { selector: Selector::One(Capability::DnsLookup), pattern: Pattern::Name(name) }
    }

    pub(super) fn url(capability: Capability, method: Option<String>, location: Option<Location>) -> Self {
        if method.is_none() && location.is_none() {
            return Self::any(capability);
        }
        Self { selector: Selector::One(capability), pattern: Pattern::Url { method, location } }
    }

    /// A provider without a name is any provider: there is nothing narrower to say.
    pub(super) fn provider(capability: Capability, name: &str) -> Self {
        if name.is_empty() {
            return Self::any(capability);
        }
        Self { selector: Selector::One(capability), pattern: Pattern::Provider(name.to_owned()) }
    }

    /// Whether a rule that allows answers this request: only where it says so.
    ///
    /// A name without a class covers only internet addresses and addresses not known yet (`localhost` covers
    /// loopback). URLs with user information are never covered.
    pub fn covers(&self, request: &Request) -> bool {
        let is_plain = !matches!(&request.target, Target::Url { url, .. } if has_user_info(url));
        is_plain && self.matches(request.capability, &Asked::of(request), Reading::Allowing)
    }

    /// Whether a rule that denies answers this request, or anything that it runs over, wherever its name leads and
    /// however its address or path is written.
    pub fn forbids(&self, request: &Request) -> bool {
        layers(request).iter().any(|(capability, asked)| self.matches(*capability, asked, Reading::Denying))
    }

    fn matches(&self, capability: Capability, asked: &Asked<'_>, reading: Reading) -> bool {
        if !self.selector.selects(capability) {
            return false;
        }
        match (&self.pattern, asked) {
            (Pattern::Any, _) => true,
            (Pattern::Socket { host, port }, Asked::Socket { place, port: wanted }) => {
                port.is_none_or(|port| port == *wanted) && host.matches(place, reading)
            }
            (Pattern::Name(pattern), Asked::Name(name)) => {
                pattern.matches(&Place { name: Some(name), address: None, is_own: false }, reading)
            }
            (Pattern::Url { method, location }, Asked::Url { method: wanted, url, scheme, place }) => {
                method.as_deref().is_none_or(|method| method == *wanted)
                    && location.as_ref().is_none_or(|location| location.matches(url, scheme, place, reading))
            }
            (Pattern::Provider(name), Asked::Provider(wanted)) => match reading {
                Reading::Allowing => name == wanted,
                Reading::Denying => name.trim().to_lowercase() == wanted.trim().to_lowercase(),
            },
            _ => false,
        }
    }
}

/// A request's target as patterns see it.
enum Asked<'a> {
    Socket { place: Place<'a>, port: u16 },
    Name(&'a str),
    Url { method: &'a str, url: &'a Url, scheme: &'a str, place: Place<'a> },
    Provider(&'a str),
    Own,
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request) -> Self {
        match &request.target {
            Target::Socket { host, address } => {
                let is_own = matches!(request.capability, Capability::TcpListen | Capability::UdpBind);
                let place = Place { name: host.as_deref(), address: Some(address.ip()), is_own };
                Self::Socket { place, port: address.port() }
            }
            Target::Name(name) => Self::Name(name),
            Target::Url { method, url, address } => {
                Self::Url { method, url, scheme: url.scheme(), place: Place::of_url(url, *address) }
            }
            Target::Provider(name) => Self::Provider(name),
            Target::Own => Self::Own,
        }
    }
}

/// A request and all that it runs over: a WebSocket opens with an HTTP request, an HTTP request with a TCP connection,
/// and a name in its URL is looked up. Whoever denies one of them denies what needs it.
fn layers(request: &Request) -> Vec<(Capability, Asked<'_>)> {
    let mut layers = vec![(request.capability, Asked::of(request))];
    if let Target::Url { method, url, address } = &request.target {
        let place = Place::of_url(url, *address);
        if request.capability == Capability::WebSocket {
            let scheme = if url.scheme() == "ws" { "http" } else { "https" };
            layers.push((Capability::Http, Asked::Url { method, url, scheme, place }));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        layers.push((Capability::TcpConnect, Asked::Socket { place, port }));
        layers.extend(place.name.map(|name| (Capability::DnsLookup, Asked::Name(name))));
    }
    layers
}

impl Selector {
    fn selects(self, capability: Capability) -> bool {
        match self {
            Self::All => true,
            Self::Network => !matches!(
                capability,
                Capability::OAuth
                    | Capability::Models
                    | Capability::Variables
                    | Capability::Cache
                    | Capability::Streaming
                    | Capability::StorageRead
                    | Capability::StorageWrite
            ),
            Self::Tcp => matches!(capability, Capability::TcpConnect | Capability::TcpListen),
            Self::Udp => matches!(capability, Capability::UdpBind | Capability::UdpSend | Capability::UdpReceive),
            Self::Storage => matches!(capability, Capability::StorageRead | Capability::StorageWrite),
            Self::One(one) => one == capability,
        }
    }
}

fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// The class of a request's address, as far as it is known before anything is sent.
pub fn known_class(request: &Request) -> Option<AddressClass> {
    match Asked::of(request) {
        Asked::Socket { place, .. } | Asked::Url { place, .. } => place.class(),
        Asked::Name(name) => AddressClass::of_name(name),
        Asked::Provider(_) | Asked::Own => None,
    }
}

#[cfg(test)]
pub(in crate::permission) mod tests;
