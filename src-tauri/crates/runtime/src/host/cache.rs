//! The cache: JSON text by key, kept for each package.

use super::{HostState, Reply};

impl HostState {
    pub(super) async fn cache_get(&mut self, _key: &str) -> Reply {
        todo!()
    }

    pub(super) async fn cache_set(&mut self, _key: &str, _value: &str) -> Reply {
        todo!()
    }

    pub(super) async fn cache_delete(&mut self, _key: &str) -> Reply {
        todo!()
    }

    pub(super) async fn cache_has(&mut self, _key: &str) -> Reply {
        todo!()
    }
}
