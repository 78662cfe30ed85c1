//! What rules mean, in both directions: an allow never covers more than its words, a deny never less.

use super::*;

/// Ways to say 127.0.0.1 or to reach it.
const HERE: [&str; 14] = [
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",
    "0",
    "[::]",
    "[::1]",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
];

#[test]
fn f41_a_denied_machine_is_denied_in_every_spelling() {
    for rule_text in ["127.0.0.1", "[::1]", "@loopback", "localhost", "[127.0.0.0/8]", "0.0.0.0", "[::]"] {
        for host in HERE {
            let denied = rule(&format!("http:http://{rule_text}:*/"));
            assert!(denied.forbids(&http(&format!("http://{host}:8080/"), None)), "{rule_text} denies {host}");
            let under = rule(&format!("tcp:{rule_text}:8080"));
            assert!(under.forbids(&http(&format!("http://{host}:8080/"), None)), "TCP to {rule_text} denies {host}");
            let socket = url(Capability::WebSocket, "GET", &format!("ws://{host}:8080/"), None);
            assert!(denied.forbids(&socket) && under.forbids(&socket), "{rule_text} denies WebSockets to {host}");
            assert!(!under.forbids(&http(&format!("http://{host}:8081/"), None)), "another port is another rule");
        }
    }
}

#[test]
fn f41_an_unspecified_address_is_this_machine() {
    for host in ["0.0.0.0", "0", "[::]", "[::ffff:0.0.0.0]"] {
        let asked = http(&format!("http://{host}:8080/"), None);
        assert_eq!(known_class(&asked), Some(AddressClass::Loopback), "{host}");
        assert!(!rule("http:http://@internet:*/").covers(&asked) && !rule("http:http://127.0.0.1:*/").covers(&asked));
    }
    let every = socket(Capability::TcpListen, None, "0.0.0.0:80");
    assert_eq!(known_class(&every), Some(AddressClass::Reserved), "to listen on it is to listen on all");
    assert!(rule("tcp-listen:127.0.0.1:80").forbids(&every) && rule("tcp-listen:@private:80").forbids(&every));
    let local = socket(Capability::TcpListen, None, "127.0.0.1:80");
    assert!(!rule("tcp-listen:0.0.0.0:80").forbids(&local), "listening on one address is not listening on all");
}

#[test]
fn f04_a_denied_address_is_denied_by_every_name() {
    for (rule_text, address) in [
        ("http:http://10.0.0.1:*/", "10.0.0.1"),
        ("http:http://10.0.0.1/", "::ffff:10.0.0.1"),
        ("http:http://[10.0.0.0/8]:*/", "10.9.9.9"),
        ("http:http://@private:*/", "10.0.0.1"),
        ("http:http://8.8.8.8/", "8.8.8.8"),
        ("http:http://8.8.8.8/", "64:ff9b::808:808"),
        ("http:http://127.0.0.1:*/", "0.0.0.0"),
        ("tcp:10.0.0.0/8:*", "2002:a00:1::"),
    ] {
        let asked = http("http://a.example:8080/x", Some(address));
        assert!(rule(rule_text).forbids(&asked), "{rule_text} denies a name that leads to {address}");
    }
}

#[test]
fn f06_a_denied_layer_denies_what_runs_over_it() {
    let web = http("https://a.example/x", Some("8.8.8.8"));
    let socket = url(Capability::WebSocket, "GET", "wss://a.example/x", Some("8.8.8.8"));
    for text in ["tcp:*", "tcp:@internet:*", "tcp:8.8.8.8:443", "tcp:a.example:443", "dns:*", "dns:a.example", "http:*"]
    {
        let denied = rule(text);
        assert!(denied.forbids(&web) && denied.forbids(&socket), "{text}");
        assert_eq!(denied.covers(&web), text == "http:*", "{text} allows only what it says");
        assert!(!denied.covers(&socket), "{text}");
    }
    for text in ["network:tcp", "network", "all", "http:https://a.example/x", "http:GET *"] {
        assert!(rule(text).forbids(&web) && rule(text).forbids(&socket), "{text}");
    }
    for text in ["udp:*", "network:udp", "tcp:a.example:80", "tcp-listen:*", "dns:b.example", "http:POST *"] {
        assert!(!rule(text).forbids(&web) && !rule(text).forbids(&socket), "{text}");
    }
    assert!(!rule("websocket:*").forbids(&web), "HTTP needs no WebSocket");
    assert!(!rule("dns:*").forbids(&http("http://8.8.8.8/", None)), "an address is not looked up");
}

