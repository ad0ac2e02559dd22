//! What a definition of a type says, taken apart into facts that can be compared one by one.
//!
//! Two definitions that mean the same to somebody who writes a descriptor have the same facts:
//! descriptions do not count, nor do the several ways of writing one thing.

use std::fmt::Write;

use crate::diagnose::Span;
use crate::tosca::types::At;
use crate::yaml::{Kind, Node};

/// The kinds of types, by the section of a service template that defines them.
const SECTIONS: [(&str, &str); 8] = [
    ("node_types", "node"),
    ("capability_types", "capability"),
    ("relationship_types", "relationship"),
    ("data_types", "data"),
    ("interface_types", "interface"),
    ("policy_types", "policy"),
    ("group_types", "group"),
    ("artifact_types", "artifact"),
];

/// Keys that say nothing to those who use a type.
const WORDS: [&str; 4] = ["description", "version", "metadata", "status"];

/// One thing that a definition says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tosca) struct Fact {
    /// What it is about, such as `property vnic_type`.
    pub(in crate::tosca) about: String,
    /// What is said of it, such as `string, optional`.
    pub(in crate::tosca) says: String,
    /// Where it is said.
    pub(in crate::tosca) span: Span,
}

/// A type's definition.
pub(in crate::tosca) struct Definition<'d> {
    pub(in crate::tosca) name: &'d str,
    /// Where its name stands.
    pub(in crate::tosca) key: Span,
    pub(in crate::tosca) facts: Vec<Fact>,
}

/// Returns the definitions in a file of the types that `wanted` picks by name.
pub(in crate::tosca) fn definitions<'d>(
    root: At<'d>,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Definition<'d>> {
    let mut found = Vec::new();
    for (section, kind) in SECTIONS {
        for (name, key, body) in root.get(section).into_iter().flat_map(At::entries) {
            if wanted(name) {
                let mut facts = Facts::default();
                facts.add("a type of", kind.to_owned(), key);
                facts.body(kind, body);
                let facts = facts.0;
                found.push(Definition { name, key, facts });
            }
        }
    }
    found
}

#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn add(&mut self, about: impl Into<String>, says: String, span: Span) {
        let about = about.into();
        self.0.push(Fact { about, says, span });
    }

    fn body(&mut self, kind: &str, body: At<'_>) {
        for (name, key, value) in body.entries() {
            match name {
                _ if WORDS.contains(&name) => {}
                "properties" => self.each("property", value, property),
                "attributes" => self.each("attribute", value, property),
                "capabilities" => self.each("capability", value, capability),
                "interfaces" => self.each("interface", value, |node| part(node, "type")),
                "requirements" => {
                    for item in value.items() {
                        self.each("requirement", item, requirement);
                    }
                }
                "derived_from" => self.add("derived from", flow(value.node), key),
                "operations" | "notifications" if kind == "interface" => {
                    let about = name.trim_end_matches('s');
                    self.each(about, value, |_| String::new());
                }
                "inputs" if kind == "interface" => {}
                _ if kind == "interface" => {
                    self.add(format!("operation {name}"), String::new(), key);
                }
                // No target at all, and no word of targets, are the same.
                _ if value.node.items().is_empty() && value.node.is_list() => {}
                _ => self.add(name, list(value.node), key),
            }
        }
    }

    fn each(&mut self, about: &str, section: At<'_>, says: impl Fn(&Node) -> String) {
        for (name, key, value) in section.entries() {
            self.add(format!("{about} {name}"), says(value.node), key);
        }
    }
}

/// Puts a property into words: `list of string, optional`.
fn property(node: &Node) -> String {
    let mut words = schema(node);
    let default = node.get("default").filter(|default| !default.is_null());
    if let Some(default) = default {
        // Whoever has a default need not be given, whatever else is said.
        let _ = write!(words, ", default {}", flow(default));
    } else if node.get("required").is_some_and(is_false) {
        words += ", optional";
    }
    words
}

fn is_false(node: &Node) -> bool {
    node.text()
        .is_some_and(|text| matches!(text, "false" | "False" | "no"))
}

/// Puts the type of values into words, with what they must fulfil.
fn schema(node: &Node) -> String {
    let Some(kind) = node.get("type").and_then(Node::text) else {
        return flow(node);
    };
    let mut words = kind.to_owned();
    if let Some(entry) = node.get("entry_schema") {
        let entry = schema(entry);
        words += &if entry.contains(' ') {
            format!(" of <{entry}>")
        } else {
            format!(" of {entry}")
        };
    }
    let constraints = node.get("constraints").map(Node::items).unwrap_or_default();
    for constraint in constraints {
        for (name, value) in constraint.entries() {
            let _ = write!(words, ", {} {}", flow(name), flow(value));
        }
    }
    words
}

fn capability(node: &Node) -> String {
    part_without(node, "type", &[("occurrences", "[1, UNBOUNDED]")])
}

fn requirement(node: &Node) -> String {
    // What TOSCA makes of no word (TOSCA 1.3 §3.7.3).
    part_without(node, "capability", &[("occurrences", "[1, 1]")])
}

fn part(node: &Node, short: &str) -> String {
    part_without(node, short, &[])
}

/// Puts a map into words by the names of its keys; `short` is what a scalar in its place means.
fn part_without(node: &Node, short: &str, usual: &[(&str, &str)]) -> String {
    if let Some(text) = node.text() {
        return format!("{short} {text}");
    }
    let mut words: Vec<String> = Vec::new();
    for (key, value) in node.entries() {
        let (Some(key), value) = (key.text(), list(value)) else {
            continue;
        };
        let is_silent = WORDS.contains(&key)
            || value == "[]"
            || usual
                .iter()
                .any(|(name, said)| *name == key && *said == value);
        if !is_silent {
            words.push(format!("{key} {value}"));
        }
    }
    words.sort();
    words.join(", ")
}

/// Writes a list of names in an order that does not depend on the writer's.
fn list(node: &Node) -> String {
    let names: Option<Vec<_>> = node.items().iter().map(Node::as_str).collect();
    match names {
        Some(mut names) if !names.is_empty() => {
            names.sort_unstable();
            format!("[{}]", names.join(", "))
        }
        _ => flow(node),
    }
}

/// Writes a node on one line.
fn flow(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar { text, .. } => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Kind::Sequence(items) => {
            let items: Vec<_> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Mapping(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", flow(key), flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}
