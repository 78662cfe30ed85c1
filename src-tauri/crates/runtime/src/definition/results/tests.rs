use proptest::prelude::*;

use super::*;

const NODE: &str = r#"{"name":"n","pins":[
    {"name":"exec","pin_type":"Input","data_type":"Exec"},
    {"name":"text","pin_type":"Input","data_type":"String"},
    {"name":"done","pin_type":"Output","data_type":"Exec"},
    {"name":"failed","pin_type":"Output","data_type":"Exec"},
    {"name":"count","pin_type":"Output","data_type":"I64"},
    {"name":"ratio","pin_type":"Output","data_type":"F64","range":[0,1]},
    {"name":"when","pin_type":"Output","data_type":"Date"},
    {"name":"color","pin_type":"Output","data_type":"String","valid_values":["red","green"]},
    {"name":"list","pin_type":"Output","data_type":"I64","value_type":"Array"},
    {"name":"set","pin_type":"Output","data_type":"String","value_type":"HashSet"},
    {"name":"map","pin_type":"Output","data_type":"Bool","value_type":"HashMap"},
    {"name":"any","pin_type":"Output","data_type":"Generic"},
    {"name":"bytes","pin_type":"Output","data_type":"Bytes"},
    {"name":"secret","pin_type":"Output","data_type":"I64","sensitive":true},
    {"name":"thing","pin_type":"Output","data_type":"Struct",
     "schema":"{\"properties\":{\"id\":{\"type\":\"integer\"}},\"required\":[\"id\"]}"}]}"#;

/// A value for each output pin that fits it.
const GOOD: [(&str, &str); 11] = [
    ("count", "9007199254740993"),
    ("ratio", "0.5"),
    ("when", "\"2026-02-28T10:00:00Z\""),
    ("color", "\"red\""),
    ("list", "[1,2]"),
    ("set", "[\"a\",\"b\"]"),
    ("map", "{\"a\":true}"),
    ("any", "{\"deep\":[null]}"),
    ("bytes", "\"AP8=\""),
    ("secret", "1"),
    ("thing", "{\"id\":1}"),
];

fn node() -> Definition {
    crate::definition::parse(NODE).expect("a definition").0.remove(0)
}

fn found(changes: &[(&str, &str)], fired: &[&str], complete: bool) -> Vec<Finding> {
    let mut outputs: Vec<(String, Json)> =
        GOOD.iter().map(|(pin, text)| ((*pin).to_owned(), Json::parse(text).expect("JSON"))).collect();
    for (pin, text) in changes {
        let value = Json::parse(text).expect("JSON");
        match outputs.iter_mut().find(|(known, _)| known == pin) {
            Some((_, old)) => *old = value,
            None => outputs.push(((*pin).to_owned(), value)),
        }
    }
    let fired: Vec<String> = fired.iter().map(|pin| (*pin).to_owned()).collect();
    check(&node(), Returned { outputs: &outputs, fired: &fired, complete })
}

#[test]
fn f11_what_fits_is_no_finding() {
    assert_eq!(found(&[], &["done"], true), []);
    assert_eq!(found(&[("done", "null")], &["failed"], true), [], "null is an exec pin without a value");
}

#[test]
fn f11_each_value_is_held_against_its_pin() {
    for (pin, value, code) in [
        ("coutn", "5", Code::UndeclaredPin),
        ("text", "\"x\"", Code::InputPin),
        ("done", "true", Code::ExecAsData),
        ("count", "\"five\"", Code::WrongType),
        ("count", "1.0", Code::WrongType),
        ("count", "18446744073709551616", Code::WrongType),
        ("count", "null", Code::WrongType),
        ("ratio", "1e999", Code::WrongType),
        ("ratio", "1.5", Code::OutOfRange),
        ("when", "\"yesterday\"", Code::WrongType),
        ("when", "\"2025-02-29\"", Code::WrongType),
        ("color", "\"blue\"", Code::NotAValidValue),
        ("list", "[1,\"2\"]", Code::WrongType),
        ("list", "1", Code::WrongType),
        ("list", "{}", Code::WrongType),
        ("set", "[\"a\",\"\\u0061\"]", Code::Duplicate),
        ("map", "[true]", Code::WrongType),
        ("map", "{\"a\":1}", Code::WrongType),
        ("any", "[123456789012345678901234567890]", Code::NumberTooLarge),
        ("any", "{\"a\":-1e400}", Code::NumberTooLarge),
        ("any", "\"\\ud800\"", Code::HalfCharacter),
        ("bytes", "\"not base64!\"", Code::WrongType),
        ("bytes", "256", Code::WrongType),
        ("thing", "{}", Code::SchemaMismatch),
        ("thing", "{\"id\":\"x\"}", Code::SchemaMismatch),
        ("thing", "\"text\"", Code::WrongType),
    ] {
        let findings = found(&[(pin, value)], &["done"], true);
        let told: Vec<_> = findings.iter().map(|finding| (finding.pin.as_str(), finding.code)).collect();
        assert_eq!(told, [(pin, code)], "{pin} = {value}");
        assert!(findings.iter().all(|finding| !finding.found.is_empty() && !finding.wanted.is_empty()));
    }
}

