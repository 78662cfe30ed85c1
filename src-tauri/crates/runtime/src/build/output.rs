//! What a build prints: lines of plain text, of which the newest are kept.

use std::collections::VecDeque;

use super::diagnostics::Parser;

/// Lines of one build that are kept, and their bytes.
const MAX_LINES: usize = 5_000;
const MAX_BYTES: usize = 8 << 20;
/// Bytes of one line that are kept.
const MAX_LINE: usize = 4_096;

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

/// Lines as they are asked for. Those before `first` were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// How many lines were printed in all.
    pub total: u64,
    /// Number of the oldest line that is kept, from 0.
    pub first: u64,
    /// Number of the first of `lines`.
    pub offset: u64,
    pub lines: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Output {
    lines: VecDeque<String>,
    bytes: usize,
    left_out: u64,
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// Bytes of it that are beyond what is kept.
    beyond: usize,
    /// The last byte was a carriage return: what follows writes over the line.
    returned: bool,
    /// What the lines say is wrong; it has seen those that were left out too.
    parser: Parser,
}

impl Output {
    pub(super) fn print(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.end_line();
                continue;
            }
            if std::mem::take(&mut self.returned) {
                self.line.clear();
                self.beyond = 0;
            }
            match byte {
                b'\r' => self.returned = true,
                _ if self.line.len() < MAX_LINE => self.line.push(byte),
                _ => self.beyond += 1,
            }
        }
    }

    /// Nothing more comes: what stands there without an end is a line too.
    pub(super) fn finish(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.parser.finish();
    }

    pub(super) fn parser(&self) -> &Parser {
        &self.parser
    }

    /// A line of the workbench's own.
    pub(super) fn remark(&mut self, text: &str) {
        self.finish();
        self.keep(text.to_owned());
    }

    fn end_line(&mut self) {
        let mut text = plain(&self.line);
        if self.beyond > 0 {
            // The cut may lie inside a character.
            text.truncate(text.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
            text.push_str(&format!("… ({} more bytes)", self.beyond));
        }
        self.line.clear();
        (self.beyond, self.returned) = (0, false);
        self.parser.line(self.total(), &text);
        self.keep(text);
    }

    fn keep(&mut self, text: String) {
        self.bytes += text.len();
        self.lines.push_back(text);
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.bytes -= oldest.len();
            self.left_out += 1;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.left_out + self.lines.len() as u64
    }

    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(super) fn page(&self, from: u64, limit: usize) -> Page {
        let offset = from.clamp(self.left_out, self.total());
        let skip = usize::try_from(offset - self.left_out).unwrap_or(usize::MAX);
        let lines = self.lines.iter().skip(skip).take(limit).cloned().collect();
        Page { total: self.total(), first: self.left_out, offset, lines }
    }
}

/// Text without the sequences that colour it or move a cursor.
fn plain(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != ESCAPE {
            text.push(byte);
            continue;
        }
        match rest.next() {
            // CSI: parameters, then one final byte.
            Some(b'[') => drop(rest.find(|byte| (0x40..=0x7e).contains(byte))),
            // Strings, such as titles and links, end with a bell or an escape and a backslash.
            Some(b']' | b'P' | b'X' | b'^' | b'_') => {
                if rest.find(|byte| matches!(*byte, BELL | ESCAPE)) == Some(ESCAPE) {
                    rest.next_if_eq(&b'\\');
                }
            }
            // Such as a choice of characters: intermediate bytes, then a final one.
            Some(0x20..=0x2f) => drop(rest.find(|byte| (0x30..=0x7e).contains(byte))),
            Some(_) | None => {}
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(printed: &[&[u8]]) -> Vec<String> {
        let mut output = Output::default();
        printed.iter().for_each(|bytes| output.print(bytes));
        output.finish();
        output.page(0, usize::MAX).lines
    }

    #[test]
    fn lines_come_in_any_pieces() {
        assert_eq!(lines(&[b"a\r\n\nb", b"c\n", b"d"]), ["a", "", "bc", "d"]);
        assert_eq!(lines(&[b"gr\xc3", b"\xbc\xc3\x9fe\n\xff\n"]), ["grüße", "\u{fffd}"]);
    }

    #[test]
    fn a_bar_that_is_drawn_again_and_again_is_one_line() {
        assert_eq!(lines(&[b" 10 %\r 50 %\r", b"100 %\n"]), ["100 %"]);
        assert_eq!(lines(&[b"kept\r"]), ["kept"], "nothing was written over it");
    }

    #[test]
    fn colours_titles_and_links_are_left_out() {
        assert_eq!(lines(&[b"\x1b[1;31merror\x1b[0m: x\x1b[K"]), ["error: x"]);
        assert_eq!(lines(&[b"\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b(Bb"]), ["alink b"]);
        assert_eq!(lines(&[b"cut \x1b[3"]), ["cut "]);
    }

    #[test]
    fn long_lines_are_cut_and_say_so() {
        let long = "é".repeat(MAX_LINE);
        let line = lines(&[b"x", long.as_bytes()]).remove(0);
        assert!(line.len() < MAX_LINE + 40 && line.ends_with("é… (4097 more bytes)"), "{}", &line[line.len() - 40..]);
    }

    #[test]
    fn only_the_newest_lines_are_kept_and_keep_their_numbers() {
        let mut output = Output::default();
        for number in 0..MAX_LINES + 7 {
            output.print(format!("line {number}\n").as_bytes());
        }
        let page = output.page(0, 1);
        assert_eq!((page.first, page.offset, page.total), (7, 7, MAX_LINES as u64 + 7));
        assert_eq!(page.lines, ["line 7"]);
        assert_eq!(output.page(9, 2).lines, ["line 9", "line 10"]);
        assert_eq!(output.page(u64::MAX, 2).lines, [] as [&str; 0]);
        let mut output = Output::default();
        (0..3_000).for_each(|_| output.print(&[b"x".repeat(MAX_LINE), b"\n".to_vec()].concat()));
        assert!(output.bytes <= MAX_BYTES && output.left_out() > 0, "long lines count as what they are");
    }

    proptest! {
        #[test]
        fn any_bytes_are_text(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = lines(&[&bytes]).concat();
            let acts = text.contains(['\u{1b}', '\n']);
            prop_assert!(!acts, "{:?}", text);
        }
    }
}
