//! What is expected of a run.

use regex::Regex;

use crate::exact::Exact;
use crate::observed::{Difference, Line, Observed, bounded};
use crate::operator::{Matcher, SchemaCheck};

/// The expectations of one case. Without any, a run has to end "ok".
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    outcome: Vec<String>,
    error: Option<Matcher>,
    fired: Option<Vec<String>>,
    outputs: Vec<(String, Matcher)>,
    logs: Vec<LineMatcher>,
    no_logs: Vec<LineMatcher>,
    stream: Option<Matcher>,
    /// What the run may ask for. `None` allows nothing.
    asked: Vec<String>,
    time_below_ms: Option<f64>,
    memory_below: Option<u64>,
    fuel_below: Option<u64>,
}

#[derive(Clone, Debug)]
struct LineMatcher {
    level: Option<String>,
    contains: Option<String>,
    matches: Option<Regex>,
    words: String,
}

const MEMBERS: [&str; 11] = [
    "outcome",
    "error",
    "fired",
    "outputs",
    "logs",
    "no_logs",
    "stream",
    "asked",
    "time_below_ms",
    "memory_below",
    "fuel_below",
];
const LEVELS: [&str; 5] = ["debug", "info", "warn", "error", "fatal"];
const OUTCOMES: [&str; 6] = ["ok", "error", "trap", "limit", "denied", "cancelled"];

impl Expectations {
    /// Reads the `expect` of a case. A member that is none is an error: a misspelt expectation would never fail.
    pub fn read(value: &Exact) -> Result<Self, String> {
        let Exact::Object(members) = value else { return Err("\"expect\" takes an object".to_owned()) };
        if let Some((stranger, _)) = members.iter().find(|(name, _)| !MEMBERS.contains(&name.as_str())) {
            return Err(format!(
                "\"expect\" has no \"{}\"; it has {}",
                stranger.escape_debug(),
                MEMBERS.map(|name| format!("\"{name}\"")).join(", ")
            ));
        }
        let matcher = |name: &str| value.get(name).map(Matcher::read).transpose().map_err(at(name));
        let lines = |name: &str| value.get(name).map_or_else(|| Ok(Vec::new()), |value| read_lines(name, value));
        Ok(Self {
            outcome: value.get("outcome").map_or_else(|| Ok(Vec::new()), read_outcomes)?,
            error: matcher("error")?,
            fired: value.get("fired").map(|value| texts("fired", value)).transpose()?,
            outputs: value.get("outputs").map_or_else(|| Ok(Vec::new()), read_outputs)?,
            logs: lines("logs")?,
            no_logs: lines("no_logs")?,
            stream: value.get("stream").map(read_stream).transpose()?,
            asked: value.get("asked").map_or_else(|| Ok(Vec::new()), |value| texts("asked", value))?,
            time_below_ms: value.get("time_below_ms").map(|value| read_number("time_below_ms", value)).transpose()?,
            memory_below: value.get("memory_below").map(read_size).transpose().map_err(at("memory_below"))?,
            fuel_below: value.get("fuel_below").map(read_whole).transpose().map_err(at("fuel_below"))?,
        })
    }

    /// The same with what a row expects besides or instead.
    pub(crate) fn with(mut self, row: Self) -> Self {
        let Self { outcome, error, fired, outputs, logs, no_logs, stream, asked, .. } = row;
        for (name, matcher) in outputs {
            self.outputs.retain(|(known, _)| *known != name);
            self.outputs.push((name, matcher));
        }
        if !outcome.is_empty() {
            self.outcome = outcome;
        }
        self.error = error.or(self.error);
        self.fired = fired.or(self.fired);
        self.stream = stream.or(self.stream);
        self.logs.extend(logs);
        self.no_logs.extend(no_logs);
        self.asked.extend(asked);
        self.time_below_ms = row.time_below_ms.or(self.time_below_ms);
        self.memory_below = row.memory_below.or(self.memory_below);
        self.fuel_below = row.fuel_below.or(self.fuel_below);
        self
    }

    /// Whether fuel has to be counted.
    pub fn counts_fuel(&self) -> bool {
        self.fuel_below.is_some()
    }

