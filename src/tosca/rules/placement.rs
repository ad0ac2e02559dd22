//! Nodes as the v2 API finds them: by the exact name of their type, and bound to each other by
//! requirements in the short form.

use super::service::Service;
use super::{Flavour, Template, targets};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::At;
use crate::yaml::Node;

const COMPUTE: &str = "tosca.nodes.nfv.Vdu.Compute";
const CP: &str = "tosca.nodes.nfv.VduCp";
/// Types of the nodes that the v2 API looks for.
const FOUND: [(&str, &str); 4] = [
    (COMPUTE, "no VNFC is made of it"),
    (
        "tosca.nodes.nfv.Vdu.VirtualBlockStorage",
        "no storage is made of it",
    ),
    (
        "tosca.nodes.nfv.VnfVirtualLink",
        "the VNF shows no such link",
    ),
    (CP, "it is bound to no VDU"),
];
const SCOPES: [&str; 2] = ["zone", "nfvi_node"];

/// Checks the nodes and the placement rules of a flavour.
pub(super) fn check(service: &Service<'_>, flavour: Flavour<'_>, sink: &mut Sink) {
    for node in flavour.nodes() {
        exact(service, &node, sink);
    }
    for cp in flavour.nodes_of(CP) {
        binding(flavour, &cp, sink);
        short(
            &cp,
            "virtual_link",
            "the VNF shows a link that nobody knows",
            sink,
        );
    }
    for vdu in flavour.vdus() {
        short(
            &vdu,
            "virtual_storage",
            "every instantiation ends with an error 500",
            sink,
        );
        flavor(&vdu, sink);
    }
    empty(flavour, sink);
    for kind in [
        "tosca.policies.nfv.AffinityRule",
        "tosca.policies.nfv.AntiAffinityRule",
    ] {
        for policy in flavour.policies_of(kind) {
            affinity(&policy, sink);
        }
    }
}

/// The v2 API walks through sections that the upload passes over when they are empty.
fn empty(flavour: Flavour<'_>, sink: &mut Sink) {
    let file = flavour.topology.file;
    let mut report = |node: &Node, name: &str, outcome: &str| {
        let span = node.key_span(name).unwrap_or(node.span);
        let message = format!("`{name}` is empty");
        sink.push(
            Diagnostic::error("vnfd-section-empty", file, span, message)
                .why(format!(
                    "Tacker's v2 API walks through it and ends {outcome} with an error 500"
                ))
                .help(format!("take the line `{name}:` away")),
        );
    };
    let is_void = |at: At<'_>, name: &str| {
        let section = at.node.get(name);
        section.is_some_and(|section| !section.is_mapping() && !section.is_list())
    };
    for name in ["policies", "groups"] {
        if is_void(flavour.topology, name) {
            report(flavour.topology.node, name, "every instantiation");
        }
    }
    for node in flavour.vdus().chain(flavour.nodes_of(CP)) {
        if is_void(node.at, "requirements") {
            report(node.at.node, "requirements", "every instantiation");
        }
    }
    for vdu in flavour.vdus().filter(|vdu| is_void(vdu.at, "capabilities")) {
        report(vdu.at.node, "capabilities", "every instantiation");
    }
    for group in super::templates(flavour.topology.get("groups")) {
        let is_placement = group.kind() == Some("tosca.groups.nfv.PlacementGroup");
        let members = group.at.node.get("members");
        if is_placement && members.is_none_or(Node::is_null) {
            let message = format!("the group `{}` has no `members`", group.name);
            sink.push(
                Diagnostic::error("vnfd-group-without-members", file, group.key, message)
                    .why("Tacker's v2 API asks for them and ends every instantiation with an error 500")
                    .help("add `members: [<VDU>, …]`"),
            );
        }
    }
}

fn exact(service: &Service<'_>, node: &Template<'_>, sink: &mut Sink) {
    let Some(def) = service.node_type(node) else {
        return;
    };
    for (kind, outcome) in FOUND {
        if def.name == kind || !service.types.is_a(def, kind) {
            continue;
        }
        let span = node.at.node.get("type").map_or(node.key, |kind| kind.span);
        let message = format!("Tacker's v2 API does not know the type of `{}`", node.name);
        sink.push(
            Diagnostic::error("vnfd-node-type-derived", node.at.file, span, message)
                .why(format!(
                    "it looks for {kind} by name, whatever derives from it: {outcome}"
                ))
                .help(format!("write `type: {kind}`")),
        );
    }
}

