//! The storage functions as guests call them: the gate first, then [`Storage`](super::Storage).

use super::{Refusal, Scope};
use crate::event::Level;
use crate::host::log::shown;
use crate::host::{HostState, Reply};
use crate::permission::Capability;

impl HostState {
    pub(in crate::host) async fn storage_dir(&mut self, node_scoped: bool) -> Reply {
        let scope = Scope::Storage { node: self.scoped(node_scoped) };
        self.directory("storage.storage-dir", scope).await
    }

    pub(in crate::host) async fn upload_dir(&mut self) -> Reply {
        self.directory("storage.upload-dir", Scope::Upload).await
    }

    pub(in crate::host) async fn cache_dir(&mut self, node_scoped: bool, user_scoped: bool) -> Reply {
        let scope = Scope::Cache { node: self.scoped(node_scoped), user: user_scoped };
        self.directory("storage.cache-dir", scope).await
    }

    pub(in crate::host) async fn user_dir(&mut self, node_scoped: bool) -> Reply {
        let scope = Scope::User { node: self.scoped(node_scoped) };
        self.directory("storage.user-dir", scope).await
    }

    pub(in crate::host) async fn read_file(&mut self, path: &str) -> Reply {
        if !self.run.gate.allows(Capability::StorageRead).await {
            return Reply::Bytes(None);
        }
        // What does not fit into the node's memory is of no use to it.
        let limit = self.run.limits.memory;
        let read = self.run.services.storage.read(&self.run.shared.storage, path, limit).await;
        Reply::Bytes(self.done("storage.read-file", path, read).await)
    }

    pub(in crate::host) async fn write_file(&mut self, path: &str, data: &[u8]) -> Reply {
        if !self.run.gate.allows(Capability::StorageWrite).await {
            return Reply::Bool(false);
        }
        let written = self.run.services.storage.write(&self.run.shared.storage, path, data).await;
        Reply::Bool(self.done("storage.write-file", path, written).await.is_some())
    }

    pub(in crate::host) async fn write_file_start(&mut self, path: &str, total_size: u64) -> Reply {
        if !self.run.gate.allows(Capability::StorageWrite).await {
            return Reply::Text(None);
        }
        let started = self.run.services.storage.start(&self.run.shared.storage, path, total_size).await;
        Reply::Text(self.done("storage.write-file-start", path, started).await)
    }

    pub(in crate::host) async fn write_file_chunk(&mut self, write_id: &str, data: &[u8]) -> Reply {
        if !self.run.gate.allows(Capability::StorageWrite).await {
            return Reply::Bool(false);
        }
        let written = self.run.services.storage.chunk(&self.run.shared.storage, write_id, data).await;
        Reply::Bool(self.done("storage.write-file-chunk", write_id, written).await.is_some())
    }

    pub(in crate::host) async fn write_file_finish(&mut self, write_id: &str) -> Reply {
        if !self.run.gate.allows(Capability::StorageWrite).await {
            return Reply::Bool(false);
        }
        let written = self.run.services.storage.finish(&self.run.shared.storage, write_id).await;
        Reply::Bool(self.done("storage.write-file-finish", write_id, written).await.is_some())
    }

    pub(in crate::host) async fn list_files(&mut self, path: &str) -> Reply {
        if !self.run.gate.allows(Capability::StorageRead).await {
            return Reply::Text(None);
        }
        let listed = self.run.services.storage.list(&self.run.shared.storage, path).await;
        let Some((files, left_out)) = self.done("storage.list-files", path, listed).await else {
            return Reply::Text(None);
        };
        if left_out > 0 {
            let reason =
                format!("{left_out} files are not listed: their names are not Unicode, or they are nested too deep");
            self.refused("storage.list-files", path, reason).await;
        }
        Reply::Text(Some(files))
    }

    /// Holding a directory gives nothing away; reading and writing in it are asked for on their own.
    async fn directory(&self, call: &str, scope: Scope) -> Reply {
        let gate = &self.run.gate;
        let allowed = gate.allows(Capability::StorageRead).await || gate.allows(Capability::StorageWrite).await;
        if !allowed {
            return Reply::Text(None);
        }
        let (services, package) = (&self.run.services, &self.run.package);
        services.remember(package).await;
        let minted = services.storage.mint(&self.run.shared.storage, package, scope).await;
        Reply::Text(self.done(call, "", minted).await)
    }

    /// Node-scoped directories belong to the node's name within its file, as grants do.
    fn scoped(&self, node: bool) -> Option<String> {
        node.then(|| self.meta.node_name.clone())
    }

    async fn done<T>(&self, call: &str, argument: &str, result: Result<T, Refusal>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            // A file that is not there is an answer, not a refusal.
            Err(Refusal::NotFound) => {
                let line = format!("{call} {}: {}", shown(argument), Refusal::NotFound);
                self.run.events.host(Level::Debug, line).await;
                None
            }
            Err(refusal) => {
                self.refused(call, argument, refusal).await;
                None
            }
        }
    }
}
