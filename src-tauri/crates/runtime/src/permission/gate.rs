//! The gate of one run: rules, grants and the user, in this order; remembers and records every decision.
//!
//! What a rule means is for [`super::policy`], how a question is carried is in `question`, what is told of a decision
//! in `audit`.

mod audit;
mod labels;
mod question;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::audit::Audit;
use self::labels::declares;
use self::question::Desk;
use super::grants::Applicable;
use super::policy::{self, Held, Rules};
use super::{Basis, Caller, Capability, Decision, Grants, Lifetime, Prompter, Request, Rule, Target, Verdict};
use crate::clock::RunClock;
use crate::event::{Events, Level};

/// The right to do what was asked, for exactly the normalised target. Made by the gate only; clones are the same right.
#[derive(Clone, Debug)]
pub struct Permit(Arc<Given>);

#[derive(Debug)]
struct Given {
    request: Request,
    /// What it rests on, where that is a rule.
    rule: Option<Rule>,
    revoked: CancellationToken,
}

impl Permit {
    pub fn request(&self) -> &Request {
        &self.0.request
    }

    /// Whether what this rests on also lets the URL's name lead to this address. A rule for a name on the private
    /// network is none for the internet.
    pub fn reaches(&self, address: IpAddr) -> bool {
        let mut request = self.0.request.clone();
        if let Target::Url { address: reached, .. } = &mut request.target {
            *reached = Some(address);
        }
        self.0.rule.as_ref().is_some_and(|rule| rule.covers(&request))
    }

