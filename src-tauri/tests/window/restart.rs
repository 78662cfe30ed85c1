//! What stays between starts, and what a start beside a running one does.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::clock::eventually;
use crate::desktop::{Desktop, scenario};
use crate::nodes::{Does, Node};
use crate::page::thing;

#[tokio::test]
async fn a_restart_keeps_files_selection_and_inputs() -> Result<()> {
    scenario("restart", async |desktop| {
        let first = Node::new("first", "First", Does::Echo).write(&desktop.nodes())?;
        let second =
            Node::new("second", "Second", Does::Echo).with("text", "String", json!({})).write(&desktop.nodes())?;
        let text = thing("textbox", "text*").inside("region", "Inputs");
        desktop
            .window(&[&first, &second], async |page| {
                page.click(thing("treeitem", "Second*")).await?;
                page.fill(text, "typed before").await?;
                page.click(thing("tab", "Runs*")).await?;
                written(desktop, "typed before").await?;
                written(desktop, r#"\"dockTab\":\"runs\""#).await
            })
            .await?;
        desktop
            .window(&[], async |page| {
                page.find(thing("treeitem", "First*")).await?;
                page.find(thing("heading", "Second*")).await?;
                let value = page.find(text).await?.prop("value").await?;
                ensure!(value.as_deref() == Some("typed before"), "the input is there again: {value:?}");
                page.find(thing("tabpanel", "Runs*")).await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn a_second_start_hands_its_files_to_the_first() -> Result<()> {
    scenario("second", async |desktop| {
        let first = Node::new("first", "First", Does::Echo).write(&desktop.nodes())?;
        let second = Node::new("second", "Second", Does::Echo).write(&desktop.nodes())?;
        desktop
            .window(&[&first], async |page| {
                page.find(thing("treeitem", "First*")).await?;
                desktop.start_again(&[&second]).await?;
                page.find(thing("treeitem", "Second*")).await?;
                Ok(())
            })
            .await
    })
    .await
}

/// Waits until a JSON file of the data folder holds the text.
async fn written(desktop: &Desktop, text: &str) -> Result<()> {
    eventually(&format!("\"{text}\" is written"), async || Ok(holds(&desktop.data(), text).then_some(()))).await
}

/// Files that go while they are looked at hold nothing.
fn holds(path: &Path, text: &str) -> bool {
    if let Ok(entries) = path.read_dir() {
        return entries.filter_map(|entry| entry.ok()).any(|entry| holds(&entry.path(), text));
    }
    path.extension().is_some_and(|extension| extension == "json")
        && std::fs::read_to_string(path).is_ok_and(|content| content.contains(text))
}
