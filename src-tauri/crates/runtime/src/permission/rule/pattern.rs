//! Patterns of hosts and URLs.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};
use url::{Host, Url};

use super::Reading;
use super::path::Path;
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

/// Where a request leads, as far as that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// What the node asked for.
    pub name: Option<&'a str>,
    pub address: Option<IpAddr>,
    /// An address of this machine's that the node wants for a socket of its own, instead of one that it wants to reach.
    pub is_own: bool,
}

impl<'a> Place<'a> {
    /// A URL's name, and its address where it is known or spelled out.
    pub fn of_url(url: &'a Url, address: Option<IpAddr>) -> Self {
        let (name, literal) = match url.host() {
            Some(Host::Domain(name)) => (Some(name), None),
            Some(Host::Ipv4(literal)) => (None, Some(IpAddr::V4(literal))),
            Some(Host::Ipv6(literal)) => (None, Some(IpAddr::V6(literal))),
            None => (None, None),
        };
        Self { name, address: address.or(literal), is_own: false }
    }

    pub fn class(&self) -> Option<AddressClass> {
        let class = if self.is_own { AddressClass::of } else { AddressClass::reached };
        self.address.map(class).or_else(|| AddressClass::of_name(self.name?))
    }

    /// The classes of every address that this could lead to. Until an address is known the name is taken to lead to
    /// the internet.
    fn classes(&self) -> Vec<AddressClass> {
        let known = self.class().unwrap_or(AddressClass::Internet);
        let spelled = self.spellings().into_iter().map(AddressClass::of);
        spelled.chain(self.address.map(AddressClass::of)).chain([known]).collect()
    }

    fn spellings(&self) -> Vec<IpAddr> {
        match self.address {
            Some(address) if self.is_own => vec![address.to_canonical()],
            Some(address) => address::spellings(address),
            None => Vec::new(),
        }
    }

    /// Whether this could be this machine's loopback interface.
    fn reaches_loopback(&self) -> bool {
        self.classes().contains(&AddressClass::Loopback)
    }

    /// A socket on every address of this machine, those that a rule denies among them.
    fn is_every_own_address(&self) -> bool {
        self.is_own && self.address.is_some_and(|address| address.to_canonical().is_unspecified())
    }
}

impl HostPattern {
    pub(super) fn matches(&self, place: &Place<'_>, reading: Reading) -> bool {
        match reading {
            Reading::Allowing => self.covers(place),
            Reading::Denying => self.forbids(place),
        }
    }

    fn covers(&self, place: &Place<'_>) -> bool {
        // What is translated leads elsewhere: only its very address allows it.
        let is_plain = !place.address.is_some_and(address::is_translated);
        match self {
            Self::Any => true,
            Self::Address(own) => place.address.is_some_and(|address| address.to_canonical() == *own),
            Self::Network(network) => {
                is_plain && place.address.is_some_and(|address| network.contains(&address.to_canonical()))
            }
            // Until an address is known the name is taken to lead to the internet; where it does not, a second
            // question follows.
            Self::Class(class) => is_plain && *class == place.class().unwrap_or(AddressClass::Internet),
            Self::Name { name, class } => self.is_name_of(place) && allows_class(*class, name, place),
            Self::Suffix { suffix, class } => self.is_name_of(place) && allows_class(*class, suffix, place),
        }
    }

