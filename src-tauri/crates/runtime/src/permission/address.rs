//! Classes of addresses, in all their spellings.
//!
//! Owns what an address *is*: which class, which IPv4 address an IPv6 one stands for, which address a literal spells.
//! Whether it may be reached is for [`super::policy`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressClass {
    Loopback,
    /// Private networks: RFC 1918, unique local.
    Private,
    LinkLocal,
    /// Cloud metadata services.
    Metadata,
    /// Shared address space of carriers (RFC 6598).
    Shared,
    Multicast,
    /// Unspecified, broadcast, documentation, benchmarking, translation and future use.
    Reserved,
    Internet,
}

impl AddressClass {
    pub const ALL: [Self; 8] = [
        Self::Loopback,
        Self::Private,
        Self::LinkLocal,
        Self::Metadata,
        Self::Shared,
        Self::Multicast,
        Self::Reserved,
        Self::Internet,
    ];

    /// Addresses of IPv4 inside IPv6 are classed by the IPv4 address. Tunnels (6to4, Teredo) to the internet are
    /// [`Self::Reserved`]: nothing reaches it that way any more.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }

    /// The class of what a connection to the address reaches: the kernel takes an unspecified address (`0.0.0.0`, `::`)
    /// for this machine, where a socket that listens on it takes it for every address.
    pub fn reached(address: IpAddr) -> Self {
        if canonical(address).is_unspecified() { Self::Loopback } else { Self::of(address) }
    }

    /// What a name says about its address before any look-up: `localhost` and all below it are loopback (RFC 6761).
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let last = name.rsplit('.').next()?;
        last.eq_ignore_ascii_case("localhost").then_some(Self::Loopback)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Metadata => "metadata",
            Self::Shared => "shared",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
            Self::Internet => "internet",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// The one spelling of an address: an IPv6 address that only stands for an IPv4 address (mapped, compatible, or
/// translated by the well-known prefixes) becomes that address. For denying only: see [`is_translated`].
pub fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => stands_for(v6).map_or(address, IpAddr::V4),
    }
}

/// Whether an IPv6 address carries an IPv4 one that a translator or a tunnel would bring it to: it leads somewhere else
/// than the address it carries. Mapped addresses do not count, the kernel takes them for what they carry.
pub fn is_translated(address: IpAddr) -> bool {
    let IpAddr::V6(v6) = address.to_canonical() else { return false };
    // The prefix for translation within a network (RFC 8215) has IPv4 addresses in places of its own.
    let is_local_translation = matches!(v6.segments(), [0x64, 0xff9b, 1, ..]);
    is_local_translation || stands_for(v6).is_some() || tunnels_to(v6).is_some()
}

/// Every address that this one could lead to: itself, and the IPv4 addresses that it carries in any of the known ways.
/// For denying only.
pub fn spellings(address: IpAddr) -> Vec<IpAddr> {
    let mut found = vec![address.to_canonical()];
    if let IpAddr::V6(v6) = address {
        found.extend(carried(v6).into_iter().map(IpAddr::V4));
    }
    if canonical(address).is_unspecified() {
        found.extend([IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
    }
    found
}

/// The IPv4 addresses inside an IPv6 one: mapped, compatible, translated (by the well-known prefix and, in each of the
/// usual places, by the local one), and tunnelled (6to4, Teredo, ISATAP).
fn carried(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let mut found: Vec<Ipv4Addr> = stands_for(address).into_iter().chain(tunnels_to(address)).collect();
    let octets = address.octets();
    let low = Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]);
    match address.segments() {
        // RFC 8215, with the address where RFC 6052 puts it behind a prefix of 48, 64 or 96 bits.
        [0x64, 0xff9b, 1, ..] => found.extend([
            Ipv4Addr::new(octets[6], octets[7], octets[9], octets[10]),
            Ipv4Addr::new(octets[9], octets[10], octets[11], octets[12]),
            low,
        ]),
        [_, _, _, _, 0 | 0x200, 0x5efe, _, _] => found.push(low),
        _ => {}
    }
    found
}

/// The address that a host spells in any of the ways the URL standard knows: dotted, decimal, hexadecimal, octal and
/// short forms of IPv4, IPv6 with or without brackets. `None`: a name, or no host at all.
pub fn literal(host: &str) -> Option<IpAddr> {
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return Some(IpAddr::V6(address));
    }
    match Host::parse(host).ok()? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(_) => None,
    }
}

/// Metadata services outside 169.254.169.254: containers and pods (AWS), the wire server (Azure), Oracle, Alibaba,
/// Scaleway.
const METADATA_V4: [Ipv4Addr; 8] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(169, 254, 169, 253),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(169, 254, 42, 42),
];

