//! The gate with a scripted user.

use std::path::PathBuf;

use futures::FutureExt;

use super::*;
use crate::event::{EventBudget, EventKind, EventReceiver, RunId};
use crate::permission::rule::tests::{dns, rule, socket, tcp};
use crate::permission::{Answer, Decided, Identity, Origin, Question, Scripted};

struct World {
    gate: Arc<Gate>,
    grants: Arc<Grants>,
    clock: Arc<RunClock>,
    cancel: CancellationToken,
    events: EventReceiver,
}

struct Setup {
    declared: Vec<&'static str>,
    allow: Vec<&'static str>,
    deny: Vec<&'static str>,
    grants: Arc<Grants>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { declared: Vec::new(), allow: Vec::new(), deny: Vec::new(), grants: Arc::new(Grants::in_memory()) }
    }
}

fn caller(node: &str, declared: &[&str]) -> Caller {
    Caller {
        identity: Identity { file: PathBuf::from("/nodes/ping.wasm"), node: node.to_owned() },
        friendly_name: "Ping".to_owned(),
        declared: declared.iter().map(|label| (*label).to_owned()).collect(),
        origin: Arc::default(),
        allowed_hosts: None,
    }
}

impl Setup {
    fn build(self, prompter: Arc<dyn Prompter>) -> World {
        let clock = RunClock::start();
        let (sender, events) = Events::channel(RunId("run".into()), clock.clone(), EventBudget::default());
        let cancel = CancellationToken::new();
        let rules = |texts: &[&str]| texts.iter().map(|text| rule(text)).collect();
        let gate = Gate::new(GateSetup {
            caller: caller("ping", &self.declared),
            build: "hash".into(),
            allow: rules(&self.allow),
            deny: rules(&self.deny),
            grants: self.grants.clone(),
            prompter,
            events: sender,
            clock: clock.clone(),
            cancel: cancel.clone(),
        });
        World { gate, grants: self.grants, clock, cancel, events }
    }
}

impl World {
    fn new(prompter: Arc<dyn Prompter>) -> Self {
        Setup::default().build(prompter)
    }

    fn decided(&mut self) -> Vec<Arc<Decided>> {
        let mut decided = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let EventKind::Decided(decision) = event.kind {
                decided.push(decision);
            }
        }
        decided
    }

    async fn is_asked(&mut self) -> Arc<Question> {
        loop {
            let event = self.events.recv().await.expect("the gate is alive");
            if let EventKind::Asked(question) = event.kind {
                return question;
            }
        }
    }
}

fn answer(decision: Decision, scope: usize, lifetime: Lifetime) -> Answer {
    Answer { decision, scope, lifetime, stop_run: false }
}

const REDIS: &str = "127.0.0.1:6379";

#[tokio::test]
async fn the_user_allows_and_denies() {
    let prompter = Scripted::list([answer(Decision::Allow, 0, Lifetime::Once)]);
    let mut world = World::new(prompter.clone());
    let request = tcp(None, REDIS);
    let permit = world.gate.require(request.clone()).await.expect("allowed once");
    assert_eq!(permit.request(), &request, "the permit is for exactly what was asked");
    assert_eq!(world.gate.require(request.clone()).await.expect_err("denied"), Denied, "once is not for the next time");
    assert_eq!(prompter.questions().len(), 2, "each was asked");
    let decided = world.decided();
    let bases: Vec<_> = decided.iter().map(|decided| (decided.decision, decided.basis.clone())).collect();
    let basis = Basis::Answer { rule: rule("tcp:127.0.0.1:6379"), lifetime: Lifetime::Once };
    assert_eq!(bases, [(Decision::Allow, basis.clone()), (Decision::Deny, basis)]);
    assert_eq!(decided[0].id, prompter.questions()[0].id, "the decision bears the question's id");
    assert_ne!(decided[0].id, decided[1].id, "ids are unique");
    assert_eq!(world.gate.denied(), 1);
}

