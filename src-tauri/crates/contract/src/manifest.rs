//! The package manifest, `flow-like.toml`: what Flow-Like reads, what it validates, and which of its flags count.

use policy::Label;
use serde::Deserialize;

use crate::tiers::{MemoryTier, TimeoutTier};
use crate::verdict::Verdict;
use crate::widget::Widget;

macro_rules! categories {
    ($($name:ident)+) => {
        #[derive(Clone, Copy, Debug, Deserialize)]
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "spelled as the manifest spells them")]
        enum Category { $($name,)+ }

        /// The categories that a manifest may name; any other spelling refuses the whole manifest.
        pub const CATEGORIES: &[&str] = &[$(stringify!($name),)+];
    };
}

categories! {
    DOCUMENT_PROCESSING DATA_TRANSFORMATION WORKFLOW_AUTOMATION COMMUNICATION ANALYTICS_REPORTING FINANCE_BILLING
    COMPLIANCE_REGULATORY HR_PEOPLE AI_ML INTEGRATION_CONNECTORS SECURITY_IDENTITY DEVOPS IOT_INDUSTRIAL
    ROBOTICS_PHYSICAL_AI GAMING_SIMULATION HEALTHCARE VETERINARY LEGAL MANUFACTURING AGRICULTURE REAL_ESTATE LOGISTICS
    ENERGY CONSTRUCTION_TRADES EDUCATION GOVERNMENT_DEFENSE ECOMMERCE INSURANCE TELECOM SCIENTIFIC_ENGINEERING
    GEOSPATIAL MEDIA_CONTENT OTHER
}

/// A manifest as Flow-Like reads it. Unknown keys are ignored, `[[nodes]]` among them.
#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "a reader takes what its fields can hold, whether they are used or not")]
pub struct Manifest {
    manifest_version: u32,
    /// The package's identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is for; may be empty.
    pub description: String,
    #[serde(default)]
    authors: Vec<Author>,
    license: Option<String>,
    repository: Option<String>,
    homepage: Option<String>,
    /// Tiers, hosts, scopes, and flags that the nodes' own permissions replace.
    #[serde(default)]
    pub permissions: Permissions,
    #[serde(default)]
    keywords: Vec<String>,
    primary_category: Option<Category>,
    secondary_category: Option<Category>,
    min_flow_like_version: Option<String>,
    /// Where the build is.
    pub wasm_path: Option<String>,
    wasm_hash: Option<String>,
    #[serde(default)]
    pub(crate) widgets: Vec<Widget>,
    pub(crate) widget_bundle_path: Option<String>,
    pub(crate) widget_bundle_hash: Option<String>,
    metadata: Option<toml::Table>,
}

#[derive(Clone, Debug, Deserialize)]
#[expect(dead_code, reason = "a reader takes what its fields can hold, whether they are used or not")]
struct Author {
    name: String,
    email: Option<String>,
    url: Option<String>,
}

/// The `[permissions]` of a manifest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// The memory of an instance.
    pub memory: MemoryTier,
    /// The time of a call.
    pub timeout: TimeoutTier,
    network: Network,
    filesystem: Filesystem,
    database: Database,
    /// The scopes that signing in asks for.
    pub oauth_scopes: Vec<OauthScope>,
    variables: bool,
    cache: bool,
    streaming: bool,
    a2ui: bool,
    models: bool,
}

