//! What a rule means at length: as one that allows, as one that denies, and for a target that somebody names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use url::{Host, Url};

use super::pattern::{HostPattern, Location, Place, UrlPort, default_port};
use super::text::{LABELS, capability, split_port};
use super::{Asked, Pattern, Reading, Rule, Selector};
use crate::permission::address::{self, AddressClass};
use crate::permission::{Capability, Request, Target};

/// Something that a rule may cover: `tcp:127.0.0.1:80`, `GET https://example.com/`, `dns:example.com`, `cache`.
#[derive(Clone, Debug)]
pub struct Aim {
    request: Request,
    /// A socket's host whose address is not known: the request's address means nothing.
    is_open: bool,
}

/// Whether a rule covers an aim, read in both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    pub allow: bool,
    pub deny: bool,
    /// The rule asks where a name leads, which is not known.
    pub depends: bool,
}

impl Aim {
    /// `address` is where its name leads.
    pub fn parse(text: &str, address: Option<IpAddr>) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || {
            format!(
                "\"{text}\" is not a target; write one such as \"tcp:127.0.0.1:80\", \"udp:…\", \"dns:example.com\", \
                 \"GET https://example.com/\", \"wss://example.com/\" or \"cache\""
            )
        };
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let request = match capability(kind) {
            _ if rest.starts_with("//") || text.contains(' ') && !matches!(kind, "http" | "oauth" | "models") => {
                of_url(text, address)
            }
            Some(Capability::Http | Capability::WebSocket) => of_url(rest, address),
            Some(Capability::DnsLookup) => {
                let name = Host::parse(rest).map_err(|_| wrong())?;
                Some((Capability::DnsLookup, Target::Name(name.to_string())))
            }
            Some(capability @ (Capability::OAuth | Capability::Models)) => {
                Some((capability, Target::Provider(rest.to_owned())))
            }
            Some(capability) if !capability.asks() && rest.is_empty() => Some((capability, Target::Own)),
            Some(capability) => return of_socket(capability, rest, address).ok_or_else(wrong),
            None => None,
        };
        let (capability, target) = request.ok_or_else(wrong)?;
        Ok(Self { request: Request { capability, target, call_site: Vec::new() }, is_open: false })
    }
}

fn of_url(text: &str, address: Option<IpAddr>) -> Option<(Capability, Target)> {
    let (method, url) = text.trim().split_once(' ').unwrap_or(("GET", text));
    let url = Url::parse(url.trim()).ok().filter(|url| url.has_host())?;
    let capability = match url.scheme() {
        "http" | "https" => Capability::Http,
        "ws" | "wss" => Capability::WebSocket,
        _ => return None,
    };
    let address = address.filter(|_| matches!(url.host(), Some(Host::Domain(_))));
    Some((capability, Target::Url { method: method.to_ascii_uppercase(), url, address }))
}

fn of_socket(capability: Capability, text: &str, address: Option<IpAddr>) -> Option<Aim> {
    let (host, port) = split_port(text)?;
    let port: u16 = port?.parse().ok()?;
    let (host, literal) = match Host::parse(host).ok()? {
        Host::Domain(name) => (Some(name), None),
        Host::Ipv4(address) => (None, Some(IpAddr::V4(address))),
        Host::Ipv6(address) => (None, Some(IpAddr::V6(address))),
    };
    let known = literal.or(address);
    let ip = known.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let target = Target::Socket { host, address: SocketAddr::new(ip, port) };
    Some(Aim { request: Request { capability, target, call_site: Vec::new() }, is_open: known.is_none() })
}

impl Rule {
    pub fn judge(&self, aim: &Aim) -> Judged {
        let mut place = None;
        let (allow, deny) = match (&aim.request.target, aim.is_open) {
            (Target::Socket { host, address }, true) => {
                let open = Place { name: host.as_deref(), address: None, is_own: false };
                place = Some(open);
                let asked = Asked::Socket { place: open, port: address.port() };
                let matches = |reading| self.matches(aim.request.capability, &asked, reading);
                (matches(Reading::Allowing), matches(Reading::Denying))
            }
            (Target::Url { url, address, .. }, _) => {
                place = Some(Place::of_url(url, *address));
                (self.covers(&aim.request), self.forbids(&aim.request))
            }
            _ => (self.covers(&aim.request), self.forbids(&aim.request)),
        };
        let is_open = place.is_some_and(|place| place.address.is_none());
        Judged { allow, deny, depends: is_open && !deny && self.asks_where_names_lead() }
    }

