//! Variables: JSON text by name, kept for each workbench project.

use super::{HostState, Reply};

impl HostState {
    pub(super) async fn var_get(&mut self, _name: &str) -> Reply {
        todo!()
    }

    pub(super) async fn var_set(&mut self, _name: &str, _value: &str) -> Reply {
        todo!()
    }

    pub(super) async fn var_delete(&mut self, _name: &str) -> Reply {
        todo!()
    }

    pub(super) async fn var_has(&mut self, _name: &str) -> Reply {
        todo!()
    }
}
