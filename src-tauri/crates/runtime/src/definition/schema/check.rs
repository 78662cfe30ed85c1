//! Holding a value against a schema, part by part.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Number, Value};

use super::super::{date, value};
use super::{Misfit, Schema, UNKNOWN, escaped, follow, whole};
use crate::text::{quoted, shortened};

/// Parts inside each other, references included.
const DEPTH: usize = 150;

pub fn misfit(schema: &Schema, value: &Value, steps: &mut u32) -> Option<Misfit> {
    let mut check = Check { schema, steps: *steps, depth: 0, place: Vec::new(), tentative: 0 };
    let fits = check.part(&schema.root, value);
    *steps = check.steps;
    match fits {
        Err(Stop::Misfit(misfit)) => Some(Misfit { found: value::found(&misfit.found.to_string()), ..misfit.text() }),
        Ok(()) | Err(Stop::Lost) => None,
    }
}

struct Check<'a> {
    schema: &'a Schema,
    steps: u32,
    depth: usize,
    place: Vec<String>,
    /// How many parts around this one ask only whether a value fits: there, what cannot be told must not count as fitting.
    tentative: u32,
}

enum Stop<'a> {
    Misfit(Found<'a>),
    /// It would take too long, or leads in a circle.
    Lost,
}

struct Found<'a> {
    place: Vec<String>,
    wanted: String,
    found: &'a Value,
}

impl Found<'_> {
    fn text(&self) -> Misfit {
        let place = self.place.iter().map(|step| format!("/{}", escaped(step))).collect();
        Misfit { place, wanted: self.wanted.clone(), found: String::new() }
    }
}

type Fits<'a> = Result<(), Stop<'a>>;

impl<'a> Check<'a> {
    fn wrong(&self, wanted: impl Into<String>, found: &'a Value) -> Fits<'a> {
        Err(Stop::Misfit(Found { place: self.place.clone(), wanted: wanted.into(), found }))
    }

    fn spend(&mut self, steps: usize) -> Fits<'a> {
        self.steps = self.steps.saturating_sub(u32::try_from(steps).unwrap_or(u32::MAX));
        if self.steps == 0 { Err(Stop::Lost) } else { Ok(()) }
    }

