//! Rules as tables, and the properties that hold for all of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::slice::from_ref;

use proptest::prelude::*;

use super::*;

mod oracle;
mod semantics;

pub(in crate::permission) fn rule(text: &str) -> Rule {
    text.parse().expect("a rule")
}

fn request(capability: Capability, target: Target) -> Request {
    Request { capability, target, call_site: Vec::new() }
}

pub(in crate::permission) fn socket(capability: Capability, host: Option<&str>, address: &str) -> Request {
    let address = address.parse().expect("an address with a port");
    request(capability, Target::Socket { host: host.map(str::to_owned), address })
}

pub(in crate::permission) fn tcp(host: Option<&str>, address: &str) -> Request {
    socket(Capability::TcpConnect, host, address)
}

pub(in crate::permission) fn dns(name: &str) -> Request {
    request(Capability::DnsLookup, Target::Name(name.to_owned()))
}

pub(in crate::permission) fn url(capability: Capability, method: &str, url: &str, address: Option<&str>) -> Request {
    let url = url.parse().expect("a URL");
    let address = address.map(|address| address.parse().expect("an address"));
    request(capability, Target::Url { method: method.to_owned(), url, address })
}

fn http(text: &str, address: Option<&str>) -> Request {
    url(Capability::Http, "GET", text, address)
}

fn provider(capability: Capability, name: &str) -> Request {
    request(capability, Target::Provider(name.to_owned()))
}

/// Checks whether a rule allows each request.
#[track_caller]
fn check(text: &str, covered: &[Request], others: &[Request]) {
    let rule = rule(text);
    for request in covered {
        assert!(rule.covers(request), "\"{text}\" must cover {request:?}");
        assert!(
            rule.forbids(request) || !leads_somewhere(request),
            "what \"{text}\" covers it forbids as well: {request:?}"
        );
    }
    for request in others {
        assert!(!rule.covers(request), "\"{text}\" must not cover {request:?}");
    }
}

/// Whether the request's address is known. Until then, a rule for a name and a class lets the first question pass and
/// denies the second.
fn leads_somewhere(request: &Request) -> bool {
    !matches!(&request.target, Target::Url { url, address: None, .. } if matches!(url.host(), Some(::url::Host::Domain(_))))
}

#[test]
fn addresses_and_ports() {
    check(
        "tcp:127.0.0.1:6379",
        &[tcp(None, "127.0.0.1:6379"), tcp(Some("db.example"), "127.0.0.1:6379"), tcp(None, "[::ffff:127.0.0.1]:6379")],
        &[
            tcp(None, "127.0.0.1:6380"),
            tcp(None, "127.0.0.2:6379"),
            tcp(None, "[::1]:6379"),
            socket(Capability::UdpSend, None, "127.0.0.1:6379"),
            socket(Capability::TcpListen, None, "127.0.0.1:6379"),
        ],
    );
    check("tcp:[::1]:6379", &[tcp(None, "[::1]:6379")], &[tcp(None, "127.0.0.1:6379")]);
    check(
        "tcp-listen:127.0.0.1:*",
        &[socket(Capability::TcpListen, None, "127.0.0.1:1")],
        &[socket(Capability::TcpListen, None, "0.0.0.0:1"), tcp(None, "127.0.0.1:1")],
    );
    check("tcp:10.0.0.0/8:443", &[tcp(None, "10.9.8.7:443")], &[tcp(None, "11.0.0.1:443"), tcp(None, "10.0.0.1:80")]);
    check("tcp:[fd00::/8]:*", &[tcp(None, "[fd12::1]:443")], &[tcp(None, "[fe80::1]:443")]);
    check(
        "udp:127.0.0.1:53",
        &[socket(Capability::UdpSend, None, "127.0.0.1:53")],
        &[socket(Capability::UdpReceive, None, "127.0.0.1:53"), socket(Capability::UdpBind, None, "127.0.0.1:53")],
    );
}

