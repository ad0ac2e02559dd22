//! Calls of TOSCA's functions (TOSCA 1.2, 4): what they name must be there.
//!
//! tosca-parser evaluates those that are the whole value of a property of a node or of its
//! capabilities, or of an output, and looks at no others.

use super::service::{Service, Topology};
use super::{REJECTED, Template};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::{At, Def, is_function};
use crate::yaml::{self, Kind, Node};

/// Checks the calls of a node template.
pub(super) fn check(
    service: &Service<'_>,
    topology: &Topology<'_>,
    node: &Template<'_>,
    def: Def<'_>,
    sink: &mut Sink,
) {
    let calls = Calls {
        service,
        topology,
        of: Some(node),
    };
    calls.properties(node.at, def, sink);
    let capabilities = service.types.merged(def, "capabilities");
    for (name, _, at) in node
        .at
        .get("capabilities")
        .into_iter()
        .flat_map(At::entries)
    {
        let declared = capabilities.iter().find(|(known, ..)| *known == name);
        let kind = declared.and_then(|(.., at)| at.node.get("type")?.text());
        if let Some(def) = kind.and_then(|kind| service.types.get(kind, "tosca.capabilities.")) {
            calls.properties(at, def, sink);
        }
    }
}

/// Checks the calls of a topology's outputs.
pub(super) fn outputs(service: &Service<'_>, topology: &Topology<'_>, sink: &mut Sink) {
    let calls = Calls {
        service,
        topology,
        of: None,
    };
    for (_, _, output) in topology.at.get("outputs").into_iter().flat_map(At::entries) {
        if let Some(value) = output.get("value").filter(|value| is_function(value.node)) {
            calls.call(value, sink);
        }
    }
}

struct Calls<'c, 'd> {
    service: &'c Service<'d>,
    topology: &'c Topology<'d>,
    /// The node that the calls stand in; nothing for outputs.
    of: Option<&'c Template<'d>>,
}

impl<'d> Calls<'_, 'd> {
    fn properties(&self, at: At<'d>, def: Def<'d>, sink: &mut Sink) {
        let given = at.get("properties").into_iter().flat_map(At::entries);
        let calls: Vec<_> = given
            .filter(|(.., value)| is_function(value.node))
            .collect();
        if calls.is_empty() {
            return;
        }
        let declared = self.service.types.merged(def, "properties");
        for (name, _, value) in calls {
            if declared.iter().any(|(known, ..)| *known == name) {
                self.call(value, sink);
            }
        }
    }

    fn call(&self, value: At<'d>, sink: &mut Sink) {
        let [(name, argument)] = value.node.entries() else {
            return;
        };
        let arguments = match &argument.kind {
            Kind::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(argument),
        };
        let call = Call {
            at: value,
            argument,
            arguments,
        };
        match name.text() {
            Some("get_input") => self.input(&call, sink),
            Some(name @ ("get_property" | "get_attribute")) => self.member(name, &call, sink),
            Some("token") => token(&call, sink),
            Some("concat") if arguments.is_empty() => {
                let help = "write `concat: [<part>, …]`";
                call.wrong(
                    argument,
                    "`concat` puts at least one part together",
                    help,
                    sink,
                );
            }
            _ => {}
        }
    }

    fn input(&self, call: &Call<'d>, sink: &mut Sink) {
        let inputs = self.topology.at.get("inputs");
        let inputs = inputs.into_iter().flat_map(At::entries);
        let known: Vec<_> = inputs.map(|(name, ..)| name).collect();
        let wanted = match call.arguments {
            [one] => one.text(),
            _ => None,
        };
        let wanted = wanted.unwrap_or_default();
        if known.contains(&wanted) {
            return;
        }
        let message = format!("there is no input `{wanted}`");
        let node = call.arguments.first().unwrap_or(call.argument);
        let finding =
            Diagnostic::error("vnfd-input-unknown", call.at.file, node.span, message).why(REJECTED);
        sink.push(if known.is_empty() {
            finding.help(format!(
                "declare `{wanted}` under `inputs` of the topology template"
            ))
        } else {
            finding.meant(wanted, known)
        });
    }

    /// A property or attribute of a node.
    fn member(&self, function: &str, call: &Call<'d>, sink: &mut Sink) {
        let [first, second, rest @ ..] = call.arguments else {
            let name = self.of.map_or("<node template>", |node| node.name);
            let help = format!("write `[{name}, <property>]`");
            call.wrong(
                call.argument,
                "a call names a node and a property",
                &help,
                sink,
            );
            return;
        };
        let Some(node) = self.node(first, call, sink) else {
            return;
        };
        let (Some(name), Some(def)) = (second.text(), self.service.node_type(&node)) else {
            return;
        };
        if !rest.is_empty() {
            // The attributes of what runs are not known yet.
            if function == "get_property" {
                inside(&node, name, rest, call, sink);
            }
            return;
        }
        let types = &self.service.types;
        if types.is_opaque(def) {
            return;
        }
        let mut known: Vec<_> = types
            .merged(def, "properties")
            .into_iter()
            .filter(|(name, _, schema)| {
                let is_given = node.at.at(&["properties", name]).is_some();
                is_given || schema.node.get("default").is_some()
            })
            .map(|(name, ..)| name)
            .collect();
        let mut what = "property";
        if function == "get_attribute" {
            what = "attribute";
            known.extend(
                types
                    .merged(def, "attributes")
                    .iter()
                    .map(|(name, ..)| *name),
            );
        }
        if !known.contains(&name) {
            let message = format!("`{}` has no {what} `{name}`", node.name);
            sink.push(
                Diagnostic::error("vnfd-call-invalid", call.at.file, second.span, message)
                    .why("tosca-parser looks among what is given, or has a default")
                    .meant(name, known),
            );
        }
    }

    /// The node template that a call names.
    fn node(&self, name: &Node, call: &Call<'d>, sink: &mut Sink) -> Option<Template<'d>> {
        let called = name.text().unwrap_or_default();
        let of = match (called, self.of) {
            ("SELF", Some(node)) => node.name,
            ("HOST", _) => return None,
            ("SOURCE" | "TARGET", _) => {
                let message = format!("`{called}` is the end of a relationship, and this is none");
                call.wrong(name, &message, "name the node template", sink);
                return None;
            }
            _ => called,
        };
        let found = self.topology.nodes().find(|node| node.name == of);
        if found.is_none() {
            let names: Vec<_> = self.topology.nodes().map(|node| node.name).collect();
            let message = format!("there is no node template `{called}`");
            sink.push(
                Diagnostic::error("vnfd-call-invalid", call.at.file, name.span, message)
                    .why(REJECTED)
                    .meant(called, names),
            );
        }
        found
    }
}

