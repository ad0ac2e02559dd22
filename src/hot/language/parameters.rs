//! Declarations of parameters: their types, constraints and defaults
//! (`heat/engine/hot/parameters.py`, `heat/engine/parameters.py`).

use super::catalogue::{Bound, Kind as Type};
use super::functions::Language;
use super::value::{Taken, broken};
use crate::diagnose::Sink;
use crate::hot::template::Template;
use crate::yaml::{Kind, Node, Value};

const KEYS: [&str; 9] = [
    "type",
    "description",
    "default",
    "schema",
    "constraints",
    "hidden",
    "label",
    "immutable",
    "tags",
];
const TYPES: [(&str, Type); 5] = [
    ("string", Type::String),
    ("number", Type::Number),
    ("comma_delimited_list", Type::List),
    ("json", Type::Map),
    ("boolean", Type::Boolean),
];
const CONSTRAINTS: [&str; 7] = [
    "description",
    "length",
    "range",
    "allowed_values",
    "allowed_pattern",
    "custom_constraint",
    "modulo",
];

/// Checks all declarations.
pub(super) fn check(template: &Template, language: Language, sink: &mut Sink) {
    if let Some(section) = template.root.get("parameters")
        && !section.is_mapping()
        && !section.is_null()
    {
        let message = format!(
            "the parameters are {} and must be a map",
            section.type_name()
        );
        sink.push(template.refused("hot-definition-invalid", section, message));
    }
    for (key, node) in template.parameters() {
        let name = key.text().unwrap_or_default();
        let one = Parameter {
            template,
            language,
            name,
        };
        one.check(key, node, sink);
    }
}

/// The type that a declaration names.
fn named(kind: &Node) -> Option<Type> {
    let name = kind.as_str()?;
    let found = TYPES.iter().find(|(known, _)| *known == name);
    found.map(|(_, kind)| *kind)
}

/// Returns how a literal that one template gives to the parameter of another breaks what that
/// declares: `must be a string`. Parameters are properties there, whose values are converted
/// (`Schema.from_parameter` of `heat/engine/properties.py`).
pub(in crate::hot) fn given(
    nested: &Template,
    language: Language,
    (name, declared): (&str, &Node),
    value: &Node,
) -> Option<String> {
    let is = named(declared.get("type")?)?;
    // A group's members have their number put into texts before they are held to anything.
    if value.is_null() || value.text().is_some_and(|text| text.contains('%')) {
        return None;
    }
    let string = value.as_str();
    let taken = match (is, string) {
        (Type::List, Some(text)) => Ok(Taken::Many(text.split(',').count())),
        (Type::List, None) if !value.is_list() => Err("a list, or a string with commas"),
        (Type::Map, Some(_)) => Ok(Taken::Open),
        (Type::Map, None) if value.is_list() => Ok(Taken::Open),
        _ => super::value::take(is, value),
    };
    let taken = match taken {
        Ok(taken) => taken,
        Err(due) => return Some(format!("is {} and must be {due}", value.type_name())),
    };
    let parameter = Parameter {
        template: nested,
        language,
        name,
    };
    // What is wrong with the declaration itself is told where that stands.
    let bounds = parameter.constraints(is, declared, &mut Sink::default());
    bounds.iter().find_map(|bound| bound.broken(&taken, value))
}

struct Parameter<'t> {
    template: &'t Template,
    language: Language,
    name: &'t str,
}

