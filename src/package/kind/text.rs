//! YAML and the like, known by its first keys.

use camino::Utf8Path;

use super::{HELM, HOT, KUBERNETES, Kind, NS, OSM, PAGE, PEM, PNF, SPEC, TOSCA, VNFD};
use crate::diagnose::Sink;
use crate::yaml::{self, Node};

/// Where SOL006 has its content: OSM's own writing, and the model's names, which may also stand
/// without what is before the colon.
const SOL006: [&str; 6] = [
    "vnfd",
    "nsd",
    "nst",
    "vnfd:vnfd-catalog",
    "nsd:nsd-catalog",
    "etsi-nfv-descriptors:nfv",
];

/// Tells what a text is, if that is known.
pub(super) fn of_text(text: &str) -> Option<Kind> {
    let start = text.trim_start();
    let head: String = start.chars().take(200).collect::<String>().to_lowercase();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return Some(PAGE);
    }
    if start.starts_with("-----BEGIN ") {
        return Some(PEM);
    }
    let first = first_document(start);
    let root = yaml::parse(Utf8Path::new("text"), first, &mut Sink::default())?;
    of_node(&root)
}

/// The text until the next document: manifests have several in a file.
fn first_document(text: &str) -> &str {
    let text = text.strip_prefix("---\n").unwrap_or(text);
    text.split("\n---\n").next().unwrap_or(text)
}

fn of_node(root: &Node) -> Option<Kind> {
    let has = |key: &str| root.get(key).is_some();
    if has("tosca_definitions_version") {
        return Some(of_tosca(root));
    }
    if has("heat_template_version") {
        return Some(HOT);
    }
    let mut names = SOL006.iter().flat_map(|name| {
        let short = name.split_once(':').map(|(_, short)| short);
        std::iter::once(*name).chain(short)
    });
    if names.any(|name| root.get(name).is_some_and(Node::is_mapping)) {
        return Some(OSM);
    }
    let version = root.get("apiVersion").and_then(Node::text)?;
    if version.starts_with("vnfctl/") {
        return Some(SPEC);
    }
    match (has("kind"), has("name") && has("version")) {
        (true, _) => Some(KUBERNETES),
        (false, true) => Some(HELM),
        (false, false) => None,
    }
}

/// Tells what a TOSCA template describes, by the types of its own nodes.
fn of_tosca(root: &Node) -> Kind {
    let mut types = Vec::new();
    let topology = root.get("topology_template");
    if let Some(nodes) = topology.and_then(|topology| topology.get("node_templates")) {
        let nodes = nodes.entries().iter();
        types.extend(nodes.filter_map(|(_, node)| node.get("type")?.as_str()));
    }
    let substituted = topology.and_then(|topology| topology.get("substitution_mappings"));
    types.extend(substituted.and_then(|mapping| mapping.get("node_type")?.as_str()));
    if let Some(own) = root.get("node_types") {
        let own = own.entries().iter();
        types.extend(own.filter_map(|(_, node)| node.get("derived_from")?.as_str()));
    }
    let has = |name: &str| types.contains(&name);
    // A network service has its VNFs in it, never the other way round.
    if has("tosca.nodes.nfv.NS") {
        NS
    } else if has("tosca.nodes.nfv.PNF") {
        PNF
    } else if types.iter().any(|name| name.starts_with(SOL001)) {
        VNFD
    } else {
        TOSCA
    }
}

/// What the names of SOL001's node types begin with.
pub(super) const SOL001: &str = "tosca.nodes.nfv.";
