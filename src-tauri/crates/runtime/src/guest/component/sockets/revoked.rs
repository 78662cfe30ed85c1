//! Closing at once what rests on a revoked permit, wherever the guest is: while it computes at the next tick of the epoch,
//! while it waits in the host at the moment itself. Every host function that may take its time waits in [`Wasi::wait`].

use std::net::SocketAddr;

use futures::future::{poll_immediate, select_all};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::io::poll::{Host as _, HostPollable as _};
use wasmtime_wasi::p2::bindings::sockets::tcp::{HostTcpSocket as _, ShutdownType};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host as _;
use wasmtime_wasi::p2::{DynPollable, TcpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

use super::tcp::Tcp;
use crate::guest::component::state::{State, Wasi};
use crate::guest::component::wasi;
use crate::permission::{Capability, Denied, Permit};

pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(&format!("wasi:io/poll@{}", wasi::VERSION))?;
    instance.func_wrap_async(
        "poll",
        |mut store: StoreContextMut<'_, State>, (pollables,): (Vec<Resource<DynPollable>>,)| {
            Box::new(async move { Ok((poll(&mut store.data_mut().wasi, &pollables).await?,)) })
        },
    )?;
    instance.func_wrap_async(
        "[method]pollable.block",
        |mut store: StoreContextMut<'_, State>, (pollable,): (Resource<DynPollable>,)| {
            Box::new(async move { block(&mut store.data_mut().wasi, &pollable).await })
        },
    )
}

impl Wasi {
    /// Waits for what a host function waits for.
    pub async fn wait<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        // Most host calls are over at once.
        if let Some(output) = poll_immediate(&mut work).await {
            return output;
        }
        loop {
            let revocation = self.revocation();
            tokio::select! {
                biased;
                output = &mut work => return output,
                () = revocation => {}
            }
            self.close_revoked();
        }
    }

    pub async fn ask(
        &mut self,
        capability: Capability,
        address: SocketAddr,
        call_site: Vec<String>,
    ) -> Result<Permit, Denied> {
        let sockets = self.sockets.clone();
        self.wait(sockets.ask(capability, address, call_site)).await
    }

    /// Closes the connections and the listeners whose permits were revoked.
    pub fn close_revoked(&mut self) {
        let is_revoked = |tcp: &Tcp| tcp.permit().is_some_and(|permit| permit.revoked().is_cancelled());
        while let Some(index) = self.tcp.iter().find_map(|(index, tcp)| is_revoked(tcp).then_some(*index)) {
            let socket = || Resource::<TcpSocket>::new_borrow(index);
            match self.tcp.insert(index, Tcp::Revoked) {
                Some(Tcp::Listening { .. } | Tcp::Connecting { .. }) => self.abandon(&socket()),
                // The streams tell the connection's end. Where the guest shut both directions there is nothing to close.
                _ => drop(self.sockets().shutdown(socket(), ShutdownType::Both)),
            }
        }
    }

    /// wasmtime gives a socket back only when it is dropped: an unused one takes its place. Where no other can be made,
    /// this one stays, and nothing can be done with it.
    fn abandon(&mut self, socket: &Resource<TcpSocket>) {
        let Ok(family) = self.sockets().address_family(Resource::new_borrow(socket.rep())) else { return };
        let Ok(fresh) = self.sockets().create_tcp_socket(family) else { return };
        let Ok(mut unused) = self.table.delete(fresh) else { return };
        if let Ok(old) = self.table.get_mut(socket) {
            std::mem::swap(old, &mut unused);
        }
    }

    /// Until one of the permits in use is revoked.
    fn revocation(&self) -> impl Future<Output = ()> + use<> {
        let permits: Vec<Permit> = self.tcp.values().filter_map(Tcp::permit).cloned().collect();
        async move {
            if permits.is_empty() {
                return std::future::pending().await;
            }
            select_all(permits.iter().map(|permit| Box::pin(permit.revoked().cancelled()))).await;
        }
    }
}

pub async fn poll(state: &mut Wasi, pollables: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
    loop {
        let revocation = state.revocation();
        let same = pollables.iter().map(|pollable| Resource::new_borrow(pollable.rep())).collect();
        tokio::select! {
            biased;
            () = revocation => {}
            ready = state.table.poll(same) => return ready,
        }
        state.close_revoked();
    }
}

pub async fn block(state: &mut Wasi, pollable: &Resource<DynPollable>) -> wasmtime::Result<()> {
    loop {
        let revocation = state.revocation();
        tokio::select! {
            biased;
            () = revocation => {}
            ready = state.table.block(Resource::new_borrow(pollable.rep())) => return ready,
        }
        state.close_revoked();
    }
}