#[test]
fn translated_addresses_are_allowed_by_themselves_only() {
    let translated = ["[64:ff9b::7f00:1]:1", "[2002:7f00:1::]:1", "[2001:0:4136:e378:8000:63bf:80ff:fffe]:1"];
    let requests = translated.map(|address| tcp(None, address));
    for text in ["tcp:127.0.0.1:*", "tcp:127.0.0.0/8:*", "tcp:[::/0]:*", "tcp:@loopback:*"] {
        check(text, &[], &requests);
    }
    for (address, request) in translated.iter().zip(&requests) {
        check(&format!("tcp:{address}"), from_ref(request), &[tcp(None, "127.0.0.1:1")]);
        check("tcp:*", from_ref(request), &[]);
        assert!(rule("tcp:@loopback:*").forbids(request), "denying is wide: {address}");
    }
    assert!(rule("tcp:127.0.0.1:*").forbids(&requests[0]), "and looks at what is spelled");
}

#[test]
fn classes_of_addresses() {
    check(
        "tcp:@loopback:*",
        &[
            tcp(None, "127.0.0.1:1"),
            tcp(None, "[::1]:2"),
            tcp(Some("x.example"), "127.9.9.9:3"),
            tcp(None, "0.0.0.0:1"),
            tcp(None, "[::]:1"),
        ],
        &[tcp(None, "10.0.0.1:1"), tcp(Some("localhost"), "8.8.8.8:1")],
    );
    check(
        "tcp-listen:@loopback:*",
        &[socket(Capability::TcpListen, None, "127.0.0.1:1")],
        &[socket(Capability::TcpListen, None, "0.0.0.0:1"), socket(Capability::TcpListen, None, "[::]:1")],
    );
    check("tcp:@internet:443", &[tcp(Some("a.example"), "8.8.8.8:443")], &[tcp(None, "169.254.169.254:443")]);
}

#[test]
fn names_lead_to_the_internet_unless_the_rule_says_otherwise() {
    check(
        "tcp:db.internal:5432",
        &[tcp(Some("db.internal"), "8.8.8.8:5432"), tcp(Some("DB.internal."), "8.8.8.8:5432")],
        &[
            tcp(Some("db.internal"), "10.0.0.1:5432"),
            tcp(Some("db.internal"), "127.0.0.1:5432"),
            tcp(None, "8.8.8.8:5432"),
        ],
    );
    check(
        "tcp:db.internal@private:5432",
        &[tcp(Some("db.internal"), "10.0.0.1:5432")],
        &[
            tcp(Some("db.internal"), "8.8.8.8:5432"),
            tcp(Some("db.internal"), "127.0.0.1:5432"),
            tcp(Some("other.internal"), "10.0.0.1:5432"),
        ],
    );
    check(
        "tcp:localhost:*",
        &[tcp(Some("localhost"), "127.0.0.1:1"), tcp(Some("localhost"), "[::1]:1")],
        &[tcp(Some("localhost"), "8.8.8.8:1"), tcp(None, "127.0.0.1:1")],
    );
}

#[test]
fn suffixes_cover_what_is_below_and_nothing_else() {
    let names = ["example.com.evil.com", "evilexample.com", "example.com", ".example.com", "com"];
    let others: Vec<Request> = names.iter().flat_map(|name| [tcp(Some(name), "8.8.8.8:443"), dns(name)]).collect();
    check(
        "tcp:*.example.com:443",
        &[tcp(Some("a.example.com"), "8.8.8.8:443"), tcp(Some("a.b.example.com."), "8.8.8.8:443")],
        &others,
    );
    check("dns:*.example.com", &[dns("a.example.com"), dns("A.EXAMPLE.COM.")], &others);
    check("dns:example.com", &[dns("example.com"), dns("example.com.")], &[dns("a.example.com"), dns("example.org")]);
}

#[test]
fn urls_hold_on_the_borders_of_segments() {
    check(
        "http:https://api.example.com/v1",
        &[
            http("https://api.example.com/v1", None),
            http("https://api.example.com/v1/x?y", None),
            http("https://api.example.com:443/v1/", Some("8.8.8.8")),
            http("https://API.example.com./v1/%61", None),
            url(Capability::Http, "POST", "https://api.example.com/v1", None),
        ],
        &[
            http("https://api.example.com/v10", None),
            http("https://api.example.com/", None),
            http("http://api.example.com/v1", None),
            http("https://api.example.com:8443/v1", None),
            http("https://api.example.com.evil.com/v1", None),
            http("https://user@api.example.com/v1", None),
            http("https://api.example.com@evil.com/v1", None),
            http("https://api.example.com/v1/../v2", None),
            http("https://api.example.com/v1/%2e%2e/v2", None),
            http("https://api.example.com/v1/..%2fv2", None),
            http("https://api.example.com/v1/..%252fv2", None),
            http("https://api.example.com/v1/", Some("127.0.0.1")),
            url(Capability::WebSocket, "GET", "wss://api.example.com/v1", None),
        ],
    );
    check(
        "http:GET https://a.example/",
        &[http("https://a.example/b", None)],
        &[url(Capability::Http, "POST", "https://a.example/", None)],
    );
    check(
        "http:GET *",
        &[http("http://b.example/", None)],
        &[url(Capability::Http, "POST", "http://b.example/", None)],
    );
    check(
        "ws:wss://a.example/",
        &[url(Capability::WebSocket, "GET", "wss://a.example/x", None)],
        &[url(Capability::WebSocket, "GET", "ws://a.example/x", None)],
    );
}

