//! Components in text format through linking, calls and sockets. Real nodes are in the suite's own tests.

mod calls;
mod http;
mod linking;
mod sockets;

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use wasmtime::component::Component;

use super::{Instance, Linked};
use crate::clock::RunClock;
use crate::engine::Parts;
use crate::error::LoadError;
use crate::event::{EventKind, EventReceiver, Events, NetworkEvent, RunId};
use crate::host::secrets::Secrets;
use crate::host::services::PackageKey;
use crate::host::{HostState, Meta, RunContext, RunShared, Services};
use crate::limits::Limits;
use crate::permission::gate::GateSetup;
use crate::permission::{
    Answer, Caller, Decision, DenyAll, Gate, Grants, Identity, Lifetime, Prompter, Question, Rule, Unanswered,
};

/// A run with the events that it sends.
struct World {
    run: Arc<RunContext>,
    events: EventReceiver,
    grants: Arc<Grants>,
    _data: TempDir,
}

/// Answers every question in the same way.
struct Always(Answer);

#[async_trait]
impl Prompter for Always {
    async fn ask(&self, _question: Arc<Question>) -> Result<Answer, Unanswered> {
        Ok(self.0)
    }
}

const ALLOW: Answer = Answer { decision: Decision::Allow, scope: 0, lifetime: Lifetime::Session, stop_run: false };

fn world(limits: Limits, allow: &[&str], prompter: impl Prompter + 'static) -> World {
    let data = tempfile::tempdir().expect("a temporary folder");
    let id = RunId("run".into());
    let clock = RunClock::start();
    let (events, receiver) = Events::channel(id.clone(), clock.clone(), limits.events);
    let grants = Arc::new(Grants::in_memory());
    let cancel = CancellationToken::new();
    let gate = Gate::new(GateSetup {
        caller: caller("node"),
        build: "hash".into(),
        allow: allow.iter().map(|rule| rule.parse::<Rule>().expect("a rule")).collect(),
        deny: Vec::new(),
        grants: grants.clone(),
        prompter: Arc::new(prompter),
        events: events.clone(),
        clock: clock.clone(),
        cancel: cancel.clone(),
    });
    let services =
        Arc::new(Services::open_with(data.path(), Secrets::in_file(data.path())).expect("services in an empty folder"));
    let shared = RunShared::default();
    let package = PackageKey::new("node.wasm".into());
    let run = Arc::new(RunContext { id, clock, events, gate, services, package, limits, cancel, shared });
    World { run, events: receiver, grants, _data: data }
}

fn caller(node: &str) -> Caller {
    let identity = Identity { file: "node.wasm".into(), node: node.into() };
    Caller { identity, friendly_name: "Node".into(), declared: Vec::new(), origin: Arc::default(), allowed_hosts: None }
}

fn quiet() -> World {
    world(Limits::default(), &[], DenyAll)
}

impl World {
    fn state(&self) -> HostState {
        HostState::new(self.run.clone(), Meta::default())
    }

    /// What was sent so far.
    fn told(&mut self) -> Vec<EventKind> {
        std::iter::from_fn(|| self.events.try_recv().ok()).map(|event| event.kind).collect()
    }

    fn network(&mut self) -> Vec<NetworkEvent> {
        let told = self.told().into_iter();
        told.filter_map(|kind| if let EventKind::Network(event) = kind { Some(event) } else { None }).collect()
    }

    fn lines(&mut self) -> Vec<String> {
        let told = self.told().into_iter();
        told.filter_map(|kind| if let EventKind::Log { message, .. } = kind { Some(message) } else { None }).collect()
    }

    async fn instance(&self, linked: &Linked) -> Instance {
        match linked.instantiate(self.state()).await {
            Ok(instance) => instance,
            Err(failed) => panic!("the component must start: {:?}", failed.error),
        }
    }
}

/// An engine as the workbench sets it up, without its ticker: nothing here runs long enough to be stopped.
fn engine() -> wasmtime::Engine {
    let mut config = wasmtime::Config::new();
    config.epoch_interruption(true);
    wasmtime::Engine::new(&config).expect("an engine")
}

fn link(wat: &str) -> Result<Linked, LoadError> {
    let engine = engine();
    let code = Component::new(&engine, wat).expect("a valid component");
    Linked::link(&engine, code, &Parts::default())
}

fn linked(wat: &str) -> Linked {
    link(wat).expect("the component links")
}

/// A component around a core module that has a memory, `realloc`, and `texts` at 1024, each with its
/// pointer and length at 8 times its number. `body` may use them; `lifts` exports it.
fn component(imports: &str, texts: &[&str], body: &str, lifts: &str) -> String {
    let mut data = String::new();
    let mut at = 1024_usize;
    for (number, text) in texts.iter().enumerate() {
        let bytes = |value: usize| -> String {
            let value = u32::try_from(value).expect("a small value");
            value.to_le_bytes().iter().map(|byte| format!("\\{byte:02x}")).collect()
        };
        let escaped: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        data.push_str(&format!("(data (i32.const {}) \"{}{}\")\n", number * 8, bytes(at), bytes(text.len())));
        data.push_str(&format!("(data (i32.const {at}) \"{escaped}\")\n"));
        at += text.len();
    }
    format!(
        r#"(component
            {imports}
            (core module $libc
                (memory (export "memory") 4)
                (global $next (mut i32) (i32.const 65536))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                    global.get $next
                    (global.set $next (i32.and
                        (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 7)) (i32.const -8))))
                {data})
            (core instance $libc (instantiate $libc))
            (alias core export $libc "memory" (core memory $memory))
            (alias core export $libc "realloc" (core func $realloc))
            {body}
            {lifts})"#
    )
}

/// A module that answers each export with one of the texts, and `run` with its input.
const ECHO: &str = r#"
    (core module $main
        (import "libc" "memory" (memory 4))
        (func (export "first") (result i32) i32.const 0)
        (func (export "second") (result i32) i32.const 8)
        (func (export "two") (result i32) i32.const 2)
        (func (export "trap") (result i32) unreachable)
        (func (export "echo") (param i32 i32) (result i32)
            (i32.store (i32.const 512) (local.get 0))
            (i32.store (i32.const 516) (local.get 1))
            i32.const 512))
    (core instance $main (instantiate $main (with "libc" (instance $libc))))"#;

fn lift(export: &str, ty: &str, core: &str) -> String {
    format!(
        r#"(func (export "{export}") {ty} (canon lift (core func $main "{core}")
            (memory $memory) (realloc $realloc)))"#
    )
}

const TEXT: &str = "(result string)";
const RUN: &str = r#"(param "input" string) (result string)"#;

/// A node that is complete.
fn node(extra: &str) -> String {
    let lifts = [lift("get-node", TEXT, "first"), lift("run", RUN, "echo"), extra.to_owned()].join("\n");
    component("", &[r#"{"name":"one"}"#, r#"[{"name":"many"}]"#], ECHO, &lifts)
}