#[tokio::test]
async fn a_question_says_what_is_known() {
    let prompter = Scripted::allowing(Lifetime::Once);
    let world = Setup { declared: vec!["tcp"], ..Setup::default() }.build(prompter.clone());
    let request = Request { call_site: vec!["node::ping".to_owned()], ..tcp(Some("db.internal"), "10.0.0.1:5432") };
    world.gate.require(request.clone()).await.expect("allowed");
    world.gate.require(dns("db.internal")).await.expect("allowed");
    let questions = prompter.questions();
    assert_eq!(questions[0].request, request);
    assert_eq!(questions[0].class.map(|class| class.name()), Some("private"));
    assert!(questions[0].declared, "the older spelling of the label counts");
    assert_eq!(questions[0].identity.node, "ping");
    assert_eq!(questions[0].scopes.len(), 3);
    assert!(!questions[1].declared, "a look-up was not declared");
    assert_eq!(questions[1].class, None, "nothing is known of a name");
}

#[tokio::test]
async fn rules_and_low_risk_ask_nobody() {
    let mut world = Setup { allow: vec!["tcp:@loopback:*"], deny: vec!["tcp:*:22", "cache"], ..Setup::default() }
        .build(Arc::new(crate::permission::DenyAll));
    assert!(world.gate.require(tcp(None, REDIS)).await.is_ok(), "allowed by a rule");
    assert!(world.gate.require(tcp(None, "127.0.0.1:22")).await.is_err(), "deny beats allow");
    assert!(world.gate.allows(Capability::Variables).await, "low-risk");
    assert!(world.gate.allows(Capability::Variables).await, "and again");
    assert!(!world.gate.allows(Capability::Cache).await, "unless a rule denies it");
    assert!(!world.gate.allows(Capability::Cache).await, "every time");
    assert_eq!(world.gate.denied(), 3, "every denial counts");
    let bases: Vec<Basis> = world.decided().iter().map(|decided| decided.basis.clone()).collect();
    assert_eq!(
        bases,
        [
            Basis::Rule(rule("tcp:@loopback:*")),
            Basis::Rule(rule("tcp:*:22")),
            Basis::LowRisk,
            Basis::Rule(rule("cache"))
        ],
        "all were recorded, repeated ones once"
    );
}

#[tokio::test]
async fn answers_last_as_long_as_they_say() {
    let grants = Arc::new(Grants::in_memory());
    for (lifetime, in_the_run, in_the_next) in
        [(Lifetime::Once, 2, 3), (Lifetime::Run, 1, 2), (Lifetime::Session, 1, 1), (Lifetime::Always, 1, 1)]
    {
        let prompter = Scripted::allowing(lifetime);
        let request = tcp(None, &format!("127.0.0.1:{}", lifetime as u16 + 1));
        let setup = || Setup { grants: grants.clone(), ..Setup::default() };
        let world = setup().build(prompter.clone());
        for _ in 0..2 {
            world.gate.require(request.clone()).await.expect("allowed");
        }
        assert_eq!(prompter.questions().len(), in_the_run, "{}", lifetime.name());
        drop(world);
        let world = setup().build(prompter.clone());
        world.gate.require(request.clone()).await.expect("allowed");
        assert_eq!(prompter.questions().len(), in_the_next, "{} in the next run", lifetime.name());
    }
}

#[tokio::test]
async fn a_wider_scope_covers_what_it_says_and_no_more() {
    let prompter = Scripted::list([answer(Decision::Allow, 1, Lifetime::Run)]);
    let world = World::new(prompter.clone());
    world.gate.require(tcp(None, REDIS)).await.expect("any port of this host");
    world.gate.require(tcp(None, "127.0.0.1:80")).await.expect("covered");
    assert_eq!(prompter.questions().len(), 1, "only the first was asked");
    assert!(world.gate.require(tcp(None, "127.0.0.2:80")).await.is_err(), "another host is asked, and denied");
    let udp = socket(Capability::UdpSend, None, "127.0.0.1:80");
    assert!(world.gate.require(udp).await.is_err(), "TCP is not UDP");
    assert_eq!(prompter.questions().len(), 3);
}

