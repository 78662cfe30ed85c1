//! Whether what a node declares covers what it asks for.

use crate::permission::{Capability, Target};

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
