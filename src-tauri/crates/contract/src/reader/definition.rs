//! Definitions: what `get-node`, `get-nodes`, `get_node` and `get_nodes` may answer.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{place, read};
use crate::verdict::Verdict;

/// A node as Flow-Like reads it. Unknown members are ignored. The reader's messages name the structure.
#[derive(Clone, Debug, Deserialize)]
pub struct Def {
    /// The node's identifier.
    pub name: String,
    /// The name that people see.
    pub friendly_name: String,
    /// What the node does.
    pub description: String,
    /// Where the catalogue lists it, parts divided by "/".
    pub category: String,
    /// Its pins, in order.
    pub pins: Vec<Pin>,
    /// A picture's path.
    #[serde(default)]
    pub icon: Option<String>,
    /// Longer documentation.
    #[serde(default)]
    pub docs: Option<String>,
    /// Its author's scores.
    #[serde(default)]
    pub scores: Option<Scores>,
    /// Whether it takes long by nature.
    #[serde(default)]
    pub long_running: Option<bool>,
    /// The permissions that it needs.
    #[serde(default)]
    pub permissions: Vec<DeclaredLabel>,
    /// The version of the contract that it was built for.
    #[serde(default)]
    pub abi_version: Option<u32>,
}

/// A pin as Flow-Like reads it. Types are open strings: an unknown data type is Generic, an unknown direction Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Pin {
    /// The pin's identifier.
    pub name: String,
    /// The name that people see.
    pub friendly_name: String,
    /// What the pin is for.
    pub description: String,
    /// "Input" or "Output".
    pub pin_type: String,
    /// The type of its values.
    pub data_type: String,
    /// The value that is sent where nothing is connected.
    #[serde(default)]
    pub default_value: Option<Value>,
    /// "Normal", "Array", "HashMap" or "HashSet".
    #[serde(default)]
    pub value_type: Option<String>,
    /// A JSON Schema, as text.
    #[serde(default)]
    pub schema: Option<String>,
    /// The values to choose from.
    #[serde(default)]
    pub valid_values: Option<Vec<String>>,
    /// Least and most.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
    /// The step of a number field.
    #[serde(default)]
    pub step: Option<f64>,
    /// Whether the value is a secret.
    #[serde(default)]
    pub sensitive: Option<bool>,
    /// Whether connected pins need an equal schema.
    #[serde(default)]
    pub enforce_schema: Option<bool>,
    /// Whether connected pins need an equal value type.
    #[serde(default)]
    pub enforce_generic_value_type: Option<bool>,
}

/// The author's scores, 0 where one is not given.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Scores {
    pub privacy: u8,
    pub security: u8,
    pub performance: u8,
    pub governance: u8,
    pub reliability: u8,
    pub cost: u8,
}

/// A permission label in a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeclaredLabel(pub policy::Label);

impl<'de> Deserialize<'de> for DeclaredLabel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spelled::deserialize(deserializer).map(|label| Self(label.into()))
    }
}

/// The labels as the reader spells them. `{"cache": null}` passes as well, as it does there.
macro_rules! spelled {
    ($($name:ident $text:literal,)+) => {
        #[derive(Deserialize)]
        enum Spelled { $(#[serde(rename = $text)] $name,)+ }

        impl From<Spelled> for policy::Label {
            fn from(label: Spelled) -> Self {
                match label { $(Spelled::$name => Self::$name,)+ }
            }
        }
    };
}

spelled! {
    NetworkHttp "network:http",
    NetworkWebsocket "network:websocket",
    NetworkTcp "network:tcp",
    NetworkUdp "network:udp",
    NetworkDns "network:dns",
    StorageRead "storage:read",
    StorageWrite "storage:write",
    DatabaseRead "database:read",
    DatabaseWrite "database:write",
    Variables "variables",
    Cache "cache",
    Streaming "streaming",
    Models "models",
    A2ui "a2ui",
    Oauth "oauth",
    Functions "functions",
}

/// What Flow-Like says of one document, by the export that answered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionVerdict {
    /// As the answer of a component's `get-nodes` or `get-node`: an array or an object.
    pub component: Verdict,
    /// As the answer of a core module's `get_node`: an object.
    pub core_get_node: Verdict,
    /// As the answer of a core module's `get_nodes`: an array.
    pub core_get_nodes: Verdict,
}

/// What Flow-Like says of a definition document.
///
/// ```
/// let verdict = contract::definition(r#"{"name": "n", "pins": []}"#);
/// assert!(!verdict.component.accept);
/// assert_eq!(
///     verdict.component.reason.as_deref(),
///     Some("\"friendly_name\" is missing; write a string"),
/// );
/// ```
pub fn definition(text: &str) -> DefinitionVerdict {
    let array = read::<Vec<Def>>(text);
    let object = read::<Def>(text);
    let component = match (&array, &object) {
        (Ok(nodes), _) => Verdict { nodes: Some(nodes.len()), ..Verdict::taken() },
        (Err(_), Ok(_)) => Verdict { nodes: Some(1), ..Verdict::taken() },
        // The reader shows the error of its last attempt, the object, even for an array.
        (Err(_), Err(error)) => Verdict::refused(error.to_string(), either(text)),
    };
    let core_get_node = match &object {
        Ok(_) => Verdict::taken(),
        Err(error) if array.is_ok() => {
            Verdict::refused(error.to_string(), "\"get_node\" answers one object; export \"get_nodes\" for an array")
        }
        Err(error) => Verdict::refused(error.to_string(), either(text)),
    };
    let core_get_nodes = match &array {
        Ok(nodes) => Verdict { nodes: Some(nodes.len()), ..Verdict::taken() },
        Err(error) if object.is_ok() => {
            Verdict::refused(error.to_string(), "\"get_nodes\" answers an array; write […] around the object")
        }
        Err(error) => Verdict::refused(error.to_string(), either(text)),
    };
    DefinitionVerdict { component, core_get_node, core_get_nodes }
}

/// The reason that helps: of each element of an array by itself, or of the object.
fn either(text: &str) -> String {
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(elements) => elements
            .iter()
            .enumerate()
            .find_map(|(index, element)| {
                let reason = place::reason::<Def>(element.get(), "node")?;
                Some(format!("{}: {reason}", element_name(index, element.get())))
            })
            .unwrap_or_else(|| "the array is read as one node; write an object".to_owned()),
        Err(_) => place::reason::<Def>(text, "definition")
            .unwrap_or_else(|| "the definition is not read; write one object or an array of them".to_owned()),
    }
}

fn element_name(index: usize, element: &str) -> String {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    match serde_json::from_str::<Named>(element) {
        Ok(Named { name }) => format!("node {} (\"{}\")", index + 1, name.escape_debug()),
        Err(_) => format!("node {}", index + 1),
    }
}
