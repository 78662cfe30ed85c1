//! A new node: from the form to its first run, and from there with every save.

use anyhow::{Result, ensure};

use crate::desktop::scenario;
use crate::page::{Thing, button, thing};

const DIALOG: (&str, &str) = ("dialog", "New node");

fn field(name: &str) -> Thing<'_> {
    thing("textbox", name).inside(DIALOG.0, DIALOG.1)
}

#[tokio::test]
async fn a_new_node_is_written_built_and_run() -> Result<()> {
    scenario("create", async |desktop| {
        let folder = desktop.nodes().join("greeter");
        desktop
            .window(&[], async |page| {
                page.click(button("New…")).await?;
                page.click(button("Create and build").inside(DIALOG.0, DIALOG.1)).await?;
                page.shows(thing(DIALOG.0, DIALOG.1), "a node needs a name").await?;

                page.click(thing("radio", "AssemblyScript*")).await?;
                page.fill(field("Name"), "Greeter").await?;
                page.fill(field("Folder"), &folder.display().to_string()).await?;
                page.click(button("Create and build").inside(DIALOG.0, DIALOG.1)).await?;
                page.gone(thing(DIALOG.0, DIALOG.1)).await?;

                page.find(thing("heading", "Greeter*")).await?;
                page.find(thing("treeitem", "greeter/node.wasm*")).await?;
                page.fill(thing("textbox", "Text*").inside("region", "Inputs"), "grüße").await?;
                page.run_node().await?;
                page.shows(thing("region", "Outputs"), "grüße").await?;

                // Its author goes on: a save is all it takes.
                let source = folder.join("assembly/node.ts");
                let text = std::fs::read_to_string(&source)?;
                ensure!(text.contains("Greeter"), "the source names the node");
                std::fs::write(&source, text.replace("Greeter", "Kinder Greeter"))?;
                page.find(thing("heading", "Kinder Greeter*")).await?;
                Ok(())
            })
            .await
    })
    .await
}
