//! Errors that guests can bear.
//!
//! wasi-libc keeps a record of each socket and ends the program at the codes that this rules out. Two things that it knows
//! nothing of contradict the record: the peer resets a connection, and the user revokes its permit.

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpSocketAddress};
use wasmtime_wasi::p2::bindings::sockets::tcp::{HostTcpSocket as _, ShutdownType};
use wasmtime_wasi::p2::{SocketResult, TcpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

use super::answer;
use super::tcp::Tcp;
use crate::guest::component::state::{State, Wasi};

/// Defines the methods of wasmtime that fail where the kernel says that a socket is not connected.
macro_rules! methods {
    ($instance:ident, $($name:literal $method:ident($($argument:ident: $type:ty),*);)*) => {
        $($instance.func_wrap(
            concat!("[method]tcp-socket.", $name),
            |mut store: StoreContextMut<'_, State>, (socket, $($argument,)*): (Resource<TcpSocket>, $($type,)*)| {
                let state = &mut store.data_mut().wasi;
                let index = socket.rep();
                let result = state.sockets().$method(socket, $($argument),*);
                answer(bearable(state, index, result))
            },
        )?;)*
    };
}

pub fn add_to_linker(instance: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    instance.func_wrap(
        "[method]tcp-socket.remote-address",
        |mut store: StoreContextMut<'_, State>, (socket,): (Resource<TcpSocket>,)| {
            answer(remote_address(&mut store.data_mut().wasi, socket))
        },
    )?;
    methods! { instance,
        "finish-bind" finish_bind();
        "finish-listen" finish_listen();
        "local-address" local_address();
        "shutdown" shutdown(how: ShutdownType);
        "set-listen-backlog-size" set_listen_backlog_size(value: u64);
        "keep-alive-enabled" keep_alive_enabled();
        "set-keep-alive-enabled" set_keep_alive_enabled(value: bool);
        "keep-alive-idle-time" keep_alive_idle_time();
        "set-keep-alive-idle-time" set_keep_alive_idle_time(value: u64);
        "keep-alive-interval" keep_alive_interval();
        "set-keep-alive-interval" set_keep_alive_interval(value: u64);
        "keep-alive-count" keep_alive_count();
        "set-keep-alive-count" set_keep_alive_count(value: u32);
        "hop-limit" hop_limit();
        "set-hop-limit" set_hop_limit(value: u8);
        "receive-buffer-size" receive_buffer_size();
        "set-receive-buffer-size" set_receive_buffer_size(value: u64);
        "send-buffer-size" send_buffer_size();
        "set-send-buffer-size" set_send_buffer_size(value: u64);
    }
    Ok(())
}

/// wasi-libc asks for it while it accepts, and ends the program at any error: at first the address is known all the same.
fn remote_address(state: &mut Wasi, socket: Resource<TcpSocket>) -> SocketResult<IpSocketAddress> {
    let index = socket.rep();
    let result = state.sockets().remote_address(socket);
    match (bearable(state, index, result), state.tcp_accepted.remove(&index)) {
        (Err(_), Some(peer)) => Ok(peer),
        (result, _) => result,
    }
}

/// A code that does not contradict what the guest knows of this socket.
pub fn bearable<T>(state: &Wasi, index: u32, result: SocketResult<T>) -> SocketResult<T> {
    let code = match (&result, state.tcp.get(&index)) {
        (Ok(_), _) => return result,
        (Err(error), Some(known)) if contradicts(error.downcast_ref()) => match known {
            Tcp::Connected(_) => ErrorCode::ConnectionReset,
            Tcp::Revoked => ErrorCode::AccessDenied,
            Tcp::Connecting { .. } | Tcp::Listening { .. } => return result,
        },
        _ => return result,
    };
    Err(code.into())
}

fn contradicts(code: Option<&ErrorCode>) -> bool {
    matches!(code, Some(ErrorCode::InvalidState | ErrorCode::NotInProgress))
}
