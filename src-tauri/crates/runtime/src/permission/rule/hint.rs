//! What a text that is no rule was probably meant to say. Each guess is a rule itself, and none says more than the text.

use std::net::{IpAddr, Ipv6Addr};

use super::text::{KINDS, LABELS, capability, parse};
use crate::permission::{Capability, address};
use crate::text::nearest;

/// The advice, where there is a good guess.
pub(super) fn meant(text: &str) -> Option<String> {
    if text.len() > 1024 {
        return None;
    }
    if let Some(guess) = guesses(text).into_iter().find(|guess| parse(guess).is_ok()) {
        return Some(format!("write \"{guess}\""));
    }
    let pieces: Vec<&str> =
        text.split([',', ';']).flat_map(str::split_whitespace).filter(|piece| !piece.is_empty()).collect();
    let rules: Vec<String> = pieces.iter().filter_map(|piece| one(piece)).collect();
    let apart = (pieces.len() > 1 && pieces.len() == rules.len()).then(|| rules.join("\" and \""));
    apart.map(|rules| format!("write each rule by itself: \"{rules}\""))
}

fn one(piece: &str) -> Option<String> {
    if parse(piece).is_ok() {
        return Some(piece.to_owned());
    }
    guesses(piece).into_iter().find(|guess| parse(guess).is_ok())
}

/// The likeliest first.
fn guesses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (kind, target) = text.split_once(':').unwrap_or((text, ""));
    let lower = kind.to_ascii_lowercase();
    match lower.as_str() {
        "https" | "http" | "ws" | "wss" if target.starts_with("//") => {
            let own = if lower.starts_with("ws") { "websocket" } else { "http" };
            found.extend(urls(own, &format!("{lower}:{target}")));
        }
        "https" | "wss" => found.extend(urls(if lower == "wss" { "websocket" } else { "http" }, target)),
        "network" | "storage" => found.extend(below_group(&lower, target)),
        _ => {}
    }
    if let (Some((method, url)), false) = (text.split_once(' '), text.starts_with("http:")) {
        found.extend(urls("http", url.trim()).into_iter().filter_map(|rule| {
            rule.strip_prefix("http:").map(|url| format!("http:{} {url}", method.to_ascii_uppercase()))
        }));
    }
    if let Some(capability) = capability(&lower) {
        found.extend(of_kind(capability, &lower, target));
    } else if KINDS.contains(&lower.as_str()) && matches!(target, "" | "*") {
        found.push(lower.clone());
    } else {
        found.extend(without_kind(text, &lower, target));
    }
    found.retain(|guess| guess != text);
    found
}

fn below_group(group: &str, target: &str) -> Vec<String> {
    let inner = target.split_once(':').map_or(target, |(inner, _)| inner);
    let mut found = vec![target.to_owned()];
    if matches!(target, "*" | "") {
        found.push(group.to_owned());
    }
    let labels = LABELS.iter().filter_map(|label| label.strip_prefix(group)?.strip_prefix(':'));
    if inner == target {
        found.extend(nearest(inner, labels).map(|near| format!("{group}:{near}")));
    }
    found
}

fn of_kind(capability: Capability, kind: &str, target: &str) -> Vec<String> {
    // Blanks around the colon, and a URL's slashes behind it.
    let target = target.trim();
    let mut found = vec![format!("{kind}:{target}")];
    match capability {
        Capability::Http | Capability::WebSocket => {
            let (method, url) = match target.split_once(' ') {
                Some((method, url)) => (format!("{} ", method.to_ascii_uppercase()), url.trim()),
                None => (String::new(), target),
            };
            let name = if url.starts_with("ws") && url.contains("://") { "websocket" } else { capability.name() };
            let rules = urls(name, url).into_iter();
            found.extend(rules.filter_map(|rule| Some(format!("{name}:{method}{}", rule.split_once(':')?.1))));
        }
        Capability::DnsLookup => {
            let host = host_of(target);
            found.push(format!("dns:{host}"));
            if let (Some(address), Some((_, port))) = (address::literal(&host), target.rsplit_once(':')) {
                found.push(format!("udp:{}:{port}", bracketed(address)));
            }
        }
        Capability::TcpConnect
        | Capability::TcpListen
        | Capability::UdpBind
        | Capability::UdpSend
        | Capability::UdpReceive => found.extend(sockets(kind, target)),
        Capability::OAuth | Capability::Models => {}
        Capability::Variables
        | Capability::Cache
        | Capability::Streaming
        | Capability::StorageRead
        | Capability::StorageWrite => found.push(kind.to_owned()),
    }
    found
}

