//! From names to addresses: the system's resolver, or names that are fixed for a run.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};

use tokio::sync::Semaphore;

/// More answers than this are not tried.
const MOST: usize = 16;

/// Look-ups under way in this program. Each blocks a thread until the system's resolver gives up, and the threads are
/// shared with file work.
const AT_ONCE: usize = 16;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Looks names up. Fixed names are for tests and rehearsals: a run in which a name leads where the test says.
#[derive(Clone, Debug, Default)]
pub struct Resolver {
    fixed: HashMap<String, Vec<IpAddr>>,
}

impl Resolver {
    pub fn fixed(names: impl IntoIterator<Item = (String, Vec<IpAddr>)>) -> Self {
        Self { fixed: names.into_iter().collect() }
    }

    /// The addresses of a name in the resolver's order, each once.
    pub async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if let Some(addresses) = self.fixed.get(name) {
            return Ok(addresses.clone());
        }
        let turn = TURNS.acquire().await.map_err(io::Error::other)?;
        let name = name.to_owned();
        let look_up = move || {
            // Held until the thread is free again, even where nobody waits for the answer any more.
            let _turn = turn;
            (name.as_str(), 0).to_socket_addrs()
        };
        let mut addresses = Vec::new();
        for address in tokio::task::spawn_blocking(look_up).await.map_err(io::Error::other)?? {
            if !addresses.contains(&address.ip()) && addresses.len() < MOST {
                addresses.push(address.ip());
            }
        }
        Ok(addresses)
    }
}
