//! Images, held by the host for the length of a run.

use super::{HostState, Reply};

#[derive(Default)]
pub struct Images {}

impl HostState {
    pub(super) async fn image_from_bytes(&mut self, _data: &[u8], _format: &str) -> Reply {
        todo!()
    }

    pub(super) async fn image_to_bytes(&mut self, _image: &str, _format: &str) -> Reply {
        todo!()
    }
}
