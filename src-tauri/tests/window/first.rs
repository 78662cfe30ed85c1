//! The first start of a fresh account: an empty home, no session bus, no keyring, any umask, and nodes in a folder that
//! cannot be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, ensure};
use support::{nodes, servers};

use crate::desktop::first_start;
use crate::page::{button, thing};

#[tokio::test]
async fn f01_a_fresh_account_loads_runs_is_asked_keeps_and_starts_again() -> Result<()> {
    for umask in ["077", "000"] {
        let server = servers::tcp_echo().await;
        first_start(&format!("first-start-{umask}"), umask, async |desktop| {
            let file = desktop.nodes().join("net.wasm");
            fs::copy(nodes::rust("net"), &file)?;
            fs::set_permissions(&file, Permissions::from_mode(0o444))?;
            fs::set_permissions(desktop.nodes(), Permissions::from_mode(0o555))?;
            let port = thing("textbox", "Port*").inside("region", "Inputs");
            desktop
                .window(&[&file], async |page| {
                    page.click(thing("treeitem", "tcp_client*")).await?;
                    page.find(thing("heading", "tcp_client*")).await?;
                    page.fill(port, &server.port().to_string()).await?;
                    page.click(button("Run").inside("banner", "*")).await?;
                    let ask = thing("alertdialog", "*");
                    page.find(ask).await?;
                    let lifetime = thing("combobox", "How long the answer holds").inside("alertdialog", "*");
                    page.choose(lifetime, "Always for this node").await?;
                    page.click(button("Allow").inside("alertdialog", "*")).await?;
                    page.gone(ask).await?;
                    server.wait(1, 1).await;
                    Ok(())
                })
                .await?;
            desktop
                .window(&[], async |page| {
                    page.find(thing("heading", "tcp_client*")).await?;
                    page.run_node().await?;
                    server.wait(2, 2).await;
                    ensure!(page.all(thing("alertdialog", "*")).await?.is_empty(), "the answer was kept");
                    Ok(())
                })
                .await?;
            for entry in fs::read_dir(desktop.data())? {
                let path = entry?.path();
                let mode = fs::metadata(&path)?.permissions().mode();
                ensure!(mode & 0o077 == 0, "umask {umask}: others cannot read \"{}\" ({mode:o})", path.display());
            }
            fs::set_permissions(desktop.nodes(), Permissions::from_mode(0o755))?;
            Ok(())
        })
        .await?;
    }
    Ok(())
}
