//! `nodewb help`: topics, sections, problems by code, and commands. `nodewb diagnostics`.

use std::path::PathBuf;

use ::help::{Look, Place, find, nearest, render, render_hits, render_index, render_section, search};
use clap::{CommandFactory as _, Parser as _};
use runtime::diagnostics::{About, report};

use crate::args::{Arguments, Help};
use crate::exit::Exit;
use crate::open;
use crate::terminal::{self, Style, out};

pub fn help(arguments: &Help) -> Exit {
    let look = Look { width: terminal::width(), marks: Style::for_stdout().is_on() };
    if !arguments.search.is_empty() {
        return found(&arguments.search.join(" "), look);
    }
    if arguments.topic.is_empty() {
        out(&render_index(look));
        return Exit::Ok;
    }
    let wanted = arguments.topic.join(" ");
    let command = command_help(&arguments.topic);
    // A command's own name means the command, unless a topic has the same id.
    let page = match find(&wanted) {
        Some(place) if place.section.is_none() && place.topic.id == wanted => {
            let also = command.map(|_| format!("\nOptions of the command: nodewb {wanted} --help\n"));
            Some(page(place, look) + &also.unwrap_or_default())
        }
        place => command.or_else(|| place.map(|place| page(place, look))),
    };
    match page {
        Some(page) => {
            out(&page);
            Exit::Ok
        }
        None => Exit::Usage.because(&unknown(&wanted)),
    }
}

fn page(place: Place, look: Look) -> String {
    match place.section.and_then(|id| place.topic.section(id)) {
        Some(section) => render_section(place.topic, section, look),
        None => render(place.topic, look),
    }
}

fn found(words: &str, look: Look) -> Exit {
    let hits = search(words);
    if hits.is_empty() {
        return Exit::NodeError.because(&format!("no topic has \"{words}\"; {}", advice(words)));
    }
    out(&render_hits(&hits, look));
    Exit::Ok
}

/// What `nodewb COMMAND --help` prints.
fn command_help(path: &[String]) -> Option<String> {
    let root = Arguments::command();
    path.iter().try_fold(&root, |command, name| command.find_subcommand(name))?;
    let line = ["nodewb"].into_iter().chain(path.iter().map(String::as_str)).chain(["--help"]);
    let help = Arguments::try_parse_from(line).err()?.render();
    Some(if Style::for_stdout().is_on() { help.ansi().to_string() } else { help.to_string() })
}

fn unknown(wanted: &str) -> String {
    format!("no topic or command is called \"{wanted}\"; {}", advice(wanted))
}

fn advice(wanted: &str) -> String {
    let root = Arguments::command();
    let commands = root.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    match nearest(wanted, commands) {
        Some(near) => format!("did you mean \"nodewb help {near}\"?"),
        None => "\"nodewb help\" lists all topics".into(),
    }
}

pub fn diagnostics(data: Option<PathBuf>) -> Exit {
    match open::folders(data) {
        Ok((data, _)) => {
            let program = concat!("nodewb ", env!("CARGO_PKG_VERSION")).into();
            out(&report(&About { program, facts: Vec::new(), data: &data, log: None }));
            Exit::Ok
        }
        Err(reason) => Exit::Load.because(&reason),
    }
}
