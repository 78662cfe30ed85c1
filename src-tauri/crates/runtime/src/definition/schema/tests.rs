use serde_json::json;

use super::*;

fn misfit(schema: &Value, value: &Value) -> Option<(String, String)> {
    let schema = Schema::parse(&schema.to_string()).expect("a schema that can be used");
    let misfit = schema.misfit(&value.to_string(), &mut STEPS.clone())?;
    Some((misfit.place, misfit.wanted))
}

#[test]
fn each_keyword_takes_and_refuses() {
    for (schema, fitting, misfitting) in [
        (json!({ "type": "object" }), json!({}), json!([])),
        (json!({ "type": ["string", "null"] }), json!(null), json!(1)),
        (json!({ "type": "integer" }), json!(2.0), json!(2.5)),
        (json!({ "type": "string", "nullable": true }), json!(null), json!(1)),
        (json!({ "enum": ["a", 1] }), json!(1.0), json!("b")),
        (json!({ "const": { "a": [1] } }), json!({ "a": [1.0] }), json!({ "a": [2] })),
        (json!({ "minimum": 3 }), json!(3), json!(2)),
        (json!({ "minimum": 3, "exclusiveMinimum": true }), json!(4), json!(3)),
        (json!({ "exclusiveMaximum": 3 }), json!(2.9), json!(3)),
        (json!({ "multipleOf": 0.1 }), json!(0.3), json!(0.35)),
        (json!({ "minLength": 2 }), json!("ßß"), json!("ß")),
        (json!({ "pattern": "^a+$" }), json!("aa"), json!("ab")),
        (json!({ "format": "date" }), json!("2026-02-28"), json!("tomorrow")),
        (json!({ "maxItems": 1 }), json!([1]), json!([1, 2])),
        (json!({ "uniqueItems": true }), json!([1, 2]), json!([1, 1])),
        (json!({ "items": { "type": "string" } }), json!(["a"]), json!(["a", 1])),
        (json!({ "prefixItems": [{ "type": "string" }], "items": false }), json!(["a"]), json!(["a", 1])),
        (json!({ "items": [{ "type": "string" }], "additionalItems": false }), json!(["a"]), json!(["a", 1])),
        (json!({ "contains": { "const": 1 }, "maxContains": 1 }), json!([1, 2]), json!([1, 1])),
        (json!({ "required": ["a"] }), json!({ "a": 1 }), json!({ "b": 1 })),
        (json!({ "minProperties": 1 }), json!({ "a": 1 }), json!({})),
        (json!({ "properties": { "a": { "type": "string" } } }), json!({ "b": 1 }), json!({ "a": 1 })),
        (json!({ "patternProperties": { "^a": false } }), json!({ "b": 1 }), json!({ "ab": 1 })),
        (json!({ "properties": { "a": {} }, "additionalProperties": false }), json!({ "a": 1 }), json!({ "b": 1 })),
        (json!({ "propertyNames": { "maxLength": 1 } }), json!({ "a": 1 }), json!({ "ab": 1 })),
        (json!({ "dependentRequired": { "a": ["b"] } }), json!({ "b": 1 }), json!({ "a": 1 })),
        (json!({ "dependencies": { "a": { "required": ["b"] } } }), json!({ "a": 1, "b": 1 }), json!({ "a": 1 })),
        (json!({ "allOf": [{ "minimum": 1 }, { "maximum": 2 }] }), json!(1), json!(3)),
        (json!({ "anyOf": [{ "type": "string" }, { "minimum": 5 }] }), json!(5), json!(4)),
        (json!({ "oneOf": [{ "minimum": 1 }, { "minimum": 5 }] }), json!(4), json!(6)),
        (json!({ "not": { "type": "string" } }), json!(1), json!("a")),
        (json!({ "if": { "minimum": 5 }, "then": { "multipleOf": 5 }, "else": { "maximum": 3 } }), json!(10), json!(4)),
        (json!({ "$ref": "#/$defs/a%20b", "$defs": { "a b": { "type": "string" } } }), json!("a"), json!(1)),
        (json!(false), json!("not reached"), json!(1)),
    ] {
        if schema != json!(false) {
            assert_eq!(misfit(&schema, &fitting), None, "{schema} takes {fitting}");
        }
        assert!(misfit(&schema, &misfitting).is_some(), "{schema} refuses {misfitting}");
    }
}

#[test]
fn whole_numbers_of_64_bits_are_exact() {
    let schema = json!({ "maximum": 9_007_199_254_740_992_u64, "minimum": i64::MIN });
    assert_eq!(misfit(&schema, &json!(9_007_199_254_740_992_u64)), None);
    assert!(misfit(&schema, &json!(9_007_199_254_740_993_u64)).is_some(), "one more than a float can tell");
    assert_eq!(
        misfit(&json!({ "const": u64::MAX }), &json!(u64::MAX - 1)),
        Some((String::new(), u64::MAX.to_string()))
    );
}

