//! What a template sees of a plan.

use serde::Serialize;

use super::document;
use crate::literal::{self, Class};
use crate::names;
use crate::pin::{Direction, Pin};
use crate::plan::Plan;

#[derive(Serialize)]
pub struct Context {
    language: &'static str,
    /// As options have it.
    language_id: &'static str,
    kind: &'static str,
    /// `word_count`.
    id: String,
    /// `word-count`.
    slug: String,
    name: String,
    description: String,
    category: String,
    /// The definition as JSON text, indented.
    definition: String,
    pins: Vec<PinContext>,
    /// Pins with values only.
    inputs: Vec<PinContext>,
    outputs: Vec<PinContext>,
    /// All that is named in [`PinContext::type`]s that code has to write down, such as `BTreeMap<String, i64>`.
    types: String,
    /// The execution output that fires; none where the plan has none.
    fires: Option<String>,
    permissions: Vec<String>,
    build: String,
    watch: Vec<&'static str>,
    ignored: Vec<&'static str>,
    memory: &'static str,
    sdk: Option<&'static str>,
    built_here: bool,
}

#[derive(Clone, Serialize)]
struct PinContext {
    name: String,
    title: String,
    description: String,
    /// `Input` or `Output`.
    direction: &'static str,
    /// The contract's names.
    data_type: &'static str,
    value_type: &'static str,
    is_exec: bool,
    /// How its value is read and written: `text`, `integer`, `float`, `boolean` or `json`.
    class: &'static str,
    /// The same for the items of a collection.
    item: &'static str,
    /// Its type, in the languages where JSON has typed values.
    r#type: String,
    /// The variable of its value, in `snake_case`.
    var: String,
    /// The default or its zero, as an expression.
    literal: String,
    /// The default of an input as an expression of the language; none where there is none.
    default: Option<String>,
    /// An output's source: the variable of the first input of the same type.
    from: Option<String>,
}

pub fn of(plan: &Plan) -> Context {
    let facts = plan.language.facts();
    let variables = names::variables(plan.pins.iter().map(|pin| pin.name.as_str()));
    let all: Vec<PinContext> =
        plan.pins.iter().zip(&variables).map(|(pin, var)| pin_context(plan, pin, var, &variables)).collect();
    let of = |direction: &str| all.iter().filter(|pin| pin.direction == direction && !pin.is_exec).cloned().collect();
    Context {
        language: plan.language.name(),
        language_id: plan.language.id(),
        kind: match facts.kind {
            crate::Kind::Component => "component",
            crate::Kind::Core => "core module",
        },
        id: plan.id(),
        slug: plan.slug(),
        name: plan.name.trim().into(),
        description: plan.description().into(),
        category: plan.category().into(),
        definition: document::definition(plan),
        types: types(&all),
        inputs: of("Input"),
        outputs: of("Output"),
        pins: all,
        fires: fires(plan),
        permissions: plan.permissions.clone(),
        build: plan.build_command(),
        watch: facts.watch.to_vec(),
        ignored: facts.ignored.to_vec(),
        memory: facts.memory,
        sdk: facts.sdk,
        built_here: facts.tested == crate::language::Tested::Built,
    }
}

/// Inputs, and outputs that have no input to take their value from.
fn types(pins: &[PinContext]) -> String {
    let written = pins.iter().filter(|pin| !pin.is_exec && pin.class == "json" && pin.from.is_none());
    let written = written.filter(|pin| pin.direction == "Output" || pin.r#type != "Value");
    written.map(|pin| pin.r#type.as_str()).collect::<Vec<_>>().join(" ")
}

fn pin_context(plan: &Plan, pin: &Pin, var: &str, variables: &[String]) -> PinContext {
    let source = plan.pins.iter().zip(variables).find(|(input, _)| {
        input.direction == Direction::Input && (input.data_type, input.value_type) == (pin.data_type, pin.value_type)
    });
    PinContext {
        name: pin.name.clone(),
        title: pin.title(),
        description: pin.description.clone(),
        direction: match pin.direction {
            Direction::Input => "Input",
            Direction::Output => "Output",
        },
        data_type: pin.data_type.name(),
        value_type: pin.value_type.name(),
        is_exec: pin.is_exec(),
        class: Class::of(pin).name(),
        item: Class::of_item(pin.data_type).name(),
        r#type: literal::type_of(plan.language, pin),
        var: var.into(),
        literal: literal::of_pin(plan.language, pin),
        default: pin.default.as_ref().map(|value| literal::of_json(plan.language, value)),
        from: source.filter(|_| pin.direction == Direction::Output).map(|(_, variable)| variable.clone()),
    }
}

/// `exec_out` where there is one, else the first.
fn fires(plan: &Plan) -> Option<String> {
    let mut outputs = plan.pins.iter().filter(|pin| pin.is_exec() && pin.direction == Direction::Output);
    let first = outputs.clone().next();
    outputs.find(|pin| pin.name == "exec_out").or(first).map(|pin| pin.name.clone())
}
