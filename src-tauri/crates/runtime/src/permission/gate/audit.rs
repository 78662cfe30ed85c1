//! What the gate tells of its decisions.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use super::GateSetup;
use super::labels::{covers, declares};
use crate::event::{EventKind, Events, Level};
use crate::permission::rule::known_class;
use crate::permission::{Basis, Caller, Capability, Decided, Decision, Request, Target};

/// How often the same automatic denial is listed; the rest is counted.
const LISTED_DENIALS: u32 = 100;
/// How many different requests are told apart; beyond that every decision is listed.
const TOLD_APART: usize = 4096;

pub(super) struct Audit {
    events: Events,
    // Read for each decision, written between two calls of a run.
    caller: RwLock<Arc<Caller>>,
    build: Arc<str>,
    ids: AtomicU64,
    denied: Arc<AtomicU64>,
    // A short section for each decision; requests come from several tasks of one run.
    seen: Mutex<HashMap<(Key, Decision), u32>>,
}

/// Requests that are the same for the audit and for open questions, whatever code they came from.
pub(super) type Key = (Capability, Target);

pub(super) fn key(request: &Request) -> Key {
    (request.capability, request.target.clone())
}

enum Listing {
    List,
    /// The last one that is listed.
    ListAndSay,
    Count,
}

impl Audit {
    pub fn new(setup: &GateSetup) -> Self {
        Self {
            events: setup.events.clone(),
            caller: RwLock::new(Arc::new(setup.caller.clone())),
            build: setup.build.clone(),
            ids: AtomicU64::new(0),
            denied: Arc::default(),
            seen: Mutex::default(),
        }
    }

    pub fn closed(events: Events) -> Self {
        Self {
            events,
            caller: RwLock::new(Arc::new(Caller::nobody())),
            build: Arc::from(""),
            ids: AtomicU64::new(0),
            denied: Arc::default(),
            seen: Mutex::default(),
        }
    }

    pub fn events(&self) -> &Events {
        &self.events
    }

    pub fn fresh_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn denied(&self) -> &Arc<AtomicU64> {
        &self.denied
    }

    pub fn count_denial(&self) {
        self.denied.fetch_add(1, Ordering::Relaxed);
    }

    pub fn caller(&self) -> Arc<Caller> {
        self.caller.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn enter(&self, caller: Caller) {
        *self.caller.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(caller);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether Flow-Like would let the request pass: the label is declared, and the manifest's hosts cover it.
    pub fn is_declared(&self, request: &Request) -> bool {
        let caller = self.caller();
        declares(&caller.declared, request.capability) && covers(caller.allowed_hosts.as_deref(), &request.target)
    }

    /// A decision that nobody was asked for. The same permission is listed once in a run, the same denial so often
    /// that nobody can miss it.
    pub async fn automatic(&self, request: &Request, decision: Decision, basis: Basis) {
        if decision == Decision::Deny {
            self.count_denial();
        }
        match self.listing(request, decision) {
            Listing::List => self.list(self.fresh_id(), request, decision, basis).await,
            Listing::ListAndSay => {
                self.list(self.fresh_id(), request, decision, basis).await;
                let message = format!(
                    "{LISTED_DENIALS} requests of the same kind (\"{}\") were denied; further ones are only counted",
                    request.capability.name()
                );
                self.events.host(Level::Warn, message).await;
            }
            Listing::Count => {}
        }
    }

    /// The end of a question.
    pub async fn asked(&self, id: u64, request: &Request, decision: Decision, basis: Basis) {
        if decision == Decision::Deny {
            self.count_denial();
        }
        self.list(id, request, decision, basis).await;
    }

    fn listing(&self, request: &Request, decision: Decision) -> Listing {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (key(request), decision);
        if seen.len() >= TOLD_APART && !seen.contains_key(&key) {
            return Listing::List;
        }
        let count = seen.entry(key).or_default();
        *count = count.saturating_add(1);
        match (decision, *count) {
            (_, 1) => Listing::List,
            (Decision::Deny, LISTED_DENIALS) => Listing::ListAndSay,
            (Decision::Deny, count) if count < LISTED_DENIALS => Listing::List,
            _ => Listing::Count,
        }
    }

    async fn list(&self, id: u64, request: &Request, decision: Decision, basis: Basis) {
        let decided = Decided {
            id,
            run: self.events.run().clone(),
            identity: self.caller().identity.clone(),
            build: self.build.clone(),
            request: request.clone(),
            class: known_class(request),
            declared: self.is_declared(request),
            decision,
            basis,
            at: SystemTime::now(),
        };
        self.events.emit(EventKind::Decided(Arc::new(decided))).await;
    }
}
