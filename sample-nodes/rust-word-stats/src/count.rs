//! The counting, free of the SDK.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

/// What a text is made of.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Stats {
    /// Lines, with the last one even if nothing ends it.
    pub lines: usize,
    /// Words in all.
    pub words: usize,
    /// Words that differ from each other.
    pub different: usize,
    /// Characters, white space included.
    pub characters: usize,
    /// The longest word; of several, the first.
    pub longest: String,
    /// The most frequent words, most frequent first, ties in alphabetical order.
    pub top: Vec<Frequent>,
}

/// A word and how often it is there.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Frequent {
    pub word: String,
    pub count: usize,
}

/// Counts line by line; `after_line` gets the number of the line and of its words.
pub fn count(text: &str, ignore_case: bool, top: usize, mut after_line: impl FnMut(usize, usize)) -> Stats {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let (mut lines, mut words, mut longest) = (0, 0, String::new());
    for line in text.lines() {
        lines += 1;
        let mut in_line = 0;
        for word in
            line.split(|letter: char| !letter.is_alphanumeric() && letter != '\'').filter(|word| !word.is_empty())
        {
            in_line += 1;
            if word.chars().count() > longest.chars().count() {
                longest = word.to_owned();
            }
            let word = if ignore_case { word.to_lowercase() } else { word.to_owned() };
            *counts.entry(word).or_default() += 1;
        }
        words += in_line;
        after_line(lines, in_line);
    }
    let different = counts.len();
    let mut frequent: Vec<Frequent> = counts.into_iter().map(|(word, count)| Frequent { word, count }).collect();
    frequent.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.word.cmp(&b.word)));
    frequent.truncate(top);
    Stats { lines, words, different, characters: text.chars().count(), longest, top: frequent }
}
