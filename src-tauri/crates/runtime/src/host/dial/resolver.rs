//! From names to addresses: the system's resolver, or names that are fixed for a run.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;

/// More answers than this are not tried.
const MOST: usize = 16;

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
        let mut addresses = Vec::new();
        for address in tokio::net::lookup_host((name, 0)).await? {
            if !addresses.contains(&address.ip()) && addresses.len() < MOST {
                addresses.push(address.ip());
            }
        }
        Ok(addresses)
    }
}
