//! OAuth tokens that the user entered.
//!
//! A token is handed out only after the gate allowed this provider. Whether there is one is told without a question to
//! nodes that declare `oauth`, because asking before it is needed would train users to click; any other node has to
//! pass the same question as for the token, so that it cannot find out which services the user has.

use std::mem::take;

use super::{HostState, Reply};
use crate::permission::{Capability, Request, Target};

const MAX_PROVIDER: usize = 256;

impl HostState {
    pub(super) async fn get_oauth_token(&mut self, provider: &str) -> Reply {
        let call = "auth.get-oauth-token";
        if provider.is_empty() || provider.len() > MAX_PROVIDER {
            self.refused(call, provider, "a provider's name has 1 to 256 bytes").await;
            return Reply::Text(None);
        }
        if !self.may_use(provider).await {
            return Reply::Text(None);
        }
        match self.run.services.secrets.token(provider).await {
            Ok(Some(token)) => Reply::Text(Some(token.document())),
            Ok(None) => {
                self.refused(call, provider, "no token for this provider; enter one in the settings").await;
                Reply::Text(None)
            }
            Err(error) => {
                self.refused(call, provider, error).await;
                Reply::Text(None)
            }
        }
    }

    pub(super) async fn has_oauth_token(&mut self, provider: &str) -> Reply {
        if provider.is_empty() || provider.len() > MAX_PROVIDER {
            return Reply::Bool(false);
        }
        let declares = self.run.gate.declares(Capability::OAuth);
        if !declares && !self.may_use(provider).await {
            return Reply::Bool(false);
        }
        match self.run.services.secrets.token(provider).await {
            Ok(token) => Reply::Bool(token.is_some()),
            Err(error) => {
                self.refused("auth.has-oauth-token", provider, error).await;
                Reply::Bool(false)
            }
        }
    }

    async fn may_use(&mut self, provider: &str) -> bool {
        let target = Target::Provider(provider.to_owned());
        let request = Request { capability: Capability::OAuth, target, call_site: take(&mut self.call_site) };
        self.run.gate.require(request).await.is_ok()
    }
}
