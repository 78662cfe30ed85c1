//! TCP: connecting, listening and binding to an address of one's own ask; what is accepted is covered by the permit to
//! listen.

use std::net::SocketAddr;
use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpSocketAddress};
use wasmtime_wasi::p2::bindings::sockets::tcp::HostTcpSocket as _;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, Network, SocketResult, TcpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

use super::bearable::bearable;
use super::check::is_silent_bind;
use super::connection::Connection;
use super::{answer, claim, is_unusable, normal, stream};
use crate::event::Protocol;
use crate::guest::call_site;
use crate::guest::component::state::{State, Wasi};
use crate::permission::{Capability, Permit, Target};

/// How far a socket has come with what was allowed to it.
pub enum Tcp {
    Connecting {
        permit: Permit,
        connection: Connection,
    },
    /// The streams have the connection now.
    Connected(Permit),
    Listening {
        permit: Permit,
        /// Tells the listener's end when it is dropped.
        _connection: Connection,
    },
    /// Closed for want of its permit.
    Revoked,
}

impl Tcp {
    /// What it is open by.
    pub fn permit(&self) -> Option<&Permit> {
        match self {
            Self::Connecting { permit, .. } | Self::Connected(permit) | Self::Listening { permit, .. } => Some(permit),
            Self::Revoked => None,
        }
    }
}

type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);

pub fn add_to_linker(instance: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    instance.func_wrap_async(
        "[method]tcp-socket.start-bind",
        |store: StoreContextMut<'_, State>,
         (socket, network, address): (Resource<TcpSocket>, Resource<Network>, IpSocketAddress)| {
            Box::new(async move { answer(start_bind(store, socket, network, address).await) })
        },
    )?;
    instance.func_wrap_async(
        "[method]tcp-socket.start-connect",
        |store: StoreContextMut<'_, State>,
         (socket, network, address): (Resource<TcpSocket>, Resource<Network>, IpSocketAddress)| {
            Box::new(async move { answer(start_connect(store, socket, network, address).await) })
        },
    )?;
    instance.func_wrap_async(
        "[method]tcp-socket.finish-connect",
        |mut store: StoreContextMut<'_, State>, (socket,): (Resource<TcpSocket>,)| {
            Box::new(async move { answer(finish_connect(&mut store.data_mut().wasi, socket).await) })
        },
    )?;
    instance.func_wrap_async(
        "[method]tcp-socket.start-listen",
        |store: StoreContextMut<'_, State>, (socket,): (Resource<TcpSocket>,)| {
            Box::new(async move { answer(start_listen(store, socket).await) })
        },
    )?;
    instance.func_wrap_async(
        "[method]tcp-socket.accept",
        |mut store: StoreContextMut<'_, State>, (socket,): (Resource<TcpSocket>,)| {
            Box::new(async move { answer(accept(&mut store.data_mut().wasi, socket).await) })
        },
    )?;
    instance.resource("tcp-socket", ResourceType::host::<TcpSocket>(), |mut store, index| {
        close(&mut store.data_mut().wasi, index)
    })
}

/// What dropping a socket comes to.
pub fn close(state: &mut Wasi, index: u32) -> wasmtime::Result<()> {
    state.tcp.remove(&index);
    state.tcp_bound.remove(&index);
    state.tcp_accepted.remove(&index);
    state.slots.remove(&index);
    state.sockets().drop(Resource::new_own(index))
}

/// Whether an address is taken, or is the machine's own, is for nobody to try out: such a bind needs the permit to
/// listen, which then holds for listening as well.
pub async fn start_bind(
    mut store: StoreContextMut<'_, State>,
    socket: Resource<TcpSocket>,
    network: Resource<Network>,
    address: IpSocketAddress,
) -> SocketResult<()> {
    let local = SocketAddr::from(address);
    let index = socket.rep();
    let state = &mut store.data_mut().wasi;
    // A second attempt is refused by wasmtime, and nothing is to be asked about it.
    let is_bound = state.sockets().local_address(Resource::new_borrow(index)).is_ok();
    if is_bound || state.tcp.contains_key(&index) || is_silent_bind(local) {
        return state.sockets().start_bind(socket, network, address).await;
    }
    let sockets = state.sockets.clone();
    let call_site = call_site(&store);
    let Ok(permit) = store.data_mut().wasi.ask(Capability::TcpListen, local, call_site).await else {
        sockets.own(Protocol::Tcp, local).denied().await;
        return Err(ErrorCode::AccessDenied.into());
    };
    sockets.add_ticket(Capability::TcpListen, local);
    let state = &mut store.data_mut().wasi;
    if let Err(error) = state.sockets().start_bind(socket, network, address).await {
        sockets.take_ticket(Capability::TcpListen, local);
        return Err(error);
    }
    state.tcp_bound.insert(index, permit);
    Ok(())
}