#[test]
fn a_misfit_has_its_place() {
    let schema = json!({
        "properties": { "a/b": { "items": { "$ref": "#/definitions/filter" } } },
        "definitions": { "filter": { "anyOf": [
            { "type": "null" },
            { "type": "object", "properties": { "least": { "type": "integer", "minimum": 3 } } },
        ] } },
    });
    let found = misfit(&schema, &json!({ "a/b": [null, { "least": 2 }] }));
    assert_eq!(found, Some(("/a~1b/1/least".into(), "a number of at least 3".into())), "of the closest alternative");
    assert_eq!(misfit(&schema, &json!({ "a/b": [1] })), Some(("/a~1b/0".into(), "one of 2 alternatives".into())));
    let missing = misfit(&json!({ "items": { "required": ["name"] } }), &json!([{}]));
    assert_eq!(missing, Some(("/0".into(), "the property \"name\"".into())));
    let odd = misfit(&json!({ "additionalProperties": false }), &json!({ "b": 1 }));
    assert_eq!(odd, Some(("/b".into(), "no property of this name".into())));
}

#[test]
fn what_stands_beside_a_reference_counts_in_newer_dialects() {
    for (dialect, counts) in
        [("http://json-schema.org/draft-07/schema#", false), ("https://json-schema.org/draft/2020-12/schema", true)]
    {
        let schema = json!({
            "$schema": dialect,
            "properties": { "a": { "$ref": "#/definitions/text", "maxLength": 1 } },
            "definitions": { "text": { "type": "string" } },
        });
        assert_eq!(misfit(&schema, &json!({ "a": "ab" })).is_some(), counts, "{dialect}");
    }
}

#[test]
fn what_cannot_be_followed_is_not_used() {
    for (schema, reason) in [
        (json!({ "$schema": "https://example.com/my-dialect" }), "dialect"),
        (json!({ "$ref": "https://example.com/a.json" }), "which is not in it"),
        (json!({ "$ref": "#/nowhere" }), "which is not in it"),
        (json!({ "$ref": "#anchor" }), "which is not in it"),
        (json!({ "type": "text" }), "#/type cannot be \"text\""),
        (json!({ "properties": { "a": 5 } }), "#/properties/a is neither an object nor true or false"),
        (json!({ "properties": [] }), "#/properties is not an object"),
        (json!({ "allOf": [] }), "#/allOf cannot be []"),
        (json!({ "required": true }), "#/required cannot be true"),
        (json!({ "minLength": -1 }), "#/minLength cannot be -1"),
        (json!({ "items": { "pattern": "(?=a)" } }), "the pattern \"(?=a)\" cannot be read"),
        (json!({ "not": { "unevaluatedProperties": false } }), "#/not/unevaluatedProperties is a keyword"),
        (json!({ "properties": { "a": { "$id": "b" } } }), "#/properties/a/$id cannot be"),
        (json!("FlowPath"), "neither an object"),
    ] {
        let refused = Schema::parse(&schema.to_string()).expect_err("it cannot be used");
        assert!(refused.contains(reason), "{schema}: {refused}");
    }
}

#[test]
fn what_would_take_too_long_counts_as_fitting() {
    let circle = json!({ "$ref": "#" });
    assert_eq!(misfit(&circle, &json!(1)), None, "it leads in a circle");
    // Each level doubles the work: 2 to the power of 40 parts.
    let mut definitions = serde_json::Map::new();
    for level in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/{}", level + 1) });
        definitions.insert(level.to_string(), json!({ "allOf": [next, next] }));
    }
    definitions.insert("40".into(), json!({ "type": "string" }));
    let doubling = json!({ "anyOf": [{ "$ref": "#/$defs/0" }, { "$ref": "#/$defs/0" }], "$defs": definitions });
    let refusing = json!({ "not": { "anyOf": [{ "$ref": "#/$defs/0" }] }, "$defs": doubling["$defs"] });
    assert_eq!(misfit(&refusing, &json!("a")), None);
    let mut steps = 10;
    let schema = Schema::parse(r#"{"items":{"type":"string"}}"#).expect("a schema");
    let long = json!(vec!["a"; 20]).to_string();
    assert_eq!((schema.misfit(&long, &mut steps), steps), (None, 0), "all that is left is spent");
    assert_eq!(schema.misfit("[1]", &mut steps), None, "and nothing is left for the next");
}
