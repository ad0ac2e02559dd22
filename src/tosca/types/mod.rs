//! The types that a package's files define, seen as tosca-parser sees them.
//!
//! The parser puts node, data, policy and all other types of all files that it reaches into one
//! table, without regard to kind or file; the last definition of a name wins.

mod constraint;
mod scalar;
mod value;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use camino::Utf8Path;

use super::documents::{Document, Documents};
use crate::diagnose::{Sink, Span};
use crate::yaml::{self, Kind, Node};

pub(super) use constraint::SIMPLE;
pub(super) use scalar::{is_image_size, unit_names};
pub(super) use value::{Fault, Value, Wrong, is_function, is_required, is_truthy, schema_fault};

/// Sections of types, in the order in which the parser merges them.
const SECTIONS: [&str; 7] = [
    "node_types",
    "capability_types",
    "relationship_types",
    "data_types",
    "interface_types",
    "policy_types",
    "group_types",
];

/// Keys of an interface's type and declaration that are no operations.
pub(super) const NO_OPERATIONS: [&str; 5] =
    ["type", "inputs", "derived_from", "version", "description"];

/// Where findings about TOSCA's own types would point.
pub(super) const NORMATIVE: &str = "TOSCA";

/// TOSCA's own types.
static OWN: LazyLock<Option<Node>> = LazyLock::new(|| {
    let text = include_str!("normative.yaml");
    yaml::parse(NORMATIVE.into(), text, &mut Sink::default())
});

/// A node of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'d> {
    pub(super) file: &'d Utf8Path,
    pub(super) node: &'d Node,
}

impl<'d> At<'d> {
    /// Returns what `path` leads to.
    pub(super) fn at(self, path: &[&str]) -> Option<Self> {
        let node = self.node.at(path)?;
        Some(Self { node, ..self })
    }

    /// Returns the value under `key`.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        self.at(&[key])
    }

    /// Returns the map's entries: name, place of the name, value. Names that are no scalars are
    /// left out; of duplicates only the last counts.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'d str, Span, Self)> {
        let entries = self.node.entries();
        entries
            .iter()
            .enumerate()
            .filter_map(move |(index, (key, node))| {
                let name = key.text()?;
                let counts = self.node.counts(index);
                counts.then_some((name, key.span, Self { node, ..self }))
            })
    }

    /// Returns the list's items.
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        let file = self.file;
        self.node
            .items()
            .iter()
            .map(move |node| Self { file, node })
    }
}

/// A type's definition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Def<'d> {
    pub(super) name: &'d str,
    /// The section that it stands in, such as `node_types`.
    pub(super) section: &'static str,
    /// The place of the name where it is defined.
    pub(super) key: Span,
    pub(super) body: At<'d>,
}

impl Def<'_> {
    /// Tells whether TOSCA defines it, in a way that is not known here in full.
    pub(super) fn is_opaque(&self) -> bool {
        self.body.node.get("opaque").is_some() && self.is_normative()
    }

    /// Tells whether TOSCA defines it, not the package.
    pub(super) fn is_normative(&self) -> bool {
        // Asked so often that paths are compared as the texts that they are.
        self.body.file.as_str() == NORMATIVE
    }
}

/// A requirement as a type declares it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Requirement<'d> {
    pub(super) name: &'d str,
    pub(super) key: Span,
    pub(super) body: At<'d>,
}

/// All types that a package's top VNFD file can use.
#[derive(Debug)]
pub(super) struct Types<'d> {
    defs: BTreeMap<&'d str, Def<'d>>,
}

impl<'d> Types<'d> {
    /// Collects the types of the top file and of all that it imports.
    pub(super) fn of(documents: &'d Documents) -> Self {
        let mut types = Self {
            defs: BTreeMap::new(),
        };
        if let Some(root) = &*OWN {
            let file = Utf8Path::new(NORMATIVE);
            types.add(At { file, node: root });
        }
        if let Some(top) = documents.top() {
            types.import(documents, top, true, &mut vec![&top.file]);
        }
        types
    }

    /// Adds what `document` imports as the parser does: all direct imports, then, for the top
    /// file, its own types, then what the imports import.
    fn import(
        &mut self,
        documents: &'d Documents,
        document: &'d Document,
        is_top: bool,
        way: &mut Vec<&'d Utf8Path>,
    ) {
        let imported: Vec<_> = documents.imported_by(document).collect();
        for import in &imported {
            self.add(import.place());
        }
        if is_top {
            self.add(document.place());
        }
        for import in imported {
            if !way.contains(&&*import.file) {
                way.push(&import.file);
                self.import(documents, import, false, way);
                way.pop();
            }
        }
    }

    fn add(&mut self, root: At<'d>) {
        for section in SECTIONS {
            for (name, key, body) in root.get(section).into_iter().flat_map(At::entries) {
                let def = Def {
                    name,
                    section,
                    key,
                    body,
                };
                self.defs.insert(name, def);
            }
        }
    }

