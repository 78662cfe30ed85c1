//! Guest strings made fit for people: bounded, and without characters that act on a terminal or reorder a line.
//!
//! Only what is shown goes through here; identities, values and files keep the guest's exact text.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

/// Replaces every character that acts instead of showing (controls but line feed and tab, bidirectional overrides,
/// invisible format characters) by its escape, such as `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |c| c != '\n' && c != '\t' && acts(c))
}

/// As [`visible`], with line feeds and tabs escaped too: for text inside one line.
pub fn one_line(text: &str) -> Cow<'_, str> {
    escape(text, acts)
}

/// Valid JSON with every character in it that acts written as JSON's own escape, such as `\u009b`: the same value, fit
/// for a terminal. White space between tokens stays.
pub fn json(text: &str) -> Cow<'_, str> {
    let hit = |c| !matches!(c, '\n' | '\t' | '\r') && acts(c);
    escape_with(text, hit, |out, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

/// The text as a name in double quotes, cut to about 80 characters.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", name(text, 80))
}

/// A name on one line, cut to `limit` characters of the source: every character of it can be seen and stays in its
/// place. Unlike in a text, blanks that are no space, variation selectors and piles of combining marks are escaped.
pub fn name(text: &str, limit: usize) -> String {
    let (head, mark) = match text.char_indices().nth(limit) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), "…"),
        None => (text, ""),
    };
    let mut out = String::with_capacity(head.len());
    let mut marks = 0;
    let mut buffer = [0; 4];
    for letter in head.chars() {
        let shown = letter.encode_utf8(&mut buffer);
        marks = if !letter.is_ascii() && MARK.is_match(shown) { marks + 1 } else { 0 };
        let is_hidden = letter.is_ascii_control() || !letter.is_ascii() && HIDDEN.is_match(shown);
        match is_hidden || marks > MARKS {
            true => out.push_str(&escape(shown, |_| true)),
            false => out.push(letter),
        }
    }
    out.push_str(mark);
    out
}

/// More combining marks than this on one letter would paint over the lines around it.
const MARKS: usize = 4;

static MARK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\p{M}$"));

/// Controls, format characters, unassigned and private code points, every separator but the space, zero-width characters,
/// variation selectors, and the blanks that are no separators.
static HIDDEN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\x{2800}\x{fffc}&&[^ ]]$"));

#[expect(clippy::expect_used, reason = "the patterns are constants, and a test uses both")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of ours")
}

/// The text on one line, cut to `limit` characters of the source.
pub fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", one_line(text.get(..end).unwrap_or_default())),
        None => one_line(text).into_owned(),
    }
}

/// The text on one line, its middle left out where it has more than `limit` characters: for what says at its beginning
/// where it leads, and at its end what it is.
pub fn elided(text: &str, limit: usize) -> String {
    let length = text.chars().count();
    if length <= limit {
        return one_line(text).into_owned();
    }
    let tail = limit / 4;
    let head: String = text.chars().take(limit - tail).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    format!("{}…{} ({length} characters)", one_line(&head), one_line(&tail))
}

/// The text without the byte-order mark that some editors put before it.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A time as people read it: "18.9 ms", "2.50 s", "2 min 35 s".
pub fn duration(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    match ms {
        ms if ms < 99.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 9_995.0 => format!("{:.2} s", ms / 1000.0),
        ms if ms < 59_950.0 => format!("{:.1} s", ms / 1000.0),
        _ => {
            let seconds = duration.as_secs_f64().round() as u64;
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
    }
}

/// The nearest of the known words, where one is near enough to be a likely slip.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(64).flat_map(char::to_lowercase).collect();
    let reach = (word.len() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= 256)
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|(distance, _)| *distance <= reach)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Whether a character does something to the line instead of being seen on it.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn escape(text: &str, hit: impl Fn(char) -> bool) -> Cow<'_, str> {
    escape_with(text, hit, |out, c| match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    })
}

