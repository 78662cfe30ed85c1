//! Questions at the terminal.
//!
//! While one is open nothing else is printed. Everything in it that comes from the node is escaped and bounded, what was
//! typed before it could be read does not answer it, and a question that ends unanswered is denied.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use runtime::permission::{Answer, Decision, DenyAll, Lifetime, Prompter, Question, Target, Unanswered};
use runtime::text::{name, one_line, quoted};
use rustix::fs::OFlags;
use rustix::process::{Signal as Number, getpgrp};
use rustix::termios::{QueueSelector, tcflush, tcgetpgrp};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;

use crate::args::Call;
use crate::show::target;
use crate::terminal::{self, Style};

/// How long a question is on the screen before it can be answered: what is typed sooner was meant for something else.
const ARMING: Duration = Duration::from_millis(500);

/// The terminal where there is one and it may be used, else nobody.
pub fn prompter(call: &Call) -> Arc<dyn Prompter> {
    let wanted = !call.no_ask && (call.ask || terminal::is_stderr());
    let opened = wanted.then(Terminal::open).flatten();
    match opened {
        Some(terminal) => Arc::new(terminal),
        None => {
            if call.ask {
                terminal::err("warning: there is no terminal to ask at; whatever no rule allows is denied\n");
            }
            Arc::new(DenyAll)
        }
    }
}

struct Terminal {
    /// The controlling terminal, so that standard input stays free for values.
    device: File,
    /// The same one, read without blocking. Whoever has it asks: one question at a time.
    input: Mutex<Input>,
}

impl Terminal {
    fn open() -> Option<Self> {
        let device = File::options().read(true).write(true).open("/dev/tty").ok()?;
        let input = Mutex::new(Input::open().ok()?);
        Some(Self { device, input })
    }

    /// Whether another process group has the terminal: reading from it would stop the whole program.
    fn is_in_background(&self) -> bool {
        tcgetpgrp(&self.device).map_or(true, |foreground| foreground != getpgrp())
    }

    fn say(&self, text: &str) {
        let _ = (&self.device).write_all(text.as_bytes());
    }

    /// Draws the question until one of its lines is an answer; again where the program was stopped meanwhile, because
    /// something else was on the screen then.
    async fn answer(&self, input: &mut Input, question: &Question) -> Result<Answer, Unanswered> {
        let style = Style::for_stderr();
        loop {
            self.say(&words(question, style));
            tokio::time::sleep(ARMING).await;
            // A terminal that is gone gives no line either.
            let _ = tcflush(&self.device, QueueSelector::IFlush);
            // What was typed too early has left its echo.
            self.say("\r");
            loop {
                self.say(&style.bold("allow? "));
                match input.line().await {
                    Typed::Line(line) => match parse(&line, question.scopes.len()) {
                        Some(answer) => return Ok(answer),
                        None => self.say(HELP),
                    },
                    Typed::Resumed => break,
                    Typed::End => {
                        self.say("\n");
                        return Err(Unanswered::Nobody);
                    }
                }
            }
        }
    }
}

#[async_trait]
impl Prompter for Terminal {
    async fn ask(&self, question: Arc<Question>) -> Result<Answer, Unanswered> {
        let mut input = self.input.lock().await;
        if self.is_in_background() {
            terminal::err("warning: the program runs in the background, where it cannot ask; denied\n");
            return Err(Unanswered::Nobody);
        }
        let silence = terminal::silence().await;
        let withdrawn = Withdrawn(Some(self));
        let answer = self.answer(&mut input, &question).await;
        withdrawn.answered();
        drop(silence);
        answer
    }
}

/// Lines from the terminal, read when they are wanted and never ahead: what is typed between two questions stays where
/// it can be thrown away.
struct Input {
    device: File,
    /// The same one, to wait for.
    arriving: pipe::Receiver,
    continued: Signal,
}

enum Typed {
    Line(String),
    /// The program was stopped, and goes on.
    Resumed,
    /// The terminal is gone, or the user said that nothing more comes.
    End,
}

impl Input {
    fn open() -> io::Result<Self> {
        // Opened by itself: the others that use the terminal must not find it non-blocking.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let device = File::options().read(true).custom_flags(flags).open("/dev/tty")?;
        // Unchecked, it takes whatever can be read without blocking.
        let arriving = pipe::Receiver::from_file_unchecked(device.try_clone()?)?;
        Ok(Self { device, arriving, continued: signal(SignalKind::from_raw(Number::CONT.as_raw()))? })
    }

