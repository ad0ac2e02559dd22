//! Deployment flavours: which the upload registers and which the v2 API finds.

use super::service::{Service, Topology, has_operations};
use super::{REJECTED, Template};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::tosca::documents::{DEFINITIONS, Document};
use crate::tosca::types::{At, is_truthy};
use crate::yaml::Node;

const KEYS: [&str; 7] = [
    "node_type",
    "requirements",
    "capabilities",
    "properties",
    "substitution_filter",
    "attributes",
    "interfaces",
];
const ID: [&str; 3] = ["substitution_mappings", "properties", "flavour_id"];
const LATER: &str =
    "Tacker's v2 API looks for the flavour in topology_template.substitution_mappings.properties";

/// Checks the flavours of the package.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    for topology in &service.topologies {
        mapping(service, topology, sink);
    }
    let registered: Vec<_> = service.flavours().collect();
    for flavour in &registered {
        node_templates(service, flavour, sink);
    }
    unmatched(service, sink);
    count(service, &registered, sink);
}

/// Checks a substitution mapping as the parser does.
fn mapping(service: &Service<'_>, topology: &Topology<'_>, sink: &mut Sink) {
    let Some(mapping) = topology.mapping().filter(|mapping| is_truthy(mapping.node)) else {
        return;
    };
    super::files::only(mapping, &KEYS, "a substitution mapping", sink);
    if let Some(section) = mapping.get("requirements").filter(|r| is_truthy(r.node)) {
        let is_right = |node: &Node| {
            node.is_mapping() || (node.is_list() && node.items().iter().all(Node::is_mapping))
        };
        if !is_right(section.node) {
            let what = section.node.type_name();
            let message = format!("`requirements` is {what} and must be a map");
            let code = "vnfd-mapping-requirements";
            sink.push(
                Diagnostic::error(code, section.file, section.node.span, message).why(REJECTED),
            );
        }
    }
    let kind = mapping.node.get("node_type").filter(|kind| is_truthy(kind));
    let key = topology.at.node.key_span("substitution_mappings");
    let key = key.unwrap_or(mapping.node.span);
    let def = kind.and_then(|kind| service.types.get(kind.text()?, ""));
    let Some(def) = def.filter(|def| !def.is_normative()) else {
        let (span, message) = match kind {
            Some(kind) => {
                let name = kind.text().unwrap_or_default();
                (kind.span, format!("the type `{name}` is not defined"))
            }
            None => (
                key,
                "the substitution mapping has no `node_type`".to_owned(),
            ),
        };
        let custom = service.types.custom().map(|def| def.name);
        let vnfs = custom.filter(|name| service.is_vnf(name));
        let name = kind.and_then(Node::text).unwrap_or_default();
        sink.push(
            Diagnostic::error("vnfd-mapping-type", mapping.file, span, message)
                .why(REJECTED)
                .meant(name, vnfs),
        );
        return;
    };
    let attributes = service.types.merged(def, "attributes");
    let outputs = topology.at.get("outputs").into_iter().flat_map(At::entries);
    for (name, key, output) in outputs {
        if attributes.iter().all(|(known, ..)| *known != name) {
            let message = format!("the output `{name}` is no attribute of `{}`", def.name);
            let known = attributes.iter().map(|(known, ..)| *known);
            sink.push(
                Diagnostic::error("vnfd-output-unknown", output.file, key, message)
                    .why(REJECTED)
                    .meant(name, known),
            );
        }
    }
}

