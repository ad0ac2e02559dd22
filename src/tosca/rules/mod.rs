//! The rules about the VNFD: what tosca-parser and Tacker refuse on upload, and what Tacker's v2
//! API stumbles over later.
//!
//! The two read different things. The parser takes the top file, what it imports, and of those
//! the flavours whose node type is that of a node of the top file, with all types in one table.
//! The v2 API knows no types: it looks for exact names in every YAML file of `Definitions/`.

mod artifacts;
mod calls;
mod copies;
mod files;
mod flavours;
mod hooks;
mod identity;
mod images;
mod imports;
mod inputs;
mod interfaces;
mod levels;
mod mapped;
mod nodes;
mod placement;
mod policies;
mod properties;
mod reach;
mod requirements;
mod scaling;
mod service;

use super::documents::DEFINITIONS;
use super::types::At;
use crate::diagnose::{Sink, Span};
use crate::package::tree::Tree;
use crate::yaml::Node;

pub(super) use identity::{Identity, read as identity};
pub(super) use service::Service;

/// What the parser does with a package that breaks one of its rules.
const REJECTED: &str = "tosca-parser rejects the package";

/// Checks the VNFD.
pub(super) fn check(tree: &dyn Tree, service: &Service<'_>, sink: &mut Sink) {
    let documents = service.documents;
    imports::check(tree, documents, sink);
    files::check(service, sink);
    copies::check(service, sink);
    // Without all types every other rule of the upload would tell of what the missing ones hide.
    if service.is_whole {
        on_upload(service, sink);
    }
    artifacts::check(tree, service, sink);
    levels::on_upload(service, sink);
    flavours::later(service, sink);
    for document in &documents.definitions {
        if document.file.parent() != Some(DEFINITIONS.into()) {
            continue;
        }
        if let Some(flavour) = Flavour::of(document.place()) {
            placement::check(service, flavour, sink);
            levels::check(flavour, sink);
            scaling::check(flavour, sink);
            reach::check(flavour, sink);
            hooks::check(tree, flavour, sink);
            images::later(flavour, sink);
        }
    }
}

/// Checks what the upload looks at and types decide.
fn on_upload(service: &Service<'_>, sink: &mut Sink) {
    identity::check(service, sink);
    for topology in &service.topologies {
        inputs::check(service, topology, sink);
        nodes::check(service, topology, sink);
        calls::outputs(service, topology, sink);
        requirements::check(service, topology, sink);
        interfaces::check(service, topology, sink);
        policies::check(service, topology, sink);
        mapped::check(service, topology, sink);
    }
    images::check(service, sink);
    flavours::check(service, sink);
}

/// A named thing of a topology: a node template, a policy or a group.
#[derive(Debug, Clone, Copy)]
struct Template<'d> {
    name: &'d str,
    /// The place of its name.
    key: Span,
    at: At<'d>,
}

impl<'d> Template<'d> {
    /// Returns the name of its type.
    fn kind(&self) -> Option<&'d str> {
        self.at.node.get("type").and_then(Node::as_str)
    }

    /// Returns the place of the key `name`, or of the template's own name.
    fn place_of(&self, name: &str) -> Span {
        self.at.node.key_span(name).unwrap_or(self.key)
    }
}

fn templates<'d>(section: Option<At<'d>>) -> impl Iterator<Item = Template<'d>> {
    let entries = section.into_iter().flat_map(At::entries);
    entries.map(|(name, key, at)| Template { name, key, at })
}

/// Returns the policies of a topology, which are a list of maps.
fn policies<'d>(topology: At<'d>) -> impl Iterator<Item = Template<'d>> {
    let items = topology.get("policies").into_iter().flat_map(At::items);
    items.flat_map(|item| templates(Some(item)))
}

/// A topology as Tacker's v2 API reads it: the file that has a flavour's id.
#[derive(Debug, Clone, Copy)]
struct Flavour<'d> {
    topology: At<'d>,
}

impl<'d> Flavour<'d> {
    fn of(root: At<'d>) -> Option<Self> {
        let topology = root.get("topology_template")?;
        let id = topology.at(&["substitution_mappings", "properties", "flavour_id"])?;
        id.node.as_str()?;
        Some(Self { topology })
    }

    fn nodes(&self) -> impl Iterator<Item = Template<'d>> + use<'d> {
        templates(self.topology.get("node_templates"))
    }

    fn nodes_of(&self, kind: &'static str) -> impl Iterator<Item = Template<'d>> + use<'d> {
        self.nodes().filter(move |node| node.kind() == Some(kind))
    }

    fn vdus(&self) -> impl Iterator<Item = Template<'d>> + use<'d> {
        self.nodes_of("tosca.nodes.nfv.Vdu.Compute")
    }

    fn policies_of(&self, kind: &'static str) -> impl Iterator<Item = Template<'d>> + use<'d> {
        policies(self.topology).filter(move |policy| policy.kind() == Some(kind))
    }
}

/// Returns the targets of a policy with their places.
fn targets<'d>(policy: &Template<'d>) -> impl Iterator<Item = (&'d str, Span)> + use<'d> {
    let items = policy.at.get("targets").into_iter().flat_map(At::items);
    items.filter_map(|item| Some((item.node.as_str()?, item.node.span)))
}