#[test]
fn a_local_url_needs_the_address_or_the_class() {
    let first = http("http://db.example:8080/", None);
    let second = http("http://db.example:8080/", Some("127.0.0.1"));
    check("http:http://db.example:8080/", from_ref(&first), from_ref(&second));
    check("http:http://127.0.0.1:8080/", &[second.clone(), http("http://2130706433:8080/", None)], from_ref(&first));
    check("http:http://@loopback:8080/", &[second.clone(), http("http://localhost:8080/", None)], from_ref(&first));
    check(
        "http:http://db.example@loopback:8080/",
        &[first, second],
        &[http("http://db.example:8080/", Some("10.0.0.1")), http("http://other.example:8080/", None)],
    );
    check(
        "http:http://localhost:*/",
        &[http("http://localhost:1/", Some("::1")), http("http://localhost/", None)],
        &[],
    );
}

#[test]
fn providers_models_and_stores() {
    check(
        "oauth:github",
        &[provider(Capability::OAuth, "github")],
        &[provider(Capability::OAuth, "gitlab"), provider(Capability::Models, "github")],
    );
    check("models", &[provider(Capability::Models, "gpt-x")], &[provider(Capability::OAuth, "gpt-x")]);
    check("models:gpt-x", &[provider(Capability::Models, "gpt-x")], &[provider(Capability::Models, "gpt")]);
    let own = |capability| request(capability, Target::Own);
    check("storage", &[own(Capability::StorageRead), own(Capability::StorageWrite)], &[own(Capability::Cache)]);
    check(
        "network",
        &[tcp(None, "127.0.0.1:1"), dns("a.example"), http("http://a.example/", None)],
        &[own(Capability::Cache), provider(Capability::OAuth, "github")],
    );
    for capability in [Capability::Variables, Capability::Cache, Capability::Streaming] {
        check(capability.name(), &[own(capability)], &[own(Capability::StorageRead)]);
        check("all", &[own(capability)], &[]);
    }
}

#[test]
fn a_denied_name_is_denied_wherever_it_leads() {
    let denied = rule("tcp:db.example:*");
    for address in ["8.8.8.8:1", "127.0.0.1:1", "10.0.0.1:1"] {
        assert!(denied.forbids(&tcp(Some("db.example"), address)), "{address}");
    }
    let user_info = http("https://user:word@a.example/", None);
    assert!(rule("http:https://a.example/").forbids(&user_info), "user information is no way around a rule");
    let local = rule("http:http://a.example@loopback/");
    assert!(!local.forbids(&http("http://a.example/", None)), "the second question can still be denied");
    assert!(local.forbids(&http("http://a.example/", Some("127.0.0.1"))), "and is");
    assert!(
        rule("http:http://@internet/").forbids(&http("http://a.example/", None)),
        "no second question follows for the internet"
    );
}