    async fn line(&mut self) -> Typed {
        let mut line = Vec::new();
        loop {
            let mut part = [0; 4096];
            // A terminal gives one line at a time, and is silent about a second one that is there already.
            let read = match io::Read::read(&mut &self.device, &mut part) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => tokio::select! {
                    Some(()) = self.continued.recv() => return Typed::Resumed,
                    read = self.arriving.read(&mut part) => read,
                },
                read => read,
            };
            match read {
                Ok(count @ 1..) => line.extend_from_slice(&part[..count]),
                Ok(0) | Err(_) => return Typed::End,
            }
            if let Some(end) = line.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                line.truncate(end);
                return Typed::Line(String::from_utf8_lossy(&line).into_owned());
            }
        }
    }
}

/// Says that a question is gone when its future is dropped.
struct Withdrawn<'a>(Option<&'a Terminal>);

impl Withdrawn<'_> {
    fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Withdrawn<'_> {
    fn drop(&mut self) {
        if let Some(terminal) = self.0 {
            terminal.say("(withdrawn)\n");
        }
    }
}

const HELP: &str = "  d deny (also just Enter)   o once   r for this run   s until the program ends   a always
  a scope's number may follow, such as r2; with d before it the denial is remembered, such as dr or da2
  x deny and stop the run\n";

/// Fits on a small terminal whatever the node's names and targets are: what scrolls away is not read.
fn words(question: &Question, style: Style) -> String {
    let request = &question.request;
    let class = question.class.map(|class| format!(" ({})", class.name())).unwrap_or_default();
    let declared = if question.declared {
        format!("yes, \"{}\"", request.capability.label())
    } else {
        style.yellow(&format!("no, the node does not declare \"{}\"", request.capability.label()))
    };
    let mut text = format!(
        "\n{} {} {}\n  node      {} of {}\n  target    {}{class}\n  declared  {declared}\n",
        style.yellow("permission:"),
        ends(&quoted(&question.friendly_name), 40, 10),
        style.bold(request.capability.wish()),
        ends(&quoted(&question.identity.node), 30, 10),
        ends(&question.identity.file.display().to_string(), 20, 40),
        style.bold(&ends(&target(&request.target), 90, 30)),
    );
    // The end of a name says whose it is.
    if let Target::Url { url, .. } = &request.target
        && url.as_str().len() > 100
    {
        text.push_str(&format!("  host      {}\n", style.bold(&ends(url.host_str().unwrap_or_default(), 15, 40))));
    }
    if let Some(changed) = &question.changed {
        text.push_str(&format!("  changed   {}\n", style.yellow(&ends(changed, 130, 60))));
    }
    if !request.call_site.is_empty() {
        let sites: Vec<_> = request.call_site.iter().take(3).map(|site| ends(site, 20, 25)).collect();
        text.push_str(&format!("  from      {}\n", sites.join(" < ")));
    }
    for (position, scope) in question.scopes.iter().enumerate() {
        let head = if position == 0 { "scopes" } else { "" };
        let (words, rule) = (scope.words(), scope.to_string());
        // A long rule has no room beside its words.
        let rule = if words.len() <= 65 && rule.len() <= 55 {
            format!("  {}", style.dim(&one_line(&rule)))
        } else {
            String::new()
        };
        text.push_str(&format!("  {head:8}  {} {}{rule}\n", position + 1, ends(&words, 45, 20)));
    }
    text.push_str(
        &style.dim("  [d]eny  [o]nce  [r]un  [s]ession  [a]lways, with a scope's number such as r2;  [x] stop the run"),
    );
    text.push('\n');
    text
}

/// The text on one line, its middle left out where it is longer than its two ends.
fn ends(text: &str, head: usize, tail: usize) -> String {
    // Node-made names are among them: nothing in one may reach into another row.
    let letters: Vec<char> = name(&one_line(text), usize::MAX).chars().collect();
    match letters.len().checked_sub(head + tail) {
        None | Some(0) => letters.into_iter().collect(),
        Some(_) => {
            let (head, rest) = letters.split_at(head);
            let tail: String = rest[rest.len() - tail..].iter().collect();
            format!("{}…{tail}", head.iter().collect::<String>())
        }
    }
}

