//! Topics as text for a terminal: wrapped to its width, with bold and underline where it can show them.

use textwrap::core::Fragment;
use textwrap::wrap_algorithms::wrap_first_fit;
use unicode_width::UnicodeWidthStr as _;

use crate::document::{Block, Inline, Section, Target, Topic, collect_links};
use crate::index::groups;
use crate::search::Hit;

/// How text may look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns; text that cannot be broken may be wider.
    pub width: usize,
    /// Bold and underline; off for a pipe.
    pub marks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Plain,
    Bold,
    Underlined,
}

/// What may not be broken, and whether a space follows.
#[derive(Debug)]
struct Word {
    parts: Vec<(String, Mark)>,
    space: bool,
}

impl Fragment for Word {
    fn width(&self) -> f64 {
        self.columns() as f64
    }

    fn whitespace_width(&self) -> f64 {
        if self.space { 1.0 } else { 0.0 }
    }

    fn penalty_width(&self) -> f64 {
        0.0
    }
}

impl Word {
    fn columns(&self) -> usize {
        self.parts.iter().map(|(text, _)| text.width()).sum()
    }
}

pub fn render(topic: &Topic, look: Look) -> String {
    let mut page = Page::new(look);
    page.heading(&topic.title);
    page.blocks(&topic.blocks, 0);
    page.see_also(topic.id, &topic.blocks);
    page.text
}

/// One section of a topic.
pub fn render_section(topic: &Topic, section: Section<'_>, look: Look) -> String {
    let mut page = Page::new(look);
    page.heading(&format!("{}: {}", topic.title, crate::document::plain(section.title)));
    page.blocks(section.blocks, 0);
    page.see_also(topic.id, section.blocks);
    page.text
}

/// All topics by group, and how to go on.
pub fn render_index(look: Look) -> String {
    let mut page = Page::new(look);
    let widest = groups().iter().flat_map(|group| &group.topics).map(|topic| topic.id.len()).max().unwrap_or(0);
    for group in groups() {
        page.gap();
        page.heading(&group.title);
        for topic in group.topics {
            page.pair(topic.id, &topic.title, widest);
        }
    }
    page.gap();
    let hint = "nodewb help TOPIC shows a topic, nodewb help COMMAND the options of a command, and nodewb help --search \
                WORDS finds words in all topics. nodewb --help lists the commands.";
    page.paragraph(&[Inline::Text(hint.into())], 0);
    page.text
}

/// What a search found: each place with its title and some text around the words.
pub fn render_hits(hits: &[Hit], look: Look) -> String {
    let mut page = Page::new(look);
    for hit in hits {
        page.gap();
        let place = hit.place;
        let title =
            if place.section.is_some() { format!("{}: {}", place.topic.title, place.title()) } else { place.title() };
        page.line(&[(place.name(), Mark::Bold), (format!("  {title}"), Mark::Plain)]);
        page.paragraph(&[Inline::Text(hit.excerpt.clone())], 4);
    }
    page.text
}

struct Page {
    look: Look,
    text: String,
}

impl Page {
    fn new(look: Look) -> Self {
        Self { look, text: String::new() }
    }

    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn heading(&mut self, title: &str) {
        self.line(&[(title.to_owned(), Mark::Bold)]);
    }

    fn line(&mut self, parts: &[(String, Mark)]) {
        let words = words_of(parts.to_vec());
        self.wrapped(&words, 0, 0);
    }

    fn blocks(&mut self, blocks: &[Block], indent: usize) {
        for block in blocks {
            self.gap();
            self.block(block, indent);
        }
    }

    fn block(&mut self, block: &Block, indent: usize) {
        match block {
            Block::Heading { text, .. } => {
                let parts = parts_of(text, Mark::Bold).into_iter().map(|(text, _)| (text, Mark::Bold)).collect();
                self.wrapped(&words_of(parts), indent, indent);
            }
            Block::Paragraph(text) => self.paragraph(text, indent),
            Block::Code { text, .. } => {
                for line in text.lines() {
                    self.text.push_str(format!("{}{line}", " ".repeat(indent + 2)).trim_end());
                    self.text.push('\n');
                }
            }
            Block::List { ordered, items } => self.list(*ordered, items, indent),
            Block::Table { head, rows } => self.table(head, rows, indent),
        }
    }

    fn paragraph(&mut self, text: &[Inline], indent: usize) {
        self.wrapped(&words_of(parts_of(text, Mark::Plain)), indent, indent);
    }

