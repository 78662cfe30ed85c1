//! The cache: JSON text by key, one set for each package, kept across runs.

use super::log::json_or_string;
use super::state::Space;
use super::{HostState, Reply};
use crate::permission::Capability;

impl HostState {
    pub(super) async fn cache_get(&mut self, key: &str) -> Reply {
        if !self.run.gate.allows(Capability::Cache).await {
            return Reply::Text(None);
        }
        let value = self.run.services.state.get(Space::Cache, self.run.package.id(), key).await;
        Reply::Text(value.map(|value| value.as_str().to_owned()))
    }

    /// Replies whether the value was kept. Text that is not JSON is kept as a JSON string.
    pub(super) async fn cache_set(&mut self, key: &str, value: &str) -> Reply {
        if !self.run.gate.allows(Capability::Cache).await {
            return Reply::Bool(false);
        }
        let (services, package) = (&self.run.services, &self.run.package);
        services.remember(package).await;
        match services.state.set(Space::Cache, package.id(), key, json_or_string(value)).await {
            Ok(()) => Reply::Bool(true),
            Err(error) => {
                self.refused("cache.cache-set", key, error).await;
                Reply::Bool(false)
            }
        }
    }

    pub(super) async fn cache_delete(&mut self, key: &str) -> Reply {
        if !self.run.gate.allows(Capability::Cache).await {
            return Reply::Bool(false);
        }
        match self.run.services.state.delete(Space::Cache, self.run.package.id(), key).await {
            Ok(existed) => Reply::Bool(existed),
            Err(error) => {
                self.refused("cache.cache-delete", key, error).await;
                Reply::Bool(false)
            }
        }
    }

    pub(super) async fn cache_has(&mut self, key: &str) -> Reply {
        let allowed = self.run.gate.allows(Capability::Cache).await;
        Reply::Bool(allowed && self.run.services.state.has(Space::Cache, self.run.package.id(), key).await)
    }
}
