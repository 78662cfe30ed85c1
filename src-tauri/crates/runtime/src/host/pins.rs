//! Inputs, outputs and exec pins.

use super::{HostState, Reply};

impl HostState {
    pub(super) fn get_input(&mut self, _name: &str) -> Reply {
        todo!()
    }

    pub(super) async fn set_output(&mut self, _name: &str, _value: &str) -> Reply {
        todo!()
    }

    pub(super) async fn activate_exec(&mut self, _name: &str) -> Reply {
        todo!()
    }
}