impl Parameter<'_> {
    fn wrong(&self, at: &Node, message: impl Into<String>, sink: &mut Sink) {
        let finding = self.template.refused("hot-definition-invalid", at, message);
        sink.push(finding);
    }

    fn check(&self, key: &Node, node: &Node, sink: &mut Sink) {
        if !node.is_mapping() {
            let message = format!("the parameter `{}` must be a map", self.name);
            self.wrong(node, message, sink);
            return;
        }
        let newer = usize::from(self.language < Language::TAGS);
        let known = &KEYS[..KEYS.len() - newer];
        for (field, _) in node.entries() {
            let name = field.text().unwrap_or_default();
            if !known.contains(&name) {
                let message = format!("the parameter `{}` has no key `{name}`", self.name);
                let finding = self.template.refused("hot-key-unknown", field, message);
                sink.push(finding.meant(name, known.iter().copied()));
            }
        }
        let Some(kind) = node.get("type") else {
            let message = format!("the parameter `{}` has no `type`", self.name);
            self.wrong(key, message, sink);
            return;
        };
        let Some(is) = named(kind) else {
            let message = format!(
                "there is no type of parameters `{}`",
                kind.text().unwrap_or_default()
            );
            let finding = self
                .template
                .refused("hot-definition-invalid", kind, message);
            let names = TYPES.iter().map(|(name, _)| *name);
            sink.push(finding.meant(kind.text().unwrap_or_default(), names));
            return;
        };
        let bounds = self.constraints(is, node, sink);
        if let Some(default) = node.get("default").filter(|default| !default.is_null()) {
            self.default(is, default, &bounds, sink);
        }
    }

    /// Reads the constraints, and reports those that Heat cannot.
    fn constraints<'n>(&self, is: Type, node: &'n Node, sink: &mut Sink) -> Vec<Written<'n>> {
        let Some(constraints) = node.get("constraints").filter(|node| !node.is_null()) else {
            return Vec::new();
        };
        if !constraints.is_list() {
            let message = format!(
                "the constraints are {} and must be a list",
                constraints.type_name()
            );
            self.wrong(constraints, message, sink);
            return Vec::new();
        }
        let items = constraints.items().iter();
        items
            .filter_map(|item| self.constraint(is, item, sink))
            .collect()
    }

    fn constraint<'n>(&self, is: Type, item: &'n Node, sink: &mut Sink) -> Option<Written<'n>> {
        if !item.is_mapping() {
            let message = format!("a constraint is {} and must be a map", item.type_name());
            self.wrong(item, message, sink);
            return None;
        }
        for (key, _) in item.entries() {
            let name = key.text().unwrap_or_default();
            if !CONSTRAINTS.contains(&name) {
                let message = format!("there is no constraint `{name}`");
                let finding = self.template.refused("hot-key-unknown", key, message);
                sink.push(finding.meant(name, CONSTRAINTS));
                return None;
            }
        }
        let newer = usize::from(self.language < Language::MODULO);
        let known = &CONSTRAINTS[1..CONSTRAINTS.len() - newer];
        let Some((name, value)) = known.iter().find_map(|name| Some((*name, item.get(name)?)))
        else {
            self.wrong(item, "no constraint stands here", sink);
            return None;
        };
        let fits = match name {
            "length" => matches!(is, Type::String | Type::List | Type::Map),
            "range" | "modulo" => is == Type::Number,
            "allowed_pattern" => is == Type::String,
            "allowed_values" => is != Type::Map,
            _ => true,
        };
        if !fits {
            let message = format!("`{name}` is no constraint of this type of parameter");
            self.wrong(value, message, sink);
            return None;
        }
        let two = match name {
            "length" | "range" => ["min", "max"],
            "modulo" => ["step", "offset"],
            _ => return self.single(name, value, sink),
        };
        self.numbers(value, two, sink)?;
        let number = |key: &str| value.get(key)?.text()?.parse().ok();
        let (first, second) = (number(two[0]), number(two[1]));
        Some(Written::Own(match name {
            "length" => Bound::Length(first, second),
            "range" => Bound::Range(first, second),
            _ => Bound::Step(first?, second?),
        }))
    }

    fn single<'n>(&self, name: &str, value: &'n Node, sink: &mut Sink) -> Option<Written<'n>> {
        match name {
            "allowed_values" if !value.is_list() => {
                let message = format!("`{name}` is {} and must be a list", value.type_name());
                self.wrong(value, message, sink);
                None
            }
            "allowed_values" => Some(Written::In(value)),
            "allowed_pattern" if value.as_str().is_none() => {
                self.wrong(value, "a pattern is a string", sink);
                None
            }
            "allowed_pattern" => Some(Written::Own(Bound::Pattern(value.as_str()?))),
            _ => None,
        }
    }

    /// Checks that a map has numbers under two keys, or under one of them.
    fn numbers(&self, value: &Node, keys: [&str; 2], sink: &mut Sink) -> Option<()> {
        if !value.is_mapping() {
            let message = format!(
                "this is {} and must be a map of {} and {}",
                value.type_name(),
                keys[0],
                keys[1]
            );
            self.wrong(value, message, sink);
            return None;
        }
        for (key, number) in value.entries() {
            let name = key.text().unwrap_or_default();
            if !keys.contains(&name) {
                let message = format!("there is no `{name}` here");
                let finding = self.template.refused("hot-key-unknown", key, message);
                sink.push(finding.meant(name, keys));
                return None;
            }
            let is_number = number
                .text()
                .is_some_and(|text| text.parse::<f64>().is_ok());
            if !is_number && !number.is_null() {
                let message = format!("`{name}` is {} and must be a number", number.type_name());
                self.wrong(number, message, sink);
                return None;
            }
        }
        Some(())
    }

    fn default(&self, is: Type, default: &Node, bounds: &[Written<'_>], sink: &mut Sink) {
        let taken = match take(is, default) {
            Ok(taken) => taken,
            Err(due) => {
                let message = format!("the default is {} and must be {due}", default.type_name());
                let finding = self
                    .template
                    .refused("hot-parameter-default", default, message);
                sink.push(finding);
                return;
            }
        };
        for bound in bounds {
            if let Some(due) = bound.broken(&taken, default) {
                let message = format!("the default of `{}` {due}", self.name);
                let finding = self
                    .template
                    .refused("hot-parameter-default", default, message);
                sink.push(finding);
            }
        }
    }
}

