//! Settings, presets, secrets' places and the state kept for nodes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, Serialize, TS)]
pub struct Versions {
    pub workbench: String,
    pub wasmtime: String,
    pub tauri: String,
    pub webview: String,
    pub os: String,
    /// Where the workbench keeps its data.
    pub data: String,
}

/// What stays between starts. Written whole by the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// 1 is 100 %.
    pub zoom: f64,
    /// Runs again with the same inputs when a node was reloaded.
    pub auto_run: bool,
    /// A question nobody answers is denied after so many seconds; zero: never.
    pub question_timeout_s: u32,
    /// What nodes are told to log: 0 debug to 4 fatal.
    pub log_level: u8,
    /// Counts fuel: slower, and shown with each run.
    pub count_fuel: bool,
    /// A command that opens a file at a line: `{file}` and `{line}` are filled in; empty: the system's choice.
    pub editor: String,
    /// Selection, open tabs, sizes of panes: the window's own business, as JSON text.
    pub layout: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "system".into(),
            zoom: 1.0,
            auto_run: false,
            question_timeout_s: 0,
            log_level: 0,
            count_fuel: false,
            editor: String::new(),
            layout: "{}".into(),
        }
    }
}

/// Something about the workbench that the user should know.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Notice {
    /// `info`, `warning` or `error`.
    pub severity: String,
    pub message: String,
}

/// Named inputs of a node, from `<file>.cases.json` beside it.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Cases {
    /// The file that holds them.
    pub path: String,
    pub cases: Vec<Case>,
    /// The inputs that were in the form last: an object as JSON text.
    pub last: Option<String>,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct Case {
    pub name: String,
    /// An object as exact JSON text.
    pub inputs: String,
}

/// Models: the endpoint that nodes' prompts go to. The key never leaves the keyring.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct ModelsView {
    pub endpoint: Option<String>,
    pub chat_model: Option<String>,
    pub embedding_model: Option<String>,
    #[serde(default)]
    pub has_key: bool,
    /// Why secrets lie in a private file, as the system says it; none: they lie in its keyring.
    #[serde(default)]
    pub no_keyring: Option<String>,
}

/// An OAuth provider with a token.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ProviderRow {
    pub provider: String,
}

/// What the workbench keeps for a node file.
#[derive(Clone, Debug, Serialize, TS)]
pub struct NodeState {
    /// Shared by all nodes.
    pub variables: Vec<StoredValue>,
    pub cache: Vec<StoredValue>,
    pub files: Vec<StoredFile>,
    /// The folder that holds the files.
    pub folder: String,
    /// Bytes of all files.
    #[ts(type = "number")]
    pub size: u64,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct StoredValue {
    pub key: String,
    /// Exact JSON text, cut at 64 KiB.
    pub text: String,
    pub complete: bool,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct StoredFile {
    /// Below the folder.
    pub path: String,
    #[ts(type = "number")]
    pub size: u64,
}

/// A file that the user picked for a Byte pin.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PickedFile {
    pub name: String,
    #[ts(type = "number")]
    pub size: u64,
    pub base64: String,
}
