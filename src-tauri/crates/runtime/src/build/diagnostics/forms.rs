//! The forms of lines in which tools say what is wrong, and where.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Severity;

/// Bytes of a line that are looked at: a place is at its beginning.
const LOOKED_AT: usize = 2_000;
/// Places of one line that may become links.
const MAX_PLACES: usize = 12;

/// What a line says by itself.
pub(super) enum Form<'a> {
    /// All in one line; where the message is empty it is on the next one.
    Named(Named<'a>),
    /// A message; its place may follow.
    Header(Header<'a>),
    /// A place; its message follows.
    Place {
        file: &'a str,
        line: u32,
        column: Option<u32>,
        tool: &'static str,
        wait: Wait,
    },
    Entered(&'a str),
    Left,
}

pub(super) struct Named<'a> {
    pub(super) severity: Severity,
    pub(super) file: &'a str,
    pub(super) line: u32,
    pub(super) column: Option<u32>,
    pub(super) message: &'a str,
    pub(super) tool: &'static str,
}

pub(super) struct Header<'a> {
    pub(super) severity: Severity,
    pub(super) message: &'a str,
    pub(super) tool: &'static str,
    pub(super) wait: Wait,
}

/// What is to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Nothing,
    /// An arrow or box with the place.
    Place,
    /// A message below the source text.
    Label,
    /// The next line that is not blank is the message.
    NextLine,
    /// The line that names the error.
    Exception,
    /// Python's frames, the innermost last, and then the line that names the error.
    Traceback,
    /// Frames, the innermost first.
    Stack,
    /// Further lines of the same report.
    Report,
}

impl Wait {
    pub(super) fn is_trace(self) -> bool {
        matches!(self, Self::Traceback | Self::Stack)
    }
}

/// What a later line is to what waits.
pub(super) enum Answer<'a> {
    Place {
        file: &'a str,
        line: u32,
        column: Option<u32>,
    },
    Message {
        severity: Option<Severity>,
        message: &'a str,
    },
    /// Words of a report that goes on; its first ones are the message.
    Words(&'a str),
    /// It belongs to it, and there may be more.
    Continue,
    Nothing,
}

/// A path: with a drive, or as an address of a local file.
const FILE: &str = r#"(?:file://)?(?P<file>(?:[A-Za-z]:[\\/])?[^\s:"<>|*?][^:"<>|*?]*?)"#;

/// `FILE` in a pattern stands for a path.
fn pattern(text: &str) -> Regex {
    Regex::new(&text.replace("FILE", FILE)).expect("the pattern is tested")
}

macro_rules! patterns {
    ($($name:ident = $text:expr;)*) => { $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($text));)* };
}

