//! What a flavour's stack asks of the cloud by name: the flavors, images and networks that must
//! be there before Heat begins.
//!
//! Heat's expressions are followed as far as they decide names: parameters into nested templates,
//! `if` with its conditions, and the parameter `nfv` as Tacker's default user data fills it
//! (`sol_refactored/infra_drivers/openstack/userdata/userdata_default.py`). What only Heat can
//! know, such as `get_resource`, asks for nothing: better no finding than a wrong one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stack::{Templates, group_member};
use super::template::{Resource, Template, is_file, subject};
use super::{UserData, folder};
use crate::diagnose::{Sink, Sources};
use crate::package::tree::Tree;
use crate::tosca::model::Flavour;
use crate::yaml::Node;

/// Deepest nesting of templates, conditions and parameters that is followed.
const DEEPEST: usize = 16;

/// A kind of thing that clouds have under names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asset {
    /// Of Nova.
    Flavor,
    /// Of Glance.
    Image,
    /// Of Neutron.
    Network,
}

impl std::fmt::Display for Asset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Flavor => "flavor",
            Self::Image => "image",
            Self::Network => "network",
        })
    }
}

/// Something that must exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What it is.
    pub asset: Asset,
    /// Its name or id.
    pub name: String,
    /// Who asks for it, for a person.
    pub by: String,
}

/// Returns what `flavour` needs when `request`, an InstantiateVnfRequest (SOL003 §5.5.2.4), asks
/// for it; each thing once.
///
/// Without templates in `tree` the VNFD's own names are all that is known.
#[must_use]
pub fn needs(tree: &dyn Tree, flavour: &Flavour, request: &Value) -> Vec<Need> {
    let mut found = Found::default();
    found.linked(request);
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    match folder::read(tree, &flavour.id, &mut sources, &mut sink) {
        Some(templates) => {
            let surveyor = Surveyor {
                templates: &templates,
                flavour,
                request,
                user_data: user_data(request),
            };
            let top = Scope {
                template: &templates.top,
                given: None,
            };
            surveyor.survey(&top, 0, &mut found);
        }
        None => found.described(flavour),
    }
    let needs = found.0.into_iter();
    needs
        .map(|((asset, name), by)| Need { asset, name, by })
        .collect()
}

/// Tells who fills `nfv`: a class of the package is named in each request.
fn user_data(request: &Value) -> UserData {
    match request["additionalParams"]["lcm-operation-user-data-class"].as_str() {
        None => UserData::Default,
        Some("StandardUserData") => UserData::Standard,
        Some(_) => UserData::Own,
    }
}

#[derive(Default)]
struct Found(BTreeMap<(Asset, String), String>);

impl Found {
    fn add(&mut self, asset: Asset, name: &str, by: impl FnOnce() -> String) {
        if name.is_empty() {
            return;
        }
        let place = (asset, name.to_owned());
        self.0.entry(place).or_insert_with(by);
    }

    /// Adds the networks that the request itself names.
    fn linked(&mut self, request: &Value) {
        for list in ["extVirtualLinks", "extManagedVirtualLinks"] {
            for link in request[list].as_array().into_iter().flatten() {
                if let Some(name) = link["resourceId"].as_str() {
                    self.add(Asset::Network, name, || format!("the request's {list}"));
                }
            }
        }
    }

    /// Adds what the VNFD names.
    fn described(&mut self, flavour: &Flavour) {
        for vdu in &flavour.vdus {
            let by = || format!("VDU `{}`", vdu.id);
            if let Some(name) = &vdu.compute_flavour {
                self.add(Asset::Flavor, name, by);
            }
            if let (Some(name), None) = (&vdu.image, &vdu.image_file) {
                self.add(Asset::Image, name, by);
            }
        }
    }
}

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Worth {
    Text(String),
    Null,
    /// Only Heat, or somebody's own user data, knows.
    Unknown,
}

impl Worth {
    fn of(text: Option<&str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.to_owned()))
    }
}

/// A template where it is used.
struct Scope<'t> {
    template: &'t Template,
    /// The properties that it is nested with, and the scope in which they stand.
    given: Option<(Option<&'t Node>, &'t Scope<'t>)>,
}

