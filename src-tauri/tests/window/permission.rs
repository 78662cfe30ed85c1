//! Questions of nodes, their answers, and what becomes of them.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use support::{nodes, servers};

use crate::desktop::scenario;
use crate::page::{Page, Thing, button, thing};

const ASK: Thing<'_> = thing("alertdialog", "*");
const LIFETIME: Thing<'_> = thing("combobox", "How long the answer holds").inside("alertdialog", "*");
const OUTPUTS: Thing<'_> = thing("region", "Outputs");
const PANEL: Thing<'_> = thing("complementary", "Permissions*");

fn answer(name: &str) -> Thing<'_> {
    button(name).inside("alertdialog", "*")
}

/// Selects a node of the network package and gives it the port.
async fn select(page: &Page, node: &str, port: u16) -> Result<()> {
    page.click(thing("treeitem", &format!("{node}*"))).await?;
    page.find(thing("heading", &format!("{node}*"))).await?;
    page.fill(thing("textbox", "Port*").inside("region", "Inputs"), &port.to_string()).await
}

async fn start(page: &Page) -> Result<()> {
    page.click(button("Run").inside("banner", "*")).await
}

#[tokio::test]
async fn a_connection_is_denied_allowed_remembered_and_revoked() -> Result<()> {
    let file = nodes::rust("net");
    let server = servers::tcp_echo().await;
    scenario("tcp", async |desktop| {
        desktop
            .window(&[&file], async |page| {
                select(page, "tcp_client", server.port()).await?;

                start(page).await?;
                let asked = page.shows(ASK, "wants to open a TCP connection").await?;
                for part in ["tcp_client", "127.0.0.1", &server.port().to_string(), "loopback", "yes — network:tcp"] {
                    ensure!(asked.contains(part), "the question lacks \"{part}\": {asked}");
                }
                ensure!(page.focused().await?.starts_with("Deny"), "the safe answer has the focus");
                page.click(answer("Deny")).await?;
                page.gone(ASK).await?;
                page.shows(OUTPUTS, "connect:").await?;
                ensure!(server.reached().came == 0, "a denied node reaches nobody");

                start(page).await?;
                page.find(ASK).await?;
                page.choose(LIFETIME, "Only this once").await?;
                page.click(answer("Allow")).await?;
                page.shows(OUTPUTS, "hello").await?;
                server.wait(1, 1).await;

                start(page).await?;
                page.find(ASK).await?;
                page.choose(LIFETIME, "Always for this node").await?;
                page.click(answer("Allow")).await?;
                page.gone(ASK).await?;
                server.wait(2, 2).await;

                page.run_node().await?;
                server.wait(3, 3).await;
                ensure!(page.all(ASK).await?.is_empty(), "what is always allowed is not asked again");

                page.shows(PANEL, "always").await?;
                page.click(thing("button", "*evoke*").inside("complementary", "Permissions*")).await?;
                page.gone(thing("button", "*evoke*").inside("complementary", "Permissions*")).await?;
                start(page).await?;
                page.shows(ASK, "wants to open a TCP connection").await?;
                page.key(Key::Escape).await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn a_name_is_asked_for_before_it_is_looked_up() -> Result<()> {
    let file = nodes::rust("net");
    scenario("dns", async |desktop| {
        desktop
            .window(&[&file], async |page| {
                page.click(thing("treeitem", "dns_lookup*")).await?;
                page.find(thing("heading", "dns_lookup*")).await?;
                start(page).await?;
                let asked = page.shows(ASK, "dns_lookup").await?;
                for part in ["localhost", "yes — network:dns"] {
                    ensure!(asked.contains(part), "the question lacks \"{part}\": {asked}");
                }
                page.click(answer("Allow")).await?;
                page.gone(ASK).await?;
                page.shows(OUTPUTS, "127.0.0.1").await?;
                Ok(())
            })
            .await
    })
    .await
}

#[tokio::test]
async fn what_is_not_declared_is_marked() -> Result<()> {
    let file = nodes::rust("net");
    let server = servers::udp_echo().await;
    scenario("udp", async |desktop| {
        desktop
            .window(&[&file], async |page| {
                select(page, "udp_undeclared", server.port()).await?;
                start(page).await?;
                page.shows(ASK, "no — Flow-Like would refuse this").await?;
                page.click(answer("Deny and stop run")).await?;
                page.gone(ASK).await?;
                page.shows(PANEL, "not declared").await?;
                ensure!(server.reached().came == 0, "a denied node reaches nobody");
                Ok(())
            })
            .await
    })
    .await
}