    fn part(&mut self, schema: &'a Value, value: &'a Value) -> Fits<'a> {
        self.spend(1)?;
        let keywords = match schema {
            Value::Object(keywords) => keywords,
            Value::Bool(false) => return self.wrong("nothing here", value),
            _ => return Ok(()),
        };
        if self.depth >= DEPTH {
            return Err(Stop::Lost);
        }
        self.depth += 1;
        let fits = self.keywords(keywords, value);
        self.depth -= 1;
        fits
    }

    /// Something cannot be told. It says nothing against the value, unless a part around it turns on that.
    fn unknown(&self) -> Fits<'a> {
        if self.tentative > 0 { Err(Stop::Lost) } else { Ok(()) }
    }

    /// Whether a text matches. None: the pattern cannot be followed.
    fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        Some(self.schema.patterns.get(pattern)?.as_ref()?.is_match(text))
    }

    fn keywords(&mut self, keywords: &'a Map<String, Value>, value: &'a Value) -> Fits<'a> {
        if UNKNOWN.iter().any(|keyword| keywords.contains_key(*keyword)) {
            self.unknown()?;
        }
        if value.is_null() && keywords.get("nullable") == Some(&Value::Bool(true)) {
            return Ok(());
        }
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            let Some(target) = follow(&self.schema.root, reference) else { return Err(Stop::Lost) };
            self.part(target, value)?;
            if self.schema.lonely_references {
                return Ok(());
            }
        }
        self.kind(keywords, value)?;
        match value {
            Value::Number(number) => self.number(keywords, number, value)?,
            Value::String(text) => self.text(keywords, text, value)?,
            Value::Array(items) => self.array(keywords, items, value)?,
            Value::Object(members) => self.object(keywords, members, value)?,
            Value::Null | Value::Bool(_) => {}
        }
        self.combined(keywords, value)
    }

    fn kind(&mut self, keywords: &'a Map<String, Value>, value: &'a Value) -> Fits<'a> {
        let names = match keywords.get("type") {
            Some(Value::Array(names)) => names.as_slice(),
            Some(name) => std::slice::from_ref(name),
            None => &[],
        };
        if !names.is_empty() && !names.iter().any(|name| name.as_str().is_some_and(|name| is(name, value))) {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).map(with_article).collect();
            return self.wrong(names.join(" or "), value);
        }
        if let Some(Value::Array(choices)) = keywords.get("enum") {
            self.spend(choices.len())?;
            if !choices.iter().any(|choice| same(choice, value)) {
                let texts: Vec<_> = choices.iter().take(20).map(|choice| shortened(&choice.to_string(), 40)).collect();
                return self.wrong(format!("one of {}", texts.join(", ")), value);
            }
        }
        match keywords.get("const") {
            Some(only) if !same(only, value) => self.wrong(shortened(&only.to_string(), 60), value),
            _ => Ok(()),
        }
    }

    fn number(&mut self, keywords: &'a Map<String, Value>, number: &'a Number, value: &'a Value) -> Fits<'a> {
        let limit = |name| keywords.get(name).and_then(Value::as_number);
        let is_exclusive = |name| keywords.get(name) == Some(&Value::Bool(true));
        for (least, exclusive, sign) in [("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)] {
            let side = if sign > 0 { "least" } else { "most" };
            if let Some(limit) = limit(least) {
                let order = compare(number, limit) * sign;
                if order < 0 || (order == 0 && is_exclusive(exclusive)) {
                    let but = if is_exclusive(exclusive) { ", but not that" } else { "" };
                    return self.wrong(format!("a number of at {side} {limit}{but}"), value);
                }
            }
            if let Some(limit) = limit(exclusive)
                && compare(number, limit) * sign <= 0
            {
                let side = if sign > 0 { "above" } else { "below" };
                return self.wrong(format!("a number {side} {limit}"), value);
            }
        }
        match limit("multipleOf") {
            Some(step) if !is_multiple(number, step) => self.wrong(format!("a multiple of {step}"), value),
            _ => Ok(()),
        }
    }

    fn text(&mut self, keywords: &'a Map<String, Value>, text: &'a str, value: &'a Value) -> Fits<'a> {
        self.spend(text.len() / 64)?;
        let length = text.chars().count() as u64;
        self.size(keywords, ["minLength", "maxLength"], "characters", length, value)?;
        if let Some(pattern) = keywords.get("pattern").and_then(Value::as_str) {
            match self.matches(pattern, text) {
                Some(true) => {}
                Some(false) => return self.wrong(format!("a text that matches {}", quoted(pattern)), value),
                None => self.unknown()?,
            }
        }
        match keywords.get("format").and_then(Value::as_str).and_then(|format| misses_format(format, text)) {
            Some(wanted) => self.wrong(wanted, value),
            None => Ok(()),
        }
    }

    fn size(
        &self,
        keywords: &Map<String, Value>,
        [least, most]: [&str; 2],
        what: &str,
        size: u64,
        value: &'a Value,
    ) -> Fits<'a> {
        let limit = |name| keywords.get(name).and_then(whole);
        match (limit(least), limit(most)) {
            (Some(least), _) if size < least => self.wrong(format!("at least {least} {what} instead of {size}"), value),
            (_, Some(most)) if size > most => self.wrong(format!("at most {most} {what} instead of {size}"), value),
            _ => Ok(()),
        }
    }

    fn array(&mut self, keywords: &'a Map<String, Value>, items: &'a [Value], value: &'a Value) -> Fits<'a> {
        self.size(keywords, ["minItems", "maxItems"], "entries", items.len() as u64, value)?;
        let (first, rest) = match (keywords.get("prefixItems"), keywords.get("items")) {
            (Some(Value::Array(first)), rest) => (first.as_slice(), rest),
            (_, Some(Value::Array(first))) => (first.as_slice(), keywords.get("additionalItems")),
            (_, rest) => (&[][..], rest),
        };
        for (at, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(at).or(rest) {
                self.below(&at.to_string(), schema, item)?;
            }
        }
        if keywords.get("uniqueItems") == Some(&Value::Bool(true)) {
            let mut seen = HashSet::new();
            for item in items {
                self.spend(1 + parts(item))?;
                if seen.insert(value::canonical_value(item)) {
                    continue;
                }
                return self.wrong(format!("each entry once, but {} twice", shortened(&item.to_string(), 40)), value);
            }
        }
        let Some(contained) = keywords.get("contains") else { return Ok(()) };
        let mut count = 0;
        for item in items {
            count += u64::from(self.fits(contained, item)?);
        }
        let limit = |name| keywords.get(name).and_then(whole);
        if count < limit("minContains").unwrap_or(1) || limit("maxContains").is_some_and(|most| count > most) {
            return self.wrong(format!("other entries: {count} are of the kind that it must contain"), value);
        }
        Ok(())
    }

    fn object(
        &mut self,
        keywords: &'a Map<String, Value>,
        members: &'a Map<String, Value>,
        value: &'a Value,
    ) -> Fits<'a> {
        self.size(keywords, ["minProperties", "maxProperties"], "properties", members.len() as u64, value)?;
        self.required(keywords.get("required"), members, value)?;
        for (name, member) in members {
            self.member(keywords, name, member)?;
            for dependent in ["dependentRequired", "dependencies", "dependentSchemas"] {
                match keywords.get(dependent).and_then(|dependents| dependents.get(name)) {
                    Some(names @ Value::Array(_)) => self.required(Some(names), members, value)?,
                    Some(schema) => self.part(schema, value)?,
                    None => {}
                }
            }
        }
        Ok(())
    }

    fn required(&mut self, names: Option<&Value>, members: &Map<String, Value>, value: &'a Value) -> Fits<'a> {
        let names = names.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        self.spend(names.len())?;
        match names.iter().filter_map(Value::as_str).find(|name| !members.contains_key(*name)) {
            Some(missing) => self.wrong(format!("the property {}", quoted(missing)), value),
            None => Ok(()),
        }
    }

    fn member(&mut self, keywords: &'a Map<String, Value>, name: &'a str, member: &'a Value) -> Fits<'a> {
        let mut is_named = false;
        if let Some(schema) = keywords.get("properties").and_then(|properties| properties.get(name)) {
            is_named = true;
            self.below(name, schema, member)?;
        }
        if let Some(Value::Object(patterns)) = keywords.get("patternProperties") {
            for (pattern, schema) in patterns {
                self.spend(1 + name.len() / 64)?;
                match self.matches(pattern, name) {
                    Some(true) => {
                        is_named = true;
                        self.below(name, schema, member)?;
                    }
                    Some(false) => {}
                    // It may name this one: nothing that is for other names can be told.
                    None => {
                        self.unknown()?;
                        is_named = true;
                    }
                }
            }
        }
        if let Some(schema) = keywords.get("propertyNames")
            && !self.fits_name(schema, name)?
        {
            self.place.push(name.to_owned());
            return self.wrong("another name for it", member);
        }
        match keywords.get("additionalProperties") {
            Some(Value::Bool(false)) if !is_named => {
                self.place.push(name.to_owned());
                self.wrong("no property of this name", member)
            }
            Some(schema) if !is_named => self.below(name, schema, member),
            _ => Ok(()),
        }
    }

    fn below(&mut self, step: &str, schema: &'a Value, value: &'a Value) -> Fits<'a> {
        self.place.push(step.to_owned());
        self.part(schema, value)?;
        self.place.pop();
        Ok(())
    }

    /// The parts that say of the whole value what it must, may or must not be.
    fn combined(&mut self, keywords: &'a Map<String, Value>, value: &'a Value) -> Fits<'a> {
        let list = |name| keywords.get(name).and_then(Value::as_array);
        for schema in list("allOf").into_iter().flatten() {
            self.part(schema, value)?;
        }
        if let Some(schemas) = list("anyOf") {
            self.one_of(schemas, value, false)?;
        }
        if let Some(schemas) = list("oneOf") {
            self.one_of(schemas, value, true)?;
        }
        if let Some(schema) = keywords.get("not")
            && self.fits(schema, value)?
        {
            return self.wrong("anything but this", value);
        }
        let Some(condition) = keywords.get("if") else { return Ok(()) };
        let branch = if self.fits(condition, value)? { "then" } else { "else" };
        keywords.get(branch).map_or(Ok(()), |schema| self.part(schema, value))
    }

    /// What fits none is told of by the alternative that it comes closest to.
    fn one_of(&mut self, schemas: &'a [Value], value: &'a Value, only: bool) -> Fits<'a> {
        let mut fitting = 0;
        self.tentative += u32::from(only);
        let mut closest: Option<Found<'a>> = None;
        for schema in schemas {
            match self.attempt(schema, value)? {
                None => fitting += 1,
                Some(misfit) if closest.as_ref().is_none_or(|best| misfit.place.len() > best.place.len()) => {
                    closest = Some(misfit);
                }
                Some(_) => {}
            }
            if fitting > 0 && !only {
                return Ok(());
            }
        }
        self.tentative -= u32::from(only);
        match closest {
            _ if fitting == 1 => Ok(()),
            _ if fitting > 1 => self.wrong(format!("one alternative, but {fitting} fit"), value),
            Some(misfit) if misfit.place.len() > self.place.len() => Err(Stop::Misfit(misfit)),
            Some(misfit) if schemas.len() == 1 => Err(Stop::Misfit(misfit)),
            _ => self.wrong(format!("one of {} alternatives", schemas.len()), value),
        }
    }

    fn attempt(&mut self, schema: &'a Value, value: &'a Value) -> Result<Option<Found<'a>>, Stop<'a>> {
        let steps = self.place.len();
        match self.part(schema, value) {
            Ok(()) => Ok(None),
            Err(Stop::Lost) => Err(Stop::Lost),
            Err(Stop::Misfit(misfit)) => {
                self.place.truncate(steps);
                Ok(Some(misfit))
            }
        }
    }

    fn fits(&mut self, schema: &'a Value, value: &'a Value) -> Result<bool, Stop<'a>> {
        self.tentative += 1;
        let misfit = self.attempt(schema, value)?;
        self.tentative -= 1;
        Ok(misfit.is_none())
    }

    /// Whether the schema for names takes this one.
    fn fits_name(&mut self, schema: &'a Value, name: &str) -> Result<bool, Stop<'a>> {
        let name = Value::from(name);
        let (steps, depth, tentative) = (self.steps, self.depth, self.tentative + 1);
        let mut check = Check { schema: self.schema, steps, depth, place: Vec::new(), tentative };
        let fits = match check.part(schema, &name) {
            Ok(()) => true,
            Err(Stop::Misfit(_)) => false,
            Err(Stop::Lost) => return Err(Stop::Lost),
        };
        self.steps = check.steps;
        Ok(fits)
    }
}