    /// Everything that is not as expected, in the order of the file's members.
    pub fn check(&self, observed: &Observed, schemas: &SchemaCheck<'_>) -> Vec<Difference> {
        let mut differences = Vec::new();
        self.check_end(observed, schemas, &mut differences);
        self.check_outputs(observed, schemas, &mut differences);
        self.check_lines(observed, &mut differences);
        if let Some(matcher) = &self.stream {
            matcher.check("stream", &Exact::Text(observed.stream.clone()), schemas, &mut differences);
        }
        for asked in observed.asked.iter().filter(|asked| !self.asked.contains(asked)) {
            differences.push(Difference::new("asked", "nothing else to be asked for", bounded(asked)));
        }
        self.check_figures(observed, &mut differences);
        differences
    }

    fn check_end(&self, observed: &Observed, schemas: &SchemaCheck<'_>, differences: &mut Vec<Difference>) {
        let expected =
            if self.outcome.is_empty() && self.error.is_none() { vec!["ok".to_owned()] } else { self.outcome.clone() };
        if !expected.is_empty() && !expected.contains(&observed.outcome) {
            let found = match &observed.error {
                Some(error) => format!("{}: {}", observed.outcome, bounded(error)),
                None => observed.outcome.clone(),
            };
            differences.push(Difference::new("outcome", expected.join(" or "), found));
        }
        if let Some(matcher) = &self.error {
            let error = observed.error.clone().map_or(Exact::Null, Exact::Text);
            matcher.check("error", &error, schemas, differences);
        }
        if let Some(fired) = &self.fired
            && *fired != observed.fired
        {
            let list = |pins: &[String]| if pins.is_empty() { "nothing".to_owned() } else { pins.join(", ") };
            differences.push(Difference::new("fired", list(fired), list(&observed.fired)));
        }
    }

    fn check_outputs(&self, observed: &Observed, schemas: &SchemaCheck<'_>, differences: &mut Vec<Difference>) {
        for (pin, matcher) in &self.outputs {
            let place = format!("outputs.{pin}");
            match observed.outputs.iter().find(|(name, _)| name == pin) {
                Some((_, text)) => match Exact::parse(text) {
                    Ok(value) => matcher.check(&place, &value, schemas, differences),
                    Err(error) => differences.push(Difference::new(&place, "JSON", error)),
                },
                None => differences.push(Difference::missing(&place)),
            }
        }
    }

    fn check_lines(&self, observed: &Observed, differences: &mut Vec<Difference>) {
        for matcher in self.logs.iter().filter(|matcher| !observed.logs.iter().any(|line| matcher.holds(line))) {
            let found = format!("{} other lines", observed.logs.len());
            differences.push(Difference::new("logs", matcher.words.clone(), found));
        }
        for matcher in &self.no_logs {
            if let Some(line) = observed.logs.iter().find(|line| matcher.holds(line)) {
                let expected = format!("no {}", matcher.words);
                differences.push(Difference::new("no_logs", expected, bounded(&line.message)));
            }
        }
        // Flow-Like's own words: an assert node writes this line and fails.
        for line in observed.logs.iter().filter(|line| line.message.starts_with("ASSERT_FAIL")) {
            differences.push(Difference::new("logs", "no failed assertion", bounded(&line.message)));
        }
    }

    fn check_figures(&self, observed: &Observed, differences: &mut Vec<Difference>) {
        if let Some(most) = self.time_below_ms
            && observed.time_ms >= most
        {
            differences.push(Difference::new(
                "time_below_ms",
                format!("below {most}"),
                format!("{:.1}", observed.time_ms),
            ));
        }
        let figure = |place: &str, most: Option<u64>, found: Option<u64>, differences: &mut Vec<Difference>| {
            if let (Some(most), Some(found)) = (most, found)
                && found >= most
            {
                differences.push(Difference::new(place, format!("below {most}"), found.to_string()));
            }
        };
        figure("memory_below", self.memory_below, Some(observed.memory), differences);
        figure("fuel_below", self.fuel_below, observed.fuel, differences);
    }
}

impl LineMatcher {
    fn holds(&self, line: &Line) -> bool {
        self.level.as_ref().is_none_or(|level| *level == line.level)
            && self.contains.as_ref().is_none_or(|part| line.message.contains(part.as_str()))
            && self.matches.as_ref().is_none_or(|pattern| pattern.is_match(&line.message))
    }
}

