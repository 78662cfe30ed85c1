//! A node's file changes while its form is open.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::desktop::scenario;
use crate::nodes::{Does, Node, replace};
use crate::page::thing;

#[tokio::test]
async fn the_form_follows_the_file_and_keeps_its_inputs() -> Result<()> {
    scenario("reload", async |desktop| {
        let node = || Node::new("edited", "Edited", Does::Echo).with("text", "String", json!({}));
        let file = node().write(&desktop.nodes())?;
        desktop
            .window(&[&file], async |page| {
                let text = thing("textbox", "text*").inside("region", "Inputs");
                page.fill(text, "kept over reloads").await?;

                node().with("added", "Integer", json!({})).write(&desktop.nodes())?;
                page.find(thing("textbox", "added*").inside("region", "Inputs")).await?;
                let banner = page.shows(thing("region", "Newest build"), "build 2").await?;
                ensure!(banner.contains("compatible") && banner.contains("added"), "what is new is said: {banner}");
                let value = page.find(text).await?.prop("value").await?;
                ensure!(value.as_deref() == Some("kept over reloads"), "the input is kept: {value:?}");

                replace(&file, b"not a module")?;
                page.shows(thing("alert", "Broken build"), "build 2 still runs").await?;
                page.run_node().await?;
                page.shows(thing("region", "Outputs"), "kept over reloads").await?;

                node().write(&desktop.nodes())?;
                page.shows(thing("region", "Newest build"), "breaking").await?;
                page.gone(thing("textbox", "added*").inside("region", "Inputs")).await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn a_broken_file_says_what_is_wrong() -> Result<()> {
    scenario("broken", async |desktop| {
        let file = desktop.nodes().join("no_run.wasm");
        std::fs::write(&file, support::fixtures::wasm("broken/no_run"))?;
        desktop
            .window(&[&file], async |page| {
                page.click(thing("treeitem", "no_run.wasm*broken*")).await?;
                page.shows(thing("region", "A file that cannot be loaded"), "run").await?;
                Ok(())
            })
            .await
    })
    .await
}
