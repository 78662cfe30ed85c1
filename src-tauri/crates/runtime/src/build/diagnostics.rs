//! What a build's output says is wrong: errors and warnings with their places, read line by line while it is printed.
//!
//! Tools are told apart by the form of their lines ([`forms`]); which file a written path means is for [`files`]. What
//! is not understood stays what it is: a line of output. Lists are bounded, counts are not.

pub(super) mod files;
mod forms;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use self::forms::{Form, Header, Named, Wait};

/// Errors and warnings that are listed; the others are only counted, so that neither takes the place of the other.
const MAX_ERRORS: usize = 300;
const MAX_WARNINGS: usize = 200;
/// Characters of a message, and frames of a traceback, that are kept.
const MAX_MESSAGE: usize = 500;
const MAX_FRAMES: usize = 32;
/// Folders that `make` and its like said they entered.
const MAX_ENTERED: usize = 32;
/// How many lines may be between a message and its place.
const APART: u8 = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that a tool found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// In the tool's own words, on one line, without the place.
    pub message: String,
    /// Which tool said so, as far as its words tell: `rustc`, `tsc`, `javac` …
    pub tool: &'static str,
    pub place: Option<Place>,
    /// Number of the line of the output where it is.
    pub line: u64,
}

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As the tool wrote it.
    pub file: String,
    pub line: u32,
    pub column: Option<u32>,
    /// The file that is meant, where it is there and may be opened.
    pub path: Option<PathBuf>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        self.column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

/// A place that is written in a line of output, for a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Number of the line, from 0.
    pub line: u64,
    /// Bytes of the line.
    pub range: std::ops::Range<usize>,
    /// With its path.
    pub place: Place,
}

/// What a run of a command came to, in the words of its tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// In the order in which they were printed, each once; at most 300 errors and 200 warnings.
    pub list: Vec<Diagnostic>,
    /// How many there were in all.
    pub errors: u64,
    pub warnings: u64,
}

