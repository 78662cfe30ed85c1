//! A question on its way: put once however many wait for it, withdrawn when nobody does any more.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use futures::FutureExt;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::audit::{Key, key};
use super::{Denied, GateSetup, Known, Permit, Shared, permit};
use crate::event::{EventKind, Level};
use crate::permission::grants::Grant;
use crate::permission::rule::known_class;
use crate::permission::{Answer, Basis, Decision, Lifetime, Question, Request, Rule, Unanswered, policy};

/// How many questions of one run are put at once; more wait for their turn, so that a flood of requests is no flood
/// of dialogs.
const AT_ONCE: usize = 64;

/// The open questions of one run.
pub(super) struct Desk {
    // Held for single look-ups and insertions.
    open: Mutex<Open>,
    turns: Semaphore,
    carried: watch::Sender<usize>,
}

/// The questions of the call under way.
#[derive(Default)]
struct Open {
    tickets: HashMap<Key, Weak<Ticket>>,
    /// Fires when the call is over; it is a new one for each call.
    call: CancellationToken,
}

/// Held by all who wait for one question; the last one to go withdraws it.
struct Ticket {
    outcome: watch::Receiver<Option<Outcome>>,
    _withdraw: DropGuard,
}

/// What a question came to, with what revokes it.
type Outcome = (Decision, Option<Rule>, CancellationToken);

impl Default for Desk {
    fn default() -> Self {
        Self { open: Mutex::default(), turns: Semaphore::new(AT_ONCE), carried: watch::Sender::new(0) }
    }
}

impl Desk {
    pub async fn settled(&self) {
        // The sender lives as long as `self`, so the channel cannot close.
        let _ = self.carried.subscribe().wait_for(|carried| *carried == 0).await;
    }

