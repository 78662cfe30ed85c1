//! The way to a URL: the gate's questions, the look-up between them, and the connection to what was decided.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use url::{Host, Url};

use super::SendError;
use crate::host::RunContext;
use crate::host::dial::{self, DialError, Track, tls};
use crate::permission::{AddressClass, Capability, Permit, Request, Target};

/// A stream to a server, with or without TLS.
pub(in crate::host) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a node wants of which URL.
pub(in crate::host) struct Wish {
    pub capability: Capability,
    pub method: String,
    pub url: Url,
    pub call_site: Vec<String>,
}

/// An address that may be dialled, and what that rests on: the permit for the URL, then the one for the address where
/// there was a second question.
#[derive(Debug)]
pub(in crate::host) struct Candidate {
    pub address: SocketAddr,
    pub permits: Vec<Permit>,
}

impl Wish {
    fn request(&self, address: Option<IpAddr>) -> Request {
        let mut url = self.url.clone();
        url.set_fragment(None);
        let target = Target::Url { method: self.method.clone(), url, address };
        Request { capability: self.capability, target, call_site: self.call_site.clone() }
    }

    /// Asks for the URL, looks its name up, and asks again for each kind of address that is not on the internet.
    pub async fn decide(&self, run: &RunContext) -> Result<Vec<Candidate>, SendError> {
        let first = run.gate.require(self.request(None)).await.map_err(|_| SendError::Denied)?;
        let host = self.url.host().ok_or_else(|| SendError::BadRequest("the URL has no host".to_owned()))?;
        let port = self.url.port_or_known_default().unwrap_or_default();
        let name = match host {
            Host::Domain(name) => name,
            Host::Ipv4(address) => return Ok(vec![Candidate::new(address.into(), port, vec![first])]),
            Host::Ipv6(address) => return Ok(vec![Candidate::new(address.into(), port, vec![first])]),
        };
        let found = first.while_it_stands(run.shared.resolver.resolve(name)).await.ok_or(SendError::Revoked)?;
        let found = found.map_err(|error| SendError::Dns(format!("\"{name}\": {error}")))?;
        if found.is_empty() {
            return Err(SendError::Dns(format!("\"{name}\": it has no address")));
        }
        let sifting = self.sift(run, &first, name, found, port);
        let candidates = first.while_it_stands(sifting).await.ok_or(SendError::Revoked)?;
        if candidates.is_empty() { Err(SendError::Denied) } else { Ok(candidates) }
    }

    async fn sift(
        &self,
        run: &RunContext,
        first: &Permit,
        name: &str,
        found: Vec<IpAddr>,
        port: u16,
    ) -> Vec<Candidate> {
        let expected = AddressClass::of_name(name).unwrap_or(AddressClass::Internet);
        let mut asked = BTreeSet::new();
        let mut candidates = Vec::new();
        for address in found {
            let class = AddressClass::reached(address);
            let request = self.request(Some(address));
            // What is denied by address is denied by every name that leads there.
            if run.gate.refuses(&request).await {
                continue;
            }
            let permits = if class == expected && first.reaches(address) {
                Some(vec![first.clone()])
            } else if asked.insert(class) {
                run.gate.require(request).await.ok().map(|second| vec![first.clone(), second])
            } else {
                // One question for each kind is enough; the answer may have been about all of them.
                run.gate.allowed_already(&request).await.map(|second| vec![first.clone(), second])
            };
            candidates.extend(permits.map(|permits| Candidate::new(address, port, permits)));
        }
        candidates
    }
}

impl Candidate {
    fn new(address: IpAddr, port: u16, permits: Vec<Permit>) -> Self {
        Self { address: SocketAddr::new(address, port), permits }
    }
}

/// Connects to the first candidate that answers, with TLS where the scheme says so; also tells which one it was.
pub(in crate::host) async fn connect<'a>(
    run: &RunContext,
    url: &Url,
    candidates: &'a [Candidate],
    timeout: Option<Duration>,
    track: &mut Track,
) -> Result<(Box<dyn Stream>, &'a Candidate), SendError> {
    let mut failures = Vec::new();
    for candidate in candidates {
        match dial::connect(run, &candidate.permits, candidate.address, timeout, track.traffic()).await {
            Ok(connection) => {
                track.rest_on(&candidate.permits);
                track.opened(candidate.address.to_string()).await;
                return Ok((secure(connection, url, timeout).await?, candidate));
            }
            Err(DialError::Revoked) => return Err(SendError::Revoked),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.iter().all(|failure| matches!(failure, DialError::Timeout(_))) {
        return Err(SendError::Timeout);
    }
    let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
    Err(SendError::Connect(failures.join("; ")))
}

pub(super) async fn secure(
    connection: dial::Connection,
    url: &Url,
    timeout: Option<Duration>,
) -> Result<Box<dyn Stream>, SendError> {
    if !matches!(url.scheme(), "https" | "wss") {
        return Ok(Box::new(connection));
    }
    let host = url.host().ok_or_else(|| SendError::BadRequest("the URL has no host".to_owned()))?;
    let securing = tls::secure(connection, &host);
    let secured = match timeout {
        Some(timeout) => tokio::time::timeout(timeout, securing).await.map_err(|_| SendError::Timeout)?,
        None => securing.await,
    };
    Ok(Box::new(secured.map_err(SendError::Tls)?))
}