#[test]
fn one_text_for_each_rule() {
    let table = [
        ("tcp:127.0.0.1:6379", "tcp:127.0.0.1:6379"),
        ("tcp:0x7f.1:80", "tcp:127.0.0.1:80"),
        ("tcp:2130706433:80", "tcp:127.0.0.1:80"),
        ("tcp:[::ffff:127.0.0.1]:80", "tcp:127.0.0.1:80"),
        ("tcp:[0:0::1]:6379", "tcp:[::1]:6379"),
        ("tcp:*:*", "tcp:*"),
        ("tcp:*:443", "tcp:*:443"),
        ("tcp:*.Example.COM.:443", "tcp:*.example.com:443"),
        ("tcp:bücher.example:443", "tcp:xn--bcher-kva.example:443"),
        ("tcp:10.1.2.3/8:*", "tcp:10.0.0.0/8:*"),
        ("tcp:[fd00::1/8]:1", "tcp:[fd00::/8]:1"),
        ("udp:@loopback:*", "udp:@loopback:*"),
        ("dns:*", "dns:*"),
        ("http:*", "http:*"),
        ("http:GET *", "http:GET *"),
        ("http:https://api.example.com", "http:https://api.example.com/"),
        ("http:https://api.example.com:443/a/../b", "http:https://api.example.com:443/b"),
        ("http:http://api.example.com:443/", "http:http://api.example.com:443/"),
        ("http:GET https://*.example.com:*/v1/", "http:GET https://*.example.com:*/v1/"),
        ("http:http://[::1]:80/", "http:http://[::1]:80/"),
        ("http:http://127.0.0.1/private/*", "http:http://127.0.0.1/private/"),
        ("http:http://127.0.0.1/*", "http:http://127.0.0.1/"),
        ("http:http://a.example/**", "http:http://a.example/"),
        ("http:http://a.example/a%2ab", "http:http://a.example/a%2Ab"),
        ("http:http://[10.0.0.0/8]:*/", "http:http://[10.0.0.0/8]:*/"),
        ("http:http://[fd00::/8]/x", "http:http://[fd00::/8]/x"),
        ("http:http://127.0.0.1:80/8", "http:http://127.0.0.1:80/8"),
        ("tcp:[::ffff:10.0.0.0/104]:*", "tcp:10.0.0.0/8:*"),
        ("network:http", "http:*"),
        ("network:tcp", "network:tcp"),
        ("network:udp", "network:udp"),
        ("network:dns", "dns:*"),
        ("network:websocket", "websocket:*"),
        ("storage:read", "storage-read"),
        ("storage:write", "storage-write"),
        ("http:http://db@private/", "http:http://db@private/"),
        ("ws:wss://host/", "websocket:wss://host/"),
        ("oauth", "oauth:*"),
        ("oauth:git hub", "oauth:git%20hub"),
        ("models:*", "models"),
        ("models:gpt-x", "models:gpt-x"),
        (" all ", "all"),
        ("network", "network"),
        ("storage-read", "storage-read"),
    ];
    for (text, shown) in table {
        assert_eq!(rule(text).to_string(), shown, "{text}");
        assert_eq!(rule(shown), rule(text), "{shown} says the same as {text}");
    }
}

#[test]
fn what_is_no_rule_is_told_what_to_write() {
    let table = [
        ("", "is not a kind of permission; use one of tcp"),
        ("tpc:127.0.0.1:1", "\"tpc\" is not a kind of permission"),
        ("websockets:wss://a.example/", "write \"websocket:wss://a.example/\""),
        ("TCP:127.0.0.1:1", "write \"tcp:127.0.0.1:1\""),
        ("tcp", "the address is missing"),
        ("tcp:", "the address is missing"),
        ("tcp:example.com", "the port is missing; write \"tcp:example.com:443\""),
        ("tcp:[::1]", "the port is missing; write \"tcp:[::1]:443\""),
        ("tcp:::1:80", "an IPv6 address needs brackets; write \"tcp:[::1]:80\""),
        ("tcp:fe80::1:2:3:4:5:6", "write \"tcp:[fe80::1:2:3:4:5]:6\""),
        ("tcp:[fd00::]/8:443", "write \"tcp:[fd00::/8]:443\""),
        ("tcp:[::g]:80", "is not an IPv6 address"),
        ("tcp:example.com:http", "\"http\" is not a port"),
        ("tcp:example.com:+80", "is not a port"),
        ("tcp:example.com:65536", "is not a port"),
        ("tcp:example.com:80-90", "is not one port; write a rule for each"),
        ("tcp:exa mple.com:80", "is not a host name"),
        ("tcp:a*.example.com:80", "a \"*\" can only be alone or at the start"),
        ("tcp:*.10.0.0.1:80", "needs a name behind it"),
        ("tcp:10.0.0.0/33:80", "is not a network"),
        ("tcp:@lan:80", "is not a class of addresses; use one of loopback"),
        ("tcp:127.0.0.1@loopback:80", "an address has its class already"),
        ("dns:", "the name is missing"),
        ("dns:127.0.0.1", "a look-up is of a name"),
        ("dns:a.example@private", "a look-up is of a name"),
        ("http:api.example.com", "it is not a whole URL; write \"http:https://api.example.com/\""),
        ("http:ftp://example.com/", "\"ftp\" is not a scheme for it"),
        ("websocket:https://example.com/", "write \"websocket:wss://example.com/\""),
        ("http:ws://example.com/x", "write \"websocket:ws://example.com/x\""),
        (
            "http:https://user:word@example.com/",
            "user information is never allowed; write \"http:https://example.com/\"",
        ),
        ("http:https://example.com/?q", "a path and what is below it; write \"http:https://example.com/\""),
        ("http:get https://example.com/", "\"get\" is not a method; write \"http:GET https://example.com/\""),
        ("websocket:GET wss://example.com/", "only \"http\" rules have a method"),
        ("oauth:", "the name is missing"),
        ("oauth:%zz", "broken \"%\" code"),
        ("oauth:goo*", "a \"*\" can only be alone"),
        ("cache:x", "takes no target; write \"cache\""),
        ("all:x", "takes no target; write \"all\""),
    ];
    for (text, expected) in table {
        let error = text.parse::<Rule>().expect_err("no rule").to_string();
        assert!(error.contains(expected), "{text:?} says {error:?}, expected {expected:?}");
    }
    assert!("tcp:".repeat(10_000).parse::<Rule>().is_err(), "endless texts are refused");
}

