//! A display, a driver, the program, and the folders of one scenario.

use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use fantoccini::error::NewSessionError;
use fantoccini::{Client, ClientBuilder};
use futures::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;

use crate::clock::{LIMIT, eventually, pause, within};
use crate::page::Page;

/// Names the folder of the installed programs, where those are tested.
const INSTALLED: &str = "NODE_WORKBENCH_INSTALLED";
/// Names the file by which a desktop's "Open with" starts the installed workbench.
const DESKTOP_FILE: &str = "NODE_WORKBENCH_DESKTOP";
const SIZE: (u32, u32) = (1440, 900);

/// Two windows at once would measure each other.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Everything ends, and every folder goes, when it is dropped.
pub struct Desktop {
    name: String,
    display: String,
    processes: Vec<Child>,
    driver: String,
    folder: tempfile::TempDir,
    /// Of an account with nothing but a home.
    umask: Option<&'static str>,
}

/// Runs a scenario on a desktop of its own.
pub async fn scenario(name: &str, steps: impl AsyncFnOnce(&Desktop) -> Result<()>) -> Result<()> {
    on_desktop(name, None, steps).await
}

/// The same for an account that has nothing but an empty home, and this umask.
pub async fn first_start(
    name: &str,
    umask: &'static str,
    steps: impl AsyncFnOnce(&Desktop) -> Result<()>,
) -> Result<()> {
    on_desktop(name, Some(umask), steps).await
}

async fn on_desktop(
    name: &str,
    umask: Option<&'static str>,
    steps: impl AsyncFnOnce(&Desktop) -> Result<()>,
) -> Result<()> {
    let _turn = TURN.lock().await;
    let desktop = Desktop::start(name, umask)?;
    let outcome = AssertUnwindSafe(steps(&desktop)).catch_unwind().await;
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.context(format!("the scenario \"{name}\" failed"))),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

impl Desktop {
    fn start(name: &str, umask: Option<&'static str>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for inside in ["data", "samples", "nodes", "home"] {
            std::fs::create_dir(folder.path().join(inside))?;
        }
        std::fs::write(folder.path().join("picks"), "")?;