/// AWS (instances and pods), Google, Scaleway.
const METADATA_V6: [Ipv6Addr; 5] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

fn of_v4(address: Ipv4Addr) -> AddressClass {
    if METADATA_V4.contains(&address) {
        return AddressClass::Metadata;
    }
    match address.octets() {
        [127, ..] => AddressClass::Loopback,
        [10, ..] | [192, 168, ..] => AddressClass::Private,
        [172, second, ..] if second & 0xf0 == 16 => AddressClass::Private,
        [169, 254, ..] => AddressClass::LinkLocal,
        [100, second, ..] if second & 0xc0 == 64 => AddressClass::Shared,
        [224..=239, ..] => AddressClass::Multicast,
        // "This network", protocol assignments, documentation, the 6to4 relay, benchmarking, future use, broadcast.
        [0, ..] | [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => {
            AddressClass::Reserved
        }
        [198, 18 | 19, ..] | [240..=255, ..] => AddressClass::Reserved,
        _ => AddressClass::Internet,
    }
}

fn of_v6(address: Ipv6Addr) -> AddressClass {
    if METADATA_V6.contains(&address) {
        return AddressClass::Metadata;
    }
    if address.is_loopback() {
        return AddressClass::Loopback;
    }
    if let Some(v4) = stands_for(address) {
        return match of_v4(v4) {
            // Only mapped and NAT64 addresses lead to the internet.
            AddressClass::Internet if !reaches_internet(address) => AddressClass::Reserved,
            class => class,
        };
    }
    if let Some(v4) = tunnels_to(address) {
        return match of_v4(v4) {
            AddressClass::Internet => AddressClass::Reserved,
            class => class,
        };
    }
    match address.segments() {
        [first, ..] if first & 0xff00 == 0xff00 => AddressClass::Multicast,
        [first, ..] if first & 0xfe00 == 0xfc00 => AddressClass::Private,
        // Site-local addresses are deprecated, but routers still treat them as local.
        [first, ..] if first & 0xffc0 == 0xfec0 => AddressClass::Private,
        [first, ..] if first & 0xffc0 == 0xfe80 => AddressClass::LinkLocal,
        // Protocol assignments with ORCHID and benchmarking, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => AddressClass::Reserved,
        [0x3fff, second, ..] if second < 0x1000 => AddressClass::Reserved,
        [first, ..] if first & 0xe000 == 0x2000 => AddressClass::Internet,
        _ => AddressClass::Reserved,
    }
}

/// The IPv4 address in mapped (`::ffff:a.b.c.d`), translated (`::ffff:0:a.b.c.d`, `64:ff9b::a.b.c.d`) and compatible
/// (`::a.b.c.d`) addresses.
fn stands_for(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        // The unspecified and the loopback address have their own meaning.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        _ => None,
    }
}

fn reaches_internet(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, ..])
}

