//! The stack that a flavour's templates become: what is nested in what, as Tacker finds it again.

use std::collections::{BTreeMap, BTreeSet};

use super::language::{given, is_computed};
use super::template::{Resource, Template, calls, is_file};
use crate::diagnose::Sink;
use crate::yaml::Node;

/// Tacker asks Heat for resources down to this many stacks below the top one.
const DEEPEST: usize = 2;

/// The templates of one flavour.
#[derive(Debug)]
pub(super) struct Templates {
    pub(super) top: Template,
    /// Nested ones by the name under which Tacker hands them to Heat.
    pub(super) nested: BTreeMap<String, Template>,
    /// Names of nested ones that could not be parsed, and may have whatever the others lack.
    pub(super) unread: BTreeSet<String>,
}

impl Templates {
    pub(super) fn all(&self) -> impl Iterator<Item = &Template> {
        std::iter::once(&self.top).chain(self.nested.values())
    }
}

/// A resource where it will be in the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'t> {
    pub(super) template: &'t Template,
    pub(super) resource: Resource<'t>,
    /// The resource that its template is nested by.
    pub(super) parent: Option<(&'t Template, Resource<'t>)>,
}

impl Placed<'_> {
    /// Tells whether it belongs to a group that Tacker's default user data can scale.
    pub(super) fn is_in_scaling_group(&self) -> bool {
        self.parent
            .is_some_and(|(_, parent)| parent.kind() == "OS::Heat::AutoScalingGroup")
    }
}

/// Lays out the stack and reports what of it cannot come about.
pub(super) fn place<'t>(templates: &'t Templates, sink: &mut Sink) -> Vec<Placed<'t>> {
    let mut walk = Walk {
        templates,
        placed: Vec::new(),
        reached: BTreeSet::new(),
        sink,
    };
    walk.template(&templates.top, 0, None, &mut Vec::new());
    let Walk {
        placed, reached, ..
    } = walk;
    for (name, template) in &templates.nested {
        if templates.unread.is_empty() && !reached.contains(name.as_str()) {
            let message = format!("no resource has the type `{name}`");
            sink.push(
                template
                    .warning("hot-nested-unused", &template.root, message)
                    .why("what stands in it is never made"),
            );
        }
    }
    files(templates, sink);
    placed
}

struct Walk<'t, 's> {
    templates: &'t Templates,
    placed: Vec<Placed<'t>>,
    reached: BTreeSet<&'t str>,
    sink: &'s mut Sink,
}

impl<'t> Walk<'t, '_> {
    fn template(
        &mut self,
        template: &'t Template,
        depth: usize,
        parent: Option<(&'t Template, Resource<'t>)>,
        above: &mut Vec<&'t str>,
    ) {
        for resource in template.resources() {
            let placed = Placed {
                template,
                resource,
                parent,
            };
            self.placed.push(placed);
            match group_member(resource) {
                Some(member) => self.nested(placed, member, depth + 2, above),
                None => self.nested(placed, resource.node, depth + 1, above),
            }
        }
    }

    /// Follows the definition of a resource when its type is a template.
    fn nested(
        &mut self,
        by: Placed<'t>,
        definition: &'t Node,
        depth: usize,
        above: &mut Vec<&'t str>,
    ) {
        let Some((node, kind)) = definition
            .get("type")
            .and_then(|node| Some((node, node.as_str()?)))
        else {
            return;
        };
        if !is_file(kind) {
            return;
        }
        let Some((name, template)) = self.templates.nested.get_key_value(kind) else {
            if !self.templates.unread.contains(kind) {
                self.missing(by.template, node, kind);
            }
            return;
        };
        let first_time = self.reached.insert(name);
        if above.contains(&kind) {
            let message = format!("`{kind}` is nested in itself");
            let finding = by.template.error("hot-nested-cycle", node, message);
            self.sink.push(finding.why("Heat refuses such a template"));
            return;
        }
        arguments(by.template, definition, template, self.sink);
        if depth > DEEPEST && first_time {
            let message = format!("`{kind}` is nested {depth} stacks deep");
            self.sink
                .push(by.template.error("hot-nested-too-deep", node, message).why(
                    "Tacker asks Heat for two stacks below the top one: servers in it are no VNFCs",
                ));
        }
        above.push(kind);
        self.template(template, depth, Some((by.template, by.resource)), above);
        above.pop();
    }

    fn missing(&mut self, template: &Template, node: &Node, kind: &str) {
        let message = format!("there is no template `{kind}` in the flavour's nested/");
        let base = kind.rsplit('/').next().unwrap_or(kind);
        let known: Vec<_> = self.templates.nested.keys().map(String::as_str).collect();
        let finding = template
            .error("hot-nested-missing", node, message)
            .why("Heat refuses the stack: it has no such file");
        self.sink.push(if known.contains(&base) {
            let help =
                format!("write `{base}`: Tacker hands nested templates over by their names alone");
            finding.help(help).instead(base)
        } else if known.is_empty() {
            finding.help("put it into nested/ beside the top template")
        } else {
            finding.meant(kind, known)
        });
    }
}

