//! Log lines.

use super::{HostState, Reply};

impl HostState {
    pub(super) async fn log(&mut self, _level: u8, _message: &str) -> Reply {
        todo!()
    }

    pub(super) async fn log_json(&mut self, _level: u8, _message: &str, _data: &str) -> Reply {
        todo!()
    }
}