#[tokio::test]
async fn a_scope_out_of_range_is_the_narrowest() {
    let prompter = Scripted::list([answer(Decision::Allow, 99, Lifetime::Run)]);
    let world = World::new(prompter);
    world.gate.require(tcp(None, REDIS)).await.expect("allowed");
    assert!(world.gate.require(tcp(None, "127.0.0.1:80")).await.is_err(), "not widened");
}

#[tokio::test]
async fn a_remembered_denial_is_not_asked_again() {
    let prompter = Scripted::list([answer(Decision::Deny, 2, Lifetime::Always)]);
    let mut world = World::new(prompter.clone());
    assert!(world.gate.require(tcp(None, REDIS)).await.is_err());
    assert!(world.gate.require(tcp(None, "127.0.0.1:80")).await.is_err(), "any loopback");
    assert_eq!(prompter.questions().len(), 1);
    let basis = Basis::Grant { rule: rule("tcp:@loopback:*"), lifetime: Lifetime::Always };
    assert_eq!(world.decided().last().map(|decided| decided.basis.clone()), Some(basis));
}

#[tokio::test]
async fn revoking_reaches_every_permit() {
    let prompter = Scripted::allowing(Lifetime::Session);
    let world = World::new(prompter.clone());
    let asked = world.gate.require(tcp(None, REDIS)).await.expect("asked");
    let remembered = world.gate.require(tcp(None, REDIS)).await.expect("remembered");
    let id = world.grants.list().first().expect("a grant").id;
    assert!(world.grants.revoke(id).await.expect("in memory"));
    assert!(asked.revoked().is_cancelled() && remembered.revoked().is_cancelled(), "both rest on it");
    world.gate.require(tcp(None, REDIS)).await.expect("asked again");
    assert_eq!(prompter.questions().len(), 2);
}

#[tokio::test]
async fn the_same_question_twice_at_once_is_one() {
    let prompter = Scripted::allowing(Lifetime::Once);
    prompter.hold();
    let world = World::new(prompter.clone());
    let wait =
        |site: &str| world.gate.require_detached(Request { call_site: vec![site.to_owned()], ..tcp(None, REDIS) });
    let (first, second) = (wait("a"), wait("b"));
    let other = world.gate.require_detached(tcp(None, "127.0.0.1:80"));
    prompter.asked(2).await;
    prompter.release();
    let (first, second, other) = tokio::join!(first, second, other);
    assert!(first.is_ok() && second.is_ok() && other.is_ok(), "both share the answer");
    assert_eq!(prompter.questions().len(), 2, "two different wishes, two questions");
    world.gate.require(tcp(None, REDIS)).await.expect("allowed");
    assert_eq!(prompter.questions().len(), 3, "an answer that holds once is not for those who come later");
}

#[tokio::test]
async fn an_answer_settles_other_open_questions() {
    let prompter = Scripted::by(|question| {
        let first = matches!(&question.request.target, Target::Socket { address, .. } if address.port() == 1);
        answer(if first { Decision::Allow } else { Decision::Deny }, 2, Lifetime::Run)
    });
    prompter.hold();
    let mut world = World::new(prompter.clone());
    let first = world.gate.require_detached(tcp(None, "127.0.0.1:1"));
    prompter.asked(1).await;
    world.is_asked().await;
    let second = world.gate.require_detached(tcp(None, "127.0.0.1:2"));
    prompter.asked(2).await;
    let held = crate::permission::grants::Grant {
        id: 0,
        identity: caller("ping", &[]).identity,
        rule: rule("tcp:@loopback:*"),
        decision: Decision::Allow,
        lifetime: Lifetime::Session,
        run: None,
        build: "hash".into(),
        declared: Vec::new(),
        origin: None,
        at: std::time::SystemTime::now(),
    };
    world.grants.remember(held).await.1.expect("in memory");
    assert!(first.await.is_ok() && second.await.is_ok(), "both follow from the grant");
    prompter.withdrawn(2).await;
}