    fn forbids(&self, place: &Place<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Address(own) => {
                let (class, own) = match place.is_own {
                    true => (AddressClass::of(*own), vec![*own]),
                    false => (AddressClass::reached(*own), address::spellings(*own)),
                };
                // A service that listens on all addresses is reached by any loopback address.
                class == AddressClass::Loopback && place.reaches_loopback()
                    || place.is_every_own_address()
                    || place.spellings().iter().any(|address| own.contains(address))
            }
            Self::Network(network) => {
                place.is_every_own_address()
                    || is_loopback(network) && place.reaches_loopback()
                    || place.spellings().iter().any(|address| network.contains(address))
            }
            Self::Class(class) => place.is_every_own_address() || place.classes().contains(class),
            Self::Name { name, class } => {
                let is_here = name == "localhost" && place.reaches_loopback();
                (is_here || self.is_name_of(place)) && denies_class(*class, place)
            }
            Self::Suffix { class, .. } => self.is_name_of(place) && denies_class(*class, place),
        }
    }

    fn is_name_of(&self, place: &Place<'_>) -> bool {
        place.name.is_some_and(|asked| match self {
            Self::Name { name, .. } => bare_name(asked) == *name,
            Self::Suffix { suffix, .. } => is_below(asked, suffix),
            Self::Any | Self::Address(_) | Self::Network(_) | Self::Class(_) => false,
        })
    }

    /// The narrowest pattern for a name that leads to `class`.
    pub(in crate::permission) fn of_name(name: &str, class: Option<AddressClass>) -> Self {
        let inherent = AddressClass::of_name(name).unwrap_or(AddressClass::Internet);
        Self::Name { name: bare_name(name), class: class.filter(|class| *class != inherent) }
    }

    /// A network in its one spelling: mapped IPv4 addresses are IPv4 addresses.
    pub(super) fn of_network(network: IpNet) -> Self {
        let mapped = match network.addr() {
            IpAddr::V6(address) if network.prefix_len() >= 96 => address.to_ipv4_mapped(),
            _ => None,
        };
        let v4 = mapped.and_then(|address| Ipv4Net::new(address, network.prefix_len() - 96).ok());
        Self::Network(v4.map_or(network, IpNet::V4).trunc())
    }
}

fn is_loopback(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() >= 8 && network.addr().is_loopback(),
        IpNet::V6(network) => network.prefix_len() == 128 && network.addr() == Ipv6Addr::LOCALHOST,
    }
}

fn allows_class(wanted: Option<AddressClass>, name: &str, place: &Place<'_>) -> bool {
    // A name may well be looked up before anybody knows where it leads: the address is asked about as well.
    let Some(found) = place.address.and_then(|_| place.class()) else { return true };
    wanted.or_else(|| AddressClass::of_name(name)).unwrap_or(AddressClass::Internet) == found
}

fn denies_class(wanted: Option<AddressClass>, place: &Place<'_>) -> bool {
    wanted.is_none_or(|wanted| place.classes().contains(&wanted))
}

/// In lower case and without the dot of the root.
pub(in crate::permission) fn bare_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn is_below(name: &str, suffix: &str) -> bool {
    let name = bare_name(name);
    name.strip_suffix(suffix).and_then(|head| head.strip_suffix('.')).is_some_and(|head| !head.is_empty())
}

/// Which ports of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::permission) enum UrlPort {
    /// None was written: to allow, the scheme's own; to deny, any.
    Unsaid,
    Any,
    Only(u16),
}

/// Where a URL rule holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::permission) struct Location {
    pub scheme: String,
    pub host: HostPattern,
    pub port: UrlPort,
    pub path: Path,
}

impl Location {
    /// `scheme` is the one that the request counts as: a WebSocket's, or that of the HTTP request which opens it.
    pub(super) fn matches(&self, url: &Url, scheme: &str, place: &Place<'_>, reading: Reading) -> bool {
        let port = url.port_or_known_default();
        let port_fits = match self.port {
            UrlPort::Any => true,
            UrlPort::Only(own) => port == Some(own),
            UrlPort::Unsaid => reading == Reading::Denying || port == Some(default_port(&self.scheme)),
        };
        let path_fits = || match reading {
            Reading::Allowing => self.path.covers(url.path()),
            Reading::Denying => self.path.forbids(url.path()),
        };
        scheme == self.scheme && port_fits && self.host.matches(place, reading) && path_fits()
    }
}

pub(super) fn default_port(scheme: &str) -> u16 {
    match scheme {
        "http" | "ws" => 80,
        _ => 443,
    }
}
