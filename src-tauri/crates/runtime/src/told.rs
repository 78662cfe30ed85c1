//! Help says what the code does: each topic that lists facts is compared with them, in both directions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use help::{Block, code_rows};

use crate::definition::{DataType, ValueType, codes, labels, results};
use crate::guest;
use crate::limits::{Limits, MIB};
use crate::manifest::Manifest;
use crate::permission::{AddressClass, Capability};

fn blocks(topic: &str, section: Option<&str>) -> &'static [Block] {
    let topic = help::topic(topic).unwrap_or_else(|| panic!("no topic \"{topic}\""));
    match section {
        None => &topic.blocks,
        Some(id) => topic.section(id).unwrap_or_else(|| panic!("no section \"{id}\" in \"{}\"", topic.id)).blocks,
    }
}

/// All code spans in a column of a place's tables.
fn column(topic: &str, section: Option<&str>, column: usize) -> Vec<String> {
    code_rows(blocks(topic, section)).into_iter().flat_map(|mut row| row.swap_remove(column)).collect()
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn every_code_of_a_problem_has_its_section() {
    let topic = help::topic("problems").expect("the topic");
    let told: BTreeSet<String> =
        topic.sections().filter(|section| section.level == 3).map(|section| section.id.to_owned()).collect();
    // Each kind of refusal has its word in one place of the source.
    let refusals = include_str!("error.rs").lines().filter_map(|line| {
        let (_, word) = line.trim().strip_prefix("Self::")?.split_once("=> \"")?;
        word.strip_suffix("\",")
    });
    let findings = results::Code::ALL.into_iter().map(results::Code::name);
    let known: BTreeSet<String> = owned(codes::ALL.into_iter().chain(refusals).chain(findings));
    assert!(known.len() > codes::ALL.len() + 15, "the refusals were read: {known:?}");
    assert_eq!(told, known);
    assert!(codes::ALL.is_sorted(), "the list is sorted");
}

#[test]
fn labels_are_those_that_are_known() {
    assert_eq!(column("labels", None, 0), labels::KNOWN, "in their order");
    let text = format!("{:?}", blocks("labels", Some("aliases")));
    let spans: Vec<&str> = text.split("Code(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for label in spans {
        let known = labels::is_known(labels::canonical(label)) || labels::is_harmless(label);
        assert!(known, "\"{label}\" is told as a spelling, but is none");
    }
}

#[test]
fn pin_types_and_their_spellings_are_read() {
    let types = code_rows(blocks("pins", Some("types")));
    assert_eq!(types.len(), 10, "every data type");
    for row in types {
        let [name] = row[0].as_slice() else { panic!("one name a row: {row:?}") };
        for spelling in row[0].iter().chain(&row[2]) {
            let read = DataType::from_spelling(spelling).map(DataType::name);
            assert_eq!(read, Some(name.as_str()), "\"{spelling}\"");
        }
    }
    for name in column("pins", Some("values"), 0) {
        assert_eq!(ValueType::from_spelling(&name).map(ValueType::name), Some(name.as_str()));
    }
}

#[test]
fn host_functions_are_those_that_are_linked() {
    let mut component: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut core = BTreeMap::new();
    for row in code_rows(blocks("host-functions", None)) {
        let label = row.get(2).and_then(|cell| cell.first()).cloned();
        // The table of WASI's interfaces has two columns.
        let [components, cores, _] = row.as_slice() else { continue };
        component.extend(components.iter().map(|name| (name.clone(), label.clone())));
        core.extend(cores.iter().map(|name| (name.clone(), label.clone())));
    }
    let linked: BTreeMap<String, Option<String>> = guest::component::linked_functions()
        .filter_map(|function| {
            let interface = function.interface.strip_prefix("flow-like:node/")?.split('@').next()?.to_owned();
            Some((format!("{interface}.{}", function.name), reach(function.reach)))
        })
        .collect();
    assert_eq!(component, linked, "components");
    let linked: BTreeMap<String, Option<String>> = guest::core::linked_functions()
        .into_iter()
        .filter(|(name, needs)| name.starts_with("flowlike_") || needs.is_some() || core.contains_key(name))
        .map(|(name, capability)| (name, capability.map(|capability| capability.label().to_owned())))
        .collect();
    assert_eq!(core, linked, "core modules");
}

fn reach(reach: guest::component::Reach) -> Option<String> {
    use guest::component::Reach::{Closed, Gated, Inside, Recorded, Run};
    match reach {
        Recorded(capability) | Gated(capability) => Some(capability.label().to_owned()),
        Inside | Run | Closed => None,
    }
}

fn manifest(text: &str) -> (Manifest, Vec<String>) {
    let whole = format!("manifest_version = 1\nid = \"i\"\nname = \"n\"\nversion = \"1\"\n{text}");
    let (manifest, problems) = Manifest::parse(Path::new("flow-like.toml"), &whole).expect("TOML");
    (manifest, problems.into_iter().map(|problem| problem.message).collect())
}

#[test]
fn tiers_are_those_of_the_manifest() {
    let rows = |field: &str| -> Vec<(String, u64)> {
        let tables = blocks("manifest", Some("tiers")).iter();
        let table = tables.filter_map(|block| match block {
            Block::Table { head, rows } if help::plain(&head[0]) == field => Some(rows),
            _ => None,
        });
        let rows = table.flatten().map(|row| {
            let amount = help::plain(&row[1]).parse().expect("a number");
            (help::plain(&row[0]), amount)
        });
        rows.collect()
    };
    for (field, rows) in [("memory", rows("memory")), ("timeout", rows("timeout"))] {
        for (tier, amount) in &rows {
            let (manifest, problems) = manifest(&format!("[permissions]\n{field} = \"{tier}\"\n"));
            assert_eq!(problems, Vec::<String>::new());
            let read = if field == "memory" {
                manifest.memory.map(|bytes| bytes / MIB)
            } else {
                manifest.time.map(|time| time.as_secs())
            };
            assert_eq!(read, Some(*amount), "{field} {tier}");
        }
        let (_, problems) = manifest(&format!("[permissions]\n{field} = \"zzzzzzzzzzzzzzzz\"\n"));
        let names: Vec<&str> = rows.iter().map(|(tier, _)| tier.as_str()).collect();
        let all = format!("known are {}", names.join(", "));
        assert!(problems.iter().any(|problem| problem.contains(&all)), "no tier is left out: {problems:?}");
    }
}

#[test]
fn limits_are_the_defaults() {
    let text = format!("{:?}", blocks("limits", None));
    let limits = Limits::default();
    let definition = Limits::definition(limits.memory);
    let thousands = |number: u64| {
        let digits = number.to_string();
        let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|it| str::from_utf8(it).ok()).collect();
        groups.join(",")
    };
    for wanted in [
        format!("{} seconds of the node's own time", limits.time.as_secs()),
        format!("{} MiB for all linear memories", limits.memory / MIB),
        thousands(limits.table_elements),
        thousands(limits.resources as u64),
        format!("\"{}\"", limits.sockets),
        format!("\"{} MiB\"", limits.output / MIB),
        format!("{} s, {} MiB", definition.time.as_secs(), definition.output / MIB),
        format!("{} each", limits.tables),
    ] {
        assert!(text.contains(&wanted), "\"limits\" does not say \"{wanted}\"");
    }
    assert_eq!((limits.tables, limits.memories, limits.instances), (100, 100, 100), "\"each\" is true");
    assert_eq!(limits.time, Duration::from_secs(30));
}

#[test]
fn rules_name_every_class_and_every_kind() {
    let text = format!("{:?}", blocks("rules", None));
    for class in AddressClass::ALL {
        assert!(text.contains(&format!("@{}", class.name())), "\"rules\" does not name @{}", class.name());
    }
    for capability in Capability::ALL {
        let kind = capability.name().split("-read").next().unwrap_or_default().split("-write").next();
        assert!(text.contains(kind.unwrap_or_default()), "\"rules\" does not name {}", capability.name());
    }
}