#[test]
fn f05_what_could_never_match_is_refused_or_means_something() {
    let private = rule("http:http://127.0.0.1:18099/private/*");
    assert!(private.covers(&http("http://127.0.0.1:18099/private/x", None)));
    assert!(private.forbids(&http("http://127.0.0.1:18099/private/x", None)));
    assert!(!private.forbids(&http("http://127.0.0.1:18099/public", None)));

    let unsaid = rule("http:http://127.0.0.1/");
    assert!(!unsaid.covers(&http("http://127.0.0.1:18099/", None)), "to allow, no port is the usual port");
    assert!(unsaid.forbids(&http("http://127.0.0.1:18099/", None)), "to deny, it is any port");
    assert!(!rule("http:http://127.0.0.1:80/").forbids(&http("http://127.0.0.1:18099/", None)));

    for (text, expected) in [
        ("http:http://a.example/*/x", "is not a pattern; write each path by itself"),
        ("http:http://a.example/pre*", "is not a pattern; write each path by itself"),
        ("http:http://a.example/a/b*c/d", "is not a pattern; write each path by itself"),
        ("http:http://10.0.0.0/8", "write \"http:http://[10.0.0.0/8]:*/\" for the network"),
        ("http:http://10.0.0.0/8/", "could be a network or a path"),
        ("http:http://10.0.0.0/8:8080/", "could be a network or a path"),
        ("websocket:ws://[fd00::]/8", "write \"websocket:ws://[fd00::/8]:*/\" for the network"),
        ("tcp-listen:localhost:8080", "write \"tcp-listen:127.0.0.1:8080\""),
        ("udp-bind:*.example.com:53", "never on names"),
        ("models:gpt-*", "a \"*\" can only be alone"),
    ] {
        let error = text.parse::<Rule>().expect_err("no rule").to_string();
        assert!(error.contains(expected), "{text:?} says {error:?}, expected {expected:?}");
    }
}

#[test]
fn f07_labels_are_taken_as_what_they_say() {
    let listen = socket(Capability::TcpListen, None, "127.0.0.1:1");
    check("network:tcp", &[tcp(None, "8.8.8.8:1"), listen], &[dns("a.example"), http("http://a.example/", None)]);
    let udp = [Capability::UdpBind, Capability::UdpSend, Capability::UdpReceive];
    check("network:udp", &udp.map(|capability| socket(capability, None, "8.8.8.8:1")), &[tcp(None, "8.8.8.8:1")]);
    check("network:http", &[http("http://a.example/", None)], &[tcp(None, "8.8.8.8:1"), dns("a.example")]);
    for (text, expected) in [
        ("network:https", "write \"network:http\""),
        ("network:tcp:127.0.0.1:80", "write \"tcp:127.0.0.1:80\""),
        ("network:x", "write one of network:http, network:tcp"),
        ("storage:reed", "write \"storage:read\""),
        ("storage:x", "write one of storage:read, storage:write"),
    ] {
        let error = text.parse::<Rule>().expect_err("no rule").to_string();
        assert!(error.contains(expected), "{text:?} says {error:?}, expected {expected:?}");
        assert!(
            !error.contains("write \"network\"") && !error.contains("without a target"),
            "{error:?} is a wider rule"
        );
    }
}

#[test]
fn f08_a_near_miss_is_told_what_was_meant() {
    for (text, meant) in [
        ("tcp-listen:8080", "tcp-listen:127.0.0.1:8080"),
        ("tcp:8080", "tcp:127.0.0.1:8080"),
        ("tcp::8080", "tcp:127.0.0.1:8080"),
        ("dns:example.com:53", "dns:example.com"),
        ("dns:8.8.8.8:53", "udp:8.8.8.8:53"),
        ("dns:https://example.com/", "dns:example.com"),
        ("tcp://127.0.0.1:80", "tcp:127.0.0.1:80"),
        ("tcp://127.0.0.1:80/", "tcp:127.0.0.1:80"),
        ("udp://[::1]:53", "udp:[::1]:53"),
        ("tcp:https://example.com/", "tcp:example.com:443"),
        ("tcp:example.com/x:80", "tcp:example.com:443"),
        ("https://example.com/v1/", "http:https://example.com/v1/"),
        ("http://example.com", "http:http://example.com/"),
        ("wss://example.com/", "websocket:wss://example.com/"),
        ("GET https://example.com/", "http:GET https://example.com/"),
        ("http:example.com", "http:https://example.com/"),
        ("http:localhost:8080", "http:http://localhost:8080/"),
        ("http:127.0.0.1", "http:http://127.0.0.1/"),
        ("http:@loopback", "http:http://@loopback/"),
        ("http://::1:8080/", "http:http://[::1]:8080/"),
        ("example.com:443", "tcp:example.com:443"),
        ("example.com", "http:https://example.com/"),
        ("tcp: 127.0.0.1:80", "tcp:127.0.0.1:80"),
    ] {
        let error = text.parse::<Rule>().expect_err("no rule").to_string();
        assert!(error.contains(&format!("write \"{meant}\"")), "{text:?} says {error:?}, meant is {meant:?}");
        assert!(meant.parse::<Rule>().is_ok(), "{meant} is a rule");
    }
    for (text, first, second) in [
        ("tcp:127.0.0.1:80,udp:127.0.0.1:53", "tcp:127.0.0.1:80", "udp:127.0.0.1:53"),
        ("tcp:127.0.0.1:80 udp:127.0.0.1:53", "tcp:127.0.0.1:80", "udp:127.0.0.1:53"),
        ("http:https://a.example/,http:https://b.example/", "http:https://a.example/", "http:https://b.example/"),
        ("http:https://a.example/, https://b.example/", "http:https://a.example/", "http:https://b.example/"),
        ("dns:a.example, dns:b.example", "dns:a.example", "dns:b.example"),
        ("oauth:google,models", "oauth:google,models", ""),
    ] {
        match text.parse::<Rule>() {
            Ok(rule) => assert!(second.is_empty(), "{text:?} is {rule}"),
            Err(error) => {
                let error = error.to_string();
                let both = format!("write each rule by itself: \"{first}\" and \"{second}\"");
                assert!(error.contains(&both), "{text:?} says {error:?}");
            }
        }
    }
}

