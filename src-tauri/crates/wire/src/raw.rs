//! Node data inside our own documents.

use runtime::json::Json;
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// One JSON value, embedded as it is: on one line. Shares the text.
#[derive(Clone, Debug)]
pub struct Raw(Json);

impl From<&Json> for Raw {
    fn from(json: &Json) -> Self {
        Self(json.clone())
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(self.0.as_str()).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Pins and their values, as one object in the order of first appearance.
#[derive(Clone, Debug, Default)]
pub struct Outputs(Vec<(String, Raw)>);

impl From<&[(String, Json)]> for Outputs {
    fn from(outputs: &[(String, Json)]) -> Self {
        Self(outputs.iter().map(|(pin, value)| (pin.clone(), value.into())).collect())
    }
}

impl Serialize for Outputs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (pin, value) in &self.0 {
            map.serialize_entry(pin, value)?;
        }
        map.end()
    }
}