/// A bound as a template writes it.
enum Written<'n> {
    Own(Bound<'n>),
    In(&'n Node),
}

impl Written<'_> {
    fn broken(&self, taken: &Taken, default: &Node) -> Option<String> {
        match self {
            Self::Own(bound) => broken(bound, taken, default),
            Self::In(allowed) => {
                let allowed: Vec<_> = allowed.items().iter().filter_map(Node::text).collect();
                let words = || format!("must be one of {}", allowed.join(", "));
                let is_it = |text: &str| allowed.contains(&text);
                match (default.text(), taken) {
                    (Some(text), Taken::Text(_) | Taken::Number(_)) => (!is_it(text)).then(words),
                    _ => None,
                }
            }
        }
    }
}

/// Takes a default as Heat does, or says what it must be.
fn take(is: Type, node: &Node) -> Result<Taken, &'static str> {
    let scalar = match &node.kind {
        Kind::Scalar { value, text, .. } => Some((value, text)),
        _ => None,
    };
    match (is, scalar) {
        (Type::String, Some((_, text))) => Ok(Taken::Text(text.clone())),
        (
            Type::Number,
            Some((Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Str, text)),
        ) => {
            let number = match &**text {
                "true" | "false" => Ok(0.0),
                text => text.trim().parse(),
            };
            number.map(Taken::Number).map_err(|_| "a number")
        }
        (Type::Number, _) => Err("a number"),
        (Type::Boolean, Some((_, text))) => {
            let words = [
                "true", "false", "1", "0", "t", "f", "yes", "no", "on", "off", "y", "n",
            ];
            let is_word = words.iter().any(|word| text.eq_ignore_ascii_case(word));
            is_word.then_some(Taken::Boolean).ok_or("true or false")
        }
        (Type::Boolean, None) => Err("true or false"),
        (Type::List, None) if !node.is_mapping() => Ok(Taken::Many(node.items().len())),
        (Type::List, Some((Value::Str, text))) => Ok(Taken::Many(text.split(',').count())),
        (Type::List, _) => Err("a list, or a string with commas"),
        (Type::Map, Some((Value::Str, text))) => {
            let is_json =
                text.is_empty() || serde_json::from_str::<serde_json::Value>(text).is_ok();
            is_json.then_some(Taken::Open).ok_or("a map, or JSON")
        }
        _ => Ok(Taken::Open),
    }
}
