//! Look-ups of names: asked by name, resolved once, remembered for the run.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, PoisonError};

use url::Host;
use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress};
use wasmtime_wasi::p2::{DynPollable, Network, Pollable, SocketResult, subscribe};

use super::answer;
use crate::event::{NetworkState, Protocol};
use crate::guest::call_site;
use crate::guest::component::state::State;
use crate::host::RunContext;
use crate::host::dial::{Revoked, Track};
use crate::permission::{Capability, Request, Target};

/// Names of one run that are remembered. Beyond that the question shows the address alone.
const MAX_NAMES: usize = 10_000;

/// The addresses that are still to be handed out. All are known from the start.
pub struct Addresses(pub std::vec::IntoIter<IpAddr>);

#[async_trait::async_trait]
impl Pollable for Addresses {
    async fn ready(&mut self) {}
}

pub fn add_to_linker(instance: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    instance.resource("resolve-address-stream", ResourceType::host::<Addresses>(), |mut store, index| {
        let state: &mut State = store.data_mut();
        let state = &mut state.wasi;
        state.table.delete(Resource::<Addresses>::new_own(index))?;
        Ok(())
    })?;
    instance.func_wrap(
        "[method]resolve-address-stream.resolve-next-address",
        |mut store: StoreContextMut<'_, State>, (stream,): (Resource<Addresses>,)| {
            let addresses = store.data_mut().wasi.table.get_mut(&stream)?;
            Ok((Ok::<_, ErrorCode>(addresses.0.next().map(IpAddress::from)),))
        },
    )?;
    instance.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: StoreContextMut<'_, State>,
         (stream,): (Resource<Addresses>,)|
         -> wasmtime::Result<(Resource<DynPollable>,)> {
            Ok((subscribe(&mut store.data_mut().wasi.table, stream)?,))
        },
    )?;
    instance.func_wrap_async(
        "resolve-addresses",
        |store: StoreContextMut<'_, State>, (network, name): (Resource<Network>, String)| {
            Box::new(async move { answer(resolve_addresses(store, network, name).await) })
        },
    )
}

pub async fn resolve_addresses(
    mut store: StoreContextMut<'_, State>,
    network: Resource<Network>,
    name: String,
) -> SocketResult<Resource<Addresses>> {
    store.data().wasi.table.get(&network)?;
    let addresses = match parse(&name).ok_or(ErrorCode::InvalidArgument)? {
        Host::Ipv4(address) => vec![address.into()],
        Host::Ipv6(address) => vec![address.to_canonical()],
        Host::Domain(domain) => {
            let run = store.data().host.run.clone();
            let call_site = call_site(&store);
            store.data_mut().wasi.wait(look_up(&run, domain, call_site)).await?
        }
    };
    Ok(store.data_mut().wasi.table.push(Addresses(addresses.into_iter()))?)
}

/// Lower-case ASCII without the dot at the end; odd spellings of addresses are addresses.
fn parse(name: &str) -> Option<Host<String>> {
    if let Ok(address) = name.parse::<Ipv6Addr>() {
        return Some(Host::Ipv6(address));
    }
    match Host::parse(name.strip_suffix('.').unwrap_or(name)).ok()? {
        Host::Domain(domain) if domain.is_empty() || domain.ends_with('.') || domain.len() > 253 => None,
        host => Some(host),
    }
}

/// No packet leaves before the decision; one resolution after it, whose answers are what a later connect is shown with.
async fn look_up(run: &Arc<RunContext>, name: String, call_site: Vec<String>) -> Result<Vec<IpAddr>, ErrorCode> {
    let connection = run.shared.connections.next();
    let track = Track::new(run.events.clone(), connection, Protocol::Dns, name.clone());
    let target = Target::Name(name.clone());
    let request = Request { capability: Capability::DnsLookup, target, call_site };
    let Ok(permit) = run.gate.require(request).await else {
        track.denied().await;
        return Err(ErrorCode::AccessDenied);
    };
    let Some(found) = permit.while_it_stands(run.shared.resolver.resolve(&name)).await else {
        track.closed(Revoked.to_string()).await;
        return Err(ErrorCode::AccessDenied);
    };
    match found {
        Ok(found) => {
            let addresses: Vec<IpAddr> = found.into_iter().map(|address| address.to_canonical()).collect();
            remember(run, &name, &addresses);
            let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            track.emit(NetworkState::Answered { summary: list.join(", ") }).await;
            Ok(addresses)
        }
        Err(error) => {
            track.failed(error.to_string()).await;
            Err(ErrorCode::NameUnresolvable)
        }
    }
}

/// Under the one spelling of each address, which is what a socket's address is looked up by.
fn remember(run: &RunContext, name: &str, addresses: &[IpAddr]) {
    let mut names = run.shared.names.lock().unwrap_or_else(PoisonError::into_inner);
    for address in addresses.iter().map(IpAddr::to_canonical) {
        if names.len() < MAX_NAMES || names.contains_key(&address) {
            names.insert(address, name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normal() {
        for (name, expected) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(parse(name), Some(Host::Domain(expected.to_owned())), "of {name:?}");
        }
    }

    #[test]
    fn odd_addresses_are_addresses() {
        let loopback = Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST));
        for name in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1."] {
            assert_eq!(parse(name), loopback, "of {name:?}");
        }
        for name in ["::1", "[::1]"] {
            assert_eq!(parse(name), Some(Host::Ipv6(Ipv6Addr::LOCALHOST)), "of {name:?}");
        }
    }

    #[test]
    fn nonsense_is_no_name() {
        for name in ["", ".", "a b", "a/b", "example.com..", "user@host", "host:80"] {
            assert_eq!(parse(name), None, "of {name:?}");
        }
    }
}