struct Call<'d> {
    at: At<'d>,
    argument: &'d Node,
    arguments: &'d [Node],
}

impl Call<'_> {
    fn wrong(&self, node: &Node, message: &str, help: &str, sink: &mut Sink) {
        sink.push(
            Diagnostic::error("vnfd-call-invalid", self.at.file, node.span, message)
                .why(REJECTED)
                .help(help),
        );
    }
}

/// Follows the keys behind a property into its value.
fn inside(node: &Template<'_>, name: &str, rest: &[Node], call: &Call<'_>, sink: &mut Sink) {
    let mut value = node.at.node.at(&["properties", name]);
    for key in rest {
        let Some(map) = value.filter(|value| value.is_mapping() && !is_function(value)) else {
            return;
        };
        let wanted = key.text().unwrap_or_default();
        value = map.get(wanted);
        if value.is_none() {
            let known = map.entries().iter().filter_map(|(key, _)| key.text());
            let message = format!("`{name}` of `{}` has no `{wanted}`", node.name);
            sink.push(
                Diagnostic::error("vnfd-call-invalid", call.at.file, key.span, message)
                    .why("tosca-parser looks among what is given")
                    .meant(wanted, known),
            );
        }
    }
}

fn token(call: &Call<'_>, sink: &mut Sink) {
    let help = "write `token: [<text>, \":\", 0]`";
    let [_, separator, index, ..] = call.arguments else {
        let message = "`token` needs a text, a separator and a number";
        call.wrong(call.argument, message, help, sink);
        return;
    };
    let is_character = |text: &str| text.chars().count() == 1;
    if !matches!(separator.as_str(), Some(text) if is_character(text)) {
        let message = "the separator of `token` is not one character";
        call.wrong(separator, message, help, sink);
    }
    let is_whole = match &index.kind {
        // A bool is an int to Python.
        Kind::Scalar { value, .. } => matches!(value, yaml::Value::Int(_) | yaml::Value::Bool(_)),
        _ => false,
    };
    if !is_whole {
        call.wrong(
            index,
            "the third argument of `token` is not a whole number",
            help,
            sink,
        );
    }
}
