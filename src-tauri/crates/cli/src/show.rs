//! Events of a run for people (standard error) or for scripts (standard output).

use runtime::event::{Event, EventKind, Level, LogSource, NetworkState};
use runtime::permission::policy::{never_allowed, scopes};
use runtime::permission::{Basis, Decided, Decision, Request, Rule, Target};
use runtime::run::Outcome;
use runtime::text::{elided, name, one_line, shortened};
use runtime::trap::{Frame, Trap};

use crate::terminal::{Style, err, json};

/// Shows events as they come; `show` says whether anybody still reads them.
#[derive(Clone, Copy)]
pub enum Show {
    Lines,
    People(Style),
}

impl Show {
    pub fn new(json: bool) -> Self {
        if json { Self::Lines } else { Self::People(Style::for_stderr()) }
    }

    pub fn show(self, event: &Event) -> bool {
        match self {
            Self::Lines => wire::events(event).iter().all(|event| json(event, false)),
            Self::People(style) => {
                if let Some(text) = words(&event.kind, style) {
                    err(&format!("{text}\n"));
                }
                true
            }
        }
    }

    /// The result for people is JSON too, so that it can be piped on.
    pub fn result(self, outcome: &Outcome) {
        let Self::People(style) = self else { return };
        if let Some(trap) = &outcome.trap {
            err(&trapped(trap, style));
        }
        for problem in &outcome.problems {
            err(&format!(
                "{} {} {}\n",
                style.yellow("warning:"),
                one_line(&problem.to_string()),
                style.dim(&format!("[{}]", problem.code.name()))
            ));
        }
        err(&style.dim(&format!("the run {} after {}\n", outcome.status.words(), outcome.figures.words())));
        json(&wire::Finished::from(outcome), true);
    }
}

fn words(kind: &EventKind, style: Style) -> Option<String> {
    Some(match kind {
        EventKind::Log { level, source, message } => log(*level, *source, message, style),
        EventKind::Stream { kind, data } => {
            format!("{} {}", style.dim(&format!("stream {}", shortened(kind, 40))), shortened(data.as_str(), 2_000))
        }
        EventKind::Fired { pin } => style.dim(&format!("fired {}", one_line(pin))),
        EventKind::Output { .. } | EventKind::Asked(_) | EventKind::Finished(_) => return None,
        EventKind::Decided(decided) => decision(decided, style)?,
        EventKind::Network(network) => {
            let state = match &network.state {
                NetworkState::Denied => return None,
                NetworkState::Opened => "opened".into(),
                NetworkState::Listening => "listening".into(),
                NetworkState::Answered { summary } => one_line(summary).into_owned(),
                NetworkState::Closed { reason } => format!("closed, {}", one_line(reason)),
                NetworkState::Failed { reason } => format!("failed, {}", one_line(reason)),
            };
            style.dim(&format!("net {} {state}", shortened(&network.target, 200)))
        }
        EventKind::LeftOut { lines } => {
            style.yellow(&format!("{lines} lines were left out: the run passed its budget"))
        }
    })
}

/// Further lines of one message are marked, so that a node cannot speak with the program's voice.
fn log(level: Level, source: LogSource, message: &str, style: Style) -> String {
    let name = format!("{:5}", level.name());
    let mark = match level {
        Level::Debug => style.dim(&name),
        Level::Info => style.green(&name),
        Level::Warn => style.yellow(&name),
        Level::Error | Level::Fatal => style.red(&name),
    };
    let source = if source == LogSource::Node { String::new() } else { format!("[{}] ", source.name()) };
    let mut lines = message.trim_end_matches('\n').split('\n').map(one_line);
    let mut text = format!("{mark} {source}{}", lines.next().unwrap_or_default());
    for line in lines {
        text.push_str("\n    | ");
        text.push_str(&line);
    }
    text
}

/// What the node was allowed without a word is not worth one here; the record has it.
fn decision(decided: &Decided, style: Style) -> Option<String> {
    if matches!(decided.basis, Basis::LowRisk) && decided.decision == Decision::Allow {
        return None;
    }
    let why = match &decided.basis {
        Basis::Rule(rule) => format!("by the rule {}", short(rule)),
        Basis::Grant { rule, lifetime } => format!("remembered ({}) for {}", lifetime.name(), short(rule)),
        Basis::Answer { rule, lifetime } => format!("answered ({}) for {}", lifetime.name(), short(rule)),
        Basis::LowRisk => "low risk".into(),
        Basis::TimedOut => "nobody answered in time".into(),
        Basis::Withdrawn => "the question was withdrawn".into(),
        Basis::NotAsked | Basis::Default => unasked(&decided.request),
    };
    let what = format!("{} {}", decided.request.capability.name(), target(&decided.request.target));
    let why = one_line(&why).into_owned();
    Some(match decided.decision {
        Decision::Allow => style.dim(&format!("allowed {what}, {why}")),
        Decision::Deny => format!("{} {what}, {why}", style.yellow("denied")),
    })
}

