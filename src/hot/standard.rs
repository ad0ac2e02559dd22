//! Packages whose user data derives from Tacker's `StandardUserData`.

use super::nodes::Nodes;
use super::stack::Templates;
use crate::diagnose::{Diagnostic, Sink};
use crate::yaml::Node;

/// Checks what that class takes for granted: each VDU is a resource of the top template, and all
/// properties of that resource are calls.
pub(super) fn check(templates: &Templates, nodes: &Nodes, sink: &mut Sink) {
    for (vdu, span) in &nodes.vdus {
        let mut resources = templates.top.resources();
        let Some(resource) = resources.find(|resource| resource.name == vdu) else {
            let message = format!("the top template has no resource `{vdu}`");
            sink.push(
                Diagnostic::error("hot-standard-vdu", &nodes.file, *span, message)
                    .label(
                        &templates.top.file,
                        templates.top.root.span,
                        "the top template",
                    )
                    .why(
                        "StandardUserData takes every VDU's resource from there and fails without",
                    ),
            );
            continue;
        };
        let properties = resource.node.get("properties");
        for (key, value) in properties.map_or(&[][..], Node::entries) {
            if !value.is_mapping() {
                let name = key.text().unwrap_or("this");
                let message = format!("`{name}` is {} and must be a map", value.type_name());
                sink.push(
                    templates
                        .top
                        .error("hot-standard-property", value, message)
                        .why("StandardUserData looks for get_param in every property and fails at any other value")
                        .help("hand it down as `{get_param: …}`, or set it in the nested template"),
                );
            }
        }
    }
}