fn with_article(name: &str) -> String {
    match name {
        "null" => "null".to_owned(),
        "array" | "integer" | "object" => format!("an {name}"),
        name => format!("a {name}"),
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// Equal as JSON Schema sees it: numbers by their value.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare(left, right) == 0,
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let is_there = |(name, value): (&String, &Value)| right.get(name).is_some_and(|other| same(value, other));
            left.len() == right.len() && left.iter().all(is_there)
        }
        (left, right) => left == right,
    }
}

/// Below zero where the left one is less. Whole numbers of 64 bits are compared exactly, with floats too.
fn compare(left: &Number, right: &Number) -> i32 {
    let order = match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(left), None) => whole_to_float(left, right.as_f64().unwrap_or(0.0)),
        (None, Some(right)) => whole_to_float(right, left.as_f64().unwrap_or(0.0)).reverse(),
        (None, None) => left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal),
    };
    order as i32
}

fn whole_to_float(whole: i128, float: f64) -> Ordering {
    // A cast saturates far beyond 64 bits, and drops what comes behind the point.
    whole.cmp(&(float.trunc() as i128)).then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
}

/// Exact, as both are written in decimals.
fn is_multiple(number: &Number, step: &Number) -> bool {
    let (Some((number, exponent)), Some((step, unit))) = (decimal(number), decimal(step)) else { return true };
    if number == 0 || step == 0 {
        return number == 0;
    }
    let shift = exponent - unit;
    if shift < 0 {
        let scaled = u32::try_from(-shift).ok().and_then(|power| 10_u128.checked_pow(power)?.checked_mul(step));
        return scaled.is_some_and(|step| number % step == 0);
    }
    let mut rest = number % step;
    for _ in 0..shift {
        rest = rest * 10 % step;
    }
    rest == 0
}

/// Digits without sign, and the power of ten behind them.
fn decimal(number: &Number) -> Option<(u128, i32)> {
    let text = number.to_string();
    let text = text.trim_start_matches('-');
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, exponent.parse::<i32>().ok()? - i32::try_from(fraction.len()).ok()?))
}

/// Parts of a value, roughly: what comparing it costs.
fn parts(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| 1 + parts(item)).sum(),
        Value::Object(members) => members.values().map(|member| 1 + parts(member)).sum(),
        Value::String(text) => text.len() / 64,
        _ => 0,
    }
}

/// What a text should have been, where the format is one that is looked at and the text does not have it.
fn misses_format(format: &str, text: &str) -> Option<&'static str> {
    let (fits, wanted) = match format {
        "date" => (date::is_date(text), "a date such as 2026-02-28"),
        "time" => (date::is_full_time(text), "a time with its offset, such as 13:05:00Z"),
        "date-time" => (date::is_full_date_time(text), "a date with time and offset, such as 2026-02-28T13:05:00Z"),
        "ipv4" => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok(), "an IPv6 address"),
        "uuid" => (text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(), "a UUID"),
        _ => return None,
    };
    (!fits).then_some(wanted)
}
