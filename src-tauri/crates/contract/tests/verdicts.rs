//! Verdicts of Flow-Like's readers, lint and hosts, one document or call each: `verdicts.json`.

use contract::Verdict;
use serde_json::{Value, json};

fn cases(area: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(include_str!("verdicts.json")).expect("the cases are JSON");
    let cases: Vec<Value> = all.into_iter().filter(|case| case["area"] == area).collect();
    assert!(!cases.is_empty(), "there are cases for {area}");
    cases
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn same(case: &Value, found: &Verdict, wanted: &Value) {
    assert_eq!(Value::from(found.accept), wanted["accept"], "{}: {found:?}", case["id"]);
    assert_eq!(json!(found.message), wanted["message"], "{}", case["id"]);
    assert_eq!(found.reason.is_some(), !found.accept, "{}: a refusal has a reason, and only a refusal", case["id"]);
}

#[test]
fn definitions() {
    for case in cases("definition") {
        let found = contract::definition(text(&case["input"]));
        same(&case, &found.component, &case["component"]);
        assert_eq!(json!(found.component.nodes), case["component"]["nodes"], "{}", case["id"]);
        same(&case, &found.core_get_node, &case["core_get_node"]);
        same(&case, &found.core_get_nodes, &case["core_get_nodes"]);
    }
}

#[test]
fn results() {
    for case in cases("result") {
        same(&case, &contract::result(text(&case["input"])), &case);
    }
}

#[test]
fn manifests() {
    for case in cases("manifest") {
        same(&case, &contract::manifest(text(&case["input"])), &case);
    }
}

#[test]
fn queries_and_handles() {
    for case in cases("db_query") {
        same(&case, &contract::query(text(&case["input"])), &case);
    }
    for case in cases("db_handle") {
        same(&case, &contract::handle(text(&case["input"])), &case);
    }
}

#[test]
fn lint() {
    for case in cases("lint") {
        let found: Vec<Value> = contract::lint(&case["input"])
            .iter()
            .map(|issue| json!([issue.level.name(), issue.rule, issue.pin]))
            .collect();
        assert_eq!(Value::from(found), case["issues"], "{}", case["id"]);
    }
}

#[test]
fn predictions() {
    for case in cases("predict") {
        let found = contract::predict_line(&case["input"].to_string()).expect("a call");
        assert_eq!(found.answer.to_string(), text(&case["result"]), "{}: {}", case["id"], found.rule);
        assert!(!found.rule.is_empty(), "{} names its rule", case["id"]);
    }
}

fn websocket(allowed_hosts: &Value, url: &Value, headers: &str) -> String {
    let line = json!({
        "profile": "desktop", "permissions": ["network:websocket"], "allowed_hosts": allowed_hosts,
        "call": "ws", "arg": [url, headers],
    });
    contract::predict_line(&line.to_string()).expect("a call").answer.to_string()
}

#[test]
fn websocket_headers_and_hosts() {
    for case in cases("ws_headers") {
        let found = websocket(&Value::Null, &json!("ws://example.org"), text(&case["input"]));
        assert_eq!(found, text(&case["result"]), "{}", case["id"]);
    }
    // An empty list reaches no host in the reader itself; of a manifest, which a prediction starts from, it is every host.
    for case in cases("ws_allowed_hosts").iter().filter(|case| case["input"]["allowed_hosts"] != json!([])) {
        let found = websocket(&case["input"]["allowed_hosts"], &case["input"]["url"], "{}");
        assert_eq!(found, text(&case["result"]), "{}", case["id"]);
    }
}

#[test]
fn egress() {
    for case in cases("egress_ip") {
        let address = text(&case["input"]).parse().expect("an address");
        assert_eq!(Value::from(policy::is_blocked_address(address)), case["blocked"], "{}", case["id"]);
    }
}
