//! Reading the text form of rules: what a user types, what grants are stored as.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::{Host, Url};

use super::path::Path;
use super::pattern::{HostPattern, Location, UrlPort};
use super::{Pattern, Rule, Selector, hint};
use crate::permission::address::AddressClass;
use crate::permission::{Capability, rule::bare_name};

/// Why a text is no rule, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a permission rule: {reason}")]
pub struct RuleError {
    pub text: String,
    pub reason: String,
}

/// What is wrong with a text, and what to do where nobody can guess what it means.
pub(super) struct Refused {
    what: String,
    advice: String,
}

fn no<T>(what: impl Into<String>, advice: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { what: what.into(), advice: advice.into() })
}

/// The words before the colon.
pub(super) const KINDS: [&str; 18] = [
    "tcp",
    "tcp-listen",
    "udp",
    "udp-bind",
    "udp-receive",
    "dns",
    "http",
    "websocket",
    "oauth",
    "models",
    "variables",
    "cache",
    "streaming",
    "storage-read",
    "storage-write",
    "storage",
    "network",
    "all",
];

/// The labels that nodes declare and that have a colon; each is a rule for all that it declares.
pub(super) const LABELS: [&str; 7] =
    ["network:http", "network:tcp", "network:udp", "network:dns", "network:websocket", "storage:read", "storage:write"];

/// Longer texts are refused before they are looked at: rules may come from a damaged file.
const LONGEST: usize = 32 * 1024;

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        parse(text).map_err(|Refused { what, advice }| {
            let advice = hint::meant(text).unwrap_or(advice);
            RuleError { text: text.chars().take(200).collect(), reason: format!("{what}; {advice}") }
        })
    }
}

pub(super) fn parse(text: &str) -> Result<Rule, Refused> {
    if text.len() > LONGEST {
        return no(format!("it is longer than {LONGEST} bytes"), "write a shorter one");
    }
    if let Some(rule) = labelled(text) {
        return Ok(rule);
    }
    let (kind, target) = match text.split_once(':') {
        Some((kind, target)) => (kind, Some(target)),
        None => (text, None),
    };
    if let Some(selector) = group(kind) {
        let labels: Vec<&str> = LABELS.into_iter().filter(|label| label.starts_with(kind)).collect();
        return match target {
            None => Ok(Rule { selector, pattern: Pattern::Any }),
            Some(_) if labels.is_empty() => no(format!("\"{kind}\" takes no target"), format!("write \"{kind}\"")),
            Some(target) => no(
                format!("\"{target}\" is not a permission below \"{kind}\""),
                format!("write one of {}", labels.join(", ")),
            ),
        };
    }
    let Some(capability) = capability(kind) else {
        return no(format!("\"{kind}\" is not a kind of permission"), format!("use one of {}", KINDS.join(", ")));
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
            Some(_) => no(format!("\"{kind}\" takes no target"), format!("write \"{kind}\"")),
        },
    }
}

/// A permission as nodes declare it, whole.
fn labelled(text: &str) -> Option<Rule> {
    let selector = match text {
        "network:tcp" => Selector::Tcp,
        "network:udp" => Selector::Udp,
        label if LABELS.contains(&label) => {
            Selector::One(Capability::ALL.into_iter().find(|capability| capability.label() == label)?)
        }
        _ => return None,
    };
    Some(Rule { selector, pattern: Pattern::Any })
}

fn group(kind: &str) -> Option<Selector> {
    match kind {
        "all" => Some(Selector::All),
        "network" => Some(Selector::Network),
        "storage" => Some(Selector::Storage),
        _ => None,
    }
}

pub(super) fn capability(kind: &str) -> Option<Capability> {
    if kind == "ws" {
        return Some(Capability::WebSocket);
    }
    Capability::ALL.into_iter().find(|capability| capability.name() == kind)
}

fn socket(capability: Capability, target: Option<&str>) -> Result<Rule, Refused> {
    let kind = capability.name();
    let any = format!("\"{kind}:*\" covers all of them");
    let Some(target) = target.filter(|target| !target.is_empty()) else {
        return no("the address is missing", format!("write one such as \"{kind}:127.0.0.1:8080\"; {any}"));
    };
    if target == "*" {
        return Ok(Rule::any(capability));
    }
    let Some((host, Some(port))) = split_port(target) else {
        return no("the port is missing", format!("write \"{kind}:HOST:443\", or \"{kind}:HOST:*\" for any"));
    };
    if host.is_empty() {
        return no("the host is missing", format!("write one such as \"{kind}:127.0.0.1:{port}\""));
    }
    let host = host_pattern(host)?;
    let is_own = matches!(capability, Capability::TcpListen | Capability::UdpBind);
    if is_own && matches!(host, HostPattern::Name { .. } | HostPattern::Suffix { .. }) {
        let advice = format!("write one such as \"{kind}:127.0.0.1:{port}\" or \"{kind}:@loopback:{port}\"");
        return no("a node opens sockets of its own on addresses, never on names", advice);
    }
    Ok(Rule::socket(capability, host, port_pattern(port)?))
}

