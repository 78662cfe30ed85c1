//! The built program in a real window: Xvfb for the display, WebKitWebDriver for the hands.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use fantoccini::{Client, ClientBuilder, Locator};

/// A display and a driver of our own; both end with the test.
struct Desktop {
    processes: Vec<Child>,
    driver: String,
}

impl Desktop {
    fn start() -> Result<Self> {
        let mut xvfb = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb; install it with src-tauri/scripts/system-packages.sh --tests")?;
        let stdout = xvfb.stdout.take().context("Xvfb tells its display on stdout")?;
        let mut display = String::new();
        BufReader::new(stdout).read_line(&mut display)?;

        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let driver = Command::new("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("DISPLAY", format!(":{}", display.trim()))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start WebKitWebDriver; install it with src-tauri/scripts/system-packages.sh --tests")?;
        Ok(Self { processes: vec![driver, xvfb], driver: format!("http://127.0.0.1:{port}") })
    }

    /// Opens the program; the driver needs a moment before it listens.
    async fn open(&self) -> Result<Client> {
        let capabilities = serde_json::json!({
            "webkitgtk:browserOptions": { "binary": env!("CARGO_BIN_EXE_node-workbench"), "args": [] }
        });
        let capabilities = capabilities.as_object().cloned().context("an object")?;
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(capabilities);
        let mut tries = 0;
        loop {
            match builder.connect(&self.driver).await {
                Ok(client) => return Ok(client),
                Err(fantoccini::error::NewSessionError::FailedC(_)) if tries < 100 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error).context("the driver does not open the program"),
            }
        }
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // Ends on its own where it is gone already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

#[tokio::test]
async fn the_window_opens_and_answers() -> Result<()> {
    let desktop = Desktop::start()?;
    let client = desktop.open().await?;
    let title = client.wait().for_element(Locator::Css("h1")).await?.text().await?;
    assert_eq!(title, "Node Workbench", "the page is there");
    let footer = client.wait().for_element(Locator::Css("footer")).await?.text().await?;
    assert!(
        footer.contains(runtime::engine::wasmtime_version()),
        "the backend answered a command through the capability: {footer}"
    );
    let leaked = client.execute("return typeof window.__TAURI__", vec![]).await?;
    assert_eq!(leaked, "undefined", "the page has no global Tauri object");
    client.close().await?;
    Ok(())
}
