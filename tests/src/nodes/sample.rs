//! Sample nodes, built with the command that their manifest names.
//!
//! A folder is `<language>-<what>`: the language says which tools are put on the command's path. What a folder's own
//! `package-lock.json` or `requirements.txt` pin is installed first, as its README tells a user to do.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use toml::Table;

use super::tools::{checked, output};
use super::{cache, rust, tools};

/// What the manifest of a sample says about its build.
struct Recipe {
    /// Run by `sh -c` in the sample's folder.
    build: String,
    /// Relative to the sample's folder.
    wasm: PathBuf,
}

impl Recipe {
    fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("flow-like.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("read \"{}\"", path.display()))?;
        let manifest: Table = text.parse().with_context(|| format!("parse \"{}\"", path.display()))?;
        let wasm = manifest.get("wasm_path").and_then(toml::Value::as_str).context("\"wasm_path\" names the node")?;
        let build = manifest.get("workbench").and_then(|section| section.get("build")).and_then(toml::Value::as_str);
        let build = build.context("\"workbench.build\" is the command that builds the node")?;
        Ok(Self { build: build.to_owned(), wasm: wasm.into() })
    }
}

/// The command that builds a sample, as its manifest names it.
pub fn command(folder: &Path) -> Result<String> {
    Ok(Recipe::read(folder)?.build)
}

/// Builds a copy of a sample and returns the path of its `.wasm`.
pub fn build(folder: &Path, language: &str) -> Result<PathBuf> {
    let recipe = Recipe::read(folder)?;
    let mut shell = Command::new("sh");
    shell.current_dir(folder).args(["-c", &recipe.build]);
    let mut path = toolchain(language, &mut shell)?;
    if folder.join("package-lock.json").exists() {
        std::os::unix::fs::symlink(tools::npm(folder)?, folder.join("node_modules"))?;
    }
    let requirements = folder.join("requirements.txt");
    if requirements.exists() {
        path.push(tools::python(&requirements)?.join("bin"));
    }
    let lock = folder.join("Cargo.lock");
    let locked = fs::read(&lock).ok();

    // The dependencies of all Rust samples are compiled once.
    let target = cache::folder().join("cargo");
    checked(rust::without_host_flags(&mut shell).env("PATH", in_front(path)?).env("CARGO_TARGET_DIR", &target))?;
    if fs::read(&lock).ok() != locked {
        bail!("\"{}\" does not fit the sample's Cargo.toml; build it once and commit the lock file", lock.display());
    }
    Ok(match recipe.wasm.strip_prefix("target") {
        Ok(built) if locked.is_some() => target.join(built),
        _ => folder.join(recipe.wasm),
    })
}

/// Folders with the tools of a language that a machine with Rust, Node.js and Python need not have.
fn toolchain(language: &str, command: &mut Command) -> Result<Vec<PathBuf>> {
    match language {
        "cpp" | "zig" => zig(command),
        "go" if output(Command::new("go").arg("version")).is_err() => Ok(vec![tools::go()?]),
        "lua" => {
            command.env("LUA_SOURCE", tools::lua()?);
            zig(command)
        }
        "nim" => Ok([zig(command)?, vec![tools::nim()?]].concat()),
        "rust" => rust::add_target().map(|()| Vec::new()),
        _ => Ok(Vec::new()),
    }
}

fn zig(command: &mut Command) -> Result<Vec<PathBuf>> {
    let zig = tools::zig()?;
    command.env("ZIG_GLOBAL_CACHE_DIR", zig.join("cache"));
    Ok(vec![tools::site_packages(&zig)?.join("ziglang")])
}

fn in_front(mut folders: Vec<PathBuf>) -> Result<OsString> {
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    std::env::join_paths(folders).context("a tool's folder has a plain name")
}
