//! The policy as a table, and the properties that hold for all rules and requests.

use proptest::prelude::*;

use super::*;
use crate::permission::rule::tests::{any_address, any_request, any_rule, dns, rule, socket, tcp, url};

fn decide(deny: &[&str], allow: &[&str], grants: &[(&str, Decision)], request: &Request) -> (Verdict, Basis) {
    let deny: Vec<Rule> = deny.iter().map(|text| rule(text)).collect();
    let allow: Vec<Rule> = allow.iter().map(|text| rule(text)).collect();
    let grants: Vec<(Rule, Decision)> = grants.iter().map(|(text, decision)| (rule(text), *decision)).collect();
    let held: Vec<Held<'_>> =
        grants.iter().map(|(rule, decision)| Held { rule, decision: *decision, lifetime: Lifetime::Always }).collect();
    verdict(&Rules { deny: &deny, allow: &allow, grants: &held }, request)
}

fn own(capability: Capability) -> Request {
    Request { capability, target: Target::Own, call_site: Vec::new() }
}

#[test]
fn rules_beat_grants_and_denials_beat_permissions() {
    use Decision::{Allow, Deny};
    let redis = tcp(None, "127.0.0.1:6379");
    let grant = |text: &str| Basis::Grant { rule: rule(text), lifetime: Lifetime::Always };
    let table = [
        (decide(&[], &[], &[], &redis), (Verdict::Ask, Basis::Default)),
        (decide(&[], &["tcp:*"], &[], &redis), (Verdict::Allow, Basis::Rule(rule("tcp:*")))),
        (decide(&["all"], &["tcp:*"], &[], &redis), (Verdict::Deny, Basis::Rule(Rule::ALL))),
        (decide(&[], &["udp:*"], &[("tcp:*", Deny)], &redis), (Verdict::Deny, grant("tcp:*"))),
        (decide(&[], &["tcp:*"], &[("tcp:*", Deny)], &redis), (Verdict::Allow, Basis::Rule(rule("tcp:*")))),
        (decide(&["tcp:*"], &[], &[("tcp:*", Allow)], &redis), (Verdict::Deny, Basis::Rule(rule("tcp:*")))),
        (
            decide(&[], &[], &[("tcp:*", Allow), ("tcp:@loopback:*", Deny)], &redis),
            (Verdict::Deny, grant("tcp:@loopback:*")),
        ),
        (decide(&[], &[], &[("tcp:127.0.0.1:*", Allow)], &redis), (Verdict::Allow, grant("tcp:127.0.0.1:*"))),
    ];
    for (row, (found, expected)) in table.into_iter().enumerate() {
        assert_eq!(found, expected, "row {row}");
    }
}

#[test]
fn low_risk_is_allowed_until_a_rule_denies_it() {
    for capability in Capability::ALL.into_iter().filter(|capability| !capability.asks()) {
        assert_eq!(decide(&[], &[], &[], &own(capability)), (Verdict::Allow, Basis::LowRisk), "{}", capability.name());
        let (verdict, _) = decide(&[capability.name()], &[], &[], &own(capability));
        assert_eq!(verdict, Verdict::Deny, "{}", capability.name());
    }
}

#[test]
fn a_look_up_of_a_literal_address_asks_nothing() {
    assert_eq!(decide(&[], &[], &[], &dns("127.0.0.1")), (Verdict::Allow, Basis::LowRisk));
    assert_eq!(decide(&[], &[], &[], &dns("::1")), (Verdict::Allow, Basis::LowRisk));
    assert_eq!(decide(&[], &[], &[], &dns("localhost")).0, Verdict::Ask, "a name is asked for, whatever it says");
    assert_eq!(decide(&["dns:*"], &[], &[], &dns("127.0.0.1")).0, Verdict::Deny, "a rule still denies it");
}

