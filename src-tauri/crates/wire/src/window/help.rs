//! Help as the window shows it: a tree of groups and topics, and the blocks of a topic.

use help::{Block, Group, Hit, Inline, Place, Target, Topic};
use serde::Serialize;
use ts_rs::TS;

#[derive(Clone, Debug, Serialize, TS)]
pub struct HelpGroup {
    pub title: String,
    pub topics: Vec<HelpEntry>,
}

/// A topic or a section, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct HelpEntry {
    pub id: String,
    pub title: String,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct HelpPage {
    pub id: String,
    pub title: String,
    /// The sections of the first level.
    pub sections: Vec<HelpEntry>,
    pub blocks: Vec<HelpBlock>,
}

#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum HelpBlock {
    Heading { level: u8, id: String, text: Vec<HelpInline> },
    Paragraph { text: Vec<HelpInline> },
    Code { text: String },
    List { ordered: bool, items: Vec<Vec<HelpBlock>> },
    Table { head: Vec<Vec<HelpInline>>, rows: Vec<Vec<Vec<HelpInline>>> },
}

#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum HelpInline {
    Text {
        text: String,
    },
    Code {
        text: String,
    },
    Strong {
        text: Vec<HelpInline>,
    },
    Emphasis {
        text: Vec<HelpInline>,
    },
    /// `to` is `topic` or `topic#section`.
    Link {
        to: String,
        text: Vec<HelpInline>,
    },
    /// An address on the web: shown, never opened.
    Web {
        address: String,
        text: Vec<HelpInline>,
    },
}

/// A place that a search found.
#[derive(Clone, Debug, Serialize, TS)]
pub struct HelpHit {
    /// `topic` or `topic#section`.
    pub to: String,
    /// The topic's title where the place is a section of it.
    pub topic: Option<String>,
    pub title: String,
    pub excerpt: String,
}

/// A page, and the section to show.
#[derive(Clone, Debug, Serialize, TS)]
pub struct HelpPlace {
    pub page: HelpPage,
    pub section: Option<String>,
}

impl From<&Group> for HelpGroup {
    fn from(group: &Group) -> Self {
        let entry = |topic: &&Topic| HelpEntry { id: topic.id.into(), title: topic.title.clone() };
        Self { title: group.title.clone(), topics: group.topics.iter().map(entry).collect() }
    }
}

impl From<Place> for HelpPlace {
    fn from(place: Place) -> Self {
        Self { page: place.topic.into(), section: place.section.map(Into::into) }
    }
}

impl From<&Topic> for HelpPage {
    fn from(topic: &Topic) -> Self {
        let sections = topic.sections().filter(|section| section.level == 2);
        Self {
            id: topic.id.into(),
            title: topic.title.clone(),
            sections: sections
                .map(|section| HelpEntry { id: section.id.into(), title: help::plain(section.title) })
                .collect(),
            blocks: blocks(&topic.blocks),
        }
    }
}

impl From<&Hit> for HelpHit {
    fn from(hit: &Hit) -> Self {
        Self {
            to: hit.place.name(),
            topic: hit.place.section.map(|_| hit.place.topic.title.clone()),
            title: hit.place.title(),
            excerpt: hit.excerpt.clone(),
        }
    }
}

fn blocks(all: &[Block]) -> Vec<HelpBlock> {
    all.iter().map(HelpBlock::from).collect()
}

fn inlines(all: &[Inline]) -> Vec<HelpInline> {
    all.iter().map(HelpInline::from).collect()
}

fn cells(row: &[Vec<Inline>]) -> Vec<Vec<HelpInline>> {
    row.iter().map(|cell| inlines(cell)).collect()
}

impl From<&Block> for HelpBlock {
    fn from(block: &Block) -> Self {
        match block {
            Block::Heading { level, id, text } => Self::Heading { level: *level, id: id.clone(), text: inlines(text) },
            Block::Paragraph(text) => Self::Paragraph { text: inlines(text) },
            Block::Code { text, .. } => Self::Code { text: text.clone() },
            Block::List { ordered, items } => {
                Self::List { ordered: *ordered, items: items.iter().map(|item| blocks(item)).collect() }
            }
            Block::Table { head, rows } => {
                Self::Table { head: cells(head), rows: rows.iter().map(|row| cells(row)).collect() }
            }
        }
    }
}

impl From<&Inline> for HelpInline {
    fn from(inline: &Inline) -> Self {
        match inline {
            Inline::Text(text) => Self::Text { text: text.clone() },
            Inline::Code(text) => Self::Code { text: text.clone() },
            Inline::Strong(text) => Self::Strong { text: inlines(text) },
            Inline::Emphasis(text) => Self::Emphasis { text: inlines(text) },
            Inline::Link { target: Target::Web(address), text } => {
                Self::Web { address: address.clone(), text: inlines(text) }
            }
            Inline::Link { target, text } => Self::Link { to: target.to_string(), text: inlines(text) },
        }
    }
}

/// Every place of help as a TypeScript union, so that a place which the window names is checked by its compiler.
pub(super) fn places() -> String {
    let names = help::topics().iter().flat_map(|topic| {
        let sections = topic.sections().map(|section| format!("{}#{}", topic.id, section.id));
        std::iter::once(topic.id.to_owned()).chain(sections)
    });
    let lines: Vec<String> = names.map(|name| format!("  | {name:?}")).collect();
    format!("type HelpTarget =\n{};", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    /// The page's templates.
    fn templates(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("the front end's sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                templates(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "svelte") {
                into.push(path);
            }
        }
    }

    /// Places in code are of the generated type; those in templates are text.
    #[test]
    fn every_place_that_a_template_names_exists() {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
        let mut files = Vec::new();
        templates(&Path::new(&package).join("../../../ui/src"), &mut files);
        let mut named = 0;
        for file in files {
            let text = std::fs::read_to_string(&file).expect("text");
            for rest in text.split("data-help=\"").skip(1) {
                let place = rest.split('"').next().unwrap_or_default();
                let found = help::find(place).is_some_and(|found| found.name() == place);
                assert!(found, "{} names \"{place}\", which is no place of help", file.display());
                named += 1;
            }
        }
        assert!(named > 3, "the templates were read");
    }
}
