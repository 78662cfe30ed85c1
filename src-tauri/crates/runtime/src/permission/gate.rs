//! The gate of one run: rules, grants and the user, in this order; remembers and records every decision.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Capability, Grants, Identity, Prompter, Request, Rule};
use crate::clock::RunClock;
use crate::event::Events;

/// The right to do what was asked, for exactly the normalised target. Made by the gate only.
#[derive(Clone, Debug)]
pub struct Permit {
    request: Request,
    revoked: CancellationToken,
}

impl Permit {
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Fires when the user revokes what this permit rests on: the mechanism closes its connection.
    pub fn revoked(&self) -> &CancellationToken {
        &self.revoked
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the permission was denied")]
pub struct Denied;

/// What a gate needs to know about the run it guards.
pub struct GateSetup {
    pub identity: Identity,
    pub friendly_name: String,
    /// Content hash of the build.
    pub build: Arc<str>,
    /// The labels that the node declares.
    pub declared: Vec<String>,
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

pub struct Gate {}

impl Gate {
    pub fn new(_setup: GateSetup) -> Arc<Self> {
        todo!()
    }

    /// The gate of the definition world: denies everything, asks nobody.
    pub fn closed(_events: Events) -> Arc<Self> {
        todo!()
    }

    /// Waits for the decision: rules, grants, then the question (the same question asked twice at once is one).
    /// The clock stands still while a question is open. Dropping the future withdraws the question.
    pub async fn require(&self, _request: Request) -> Result<Permit, Denied> {
        todo!()
    }

    /// For low-risk capabilities: decided by rules alone, recorded at the first use in the run.
    pub async fn allows(&self, _capability: Capability) -> bool {
        todo!()
    }

    /// Says whose wishes come from now on: the node that is about to be called, and what it declares.
    pub fn enter(&self, _identity: Identity, _friendly_name: String, _declared: Vec<String>) {
        todo!()
    }

    /// How many requests were denied in this run.
    pub fn denied(&self) -> u64 {
        todo!()
    }
}