fn any_class() -> BoxedStrategy<AddressClass> {
    prop::sample::select(AddressClass::ALL.to_vec()).boxed()
}

fn any_name() -> BoxedStrategy<String> {
    prop_oneof![
        Just("localhost".to_owned()),
        Just("a.example".to_owned()),
        Just("b.a.example".to_owned()),
        "[a-z]([a-z0-9-]{0,6}[a-z0-9])?(\\.[a-z]{2,5}){0,2}",
    ]
    .prop_filter("names that are addresses", |name| {
        crate::permission::address::literal(name).is_none() && !name.contains("xn--")
    })
    .boxed()
}

/// Addresses of all classes, often the same.
pub(in crate::permission) fn any_address() -> BoxedStrategy<IpAddr> {
    let known = [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "10.0.0.1",
        "8.8.8.8",
        "169.254.169.254",
        "0.0.0.0",
        "fd00::1",
    ];
    prop_oneof![
        3 => prop::sample::select(known.to_vec()).prop_map(|text| text.parse().expect("an address")),
        1 => any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits))),
        1 => any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from(bits))),
    ]
    .boxed()
}

fn any_port() -> BoxedStrategy<u16> {
    prop_oneof![Just(80), Just(443), any::<u16>()].boxed()
}

fn any_path() -> BoxedStrategy<String> {
    prop_oneof![Just("/".to_owned()), Just("/v1".to_owned()), "(/[a-z0-9 %~._é]{0,5}){1,3}"].boxed()
}

fn any_url(schemes: [&'static str; 2]) -> BoxedStrategy<Url> {
    let host = prop_oneof![
        any_name(),
        any_address().prop_map(|address| match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        })
    ];
    (prop::sample::select(schemes.to_vec()), host, prop::option::of(any_port()), any_path())
        .prop_filter_map("no URL", |(scheme, host, port, path)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{scheme}://{host}{port}{path}").parse().ok()
        })
        .boxed()
}

/// Requests as the mechanisms make them.
pub(in crate::permission) fn any_request() -> BoxedStrategy<Request> {
    let sockets = prop::sample::select(vec![
        Capability::TcpConnect,
        Capability::TcpListen,
        Capability::UdpBind,
        Capability::UdpSend,
        Capability::UdpReceive,
    ]);
    let socket = (sockets, prop::option::of(any_name()), any_address(), any_port()).prop_map(
        |(capability, host, address, port)| {
            let is_own = matches!(capability, Capability::TcpListen | Capability::UdpBind);
            let host = host.filter(|_| !is_own);
            request(capability, Target::Socket { host, address: SocketAddr::new(address, port) })
        },
    );
    let method = prop::sample::select(vec!["GET", "POST", "HEAD"]);
    let http =
        (method, any_url(["http", "https"]), prop::option::of(any_address())).prop_map(|(method, url, address)| {
            let address = if matches!(url.host(), Some(::url::Host::Domain(_))) { address } else { None };
            request(Capability::Http, Target::Url { method: method.to_owned(), url, address })
        });
    let websocket = any_url(["ws", "wss"])
        .prop_map(|url| request(Capability::WebSocket, Target::Url { method: "GET".to_owned(), url, address: None }));
    let provider = (prop::sample::select(vec![Capability::OAuth, Capability::Models]), any::<String>())
        .prop_filter("bounded", |(_, name)| name.len() <= 1024)
        .prop_map(|(capability, name)| provider(capability, &name));
    let own = prop::sample::select(Capability::ALL.to_vec())
        .prop_filter("low-risk", |capability| !capability.asks())
        .prop_map(|capability| request(capability, Target::Own));
    prop_oneof![4 => socket, 2 => any_name().prop_map(|name| dns(&name)), 4 => http, 2 => websocket, 1 => provider, 1 => own].boxed()
}

