//! One file of the library: its state, what it last came to, and the load under way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

use crate::error::LoadError;
use crate::node::NodeState;

/// A file that may be half written is looked at again after this time, unless a change comes first.
const RETRY_AFTER: Duration = Duration::from_millis(250);
/// How often, before what is wrong with it is reported.
const RETRIES: u8 = 4;

pub(super) struct Entry<B> {
    pub(super) state: NodeState<B>,
    /// The last build that loaded.
    good: Option<(Arc<str>, Arc<B>)>,
    /// The last content that did not load.
    bad: Option<(Arc<str>, LoadError)>,
    pub(super) companions: Vec<PathBuf>,
    /// Added as a file, not only found in a folder.
    pub(super) by_itself: bool,
    /// The folders that it was found in.
    pub(super) folders: BTreeSet<PathBuf>,
    pub(super) gone: bool,
    pub(super) reading: Option<Underway>,
    building: Option<(Arc<str>, Underway)>,
    /// The next load builds even what was built before.
    pub(super) forced: bool,
    retries: u8,
    pub(super) retry_at: Option<Instant>,
}

/// A read or a build on its way. Results with another number come too late.
pub(super) struct Underway {
    pub(super) number: u64,
    pub(super) cancel: CancellationToken,
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// What a fresh read asks for.
pub(super) enum Next {
    /// This content is being built already.
    Wait,
    /// The outcome is known.
    Settled,
    Build,
}

impl<B> Entry<B> {
    pub(super) fn new() -> Self {
        Self {
            state: NodeState::Loading { last: None },
            good: None,
            bad: None,
            companions: Vec::new(),
            by_itself: false,
            folders: BTreeSet::new(),
            gone: false,
            reading: None,
            building: None,
            forced: false,
            retries: 0,
            retry_at: None,
        }
    }

    fn last(&self) -> Option<Arc<B>> {
        self.good.as_ref().map(|(_, build)| build.clone())
    }

    /// A change arrived: what was tried so far counts no more.
    pub(super) fn renew(&mut self) {
        self.retries = 0;
        self.retry_at = None;
        self.gone = false;
    }

    /// Takes what a read found; puts the state right where the outcome is known.
    pub(super) fn read(&mut self, fingerprint: &Arc<str>) -> Next {
        if !self.forced {
            if self.building.as_ref().is_some_and(|(building, _)| building == fingerprint) {
                return Next::Wait;
            }
            self.building = None;
            if let Some((_, build)) = self.good.as_ref().filter(|(good, _)| good == fingerprint) {
                self.state = NodeState::Ready(build.clone());
                return Next::Settled;
            }
            if let Some((_, error)) = self.bad.as_ref().filter(|(bad, _)| bad == fingerprint) {
                let error = error.clone();
                self.fail(error);
                return Next::Settled;
            }
        }
        self.forced = false;
        self.state = NodeState::Loading { last: self.last() };
        Next::Build
    }

    pub(super) fn start_build(&mut self, fingerprint: Arc<str>, underway: Underway) {
        self.building = Some((fingerprint, underway));
    }

    /// Ends the build with this number and gives its fingerprint; `None` where it was given up before.
    pub(super) fn end_build(&mut self, number: u64) -> Option<Arc<str>> {
        self.building.take_if(|(_, underway)| underway.number == number).map(|(fingerprint, _)| fingerprint)
    }

    /// Swaps in a new build and returns the one before.
    pub(super) fn succeed(&mut self, fingerprint: Arc<str>, build: Arc<B>) -> Option<Arc<B>> {
        let before = self.last();
        self.retries = 0;
        self.bad = None;
        self.good = Some((fingerprint, build.clone()));
        self.state = NodeState::Ready(build);
        before
    }

    /// Plans another look where the file may be half written and was not looked at too often. Says whether it did.
    pub(super) fn retry(&mut self, error: &LoadError) -> bool {
        let again = error.may_be_half_written() && self.retries < RETRIES;
        if again {
            self.retries += 1;
            self.retry_at = Some(Instant::now() + RETRY_AFTER);
        }
        again
    }

    /// Remembers that this content does not load.
    pub(super) fn reject(&mut self, fingerprint: Arc<str>, error: LoadError) {
        // These may come out otherwise the next time.
        let passing = matches!(
            error,
            LoadError::Read { .. }
                | LoadError::CompileTimeout { .. }
                | LoadError::Abandoned
                | LoadError::Internal { .. }
        );
        self.bad = (!passing).then(|| (fingerprint, error.clone()));
        self.fail(error);
    }

    pub(super) fn fail(&mut self, error: LoadError) {
        self.building = None;
        self.state = match self.last() {
            Some(last) => NodeState::Stale { last, error },
            None => NodeState::Broken { error },
        };
    }

    pub(super) fn vanish(&mut self, path: &Path) {
        self.reading = None;
        self.retry_at = None;
        self.gone = true;
        self.fail(LoadError::Read {
            path: path.to_owned(),
            reason: "the file is gone; build it again, or remove it from the library".into(),
        });
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.by_itself || !self.folders.is_empty()
    }
}

/// Whether two states look the same from outside.
pub(super) fn same_state<B>(one: &NodeState<B>, other: &NodeState<B>) -> bool {
    let same_build = match (one.build(), other.build()) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    let error = |state: &NodeState<B>| state.error().map(ToString::to_string);
    one.name() == other.name() && same_build && error(one) == error(other)
}
