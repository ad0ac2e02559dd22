//! Requirements of node templates: what they name, and how often.

use super::files::{mistyped, only};
use super::properties::once;
use super::service::{NODE_PREFIX, Service, Topology};
use super::{REJECTED, Template};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::{At, Def, Requirement, is_truthy};
use crate::yaml::Node;

const KEYS: [&str; 5] = [
    "node",
    "capability",
    "relationship",
    "occurrences",
    "node_filter",
];

/// Checks the requirements of a topology's nodes.
pub(super) fn check(service: &Service<'_>, topology: &Topology<'_>, sink: &mut Sink) {
    let names: Vec<_> = topology.nodes().map(|node| node.name).collect();
    for node in topology.nodes() {
        let Some(def) = service.node_type(&node) else {
            continue;
        };
        let declared = service.types.requirements(def);
        if let Some(section) = node.at.get("requirements").filter(|r| is_truthy(r.node)) {
            if section.node.is_list() {
                let given = Given {
                    service,
                    node: &node,
                    declared: &declared,
                    names: &names,
                };
                for item in section.items() {
                    given.item(item, sink);
                }
            } else {
                let what = format!("`requirements` of `{}`", node.name);
                mistyped(section, section.node.span, &what, "a list", sink);
            }
        }
        if topology.mapped.is_none() {
            occurrences(service, &node, def, &declared, sink);
        }
    }
}

struct Given<'c, 'd> {
    service: &'c Service<'d>,
    node: &'c Template<'d>,
    declared: &'c [Requirement<'d>],
    names: &'c [&'d str],
}

impl<'d> Given<'_, 'd> {
    fn item(&self, item: At<'d>, sink: &mut Sink) {
        if !item.node.is_mapping() {
            let what = item.node.type_name();
            let message = format!("a requirement is {what} and must be a map");
            sink.push(
                Diagnostic::error("vnfd-section-type", item.file, item.node.span, message)
                    .why(REJECTED)
                    .help("write `- <requirement>: <node template>`"),
            );
        }
        for (name, key, value) in item.entries() {
            let is_known = self
                .declared
                .iter()
                .any(|requirement| requirement.name == name);
            if value.node.is_mapping() {
                only(value, &KEYS, "a requirement", sink);
            } else if !is_known && !self.passes(name) {
                let message = format!("`{}` has no requirement `{name}`", self.node.name);
                let known = self.declared.iter().map(|requirement| requirement.name);
                sink.push(
                    Diagnostic::error("vnfd-requirement-unknown", item.file, key, message)
                        .why(REJECTED)
                        .meant(name, known),
                );
            }
            self.target(name, value, sink);
        }
    }

    /// Tells of names that the parser lets pass: keys of the declarations of requirements.
    fn passes(&self, name: &str) -> bool {
        let mut declared = self.declared.iter();
        name == "template" || declared.any(|requirement| requirement.body.get(name).is_some())
    }

    /// Checks the node that a requirement names.
    fn target(&self, requirement: &str, value: At<'d>, sink: &mut Sink) {
        let node = if value.node.is_mapping() {
            value.node.get("node")
        } else {
            Some(value.node)
        };
        let Some(node) = node.filter(|node| is_truthy(node)) else {
            return;
        };
        let name = node.text().unwrap_or_default();
        if self.service.types.get(name, "").is_some() {
            let message = format!("`{requirement}` names the type `{name}`, not a node template");
            sink.push(
                Diagnostic::error("vnfd-requirement-node", value.file, node.span, message)
                    .why("tosca-parser does not look for nodes by their type and rejects the package")
                    .help("name a node template of that type"),
            );
        } else if !self.names.contains(&name) {
            let message = format!("`{requirement}` names `{name}`, which is no node template");
            let mut finding =
                Diagnostic::error("vnfd-requirement-node", value.file, node.span, message)
                    .why(REJECTED);
            finding = finding.perhaps(name, self.names.iter().copied());
            sink.push(finding);
        } else {
            self.relationship(requirement, value, sink);
        }
    }

    /// The parser builds the relationships of all requirements of the type once one is met, and
    /// fails where no node type offers the capability.
    fn relationship(&self, requirement: &str, value: At<'d>, sink: &mut Sink) {
        let own = value.node.get("relationship").is_some();
        let declared = self.declared.iter().find(|known| known.name == requirement);
        if !own && declared.is_none_or(|known| known.body.node.get("relationship").is_none()) {
            return;
        }
        for declared in self.declared {
            let body = declared.body;
            let names_node = body.node.get("node").is_some_and(is_truthy);
            if body.node.get("relationship").is_none() || names_node {
                continue;
            }
            let capability = body.node.get("capability").and_then(Node::text);
            if capability.is_some_and(|capability| self.is_offered(capability)) {
                continue;
            }
            let message = format!(
                "no type `{NODE_PREFIX}…` offers the capability that `{}` asks for",
                declared.name
            );
            let finding = Diagnostic::error("vnfd-type-invalid", body.file, declared.key, message)
                .why("tosca-parser looks for one and ends with an error")
                .help("add `node: <type>` to the requirement, or import the file with the type");
            once(finding, sink);
        }
    }

    fn is_offered(&self, capability: &str) -> bool {
        let offers = |def: Def<'_>| {
            let section = def
                .body
                .get("capabilities")
                .into_iter()
                .flat_map(At::entries);
            section.into_iter().any(|(_, _, declared)| {
                declared.node.get("type").and_then(Node::text) == Some(capability)
            })
        };
        let own = ["tosca.capabilities.Node", "tosca.capabilities.Compute"];
        let mut custom = self.service.types.custom();
        custom.any(|def| def.name.starts_with(NODE_PREFIX) && offers(def))
            || (capability.starts_with("tosca.capabilities.")
                && !capability.starts_with("tosca.capabilities.nfv.")
                && !own.contains(&capability))
    }
}

