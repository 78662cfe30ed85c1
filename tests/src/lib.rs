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

#[cfg(test)]
mod tests {
    /// As in `linux/capability.h`: reads, writes and owns files whatever their modes say.
    const POWERS_OVER_FILES: [(u32, &str); 3] = [(1, "DAC_OVERRIDE"), (2, "DAC_READ_SEARCH"), (3, "FOWNER")];

    #[test]
    fn f01_tests_in_ci_have_no_power_that_a_user_lacks() {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells a process about itself");
        let bits = status.lines().find_map(|line| line.strip_prefix("CapEff:")).expect("its powers too");
        let bits = u64::from_str_radix(bits.trim(), 16).expect("in hexadecimal digits");
        let powers: Vec<_> = POWERS_OVER_FILES.into_iter().filter(|(bit, _)| bits >> bit & 1 == 1).collect();
        let told = format!("the tests run with {powers:?}: faults that users meet stay hidden; .ci/run drops them");
        if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
            assert!(powers.is_empty(), "{told}");
        } else if !powers.is_empty() {
            eprintln!("LEFT OUT: {told}");
        }
    }
}