/// Reads an answer; `None` where it is none.
fn parse(line: &str, scopes: usize) -> Option<Answer> {
    let line = line.trim().to_ascii_lowercase();
    let line = match line.as_str() {
        "" | "d" | "n" | "no" | "deny" => return Some(Answer::DENY),
        "x" => return Some(Answer { stop_run: true, ..Answer::DENY }),
        "y" | "yes" | "once" => "o",
        "run" => "r",
        "session" => "s",
        "always" => "a",
        line => line,
    };
    let (decision, rest) = match line.strip_prefix('d') {
        Some(rest) => (Decision::Deny, rest),
        None => (Decision::Allow, line),
    };
    let mut characters = rest.chars();
    let lifetime = match characters.next()? {
        'o' => Lifetime::Once,
        'r' => Lifetime::Run,
        's' => Lifetime::Session,
        'a' => Lifetime::Always,
        _ => return None,
    };
    let scope = match characters.as_str().trim() {
        "" => 1,
        number => number.parse().ok().filter(|number| (1..=scopes).contains(number))?,
    };
    Some(Answer { decision, scope: scope - 1, lifetime, stop_run: false })
}

#[cfg(test)]
mod tests {
    use runtime::event::RunId;
    use runtime::permission::{Capability, Identity, Request};

    use super::*;

    fn answer(decision: Decision, lifetime: Lifetime, scope: usize) -> Option<Answer> {
        Some(Answer { decision, scope, lifetime, stop_run: false })
    }

    #[test]
    fn answers() {
        assert_eq!(parse("", 2), Some(Answer::DENY));
        assert_eq!(parse(" D ", 2), Some(Answer::DENY));
        assert_eq!(parse("o", 2), answer(Decision::Allow, Lifetime::Once, 0));
        assert_eq!(parse("yes", 2), answer(Decision::Allow, Lifetime::Once, 0));
        assert_eq!(parse("r2", 2), answer(Decision::Allow, Lifetime::Run, 1));
        assert_eq!(parse("A 2", 2), answer(Decision::Allow, Lifetime::Always, 1));
        assert_eq!(parse("ds", 2), answer(Decision::Deny, Lifetime::Session, 0));
        assert_eq!(parse("da2", 2), answer(Decision::Deny, Lifetime::Always, 1));
        assert_eq!(parse("x", 2).map(|answer| answer.stop_run), Some(true));
        for wrong in ["r3", "r0", "q", "rr", "2", "dd", "r-1", "r99999999999999999999"] {
            assert_eq!(parse(wrong, 2), None, "{wrong:?} is not an answer");
        }
    }

    #[test]
    fn a_question_shows_guest_strings_escaped() {
        let question = Question {
            id: 1,
            run: RunId("r".into()),
            identity: Identity { file: "/n.wasm".into(), node: "n\u{1b}[2J".into() },
            friendly_name: "Nice\u{202e}\nallow? o".into(),
            build: "b".into(),
            request: Request {
                capability: Capability::OAuth,
                target: Target::Provider("g\u{7}".into()),
                call_site: vec!["f\u{1b}".into()],
            },
            class: None,
            declared: false,
            changed: Some("this file was a component; it is now \u{1b}[2J".into()),
            scopes: vec!["all".parse().expect("a rule")],
        };
        let text = words(&question, Style::for_stdout());
        assert!(text.contains("\"Nice\\u{202e}\\nallow? o\" wants your OAuth token"), "{text}");
        assert!(text.contains("n\\u{1b}[2J") && text.contains("g\\u{7}") && text.contains("f\\u{1b}"), "{text}");
        assert!(text.contains("1 Everything  all") && text.contains("it is now \\u{1b}[2J"), "{text}");
    }

    #[test]
    fn f42_a_question_fits_on_a_small_terminal_with_its_host_in_sight() {
        let long = |letter: &str| letter.repeat(3000);
        for letter in ["x", "\u{1b}", "\u{202e}", "\n", "permission: "] {
            let host = format!("trusted.example.{}evil.example", "a.".repeat(110));
            let url = format!("https://{host}/{}", "p".repeat(3000)).parse().expect("a URL");
            let target = Target::Url { method: "GET".into(), url, address: None };
            let request = Request {
                capability: Capability::Http,
                target,
                call_site: vec![long(letter), long(letter), long(letter)],
            };
            let question = Question {
                id: 1,
                run: RunId("r".into()),
                identity: Identity { file: format!("/{}", "n".repeat(3000)).into(), node: long(letter) },
                friendly_name: long(letter),
                build: "b".into(),
                class: None,
                declared: false,
                changed: Some(long(letter)),
                scopes: (0..5)
                    .map(|_| format!("http:https://{host}/{}", "q".repeat(3000)).parse().expect("a rule"))
                    .collect(),
                request,
            };
            let text = words(&question, Style::for_stdout());
            let rows: usize = text.lines().map(|line| line.chars().count().div_ceil(80).max(1)).sum();
            assert!(rows < 24, "{rows} rows: {text}");
            let host = text.lines().find(|line| line.contains("  host ")).expect("a row for the host");
            assert!(host.contains("trusted.example") && host.contains(".evil.example"), "{host}");
        }
    }
}
