//! Embeddings and language models: an OpenAI-compatible endpoint, or the built-in echo provider.

use super::{HostState, Reply};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Text,
    Query,
    Document,
}

impl HostState {
    pub(super) async fn embed(&mut self, _model: &str, _texts: &str, _purpose: Purpose) -> Reply {
        todo!()
    }

    pub(super) async fn embed_image(&mut self, _model: &str, _image: &[u8]) -> Reply {
        todo!()
    }

    pub(super) async fn llm_prompt(&mut self, _model: &str, _request: &str, _stream: bool) -> Reply {
        todo!()
    }
}
