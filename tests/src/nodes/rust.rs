//! Rust components: cargo for `wasm32-wasip2`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache;
use super::tools::{checked, output};

const TARGET: &str = "wasm32-wasip2";

/// Builds the whole workspace in one go and copies its nodes to `out`.
pub fn build(workspace: &Path, out: &Path) -> Result<()> {
    let built = compile(workspace)?;
    for entry in fs::read_dir(&built)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            fs::copy(&path, out.join(path.file_name().context("a file has a name")?))?;
        }
    }
    Ok(())
}

fn compile(folder: &Path) -> Result<PathBuf> {
    add_target()?;
    let target = cache::folder().join("cargo");
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(folder)
        .args(["build", "--release", "--locked", "--target", TARGET])
        .arg("--target-dir")
        .arg(&target);
    checked(without_host_flags(&mut cargo))?;
    Ok(target.join(TARGET).join("release"))
}

/// Flags for the host's tests, such as those of sanitizers, mean nothing to a wasm target.
pub fn without_host_flags(command: &mut Command) -> &mut Command {
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"] {
        command.env_remove(name);
    }
    command
}

/// Installs the target's standard library where it is missing.
pub fn add_target() -> Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    checked(Command::new("rustup").args(["target", "add", TARGET]))
}
