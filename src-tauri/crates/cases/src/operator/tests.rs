use super::*;

fn value(text: &str) -> Exact {
    Exact::parse(text).expect("JSON")
}

fn differences(expected: &str, found: &str) -> Vec<String> {
    let matcher = Matcher::read(&value(expected)).unwrap_or_else(|error| panic!("{expected}: {error}"));
    let mut differences = Vec::new();
    matcher.check("v", &value(found), &|schema, value| (schema != value).then(|| "no".to_owned()), &mut differences);
    differences.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn holds(expected: &str, found: &str) {
    assert_eq!(differences(expected, found), Vec::<String>::new(), "{expected} holds for {found}");
}

#[track_caller]
fn fails(expected: &str, found: &str, said: &str) {
    assert_eq!(differences(expected, found), [said], "{expected} for {found}");
}

#[test]
fn values_are_equal_to_the_letter_of_their_numbers() {
    holds("9007199254740993", "9007199254740993");
    fails("9007199254740993", "9007199254740992", "v: expected 9007199254740993, found 9007199254740992");
    fails("1", "1.0", "v: expected 1, found 1.0");
    fails("null", "0", "v: expected null, found 0");
    fails("[1,2]", "[1,2,3]", "v: expected 2 elements, found 3");
    fails("[1,{\"a\":2}]", "[1,{\"a\":3}]", "v/1/a: expected 2, found 3");
}

#[test]
fn objects_compare_member_by_member_unless_exactly() {
    holds(r#"{"a":1}"#, r#"{"a":1,"b":2}"#);
    holds(r#"{"exactly":{"a":1}}"#, r#"{"a":1}"#);
    holds(r#"{"equals":{"any":"x"},"exactly":true}"#, r#"{"any":"x"}"#);
    fails(r#"{"exactly":{"a":1}}"#, r#"{"a":1,"b":2}"#, r#"v: expected exactly {"a":1}, found {"a":1,"b":2}"#);
    fails(r#"{"a":{"b":1}}"#, r#"{"a":{}}"#, "v/a/b: expected a value, found nothing");
    fails("{}", "1", "v: expected an empty object, found 1");
}

#[test]
fn operators() {
    holds(r#"{"matches":"^a.c$"}"#, r#""abc""#);
    fails(r#"{"matches":"^b"}"#, r#""abc""#, r#"v: expected a text that matches /^b/, found "abc""#);
    holds(r#"{"contains":"b"}"#, r#""abc""#);
    holds(r#"{"contains":2}"#, "[1,2]");
    holds(r#"{"contains":{"a":1}}"#, r#"{"a":1,"b":2}"#);
    holds(r#"{"any":"number"}"#, "3");
    fails(r#"{"any":"integer"}"#, "3.5", "v: expected any integer, found 3.5");
    holds(r#"{"close_to":2.0,"within":0.01}"#, "2.009");
    fails(r#"{"close_to":2,"within":0.01}"#, "2.02", "v: expected 2, within 0.01, found 2.02");
    fails(r#"{"close_to":2}"#, r#""2""#, r#"v: expected 2, within 0.000000001, found "2""#);
    holds(r#"{"one_of":[1,{"any":"string"}]}"#, r#""x""#);
    fails(r#"{"one_of":[1,2]}"#, "3", "v: expected one of 2 choices, found 3");
    holds(r#"{"length":2}"#, r#""äö""#);
    fails(r#"{"length":2}"#, "[1]", "v: expected a length of 2, not 1, found [1]");
    holds(r#"{"schema":{"type":"null"}}"#, r#"{"type":"null"}"#);
    fails(r#"{"schema":{}}"#, "1", "v: expected a value that fits the schema (no), found 1");
}

#[test]
fn places_inside_a_value() {
    holds(r#"{"at":"/mean","close_to":2}"#, r#"{"mean":2.0}"#);
    holds(r#"{"at":["/a","/b"],"any":"string"}"#, r#"{"a":"","b":""}"#);
    fails(r#"{"at":["/a","/c"],"equals":1}"#, r#"{"a":1}"#, "v/c: expected a value, found nothing");
    holds(r#"{"ignore":"/time","exactly":{"a":1}}"#, r#"{"a":1,"time":5}"#);
    holds(r#"{"ignore":["/1"],"equals":[1,2]}"#, "[1,9]");
}

#[test]
fn expectations_lie_in_lists_and_objects() {
    holds(r#"[{"any":"string"},{"a":{"matches":"x"}}]"#, r#"["q",{"a":"xx"}]"#);
    fails(r#"[{"any":"string"}]"#, "[1]", "v/0: expected any string, found 1");
}

#[test]
fn what_is_no_expectation_is_told() {
    for (text, part) in [
        (r#"{"matches":"("}"#, "not a pattern"),
        (r#"{"any":"text"}"#, "one of string"),
        (r#"{"length":-1}"#, "whole number"),
        (r#"{"within":1}"#, "beside \"close_to\""),
        (r#"{"at":"a","equals":1}"#, "JSON Pointers"),
        (r#"{"matches":"a","flags":"i"}"#, "{\"equals\": …}"),
    ] {
        let error = Matcher::read(&value(text)).err().unwrap_or_else(|| panic!("{text} is none"));
        assert!(error.contains(part), "{text}: {error}");
    }
}
