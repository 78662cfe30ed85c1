//! What a server and a device keep out of a node's reach: the host's own machine, its link, and its cloud's metadata.
//! Private networks are not among it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const NAMES: [&str; 9] = [
    "localhost",
    "ip6-localhost",
    "ip6-loopback",
    "metadata",
    "metadata.goog",
    "metadata.google.internal",
    "instance-data",
    "host.docker.internal",
    "gateway.docker.internal",
];

/// The wire server of Azure.
const WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
/// The metadata service of AWS.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Whether a server refuses to reach this address.
///
/// ```
/// use policy::is_blocked_address;
/// assert!(is_blocked_address("127.0.0.1".parse().unwrap()));
/// assert!(!is_blocked_address("10.0.0.5".parse().unwrap()), "private networks are allowed");
/// ```
pub fn is_blocked_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_blocked_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_blocked_v4(address),
            None => is_blocked_v6(address),
        },
    }
}

fn is_blocked_v4(address: Ipv4Addr) -> bool {
    address.octets()[0] == 0
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || address == WIRE_SERVER
}

fn is_blocked_v6(address: Ipv6Addr) -> bool {
    address.is_unspecified()
        || address.is_loopback()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || address == METADATA_V6
}

/// Whether a server refuses this name before it looks it up. Case does not count.
///
/// ```
/// use policy::is_blocked_name;
/// assert!(is_blocked_name("db.LOCALHOST"));
/// assert!(!is_blocked_name("localhost.example.com"));
/// ```
pub fn is_blocked_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || name.ends_with(".localhost")
}