/// Splits `host:port`; brackets keep the colons of IPv6 together. The outer `None` means that there are colons that
/// belong to no port.
pub(super) fn split_port(target: &str) -> Option<(&str, Option<&str>)> {
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

fn port_pattern(port: &str) -> Result<Option<u16>, Refused> {
    if port == "*" {
        return Ok(None);
    }
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(number) if digits => Ok(Some(number)),
        _ if port.contains(['-', ',']) => {
            no(format!("\"{port}\" is not one port"), "write a rule for each, or \"*\" for any port")
        }
        _ => no(format!("\"{port}\" is not a port"), "write a number from 0 to 65535, or \"*\" for any"),
    }
}

fn host_pattern(host: &str) -> Result<HostPattern, Refused> {
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
        return no("an IPv6 address needs brackets", "write one such as \"[::1]\"");
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
            _ => no("\"*.\" needs a name behind it", "write a network such as \"10.0.0.0/8\" for addresses"),
        };
    }
    match (parse_name(name)?, class) {
        (Host::Domain(name), class) => Ok(HostPattern::Name { name, class }),
        (_, Some(_)) => no("an address has its class already", "leave out the part after \"@\""),
        (Host::Ipv4(address), None) => Ok(HostPattern::Address(IpAddr::V4(address))),
        (Host::Ipv6(address), None) => Ok(HostPattern::Address(IpAddr::V6(address).to_canonical())),
    }
}

fn bracketed(inner: &str) -> Result<HostPattern, Refused> {
    if inner.contains('/') {
        return network(inner);
    }
    match inner.parse() {
        Ok(address) => Ok(HostPattern::Address(IpAddr::V6(address).to_canonical())),
        Err(_) => no(format!("\"{inner}\" is not an IPv6 address"), "brackets hold one such as \"[::1]\""),
    }
}

fn network(text: &str) -> Result<HostPattern, Refused> {
    match text.parse::<IpNet>() {
        Ok(network) => Ok(HostPattern::of_network(network)),
        Err(_) => no(format!("\"{text}\" is not a network"), "write one such as \"10.0.0.0/8\" or \"[fd00::/8]\""),
    }
}

fn class_named(class: &str) -> Result<AddressClass, Refused> {
    match AddressClass::from_name(class) {
        Some(class) => Ok(class),
        None => {
            let known: Vec<&str> = AddressClass::ALL.into_iter().map(AddressClass::name).collect();
            no(format!("\"{class}\" is not a class of addresses"), format!("use one of {}", known.join(", ")))
        }
    }
}

