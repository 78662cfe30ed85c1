//! Embeddings and language models: an OpenAI-compatible endpoint, or the built-in echo provider.

mod echo;
mod endpoint;
mod messages;
mod settings;
mod sse;

use std::mem;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::endpoint::{Endpoint, Trusted};
use self::messages::Prompt;
pub(super) use self::settings::KEY;
pub use self::settings::{ModelSettings, Models};
use super::{HostState, Reply, image};
use crate::event::{EventKind, Events};
use crate::json::Json;
use crate::permission::{Capability, Denied, Permit, Request, Target};

const MAX_TEXTS: usize = 2048;
/// All texts of one call.
const MAX_TEXT_BYTES: usize = 4 << 20;
const MAX_PROMPT: usize = 16 << 20;
/// A model's description.
const MAX_MODEL: usize = 256 << 10;
const MAX_IMAGE: u64 = 32 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Text,
    Query,
    Document,
}

impl Purpose {
    fn call(self) -> &'static str {
        match self {
            Self::Text => "models.embed-text",
            Self::Query => "models.embed-text-query",
            Self::Document => "models.embed-text-document",
        }
    }
}

/// Why a model gave nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ModelError {
    #[error("{what} is not what the contract says: {reason}")]
    Argument { what: &'static str, reason: String },
    #[error("cannot reach the endpoint: {0}")]
    Send(String),
    #[error("the endpoint answered {status}: {message}")]
    Status { status: u16, message: String },
    #[error("the endpoint's answer does not fit: {0}")]
    Answer(String),
    #[error("cannot read the endpoint's key: {0}")]
    Key(String),
    #[error("the permission was revoked")]
    Revoked,
}

/// Who answers.
enum Provider {
    Echo,
    Endpoint(Endpoint),
}

impl HostState {
    /// JSON array of vectors. Query and document are embedded alike: the endpoint's interface knows no difference.
    pub(super) async fn embed(&mut self, model: &str, texts: &str, purpose: Purpose) -> Reply {
        let call = purpose.call();
        let parsed = parse_model(model).and_then(|model| Ok((model, parse_texts(texts)?)));
        let (model, texts) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return self.model_failed(call, error).await,
        };
        let name = self.run.services.models.embedding_model(&model);
        let Ok(permit) = self.ask(&name).await else { return Reply::Text(None) };
        let vectors = async {
            match self.provider(call).await? {
                Provider::Echo => embed_by_echo(texts).await,
                Provider::Endpoint(endpoint) => {
                    endpoint.embed(&Trusted(&self.run.gate), &name, json!(texts), texts.len()).await
                }
            }
        };
        match standing(&permit, vectors).await {
            Ok(vectors) => Reply::Text(Some(json!(vectors).to_string())),
            Err(error) => self.model_failed(call, error).await,
        }
    }

    /// JSON array of numbers. `image` is a NodeImage document or an encoded image.
    pub(super) async fn embed_image(&mut self, model: &str, image: &[u8]) -> Reply {
        let call = "models.embed-image";
        let parsed = match parse_model(model) {
            Ok(model) => self.image_bytes(image).await.map(|image| (model, image)),
            Err(error) => Err(error),
        };
        let (model, image) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return self.model_failed(call, error).await,
        };
        let name = self.run.services.models.embedding_model(&model);
        let Ok(permit) = self.ask(&name).await else { return Reply::Text(None) };
        let vectors = async {
            match self.provider(call).await? {
                Provider::Echo => Ok(vec![echo::embed_bytes(&image)]),
                Provider::Endpoint(endpoint) => {
                    let input = json!([{ "image": STANDARD.encode(&image) }]);
                    endpoint.embed(&Trusted(&self.run.gate), &name, input, 1).await
                }
            }
        };
        match standing(&permit, vectors).await {
            Ok(vectors) => Reply::Text(vectors.first().map(|vector| json!(vector).to_string())),
            Err(error) => self.model_failed(call, error).await,
        }
    }

    /// The answer's document; `{"error": …}` where the model failed, none where the permission was denied or revoked.
    pub(super) async fn llm_prompt(&mut self, model: &str, request: &str, stream: bool) -> Reply {
        let call = if stream { "models.llm-prompt-stream" } else { "models.llm-prompt" };
        let parsed = parse_model(model).and_then(|model| Ok((model, Prompt::parse(request)?)));
        let (model, prompt) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return self.model_failed(call, error).await,
        };
        let name = self.run.services.models.chat_model(&model);
        let Ok(permit) = self.ask(&name).await else { return Reply::Text(None) };
        match standing(&permit, self.answer(call, &name, &prompt, stream)).await {
            Ok(answer) => Reply::Text(Some(answer.to_string())),
            Err(error @ ModelError::Revoked) => self.model_failed(call, error).await,
            Err(error) => {
                let answer = json!({ "error": error.to_string() });
                self.refused(call, "", error).await;
                Reply::Text(Some(answer.to_string()))
            }
        }
    }

    async fn answer(&self, call: &str, model: &str, prompt: &Prompt, stream: bool) -> Result<Value, ModelError> {
        let events = &self.run.events;
        match self.provider(call).await? {
            Provider::Echo => {
                if stream {
                    for part in echo::chunks(prompt) {
                        llm_chunk(events, &json!({ "content": part })).await;
                    }
                }
                Ok(echo::answer(prompt))
            }
            Provider::Endpoint(endpoint) if stream => {
                endpoint.stream(&Trusted(&self.run.gate), model, prompt, events).await
            }
            Provider::Endpoint(endpoint) => endpoint.chat(&Trusted(&self.run.gate), model, prompt).await,
        }
    }

    async fn provider(&self, call: &str) -> Result<Provider, ModelError> {
        let services = &self.run.services;
        if let Some(base) = services.models.settings().endpoint {
            let key = services.secrets.get(KEY).await.map_err(|error| ModelError::Key(error.to_string()))?;
            return Ok(Provider::Endpoint(Endpoint::new(&base, key)?));
        }
        let note = "no endpoint is set, so the built-in echo provider answers; set one in the settings";
        self.refused_once("echo".to_owned(), call, note).await;
        Ok(Provider::Echo)
    }

    async fn ask(&mut self, model: &str) -> Result<Permit, Denied> {
        let target = Target::Provider(model.to_owned());
        let request = Request { capability: Capability::Models, target, call_site: mem::take(&mut self.call_site) };
        self.run.gate.require(request).await
    }

    /// The encoded image that the guest means.
    async fn image_bytes(&self, image: &[u8]) -> Result<Vec<u8>, ModelError> {
        let wrong = |reason: String| ModelError::Argument { what: "the image", reason };
        let reference = std::str::from_utf8(image).ok().and_then(image::reference_in_document);
        match reference {
            Some(reference) => image::encode(&self.run.shared.images, &reference, "png", MAX_IMAGE)
                .await
                .map_err(|refusal| wrong(refusal.to_string())),
            None if image.len() as u64 > MAX_IMAGE => Err(wrong(format!("it has more than {MAX_IMAGE} bytes"))),
            None if ::image::guess_format(image).is_err() => {
                Err(wrong("it is neither a NodeImage nor an image".into()))
            }
            None => Ok(image.to_vec()),
        }
    }

    async fn model_failed(&self, call: &str, error: ModelError) -> Reply {
        self.refused(call, "", error).await;
        Reply::Text(None)
    }
}