#[tokio::test]
async fn nobody_waits_nobody_is_asked() {
    let prompter = Scripted::allowing(Lifetime::Always);
    prompter.hold();
    let mut world = World::new(prompter.clone());
    let mut waiting = Box::pin(world.gate.require(tcp(None, REDIS)));
    assert!((&mut waiting).now_or_never().is_none(), "the user has not answered");
    prompter.asked(1).await;
    drop(waiting);
    prompter.withdrawn(1).await;
    world.gate.settled().await;
    let decided = world.decided();
    assert_eq!(decided.len(), 1, "the end of the question is recorded");
    assert_eq!((decided[0].decision, decided[0].basis.clone()), (Decision::Deny, Basis::Withdrawn));
    assert!(world.grants.list().is_empty(), "a withdrawn question makes no rule");
}

#[tokio::test]
async fn one_of_two_may_go() {
    let prompter = Scripted::allowing(Lifetime::Once);
    prompter.hold();
    let world = World::new(prompter.clone());
    let (first, second) =
        (world.gate.require_detached(tcp(None, REDIS)), world.gate.require_detached(tcp(None, REDIS)));
    prompter.asked(1).await;
    drop(first);
    prompter.release();
    assert!(second.await.is_ok(), "the other still waits for the answer");
}

#[tokio::test]
async fn cancelling_the_run_withdraws_its_questions() {
    let prompter = Scripted::allowing(Lifetime::Always);
    prompter.hold();
    let mut world = World::new(prompter.clone());
    let waiting = world.gate.require_detached(tcp(None, REDIS));
    let queued = world.gate.require_detached(dns("example.com"));
    prompter.asked(2).await;
    world.cancel.cancel();
    assert!(waiting.await.is_err() && queued.await.is_err(), "denied");
    prompter.withdrawn(2).await;
    assert!(world.gate.require(tcp(None, "127.0.0.1:1")).await.is_err(), "nothing is asked after the end");
    assert_eq!(prompter.questions().len(), 2);
    assert!(world.decided().iter().all(|decided| decided.basis == Basis::Withdrawn));
}

#[tokio::test]
async fn deny_and_stop_ends_the_run() {
    let prompter = Scripted::always(Answer { stop_run: true, ..Answer::DENY });
    let world = World::new(prompter);
    assert!(world.gate.require(tcp(None, REDIS)).await.is_err());
    assert!(world.cancel.is_cancelled());
}

#[tokio::test]
async fn the_clock_stands_still_while_the_user_thinks() {
    let prompter = Scripted::allowing(Lifetime::Once);
    prompter.hold();
    let mut world = World::new(prompter.clone());
    let waiting = world.gate.require_detached(tcp(None, REDIS));
    world.is_asked().await;
    assert!(world.clock.is_paused());
    prompter.release();
    assert!(waiting.await.is_ok());
    world.gate.settled().await;
    assert!(!world.clock.is_paused(), "and goes on");
    assert!(world.clock.asked() > std::time::Duration::ZERO, "the question's time is known");
}

#[tokio::test]
async fn a_call_that_is_over_leaves_no_question_open() {
    let prompter = Scripted::allowing(Lifetime::Once);
    prompter.hold();
    let mut world = World::new(prompter.clone());
    let waiting = world.gate.require_detached(tcp(None, REDIS));
    world.is_asked().await;
    world.gate.end_call();
    world.gate.settled().await;
    assert!(waiting.await.is_err(), "nobody answered");
    assert!(!world.clock.is_paused(), "the clock goes on");
    let waiting = world.gate.require_detached(tcp(None, REDIS));
    prompter.asked(2).await;
    prompter.release();
    assert!(waiting.await.is_ok(), "the next call's questions are its own");
}

#[tokio::test]
async fn what_another_program_revoked_is_known_after_a_refresh() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Arc::new(Grants::open(folder.path()).expect("the folder can be used"));
    let (ours, theirs) = (open(), open());
    let world = Setup { grants: ours, ..Setup::default() }.build(Scripted::allowing(Lifetime::Always));
    let permit = world.gate.require(tcp(None, REDIS)).await.expect("allowed");
    theirs.refresh().await.expect("the file can be read");
    let id = theirs.list().first().expect("the answer is there").id;
    theirs.revoke(id).await.expect("the file can be written");
    world.gate.refresh().await;
    assert!(permit.revoked().is_cancelled(), "what rested on it ends");
    assert!(world.gate.allowed_already(&tcp(None, REDIS)).await.is_none(), "and it allows nothing more");
}

