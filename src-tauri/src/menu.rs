//! The native menu. Its words are those of the page's commands, from one file that both read; what is chosen is told to
//! the page. The page handles its keys itself, so only what it does not handle has an accelerator here: with two, a key
//! would act twice.

use std::collections::HashMap;

use serde::Deserialize;
use tauri::menu::{Menu, MenuBuilder, MenuItem, MenuItemBuilder, SubmenuBuilder};
use tauri::{AppHandle, Manager as _, Runtime};

/// The one item that the program does itself.
pub const QUIT: &str = "quit";
const WORDS: &str = include_str!("../../ui/src/lib/commands.json");

#[derive(Deserialize)]
struct Words {
    menus: Vec<Titled>,
    commands: HashMap<String, Command>,
}

#[derive(Deserialize)]
struct Titled {
    title: String,
    /// Ids of commands; an empty one is a separator.
    items: Vec<String>,
}

#[derive(Deserialize)]
struct Command {
    title: String,
}

/// The items by their ids, to be enabled and disabled.
struct Items<R: Runtime>(HashMap<String, MenuItem<R>>);

fn words() -> Words {
    serde_json::from_str(WORDS).expect("the list of commands is JSON: a test reads it")
}

pub fn build<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<Menu<R>> {
    let Words { menus, commands } = words();
    let mut items = HashMap::new();
    let mut menu = MenuBuilder::new(app);
    for titled in menus {
        let mut submenu = SubmenuBuilder::new(app, &titled.title);
        for id in titled.items {
            let Some(command) = commands.get(&id) else {
                submenu = submenu.separator();
                continue;
            };
            let mut item = MenuItemBuilder::with_id(&id, &command.title);
            if id == QUIT {
                item = item.accelerator("CmdOrCtrl+Q");
            }
            let item = item.build(app)?;
            submenu = submenu.item(&item);
            items.insert(id, item);
        }
        menu = menu.item(&submenu.build()?);
    }
    app.manage(Items(items));
    menu.build()
}

/// Greys out what can't be done now, and nothing else.
pub fn disable<R: Runtime>(app: &AppHandle<R>, disabled: &[String]) -> tauri::Result<()> {
    let Some(items) = app.try_state::<Items<R>>() else { return Ok(()) };
    items.0.iter().try_for_each(|(id, item)| item.set_enabled(!disabled.contains(id)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_item_is_a_command_with_a_letter_of_its_own() {
        let Words { menus, commands } = words();
        for menu in menus {
            let mut letters = Vec::new();
            for id in menu.items.iter().filter(|id| !id.is_empty()) {
                let command = commands.get(id).unwrap_or_else(|| panic!("\"{id}\" in a menu is not a command"));
                let letter = command.title.split_once('&').and_then(|(_, rest)| rest.chars().next());
                let letter = letter.unwrap_or_else(|| panic!("\"{id}\" has no letter")).to_ascii_lowercase();
                assert!(!letters.contains(&letter), "\"{}\" is chosen twice by {letter}, by \"{id}\" too", menu.title);
                letters.push(letter);
            }
        }
    }

    #[test]
    fn help_lists_every_key() {
        let words: serde_json::Value = serde_json::from_str(WORDS).expect("JSON");
        let commands = words["commands"].as_object().expect("commands").values();
        let known: BTreeSet<String> =
            commands.filter_map(|command| Some(command["keys"].as_str()?.to_owned())).collect();
        let rows = help::code_rows(&help::topic("keys").expect("the topic").blocks);
        let mut told: BTreeSet<String> = rows.into_iter().flat_map(|mut row| row.swap_remove(0)).collect();
        // The web view's own key for a menu.
        assert!(told.remove("Shift F10"), "told: {told:?}");
        assert_eq!(told, known);
    }
}
