//! All topics, and finding one by what somebody typed.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use crate::document::{Block, Target, Topic, plain};
use crate::parse::{self, Parsed};

static FILES: Dir = include_dir!("$CARGO_MANIFEST_DIR/topics");
static ALL: LazyLock<All> = LazyLock::new(load);

/// Topics that belong together, in their order.
#[derive(Clone, Debug)]
pub struct Group {
    pub title: String,
    pub topics: Vec<&'static Topic>,
}

/// A topic, or a section of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub topic: &'static Topic,
    pub section: Option<&'static str>,
}

struct All {
    /// In the order of the index, then whatever the index leaves out.
    topics: Vec<Topic>,
    /// Titles, and the ids that the index names under each.
    groups: Vec<(String, Vec<String>)>,
}

fn load() -> All {
    let mut odd = Vec::new();
    let mut groups = Vec::new();
    let mut topics = Vec::new();
    for file in FILES.files() {
        let id = file.path().file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let parsed: Parsed = parse::parse(id, file.contents_utf8().unwrap_or_default());
        odd.extend(parsed.odd.into_iter().map(|what| format!("{id}: {what}")));
        if id == "index" {
            groups = groups_of(&parsed.topic);
        } else {
            topics.push(parsed.topic);
        }
    }
    let listed: Vec<&String> = groups.iter().flat_map(|(_, ids)| ids).collect();
    let place = |topic: &Topic| listed.iter().position(|id| *id == topic.id);
    odd.extend(topics.iter().filter(|t| place(t).is_none()).map(|t| format!("{}: not in the index", t.id)));
    topics.sort_by_key(|topic| place(topic).unwrap_or(usize::MAX));
    debug_assert!(odd.is_empty(), "help cannot show these: {odd:?}");
    All { topics, groups }
}

/// Each section of the index is a list of links.
fn groups_of(index: &Topic) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for block in &index.blocks {
        if let Block::Heading { text, .. } = block {
            groups.push((plain(text), Vec::new()));
        }
        let mut links = Vec::new();
        crate::document::collect_links(std::slice::from_ref(block), &mut links);
        let Some((_, ids)) = groups.last_mut() else { continue };
        ids.extend(links.into_iter().filter_map(|target| match target {
            Target::Topic { topic, .. } => Some(topic.clone()),
            Target::Web(_) => None,
        }));
    }
    groups
}

pub fn topics() -> &'static [Topic] {
    &ALL.topics
}

pub fn topic(id: &str) -> Option<&'static Topic> {
    topics().iter().find(|topic| topic.id == id)
}

pub fn groups() -> Vec<Group> {
    let group = |(title, ids): &(String, Vec<String>)| Group {
        title: title.clone(),
        topics: ids.iter().filter_map(|id| topic(id)).collect(),
    };
    ALL.groups.iter().map(group).collect()
}

impl Place {
    pub fn title(self) -> String {
        match self.section.and_then(|id| self.topic.section(id)) {
            Some(section) => plain(section.title),
            None => self.topic.title.clone(),
        }
    }

    /// `topic` or `topic#section`.
    pub fn name(self) -> String {
        self.target().to_string()
    }

    pub fn target(self) -> Target {
        Target::Topic { topic: self.topic.id.into(), section: self.section.map(Into::into) }
    }
}

/// A topic's id, `topic#section`, a section's id (such as the code of a problem), or a title; case does not matter.
pub fn find(text: &str) -> Option<Place> {
    let text = text.trim().to_lowercase();
    let (first, section) =
        text.split_once('#').map_or((text.as_str(), None), |(topic, section)| (topic, Some(section)));
    if let Some(topic) = topic(first) {
        let Some(section) = section.filter(|section| !section.is_empty()) else {
            return Some(Place { topic, section: None });
        };
        return topic.section(section).map(|section| Place { topic, section: Some(section.id) });
    }
    let id = text.replace(' ', "-");
    places().find(|place| match place.section {
        Some(section) => section == id || section == text,
        None => place.topic.id == id || place.topic.title.to_lowercase() == text,
    })
}

