//! Node templates: their types, properties and capabilities.

use super::calls;
use super::properties::{self, Owner};
use super::service::{NODE_PREFIX, Service, Topology};
use super::{REJECTED, Template};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::{At, Def};
use crate::yaml::Node;

const KEYS: [&str; 10] = [
    "derived_from",
    "metadata",
    "properties",
    "version",
    "description",
    "attributes",
    "requirements",
    "capabilities",
    "interfaces",
    "artifacts",
];
/// Types that the parser names and refuses.
const UNSUPPORTED: [&str; 2] = [
    "tosca.nodes.Storage.ObjectStorage",
    "tosca.nodes.Storage.BlockStorage",
];

/// Checks the nodes of a topology.
pub(super) fn check(service: &Service<'_>, topology: &Topology<'_>, sink: &mut Sink) {
    for node in topology.nodes() {
        let Some(def) = service.node_type(&node) else {
            properties::unknown_type(service, &node, NODE_PREFIX, sink);
            continue;
        };
        if UNSUPPORTED.contains(&def.name) {
            properties::unknown_type(service, &node, NODE_PREFIX, sink);
        }
        properties::definition(service, def, &KEYS, sink);
        properties::check(service, &Owner::of(&node, "the node template", def), sink);
        capabilities(service, &node, def, sink);
        calls::check(service, topology, &node, def, sink);
    }
}

fn capabilities(service: &Service<'_>, node: &Template<'_>, def: Def<'_>, sink: &mut Sink) {
    let types = &service.types;
    if types.is_opaque(def) {
        return;
    }
    let declared = types.merged(def, "capabilities");
    let section = node.at.get("capabilities");
    for (name, key, at) in section.into_iter().flat_map(At::entries) {
        let Some((.., declaration)) = declared.iter().find(|(known, ..)| *known == name) else {
            let message = format!(
                "the node template `{}` has no capability `{name}`",
                node.name
            );
            sink.push(
                Diagnostic::error("vnfd-capability-unknown", at.file, key, message)
                    .why(REJECTED)
                    .meant(name, declared.iter().map(|(known, ..)| *known)),
            );
            continue;
        };
        if at.node.get("properties").is_none() {
            let message = format!("the capability `{name}` has no `properties`");
            sink.push(
                Diagnostic::error("vnfd-capability-without-properties", at.file, key, message)
                    .why("tosca-parser asks for them and ends with a KeyError")
                    .help("leave the capability out, or give it `properties`"),
            );
            continue;
        }
        let kind = declaration.node.get("type").and_then(Node::text);
        if let Some(def) = kind.and_then(|kind| types.get(kind, "tosca.capabilities.")) {
            let owner = Owner {
                name: format!("the capability `{name}` of `{}`", node.name),
                span: key,
                def,
                properties: at.get("properties"),
                at,
            };
            properties::check(service, &owner, sink);
        }
    }
}
