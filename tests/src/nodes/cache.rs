//! Builds kept by the hash of their sources.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

pub struct Build<'a> {
    pub group: &'a str,
    pub sources: &'a [&'a Path],
}

// Sources do not change while tests run: hashed once for each process.
static KNOWN: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);

/// Written last: a folder without it was left behind by a build that failed.
const COMPLETE: &str = ".complete";

/// Results of older sources are kept this long, for other processes that still use them.
const KEPT: Duration = Duration::from_secs(3600);

impl Build<'_> {
    pub fn get(&self, build: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        if let Some(folder) = self.known() {
            return Ok(folder);
        }
        let group = folder().join(self.group);
        fs::create_dir_all(&group).with_context(|| format!("create \"{}\"", group.display()))?;
        let lock = File::create(group.join(".lock"))?;
        lock.lock().context("lock the build folder")?;

        let out = group.join(hash(self.sources)?);
        if !out.join(COMPLETE).exists() {
            clear(&out)?;
            fs::create_dir_all(&out)?;
            build(&out)?;
            File::create(out.join(COMPLETE))?;
            forget_older(&group, &out)?;
        }
        KNOWN
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_default()
            .insert(self.group.to_owned(), out.clone());
        Ok(out)
    }

    fn known(&self) -> Option<PathBuf> {
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(self.group).cloned()
    }
}

/// Everything that is built for tests.
pub fn folder() -> PathBuf {
    crate::target().join("nodes")
}

fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove \"{}\"", folder.display()))
        }
        _ => Ok(()),
    }
}

fn forget_older(group: &Path, current: &Path) -> Result<()> {
    for entry in fs::read_dir(group)? {
        let entry = entry?;
        let age = SystemTime::now().duration_since(entry.metadata()?.modified()?).unwrap_or_default();
        if entry.path() != current && entry.file_type()?.is_dir() && age > KEPT {
            clear(&entry.path())?;
        }
    }
    Ok(())
}

/// Over paths and contents, in a fixed order; build output and installed packages are no sources.
pub fn hash(sources: &[&Path]) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for source in sources {
        for file in files(source)? {
            let name = file.strip_prefix(source).unwrap_or(&file).to_string_lossy().into_owned();
            let content = fs::read(&file).with_context(|| format!("read \"{}\"", file.display()))?;
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
            hasher.update(&(content.len() as u64).to_le_bytes()).update(&content);
        }
    }
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

pub fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().context("a file has a folder")?)?;
        fs::copy(&file, &target).with_context(|| format!("copy \"{}\"", file.display()))?;
    }
    Ok(())
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("list \"{}\"", path.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if !["target", "build", "node_modules", "__pycache__"].iter().any(|skipped| name == *skipped) {
            found.extend(files(&entry.path())?);
        }
    }
    found.sort();
    Ok(found)
}