/// The IPv4 end of a 6to4 or Teredo tunnel.
fn tunnels_to(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x2002, high, low, ..] => Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        [0x2001, 0, _, _, _, _, high, low] => Some(Ipv4Addr::from(!(u32::from(high) << 16 | u32::from(low)))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(address: &str) -> AddressClass {
        AddressClass::of(address.parse().expect("an address"))
    }

    #[test]
    fn every_range_has_its_class() {
        use AddressClass::*;
        let table = [
            ("127.0.0.1", Loopback),
            ("127.255.255.254", Loopback),
            ("::1", Loopback),
            ("10.1.2.3", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("172.32.0.1", Internet),
            ("192.168.1.1", Private),
            ("fd12::1", Private),
            ("fec0::1", Private),
            ("169.254.1.1", LinkLocal),
            ("fe80::1", LinkLocal),
            ("169.254.169.254", Metadata),
            ("fd00:ec2::254", Metadata),
            ("100.100.100.200", Metadata),
            ("100.64.0.1", Shared),
            ("100.127.255.255", Shared),
            ("100.128.0.1", Internet),
            ("224.0.0.1", Multicast),
            ("ff02::1", Multicast),
            ("0.0.0.0", Reserved),
            ("::", Reserved),
            ("255.255.255.255", Reserved),
            ("240.0.0.1", Reserved),
            ("192.0.2.1", Reserved),
            ("198.18.0.1", Reserved),
            ("2001:db8::1", Reserved),
            ("3fff::1", Reserved),
            ("100::1", Reserved),
            ("64:ff9b:1::1", Reserved),
            ("4000::1", Reserved),
            ("8.8.8.8", Internet),
            ("2606:4700::1111", Internet),
            ("2001:4860:4860::8888", Internet),
        ];
        for (address, expected) in table {
            assert_eq!(class(address), expected, "{address}");
        }
    }

    #[test]
    fn ipv4_inside_ipv6_is_classed_by_what_it_embeds() {
        use AddressClass::*;
        let table = [
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:169.254.169.254", Metadata),
            ("::ffff:8.8.8.8", Internet),
            ("::127.0.0.1", Loopback),
            ("::8.8.8.8", Reserved),
            ("::ffff:0:10.0.0.1", Private),
            ("64:ff9b::7f00:1", Loopback),
            ("64:ff9b::a9fe:a9fe", Metadata),
            ("64:ff9b::808:808", Internet),
            ("2002:7f00:1::", Loopback),
            ("2002:c0a8:101::1", Private),
            ("2002:808:808::1", Reserved),
            // Teredo hides the client's address by inverting it.
            ("2001:0:4136:e378:8000:63bf:80ff:fffe", Loopback),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Reserved),
        ];
        for (address, expected) in table {
            assert_eq!(class(address), expected, "{address}");
        }
    }

    #[test]
    fn one_address_has_one_canonical_form() {
        let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "::ffff:0:127.0.0.1"] {
            assert_eq!(canonical(address.parse().expect("an address")), loopback, "{address}");
        }
        let v6: IpAddr = Ipv6Addr::LOCALHOST.into();
        assert_eq!(canonical(v6), v6, "the IPv6 loopback address is its own");
    }

    #[test]
    fn translated_addresses_lead_elsewhere() {
        let table = [
            ("64:ff9b::7f00:1", true),
            ("64:ff9b:1::7f00:1", true),
            ("::ffff:0:127.0.0.1", true),
            ("::127.0.0.1", true),
            ("2002:7f00:1::", true),
            ("2001:0:4136:e378:8000:63bf:80ff:fffe", true),
            ("::ffff:127.0.0.1", false),
            ("127.0.0.1", false),
            ("::1", false),
            ("2606:4700::1111", false),
        ];
        for (address, expected) in table {
            assert_eq!(is_translated(address.parse().expect("an address")), expected, "{address}");
        }
    }

    #[test]
    fn literals_are_read_in_all_spellings() {
        let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
        for host in
            ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "127.0.0.1.", "１２７.0.0.1"]
        {
            assert_eq!(literal(host), Some(loopback), "{host}");
        }
        assert_eq!(literal("[::1]"), Some(Ipv6Addr::LOCALHOST.into()), "brackets are fine");
        assert_eq!(literal("::1"), Some(Ipv6Addr::LOCALHOST.into()), "and so is their absence");
        for host in ["localhost", "example.com", "", "1.2.3.4.5"] {
            assert_eq!(literal(host), None, "{host:?} spells no address");
        }
    }

    #[test]
    fn f41_an_unspecified_address_reaches_this_machine() {
        for text in ["0.0.0.0", "::", "::ffff:0.0.0.0"] {
            let address = text.parse().expect("an address");
            assert_eq!(AddressClass::reached(address), AddressClass::Loopback, "{text}");
            assert!(spellings(address).contains(&Ipv4Addr::LOCALHOST.into()), "{text}");
        }
        assert_eq!(AddressClass::reached(Ipv4Addr::new(0, 0, 0, 1).into()), AddressClass::Reserved);
    }

    #[test]
    fn f04_every_address_that_is_carried_is_found() {
        let carried: IpAddr = Ipv4Addr::new(10, 0, 0, 1).into();
        for text in [
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::10.0.0.1",
            "64:ff9b:1:a00:0:100::",
            "64:ff9b:1::a:0:100:0",
            "2002:a00:1::",
            "2001:0:1:2:3:4:f5ff:fffe",
            "fe80::5efe:10.0.0.1",
            "fe80::200:5efe:10.0.0.1",
        ] {
            assert!(spellings(text.parse().expect("an address")).contains(&carried), "{text}");
        }
        assert_eq!(spellings(carried), [carried]);
    }

    #[test]
    fn localhost_names_are_loopback() {
        for name in ["localhost", "LOCALHOST", "localhost.", "db.localhost"] {
            assert_eq!(AddressClass::of_name(name), Some(AddressClass::Loopback), "{name}");
        }
        for name in ["localhost.example.com", "notlocalhost", "example.com", ""] {
            assert_eq!(AddressClass::of_name(name), None, "{name:?}");
        }
    }
}
