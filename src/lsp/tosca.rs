//! What can stand where in a file of TOSCA definitions.
//!
//! The grammar (TOSCA Simple Profile 1.3 §3) is a machine: each step down from the root leads from
//! one state to the next, and a state knows its keys and values from the package's own types.

use std::borrow::Cow;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::cursor::Step;
use super::files;
use super::offer::{Kind, Offer, Offers, words};
use super::type_text::{type_offer, type_text};
use super::words::{self as of, Words};
use crate::tosca::catalogue::{Part, Property, Type};
use crate::tosca::documents::Documents;
use crate::yaml::Node;

/// What is known around a file.
pub(super) struct Scope<'p> {
    /// The file.
    pub(super) file: &'p Utf8Path,
    /// Its content.
    pub(super) root: &'p Node,
    /// The types that the package can use, by name.
    pub(super) types: &'p BTreeMap<String, Type>,
    /// The package's files of definitions, where it has a VNFD.
    pub(super) documents: Option<&'p Documents>,
    /// All files of the package.
    pub(super) paths: &'p [Utf8PathBuf],
}

/// What is being written at a place.
#[derive(Clone, Copy)]
enum State<'p> {
    /// A place of which nothing is known.
    Free,
    File,
    Imports,
    /// A file of the package with this extension; of any, if none.
    Path(Option<&'static str>),
    /// Definitions of types of a kind, by name.
    Defs(&'static str),
    Def(&'static str),
    /// Definitions of properties, attributes or inputs, by name.
    Schemas,
    Schema,
    Constraints,
    Bool,
    CapabilityDefs,
    CapabilityDef,
    RequirementDefs,
    RequirementDef,
    InterfaceDefs,
    /// The name of a type of a kind, or a list of such.
    TypeOf(&'static str),
    Topology,
    Substitution,
    /// Node templates, policies or groups, by name or listed.
    Templates(&'static str),
    Template(&'static str, Option<&'p Type>),
    Properties(&'p [Property]),
    Value(&'p Property, &'p str),
    Capabilities(&'p [Part]),
    Capability(Option<&'p Type>),
    Requirements(&'p [Part]),
    Requirement,
    Interfaces(&'p [Part]),
    Interface(Option<&'p Type>),
    Operation,
    Artifacts,
    Artifact,
    /// The name of a node template, or a list of such.
    Nodes,
    Inputs,
    /// The arguments of `get_property` or `get_attribute`: a node, and what of it.
    OfNode,
    Names(&'p [Property]),
}

/// Returns what can stand where `path` leads.
pub(super) fn offers<'p>(scope: &Scope<'p>, path: &[Step<'_>]) -> Offers<'p> {
    let mut state = State::File;
    let mut node = Some(scope.root);
    for step in path {
        let below = node.and_then(|node| match step {
            Step::Key(key) => node.get(key),
            Step::Item(index) => node.items().get(*index),
        });
        state = match step {
            Step::Key(key) => scope.under(state, key, below),
            Step::Item(index) => scope.item(state, *index, node),
        };
        node = below;
    }
    scope.offered(state)
}

impl<'p> Scope<'p> {
    fn r#type(&self, name: &str) -> Option<&'p Type> {
        self.types.get(name)
    }

    /// Returns the type that a template, or a part of a type, says it is of.
    fn type_of(&self, node: Option<&Node>) -> Option<&'p Type> {
        self.r#type(node?.get("type")?.text()?)
    }

    fn node_templates(&self) -> Option<&'p Node> {
        self.root.at(&["topology_template", "node_templates"])
    }

    /// Returns the state under a key.
    fn under(&self, state: State<'p>, key: &str, node: Option<&'p Node>) -> State<'p> {
        match state {
            State::File => match key {
                "imports" => State::Imports,
                "topology_template" => State::Topology,
                "artifact_types" => State::Def("artifact"),
                key => kind_of_section(key).map_or(State::Free, State::Defs),
            },
            State::Imports => match key {
                "repository" | "namespace_prefix" | "namespace_uri" => State::Free,
                _ => State::Imports,
            },
            State::Defs(kind) => State::Def(kind),
            State::Def(kind) => under_definition(kind, key),
            State::Schemas => State::Schema,
            State::Schema => match key {
                "type" => State::TypeOf("data"),
                "entry_schema" | "key_schema" => State::Schema,
                "constraints" => State::Constraints,
                "required" => State::Bool,
                _ => State::Free,
            },
            State::CapabilityDefs => State::CapabilityDef,
            State::CapabilityDef => match key {
                "type" => State::TypeOf("capability"),
                "valid_source_types" => State::TypeOf("node"),
                "properties" | "attributes" => State::Schemas,
                _ => State::Free,
            },
            State::RequirementDefs => State::RequirementDef,
            State::RequirementDef => match key {
                "capability" => State::TypeOf("capability"),
                "node" => State::TypeOf("node"),
                "relationship" => State::TypeOf("relationship"),
                _ => State::Free,
            },
            State::InterfaceDefs => match key {
                "type" => State::TypeOf("interface"),
                _ => State::InterfaceDefs,
            },
            State::Topology => match key {
                "inputs" => State::Schemas,
                "substitution_mappings" => State::Substitution,
                "node_templates" => State::Templates("node"),
                "policies" => State::Templates("policy"),
                "groups" => State::Templates("group"),
                _ => State::Free,
            },
            State::Substitution => match key {
                "node_type" => State::TypeOf("node"),
                "properties" => {
                    let name = ["topology_template", "substitution_mappings", "node_type"];
                    let name = self.root.at(&name).and_then(Node::text);
                    properties(name.and_then(|name| self.r#type(name)))
                }
                _ => State::Nodes,
            },
            State::Templates(kind) => State::Template(kind, self.type_of(node)),
            State::Template(kind, of) => under_template(kind, of, key),
            State::Properties(known) => match known.iter().find(|known| known.name == key) {
                Some(known) => State::Value(known, &known.r#type),
                None => State::Free,
            },
            State::Value(known, of) => self.under_value(known, of, key, node),
            State::Capabilities(known) => State::Capability(self.part_type(known, key, "type")),
            State::Capability(of) => match key {
                "properties" => properties(of),
                _ => State::Free,
            },
            State::Requirements(_) => State::Requirement,
            State::Requirement => match key {
                "node" => State::Nodes,
                "relationship" => State::TypeOf("relationship"),
                "capability" => State::TypeOf("capability"),
                _ => State::Free,
            },
            State::Interfaces(known) => State::Interface(self.part_type(known, key, "type")),
            State::Interface(of) => match key {
                "operations" => State::Interface(of),
                _ => State::Operation,
            },
            State::Artifacts => State::Artifact,
            State::Artifact => match key {
                "type" => State::TypeOf("artifact"),
                "file" => State::Path(None),
                _ => State::Free,
            },
            _ => State::Free,
        }
    }

    /// Returns the state of a list's item.
    fn item(&self, state: State<'p>, index: usize, list: Option<&'p Node>) -> State<'p> {
        match state {
            State::Value(known, of) => match of.strip_prefix("list of ") {
                Some(entry) => State::Value(known, entry),
                None => State::Free,
            },
            State::OfNode => {
                let node = list.and_then(|list| list.items().first()?.text());
                let of = node.and_then(|node| self.type_of(self.node_templates()?.get(node)));
                match (index, of) {
                    (0, _) => State::Nodes,
                    (1, Some(of)) => State::Names(&of.properties),
                    _ => State::Free,
                }
            }
            State::Operation | State::Bool | State::Schemas => State::Free,
            state => state,
        }
    }

    fn part_type(&self, parts: &'p [Part], name: &str, key: &str) -> Option<&'p Type> {
        let part = parts.iter().find(|part| part.name == name)?;
        let written = part.is.as_str().or_else(|| part.is.get(key)?.as_str())?;
        self.r#type(written)
    }

    /// Returns the state under a key of a value: a function's, a map's or a data type's.
    fn under_value(
        &self,
        known: &'p Property,
        of: &'p str,
        key: &str,
        node: Option<&'p Node>,
    ) -> State<'p> {
        match key {
            "get_input" => return State::Inputs,
            "get_property" | "get_attribute" => return State::OfNode,
            _ => {}
        }
        match (of.strip_prefix("map of "), self.r#type(of)) {
            (Some(entry), _) => State::Value(known, entry),
            (None, Some(data)) => self.under(State::Properties(&data.properties), key, node),
            (None, None) => State::Free,
        }
    }

    fn offered(&self, state: State<'p>) -> Offers<'p> {
        let keyword = |of: Words| Offers::keys(words(Kind::Keyword, "TOSCA", of));
        match state {
            State::Free | State::Defs(_) | State::Schemas | State::CapabilityDefs => {
                Offers::default()
            }
            State::RequirementDefs | State::InterfaceDefs | State::Templates(_) => {
                Offers::default()
            }
            State::File => keyword(of::FILE),
            State::Imports => Offers::values(files::below(self.file, self.paths, Some("yaml"))),
            State::Path(extension) => {
                Offers::values(files::below(self.file, self.paths, extension))
            }
            State::Def(_) => keyword(of::TYPE),
            State::Schema => Offers {
                values: self.types_of("data"),
                ..keyword(of::SCHEMA)
            },
            State::Constraints => keyword(of::CONSTRAINTS),
            State::Bool => Offers::values(booleans()),
            State::CapabilityDef => Offers {
                values: self.types_of("capability"),
                ..keyword(of::CAPABILITY_TYPE)
            },
            State::RequirementDef => Offers {
                values: self.types_of("capability"),
                ..keyword(of::REQUIREMENT_TYPE)
            },
            State::TypeOf(kind) => Offers::values(self.types_of(kind)),
            State::Topology => keyword(of::TOPOLOGY),
            State::Substitution => keyword(of::SUBSTITUTION),
            State::Template(kind, _) => keyword(match kind {
                "node" => of::NODE,
                "policy" => of::POLICY,
                _ => of::GROUP,
            }),
            State::Properties(known) => Offers::keys(known.iter().map(property)),
            State::Value(known, of) => self.value(known, of),
            State::Capabilities(parts) => {
                Offers::keys(parts.iter().map(|it| part(it, "capability")))
            }
            State::Requirements(parts) => {
                Offers::keys(parts.iter().map(|it| part(it, "requirement")))
            }
            State::Interfaces(parts) => Offers::keys(parts.iter().map(|it| part(it, "interface"))),
            State::Capability(_) => keyword(&[("properties", "Values of its properties.")]),
            State::Requirement => Offers {
                values: self.nodes().collect(),
                ..keyword(of::REQUIREMENT)
            },
            State::Interface(of) => Offers::keys(of.into_iter().flat_map(operations)),
            State::Operation => Offers {
                values: self.artifacts().collect(),
                ..keyword(of::OPERATION)
            },
            State::Artifacts => Offers::default(),
            State::Artifact => Offers {
                values: files::below(self.file, self.paths, None),
                ..keyword(of::ARTIFACT)
            },
            State::Nodes => Offers::values(self.nodes()),
            State::Inputs => Offers::values(self.inputs()),
            State::OfNode => Offers::default(),
            State::Names(known) => Offers::values(known.iter().map(property)),
        }
    }

    /// Returns what a property's value can be.
    fn value(&self, known: &'p Property, of: &'p str) -> Offers<'p> {
        let mut keys: Vec<_> = words(Kind::Function, "function", of::FUNCTIONS).collect();
        if let Some(data) = self.r#type(of) {
            keys.extend(data.properties.iter().map(property));
        }
        let mut values: Vec<_> = match of {
            "boolean" => booleans().collect(),
            of if of == known.r#type => valid_values(known, &known.constraints).collect(),
            _ => valid_values(known, &known.entry_constraints).collect(),
        };
        if known.name == "aspect" {
            values.extend(self.aspects());
        }
        Offers { keys, values }
    }

    fn types_of(&self, kind: &str) -> Vec<Offer<'p>> {
        let known = self.types.values().filter(|known| known.kind == kind);
        let mut all: Vec<_> = known.map(type_offer).collect();
        match kind {
            "data" => all.extend(words(Kind::Type, "TOSCA", of::SIMPLE)),
            "artifact" => all.extend(self.artifact_types()),
            _ => {}
        }
        all
    }

    /// Returns the types of artifacts; no other rule needs a catalogue of them.
    fn artifact_types(&self) -> impl Iterator<Item = Offer<'p>> + use<'p> {
        let documents = self.documents.into_iter();
        let all = documents.flat_map(|all| all.definitions.iter().chain(&all.elsewhere));
        all.flat_map(|document| {
            let known = document.root.get("artifact_types");
            let entries = known.map_or(&[][..], Node::entries);
            entries.iter().filter_map(|(key, body)| {
                let text = body.get("description").and_then(Node::text);
                let place = (document.file.clone(), Some(key.span));
                let offer = Offer::new(key.text()?, Kind::Type, "artifact type");
                Some(offer.text(text.unwrap_or_default()).at(Some(place)))
            })
        })
    }

    fn nodes(&self) -> impl Iterator<Item = Offer<'p>> {
        self.named(self.node_templates())
    }

    fn inputs(&self) -> impl Iterator<Item = Offer<'p>> {
        self.named(self.root.at(&["topology_template", "inputs"]))
    }

    /// Returns the names of a map's entries in this file, each with its type.
    fn named(&self, map: Option<&'p Node>) -> impl Iterator<Item = Offer<'p>> {
        let entries = map.map_or(&[][..], Node::entries);
        entries.iter().filter_map(|(key, body)| {
            let kind = body.get("type").and_then(Node::text).unwrap_or("template");
            let place = (self.file.to_owned(), Some(key.span));
            let text = body.get("description").and_then(Node::text);
            let text = match (text, self.r#type(kind)) {
                (Some(text), _) => text.to_owned(),
                (None, Some(known)) => type_text(known),
                (None, None) => String::new(),
            };
            let offer = Offer::new(key.text()?, Kind::Named, kind);
            Some(offer.text(text).at(Some(place)))
        })
    }

    /// Returns the names of all artifacts of the file's nodes.
    fn artifacts(&self) -> impl Iterator<Item = Offer<'p>> {
        let nodes = self.node_templates().map_or(&[][..], Node::entries);
        nodes
            .iter()
            .flat_map(|(_, node)| self.named(node.get("artifacts")))
    }

    /// Returns the names of the file's scaling aspects (SOL001 §6.10.2).
    fn aspects(&self) -> impl Iterator<Item = Offer<'p>> {
        let policies = self.root.at(&["topology_template", "policies"]);
        let policies = policies.into_iter().flat_map(|all| {
            let listed = all.items().iter().flat_map(Node::entries);
            listed.chain(all.entries())
        });
        policies.flat_map(|(_, policy)| {
            let of = policy.get("type").and_then(Node::text);
            let is_meant = of == Some("tosca.policies.nfv.ScalingAspects");
            let aspects = policy.at(&["properties", "aspects"]);
            self.named(aspects.filter(|_| is_meant))
        })
    }
}

fn kind_of_section(key: &str) -> Option<&'static str> {
    Some(match key {
        "node_types" => "node",
        "capability_types" => "capability",
        "relationship_types" => "relationship",
        "data_types" => "data",
        "interface_types" => "interface",
        "policy_types" => "policy",
        "group_types" => "group",
        _ => return None,
    })
}

fn under_definition<'p>(kind: &'static str, key: &str) -> State<'p> {
    match key {
        "derived_from" => State::TypeOf(kind),
        "properties" | "attributes" => State::Schemas,
        "capabilities" => State::CapabilityDefs,
        "requirements" => State::RequirementDefs,
        "interfaces" => State::InterfaceDefs,
        "constraints" => State::Constraints,
        "targets" | "members" | "valid_source_types" => State::TypeOf("node"),
        "valid_target_types" => State::TypeOf("capability"),
        "artifacts" => State::Artifacts,
        _ => State::Free,
    }
}

fn under_template<'p>(kind: &'static str, of: Option<&'p Type>, key: &str) -> State<'p> {
    match key {
        "type" => return State::TypeOf(kind),
        "targets" | "members" => return State::Nodes,
        "artifacts" => return State::Artifacts,
        _ => {}
    }
    let Some(known) = of else { return State::Free };
    match key {
        "properties" => State::Properties(&known.properties),
        "attributes" => State::Properties(&known.attributes),
        "capabilities" => State::Capabilities(&known.capabilities),
        "requirements" => State::Requirements(&known.requirements),
        "interfaces" => State::Interfaces(&known.interfaces),
        _ => State::Free,
    }
}

fn properties(of: Option<&Type>) -> State<'_> {
    of.map_or(State::Free, |known| State::Properties(&known.properties))
}

fn property(known: &Property) -> Offer<'_> {
    let mut text = known.description.clone().unwrap_or_default();
    let mut more = |words: String| text = format!("{text}\n\n{words}");
    if let Some(default) = &known.default {
        more(format!("Default: `{default}`"));
    }
    for constraint in &known.constraints {
        more(format!("Constraint: `{constraint}`"));
    }
    for constraint in &known.entry_constraints {
        more(format!("Constraint of each: `{constraint}`"));
    }
    if let Some(from) = &known.from {
        more(format!("Declared by `{from}`."));
    }
    let place = known.place.clone().map(|(file, span)| (file, Some(span)));
    Offer::new(&known.name, Kind::Property, &known.r#type)
        .text(text.trim())
        .needed(known.required && known.default.is_none())
        .at(place)
}

fn part<'p>(known: &'p Part, what: &'static str) -> Offer<'p> {
    let is = serde_yaml::to_string(&known.is).unwrap_or_default();
    let place = known.place.clone().map(|(file, span)| (file, Some(span)));
    Offer::new(&known.name, Kind::Part, what)
        .text(format!("```yaml\n{is}```"))
        .at(place)
}

fn operations(of: &Type) -> impl Iterator<Item = Offer<'_>> {
    of.operations.iter().map(|it| part(it, "operation"))
}

fn booleans() -> impl Iterator<Item = Offer<'static>> {
    ["true", "false"]
        .into_iter()
        .map(|word| Offer::new(word, Kind::Value, "boolean"))
}

fn valid_values<'p>(
    known: &'p Property,
    constraints: &'p [serde_json::Value],
) -> impl Iterator<Item = Offer<'p>> {
    let values = constraints
        .iter()
        .filter_map(|one| one.get("valid_values")?.as_array());
    values.flatten().map(|value| {
        let name = match value.as_str() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(value.to_string()),
        };
        Offer::new(name, Kind::Value, format!("value of `{}`", known.name))
    })
}
