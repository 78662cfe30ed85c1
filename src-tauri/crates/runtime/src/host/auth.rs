//! OAuth tokens that the user entered.

use super::{HostState, Reply};

impl HostState {
    pub(super) async fn get_oauth_token(&mut self, _provider: &str) -> Reply {
        todo!()
    }

    pub(super) async fn has_oauth_token(&mut self, _provider: &str) -> Reply {
        todo!()
    }
}
