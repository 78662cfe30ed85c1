//! One file being written: out of sight until it is complete, gone if it never is. Blocking.

use std::io::Write as _;
use std::sync::Arc;

use cap_std::fs::{File, OpenOptions};

use super::Refusal;
use super::files::{Kind, PackageFiles, kind};
use super::path::Parts;
use super::quota::{Reservation, Usage};
use crate::host::{locked, meta};

pub(super) struct PartialWrite {
    files: Arc<PackageFiles>,
    root: String,
    parts: Parts,
    name: String,
    file: File,
    total: u64,
    received: u64,
    /// Folders that will have to be created, as far as room was reserved for them.
    missing: u64,
    reserved: Option<Reservation>,
}

impl PartialWrite {
    /// Reserves room for the whole file.
    pub fn start(files: Arc<PackageFiles>, root: &str, parts: Parts, total: u64) -> Result<Self, Refusal> {
        let (folders, name) = parts.split_last()?;
        let missing = files.missing(root, folders)?;
        if missing == 0 {
            existing(&files.descend(root, folders)?, name)?;
        }
        let reserved = files.reserve(total, missing + 1)?;
        let name = meta::token("part").ok_or(Refusal::NoRandomness)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = files.writes.open_with(&name, &options)?;
        let root = root.to_owned();
        Ok(Self { files, root, parts, name, file, total, received: 0, missing, reserved: Some(reserved) })
    }

    pub fn accepts(&self, size: usize) -> Result<(), Refusal> {
        let received = self.received.saturating_add(size as u64);
        if received > self.total {
            return Err(Refusal::TooMuch { received, total: self.total });
        }
        Ok(())
    }

    pub fn push(&mut self, data: &[u8]) -> Result<(), Refusal> {
        self.accepts(data.len())?;
        self.file.write_all(data)?;
        self.received += data.len() as u64;
        Ok(())
    }

    /// Moves the complete file into its place, over an older one.
    pub fn finish(mut self) -> Result<(), Refusal> {
        if self.received != self.total {
            return Err(Refusal::Incomplete { received: self.received, total: self.total });
        }
        let (folders, name) = self.parts.split_last()?;
        let _counting = locked(&self.files.counted);
        let (dir, created) = self.files.descend_creating(&self.root, folders)?;
        let old = existing(&dir, name)?;
        self.files.writes.rename(&self.name, &dir, name)?;
        if let Some(reserved) = self.reserved.take() {
            let freed = Usage {
                bytes: old.unwrap_or_default(),
                entries: self.missing.saturating_sub(created) + u64::from(old.is_some()),
            };
            reserved.settle(freed);
        }
        Ok(())
    }
}

/// The size of the file that is there already.
fn existing(dir: &cap_std::fs::Dir, name: &str) -> Result<Option<u64>, Refusal> {
    match kind(dir, name) {
        Ok(Kind::File { size }) => Ok(Some(size)),
        Ok(Kind::Directory) => Err(Refusal::IsADirectory),
        Err(Refusal::NotFound) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

impl Drop for PartialWrite {
    fn drop(&mut self) {
        // After a successful finish the file has another name and nothing is reserved.
        if self.reserved.is_none() {
            return;
        }
        if let Err(error) = self.files.writes.remove_file(&self.name) {
            tracing::warn!(%error, "cannot remove an unfinished write");
        }
    }
}
