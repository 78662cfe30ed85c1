//! How much a package keeps on disk.

use std::sync::{Arc, Mutex};

use super::Refusal;
use crate::host::locked;

/// Limits of one package. Folders count as entries, so that empty ones are not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub bytes: u64,
    pub entries: u64,
}

impl Default for Quota {
    fn default() -> Self {
        Self { bytes: 256 << 20, entries: 10_000 }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub bytes: u64,
    pub entries: u64,
}

/// What is used and what is promised to writes under way.
#[derive(Debug)]
pub(super) struct Account {
    quota: Quota,
    // Short sections only: writes of several runs share the account.
    state: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    kept: Usage,
    promised: Usage,
}

/// Room for one write; given back on drop unless it was settled.
#[derive(Debug)]
pub(super) struct Reservation {
    account: Arc<Account>,
    promised: Usage,
}

impl Account {
    pub fn new(quota: Quota) -> Arc<Self> {
        Arc::new(Self { quota, state: Mutex::default() })
    }

    /// What a look at the disk found.
    pub fn set(&self, kept: Usage) {
        locked(&self.state).kept = kept;
    }

    /// What came to be without a reservation: the workbench's own folders.
    pub fn add(&self, more: Usage) {
        let mut used = locked(&self.state);
        used.kept.bytes = used.kept.bytes.saturating_add(more.bytes);
        used.kept.entries = used.kept.entries.saturating_add(more.entries);
    }

    #[cfg(test)]
    pub fn kept(&self) -> Usage {
        locked(&self.state).kept
    }

    pub fn reserve(self: &Arc<Self>, bytes: u64, entries: u64) -> Result<Reservation, Refusal> {
        let mut used = locked(&self.state);
        let all_bytes = used.kept.bytes.saturating_add(used.promised.bytes).saturating_add(bytes);
        let all_entries = used.kept.entries.saturating_add(used.promised.entries).saturating_add(entries);
        if all_bytes > self.quota.bytes {
            return Err(Refusal::FullBytes { wanted: all_bytes, limit: self.quota.bytes });
        }
        if all_entries > self.quota.entries {
            return Err(Refusal::FullEntries { limit: self.quota.entries });
        }
        used.promised.bytes += bytes;
        used.promised.entries += entries;
        Ok(Reservation { account: self.clone(), promised: Usage { bytes, entries } })
    }
}

impl Reservation {
    /// The write is done: what was promised is used, and `freed` is not any more.
    pub fn settle(mut self, freed: Usage) {
        let promised = std::mem::take(&mut self.promised);
        let mut used = locked(&self.account.state);
        used.release(promised);
        used.kept.bytes = used.kept.bytes.saturating_add(promised.bytes).saturating_sub(freed.bytes);
        used.kept.entries = used.kept.entries.saturating_add(promised.entries).saturating_sub(freed.entries);
    }
}

impl Used {
    fn release(&mut self, promised: Usage) {
        self.promised.bytes -= promised.bytes;
        self.promised.entries -= promised.entries;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        locked(&self.account.state).release(self.promised);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_promised_once_and_given_back() {
        let account = Account::new(Quota { bytes: 100, entries: 2 });
        let first = account.reserve(60, 1).expect("60 of 100");
        assert!(account.reserve(60, 1).is_err(), "the rest is too small");
        drop(first);
        let second = account.reserve(60, 1).expect("given back by the drop");
        second.settle(Usage::default());
        assert_eq!(account.kept(), Usage { bytes: 60, entries: 1 });
        assert!(account.reserve(50, 0).is_err(), "what is kept counts");
        account.reserve(40, 1).expect("40 are left").settle(Usage { bytes: 60, entries: 1 });
        assert_eq!(account.kept(), Usage { bytes: 40, entries: 1 }, "an overwritten file is free again");
        assert!(account.reserve(0, 2).is_err(), "entries are counted too");
        assert!(account.reserve(u64::MAX, 0).is_err(), "no overflow");
    }
}
