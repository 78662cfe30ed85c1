//! New nodes: what there is to choose from, what the form holds, and what a language's tools come to.

use std::path::PathBuf;
use std::str::FromStr as _;

use scaffold::doctor::{Finding, Report, State};
use scaffold::{DataType, Direction, Kind, Language, Plan, Problem, ValueType, migration, plan};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a new node can be.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Choices {
    pub languages: Vec<LanguageRow>,
    /// Labels such as `network:http`, with what each is for.
    pub permissions: Vec<(String, String)>,
    /// The folder that a new project's folder is made in.
    pub parent: String,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct LanguageRow {
    /// Such as `rust` or `csharp`.
    pub id: String,
    pub name: String,
    /// `component` or `core`.
    pub kind: String,
    pub good_for: String,
    /// Why it is a component or a core module.
    pub reason: String,
    /// The published SDK that its project uses.
    pub sdk: Option<String>,
    /// Generated projects are built and run in every test run.
    pub built: bool,
}

impl From<Language> for LanguageRow {
    fn from(language: Language) -> Self {
        let facts = language.facts();
        Self {
            id: language.id().into(),
            name: language.name().into(),
            kind: kind(facts.kind).into(),
            good_for: facts.good_for.into(),
            reason: facts.reason.into(),
            sdk: facts.sdk.map(Into::into),
            built: facts.tested == scaffold::language::Tested::Built,
        }
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Component => "component",
        Kind::Core => "core",
    }
}

impl Choices {
    pub fn new(parent: String) -> Self {
        let permissions = plan::PERMISSIONS.iter().map(|(label, words)| ((*label).into(), (*words).into()));
        Self {
            languages: Language::ALL.into_iter().map(Into::into).collect(),
            permissions: permissions.collect(),
            parent,
        }
    }
}

/// A new node as the form has it.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct PlanForm {
    pub language: String,
    pub name: String,
    pub description: String,
    pub category: String,
    pub folder: String,
    pub pins: Vec<PlanPin>,
    pub permissions: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, TS)]
pub struct PlanPin {
    pub name: String,
    pub description: String,
    /// `Input` or `Output`.
    pub direction: String,
    pub data_type: String,
    pub value_type: String,
    /// As it was typed: read as the pin's type, text for a text. Empty: none.
    pub default: String,
}

/// What stands in the way, and at which field: `name`, `folder`, `pins[2].default`, …
#[derive(Clone, Debug, Serialize, TS)]
pub struct PlanProblem {
    pub field: String,
    pub message: String,
}

impl From<Problem> for PlanProblem {
    fn from(problem: Problem) -> Self {
        Self { field: problem.field, message: problem.message }
    }
}

/// Whether a plan can be carried out, and what it becomes.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PlanView {
    pub problems: Vec<PlanProblem>,
    /// Such as `word-count`: the name of its folder.
    pub slug: String,
    pub build: String,
}

impl PlanForm {
    /// The plan of this form.
    ///
    /// # Errors
    ///
    /// What cannot be read, at its fields.
    pub fn plan(&self) -> Result<Plan, Vec<PlanProblem>> {
        let mut problems = Vec::new();
        let mut problem = |field: String, message: String| problems.push(PlanProblem { field, message });
        let language = Language::from_str(&self.language).map_err(|error| problem("language".into(), error)).ok();
        let pins = self.pins.iter().enumerate().filter_map(|(at, pin)| {
            pin.read().map_err(|(field, message)| problem(format!("pins[{at}].{field}"), message)).ok()
        });
        let pins = pins.collect();
        match language {
            Some(language) if problems.is_empty() => Ok(Plan {
                language,
                name: self.name.clone(),
                description: self.description.clone(),
                category: self.category.clone(),
                pins,
                permissions: self.permissions.clone(),
                folder: PathBuf::from(&self.folder),
            }),
            _ => Err(problems),
        }
    }
}

