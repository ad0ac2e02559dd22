//! Values of properties against what their types say they may be
//! (`heat/engine/properties.py`, `heat/engine/constraints.py`).

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::catalogue::{Bound, Kind, Property};
use super::functions::Language;
use crate::diagnose::Sink;
use crate::hot::template::Template;
use crate::yaml::{Node, Value};

/// A value as Heat takes it.
pub(super) enum Taken {
    Text(String),
    Number(f64),
    Boolean,
    /// A list or a map, by its length.
    Many(usize),
    /// What is not known, or held to nothing.
    Open,
}

/// Checks properties that are given, and those that are missing, of what is called `owner`.
pub(in crate::hot) fn properties(
    template: &Template,
    language: Language,
    (owner, at): (&str, &Node),
    (schema, given): (&BTreeMap<&'static str, Property>, &[(Node, Node)]),
    sink: &mut Sink,
) {
    let names: BTreeSet<_> = given.iter().filter_map(|(key, _)| key.text()).collect();
    let is_given = |name: &str| names.contains(name);
    for (key, value) in given {
        let Some(name) = key.text() else { continue };
        if let Some(property) = schema.get(name) {
            check(template, language, (name, property), value, sink);
            continue;
        }
        let message = format!("{owner} has no property `{name}`");
        let open = schema.iter().filter(|(_, property)| !property.is_hidden);
        let open = open.map(|(name, _)| *name).filter(|name| !is_given(name));
        let finding = template.refused("hot-property-unknown", key, message);
        sink.push(finding.meant(name, open));
    }
    // A hidden one takes the place of the one that took its place.
    let mut all = schema.iter();
    if all.any(|(name, property)| property.is_hidden && is_given(name)) {
        return;
    }
    for (name, _) in schema.iter().filter(|(_, property)| property.is_required) {
        if !is_given(name) {
            let message = format!("{owner} needs the property `{name}`");
            let finding = template.refused("hot-property-missing", at, message);
            sink.push(finding.help(format!("give it as `{name}: ...`")));
        }
    }
}

/// Tells whether what stands in a map's place comes out of a function.
pub(in crate::hot) fn is_computed(node: &Node, language: Language) -> bool {
    language.call(node).is_some()
}

fn check(
    template: &Template,
    language: Language,
    (name, property): (&str, &Property),
    value: &Node,
    sink: &mut Sink,
) {
    if is_computed(value, language) || value.is_null() {
        return;
    }
    let taken = match take(property.kind, value) {
        Ok(taken) => taken,
        Err(due) => {
            let message = format!("`{name}` is {} and must be {due}", value.type_name());
            let finding = template.refused("hot-property-value", value, message);
            let function = value
                .entries()
                .first()
                .filter(|_| value.entries().len() == 1);
            let function = function.and_then(|(key, _)| key.text());
            sink.push(match function {
                Some(function) => finding.perhaps(function, language.functions()),
                None => finding,
            });
            return;
        }
    };
    for bound in &property.bounds {
        if let Some(due) = broken(bound, &taken, value) {
            let message = format!("`{name}` {due}");
            let mut finding = template.refused("hot-property-value", value, message);
            if let (Bound::In(allowed), Some(text)) = (bound, value.text()) {
                finding = finding.meant(text, allowed.iter().copied());
            }
            sink.push(finding);
        }
    }
    below(template, language, (name, property), value, sink);
}

/// Checks the items of a list and the keys of a map.
fn below(
    template: &Template,
    language: Language,
    (name, property): (&str, &Property),
    value: &Node,
    sink: &mut Sink,
) {
    match property.kind {
        Kind::List => {
            let Some(item) = property.below.get(".") else {
                return;
            };
            for value in value.items() {
                let name = format!("{name}[]");
                check(template, language, (&name, item), value, sink);
            }
        }
        Kind::Map if !property.below.is_empty() => {
            let owner = format!("`{name}`");
            let given = (&property.below, value.entries());
            properties(template, language, (&owner, value), given, sink);
        }
        _ => {}
    }
}

/// Takes a value as Heat does, or says what it must be.
pub(super) fn take(kind: Kind, value: &Node) -> Result<Taken, &'static str> {
    let text = value.text();
    let scalar = scalar(value);
    match kind {
        Kind::Any => Ok(Taken::Open),
        Kind::String => match (scalar, text) {
            (Some(Value::Float(_)) | None, _) | (_, None) => Err("a string"),
            (_, Some(text)) => Ok(Taken::Text(text.to_owned())),
        },
        Kind::Integer => match scalar {
            Some(Value::Int(number)) => Ok(Taken::Number(*number as f64)),
            Some(Value::Bool(is)) => Ok(Taken::Number(f64::from(u8::from(*is)))),
            Some(Value::Float(number)) if number.is_finite() => Ok(Taken::Number(number.trunc())),
            Some(Value::Str) => integer(text.unwrap_or_default()).ok_or("an integer"),
            _ => Err("an integer"),
        },
        Kind::Number => match scalar {
            Some(Value::Int(number)) => Ok(Taken::Number(*number as f64)),
            Some(Value::Bool(is)) => Ok(Taken::Number(f64::from(u8::from(*is)))),
            Some(Value::Float(number)) => Ok(Taken::Number(*number)),
            Some(Value::Str) => {
                let number = text.and_then(|text| text.trim().parse().ok());
                number.map(Taken::Number).ok_or("a number")
            }
            _ => Err("a number"),
        },
        Kind::Boolean => match scalar {
            Some(Value::Bool(_)) => Ok(Taken::Boolean),
            Some(Value::Str) if text.is_some_and(is_boolean) => Ok(Taken::Boolean),
            _ => Err("true or false"),
        },
        Kind::List if value.is_list() => Ok(Taken::Many(value.items().len())),
        Kind::List => Err("a list"),
        Kind::Map if value.is_mapping() => Ok(Taken::Many(value.entries().len())),
        Kind::Map => Err("a map"),
    }
}

