//! JSON Schemas of the SDK's own types.

use serde_json::{Value, json};

use super::Reply;

const TYPES: [&str; 5] = ["Bit", "CachedEmbeddingModel", "FlowPath", "NodeDBConnection", "NodeImage"];

pub(super) fn get_type_schema(name: &str) -> Reply {
    Reply::Text(schema(name).map(|schema| schema.to_string()))
}

pub(super) fn list_types() -> Reply {
    Reply::Text(Some(json!(TYPES).to_string()))
}

fn schema(name: &str) -> Option<Value> {
    let text = json!({ "type": "string" });
    let optional = json!({ "type": ["string", "null"] });
    let (about, properties, required) = match name {
        "FlowPath" => (
            "A file or directory of the node's storage.",
            json!({ "path": text, "store_ref": text, "cache_store_ref": optional }),
            vec!["path", "store_ref"],
        ),
        "NodeImage" => ("An image that the host holds for this run.", json!({ "image_ref": text }), vec!["image_ref"]),
        "Bit" => (
            "A model or another asset of the hub.",
            json!({
                "id": text, "type": text, "hub": text, "hash": text, "parameters": true,
                "file_name": optional, "version": optional, "license": optional,
            }),
            vec!["id", "type", "hub", "hash", "parameters"],
        ),
        "CachedEmbeddingModel" => (
            "A loaded embedding model.",
            json!({ "cache_key": text, "model_type": text }),
            vec!["cache_key", "model_type"],
        ),
        "NodeDBConnection" => ("A connection to a database.", json!({ "cache_key": text }), vec!["cache_key"]),
        _ => return None,
    };
    Some(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": about,
        "type": "object",
        "properties": properties,
        "required": required,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_type_has_a_schema() {
        let listed: Vec<String> =
            serde_json::from_str(&list_types().text().expect("a list")).expect("an array of strings");
        assert_eq!(listed.len(), 5, "the five types of the SDK");
        for name in listed {
            let schema = schema(&name).expect("listed, so it has a schema");
            assert_eq!(schema["title"], name.as_str());
            let required = schema["required"].as_array().expect("an array");
            for field in required {
                let field = field.as_str().expect("a name");
                assert!(!schema["properties"][field].is_null(), "{name}.{field} is described");
            }
        }
    }

    #[test]
    fn unknown_types_have_none() {
        for name in ["", "flowpath", "FlowPath ", "\0"] {
            assert_eq!(get_type_schema(name), Reply::Text(None), "{name:?}");
        }
    }
}
