//! Help in the window: beside the work, at the right place, in both themes.

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

use crate::desktop::scenario;
use crate::nodes::{Does, Node};
use crate::page::thing;

#[tokio::test]
async fn help_opens_where_it_is_asked_for() -> Result<()> {
    scenario("help", async |desktop| {
        let node =
            Node::new("helped", "Helped", Does::Echo).with("text", "String", json!({})).with("odd", "Strin", json!({}));
        let file = node.write(&desktop.nodes())?;
        let pictures = std::env::var_os("HELP_PICTURES").map(std::path::PathBuf::from);
        desktop
            .window(&[&file], async |page| {
                let help = thing("complementary", "Help");
                let field = thing("textbox", "text*").inside("region", "Inputs");
                page.fill(field, "kept").await?;
                page.key(Key::F1).await?;
                page.shows(help, "Fill in the inputs").await?;
                // The work goes on beside it.
                page.fill(field, "typed beside help").await?;
                page.find(help).await?;
                page.key(Key::F1).await?;
                page.shows(help, "Fill in the inputs").await?;
                page.key(Key::Escape).await?;
                page.gone(help).await?;

                page.click(thing("tab", "Problems*")).await?;
                page.click(thing("option", "*Strin*")).await?;
                page.key(Key::F1).await?;
                page.shows(help, "The pin is read as Generic").await?;
                page.click(thing("link", "data types").inside("complementary", "Help")).await?;
                page.shows(help, "integer of 64 bits").await?;

                let search = thing("searchbox", "Search help");
                page.fill(search, "exit codes").await?;
                page.find(thing("link", "Exit codes").inside("complementary", "Help")).await?;
                page.key(Key::Enter).await?;
                page.shows(help, "the node reported an error").await?;

                for theme in ["light", "dark"] {
                    page.with_theme(theme).await?;
                    if let Some(folder) = &pictures {
                        page.picture(&folder.join(format!("help-{theme}.png"))).await?;
                    }
                }
                page.chord(&[Key::Control], ',').await?;
                page.find(thing("dialog", "Settings*")).await?;
                page.key(Key::F1).await?;
                page.shows(thing("dialog", "Help"), "Nothing is sent anywhere").await?;
                page.key(Key::Escape).await?;
                page.gone(thing("dialog", "Help")).await?;
                let settings = page.text_of(thing("dialog", "Settings*")).await?;
                ensure!(settings.context("the settings are open still")?.contains("Theme"), "only help was closed");
                Ok(())
            })
            .await
    })
    .await
}
