//! Reads one deployment flavour out of a definitions file.

use std::collections::BTreeMap;

use super::model::{Aspect, Flavour, Vdu};
use crate::yaml::Node;

const COMPUTE: &str = "tosca.nodes.nfv.Vdu.Compute";
const VDU_CP: &str = "tosca.nodes.nfv.VduCp";

/// Returns the flavour that the file describes, or nothing when it describes none: as in
/// Tacker, that is when the substitution mapping has no literal `flavour_id`.
pub(super) fn read(root: &Node) -> Option<Flavour> {
    let topology = root.get("topology_template")?;
    let mapping = topology.get("substitution_mappings")?;
    let id = string(mapping, &["properties", "flavour_id"])?;
    let nodes = topology
        .get("node_templates")
        .map_or(&[][..], Node::entries);
    let kind = mapping.get("node_type").and_then(Node::text);
    let own = nodes
        .iter()
        .map(|(_, node)| node)
        .find(|node| kind.is_some() && node.get("type").and_then(Node::text) == kind);
    let description = own
        .and_then(|node| string(node, &["properties", "flavour_description"]))
        .or_else(|| string(mapping, &["properties", "flavour_description"]));
    let mut flavour = Flavour {
        id,
        description: description.unwrap_or_default(),
        vdus: vdus(nodes),
        hooks: hooks(nodes),
        ..Flavour::default()
    };
    // Two passes: deltas and counts refer to aspects and levels that may stand below them.
    let policies = || topology.get("policies").into_iter().flat_map(Node::items);
    for (_, policy) in policies().flat_map(Node::entries) {
        declare(&mut flavour, policy);
    }
    for (_, policy) in policies().flat_map(Node::entries) {
        count(&mut flavour, policy);
    }
    Some(flavour)
}

fn vdus(nodes: &[(Node, Node)]) -> Vec<Vdu> {
    of_type(nodes, COMPUTE)
        .map(|(id, node)| {
            let profile = |key| {
                node.at(&["properties", "vdu_profile", key])
                    .and_then(number)
            };
            Vdu {
                id: id.to_owned(),
                name: string(node, &["properties", "name"]),
                min: profile("min_number_of_instances"),
                max: profile("max_number_of_instances"),
                image: string(node, &["properties", "sw_image_data", "name"]),
                image_file: string(node, &["artifacts", "sw_image", "file"]),
                compute_flavour: string(
                    node,
                    &[
                        "capabilities",
                        "virtual_compute",
                        "properties",
                        "requested_additional_capabilities",
                        "properties",
                        "requested_additional_capability_name",
                    ],
                ),
                cps: of_type(nodes, VDU_CP)
                    .filter(|(_, cp)| binding(cp) == Some(id))
                    .map(|(cp, _)| cp.to_owned())
                    .collect(),
            }
        })
        .collect()
}

/// Returns the VDU that a connection point binds to; Tacker knows the short form only.
fn binding(cp: &Node) -> Option<&str> {
    cp.get("requirements")?
        .items()
        .iter()
        .find_map(|requirement| requirement.get("virtual_binding")?.as_str())
}

/// Returns the hooks of the first node that has interfaces; Tacker looks at no other.
fn hooks(nodes: &[(Node, Node)]) -> BTreeMap<String, String> {
    let Some((_, node)) = nodes.iter().find(|(_, n)| n.get("interfaces").is_some()) else {
        return BTreeMap::new();
    };
    let operations = node
        .at(&["interfaces", "Vnflcm"])
        .map_or(&[][..], Node::entries);
    operations
        .iter()
        .filter_map(|(name, operation)| {
            let artifact = operation.get("implementation")?.as_str()?;
            let file = string(node, &["artifacts", artifact, "file"])?;
            Some((name.text()?.to_owned(), file))
        })
        .collect()
}

fn declare(flavour: &mut Flavour, policy: &Node) {
    match policy.get("type").and_then(Node::text) {
        Some("tosca.policies.nfv.InstantiationLevels") => {
            flavour.default_level = string(policy, &["properties", "default_level"]);
            for (id, level) in entries(policy, "levels") {
                let scale_info = level.get("scale_info").map_or(&[][..], Node::entries);
                flavour.levels.entry(id).or_default().scale_info = scale_info
                    .iter()
                    .filter_map(|(aspect, info)| {
                        Some((aspect.text()?.to_owned(), number(info.get("scale_level")?)?))
                    })
                    .collect();
            }
        }
        Some("tosca.policies.nfv.ScalingAspects") => {
            for (id, aspect) in entries(policy, "aspects") {
                let steps = aspect.get("step_deltas").map_or(&[][..], Node::items);
                let steps = steps.iter().filter_map(Node::text).map(str::to_owned);
                let aspect = Aspect {
                    max_scale_level: aspect.get("max_scale_level").and_then(number).unwrap_or(0),
                    step_deltas: steps.collect(),
                    deltas: BTreeMap::new(),
                };
                flavour.aspects.insert(id, aspect);
            }
        }
        _ => {}
    }
}

fn count(flavour: &mut Flavour, policy: &Node) {
    let targets = policy.get("targets").map_or(&[][..], Node::items);
    let targets: Vec<_> = targets.iter().filter_map(Node::as_str).collect();
    let instances = |node: &Node| node.get("number_of_instances").and_then(number);
    match policy.get("type").and_then(Node::text) {
        Some("tosca.policies.nfv.VduInstantiationLevels") => {
            for (id, level) in entries(policy, "levels") {
                if let (Some(n), Some(level)) = (instances(level), flavour.levels.get_mut(&id)) {
                    level
                        .counts
                        .extend(targets.iter().map(|t| ((*t).to_owned(), n)));
                }
            }
        }
        Some("tosca.policies.nfv.VduScalingAspectDeltas") => {
            let Some(aspect) = string(policy, &["properties", "aspect"])
                .and_then(|id| flavour.aspects.get_mut(&id))
            else {
                return;
            };
            for (id, delta) in entries(policy, "deltas") {
                if let Some(n) = instances(delta) {
                    let per_vdu = aspect.deltas.entry(id).or_default();
                    per_vdu.extend(targets.iter().map(|t| ((*t).to_owned(), n)));
                }
            }
        }
        _ => {}
    }
}

fn entries<'a>(policy: &'a Node, key: &str) -> impl Iterator<Item = (String, &'a Node)> {
    let map = policy
        .at(&["properties", key])
        .map_or(&[][..], Node::entries);
    map.iter()
        .filter_map(|(id, value)| Some((id.text()?.to_owned(), value)))
}

fn of_type<'a>(nodes: &'a [(Node, Node)], kind: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
    nodes
        .iter()
        .filter(move |(_, node)| node.get("type").and_then(Node::text) == Some(kind))
        .filter_map(|(id, node)| Some((id.text()?, node)))
}

fn string(node: &Node, path: &[&str]) -> Option<String> {
    node.at(path)?.as_str().map(str::to_owned)
}

fn number(node: &Node) -> Option<u32> {
    node.as_i64().and_then(|n| u32::try_from(n).ok())
}
