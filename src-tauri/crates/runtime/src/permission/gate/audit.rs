//! What the gate tells of its decisions.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use super::GateSetup;
use super::labels::{covers, declares};
use crate::event::{EventKind, Events, Level};
use crate::permission::rule::{Breadth, known_class};
use crate::permission::{Basis, Caller, Capability, Decided, Decision, Request, Rule, Target};
use crate::text::elided;

/// How often the same automatic denial is listed; the rest is counted.
const LISTED_DENIALS: u32 = 10;
/// How often the same question is answered with no before it is not put again in the run.
const PATIENCE: u32 = 3;
/// How many places one rule may let a node reach before somebody is told.
const PLACES: usize = 32;
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
    /// Questions that were answered with no: how often, and the last answer.
    refused: Mutex<HashMap<Key, (u32, Basis)>>,
    /// Where each wide rule let the node go, as host and port.
    reached: Mutex<HashMap<Rule, BTreeSet<(String, u16)>>>,
}

/// Requests that are the same for the audit and for open questions, whatever code they came from.
pub(super) type Key = (Capability, Target);

pub(super) fn key(request: &Request) -> Key {
    (request.capability, request.target.clone())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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
            refused: Mutex::default(),
            reached: Mutex::default(),
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
            refused: Mutex::default(),
            reached: Mutex::default(),
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
        lock(&self.seen).clear();
        lock(&self.refused).clear();
        lock(&self.reached).clear();
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
        let width =
            if decision == Decision::Allow { basis.rule().and_then(|rule| self.width(request, rule)) } else { None };
        match self.listing(request, decision) {
            Listing::List => self.list(self.fresh_id(), request, decision, basis, Duration::ZERO).await,
            Listing::ListAndSay => {
                self.list(self.fresh_id(), request, decision, basis, Duration::ZERO).await;
                let message = format!(
                    "{LISTED_DENIALS} requests of the same kind (\"{}\") were denied; further ones are only counted",
                    request.capability.name()
                );
                self.events.host(Level::Warn, message).await;
            }
            Listing::Count => {}
        }
        if let Some(warning) = width {
            self.events.host(Level::Warn, warning).await;
        }
    }

    /// The end of a question that stood open for so long; `is_answered` where nothing but an answer was missing.
    pub async fn asked(
        &self,
        id: u64,
        request: &Request,
        decision: Decision,
        basis: Basis,
        (asked, is_answered): (Duration, bool),
    ) {
        let mut is_last = false;
        if decision == Decision::Deny {
            self.count_denial();
            is_last = is_answered && self.refuse(request, &basis);
        }
        self.list(id, request, decision, basis, asked).await;
        if is_last {
            let message = format!(
                "the same request (\"{}\") was denied {PATIENCE} times; it is denied without a question for the rest of \
                 this run",
                request.capability.name()
            );
            self.events.host(Level::Warn, message).await;
        }
    }

    /// Counts an answer with no; whether it was the last that is waited for.
    fn refuse(&self, request: &Request, basis: &Basis) -> bool {
        let mut refused = lock(&self.refused);
        if refused.len() >= TOLD_APART && !refused.contains_key(&key(request)) {
            return false;
        }
        let (count, last) = refused.entry(key(request)).or_insert((0, basis.clone()));
        *count += 1;
        *last = basis.clone();
        *count == PATIENCE
    }

    /// The answer to a question that was put often enough.
    pub fn refused_for_good(&self, request: &Request) -> Option<Basis> {
        let refused = lock(&self.refused);
        refused.get(&key(request)).filter(|(count, _)| *count >= PATIENCE).map(|(_, basis)| basis.clone())
    }

    /// What to say when a rule has let the node reach very many places, such as all ports of a machine: once for each
    /// rule.
    fn width(&self, request: &Request, rule: &Rule) -> Option<String> {
        let place = match &request.target {
            Target::Socket { host, address } => {
                (host.clone().unwrap_or_else(|| address.ip().to_string()), address.port())
            }
            Target::Url { url, .. } => (url.host_str()?.to_owned(), url.port_or_known_default()?),
            Target::Name(name) => (name.clone(), 0),
            Target::Provider(_) | Target::Own => return None,
        };
        let mut reached = lock(&self.reached);
        if rule.breadth() == Breadth::One || reached.len() >= TOLD_APART && !reached.contains_key(rule) {
            return None;
        }
        let places = reached.entry(rule.clone()).or_default();
        if places.len() >= PLACES || !places.insert(place) || places.len() < PLACES {
            return None;
        }
        let hosts: BTreeSet<&str> = places.iter().map(|(host, _)| host.as_str()).collect();
        let what = match (request.capability, hosts.len()) {
            (Capability::DnsLookup, _) => format!("look up {PLACES} names"),
            (_, 1) => format!("reach {PLACES} ports of {}", hosts.first()?),
            (_, hosts) => format!("reach {PLACES} places on {hosts} hosts"),
        };
        let rule = rule.to_string();
        Some(format!("the rule \"{}\" has let the node {what}; narrow it if it needs fewer", elided(&rule, 200)))
    }

    fn listing(&self, request: &Request, decision: Decision) -> Listing {
        let mut seen = lock(&self.seen);
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

    async fn list(&self, id: u64, request: &Request, decision: Decision, basis: Basis, asked: Duration) {
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
            asked,
            at: SystemTime::now(),
        };
        self.events.emit(EventKind::Decided(Arc::new(decided))).await;
    }
}
