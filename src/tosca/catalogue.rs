//! The types that a package's descriptor can use, each with all that it inherits, for people who
//! write one.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use serde_json::Value;

use super::documents::Documents;
use super::types::{At, Def, NO_OPERATIONS, NORMATIVE, Types, is_required};
use crate::diagnose::{Sources, Span};
use crate::yaml::Node;

/// A type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Type {
    /// Its name.
    pub name: String,
    /// What it is a type of: `node`, `data`, `policy`, and so on.
    pub kind: &'static str,
    /// The file that defines it; nothing for TOSCA's own types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Utf8PathBuf>,
    /// The line of its name there, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Where its name stands there.
    #[serde(skip)]
    pub span: Span,
    /// The types that it derives from, nearest first.
    pub derived_from: Vec<String>,
    /// What it is, in its author's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What instances are given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
    /// What instances tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Property>,
    /// What others can require of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<Part>,
    /// What it requires of others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Part>,
    /// What can be run on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<Part>,
    /// What an interface consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Part>,
}

/// A property or attribute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Property {
    /// Its name.
    pub name: String,
    /// The type of its values; of lists and maps with that of the entries: `list of string`.
    pub r#type: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it is when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What its values must fulfil, as TOSCA writes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Value>,
    /// What the entries of a list or map must fulfil.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entry_constraints: Vec<Value>,
    /// What it is, in its author's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The type that declares it, if another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The file and place of its name; nothing for what TOSCA's own types declare.
    #[serde(skip)]
    pub place: Option<(Utf8PathBuf, Span)>,
}

/// A capability, requirement or interface.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What the type says of it.
    pub is: Value,
    /// The file and place of that; nothing for what TOSCA's own types declare.
    #[serde(skip)]
    pub place: Option<(Utf8PathBuf, Span)>,
}

/// Returns all types that the top file can use, by name; TOSCA's own among them.
#[must_use]
pub fn types(documents: &Documents, sources: &Sources) -> Vec<Type> {
    let types = Types::of(documents);
    types
        .all()
        .map(|def| described(&types, def, sources))
        .collect()
}

fn described(types: &Types<'_>, def: Def<'_>, sources: &Sources) -> Type {
    let chain = types.chain(def);
    let file = (!def.is_normative()).then(|| def.body.file.to_owned());
    let line = file
        .as_ref()
        .and_then(|file| sources.position(file, def.key.start))
        .map(|(line, _)| line);
    let owner = |section: &str, name: &str| {
        let mut owners = chain.iter();
        let owner = owners.find(|one| one.body.at(&[section, name]).is_some())?;
        (owner.name != def.name).then(|| owner.name.to_owned())
    };
    let listed = |section: &'static str| {
        let merged = types.merged(def, section).into_iter();
        merged
            .map(|(name, key, schema)| Property {
                from: owner(section, name),
                place: place(schema.file, key),
                ..property(name, schema)
            })
            .collect()
    };
    let parts = |section| {
        let merged = types.merged(def, section).into_iter();
        merged.map(|(name, _, is)| part(name, is)).collect()
    };
    let requirements = types.requirements(def).into_iter();
    let interfaces = types.interfaces(def).into_iter();
    Type {
        name: def.name.to_owned(),
        kind: def.section.trim_end_matches("_types"),
        file,
        line,
        span: def.key,
        derived_from: chain[1..].iter().map(|one| one.name.to_owned()).collect(),
        description: description(def.body.node),
        properties: listed("properties"),
        attributes: listed("attributes"),
        capabilities: parts("capabilities"),
        requirements: requirements.map(|one| part(one.name, one.body)).collect(),
        interfaces: interfaces.map(|(name, is)| part(name, is)).collect(),
        operations: operations(&chain),
    }
}

/// Returns the operations of an interface type, under `operations` (TOSCA 1.3) or beside its other
/// keys, those of the types that it derives from among them.
fn operations(chain: &[Def<'_>]) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::new();
    for def in chain.iter().filter(|def| def.section == "interface_types") {
        let nested = def.body.get("operations");
        for (name, _, is) in nested.unwrap_or(def.body).entries() {
            let is_word = nested.is_none() && NO_OPERATIONS.contains(&name);
            if !is_word && all.iter().all(|known| known.name != name) {
                all.push(part(name, is));
            }
        }
    }
    all
}

fn part(name: &str, is: At<'_>) -> Part {
    Part {
        name: name.to_owned(),
        is: is.node.to_json(),
        place: place(is.file, is.node.span),
    }
}

fn place(file: &Utf8Path, span: Span) -> Option<(Utf8PathBuf, Span)> {
    (file != NORMATIVE).then(|| (file.to_owned(), span))
}

fn property(name: &str, schema: At<'_>) -> Property {
    let node = schema.node;
    let kind = node.get("type").and_then(Node::text).unwrap_or_default();
    let entry_schema = node.get("entry_schema");
    let entry = entry_schema.and_then(|entry| entry.get("type").unwrap_or(entry).text());
    Property {
        name: name.to_owned(),
        r#type: match entry {
            Some(entry) => format!("{kind} of {entry}"),
            None => kind.to_owned(),
        },
        required: is_required(node),
        default: node.get("default").map(Node::to_json),
        constraints: constraints(Some(node)),
        entry_constraints: constraints(entry_schema),
        description: description(node),
        from: None,
        place: None,
    }
}

fn constraints(schema: Option<&Node>) -> Vec<Value> {
    let listed = schema.and_then(|schema| schema.get("constraints"));
    let listed = listed.map_or(&[][..], Node::items);
    listed.iter().map(Node::to_json).collect()
}

fn description(node: &Node) -> Option<String> {
    let text = node.get("description")?.text()?;
    Some(text.trim().to_owned())
}
