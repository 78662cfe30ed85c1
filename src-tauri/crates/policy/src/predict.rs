//! The decision: which check a call meets first in a host, and what the host answers.

use std::net::IpAddr;

use url::{Host, Url};

use crate::answer::{Answer, Prediction, Reason};
use crate::call::{Abi, Call, Headers};
use crate::egress::{is_blocked_address, is_blocked_name};
use crate::label::Label;
use crate::profile::{Hosts, Profile};

const ACCESS_DENIED: Answer = Answer::Error("access-denied");
const HTTP_METHODS: i64 = 7;
const DATABASE_WRITES: [i64; 3] = [4, 5, 6];
const DATABASE_READS: [i64; 8] = [1, 2, 3, 7, 8, 20, 21, 22];

/// Where and as what a node runs.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The host.
    pub profile: Profile,
    /// What the node declares.
    pub declared: &'a [Label],
    /// The manifest's `allowed_hosts`, `None` where it has none. An empty list is every host.
    pub allowed_hosts: Option<&'a [String]>,
}

/// What a call gets in a host, and the rule that decides it. Names are taken to lead to public addresses.
pub fn predict(situation: &Situation<'_>, call: &Call<'_>) -> Prediction {
    match situation.decide(call) {
        Ok((answer, rule)) | Err((answer, rule)) => Prediction { answer, rule },
    }
}

type Verdict = (Answer, String);

fn said<T>(answer: Answer, rule: impl Into<String>) -> Result<T, Verdict> {
    Err((answer, rule.into()))
}