/// Checks what Tacker reads of a flavour when it registers it.
fn node_templates(service: &Service<'_>, flavour: &Topology<'_>, sink: &mut Sink) {
    let file = flavour.at.file;
    let key = flavour.at.node.key_span("substitution_mappings");
    let key = key.unwrap_or(flavour.at.node.span);
    if !flavour
        .at
        .node
        .get("node_templates")
        .is_some_and(Node::is_mapping)
    {
        let message = "the flavour has no node templates";
        sink.push(
            Diagnostic::error("vnfd-flavour-nodes-missing", file, key, message)
                .why("Tacker walks through them and ends with an error"),
        );
        return;
    }
    let mut described = false;
    let mut named = None;
    for vnf in flavour.vnfs(service) {
        let Some(properties) = vnf.at.node.get("properties") else {
            let message = format!("the node template `{}` has no `properties`", vnf.name);
            sink.push(
                Diagnostic::error("vnfd-flavour-description-missing", file, vnf.key, message)
                    .why("Tacker looks for `flavour_description` in them and ends with a KeyError")
                    .help("add `properties: {flavour_description: <text>}`"),
            );
            return;
        };
        described |= properties
            .get("flavour_description")
            .is_some_and(|d| !d.is_null());
        named = properties
            .get("flavour_id")
            .filter(|id| id.as_str().is_some())
            .or(named);
    }
    let Some(mapping) = flavour.mapping() else {
        return;
    };
    let id = mapping.node.at(&["properties", "flavour_id"]);
    let Some(id) = id.filter(|id| is_truthy(id)) else {
        return;
    };
    if !described {
        let message = "the flavour has no `flavour_description`";
        let vnf = flavour.vnfs(service).next();
        let span = vnf.map_or(key, |vnf| vnf.place_of("properties"));
        let kind = mapping.node.get("node_type").and_then(Node::text);
        sink.push(
            Diagnostic::error("vnfd-flavour-description-missing", file, span, message)
                .why("Tacker takes it from the VNF's node in the flavour's file and ends with a KeyError")
                .help(format!(
                    "add a node template of the type `{}` with the property `flavour_description`",
                    kind.unwrap_or_default()
                )),
        );
    }
    if id.as_str().is_none() && named.is_none() {
        let what = id.type_name();
        let message = format!("`flavour_id` is {what} and must be a string");
        let help = match id.text() {
            Some(text) => format!("quote it: \"{text}\""),
            None => "write the id itself: get_input is not resolved".to_owned(),
        };
        sink.push(
            Diagnostic::error("vnfd-flavour-id-not-a-string", file, id.span, message)
                .why("Tacker joins it with other text when it stores the flavour, and fails")
                .help(help),
        );
    }
}

/// Tells of files with a substitution mapping that no node of the top file asks for.
fn unmatched(service: &Service<'_>, sink: &mut Sink) {
    for document in &service.unmatched {
        let Some(kind) =
            document
                .root
                .at(&["topology_template", "substitution_mappings", "node_type"])
        else {
            continue;
        };
        let name = kind.text().unwrap_or_default();
        let top = service.topologies.first();
        let nodes: Vec<_> = top.into_iter().flat_map(Topology::nodes).collect();
        let with = nodes
            .iter()
            .find(|node| node.kind() == Some(name) && has_operations(node));
        let message = format!("no node of the top file takes the flavour for `{name}`");
        let mut finding = Diagnostic::error(
            "vnfd-flavour-unmatched",
            &document.file,
            kind.span,
            message,
        )
        .why("tosca-parser does not look into this file, and Tacker does not register the flavour");
        if let Some(node) = with {
            let span = node.place_of("interfaces");
            finding = finding
                .label(node.at.file, span, "this node has interfaces")
                .help("move the interfaces to the VNF's node in the flavour's file");
        } else {
            let kinds = nodes.iter().filter_map(Template::kind);
            finding = finding.meant(name, kinds);
        }
        sink.push(finding);
    }
}

/// Checks that there is any flavour to register.
fn count(service: &Service<'_>, registered: &[&Topology<'_>], sink: &mut Sink) {
    let id = |topology: &Topology<'_>| {
        let mapping = topology.mapping()?;
        let id = mapping.node.at(&["properties", "flavour_id"])?;
        is_truthy(id).then_some(())
    };
    let top = service.topologies.first();
    let is_broken = |flavour: &&&Topology<'_>| {
        let mapping = flavour.mapping();
        !mapping.is_some_and(|m| m.node.get("properties").is_some_and(Node::is_mapping))
    };
    for flavour in registered.iter().filter(is_broken) {
        let message = "the substitution mapping has no `properties`";
        let key = flavour.at.node.key_span("substitution_mappings");
        sink.push(
            Diagnostic::error(
                "vnfd-mapping-properties",
                flavour.at.file,
                key.unwrap_or(flavour.at.node.span),
                message,
            )
            .why("Tacker looks for the flavour's id in them and ends with an error")
            .help("add `properties: {flavour_id: <id>}`"),
        );
    }
    let is_there = match registered {
        [] => top.is_some_and(|top| {
            let described = top.vnfs(service).any(|vnf| {
                vnf.at
                    .node
                    .at(&["properties", "flavour_description"])
                    .is_some()
            });
            top.mapping()
                .is_some_and(|m| m.node.get("properties").is_some_and(Node::is_mapping))
                && id(top).is_some()
                && described
        }),
        flavours => flavours.iter().any(|flavour| id(flavour).is_some()),
    };
    if !is_there {
        let file = &service.top.file;
        let span = service.top.root.key_span("topology_template");
        let message = "the package has no flavour";
        sink.push(
            Diagnostic::error(
                "vnfd-no-flavour",
                file,
                span.unwrap_or(service.top.root.span),
                message,
            )
            .why(
                "Tacker registers files that the top file imports, with the type of the top \
                 file's VNF as `node_type` and a `flavour_id`; without any it rejects the package",
            )
            .help("import the flavours' files from the top file"),
        );
    }
}

