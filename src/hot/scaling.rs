//! Groups that Tacker's default user data scales: it sets `desired_capacity` and nothing else.

use std::collections::BTreeMap;

use super::nodes::Nodes;
use super::stack::{Placed, group_member};
use super::template::{Resource, Template, calls};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::model::{Flavour, Vdu};
use crate::yaml::Node;

const GROUP: &str = "OS::Heat::AutoScalingGroup";

/// Checks that every VDU can have the numbers of VNFCs that the flavour says.
pub(super) fn check(placed: &[Placed<'_>], flavour: &Flavour, nodes: &Nodes, sink: &mut Sink) {
    for one in placed.iter().filter(|one| one.resource.kind() == GROUP) {
        member(one.template, one.resource, nodes, sink);
    }
    for one in placed.iter().filter(|one| one.is_in_scaling_group()) {
        image(one, flavour, sink);
    }
    for (vdu, counts) in counts(flavour) {
        let mut servers = placed
            .iter()
            .filter(|p| p.resource.kind() == "OS::Nova::Server" && p.resource.name == vdu);
        let Some(server) = servers.next() else {
            continue;
        };
        match server.parent {
            Some((template, group)) if group.kind() == GROUP => {
                capacity(template, group, vdu, sink);
                sizes(template, group, vdu, counts, sink);
            }
            _ if counts != (1, 1) => {
                let (least, most) = counts;
                let message = format!("`{vdu}` is outside any AutoScalingGroup");
                let span = server.resource.key.span;
                sink.push(
                    Diagnostic::error("hot-not-scalable", &server.template.file, span, message)
                        .why(format!(
                            "the VNFD says {least} to {most} VNFCs; the default user data scales \
                             by a group's desired_capacity only, so there will be one",
                        ))
                        .help(format!(
                            "put it into a template that is the member of an AutoScalingGroup with \
                             `desired_capacity: {{get_param: [nfv, VDU, {vdu}, desired_capacity]}}`"
                        )),
                );
            }
            _ => {}
        }
    }
}

/// Checks that a member can do without an image of the VNFD's where that has none: when the package
/// is changed, Tacker sets `image-…` to what the VNFD says, and Heat makes an empty text of nothing
/// (`_change_vnfpkg_rolling_update_user_data_default`).
fn image(member: &Placed<'_>, flavour: &Flavour, sink: &mut Sink) {
    let Some(image) = member.resource.property("image") else {
        return;
    };
    let [(function, parameter)] = image.entries() else {
        return;
    };
    let parameter = parameter
        .text()
        .filter(|_| function.text() == Some("get_param"));
    let Some((parameter, vdu)) = parameter.and_then(|all| Some((all, all.strip_prefix("image-")?)))
    else {
        return;
    };
    let is_unset = |one: &Vdu| one.id == vdu && one.image.is_none() && one.image_file.is_none();
    if flavour.vdus.iter().any(is_unset) {
        let message = format!("the VNFD names no image of `{vdu}`, and nothing stands in for it");
        sink.push(
            member
                .template
                .warning("hot-group-image-unset", image, message)
                .why(format!(
                    "Tacker empties `{parameter}` when the package is changed, and Heat finds no image \
                     of that name"
                ))
                .help(format!(
                    "give the VDU `sw_image_data`, or write `if` with a condition that \
                     `{{get_param: {parameter}}}` is not \"\", and the image's name in Glance"
                )),
        );
    }
}

/// Returns the least and most VNFCs of each VDU, over all levels and scalings.
fn counts(flavour: &Flavour) -> BTreeMap<&str, (u32, u32)> {
    let mut all: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut add = |vdu, count| {
        let (least, most) = all.entry(vdu).or_insert((count, count));
        *least = count.min(*least);
        *most = count.max(*most);
    };
    for level in flavour.levels.values() {
        for (vdu, count) in &level.counts {
            add(vdu.as_str(), *count);
            for (id, aspect) in &flavour.aspects {
                let step = aspect.step().and_then(|step| step.get(vdu)).copied();
                if let (Some(step), Some(at)) = (step, level.scale_info.get(id)) {
                    let up = aspect.max_scale_level.saturating_sub(*at);
                    add(vdu.as_str(), count.saturating_add(up.saturating_mul(step)));
                    add(vdu.as_str(), count.saturating_sub(at.saturating_mul(step)));
                }
            }
        }
    }
    all
}

/// Checks that Tacker can set how many there are.
fn capacity(template: &Template, group: Resource<'_>, vdu: &str, sink: &mut Sink) {
    let desired = group.property("desired_capacity");
    let parameters = desired.map(|node| calls(node, "get_param"));
    let named: Vec<_> = parameters
        .iter()
        .flatten()
        .filter_map(|argument| match argument.items() {
            [nfv, group, name, key]
                if nfv.text() == Some("nfv")
                    && group.text() == Some("VDU")
                    && key.text() == Some("desired_capacity") =>
            {
                Some((argument, name.text()?))
            }
            _ => None,
        })
        .collect();
    let help =
        format!("write `desired_capacity: {{get_param: [nfv, VDU, {vdu}, desired_capacity]}}`");
    match named[..] {
        [] => {
            let at = desired.unwrap_or(group.key);
            let message = format!("Tacker cannot set how many of `{vdu}` there are");
            sink.push(
                template
                    .error("hot-group-capacity", at, message)
                    .why("scaling ends in COMPLETED and changes nothing")
                    .help(help),
            );
        }
        [(argument, name), ..] if name != vdu => {
            let message = format!("this is the number of `{name}`, and the group holds `{vdu}`");
            sink.push(
                template
                    .error("hot-group-capacity", argument, message)
                    .why("scaling one VDU would change the other")
                    .help(help),
            );
        }
        _ => {}
    }
}

/// Checks literal bounds of a group against the numbers that the VNFD allows.
fn sizes(
    template: &Template,
    group: Resource<'_>,
    vdu: &str,
    (least, most): (u32, u32),
    sink: &mut Sink,
) {
    let mut check = |key, is_bad: &dyn Fn(i64) -> bool, wanted: u32, word: &str| {
        let Some(node) = group.property(key) else {
            return;
        };
        if node.as_i64().is_some_and(is_bad) {
            let message = format!("the VNFD says at {word} {wanted} VNFCs of `{vdu}`");
            sink.push(
                template
                    .error("hot-group-size", node, message)
                    .why("Heat refuses a desired_capacity outside the group's sizes")
                    .help(format!("write `{key}: {wanted}`")),
            );
        }
    };
    check("max_size", &|size| size < i64::from(most), most, "most");
    check("min_size", &|size| size > i64::from(least), least, "least");
}

/// Checks the keys of a member that Tacker reads once the stack is built.
fn member(template: &Template, group: Resource<'_>, nodes: &Nodes, sink: &mut Sink) {
    let Some(member) = group_member(group) else {
        return;
    };
    let properties = member.get("properties").map_or(&[][..], Node::entries);
    let is_flavor = |(key, _): &(Node, Node)| key.text() == Some("flavor");
    if !properties.iter().any(is_flavor) {
        let at = member.get("properties").unwrap_or(member);
        sink.push(
            template
                .error(
                    "hot-group-flavor",
                    at,
                    "the group's member has no property `flavor`",
                )
                .why(
                    "Tacker reads it once the stack is built; without it the operation ends in \
                     FAILED_TEMP",
                )
                .help("hand the Nova flavor down as the parameter `flavor`"),
        );
    }
    for (key, _) in properties {
        let Some(name) = key.text().and_then(|key| key.strip_prefix("image-")) else {
            continue;
        };
        if !nodes.has_vdu(name) && !nodes.has_volume(name) {
            let message = format!("the flavour has neither a VDU nor a storage `{name}`");
            sink.push(
                template
                    .error("hot-group-image", key, message)
                    .why(
                        "Tacker looks what stands behind `image-` up among them when the package \
                         is changed, and fails",
                    )
                    .help("name the property `image-` and the VDU or storage"),
            );
        }
    }
}
