//! The file `<node>.cases.json`, as far as running its cases needs it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::exact::Exact;
use crate::expect::{Expectations, read_size};

/// A file of cases.
#[derive(Clone, Debug, Default)]
pub struct CasesFile {
    /// In the file's order.
    pub cases: Vec<Case>,
}

/// A case as it is written.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The node of a package; the only one where it is not given.
    pub node: Option<String>,
    inputs: Vec<(String, String)>,
    /// What is allowed and denied without asking.
    pub rules: Rules,
    /// Limits of the run.
    pub limits: Limits,
    expect: Expectations,
    /// Rows, or the file that holds them.
    pub rows: Option<Rows>,
}

/// Rules as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What is allowed.
    pub allow: Vec<String>,
    /// What is denied; beats what is allowed.
    pub deny: Vec<String>,
}

/// Limits of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Seconds.
    pub timeout: Option<f64>,
    /// Bytes.
    pub memory: Option<u64>,
}

/// The rows of a case: one run each.
#[derive(Clone, Debug)]
pub enum Rows {
    /// Written in the file.
    Inline(String),
    /// A JSON file beside the file of cases: a list like the one that would be written.
    File(String),
}

/// One run: a case, or a row of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The case's name, with the row's behind it.
    pub name: String,
    /// Values by input pin, as JSON.
    pub inputs: Vec<(String, String)>,
    /// What is expected.
    pub expect: Expectations,
}

/// Why a file of cases cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FileError {
    /// The file is not what it should be.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A case is not what it should be.
    #[error("case \"{name}\": {reason}")]
    Case {
        /// The case.
        name: String,
        /// What is wrong and what to write.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    cases: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Inner<'a> {
    name: String,
    #[serde(default)]
    node: Option<String>,
    #[serde(borrow, default)]
    inputs: Option<&'a RawValue>,
    #[serde(default)]
    rules: Option<Wishes>,
    #[serde(borrow, default)]
    limits: Option<&'a RawValue>,
    #[serde(borrow, default)]
    expect: Option<&'a RawValue>,
    #[serde(borrow, default)]
    rows: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wishes {
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText<'a> {
    #[serde(default)]
    name: Option<String>,
    #[serde(borrow, default)]
    inputs: Option<&'a RawValue>,
    #[serde(borrow, default)]
    expect: Option<&'a RawValue>,
}

impl CasesFile {
    /// Reads the text of a file. What it does not know beside a case's own members is left alone.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let damaged = |error: serde_json::Error| FileError::Damaged(error.to_string());
        let outer: Outer<'_> = serde_json::from_str(text).map_err(damaged)?;
        let cases = outer.cases.into_iter().enumerate().map(|(index, raw)| {
            let inner: Inner<'_> = serde_json::from_str(raw.get())
                .map_err(|error| FileError::Damaged(format!("case {}: {error}", index + 1)))?;
            let name = inner.name.clone();
            inner.read().map_err(|reason| FileError::Case { name, reason })
        });
        Ok(Self { cases: cases.collect::<Result<_, _>>()? })
    }
}

impl Inner<'_> {
    fn read(self) -> Result<Case, String> {
        let Wishes { allow, deny } = self.rules.unwrap_or_default();
        Ok(Case {
            name: self.name,
            node: self.node,
            inputs: read_inputs(self.inputs)?,
            rules: Rules { allow, deny },
            limits: read_limits(self.limits)?,
            expect: read_expect(self.expect)?,
            rows: self.rows.map(read_rows).transpose()?,
        })
    }
}

impl Case {
    /// The runs of the case. `rows` is the text of the file that [`Rows::File`] names.
    pub fn rows(&self, rows: Option<&str>) -> Result<Vec<Row>, String> {
        let text = match (&self.rows, rows) {
            (None, _) => {
                let (name, inputs, expect) = (self.name.clone(), self.inputs.clone(), self.expect.clone());
                return Ok(vec![Row { name, inputs, expect }]);
            }
            (Some(Rows::Inline(text)), _) => text,
            (Some(Rows::File(_)), Some(text)) => text,
            (Some(Rows::File(file)), None) => return Err(format!("the rows of \"{file}\" were not read")),
        };
        let list: Vec<RowText<'_>> =
            serde_json::from_str(text).map_err(|error| format!("\"rows\" is not a list of rows: {error}"))?;
        list.into_iter().enumerate().map(|(index, row)| self.row(index, &row)).collect()
    }

