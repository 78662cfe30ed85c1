//! The native menu. Its items are told to the page, which does what they say; their words are those of the page's
//! actions. The page handles its keys itself, so only what it does not handle has an accelerator here: with two, a key
//! would act twice.

use tauri::menu::{Menu, MenuBuilder, MenuItemBuilder, SubmenuBuilder};
use tauri::{AppHandle, Runtime};

/// The one item that the program does itself.
pub const QUIT: &str = "quit";

/// Menus and their items: a stable word and what it is called. An empty word is a separator.
const MENUS: [(&str, &[(&str, &str)]); 4] = [
    (
        "&File",
        &[
            ("new", "&New node…"),
            ("open", "&Open…"),
            ("watch", "&Watch folder…"),
            ("", ""),
            ("settings", "&Settings…"),
            (QUIT, "&Quit"),
        ],
    ),
    ("&Run", &[("run", "&Run"), ("cancel", "&Cancel")]),
    (
        "&View",
        &[
            ("palette", "&Command palette"),
            ("", ""),
            ("zoom-in", "Zoom &in"),
            ("zoom-out", "Zoom &out"),
            ("zoom-reset", "&Actual size"),
            ("", ""),
            ("theme-system", "Theme: as the &system"),
            ("theme-light", "Theme: &light"),
            ("theme-dark", "Theme: &dark"),
        ],
    ),
    ("&Help", &[("about", "&About Node Workbench")]),
];

pub fn build<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<Menu<R>> {
    let mut menu = MenuBuilder::new(app);
    for (title, items) in MENUS {
        let mut submenu = SubmenuBuilder::new(app, title);
        for (id, text) in items {
            if id.is_empty() {
                submenu = submenu.separator();
                continue;
            }
            let mut item = MenuItemBuilder::with_id(*id, text);
            if *id == QUIT {
                item = item.accelerator("CmdOrCtrl+Q");
            }
            submenu = submenu.item(&item.build(app)?);
        }
        menu = menu.item(&submenu.build()?);
    }
    menu.build()
}
