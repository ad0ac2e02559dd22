//! The types of resources that Heat has, and what of them a template can get wrong.
//!
//! What a type takes and answers is in `types.txt`, which `scripts/dev/heat_types.py` prints from
//! Heat itself. An operator's Heat may be newer or have plugins, so an unknown type is a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::stack::group_member;
use super::template::{Template, calls, is_file};
use crate::diagnose::Sink;
use crate::yaml::Node;

/// The release whose types are known.
const HEAT: &str = "Heat 19";

static TYPES: LazyLock<BTreeMap<&str, Type>> = LazyLock::new(|| {
    let lines = include_str!("types.txt").lines();
    let rows = lines.filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?, columns.next()?))
    });
    rows.map(|(name, properties, attributes)| (name, Type::of(properties, attributes)))
        .collect()
});

/// The types by their names without case and colons.
static BARE: LazyLock<BTreeMap<String, &str>> =
    LazyLock::new(|| TYPES.keys().map(|name| (bare(name), *name)).collect());

fn bare(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Functions that may stand in for a map; what comes out of them is not known here.
const COMPUTING: [&str; 7] = [
    "get_attr",
    "get_param",
    "if",
    "map_merge",
    "map_replace",
    "repeat",
    "yaql",
];

/// A type of resources.
#[derive(Debug)]
pub struct Type {
    properties: BTreeMap<&'static str, Property>,
    /// It takes others, too.
    takes_any: bool,
    attributes: BTreeSet<&'static str>,
    /// It answers to others, too.
    answers_any: bool,
}

/// What a type takes.
#[derive(Debug)]
pub struct Property {
    /// It must be given.
    pub is_required: bool,
    /// Heat makes the resource anew when it changes.
    pub is_replacing: bool,
    is_hidden: bool,
}

impl Type {
    fn of(properties: &'static str, attributes: &'static str) -> Self {
        let mut attributes: BTreeSet<_> = attributes.split_whitespace().collect();
        let answers_any = attributes.remove("?");
        let words = properties.split_whitespace();
        let mut properties: BTreeMap<_, _> = words
            .map(|word| {
                let property = Property {
                    is_required: word.contains('!'),
                    is_replacing: word.contains('*'),
                    is_hidden: word.ends_with('-'),
                };
                (word.trim_end_matches(['!', '*', '-']), property)
            })
            .collect();
        let takes_any = properties.remove("?").is_some();
        Self {
            properties,
            takes_any,
            attributes,
            answers_any,
        }
    }

    /// Returns the names that people should use.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.properties().map(|(name, _)| name)
    }

    /// Returns the properties that people should use.
    pub fn properties(&self) -> impl Iterator<Item = (&'static str, &Property)> {
        let shown = self.properties.iter().filter(|(_, it)| !it.is_hidden);
        shown.map(|(name, property)| (*name, property))
    }

    /// Returns the names of what a template can ask a resource of the type for.
    pub fn attributes(&self) -> impl Iterator<Item = &'static str> {
        self.attributes.iter().copied()
    }
}

/// Returns the types that Heat has, by name.
pub fn types() -> impl Iterator<Item = (&'static str, &'static Type)> {
    TYPES.iter().map(|(name, known)| (*name, known))
}

/// Tells whether Heat deletes a resource of a type and makes another when a property changes
/// (`update_allowed` of its schema); for a server's user data, as the policy has it that holds
/// where the template gives none.
pub fn is_replacing(kind: &str, property: &str) -> bool {
    if (kind, property) == ("OS::Nova::Server", "user_data") {
        return true;
    }
    let property = TYPES
        .get(kind)
        .and_then(|known| known.properties.get(property));
    property.is_some_and(|property| property.is_replacing)
}

