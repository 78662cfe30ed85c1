//! A folder names its build command: asked about, run on save, its output shown, its result loaded.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::clock::eventually;
use crate::desktop::{Desktop, scenario};
use crate::nodes::{Does, Node, replace};
use crate::page::{Thing, button, thing};

const QUESTION: (&str, &str) = ("region", "Build command");
const PANEL: Thing<'_> = thing("tabpanel", "Build*");

/// The "compiler" takes one of two built nodes, as the source says.
const MANIFEST: &str = r#"
manifest_version = 1
id = "test.built"
name = "Built"
version = "0.1.0"
wasm_path = "build/node.wasm"

[workbench]
build = "sh compile.sh"
watch = ["src", "compile.sh"]
"#;
const COMPILER: &str = r#"echo "compiling $(cat src/node.txt)"
mkdir -p build
cp "../parts/$(cat src/node.txt)/same.wasm" build/part && mv build/part build/node.wasm
"#;

fn project(desktop: &Desktop) -> Result<PathBuf> {
    let folder = desktop.nodes().join("built");
    std::fs::create_dir_all(folder.join("src"))?;
    let node = || Node::new("same", "Built Node", Does::Echo).with("text", "String", json!({}));
    for (name, node) in [("plain", node()), ("wider", node().with("added", "Integer", json!({})))] {
        let parts = desktop.nodes().join("parts").join(name);
        std::fs::create_dir_all(&parts)?;
        node.write(&parts)?;
    }
    std::fs::write(folder.join("compile.sh"), COMPILER)?;
    std::fs::write(folder.join("flow-like.toml"), MANIFEST)?;
    source(&folder, "plain")?;
    Ok(folder)
}

/// Saves the source, as an editor does.
fn source(folder: &Path, text: &str) -> Result<()> {
    replace(&folder.join("src/node.txt"), text.as_bytes())
}

#[tokio::test]
async fn a_saved_source_is_built_and_the_form_follows() -> Result<()> {
    scenario("build", async |desktop| {
        let folder = project(desktop)?;
        desktop
            .window(&[&folder], async |page| {
                page.shows(thing(QUESTION.0, QUESTION.1), "sh compile.sh").await?;
                ensure!(!folder.join("build").exists(), "opening a folder runs nothing");
                page.click(button("Run").inside(QUESTION.0, QUESTION.1)).await?;
                page.find(thing("heading", "Built Node*")).await?;
                page.gone(thing(QUESTION.0, QUESTION.1)).await?;
                page.click(thing("tab", "Build*")).await?;
                page.shows(PANEL, "compiling plain").await?;

                let text = thing("textbox", "text*").inside("region", "Inputs");
                page.fill(text, "kept over builds").await?;
                source(&folder, "wider")?;
                page.find(thing("textbox", "added*").inside("region", "Inputs")).await?;
                page.shows(PANEL, "compiling wider").await?;

                source(&folder, "nothing")?;
                page.shows(thing("alert", "Failed build"), "exit code 1").await?;
                page.shows(PANEL, "parts/nothing/same.wasm").await?;
                page.find(thing("treeitem", "*node.wasm*build failed*")).await?;
                page.run_node().await?;
                page.shows(thing("region", "Outputs"), "kept over builds").await?;

                source(&folder, "plain")?;
                page.gone(thing("textbox", "added*").inside("region", "Inputs")).await?;
                page.gone(thing("alert", "Failed build")).await?;
                Ok(())
            })
            .await?;
        // The answer is remembered, and what is built already is not built again.
        desktop
            .window(&[], async |page| {
                page.find(thing("heading", "Built Node*")).await?;
                page.click(thing("tab", "Build*")).await?;
                page.shows(PANEL, "runs on save").await?;
                ensure!(page.all(thing(QUESTION.0, QUESTION.1)).await?.is_empty(), "it asks no second time");
                page.click(button("Build now").inside("main", "*")).await?;
                page.shows(PANEL, "compiling plain").await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn f36_an_error_of_the_build_leads_to_the_editor() -> Result<()> {
    scenario("problems", async |desktop| {
        let folder = project(desktop)?;
        let compiler = format!(
            "test $(cat src/node.txt) != nothing || {{ echo 'src/node.txt:3:7: error: no such node'; exit 2; }}\n{COMPILER}"
        );
        std::fs::write(folder.join("compile.sh"), compiler)?;
        let opened = desktop.nodes().join("opened");
        let editor = desktop.nodes().join("editor.sh");
        std::fs::write(&editor, format!("echo \"$@\" >> {}\n", opened.display()))?;
        let editor = format!("sh {} {{file}} {{line}} {{column}}", editor.display());
        std::fs::write(desktop.data().join("settings.json"), json!({"editor": editor}).to_string())?;
        let line = format!("{} 3 7\n", folder.canonicalize()?.join("src/node.txt").display());
        let opened = async |times: usize| {
            let said = async || Ok((std::fs::read_to_string(&opened).unwrap_or_default() == line.repeat(times)).then_some(()));
            eventually("the editor opens the place", said).await
        };
        desktop
            .window(&[&folder], async |page| {
                page.click(button("Run").inside(QUESTION.0, QUESTION.1)).await?;
                page.find(thing("heading", "Built Node*")).await?;
                source(&folder, "nothing")?;
                page.shows(thing("alert", "Failed build"), "no such node").await?;
                page.click(button("src/node.txt:3:7").inside("alert", "Failed build")).await?;
                opened(1).await?;
                page.click(thing("tab", "Problems*1*")).await?;
                page.click(thing("option", "*no such node*")).await?;
                opened(2).await?;
                page.click(thing("tab", "Build*")).await?;
                page.click(button("src/node.txt:3:7").inside("group", "Build output")).await?;
                opened(3).await?;
                source(&folder, "plain")?;
                page.gone(thing("alert", "Failed build")).await?;
                Ok(())
            })
            .await
    })
    .await
}
