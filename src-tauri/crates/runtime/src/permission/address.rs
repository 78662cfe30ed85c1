//! Classes of addresses, in all their spellings.

use std::net::IpAddr;

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
    /// Addresses of IPv4 inside IPv6 are classed by the IPv4 address.
    pub fn of(_address: IpAddr) -> Self {
        todo!()
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
}
