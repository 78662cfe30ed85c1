//! Topics as man pages of section 7.

use roff::{Inline as Run, Roff, bold, italic, roman};

use crate::document::{Block, Inline, Target, Topic, collect_links, plain};

/// `nodewb-TOPIC(7)` as roff; `version` is shown at the foot of the page.
pub fn man_page(topic: &Topic, version: &str) -> String {
    let name = format!("nodewb-{}", topic.id);
    let mut page = Roff::new();
    page.control("TH", [name.to_uppercase().as_str(), "7", " ", &format!("nodewb {version}"), "Node Workbench"]);
    page.control("SH", ["NAME"]);
    page.text([roman(format!("{name} - {}", topic.title))]);
    page.control("SH", ["DESCRIPTION"]);
    topic.blocks.iter().for_each(|block| write(&mut page, block));
    see_also(&mut page, topic);
    page.to_roff()
}

fn write(page: &mut Roff, block: &Block) {
    match block {
        Block::Heading { level: 2, text, .. } => {
            page.control("SH", [plain(text).to_uppercase().as_str()]);
        }
        Block::Heading { text, .. } => {
            page.control("SS", [plain(text).as_str()]);
        }
        Block::Paragraph(text) => {
            page.control("PP", []);
            page.text(runs(text));
        }
        Block::Code { text, .. } => {
            page.control("PP", []).control("RS", ["4"]).control("nf", []);
            text.lines().for_each(|line| {
                page.text([roman(line)]);
            });
            page.control("fi", []).control("RE", []);
        }
        Block::List { ordered, items } => {
            for (number, item) in items.iter().enumerate() {
                let sign = if *ordered { format!("{}.", number + 1) } else { "\u{2022}".into() };
                page.control("IP", [sign.as_str(), "3"]);
                for (position, block) in item.iter().enumerate() {
                    match block {
                        Block::Paragraph(text) if position == 0 => {
                            page.text(runs(text));
                        }
                        other => {
                            page.control("RS", ["3"]);
                            write(page, other);
                            page.control("RE", []);
                        }
                    }
                }
            }
        }
        Block::Table { head, rows } => rows.iter().for_each(|row| table_row(page, head, row)),
    }
}

/// The first cell as a term, the others below it; with more than one of those each has the name of its column.
fn table_row(page: &mut Roff, head: &[Vec<Inline>], row: &[Vec<Inline>]) {
    let Some((term, cells)) = row.split_first() else { return };
    page.control("TP", []);
    page.text(
        runs(term).into_iter().map(|run| if let Run::Roman(text) = run { bold(text) } else { run }).collect::<Vec<_>>(),
    );
    let filled: Vec<_> = cells.iter().zip(head.iter().skip(1)).filter(|(cell, _)| !cell.is_empty()).collect();
    if filled.is_empty() {
        page.text([roman(" ")]);
    }
    for (position, (cell, name)) in filled.iter().enumerate() {
        if position > 0 {
            page.control("br", []);
        }
        let mut text = Vec::new();
        if cells.len() > 1 {
            text.push(roman(format!("{}: ", plain(name))));
        }
        text.extend(runs(cell));
        page.text(text);
    }
}

fn see_also(page: &mut Roff, topic: &Topic) {
    let mut links = Vec::new();
    collect_links(&topic.blocks, &mut links);
    let mut names = vec!["nodewb(1)".to_owned()];
    for link in links {
        let Target::Topic { topic: id, .. } = link else { continue };
        let name = format!("nodewb-{id}(7)");
        if id != topic.id && !names.contains(&name) {
            names.push(name);
        }
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([roman(names.join(", "))]);
}

fn runs(text: &[Inline]) -> Vec<Run> {
    text.iter()
        .flat_map(|inline| match inline {
            Inline::Text(text) => vec![roman(text.as_str())],
            Inline::Code(text) => vec![bold(text.as_str())],
            Inline::Strong(text) => vec![bold(plain(text))],
            Inline::Emphasis(text) => vec![italic(plain(text))],
            Inline::Link { target: Target::Web(address), text } => vec![roman(format!("{} <{address}>", plain(text)))],
            Inline::Link { text, .. } => runs(text),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;
    use crate::topics;

    #[test]
    fn a_topic_becomes_a_page() {
        let text = "# A title\n\nText with `--code` and .a dot.\n\n## Sec\n\n| k | v |\n|---|---|\n| a | b |\n\n\
                    ```\n.x = 'y'\n```\n\n- one, [rules](rules.md#ports)\n";
        let page = man_page(&parse("t", text).topic, "1.2.3");
        assert!(page.contains(".TH NODEWB-T 7"), "{page}");
        assert!(page.contains("\\fB\\-\\-code\\fR"), "{page}");
        assert!(page.contains(".SH SEC") && page.contains(".TP\n\\fBa\\fR\nb"), "{page}");
        assert!(
            !page.lines().any(|line| line.starts_with(".x") || line.starts_with("'")),
            "a text is not a request: {page}"
        );
        assert!(page.contains("nodewb\\-rules(7)"), "{page}");
    }

    #[test]
    fn pages_refer_only_to_pages_that_exist() {
        for topic in topics() {
            let page = man_page(topic, "0").replace("\\-", "-");
            for (at, _) in page.match_indices("(7)") {
                let name = page[..at].rsplit("nodewb-").next().unwrap_or_default();
                assert!(crate::topic(name).is_some(), "nodewb-{}(7) names nodewb-{name}(7)", topic.id);
            }
        }
    }
}