    /// Waits for what this permit is for, as long as it stands; `None` once it is revoked.
    pub async fn while_it_stands<F: Future>(&self, work: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            () = self.0.revoked.cancelled() => None,
            output = work => Some(output),
        }
    }

    /// Fires when the user revokes what this permit rests on: the mechanism closes its connection.
    pub fn revoked(&self) -> &CancellationToken {
        &self.0.revoked
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the permission was denied")]
pub struct Denied;

/// What a gate needs to know about the run it guards.
pub struct GateSetup {
    /// Whose wishes come first; [`Gate::enter`] changes it.
    pub caller: Caller,
    /// Content hash of the build.
    pub build: Arc<str>,
    /// `deny` beats `allow`; both beat grants.
    pub allow: Vec<Rule>,
    pub deny: Vec<Rule>,
    pub grants: Arc<Grants>,
    pub prompter: Arc<dyn Prompter>,
    pub events: Events,
    pub clock: Arc<RunClock>,
    /// Fired by "deny and stop"; when it fires, open questions are withdrawn.
    pub cancel: CancellationToken,
}

pub struct Gate {
    shared: Arc<Shared>,
    /// Decided answers of [`Gate::allows`], by capability: it is called in the guest's inner loops.
    low_risk: [AtomicU8; Capability::ALL.len()],
}

const UNDECIDED: u8 = 0;
const ALLOWED: u8 = 1;
const DENIED: u8 = 2;

/// What the gate shares with the tasks that carry its questions.
struct Shared {
    /// `None`: the definition world, in which everything is denied.
    setup: Option<GateSetup>,
    audit: Audit,
    desk: Desk,
}

/// What is known of a request before anybody is asked.
enum Known {
    Decided(Decision, Basis, CancellationToken),
    Open,
}

impl Gate {
    pub fn new(setup: GateSetup) -> Arc<Self> {
        let audit = Audit::new(&setup);
        Self::over(Shared { setup: Some(setup), audit, desk: Desk::default() })
    }

    /// The gate of the definition world: denies everything, asks nobody.
    pub fn closed(events: Events) -> Arc<Self> {
        Self::over(Shared { setup: None, audit: Audit::closed(events), desk: Desk::default() })
    }

    fn over(shared: Shared) -> Arc<Self> {
        Arc::new(Self { shared: Arc::new(shared), low_risk: std::array::from_fn(|_| AtomicU8::new(UNDECIDED)) })
    }

    /// Waits for the decision: rules, grants, then the question (the same question asked twice at once is one).
    /// The clock stands still while a question is open. Dropping the future withdraws the question.
    pub async fn require(&self, request: Request) -> Result<Permit, Denied> {
        match self.shared.known(&request) {
            Known::Decided(decision, basis, revoked) => {
                let rule = basis.rule().cloned();
                self.shared.audit.automatic(&request, decision, basis).await;
                permit(decision, request, rule, revoked)
            }
            Known::Open => match self.shared.audit.refused_for_good(&request) {
                Some(basis) => {
                    self.shared.audit.automatic(&request, Decision::Deny, basis).await;
                    Err(Denied)
                }
                None => question::put(&self.shared, request).await,
            },
        }
    }

    /// As [`Self::require`], for callers that need a future which is `Sync` and borrows nothing.
    pub fn require_detached(
        self: &Arc<Self>,
        request: Request,
    ) -> impl Future<Output = Result<Permit, Denied>> + Send + Sync + 'static {
        let gate = self.clone();
        Detached(tokio::spawn(async move { gate.require(request).await }))
    }

    /// The permit, where rules or grants give it; asks nobody, and records nothing where they do not.
    pub async fn allowed_already(&self, request: &Request) -> Option<Permit> {
        match self.shared.known(request) {
            Known::Decided(Decision::Allow, basis, revoked) => {
                let rule = basis.rule().cloned();
                self.shared.audit.automatic(request, Decision::Allow, basis).await;
                permit(Decision::Allow, request.clone(), rule, revoked).ok()
            }
            Known::Decided(Decision::Deny, ..) | Known::Open => None,
        }
    }

    /// Whether a rule or a remembered answer denies the request, which is then recorded; asks nobody.
    pub async fn refuses(&self, request: &Request) -> bool {
        match self.shared.known(request) {
            Known::Decided(Decision::Deny, basis, _) => {
                self.shared.audit.automatic(request, Decision::Deny, basis).await;
                true
            }
            Known::Decided(Decision::Allow, ..) | Known::Open => false,
        }
    }

    /// Whether a rule or a remembered answer denies the request; asks nobody and records nothing.
    pub fn denies_already(&self, request: &Request) -> bool {
        matches!(self.shared.known(request), Known::Decided(Decision::Deny, ..))
    }

    /// For low-risk capabilities: decided by rules alone, recorded at the first use in the run.
    pub async fn allows(&self, capability: Capability) -> bool {
        let known = &self.low_risk[capability as usize];
        match known.load(Ordering::Relaxed) {
            ALLOWED => return true,
            DENIED => {
                self.shared.audit.count_denial();
                return false;
            }
            _ => {}
        }
        let request = Request { capability, target: Target::Own, call_site: Vec::new() };
        let (decision, basis) = match self.shared.known(&request) {
            Known::Decided(decision, basis, _) => (decision, basis),
            Known::Open => (Decision::Deny, Basis::Default),
        };
        known.store(if decision == Decision::Allow { ALLOWED } else { DENIED }, Ordering::Relaxed);
        self.shared.audit.automatic(&request, decision, basis).await;
        decision == Decision::Allow
    }

    /// Says whose wishes come from now on: the node that is about to be called, and what it declares.
    pub fn enter(&self, caller: Caller) {
        self.shared.audit.enter(caller);
        self.forget_low_risk();
    }

    fn forget_low_risk(&self) {
        for known in &self.low_risk {
            known.store(UNDECIDED, Ordering::Relaxed);
        }
    }

    /// Whether the node that is being called declares the capability's label.
    pub fn declares(&self, capability: Capability) -> bool {
        declares(&self.shared.audit.caller().declared, capability)
    }

    /// How many requests were denied in this run.
    pub fn denied(&self) -> u64 {
        self.denials().load(Ordering::Relaxed)
    }

    /// The counter of [`Gate::denied`], which may outlive the gate.
    pub fn denials(&self) -> &Arc<AtomicU64> {
        self.shared.audit.denied()
    }

    /// A call begins: what other programs revoked or gave is taken over, unless somebody looked a moment ago.
    pub async fn begin_call(&self) {
        let Some(setup) = &self.shared.setup else { return };
        if !setup.grants.is_fresh() {
            self.refresh().await;
        }
        let caller = self.shared.audit.caller();
        if let Err(error) = setup.grants.bind(&caller.identity, &caller.origin).await {
            let message = format!("cannot keep what the remembered permissions belong to: {error}");
            self.shared.audit.events().host(Level::Warn, message).await;
        }
    }

    /// Takes over the answers that other programs revoked or gave. An error is told in the run.
    pub async fn refresh(&self) {
        let Some(setup) = &self.shared.setup else { return };
        question::refresh(&self.shared, setup).await;
        // A revoked answer may have denied or allowed these.
        self.forget_low_risk();
    }

    /// The call is over: withdraws the questions that are still open, and so denies what they asked for. Nobody is left
    /// who could use an answer, and none is worth waiting for.
    pub fn end_call(&self) {
        self.shared.desk.end_call();
    }

    /// Waits until no question is open any more: after this, the gate emits nothing on its own.
    pub async fn settled(&self) {
        self.shared.desk.settled().await;
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Some(setup) = &self.shared.setup {
            setup.grants.end_run(setup.events.run());
        }
    }
}

