//! Writing the text form of rules; reading it is in `text`.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::pattern::{HostPattern, Location, UrlPort};
use super::{Pattern, Rule, Selector};
use crate::permission::{AddressClass, Capability};

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capability = match self.selector {
            Selector::All => return f.write_str("all"),
            Selector::Network => return f.write_str("network"),
            Selector::Tcp => return f.write_str("network:tcp"),
            Selector::Udp => return f.write_str("network:udp"),
            Selector::Storage => return f.write_str("storage"),
            Selector::One(capability) => capability,
        };
        f.write_str(capability.name())?;
        match &self.pattern {
            Pattern::Any if capability.asks() && capability != Capability::Models => f.write_str(":*"),
            Pattern::Any => Ok(()),
            Pattern::Socket { host, port } => write!(f, ":{host}:{}", Port(*port)),
            Pattern::Name(name) => write!(f, ":{name}"),
            Pattern::Url { method, location } => {
                f.write_str(":")?;
                if let Some(method) = method {
                    write!(f, "{method} ")?;
                }
                match location {
                    Some(location) => location.fmt(f),
                    None => f.write_str("*"),
                }
            }
            Pattern::Provider(name) => write!(f, ":{}", Escaped(name)),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = |f: &mut fmt::Formatter<'_>, class: &Option<AddressClass>| match class {
            Some(class) => write!(f, "@{}", class.name()),
            None => Ok(()),
        };
        match self {
            Self::Any => f.write_str("*"),
            Self::Name { name, class: own } => {
                f.write_str(name)?;
                class(f, own)
            }
            Self::Suffix { suffix, class: own } => {
                write!(f, "*.{suffix}")?;
                class(f, own)
            }
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Network(IpNet::V4(network)) => network.fmt(f),
            Self::Network(IpNet::V6(network)) => write!(f, "[{network}]"),
            Self::Class(own) => write!(f, "@{}", own.name()),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        match &self.host {
            // The slash of a network would begin the path.
            HostPattern::Network(IpNet::V4(network)) => write!(f, "[{network}]")?,
            host => host.fmt(f)?,
        }
        match self.port {
            UrlPort::Unsaid => {}
            UrlPort::Any => f.write_str(":*")?,
            UrlPort::Only(port) => write!(f, ":{port}")?,
        }
        f.write_str(self.path.as_str())
    }
}

struct Port(Option<u16>);

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(port) => port.fmt(f),
            None => f.write_str("*"),
        }
    }
}

/// A provider's name may hold anything: what could be misread is percent-encoded.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; 4];
        for letter in self.0.chars() {
            if letter.is_ascii_graphic() && !matches!(letter, '%' | '*' | ',') || letter.is_alphanumeric() {
                write!(f, "{letter}")?;
            } else {
                for byte in letter.encode_utf8(&mut buffer).bytes() {
                    write!(f, "%{byte:02X}")?;
                }
            }
        }
        Ok(())
    }
}
