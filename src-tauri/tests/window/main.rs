//! The built program in a real window: Xvfb for the display, WebKitWebDriver for the hands.
//!
//! Each scenario has a display, a data folder and nodes of its own. They run one after the other, and they find things
//! as a user of a screen reader does: by role and name. One that fails says what the page showed and leaves a picture in
//! the target folder.

mod build;
mod clock;
mod create;
mod desktop;
mod first;
mod form;
mod help;
mod looks;
mod menus;
mod nodes;
mod page;
mod permission;
mod reload;
mod restart;
mod run;
mod start;