fn sockets(kind: &str, target: &str) -> Vec<String> {
    let port = if matches!(kind, "tcp" | "udp") { "443" } else { "8080" };
    let (scheme, target) = match target.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, target.trim_start_matches('/')),
    };
    let mut found = Vec::new();
    // `[fd00::]/8` is meant as a network, anything else behind a slash as a path.
    if let Some((address, rest)) = target.strip_prefix('[').and_then(|rest| rest.split_once("]/")) {
        let (length, port) = rest.split_once(':').unwrap_or((rest, "*"));
        found.push(format!("{kind}:[{address}/{length}]:{port}"));
    }
    if let Some((head, tail)) = target.rsplit_once(':')
        && head.parse::<Ipv6Addr>().is_ok()
    {
        found.push(format!("{kind}:[{head}]:{tail}"));
    }
    if target.parse::<Ipv6Addr>().is_ok() {
        found.push(format!("{kind}:[{target}]:{port}"));
    }
    let number = target.trim_start_matches(':').trim_end_matches('/');
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        found.push(format!("{kind}:127.0.0.1:{number}"));
    }
    let is_network = target.split(':').next().is_some_and(|host| host.parse::<ipnet::IpNet>().is_ok());
    let host = if is_network { target } else { target.split('/').next().unwrap_or_default() };
    found.push(format!("{kind}:{host}"));
    let host = host.trim_end_matches(':');
    let usual = match scheme {
        Some("http" | "ws") => "80",
        _ => port,
    };
    found.push(format!("{kind}:{host}:{usual}"));
    if let Some((name, port)) = host.rsplit_once(':')
        && (name == "localhost" || name.ends_with(".localhost"))
    {
        found.push(format!("{kind}:127.0.0.1:{port}"));
    }
    found
}

/// Rules for a URL that lacks or exceeds something.
fn urls(kind: &str, url: &str) -> Vec<String> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => (String::new(), url.trim_start_matches('/')),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = match rest.find('/') {
        Some(at) if !rest.starts_with('[') => rest.split_at(at),
        _ => (rest, ""),
    };
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) if !user.is_empty() && user.contains(':') => host,
        _ => authority,
    };
    let host = host_of(authority);
    let is_local = host == "localhost" || address::literal(&host).is_some() || authority.starts_with('@');
    let is_secure = match scheme.as_str() {
        "https" | "wss" => true,
        "http" | "ws" => false,
        _ => !is_local,
    };
    let scheme = match (kind, is_secure) {
        ("http", true) => "https",
        ("http", false) => "http",
        (_, true) => "wss",
        (_, false) => "ws",
    };
    // A path above the star would cover more than was meant.
    if path.trim_end_matches("/**").trim_end_matches("/*").contains('*') {
        return Vec::new();
    }
    let path = if path.is_empty() { "/" } else { path };
    let mut found = vec![format!("{kind}:{scheme}://{authority}{path}")];
    if authority.starts_with('@') {
        found.push(format!("{kind}:{scheme}://{authority}:*/"));
    }
    if let Some((head, port)) = authority.rsplit_once(':')
        && let Ok(address) = head.parse::<Ipv6Addr>()
    {
        found.push(format!("{kind}:{scheme}://[{address}]:{port}{path}"));
    }
    if let Ok(address) = authority.parse::<Ipv6Addr>() {
        found.push(format!("{kind}:{scheme}://[{address}]{path}"));
    }
    found
}

/// A text that begins with a host, a method or a slip of the pen.
fn without_kind(text: &str, kind: &str, target: &str) -> Vec<String> {
    let known = KINDS.into_iter().chain(["ws"]);
    let mut found: Vec<String> = nearest(kind, known)
        .map(|near| if target.is_empty() { near.to_owned() } else { format!("{near}:{target}") })
        .into_iter()
        .collect();
    let is_host = text.contains('.') || kind == "localhost" || text.starts_with('[');
    if is_host && !text.contains([' ', ',']) {
        found.push(format!("tcp:{text}"));
        found.extend(urls("http", text));
    }
    found
}

/// The host in what may be a URL, a host with a port, or a host.
fn host_of(text: &str) -> String {
    let rest = text.split_once("://").map_or(text.trim_start_matches('/'), |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, _)) => inner,
        None => rest.rsplit_once(':').map_or(rest, |(host, _)| host),
    };
    host.trim_end_matches(':').to_owned()
}

fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
