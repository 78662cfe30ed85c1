use runtime::definition::DataType;
use runtime::event::{Level, LogSource};
use runtime::run::Status;
use serde_json::json;
use support::{bench, nodes};

#[tokio::test]
async fn counts_days_weeks_and_weekdays() {
    let bench = bench();
    let node = bench.load(nodes::sample("nim-date-span")).await;
    let definition = &node.definitions[0];
    assert_eq!(definition.name, "date_span");
    let pin = |name| definition.inputs().find(|pin| pin.name == name).expect("the pin is declared");
    assert_eq!(pin("start").data_type, DataType::Date);
    assert_eq!(pin("weekend").valid_values.as_deref().map(<[String]>::len), Some(3));
    assert!(pin("shift").step.is_some() && pin("shift").range.is_some(), "whole weeks within a year");

    let days =
        |days, weeks, rest, weekdays| json!({ "days": days, "weeks": weeks, "rest": rest, "weekdays": weekdays });
    for (start, finish, weekend, span, week) in [
        ("2026-01-01", "2026-12-24", "Saturday and Sunday", days(357, 51, 0, 255), "2026-W52"),
        ("2024-02-28", "2024-03-01T12:00:00Z", "none", days(2, 0, 2, 2), "2024-W09"),
        ("2021-01-01", "2020-12-24", "Saturday and Sunday", days(-8, -1, -1, -6), "2020-W52"),
        ("1969-12-25", "1970-01-03T01:30:00+02:00", "Friday and Saturday", days(8, 1, 1, 6), "1970-W01"),
    ] {
        let inputs = json!({ "start": start, "finish": finish, "weekend": weekend });
        let finished = bench.run(&node).inputs(inputs).await.ok();
        assert_eq!(finished.output("span"), span, "{start} to {finish}");
        assert_eq!(finished.output("iso_week"), week, "{start} to {finish}");
        assert_eq!(finished.fired(), ["exec_out"]);
        let logs = finished.node_logs();
        assert!(logs.iter().any(|(level, line)| *level == Level::Debug && line.starts_with("from ")), "{logs:?}");
        assert!(logs.iter().any(|(level, line)| *level == Level::Info && line.contains("weekdays")), "{logs:?}");
        assert_eq!(logs.iter().any(|(level, _)| *level == Level::Warn), finish < start, "backwards is told: {logs:?}");
    }
}

#[tokio::test]
async fn shifts_the_end_and_knows_the_time_of_day() {
    let bench = bench();
    let node = bench.load(nodes::sample("nim-date-span")).await;
    let inputs = json!({ "start": "2026-01-08T10:00:00.250Z", "finish": "2026-01-01T10:00", "shift": 7 });
    let finished = bench.run(&node).inputs(inputs).await.ok();
    assert_eq!(finished.fired(), ["same"]);
    assert_eq!(finished.output("shifted"), "2026-01-08T10:00:00Z");
    let far = bench.run(&node).inputs(json!({ "start": "0001-01-01", "finish": "9999-12-31T23:59:59Z" })).await.ok();
    assert_eq!(far.output_text("seconds").as_deref(), Some("315537897599"), "more than 32 bits");
    assert!(far.output("years").as_f64().is_some_and(|years| (years - 9999.0).abs() < 0.01), "{}", far.output("years"));
}

#[tokio::test]
async fn what_is_no_date_is_an_error_and_a_shift_beyond_all_a_trap() {
    let bench = bench();
    let node = bench.load(nodes::sample("nim-date-span")).await;
    for date in ["2026-02-30", "tomorrow \"ü\"", ""] {
        let failed = bench.run(&node).inputs(json!({ "finish": date })).await.ended(Status::Error);
        assert!(failed.error().starts_with("\"finish\" is \""), "{}", failed.error());
        assert!(failed.error().ends_with("\", not an ISO 8601 date"), "{}", failed.error());
        assert!(failed.node_logs().contains(&(Level::Error, failed.error())), "{:?}", failed.lines());
    }
    let trapped = bench.run(&node).inputs(json!({ "shift": i64::MAX })).await.ended(Status::Trap);
    let stderr = trapped.lines_of(LogSource::Stderr);
    assert!(stderr.iter().any(|line| line.contains("OverflowDefect")), "{stderr:?}");
}
