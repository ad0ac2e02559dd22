//! Conditions: what is defined, and what names them (`heat/engine/conditions.py`).

use std::collections::{BTreeSet, HashMap};

use super::functions::Language;
use crate::diagnose::Sink;
use crate::hot::template::Template;
use crate::yaml::{Kind, Node, Value};

/// Functions of conditions; the last two came with 2017-09-01.
const FUNCTIONS: [&str; 7] = [
    "get_param",
    "equals",
    "not",
    "and",
    "or",
    "contains",
    "yaql",
];
const NEWER: usize = 2;

/// Reports what breaks a rule of a condition.
fn refused(template: &Template, at: &Node, message: impl Into<String>, sink: &mut Sink) {
    sink.push(template.refused("hot-condition-invalid", at, message));
}

struct Conditions<'t> {
    template: &'t Template,
    language: Language,
    names: BTreeSet<&'t str>,
}

/// Checks the definitions, and what resources, outputs and `if` make depend on them.
pub(super) fn check(template: &Template, language: Language, sink: &mut Sink) {
    if language < Language::CONDITIONS {
        return;
    }
    let section = template.root.get("conditions");
    let defined = section.map_or(&[][..], Node::entries);
    let conditions = Conditions {
        template,
        language,
        names: defined.iter().filter_map(|(key, _)| key.text()).collect(),
    };
    if let Some(section) = section
        && !section.is_mapping()
        && !section.is_null()
    {
        let message = format!(
            "the conditions are {} and must be a map",
            section.type_name()
        );
        refused(template, section, message, sink);
    }
    for (_, node) in defined {
        conditions.definition(node, sink);
    }
    circles(template, defined, sink);
    for section in ["resources", "outputs"] {
        let entries = template.root.get(section).map_or(&[][..], Node::entries);
        for (_, entry) in entries {
            if let Some(node) = entry.get("condition") {
                conditions.one(node, sink);
            }
            conditions.choices(entry, sink);
        }
    }
}

impl Conditions<'_> {
    /// Checks a definition, which may not be another's name alone.
    fn definition(&self, node: &Node, sink: &mut Sink) {
        match node.as_str() {
            Some(name) => {
                let message =
                    format!("a definition is true, false or a function, and not `{name}`");
                refused(self.template, node, message, sink);
            }
            None => self.one(node, sink),
        }
    }

    /// Checks what stands where a condition is due: a name, true or false, or a function.
    fn one(&self, node: &Node, sink: &mut Sink) {
        match &node.kind {
            Kind::Scalar {
                value: Value::Bool(_) | Value::Null,
                ..
            } => {}
            Kind::Scalar { text, .. } => self.named(node, text, sink),
            Kind::Mapping(_) => self.function(node, sink),
            Kind::Sequence(_) => {
                let message = "a list is no condition";
                refused(self.template, node, message, sink);
            }
        }
    }

    fn named(&self, node: &Node, name: &str, sink: &mut Sink) {
        if !self.names.contains(name) {
            let message = format!("there is no condition `{name}` in this template");
            let finding = self
                .template
                .refused("hot-condition-unknown", node, message);
            sink.push(finding.meant(name, self.names.iter().copied()));
        }
    }

    fn function(&self, node: &Node, sink: &mut Sink) {
        let [(key, given)] = node.entries() else {
            let message = "a condition is one function, and this has several keys";
            refused(self.template, node, message, sink);
            return;
        };
        let name = key.text().unwrap_or_default();
        let known = match self.language >= Language::PIKE {
            true => &FUNCTIONS[..],
            false => &FUNCTIONS[..FUNCTIONS.len() - NEWER],
        };
        if !known.contains(&name) {
            let message = format!("`{name}` is no function of conditions");
            let finding = self.template.refused("hot-condition-invalid", key, message);
            sink.push(finding.meant(name, known.iter().copied()));
            return;
        }
        let items = given.items();
        let wrong = match name {
            "equals" if items.len() != 2 => Some("`equals` compares two values"),
            "and" | "or" if items.len() < 2 => Some("`and` and `or` need at least two conditions"),
            "not" if given.is_null() => Some("`not` needs a condition"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            refused(self.template, given, wrong, sink);
            return;
        }
        match name {
            "and" | "or" => items.iter().for_each(|item| self.one(item, sink)),
            "not" => self.one(given, sink),
            _ => {}
        }
    }

    /// Checks the conditions of all `if` below a node.
    fn choices(&self, node: &Node, sink: &mut Sink) {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            if let Some((key, given)) = self.language.call(node)
                && key.text() == Some("if")
                && let Some(condition) = given.items().first()
            {
                self.one(condition, sink);
            }
            waiting.extend(node.items());
            waiting.extend(node.entries().iter().map(|(_, value)| value));
        }
    }
}

/// How far a definition has been followed.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Open,
    Done,
}

/// Reports definitions that come back to themselves.
fn circles(template: &Template, defined: &[(Node, Node)], sink: &mut Sink) {
    let all: HashMap<&str, (&Node, &Node)> = defined
        .iter()
        .filter_map(|(key, node)| Some((key.text()?, (key, node))))
        .collect();
    let mut marks: HashMap<&str, Mark> = HashMap::new();
    for (key, _) in defined {
        // What is followed: a definition, or the end of one.
        let mut waiting: Vec<(&str, bool)> =
            key.text().map(|name| (name, false)).into_iter().collect();
        while let Some((name, is_end)) = waiting.pop() {
            let Some((key, node)) = all.get(name) else {
                continue;
            };
            if is_end {
                marks.insert(name, Mark::Done);
                continue;
            }
            match marks.get(name) {
                Some(Mark::Done) => continue,
                Some(Mark::Open) => {
                    let message = format!("the condition `{name}` depends on itself");
                    refused(template, key, message, sink);
                    return;
                }
                None => {}
            }
            marks.insert(name, Mark::Open);
            waiting.push((name, true));
            waiting.extend(names(node).into_iter().map(|name| (name, false)));
        }
    }
}

/// Returns the conditions that a definition names.
fn names(node: &Node) -> Vec<&str> {
    match node.entries() {
        [] => node.as_str().into_iter().collect(),
        [(key, given)] if key.text() == Some("not") => names(given),
        [(key, given)] if matches!(key.text(), Some("and" | "or")) => {
            given.items().iter().flat_map(names).collect()
        }
        _ => Vec::new(),
    }
}
