//! WebSocket sessions, owned by the run.

use super::{HostState, Reply};

#[derive(Default)]
pub struct Sessions {}

impl HostState {
    pub(super) async fn ws_connect(&mut self, _url: &str, _headers: &str) -> Reply {
        todo!()
    }

    pub(super) async fn ws_send(&mut self, _session: &str, _message: &[u8], _binary: bool) -> Reply {
        todo!()
    }

    pub(super) async fn ws_receive(&mut self, _session: &str, _timeout_ms: u32) -> Reply {
        todo!()
    }

    pub(super) async fn ws_close(&mut self, _session: &str) -> Reply {
        todo!()
    }
}