patterns! {
    // gcc, clang, zig, swiftc, javac, kotlinc, cargo --message-format short, ghc …
    GNU = r"^(?:\w+: )?FILE:(?P<line>\d+)(?:[:.](?P<column>\d+))?(?:-\d+(?:[:.]\d+)?)?: (?:(?i:fatal) )?(?P<word>(?i:error|warning|note|info|hint|remark))(?:\[[\w:-]+\])?:\s*(?P<message>.*)$";
    // tsc with colours.
    TSC_PRETTY = r"^FILE:(?P<line>\d+):(?P<column>\d+) - (?P<word>error|warning|message) (?P<message>.+)$";
    // tsc, nim, csc, Delphi's family.
    PARENTHESES = r"^FILE\((?P<line>\d+)(?:[,:]\s*(?P<column>\d+))?(?:[,:]\d+)*\):? (?:(?i:fatal) )?(?P<word>(?i:error|warning|hint|note|info))\b:?\s*(?P<message>.*)$";
    // Go's tools name no severity.
    GO = r"^(?:\w+: )?(?P<file>[^\s:][^:]*\.go):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<message>.+)$";
    LUA = r"^luac?[\d.]*: FILE:(?P<line>\d+): (?P<message>.+)$";
    MOON_SHORT = r"^FILE:(?P<line>\d+):(?P<column>\d+)-\d+:\d+ (?P<message>\[E?\d+\].*)$";
    MAVEN = r"^\[(?P<word>ERROR|WARNING)\] FILE:\[(?P<line>\d+),(?P<column>\d+)\] (?P<message>.+)$";
    KOTLIN = r"^(?P<word>[ew]): FILE:(?: \()?(?P<line>\d+)(?::|, )(?P<column>\d+)\)?:? (?P<message>.+)$";
    LINKER = r"^(?:\S*\bld(?:\.\w+)?: )?FILE:(?P<line>\d+): (?P<message>(?:undefined reference|multiple definition|first defined).*)$";
    MAKE = r"^(?:make|gmake|mingw32-make)(?:\[\d+\])?: \*\*\* \[FILE:(?P<line>\d+): (?P<message>.+)$";
    MAKE_SAYS = r"^(?:make|gmake|mingw32-make)(?:\[\d+\])?: \*\*\* (?P<message>[^\[].+)$";
    RULES = r"^FILE:(?P<line>\d+): \*\*\* (?P<message>.+)$";

    RUSTC = r"^(?P<word>error|warning)(?:\[\w+\]| [A-Z]+\d+)?: (?P<message>.+)$";
    ASC = r"^(?P<word>ERROR|WARNING)(?: (?:TS|AS)\d+)?: (?P<message>.+)$";
    ESBUILD = r"^\s*\S \[(?P<word>ERROR|WARNING)\] (?P<message>.+)$";
    MAVEN_SAYS = r"^\[(?P<word>ERROR)\] (?P<message>[^-\[\s].*[^:\s])\s*$";
    MOON = r"^(?i:(?P<word>error|warning)): (?P<message>)\[?E?\d+\]?$";
    PROGRAM = r"^(?P<program>[\w./+-]+): (?:(?i:fatal) )?(?P<word>(?i:error|warning)): (?P<message>.+)$";
    SHELL = r"^(?:\S*/)?(?:sh|bash|dash|zsh|ash|ksh)(?:: line)?:? ?\d+: (?P<message>.*not found.*|.*: No such file or directory|.*: Permission denied|[Ss]yntax error.*)$";
    NPM = r"^npm (?:error|ERR!) (?P<message>.+)$";
    NPM_DETAIL = r"^(?:code|errno|syscall|path|command|command sh|signal|workspace|location|enoent|A complete log)\b";
    GO_TOOL = r"^go: (?P<message>(?:cannot|no |error|module|updates|missing|invalid|go\.mod|.*: (?:no|not|cannot|invalid|unknown)).*)$";
    GRADLE = r"^(?:FAILURE|\* What went wrong): ?(?P<message>.*)$";
    PYTHON_STARTS = r"^\S*python[\d.]*: (?P<message>can't open file .+|No module named .+)$";
    JS_ERROR = r"^(?:Uncaught )?(?P<message>(?:[A-Z]\w*)?Error(?: \[\w+\])?: .+)$";

    ARROW = r"^\s*(?:-->|[┌╭╰└,][─-]+\[?(?: ?in)?|in)\s*FILE[:(](?P<line>\d+)[:,]\s*(?P<column>\d+)[)\]:]?\s*\]?$";
    INDENTED = r"^\s+FILE:(?P<line>\d+):(?P<column>\d+):$";
    LABEL = r"[╰└][─-]+\s*(?P<message>\S.*)$";

    TRACEBACK = r"^[\s|+]*(?:Exception Group )?Traceback \(most recent call last\):$";
    FRAME = r#"^[\s|]*File "(?P<file>[^"]+)", lines? (?P<line>\d+)(?:-\d+)?"#;
    OCAML = r#"^File "(?P<file>[^"]+)", lines? (?P<line>\d+)(?:-\d+)?, characters (?P<column>\d+)-\d+:?"#;
    EXCEPTION = r"^[\s|]*(?P<message>(?:[A-Za-z_][\w.]*\.)?(?:[A-Z]\w*)?(?:Error|Exception|Exit|Interrupt|Warning|Group)\b.*)$";
    STACK_FRAME = r"^\s+at (?:.*[( ])?FILE:(?P<line>\d+):(?P<column>\d+)\)?$";
    SCRIPT = r"^(?:file://)?(?P<file>/[^:]+\.[cm]?[jt]sx?):(?P<line>\d+)$";
    PANIC = r"^thread '.*' (?:\(\d+\) )?panicked at FILE:(?P<line>\d+):(?P<column>\d+):$";
    PANIC_OLD = r"^thread '.*' panicked at '(?P<message>.*)', FILE:(?P<line>\d+):(?P<column>\d+)$";
    LOADER = r"^(?:\[\w+\] )?ERROR in FILE(?:[:(](?P<line>\d+)[:,]\s*(?P<column>\d+)\)?)$";

    ENTERED = r"^\S+: Entering directory [`'‘](?P<folder>.+)['’]$";
    LEFT = r"^\S+: Leaving directory ";

    // For links: a place anywhere in a line.
    ANYWHERE = r#"(?:^|[\s(\[│"'`=])(?:file://)?(?P<place>(?P<file>(?:[A-Za-z]:[\\/])?[^\s:"'`<>|*?()\[\]│]*\w[^\s:"'`<>|*?()\[\]│]*)(?::(?P<line>\d+)(?::(?P<column>\d+))?|\((?P<line2>\d+),\s*(?P<column2>\d+)\)|:\[(?P<line3>\d+),(?P<column3>\d+)\]|: \((?P<line4>\d+), (?P<column4>\d+)\)))"#;
    // A path with blanks ends where its place begins, so it is only looked for where it begins the line or is quoted.
    FROM_START = r"^\s*(?:-->|at|in|└─ in|vet:|[ew]:|\[ERROR\]|\[WARNING\])?\s*(?:file://)?(?P<place>(?P<file>(?:[A-Za-z]:[\\/])?[^\s:][^:<>|*?]*?\.\w+)(?::(?P<line>\d+)(?::(?P<column>\d+))?|\((?P<line2>\d+),\s*(?P<column2>\d+)\)))";
    QUOTED = r#"(?P<place>File "(?P<file>[^"]+)", lines? (?P<line>\d+))"#;
}

