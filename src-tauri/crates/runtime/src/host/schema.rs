//! JSON Schemas of the SDK's own types.

use super::Reply;

pub(super) fn get_type_schema(_name: &str) -> Reply {
    todo!()
}

pub(super) fn list_types() -> Reply {
    todo!()
}