fn scalar(node: &Node) -> Option<&Value> {
    match &node.kind {
        crate::yaml::Kind::Scalar { value, .. } => Some(value),
        _ => None,
    }
}

fn integer(text: &str) -> Option<Taken> {
    let number: i64 = text.trim().parse().ok()?;
    Some(Taken::Number(number as f64))
}

fn is_boolean(text: &str) -> bool {
    ["true", "false"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Returns how a value breaks a bound: `must be at least 1`.
pub(super) fn broken(bound: &Bound<'_>, taken: &Taken, value: &Node) -> Option<String> {
    match (bound, taken) {
        (Bound::In(allowed), Taken::Text(text)) => {
            (!allowed.contains(&&**text)).then(|| format!("must be one of {}", allowed.join(", ")))
        }
        (Bound::In(allowed), Taken::Number(number)) => {
            let is_it = |one: &&str| one.parse() == Ok(*number);
            (!allowed.iter().any(is_it)).then(|| format!("must be one of {}", allowed.join(", ")))
        }
        (Bound::In(allowed), Taken::Many(_)) => {
            let other = value.items().iter().filter_map(Node::text);
            let other = other.into_iter().find(|text| !allowed.contains(text))?;
            Some(format!(
                "has `{other}`, and may have {}",
                allowed.join(", ")
            ))
        }
        (Bound::Range(low, high), Taken::Number(number)) => {
            outside(*low, *high, *number).map(|words| format!("must be {words}"))
        }
        (Bound::Length(low, high), Taken::Text(text)) => {
            let length = text.chars().count();
            outside(*low, *high, length as f64)
                .map(|words| format!("has {length} characters, and must have {words}"))
        }
        (Bound::Length(low, high), Taken::Many(length)) => outside(*low, *high, *length as f64)
            .map(|words| format!("has {length} items, and must have {words}")),
        (Bound::Step(step, offset), Taken::Number(number)) => {
            let is_step = *step != 0.0 && (number.rem_euclid(*step) - offset).abs() < f64::EPSILON;
            (!is_step).then(|| format!("must be a multiple of {step} plus {offset}"))
        }
        (Bound::Pattern(pattern), Taken::Text(text)) => {
            // What this cannot read as Python does is left to Heat.
            let whole = Regex::new(&format!("^(?:{pattern})$")).ok()?;
            (!whole.is_match(text)).then(|| format!("must match `{pattern}`"))
        }
        _ => None,
    }
}

fn outside(low: Option<f64>, high: Option<f64>, number: f64) -> Option<String> {
    let is_inside = low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high);
    (!is_inside).then(|| match (low, high) {
        (Some(low), Some(high)) => format!("from {low} to {high}"),
        (Some(low), None) => format!("at least {low}"),
        (None, Some(high)) => format!("at most {high}"),
        (None, None) => String::new(),
    })
}