#[tokio::test]
async fn a_prompter_that_panics_denies() {
    let world = World::new(Scripted::by(|_| panic!("the window is gone")));
    assert!(world.gate.require(tcp(None, REDIS)).await.is_err());
    world.gate.settled().await;
    assert_eq!(world.gate.denied(), 1);
}

#[tokio::test]
async fn the_definition_world_is_closed() {
    let clock = RunClock::start();
    let (events, mut receiver) = Events::channel(RunId("definition".into()), clock, EventBudget::default());
    let gate = Gate::closed(events);
    assert!(gate.require(tcp(None, REDIS)).await.is_err());
    assert!(!gate.allows(Capability::Variables).await, "even what is low-risk");
    assert_eq!(gate.denied(), 2);
    assert!(matches!(receiver.try_recv().map(|event| event.kind), Ok(EventKind::Decided(_))), "and recorded");
}

#[tokio::test]
async fn a_flood_of_denials_is_listed_counted_and_marked() {
    let mut world = Setup { deny: vec!["tcp:*"], ..Setup::default() }.build(Arc::new(crate::permission::DenyAll));
    for _ in 0..250 {
        assert!(world.gate.require(tcp(None, REDIS)).await.is_err());
    }
    assert_eq!(world.gate.denied(), 250, "every one counts");
    let mut listed = 0;
    let mut marked = false;
    while let Ok(event) = world.events.try_recv() {
        match event.kind {
            EventKind::Decided(_) => listed += 1,
            EventKind::Log { message, .. } => marked |= message.contains("further ones are only counted"),
            _ => {}
        }
    }
    assert_eq!(listed, 10);
    assert!(marked, "a line says that not all are listed");
}

#[tokio::test]
async fn f51_a_question_that_is_denied_again_and_again_is_not_put_again() {
    let prompter = Scripted::always(Answer::DENY);
    let mut world = World::new(prompter.clone());
    for _ in 0..50 {
        assert!(world.gate.require(tcp(None, REDIS)).await.is_err());
    }
    assert_eq!(prompter.questions().len(), 3, "three times no is no");
    assert_eq!(world.gate.denied(), 50, "every one counts");
    assert!(world.gate.require(tcp(None, "127.0.0.1:6380")).await.is_err());
    assert_eq!(prompter.questions().len(), 4, "another place is another question");
    let mut told = Vec::new();
    let mut listed = 0;
    while let Ok(event) = world.events.try_recv() {
        match event.kind {
            EventKind::Decided(_) => listed += 1,
            EventKind::Log { message, .. } => told.push(message),
            _ => {}
        }
    }
    assert!(listed < 20, "{listed} lines for one thing");
    assert_eq!(told.iter().filter(|line| line.contains("without a question for the rest")).count(), 1, "{told:?}");
    world.gate.enter(caller("other", &[]));
    assert!(world.gate.require(tcp(None, REDIS)).await.is_err());
    assert_eq!(prompter.questions().len(), 5, "another node is asked for itself");
}

#[tokio::test]
async fn f50_a_wide_rule_that_reaches_very_much_is_told_once() {
    for (rule, ports, warnings) in [("tcp:*", 120, 1), ("tcp:127.0.0.1:*", 120, 1), ("tcp:*", 31, 0)] {
        let mut world = Setup { allow: vec![rule], ..Setup::default() }.build(Arc::new(crate::permission::DenyAll));
        for port in 1..=ports {
            assert!(world.gate.require(tcp(None, &format!("127.0.0.1:{port}"))).await.is_ok());
            assert!(world.gate.require(tcp(None, "127.0.0.1:1")).await.is_ok(), "the same place counts once");
        }
        let mut told = Vec::new();
        while let Ok(event) = world.events.try_recv() {
            if let EventKind::Log { message, .. } = event.kind {
                told.push(message);
            }
        }
        assert_eq!(told.len(), warnings, "{told:?}");
        assert!(told.iter().all(|line| line.contains(rule) && line.contains("32 ports of 127.0.0.1")), "{told:?}");
    }
}