    /// Withdraws what is still open; what is asked from now on belongs to the next call.
    pub fn end_call(&self) {
        let ended = {
            let mut open = self.open();
            open.tickets.clear();
            std::mem::take(&mut open.call)
        };
        ended.cancel();
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the request to the user, or waits with those who already do.
pub(super) async fn put(shared: &Arc<Shared>, request: Request) -> Result<Permit, Denied> {
    let ticket = join(shared, &request);
    let mut receiver = ticket.outcome.clone();
    let outcome = match receiver.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone(),
        // The task that carried the question is gone without an answer.
        Err(_) => None,
    };
    drop(ticket);
    let (decision, rule, revoked) = outcome.ok_or(Denied)?;
    permit(decision, request, rule, revoked)
}

fn join(shared: &Arc<Shared>, request: &Request) -> Arc<Ticket> {
    let key = key(request);
    let mut open = shared.desk.open();
    if let Some(ticket) = open.tickets.get(&key).and_then(Weak::upgrade) {
        return ticket;
    }
    let withdrawn = CancellationToken::new();
    let (sender, outcome) = watch::channel(None);
    let ticket = Arc::new(Ticket { outcome, _withdraw: withdrawn.clone().drop_guard() });
    open.tickets.insert(key.clone(), Arc::downgrade(&ticket));
    let call = open.call.clone();
    drop(open);

    shared.desk.carried.send_modify(|carried| *carried += 1);
    let carried = Carried { shared: shared.clone(), key, ticket: Arc::downgrade(&ticket) };
    let request = request.clone();
    tokio::spawn(async move {
        let outcome = carry(&carried.shared, &request, &withdrawn, &call).await;
        // Off the desk first: an answer that holds once is not for those who come after it.
        carried.take_off();
        sender.send_replace(Some(outcome));
    });
    ticket
}

/// Counts a question as open until it is dropped, even by a panic.
struct Carried {
    shared: Arc<Shared>,
    key: Key,
    ticket: Weak<Ticket>,
}

impl Carried {
    fn take_off(&self) {
        let mut open = self.shared.desk.open();
        if open.tickets.get(&self.key).is_some_and(|ticket| ticket.ptr_eq(&self.ticket)) {
            open.tickets.remove(&self.key);
        }
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.take_off();
        self.shared.desk.carried.send_modify(|carried| *carried -= 1);
    }
}

/// Carries one question from the desk to its end, and records the end.
async fn carry(shared: &Shared, request: &Request, withdrawn: &CancellationToken, call: &CancellationToken) -> Outcome {
    let Some(setup) = &shared.setup else { return (Decision::Deny, None, CancellationToken::new()) };
    // Where nobody is asked the node goes on by itself.
    let _pause = setup.prompter.is_anybody().then(|| setup.clock.pause());
    let since = Instant::now();
    let id = shared.audit.fresh_id();
    let ended = async {
        tokio::select! {
            () = withdrawn.cancelled() => {}
            () = call.cancelled() => {}
            () = setup.cancel.cancelled() => {}
        }
    };
    let ((decision, basis, revoked), is_answered) = tokio::select! {
        biased;
        () = ended => ((Decision::Deny, Basis::Withdrawn, CancellationToken::new()), false),
        end = ask(shared, setup, request, id) => match end {
            End::Known(decision, basis, revoked) => ((decision, basis, revoked), false),
            End::Unanswered(basis) => ((Decision::Deny, basis, CancellationToken::new()), true),
            End::Answered(question, answer) => (settle(shared, setup, &question, answer).await, true),
        },
    };
    let rule = basis.rule().cloned();
    let asked = if setup.prompter.is_anybody() { since.elapsed() } else { Duration::ZERO };
    shared.audit.asked(id, request, decision, basis, (asked, is_answered)).await;
    (decision, rule, revoked)
}

/// Takes over what other programs did to the remembered answers.
pub(super) async fn refresh(shared: &Shared, setup: &GateSetup) {
    if let Err(error) = setup.grants.refresh().await {
        let message = format!("cannot read the remembered permissions: {error}; they are as they were before");
        shared.audit.events().host(Level::Warn, message).await;
    }
}

enum End {
    /// A grant that came while the question was open, from another question or another program.
    Known(Decision, Basis, CancellationToken),
    Unanswered(Basis),
    Answered(Arc<Question>, Answer),
}

async fn ask(shared: &Shared, setup: &GateSetup, request: &Request, id: u64) -> End {
    // A closed semaphore would only mean that no turn is needed; it is never closed.
    let _turn = shared.desk.turns.acquire().await;
    let mut changes = setup.grants.changes();
    refresh(shared, setup).await;
    changes.mark_unchanged();
    if let Known::Decided(decision, basis, revoked) = shared.known(request) {
        return End::Known(decision, basis, revoked);
    }
    if !setup.prompter.is_anybody() {
        return End::Unanswered(Basis::NotAsked);
    }
    let question = Arc::new(question(shared, setup, request, id));
    shared.audit.events().emit(EventKind::Asked(question.clone())).await;
    let asking = AssertUnwindSafe(setup.prompter.ask(question.clone())).catch_unwind();
    tokio::pin!(asking);
    loop {
        tokio::select! {
            // A prompter that panics has not asked anybody.
            answer = &mut asking => return match answer.unwrap_or(Err(Unanswered::Nobody)) {
                Ok(answer) => End::Answered(question, answer),
                Err(Unanswered::Nobody) => End::Unanswered(Basis::NotAsked),
                Err(Unanswered::TimedOut) => End::Unanswered(Basis::TimedOut),
            },
            Ok(()) = changes.changed() => {
                if let Known::Decided(decision, basis, revoked) = shared.known(request) {
                    return End::Known(decision, basis, revoked);
                }
            }
        }
    }
}

fn question(shared: &Shared, setup: &GateSetup, request: &Request, id: u64) -> Question {
    let caller = shared.audit.caller();
    Question {
        id,
        run: setup.events.run().clone(),
        identity: caller.identity.clone(),
        friendly_name: caller.friendly_name.clone(),
        build: setup.build.clone(),
        request: request.clone(),
        class: known_class(request),
        declared: shared.audit.is_declared(request),
        changed: shared.changed(setup, request),
        scopes: policy::scopes(request),
    }
}

/// Remembers the answer as long as it says, and stops the run where it says so.
async fn settle(
    shared: &Shared,
    setup: &GateSetup,
    question: &Question,
    answer: Answer,
) -> (Decision, Basis, CancellationToken) {
    let scope = question.scopes.get(answer.scope).or_else(|| question.scopes.first());
    let rule = scope.cloned().unwrap_or_else(|| Rule::any(question.request.capability));
    let revoked = if answer.lifetime == Lifetime::Once {
        CancellationToken::new()
    } else {
        let (revoked, written) = setup.grants.remember(grant(shared, setup, rule.clone(), answer)).await;
        if let Err(error) = written {
            let message = format!("cannot store the answer: {error}; it holds until the program ends");
            shared.audit.events().host(Level::Warn, message).await;
        }
        revoked
    };
    if answer.decision == Decision::Deny && answer.stop_run {
        setup.cancel.cancel();
    }
    (answer.decision, Basis::Answer { rule, lifetime: answer.lifetime }, revoked)
}

fn grant(shared: &Shared, setup: &GateSetup, rule: Rule, answer: Answer) -> Grant {
    let caller = shared.audit.caller();
    Grant {
        id: 0,
        identity: caller.identity.clone(),
        rule,
        decision: answer.decision,
        lifetime: answer.lifetime,
        run: (answer.lifetime == Lifetime::Run).then(|| setup.events.run().clone()),
        build: setup.build.clone(),
        declared: caller.declared.clone(),
        origin: Some(caller.origin.clone()),
        at: SystemTime::now(),
    }
}