/// Checks the resources of a template, and what groups make many of, against their types.
pub(super) fn check(template: &Template, sink: &mut Sink) {
    let mut kinds = BTreeMap::new();
    for resource in template.resources() {
        if let Some(known) = definition(template, resource.node, sink) {
            kinds.insert(resource.name, known);
        }
        if let Some(member) = group_member(resource) {
            definition(template, member, sink);
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
fn definition(template: &Template, node: &Node, sink: &mut Sink) -> Option<&'static Type> {
    let at = node.get("type")?;
    let name = at.as_str()?;
    let Some(known) = TYPES.get(name) else {
        unknown(template, at, name, sink);
        return None;
    };
    let given = node.get("properties").map_or(&[][..], Node::entries);
    let names: BTreeSet<_> = given.iter().filter_map(|(key, _)| key.text()).collect();
    let is_given = |name: &str| names.contains(name);
    let is_computed = COMPUTING.into_iter().any(is_given);
    if known.takes_any || is_computed {
        return Some(known);
    }
    for (key, _) in given {
        let Some(property) = key.text() else { continue };
        if !known.properties.contains_key(property) {
            let message = format!("{name} has no property `{property}`");
            let finding = template.error("hot-property-unknown", key, message);
            sink.push(
                finding
                    .why("Heat refuses the stack when the VNF is instantiated")
                    .meant(property, known.names().filter(|name| !is_given(name))),
            );
        }
    }
    // A hidden one takes the place of the one that took its place.
    let mut all = known.properties.iter();
    if all.any(|(name, property)| property.is_hidden && is_given(name)) {
        return Some(known);
    }
    for (property, _) in known.properties.iter().filter(|(_, it)| it.is_required) {
        if !is_given(property) {
            let message = format!("{name} needs the property `{property}`");
            let finding = template.error("hot-property-missing", at, message);
            sink.push(
                finding
                    .why("Heat refuses the stack when the VNF is instantiated")
                    .help(format!("give it under `properties` as `{property}: ...`")),
            );
        }
    }
    Some(known)
}

/// Reports a type that Heat does not have. Types of other names than `OS::` can be an operator's
/// own, unless they are one of Heat's but for case and colons.
fn unknown(template: &Template, at: &Node, name: &str, sink: &mut Sink) {
    if is_file(name) {
        return;
    }
    let slip = BARE.get(&*bare(name)).copied();
    if slip.is_none() && !name.starts_with("OS::") {
        return;
    }
    // The service is hardly what is misspelt, and its types are few to compare with.
    let service = name.rfind("::").map_or("", |end| &name[..end]);
    let of_service = TYPES.keys().copied().filter(|known| {
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
    let Some(known) = kinds.get(resource).filter(|known| !known.answers_any) else {
        return;
    };
    if !known.attributes.contains(name) {
        let message = format!("`{resource}` has no attribute `{name}`");
        sink.push(
            template
                .error("hot-attribute-unknown", asked, message)
                .why("Heat refuses the stack when the VNF is instantiated")
                .meant(name, known.attributes.iter().copied()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        let server = &TYPES["OS::Nova::Server"];
        assert!(server.properties["flavor"].is_required);
        assert!(!server.properties["flavor"].is_replacing);
        assert!(server.properties["key_name"].is_replacing);
        assert!(server.attributes.contains("first_address") && !server.answers_any);
        let port = &TYPES["OS::Neutron::Port"];
        assert!(port.properties["network_id"].is_hidden);
        assert!(!port.properties["network"].is_hidden);
        assert!(TYPES["OS::Heat::AutoScalingGroup"].answers_any);
        assert!(TYPES["OS::Heat::None"].takes_any);
    }

    #[test]
    fn what_is_replaced_is_what_heat_cannot_change() {
        assert!(is_replacing("OS::Nova::Server", "user_data"));
        assert!(is_replacing("OS::Neutron::Port", "network"));
        assert!(!is_replacing("OS::Neutron::Port", "security_groups"));
        assert!(!is_replacing("Some::Other::Type", "name"));
    }
}
