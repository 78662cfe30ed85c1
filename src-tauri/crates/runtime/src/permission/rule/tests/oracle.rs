//! Rules against an oracle that knows where each target truly leads, because it wrote the target: it takes no part of the
//! code that decides. An allow never covers more than the oracle permits, a deny never less than it demands.

use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::{http, request, rule, url};
use crate::permission::{Capability, Request, Target};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Tcp,
    Udp,
    Http,
    WebSocket,
}

/// A target: where it leads, and how that is written.
#[derive(Clone, Debug)]
struct Aim {
    layer: Layer,
    address: Ipv4Addr,
    name: Option<&'static str>,
    spelling: usize,
    port: u16,
    /// The path that it means, and the one that it writes.
    path: (&'static str, &'static str),
}

/// A rule, as text and as what it says.
#[derive(Clone, Debug)]
struct Said {
    layer: Layer,
    host: Host,
    port: Option<u16>,
    path: &'static str,
}

#[derive(Clone, Debug)]
enum Host {
    Any,
    Address(Ipv4Addr),
    Network(Ipv4Addr, u32),
    Class(&'static str),
    Name(&'static str),
    Below(&'static str),
}

fn class(address: Ipv4Addr) -> &'static str {
    match address.octets() {
        [127, ..] => "loopback",
        [10, ..] | [192, 168, ..] => "private",
        [169, 254, 169, 254] => "metadata",
        _ => "internet",
    }
}

const SPELLINGS: usize = 9;

/// An address as a URL or a socket may have it; from the seventh on, it is one that a translator would bring there.
fn spelled(address: Ipv4Addr, spelling: usize) -> String {
    let [a, b, c, d] = address.octets();
    let number = u32::from(address);
    let (high, low) = (number >> 16, number & 0xffff);
    match spelling {
        0 => address.to_string(),
        1 => number.to_string(),
        2 => format!("0x{number:08x}"),
        3 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        4 => format!("[::ffff:{address}]"),
        5 => format!("[::ffff:{high:x}:{low:x}]"),
        6 => format!("[64:ff9b::{high:x}:{low:x}]"),
        7 => format!("[2002:{high:x}:{low:x}::1]"),
        _ => format!("[::{address}]"),
    }
}

impl Host {
    fn text(&self, in_url: bool) -> String {
        match self {
            Self::Any => "*".into(),
            Self::Address(address) => address.to_string(),
            Self::Network(address, length) if in_url => format!("[{address}/{length}]"),
            Self::Network(address, length) => format!("{address}/{length}"),
            Self::Class(class) => format!("@{class}"),
            Self::Name(name) => (*name).into(),
            Self::Below(suffix) => format!("*.{suffix}"),
        }
    }

    /// Whether the words mean the place.
    fn means(&self, aim: &Aim) -> bool {
        let name = aim.name.map(|name| name.trim_end_matches('.').to_lowercase());
        match self {
            Self::Any => true,
            Self::Address(address) => *address == aim.address,
            Self::Network(network, length) => {
                let mask = u32::MAX << (32 - length);
                u32::from(*network) & mask == u32::from(aim.address) & mask
            }
            Self::Class(name) => class(aim.address) == *name,
            Self::Name(own) => name.as_deref() == Some(*own),
            Self::Below(suffix) => name.is_some_and(|name| name.ends_with(&format!(".{suffix}"))),
        }
    }
}

impl Said {
    fn text(&self) -> String {
        let port = self.port.map_or("*".to_owned(), |port| port.to_string());
        match self.layer {
            Layer::Tcp => format!("tcp:{}:{port}", self.host.text(false)),
            Layer::Udp => format!("udp:{}:{port}", self.host.text(false)),
            Layer::Http => format!("http:http://{}:{port}{}", self.host.text(true), self.path),
            Layer::WebSocket => format!("websocket:ws://{}:{port}{}", self.host.text(true), self.path),
        }
    }

    fn is_below(&self, path: &str) -> bool {
        let own = self.path.trim_end_matches('*').trim_end_matches('/');
        path == own || path.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'))
    }

    fn fits(&self, aim: &Aim) -> bool {
        let has_path = matches!(self.layer, Layer::Http | Layer::WebSocket);
        self.port.is_none_or(|port| port == aim.port)
            && self.host.means(aim)
            && (!has_path || self.is_below(aim.path.0))
    }

    fn must_deny(&self, aim: &Aim) -> bool {
        let runs_over = match self.layer {
            Layer::Tcp => aim.layer != Layer::Udp,
            Layer::Http => matches!(aim.layer, Layer::Http | Layer::WebSocket),
            layer => aim.layer == layer,
        };
        runs_over && self.fits(aim)
    }

    fn may_allow(&self, aim: &Aim) -> bool {
        let is_translated = aim.name.is_none() && aim.spelling > 5;
        let leads_out = class(aim.address) == "internet";
        let host = match self.host {
            Host::Any => true,
            Host::Name(_) | Host::Below(_) => leads_out,
            Host::Address(_) | Host::Network(..) | Host::Class(_) => !is_translated,
        };
        self.layer == aim.layer && self.fits(aim) && host
    }
}

impl Aim {
    fn request(&self) -> Request {
        let host = match self.name {
            Some(name) => name.to_owned(),
            None => spelled(self.address, self.spelling),
        };
        let address = self.name.map(|_| self.address.to_string());
        let target = format!("{host}:{}{}", self.port, self.path.1);
        match self.layer {
            Layer::Http => http(&format!("http://{target}"), address.as_deref()),
            Layer::WebSocket => url(Capability::WebSocket, "GET", &format!("ws://{target}"), address.as_deref()),
            Layer::Tcp | Layer::Udp => {
                let capability = if self.layer == Layer::Tcp { Capability::TcpConnect } else { Capability::UdpSend };
                let ip = match self.name {
                    Some(_) => self.address.into(),
                    None => crate::permission::address::literal(&host).expect("an address"),
                };
                let host = self.name.map(str::to_owned);
                request(capability, Target::Socket { host, address: (ip, self.port).into() })
            }
        }
    }
}

const ADDRESSES: [[u8; 4]; 8] = [
    [127, 0, 0, 1],
    [127, 9, 9, 9],
    [10, 0, 0, 1],
    [10, 200, 3, 4],
    [192, 168, 0, 1],
    [8, 8, 8, 8],
    [9, 9, 9, 9],
    [169, 254, 169, 254],
];

const PATHS: [(&str, &str); 14] = [
    ("/", "/"),
    ("/open", "/open"),
    ("/admin", "/admin"),
    ("/admin/x", "/admin/x"),
    ("/admin/x", "//admin/x"),
    ("/admin/x", "/%61dmin/x"),
    ("/admin/x", "/%2561dmin/x"),
    ("/admin/x", "/open/..%2fadmin/x"),
    ("/admin/x", "/open/..;/admin/x"),
    ("/admin/x", "/open/../admin/x"),
    ("/admin/x", "/admin;p/x"),
    ("/admin/x", "/admin%2fx"),
    ("/admin/x", "/open\\..\\admin\\x"),
    ("/administrator", "/administrator"),
];

fn layers() -> impl Strategy<Value = Layer> {
    prop::sample::select(vec![Layer::Tcp, Layer::Udp, Layer::Http, Layer::WebSocket])
}

fn addresses() -> impl Strategy<Value = Ipv4Addr> {
    prop::sample::select(ADDRESSES.map(Ipv4Addr::from).to_vec())
}

fn ports() -> impl Strategy<Value = u16> {
    prop::sample::select(vec![80, 443, 8080])
}

fn aims() -> impl Strategy<Value = Aim> {
    let names = prop::sample::select(vec!["a.example", "A.Example", "b.a.example", "other.test", "a.example."]);
    (layers(), addresses(), prop::option::of(names), 0..SPELLINGS, ports(), prop::sample::select(PATHS.to_vec()))
        .prop_map(|(layer, address, name, spelling, port, path)| Aim { layer, address, name, spelling, port, path })
}

fn rules() -> impl Strategy<Value = Said> {
    let hosts = prop_oneof![
        Just(Host::Any),
        addresses().prop_map(Host::Address),
        (addresses(), prop::sample::select(vec![8_u32, 16, 24, 32])).prop_map(|(address, length)| {
            Host::Network(Ipv4Addr::from(u32::from(address) & u32::MAX << (32 - length)), length)
        }),
        prop::sample::select(vec!["loopback", "private", "metadata", "internet"]).prop_map(Host::Class),
        prop::sample::select(vec!["a.example", "other.test"]).prop_map(Host::Name),
        prop::sample::select(vec!["example", "a.example"]).prop_map(Host::Below),
    ];
    let paths = prop::sample::select(vec!["/", "/admin", "/admin/", "/admin/*", "/open/"]);
    (layers(), hosts, prop::option::of(ports()), paths).prop_map(|(layer, host, port, path)| Said {
        layer,
        host,
        port,
        path,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn f04_a_deny_never_covers_less_than_its_words(said in rules(), aim in aims()) {
        let (text, request) = (said.text(), aim.request());
        if said.must_deny(&aim) {
            prop_assert!(rule(&text).forbids(&request), "{} must deny {:?}", text, request);
        }
        let elsewhere = said.port.is_some_and(|port| port != aim.port);
        prop_assert!(!(elsewhere && rule(&text).forbids(&request)), "{} says nothing of {:?}", text, request);
    }

    #[test]
    fn f04_an_allow_never_covers_more_than_its_words(said in rules(), aim in aims()) {
        let (text, request) = (said.text(), aim.request());
        if rule(&text).covers(&request) {
            prop_assert!(said.may_allow(&aim), "{} must not allow {:?}", text, request);
            prop_assert!(rule(&text).forbids(&request), "what {} allows it denies as well: {:?}", text, request);
        }
    }
}
