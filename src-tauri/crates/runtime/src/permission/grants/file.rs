//! `grants.json`: what always applies, shared by all programs that use one data folder.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Grant;
use crate::permission::{Decision, Identity, Lifetime, Origin};
use crate::private;

const VERSION: u32 = 1;

/// `Err`: what is wrong with a file, and the grants that are good all the same.
type Read = Result<Vec<Grant>, (String, Vec<Grant>)>;

#[derive(Debug)]
pub(super) struct File {
    folder: PathBuf,
    /// How the file looked when it was last read, to see changes without reading it.
    seen: Mutex<Option<Stamp>>,
    /// One thread of this program reads or writes at a time.
    turns: Mutex<()>,
}

type Stamp = (SystemTime, u64);

/// What the file holds, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub grants: Vec<Grant>,
    pub problem: Option<String>,
}

/// The right to read the file while no other thread reads or writes, and, with the lock, to replace it while no other
/// program does.
pub(super) struct Turn<'a> {
    file: &'a File,
    lock: OnceCell<fs::File>,
    _here: MutexGuard<'a, ()>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    grants: Vec<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    id: u64,
    file: StoredPath,
    node: String,
    rule: String,
    decision: StoredDecision,
    build: String,
    declared: Vec<String>,
    /// Missing in files of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    /// Milliseconds since 1970.
    at: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredPath {
    Text(String),
    /// A path that is not UTF-8.
    Bytes(Vec<u8>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredDecision {
    Allow,
    Deny,
}

impl File {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), seen: Mutex::default(), turns: Mutex::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("grants.json")
    }

    /// Waits for the other threads of this program.
    pub fn turn(&self) -> Turn<'_> {
        let here = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Turn { file: self, lock: OnceCell::new(), _here: here }
    }

    fn stamp(&self) -> io::Result<Option<Stamp>> {
        match fs::metadata(self.path()) {
            Ok(metadata) => Ok(Some((metadata.modified()?, metadata.len()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn remember_stamp(&self) -> io::Result<()> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.stamp()?;
        Ok(())
    }

    fn read(&self) -> io::Result<Read> {
        self.remember_stamp()?;
        let Some(text) = private::read(&self.path()).map_err(|error| private::named(&self.path(), &error))? else {
            return Ok(Ok(Vec::new()));
        };
        Ok(match serde_json::from_slice::<Document>(&text) {
            Ok(document) if document.version == VERSION => {
                let count = document.grants.len();
                let grants: Vec<Grant> = document.grants.into_iter().filter_map(parse_grant).collect();
                match count - grants.len() {
                    0 => Ok(grants),
                    bad => Err((format!("{bad} of {count} entries"), grants)),
                }
            }
            Ok(document) => Err((format!("version {} is not known here", document.version), Vec::new())),
            Err(error) => Err((error.to_string(), Vec::new())),
        })
    }

    fn replace(&self, grants: &[Grant]) -> io::Result<()> {
        let grants = grants.iter().map(|grant| serde_json::to_value(stored(grant))).collect::<Result<_, _>>()?;
        let text = serde_json::to_vec_pretty(&Document { version: VERSION, grants })?;
        private::replace(&self.path(), &text, None)?;
        self.remember_stamp()
    }
}

impl Turn<'_> {
    /// `None` where nothing changed since the last look.
    pub fn read_if_changed(&self) -> io::Result<Option<Content>> {
        if self.file.stamp()? == *self.file.seen.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(None);
        }
        self.read().map(Some)
    }

    pub fn update(&self, change: impl FnOnce(&mut Vec<Grant>)) -> io::Result<Content> {
        self.lock()?;
        let mut content = self.read()?;
        change(&mut content.grants);
        self.file.replace(&content.grants)?;
        Ok(content)
    }

    /// Waits for other programs, not for ever. The lock is on a file of its own, as `grants.json` is replaced by each
    /// write; who only reads a good file finds the old one or the new, and needs none.
    fn lock(&self) -> io::Result<()> {
        if self.lock.get().is_none() {
            let path = self.file.folder.join("grants.lock");
            let lock = private::lock(&path).map_err(|error| private::named(&path, &error))?;
            self.lock.get_or_init(|| lock);
        }
        Ok(())
    }

    /// Sets a damaged file aside. The good entries stay in force, and the next reader does not stumble again.
    fn read(&self) -> io::Result<Content> {
        if let Ok(grants) = self.file.read()? {
            return Ok(Content { grants, problem: None });
        }
        // Another program may have been faster.
        self.lock()?;
        let (reason, grants) = match self.file.read()? {
            Ok(grants) => return Ok(Content { grants, problem: None }),
            Err(damaged) => damaged,
        };
        let aside = private::set_aside(&self.file.path())?;
        self.file.remember_stamp()?;
        if !grants.is_empty() {
            self.file.replace(&grants)?;
        }
        let problem = format!(
            "the remembered permissions were damaged ({reason}) and are set aside as \"{}\"; nodes ask again",
            aside.display()
        );
        Ok(Content { grants, problem: Some(problem) })
    }
}

fn stored(grant: &Grant) -> Stored {
    let file = match grant.identity.file.to_str() {
        Some(text) => StoredPath::Text(text.to_owned()),
        None => StoredPath::Bytes(grant.identity.file.as_os_str().as_bytes().to_vec()),
    };
    let since = grant.at.duration_since(UNIX_EPOCH).unwrap_or_default();
    Stored {
        id: grant.id,
        file,
        node: grant.identity.node.clone(),
        rule: grant.rule.to_string(),
        decision: match grant.decision {
            Decision::Allow => StoredDecision::Allow,
            Decision::Deny => StoredDecision::Deny,
        },
        build: grant.build.to_string(),
        declared: grant.declared.clone(),
        origin: grant.origin.as_deref().cloned(),
        at: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
    }
}

fn parse_grant(value: serde_json::Value) -> Option<Grant> {
    let stored: Stored = serde_json::from_value(value).ok()?;
    let file = match stored.file {
        StoredPath::Text(text) => PathBuf::from(text),
        StoredPath::Bytes(bytes) => PathBuf::from(OsStr::from_bytes(&bytes)),
    };
    Some(Grant {
        id: stored.id,
        identity: Identity { file, node: stored.node },
        rule: stored.rule.parse().ok()?,
        decision: match stored.decision {
            StoredDecision::Allow => Decision::Allow,
            StoredDecision::Deny => Decision::Deny,
        },
        lifetime: Lifetime::Always,
        run: None,
        build: Arc::from(stored.build),
        declared: stored.declared,
        origin: stored.origin.map(Arc::new),
        at: UNIX_EPOCH.checked_add(Duration::from_millis(stored.at))?,
    })
}
