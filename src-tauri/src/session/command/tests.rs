use super::*;

#[test]
fn rules_and_limits_are_those_of_the_run() {
    let row = |decision: &str, rule: &str| DecisionRow {
        number: 0,
        at: std::time::SystemTime::UNIX_EPOCH,
        run: runs::id("r"),
        file: "f".into(),
        node: "n".into(),
        build: "b".into(),
        capability: "tcp".into(),
        target: "t".into(),
        class: None,
        declared: false,
        decision: decision.into(),
        basis: "answer".into(),
        rule: (!rule.is_empty()).then(|| rule.to_owned()),
        lifetime: None,
    };
    // Newest first, as the record has them.
    let decisions = [
        row("allow", "dns:b"),
        row("deny", "x"),
        row("allow", "x"),
        row("allow", "dns:a"),
        row("allow", "dns:a"),
        row("deny", ""),
    ];
    let (allow, deny, differed) = rules(&decisions);
    assert_eq!((allow, deny, differed), (vec!["dns:a".to_owned(), "dns:b".into()], Vec::new(), true));

    let wanted = RunLimits { time: Some(" 500ms ".into()), memory: Some("1GiB".into()), fuel: Some("7".into()) };
    let limits = limits(Limits::default(), &wanted).expect("they are right");
    assert_eq!((limits.time.as_millis(), limits.memory, limits.fuel), (500, 1 << 30, Some(7)));
    let nothing = RunLimits { time: Some(String::new()), ..RunLimits::default() };
    assert_eq!(super::limits(Limits::default(), &nothing).expect("as before"), Limits::default());
    for wrong in [("1d", ""), ("", "1.5"), ("0", "")] {
        let wanted = RunLimits { time: Some(wrong.0.into()), memory: Some(wrong.1.into()), fuel: None };
        assert_eq!(super::limits(Limits::default(), &wanted).expect_err("wrong").code, "limits", "{wrong:?}");
    }
}