fn at(name: &str) -> impl Fn(String) -> String + '_ {
    move |reason| format!("\"{name}\": {reason}")
}

fn texts(name: &str, value: &Exact) -> Result<Vec<String>, String> {
    let text = |value: &Exact| match value {
        Exact::Text(text) => Some(text.clone()),
        _ => None,
    };
    let list = match value {
        Exact::List(elements) => elements.iter().map(text).collect(),
        other => text(other).map(|text| vec![text]),
    };
    list.ok_or_else(|| format!("\"{name}\" takes a list of texts"))
}

fn read_outcomes(value: &Exact) -> Result<Vec<String>, String> {
    let outcomes = texts("outcome", value)?;
    match outcomes.iter().find(|outcome| !OUTCOMES.contains(&outcome.as_str())) {
        Some(other) => {
            Err(format!("\"outcome\" is \"{}\"; it is one of {}", other.escape_debug(), OUTCOMES.join(", ")))
        }
        None => Ok(outcomes),
    }
}

fn read_outputs(value: &Exact) -> Result<Vec<(String, Matcher)>, String> {
    let Exact::Object(members) = value else { return Err("\"outputs\" takes an object".to_owned()) };
    members
        .iter()
        .map(|(pin, value)| {
            Ok((pin.clone(), Matcher::read(value).map_err(|reason| format!("output \"{pin}\": {reason}"))?))
        })
        .collect()
}

fn read_stream(value: &Exact) -> Result<Matcher, String> {
    match value {
        Exact::Object(members) if members.len() == 1 && members[0].0 == "text" => Matcher::read(&members[0].1),
        _ => Err("it takes an object with \"text\"".to_owned()),
    }
    .map_err(at("stream"))
}

fn read_lines(name: &str, value: &Exact) -> Result<Vec<LineMatcher>, String> {
    let Exact::List(lines) = value else { return Err(format!("\"{name}\" takes a list")) };
    lines.iter().map(read_line).collect::<Result<_, _>>().map_err(at(name))
}

fn read_line(value: &Exact) -> Result<LineMatcher, String> {
    let mut line = LineMatcher { level: None, contains: None, matches: None, words: format!("line with {value}") };
    let Exact::Object(members) = value else {
        return match value {
            Exact::Text(text) => Ok(LineMatcher { contains: Some(text.clone()), ..line }),
            _ => Err("a line is a text, or an object of \"level\", \"contains\" and \"matches\"".to_owned()),
        };
    };
    for (name, value) in members {
        match (name.as_str(), value) {
            ("level", Exact::Text(level)) if LEVELS.contains(&level.as_str()) => line.level = Some(level.clone()),
            ("level", _) => return Err(format!("\"level\" is one of {}", LEVELS.join(", "))),
            ("contains", Exact::Text(text)) => line.contains = Some(text.clone()),
            ("matches", Exact::Text(pattern)) => {
                let pattern = Regex::new(pattern).map_err(|error| format!("\"matches\" is not a pattern: {error}"))?;
                line.matches = Some(pattern);
            }
            (other, _) => return Err(format!("a line has no \"{}\" like this", other.escape_debug())),
        }
    }
    Ok(line)
}

fn read_number(name: &str, value: &Exact) -> Result<f64, String> {
    value.number().ok_or_else(|| format!("\"{name}\" takes a number"))
}

fn read_whole(value: &Exact) -> Result<u64, String> {
    match value {
        Exact::Number(spelling) => spelling.parse().map_err(|_| "it takes a whole number from 0".to_owned()),
        _ => Err("it takes a whole number from 0".to_owned()),
    }
}