struct Surveyor<'t> {
    templates: &'t Templates,
    flavour: &'t Flavour,
    request: &'t Value,
    user_data: UserData,
}

impl Surveyor<'_> {
    fn survey(&self, scope: &Scope<'_>, depth: usize, found: &mut Found) {
        if depth > DEEPEST {
            return;
        }
        for resource in scope.template.resources() {
            let condition = resource.node.get("condition");
            if condition.is_some_and(|node| self.holds(node, scope, 0) != Some(true)) {
                continue;
            }
            for (asset, node) in asked(resource) {
                if let Worth::Text(name) = self.worth(node, scope, 0) {
                    let file = &scope.template.file;
                    found.add(asset, &name, || {
                        format!("resource `{}` of {file}", resource.name)
                    });
                }
            }
            let definition = group_member(resource).unwrap_or(resource.node);
            let kind = definition.get("type").and_then(Node::as_str).unwrap_or("");
            if let Some(template) = self.templates.nested.get(kind).filter(|_| is_file(kind)) {
                let given = Some((definition.get("properties"), scope));
                self.survey(&Scope { template, given }, depth + 1, found);
            }
        }
    }

    fn worth(&self, node: &Node, scope: &Scope<'_>, depth: usize) -> Worth {
        if node.is_null() {
            return Worth::Null;
        }
        if let Some(text) = node.text() {
            return Worth::Text(text.to_owned());
        }
        let [(function, argument)] = node.entries() else {
            return Worth::Unknown;
        };
        match (function.text(), argument.items()) {
            _ if depth > DEEPEST => Worth::Unknown,
            (Some("get_param"), path) => self.parameter(argument, path, scope, depth + 1),
            (Some("if"), [condition, yes, no]) => {
                let either = [yes, no].map(|node| self.worth(node, scope, depth + 1));
                let [yes, no] = either;
                match self.holds(condition, scope, depth + 1) {
                    Some(true) => yes,
                    Some(false) => no,
                    None if yes == no => yes,
                    None => Worth::Unknown,
                }
            }
            _ => Worth::Unknown,
        }
    }

    fn parameter(&self, argument: &Node, path: &[Node], scope: &Scope<'_>, depth: usize) -> Worth {
        let Some(name) = subject(argument).and_then(Node::text) else {
            return Worth::Unknown;
        };
        if name == "nfv" && scope.given.is_none() {
            let keys: Option<Vec<&str>> = path.iter().skip(1).map(Node::text).collect();
            return keys.map_or(Worth::Unknown, |keys| self.nfv(&keys));
        }
        if path.len() > 1 {
            return Worth::Unknown;
        }
        let given = scope
            .given
            .and_then(|(properties, outer)| Some((properties?.get(name)?, outer)));
        if let Some((node, outer)) = given {
            return self.worth(node, outer, depth);
        }
        let default = scope
            .template
            .parameter(name)
            .and_then(|p| p.get("default"));
        default.map_or(Worth::Unknown, |node| self.worth(node, scope, depth))
    }

    /// Returns what Tacker puts at a place of `nfv`.
    fn nfv(&self, path: &[&str]) -> Worth {
        if self.user_data == UserData::Own {
            return Worth::Unknown;
        }
        let own = &self.request["additionalParams"]["nfv"];
        match path.iter().try_fold(own, |value, key| value.get(key)) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => return Worth::Text(text.clone()),
            Some(_) => return Worth::Unknown,
        }
        let vdu = |id: &str| self.flavour.vdus.iter().find(|vdu| vdu.id == id);
        match path {
            ["VDU", id, "computeFlavourId"] => vdu(id).map_or(Worth::Unknown, |vdu| {
                Worth::of(vdu.compute_flavour.as_deref())
            }),
            // One in the package gets its id when Tacker has made it.
            ["VDU", id, "vcImageId"] => match vdu(id) {
                Some(vdu) if vdu.image_file.is_none() => Worth::of(vdu.image.as_deref()),
                _ => Worth::Unknown,
            },
            ["CP", id, "network"] => Worth::of(self.linked(id)),
            _ => Worth::Unknown,
        }
    }

    /// Returns the network that the request gives to a connection point: the first that does.
    fn linked(&self, cpd: &str) -> Option<&str> {
        let links = self.request["extVirtualLinks"].as_array()?;
        let has = |link: &&Value| {
            let cps = link["extCps"].as_array().into_iter().flatten();
            cps.clone().any(|cp| cp["cpdId"] == cpd)
        };
        links.iter().find(has)?["resourceId"].as_str()
    }

    /// Tells whether a condition holds; nothing when that is not known.
    fn holds(&self, node: &Node, scope: &Scope<'_>, depth: usize) -> Option<bool> {
        if depth > DEEPEST {
            return None;
        }
        let inner = |node: &Node| self.holds(node, scope, depth + 1);
        if let Some(text) = node.text() {
            let named = scope.template.root.at(&["conditions", text]);
            return match (named, text) {
                (Some(condition), _) => inner(condition),
                (None, "true") => Some(true),
                (None, "false") => Some(false),
                (None, _) => None,
            };
        }
        let [(function, argument)] = node.entries() else {
            return None;
        };
        let all: Vec<_> = argument.items().iter().collect();
        match (function.text()?, all.as_slice()) {
            ("not", _) => inner(argument).map(|holds| !holds),
            ("and", all) => decided(all.iter().map(|node| inner(node)), false),
            ("or", all) => decided(all.iter().map(|node| inner(node)), true),
            ("equals", [one, other]) => {
                let worths = [one, other].map(|node| self.worth(node, scope, depth + 1));
                match &worths {
                    [Worth::Unknown, _] | [_, Worth::Unknown] => None,
                    [one, other] => Some(one == other),
                }
            }
            _ => None,
        }
    }
}