    /// Whether `text` says this rule by the label that nodes declare.
    pub fn is_label(&self, text: &str) -> bool {
        LABELS.contains(&text.trim()) && self.pattern == Pattern::Any
    }

    /// An example of a rule for less, where this one is for all of a permission.
    pub fn narrower(&self) -> Option<&'static str> {
        match self.selector {
            Selector::Tcp | Selector::One(Capability::TcpConnect) => Some("tcp:example.com:443"),
            Selector::Udp | Selector::One(Capability::UdpSend) => Some("udp:example.com:53"),
            Selector::One(Capability::DnsLookup) => Some("dns:example.com"),
            Selector::One(Capability::Http) => Some("http:https://example.com/"),
            Selector::One(Capability::WebSocket) => Some("websocket:wss://example.com/"),
            Selector::One(_) | Selector::All | Selector::Network | Selector::Storage => None,
        }
    }

    fn asks_where_names_lead(&self) -> bool {
        match self.host() {
            Some(HostPattern::Name { class, .. } | HostPattern::Suffix { class, .. }) => class.is_some(),
            Some(HostPattern::Address(_) | HostPattern::Network(_) | HostPattern::Class(_)) => true,
            Some(HostPattern::Any) | None => false,
        }
    }

    fn host(&self) -> Option<&HostPattern> {
        match &self.pattern {
            Pattern::Socket { host, .. } | Pattern::Name(host) => Some(host),
            Pattern::Url { location, .. } => location.as_ref().map(|location| &location.host),
            Pattern::Any | Pattern::Provider(_) => None,
        }
    }

    /// What it covers as one that allows: a sentence, then its limits.
    pub fn as_allow(&self) -> Vec<String> {
        let mut lines = vec![self.subject(Reading::Allowing)];
        lines.extend(self.host().and_then(|host| allowed_host(host, self.is_about_urls())));
        if let Pattern::Url { location: Some(Location { path, .. }), .. } = &self.pattern
            && !path.is_root()
        {
            lines.push("not a path that servers could read in more than one way (\"..%2f\", \";\", \"//\")".to_owned());
        }
        lines.extend(match self.selector {
            Selector::One(Capability::TcpConnect) | Selector::Tcp => {
                Some("not HTTP requests and WebSockets, which have rules of their own".to_owned())
            }
            Selector::One(Capability::Http) => Some("not WebSockets; each redirect is a request of its own".to_owned()),
            Selector::Network => Some("not OAuth tokens and models, which have rules of their own".to_owned()),
            _ => None,
        });
        lines
    }

    /// As [`Self::as_allow`], for one that denies.
    pub fn as_deny(&self) -> Vec<String> {
        let mut lines = vec![self.subject(Reading::Denying)];
        lines.extend(self.host().and_then(denied_host));
        if let Pattern::Url { location: Some(Location { path, .. }), .. } = &self.pattern
            && !path.is_root()
        {
            lines.push("the path however it is written".to_owned());
        }
        lines.extend(match self.selector {
            Selector::One(Capability::TcpConnect) | Selector::Tcp => {
                Some("also every HTTP request, WebSocket and model call that would open such a connection".to_owned())
            }
            Selector::One(Capability::DnsLookup) => {
                Some("also every HTTP request and WebSocket that would look such a name up".to_owned())
            }
            Selector::One(Capability::Http) => {
                Some("also WebSockets and model calls, which begin with such a request".to_owned())
            }
            Selector::Network => Some("also model calls over the network".to_owned()),
            _ => None,
        });
        lines
    }

    fn is_about_urls(&self) -> bool {
        matches!(self.pattern, Pattern::Url { .. })
    }

    fn subject(&self, reading: Reading) -> String {
        let Selector::One(capability) = self.selector else { return self.words() };
        let what = match &self.pattern {
            Pattern::Any => return self.words(),
            Pattern::Socket { host, port } => match port {
                Some(port) => format!("{}, port {port}", host.words()),
                None => format!("{}, any port", host.words()),
            },
            Pattern::Name(name) => name.words(),
            Pattern::Url { location: None, method } => {
                return format!("any {} request", method.as_deref().unwrap_or(""));
            }
            Pattern::Url { location: Some(location), .. } => location_words(location, reading),
            Pattern::Provider(name) => crate::text::name(name, 200),
        };
        match (capability, &self.pattern) {
            (Capability::TcpConnect, _) => format!("connecting by TCP to {what}"),
            (Capability::TcpListen, _) => format!("listening for TCP connections on {what}"),
            (Capability::UdpSend, _) => format!("sending UDP datagrams to {what}"),
            (Capability::UdpBind, _) => format!("receiving UDP datagrams on {what}"),
            (Capability::UdpReceive, _) => format!("receiving UDP datagrams from {what} without having written to it"),
            (Capability::DnsLookup, _) => format!("looking up {what}"),
            (Capability::Http, Pattern::Url { method: Some(method), .. }) => format!("{method} requests to {what}"),
            (Capability::Http, _) => format!("HTTP requests to {what}"),
            (Capability::WebSocket, _) => format!("WebSockets to {what}"),
            (Capability::OAuth, _) => format!("the OAuth token of {what}"),
            (Capability::Models, _) => format!("the model {what}"),
            _ => what,
        }
    }
}

