//! Pure policy: rules and a request in, a verdict out. No I/O, no clock.
//!
//! Also owns what a question may offer: the scopes of a request, narrowest first.

use std::net::IpAddr;

use url::{Host, Url};

use super::rule::{HostPattern, Location, Path, Rule, UrlPort, is_name, known_class};
use super::{AddressClass, Basis, Capability, Decision, Lifetime, Request, Target, Verdict};
use crate::permission::address;

/// A remembered answer that belongs to the node that asks.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    pub rule: &'a Rule,
    pub decision: Decision,
    pub lifetime: Lifetime,
}

/// All that decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// Beats everything.
    pub deny: &'a [Rule],
    /// Beats grants.
    pub allow: &'a [Rule],
    /// Among them, denials beat permissions.
    pub grants: &'a [Held<'a>],
}

/// Decides a request. With [`Verdict::Ask`] the basis means nothing yet.
pub fn verdict(rules: &Rules<'_>, request: &Request) -> (Verdict, Basis) {
    if never_allowed(request).is_some() {
        return (Verdict::Deny, Basis::Default);
    }
    if let Some(rule) = rules.deny.iter().find(|rule| rule.forbids(request)) {
        return (Verdict::Deny, Basis::Rule(rule.clone()));
    }
    if let Some(rule) = rules.allow.iter().find(|rule| rule.covers(request)) {
        return (Verdict::Allow, Basis::Rule(rule.clone()));
    }
    let held =
        |decision| rules.grants.iter().find(|held| held.decision == decision && applies(held.rule, decision, request));
    if let Some(held) = held(Decision::Deny) {
        return (Verdict::Deny, Basis::Grant { rule: held.rule.clone(), lifetime: held.lifetime });
    }
    if let Some(held) = held(Decision::Allow) {
        return (Verdict::Allow, Basis::Grant { rule: held.rule.clone(), lifetime: held.lifetime });
    }
    if !request.capability.asks() || asks_nothing(request) {
        return (Verdict::Allow, Basis::LowRisk);
    }
    (Verdict::Ask, Basis::Default)
}

fn applies(rule: &Rule, decision: Decision, request: &Request) -> bool {
    match decision {
        Decision::Allow => rule.covers(request),
        Decision::Deny => rule.forbids(request),
    }
}

/// Looking up a literal address tells nobody anything.
fn asks_nothing(request: &Request) -> bool {
    matches!((request.capability, &request.target), (Capability::DnsLookup, Target::Name(name)) if address::literal(name).is_some())
}

/// Why no rule can allow a request: no question could name it truthfully. A name that no resolver takes, a URL that
/// hides its host behind user information, a target of another kind than the capability's.
pub fn never_allowed(request: &Request) -> Option<&'static str> {
    let (fits, reason) = match (request.capability, &request.target) {
        (
            Capability::TcpConnect
            | Capability::TcpListen
            | Capability::UdpBind
            | Capability::UdpSend
            | Capability::UdpReceive,
            Target::Socket { host, .. },
        ) => (host.as_deref().is_none_or(is_name), "its name is none that could be looked up"),
        (Capability::DnsLookup, Target::Name(name)) => {
            (is_name(name) || address::literal(name).is_some(), "its name is none that could be looked up")
        }
        (Capability::Http, Target::Url { method, url, .. }) => match is_method(method) {
            true => (is_plain(url, ["http", "https"]), "its URL hides where it leads"),
            false => (false, "its method is none"),
        },
        (Capability::WebSocket, Target::Url { url, .. }) => {
            (is_plain(url, ["ws", "wss"]), "its URL hides where it leads")
        }
        (Capability::OAuth | Capability::Models, Target::Provider(name)) => {
            (name.len() <= 1024, "its name is longer than 1024 bytes")
        }
        (capability, Target::Own) => (!capability.asks(), "it says nothing of where it leads"),
        _ => (false, "it is for something else than it says"),
    };
    (!fits).then_some(reason)
}

fn is_method(method: &str) -> bool {
    (1..=32).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

fn is_plain(url: &Url, schemes: [&str; 2]) -> bool {
    let host = match url.host() {
        Some(Host::Domain(name)) => is_name(name),
        Some(_) => true,
        None => false,
    };
    host && schemes.contains(&url.scheme()) && url.username().is_empty() && url.password().is_none()
}

/// What an answer to a question about this request may cover, narrowest first. Each covers the request.
pub fn scopes(request: &Request) -> Vec<Rule> {
    let capability = request.capability;
    let mut scopes = match &request.target {
        Target::Socket { host, address } => {
            let class = known_class(request).unwrap_or(AddressClass::Internet);
            let host = match host {
                Some(name) => HostPattern::of_name(name, Some(class)),
                None => HostPattern::Address(address.ip().to_canonical()),
            };
            let mut scopes = vec![
                Rule::socket(capability, host.clone(), Some(address.port())),
                Rule::socket(capability, host, None),
            ];
            // A class does not cover what is translated.
            if !address::is_translated(address.ip()) {
                scopes.push(Rule::socket(capability, HostPattern::Class(class), None));
            }
            scopes
        }
        Target::Name(name) => vec![Rule::name(HostPattern::of_name(name, None)), Rule::any(capability)],
        Target::Url { method, url, address } => url_scopes(capability, method, url, *address, known_class(request)),
        Target::Provider(name) => vec![Rule::provider(capability, name), Rule::any(capability)],
        Target::Own => vec![Rule::any(capability)],
    };
    scopes.dedup();
    scopes
}

fn url_scopes(
    capability: Capability,
    method: &str,
    url: &Url,
    address: Option<IpAddr>,
    class: Option<AddressClass>,
) -> Vec<Rule> {
    let host = match url.host() {
        Some(Host::Ipv4(literal)) => HostPattern::Address(address.unwrap_or(literal.into()).to_canonical()),
        Some(Host::Ipv6(literal)) => HostPattern::Address(address.unwrap_or(literal.into()).to_canonical()),
        Some(Host::Domain(name)) => HostPattern::of_name(name, class),
        None => return vec![Rule::any(capability)],
    };
    let at = |host: &HostPattern, port: UrlPort, path: &str| {
        Some(Location { scheme: url.scheme().to_owned(), host: host.clone(), port, path: Path::new(path) })
    };
    let method = (capability == Capability::Http).then(|| method.to_owned());
    let port = url.port_or_known_default().map_or(UrlPort::Any, UrlPort::Only);
    let kind = HostPattern::Class(class.unwrap_or(AddressClass::Internet));
    let mut scopes = vec![
        Rule::url(capability, method, at(&host, port, url.path())),
        Rule::url(capability, None, at(&host, port, "/")),
        Rule::url(capability, None, at(&host, UrlPort::Any, "/")),
    ];
    let literal = match url.host() {
        Some(Host::Ipv6(literal)) => Some(IpAddr::V6(literal)),
        _ => None,
    };
    if !address.or(literal).is_some_and(address::is_translated) {
        scopes.push(Rule::url(capability, None, at(&kind, UrlPort::Any, "/")));
    }
    scopes
}

#[cfg(test)]
mod tests;
