//! `nodewb rules`: what permission rules mean.

use std::net::IpAddr;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use runtime::permission::rule::explain::{Aim, Judged};
use runtime::permission::{Rule, RuleError};
use runtime::text::{elided, one_line};
use serde_json::json;

use crate::args::Call;
use crate::exit::Exit;
use crate::terminal::{self, Style, out};

#[derive(Args)]
pub struct Rules {
    #[command(subcommand)]
    pub command: RulesCommand,
}

#[derive(Subcommand)]
pub enum RulesCommand {
    /// Say what a rule covers, and whether it covers a target
    Explain(Explain),
}

#[derive(Args)]
#[command(after_help = "Targets:
  tcp:127.0.0.1:80   tcp-listen:…   udp:…   udp-bind:…   udp-receive:…   dns:example.com
  https://example.com/   POST https://example.com/   wss://example.com/   oauth:google   models:NAME   cache

Exit codes: 0 the rule covers the target (or there is none), 1 it does not, 2 it is no rule or no target.

Examples:
  nodewb rules explain tcp:*.example.com:443
  nodewb rules explain tcp:127.0.0.1:* http://localhost:8080/ --as deny
  nodewb rules explain http:https://10.0.0.1/ https://db.example/ --as deny --address 10.0.0.1")]
pub struct Explain {
    /// Such as tcp:127.0.0.1:6379
    pub rule: String,
    /// What a node may ask for, such as GET https://example.com/
    pub target: Option<String>,
    /// Where the target's name leads
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<IpAddr>,
    /// Which reading the exit code is about
    #[arg(long = "as", value_name = "READING", default_value = "allow")]
    pub reading: Reading,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reading {
    Allow,
    Deny,
}

pub fn rules(rules: &Rules) -> Exit {
    let RulesCommand::Explain(arguments) = &rules.command;
    match explain(arguments) {
        Ok((text, covered)) => {
            out(&text);
            if covered { Exit::Ok } else { Exit::NodeError }
        }
        Err(reason) => Exit::Usage.because(&reason),
    }
}

/// What to print, and whether the target is covered.
fn explain(arguments: &Explain) -> Result<(String, bool), String> {
    let rule: Rule = arguments.rule.parse().map_err(|error: RuleError| one_line(&error.to_string()).into_owned())?;
    let aim = match &arguments.target {
        Some(target) => Some(Aim::parse(target, arguments.address).map_err(|reason| one_line(&reason).into_owned())?),
        None => None,
    };
    let judged = aim.map(|aim| rule.judge(&aim));
    let covered = judged.is_none_or(|judged| match arguments.reading {
        Reading::Allow => judged.allow,
        Reading::Deny => judged.deny,
    });
    let text = if arguments.json { document(&rule, arguments, judged) } else { words(&rule, arguments, judged) };
    Ok((text, covered))
}

const DEPENDS: &str = "unless its name leads there; say where it leads with --address";

fn words(rule: &Rule, arguments: &Explain, judged: Option<Judged>) -> String {
    let style = Style::for_stdout();
    let mut text = format!("{}\n  {}\n", style.bold(&elided(&rule.to_string(), 400)), rule.words());
    for (head, lines) in [("allow", rule.as_allow()), ("deny", rule.as_deny())] {
        for (position, line) in lines.iter().enumerate() {
            let head = if position == 0 { head } else { "" };
            text.push_str(&format!("  {head:6} {line}\n"));
        }
    }
    if let (Some(target), Some(judged)) = (&arguments.target, judged) {
        let says = |covered: bool, verb: &str, depends: bool| match (covered, depends) {
            (true, _) => format!("  {} it\n", style.bold(&format!("--{verb} covers"))),
            (false, false) => format!("  --{verb} does not cover it\n"),
            (false, true) => format!("  --{verb} does not cover it, {DEPENDS}\n"),
        };
        text.push_str(&format!("{}\n", elided(target, 400)));
        text.push_str(&says(judged.allow, "allow", false));
        text.push_str(&says(judged.deny, "deny", judged.depends));
    }
    text
}

fn document(rule: &Rule, arguments: &Explain, judged: Option<Judged>) -> String {
    let mut document = json!({
        "rule": rule.to_string(),
        "words": rule.words(),
        "breadth": rule.breadth().name(),
        "allow": rule.as_allow(),
        "deny": rule.as_deny(),
    });
    if let (Some(target), Some(judged)) = (&arguments.target, judged) {
        document["target"] = json!({
            "text": target,
            "address": arguments.address,
            "allow": judged.allow,
            "deny": judged.deny,
            "depends_on_address": judged.depends,
        });
    }
    format!("{document:#}\n")
}

/// A rule as it was written, because a permission's label is worth a word.
#[derive(Clone, Debug)]
pub struct Written {
    pub rule: Rule,
    label: Option<String>,
}

impl FromStr for Written {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let rule: Rule = text.parse()?;
        Ok(Self { label: rule.is_label(text).then(|| text.trim().to_owned()), rule })
    }
}

