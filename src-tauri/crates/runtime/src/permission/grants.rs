//! Remembered answers: file-backed, keyed by node identity, revocable.

use std::path::Path;

/// All remembered answers of this workbench.
#[derive(Debug)]
pub struct Grants {}

impl Grants {
    /// Opens `grants.json` in the data folder; a damaged file is set aside and reported. Blocking.
    pub fn open(_data: &Path) -> std::io::Result<Self> {
        todo!()
    }

    /// Keeps nothing on disk.
    pub fn in_memory() -> Self {
        todo!()
    }
}