/// What somebody may have meant: the nearest topic or section.
pub fn nearest<'a>(text: &str, others: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const NEAR: f64 = 0.6;
    let text = text.trim().to_lowercase();
    let known = places().map(|place| place.section.unwrap_or(place.topic.id).to_owned());
    known
        .chain(others.into_iter().map(str::to_owned))
        .map(|name| (strsim::normalized_damerau_levenshtein(&text, &name), name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// Topics first, then their sections.
fn places() -> impl Iterator<Item = Place> {
    let whole = topics().iter().map(|topic| Place { topic, section: None });
    let parts = topics().iter().flat_map(|topic| {
        topic.sections().map(move |section| Place { topic, section: Some(section.id) }).collect::<Vec<_>>()
    });
    whole.chain(parts)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_index_names_each_topic_once() {
        let listed: Vec<&String> = ALL.groups.iter().flat_map(|(_, ids)| ids).collect();
        let known: HashSet<&str> = topics().iter().map(|topic| topic.id).collect();
        assert_eq!(listed.len(), known.len(), "{listed:?}");
        assert!(listed.iter().all(|id| known.contains(id.as_str())), "{listed:?} against {known:?}");
    }

    #[test]
    fn section_ids_are_unique_in_their_topic_and_levels_do_not_jump() {
        for topic in topics() {
            let mut seen = HashSet::new();
            let mut level = 1;
            for section in topic.sections() {
                assert!(seen.insert(section.id), "{}#{} is there twice", topic.id, section.id);
                assert!(section.level <= level + 1 && section.level > 1, "{}#{} jumps a level", topic.id, section.id);
                level = section.level;
            }
        }
    }

    #[test]
    fn every_link_leads_somewhere() {
        for topic in topics() {
            for link in topic.links() {
                let known = match link {
                    Target::Web(address) => address.starts_with("https://"),
                    Target::Topic { topic: id, section } => super::topic(id)
                        .is_some_and(|topic| section.as_ref().is_none_or(|section| topic.section(section).is_some())),
                };
                assert!(known, "{} links to {link}, which does not exist", topic.id);
            }
        }
    }

    #[test]
    fn the_readme_links_to_topics_that_exist() {
        let readme = include_str!("../../../../README.md");
        let links: Vec<&str> =
            readme.split("crates/help/topics/").skip(1).filter_map(|it| it.split(')').next()).collect();
        assert!(links.len() > 3, "the links were read");
        for link in links {
            let place = link.replacen(".md", "", 1);
            assert!(place == "index" || find(&place).is_some(), "the README links to {link}");
        }
    }

    #[test]
    fn the_readme_lists_the_same_events() {
        let spans = |line: &str| line.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let table = |text: &str| -> Vec<Vec<String>> {
            let (_, rest) = text.split_once("| event | members |\n|---|---|\n").expect("the table of events");
            rest.lines().take_while(|line| line.starts_with('|')).map(spans).collect()
        };
        let told = table(include_str!("../topics/json.md"));
        assert_eq!(told, table(include_str!("../../../../README.md")));
        assert!(told.len() > 8, "the tables were read: {told:?}");
    }

    #[test]
    fn places_are_found_by_id_section_and_title() {
        assert_eq!(find("rules").map(Place::name).as_deref(), Some("rules"));
        assert_eq!(find(" Rules ").map(Place::name).as_deref(), Some("rules"));
        assert_eq!(find("limits#memory").map(Place::name).as_deref(), Some("limits#memory"));
        assert_eq!(find("exit codes").map(Place::name).as_deref(), Some("exit-codes"));
        assert_eq!(find("rules#no-such-section"), None);
        assert_eq!(find("nothing like this"), None);
        assert_eq!(nearest("ruels", []).as_deref(), Some("rules"));
        assert_eq!(nearest("inspekt", ["inspect"]).as_deref(), Some("inspect"));
        assert_eq!(nearest("zzzz", []), None);
    }
}
