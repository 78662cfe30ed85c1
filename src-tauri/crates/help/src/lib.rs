//! Help: one set of topics, written in Markdown, for the window, the terminal and man pages.
//!
//! A topic is a file in `topics/`. `index.md` lists all of them and gives their groups and order. This crate parses,
//! searches and renders; it knows no node, no rule and no command. Tests in the crates that own a fact compare it with
//! the topic that tells it.

mod document;
mod index;
mod man;
mod parse;
mod search;
mod terminal;

pub use document::{Block, Inline, Section, Target, Topic, code_rows, plain};
pub use index::{Group, Place, find, groups, nearest, topic, topics};
pub use man::man_page;
pub use search::{Hit, search};
pub use terminal::{Look, render, render_hits, render_index, render_section};
