//! Questions at the terminal.
//!
//! Everything that comes from the node is escaped, what was typed before a question appeared does not answer it, and a
//! question that ends unanswered is denied.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::sync::Arc;

use async_trait::async_trait;
use runtime::permission::{Answer, Decision, DenyAll, Lifetime, Prompter, Question};
use runtime::text::{one_line, quoted, shortened};
use rustix::process::getpgrp;
use rustix::termios::{QueueSelector, tcflush, tcgetpgrp};
use tokio::sync::{Mutex, mpsc};

use crate::args::Call;
use crate::show::target;
use crate::terminal::{self, Style};

/// The terminal where there is one and it may be used, else nobody.
pub fn prompter(call: &Call) -> Arc<dyn Prompter> {
    let wanted = !call.no_ask && (call.ask || terminal::is_stderr());
    let opened = wanted.then(Terminal::open).flatten();
    match opened {
        Some(terminal) => Arc::new(terminal),
        None => {
            if call.ask {
                terminal::err("warning: there is no terminal to ask at; everything that is not allowed is denied\n");
            }
            Arc::new(DenyAll)
        }
    }
}

struct Terminal {
    /// The controlling terminal, so that standard input stays free for values.
    device: File,
    /// One question at a time; the lines that the user types, read from the first question on.
    lines: Mutex<Option<mpsc::Receiver<String>>>,
}

impl Terminal {
    fn open() -> Option<Self> {
        let device = File::options().read(true).write(true).open("/dev/tty").ok()?;
        Some(Self { device, lines: Mutex::new(None) })
    }

    /// Whether another process group has the terminal: reading from it would stop the whole program.
    fn is_in_background(&self) -> bool {
        tcgetpgrp(&self.device).map_or(true, |foreground| foreground != getpgrp())
    }

    /// Reading a terminal cannot be cancelled, so one thread reads for all questions and dies with the program.
    fn read(&self) -> std::io::Result<mpsc::Receiver<String>> {
        let input = BufReader::new(self.device.try_clone()?);
        let (sender, lines) = mpsc::channel(1);
        std::thread::Builder::new().name("terminal".into()).spawn(move || {
            for line in input.lines().map_while(Result::ok) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        })?;
        Ok(lines)
    }

    fn say(&self, text: &str) {
        let _ = (&self.device).write_all(text.as_bytes());
    }
}

#[async_trait]
impl Prompter for Terminal {
    async fn ask(&self, question: Arc<Question>) -> Answer {
        let mut lines = self.lines.lock().await;
        if self.is_in_background() {
            terminal::err("warning: the program runs in the background, where it cannot ask; denied\n");
            return Answer::DENY;
        }
        let lines = match &mut *lines {
            Some(lines) => lines,
            none => match self.read() {
                Ok(lines) => none.insert(lines),
                Err(error) => {
                    terminal::complain(&format!("cannot read answers: {error}; denied"));
                    return Answer::DENY;
                }
            },
        };
        // Typed before the question was there, so not an answer to it.
        let _ = tcflush(&self.device, QueueSelector::IFlush);
        while lines.try_recv().is_ok() {}

        let style = Style::for_stderr();
        self.say(&words(&question, style));
        let withdrawn = Withdrawn(Some(self));
        let answer = loop {
            self.say(&style.bold("allow? "));
            match lines.recv().await.as_deref().map(|line| parse(line, question.scopes.len())) {
                Some(Some(answer)) => break answer,
                Some(None) => self.say(HELP),
                None => break Answer::DENY,
            }
        };
        withdrawn.answered();
        answer
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
        quoted(&question.friendly_name),
        style.bold(request.capability.wish()),
        quoted(&question.identity.node),
        one_line(&question.identity.file.display().to_string()),
        style.bold(&target(&request.target)),
    );
    if !request.call_site.is_empty() {
        let sites: Vec<_> = request.call_site.iter().take(4).map(|site| shortened(site, 80)).collect();
        text.push_str(&format!("  from      {}\n", sites.join(" < ")));
    }
    for (position, scope) in question.scopes.iter().enumerate() {
        let head = if position == 0 { "scopes" } else { "" };
        text.push_str(&format!("  {head:8}  {} {}\n", position + 1, one_line(&scope.to_string())));
    }
    text.push_str(
        &style.dim("  [d]eny  [o]nce  [r]un  [s]ession  [a]lways, with a scope's number such as r2;  [x] stop the run"),
    );
    text.push('\n');
    text
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
    use runtime::permission::{Capability, Identity, Request, Target};

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
            assert_eq!(parse(wrong, 2), None, "{wrong:?} is no answer");
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
            scopes: vec!["all".parse().expect("a rule")],
        };
        let text = words(&question, Style::for_stdout());
        assert!(text.contains("\"Nice\\u{202e}\\nallow? o\" wants your OAuth token"), "{text}");
        assert!(text.contains("n\\u{1b}[2J") && text.contains("g\\u{7}") && text.contains("f\\u{1b}"), "{text}");
        assert!(text.contains("1 all"), "{text}");
    }
}
