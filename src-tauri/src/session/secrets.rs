//! Models and OAuth tokens. Secrets go in and are never shown again.

use runtime::host::models::ModelSettings;
use runtime::host::secrets::{Place, Token};
use wire::window::{ModelsView, ProviderRow};

use super::Session;
use crate::error::{Error, Result};

/// Characters of a provider's name.
const MAX_PROVIDER: usize = 200;

impl Session {
    pub async fn models(&self) -> Result<ModelsView> {
        let services = self.workbench.services();
        let ModelSettings { endpoint, chat_model, embedding_model } = services.models.settings();
        let no_keyring = match services.secrets.place().await {
            Place::Keyring => None,
            Place::File { reason } => Some(reason),
        };
        Ok(ModelsView { endpoint, chat_model, embedding_model, has_key: services.has_models_key().await?, no_keyring })
    }

    pub async fn save_models(&self, models: ModelsView) -> Result<()> {
        let ModelsView { endpoint, chat_model, embedding_model, .. } = models;
        let settings = ModelSettings { endpoint, chat_model, embedding_model };
        let saved = self.workbench.services().models.set(settings).await;
        saved.map_err(|error| Error::new("models", error.to_string()))
    }

    pub async fn save_models_key(&self, key: Option<&str>) -> Result<()> {
        let key = key.map(str::trim).filter(|key| !key.is_empty());
        Ok(self.workbench.services().set_models_key(key).await?)
    }

    pub async fn providers(&self) -> Vec<ProviderRow> {
        let providers = self.workbench.services().providers().await;
        providers.iter().map(|provider| ProviderRow { provider: provider.to_string() }).collect()
    }

    pub async fn save_token(&self, provider: &str, token: &str) -> Result<()> {
        let (provider, token) = (provider.trim(), token.trim());
        if provider.is_empty() || provider.chars().count() > MAX_PROVIDER {
            return Err(Error::new("provider", "give the provider's name as the node writes it"));
        }
        if token.is_empty() {
            return Err(Error::new("token", "the token is empty; paste the access token"));
        }
        let token = Token { access_token: token.to_owned(), token_type: "Bearer".into(), expires_at: None };
        Ok(self.workbench.services().set_token(provider, token).await?)
    }

    pub async fn delete_token(&self, provider: &str) -> Result<()> {
        Ok(self.workbench.services().delete_token(provider).await?)
    }
}