#[tokio::test]
async fn a_flood_of_questions_waits_its_turn() {
    let prompter = Scripted::allowing(Lifetime::Once);
    prompter.hold();
    let world = World::new(prompter.clone());
    let waiting: Vec<_> =
        (1..=200).map(|port| world.gate.require_detached(tcp(None, &format!("127.0.0.1:{port}")))).collect();
    prompter.asked(64).await;
    tokio::task::yield_now().await;
    assert_eq!(prompter.questions().len(), 64, "no more dialogs at once");
    prompter.release();
    let answers = futures::future::join_all(waiting).await;
    assert!(answers.iter().all(Result::is_ok), "in the end all are answered");
}

#[tokio::test]
async fn newly_declared_capabilities_are_asked_again() {
    let grants = Arc::new(Grants::in_memory());
    let prompter = Scripted::allowing(Lifetime::Always);
    let setup =
        |declared: &[&'static str]| Setup { declared: declared.to_vec(), grants: grants.clone(), ..Setup::default() };
    let build = |declared: &[&'static str]| setup(declared).build(prompter.clone());
    build(&["network:dns"]).gate.require(tcp(None, REDIS)).await.expect("asked");
    build(&[]).gate.require(tcp(None, REDIS)).await.expect("fewer declarations keep the grant");
    assert_eq!(prompter.questions().len(), 1);
    build(&["network:dns", "network:tcp"]).gate.require(tcp(None, REDIS)).await.expect("asked");
    assert_eq!(prompter.questions().len(), 2, "the build declares it now");
    build(&["network:dns", "network:tcp", "models"]).gate.require(tcp(None, REDIS)).await.expect("kept");
    assert_eq!(prompter.questions().len(), 2, "growing elsewhere changes nothing");
}

#[tokio::test]
async fn each_node_of_a_package_has_its_own_grants() {
    let prompter = Scripted::allowing(Lifetime::Session);
    let world = World::new(prompter.clone());
    world.gate.require(tcp(None, REDIS)).await.expect("asked");
    world.gate.enter(caller("pong", &["network:tcp"]));
    world.gate.require(tcp(None, REDIS)).await.expect("asked for the other node");
    let nodes: Vec<String> = prompter.questions().iter().map(|question| question.identity.node.clone()).collect();
    assert_eq!(nodes, ["ping", "pong"]);
}

#[test]
fn a_detached_wish_can_be_shared_between_threads() {
    fn check<T: Send + Sync + 'static>(_: &T) {}
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _entered = runtime.enter();
    let world = World::new(Arc::new(crate::permission::DenyAll));
    check(&world.gate.require_detached(tcp(None, REDIS)));
}

/// A run of a file that is a component in Rust, or whatever `change` makes of it.
fn world_of(grants: &Arc<Grants>, prompter: &Arc<Scripted>, declared: &[&str], change: impl Fn(&mut Origin)) -> World {
    let world = Setup { grants: grants.clone(), ..Setup::default() }.build(prompter.clone());
    let mut origin =
        Origin { kind: "component".into(), languages: vec!["Rust".into()], title: "Ping".into(), ..Origin::default() };
    change(&mut origin);
    world.gate.enter(Caller { origin: Arc::new(origin), ..caller("ping", declared) });
    world
}

#[tokio::test]
async fn f44_an_answer_for_one_file_is_none_for_another_in_its_place() {
    let grants = Arc::new(Grants::in_memory());
    let prompter = Scripted::allowing(Lifetime::Always);
    let as_it_was = |_: &mut Origin| {};
    let foreign = |origin: &mut Origin| {
        origin.kind = "core".into();
        origin.languages.clear();
    };
    let declared = ["network:tcp"];
    let first = world_of(&grants, &prompter, &declared, as_it_was);
    first.gate.require(tcp(None, REDIS)).await.expect("allowed");
    let again = world_of(&grants, &prompter, &declared, as_it_was);
    again.gate.require(tcp(None, REDIS)).await.expect("remembered");
    assert_eq!(prompter.questions().len(), 1, "a rebuild is not asked");
    assert_eq!(prompter.questions()[0].changed, None, "nothing is known of an earlier file");

    let world = world_of(&grants, &prompter, &declared, foreign);
    world.gate.require(tcp(None, REDIS)).await.expect("asked, and allowed");
    let questions = prompter.questions();
    assert_eq!(questions.len(), 2, "another file is asked");
    let changed = questions[1].changed.as_deref().expect("the difference is told");
    assert!(changed.contains("was a component in Rust; it is now a core module"), "{changed}");

    let next = world_of(&grants, &prompter, &declared, foreign);
    next.gate.require(tcp(None, REDIS)).await.expect("remembered for it as well");
    let back = world_of(&grants, &prompter, &declared, as_it_was);
    back.gate.require(tcp(None, REDIS)).await.expect("remembered");
    back.gate.require(tcp(None, "127.0.0.1:80")).await.expect("allowed");
    let questions = prompter.questions();
    assert_eq!(questions.len(), 3, "each was asked once");
    assert_eq!(questions[2].changed, None, "nothing that was remembered would have allowed this");
}

#[tokio::test]
async fn f44_a_file_that_declares_nothing_inherits_nothing() {
    let grants = Arc::new(Grants::in_memory());
    for (then, now) in [(&["network:tcp"][..], &[][..]), (&[], &["network:tcp"])] {
        let prompter = Scripted::allowing(Lifetime::Session);
        let request = tcp(None, &format!("127.0.0.1:{}", 100 + then.len()));
        world_of(&grants, &prompter, then, |_| {}).gate.require(request.clone()).await.expect("allowed");
        let other = ["network:dns"];
        let silent = world_of(&grants, &prompter, then, |_| {});
        silent.gate.require(request.clone()).await.expect("remembered");
        world_of(&grants, &prompter, now, |_| {}).gate.require(request.clone()).await.expect("asked, and allowed");
        let questions = prompter.questions();
        assert_eq!(questions.len(), 2, "{then:?}, then {now:?}");
        let changed = questions[1].changed.as_deref().expect("the difference is told");
        assert!(changed.contains("network:tcp"), "{changed}");
        let unrelated = world_of(&grants, &prompter, &[now, &other].concat(), |_| {});
        unrelated.gate.require(request).await.expect("another label is not a difference");
        assert_eq!(prompter.questions().len(), 2);
    }
}

#[tokio::test]
async fn f44_a_denial_holds_for_whatever_comes() {
    let grants = Arc::new(Grants::in_memory());
    let prompter = Scripted::list([answer(Decision::Deny, 0, Lifetime::Always)]);
    let first = world_of(&grants, &prompter, &[], |_| {});
    first.gate.require(tcp(None, REDIS)).await.expect_err("denied");
    let foreign = world_of(&grants, &prompter, &["network:tcp"], |origin| origin.kind = "core".into());
    foreign.gate.require(tcp(None, REDIS)).await.expect_err("still denied");
    assert_eq!(prompter.questions().len(), 1);
}

#[tokio::test]
async fn f44_answers_of_older_versions_belong_to_the_file_that_comes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = r#"{"version":1,"grants":[{"id":7,"file":"/nodes/ping.wasm","node":"ping","rule":"tcp:127.0.0.1:6379",
        "decision":"allow","build":"older","declared":[],"at":1}]}"#;
    std::fs::write(folder.path().join("grants.json"), old).expect("written");
    let open = || Arc::new(Grants::open(folder.path()).expect("opened"));
    let grants = open();
    assert_eq!(grants.problem(), None, "it is not damaged");
    let prompter = Scripted::allowing(Lifetime::Once);
    let world = world_of(&grants, &prompter, &[], |_| {});
    world.gate.begin_call().await;
    world.gate.require(tcp(None, REDIS)).await.expect("remembered");
    assert_eq!(prompter.questions().len(), 0);

    let foreign = world_of(&open(), &prompter, &[], |origin| origin.kind = "core".into());
    foreign.gate.begin_call().await;
    foreign.gate.require(tcp(None, REDIS)).await.expect("asked, and allowed");
    assert_eq!(prompter.questions().len(), 1, "the next start knows what it was given to");
}