#[test]
fn f11_exec_pins_are_held_against_the_definition() {
    for (fired, code) in [("exec_ot", Code::UndeclaredExec), ("count", Code::DataAsExec), ("exec", Code::InputPin)] {
        let told: Vec<_> =
            found(&[], &["done", fired], true).into_iter().map(|finding| (finding.pin, finding.code)).collect();
        assert_eq!(told, [(fired.to_owned(), code)]);
    }
    let nothing = found(&[], &[], true);
    assert_eq!(nothing.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::NothingFired]);
    assert!(nothing[0].wanted.contains("\"done\", \"failed\""), "one of them is enough: {}", nothing[0]);
    assert_eq!(found(&[], &[], false), [], "a run that failed need not fire");
}

#[test]
fn f11_what_was_never_set_is_a_finding_of_a_success() {
    let returned = Returned { outputs: &[], fired: &["done".to_owned()], complete: true };
    let findings = check(&node(), returned);
    let names: Vec<&str> = findings.iter().map(|finding| finding.pin.as_str()).collect();
    assert_eq!(names, GOOD.map(|(pin, _)| pin), "exec pins are not set");
    assert!(findings.iter().all(|finding| finding.code == Code::NotSet));
    assert_eq!(check(&node(), Returned { complete: false, ..returned }), []);
}

#[test]
fn f11_slips_are_named() {
    let findings = found(&[("coutn", "5")], &["done"], true);
    assert!(findings[0].wanted.contains("\"count\""), "{}", findings[0]);
}

#[test]
fn f11_findings_are_bounded_escaped_and_keep_secrets() {
    let long = format!("\"{}\"", "x".repeat(100_000));
    let hostile = format!("\"\u{202e}\u{9b}31m{}\"", "y".repeat(1000));
    for (pin, value) in [("count", &long), ("color", &hostile), ("thing", &hostile), ("zzzzzz", &long)] {
        for Finding { found, wanted, .. } in found(&[(pin, value)], &["done"], true) {
            assert!(found.len() < 400 && wanted.len() < 2000, "{pin}: {found} {wanted}");
            assert!(!found.contains(['\u{202e}', '\u{9b}']) && !wanted.contains(['\u{202e}', '\u{9b}']), "{found}");
        }
    }
    let secret = &found(&[("secret", "\"hunter2\"")], &["done"], true)[0];
    assert!(!secret.to_string().contains("hunter2") && secret.found.contains("a string"), "{secret}");
    let many: Vec<(String, Json)> = (0..5000).map(|number| (format!("p{number}"), Json::null())).collect();
    let findings = check(&node(), Returned { outputs: &many, fired: &[], complete: false });
    assert_eq!(findings.len(), MAX_FINDINGS + 1);
    let last = findings.last().expect("the last one counts the rest");
    assert_eq!((last.code, last.found.as_str()), (Code::More, "4900 more problems"));
}

#[test]
fn f11_codes_have_one_name_each() {
    for code in Code::ALL {
        assert_eq!(Code::from_name(code.name()), Some(code));
        crate::definition::codes::check(code.name());
    }
    assert_eq!(Code::from_name("nonsense"), None);
}

proptest! {
    /// Whatever a node returns, looking at it ends, and says the same twice.
    #[test]
    fn f11_any_result_can_be_looked_at(
        pins in proptest::collection::vec(("(count|list|set|map|thing|when|[a-z]{0,3})", ".{0,20}"), 0..8),
        fired in proptest::collection::vec(".{0,8}", 0..4),
        complete: bool,
    ) {
        let outputs: Vec<(String, Json)> =
            pins.into_iter().map(|(pin, text)| (pin, Json::parse(&text).unwrap_or_else(|_| Json::string(&text)))).collect();
        let returned = Returned { outputs: &outputs, fired: &fired, complete };
        prop_assert_eq!(check(&node(), returned), check(&node(), returned));
    }
}
