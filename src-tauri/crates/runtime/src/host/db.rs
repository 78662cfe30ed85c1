//! Databases: the workbench has none and says so.

use super::{HostState, Reply};

impl HostState {
    pub(super) async fn db_query(&mut self, _op: u32, _connection: &str, _payload: &str) -> Reply {
        todo!()
    }
}