/// A name in lower-case ASCII, or the address that it spells.
fn parse_name(name: &str) -> Result<Host, Refused> {
    if name.contains('*') {
        return no(
            format!("\"{name}\": a \"*\" can only be alone or at the start"),
            "write one such as \"*.example.com\"",
        );
    }
    match Host::parse(name) {
        Ok(Host::Domain(domain)) if is_name(&bare_name(&domain)) => Ok(Host::Domain(bare_name(&domain))),
        Ok(Host::Domain(_)) | Err(_) => {
            no(format!("\"{name}\" is not a host name"), "write one such as \"example.com\" or \"*.example.com\"")
        }
        Ok(address) => Ok(address),
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

fn dns(target: Option<&str>) -> Result<Rule, Refused> {
    const ADVICE: &str = "write \"dns:example.com\", \"dns:*.example.com\" or \"dns:*\"";
    let Some(target) = target.filter(|target| !target.is_empty()) else { return no("the name is missing", ADVICE) };
    if !target.starts_with(['[', '@']) && target.contains(':') {
        return no("a look-up is of a name alone", ADVICE);
    }
    match host_pattern(target)? {
        pattern @ (HostPattern::Any
        | HostPattern::Name { class: None, .. }
        | HostPattern::Suffix { class: None, .. }) => Ok(Rule::name(pattern)),
        _ => no("a look-up is of a name, not of an address", ADVICE),
    }
}

fn provider(capability: Capability, target: Option<&str>) -> Result<Rule, Refused> {
    let kind = capability.name();
    match target {
        None | Some("*") => Ok(Rule::any(capability)),
        Some("") => no("the name is missing", format!("write \"{kind}:NAME\", or \"{kind}\" for all of them")),
        Some(name) if name.contains('*') => {
            no("a \"*\" can only be alone", format!("write the whole name, or \"{kind}\" for all of them"))
        }
        Some(name) if holds_another(name) => no("it holds two rules", "write each by itself"),
        Some(name) => match unescape(name) {
            Some(name) => Ok(Rule::provider(capability, &name)),
            None => no(format!("\"{name}\" holds a broken \"%\" code"), "write \"%25\" for a percent sign"),
        },
    }
}

/// Whether another rule follows behind a comma.
fn holds_another(text: &str) -> bool {
    text.split(',').skip(1).any(|piece| match piece.trim_start().split_once(':') {
        Some((kind, target)) => KINDS.contains(&kind) || kind == "ws" || target.starts_with("//"),
        None => false,
    })
}

fn url(capability: Capability, target: Option<&str>) -> Result<Rule, Refused> {
    let Some(target) = target.filter(|target| !target.is_empty()) else {
        let kind = capability.name();
        return no("the URL is missing", format!("{}; \"{kind}:*\" covers all of them", whole(capability)));
    };
    let (method, target) = match target.split_once(' ') {
        Some((method, target)) if capability == Capability::Http => (Some(parse_method(method)?), target.trim_start()),
        Some(_) => return no("only \"http\" rules have a method", "leave it out"),
        None => (None, target),
    };
    let location = if target == "*" { None } else { Some(parse_location(capability, target)?) };
    Ok(Rule::url(capability, method, location))
}

fn whole(capability: Capability) -> &'static str {
    match capability {
        Capability::Http => "write a whole URL, such as \"http:https://example.com/\"",
        _ => "write a whole URL, such as \"websocket:wss://example.com/\"",
    }
}

fn parse_method(method: &str) -> Result<String, Refused> {
    let token = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    match token {
        true => Ok(method.to_owned()),
        false => no(format!("\"{method}\" is not a method"), "write one such as \"GET\""),
    }
}

fn parse_location(capability: Capability, target: &str) -> Result<Location, Refused> {
    let Some((scheme, rest)) = target.split_once("://") else { return no("it is not a whole URL", whole(capability)) };
    let schemes = if capability == Capability::Http { ["http", "https"] } else { ["ws", "wss"] };
    if !schemes.contains(&scheme) {
        return no(format!("\"{scheme}\" is not a scheme for it"), format!("use {} or {}", schemes[0], schemes[1]));
    }
    if rest.contains(['?', '#']) {
        return no("a rule covers a path and what is below it", "leave out what follows \"?\" or \"#\"");
    }
    if holds_another(rest) || rest.contains(char::is_whitespace) {
        return no("it holds a blank or two rules", "write each rule by itself, and \"%20\" for a blank");
    }
    let (authority, path) = split_authority(rest);
    if authority.contains('@') && !authority.starts_with('@') && host_class(authority).is_none() {
        return no("a URL with user information is never allowed", "leave out the part before \"@\"");
    }
    let Some((host, port)) = split_port(authority) else { return no("it is not a whole URL", whole(capability)) };
    if port.is_none() && is_network(host, path) {
        let advice = format!(
            "write \"{kind}:{scheme}://[{host}{path}]:*/\" for the network, \"{kind}:{scheme}://{host}:*{path}\" for the path",
            kind = capability.name(),
            host = host.trim_matches(['[', ']']),
            path = path.trim_end_matches('/'),
        );
        return no(format!("\"{host}{path}\" could be a network or a path"), advice);
    }
    let host = host_pattern(host)?;
    let port = match port {
        Some(port) => port_pattern(port)?.map_or(UrlPort::Any, UrlPort::Only),
        None => UrlPort::Unsaid,
    };
    let path = without_star(path)?;
    match Url::parse(&format!("{scheme}://host{path}")) {
        Ok(parsed) => Ok(Location { scheme: scheme.to_owned(), host, port, path: Path::new(parsed.path()) }),
        Err(error) => no(error.to_string(), whole(capability)),
    }
}

/// Brackets keep the slash of a network.
fn split_authority(rest: &str) -> (&str, &str) {
    let bracket = if rest.starts_with('[') { rest.find(']').unwrap_or_default() } else { 0 };
    match rest.get(bracket..).and_then(|tail| tail.find(['/', '\\'])) {
        Some(at) => rest.split_at(bracket + at),
        None => (rest, "/"),
    }
}

/// Whether an address and a path look like a network: `10.0.0.0/8`.
fn is_network(host: &str, path: &str) -> bool {
    let length = path.trim_start_matches('/').split(['/', ':']).next().unwrap_or_default();
    let rest = path.trim_start_matches('/').get(length.len()..).unwrap_or_default();
    let is_alone = rest.is_empty() || rest.starts_with(':') || matches!(rest, "/" | "/*");
    is_alone && format!("{}/{length}", host.trim_matches(['[', ']'])).parse::<IpNet>().is_ok()
}

/// A path with a star at its end is the path, and below: a rule covers that anyway.
fn without_star(path: &str) -> Result<&str, Refused> {
    let plain = path.strip_suffix("/**").or_else(|| path.strip_suffix("/*"));
    let plain = plain.map_or(path, |plain| path.get(..=plain.len()).unwrap_or(plain));
    match plain.contains('*') {
        true => no(
            "a \"*\" in a path is not a pattern",
            "write each path by itself; a rule covers what is below it as well",
        ),
        false => Ok(plain),
    }
}

/// The class in `name@class` or `name@class:port`.
fn host_class(authority: &str) -> Option<AddressClass> {
    let (_, class) = authority.split_once('@')?;
    AddressClass::from_name(class.split(':').next()?)
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
