use super::super::parse;
use super::*;

fn node(json: &str) -> Definition {
    parse(json).expect("a definition").0.remove(0)
}

fn pin(name: &str, rest: &str) -> String {
    format!(
        r#"{{"name":"{name}","friendly_name":"{name}","description":"","pin_type":"Input","data_type":"I64"{rest}}}"#
    )
}

fn with(pins: &[String], rest: &str) -> Definition {
    node(&format!(
        r#"{{"name":"n","friendly_name":"N","description":"","category":"C","pins":[{}]{rest}}}"#,
        pins.join(",")
    ))
}

fn lines(changes: &Changes) -> Vec<(ChangeKind, bool, &str)> {
    changes.list.iter().map(|change| (change.kind, change.breaking, change.text.as_str())).collect()
}

#[test]
fn the_same_definition_has_no_changes() {
    let one = with(&[pin("a", "")], "");
    assert!(diff(&one, &one.clone()).is_empty());
}

#[test]
fn additions_are_compatible() {
    let old = with(&[pin("a", "")], "");
    let new = with(&[pin("a", ""), pin("b", "")], r#","permissions":["network:dns"]"#);
    let changes = diff(&old, &new);
    let expected = [
        (ChangeKind::PinAdded, false, "input pin \"b\" (Integer) added"),
        (ChangeKind::PermissionAdded, false, "permission \"network:dns\" added"),
    ];
    assert_eq!(lines(&changes), expected);
    assert!(changes.compatible());
}

#[test]
fn removals_and_new_types_break() {
    let old = with(&[pin("a", ""), pin("b", "")], "");
    let new = with(&[pin("a", r#","value_type":"Array""#)], "");
    let changes = diff(&old, &new);
    let expected = [
        (ChangeKind::PinRetyped, true, "input pin \"a\": Integer is now Array of Integer"),
        (ChangeKind::PinRemoved, true, "input pin \"b\" removed"),
    ];
    assert_eq!(lines(&changes), expected);
    assert!(!changes.compatible());
    let lost: Vec<_> = changes.list.iter().map(|change| change.input.as_deref()).collect();
    assert_eq!(lost, [Some("a"), Some("b")], "what presets may use is named");
}

#[test]
fn a_pin_at_the_same_place_was_renamed() {
    let old = with(&[pin("a", ""), pin("count", r#","default_value":1"#)], "");
    let new = with(&[pin("a", ""), pin("times", r#","default_value":2"#)], "");
    let changes = diff(&old, &new);
    let expected = [
        (ChangeKind::PinRenamed, true, "input pin \"count\" renamed to \"times\""),
        (ChangeKind::Default, false, "input pin \"times\": default 1 is now 2"),
    ];
    assert_eq!(lines(&changes), expected);
    assert_eq!(changes.renamed, [("count".to_owned(), "times".to_owned())]);
}

#[test]
fn a_friendly_name_tells_more_than_the_place() {
    let friendly = r#"{"name":"x","friendly_name":"How many","pin_type":"Input","data_type":"int"}"#;
    let moved = r#"{"name":"y","friendly_name":"How many","pin_type":"Input","data_type":"int"}"#;
    let changes = diff(&with(&[friendly.into()], ""), &with(&[pin("z", ""), moved.into()], ""));
    assert_eq!(changes.renamed, [("x".to_owned(), "y".to_owned())]);
}

#[test]
fn fewer_choices_break_and_more_do_not() {
    let choice = |values: &str| with(&[pin("a", &format!(r#","valid_values":{values}"#))], "");
    let narrower = diff(&choice(r#"["1","2"]"#), &choice(r#"["1"]"#));
    assert_eq!(lines(&narrower), [(ChangeKind::PinLimits, true, "input pin \"a\": no longer valid: \"2\"")]);
    assert!(diff(&choice(r#"["1"]"#), &choice(r#"["1","2"]"#)).compatible());
    assert!(diff(&choice(r#"["1"]"#), &choice(r#"["1","2"]"#)).list.iter().any(|c| c.text.contains("valid now")));
    let range = |text: &str| with(&[pin("a", &format!(r#","range":{text}"#))], "");
    assert!(!diff(&range("[0,10]"), &range("[1,10]")).compatible());
    assert!(diff(&range("[0,10]"), &range("[0,11]")).compatible());
}

#[test]
fn order_and_texts_are_only_noted() {
    let old = with(&[pin("a", ""), pin("b", "")], "");
    let mut new = with(&[pin("b", ""), pin("a", "")], "");
    new.category = "D".into();
    let changes = diff(&old, &new);
    let expected =
        [(ChangeKind::Meta, false, "input pins reordered"), (ChangeKind::Meta, false, "category \"C\" is now \"D\"")];
    assert_eq!(lines(&changes), expected);
}

#[test]
fn packages_are_compared_by_name() {
    let (one, mut two, three) = (node(r#"{"name":"one"}"#), node(r#"{"name":"two"}"#), node(r#"{"name":"three"}"#));
    let old = [one, two.clone()];
    two.category = "X".into();
    let changes = diff_packages(&old, &[two, three]);
    let expected = [
        (ChangeKind::NodeRemoved, true, "node \"one\" removed"),
        (ChangeKind::NodeAdded, false, "node \"three\" added"),
    ];
    assert_eq!(lines(&changes.nodes), expected);
    assert_eq!(changes.changed.len(), 1);
    assert!(!changes.compatible());
}
