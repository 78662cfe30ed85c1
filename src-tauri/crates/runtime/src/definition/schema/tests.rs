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
        (json!({ "maxItems": 2.5 }), "#/maxItems cannot be 2.5"),
        (json!({ "minItems": "1" }), "#/minItems cannot be \"1\""),
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

#[test]
fn f40_values_are_compared_by_what_they_are() {
    let unique = json!({ "uniqueItems": true });
    for twice in [
        json!([{ "a": 1, "b": [1] }, { "b": [1.0], "a": 1.0 }]),
        json!([1, 1.0]),
        json!([100, 1e2]),
        json!([0, -0.0]),
        json!([[{ "x": null, "y": 0.10 }], [{ "y": 0.1, "x": null }]]),
    ] {
        assert!(misfit(&unique, &twice).is_some(), "{twice} holds one value twice");
    }
    let different = json!([1, true, "1", [1], { "a": 1 }, { "a": "1" }, null, 1.5, 9_007_199_254_740_993_u64, 9_007_199_254_740_992_u64]);
    assert_eq!(misfit(&unique, &different), None);
    for keyword in ["enum", "const"] {
        let wanted = json!({ "a": 1, "b": { "c": [2.0] } });
        let schema = json!({ keyword: if keyword == "enum" { json!([wanted]) } else { wanted } });
        assert_eq!(misfit(&schema, &json!({ "b": { "c": [2] }, "a": 1.0 })), None, "{keyword}");
        assert!(misfit(&schema, &json!({ "a": 1, "b": { "c": [2, 2] } })).is_some(), "{keyword}");
    }
    let exact = json!({ "const": 9_007_199_254_740_993_u64 });
    assert!(misfit(&exact, &json!(9_007_199_254_740_992.0)).is_some(), "a float beside a whole number");
    assert!(
        misfit(&json!({ "exclusiveMaximum": 9_007_199_254_740_993_u64 }), &json!(9_007_199_254_740_992.0)).is_none()
    );
}

#[test]
fn f40_counts_may_be_spelled_as_floats() {
    for (schema, fitting, misfitting) in [
        (r#"{"minLength":2.0}"#, json!("ab"), json!("a")),
        (r#"{"maxLength":1e0}"#, json!("a"), json!("ab")),
        (r#"{"maxItems":1e2}"#, json!(vec![0; 100]), json!(vec![0; 101])),
        (r#"{"minProperties":1.0}"#, json!({ "a": 1 }), json!({})),
        (r#"{"contains":{"const":1},"minContains":2.0}"#, json!([1, 1]), json!([1])),
    ] {
        let parsed = Schema::parse(schema).expect("it can be used");
        assert!(parsed.left_out().is_empty());
        assert_eq!(parsed.misfit(&fitting.to_string(), &mut STEPS.clone()), None, "{schema} takes {fitting}");
        assert!(parsed.misfit(&misfitting.to_string(), &mut STEPS.clone()).is_some(), "{schema} refuses {misfitting}");
    }
}

#[test]
fn f40_multiples_are_exact() {
    for (step, number, fits) in [
        (json!(0.01), json!(19.99), true),
        (json!(0.1), json!(0.30000000000000004), false),
        (json!(0.0001), json!(0.00751), false),
        (json!(0.5), json!(1e308), true),
        (json!(0.123_456_789), json!(1e308), false),
        (json!(1e-300), json!(1e300), true),
        (json!(3), json!(1e300), false),
        (json!(1e300), json!(1), false),
        (json!(7), json!(u64::MAX), false),
        (json!(5), json!(u64::MAX), true),
        (json!(2), json!(-4.0), true),
        (json!(1e-8), json!(0), true),
    ] {
        assert_eq!(misfit(&json!({ "multipleOf": step }), &number).is_none(), fits, "{number} as a multiple of {step}");
    }
}

#[test]
fn f40_formats_are_those_of_json_schema() {
    for (format, fitting, misfitting) in [
        ("date", "2026-02-28", "2026-02-28T10:00:00Z"),
        ("date-time", "2026-02-28T10:00:00Z", "2026-02-28"),
        ("time", "10:00:00+02:00", "10:00"),
        ("ipv4", "127.0.0.1", "127.1"),
        ("ipv6", "::1", "::g"),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08aa9811eab4aa73b441d16380"),
    ] {
        let schema = json!({ "format": format });
        assert_eq!(misfit(&schema, &json!(fitting)), None, "{format} takes {fitting}");
        assert!(misfit(&schema, &json!(misfitting)).is_some(), "{format} refuses {misfitting}");
    }
    assert_eq!(misfit(&json!({ "format": "color" }), &json!("anything")), None, "others only describe");
}

#[test]
fn f40_what_is_left_out_is_told_and_the_rest_is_used() {
    let schema = json!({
        "properties": { "a": { "pattern": "^(?=x)", "maxLength": 2 }, "b": { "type": "integer" } },
        "unevaluatedProperties": false,
    });
    let parsed = Schema::parse(&schema.to_string()).expect("the rest can be used");
    let told = parsed.left_out().join("\n");
    assert!(
        told.contains("#/properties/a/pattern: the pattern \"^(?=x)\"") && told.contains("#/unevaluatedProperties"),
        "{told}"
    );
    assert_eq!(
        misfit(&schema, &json!({ "a": "y", "b": 1 })),
        None,
        "a pattern that cannot be followed refuses nothing"
    );
    assert!(misfit(&schema, &json!({ "a": "yyy" })).is_some(), "what stands beside it counts");
    assert!(misfit(&schema, &json!({ "a": "y", "b": "1" })).is_some(), "and what comes after it");
    for turned in [
        json!({ "not": { "pattern": "(?=x)" } }),
        json!({ "oneOf": [{ "pattern": "(?=x)" }, { "minLength": 1 }] }),
        json!({ "if": { "pattern": "(?=x)" }, "then": false }),
        json!({ "propertyNames": { "pattern": "(?=x)" } }),
        json!({ "patternProperties": { "(?=x)": { "type": "integer" } }, "additionalProperties": false }),
    ] {
        let value = if turned.get("not").or(turned.get("oneOf")).or(turned.get("if")).is_some() {
            json!("x")
        } else {
            json!({ "x": "1" })
        };
        assert_eq!(misfit(&turned, &value), None, "{turned} cannot tell");
    }
}
