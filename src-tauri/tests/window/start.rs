//! The first minute: samples, paths on the command line, the native dialog.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::desktop::scenario;
use crate::nodes::{Does, Node};
use crate::page::{button, thing};

#[tokio::test]
async fn the_first_start_shows_the_samples() -> Result<()> {
    scenario("samples", async |desktop| {
        Node::new("first", "First Sample", Does::Echo).write(&desktop.samples())?;
        Node::new("second", "Second Sample", Does::Echo).write(&desktop.samples())?;
        desktop
            .window(&[], async |page| {
                for name in ["first.wasm*ready*", "First Sample*", "second.wasm*ready*", "Second Sample*"] {
                    page.find(thing("treeitem", name).inside("group", "Samples")).await?;
                }
                page.find(thing("heading", "First Sample*")).await?;
                let version = format!("wasmtime {}", runtime::engine::wasmtime_version());
                page.find(button(&version).inside("contentinfo", "*")).await?;
                let leaked = page.run("return typeof window.__TAURI__", vec![]).await?;
                ensure!(leaked == json!("undefined"), "the page has no global Tauri object: {leaked}");
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn npm_start_gets_to_the_window() -> Result<()> {
    scenario("npm", async |desktop| {
        let named = Node::new("named", "Named Node", Does::Echo).write(&desktop.nodes())?;
        desktop
            .window_by_npm(&[&named], async |page| {
                page.find(thing("heading", "Named Node*")).await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn files_come_from_arguments_and_from_the_dialog() -> Result<()> {
    scenario("open", async |desktop| {
        let named = Node::new("named", "Named Node", Does::Echo).write(&desktop.nodes())?;
        let picked = Node::new("picked", "Picked Node", Does::Echo).write(&desktop.nodes())?;
        desktop.will_pick(&[&picked])?;
        desktop
            .window(&[&named], async |page| {
                page.find(thing("treeitem", "Named Node*")).await?;
                page.find(thing("heading", "Named Node*")).await?;
                page.click(button("Open…").inside("banner", "*")).await?;
                page.click(thing("treeitem", "Picked Node*")).await?;
                page.find(thing("heading", "Picked Node*")).await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn a_watched_folder_shows_what_is_built_in_it() -> Result<()> {
    scenario("watch", async |desktop| {
        let folder = desktop.nodes();
        desktop.will_pick(&[&folder])?;
        desktop
            .window(&[], async |page| {
                page.click(button("Watch folder…").inside("banner", "*")).await?;
                page.find(thing("treeitem", "*0 files*").inside("group", "Watched folders")).await?;
                Node::new("built", "Built Later", Does::Echo).write(&folder)?;
                page.find(thing("treeitem", "Built Later*")).await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn without_any_node_the_window_says_what_to_do() -> Result<()> {
    scenario("nothing", async |desktop| {
        desktop
            .window(&[], async |page| {
                page.find(button("Open…").inside("navigation", "Nodes")).await?;
                page.shows(thing("main", "*"), "No node is selected").await?;
                Ok(())
            })
            .await
    })
    .await
}