    /// Returns all types, by name.
    pub(super) fn all(&self) -> impl Iterator<Item = Def<'d>> + '_ {
        self.defs.values().copied()
    }

    /// Returns all types of the package's files.
    pub(super) fn custom(&self) -> impl Iterator<Item = Def<'d>> + '_ {
        self.defs
            .values()
            .copied()
            .filter(|def| !def.is_normative())
    }

    /// Returns the type of that name; `prefix` is what TOSCA lets short names leave out.
    pub(super) fn get(&self, name: &str, prefix: &str) -> Option<Def<'d>> {
        let own = self.defs.get(name).copied();
        own.or_else(|| {
            let short = name.strip_prefix("tosca:").unwrap_or(name);
            let whole = format!("{prefix}{short}");
            let found = self.defs.get(whole.as_str()).copied();
            found.filter(Def::is_normative)
        })
    }

    /// Returns the names of types that may be meant where one of a kind is due: TOSCA's of that
    /// kind, which begin with `prefix`, and those that the package calls otherwise.
    pub(super) fn names(&self, prefix: &str) -> impl Iterator<Item = &'d str> {
        let names = self.defs.values().map(|def| def.name);
        names.filter(move |name| name.starts_with(prefix) || !name.starts_with("tosca."))
    }

    /// Returns a type and those it derives from, nearest first.
    pub(super) fn chain(&self, def: Def<'d>) -> Vec<Def<'d>> {
        let mut chain = vec![def];
        while let Some(parent) = chain.last().and_then(|def| self.parent(*def)) {
            if chain.iter().any(|known| known.name == parent.name) {
                break;
            }
            chain.push(parent);
        }
        chain
    }

    fn parent(&self, def: Def<'d>) -> Option<Def<'d>> {
        self.defs
            .get(def.body.get("derived_from")?.node.text()?)
            .copied()
    }

    /// Tells whether a type's definition, or one that it derives from, is not known in full.
    pub(super) fn is_opaque(&self, def: Def<'d>) -> bool {
        self.chain(def).iter().any(Def::is_opaque)
    }

    /// Tells whether `def` is the type of that name or derives from it.
    pub(super) fn is_a(&self, def: Def<'d>, name: &str) -> bool {
        self.chain(def).iter().any(|known| known.name == name)
    }

    /// Returns the entries of a map such as `properties` or `capabilities`, inherited ones
    /// included, as the nearest type has them.
    pub(super) fn merged(&self, def: Def<'d>, section: &str) -> Vec<(&'d str, Span, At<'d>)> {
        let mut merged: Vec<(&str, Span, At<'_>)> = Vec::new();
        for def in self.chain(def) {
            let entries = def.body.get(section).into_iter().flat_map(At::entries);
            for entry in entries {
                if merged.iter().all(|(name, ..)| *name != entry.0) {
                    merged.push(entry);
                }
            }
        }
        merged
    }

    /// Returns the requirements, inherited ones included. A derived type that declares one anew
    /// has both, unless they are equal.
    pub(super) fn requirements(&self, def: Def<'d>) -> Vec<Requirement<'d>> {
        let mut found: Vec<(At<'_>, Requirement<'_>)> = Vec::new();
        for def in self.chain(def) {
            let items = def.body.get("requirements");
            for item in items.into_iter().flat_map(At::items) {
                if found.iter().any(|(known, _)| same(known.node, item.node)) {
                    continue;
                }
                found.extend(
                    item.entries()
                        .map(|(name, key, body)| (item, Requirement { name, key, body })),
                );
            }
        }
        found
            .into_iter()
            .map(|(_, requirement)| requirement)
            .collect()
    }

    /// Returns the interfaces that a node type declares; the lifecycle of TOSCA itself is not
    /// inherited.
    pub(super) fn interfaces(&self, def: Def<'d>) -> Vec<(&'d str, At<'d>)> {
        let standard = ["Standard", "Configure"];
        let long = [
            "tosca.interfaces.node.lifecycle.Standard",
            "tosca.interfaces.relationship.Configure",
        ];
        let own = def.body.get("interfaces");
        let is_own = |name: &str| own.is_some_and(|own| own.get(name).is_some());
        self.merged(def, "interfaces")
            .into_iter()
            .filter(|(name, ..)| is_own(name) || !(standard.contains(name) || long.contains(name)))
            .map(|(name, _, body)| (name, body))
            .collect()
    }
}

/// Tells whether two nodes have the same content, wherever they stand.
pub(super) fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (
            Kind::Scalar { value, text, .. },
            Kind::Scalar {
                value: other,
                text: other_text,
                ..
            },
        ) => {
            // `0x10` and `16` are the same; of strings and dates, the text is what they say.
            let is_text = matches!(value, yaml::Value::Str | yaml::Value::Timestamp);
            value == other && (!is_text || text == other_text)
        }
        (Kind::Sequence(a), Kind::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Kind::Mapping(a), Kind::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| {
                    let found = b.iter().find(|(other, _)| same(key, other));
                    found.is_some_and(|(_, other)| same(value, other))
                })
        }
        _ => false,
    }
}