/// Whether it is worth to hold the line against all forms: most lines of a build are not.
pub(super) fn may_say_something(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "*** ",
        "rror",
        "RROR",
        "arning",
        "ARNING",
        "ERR!",
        "raceback",
        "File \"",
        "not found",
        "directory",
        "went wrong",
    ];
    let text = looked_at(text);
    let has_place = || text.bytes().any(|byte| byte.is_ascii_digit()) && text.contains([':', '(']);
    has_place() || WORDS.iter().any(|word| text.contains(word))
}

/// What the line says by itself.
pub(super) fn read(text: &str) -> Option<Form<'_>> {
    let text = looked_at(text);
    named(text).or_else(|| place_first(text)).or_else(|| header(text)).or_else(|| {
        let entered = ENTERED.captures(text).and_then(|found| found.name("folder"));
        entered.map(|folder| Form::Entered(folder.as_str())).or_else(|| LEFT.is_match(text).then_some(Form::Left))
    })
}

fn named(text: &str) -> Option<Form<'_>> {
    let forms = [&*GNU, &TSC_PRETTY, &MAVEN, &KOTLIN, &PARENTHESES, &LINKER, &MOON_SHORT, &LUA, &GO, &MAKE, &RULES];
    let (at, found) = forms.iter().enumerate().find_map(|(at, form)| Some((at, form.captures(text)?)))?;
    let (file, line, column) = place(&found)?;
    let message = found.name("message")?.as_str().trim();
    // Notes belong to an error that was told.
    let severity = match found.name("word") {
        Some(word) => severity(word.as_str())?,
        None => Severity::Error,
    };
    let tool = if at >= 9 { "make" } else { tool_of(file, message) };
    Some(Form::Named(Named { severity, file, line, column, message, tool }))
}

