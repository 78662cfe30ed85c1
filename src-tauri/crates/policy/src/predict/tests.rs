use super::*;

fn on(profile: Profile, declared: &[Label], hosts: Option<&[&str]>, call: &Call<'_>) -> String {
    let hosts: Option<Vec<String>> = hosts.map(|hosts| hosts.iter().map(|&host| host.to_owned()).collect());
    predict(&Situation { profile, declared, allowed_hosts: hosts.as_deref() }, call).answer.to_string()
}

const WS: [Label; 1] = [Label::NetworkWebsocket];

fn ws<'a>(url: &'a str, headers: &'a [(String, String)]) -> Call<'a> {
    Call::WsConnect { url, headers: Headers::Pairs(headers) }
}

#[test]
fn allowed_hosts_of_a_websocket_are_whole_names_without_ports() {
    for (hosts, url, expected) in [
        (vec!["example.org"], "ws://EXAMPLE.org:9", "try"),
        (vec!["Example.ORG"], "wss://example.org/x", "try"),
        (vec!["example.org:80"], "ws://example.org:80", "none:allowed_hosts"),
        (vec!["*.example.org"], "ws://a.example.org", "none:allowed_hosts"),
        (vec!["example.org"], "ws://a.example.org", "none:allowed_hosts"),
        (vec!["::1"], "ws://[::1]:80", "try"),
        (vec!["[::1]"], "ws://[::1]:80", "none:allowed_hosts"),
        (vec![], "ws://example.org", "try"),
    ] {
        assert_eq!(on(Profile::Desktop, &WS, Some(&hosts), &ws(url, &[])), expected, "{hosts:?} {url}");
    }
}

#[test]
fn the_checks_of_a_websocket_come_in_their_order() {
    let host = [("Host".to_owned(), "x".to_owned())];
    let desktop = |url, headers| on(Profile::Desktop, &WS, Some(&["a.org"]), &ws(url, headers));
    assert_eq!(desktop("http://a.org", &host), "none:url", "the scheme comes before all else");
    assert_eq!(desktop("ws://b.org", &host), "none:allowed_hosts", "the host comes before the headers");
    assert_eq!(desktop("ws://a.org", &host), "none:header-refused");
    assert_eq!(on(Profile::Server, &WS, None, &ws("ws://127.0.0.1", &host)), "none:header-refused");
    assert_eq!(on(Profile::Server, &WS, None, &ws("ws://127.0.0.1", &[])), "none:blocked-ip");
}

#[test]
fn headers_that_http_cannot_carry_are_refused() {
    for (name, value, expected) in [
        ("X-Ok", "v", "try"),
        ("Origin", "https://a", "try"),
        ("SEC-WEBSOCKET-EXTENSIONS", "x", "none:header-refused"),
        ("a b", "x", "none:headers"),
        ("", "x", "none:headers"),
        ("X", "a\r\nb", "none:headers"),
        ("X", "a\u{7f}", "none:headers"),
        ("X", "a\tb", "try"),
    ] {
        let pairs = [(name.to_owned(), value.to_owned())];
        assert_eq!(on(Profile::Desktop, &WS, None, &ws("ws://a.org", &pairs)), expected, "{name:?}: {value:?}");
    }
}

#[test]
fn every_spelling_of_this_machine_is_blocked_on_a_server() {
    for url in ["http://127.1/", "http://0x7f000001/", "http://0/", "http://[::ffff:127.0.0.1]/", "http://[::]/"] {
        let call = Call::Http { method: 0, url };
        assert_eq!(on(Profile::Server, &[Label::NetworkHttp], None, &call), "none:blocked-ip", "{url}");
    }
    for url in ["http://localhost/", "https://a.localhost/", "http://METADATA.google.internal/"] {
        let call = Call::Http { method: 0, url };
        assert_eq!(on(Profile::Device, &[Label::NetworkHttp], None, &call), "none:blocked-name", "{url}");
        assert_eq!(on(Profile::Desktop, &[Label::NetworkHttp], None, &call), "try", "{url}");
    }
}

#[test]
fn only_the_databases_own_labels_open_them() {
    for operation in [1, 2, 3, 7, 8, 20, 21, 22] {
        let call = Call::Database(operation);
        assert_eq!(on(Profile::Server, &[Label::DatabaseRead], None, &call), "try", "{operation}");
        assert_eq!(on(Profile::Server, &[Label::DatabaseWrite], None, &call), "none:permission", "{operation}");
        assert_eq!(on(Profile::Debug, &[Label::DatabaseRead], None, &call), "none:no-context", "{operation}");
    }
    for operation in [4, 5, 6] {
        assert_eq!(on(Profile::Server, &[Label::DatabaseWrite], None, &Call::Database(operation)), "try");
    }
    for operation in [0, -1, 9, 19, 23] {
        assert_eq!(on(Profile::Catalogue, &[], None, &Call::Database(operation)), "none:op", "{operation}");
    }
}

#[test]
fn each_profile_is_found_by_its_name() {
    for profile in Profile::ALL {
        assert_eq!(Profile::parse(profile.name()), Some(profile));
    }
    assert_eq!(Profile::parse("metadata"), Some(Profile::Extraction));
    assert_eq!(Profile::parse(""), None);
}

#[test]
fn nothing_is_granted_while_a_definition_is_read() {
    let everything = Label::ALL;
    for call in [Call::Http { method: 0, url: "http://a.org" }, Call::Model, Call::VariableGet, Call::StorageRead] {
        assert_eq!(on(Profile::Extraction, &everything, None, &call), "none:permission", "{call:?}");
    }
    assert_eq!(on(Profile::Extraction, &everything, None, &Call::WasiHttp { url: "http://a.org" }), "link-error");
}