#[test]
fn rules_have_words_and_a_breadth() {
    use Breadth::{Everything, Host, Many, One};
    for (text, words, breadth) in [
        ("tcp:127.0.0.1:6379", "Only 127.0.0.1 port 6379", One),
        ("tcp:127.0.0.1:*", "127.0.0.1, any port", Host),
        ("tcp:@loopback:*", "Any loopback address", Many),
        ("tcp:[2001:db8::1]:443", "Only 2001:db8::1 port 443", One),
        ("tcp:cache.internal@private:6379", "Only cache.internal port 6379", One),
        ("udp:*.example.com@internet:53", "Any name below example.com, port 53", Many),
        ("udp:10.0.0.0/8:*", "Any address in 10.0.0.0/8", Many),
        ("tcp:*", "Any TCP connection", Everything),
        ("dns:example.com", "Only example.com", One),
        ("dns:*.example.com", "Any name below example.com", Many),
        ("dns:*", "Any name", Everything),
        ("http:GET https://api.example.com/v1", "GET https://api.example.com/v1 and below", One),
        ("http:GET https://api.example.com/", "GET https://api.example.com/ and below", Host),
        ("http:https://api.example.com/", "Anything at https://api.example.com", Host),
        ("http:http://localhost@loopback:8080/", "Anything at http://localhost:8080", Host),
        ("http:https://[::1]:8443/a", "https://[::1]:8443/a and below", One),
        ("http:https://api.example.com:*/", "api.example.com by https, any port", Host),
        ("http:https://@internet:*/", "Any address on the internet by https, any port", Many),
        ("http:GET *", "Any GET request", Everything),
        ("websocket:wss://example.com/", "Anything at wss://example.com", Host),
        ("oauth:git%20hub", "Only git hub", One),
        ("models", "Any model", Everything),
        ("all", "Everything", Everything),
        ("network:tcp", "Any TCP connection, and listening for them", Everything),
        ("http:http://127.0.0.1/", "Anything at http://127.0.0.1", Host),
        ("http:http://[10.0.0.0/8]:*/x", "Any address in 10.0.0.0/8 by http, any port, below /x", Many),
    ] {
        assert_eq!((rule(text).words().as_str(), rule(text).breadth()), (words, breadth), "{text}");
        assert!(!rule(text).as_allow().is_empty() && !rule(text).as_deny().is_empty());
    }
}

/// The README and the help say the same, and what they give as examples are rules.
#[test]
fn the_documents_say_what_rules_mean() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let tables = |path: &str| -> Vec<String> {
        let text = std::fs::read_to_string(here.join(path)).expect("the document can be read");
        let of_rules = |block: &&str| block.starts_with("| rule | as `--allow`") || block.starts_with("| in a rule |");
        text.split("\n\n").filter(of_rules).map(|block| block.trim_end().to_owned()).collect()
    };
    let (readme, help) = (tables("../../../README.md"), tables("../help/topics/rules.md"));
    assert_eq!(readme, help);
    assert_eq!(readme.len(), 2, "one table of kinds, one of hosts, ports and paths");
    let places = [("HOST:PORT", "127.0.0.1:80"), ("METHOD URL", "GET https://a.example/"), ("NAME", "a.example")];
    let mut tried = 0;
    for row in readme[0].lines().skip(2) {
        let cell = row.split('|').nth(1).unwrap_or_default();
        for text in cell.split('`').skip(1).step_by(2) {
            let text = places.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
            let url = if text.starts_with("websocket") { "wss://a.example/" } else { "https://a.example/" };
            let text = text.replace("URL", url).replace("PROVIDER", "google");
            assert!(text.parse::<Rule>().is_ok(), "\"{text}\" is a rule");
            tried += 1;
        }
    }
    assert!(tried > 20, "every form is tried: {tried}");
}
