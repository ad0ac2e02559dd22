//! Interfaces of node templates: names, operations, and what stands in an operation.

use super::files::{mistyped, only};
use super::service::{Service, Topology};
use super::{REJECTED, Template};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::{At, Def, NO_OPERATIONS, is_truthy};
use crate::yaml::Node;

const STANDARD: [&str; 2] = ["Standard", "tosca.interfaces.node.lifecycle.Standard"];
const LIFECYCLE: [&str; 5] = ["create", "configure", "start", "stop", "delete"];
const OPERATION: [&str; 3] = ["implementation", "inputs", "outputs"];

/// Checks the interfaces of a topology's nodes.
pub(super) fn check(service: &Service<'_>, topology: &Topology<'_>, sink: &mut Sink) {
    for node in topology.nodes() {
        let Some(section) = node.at.get("interfaces") else {
            continue;
        };
        let Some(def) = service.node_type(&node) else {
            continue;
        };
        if !section.node.is_mapping() {
            let what = format!("`interfaces` of `{}`", node.name);
            mistyped(section, node.place_of("interfaces"), &what, "a map", sink);
        }
        if !service.types.is_opaque(def) {
            for (name, _, interface) in section.entries() {
                one(service, &node, def, name, interface, sink);
            }
        }
    }
}

fn one(
    service: &Service<'_>,
    node: &Template<'_>,
    def: Def<'_>,
    name: &str,
    interface: At<'_>,
    sink: &mut Sink,
) {
    if interface.node.is_null() || interface.node.text().is_some() {
        let what = interface.node.type_name();
        let message = format!("the interface `{name}` is {what} and must be a map of operations");
        sink.push(
            Diagnostic::error(
                "vnfd-section-type",
                interface.file,
                interface.node.span,
                message,
            )
            .why(REJECTED),
        );
        return;
    }
    let declared = service.types.interfaces(def);
    let allowed = if STANDARD.contains(&name) {
        LIFECYCLE.map(str::to_owned).to_vec()
    } else if let Some((_, declaration)) = declared.iter().find(|(known, _)| *known == name) {
        let Some(allowed) = operations(service, name, *declaration, sink) else {
            return;
        };
        allowed
    } else {
        let known = declared.iter().map(|(known, _)| *known);
        let message = format!("the type of `{}` has no interface `{name}`", node.name);
        let span = node
            .at
            .at(&["interfaces"])
            .and_then(|i| i.node.key_span(name));
        sink.push(
            Diagnostic::error(
                "vnfd-interface-unknown",
                interface.file,
                span.unwrap_or(node.key),
                message,
            )
            .why(REJECTED)
            .meant(name, known),
        );
        return;
    };
    let inner = interface.get("operations").unwrap_or(interface);
    for (operation, key, at) in inner.entries() {
        if allowed.iter().any(|known| known == operation) {
            only(
                at,
                &OPERATION,
                &format!("the operation `{operation}`"),
                sink,
            );
            continue;
        }
        let message = format!("the interface `{name}` has no operation `{operation}`");
        let help =
            format!("declare it in the node type: `interfaces: {{{name}: {{{operation}: {{}}}}}}`");
        let near = crate::diagnose::nearest(operation, allowed.iter().map(String::as_str));
        let help = match near.filter(|near| !near.contains("rollback")) {
            Some(near) => format!("did you mean `{near}`? If not, {help}"),
            None => help,
        };
        sink.push(
            Diagnostic::error("vnfd-operation-unknown", at.file, key, message)
                .why(
                    "neither its interface type nor the node type declares it, and operations of \
                     the interface type's parents do not count; tosca-parser rejects the package",
                )
                .help(help),
        );
    }
}

/// Returns the operations that a node may have of an interface: those of the declaration in the
/// node type and those of the interface type itself.
fn operations(
    service: &Service<'_>,
    name: &str,
    declaration: At<'_>,
    sink: &mut Sink,
) -> Option<Vec<String>> {
    let mut allowed: Vec<_> = declaration.entries().map(|(name, ..)| name).collect();
    let kind = declaration.node.get("type").and_then(Node::text);
    let Some(def) = kind.and_then(|kind| service.types.get(kind, "")) else {
        let message = match kind {
            Some(kind) => format!("the type `{kind}` of the interface `{name}` is not defined"),
            None => format!("the interface `{name}` has no `type`"),
        };
        let node = declaration.node.get("type").unwrap_or(declaration.node);
        let finding = Diagnostic::error("vnfd-type-invalid", declaration.file, node.span, message);
        super::properties::once(finding.why(REJECTED), sink);
        return None;
    };
    let inner = def
        .body
        .get("operations")
        .filter(|inner| is_truthy(inner.node));
    allowed.extend(inner.unwrap_or(def.body).entries().map(|(name, ..)| name));
    allowed.retain(|name| !NO_OPERATIONS.contains(name));
    Some(allowed.into_iter().map(str::to_owned).collect())
}
