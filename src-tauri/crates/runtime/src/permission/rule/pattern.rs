//! Patterns of hosts, URLs and paths.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::Reading;
use crate::permission::address::{self, AddressClass};

/// Which hosts. Names are lower-case ASCII without a trailing dot; IPv4 addresses are never mapped ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    Any,
    Name {
        name: String,
        class: Option<AddressClass>,
    },
    /// `*.suffix`: any name below, not the suffix itself.
    Suffix {
        suffix: String,
        class: Option<AddressClass>,
    },
    Address(IpAddr),
    Network(IpNet),
    Class(AddressClass),
}

impl HostPattern {
    /// `name` is what the node asked for, `address` where that leads, as far as each is known.
    pub(super) fn matches(&self, name: Option<&str>, address: Option<IpAddr>, reading: Reading) -> bool {
        match self {
            Self::Any => true,
            Self::Address(own) => address.is_some_and(|address| match reading {
                Reading::Allowing => address.to_canonical() == *own,
                Reading::Denying => address::canonical(address) == address::canonical(*own),
            }),
            // What is translated leads elsewhere: only its very address allows it.
            Self::Network(_) | Self::Class(_)
                if reading == Reading::Allowing && address.is_some_and(address::is_translated) =>
            {
                false
            }
            Self::Network(network) => address.is_some_and(|address| {
                let spellings = [address.to_canonical(), address::canonical(address)];
                spellings.iter().any(|address| network.contains(address))
            }),
            // Until an address is known the name is taken to lead to the internet; where it does not, a second
            // question follows.
            Self::Class(class) => *class == class_of(name, address).unwrap_or(AddressClass::Internet),
            Self::Name { name: own, class } => {
                name.is_some_and(|name| same_name(own, name)) && class_fits(*class, own, address, reading)
            }
            Self::Suffix { suffix, class } => {
                name.is_some_and(|name| is_below(name, suffix)) && class_fits(*class, suffix, address, reading)
            }
        }
    }

    /// The narrowest pattern for a name that leads to `class`.
    pub(in crate::permission) fn of_name(name: &str, class: Option<AddressClass>) -> Self {
        let inherent = AddressClass::of_name(name).unwrap_or(AddressClass::Internet);
        Self::Name { name: bare_name(name), class: class.filter(|class| *class != inherent) }
    }
}

/// What is known of where a host leads.
pub(super) fn class_of(name: Option<&str>, address: Option<IpAddr>) -> Option<AddressClass> {
    address.map(AddressClass::of).or_else(|| AddressClass::of_name(name?))
}

pub(super) fn class_of_url(url: &Url, address: Option<IpAddr>) -> Option<AddressClass> {
    let (name, address) = host_of_url(url, address);
    class_of(name, address)
}

/// A URL's name, and its address where it is known or spelled out.
fn host_of_url(url: &Url, address: Option<IpAddr>) -> (Option<&str>, Option<IpAddr>) {
    match url.host() {
        Some(Host::Domain(name)) => (Some(name), address),
        Some(Host::Ipv4(literal)) => (None, Some(address.unwrap_or(IpAddr::V4(literal)))),
        Some(Host::Ipv6(literal)) => (None, Some(address.unwrap_or(IpAddr::V6(literal)))),
        None => (None, address),
    }
}

fn class_fits(wanted: Option<AddressClass>, name: &str, address: Option<IpAddr>, reading: Reading) -> bool {
    let found = address.map(AddressClass::of);
    match (wanted, found) {
        (None, _) if reading == Reading::Denying => true,
        (None, found) => {
            let inherent = AddressClass::of_name(name).unwrap_or(AddressClass::Internet);
            found.is_none_or(|found| found == inherent)
        }
        (Some(wanted), Some(found)) => wanted == found,
        // Only internet addresses have no second question that could be denied later.
        (Some(wanted), None) => reading == Reading::Allowing || wanted == AddressClass::Internet,
    }
}

/// In lower case and without the dot of the root.
pub(in crate::permission) fn bare_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn same_name(own: &str, name: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case(own)
}

fn is_below(name: &str, suffix: &str) -> bool {
    let name = bare_name(name);
    name.strip_suffix(suffix).and_then(|head| head.strip_suffix('.')).is_some_and(|head| !head.is_empty())
}

/// Where a URL rule holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::permission) struct Location {
    pub scheme: String,
    pub host: HostPattern,
    /// `None`: any port.
    pub port: Option<u16>,
    pub path: Path,
}

impl Location {
    pub(super) fn matches(&self, url: &Url, address: Option<IpAddr>, reading: Reading) -> bool {
        let (name, address) = host_of_url(url, address);
        url.scheme() == self.scheme
            && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
            && self.host.matches(name, address, reading)
            && self.path.matches(url.path(), reading)
    }
}

/// A path and what is below it, on the borders of segments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::permission) struct Path(String);

impl Path {
    /// `path` is as the `url` crate gives it: absolute, dot segments resolved.
    pub(in crate::permission) fn new(path: &str) -> Self {
        Self(if path.is_empty() { "/".to_owned() } else { plain(path) })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn matches(&self, path: &str, reading: Reading) -> bool {
        let path = plain(path);
        let rest = match path.strip_prefix(self.0.as_str()) {
            Some(rest) => rest,
            None => return false,
        };
        if rest.is_empty() || self.0 == "/" {
            return true;
        }
        let below = self.0.ends_with('/') || rest.starts_with('/');
        // Servers that decode before they resolve dots would leave the prefix: such a path is never sure.
        below && (reading == Reading::Denying || !hides_separators(rest))
    }
}

fn hides_separators(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.contains("%2f") || path.contains("%5c") || path.contains("%25")
}

/// Decodes what need not be encoded, so that a path has one spelling (RFC 3986, 6.2.2.2).
fn plain(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let code = tail.get(1..3).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let kept = match byte {
            // A decoded dot could make a dot segment; the `url` crate has resolved those that are one.
            Some(byte @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~')) => {
                out.push(char::from(byte));
                3
            }
            Some(_) => {
                out.extend(tail.get(..3).unwrap_or_default().chars().map(|letter| letter.to_ascii_uppercase()));
                3
            }
            None => {
                out.push('%');
                1
            }
        };
        rest = tail.get(kept..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}
