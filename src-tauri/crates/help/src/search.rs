//! Search over sections: all words have to occur; titles count more than text.

use crate::document::{Block, Inline, plain};
use crate::index::{Place, topics};

/// A place and why it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub place: Place,
    /// Text around the first word that was found.
    pub excerpt: String,
}

const EXCERPT: usize = 120;
const MOST: usize = 30;

/// The best places first; nothing for an empty search.
pub fn search(text: &str) -> Vec<Hit> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut hits: Vec<(usize, Hit)> = Vec::new();
    for topic in topics() {
        let intro = topic.blocks.iter().position(|block| matches!(block, Block::Heading { .. }));
        let whole = Place { topic, section: None };
        let first = Candidate::new(whole, &topic.title, &topic.blocks[..intro.unwrap_or(topic.blocks.len())]);
        let parts = topic.sections().map(|section| {
            let own = section.blocks.iter().position(|block| matches!(block, Block::Heading { .. }));
            let blocks = &section.blocks[..own.unwrap_or(section.blocks.len())];
            Candidate::new(Place { topic, section: Some(section.id) }, &plain(section.title), blocks)
        });
        hits.extend(std::iter::once(first).chain(parts).filter_map(|candidate| candidate.rank(&words)));
    }
    // A stable sort: equal ranks keep the order of the index.
    hits.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    hits.into_iter().map(|(_, hit)| hit).take(MOST).collect()
}

struct Candidate {
    place: Place,
    /// Lower-case, with the ids: somebody may paste a problem's code.
    topic: String,
    heading: String,
    text: String,
}

impl Candidate {
    fn new(place: Place, heading: &str, blocks: &[Block]) -> Self {
        let mut text = String::new();
        blocks.iter().for_each(|block| write_text(block, &mut text));
        let topic = format!("{} {}", place.topic.title, place.topic.id).to_lowercase();
        let heading = format!("{heading} {}", place.section.unwrap_or(place.topic.id)).to_lowercase();
        Self { place, topic, heading, text }
    }

    /// How well all words fit, or nothing where one is missing.
    fn rank(&self, words: &[String]) -> Option<(usize, Hit)> {
        let text = self.text.to_lowercase();
        let mut rank = 0;
        for word in words {
            rank += match () {
                () if self.heading.split_whitespace().any(|known| known == word) => 60,
                () if self.heading.contains(word) => 40,
                () if text.contains(word) => 10 + text.matches(word).count().min(5),
                // A section of a topic about the word is worth something only with another word in it.
                () if words.len() > 1 && self.topic.contains(word) => 20,
                () => return None,
            };
        }
        if self.place.section.is_none() {
            rank += if words.iter().any(|word| self.topic.contains(word)) { 50 } else { 1 };
        }
        Some((rank, Hit { place: self.place, excerpt: excerpt(&self.text, words) }))
    }
}

/// Letters outside ASCII keep their case, so that places in both texts are the same.
fn excerpt(text: &str, words: &[String]) -> String {
    let lower = text.to_ascii_lowercase();
    let found = words.iter().filter_map(|word| lower.find(word.as_str())).min().unwrap_or(0);
    let before = text[..found].char_indices().rev().nth(EXCERPT / 3).map_or(0, |(at, _)| at);
    let start = if before == 0 { 0 } else { text[before..found].find(' ').map_or(found, |space| before + space + 1) };
    let cut = text[start..].char_indices().nth(EXCERPT).map_or(text.len(), |(at, _)| start + at);
    let end = if cut == text.len() { cut } else { text[start..cut].rfind(' ').map_or(cut, |space| start + space) };
    let (lead, trail) = (if start == 0 { "" } else { "… " }, if cut == text.len() { "" } else { " …" });
    format!("{lead}{}{trail}", text[start..end].trim())
}

fn write_text(block: &Block, into: &mut String) {
    let mut add = |text: &[Inline]| {
        into.push_str(&plain(text));
        into.push(' ');
    };
    match block {
        Block::Heading { text, .. } | Block::Paragraph(text) => add(text),
        Block::Code { text, .. } => {
            into.push_str(&text.split_whitespace().collect::<Vec<_>>().join(" "));
            into.push(' ');
        }
        Block::List { items, .. } => items.iter().flatten().for_each(|block| write_text(block, into)),
        Block::Table { head, rows } => head.iter().chain(rows.iter().flatten()).for_each(|cell| add(cell)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        search(text).into_iter().map(|hit| hit.place.name()).collect()
    }

    #[test]
    fn a_title_comes_before_a_mention() {
        assert_eq!(found("rules").first().map(String::as_str), Some("rules"));
        assert_eq!(found("memory").first().map(String::as_str), Some("limits#memory"));
        assert!(found("--timeout").iter().any(|place| place.starts_with("limits")), "options are found");
    }

    #[test]
    fn all_words_count_and_case_does_not() {
        assert_eq!(found("EXIT Codes").first().map(String::as_str), Some("exit-codes"));
        assert_eq!(found("rules zzzz"), Vec::<String>::new());
        assert_eq!(found("  "), Vec::<String>::new());
    }

    #[test]
    fn excerpts_are_cut_at_words_of_any_length() {
        for word in ["é", "İİ", "x"] {
            let text = format!("{} {word}needle {}", "ẞİa ".repeat(80), "after ".repeat(80));
            let cut = excerpt(&text, &["needle".into()]);
            assert!(cut.contains("needle") && cut.chars().count() <= EXCERPT + 4, "{cut}");
        }
        assert_eq!(excerpt("short", &["none".into()]), "short");
    }
}
