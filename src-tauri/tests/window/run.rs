//! Runs: what comes out, what is said meanwhile, and how they end.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

use crate::clock::{LIMIT, within};
use crate::desktop::scenario;
use crate::nodes::{Does, Node};
use crate::page::{Page, button, thing};

const LOG: crate::page::Thing<'_> = thing("grid", "Log lines");
const LINES: u32 = 1_000_000;
/// An unoptimised program on a busy machine needs its time for so many.
const LONG: Duration = Duration::from_secs(200);

/// Gives the node longer than the 30 seconds of a node without one.
const MANIFEST: &str = r#"
manifest_version = 1
id = "test.many"
name = "Many"
version = "0.1.0"
description = "Logs many lines"

[permissions]
timeout = "long_running"
streaming = true

[[nodes]]
id = "many"
name = "Many Lines"
description = "Logs many lines"
category = "Tests"
"#;

#[tokio::test]
async fn a_run_shows_outputs_fired_pins_logs_and_stream() -> Result<()> {
    scenario("run", async |desktop| {
        let node = Node::new("talk", "Talk", Does::Talk).with("text", "String", json!({ "default_value": "hello" }));
        let file = node.write(&desktop.nodes())?;
        desktop
            .window(&[&file], async |page| {
                page.find(thing("heading", "Talk*")).await?;
                page.run_node().await?;
                let outputs = thing("region", "Outputs");
                page.shows(outputs, "fired at").await?;

                for line in ["*info*the node starts*", "*warn*be careful*", "*fired*done*"] {
                    page.find(thing("row", line).inside("grid", "Log lines")).await?;
                }
                page.click(thing("tab", "Stream*")).await?;
                page.shows(thing("tabpanel", "Stream*"), "streamed first, streamed second").await?;
                page.click(thing("tab", "Runs*")).await?;
                page.shows(thing("tabpanel", "Runs*"), "ok").await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn an_endless_loop_is_stopped() -> Result<()> {
    scenario("loop", async |desktop| {
        let file = Node::new("endless", "Endless", Does::Loop).write(&desktop.nodes())?;
        desktop
            .window(&[&file], async |page| {
                page.find(thing("heading", "Endless*")).await?;
                page.chord(&[Key::Control], char::from(Key::Enter)).await?;
                page.find(thing("row", "*the node starts*").inside("grid", "Log lines")).await?;
                page.key(Key::Escape).await?;
                page.shows(thing("region", "Outputs"), "stopped in ").await?;
                page.find(button("Run").inside("banner", "*")).await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn a_trap_shows_its_reason_and_what_was_logged_before() -> Result<()> {
    scenario("trap", async |desktop| {
        let file = Node::new("trapping", "Trapping", Does::Trap).write(&desktop.nodes())?;
        desktop
            .window(&[&file], async |page| {
                page.find(thing("heading", "Trapping*")).await?;
                page.run_node().await?;
                page.shows(thing("region", "Outputs"), "unreachable").await?;
                page.find(thing("row", "*the node starts*").inside("grid", "Log lines")).await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn a_million_lines_can_be_filtered_while_typing() -> Result<()> {
    scenario("million", async |desktop| {
        let file = Node::new("many", "Many Lines", Does::Lines(LINES)).write(&desktop.nodes())?;
        std::fs::write(file.with_extension("toml"), MANIFEST)?;
        desktop
            .window(&[&file], async |page| {
                page.find(thing("heading", "Many Lines*")).await?;
                page.click(button("Run").inside("banner", "*")).await?;
                let all = rows(page, LONG, |rows| rows > LINES).await?;
                ensure!(all < LINES + 100, "nothing but the lines and a few events: {all}");
                page.shows(thing("region", "Outputs"), "Run ended: ok").await?;

                let field = thing("textbox", "Filter lines");
                page.click(field).await?;
                page.keys("line 07777").await?;
                let typed = page.find(field).await?.prop("value").await?.context("a text")?;
                ensure!(typed == "line 07777", "every key arrives: {typed}");
                rows(page, LIMIT, |rows| rows == 100).await?;

                page.find(thing("row", "*line 0777799*").inside("grid", "Log lines")).await?;
                page.fill(field, "").await?;
                rows(page, LIMIT, |rows| rows > LINES).await?;
                Ok(())
            })
            .await
    })
    .await
}

/// How many rows the log has, once that passes.
async fn rows(page: &Page, limit: Duration, passes: impl Fn(u32) -> bool) -> Result<u32> {
    let mut last = None;
    let rows = within(limit, "the log has its rows", async || {
        let Some(log) = page.all(LOG).await?.into_iter().next() else { return Ok(None) };
        last = log.attr("aria-rowcount").await?.and_then(|count| count.parse().ok());
        Ok(last.filter(|rows| passes(*rows)))
    })
    .await;
    rows.with_context(|| format!("the last count was {last:?}"))
}
