use super::super::parse;
use super::*;

fn definition(pins: &[&str]) -> Definition {
    let pins: Vec<String> =
        pins.iter().map(|pin| format!(r#"{{"friendly_name":"","pin_type":"Input",{pin}}}"#)).collect();
    let text = format!(
        r#"{{"name":"n","pins":[{}, {{"name":"out","pin_type":"Output","data_type":"int"}}]}}"#,
        pins.join(",")
    );
    parse(&text).expect("a definition").0.remove(0)
}

fn pin(fields: &str) -> Pin {
    definition(&[&format!(r#""name":"p",{fields}"#)]).pins.remove(0)
}

fn codes(definition: &Definition, inputs: &[(&str, &str)]) -> Vec<&'static str> {
    let inputs: Vec<_> =
        inputs.iter().map(|(name, text)| ((*name).to_owned(), Json::parse(text).expect("valid JSON"))).collect();
    check(definition, &inputs).into_iter().map(|problem| problem.code).collect()
}

#[test]
fn fitting_values_pass() {
    let node = definition(&[
        r#""name":"count","data_type":"int","range":[0,100]"#,
        r#""name":"list","data_type":"f64","value_type":"Array""#,
        r#""name":"map","data_type":"bool","value_type":"HashMap""#,
        r#""name":"any","data_type":"generic""#,
        r#""name":"path","data_type":"path""#,
        r#""name":"when","data_type":"date""#,
        r#""name":"raw","data_type":"bytes""#,
    ]);
    let inputs = [
        ("count", "100"),
        ("list", "[1, 2.5, -3e2]"),
        ("map", r#"{"a": true}"#),
        ("any", "null"),
        ("path", r#"{"path":"a","store_ref":"b"}"#),
        ("when", "\"2026-02-28T10:00:00Z\""),
        ("raw", "\"AAECAw==\""),
    ];
    assert_eq!(codes(&node, &inputs), [] as [&str; 0]);
    assert_eq!(codes(&node, &[]), [] as [&str; 0], "unset pins stay unset");
}

#[test]
fn every_problem_has_its_code() {
    let node = definition(&[
        r#""name":"exec","data_type":"exec""#,
        r#""name":"count","data_type":"int","range":[0,100]"#,
        r#""name":"choice","data_type":"string","valid_values":["a","b"]"#,
        r#""name":"set","data_type":"int","value_type":"HashSet""#,
        r#""name":"limited","data_type":"int","value_type":"Array","range":[0,3]"#,
    ]);
    let cases = [
        ("cuont", "1", "unknown-pin"),
        ("out", "1", "output-pin"),
        ("exec", "true", "exec-pin"),
        ("count", "\"1\"", "wrong-type"),
        ("count", "1.0", "wrong-type"),
        ("count", "null", "wrong-type"),
        ("count", "101", "out-of-range"),
        ("choice", "\"c\"", "not-a-valid-value"),
        ("set", "[1,1]", "duplicate"),
        ("limited", "[1,9]", "out-of-range"),
    ];
    for (name, text, code) in cases {
        assert_eq!(codes(&node, &[(name, text)]), [code], "{name}={text}");
    }
    assert_eq!(codes(&node, &[("count", "1"), ("count", "2")]), ["duplicate-input"]);
}

#[test]
fn messages_name_the_next_step() {
    let node = definition(&[r#""name":"multiplier","data_type":"int""#]);
    let message = |name: &str| check(&node, &[(name.into(), Json::null())]).remove(0).to_string();
    assert!(message("multiplyer").contains("did you mean \"multiplier\""), "{}", message("multiplyer"));
    assert!(message("zzz").contains("it has \"multiplier\""));
    assert!(message("multiplier").contains("leave it out"));
}

#[test]
fn ranges_are_exact_for_large_integers() {
    let pin = pin(r#""data_type":"u64","range":[0,9007199254740992]"#);
    assert!(check_value(&pin, &Json::parse("9007199254740992").expect("valid")).is_none());
    assert!(check_value(&pin, &Json::parse("9007199254740993").expect("valid")).is_some(), "one above 2^53");
}

#[test]
fn text_is_read_as_the_type_says() {
    let cases = [
        (r#""data_type":"string""#, " \"as it is\" ", r#"" \"as it is\" ""#),
        (r#""data_type":"string""#, "", r#""""#),
        (r#""data_type":"int""#, "18446744073709551615", "18446744073709551615"),
        (r#""data_type":"int""#, "-9223372036854775808", "-9223372036854775808"),
        (r#""data_type":"int""#, " +007 ", "7"),
        (r#""data_type":"float""#, "1.50", "1.50"),
        (r#""data_type":"float""#, ".5", "0.5"),
        (r#""data_type":"bool""#, "true", "true"),
        (r#""data_type":"date""#, "2026-02-28", r#""2026-02-28""#),
        (r#""data_type":"path""#, "/tmp/a b", r#""/tmp/a b""#),
        (r#""data_type":"byte""#, "AAECAw==", r#""AAECAw==""#),
        (r#""data_type":"struct""#, r#"{"b":1,"a":2}"#, r#"{"b":1,"a":2}"#),
        (r#""data_type":"generic""#, "[1]", "[1]"),
        (r#""data_type":"int","value_type":"Array""#, "[1,2]", "[1,2]"),
        (r#""data_type":"string","value_type":"HashMap""#, r#"{"a":"b"}"#, r#"{"a":"b"}"#),
    ];
    for (fields, text, json) in cases {
        assert_eq!(read_text(&pin(fields), text).map(|json| json.to_string()), Ok(json.to_owned()), "{fields} {text}");
    }
}

#[test]
fn text_that_does_not_fit_is_refused() {
    let cases = [
        (r#""data_type":"int""#, "1.5"),
        (r#""data_type":"int""#, "18446744073709551616"),
        (r#""data_type":"int""#, ""),
        (r#""data_type":"float""#, "inf"),
        (r#""data_type":"float""#, "NaN"),
        (r#""data_type":"float""#, "1e999"),
        (r#""data_type":"bool""#, "yes"),
        (r#""data_type":"date""#, "yesterday"),
        (r#""data_type":"byte""#, "not base64!"),
        (r#""data_type":"struct""#, "text"),
        (r#""data_type":"struct""#, "5"),
        (r#""data_type":"generic""#, "text"),
        (r#""data_type":"exec""#, "true"),
        (r#""data_type":"int","value_type":"Array""#, "[1,\"a\"]"),
        (r#""data_type":"int","value_type":"Array""#, "1"),
    ];
    for (fields, text) in cases {
        assert!(read_text(&pin(fields), text).is_err(), "{fields} {text:?} must be refused");
    }
}

#[test]
fn files_become_what_the_pin_holds() {
    let read = |fields: &str, bytes: &[u8]| read_bytes(&pin(fields), bytes).map(|json| json.to_string());
    assert_eq!(read(r#""data_type":"byte""#, &[0, 255]), Ok(r#""AP8=""#.into()));
    assert_eq!(read(r#""data_type":"byte","value_type":"Array""#, &[0, 255]), Ok("[0,255]".into()));
    assert_eq!(read(r#""data_type":"string""#, "é\n".as_bytes()), Ok(r#""é\n""#.into()));
    assert_eq!(read(r#""data_type":"struct""#, b" {\"a\":1}\n"), Ok(r#"{"a":1}"#.into()));
    assert_eq!(read(r#""data_type":"int""#, b"42\n"), Ok("42".into()));
    assert_eq!(read_bytes(&pin(r#""data_type":"string""#), &[0xff]).expect_err("not text").code, "not-text");
}

#[test]
fn a_struct_is_held_against_its_schema() {
    let schema =
        r#""data_type":"struct","schema":"{\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"integer\"}}}""#;
    let node = definition(&[
        &format!(r#""name":"one",{schema}"#),
        &format!(r#""name":"list","value_type":"Array",{schema}"#),
        &format!(r#""name":"map","value_type":"HashMap",{schema}"#),
        r#""name":"far","data_type":"struct","schema":"{\"$ref\":\"other.json\"}""#,
        &format!(r#""name":"text",{}"#, schema.replace("struct", "string")),
    ]);
    let said = |pin: &str, text: &str| {
        let inputs = [(pin.to_owned(), Json::parse(text).expect("valid JSON"))];
        check(&node, &inputs).into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    for (pin, text) in
        [("one", r#"{"id":1}"#), ("list", "[]"), ("map", r#"{"a":{"id":1}}"#), ("far", "{}"), ("text", r#""id""#)]
    {
        assert!(said(pin, text).is_empty(), "{pin}: {:?}", said(pin, text));
    }
    for (pin, text, message) in [
        ("one", "{}", r#"input "one": wanted the property "id", found the object {}"#),
        ("one", r#"{"id":"a"}"#, r#"input "one": at "/id": wanted an integer, found the string "a""#),
        ("list", r#"[{"id":1},{"id":1.5}]"#, r#"input "list": at "/1/id": wanted an integer, found 1.5"#),
        ("map", r#"{"a/b":{}}"#, r#"input "map": at "/a~1b": wanted the property "id", found the object {}"#),
    ] {
        assert_eq!(said(pin, text), [message]);
    }
    assert_eq!(codes(&node, &[("one", "{}")]), ["schema-mismatch"]);
}

#[test]
fn f13_half_a_character_is_refused_with_its_escape() {
    let node = definition(&[r#""name":"s","data_type":"struct""#, r#""name":"t","data_type":"string""#]);
    for (pin, text, escape) in [("s", r#"{"a":"\ud800"}"#, r"\ud800"), ("t", r#""x\uDC01y""#, r"\uDC01")] {
        let problems = check(&node, &[(pin.to_owned(), Json::parse(text).expect("JSON"))]);
        assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["half-character"]);
        assert!(problems[0].message.contains(escape), "{}", problems[0].message);
    }
    assert!(codes(&node, &[("t", r#""\ud83d\ude00 \u2028""#)]).is_empty(), "both halves are a character");
}

#[test]
fn f11_sets_and_maps_hold_each_once_by_value() {
    let node = definition(&[
        r#""name":"numbers","data_type":"float","value_type":"HashSet""#,
        r#""name":"things","data_type":"struct","value_type":"HashSet""#,
        r#""name":"map","data_type":"int","value_type":"HashMap""#,
    ]);
    for (pin, text) in
        [("numbers", "[1,1.0]"), ("things", r#"[{"a":1,"b":2},{"b":2.0,"a":1}]"#), ("map", r#"{"k":1,"\u006b":2}"#)]
    {
        assert_eq!(codes(&node, &[(pin, text)]), ["duplicate"], "{text}");
    }
    assert!(codes(&node, &[("numbers", "[1,1.5]"), ("things", "[[1],[2]]"), ("map", r#"{"k":1,"l":1}"#)]).is_empty());
}
