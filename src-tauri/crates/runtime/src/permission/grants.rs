//! Remembered answers: file-backed, keyed by node identity, revocable.
//!
//! One list holds the answers of this run, of this session and of always; only the last are in `grants.json` (see
//! `file`). Several programs may share the file: each reads it again before it writes or asks. Which answer applies
//! to a request is for [`super::policy`].

mod file;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::file::File;
use super::{Decision, Identity, Lifetime, Origin, Rule};
use crate::event::RunId;
use crate::private;

/// All remembered answers of this workbench.
#[derive(Debug)]
pub struct Grants {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    // Held for short sections only, never across an await or file work.
    state: Mutex<State>,
    file: Option<File>,
    /// Counts changes, so that open questions can look again.
    changes: watch::Sender<u64>,
}

/// What another program revoked takes effect at the next run after this time, or at the next question.
const FRESH: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct State {
    entries: Vec<Entry>,
    /// Revoked here while another write of the file was under way: it must not bring them back.
    revoked: HashSet<u64>,
    /// When the file was last seen to be as it is here.
    looked_at: Option<Instant>,
    problem: Option<String>,
}

#[derive(Clone, Debug)]
struct Entry {
    grant: Grant,
    revoked: CancellationToken,
    /// Is in the file, as far as this program knows.
    stored: bool,
}

/// One remembered answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Unique among all grants, across programs; fits in 53 bits.
    pub id: u64,
    pub identity: Identity,
    pub rule: Rule,
    pub decision: Decision,
    /// Never [`Lifetime::Once`].
    pub lifetime: Lifetime,
    /// The run that a [`Lifetime::Run`] belongs to.
    pub run: Option<RunId>,
    /// Content hash of the build that asked.
    pub build: Arc<str>,
    /// What the node declared when this was answered.
    pub declared: Vec<String>,
    /// What the file was then; `None` where that was not kept yet: see [`Grants::bind`].
    pub origin: Option<Arc<Origin>>,
    pub at: SystemTime,
}

/// A grant as a gate uses it.
#[derive(Clone, Debug)]
pub(super) struct Applicable {
    pub rule: Rule,
    pub decision: Decision,
    pub lifetime: Lifetime,
    pub declared: Vec<String>,
    pub origin: Option<Arc<Origin>>,
    pub revoked: CancellationToken,
}

impl Grants {
    /// Opens `grants.json` in the data folder; a damaged file is set aside and reported. Blocking.
    pub fn open(data: &Path) -> io::Result<Self> {
        private::create_folder(data)?;
        let grants = Self::over(Some(File::new(data)));
        if let Err(error) = grants.shared.read() {
            let problem = format!("cannot read the remembered permissions: {error}; nodes ask again");
            grants.shared.lock().problem = Some(problem);
        }
        Ok(grants)
    }

    /// Keeps nothing on disk.
    pub fn in_memory() -> Self {
        Self::over(None)
    }