/// Returns what a group makes many of.
pub(super) fn group_member(resource: Resource<'_>) -> Option<&Node> {
    match resource.kind() {
        "OS::Heat::AutoScalingGroup" => resource.property("resource"),
        "OS::Heat::ResourceGroup" => resource.property("resource_def"),
        _ => None,
    }
}

/// Checks what is given to a nested template against what it declares.
fn arguments(by: &Template, definition: &Node, nested: &Template, sink: &mut Sink) {
    let given = definition.get("properties").map_or(&[][..], Node::entries);
    for (key, _) in given {
        let name = key.text().unwrap_or_default();
        if nested.parameter(name).is_none() {
            let message = format!("`{}` has no parameter `{name}`", nested.name());
            let is_given = |name: &str| given.iter().any(|(key, _)| key.text() == Some(name));
            let open = nested.parameter_names().filter(|name| !is_given(name));
            let finding = by
                .error("hot-nested-parameter-unknown", key, message)
                .why("Heat refuses the stack when the VNF is instantiated")
                .meant(name, open);
            sink.push(finding);
        }
    }
    values(by, given, nested, sink);
    for (key, parameter) in nested.parameters() {
        let name = key.text().unwrap_or_default();
        let is_given = given.iter().any(|(key, _)| key.text() == Some(name));
        if !is_given && parameter.get("default").is_none() {
            let at = definition.get("type").unwrap_or(definition);
            let message = format!("`{}` needs the parameter `{name}`", nested.name());
            sink.push(
                by.error("hot-nested-parameter-missing", at, message)
                    .label(&nested.file, key.span, "it has no default")
                    .why("Heat refuses the stack when the VNF is instantiated"),
            );
        }
    }
}

/// Checks the literals that are given to a nested template against what it declares.
fn values(by: &Template, properties: &[(Node, Node)], nested: &Template, sink: &mut Sink) {
    let (Some(own), Some(other)) = (by.language(), nested.language()) else {
        return;
    };
    for (key, value) in properties {
        let name = key.text().unwrap_or_default();
        let Some(declared) = nested.parameter(name) else {
            continue;
        };
        if is_computed(value, own) {
            continue;
        }
        if let Some(due) = given(nested, other, (name, declared), value) {
            let message = format!("`{name}` {due}");
            sink.push(
                by.error("hot-nested-parameter-value", value, message)
                    .label(&nested.file, declared.span, "as this says")
                    .why("Heat refuses the stack when the VNF is instantiated"),
            );
        }
    }
}

/// Checks the files whose text is asked for: Tacker hands only nested templates to Heat.
fn files(templates: &Templates, sink: &mut Sink) {
    for template in templates.all() {
        for argument in calls(&template.root, "get_file") {
            let is_known =
                |name: &str| templates.nested.contains_key(name) || templates.unread.contains(name);
            let Some(name) = argument.as_str().filter(|name| !is_known(name)) else {
                continue;
            };
            let message = format!("the file `{name}` does not reach Heat");
            sink.push(
                template
                    .error("hot-get-file", argument, message)
                    .why("Tacker hands Heat the templates of nested/ and no other file")
                    .help("put the text into the template"),
            );
        }
    }
}