fn place_first(text: &str) -> Option<Form<'_>> {
    if TRACEBACK.is_match(text) {
        let (severity, message, tool) = (Severity::Error, "", "python");
        return Some(Form::Header(Header { severity, message, tool, wait: Wait::Traceback }));
    }
    if let Some(found) = PANIC_OLD.captures(text) {
        let (file, line, column) = place(&found)?;
        let message = found.name("message")?.as_str();
        return Some(Form::Named(Named { severity: Severity::Error, file, line, column, message, tool: "rust" }));
    }
    let forms = [
        (&*OCAML, Wait::Exception, "grain"),
        (&FRAME, Wait::Exception, "python"),
        (&SCRIPT, Wait::Exception, "node"),
        (&PANIC, Wait::NextLine, "rust"),
        (&LOADER, Wait::NextLine, "webpack"),
    ];
    let (found, wait, tool) = forms.iter().find_map(|(form, wait, tool)| Some((form.captures(text)?, *wait, *tool)))?;
    let (file, line, column) = place(&found)?;
    Some(Form::Place { file, line, column, tool, wait })
}

fn header(text: &str) -> Option<Form<'_>> {
    let forms = [
        (&*MOON, Wait::Place, "moon"),
        (&RUSTC, Wait::Place, ""),
        (&ASC, Wait::Place, "asc"),
        (&ESBUILD, Wait::Place, "esbuild"),
        (&MAVEN_SAYS, Wait::Nothing, "maven"),
        (&SHELL, Wait::Nothing, "sh"),
        (&NPM, Wait::Report, "npm"),
        (&MAKE_SAYS, Wait::Nothing, "make"),
        (&GO_TOOL, Wait::Nothing, "go"),
        (&GRADLE, Wait::NextLine, "gradle"),
        (&PYTHON_STARTS, Wait::Nothing, "python"),
        (&PROGRAM, Wait::Nothing, ""),
        (&JS_ERROR, Wait::Stack, "node"),
    ];
    let (found, wait, tool) = forms.iter().find_map(|(form, wait, tool)| Some((form.captures(text)?, *wait, *tool)))?;
    let message = found.name("message")?.as_str();
    let severity = found.name("word").map_or(Some(Severity::Error), |word| severity(word.as_str()))?;
    let tool = match found.name("program") {
        Some(program) => program_of(program.as_str()),
        // The place says it, where one follows.
        None => tool,
    };
    // A report's first lines are codes; the words come after them.
    let message = if wait == Wait::Report && NPM_DETAIL.is_match(message) { "" } else { message };
    Some(Form::Header(Header { severity, message, tool, wait }))
}

/// What a later line is to what waits.
pub(super) fn answer(wait: Wait, text: &str) -> Answer<'_> {
    let text = looked_at(text);
    let at = |found: Option<Captures<'_>>| {
        let spans = found.and_then(|found| {
            let file = found.name("file")?.range();
            let (_, line, column) = place(&found)?;
            Some((file, line, column))
        });
        spans.and_then(|(file, line, column)| Some(Answer::Place { file: text.get(file)?, line, column }))
    };
    let message = |form: &Regex| {
        let span = form.captures(text).and_then(|found| Some(found.name("message")?.range()));
        let message = span.and_then(|span| text.get(span));
        message.map(|message| Answer::Message { severity: None, message })
    };
    match wait {
        Wait::Nothing => Answer::Nothing,
        Wait::Place => at(ARROW.captures(text)).or_else(|| at(INDENTED.captures(text))).unwrap_or(Answer::Nothing),
        Wait::Label => message(&LABEL).unwrap_or(Answer::Nothing),
        Wait::NextLine if text.trim().is_empty() => Answer::Continue,
        Wait::NextLine => Answer::Message { severity: None, message: text.trim() },
        Wait::Exception => {
            let warning = text.trim_start().starts_with("Warning").then_some(Severity::Warning);
            match message(&EXCEPTION) {
                Some(Answer::Message { message, .. }) => Answer::Message { severity: warning, message },
                _ => at(FRAME.captures(text)).unwrap_or(Answer::Nothing),
            }
        }
        Wait::Traceback => at(FRAME.captures(text)).unwrap_or_else(|| {
            let bare = text.trim_start_matches(['|', ' ', '\t']);
            match bare.len() == text.len() && !bare.is_empty() {
                true => Answer::Message { severity: None, message: bare },
                false => message(&EXCEPTION).filter(|_| text.contains('|')).unwrap_or(Answer::Continue),
            }
        }),
        Wait::Stack => at(STACK_FRAME.captures(text)).unwrap_or(Answer::Nothing),
        Wait::Report => match NPM.captures(text).and_then(|found| Some(found.name("message")?.range())) {
            Some(span) => {
                let words = text.get(span).unwrap_or_default();
                if NPM_DETAIL.is_match(words) { Answer::Continue } else { Answer::Words(words) }
            }
            None if text.starts_with("npm ") => Answer::Continue,
            None => Answer::Nothing,
        },
    }
}