/// Returns what a node's requirements of that name name, with the place of their keys.
fn required<'d>(node: &Template<'d>, name: &'static str) -> impl Iterator<Item = At<'d>> + use<'d> {
    let items = node.at.get("requirements").into_iter().flat_map(At::items);
    items
        .filter_map(move |item| item.get(name))
        .filter(|value| !value.node.is_null())
}

/// Reports requirements in the long form.
fn short(node: &Template<'_>, name: &'static str, outcome: &str, sink: &mut Sink) {
    for value in required(node, name).filter(|value| value.node.is_mapping()) {
        let target = value
            .node
            .get("node")
            .and_then(Node::text)
            .unwrap_or("<node>");
        let message = format!("`{name}` of `{}` is written in the long form", node.name);
        sink.push(
            Diagnostic::error(
                "vnfd-requirement-form",
                value.file,
                value.node.span,
                message,
            )
            .why(format!(
                "Tacker's v2 API takes the value for the node's name: {outcome}"
            ))
            .help(format!("write `- {name}: {target}`")),
        );
    }
}

fn binding(flavour: Flavour<'_>, cp: &Template<'_>, sink: &mut Sink) {
    let outcome = "the connection point belongs to no VDU, and no port is asked for";
    short(cp, "virtual_binding", outcome, sink);
    let mut bindings = required(cp, "virtual_binding").peekable();
    if bindings.peek().is_none() {
        let message = format!("the connection point `{}` is bound to no VDU", cp.name);
        sink.push(
            Diagnostic::warning("vnfd-cp-unbound", cp.at.file, cp.key, message)
                .why("Tacker asks for no port of it, and the VNF does not show it")
                .help("add `requirements: [{virtual_binding: <VDU>}]`"),
        );
    }
    for value in bindings {
        let Some(name) = value.node.as_str() else {
            continue;
        };
        let vdus: Vec<_> = flavour.vdus().map(|vdu| vdu.name).collect();
        let is_node = flavour.nodes().any(|node| node.name == name);
        if is_node && !vdus.contains(&name) {
            let message = format!("`{}` is bound to `{name}`, which is no VDU", cp.name);
            let mut finding =
                Diagnostic::error("vnfd-binding-target", value.file, value.node.span, message)
                    .why("Tacker's v2 API looks for connection points of nodes of the type tosca.nodes.nfv.Vdu.Compute");
            finding = finding.perhaps(name, vdus);
            sink.push(finding);
        }
    }
}

/// The name of the Nova flavor has a place of its own, which is not that of SOL001.
fn flavor(vdu: &Template<'_>, sink: &mut Sink) {
    let section = vdu.at.at(&[
        "capabilities",
        "virtual_compute",
        "properties",
        "requested_additional_capabilities",
    ]);
    let name = "requested_additional_capability_name";
    let Some(section) = section else { return };
    if section.node.at(&["properties", name]).is_some() {
        return;
    }
    for (key, span, value) in section.entries() {
        let Some(found) = value.node.get(name).or((key == name).then_some(value.node)) else {
            continue;
        };
        let message = format!(
            "Tacker does not find the Nova flavor of `{}` here",
            vdu.name
        );
        let flavor = found.text().unwrap_or("<flavor>");
        let span = value.node.key_span(name).unwrap_or(span);
        sink.push(
            Diagnostic::error("vnfd-flavor-place", value.file, span, message)
                .why(
                    "its v2 API looks under the key `properties`, and nowhere else: \
                     nfv.VDU.<name>.computeFlavourId stays null",
                )
                .help(format!(
                    "write `properties: {{{name}: {flavor}, …}}` in the place of `{key}`"
                )),
        );
    }
}

fn affinity(policy: &Template<'_>, sink: &mut Sink) {
    let scope = policy.at.at(&["properties", "scope"]);
    if let Some(scope) = scope
        && !scope
            .node
            .text()
            .is_some_and(|scope| SCOPES.contains(&scope))
    {
        let shown = scope.node.text().unwrap_or_default();
        let message = format!("Tacker passes over the scope `{shown}`");
        sink.push(
            Diagnostic::warning("vnfd-affinity-scope", scope.file, scope.node.span, message)
                .why("its v2 API knows zone and nfvi_node; the rule has no effect")
                .help("write `zone` or `nfvi_node`"),
        );
        return;
    }
    if targets(policy).next().is_none() {
        let message = format!("the policy `{}` has no targets", policy.name);
        sink.push(
            Diagnostic::error("vnfd-affinity-targets", policy.at.file, policy.key, message)
                .why("Tacker's v2 API walks through them: without the key it ends with an error 500, with an empty list the rule has no effect")
                .help("add `targets: [<VDU>, …]`"),
        );
    }
}