pub async fn start_connect(
    mut store: StoreContextMut<'_, State>,
    socket: Resource<TcpSocket>,
    network: Resource<Network>,
    address: IpSocketAddress,
) -> SocketResult<()> {
    let remote = SocketAddr::from(address);
    let index = socket.rep();
    // A second attempt is refused by wasmtime, and nothing is to be asked about it.
    if is_unusable(remote) || store.data().wasi.tcp.contains_key(&index) {
        return store.data_mut().wasi.sockets().start_connect(socket, network, address);
    }
    let sockets = store.data().wasi.sockets.clone();
    let call_site = call_site(&store);
    let permit = store.data_mut().wasi.ask(Capability::TcpConnect, remote, call_site).await;
    let mut connection = sockets.connection(Protocol::Tcp, remote);
    let Ok(permit) = permit else {
        connection.denied().await;
        return Err(ErrorCode::AccessDenied.into());
    };
    connection.rest_on(&permit);
    sockets.add_ticket(Capability::TcpConnect, remote);
    let state = &mut store.data_mut().wasi;
    if let Err(error) = state.sockets().start_connect(socket, network, address) {
        sockets.take_ticket(Capability::TcpConnect, remote);
        return Err(error);
    }
    state.tcp.insert(index, Tcp::Connecting { permit, connection });
    Ok(())
}

pub async fn finish_connect(state: &mut Wasi, socket: Resource<TcpSocket>) -> SocketResult<Streams> {
    let index = socket.rep();
    let result = state.sockets().finish_connect(socket);
    let result = bearable(state, index, result);
    if matches!(state.tcp.get(&index), Some(Tcp::Revoked)) {
        return result;
    }
    if let Err(error) = &result
        && matches!(error.downcast_ref(), Some(ErrorCode::WouldBlock | ErrorCode::NotInProgress) | None)
    {
        return result;
    }
    let Some(Tcp::Connecting { permit, connection }) = state.tcp.remove(&index) else {
        return result;
    };
    state.tcp.insert(index, Tcp::Connected(permit.clone()));
    match result {
        Ok((input, output)) => {
            connection.opened().await;
            stream::count(&mut state.table, &input, &output, Arc::new(connection), permit)?;
            Ok((input, output))
        }
        Err(error) => {
            connection.failed(error.downcast_ref().map_or("", ErrorCode::name)).await;
            Err(error)
        }
    }
}

pub async fn start_listen(mut store: StoreContextMut<'_, State>, socket: Resource<TcpSocket>) -> SocketResult<()> {
    let index = socket.rep();
    let state = &mut store.data_mut().wasi;
    let local = state.sockets().local_address(Resource::new_borrow(index));
    let Ok(local) = local.map(SocketAddr::from) else {
        return state.sockets().start_listen(socket).await;
    };
    if state.tcp.contains_key(&index) {
        return state.sockets().start_listen(socket).await;
    }
    let sockets = state.sockets.clone();
    let bound =
        state.tcp_bound.remove(&index).filter(|permit| !permit.revoked().is_cancelled() && is_for(permit, local));
    let permit = match bound {
        Some(permit) => Ok(permit),
        None => {
            let call_site = call_site(&store);
            store.data_mut().wasi.ask(Capability::TcpListen, local, call_site).await
        }
    };
    let mut connection = sockets.own(Protocol::Tcp, local);
    let Ok(permit) = permit else {
        connection.denied().await;
        return Err(ErrorCode::AccessDenied.into());
    };
    sockets.add_ticket(Capability::TcpListen, local);
    let state = &mut store.data_mut().wasi;
    if let Err(error) = state.sockets().start_listen(socket).await {
        sockets.take_ticket(Capability::TcpListen, local);
        return Err(error);
    }
    connection.rest_on(&permit);
    connection.listening().await;
    state.tcp.insert(index, Tcp::Listening { permit, _connection: connection });
    Ok(())
}

fn is_for(permit: &Permit, local: SocketAddr) -> bool {
    matches!(permit.request().target, Target::Socket { address, .. } if address == normal(local))
}

pub async fn accept(
    state: &mut Wasi,
    socket: Resource<TcpSocket>,
) -> SocketResult<(Resource<TcpSocket>, Resource<DynInputStream>, Resource<DynOutputStream>)> {
    state.close_revoked();
    let permit = match state.tcp.get(&socket.rep()) {
        Some(Tcp::Listening { permit, .. }) => permit.clone(),
        Some(Tcp::Revoked) => return Err(ErrorCode::AccessDenied.into()),
        _ => return Err(ErrorCode::InvalidState.into()),
    };
    let slot = claim(state)?;
    let (accepted, input, output) = state.sockets().accept(socket)?;
    let index = accepted.rep();
    let Ok(peer) = state.sockets().remote_address(Resource::new_borrow(index)) else {
        state.table.delete(input)?;
        state.table.delete(output)?;
        state.table.delete(accepted)?;
        return Err(ErrorCode::ConnectionAborted.into());
    };
    let mut connection = state.sockets.connection(Protocol::Tcp, peer.into());
    connection.rest_on(&permit);
    connection.opened().await;
    stream::count(&mut state.table, &input, &output, Arc::new(connection), permit.clone())?;
    state.tcp.insert(index, Tcp::Connected(permit));
    state.tcp_accepted.insert(index, peer);
    state.slots.insert(index, slot);
    Ok((accepted, input, output))
}
