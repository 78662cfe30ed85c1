//! What axe has to say about the window, in both themes.

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use support::nodes;

use crate::desktop::scenario;
use crate::page::{Page, button, thing};

/// Hands over every finding, of any weight, best practices too, as one text each.
const CHECK: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        ({ violations }) => done(violations
            .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 300)} — ${node.failureSummary}`))),
        (error) => done([String(error)]));";

async fn check(page: &Page, place: &str) -> Result<()> {
    let found = page.run_async(CHECK, vec![]).await?;
    let found: Vec<&str> = found.as_array().context("a list")?.iter().filter_map(Value::as_str).collect();
    ensure!(found.is_empty(), "axe finds in {place}:\n{}", found.join("\n"));
    Ok(())
}

#[tokio::test]
async fn f38_axe_finds_nothing() -> Result<()> {
    let file = nodes::rust("net");
    let axe = std::fs::read_to_string(support::repository().join("node_modules/axe-core/axe.min.js"))
        .context("axe-core is not installed; run npm ci")?;
    scenario("axe", async |desktop| {
        desktop
            .window(&[&file], async |page| {
                page.click(thing("treeitem", "dns_lookup*")).await?;
                page.find(thing("heading", "dns_lookup*")).await?;
                page.run(&format!("{axe}\nwindow.axe = axe;"), vec![]).await?;
                ensure!(page.run("return typeof axe", vec![]).await? == json!("object"), "axe is in the page");
                let mut problems = Vec::new();
                let mut note = |result: Result<()>| problems.extend(result.err().map(|error| format!("{error:#}")));
                for theme in ["light", "dark"] {
                    page.with_theme(theme).await?;
                    for tab in ["Logs*", "Stream*", "Network*", "Runs*", "Problems*", "Build*"] {
                        page.click(thing("tab", tab)).await?;
                        note(check(page, &format!("the {theme} window with {tab}")).await);
                    }
                    page.chord(&[Key::Control], ',').await?;
                    page.find(thing("dialog", "Settings*")).await?;
                    note(check(page, &format!("the {theme} settings")).await);
                    page.key(Key::Escape).await?;
                    page.gone(thing("dialog", "Settings*")).await?;

                    page.command("About").await?;
                    page.find(thing("dialog", "About*")).await?;
                    note(check(page, &format!("the {theme} versions")).await);
                    page.key(Key::Escape).await?;
                    page.gone(thing("dialog", "*")).await?;

                    page.menu_at(thing("treeitem", "dns_lookup*")).await?;
                    note(check(page, &format!("a {theme} menu")).await);
                    page.key(Key::Escape).await?;
                    page.gone(thing("menu", "*")).await?;

                    page.chord(&[Key::Control], 'k').await?;
                    page.find(thing("combobox", "*").inside("dialog", "*")).await?;
                    note(check(page, &format!("the {theme} palette")).await);
                    page.key(Key::Escape).await?;
                    page.gone(thing("dialog", "*")).await?;

                    page.click(button("Run").inside("banner", "*")).await?;
                    let ask = thing("alertdialog", "*");
                    page.find(ask).await?;
                    note(check(page, &format!("the {theme} permission dialog")).await);
                    page.click(button("Deny").inside("alertdialog", "*")).await?;
                    page.gone(ask).await?;
                }
                ensure!(problems.is_empty(), "{}", problems.join("\n"));
                Ok(())
            })
            .await
    })
    .await
}
