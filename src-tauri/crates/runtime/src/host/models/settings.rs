//! Where models are: set by the user, kept in `models.json`. The key is a secret and is kept with the secrets.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::host::locked;
use crate::private;

/// The name of the endpoint's key among the secrets.
pub(in crate::host) const KEY: &str = "models:key";
const MAX_NAME: usize = 256;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelSettings {
    /// Such as `https://api.example.com/v1`; `None`: the built-in echo provider answers.
    pub endpoint: Option<String>,
    /// `None`: the model that the node names.
    pub chat_model: Option<String>,
    pub embedding_model: Option<String>,
}

/// The settings of one data folder.
pub struct Models {
    file: PathBuf,
    settings: Mutex<ModelSettings>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Kept {
    endpoint: Option<String>,
    chat_model: Option<String>,
    embedding_model: Option<String>,
}

impl Models {
    /// Damaged settings are set aside; what was wrong comes back in words. Blocking.
    pub fn open(file: &Path) -> (Self, Option<String>) {
        let (kept, problem) = match private::read(file) {
            Ok(Some(text)) => match serde_json::from_slice::<Kept>(&text) {
                Ok(kept) => (kept, None),
                Err(error) => (Kept::default(), Some(put_away(file, &error.to_string()))),
            },
            Ok(None) => (Kept::default(), None),
            Err(error) => (Kept::default(), Some(format!("cannot read \"{}\": {error}", file.display()))),
        };
        let settings = ModelSettings {
            endpoint: present(kept.endpoint),
            chat_model: present(kept.chat_model),
            embedding_model: present(kept.embedding_model),
        };
        (Self { file: file.to_owned(), settings: Mutex::new(settings) }, problem)
    }

    pub fn settings(&self) -> ModelSettings {
        locked(&self.settings).clone()
    }

    /// Keeps the settings; empty texts mean "not set". An endpoint that is no http or https address is refused.
    pub async fn set(&self, settings: ModelSettings) -> io::Result<()> {
        let settings = ModelSettings {
            endpoint: present(settings.endpoint),
            chat_model: present(settings.chat_model),
            embedding_model: present(settings.embedding_model),
        };
        if let Some(endpoint) = &settings.endpoint {
            super::endpoint::check_base(endpoint).map_err(|error| io::Error::other(error.to_string()))?;
        }
        let kept = Kept {
            endpoint: settings.endpoint.clone(),
            chat_model: settings.chat_model.clone(),
            embedding_model: settings.embedding_model.clone(),
        };
        let (file, text) = (self.file.clone(), serde_json::to_string_pretty(&kept)?);
        tokio::task::spawn_blocking(move || private::replace(&file, text.as_bytes(), None))
            .await
            .map_err(io::Error::other)??;
        *locked(&self.settings) = settings;
        Ok(())
    }

    /// The name that the user is asked about and the endpoint is given.
    pub(super) fn chat_model(&self, model: &Value) -> String {
        let settings = self.settings();
        name_of(settings.endpoint.is_some(), settings.chat_model, model)
    }

    pub(super) fn embedding_model(&self, model: &Value) -> String {
        let settings = self.settings();
        name_of(settings.endpoint.is_some(), settings.embedding_model, model)
    }
}

fn name_of(endpoint: bool, set: Option<String>, model: &Value) -> String {
    if !endpoint {
        return "echo".to_owned();
    }
    set.or_else(|| named(model)).unwrap_or_else(|| "default".to_owned())
}

/// The model that a Bit or a CachedEmbeddingModel names.
fn named(model: &Value) -> Option<String> {
    let places = ["/parameters/provider/model_id", "/parameters/model_id", "/parameters/model", "/id", "/cache_key"];
    let name = places.iter().find_map(|place| model.pointer(place)?.as_str().filter(|name| !name.is_empty()))?;
    Some(name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect())
}

fn present(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn put_away(file: &Path, reason: &str) -> String {
    match private::set_aside(file) {
        Ok(aside) => format!(
            "\"{}\" is damaged ({reason}); it was set aside as \"{}\", set the models' endpoint again",
            file.display(),
            aside.display()
        ),
        Err(error) => format!("\"{}\" is damaged ({reason}) and cannot be set aside: {error}", file.display()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn settings_survive_a_restart_and_damage_is_set_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("models.json");
        let (models, problem) = Models::open(&file);
        assert_eq!((models.settings(), problem), (ModelSettings::default(), None), "nothing is set at first");
        let settings = ModelSettings {
            endpoint: Some(" http://127.0.0.1:9/v1 ".to_owned()),
            chat_model: Some("m".to_owned()),
            embedding_model: Some(String::new()),
        };
        models.set(settings).await.expect("valid settings");
        let (models, _) = Models::open(&file);
        let kept = models.settings();
        assert_eq!(kept.endpoint.as_deref(), Some("http://127.0.0.1:9/v1"), "trimmed and kept");
        assert_eq!(kept.embedding_model, None, "empty means not set");
        for wrong in ["nonsense", "file:///etc/passwd", "ftp://x/"] {
            let settings = ModelSettings { endpoint: Some(wrong.to_owned()), ..ModelSettings::default() };
            assert!(models.set(settings).await.is_err(), "{wrong} must be refused");
        }

        fs::write(&file, "{\"endpoint\": 5").expect("writable");
        let (models, problem) = Models::open(&file);
        assert_eq!(models.settings(), ModelSettings::default());
        assert!(problem.is_some_and(|problem| problem.contains("set aside")), "the user is told");
        assert!(!file.exists(), "the damaged file has another name");
    }

    #[test]
    fn the_set_name_beats_the_nodes() {
        let bit = json!({"id": "bit-1", "parameters": {"provider": {"model_id": "gpt-x\n"}}});
        assert_eq!(name_of(true, None, &bit), "gpt-x", "control characters are dropped");
        assert_eq!(name_of(true, Some("mine".to_owned()), &bit), "mine");
        assert_eq!(name_of(true, None, &json!({"cache_key": "k", "model_type": "t"})), "k");
        assert_eq!(name_of(true, None, &json!({"id": 5})), "default");
        assert_eq!(name_of(false, Some("mine".to_owned()), &bit), "echo", "the question says who answers");
    }
}