fn location_words(location: &Location, reading: Reading) -> String {
    let Location { scheme, host, port, path } = location;
    let port = match (port, reading) {
        (UrlPort::Only(port), _) => format!("port {port}"),
        (UrlPort::Any, _) => "any port".to_owned(),
        (UrlPort::Unsaid, Reading::Denying) => "any port, because none is written".to_owned(),
        (UrlPort::Unsaid, Reading::Allowing) => {
            format!("port {}, because none is written", default_port(scheme))
        }
    };
    let path = match path.is_root() {
        true => "any path".to_owned(),
        false => format!("the path {} and below", crate::text::elided(path.as_str(), 120)),
    };
    format!("{} by {scheme}, {port}, {path}", host.words())
}

fn allowed_host(host: &HostPattern, is_url: bool) -> Option<String> {
    let leads = |name: &str, class: &Option<AddressClass>| {
        let class = class.or_else(|| AddressClass::of_name(name)).unwrap_or(AddressClass::Internet);
        format!("only where the name leads to: {}", class.words())
    };
    match host {
        HostPattern::Name { name, class } => Some(leads(name, class)),
        HostPattern::Suffix { suffix, class } => Some(leads(suffix, class)),
        HostPattern::Address(_) | HostPattern::Network(_) if is_url => {
            Some("a name that leads there needs a rule of its own".to_owned())
        }
        HostPattern::Any | HostPattern::Address(_) | HostPattern::Network(_) | HostPattern::Class(_) => None,
    }
}

fn denied_host(host: &HostPattern) -> Option<String> {
    let here = "as any loopback address, 0.0.0.0, [::] or localhost".to_owned();
    match host {
        HostPattern::Any => None,
        HostPattern::Name { name, .. } if name == "localhost" => Some(here),
        HostPattern::Name { class: None, .. } | HostPattern::Suffix { class: None, .. } => {
            Some("wherever the name leads; not its addresses where the node names those".to_owned())
        }
        HostPattern::Name { class: Some(class), .. } | HostPattern::Suffix { class: Some(class), .. } => {
            Some(format!("only where the name leads to: {}", class.words()))
        }
        HostPattern::Address(address) if AddressClass::reached(*address) == AddressClass::Loopback => {
            Some(format!("{here}, and by every name that leads there"))
        }
        HostPattern::Address(address) if address::is_translated(*address) => {
            Some("also the address that it carries, and by every name that leads there".to_owned())
        }
        HostPattern::Address(_) | HostPattern::Network(_) | HostPattern::Class(_) => {
            Some("in every spelling, and by every name that leads there".to_owned())
        }
    }
}
