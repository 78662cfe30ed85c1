//! A topic as data: blocks of inlines. Nothing here is HTML.

use std::fmt;

/// One page of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The file's name without `.md`: lower-case words with hyphens.
    pub id: &'static str,
    pub title: String,
    /// The first paragraph, as plain text.
    pub summary: String,
    /// Everything below the title; the summary is the first block.
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// `level` is 2 for a section and 3 for a part of one; `id` is unique in its topic.
    Heading {
        level: u8,
        id: String,
        text: Vec<Inline>,
    },
    Paragraph(Vec<Inline>),
    /// Lines to be shown as they are.
    Code {
        language: String,
        text: String,
    },
    List {
        ordered: bool,
        items: Vec<Vec<Block>>,
    },
    /// Each row has as many cells as the head.
    Table {
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Code(String),
    Strong(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Link { target: Target, text: Vec<Inline> },
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Topic { topic: String, section: Option<String> },
    Web(String),
}

/// A heading and what follows up to the next heading of its level or above.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    pub id: &'a str,
    pub level: u8,
    pub title: &'a [Inline],
    /// Without the heading.
    pub blocks: &'a [Block],
}

impl fmt::Display for Target {
    /// `topic`, `topic#section` or an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic { topic, section: Some(section) } => write!(f, "{topic}#{section}"),
            Self::Topic { topic, section: None } => f.write_str(topic),
            Self::Web(address) => f.write_str(address),
        }
    }
}

impl Topic {
    pub fn sections(&self) -> impl Iterator<Item = Section<'_>> {
        self.blocks.iter().enumerate().filter_map(|(at, block)| {
            let Block::Heading { level, id, text } = block else { return None };
            let rest = &self.blocks[at + 1..];
            let ends = |block: &Block| matches!(block, Block::Heading { level: next, .. } if next <= level);
            let end = rest.iter().position(ends).unwrap_or(rest.len());
            Some(Section { id, level: *level, title: text, blocks: &rest[..end] })
        })
    }

    pub fn section(&self, id: &str) -> Option<Section<'_>> {
        self.sections().find(|section| section.id == id)
    }

    /// Every link, in order.
    pub fn links(&self) -> Vec<&Target> {
        let mut links = Vec::new();
        collect_links(&self.blocks, &mut links);
        links
    }
}

/// The targets of all links in some blocks, in order.
pub(crate) fn collect_links<'a>(blocks: &'a [Block], into: &mut Vec<&'a Target>) {
    for block in blocks {
        match block {
            Block::Heading { text, .. } | Block::Paragraph(text) => links_of(text, into),
            Block::Code { .. } => {}
            Block::List { items, .. } => items.iter().for_each(|item| collect_links(item, into)),
            Block::Table { head, rows } => {
                head.iter().chain(rows.iter().flatten()).for_each(|cell| links_of(cell, into));
            }
        }
    }
}

fn links_of<'a>(text: &'a [Inline], into: &mut Vec<&'a Target>) {
    for inline in text {
        match inline {
            Inline::Text(_) | Inline::Code(_) => {}
            Inline::Strong(text) | Inline::Emphasis(text) => links_of(text, into),
            Inline::Link { target, .. } => into.push(target),
        }
    }
}

/// The text without its marks.
pub fn plain(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Strong(text) | Inline::Emphasis(text) | Inline::Link { text, .. } => plain(text),
        })
        .collect()
}

/// The code spans of each cell of each row of the tables in some blocks: the facts that tests compare with the code.
pub fn code_rows(blocks: &[Block]) -> Vec<Vec<Vec<String>>> {
    let rows = blocks.iter().filter_map(|block| if let Block::Table { rows, .. } = block { Some(rows) } else { None });
    rows.flatten().map(|row| row.iter().map(|cell| codes(cell)).collect()).collect()
}

fn codes(text: &[Inline]) -> Vec<String> {
    text.iter()
        .flat_map(|inline| match inline {
            Inline::Text(_) => Vec::new(),
            Inline::Code(code) => vec![code.clone()],
            Inline::Strong(text) | Inline::Emphasis(text) | Inline::Link { text, .. } => codes(text),
        })
        .collect()
}