/// Joins conditions of which one that is `decisive` decides for all.
fn decided(all: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut result = Some(!decisive);
    for one in all {
        match one {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

/// The properties by which resources name things of the cloud; `*` is each item of a list.
const ASKED: [(&str, Asset, &[&str]); 13] = [
    ("OS::Nova::Server", Asset::Flavor, &["flavor"]),
    ("OS::Nova::Server", Asset::Image, &["image"]),
    (
        "OS::Nova::Server",
        Asset::Network,
        &["networks", "*", "network"],
    ),
    (
        "OS::Nova::Server",
        Asset::Network,
        &["networks", "*", "uuid"],
    ),
    (
        "OS::Nova::Server",
        Asset::Image,
        &["block_device_mapping_v2", "*", "image"],
    ),
    (
        "OS::Nova::Server",
        Asset::Image,
        &["block_device_mapping_v2", "*", "image_id"],
    ),
    ("OS::Cinder::Volume", Asset::Image, &["image"]),
    ("OS::Neutron::Port", Asset::Network, &["network"]),
    ("OS::Neutron::Port", Asset::Network, &["network_id"]),
    ("OS::Neutron::Subnet", Asset::Network, &["network"]),
    (
        "OS::Neutron::FloatingIP",
        Asset::Network,
        &["floating_network"],
    ),
    (
        "OS::Neutron::FloatingIP",
        Asset::Network,
        &["floating_network_id"],
    ),
    (
        "OS::Neutron::Router",
        Asset::Network,
        &["external_gateway_info", "network"],
    ),
];

fn asked(resource: Resource<'_>) -> impl Iterator<Item = (Asset, &Node)> {
    let ours = ASKED
        .iter()
        .filter(move |(kind, _, _)| *kind == resource.kind());
    ours.flat_map(move |(_, asset, path)| {
        let properties = resource.node.get("properties");
        let start: Vec<&Node> = properties.into_iter().collect();
        let found = path.iter().fold(start, |nodes, key| match *key {
            "*" => nodes.into_iter().flat_map(Node::items).collect(),
            key => nodes.into_iter().filter_map(|node| node.get(key)).collect(),
        });
        found.into_iter().map(|node| (*asset, node))
    })
}

#[cfg(test)]
mod tests;
