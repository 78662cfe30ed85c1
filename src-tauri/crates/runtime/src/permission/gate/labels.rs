//! What a node declares against what it uses.

use crate::permission::{Capability, Target};

/// The difference between a run and the node's declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Labels to add: capabilities that were asked for without being declared, each label once.
    pub undeclared: Vec<&'static str>,
    /// Labels to remove, as the node spells them: known ones for which nothing was asked.
    pub unused: Vec<String>,
}

impl Usage {
    pub(super) fn new(used: u32, declared: &[String]) -> Self {
        let used: Vec<Capability> =
            Capability::ALL.into_iter().filter(|capability| used & bit(*capability) != 0).collect();
        let mut undeclared: Vec<&'static str> = used
            .iter()
            .filter(|capability| !declares(declared, **capability))
            .map(|capability| capability.label())
            .collect();
        undeclared.dedup();
        let known = |label: &str| Capability::ALL.into_iter().any(|capability| means(label, capability));
        let unused = declared
            .iter()
            .filter(|label| known(label) && !used.iter().any(|capability| means(label, *capability)))
            .cloned()
            .collect();
        Self { undeclared, unused }
    }
}

pub(super) fn bit(capability: Capability) -> u32 {
    1 << capability as u32
}

pub(super) fn declares(declared: &[String], capability: Capability) -> bool {
    declared.iter().any(|label| means(label, capability))
}

/// Whether the manifest's list of hosts lets the target pass: exact names or `*.suffix`, addresses as text.
pub(super) fn covers(allowed_hosts: Option<&[String]>, target: &Target) -> bool {
    let Some(allowed) = allowed_hosts else { return true };
    let hosts = match target {
        Target::Socket { host, address } => vec![host.clone(), Some(address.ip().to_string())],
        Target::Name(name) => vec![Some(name.clone())],
        Target::Url { url, .. } => vec![url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned())],
        Target::Provider(_) | Target::Own => return true,
    };
    hosts.into_iter().flatten().any(|host| allowed.iter().any(|pattern| matches(pattern, &host)))
}

fn matches(pattern: &str, host: &str) -> bool {
    let pattern = pattern.trim().to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(suffix) => host.strip_suffix(suffix).is_some_and(|start| start.len() > 1 && start.ends_with('.')),
        None => pattern == "*" || pattern == host,
    }
}

/// Whether a declared label stands for the capability, in the SDK's spelling or one of the older ones.
fn means(label: &str, capability: Capability) -> bool {
    let label = match label {
        "http" | "network_http" => "network:http",
        "websocket" | "network_websocket" => "network:websocket",
        "tcp" | "network_tcp" => "network:tcp",
        "udp" | "network_udp" => "network:udp",
        "dns" | "network_dns" => "network:dns",
        "storage_read" => "storage:read",
        "storage_write" => "storage:write",
        "auth_oauth" => "oauth",
        // Early documents speak of places instead of verbs.
        "storage:node" | "storage:user" => {
            return matches!(capability, Capability::StorageRead | Capability::StorageWrite);
        }
        label => label,
    };
    label == capability.label()
}