/// What a model gives, as long as the permit to use it stands.
async fn standing<T>(permit: &Permit, work: impl Future<Output = Result<T, ModelError>>) -> Result<T, ModelError> {
    permit.while_it_stands(work).await.unwrap_or(Err(ModelError::Revoked))
}

/// A piece of an answer, for those who watch: `{"content": …}` or `{"reasoning": …}`.
async fn llm_chunk(events: &Events, chunk: &Value) {
    let data = Json::from_value(chunk);
    events.emit(EventKind::Stream { kind: "llm_chunk".to_owned(), data }).await;
}

/// A Bit or a CachedEmbeddingModel.
fn parse_model(model: &str) -> Result<Value, ModelError> {
    let wrong = |reason: String| ModelError::Argument { what: "the model", reason };
    // As a tree the text takes many times its size.
    if model.len() > MAX_MODEL {
        return Err(wrong(format!("it has {} bytes, the limit is {MAX_MODEL}", model.len())));
    }
    match serde_json::from_str(model) {
        Ok(Value::Object(model)) => Ok(Value::Object(model)),
        Ok(_) => Err(wrong("it is not a JSON object".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}

fn parse_texts(texts: &str) -> Result<Vec<String>, ModelError> {
    let wrong = |reason: String| ModelError::Argument { what: "the list of texts", reason };
    if texts.len() > MAX_TEXT_BYTES {
        return Err(wrong(format!("it has {} bytes, the limit is {MAX_TEXT_BYTES}", texts.len())));
    }
    let texts: Vec<String> = serde_json::from_str(texts).map_err(|error| wrong(error.to_string()))?;
    if texts.len() > MAX_TEXTS {
        return Err(wrong(format!("it has {} texts, the limit is {MAX_TEXTS}", texts.len())));
    }
    Ok(texts)
}

async fn embed_by_echo(texts: Vec<String>) -> Result<Vec<Vec<f32>>, ModelError> {
    let work = move || texts.iter().map(|text| echo::embed(text)).collect();
    tokio::task::spawn_blocking(work).await.map_err(|error| ModelError::Answer(error.to_string()))
}
