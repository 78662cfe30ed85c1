//! Closing at once what rests on a revoked permit, wherever the guest is: while it computes at the next tick of the epoch,
//! while it waits at the moment itself.

use futures::future::select_all;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::io::poll::{Host as _, HostPollable as _};
use wasmtime_wasi::p2::bindings::sockets::tcp::{HostTcpSocket as _, ShutdownType};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host as _;
use wasmtime_wasi::p2::{DynPollable, TcpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

use super::connection::REVOKED;
use super::tcp::Tcp;
use crate::guest::component::{state::State, wasi};

pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(&format!("wasi:io/poll@{}", wasi::VERSION))?;
    instance.func_wrap_async(
        "poll",
        |mut store: StoreContextMut<'_, State>, (pollables,): (Vec<Resource<DynPollable>>,)| {
            Box::new(async move { Ok((poll(store.data_mut(), &pollables).await?,)) })
        },
    )?;
    instance.func_wrap_async(
        "[method]pollable.block",
        |mut store: StoreContextMut<'_, State>, (pollable,): (Resource<DynPollable>,)| {
            Box::new(async move { block(store.data_mut(), &pollable).await })
        },
    )
}

/// Closes the connections and the listeners whose permits were revoked.
pub fn close(state: &mut State) {
    let is_revoked = |tcp: &Tcp| tcp.permit().is_some_and(|permit| permit.revoked().is_cancelled());
    while let Some(index) = state.tcp.iter().find_map(|(index, tcp)| is_revoked(tcp).then_some(*index)) {
        let socket = || Resource::<TcpSocket>::new_borrow(index);
        match state.tcp.insert(index, Tcp::Revoked) {
            Some(Tcp::Listening { connection, .. } | Tcp::Connecting { connection, .. }) => {
                connection.close_as(REVOKED);
                abandon(state, &socket());
            }
            // The streams tell the connection's end. Where the guest shut both directions there is nothing to close.
            _ => drop(state.sockets().shutdown(socket(), ShutdownType::Both)),
        }
    }
}

/// wasmtime gives a socket back only when it is dropped: an unused one takes its place. Where no other can be made, this
/// one stays, and nothing can be done with it.
fn abandon(state: &mut State, socket: &Resource<TcpSocket>) {
    let Ok(family) = state.sockets().address_family(Resource::new_borrow(socket.rep())) else { return };
    let Ok(fresh) = state.sockets().create_tcp_socket(family) else { return };
    let Ok(mut unused) = state.table.delete(fresh) else { return };
    if let Ok(old) = state.table.get_mut(socket) {
        std::mem::swap(old, &mut unused);
    }
}

pub async fn poll(state: &mut State, pollables: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
    loop {
        let revocation = revocation(state);
        let same = pollables.iter().map(|pollable| Resource::new_borrow(pollable.rep())).collect();
        tokio::select! {
            biased;
            () = revocation => {}
            ready = state.table.poll(same) => return ready,
        }
        close(state);
    }
}

pub async fn block(state: &mut State, pollable: &Resource<DynPollable>) -> wasmtime::Result<()> {
    loop {
        let revocation = revocation(state);
        tokio::select! {
            biased;
            () = revocation => {}
            ready = state.table.block(Resource::new_borrow(pollable.rep())) => return ready,
        }
        close(state);
    }
}

/// Until one of the permits in use is revoked.
fn revocation(state: &State) -> impl Future<Output = ()> + use<> {
    let permits = state.tcp.values().filter_map(Tcp::permit);
    let revocations: Vec<_> = permits.map(|permit| Box::pin(permit.revoked().clone().cancelled_owned())).collect();
    async move { if revocations.is_empty() { std::future::pending().await } else { select_all(revocations).await.0 } }
}
