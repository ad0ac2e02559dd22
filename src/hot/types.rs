//! The resources of a template against the types that Heat has, and what is asked of them.
//!
//! An operator's Heat may be newer or have plugins, so an unknown type is a warning.

use std::collections::BTreeMap;

use super::language::{self, HEAT, Language, REFUSED, Type, nearest};
use super::stack::group_member;
use super::template::{Template, calls, is_file};
use crate::diagnose::Sink;
use crate::yaml::Node;

/// Checks the resources of a template, and what groups make many of, against their types.
pub(super) fn check(template: &Template, language: Language, sink: &mut Sink) {
    let mut kinds = BTreeMap::new();
    for resource in template.resources() {
        if let Some(known) = definition(template, language, resource.node, sink) {
            kinds.insert(resource.name, known);
        }
        if let Some(member) = group_member(resource) {
            definition(template, language, member, sink);
        }
    }
    for section in ["resources", "outputs"] {
        let section = template.root.get(section).into_iter();
        for argument in section.flat_map(|section| calls(section, "get_attr")) {
            attribute(template, argument, &kinds, sink);
        }
    }
}

/// Checks a resource's type and properties; returns the type, if it is known.
fn definition(
    template: &Template,
    language: Language,
    node: &Node,
    sink: &mut Sink,
) -> Option<&'static Type> {
    let at = node.get("type")?;
    let name = at.as_str()?;
    let Some(known) = language::known(name) else {
        unknown(template, at, name, sink);
        return None;
    };
    let properties = node.get("properties");
    let is_computed = properties.is_some_and(|node| language::is_computed(node, language));
    if !known.takes_any() && !is_computed {
        let given = properties.map_or(&[][..], Node::entries);
        let schema = (known.schema(), given);
        language::properties(template, language, (name, at), schema, sink);
    }
    Some(known)
}

/// Reports a type that Heat does not have. Types of other names than `OS::` can be an operator's
/// own, unless they are one of Heat's but for case and colons.
fn unknown(template: &Template, at: &Node, name: &str, sink: &mut Sink) {
    if is_file(name) {
        return;
    }
    let (slip, all) = nearest(name);
    if slip.is_none() && !name.starts_with("OS::") {
        return;
    }
    // The service is hardly what is misspelt, and its types are few to compare with.
    let service = name.rfind("::").map_or("", |end| &name[..end]);
    let of_service = all.filter(|known| {
        let rest = known.strip_prefix(service);
        rest.is_some_and(|rest| rest.starts_with("::"))
    });
    let message = format!("{HEAT} has no type `{name}`");
    sink.push(
        template
            .warning("hot-type-unknown", at, message)
            .why("Heat refuses the stack, unless the operator's is newer or has a plugin for it")
            .help("see `openstack orchestration resource type list` of the cloud")
            .perhaps(name, slip.into_iter().chain(of_service)),
    );
}

/// Checks what a call of `get_attr` asks a resource for.
fn attribute(template: &Template, argument: &Node, kinds: &BTreeMap<&str, &Type>, sink: &mut Sink) {
    let [resource, asked, ..] = argument.items() else {
        return;
    };
    let (Some(resource), Some(name)) = (resource.text(), asked.as_str()) else {
        return;
    };
    let Some(known) = kinds.get(resource) else {
        return;
    };
    if known.refuses(name) {
        let message = format!("`{resource}` has no attribute `{name}`");
        sink.push(
            template
                .error("hot-attribute-unknown", asked, message)
                .why(REFUSED)
                .meant(name, known.attributes()),
        );
    }
}
