//! `grants.json`: what always applies, shared by all programs that use one data folder.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::Grant;
use crate::permission::{Decision, Identity, Lifetime, Origin};

/// A file that is larger was not written by this program.
const LARGEST: u64 = 16 << 20;
const VERSION: u32 = 1;

#[derive(Debug)]
pub(super) struct File {
    folder: PathBuf,
    /// How the file looked when it was last read, to see changes without reading it.
    seen: Mutex<Option<Stamp>>,
}

type Stamp = (SystemTime, u64);

/// What the file holds, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub grants: Vec<Grant>,
    pub problem: Option<String>,
}

/// The right to read and replace the file while no other program does.
pub(super) struct Turn<'a> {
    file: &'a File,
    _lock: fs::File,
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
        Self { folder: folder.to_owned(), seen: Mutex::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("grants.json")
    }

    /// Waits for this program's turn: the lock is on a file of its own, as `grants.json` is replaced by each write.
    pub fn turn(&self) -> io::Result<Turn<'_>> {
        let path = self.folder.join("grants.lock");
        let lock = fs::OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        flock(&lock, FlockOperation::LockExclusive)?;
        Ok(Turn { file: self, _lock: lock })
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

    fn read(&self) -> io::Result<Content> {
        self.remember_stamp()?;
        let mut text = Vec::new();
        match fs::File::open(self.path()) {
            Ok(file) => file.take(LARGEST + 1).read_to_end(&mut text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(error),
        };
        if text.len() as u64 > LARGEST {
            return self.set_aside("it is too large");
        }
        match serde_json::from_slice::<Document>(&text) {
            Ok(document) if document.version == VERSION => self.parse(document),
            Ok(document) => self.set_aside(&format!("version {} is not known here", document.version)),
            Err(error) => self.set_aside(&error.to_string()),
        }
    }

    fn parse(&self, document: Document) -> io::Result<Content> {
        let count = document.grants.len();
        let grants: Vec<Grant> = document.grants.into_iter().filter_map(parse_grant).collect();
        if grants.len() == count {
            return Ok(Content { grants, problem: None });
        }
        let Content { problem, .. } = self.set_aside(&format!("{} of {count} entries", count - grants.len()))?;
        // The good entries stay in force, and the next reader does not stumble again.
        self.replace(&grants)?;
        Ok(Content { grants, problem })
    }

    fn set_aside(&self, reason: &str) -> io::Result<Content> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let aside = self.folder.join(format!("grants.json.damaged-{}", since.as_nanos()));
        fs::rename(self.path(), &aside)?;
        self.remember_stamp()?;
        let problem = format!(
            "the remembered permissions were damaged ({reason}) and are set aside as \"{}\"; nodes ask again",
            aside.display()
        );
        Ok(Content { grants: Vec::new(), problem: Some(problem) })
    }

    /// Writes a new file beside the old one and renames it over: a reader sees the one or the other. Readable by the
    /// user only.
    fn replace(&self, grants: &[Grant]) -> io::Result<()> {
        let grants = grants.iter().map(|grant| serde_json::to_value(stored(grant))).collect::<Result<_, _>>()?;
        let text = serde_json::to_vec_pretty(&Document { version: VERSION, grants })?;
        let mut file = tempfile::Builder::new().prefix(".grants-").tempfile_in(&self.folder)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.persist(self.path()).map_err(|error| error.error)?;
        self.remember_stamp()
    }
}

impl Turn<'_> {
    /// `None` where nothing changed since the last look.
    pub fn read_if_changed(&self) -> io::Result<Option<Content>> {
        if self.file.stamp()? == *self.file.seen.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(None);
        }
        self.file.read().map(Some)
    }

    pub fn update(&self, change: impl FnOnce(&mut Vec<Grant>)) -> io::Result<Content> {
        let mut content = self.file.read()?;
        change(&mut content.grants);
        self.file.replace(&content.grants)?;
        Ok(content)
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
