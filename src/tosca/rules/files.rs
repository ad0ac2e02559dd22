//! The keys and sections of the VNFD's files.

use super::service::{Service, Topology};
use super::{REJECTED, Template, policies, templates};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::tosca::documents::Document;
use crate::tosca::types::{At, is_truthy};
use crate::yaml::Node;

/// Versions of TOSCA that the parser knows.
const VERSIONS: [&str; 5] = [
    "tosca_simple_yaml_1_0",
    "tosca_simple_yaml_1_2",
    "tosca_simple_yaml_1_3",
    "tosca_simple_profile_for_nfv_1_0_0",
    "tosca_simple_profile_for_mec_1_0_0",
];
const TOP: [&str; 20] = [
    "tosca_definitions_version",
    "tosca_default_namespace",
    "template_name",
    "topology_template",
    "template_author",
    "template_version",
    "description",
    "imports",
    "dsl_definitions",
    "node_types",
    "relationship_types",
    "relationship_templates",
    "capability_types",
    "artifact_types",
    "data_types",
    "interface_types",
    "policy_types",
    "group_types",
    "repositories",
    "metadata",
];
const IMPORTED: [&str; 15] = [
    "tosca_definitions_version",
    "description",
    "imports",
    "dsl_definitions",
    "node_types",
    "repositories",
    "data_types",
    "artifact_types",
    "group_types",
    "relationship_types",
    "capability_types",
    "interface_types",
    "policy_types",
    "topology_template",
    "metadata",
];
const TOPOLOGY: [&str; 8] = [
    "description",
    "inputs",
    "node_templates",
    "relationship_templates",
    "outputs",
    "groups",
    "substitution_mappings",
    "policies",
];
const NODE: [&str; 13] = [
    "derived_from",
    "properties",
    "requirements",
    "interfaces",
    "capabilities",
    "type",
    "description",
    "directives",
    "attributes",
    "artifacts",
    "node_filter",
    "copy",
    "metadata",
];
const POLICY: [&str; 7] = [
    "type",
    "metadata",
    "description",
    "properties",
    "targets",
    "triggers",
    "reservation",
];
const GROUP: [&str; 7] = [
    "type",
    "metadata",
    "description",
    "properties",
    "members",
    "interfaces",
    "attributes",
];

/// Checks the files that the parser reads.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    for document in service.documents.reached() {
        let is_top = document.file == service.top.file;
        version(document, is_top, sink);
        if is_top {
            only_or_metadata(document.place(), &TOP, "a VNFD", sink);
        } else {
            only(document.place(), &IMPORTED, "an imported file", sink);
        }
    }
    let top = service.top.place();
    let topologies = service.topologies.iter().map(|topology| topology.at);
    for at in std::iter::once(top).chain(topologies) {
        if let Some(text) = at.get("description").filter(|d| is_truthy(d.node)) {
            shape(
                text,
                "description",
                "a string",
                |node| node.as_str().is_some(),
                sink,
            );
        }
    }
    for def in service.types.custom() {
        if !def.body.node.is_mapping() {
            let what = def.body.node.type_name();
            let message = format!("the type `{}` is {what} and must be a map", def.name);
            sink.push(
                Diagnostic::error("vnfd-type-invalid", def.body.file, def.key, message)
                    .why("tosca-parser and Tacker look for keys in it and reject the package"),
            );
        }
    }
    for topology in &service.topologies {
        sections(topology, sink);
    }
}

fn version(document: &Document, is_top: bool, sink: &mut Sink) {
    let known = || format!("known are {}", VERSIONS.join(", "));
    let found = document.root.get("tosca_definitions_version");
    match found {
        Some(node) if is_truthy(node) => {
            if node.text().is_some_and(|text| VERSIONS.contains(&text)) {
                return;
            }
            let shown = node.text().unwrap_or_else(|| node.type_name());
            let message = format!("tosca-parser does not know the version `{shown}`");
            sink.push(
                Diagnostic::error("vnfd-version", &document.file, node.span, message)
                    .why(REJECTED)
                    .help(known()),
            );
        }
        _ if is_top => {
            let message = "the top VNFD file has no `tosca_definitions_version`";
            let span = first_key(&document.root);
            sink.push(
                Diagnostic::error("vnfd-version", &document.file, span, message)
                    .why(REJECTED)
                    .help("add `tosca_definitions_version: tosca_simple_yaml_1_2`"),
            );
        }
        _ => {}
    }
}

fn first_key(root: &Node) -> Span {
    root.entries()
        .first()
        .map_or(root.span, |(key, _)| key.span)
}

