//! What the suites stand on: real nodes built from source, WAT fixtures, a workbench in a temporary folder, and servers
//! on loopback.
//!
//! Tests use these and nothing else of the runtime's start-up, so that only this crate follows its changes.

pub mod bench;
pub mod fixtures;
pub mod measure;
pub mod nodes;
pub mod servers;

use std::path::{Path, PathBuf};

pub use bench::{Bench, Finished, Running, Start, bench, bench_with, engine_config, soon};

/// The repository's top folder: that of the checkout the tests run in, which need not be the one they were built in.
pub fn repository() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    let mut folders = Path::new(&package).ancestors();
    folders.find(|folder| folder.join("sample-nodes").is_dir()).expect("a package lies in the repository").to_owned()
}

/// Where cargo builds, and everything that tests keep between runs.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), |path| repository().join(path))
}
