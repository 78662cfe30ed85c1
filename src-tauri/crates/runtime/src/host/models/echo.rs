//! The built-in provider: no model at all, but deterministic answers of the right shape, clearly marked.

use serde_json::{Value, json};

use super::messages::Prompt;

/// What every answer begins with, so that nobody takes it for a model's.
const MARK: &str = "[echo] ";
pub(super) const DIMENSION: usize = 384;
/// Words that count on their own; the rest of a long text is one more.
const MAX_WORDS: usize = 2000;

/// Repeats the last message of the user.
pub(super) fn answer(prompt: &Prompt) -> Value {
    let content = content(prompt);
    let (asked, answered) = (words(&prompt.all_text()), words(&content));
    json!({
        "content": content,
        "usage": { "prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered },
    })
}

/// The answer's content in the pieces a model would stream: word by word.
pub(super) fn chunks(prompt: &Prompt) -> Vec<String> {
    const MOST: usize = 500;
    let content = content(prompt);
    let mut pieces: Vec<String> = content.split_inclusive(' ').take(MOST).map(str::to_owned).collect();
    let sent: usize = pieces.iter().map(String::len).sum();
    if sent < content.len() {
        pieces.push(content[sent..].to_owned());
    }
    pieces
}

fn content(prompt: &Prompt) -> String {
    format!("{MARK}{}", prompt.last_user_text())
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// A unit vector. Texts that share words point in similar directions, so that a search over them makes sense.
pub(super) fn embed(text: &str) -> Vec<f32> {
    let lower = text.to_lowercase();
    let mut sum = vec![0.0f32; DIMENSION];
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut any = false;
    for word in words.by_ref().take(MAX_WORDS) {
        add(&mut sum, word.as_bytes());
        any = true;
    }
    if !any || words.next().is_some() {
        add(&mut sum, text.as_bytes());
    }
    normalised(sum)
}

pub(super) fn embed_bytes(data: &[u8]) -> Vec<f32> {
    let mut sum = vec![0.0f32; DIMENSION];
    add(&mut sum, data);
    normalised(sum)
}

/// Adds the direction that belongs to `data`.
fn add(sum: &mut [f32], data: &[u8]) {
    let mut bytes = [0u8; DIMENSION];
    blake3::Hasher::new().update(data).finalize_xof().fill(&mut bytes);
    for (sum, byte) in sum.iter_mut().zip(bytes) {
        *sum += f32::from(byte) - 127.5;
    }
}

fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
    for number in &mut vector {
        *number = (f64::from(*number) / length) as f32;
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similarity(a: &str, b: &str) -> f32 {
        embed(a).iter().zip(embed(b)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn embeddings_are_deterministic_unit_vectors() {
        for text in ["", "   ", "hello", "日本語", "\0", &"word ".repeat(10_000)] {
            let vector = embed(text);
            assert_eq!(vector.len(), DIMENSION);
            assert_eq!(vector, embed(text), "the same text gives the same vector");
            let length: f32 = vector.iter().map(|number| number * number).sum();
            assert!((length - 1.0).abs() < 1e-4, "unit length, not {length}");
        }
    }

    #[test]
    fn shared_words_bring_texts_together() {
        let near = similarity("the quick brown fox", "The quick red fox!");
        let far = similarity("the quick brown fox", "quarterly financial report");
        assert!(near > 0.5 && far < 0.3, "near {near}, far {far}");
        assert_ne!(embed(""), embed("a"));
    }

    #[test]
    fn answers_are_marked_and_streamed_completely() {
        let prompt =
            Prompt::parse(r#"[{"role":"user","content":"one"},{"role":"user","content":"two three"}]"#).expect("valid");
        let answer = answer(&prompt);
        assert_eq!(answer["content"], "[echo] two three");
        assert_eq!(answer["usage"]["total_tokens"], 6);
        assert_eq!(chunks(&prompt), ["[echo] ", "two ", "three"]);
        let long = Prompt::parse(&json!([{"role":"user","content":"a ".repeat(5000)}]).to_string()).expect("valid");
        assert!(chunks(&long).len() <= 501, "bounded");
        assert_eq!(chunks(&long).concat(), super::answer(&long)["content"].as_str().unwrap_or_default());
    }
}