        let mut xvfb = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{}x{}x24", SIZE.0, SIZE.1), "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb; install it with src-tauri/scripts/system-packages.sh --tests")?;
        let stdout = xvfb.stdout.take().context("Xvfb tells its display on stdout")?;
        let (display, driver) = Default::default();
        let mut desktop = Self { name: name.into(), display, processes: vec![xvfb], driver, folder, umask };
        let mut display = String::new();
        BufReader::new(stdout).read_line(&mut display)?;
        desktop.display = format!(":{}", display.trim());

        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut driver = Command::new("WebKitWebDriver");
        driver.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        desktop.surround(&mut driver);
        let driver =
            driver.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true").spawn().context(
                "cannot start WebKitWebDriver; install it with src-tauri/scripts/system-packages.sh --tests",
            )?;
        // The driver ends before its display does.
        desktop.processes.insert(0, driver);
        desktop.driver = format!("http://127.0.0.1:{port}");
        Ok(desktop)
    }

    /// What the program is to see of the world.
    fn surround(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.display)
            .env("NODEWB_DATA", self.data())
            .env("NODE_WORKBENCH_SAMPLES", self.samples())
            .env("NODE_WORKBENCH_PICK", self.folder.path().join("picks"))
            .env_remove("WAYLAND_DISPLAY");
        if self.umask.is_some() {
            let own = ["NODEWB_DATA", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"];
            for variable in own.into_iter().chain(["DBUS_SESSION_BUS_ADDRESS"]) {
                command.env_remove(variable);
            }
            command.env("HOME", self.folder.path().join("home"));
        }
    }

    pub fn data(&self) -> PathBuf {
        let folder = self.folder.path();
        if self.umask.is_some() { folder.join("home/.local/share/node-workbench") } else { folder.join("data") }
    }

    /// What starts the program: itself, or a script that sets the umask before.
    fn starter(&self) -> Result<PathBuf> {
        let Some(umask) = self.umask else { return Ok(program()) };
        let starter = self.folder.path().join("start.sh");
        std::fs::write(&starter, format!("#!/bin/sh\numask {umask}\nexec \"{}\" \"$@\"\n", program().display()))?;
        std::fs::set_permissions(&starter, Permissions::from_mode(0o755))?;
        Ok(starter)
    }

    /// The folder of sample nodes: empty until a scenario fills it.
    pub fn samples(&self) -> PathBuf {
        self.folder.path().join("samples")
    }

    /// A folder for nodes that nobody watches yet.
    pub fn nodes(&self) -> PathBuf {
        self.folder.path().join("nodes")
    }

    /// What the next native dialogs answer, in this order.
    pub fn will_pick(&self, paths: &[&Path]) -> Result<()> {
        let lines: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
        std::fs::write(self.folder.path().join("picks"), lines)?;
        Ok(())
    }

    /// Starts the program, runs the steps in its window, and closes it again. Steps that fail leave a picture.
    pub async fn window(&self, paths: &[&Path], steps: impl AsyncFnOnce(&Page) -> Result<()>) -> Result<()> {
        self.window_of(&self.starter()?, paths, steps).await
    }

    /// The same where something else starts the program.
    async fn window_of(
        &self,
        binary: &Path,
        paths: &[&Path],
        steps: impl AsyncFnOnce(&Page) -> Result<()>,
    ) -> Result<()> {
        let page = Page::new(self.connect(binary, paths).await?);
        let outcome = AssertUnwindSafe(steps(&page)).catch_unwind().await;
        if !matches!(outcome, Ok(Ok(()))) {
            self.report(&page).await;
        }
        page.close().await?;
        self.closed().await?;
        match outcome {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// As [`Self::window`], started as `npm start` does in the end; what cargo would compile is taken as compiled.
    pub async fn window_by_npm(&self, paths: &[&Path], steps: impl AsyncFnOnce(&Page) -> Result<()>) -> Result<()> {
        let start = self.folder.path().join("start.sh");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let script = format!(
            include_str!("npm.sh"),
            root = root.display(),
            folder = self.folder.path().display(),
            program = program().display(),
            target = self.folder.path().join("target").display(),
        );
        std::fs::write(&start, script)?;
        std::fs::set_permissions(&start, Permissions::from_mode(0o755))?;
        // The driver waits for ever for a program that does not come.
        let failed = self.folder.path().join("start.failed");
        let failing = within(6 * LIMIT, "the window opens", async || Ok(failed.exists().then_some(())));
        tokio::select! {
            outcome = self.window_of(&start, paths, steps) => outcome,
            failing = failing => {
                let said = std::fs::read_to_string(self.folder.path().join("start.log")).unwrap_or_default();
                bail!("npm start would not open a window ({failing:?}):\n{said}")
            }
        }
    }

    /// A start beside the window that is open, as by "Open with": returns once it has ended.
    pub async fn start_again(&self, paths: &[&Path]) -> Result<()> {
        let mut command = match std::env::var_os(DESKTOP_FILE) {
            Some(file) => {
                let mut launcher = Command::new("gio");
                launcher.arg("launch").arg(file);
                launcher
            }
            None => Command::new(program()),
        };
        self.surround(&mut command);
        let mut child = command.args(paths).stdin(Stdio::null()).spawn()?;
        let ended = eventually("the second start ends", async || Ok(child.try_wait()?)).await;
        if ended.is_err() {
            // It may have ended meanwhile.
            let _ = child.kill();
            child.wait()?;
        }
        let status = ended?;
        anyhow::ensure!(status.success(), "the second start ends with {status}");
        Ok(())
    }

    /// The driver needs a moment before it listens.
    async fn connect(&self, binary: &Path, paths: &[&Path]) -> Result<Client> {
        let args: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let capabilities = serde_json::json!({ "webkitgtk:browserOptions": { "binary": binary, "args": args } });
        let capabilities = capabilities.as_object().cloned().context("an object")?;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let since = Instant::now();
        loop {
            match builder.connect(&self.driver).await {
                Ok(client) => {
                    client.set_window_rect(0, 0, SIZE.0, SIZE.1).await?;
                    return Ok(client);
                }
                Err(NewSessionError::FailedC(_)) if since.elapsed() < LIMIT => pause().await,
                Err(error) => return Err(error).context("the driver does not open the program"),
            }
        }
    }

    /// Waits until the program has let go of its data folder.
    async fn closed(&self) -> Result<()> {
        let lock = self.data().join("instance.lock");
        eventually("the program ends", async || match std::fs::File::open(&lock) {
            Ok(file) => Ok(file.try_lock().is_ok().then_some(())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Some(())),
            Err(error) => bail!("cannot open \"{}\": {error}", lock.display()),
        })
        .await
    }

    async fn report(&self, page: &Page) {
        let text = page.body().await.unwrap_or_else(|error| format!("nothing: {error}"));
        eprintln!("--- the page showed:\n{text}\n---");
        match page.picture(&support::target().join("window").join(format!("{}.png", self.name))).await {
            Ok(path) => eprintln!("its picture is \"{}\"", path.display()),
            Err(error) => eprintln!("there is no picture: {error:#}"),
        }
    }
}

/// The workbench that is tested.
fn program() -> PathBuf {
    match std::env::var_os(INSTALLED) {
        Some(folder) => Path::new(&folder).join("node-workbench"),
        None => env!("CARGO_BIN_EXE_node-workbench").into(),
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