impl Problems {
    /// What to look at first.
    pub fn first_error(&self) -> Option<&Diagnostic> {
        self.list.iter().find(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Reads one run's output.
#[derive(Clone, Debug, Default)]
pub(super) struct Parser {
    found: Vec<Found>,
    errors: u64,
    warnings: u64,
    pending: Option<Pending>,
    /// Folders entered and not left, innermost last, and all of them.
    inside: Vec<Arc<str>>,
    entered: Vec<Arc<str>>,
}

/// A diagnostic whose place is one of several: frames of a traceback, the likeliest first.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    severity: Severity,
    message: String,
    tool: &'static str,
    places: Vec<Written>,
    line: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Written {
    place: Place,
    /// Where `make` was then.
    inside: Option<Arc<str>>,
}

/// What waits for a later line.
#[derive(Clone, Debug)]
struct Pending {
    found: Found,
    wait: Wait,
    left: u8,
}

impl Parser {
    /// The next line, with its number.
    pub(super) fn line(&mut self, number: u64, text: &str) {
        if self.pending.is_none() && !forms::may_say_something(text) {
            return;
        }
        if let Some(pending) = self.pending.take()
            && self.go_on(pending, text)
        {
            return;
        }
        match forms::read(text) {
            Some(Form::Named(Named { severity, file, line, column, message, tool })) => {
                let places = vec![self.written(file, line, column)];
                let found = Found { severity, message: message.into(), tool, places, line: number };
                // Some tools put the message on the next line.
                if message.is_empty() { self.wait(found, Wait::NextLine) } else { self.add(found) }
            }
            Some(Form::Header(Header { severity, message, tool, wait })) => {
                self.wait(Found { severity, message: message.into(), tool, places: Vec::new(), line: number }, wait);
            }
            Some(Form::Place { file, line, column, tool, wait }) => {
                let places = vec![self.written(file, line, column)];
                let severity = Severity::Error;
                self.wait(Found { severity, message: String::new(), tool, places, line: number }, wait);
            }
            Some(Form::Entered(folder)) => self.enter(folder),
            Some(Form::Left) => drop(self.inside.pop()),
            None => {}
        }
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self) {
        if let Some(Pending { found, .. }) = self.pending.take() {
            self.add(found);
        }
    }

    /// A line while something waits; false: it is to be read by itself.
    fn go_on(&mut self, mut pending: Pending, text: &str) -> bool {
        match forms::answer(pending.wait, text) {
            forms::Answer::Place { file, line, column } => {
                let place = self.written(file, line, column);
                if pending.wait.is_trace() {
                    pending.found.places.push(place);
                    if pending.found.places.len() > MAX_FRAMES {
                        pending.found.places.remove(0);
                    }
                    pending.left = APART;
                    self.pending = Some(pending);
                    return true;
                }
                pending.found.places = vec![place];
                if pending.found.message.is_empty() {
                    (pending.wait, pending.left) = (Wait::Label, APART);
                    self.pending = Some(pending);
                } else {
                    self.add(pending.found);
                }
                true
            }
            forms::Answer::Message { severity, message } => {
                pending.found.severity = severity.unwrap_or(pending.found.severity);
                pending.found.message = message.into();
                if pending.wait == Wait::Traceback {
                    // The innermost call first.
                    pending.found.places.reverse();
                }
                self.add(pending.found);
                true
            }
            forms::Answer::Words(words) => {
                if pending.found.message.is_empty() {
                    pending.found.message = words.into();
                }
                self.pending = Some(pending);
                true
            }
            forms::Answer::Continue => {
                self.pending = Some(pending);
                true
            }
            forms::Answer::Nothing => {
                pending.left -= 1;
                if pending.left == 0 || forms::read(text).is_some() {
                    self.add(pending.found);
                    return false;
                }
                self.pending = Some(pending);
                true
            }
        }
    }

    fn wait(&mut self, found: Found, wait: Wait) {
        match wait {
            Wait::Nothing => self.add(found),
            wait => self.pending = Some(Pending { found, wait, left: APART }),
        }
    }

    fn add(&mut self, mut found: Found) {
        let message = found.message.trim();
        if message.is_empty() {
            return;
        }
        found.message = crate::text::shortened(message, MAX_MESSAGE);
        if found.tool.is_empty() {
            let file = found.places.first().map_or("", |written| written.place.file.as_str());
            found.tool = forms::tool_of(file, &found.message);
        }
        // What a tool says without a place after it said the like with one is a summary of that.
        let alike = |other: &Found| {
            !other.places.is_empty() && (other.severity == found.severity || other.severity == Severity::Error)
        };
        let sums_up = found.places.is_empty() || found.tool == "make";
        if sums_up && self.found.iter().any(alike) {
            return;
        }
        let limit = if found.severity == Severity::Error { MAX_ERRORS } else { MAX_WARNINGS };
        let same = self.found.iter().filter(|other| other.severity == found.severity);
        let is_full = same.clone().count() >= limit;
        let is_known = |other: &Found| other.message == found.message && other.places.first() == found.places.first();
        if !is_full && self.found.iter().any(is_known) {
            return;
        }
        match found.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        if !is_full {
            self.found.push(found);
        }
    }

    fn written(&self, file: &str, line: u32, column: Option<u32>) -> Written {
        let place = Place { file: file.trim().to_owned(), line, column, path: None };
        Written { place, inside: self.inside.last().cloned() }
    }

    fn enter(&mut self, folder: &str) {
        let folder: Arc<str> = folder.into();
        if self.inside.len() < MAX_ENTERED {
            self.inside.push(folder.clone());
        }
        if self.entered.len() < MAX_ENTERED && !self.entered.contains(&folder) {
            self.entered.push(folder);
        }
    }

    /// The folders that the command said it entered.
    pub(super) fn entered(&self) -> &[Arc<str>] {
        &self.entered
    }

    /// What was found, with the files that are meant. Blocking.
    pub(super) fn problems(&self, folders: &files::Folders) -> Problems {
        let list = self.found.iter().map(|found| found.diagnostic(folders)).collect();
        Problems { list, errors: self.errors, warnings: self.warnings }
    }
}

impl Found {
    fn diagnostic(&self, folders: &files::Folders) -> Diagnostic {
        let Self { severity, tool, line, .. } = *self;
        let resolved = |Written { place, inside }: &Written| {
            let path = folders.find(&place.file, inside.as_deref());
            Place { path, ..place.clone() }
        };
        let mut places: Vec<Place> = self.places.iter().map(resolved).collect();
        let own = |place: &Place| place.path.as_ref().is_some_and(|path| folders.owns(path));
        let at = places
            .iter()
            .position(own)
            .or_else(|| places.iter().position(|place| place.path.is_some()))
            .unwrap_or_default();
        let place = (!places.is_empty()).then(|| places.swap_remove(at));
        let place = place.filter(|place| place.path.is_some() || forms::looks_like_a_file(&place.file));
        Diagnostic { severity, message: self.message.clone(), tool, place, line }
    }
}

/// The places that a line names, as links to the files that are meant. Blocking.
pub(super) fn links(number: u64, text: &str, folders: &files::Folders) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (range, file, line, column) in forms::places(text) {
        let overlaps = |link: &Link| link.range.start < range.end && range.start < link.range.end;
        if links.iter().any(overlaps) {
            continue;
        }
        if let Some(path) = folders.find(file, None) {
            let place = Place { file: file.into(), line, column, path: Some(path) };
            links.push(Link { line: number, range, place });
        }
    }
    links.sort_by_key(|link| link.range.start);
    links
}