    fn over(file: Option<File>) -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::default(), file, changes: watch::Sender::new(0) }) }
    }

    /// What is wrong with the file, in words for the user.
    pub fn problem(&self) -> Option<String> {
        self.shared.lock().problem.clone()
    }

    /// All remembered answers, oldest first.
    pub fn list(&self) -> Vec<Grant> {
        self.shared.lock().entries.iter().map(|entry| entry.grant.clone()).collect()
    }

    /// Forgets an answer and closes what rests on it; `false` where there is no such answer. An answer that cannot be
    /// taken out of the file is gone for this session and reported as an error.
    pub async fn revoke(&self, id: u64) -> io::Result<bool> {
        let stored = {
            let mut state = self.shared.lock();
            let Some(at) = state.entries.iter().position(|entry| entry.grant.id == id) else { return Ok(false) };
            let entry = state.entries.remove(at);
            entry.revoked.cancel();
            let stored = entry.grant.lifetime == Lifetime::Always;
            if stored {
                state.revoked.insert(id);
            }
            stored
        };
        self.shared.changed();
        if stored {
            self.write(move |grants| grants.retain(|grant| grant.id != id)).await?;
        }
        Ok(true)
    }

    /// Looks whether another program changed the file.
    pub async fn refresh(&self) -> io::Result<()> {
        if self.shared.file.is_none() {
            return Ok(());
        }
        let shared = self.shared.clone();
        let began = Instant::now();
        let read = blocking(move || shared.read()).await;
        if read.is_ok() {
            self.shared.lock().looked_at = Some(began);
        }
        read
    }

    /// Whether the file was looked at a moment ago: runs that follow each other closely need not each look again.
    pub(super) fn is_fresh(&self) -> bool {
        self.shared.file.is_none() || self.shared.lock().looked_at.is_some_and(|at| at.elapsed() < FRESH)
    }

    /// Remembers an answer. It applies at once; an error means that it will be forgotten when the program ends.
    pub(super) async fn remember(&self, mut grant: Grant) -> (CancellationToken, io::Result<()>) {
        grant.id = fresh_id();
        let stored = grant.lifetime == Lifetime::Always && self.shared.file.is_some();
        let token = {
            let mut state = self.shared.lock();
            if let Some(same) = state.entries.iter().find(|entry| entry.grant.says_the_same(&grant)) {
                return (same.revoked.clone(), Ok(()));
            }
            let entry = Entry { grant: grant.clone(), revoked: CancellationToken::new(), stored: false };
            let token = entry.revoked.clone();
            state.entries.push(entry);
            token
        };
        self.shared.changed();
        let written = if stored { self.add(grant).await } else { Ok(()) };
        (token, written)
    }

    /// Answers that an older version kept do not say what they were given to: they belong to the file that they are
    /// first used with.
    pub(super) async fn bind(&self, identity: &Identity, origin: &Arc<Origin>) -> io::Result<()> {
        let is_loose = |grant: &Grant| grant.origin.is_none() && grant.identity == *identity;
        let bound: HashSet<u64> = {
            let mut state = self.shared.lock();
            let loose = state.entries.iter_mut().filter(|entry| is_loose(&entry.grant));
            loose.map(|entry| (entry.grant.origin = Some(origin.clone()), entry.grant.id).1).collect()
        };
        if bound.is_empty() {
            return Ok(());
        }
        let origin = origin.clone();
        self.write(move |grants| {
            // What another program bound first stays bound.
            let loose = |grant: &&mut Grant| grant.origin.is_none() && bound.contains(&grant.id);
            for grant in grants.iter_mut().filter(loose) {
                grant.origin = Some(origin.clone());
            }
        })
        .await
    }

    /// The answers that may apply to a node in a run.
    pub(super) fn of(&self, identity: &Identity, run: &RunId) -> Vec<Applicable> {
        let belongs = |grant: &Grant| grant.identity == *identity && grant.run.as_ref().is_none_or(|own| own == run);
        let state = self.shared.lock();
        state.entries.iter().filter(|entry| belongs(&entry.grant)).map(Entry::applicable).collect()
    }

    /// Forgets the answers of a run that is over.
    pub(super) fn end_run(&self, run: &RunId) {
        self.shared.lock().entries.retain(|entry| entry.grant.run.as_ref() != Some(run));
    }

    /// Wakes when any answer came or went.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    async fn add(&self, grant: Grant) -> io::Result<()> {
        let shared = self.shared.clone();
        self.write(move |grants| {
            // A revocation may have had its turn at the file first.
            if !shared.lock().revoked.contains(&grant.id) {
                grants.push(grant);
            }
        })
        .await
    }

    async fn write(&self, change: impl FnOnce(&mut Vec<Grant>) + Send + 'static) -> io::Result<()> {
        if self.shared.file.is_none() {
            return Ok(());
        }
        let shared = self.shared.clone();
        blocking(move || shared.write(change)).await
    }
}

impl Shared {
    fn read(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let turn = file.turn();
        if let Some(content) = turn.read_if_changed()? {
            self.adopt(content);
        }
        Ok(())
    }

    fn write(&self, change: impl FnOnce(&mut Vec<Grant>)) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        // What is adopted while it is this thread's turn cannot be older than what was adopted before.
        let turn = file.turn();
        self.adopt(turn.update(change)?);
        Ok(())
    }

    /// Takes over what the file holds: answers that another program took out of it are revoked here too.
    fn adopt(&self, content: file::Content) {
        let file::Content { grants, problem } = content;
        {
            let mut state = self.lock();
            let State { entries, revoked, problem: reported, .. } = &mut *state;
            entries.retain(|entry| {
                let stays = !entry.stored || grants.iter().any(|grant| grant.id == entry.grant.id);
                if !stays {
                    entry.revoked.cancel();
                }
                stays
            });
            for grant in grants {
                match entries.iter_mut().find(|entry| entry.grant.id == grant.id) {
                    Some(entry) => {
                        entry.stored = true;
                        if grant.origin.is_some() {
                            entry.grant.origin = grant.origin;
                        }
                    }
                    None if revoked.contains(&grant.id) => {}
                    None => entries.push(Entry { grant, revoked: CancellationToken::new(), stored: true }),
                }
            }
            if problem.is_some() {
                *reported = problem;
            }
        }
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn applicable(&self) -> Applicable {
        Applicable {
            rule: self.grant.rule.clone(),
            decision: self.grant.decision,
            lifetime: self.grant.lifetime,
            declared: self.grant.declared.clone(),
            origin: self.grant.origin.clone(),
            revoked: self.revoked.clone(),
        }
    }
}

impl Applicable {
    /// In what the file is another one than this was given to, in words.
    pub fn change(&self, now: &Origin) -> Option<String> {
        self.origin.as_ref().and_then(|origin| origin.difference(now))
    }
}

impl Grant {
    fn says_the_same(&self, other: &Self) -> bool {
        self.identity == other.identity
            && self.rule == other.rule
            && self.decision == other.decision
            && self.lifetime == other.lifetime
            && self.run == other.run
            && self.declared == other.declared
            && self.origin == other.origin
    }
}

/// Random, so that two programs never give the same id; 53 bits, so that any JSON reader keeps it.
fn fresh_id() -> u64 {
    RandomState::new().hash_one(SystemTime::now()) & ((1 << 53) - 1)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests;
