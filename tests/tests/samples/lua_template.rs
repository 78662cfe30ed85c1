use std::time::Duration;

use runtime::event::{Level, LogSource};
use runtime::limits::Limits;
use runtime::run::Status;
use runtime::trap::TrapReason;
use serde_json::json;
use support::{bench, nodes};

#[tokio::test]
async fn puts_values_and_expressions_into_a_text() {
    let bench = bench();
    let node = bench.load(nodes::sample("lua-template")).await;
    assert_eq!(node.definitions[0].name, "fill_template");
    let defaults = bench.run(&node).streaming(false).await.ok();
    assert_eq!(defaults.output("text"), "Hello world, 1 4 9 ");
    assert_eq!(defaults.streamed(), [], "nobody listens");

    let template = "{{ name:upper() }}\n{% for _, item in ipairs(items) do %}{{ item.n * 2 }};{% end %}{{ on }}{{ none }}\
                    {{ math.maxinteger }} {{ big }}";
    let inputs = json!({
        "template": template,
        "values": {
            "name": "Zoë \"🦀\\\"", "items": [{ "n": 1 }, { "n": 2.5 }], "on": true, "none": null, "big": 9_007_199_254_740_993_i64,
        },
    });
    let finished = bench.run(&node).inputs(inputs).streaming(true).await.ok();
    let text = "ZOë \"🦀\\\"\n2;5.0;true9223372036854775807 9007199254740993";
    assert_eq!(finished.output("text"), text);
    assert_eq!(finished.output_text("last").as_deref(), Some("9007199254740993"), "integers keep 64 bits");
    assert_eq!(finished.output("names"), json!(["name", "items", "on", "none", "big"]));
    assert_eq!(finished.streamed(), [("text", json!(text))]);
    assert_eq!(finished.fired(), ["exec_out"]);
    let logs = finished.node_logs();
    assert!(logs.iter().any(|(level, line)| *level == Level::Debug && line.starts_with("Lua 5.4")), "{logs:?}");
    assert!(logs.iter().any(|(level, line)| *level == Level::Info && line.ends_with("5 names")), "{logs:?}");
    assert!(finished.asked_for_nothing(), "{:?}", finished.decisions());
}

#[tokio::test]
async fn values_keep_their_types_on_the_way_out() {
    let bench = bench();
    let node = bench.load(nodes::sample("lua-template")).await;
    for (expression, json) in [
        ("0.1", "0.1"),
        ("1e300", "1e+300"),
        ("3.0", "3.0"),
        ("-7", "-7"),
        ("1 == 1", "true"),
        ("{ 1, '\\n\\\"\\0é' }", r#"[1,"\n\"\u0000é"]"#),
        ("{ b = {}, a = v }", r#"{"a":{},"b":[]}"#),
        ("\"\\u{1F980}\" .. s", "\"🦀\u{1F980}\""),
        ("nil", "null"),
    ] {
        let inputs = json!({ "template": format!("{{{{ {expression} }}}}"), "values": { "v": {}, "s": "\u{1F980}" } });
        let finished = bench.run(&node).inputs(inputs).await.ok();
        assert_eq!(finished.output_text("last").unwrap_or_else(|| "null".into()), json, "{expression}");
    }
}

#[tokio::test]
async fn an_error_in_the_template_is_caught_unless_it_is_told_not_to() {
    let bench = bench();
    let node = bench.load(nodes::sample("lua-template")).await;
    for (template, error) in [
        ("1\n{{ 1 + {} }}", "template:2: attempt to perform arithmetic on a table value"),
        ("\n\n{{ absent }}", "template:3: nothing is called 'absent'"),
        ("{% if %}", "template:1: 'then' expected near <eof>"),
        ("a\n{{ b", "template:2: {{ is not closed; add }}"),
        ("{% error('own words', 0) %}", "own words"),
    ] {
        let failed = bench.run(&node).inputs(json!({ "template": template })).await.ended(Status::Error);
        assert_eq!(failed.error(), error);
        assert!(failed.node_logs().contains(&(Level::Error, failed.error())), "{:?}", failed.lines());
    }
    let empty = bench.run(&node).inputs(json!({ "template": "[{{ absent }}]", "missing": "empty" })).await.ok();
    assert_eq!(empty.output("text"), "[]");
    assert!(empty.node_logs().contains(&(Level::Warn, "nothing is called 'absent'")), "{:?}", empty.lines());

    let inputs = json!({ "template": "{{ absent }}", "protected": false });
    let trapped = bench.run(&node).inputs(inputs).await.ended(Status::Trap);
    let stderr = trapped.lines_of(LogSource::Stderr);
    assert!(stderr.iter().any(|line| line.contains("template:1: nothing is called 'absent'")), "{stderr:?}");
}

#[tokio::test]
async fn a_loop_without_an_end_is_stopped() {
    let bench = bench();
    let node = bench.load(nodes::sample("lua-template")).await;
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    let inputs = json!({ "template": "{% while true do end %}" });
    let stopped = bench.run(&node).inputs(inputs).limits(limits).await.ended(Status::Limit);
    assert_eq!(stopped.trap().reason, TrapReason::Time);
}
