//! The four places that name the commands say the same.

use std::collections::BTreeSet;

const API: &str = include_str!("../../../ui/src/lib/ipc/api.ts");
const BUILD: &str = include_str!("../../build.rs");
const CAPABILITY: &str = include_str!("../../capabilities/main.json");
const HANDLER: &str = include_str!("../lib.rs");

/// The methods of the interface, in the spelling of commands.
fn of_the_page() -> BTreeSet<String> {
    let interface = API.split_once("export interface Api {").expect("the interface").1;
    let method = |line: &str| Some(line.strip_prefix("  ")?.split_once('(')?.0.to_owned());
    let is_name = |name: &String| !name.is_empty() && name.chars().all(char::is_alphanumeric);
    let snake = |name: String| {
        name.chars().fold(String::new(), |mut snake, c| {
            if c.is_uppercase() {
                snake.push('_');
            }
            snake.extend(c.to_lowercase());
            snake
        })
    };
    interface.lines().filter_map(method).filter(is_name).map(snake).collect()
}

fn quoted(text: &str) -> BTreeSet<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_command_is_listed_handled_and_allowed() {
    let page = of_the_page();
    assert!(page.contains("start_run") && page.len() > 40, "the interface was read: {page:?}");

    let listed = BUILD.split_once("const COMMANDS").and_then(|(_, rest)| rest.split_once("];")).expect("a list").0;
    assert_eq!(quoted(listed), page, "build.rs gives each command a permission");

    let handler = HANDLER.split_once("generate_handler![").and_then(|(_, rest)| rest.split_once(']')).expect("it").0;
    let handled = handler.split(',').filter_map(|path| Some(path.trim().rsplit_once("::")?.1.to_owned()));
    assert_eq!(handled.collect::<BTreeSet<_>>(), page, "lib.rs handles each command");

    let allowed: serde_json::Value = serde_json::from_str(CAPABILITY).expect("JSON");
    let allowed = allowed["permissions"].as_array().expect("a list").iter().filter_map(|name| name.as_str());
    let allowed = allowed.filter_map(|name| name.strip_prefix("allow-")).map(|name| name.replace('-', "_"));
    assert_eq!(allowed.collect::<BTreeSet<_>>(), page, "the capability allows each command, and nothing else");
}