    fn list(&mut self, ordered: bool, items: &[Vec<Block>], indent: usize) {
        for (number, item) in items.iter().enumerate() {
            let sign = if ordered { format!("{}. ", number + 1) } else { "- ".into() };
            let inner = indent + sign.len();
            let start = self.text.len();
            for (position, block) in item.iter().enumerate() {
                if position > 0 && !matches!(block, Block::List { .. }) {
                    self.gap();
                }
                self.block(block, inner);
            }
            // The sign takes the place of the first line's indent.
            let end = (start + inner).min(self.text.len());
            self.text.replace_range(start..end, &format!("{}{sign}", " ".repeat(indent)));
        }
    }

    /// In columns where their words have room, else each row as a small block.
    fn table(&mut self, head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], indent: usize) {
        let all: Vec<Vec<Vec<Word>>> = std::iter::once((head, Mark::Bold))
            .chain(rows.iter().map(|row| (row.as_slice(), Mark::Plain)))
            .map(|(row, mark)| row.iter().map(|cell| words_of(parts_of(cell, mark))).collect())
            .collect();
        if let Some(widths) = fitting(&all, self.look.width.saturating_sub(indent)) {
            all.iter().for_each(|row| self.table_row(row, &widths, indent));
            return;
        }
        for (number, row) in all.iter().skip(1).enumerate() {
            if number > 0 {
                self.gap();
            }
            for (position, cell) in row.iter().enumerate() {
                let inner = if position == 0 { indent } else { indent + 4 };
                self.wrapped(cell, inner, inner);
            }
        }
    }

    fn table_row(&mut self, row: &[Vec<Word>], widths: &[usize], indent: usize) {
        let cells: Vec<Vec<&[Word]>> =
            row.iter().zip(widths).map(|(cell, width)| wrap_first_fit(cell, &[*width as f64])).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for number in 0..height {
            let start = self.text.len();
            self.text.push_str(&" ".repeat(indent));
            for (cell, width) in cells.iter().zip(widths) {
                let line: &[Word] = cell.get(number).copied().unwrap_or_default();
                self.write_words(line);
                self.text.push_str(&" ".repeat((width + GAP).saturating_sub(columns(line))));
            }
            self.text.truncate(start + self.text[start..].trim_end().len());
            self.text.push('\n');
        }
    }

    fn pair(&mut self, name: &str, text: &str, widest: usize) {
        let mut parts = vec![(format!("  {name}"), Mark::Bold)];
        parts.push((" ".repeat(widest - name.len() + 2), Mark::Plain));
        let start = format!("  {name}{}", " ".repeat(widest - name.len() + 2));
        let at = self.text.len();
        self.wrapped(&words_of(vec![(text.to_owned(), Mark::Plain)]), widest + 4, widest + 4);
        let end = (at + start.len()).min(self.text.len());
        let lead: String = parts.into_iter().map(|(text, mark)| self.marked(&text, mark)).collect();
        self.text.replace_range(at..end, &lead);
    }

    fn see_also(&mut self, own: &str, blocks: &[Block]) {
        let mut links = Vec::new();
        collect_links(blocks, &mut links);
        let mut names: Vec<String> = Vec::new();
        for link in links {
            let Target::Topic { topic, .. } = link else { continue };
            if topic != own && !names.contains(&link.to_string()) {
                names.push(link.to_string());
            }
        }
        if names.is_empty() {
            return;
        }
        self.gap();
        let list = names.into_iter().map(|name| format!("nodewb help {name}")).collect::<Vec<_>>().join(", ");
        self.line(&[("See also: ".into(), Mark::Bold), (list, Mark::Plain)]);
    }

    fn wrapped(&mut self, words: &[Word], first: usize, rest: usize) {
        let width = |indent: usize| self.look.width.saturating_sub(indent).max(10) as f64;
        let lines = wrap_first_fit(words, &[width(first), width(rest)]);
        for (number, line) in lines.into_iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            self.text.push_str(&" ".repeat(if number == 0 { first } else { rest }));
            self.write_words(line);
            self.text.push('\n');
        }
    }

    fn write_words(&mut self, words: &[Word]) {
        for (position, word) in words.iter().enumerate() {
            for (text, mark) in &word.parts {
                let marked = self.marked(text, *mark);
                self.text.push_str(&marked);
            }
            if word.space && position + 1 < words.len() {
                self.text.push(' ');
            }
        }
    }

    fn marked(&self, text: &str, mark: Mark) -> String {
        let code = match mark {
            Mark::Bold if self.look.marks => "1",
            Mark::Underlined if self.look.marks => "4",
            _ => return text.to_owned(),
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Between two columns of a table.
const GAP: usize = 2;

/// Widths of a table's columns: the widest give way first, and none gets narrower than its longest word.
fn fitting(rows: &[Vec<Vec<Word>>], room: usize) -> Option<Vec<usize>> {
    /// A column of text that is narrower is hard to read.
    const LEAST: usize = 20;
    let count = rows.first()?.len();
    let of = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let mut widths: Vec<usize> = (0..count).map(|it| of(it).map(|cell| columns(cell)).max().unwrap_or(0)).collect();
    let longest = |column: usize| of(column).flatten().map(Word::columns).max().unwrap_or(0);
    let least: Vec<usize> = widths.iter().enumerate().map(|(it, width)| longest(it).max(LEAST.min(*width))).collect();
    while widths.iter().sum::<usize>() + GAP * (count - 1) > room {
        let widest = (0..count).filter(|it| widths[*it] > least[*it]).max_by_key(|it| widths[*it])?;
        widths[widest] -= 1;
    }
    Some(widths)
}

/// The width of a cell on one line.
fn columns(words: &[Word]) -> usize {
    let spaces = words.iter().rev().skip(1).filter(|word| word.space).count();
    words.iter().map(Word::columns).sum::<usize>() + spaces
}

fn parts_of(text: &[Inline], mark: Mark) -> Vec<(String, Mark)> {
    text.iter()
        .flat_map(|inline| match inline {
            Inline::Text(text) => vec![(text.clone(), mark)],
            Inline::Code(text) => vec![(text.clone(), Mark::Bold)],
            Inline::Strong(text) => parts_of(text, Mark::Bold),
            Inline::Emphasis(text) | Inline::Link { text, .. } => parts_of(text, Mark::Underlined),
        })
        .collect()
}

/// Breaks at blanks only: two parts without a blank between them are one word.
fn words_of(parts: Vec<(String, Mark)>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for (text, mark) in parts {
        for piece in text.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end();
            if !word.is_empty() {
                if !open {
                    words.push(Word { parts: Vec::new(), space: false });
                }
                if let Some(last) = words.last_mut() {
                    last.parts.push((word.to_owned(), mark));
                }
                open = true;
            }
            if word.len() < piece.len() {
                open = false;
                if let Some(last) = words.last_mut() {
                    last.space = true;
                }
            }
        }
    }
    if let Some(last) = words.last_mut() {
        last.space = false;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;
    use crate::{search, topics};

    const PLAIN: Look = Look { width: 40, marks: false };

    #[test]
    fn a_page_is_wrapped() {
        let topic = parse(
            "t",
            "# Title\n\nOne two three four five six seven eight nine `ten`, see [rules](rules.md).\n\n- first item that is \
             longer than forty columns are\n- second\n\n| a | what |\n|---|---|\n| `x` | short |\n\n```\nas it is\n```\n",
        )
        .topic;
        assert_eq!(
            render(&topic, PLAIN),
            "Title\n\nOne two three four five six seven eight\nnine ten, see rules.\n\n- first item that is longer than \
             forty\n  columns are\n- second\n\na  what\nx  short\n\n  as it is\n\nSee also: nodewb help rules\n"
        );
        let marked = render(&topic, Look { width: 40, marks: true });
        assert!(marked.contains("\u{1b}[1mten\u{1b}[0m,") && marked.contains("\u{1b}[4mrules\u{1b}[0m."), "{marked}");
    }

    #[test]
    fn every_topic_that_a_page_names_is_found() {
        for topic in topics() {
            let page = render(topic, Look { width: 1000, marks: false });
            let (_, named) = page.rsplit_once("\nSee also: ").unwrap_or_default();
            for name in named.trim().split(", ").filter(|name| !name.is_empty()) {
                let place = name.strip_prefix("nodewb help ").and_then(crate::find);
                assert!(place.is_some(), "{} names \"{name}\"", topic.id);
            }
        }
    }

    #[test]
    fn every_topic_fits_where_its_words_do() {
        for width in [40, 80, 100] {
            let look = Look { width, marks: false };
            let hits = search("node");
            let pages = topics().iter().map(|topic| render(topic, look));
            for page in pages.chain([render_index(look), render_hits(&hits, look)]) {
                for line in page.lines() {
                    let one_word = !line.trim().trim_start_matches("- ").contains(' ');
                    let code = line.starts_with("  ");
                    assert!(line.width() <= width || one_word || code, "wider than {width}: {line}");
                    assert_eq!(line.trim_end(), line, "no blanks at the end: {line:?}");
                }
                assert!(!page.contains('\u{1b}'), "no marks were asked for");
            }
        }
    }
}