impl Situation<'_> {
    /// `Err` is the first check that the call does not pass.
    fn decide(&self, call: &Call<'_>) -> Result<Verdict, Verdict> {
        let passed = match *call {
            Call::Http { method, url } => self.http(method, url)?,
            Call::WasiHttp { url } => self.wasi_http(url)?,
            Call::WsConnect { url, headers } => self.websocket(url, headers)?,
            Call::WsSend => self.need(Label::NetworkWebsocket, Answer::False(Reason::Permission))?,
            Call::WsReceive => self.need(Label::NetworkWebsocket, Answer::None(Reason::Permission))?,
            Call::TcpCreate => self.ok(Label::NetworkTcp, ACCESS_DENIED)?,
            Call::UdpCreate => self.ok(Label::NetworkUdp, ACCESS_DENIED)?,
            Call::TcpUse(address) => self.socket(Label::NetworkTcp, address)?,
            Call::UdpUse(address) => self.socket(Label::NetworkUdp, address)?,
            Call::Dns(_) => self.need(Label::NetworkDns, Answer::Error("permanent-resolver-failure"))?,
            Call::StorageRead => self.stored(Label::StorageRead, Answer::None)?,
            Call::StorageWrite => self.stored(Label::StorageWrite, Answer::False)?,
            Call::Database(operation) => self.database(operation)?,
            Call::VariableGet => self.need(Label::Variables, Answer::None(Reason::Permission))?,
            Call::VariableSet => self.need(Label::Variables, Answer::Noop(Reason::Permission))?,
            Call::CacheGet => self.need(Label::Cache, Answer::None(Reason::Permission))?,
            Call::CacheSet => self.need(Label::Cache, Answer::Noop(Reason::Permission))?,
            Call::Emit(Abi::Component) => (Answer::Ok, "components stream without a permission".into()),
            Call::Emit(Abi::Core) => self.ok(Label::Streaming, Answer::Noop(Reason::Permission))?,
            Call::Model => self.need(Label::Models, Answer::None(Reason::Permission))?,
            Call::Image => (Answer::None(Reason::Stub), "the function is linked and never answers".into()),
            Call::Oauth => self.oauth()?,
            Call::NewHandle => self.handle()?,
            Call::Free => (Answer::Ok, "the call needs no permission".into()),
        };
        Ok(passed)
    }

    fn has(&self, label: Label) -> bool {
        !self.profile.grants_nothing() && (self.profile.grants_everything() || self.declared.contains(&label))
    }

    fn permission(&self, label: Label, refused: Answer) -> Result<(), Verdict> {
        if self.has(label) {
            return Ok(());
        }
        if self.profile.grants_nothing() {
            return said(refused, "no permission counts while a definition is read");
        }
        said(refused, format!("the node does not declare \"{label}\""))
    }

    fn need(&self, label: Label, refused: Answer) -> Result<Verdict, Verdict> {
        self.permission(label, refused)?;
        Ok((Answer::Try, format!("\"{label}\" covers it")))
    }

    fn ok(&self, label: Label, refused: Answer) -> Result<Verdict, Verdict> {
        self.need(label, refused).map(|(_, rule)| (Answer::Ok, rule))
    }

    /// The list that counts here; `None` is every host.
    fn hosts(&self) -> Option<&[String]> {
        match self.profile.hosts() {
            Hosts::Manifest => self.allowed_hosts.filter(|hosts| !hosts.is_empty()),
            Hosts::Every => None,
            Hosts::None => Some(&[]),
        }
    }

    fn http(&self, method: i64, url: &str) -> Result<Verdict, Verdict> {
        if !(0..HTTP_METHODS).contains(&method) {
            return said(Answer::None(Reason::Method), format!("there is no method {method}; they are 0 to 6"));
        }
        let passed = self.need(Label::NetworkHttp, Answer::None(Reason::Permission))?;
        let url = parse(url, &["http", "https"])?;
        self.egress(&url).map_err(|(reason, rule)| (Answer::None(reason), rule))?;
        Ok(passed)
    }

    fn wasi_http(&self, url: &str) -> Result<Verdict, Verdict> {
        self.permission(Label::NetworkHttp, Answer::LinkError)?;
        if self.hosts().is_some() {
            return said(
                Answer::LinkError,
                "\"wasi:http\" is linked only where the manifest sets no \"allowed_hosts\"",
            );
        }
        let denied = Answer::Error("HTTP-request-denied");
        let url =
            parse(url, &["http", "https"]).map_err(|(_, rule)| (Answer::Error("HTTP-request-URI-invalid"), rule))?;
        self.egress(&url).map_err(|(_, rule)| (denied, rule))?;
        Ok((Answer::Try, format!("\"{}\" covers it", Label::NetworkHttp)))
    }

    fn websocket(&self, url: &str, headers: Headers<'_>) -> Result<Verdict, Verdict> {
        let passed = self.need(Label::NetworkWebsocket, Answer::None(Reason::Permission))?;
        let url = parse(url, &["ws", "wss"])?;
        if let Some(hosts) = self.hosts() {
            let host = url.host_str().unwrap_or_default();
            let host = host.trim_start_matches('[').trim_end_matches(']');
            if !hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)) {
                let rule =
                    format!("\"allowed_hosts\" has no entry \"{host}\"; ports, \"*\" and subdomains do not count");
                return said(Answer::None(Reason::AllowedHosts), rule);
            }
        }
        check_headers(headers)?;
        self.egress(&url).map_err(|(reason, rule)| (Answer::None(reason), rule))?;
        Ok(passed)
    }

    fn egress(&self, url: &Url) -> Result<(), (Reason, String)> {
        if !self.profile.blocks_egress() {
            return Ok(());
        }
        let profile = self.profile;
        match url.host() {
            Some(Host::Domain(name)) if is_blocked_name(name) => {
                Err((Reason::BlockedName, format!("a {profile} keeps the name \"{name}\" out of reach")))
            }
            Some(Host::Ipv4(address)) => self.address(address.into()),
            Some(Host::Ipv6(address)) => self.address(address.into()),
            _ => Ok(()),
        }
    }

    fn address(&self, address: IpAddr) -> Result<(), (Reason, String)> {
        if self.profile.blocks_egress() && is_blocked_address(address) {
            return Err((Reason::BlockedIp, format!("a {} keeps {address} out of reach", self.profile)));
        }
        Ok(())
    }

    /// Connect, bind and send. `allowed_hosts` has to hold the very text of the address.
    fn socket(&self, label: Label, address: &str) -> Result<Verdict, Verdict> {
        let passed = self.need(label, ACCESS_DENIED)?;
        let Ok(parsed) = address.parse::<IpAddr>() else {
            return said(Answer::Error("invalid-argument"), format!("\"{address}\" is not an address"));
        };
        if let Some(hosts) = self.hosts()
            && !hosts.iter().any(|allowed| *allowed == parsed.to_string())
        {
            return said(ACCESS_DENIED, format!("\"allowed_hosts\" has no entry \"{parsed}\""));
        }
        self.address(parsed).map_err(|(_, rule)| (ACCESS_DENIED, rule))?;
        Ok(passed)
    }

    fn stored(&self, label: Label, refused: fn(Reason) -> Answer) -> Result<Verdict, Verdict> {
        let passed = self.need(label, refused(Reason::Permission))?;
        self.context(refused(Reason::NoContext))?;
        Ok(passed)
    }

    fn context(&self, refused: Answer) -> Result<(), Verdict> {
        if self.profile.has_context() {
            return Ok(());
        }
        said(refused, format!("{} has no storage and no database", self.profile))
    }

    fn database(&self, operation: i64) -> Result<Verdict, Verdict> {
        let label = match operation {
            _ if DATABASE_READS.contains(&operation) => Label::DatabaseRead,
            _ if DATABASE_WRITES.contains(&operation) => Label::DatabaseWrite,
            _ => return said(Answer::None(Reason::Operation), format!("there is no operation {operation}")),
        };
        self.stored(label, Answer::None)
    }

    fn oauth(&self) -> Result<Verdict, Verdict> {
        self.permission(Label::Oauth, Answer::None(Reason::Permission))?;
        Ok((Answer::None(Reason::NoToken), "Flow-Like passes no token to nodes today".into()))
    }

    fn handle(&self) -> Result<Verdict, Verdict> {
        if self.profile.has_run() {
            return Ok((Answer::Ok, "the instance belongs to a run".into()));
        }
        said(Answer::None(Reason::NoRun), "handles exist only in a run")
    }
}

fn parse(url: &str, schemes: &[&str]) -> Result<Url, Verdict> {
    match Url::parse(url) {
        Ok(parsed) if schemes.contains(&parsed.scheme()) => Ok(parsed),
        Ok(parsed) => {
            let rule = format!("\"{}\" is not a scheme for this call; write {}", parsed.scheme(), schemes.join(" or "));
            said(Answer::None(Reason::Url), rule)
        }
        Err(error) => said(Answer::None(Reason::Url), format!("\"{url}\" is not a URL: {error}")),
    }
}

fn check_headers(headers: Headers<'_>) -> Result<(), Verdict> {
    let Headers::Pairs(pairs) = headers else {
        return said(Answer::None(Reason::Headers), "the headers are not a JSON object of strings; write {} for none");
    };
    for (name, value) in pairs {
        let lower = name.to_ascii_lowercase();
        if ["host", "connection", "upgrade"].contains(&lower.as_str()) || lower.starts_with("sec-websocket-") {
            return said(Answer::None(Reason::HeaderRefused), format!("the handshake sets \"{name}\" itself"));
        }
        if !is_token(name) || !value.bytes().all(|byte| byte == b'\t' || (byte >= 0x20 && byte != 0x7f)) {
            return said(Answer::None(Reason::Headers), format!("\"{}\" is not a valid header", name.escape_debug()));
        }
    }
    Ok(())
}

/// A header name as HTTP defines it.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests;