/// Bytes: a number of mebibytes, or a text such as "64MiB".
pub(crate) fn read_size(value: &Exact) -> Result<u64, String> {
    let wrong = || "it takes a size such as \"64MiB\" or 64, which are mebibytes".to_owned();
    let text = match value {
        Exact::Number(spelling) | Exact::Text(spelling) => spelling.trim(),
        _ => return Err(wrong()),
    };
    let end = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let shift = match text[end..].to_ascii_lowercase().as_str() {
        "k" | "kb" | "kib" => 10,
        "" | "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..end].trim().parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).filter(|size| *size > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(text: &str) -> Expectations {
        Expectations::read(&Exact::parse(text).expect("JSON")).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn differences(text: &str, observed: &Observed) -> Vec<String> {
        expect(text).check(observed, &|_, _| None).iter().map(ToString::to_string).collect()
    }

    fn observed() -> Observed {
        Observed {
            outcome: "ok".into(),
            fired: vec!["exec_out".into()],
            outputs: vec![("n".into(), "3".into())],
            logs: vec![Line { level: "info".into(), message: "counted 3".into() }],
            stream: "hello".into(),
            time_ms: 12.0,
            memory: 1 << 20,
            ..Observed::default()
        }
    }

    #[test]
    fn what_is_as_expected_makes_no_difference() {
        let text = r#"{"outcome":"ok","fired":["exec_out"],"outputs":{"n":3},"logs":[{"level":"info","contains":"counted"}],
            "no_logs":[{"level":"error"}],"stream":{"text":"hello"},"time_below_ms":13,"memory_below":"2MiB"}"#;
        assert_eq!(differences(text, &observed()), Vec::<String>::new());
        assert_eq!(differences("{}", &observed()), Vec::<String>::new());
    }

    #[test]
    fn each_expectation_can_fail() {
        for (text, said) in [
            (r#"{"outcome":["error","trap"]}"#, "outcome: expected error or trap, found ok"),
            (r#"{"fired":[]}"#, "fired: expected nothing, found exec_out"),
            (r#"{"outputs":{"n":4}}"#, "outputs.n: expected 4, found 3"),
            (r#"{"outputs":{"m":4}}"#, "outputs.m: expected a value, found nothing"),
            (r#"{"logs":[{"level":"warn"}]}"#, r#"logs: expected line with {"level":"warn"}, found 1 other lines"#),
            (r#"{"no_logs":["counted"]}"#, r#"no_logs: expected no line with "counted", found counted 3"#),
            (r#"{"stream":{"text":{"matches":"^b"}}}"#, r#"stream: expected a text that matches /^b/, found "hello""#),
            (r#"{"time_below_ms":12}"#, "time_below_ms: expected below 12, found 12.0"),
            (r#"{"memory_below":1}"#, "memory_below: expected below 1048576, found 1048576"),
            (r#"{"error":{"contains":"x"}}"#, r#"error: expected something that contains "x", found null"#),
        ] {
            assert_eq!(differences(text, &observed()), [said], "{text}");
        }
    }

    #[test]
    fn a_run_ends_ok_unless_something_else_is_expected() {
        let failed = Observed { outcome: "error".into(), error: Some("no file".into()), ..Observed::default() };
        assert_eq!(differences("{}", &failed), ["outcome: expected ok, found error: no file"]);
        assert_eq!(differences(r#"{"error":"no file"}"#, &failed), Vec::<String>::new());
    }

    #[test]
    fn what_was_asked_has_to_be_expected() {
        let asked = Observed { asked: vec!["dns:example.com".into()], ..observed() };
        assert_eq!(differences("{}", &asked), ["asked: expected nothing else to be asked for, found dns:example.com"]);
        assert_eq!(differences(r#"{"asked":["dns:example.com"]}"#, &asked), Vec::<String>::new());
    }

    #[test]
    fn failed_assertions_count_whatever_is_expected() {
        for (line, count) in [("ASSERT_FAIL a b", 1), ("ASSERT_FAILx", 1), (" ASSERT_FAIL a", 0), ("assert_fail", 0)] {
            let logs = vec![Line { level: "error".into(), message: line.into() }];
            assert_eq!(differences("{}", &Observed { logs, ..observed() }).len(), count, "{line:?}");
        }
    }

    #[test]
    fn a_misspelt_expectation_is_an_error() {
        for (text, part) in [
            (r#"{"output":{}}"#, "has no \"output\""),
            (r#"{"outcome":"okay"}"#, "one of ok"),
            (r#"{"logs":[{"lvl":"info"}]}"#, "no \"lvl\""),
            (r#"{"logs":[{"level":"loud"}]}"#, "one of debug"),
            (r#"{"memory_below":"big"}"#, "64MiB"),
            (r#"{"stream":"x"}"#, "object with \"text\""),
            ("[]", "takes an object"),
        ] {
            let error = Expectations::read(&Exact::parse(text).expect("JSON")).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