/// Reports the keys of a map that are not among `known`.
pub(super) fn only(at: At<'_>, known: &[&str], what: &str, sink: &mut Sink) {
    only_but(at, known, |_| false, what, sink);
}

/// Does so where the parser asks whether the word `metadata` contains the key, so that `meta` or
/// `data` pass as well.
fn only_or_metadata(at: At<'_>, known: &[&str], what: &str, sink: &mut Sink) {
    only_but(at, known, |name| "metadata".contains(name), what, sink);
}

fn only_but(
    at: At<'_>,
    known: &[&str],
    passes: impl Fn(&str) -> bool,
    what: &str,
    sink: &mut Sink,
) {
    for (key, _) in at.node.entries() {
        let name = key.text().unwrap_or_default();
        if known.contains(&name) || passes(name) {
            continue;
        }
        let message = format!("{what} has no key `{name}`");
        sink.push(
            Diagnostic::error("vnfd-key-unknown", at.file, key.span, message)
                .why(REJECTED)
                .meant(name, known.iter().copied()),
        );
    }
}

fn sections(topology: &Topology<'_>, sink: &mut Sink) {
    let at = topology.at;
    only(at, &TOPOLOGY, "a topology template", sink);
    for name in [
        "inputs",
        "node_templates",
        "outputs",
        "groups",
        "substitution_mappings",
    ] {
        if let Some(section) = at.get(name) {
            shape(section, name, "a map", Node::is_mapping, sink);
        }
    }
    if let Some(section) = at.get("policies") {
        shape(section, "policies", "a list of maps", Node::is_list, sink);
        for item in section.items() {
            shape(
                item,
                "a policy",
                "a map from its name",
                Node::is_mapping,
                sink,
            );
        }
    }
    for node in topology.nodes() {
        if shape(node.at, node.name, "a map", Node::is_mapping, sink) {
            only_or_metadata(node.at, &NODE, "a node template", sink);
            for name in ["properties", "capabilities"] {
                if let Some(section) = node.at.get(name).filter(|s| is_truthy(s.node)) {
                    shape(section, name, "a map", Node::is_mapping, sink);
                }
            }
        }
    }
    for policy in policies(at) {
        if shape(policy.at, policy.name, "a map", Node::is_mapping, sink) {
            only(policy.at, &POLICY, "a policy", sink);
            typed(&policy, "policy", sink);
        }
    }
    for group in templates(at.get("groups")) {
        if shape(group.at, group.name, "a map", Node::is_mapping, sink) {
            only(group.at, &GROUP, "a group", sink);
            typed(&group, "group", sink);
        }
    }
    for node in topology.nodes().filter(|node| node.at.node.is_mapping()) {
        typed(&node, "node template", sink);
    }
}

fn typed(template: &Template<'_>, what: &str, sink: &mut Sink) {
    let (name, file, key) = (template.name, template.at.file, template.key);
    match template.at.node.get("type") {
        None => {
            let message = format!("the {what} `{name}` has no `type`");
            let finding = Diagnostic::error("vnfd-type-missing", file, key, message);
            sink.push(finding.why(REJECTED));
        }
        Some(node) if node.is_null() && what == "policy" => {
            let message = format!("the `type` of the policy `{name}` is empty");
            let span = template.place_of("type");
            let finding = Diagnostic::error("vnfd-type-missing", file, span, message);
            sink.push(finding.why(REJECTED));
        }
        Some(node) if node.is_null() => {
            let message = format!("the `type` of the {what} `{name}` is empty");
            let span = template.place_of("type");
            sink.push(
                Diagnostic::error("vnfd-type-empty", file, span, message)
                    .why("tosca-parser and Tacker pass over it as if it were not there")
                    .help("name its type"),
            );
        }
        Some(_) => {}
    }
}

/// Reports what has not the shape that the parser wants; it passes over empty sections, whatever
/// they are.
pub(super) fn shape(
    at: At<'_>,
    name: &str,
    wanted: &str,
    is_right: impl Fn(&Node) -> bool,
    sink: &mut Sink,
) -> bool {
    if is_right(at.node) {
        return true;
    }
    let is_section = name != "description" && TOPOLOGY.contains(&name);
    if is_section && !is_truthy(at.node) {
        return false;
    }
    mistyped(at, at.node.span, &format!("`{name}`"), wanted, sink);
    false
}

/// Reports a section of the wrong type at `span`.
pub(super) fn mistyped(at: At<'_>, span: Span, what: &str, wanted: &str, sink: &mut Sink) {
    let message = format!("{what} is {} and must be {wanted}", at.node.type_name());
    sink.push(Diagnostic::error("vnfd-section-type", at.file, span, message).why(REJECTED));
}
