//! What the options leave out, asked at the terminal.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use scaffold::plan::PERMISSIONS;
use scaffold::{Language, Pin, Plan};

use crate::args::New;
use crate::exit::Exit;
use crate::terminal::{self, Style};

/// The plan from the options, and from answers where there is a terminal to ask at. Blocking.
pub fn plan(arguments: New) -> Result<Plan, Exit> {
    let may_ask = !arguments.json && std::io::stdin().is_terminal() && terminal::is_stderr();
    let asks_at_all = arguments.language.is_none() || arguments.name.is_none();
    let language = match arguments.language {
        Some(language) => language,
        None if may_ask => ask_language()?,
        None => return Err(missing("--language", "rust")),
    };
    let name = match arguments.name {
        Some(name) => name,
        None if may_ask => {
            ask("name", |answer| field(Plan::new(language, answer, "new"), "name").map(|plan| plan.name))?
        }
        None => return Err(missing("--name", "\"Word Count\"")),
    };
    let mut plan = Plan {
        description: arguments.description,
        category: arguments.category,
        permissions: arguments.permissions,
        ..Plan::new(language, &name, PathBuf::new())
    };
    add_pins(&mut plan, arguments.pins);
    // Who names everything that must be named gets no more questions.
    let may_ask = may_ask && asks_at_all;
    if may_ask && plan.pins.len() == 2 {
        ask_pins(&mut plan)?;
    }
    if may_ask && plan.permissions.is_empty() {
        plan.permissions = ask_permissions(&plan)?;
    }
    let usual = PathBuf::from(plan.slug());
    plan.folder = match arguments.folder {
        Some(folder) => folder,
        None if may_ask => ask(&format!("folder [{}]", usual.display()), |answer| {
            let folder = if answer.is_empty() { usual.clone() } else { answer.into() };
            field(Plan { folder, ..plan.clone() }, "folder").map(|plan| plan.folder)
        })?,
        None => usual,
    };
    Ok(plan)
}

fn missing(option: &str, example: &str) -> Exit {
    Exit::Usage.because(&format!(
        "{option} is missing, and there is no terminal to ask at; give it, such as {option} {example}"
    ))
}

/// Execution pins that are given take the place of the usual ones.
fn add_pins(plan: &mut Plan, pins: Vec<Pin>) {
    if pins.iter().any(Pin::is_exec) {
        plan.pins.clear();
    }
    plan.pins.extend(pins);
}

fn ask_language() -> Result<Language, Exit> {
    let style = Style::for_stderr();
    for (position, language) in Language::ALL.into_iter().enumerate() {
        let facts = language.facts();
        let name = style.bold(&format!("{:15}", language.name()));
        terminal::err(&format!("{:>3} {name} {}\n", position + 1, facts.good_for));
        terminal::err(&format!("{:19} {}\n", "", style.dim(facts.reason)));
    }
    ask("language", |answer| match answer.parse::<usize>() {
        Ok(number) => Language::ALL.get(number.wrapping_sub(1)).copied().ok_or(format!("1 to {}", Language::ALL.len())),
        Err(_) => answer.parse(),
    })
}

fn ask_pins(plan: &mut Plan) -> Result<(), Exit> {
    terminal::err("pins, one a line as name:direction:type or name:direction:type=default; an empty line ends\n");
    loop {
        let pin = ask("pin", |answer| {
            if answer.is_empty() {
                return Ok(None);
            }
            let mut with = plan.clone();
            with.pins.push(answer.parse()?);
            let place = format!("pins[{}]", plan.pins.len());
            field(with, &place).map(|plan| plan.pins.last().cloned())
        })?;
        let Some(pin) = pin else { return Ok(()) };
        plan.pins.push(pin);
    }
}

fn ask_permissions(plan: &Plan) -> Result<Vec<String>, Exit> {
    terminal::err("permissions, with commas between; an empty line for none\n");
    for (label, purpose) in PERMISSIONS {
        terminal::err(&format!("  {label:20} {}\n", Style::for_stderr().dim(purpose)));
    }
    ask("permissions", |answer| {
        let labels = answer.split(',').map(str::trim).filter(|label| !label.is_empty());
        let permissions = labels.map(Into::into).collect();
        field(Plan { permissions, ..plan.clone() }, "permissions").map(|plan| plan.permissions)
    })
}

/// The plan, or what stands in its way at a field.
fn field(plan: Plan, name: &str) -> Result<Plan, String> {
    match plan.check().into_iter().find(|problem| problem.field.starts_with(name)) {
        Some(problem) => Err(problem.message),
        None => Ok(plan),
    }
}

/// Asks until the answer is one.
fn ask<T>(question: &str, mut read: impl FnMut(&str) -> Result<T, String>) -> Result<T, Exit> {
    let style = Style::for_stderr();
    loop {
        terminal::err(&style.bold(&format!("{question}: ")));
        // Nothing is lost where this fails: the question was shown without a line break, or not at all.
        let _ = std::io::stderr().flush();
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(0) => return Err(Exit::Cancelled),
            Ok(_) => match read(line.trim()) {
                Ok(answer) => return Ok(answer),
                Err(reason) => terminal::complain(&reason),
            },
            Err(error) => return Err(Exit::Load.because(&format!("cannot read the answer: {error}"))),
        }
    }
}
