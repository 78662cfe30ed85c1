//! Menus of the window's own, by mouse and by key, and what they do to the system's clipboard.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

use crate::desktop::scenario;
use crate::nodes::{Does, Node};
use crate::page::{Thing, thing};

fn field(name: &str) -> Thing<'_> {
    thing("textbox", name).inside("region", "Inputs")
}

#[tokio::test]
async fn f34_menus_are_the_windows_own_and_reach_the_clipboard() -> Result<()> {
    scenario("menus", async |desktop| {
        let node = Node::new("same", "Two Texts", Does::Echo);
        let node = node.with("one", "String", json!({})).with("two", "String", json!({}));
        let file = node.write(&desktop.nodes())?;
        desktop
            .window(&[&file], async |page| {
                page.find(thing("heading", "Two Texts*")).await?;
                page.fill(field("one*"), "grüße").await?;
                for item in ["Select all*", "Copy*"] {
                    page.menu_at(field("one*")).await?;
                    page.click(thing("menuitem", item)).await?;
                    page.gone(thing("menu", "*")).await?;
                }
                page.menu_at(field("two*")).await?;
                page.click(thing("menuitem", "Paste*")).await?;
                page.gone(thing("menu", "*")).await?;
                page.run_node().await?;
                let value = "return [...document.querySelectorAll('textarea')].map((field) => field.value)";
                let values = page.run(value, vec![]).await?;
                ensure!(values == json!(["grüße", "grüße"]), "the system's clipboard was used: {values}");

                page.click(thing("treeitem", "Two Texts*")).await?;
                page.chord(&[Key::Shift], char::from(Key::F10)).await?;
                page.find(thing("menuitem", "Copy name")).await?;
                page.key(Key::Escape).await?;
                page.gone(thing("menu", "*")).await?;

                let unhandled = "return [...document.querySelectorAll('*')].filter((element) => element.dispatchEvent(
                    new MouseEvent('contextmenu', { bubbles: true, cancelable: true, composed: true }))).length";
                ensure!(page.run(unhandled, vec![]).await? == json!(0), "the web view's menu opens nowhere");

                page.chord(&[Key::Control], '3').await?;
                ensure!(
                    page.focused().await?.contains("tab") || page.all(thing("tabpanel", "Network*")).await?.len() == 1
                );
                page.chord(&[Key::Control], '1').await?;
                page.chord(&[Key::Control], 'f').await?;
                page.keys("gr").await?;
                let filter = "return document.querySelector('[aria-label=\"Filter lines\"]').value";
                ensure!(page.run(filter, vec![]).await? == json!("gr"), "Ctrl F is for the pane that has the focus");
                Ok(())
            })
            .await
    })
    .await
}