#[test]
fn what_no_question_could_name_is_denied() {
    let bad = [
        dns("exa mple.com"),
        dns(""),
        dns(&"a".repeat(300)),
        dns("evil\u{202e}.com"),
        url(Capability::Http, "GET", "https://user@example.com/", None),
        url(Capability::Http, "GET", "ftp://example.com/", None),
        url(Capability::Http, "GET\r\n", "https://example.com/", None),
        url(Capability::WebSocket, "GET", "https://example.com/", None),
        tcp(Some("two words"), "8.8.8.8:1"),
        own(Capability::TcpConnect),
        Request { capability: Capability::Cache, ..dns("example.com") },
    ];
    for request in bad {
        assert_eq!(decide(&[], &["all"], &[], &request), (Verdict::Deny, Basis::Default), "{request:?}");
    }
}

#[test]
fn scopes_widen_from_the_request_to_its_kind() {
    let shown = |request: &Request| scopes(request).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown(&tcp(None, "127.0.0.1:6379")), ["tcp:127.0.0.1:6379", "tcp:127.0.0.1:*", "tcp:@loopback:*"]);
    assert_eq!(
        shown(&tcp(Some("db.internal"), "10.0.0.1:5432")),
        ["tcp:db.internal@private:5432", "tcp:db.internal@private:*", "tcp:@private:*"]
    );
    assert_eq!(
        shown(&tcp(Some("localhost"), "127.0.0.1:1")),
        ["tcp:localhost:1", "tcp:localhost:*", "tcp:@loopback:*"]
    );
    assert_eq!(shown(&dns("example.com")), ["dns:example.com", "dns:*"]);
    assert_eq!(
        shown(&url(Capability::Http, "GET", "https://api.example.com/v1?q=1", None)),
        [
            "http:GET https://api.example.com:443/v1",
            "http:https://api.example.com:443/",
            "http:https://api.example.com:*/",
            "http:https://@internet:*/"
        ]
    );
    assert_eq!(
        shown(&url(Capability::WebSocket, "GET", "ws://db.example:81/", Some("10.0.0.1"))),
        ["websocket:ws://db.example@private:81/", "websocket:ws://db.example@private:*/", "websocket:ws://@private:*/"]
    );
}

proptest! {
    #[test]
    fn deny_always_beats_allow(denied in any_rule(), allow in any_rule(), request in any_request()) {
        let held = Held { rule: &allow, decision: Decision::Allow, lifetime: Lifetime::Always };
        let deny = [denied.clone()];
        let allow = [allow.clone(), denied.clone()];
        let rules = Rules { deny: &deny, allow: &allow, grants: &[held] };
        if denied.forbids(&request) {
            prop_assert_eq!(verdict(&rules, &request).0, Verdict::Deny);
        }
    }

    #[test]
    fn an_allow_rule_changes_only_what_it_covers(
        before in any_rule(),
        deny in any_rule(),
        added in any_rule(),
        request in any_request(),
    ) {
        let deny = [deny];
        let few = [before.clone()];
        let more = [before, added.clone()];
        let old = verdict(&Rules { deny: &deny, allow: &few, grants: &[] }, &request);
        let new = verdict(&Rules { deny: &deny, allow: &more, grants: &[] }, &request);
        if !added.covers(&request) {
            prop_assert_eq!(old, new);
        } else {
            prop_assert!(old.0 == new.0 || new.0 == Verdict::Allow && old.0 == Verdict::Ask);
        }
    }

    #[test]
    fn every_scope_covers_its_question(request in any_request()) {
        let scopes = scopes(&request);
        prop_assert!(!scopes.is_empty());
        for scope in scopes {
            prop_assert!(scope.covers(&request), "{}", scope);
            prop_assert!(scope.to_string().parse() == Ok(scope.clone()), "{} cannot be stored", scope);
        }
    }

    #[test]
    fn scopes_stay_with_their_capability(request in any_request(), other in any_request()) {
        for scope in scopes(&request) {
            prop_assert!(request.capability == other.capability || !scope.covers(&other), "{}", scope);
        }
    }

    #[test]
    fn the_narrowest_socket_scope_keeps_its_port(address in any_address(), port: u16, other: u16) {
        prop_assume!(port != other);
        let at = |port| socket(Capability::UdpSend, None, &std::net::SocketAddr::new(address, port).to_string());
        let narrowest = scopes(&at(port)).into_iter().next();
        prop_assert!(narrowest.is_some_and(|scope| !scope.covers(&at(other))));
    }
}