fn short(rule: &Rule) -> String {
    elided(&rule.to_string(), LONGEST)
}

/// Why a request that no rule covers was denied, and which rule would allow it.
fn unasked(request: &Request) -> String {
    if let Some(reason) = never_allowed(request) {
        return format!("no rule can allow it: {reason}");
    }
    let rule = scopes(request).first().map(|rule| rule.to_string().replace('\'', "'\\''"));
    match rule.filter(|rule| rule.len() <= LONGEST) {
        Some(rule) => format!("no rule allows it and nobody could be asked; --allow '{rule}' would allow it"),
        None => "no rule allows it and nobody could be asked".into(),
    }
}

/// Longer targets are shown with their middle left out; their host is in the part that stays.
const LONGEST: usize = 300;

/// The target, escaped and bounded, with its host and its address always in sight.
pub fn target(target: &Target) -> String {
    match target {
        Target::Socket { host: Some(host), address } => format!("{}:{} at {address}", name(host, 255), address.port()),
        Target::Socket { host: None, address } => address.to_string(),
        Target::Name(text) | Target::Provider(text) => name(text, LONGEST),
        Target::Url { method, url, address } => {
            let address = address.map(|address| format!(" at {address}")).unwrap_or_default();
            format!("{} {}{address}", name(method, 40), elided(url.as_str(), LONGEST))
        }
        Target::Own => "the workbench's own store".into(),
    }
}

fn trapped(trap: &Trap, style: Style) -> String {
    let mut text = format!("{} {}\n", style.red(trap.reason.name()), runtime::text::visible(&trap.message));
    let own = trap.frames.iter().filter(|frame| !frame.runtime).count();
    for frames in trap.frames.chunk_by(|one, next| one.runtime == next.runtime) {
        match frames {
            // Where the node has no frame of its own the runtime's are all there is.
            [first, ..] if first.runtime && own > 0 => {
                let plural = if frames.len() == 1 { "" } else { "s" };
                let folded = format!("{} frame{plural} of the language's runtime", frames.len());
                text.push_str(&format!("    {}\n", style.dim(&folded)));
            }
            frames => frames.iter().for_each(|frame| text.push_str(&format!("    at {}\n", frame_words(frame)))),
        }
    }
    text
}

fn frame_words(frame: &Frame) -> String {
    let function = frame.function.clone().unwrap_or_else(|| format!("function {}", frame.function_index));
    let place = match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!(" ({file}:{line})"),
        (Some(file), None) => format!(" ({file})"),
        _ => String::new(),
    };
    shortened(&format!("{function}{place}"), 300)
}

#[cfg(test)]
mod tests {
    use runtime::permission::Capability;

    use super::*;

    #[test]
    fn a_node_cannot_speak_with_another_voice() {
        let style = Style::for_stdout();
        let text = log(Level::Info, LogSource::Node, "one\nallow? \u{1b}[2K\u{202e}\r\nthree\n", style);
        assert!(!text.contains('\u{1b}') || text.starts_with('\u{1b}'), "guest escapes are shown, not sent");
        assert!(text.contains("\n    | allow? \\u{1b}[2K\\u{202e}\\r\n    | three"), "{text}");
        assert!(!text.ends_with('\n'));
    }

    #[test]
    fn guest_strings_in_targets_are_escaped() {
        assert_eq!(target(&Target::Provider("a\u{1b}[0m\nb".into())), "a\\u{1b}[0m\\nb");
        assert_eq!(target(&Target::Provider("a\u{3164}\u{fe0f}".into())), "a\\u{3164}\\u{fe0f}");
    }

    #[test]
    fn f49_a_long_url_keeps_its_host_and_its_address_in_sight() {
        let url = format!("https://evil.example/{}?x=bank.example", "a".repeat(3000)).parse().expect("a URL");
        let shown = target(&Target::Url { method: "GET".into(), url, address: Some([10, 0, 0, 1].into()) });
        assert!(shown.starts_with("GET https://evil.example/aaa") && shown.ends_with(" at 10.0.0.1"), "{shown}");
        assert!(shown.chars().count() < 400, "{shown}");
    }

    #[test]
    fn f51_a_denial_names_the_rule_that_would_allow_it() {
        let request = |text: &str| Request {
            capability: Capability::Http,
            target: Target::Url { method: "GET".into(), url: text.parse().expect("a URL"), address: None },
            call_site: Vec::new(),
        };
        let why = unasked(&request("http://127.0.0.1:8080/x"));
        assert!(why.contains("--allow 'http:GET http://127.0.0.1:8080/x' would"), "{why}");
        let why = unasked(&request("http://user@127.0.0.1:8080/x"));
        assert!(!why.contains("--allow") && why.contains("no rule can allow it"), "{why}");
    }
}
