//! Node templates: their types, properties, capabilities, and the calls in them.

use super::properties::{self, Owner};
use super::service::{NODE_PREFIX, Service, Topology};
use super::{REJECTED, Template};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::{At, Def, is_function};
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
        calls(service, topology, &node, def, sink);
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

/// Checks the calls that are the whole value of a property; the parser looks at no others.
fn calls(
    service: &Service<'_>,
    topology: &Topology<'_>,
    node: &Template<'_>,
    def: Def<'_>,
    sink: &mut Sink,
) {
    let declared = service.types.merged(def, "properties");
    let properties = node.at.get("properties").into_iter().flat_map(At::entries);
    for (name, _, value) in properties {
        let is_declared = declared.iter().any(|(known, ..)| *known == name);
        if is_declared && is_function(value.node) {
            call(topology, node, value, sink);
        }
    }
}

fn call(topology: &Topology<'_>, node: &Template<'_>, value: At<'_>, sink: &mut Sink) {
    let [(name, argument)] = value.node.entries() else {
        return;
    };
    match name.text() {
        Some("get_input") => input(topology, value, argument, sink),
        Some("get_property" | "get_attribute") => target(topology, node, value, argument, sink),
        _ => {}
    }
}

fn input(topology: &Topology<'_>, value: At<'_>, argument: &Node, sink: &mut Sink) {
    let inputs = topology.at.get("inputs").into_iter().flat_map(At::entries);
    let known: Vec<_> = inputs.map(|(name, ..)| name).collect();
    let wanted = match argument.items() {
        [] => argument.text(),
        [one] => one.text(),
        _ => None,
    };
    let wanted = wanted.unwrap_or_default();
    if known.contains(&wanted) {
        return;
    }
    let message = format!("there is no input `{wanted}`");
    let node = argument.items().first().unwrap_or(argument);
    let finding =
        Diagnostic::error("vnfd-input-unknown", value.file, node.span, message).why(REJECTED);
    sink.push(if known.is_empty() {
        finding.help(format!(
            "declare `{wanted}` under `inputs` of the topology template"
        ))
    } else {
        finding.meant(wanted, known)
    });
}

fn target(
    topology: &Topology<'_>,
    node: &Template<'_>,
    value: At<'_>,
    argument: &Node,
    sink: &mut Sink,
) {
    let special = ["SELF", "HOST", "SOURCE", "TARGET"];
    let names: Vec<_> = topology.nodes().map(|node| node.name).collect();
    let [first, _, ..] = argument.items() else {
        let message = "a call names a node and a property";
        sink.push(
            Diagnostic::error("vnfd-call-invalid", value.file, argument.span, message)
                .why(REJECTED)
                .help(format!("write `[{}, <property>]`", node.name)),
        );
        return;
    };
    let name = first.text().unwrap_or_default();
    if !special.contains(&name) && !names.contains(&name) {
        let message = format!("there is no node template `{name}`");
        sink.push(
            Diagnostic::error("vnfd-call-invalid", value.file, first.span, message)
                .why(REJECTED)
                .meant(name, names),
        );
    }
}