/// Says how to allow less than a whole permission.
pub fn warn_of_labels(call: &Call) {
    let mut told = Vec::new();
    for Written { rule, label } in &call.allow {
        if let Some(label) = label
            && !told.contains(&label)
        {
            told.push(label);
            let narrower = rule.narrower().map(|rule| format!("; \"{rule}\" would allow less")).unwrap_or_default();
            let what = rule.words().to_lowercase();
            terminal::err(&format!("warning: \"{label}\" allows all of it: {what}{narrower}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(
        rule: &str,
        target: Option<&str>,
        address: Option<&str>,
        reading: Reading,
    ) -> Result<(String, bool), String> {
        explain(&Explain {
            rule: rule.to_owned(),
            target: target.map(str::to_owned),
            address: address.map(|address| address.parse().expect("an address")),
            reading,
            json: false,
        })
    }

    #[test]
    fn targets_of_every_kind_are_judged() {
        for (rule, target, allow, deny) in [
            ("tcp:127.0.0.1:80", "tcp:127.0.0.1:80", true, true),
            ("tcp:127.0.0.1:80", "tcp:0x7f.1:80", true, true),
            ("tcp:127.0.0.1:80", "tcp:localhost:80", false, true),
            ("tcp:127.0.0.1:80", "http://127.0.0.1/", false, true),
            ("tcp:*", "wss://example.com/", false, true),
            ("http:GET https://example.com/v1/", "GET https://example.com/v1/x", true, true),
            ("http:GET https://example.com/v1/", "POST https://example.com/v1/x", false, false),
            ("http:https://example.com/", "http:GET https://example.com/", true, true),
            ("dns:*.example.com", "dns:a.example.com", true, true),
            ("dns:*.example.com", "https://a.example.com/", false, true),
            ("udp:@internet:53", "udp:8.8.8.8:53", true, true),
            ("tcp-listen:127.0.0.1:*", "tcp-listen:0.0.0.0:80", false, true),
            ("oauth:google", "oauth:google", true, true),
            ("storage:read", "storage-read", true, true),
            ("cache", "variables", false, false),
        ] {
            let covered = |reading| run(rule, Some(target), None, reading).expect("a rule and a target").1;
            assert_eq!((covered(Reading::Allow), covered(Reading::Deny)), (allow, deny), "{rule} and {target}");
        }
        for (rule, target) in [("tpc:x", None), ("tcp:*", Some("nonsense")), ("tcp:*", Some("tcp:example.com"))] {
            assert!(run(rule, target, None, Reading::Allow).is_err(), "{rule} and {target:?}");
        }
    }

    #[test]
    fn where_a_name_leads_can_be_said() {
        let (rule, target) = ("http:http://10.0.0.1:*/", Some("http://db.example/"));
        let (text, covered) = run(rule, target, None, Reading::Deny).expect("a rule");
        assert!(!covered && text.contains("--address"), "{text}");
        assert!(run(rule, target, Some("10.0.0.1"), Reading::Deny).expect("a rule").1);
        assert!(!run(rule, target, Some("10.0.0.2"), Reading::Deny).expect("a rule").1);
    }

    #[test]
    fn f07_a_label_is_told_how_to_allow_less() {
        for (text, is_label) in [("network:http", true), ("storage:read", true), ("http:*", false), ("tcp:*", false)] {
            let written: Written = text.parse().expect("a rule");
            assert_eq!(written.label.is_some(), is_label, "{text}");
        }
    }
}
