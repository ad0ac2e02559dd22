//! Inputs: what a flavour must ask for, and of which types.

use super::REJECTED;
use super::files::only;
use super::properties;
use super::service::{Service, Topology};
use crate::diagnose::{Diagnostic, Sink, Span, suggestion};
use crate::tosca::types::{At, SIMPLE, Value, is_required, is_truthy};
use crate::yaml::Node;

const KEYS: [&str; 8] = [
    "type",
    "description",
    "default",
    "constraints",
    "required",
    "status",
    "key_schema",
    "entry_schema",
];
/// Checks the inputs of a topology.
pub(super) fn check(service: &Service<'_>, topology: &Topology<'_>, sink: &mut Sink) {
    let section = topology.at.get("inputs");
    let inputs: Vec<_> = section.into_iter().flat_map(At::entries).collect();
    for (name, key, input) in &inputs {
        declaration(service, topology, name, *key, *input, sink);
    }
    if topology.mapped.is_some() && !section.is_some_and(|s| s.node.is_mapping()) {
        let message = "the flavour's topology template has no `inputs`";
        let span = mapping_span(topology);
        sink.push(
            Diagnostic::error("vnfd-inputs-missing", topology.at.file, span, message)
                .why("Tacker looks into them and ends with an AttributeError")
                .help("add `inputs: {}`"),
        );
    }
    expected(service, topology, &inputs, sink);
}

fn mapping_span(topology: &Topology<'_>) -> Span {
    let key = topology.at.node.key_span("substitution_mappings");
    key.unwrap_or(topology.at.node.span)
}

fn declaration(
    service: &Service<'_>,
    topology: &Topology<'_>,
    name: &str,
    key: Span,
    input: At<'_>,
    sink: &mut Sink,
) {
    let kind = input.node.get("type").and_then(Node::text);
    let Some(kind) = kind.filter(|kind| SIMPLE.contains(kind)) else {
        let (span, message) = match input.node.get("type") {
            Some(node) => {
                let shown = node.text().unwrap_or_else(|| node.type_name());
                (node.span, format!("`{shown}` is no type for an input"))
            }
            None => (key, format!("the input `{name}` has no `type`")),
        };
        sink.push(
            Diagnostic::error("vnfd-input-type", input.file, span, message)
                .why(REJECTED)
                .meant(kind.unwrap_or_default(), SIMPLE.iter().copied()),
        );
        return;
    };
    only(input, &KEYS, "an input", sink);
    let default = input
        .get("default")
        .filter(|default| is_truthy(default.node));
    match filled(service, topology, name) {
        // A property was checked as such; the parser makes a string of one of that type.
        Some((_, of)) if of == Some(kind) => {}
        Some((value, _)) => {
            properties::report(Value::input(&service.types, name, key, kind, value), sink);
        }
        None => {
            let faults = default.map(|value| Value::input(&service.types, name, key, kind, value));
            properties::report(faults.unwrap_or_default(), sink);
        }
    }
}

/// Returns the property of the node that a flavour stands for, which fills the input of its name,
/// and that property's type.
fn filled<'d>(
    service: &Service<'d>,
    topology: &Topology<'d>,
    name: &str,
) -> Option<(At<'d>, Option<&'d str>)> {
    let node = topology.mapped?;
    let declared = service
        .types
        .merged(service.node_type(&node)?, "properties");
    let (.., schema) = declared.into_iter().find(|(known, ..)| *known == name)?;
    let own = node.at.at(&["properties", name]);
    let value = own.or_else(|| schema.get("default"))?;
    let kind = schema.node.get("type").and_then(Node::text);
    (!value.node.is_null()).then_some((value, kind))
}

/// Checks inputs against the properties of the type that a flavour stands for.
fn expected(
    service: &Service<'_>,
    topology: &Topology<'_>,
    inputs: &[(&str, Span, At<'_>)],
    sink: &mut Sink,
) {
    let mapping = topology.mapping();
    let kind = mapping.and_then(|mapping| mapping.node.get("node_type")?.as_str());
    let Some(def) = kind.and_then(|kind| service.types.get(kind, "")) else {
        return;
    };
    if service.types.is_opaque(def) {
        return;
    }
    let declared = service.types.merged(def, "properties");
    let given = topology.mapped.and_then(|node| node.at.get("properties"));
    let lacking: Vec<_> = declared
        .iter()
        .filter(|(name, _, schema)| {
            let default = schema.node.get("default").is_some_and(|d| !d.is_null());
            let is_given = given.is_some_and(|given| given.node.get(name).is_some());
            let is_filled = topology.mapped.is_some() && (default || is_given);
            is_filled || (is_required(schema.node) && !default)
        })
        .map(|(name, ..)| *name)
        .filter(|name| inputs.iter().all(|(known, ..)| known != name))
        .collect();
    if !lacking.is_empty() {
        let names = lacking.join("`, `");
        let message = format!("the flavour has no input `{names}`");
        let span = topology.at.node.key_span("inputs");
        let file = topology.at.file;
        sink.push(
            Diagnostic::error(
                "vnfd-input-missing",
                file,
                span.unwrap_or_else(|| mapping_span(topology)),
                message,
            )
            .why(format!(
                "each property of `{}` that is required or has a value must be an input of each \
                 flavour; {REJECTED}",
                def.name
            ))
            .help(format!("add `{names}` to `inputs`, with their types")),
        );
    }
    for (name, key, input) in inputs {
        let is_property = declared.iter().any(|(known, ..)| known == name);
        if !is_property && input.node.get("default").is_none_or(Node::is_null) {
            let message = format!("the input `{name}` has no default");
            let near = suggestion(name, declared.iter().map(|(known, ..)| *known));
            sink.push(
                Diagnostic::error("vnfd-input-without-default", input.file, *key, message)
                    .why(format!(
                        "it is no property of `{}`, from where it could be filled; {REJECTED}",
                        def.name
                    ))
                    .help(if near.starts_with("did") {
                        near
                    } else {
                        "give it a default, or take it away".to_owned()
                    }),
            );
        }
    }
}