fn escape_with(text: &str, hit: impl Fn(char) -> bool, spell: impl Fn(&mut String, char)) -> Cow<'_, str> {
    let Some(first) = text.find(&hit) else {
        return Cow::Borrowed(text);
    };
    let (clean, rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(clean);
    for c in rest.chars() {
        if hit(c) { spell(&mut out, c) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// How many characters have to be added, dropped or replaced, without regard to case.
fn distance(word: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=word.len()).collect();
    for (line, c) in candidate.chars().flat_map(char::to_lowercase).enumerate() {
        let mut before = line;
        let mut left = line + 1;
        for (cell, w) in row.iter_mut().skip(1).zip(word) {
            let replaced = before + usize::from(*w != c);
            before = *cell;
            left = replaced.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(visible("héllo\n\t日本"), Cow::Borrowed(_)), "nothing acts in it");
    }

    #[test]
    fn acting_characters_are_escaped() {
        assert_eq!(visible("a\u{1b}[31mred\u{202e}x"), "a\\u{1b}[31mred\\u{202e}x");
        assert_eq!(one_line("a\r\nb\tc\u{200b}"), "a\\r\\nb\\tc\\u{200b}");
        assert_eq!(visible("\u{9b}31m"), "\\u{9b}31m", "C1 controls start sequences too");
    }

    #[test]
    fn f48_json_stays_the_same_value() {
        let text = "{\n  \"a\u{9b}31m\": \"\u{202e}\u{7f}\u{e0041}Zo\u{eb}\\n\"\n}";
        let escaped = json(text);
        assert_eq!(escaped, "{\n  \"a\\u009b31m\": \"\\u202e\\u007f\\udb40\\udc41Zo\u{eb}\\n\"\n}");
        let [left, right] = [text, &escaped].map(|text| serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
        assert_eq!(left, right);
        assert!(matches!(json("{\"a\": 1}"), Cow::Borrowed(_)), "nothing acts in it");
    }

    #[test]
    fn f49_every_character_of_a_name_is_seen() {
        for hidden in [
            '\u{3164}',
            '\u{115f}',
            '\u{1160}',
            '\u{2800}',
            '\u{034f}',
            '\u{fe0f}',
            '\u{fe00}',
            '\u{e0100}',
            '\u{e0041}',
            '\u{200d}',
            '\u{a0}',
            '\u{3000}',
            '\u{202e}',
            '\u{9b}',
            '\u{7f}',
            '\n',
            '\u{ffa0}',
            '\u{e000}',
        ] {
            let text = format!("Good{hidden}Node");
            let shown = name(&text, 80);
            assert!(!shown.contains(hidden) && shown.starts_with("Good\\"), "{:x} in {shown}", u32::from(hidden));
            assert!(!quoted(&text).contains(hidden));
        }
        for plain in ["Größe 数 naïve é ไทย हिन्दी", "a b_c-d (1/2)", "👍 ok"] {
            assert_eq!(name(plain, 80), plain);
        }
        let pile = format!("a{}", "\u{301}".repeat(30));
        assert_eq!(name(&pile, 80).matches('\u{301}').count(), MARKS, "a pile of marks is cut down");
        assert_eq!(name("abcdef", 3), "abc…");
    }

    #[test]
    fn f49_a_long_text_keeps_both_ends() {
        let url = format!("https://a.example/{}/end", "x".repeat(3000));
        let shown = elided(&url, 200);
        assert!(shown.starts_with("https://a.example/xxx") && shown.contains("xx/end (3022 characters)"), "{shown}");
        assert!(shown.chars().count() < 230);
        assert_eq!(elided("short", 200), "short");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(shortened("ééééé", 3), "ééé…");
        assert_eq!(quoted("x"), "\"x\"");
    }

    #[test]
    fn finds_slips_and_nothing_else() {
        assert_eq!(nearest("newtork:http", ["network:http", "oauth"]), Some("network:http"));
        assert_eq!(nearest("Multiplier", ["multiplier", "x"]), Some("multiplier"));
        assert_eq!(nearest("count", ["text", "flag"]), None);
        assert_eq!(nearest("ab", ["ac"]), Some("ac"));
        assert_eq!(nearest("", ["abcdef"]), None);
    }
}