impl Permissions {
    /// The hosts that may be reached; empty is every host.
    pub fn allowed_hosts(&self) -> &[String] {
        &self.network.allowed_hosts
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the manifest has these flags")]
struct Network {
    http_enabled: bool,
    websocket_enabled: bool,
    tcp_enabled: bool,
    udp_enabled: bool,
    dns_enabled: bool,
    allowed_hosts: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the manifest has these flags")]
struct Filesystem {
    node_storage: bool,
    user_storage: bool,
    upload_dir: bool,
    cache_dir: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Database {
    read: bool,
    write: bool,
}

/// A provider and the scopes asked of it.
#[derive(Clone, Debug, Deserialize)]
pub struct OauthScope {
    /// The provider's name.
    pub provider: String,
    /// The scopes.
    pub scopes: Vec<String>,
    /// Why, for the person who signs in.
    pub reason: String,
    /// Whether the package is useless without it.
    #[serde(default)]
    pub required: bool,
}

/// What Flow-Like says of a manifest.
///
/// ```
/// let text = "manifest_version = 2\nid = \"a b\"\nname = \"P\"\nversion = \"1.0.0\"\ndescription = \"\"\n";
/// let verdict = contract::manifest(text);
/// assert_eq!(verdict.message.as_deref(), Some("validate: id charset"));
/// ```
pub fn manifest(text: &str) -> Verdict {
    match read_manifest(text) {
        Ok(_) => Verdict::taken(),
        Err(verdict) => verdict,
    }
}

/// A manifest that Flow-Like takes, or its refusal.
pub fn read_manifest(text: &str) -> Result<Manifest, Verdict> {
    let manifest: Manifest = toml::from_str(text)
        .map_err(|error| Verdict::refused(format!("parse: {}", error.message()), parse_reason(&error, text)))?;
    match manifest.validate() {
        Some((word, reason)) => Err(Verdict::refused(format!("validate: {word}"), reason)),
        None => Ok(manifest),
    }
}

fn parse_reason(error: &toml::de::Error, text: &str) -> String {
    let place = error.span().map_or_else(String::new, |span| {
        let before = &text[..text.floor_char_boundary(span.start.min(text.len()))];
        let line = before.matches('\n').count() + 1;
        let written = text.lines().nth(line - 1).unwrap_or_default().trim();
        let written: String = written.chars().take(80).collect();
        format!("line {line} (\"{}\"): ", written.escape_debug())
    });
    let words = error.message();
    let advice = match words {
        _ if words.starts_with("missing field") => "write it",
        _ if words.contains("DOCUMENT_PROCESSING") => "write one of these, or leave it out",
        _ if words.contains("wanted string or table") => "write the tier's name as a string, such as \"standard\"",
        _ => "write a value of the wanted type",
    };
    format!("{place}{words}; {advice}")
}

impl Manifest {
    /// The word of the first rule that is broken, and what to do.
    fn validate(&self) -> Option<(String, String)> {
        let broken = |word: &str, reason: &str| Some((word.to_owned(), reason.to_owned()));
        if self.id.is_empty() {
            return broken("id empty", "\"id\" is empty; write one such as \"org.example.package\"");
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !self.id.chars().all(fits) || matches!(self.id.as_str(), "." | "..") {
            return broken("id charset", "\"id\" may hold letters a–z, digits, \".\", \"_\" and \"-\"; write it so");
        }
        if self.name.is_empty() {
            return broken("name empty", "\"name\" is empty; write the package's name");
        }
        if self.version.is_empty() {
            return broken("version empty", "\"version\" is empty; write one such as \"0.1.0\"");
        }
        if let Some(reason) = crate::widget::problem(&self.widgets) {
            return Some(("widgets".to_owned(), reason));
        }
        if !self.widgets.is_empty() && self.widget_bundle_path.is_none() && self.widget_bundle_hash.is_none() {
            return broken("widget bundle", "there are widgets and no bundle; write \"widget_bundle_path\"");
        }
        None
    }

    /// The capability tags that the author's flags claim, in Flow-Like's order.
    fn claimed(&self) -> Vec<(&'static str, &'static [Label])> {
        let Permissions { network, filesystem, database, .. } = &self.permissions;
        const STORAGE: &[Label] = &[Label::StorageRead, Label::StorageWrite];
        let flags: [(bool, &str, &[Label]); 17] = [
            (network.http_enabled, "net.http", &[Label::NetworkHttp]),
            (network.websocket_enabled, "net.ws", &[Label::NetworkWebsocket]),
            (network.tcp_enabled, "net.tcp", &[Label::NetworkTcp]),
            (network.udp_enabled, "net.udp", &[Label::NetworkUdp]),
            (network.dns_enabled, "net.dns", &[Label::NetworkDns]),
            (!self.permissions.oauth_scopes.is_empty(), "oauth", &[Label::Oauth]),
            (self.permissions.models, "models", &[Label::Models]),
            (database.read, "database.read", &[Label::DatabaseRead]),
            (database.write, "database.write", &[Label::DatabaseWrite]),
            (filesystem.user_storage, "storage.user", STORAGE),
            (filesystem.node_storage, "storage.node", STORAGE),
            (filesystem.upload_dir, "storage.uploads", STORAGE),
            (filesystem.cache_dir, "storage.cache", STORAGE),
            (self.permissions.variables, "variables", &[Label::Variables]),
            (self.permissions.cache, "cache", &[Label::Cache]),
            (self.permissions.streaming, "streaming", &[Label::Streaming]),
            (self.permissions.a2ui, "a2ui", &[Label::A2ui]),
        ];
        flags.into_iter().filter(|(claimed, ..)| *claimed).map(|(_, tag, labels)| (tag, labels)).collect()
    }
}

/// The capability tags that a manifest claims and no node declares. Flow-Like drops them and says so.
pub fn derived_warnings(manifest: &Manifest, declared: &[Label]) -> Vec<&'static str> {
    let unbacked = |labels: &[Label]| !labels.iter().any(|label| declared.contains(label));
    manifest.claimed().into_iter().filter(|(_, labels)| unbacked(labels)).map(|(tag, _)| tag).collect()
}
