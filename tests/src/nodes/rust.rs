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

/// Builds one sample; its dependencies are compiled once for all of them.
pub fn sample(folder: &Path, name: &str) -> Result<PathBuf> {
    Ok(compile(folder)?.join(format!("{}.wasm", name.replace('-', "_"))))
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
    // Flags for the host's tests, such as those of sanitizers, mean nothing to a wasm target.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"] {
        cargo.env_remove(name);
    }
    checked(&mut cargo)?;
    Ok(target.join(TARGET).join("release"))
}

fn add_target() -> Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    checked(Command::new("rustup").args(["target", "add", TARGET]))
}
