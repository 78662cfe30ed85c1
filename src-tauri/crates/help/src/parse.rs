//! Markdown to blocks. Topics use a small part of Markdown; anything else is reported, and a test keeps the list empty.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::document::{Block, Inline, Target, Topic, plain};

/// A topic and what its file holds that help cannot show.
pub struct Parsed {
    pub topic: Topic,
    pub odd: Vec<String>,
}

pub fn parse(id: &'static str, text: &str) -> Parsed {
    let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut reader = Reader { id, events: Parser::new_ext(text, options), odd: Vec::new() };
    let mut blocks = reader.blocks();
    let title = match blocks.first() {
        Some(Block::Heading { level: 1, text, .. }) => plain(text),
        _ => {
            reader.odd.push("the first line is not a title".into());
            id.into()
        }
    };
    blocks.drain(..usize::from(!blocks.is_empty()));
    let summary = match blocks.first() {
        Some(Block::Paragraph(text)) => plain(text),
        _ => {
            reader.odd.push("no paragraph follows the title".into());
            String::new()
        }
    };
    Parsed { topic: Topic { id, title, summary, blocks }, odd: reader.odd }
}

struct Reader<'a> {
    id: &'static str,
    events: Parser<'a>,
    odd: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Up to the end of the element that holds them.
    fn blocks(&mut self) -> Vec<Block> {
        let mut blocks = Vec::new();
        // A tight list has text without a paragraph around it.
        let mut loose = Vec::new();
        while let Some(event) = self.events.next() {
            if let Event::End(_) = event {
                break;
            }
            match event {
                Event::Start(tag) if is_block(&tag) => {
                    flush(&mut loose, &mut blocks);
                    self.block(tag, &mut blocks);
                }
                other => self.inline(other, &mut loose),
            }
        }
        flush(&mut loose, &mut blocks);
        blocks
    }

    fn block(&mut self, tag: Tag<'a>, blocks: &mut Vec<Block>) {
        match tag {
            Tag::Heading { level, id, .. } => {
                let text = self.inlines();
                let id = id.map_or_else(|| slug(&plain(&text)), |id| id.to_string());
                blocks.push(Block::Heading { level: depth(level), id, text });
            }
            Tag::Paragraph => blocks.push(Block::Paragraph(self.inlines())),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let text = plain(&self.inlines()).trim_end().to_owned();
                blocks.push(Block::Code { language, text });
            }
            Tag::List(start) => {
                let items = self.blocks_of(|tag| matches!(tag, Tag::Item));
                blocks.push(Block::List { ordered: start.is_some(), items });
            }
            Tag::Table(_) => blocks.push(self.table()),
            other => {
                self.odd.push(format!("{other:?}"));
                self.blocks();
            }
        }
    }

    fn blocks_of(&mut self, wanted: fn(&Tag) -> bool) -> Vec<Vec<Block>> {
        let mut items = Vec::new();
        while let Some(event) = self.events.next() {
            match event {
                Event::End(_) => break,
                Event::Start(tag) if wanted(&tag) => items.push(self.blocks()),
                other => self.odd.push(format!("{other:?}")),
            }
        }
        items
    }

    fn table(&mut self) -> Block {
        let (mut head, mut rows) = (Vec::new(), Vec::new());
        while let Some(event) = self.events.next() {
            match event {
                Event::Start(Tag::TableHead) => head = self.cells(),
                Event::Start(Tag::TableRow) => rows.push(self.cells()),
                Event::End(TagEnd::Table) => break,
                other => self.odd.push(format!("{other:?}")),
            }
        }
        Block::Table { head, rows }
    }

    fn cells(&mut self) -> Vec<Vec<Inline>> {
        let mut cells = Vec::new();
        while let Some(Event::Start(Tag::TableCell)) = self.events.next() {
            cells.push(self.inlines());
        }
        cells
    }

    /// Up to the end of the element that holds them.
    fn inlines(&mut self) -> Vec<Inline> {
        let mut inlines = Vec::new();
        while let Some(event) = self.events.next() {
            if let Event::End(_) = event {
                break;
            }
            self.inline(event, &mut inlines);
        }
        inlines
    }

    fn inline(&mut self, event: Event<'a>, into: &mut Vec<Inline>) {
        match event {
            Event::Text(text) => push_text(&text, into),
            Event::SoftBreak | Event::HardBreak => push_text(" ", into),
            Event::Code(text) => into.push(Inline::Code(text.to_string())),
            Event::Start(Tag::Strong) => into.push(Inline::Strong(self.inlines())),
            Event::Start(Tag::Emphasis) => into.push(Inline::Emphasis(self.inlines())),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let target = target(self.id, &dest_url);
                into.push(Inline::Link { target, text: self.inlines() });
            }
            Event::Start(other) => {
                self.odd.push(format!("{other:?}"));
                into.extend(self.inlines());
            }
            other => self.odd.push(format!("{other:?}")),
        }
    }
}

fn is_block(tag: &Tag) -> bool {
    !matches!(tag, Tag::Strong | Tag::Emphasis | Tag::Link { .. } | Tag::Image { .. } | Tag::Strikethrough)
}

fn flush(loose: &mut Vec<Inline>, blocks: &mut Vec<Block>) {
    if !loose.is_empty() {
        blocks.push(Block::Paragraph(std::mem::take(loose)));
    }
}

/// The parser cuts text into pieces; neighbours are one text.
fn push_text(text: &str, into: &mut Vec<Inline>) {
    match into.last_mut() {
        Some(Inline::Text(before)) => before.push_str(text),
        _ => into.push(Inline::Text(text.into())),
    }
}

/// Files link to each other as `rules.md#ports`, so that the links work wherever Markdown is shown.
fn target(topic: &str, address: &str) -> Target {
    if address.contains("://") || address.starts_with("mailto:") {
        return Target::Web(address.into());
    }
    let (file, section) = match address.split_once('#') {
        Some((file, section)) => (file, Some(section.to_owned())),
        None => (address, None),
    };
    let topic = if file.is_empty() { topic } else { file.strip_suffix(".md").unwrap_or(file) };
    Target::Topic { topic: topic.into(), section }
}

/// As GitHub makes them.
fn slug(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    letters.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_becomes_blocks() {
        let text = "# Rules\n\nWhat they *cover*.\n\n## By name {#name}\n\n- a `tcp:*`, see [ports](#ports)\n- b\n\n\
                    ### Ports\n\n| a | b |\n|---|---|\n| 1 | [x](load.md#drop) |\n\n```toml\nx = 1\n```\n";
        let Parsed { topic, odd } = parse("rules", text);
        assert_eq!(odd, Vec::<String>::new());
        assert_eq!((topic.title.as_str(), topic.summary.as_str()), ("Rules", "What they cover."));
        let sections: Vec<_> = topic.sections().map(|section| (section.id.to_owned(), section.blocks.len())).collect();
        assert_eq!(sections, [("name".into(), 4), ("ports".into(), 2)], "a section holds its parts");
        let links: Vec<_> = topic.links().iter().map(ToString::to_string).collect();
        assert_eq!(links, ["rules#ports", "load#drop"]);
        assert!(
            matches!(topic.blocks.last(), Some(Block::Code { language, text }) if language == "toml" && text == "x = 1")
        );
    }

    #[test]
    fn what_help_cannot_show_is_reported() {
        for text in ["# T\n\np\n\n<b>x</b>\n", "# T\n\n![p](p.png)\n", "p\n", "# T\n\n> quote\n", "# T\n\np\n\n---\n"] {
            assert_ne!(parse("t", text).odd, Vec::<String>::new(), "{text}");
        }
    }
}