    fn row(&self, index: usize, row: &RowText<'_>) -> Result<Row, String> {
        let label = row.name.clone().unwrap_or_else(|| (index + 1).to_string());
        let place = |reason: String| format!("row {label}: {reason}");
        let mut inputs = self.inputs.clone();
        for (pin, value) in read_inputs(row.inputs).map_err(place)? {
            inputs.retain(|(known, _)| *known != pin);
            inputs.push((pin, value));
        }
        let expect = self.expect.clone().with(read_expect(row.expect).map_err(place)?);
        Ok(Row { name: format!("{} [{label}]", self.name), inputs, expect })
    }
}

fn read_inputs(raw: Option<&RawValue>) -> Result<Vec<(String, String)>, String> {
    let Some(raw) = raw else { return Ok(Vec::new()) };
    match Exact::parse(raw.get())? {
        Exact::Object(members) => Ok(members.into_iter().map(|(pin, value)| (pin, value.to_string())).collect()),
        _ => Err("\"inputs\" takes an object of values by pin".to_owned()),
    }
}

fn read_expect(raw: Option<&RawValue>) -> Result<Expectations, String> {
    raw.map_or_else(|| Ok(Expectations::default()), |raw| Expectations::read(&Exact::parse(raw.get())?))
}

fn read_limits(raw: Option<&RawValue>) -> Result<Limits, String> {
    let Some(raw) = raw else { return Ok(Limits::default()) };
    let value = Exact::parse(raw.get())?;
    let Exact::Object(members) = &value else { return Err("\"limits\" takes an object".to_owned()) };
    let mut limits = Limits::default();
    for (name, value) in members {
        match name.as_str() {
            "timeout" => match value.number() {
                Some(seconds) if seconds > 0.0 => limits.timeout = Some(seconds),
                _ => return Err("\"timeout\" takes seconds above 0".to_owned()),
            },
            "memory" => limits.memory = Some(read_size(value).map_err(|reason| format!("\"memory\": {reason}"))?),
            other => {
                return Err(format!(
                    "\"limits\" has no \"{}\"; it has \"timeout\" and \"memory\"",
                    other.escape_debug()
                ));
            }
        }
    }
    Ok(limits)
}

fn read_rows(raw: &RawValue) -> Result<Rows, String> {
    if !raw.get().starts_with('"') {
        return Ok(Rows::Inline(raw.get().to_owned()));
    }
    let file: String = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    let plain = !file.is_empty() && !file.contains(['/', '\\', '\0']) && file != "." && file != "..";
    if plain { Ok(Rows::File(file)) } else { Err("\"rows\" names a file beside this one, without a folder".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_keep_the_spelling_of_numbers() {
        let file =
            CasesFile::parse(r#"{"cases":[{"name":"a","inputs":{"n":9007199254740993,"f":1.50}}]}"#).expect("a file");
        let row = &file.cases[0].rows(None).expect("a row")[0];
        assert_eq!(row.inputs, [("n".to_owned(), "9007199254740993".to_owned()), ("f".to_owned(), "1.50".to_owned())]);
    }

    #[test]
    fn rows_add_to_their_case_and_beat_it() {
        let text = r#"{"cases":[{"name":"c","inputs":{"a":1,"b":2},"expect":{"outputs":{"x":1,"y":2}},
            "rows":[{"inputs":{"b":3}},{"name":"big","expect":{"outputs":{"y":9}}}]}]}"#;
        let rows = CasesFile::parse(text).expect("a file").cases[0].rows(None).expect("rows");
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["c [1]", "c [big]"]);
        assert_eq!(rows[0].inputs.iter().find(|(pin, _)| pin == "b").expect("there").1, "3");
        let observed = crate::Observed {
            outcome: "ok".into(),
            outputs: vec![("x".into(), "1".into()), ("y".into(), "9".into())],
            ..Default::default()
        };
        assert_eq!(rows[0].expect.check(&observed, &|_, _| None).len(), 1);
        assert_eq!(rows[1].expect.check(&observed, &|_, _| None).len(), 0);
    }

    #[test]
    fn what_is_not_known_is_left_alone_and_what_is_wrong_is_told() {
        assert!(CasesFile::parse(r#"{"$schema":"x","cases":[{"name":"a","note":"why","tape":"a.tape"}]}"#).is_ok());
        for (text, part) in [
            ("{}", "missing field `cases`"),
            (r#"{"cases":[{}]}"#, "case 1: missing field `name`"),
            (r#"{"cases":[{"name":"a","inputs":[]}]}"#, "case \"a\": \"inputs\" takes an object"),
            (r#"{"cases":[{"name":"a","limits":{"time":5}}]}"#, "has no \"time\""),
            (r#"{"cases":[{"name":"a","rules":{"alow":[]}}]}"#, "unknown field `alow`"),
            (r#"{"cases":[{"name":"a","rows":"../x.json"}]}"#, "without a folder"),
        ] {
            let error = CasesFile::parse(text).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
