//! Variables: JSON text by name, one set for each workbench project, shared by its nodes.

use super::log::json_or_string;
use super::state::Space;
use super::{HostState, Reply};
use crate::permission::Capability;

/// All nodes of the project see the same variables.
pub(super) const OWNER: &str = "";

impl HostState {
    pub(super) async fn var_get(&mut self, name: &str) -> Reply {
        if !self.run.gate.allows(Capability::Variables).await {
            return Reply::Text(None);
        }
        let value = self.run.services.state.get(Space::Variables, OWNER, name).await;
        Reply::Text(value.map(|value| value.as_str().to_owned()))
    }

    /// Replies whether the value was kept. Text that is not JSON is kept as a JSON string.
    pub(super) async fn var_set(&mut self, name: &str, value: &str) -> Reply {
        if !self.run.gate.allows(Capability::Variables).await {
            return Reply::Bool(false);
        }
        match self.run.services.state.set(Space::Variables, OWNER, name, json_or_string(value)).await {
            Ok(()) => Reply::Bool(true),
            Err(error) => {
                self.refused("variables.set-var", name, error).await;
                Reply::Bool(false)
            }
        }
    }

    pub(super) async fn var_delete(&mut self, name: &str) -> Reply {
        if !self.run.gate.allows(Capability::Variables).await {
            return Reply::Bool(false);
        }
        match self.run.services.state.delete(Space::Variables, OWNER, name).await {
            Ok(existed) => Reply::Bool(existed),
            Err(error) => {
                self.refused("variables.delete-var", name, error).await;
                Reply::Bool(false)
            }
        }
    }

    pub(super) async fn var_has(&mut self, name: &str) -> Reply {
        let allowed = self.run.gate.allows(Capability::Variables).await;
        Reply::Bool(allowed && self.run.services.state.has(Space::Variables, OWNER, name).await)
    }
}
