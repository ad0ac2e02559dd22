//! Constraints on values, as tosca-parser understands them.

use regex::Regex;

use super::{same, scalar};
use crate::yaml::{Kind, Node, Value};

const ORDERED: &[&str] = &[
    "integer",
    "float",
    "timestamp",
    "scalar-unit.size",
    "scalar-unit.frequency",
    "scalar-unit.time",
];
/// Types that are no data types with properties of their own.
pub(in crate::tosca) const SIMPLE: &[&str] = &[
    "integer",
    "string",
    "boolean",
    "float",
    "range",
    "number",
    "timestamp",
    "list",
    "map",
    "scalar-unit.size",
    "scalar-unit.frequency",
    "scalar-unit.time",
    "version",
    "PortDef",
    "PortSpec",
];
const SIZED: &[&str] = &["string", "map", "list"];

/// Why a value does not pass, or why the constraint cannot be asked.
#[derive(Debug)]
pub(super) enum Outcome {
    Passes,
    /// The value is to blame; says what is wanted.
    Fails(String),
    /// The constraint itself is wrong; says how.
    Broken(String),
}

/// Asks one constraint about a value of the type `kind`. `as_text` is set for values that the
/// parser has turned into strings before.
pub(super) fn ask(constraint: &Node, kind: &str, value: &Node, as_text: bool) -> Outcome {
    let [(name, limit)] = constraint.entries() else {
        return Outcome::Broken("a constraint is a map with one key".to_owned());
    };
    let Some(name) = name.text() else {
        return Outcome::Broken("a constraint's name is a string".to_owned());
    };
    let allowed = match name {
        "equal" | "valid_values" => SIMPLE,
        "greater_than" | "greater_or_equal" | "less_than" | "less_or_equal" => ORDERED,
        "in_range" if kind == "range" => &["range"],
        "in_range" => ORDERED,
        "length" | "pattern" => &["string"],
        "min_length" | "max_length" => SIZED,
        _ => return Outcome::Broken(format!("there is no constraint `{name}`")),
    };
    if !allowed.contains(&kind) {
        return Outcome::Broken(format!("`{name}` cannot be asked of the type `{kind}`"));
    }
    match name {
        "equal" => passes(equal(limit, value, as_text), || {
            format!("it must be {}", shown(limit))
        }),
        "valid_values" => valid_values(limit, value, as_text),
        "pattern" => pattern(limit, value),
        "length" | "min_length" | "max_length" => length(name, limit, value),
        "in_range" => in_range(limit, kind, value),
        _ => ordered(name, limit, kind, value),
    }
}

fn passes(holds: bool, wanted: impl Fn() -> String) -> Outcome {
    if holds {
        Outcome::Passes
    } else {
        Outcome::Fails(wanted())
    }
}

fn equal(limit: &Node, value: &Node, as_text: bool) -> bool {
    if as_text {
        // What was made a string equals strings only.
        return limit.as_str().is_some() && limit.as_str() == value.text();
    }
    same(limit, value)
}

fn valid_values(limit: &Node, value: &Node, as_text: bool) -> Outcome {
    if !limit.is_list() {
        return Outcome::Broken("`valid_values` is a list".to_owned());
    }
    let is_valid = |value: &Node| {
        let mut valid = limit.items().iter();
        valid.any(|one| equal(one, value, as_text))
    };
    let holds = match &value.kind {
        Kind::Sequence(items) if !as_text => items.iter().all(is_valid),
        _ => is_valid(value),
    };
    passes(holds, || {
        let names: Vec<_> = limit.items().iter().map(shown).collect();
        format!("it must be one of {}", names.join(", "))
    })
}

fn pattern(limit: &Node, value: &Node) -> Outcome {
    let Some(text) = limit.as_str() else {
        return Outcome::Broken("`pattern` is a string".to_owned());
    };
    // What only Python's expressions have is left to Python.
    let Ok(regex) = Regex::new(&format!("^(?:{text})")) else {
        return Outcome::Passes;
    };
    let Some(value) = value.text() else {
        return Outcome::Passes;
    };
    let whole = regex
        .find(value)
        .is_some_and(|found| found.end() == value.len());
    passes(whole, || format!("it must match `{text}`"))
}

fn length(name: &str, limit: &Node, value: &Node) -> Outcome {
    let Some(limit) = limit.as_i64() else {
        return Outcome::Broken(format!("`{name}` is an integer"));
    };
    let length = match &value.kind {
        Kind::Scalar { text, .. } => text.chars().count(),
        Kind::Sequence(items) => items.len(),
        Kind::Mapping(entries) => entries.len(),
    };
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (holds, words) = match name {
        "length" => (length == limit, "exactly"),
        "min_length" => (length >= limit, "at least"),
        _ => (length <= limit, "at most"),
    };
    passes(holds, || {
        format!("it must have {words} {limit} characters or entries")
    })
}

/// Returns what is compared: numbers as they are, scalars in their smallest unit. A number in
/// quotes is none: Python fails to compare it.
fn number(node: &Node, kind: &str) -> Option<f64> {
    if let Some(units) = scalar::units(kind) {
        return scalar::amount(node.text()?, units);
    }
    match &node.kind {
        Kind::Scalar { value, .. } => match value {
            #[expect(clippy::cast_precision_loss, reason = "limits are small")]
            Value::Int(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
            _ => None,
        },
        _ => None,
    }
}

fn ordered(name: &str, limit: &Node, kind: &str, value: &Node) -> Outcome {
    if kind == "timestamp" {
        return Outcome::Passes;
    }
    let Some(bound) = number(limit, kind) else {
        return Outcome::Broken(format!("`{name}` needs something to compare with"));
    };
    let words = match name {
        "greater_than" => "greater than",
        "greater_or_equal" => "at least",
        "less_than" => "less than",
        _ => "at most",
    };
    let holds = number(value, kind).is_some_and(|value| match name {
        "greater_than" => value > bound,
        "greater_or_equal" => value >= bound,
        "less_than" => value < bound,
        _ => value <= bound,
    });
    passes(holds, || format!("it must be {words} {}", shown(limit)))
}

fn in_range(limit: &Node, kind: &str, value: &Node) -> Outcome {
    let [low, high] = limit.items() else {
        return Outcome::Broken("`in_range` is a list of two".to_owned());
    };
    if kind == "range" || kind == "timestamp" {
        return Outcome::Passes;
    }
    let Some(given) = number(value, kind) else {
        return Outcome::Fails("it must be a number".to_owned());
    };
    let unbounded = |node: &Node| node.as_str() == Some("UNBOUNDED");
    let above = unbounded(low) || number(low, kind).is_some_and(|low| given >= low);
    let below = unbounded(high) || number(high, kind).is_some_and(|high| given <= high);
    passes(above && below, || {
        format!("it must be from {} to {}", shown(low), shown(high))
    })
}

fn shown(node: &Node) -> String {
    node.text()
        .map_or_else(|| node.type_name().to_owned(), |text| format!("`{text}`"))
}
