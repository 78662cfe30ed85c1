//! UDP: binding to an address of one's own asks, and so does each peer, once for the run. When the permit to bind is
//! revoked, the socket's streams refuse the guest's next use.

use std::net::SocketAddr;

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpSocketAddress};
use wasmtime_wasi::p2::bindings::sockets::udp::{
    HostIncomingDatagramStream as _, HostOutgoingDatagramStream as _, HostUdpSocket, IncomingDatagram,
    IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream,
};
use wasmtime_wasi::p2::{Network, SocketResult, UdpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

use super::check::is_implicit_bind;
use super::{answer, is_unusable};
use crate::event::Protocol;
use crate::guest::call_site;
use crate::guest::component::state::{State, Wasi};
use crate::permission::Capability;

/// More than wasmtime ever permits in one call.
const MAX_DATAGRAMS: usize = 64;

type Streams = (Resource<IncomingDatagramStream>, Resource<OutgoingDatagramStream>);

pub fn add_to_linker(instance: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    instance.resource("udp-socket", ResourceType::host::<UdpSocket>(), |mut store, index| {
        let state: &mut State = store.data_mut();
        let state = &mut state.wasi;
        state.slots.remove(&index);
        state.udp_bound.remove(&index);
        HostUdpSocket::drop(&mut state.sockets(), Resource::new_own(index))
    })?;
    instance.func_wrap_async(
        "[method]udp-socket.start-bind",
        |store: StoreContextMut<'_, State>,
         (socket, network, address): (Resource<UdpSocket>, Resource<Network>, IpSocketAddress)| {
            Box::new(async move { answer(start_bind(store, socket, network, address).await) })
        },
    )?;
    instance.func_wrap_async(
        "[method]udp-socket.stream",
        |store: StoreContextMut<'_, State>, (socket, remote): (Resource<UdpSocket>, Option<IpSocketAddress>)| {
            Box::new(async move { answer(open(store, socket, remote).await) })
        },
    )?;
    instance.func_wrap(
        "[method]incoming-datagram-stream.receive",
        |mut store: StoreContextMut<'_, State>, (stream, most): (Resource<IncomingDatagramStream>, u64)| {
            answer(receive(&mut store.data_mut().wasi, stream, most))
        },
    )?;
    instance.func_wrap_async(
        "[method]outgoing-datagram-stream.send",
        |store: StoreContextMut<'_, State>,
         (stream, datagrams): (Resource<OutgoingDatagramStream>, Vec<OutgoingDatagram>)| {
            Box::new(async move { answer(send(store, stream, datagrams).await) })
        },
    )
}

pub async fn start_bind(
    mut store: StoreContextMut<'_, State>,
    socket: Resource<UdpSocket>,
    network: Resource<Network>,
    address: IpSocketAddress,
) -> SocketResult<()> {
    let local = SocketAddr::from(address);
    if is_implicit_bind(local) {
        return store.data_mut().wasi.sockets().start_bind(socket, network, address).await;
    }
    let sockets = store.data().wasi.sockets.clone();
    let call_site = call_site(&store);
    let Ok(permit) = store.data_mut().wasi.ask(Capability::UdpBind, local, call_site).await else {
        sockets.own(Protocol::Udp, local).denied().await;
        return Err(ErrorCode::AccessDenied.into());
    };
    let index = socket.rep();
    sockets.add_ticket(Capability::UdpBind, local);
    let state = &mut store.data_mut().wasi;
    if let Err(error) = state.sockets().start_bind(socket, network, address).await {
        sockets.take_ticket(Capability::UdpBind, local);
        return Err(error);
    }
    state.udp_bound.insert(index, permit);
    Ok(())
}

/// What is bound without a permit needs none.
fn still_bound(state: &Wasi, index: u32) -> SocketResult<()> {
    match state.udp_bound.get(&index) {
        Some(permit) if permit.revoked().is_cancelled() => Err(ErrorCode::AccessDenied.into()),
        _ => Ok(()),
    }
}

/// With a peer, this is UDP's "connect".
pub async fn open(
    mut store: StoreContextMut<'_, State>,
    socket: Resource<UdpSocket>,
    remote: Option<IpSocketAddress>,
) -> SocketResult<Streams> {
    let peer = remote.map(SocketAddr::from);
    let bound = store.data().wasi.udp_bound.get(&socket.rep()).cloned();
    still_bound(&store.data().wasi, socket.rep())?;
    if let Some(peer) = peer
        && !is_unusable(peer)
        && !is_allowed(&mut store, peer).await
    {
        return Err(ErrorCode::AccessDenied.into());
    }
    let state = &mut store.data_mut().wasi;
    let (incoming, outgoing) = state.sockets().stream(socket, remote).await?;
    match peer {
        Some(peer) => state.udp_peers.insert(outgoing.rep(), peer),
        None => state.udp_peers.remove(&outgoing.rep()),
    };
    for index in [incoming.rep(), outgoing.rep()] {
        match &bound {
            Some(permit) => state.udp_bound.insert(index, permit.clone()),
            // The place may have been another stream's.
            None => state.udp_bound.remove(&index),
        };
    }
    Ok((incoming, outgoing))
}

/// Sends as far as the peers are allowed; the first that is not ends the call, as an error would.
pub async fn send(
    mut store: StoreContextMut<'_, State>,
    stream: Resource<OutgoingDatagramStream>,
    mut datagrams: Vec<OutgoingDatagram>,
) -> SocketResult<u64> {
    still_bound(&store.data().wasi, stream.rep())?;
    let connected = store.data().wasi.udp_peers.get(&stream.rep()).copied();
    let mut sizes = Vec::with_capacity(datagrams.len().min(MAX_DATAGRAMS));
    for datagram in datagrams.iter().take(MAX_DATAGRAMS) {
        let Some(peer) = datagram.remote_address.map(SocketAddr::from).or(connected) else { break };
        if !is_unusable(peer) && !is_allowed(&mut store, peer).await {
            if sizes.is_empty() {
                return Err(ErrorCode::AccessDenied.into());
            }
            datagrams.truncate(sizes.len());
            break;
        }
        sizes.push((peer, datagram.data.len()));
    }
    let state = &mut store.data_mut().wasi;
    let sent = state.sockets().send(stream, datagrams)?;
    for (peer, size) in sizes.into_iter().take(usize::try_from(sent).unwrap_or(usize::MAX)) {
        if let Some(connection) = state.sockets.peer(peer) {
            connection.traffic.sent(size);
        }
    }
    Ok(sent)
}

async fn is_allowed(store: &mut StoreContextMut<'_, State>, peer: SocketAddr) -> bool {
    let sockets = store.data().wasi.sockets.clone();
    match sockets.send_decision(peer) {
        Some(decision) => decision,
        None => {
            let call_site = call_site(&mut *store);
            store.data_mut().wasi.wait(sockets.allow_send(peer, call_site)).await
        }
    }
}

pub fn receive(
    state: &mut Wasi,
    stream: Resource<IncomingDatagramStream>,
    most: u64,
) -> SocketResult<Vec<IncomingDatagram>> {
    still_bound(state, stream.rep())?;
    let datagrams = state.sockets().receive(stream, most)?;
    for datagram in &datagrams {
        if let Some(connection) = state.sockets.peer(datagram.remote_address.into()) {
            connection.traffic.received(datagram.data.len());
        }
    }
    Ok(datagrams)
}
