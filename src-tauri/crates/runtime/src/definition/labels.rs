//! The permission labels that a node or a manifest can declare.

/// Every label that means something here.
pub const KNOWN: [&str; 16] = [
    "network:http",
    "network:websocket",
    "network:tcp",
    "network:udp",
    "network:dns",
    "storage:read",
    "storage:write",
    "database:read",
    "database:write",
    "variables",
    "cache",
    "streaming",
    "models",
    "a2ui",
    "oauth",
    "functions",
];

/// The label for a declared text: aliases of the Python SDK are mapped, everything else stays as it is.
pub fn canonical(declared: &str) -> &str {
    match declared {
        "http" | "network_http" => "network:http",
        "websocket" | "network_websocket" => "network:websocket",
        "tcp" => "network:tcp",
        "udp" => "network:udp",
        "dns" => "network:dns",
        "storage_read" => "storage:read",
        "storage_write" => "storage:write",
        "auth_oauth" => "oauth",
        "image_processing" => "image:processing",
        other => other,
    }
}

pub fn is_known(label: &str) -> bool {
    KNOWN.contains(&label)
}

/// Labels that other hosts know and that need no grant here.
pub fn is_harmless(label: &str) -> bool {
    matches!(label, "storage:node" | "storage:user" | "image:processing")
}
