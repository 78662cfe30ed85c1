//! Files of a node, confined to the workbench's data folder.

use super::{HostState, Reply};

/// Directories minted in this run and writes under way.
#[derive(Default)]
pub struct RunStorage {}

impl HostState {
    pub(super) async fn storage_dir(&mut self, _node_scoped: bool) -> Reply {
        todo!()
    }

    pub(super) async fn upload_dir(&mut self) -> Reply {
        todo!()
    }

    pub(super) async fn cache_dir(&mut self, _node_scoped: bool, _user_scoped: bool) -> Reply {
        todo!()
    }

    pub(super) async fn user_dir(&mut self, _node_scoped: bool) -> Reply {
        todo!()
    }

    pub(super) async fn read_file(&mut self, _path: &str) -> Reply {
        todo!()
    }

    pub(super) async fn write_file(&mut self, _path: &str, _data: &[u8]) -> Reply {
        todo!()
    }

    pub(super) async fn write_file_start(&mut self, _path: &str, _total_size: u64) -> Reply {
        todo!()
    }

    pub(super) async fn write_file_chunk(&mut self, _write_id: &str, _data: &[u8]) -> Reply {
        todo!()
    }

    pub(super) async fn write_file_finish(&mut self, _write_id: &str) -> Reply {
        todo!()
    }

    pub(super) async fn list_files(&mut self, _path: &str) -> Reply {
        todo!()
    }
}
