//! Streaming events.

use super::{HostState, Reply};

impl HostState {
    pub(super) async fn emit(&mut self, _kind: &str, _data: &str) -> Reply {
        todo!()
    }

    pub(super) async fn stream_text(&mut self, _content: &str) -> Reply {
        todo!()
    }
}