impl Shared {
    fn known(&self, request: &Request) -> Known {
        let Some(setup) = &self.setup else {
            return Known::Decided(Decision::Deny, Basis::Default, CancellationToken::new());
        };
        let remembered = self.remembered(setup, request.capability);
        let held: Vec<Held<'_>> = remembered
            .iter()
            .map(|grant| Held { rule: &grant.rule, decision: grant.decision, lifetime: grant.lifetime })
            .collect();
        let rules = Rules { deny: &setup.deny, allow: &setup.allow, grants: &held };
        let (verdict, basis) = policy::verdict(&rules, request);
        let decision = match verdict {
            Verdict::Allow => Decision::Allow,
            Verdict::Deny => Decision::Deny,
            Verdict::Ask => return Known::Open,
        };
        let revoked = match &basis {
            Basis::Grant { rule, lifetime } => token_of(&remembered, rule, *lifetime, decision),
            _ => CancellationToken::new(),
        };
        Known::Decided(decision, basis, revoked)
    }

    /// The remembered answers that still hold. A denial always does; a permission only for the file that it was given
    /// to, and as long as that declares the capability, or does not, as it did then.
    fn remembered(&self, setup: &GateSetup, capability: Capability) -> Vec<Applicable> {
        let caller = self.audit.caller();
        let declared_now = declares(&caller.declared, capability);
        let mut remembered = setup.grants.of(&caller.identity, setup.events.run());
        remembered.retain(|grant| {
            grant.decision == Decision::Deny
                || declared_now == declares(&grant.declared, capability) && grant.change(&caller.origin).is_none()
        });
        remembered
    }

    /// Why a remembered permission for this request does not hold any more, where it was given to another file.
    fn changed(&self, setup: &GateSetup, request: &Request) -> Option<String> {
        let caller = self.audit.caller();
        let remembered = setup.grants.of(&caller.identity, setup.events.run());
        let allowing = remembered.iter().rev().filter(|grant| grant.decision == Decision::Allow);
        let declared = declares(&caller.declared, request.capability);
        allowing.filter(|grant| grant.rule.covers(request)).find_map(|grant| {
            let label = request.capability.label();
            let redeclared = match (declares(&grant.declared, request.capability), declared) {
                (true, false) => Some(format!("this node declared \"{label}\"; it does not any more")),
                (false, true) => Some(format!("this node did not declare \"{label}\"; now it does")),
                _ => None,
            };
            grant.change(&caller.origin).or(redeclared)
        })
    }
}

fn token_of(remembered: &[Applicable], rule: &Rule, lifetime: Lifetime, decision: Decision) -> CancellationToken {
    remembered
        .iter()
        .find(|grant| grant.rule == *rule && grant.lifetime == lifetime && grant.decision == decision)
        .map(|grant| grant.revoked.clone())
        .unwrap_or_default()
}

fn permit(
    decision: Decision,
    request: Request,
    rule: Option<Rule>,
    revoked: CancellationToken,
) -> Result<Permit, Denied> {
    match decision {
        Decision::Allow => Ok(Permit(Arc::new(Given { request, rule, revoked }))),
        Decision::Deny => Err(Denied),
    }
}

/// A question in a task of its own, which ends when this is dropped.
struct Detached(JoinHandle<Result<Permit, Denied>>);

impl Future for Detached {
    type Output = Result<Permit, Denied>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|joined| joined.unwrap_or(Err(Denied)))
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
