//! Reading the text form of rules: what a user types, what grants are stored as.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::{Host, Url};

use super::pattern::{HostPattern, Location, Path};
use super::{Pattern, Rule, Selector};
use crate::permission::address::AddressClass;
use crate::permission::{Capability, rule::bare_name};

/// Why a text is no rule, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a permission rule: {reason}")]
pub struct RuleError {
    pub text: String,
    pub reason: String,
}

const KINDS: &str = "tcp, tcp-listen, udp, udp-bind, udp-receive, dns, http, websocket, oauth, models, variables, \
                     cache, streaming, storage-read, storage-write, storage, network, all";

/// Longer texts are refused before they are looked at: rules may come from a damaged file.
const LONGEST: usize = 32 * 1024;

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        parse(text.trim()).map_err(|reason| RuleError { text: text.chars().take(200).collect(), reason })
    }
}

fn parse(text: &str) -> Result<Rule, String> {
    if text.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes; write a shorter one"));
    }
    let (kind, target) = match text.split_once(':') {
        Some((kind, target)) => (kind, Some(target)),
        None => (text, None),
    };
    if let Some(selector) = group(kind) {
        return match target {
            None => Ok(Rule { selector, pattern: Pattern::Any }),
            Some(_) => Err(format!("\"{kind}\" covers everything of its kind; write it without a target")),
        };
    }
    let Some(capability) = capability(kind) else {
        return Err(format!("\"{kind}\" is no kind of permission; use one of {KINDS}"));
    };
    match capability {
        Capability::TcpConnect
        | Capability::TcpListen
        | Capability::UdpBind
        | Capability::UdpSend
        | Capability::UdpReceive => socket(capability, target),
        Capability::DnsLookup => dns(target),
        Capability::Http | Capability::WebSocket => url(capability, target),
        Capability::OAuth | Capability::Models => provider(capability, target),
        Capability::Variables
        | Capability::Cache
        | Capability::Streaming
        | Capability::StorageRead
        | Capability::StorageWrite => match target {
            None => Ok(Rule::any(capability)),
            Some(_) => Err(format!("\"{kind}\" takes no target; write \"{kind}\"")),
        },
    }
}

fn group(kind: &str) -> Option<Selector> {
    match kind {
        "all" => Some(Selector::All),
        "network" => Some(Selector::Network),
        "storage" => Some(Selector::Storage),
        _ => None,
    }
}

fn capability(kind: &str) -> Option<Capability> {
    if kind == "ws" {
        return Some(Capability::WebSocket);
    }
    Capability::ALL.into_iter().find(|capability| capability.name() == kind)
}

fn socket(capability: Capability, target: Option<&str>) -> Result<Rule, String> {
    let kind = capability.name();
    let target = target.filter(|target| !target.is_empty()).ok_or_else(|| {
        format!("say which address, such as \"{kind}:127.0.0.1:8080\", or \"{kind}:*\" for all of them")
    })?;
    if target == "*" {
        return Ok(Rule::any(capability));
    }
    let no_port = || format!("the port is missing; write \"{kind}:{target}:443\", or \"{kind}:{target}:*\" for any");
    let (host, port) = split_port(target).ok_or_else(no_port)?;
    let port = port.ok_or_else(no_port)?;
    Ok(Rule::socket(capability, host_pattern(host)?, port_pattern(port)?))
}

/// Splits `host:port`; brackets keep the colons of IPv6 together. The outer `None` means that there are colons that
/// belong to no port.
fn split_port(target: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = target.strip_prefix('[') {
        let end = rest.find(']')? + 2;
        let (host, tail) = target.split_at(end);
        return match tail.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None if tail.is_empty() => Some((host, None)),
            None => None,
        };
    }
    match target.rsplit_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((target, None)),
    }
}

fn port_pattern(port: &str) -> Result<Option<u16>, String> {
    if port == "*" {
        return Ok(None);
    }
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse()
        .ok()
        .filter(|_| digits)
        .map(Some)
        .ok_or_else(|| format!("\"{port}\" is no port; write a number from 0 to 65535, or \"*\" for any"))
}

fn host_pattern(host: &str) -> Result<HostPattern, String> {
    if host == "*" {
        return Ok(HostPattern::Any);
    }
    if let Some(class) = host.strip_prefix('@') {
        return Ok(HostPattern::Class(class_named(class)?));
    }
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return bracketed(inner);
    }
    if host.contains(':') {
        return Err(format!("write an IPv6 address in brackets: \"[{host}]\""));
    }
    if host.contains('/') {
        return network(host);
    }
    let (name, class) = match host.split_once('@') {
        Some((name, class)) => (name, Some(class_named(class)?)),
        None => (host, None),
    };
    if let Some(suffix) = name.strip_prefix("*.") {
        return match parse_name(suffix)? {
            Host::Domain(suffix) => Ok(HostPattern::Suffix { suffix, class }),
            _ => Err("\"*.\" needs a name behind it; write a network such as \"10.0.0.0/8\" for addresses".to_owned()),
        };
    }
    match (parse_name(name)?, class) {
        (Host::Domain(name), class) => Ok(HostPattern::Name { name, class }),
        (_, Some(_)) => Err("an address has its class already; leave out the part after \"@\"".to_owned()),
        (Host::Ipv4(address), None) => Ok(HostPattern::Address(IpAddr::V4(address))),
        (Host::Ipv6(address), None) => Ok(HostPattern::Address(IpAddr::V6(address).to_canonical())),
    }
}

