//! Node data inside our own documents.

use runtime::json::Json;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

/// One JSON value, embedded as it is.
#[derive(Clone, Debug)]
pub struct Raw(Box<RawValue>);

impl From<&Json> for Raw {
    fn from(json: &Json) -> Self {
        // The text is known to be JSON.
        Self(RawValue::from_string(json.as_str().to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
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
