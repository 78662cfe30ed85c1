//! One host call of a core module: arguments out of its memory, the host function, the answer back into its memory.

use std::fmt::Display;
use std::sync::Arc;

use wasmtime::{AsContextMut as _, Caller, FuncType, Val, ValType};

use super::State;
use super::buffers::{self, Exports};
use super::memory::Slice;
use super::table::{Act, Args, Function, Give, Socket, Spelling, Take};
use crate::guest::call_site;
use crate::guest::fault::Fault;
use crate::host::{Call, Reply};

/// The wasm type in which the guest wants the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Nothing,
    I32,
    I64,
    F64,
}

/// A host function as one module imports it.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub function: &'static Function,
    pub shape: Shape,
    /// `module.name`, as the guest spells it.
    pub name: Spelling,
}

impl Shape {
    fn of(ty: &FuncType) -> Option<Self> {
        match ty.results().len() {
            0 => Some(Self::Nothing),
            1 => match ty.result(0)? {
                ValType::I32 => Some(Self::I32),
                ValType::I64 => Some(Self::I64),
                ValType::F64 => Some(Self::F64),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The shape in which `function` serves an import of this type; `None`: it does not.
pub(super) fn fit(function: &Function, ty: &FuncType) -> Option<Shape> {
    if ty.params().len() != function.arity() || !ty.params().all(|param| param.is_i32()) {
        return None;
    }
    let shape = Shape::of(ty)?;
    let fits = match function.gives {
        Give::Unit | Give::Flag | Give::Status => matches!(shape, Shape::Nothing | Shape::I32),
        Give::Document | Give::Bits => shape == Shape::I64,
        Give::Number => matches!(shape, Shape::I32 | Shape::I64),
        Give::Millis => matches!(shape, Shape::I64 | Shape::F64),
        Give::Fraction => shape == Shape::F64,
    };
    fits.then_some(shape)
}

/// All types in which `function` serves, for people.
pub(super) fn types(function: &Function) -> String {
    let params = vec!["i32"; function.arity()].join(", ");
    let results: &[&str] = match function.gives {
        Give::Unit | Give::Flag | Give::Status => &["()", "i32"],
        Give::Document | Give::Bits => &["i64"],
        Give::Number => &["i32", "i64"],
        Give::Millis => &["i64", "f64"],
        Give::Fraction => &["f64"],
    };
    format!("({params}) -> {}", results.join("|"))
}

/// Carries out one call.
pub(super) async fn serve(
    bound: Bound,
    caller: &mut Caller<'_, State>,
    params: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let reply = call(bound, caller, params).await?;
    let Some(result) = results.first_mut() else { return Ok(()) };
    *result = match (bound.function.gives, bound.shape) {
        (Give::Document, _) => Val::I64(document(bound, caller, reply).await? as i64),
        (Give::Unit, _) => Val::I32((reply != Reply::Bool(false)).into()),
        (Give::Status, _) => Val::I32(if reply == Reply::Bool(false) { -1 } else { 0 }),
        (Give::Flag, _) => Val::I32(is_yes(&reply).into()),
        (Give::Fraction, _) => Val::F64(reply.float().to_bits()),
        (_, Shape::F64) => Val::F64((reply.number() as f64).to_bits()),
        (_, Shape::I64) => Val::I64(reply.number() as i64),
        (_, Shape::I32 | Shape::Nothing) => Val::I32(reply.number() as i32),
    };
    Ok(())
}

fn is_yes(reply: &Reply) -> bool {
    match reply {
        Reply::Bool(flag) => *flag,
        Reply::Text(text) => text.is_some(),
        Reply::Bytes(bytes) => bytes.is_some(),
        Reply::Unit | Reply::U8(_) | Reply::U64(_) | Reply::F64(_) => false,
    }
}

/// Text or bytes as a packed pointer into the guest's memory; 0 for none.
async fn document(bound: Bound, caller: &mut Caller<'_, State>, reply: Reply) -> wasmtime::Result<u64> {
    let bytes = match reply {
        Reply::Text(Some(text)) => text.into_bytes(),
        Reply::Bytes(Some(bytes)) => bytes,
        _ => return Ok(0),
    };
    if bytes.is_empty() {
        return Ok(0);
    }
    let exports = exports(caller, bound.name)?;
    let slice = buffers::give(caller.as_context_mut(), &exports, &bytes, bound.name).await?;
    buffers::remember(caller.data_mut(), slice);
    Ok(slice.pack())
}

async fn call(bound: Bound, caller: &mut Caller<'_, State>, params: &[Val]) -> wasmtime::Result<Reply> {
    let function = bound.function;
    if function.may_ask() {
        caller.data_mut().host.call_site = call_site(&*caller);
    }
    let takes_memory = function.takes.iter().any(|take| *take != Take::Number);
    if !takes_memory {
        let args = read(bound, &[], params)?;
        return act(function, caller.data_mut(), &args).await;
    }
    let memory = exports(caller, bound.name)?.memory;
    // Text and bytes stay where they are: the guest stands still until the call is over.
    let (memory, state) = memory.data_and_store_mut(caller.as_context_mut());
    let args = read(bound, memory, params)?;
    act(function, state, &args).await
}

async fn act(function: &Function, state: &mut State, args: &Args<'_>) -> wasmtime::Result<Reply> {
    Ok(match &function.act {
        Act::Host(make) => state.host.call(make(args)).await,
        Act::Fetch => {
            let body = args.bytes(3);
            let body = (!body.is_empty()).then_some(body);
            let (method, url, headers) = (args.byte(0), args.text(1), args.text(2));
            state.host.call(Call::HttpRequest { method, url, headers, body }).await
        }
        Act::Socket(socket) => socket_call(*socket, function.gives, state, args).await,
    })
}

fn read<'m>(bound: Bound, memory: &'m [u8], params: &[Val]) -> wasmtime::Result<Args<'m>> {
    let mut args = Args::default();
    // The types were compared when the module was linked; a missing number reads as 0.
    let mut numbers = params.iter().map(|param| param.i32().unwrap_or(0) as u32);
    let mut number = || numbers.next().unwrap_or(0);
    for (at, take) in bound.function.takes.iter().enumerate() {
        match take {
            Take::Number => args.set_number(at, number()),
            Take::Text => args.set_text(at, Slice::new(number(), number()).text(memory, bound.name)?),
            Take::Bytes => args.set_bytes(at, Slice::new(number(), number()).bytes(memory, bound.name)?),
        }
    }
    Ok(args)
}

/// The exports that host calls need, remembered after the first look. While the start section runs there is no
/// instance yet to ask, only the caller.
pub(super) fn exports(caller: &mut Caller<'_, State>, function: impl Display) -> wasmtime::Result<Arc<Exports>> {
    if let Some(exports) = &caller.data().exports {
        return Ok(exports.clone());
    }
    let [memory, alloc, dealloc] = ["memory", "alloc", "dealloc"].map(|name| caller.get_export(name));
    let exports = Exports::find(caller.as_context_mut(), memory, alloc, dealloc);
    let exports =
        exports.ok_or_else(|| Fault::bad_abi(function.to_string(), "the guest exports no memory named \"memory\""))?;
    let exports = Arc::new(exports);
    caller.data_mut().exports = Some(exports.clone());
    Ok(exports)
}

async fn socket_call(socket: Socket, gives: Give, state: &mut State, args: &Args<'_>) -> Reply {
    let State { host, sockets, .. } = state;
    match socket {
        Socket::Connect => {
            let call = Call::WsConnect { url: args.text(0), headers: args.text(1) };
            let session = host.call(call).await.text();
            Reply::U64(session.map_or(0, |session| sockets.open(session)).into())
        }
        Socket::Send => match sockets.session(args.number(0)) {
            Some(session) => host.call(Call::WsSend { session, message: args.bytes(1), binary: args.flag(2) }).await,
            None => Reply::Bool(false),
        },
        Socket::Receive => {
            let message = match sockets.session(args.number(0)) {
                Some(session) => host.call(Call::WsReceive { session, timeout_ms: args.number(1) }).await.text(),
                None => None,
            };
            if gives == Give::Document {
                return Reply::Text(message);
            }
            sockets.message = message;
            Reply::Bool(sockets.message.is_some())
        }
        Socket::Message => Reply::Text(sockets.message.clone()),
        Socket::Close => match sockets.close(args.number(0)) {
            Some(session) => host.call(Call::WsClose { session: &session }).await,
            None => Reply::Bool(false),
        },
    }
}

/// WebSocket sessions by the numbers that core modules know them by.
#[derive(Default)]
pub(super) struct Sockets {
    sessions: std::collections::HashMap<u32, String>,
    last: u32,
    /// The message that the last `receive` fetched.
    message: Option<String>,
}

impl Sockets {
    /// A number that was never given before, from 1 on; 0 when all are used up.
    fn open(&mut self, session: String) -> u32 {
        let Some(id) = self.last.checked_add(1).filter(|id| *id <= i32::MAX as u32) else { return 0 };
        self.last = id;
        self.sessions.insert(id, session);
        id
    }

    fn session(&self, id: u32) -> Option<&str> {
        self.sessions.get(&id).map(String::as_str)
    }

    fn close(&mut self, id: u32) -> Option<String> {
        self.sessions.remove(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_numbers_are_never_used_again() {
        let mut sockets = Sockets::default();
        let first = sockets.open("ws_a".to_owned());
        assert_eq!((first, sockets.session(1)), (1, Some("ws_a")), "numbers start at 1: 0 means failed");
        assert_eq!(sockets.close(1).as_deref(), Some("ws_a"), "it was open");
        assert_eq!(sockets.open("ws_b".to_owned()), 2, "an old number must not reach a new session");
        assert_eq!(sockets.session(1), None, "what was closed is gone");
        assert_eq!(sockets.close(77), None, "an unknown number is nothing");
        sockets.last = i32::MAX as u32;
        assert_eq!(sockets.open("ws_c".to_owned()), 0, "no number is left");
    }
}
