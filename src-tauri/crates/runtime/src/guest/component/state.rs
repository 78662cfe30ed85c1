//! What a component's store holds: the host's state beside the WASI contexts, closed as they are by default.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::bindings::sockets::network::IpSocketAddress;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::http::Hooks;
use super::sockets::{Held, Sockets, Tcp};
use crate::event::LogSource;
use crate::guest::stdio::LogStream;
use crate::host::dial::Slot;
use crate::host::{Call, HostState, Reply, StderrTail};
use crate::limits::StoreLimiter;
use crate::permission::Permit;

/// The first argument of every component.
const PROGRAM: &str = "flow-like-wasm-node";

/// Random bytes that one call may ask for.
const MAX_RANDOM: u64 = 4 << 20;

pub(super) struct State {
    pub host: HostState,
    pub wasi: Wasi,
    pub console: Console,
    /// The node that was called last.
    node: String,
}

/// What WASI functions work on. It is apart from the host's state, so that sockets can be closed while that is at work.
pub(super) struct Wasi {
    pub sockets: Held,
    /// What is known of TCP sockets, by their place in the table.
    pub tcp: HashMap<u32, Tcp>,
    /// The permits that sockets were bound with, until they listen.
    pub tcp_bound: HashMap<u32, Permit>,
    /// The peers of accepted sockets, until they are asked for.
    pub tcp_accepted: HashMap<u32, IpSocketAddress>,
    /// The sockets' places among those that the run may have open, by their place in the table.
    pub slots: HashMap<u32, Slot>,
    /// The peer of outgoing datagram streams that have one, by their place in the table.
    pub udp_peers: HashMap<u32, SocketAddr>,
    /// The permits that UDP sockets and their streams were bound with, by their place in the table.
    pub udp_bound: HashMap<u32, Permit>,
    pub table: ResourceTable,
    pub hooks: Hooks,
    console: Console,
    arguments: Vec<String>,
    /// Made at the first call of a WASI function: many nodes call none.
    context: Option<Box<WasiCtx>>,
    http: WasiHttpCtx,
}

/// Where stdout and stderr go. Clones are the same streams.
#[derive(Clone)]
pub(super) struct Console {
    stdout: Stdout,
    stderr: LogStream,
}

#[derive(Clone)]
enum Stdout {
    Log(LogStream),
    Memory(MemoryOutputPipe),
}

impl Console {
    /// Both streams become log lines.
    pub fn log(host: &HostState) -> Self {
        let stdout = Stdout::Log(LogStream::new(host.run.events.clone(), LogSource::Stdout, None));
        Self { stdout, stderr: Self::stderr(host) }
    }

    /// For commands: stdout is the answer.
    pub fn capture(host: &HostState, stdout: MemoryOutputPipe) -> Self {
        Self { stdout: Stdout::Memory(stdout), stderr: Self::stderr(host) }
    }

    fn stderr(host: &HostState) -> LogStream {
        LogStream::new(host.run.events.clone(), LogSource::Stderr, Some(host.stderr_tail.clone()))
    }

    /// Sends what was written so far, also a last line without an end.
    pub async fn flush(&self) {
        if let Stdout::Log(stdout) = &self.stdout {
            stdout.flush_line().await;
        }
        self.stderr.flush_line().await;
    }
}

impl State {
    pub fn new(host: HostState, arguments: &[&str], console: Console) -> Self {
        let sockets = Held::new(host.run.clone());
        let mut table = ResourceTable::new();
        table.set_max_capacity(host.run.limits.resources);
        let wasi = Wasi {
            hooks: Hooks::new(host.run.clone()),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            context: None,
            http: WasiHttpCtx::new(),
            tcp: HashMap::new(),
            tcp_bound: HashMap::new(),
            tcp_accepted: HashMap::new(),
            slots: HashMap::new(),
            udp_peers: HashMap::new(),
            udp_bound: HashMap::new(),
            console: console.clone(),
            sockets,
            table,
        };
        Self { node: host.meta.node_name.clone(), host, wasi, console }
    }

    /// One host function of ours, which may take its time.
    pub async fn call(&mut self, call: Call<'_>) -> Reply {
        self.wasi.wait(self.host.call(call)).await
    }

    /// To be called before each call: decisions were made for the node that is running.
    pub fn enter(&mut self) {
        if self.host.meta.node_name != self.node {
            self.node.clone_from(&self.host.meta.node_name);
            self.wasi.sockets.forget_peers();
        }
    }

    /// Takes the host's state for another store; the peak of memory stays, its use starts again.
    pub fn take_host(&mut self) -> HostState {
        let empty = HostState::new(self.host.run.clone(), self.host.meta.clone());
        let mut host = std::mem::replace(&mut self.host, empty);
        let fresh = StoreLimiter::new(&host.run.limits, host.run.shared.memory_peak.clone());
        let used = std::mem::replace(&mut host.limiter, fresh);
        host.limiter.peak = used.peak;
        host.limiter.refused = used.refused;
        host
    }

    /// The last part of stderr, which a command's failure is explained with. Starts anew.
    pub fn take_stderr(&mut self) -> String {
        let mut tail = self.host.stderr_tail.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take::<StderrTail>(&mut tail).text
    }
}

/// No environment, no directories, an empty stdin. Sockets can be made, and do nothing without the gate.
fn context(arguments: &[String], console: &Console, sockets: Arc<Sockets>) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder.arg(PROGRAM).args(arguments).stderr(console.stderr.clone());
    match &console.stdout {
        Stdout::Log(stream) => builder.stdout(stream.clone()),
        Stdout::Memory(pipe) => builder.stdout(pipe.clone()),
    };
    builder.max_random_size(MAX_RANDOM);
    builder.allow_tcp(true).allow_udp(true).allow_ip_name_lookup(false);
    builder.socket_addr_check(move |address, usage| sockets.clone().check(address, usage));
    builder.build()
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}

impl WasiView for Wasi {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let Self { context: kept, arguments, console, sockets, table, .. } = self;
        let ctx = kept.get_or_insert_with(|| Box::new(context(arguments, console, Arc::clone(sockets))));
        WasiCtxView { ctx, table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.wasi.http()
    }
}

impl WasiHttpView for Wasi {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}
