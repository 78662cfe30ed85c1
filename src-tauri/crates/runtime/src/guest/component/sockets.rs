//! `wasi:sockets` behind the gate.
//!
//! wasmtime's implementation does the work. The functions that lead out of the sandbox are defined again in front of it:
//! they ask the gate, leave a ticket for exactly what was allowed, and go on. The address check, which wasmtime calls
//! last before each system call, lets nothing through without its ticket.

mod bearable;
mod check;
mod connection;
pub(super) mod lookup;
pub(super) mod revoked;
mod stream;
pub(super) mod tcp;
pub(super) mod udp;

use std::net::SocketAddr;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host as _;
use wasmtime_wasi::p2::bindings::sockets::udp_create_socket::Host as _;
use wasmtime_wasi::p2::{SocketResult, TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

pub(super) use self::check::{Held, Sockets};
pub(super) use self::stream::Gone;
pub(super) use self::tcp::Tcp;
use super::state::{State, Wasi};
use super::wasi;
use crate::host::dial::Slot;

/// Defines the functions that need the gate, counts or limits over wasmtime's own. The linker must allow shadowing.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let version = wasi::VERSION;
    linker.instance(&format!("wasi:sockets/tcp-create-socket@{version}"))?.func_wrap(
        "create-tcp-socket",
        |mut store: StoreContextMut<'_, State>, (family,): (IpAddressFamily,)| {
            answer(create_tcp_socket(&mut store.data_mut().wasi, family))
        },
    )?;
    linker.instance(&format!("wasi:sockets/udp-create-socket@{version}"))?.func_wrap_async(
        "create-udp-socket",
        |mut store: StoreContextMut<'_, State>, (family,): (IpAddressFamily,)| {
            Box::new(async move { answer(create_udp_socket(&mut store.data_mut().wasi, family).await) })
        },
    )?;
    revoked::add_to_linker(linker)?;
    let mut tcp = linker.instance(&format!("wasi:sockets/tcp@{version}"))?;
    bearable::add_to_linker(&mut tcp)?;
    tcp::add_to_linker(&mut tcp)?;
    udp::add_to_linker(&mut linker.instance(&format!("wasi:sockets/udp@{version}"))?)?;
    lookup::add_to_linker(&mut linker.instance(&format!("wasi:sockets/ip-name-lookup@{version}"))?)
}

pub(super) fn create_tcp_socket(state: &mut Wasi, family: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
    let slot = claim(state)?;
    let socket = state.sockets().create_tcp_socket(family)?;
    state.slots.insert(socket.rep(), slot);
    Ok(socket)
}

pub(super) async fn create_udp_socket(state: &mut Wasi, family: IpAddressFamily) -> SocketResult<Resource<UdpSocket>> {
    let slot = claim(state)?;
    let socket = state.sockets().create_udp_socket(family).await?;
    // The place may have been a stream's.
    state.udp_bound.remove(&socket.rep());
    state.slots.insert(socket.rep(), slot);
    Ok(socket)
}

fn claim(state: &Wasi) -> SocketResult<Slot> {
    state.sockets.claim().ok_or_else(|| ErrorCode::NewSocketLimit.into())
}

/// As a host function returns it: an error code is the guest's, anything else a trap.
fn answer<T>(result: SocketResult<T>) -> wasmtime::Result<(Result<T, ErrorCode>,)> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(error) => Ok((Err(error.downcast()?),)),
    }
}

/// The one spelling of an address, without flow and scope. It still leads to where the address leads: what is translated
/// or tunnelled leaves the machine, whatever IPv4 address it spells.
fn normal(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Addresses that no socket can reach, which wasmtime refuses by itself: nobody is asked about them.
fn is_unusable(address: SocketAddr) -> bool {
    let is_mapped = matches!(address, SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_some());
    address.port() == 0 || address.ip().is_unspecified() || is_mapped
}