impl PlanPin {
    fn read(&self) -> Result<scaffold::Pin, (&'static str, String)> {
        let direction = match self.direction.as_str() {
            "Input" => Direction::Input,
            "Output" => Direction::Output,
            other => return Err(("direction", format!("\"{}\" is not a direction", other.escape_debug()))),
        };
        let data_type = DataType::ALL.into_iter().find(|known| known.name() == self.data_type);
        let value_type = ValueType::ALL.into_iter().find(|known| known.name() == self.value_type);
        let data_type = data_type.ok_or_else(|| ("data_type", "choose a type".to_owned()))?;
        let value_type = value_type.ok_or_else(|| ("value_type", "choose a shape".to_owned()))?;
        let mut pin = scaffold::Pin::new(self.name.trim(), direction, data_type);
        pin.description = self.description.clone();
        pin.value_type = value_type;
        pin.default = self.default_of(data_type, value_type).map_err(|message| ("default", message))?;
        Ok(pin)
    }

    fn default_of(&self, data: DataType, value: ValueType) -> Result<Option<serde_json::Value>, String> {
        let typed = self.default.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let is_text = matches!(data, DataType::String | DataType::Date | DataType::PathBuf | DataType::Byte);
        if is_text && value == ValueType::Normal {
            return Ok(Some(self.default.clone().into()));
        }
        serde_json::from_str(typed).map(Some).map_err(|error| format!("this is not JSON: {error}"))
    }
}

/// What was found of all that a language needs.
#[derive(Clone, Debug, Serialize, TS)]
pub struct DoctorRow {
    /// The language's id.
    pub language: String,
    pub name: String,
    pub ready: bool,
    pub tools: Vec<ToolRow>,
}

#[derive(Clone, Debug, Serialize, TS)]
pub struct ToolRow {
    pub name: String,
    pub purpose: String,
    pub minimum: Option<String>,
    /// `found`, `too-old` or `missing`.
    pub state: String,
    pub version: Option<String>,
    /// The exact command that installs it.
    pub install: String,
}

impl From<Report> for DoctorRow {
    fn from(report: Report) -> Self {
        Self {
            language: report.language.id().into(),
            name: report.language.name().into(),
            ready: report.ready,
            tools: report.tools.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Finding> for ToolRow {
    fn from(finding: Finding) -> Self {
        let state = match finding.state {
            State::Found => "found",
            State::TooOld => "too-old",
            State::Missing => "missing",
        };
        Self {
            name: finding.name.into(),
            purpose: finding.purpose.into(),
            minimum: finding.minimum.map(Into::into),
            state: state.into(),
            version: finding.version,
            install: finding.install.into(),
        }
    }
}

/// One step from a core module to a component.
#[derive(Clone, Debug, Serialize, TS)]
pub struct MigrationStep {
    pub title: String,
    pub text: String,
    /// Empty where the text says it all.
    pub code: String,
}

impl From<migration::Step> for MigrationStep {
    fn from(step: migration::Step) -> Self {
        Self { title: step.title.into(), text: step.text, code: step.code }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(data_type: &str, value_type: &str, default: &str) -> PlanPin {
        PlanPin {
            name: " a ".into(),
            description: String::new(),
            direction: "Input".into(),
            data_type: data_type.into(),
            value_type: value_type.into(),
            default: default.into(),
        }
    }

    #[test]
    fn a_form_becomes_a_plan_or_says_where_it_cannot_be_read() {
        let form = PlanForm {
            language: "rust".into(),
            name: "Word Count".into(),
            description: String::new(),
            category: String::new(),
            folder: "/does/not/exist".into(),
            pins: vec![
                pin("String", "Normal", "12"),
                pin("Integer", "Normal", "9007199254740993"),
                pin("String", "Array", "[\"x\"]"),
                pin("Float", "Normal", " "),
            ],
            permissions: Vec::new(),
        };
        let plan = form.plan().expect("a plan");
        let defaults: Vec<_> = plan.pins.iter().map(|pin| pin.default.as_ref().map(ToString::to_string)).collect();
        let expected = [Some("\"12\""), Some("9007199254740993"), Some("[\"x\"]"), None];
        assert_eq!(defaults, expected.map(|text| text.map(str::to_owned)));
        assert_eq!(plan.pins[0].name, "a", "a name has no white space around it");

        let wrong = PlanForm { language: "cobol".into(), pins: vec![pin("Struct", "Normal", "{")], ..form };
        let fields: Vec<String> =
            wrong.plan().expect_err("problems").into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["language", "pins[0].default"]);
    }
}
