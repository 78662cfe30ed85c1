//! One rule: what it covers, and whether it covers a request. Its text form is in `text` and `display`.
//!
//! A rule says nothing about allowing or denying: who holds it does. The two read it differently where a rule is
//! vague, and always towards safety: see [`Rule::covers`] and [`Rule::forbids`].

mod display;
mod pattern;
mod text;

pub use self::pattern::HostPattern;
pub(super) use self::pattern::{Location, Path, bare_name};
pub use self::text::RuleError;
pub(super) use self::text::is_name;
use super::{AddressClass, Capability, Request, Target};

/// What a request must be about to be covered. Text forms:
///
/// | Form | Covers |
/// |---|---|
/// | `all`, `network`, `storage` | everything; everything of the network; the node's own storage |
/// | `tcp:HOST:PORT`, `tcp-listen:`, `udp:`, `udp-bind:`, `udp-receive:` | sockets; `PORT` is a number or `*` |
/// | `dns:NAME` | looking up a name |
/// | `http:URL`, `http:METHOD URL`, `websocket:URL` (or `ws:URL`) | requests to the URL's path and below |
/// | `oauth:PROVIDER`, `models:NAME`, `models` | tokens of a provider; models |
/// | `variables`, `cache`, `streaming`, `storage-read`, `storage-write` | the workbench's own stores |
/// | `tcp:*`, `dns:*`, `http:*`, … | everything of that kind |
///
/// `HOST` is a name, `*.suffix`, an address (IPv6 in brackets), a network (`10.0.0.0/8`, `[fd00::/8]`), a class of
/// addresses (`@loopback`), or `*`. A name may carry a class: `db.internal@private`. Without one it covers the name
/// only where it leads to the internet, so that a public name which turns out to be local is a question of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    selector: Selector,
    pattern: Pattern,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Selector {
    All,
    Network,
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

    /// Whether a rule that allows answers this request.
    ///
    /// A name without a class covers only internet addresses and addresses not known yet (`localhost` covers
    /// loopback). URLs with user information are never covered.
    pub fn covers(&self, request: &Request) -> bool {
        self.matches(request, Reading::Allowing)
    }

    /// Whether a rule that denies answers this request: as [`Self::covers`], but a name without a class covers the
    /// name wherever it leads.
    pub fn forbids(&self, request: &Request) -> bool {
        self.matches(request, Reading::Denying)
    }

    fn matches(&self, request: &Request, reading: Reading) -> bool {
        if !self.selector.selects(request.capability) {
            return false;
        }
        match (&self.pattern, &request.target) {
            (Pattern::Any, Target::Url { url, .. }) => reading == Reading::Denying || !has_user_info(url),
            (Pattern::Any, _) => true,
            (Pattern::Socket { host, port }, Target::Socket { host: name, address }) => {
                port.is_none_or(|port| port == address.port())
                    && host.matches(name.as_deref(), Some(address.ip()), reading)
            }
            (Pattern::Name(pattern), Target::Name(name)) => pattern.matches(Some(name), None, reading),
            (Pattern::Url { method, location }, Target::Url { method: asked, url, address }) => {
                (reading == Reading::Denying || !has_user_info(url))
                    && method.as_deref().is_none_or(|method| method == asked)
                    && location.as_ref().is_none_or(|location| location.matches(url, *address, reading))
            }
            (Pattern::Provider(name), Target::Provider(asked)) => name == asked,
            _ => false,
        }
    }
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
            Self::Storage => matches!(capability, Capability::StorageRead | Capability::StorageWrite),
            Self::One(one) => one == capability,
        }
    }
}

fn has_user_info(url: &url::Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// The class of a request's address, as far as it is known before anything is sent.
pub fn known_class(request: &Request) -> Option<AddressClass> {
    match &request.target {
        Target::Socket { address, .. } => Some(AddressClass::of(address.ip())),
        Target::Name(name) => AddressClass::of_name(name),
        Target::Url { url, address, .. } => pattern::class_of_url(url, *address),
        Target::Provider(_) | Target::Own => None,
    }
}

#[cfg(test)]
pub(in crate::permission) mod tests;