/// Checks what the v2 API makes of the files of `Definitions/`.
pub(super) fn later(service: &Service<'_>, sink: &mut Sink) {
    let mut ids: Vec<(&str, &Document, Span)> = Vec::new();
    let reached: Vec<_> = service
        .documents
        .reached()
        .iter()
        .map(|d| &d.file)
        .collect();
    for document in &service.documents.definitions {
        if document.file.parent() != Some(DEFINITIONS.into()) {
            continue;
        }
        is_walkable(document, sink);
        let Some(topology) = document.place().get("topology_template") else {
            continue;
        };
        let Some(mapping) = topology
            .get("substitution_mappings")
            .filter(|m| is_truthy(m.node))
        else {
            continue;
        };
        let Some(id) = topology.at(&ID) else {
            let span = topology.node.key_span("substitution_mappings");
            let message = "the flavour has no `flavour_id`";
            sink.push(
                Diagnostic::error(
                    "vnfd-flavour-id-missing",
                    &document.file,
                    span.unwrap_or(mapping.node.span),
                    message,
                )
                .why(format!("{LATER}: without it the flavour does not exist"))
                .help("add `properties: {flavour_id: <id>}` to the substitution mapping"),
            );
            continue;
        };
        let Some(name) = id.node.as_str() else {
            let message = format!(
                "`flavour_id` is {}, not a literal string",
                id.node.type_name()
            );
            sink.push(
                Diagnostic::error(
                    "vnfd-flavour-id-not-literal",
                    &document.file,
                    id.node.span,
                    message,
                )
                .why(format!(
                    "{LATER} and compares it with the request's: nothing equals this"
                ))
                .help("write the id itself; quote it when it looks like a number"),
            );
            continue;
        };
        if let Some((_, other, first)) = ids.iter().find(|(known, ..)| *known == name) {
            let message = format!("two files describe the flavour `{name}`");
            sink.push(
                Diagnostic::error(
                    "vnfd-flavour-id-twice",
                    &document.file,
                    id.node.span,
                    message,
                )
                .label(&other.file, *first, "the other")
                .why("Tacker's v2 API takes whichever the file system lists first"),
            );
        }
        ids.push((name, document, id.node.span));
        if !reached.contains(&&document.file) {
            let message = format!("the flavour `{name}` is not imported by the top file");
            sink.push(
                Diagnostic::warning(
                    "vnfd-flavour-not-imported",
                    &document.file,
                    id.node.span,
                    message,
                )
                .why("the upload does not look at it: it can be instantiated, faults and all"),
            );
        }
    }
    for flavour in service.flavours() {
        let id = flavour.at.at(&ID).filter(|id| id.node.as_str().is_some());
        if let Some(id) = id
            && flavour.at.file.parent() != Some(DEFINITIONS.into())
        {
            let message = "the flavour's file does not lie directly in Definitions/";
            sink.push(
                Diagnostic::error(
                    "vnfd-flavour-elsewhere",
                    flavour.at.file,
                    id.node.span,
                    message,
                )
                .why("Tacker's v2 API looks nowhere else: the flavour is registered and not found")
                .help("move the file to Definitions/"),
            );
        }
    }
}

/// The v2 API walks down to the id in every file and ends with an error 500 at what is no map.
fn is_walkable(document: &Document, sink: &mut Sink) {
    let mut at = document.place();
    for name in ["topology_template", "substitution_mappings", "properties"] {
        let Some(next) = at.get(name) else { return };
        if !next.node.is_mapping() {
            let span = at.node.key_span(name).unwrap_or(next.node.span);
            let message = format!("`{name}` is {} and must be a map", next.node.type_name());
            sink.push(
                Diagnostic::error("vnfd-flavour-lookup", &document.file, span, message)
                    .why(
                        "Tacker's v2 API walks through it in every file of Definitions/ and ends \
                         every operation with an error 500",
                    )
                    .help(format!("take the empty `{name}` away")),
            );
            return;
        }
        at = next;
    }
}