/// Checks how often a node of the top file has each requirement of its type, those included that
/// its flavours bring.
fn occurrences(
    service: &Service<'_>,
    node: &Template<'_>,
    def: Def<'_>,
    declared: &[Requirement<'_>],
    sink: &mut Sink,
) {
    let mut names: Vec<&str> = Vec::new();
    listed(node.at.get("requirements"), &mut names);
    // Of several flavours the parser remembers the last.
    let mut flavours = service.flavours();
    let of_node = |topology: &&Topology<'_>| topology.mapped.is_some_and(|m| m.name == node.name);
    if let Some(flavour) = flavours.by_ref().filter(of_node).last() {
        let mapping = flavour
            .mapping()
            .and_then(|mapping| mapping.get("requirements"));
        listed(mapping, &mut names);
        let same = flavour.nodes().find(|other| other.kind() == node.kind());
        listed(
            same.and_then(|same| same.at.get("requirements")),
            &mut names,
        );
    }
    for requirement in declared {
        let Some((low, high)) = bounds(requirement.body) else {
            let place = requirement.body.node.get("occurrences");
            let span = place.map_or(requirement.key, |node| node.span);
            let file = requirement.body.file;
            let message = format!("`occurrences` of `{}` are no two numbers", requirement.name);
            let finding = Diagnostic::error("vnfd-occurrences", file, span, message)
                .why("tosca-parser compares with them and ends with an error")
                .help("write `[0, 1]` or `[0, UNBOUNDED]`");
            once(finding, sink);
            continue;
        };
        let given = names.iter().filter(|name| **name == requirement.name);
        let count = given.count();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a file holds fewer requirements"
        )]
        let number = count as f64;
        if number >= low && number <= high {
            continue;
        }
        let range = if high.is_finite() {
            format!("{low} to {high}")
        } else {
            format!("at least {low}")
        };
        let message = format!(
            "`{}` has the requirement `{}` {count} times, and `{}` asks for {range}",
            node.name, requirement.name, def.name
        );
        let mut finding = Diagnostic::error(
            "vnfd-requirement-occurrences",
            node.at.file,
            node.key,
            message,
        );
        if !requirement.body.file.as_str().eq("TOSCA") {
            finding = finding.label(requirement.body.file, requirement.key, "declared here");
        }
        let help = "declare it with `occurrences: [0, 1]`, in the type that declares it first, or \
                    map it under `requirements` of the flavour's substitution_mappings";
        sink.push(
            finding
                .why(
                    "without `occurrences` tosca-parser takes it for [1, UNBOUNDED], and rejects \
                     the package when it is not met",
                )
                .help(help),
        );
    }
}

/// Collects the names of requirements of a list of maps, or of a map.
fn listed<'d>(section: Option<At<'d>>, names: &mut Vec<&'d str>) {
    let Some(section) = section else { return };
    names.extend(section.entries().map(|(name, ..)| name));
    names.extend(section.items().flat_map(At::entries).map(|(name, ..)| name));
}

/// Returns the least and the greatest number; nothing when they cannot be compared.
fn bounds(requirement: At<'_>) -> Option<(f64, f64)> {
    let Some(section) = requirement.get("occurrences") else {
        return Some((1.0, f64::INFINITY));
    };
    let [low, high, ..] = section.node.items() else {
        return None;
    };
    let number = |node: &Node| {
        let is_text = node.as_str().is_some();
        node.text().filter(|_| !is_text)?.parse::<f64>().ok()
    };
    let unbounded = high.as_str() == Some("UNBOUNDED");
    let high = if unbounded {
        f64::INFINITY
    } else {
        number(high)?
    };
    Some((number(low)?, high))
}