fn any_host() -> BoxedStrategy<HostPattern> {
    prop_oneof![
        Just(HostPattern::Any),
        (any_name(), prop::option::of(any_class())).prop_map(|(name, class)| HostPattern::Name { name, class }),
        (any_name(), prop::option::of(any_class())).prop_map(|(suffix, class)| HostPattern::Suffix { suffix, class }),
        any_address().prop_map(|address| HostPattern::Address(address.to_canonical())),
        (any_address(), 0_u8..=32).prop_map(|(address, length)| {
            HostPattern::of_network(ipnet::IpNet::new(address, length).expect("a network"))
        }),
        any_class().prop_map(HostPattern::Class),
    ]
    .boxed()
}

/// Rules of all kinds, made of the same few names, addresses and ports as the requests.
pub(in crate::permission) fn any_rule() -> BoxedStrategy<Rule> {
    let location = |schemes: [&'static str; 2]| {
        let port = prop_oneof![Just(UrlPort::Unsaid), Just(UrlPort::Any), any_port().prop_map(UrlPort::Only)];
        (prop::sample::select(schemes.to_vec()), any_host(), port, any_url(schemes)).prop_map(
            |(scheme, host, port, url)| {
                // Without a port, an address with such a path is taken for a network.
                let is_number = url.path().trim_matches('/').bytes().all(|byte| byte.is_ascii_digit());
                let port = if is_number && port == UrlPort::Unsaid { UrlPort::Any } else { port };
                Location { scheme: scheme.to_owned(), host, port, path: Path::new(url.path()) }
            },
        )
    };
    let sockets = prop::sample::select(vec![Capability::TcpConnect, Capability::TcpListen, Capability::UdpSend]);
    let names = any_host().prop_filter("names", |host| {
        matches!(
            host,
            HostPattern::Any | HostPattern::Name { class: None, .. } | HostPattern::Suffix { class: None, .. }
        )
    });
    let method = prop::option::of(prop::sample::select(vec!["GET".to_owned(), "POST".to_owned()]));
    prop_oneof![
        1 => prop::sample::select(
            ["all", "network", "storage", "network:tcp", "network:udp"].map(rule).to_vec(),
        ),
        1 => prop::sample::select(Capability::ALL.to_vec()).prop_map(Rule::any),
        4 => (sockets, any_host(), prop::option::of(any_port()))
            .prop_filter("no sockets on names", |(capability, host, _)| {
                *capability != Capability::TcpListen
                    || !matches!(host, HostPattern::Name { .. } | HostPattern::Suffix { .. })
            })
            .prop_map(|(capability, host, port)| Rule::socket(capability, host, port)),
        2 => names.prop_map(Rule::name),
        4 => (method, prop::option::of(location(["http", "https"])))
            .prop_map(|(method, location)| Rule::url(Capability::Http, method, location)),
        2 => prop::option::of(location(["ws", "wss"]))
            .prop_map(|location| Rule::url(Capability::WebSocket, None, location)),
        1 => any::<String>().prop_map(|name| Rule::provider(Capability::OAuth, &name)),
    ]
    .boxed()
}

proptest! {
    #[test]
    fn the_text_form_round_trips(rule in any_rule()) {
        let text = rule.to_string();
        prop_assert_eq!(text.parse::<Rule>(), Ok(rule), "{}", text);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(tcp|udp|dns|http|ws|oauth|all)?:?.{0,40}") {
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule), "{}", text);
        }
    }

    #[test]
    fn what_is_covered_is_forbidden(rule in any_rule(), request in any_request()) {
        prop_assert!(!rule.covers(&request) || rule.forbids(&request) || !leads_somewhere(&request));
    }
}