fn bracketed(inner: &str) -> Result<HostPattern, String> {
    if inner.contains('/') {
        return network(inner);
    }
    match inner.parse() {
        Ok(address) => Ok(HostPattern::Address(IpAddr::V6(address).to_canonical())),
        Err(_) => Err(format!("\"{inner}\" is no IPv6 address; brackets hold one such as \"[::1]\"")),
    }
}

fn network(text: &str) -> Result<HostPattern, String> {
    let network: IpNet = text
        .parse()
        .map_err(|_| format!("\"{text}\" is no network; write one such as \"10.0.0.0/8\" or \"[fd00::/8]\""))?;
    Ok(HostPattern::Network(network.trunc()))
}

fn class_named(class: &str) -> Result<AddressClass, String> {
    AddressClass::from_name(class).ok_or_else(|| {
        let known: Vec<&str> = AddressClass::ALL.into_iter().map(AddressClass::name).collect();
        format!("\"{class}\" is no class of addresses; use one of {}", known.join(", "))
    })
}

/// A name in lower-case ASCII, or the address that it spells.
fn parse_name(name: &str) -> Result<Host, String> {
    let bad = || format!("\"{name}\" is no host name; write one such as \"example.com\" or \"*.example.com\"");
    if name.contains('*') {
        return Err(format!("\"{name}\": a \"*\" stands alone or at the start, as in \"*.example.com\""));
    }
    match Host::parse(name).map_err(|_| bad())? {
        Host::Domain(domain) => {
            let domain = bare_name(&domain);
            if is_name(&domain) { Ok(Host::Domain(domain)) } else { Err(bad()) }
        }
        address => Ok(address),
    }
}

/// Whether `name` could be asked of a resolver: labels of letters, digits, `-` and `_`.
pub(in crate::permission) fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.split('.').all(label)
}

fn dns(target: Option<&str>) -> Result<Rule, String> {
    let target = target
        .filter(|target| !target.is_empty())
        .ok_or("say which name, such as \"dns:example.com\", or \"dns:*\" for all of them")?;
    match host_pattern(target)? {
        pattern @ (HostPattern::Any
        | HostPattern::Name { class: None, .. }
        | HostPattern::Suffix { class: None, .. }) => Ok(Rule::name(pattern)),
        _ => Err("a look-up is of a name; write \"dns:example.com\", \"dns:*.example.com\" or \"dns:*\"".to_owned()),
    }
}

fn provider(capability: Capability, target: Option<&str>) -> Result<Rule, String> {
    match target {
        None | Some("*") => Ok(Rule::any(capability)),
        Some("") => {
            let kind = capability.name();
            Err(format!("the name is missing; write \"{kind}:NAME\", or \"{kind}\" for all of them"))
        }
        Some(name) => unescape(name)
            .map(|name| Rule::provider(capability, &name))
            .ok_or_else(|| format!("\"{name}\" holds a broken \"%\" code; write \"%25\" for a percent sign")),
    }
}

fn url(capability: Capability, target: Option<&str>) -> Result<Rule, String> {
    let kind = capability.name();
    let example =
        if capability == Capability::Http { "http:https://example.com/" } else { "websocket:wss://example.com/" };
    let target = target
        .filter(|target| !target.is_empty())
        .ok_or_else(|| format!("say which URL, such as \"{example}\", or \"{kind}:*\" for all of them"))?;
    let (method, target) = match target.split_once(' ') {
        Some((method, target)) if capability == Capability::Http => (Some(parse_method(method)?), target.trim_start()),
        Some(_) => return Err("only \"http\" rules have a method; leave it out".to_owned()),
        None => (None, target),
    };
    let location = if target == "*" { None } else { Some(parse_location(capability, target, example)?) };
    Ok(Rule::url(capability, method, location))
}

fn parse_method(method: &str) -> Result<String, String> {
    let token = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    if token { Ok(method.to_owned()) } else { Err(format!("\"{method}\" is no method; write one such as \"GET\"")) }
}

fn parse_location(capability: Capability, target: &str, example: &str) -> Result<Location, String> {
    let whole = || format!("write a whole URL, such as \"{example}\"");
    let (scheme, rest) = target.split_once("://").ok_or_else(whole)?;
    let schemes = if capability == Capability::Http { ["http", "https"] } else { ["ws", "wss"] };
    if !schemes.contains(&scheme) {
        return Err(format!("\"{scheme}\" is no scheme for it; use {} or {}", schemes[0], schemes[1]));
    }
    if rest.contains(['?', '#']) {
        return Err("a rule covers a path and what is below it; leave out what follows \"?\" or \"#\"".to_owned());
    }
    let (authority, path) = match rest.find(['/', '\\']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    if authority.contains('@') && !authority.starts_with('@') && host_class(authority).is_none() {
        return Err("a URL with user information is never allowed; leave out the part before \"@\"".to_owned());
    }
    let (host, port) = split_port(authority).ok_or_else(whole)?;
    let host = host_pattern(host)?;
    let port = match port {
        Some(port) => port_pattern(port)?,
        None => default_port(scheme),
    };
    let parsed = Url::parse(&format!("{scheme}://host{path}")).map_err(|error| format!("{error}; {}", whole()))?;
    Ok(Location { scheme: scheme.to_owned(), host, port, path: Path::new(parsed.path()) })
}

/// The class in `name@class` or `name@class:port`.
fn host_class(authority: &str) -> Option<AddressClass> {
    let (_, class) = authority.split_once('@')?;
    AddressClass::from_name(class.split(':').next()?)
}

pub(super) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        _ => Some(443),
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('%') {
        bytes.extend_from_slice(head.as_bytes());
        let code = tail.get(..2)?;
        if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        rest = tail.get(2..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}