/// Where the line may name places: bytes, file, line and column. They may overlap; the likelier come first.
pub(super) fn places(text: &str) -> Vec<(Range<usize>, &str, u32, Option<u32>)> {
    let text = looked_at(text);
    let all = QUOTED.captures_iter(text).chain(FROM_START.captures_iter(text)).chain(ANYWHERE.captures_iter(text));
    let spans = all.filter_map(|found| {
        let (whole, file) = (found.name("place")?.range(), found.name("file")?.range());
        let (_, line, column) = place(&found)?;
        Some((whole, text.get(file)?, line, column))
    });
    spans.take(MAX_PLACES).collect()
}

/// The file, line and column of a match.
fn place<'a>(found: &Captures<'a>) -> Option<(&'a str, u32, Option<u32>)> {
    let number = |names: [&str; 4]| {
        let text = names.iter().find_map(|name| found.name(name))?;
        text.as_str().parse().ok()
    };
    let file = found.name("file")?.as_str();
    Some((file, number(["line", "line2", "line3", "line4"])?, number(["column", "column2", "column3", "column4"])))
}

/// `None`: a note.
fn severity(word: &str) -> Option<Severity> {
    match word.to_ascii_lowercase().as_str() {
        "error" | "e" => Some(Severity::Error),
        "warning" | "w" => Some(Severity::Warning),
        _ => None,
    }
}

fn program_of(program: &str) -> &'static str {
    const KNOWN: [&str; 16] = [
        "wasm-ld", "rust-lld", "ld.lld", "ld", "clang", "clang++", "gcc", "g++", "cc1", "cc1plus", "collect2", "zig",
        "emcc", "kotlinc", "swiftc", "javac",
    ];
    let name = program.rsplit('/').next().unwrap_or(program);
    KNOWN.into_iter().find(|known| *known == name).unwrap_or("build")
}

/// Which tool speaks of such a file.
pub(super) fn tool_of(file: &str, message: &str) -> &'static str {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "rs" => "rustc",
        "toml" => "cargo",
        "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "m" | "mm" | "s" | "o" => "cc",
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" if message.starts_with("TS") => "tsc",
        "zig" | "zon" => "zig",
        "go" => "go",
        "java" => "javac",
        "kt" | "kts" => "kotlinc",
        "nim" | "nims" => "nim",
        "swift" => "swiftc",
        "mbt" => "moon",
        "gr" => "grain",
        "py" => "python",
        "cs" => "csc",
        "lua" => "lua",
        "wat" | "wit" => "wasm-tools",
        _ => "build",
    }
}

/// Whether a path that leads to no file is one all the same, not a part of a sentence or a time of day.
pub(super) fn looks_like_a_file(file: &str) -> bool {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_plain = name.ends_with("file") || file.contains('/') && !name.contains(char::is_whitespace);
    let is_word = !extension.is_empty() && extension.len() <= 8 && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    let has_letter = |text: &str| text.bytes().any(|byte| byte.is_ascii_alphabetic());
    (is_word && has_letter(extension)) || (is_plain && has_letter(name))
}

fn looked_at(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LOOKED_AT)).unwrap_or(text)
}
