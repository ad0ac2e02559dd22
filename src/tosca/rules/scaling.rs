//! Scaling aspects and their steps, as the v2 API reckons: by the first delta alone.

use super::levels::{count_at, scale_levels, whole};
use super::{Flavour, Template, targets, templates};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::tosca::types::At;
use crate::yaml::Node;

const ASPECTS: &str = "tosca.policies.nfv.ScalingAspects";
const DELTAS: &str = "tosca.policies.nfv.VduScalingAspectDeltas";

/// Checks the aspects of a flavour.
pub(super) fn check(flavour: Flavour<'_>, sink: &mut Sink) {
    let aspects: Vec<_> = flavour
        .policies_of(ASPECTS)
        .flat_map(|policy| templates(policy.at.at(&["properties", "aspects"])))
        .collect();
    for aspect in &aspects {
        let deltas: Vec<_> = flavour
            .policies_of(DELTAS)
            .filter(|policy| aspect_of(policy) == Some(aspect.name))
            .collect();
        one(flavour, aspect, &deltas, sink);
    }
    for policy in flavour.policies_of(DELTAS) {
        let Some(at) = policy.at.at(&["properties", "aspect"]) else {
            continue;
        };
        let name = at.node.text().unwrap_or_default();
        if aspects.iter().all(|aspect| aspect.name != name) {
            let message = format!("there is no aspect `{name}`");
            sink.push(
                Diagnostic::error("vnfd-deltas-aspect", at.file, at.node.span, message)
                    .why("Tacker finds these deltas for no aspect: its targets are never scaled")
                    .meant(name, aspects.iter().map(|aspect| aspect.name)),
            );
        }
    }
}

fn aspect_of<'d>(policy: &Template<'d>) -> Option<&'d str> {
    policy.at.at(&["properties", "aspect"])?.node.as_str()
}

fn one(flavour: Flavour<'_>, aspect: &Template<'_>, deltas: &[Template<'_>], sink: &mut Sink) {
    let steps = aspect.at.get("step_deltas");
    let items: Vec<_> = steps.into_iter().flat_map(At::items).collect();
    let Some((first, others)) = items.split_first() else {
        let message = format!("the aspect `{}` has no `step_deltas`", aspect.name);
        sink.push(
            Diagnostic::error(
                "vnfd-step-deltas-missing",
                aspect.at.file,
                aspect.key,
                message,
            )
            .why("Tacker takes the first of them and ends every scaling with an error 500")
            .help("add `step_deltas: [<delta>]`"),
        );
        return;
    };
    let name = first.node.text().unwrap_or_default();
    if let Some(other) = others.iter().find(|other| other.node.text() != Some(name)) {
        let message = format!("Tacker uses `{name}` for every step");
        sink.push(
            Diagnostic::warning("vnfd-delta-unused", other.file, other.node.span, message)
                .why("its v2 API reads the first of `step_deltas` and no other: steps are of one size")
                .help("list one delta"),
        );
    }
    if let Some(max) = aspect.at.get("max_scale_level") {
        whole(max, sink);
    }
    if deltas.is_empty() {
        let message = format!("nothing is scaled by the aspect `{}`", aspect.name);
        sink.push(
            Diagnostic::error(
                "vnfd-aspect-without-deltas",
                aspect.at.file,
                aspect.key,
                message,
            )
            .why("Tacker finds no VduScalingAspectDeltas for it and refuses to scale")
            .help(format!(
                "add a policy of the type {DELTAS} with `aspect: {}`",
                aspect.name
            )),
        );
    }
    for policy in deltas {
        step(flavour, aspect, policy, *first, sink);
    }
}

fn step(
    flavour: Flavour<'_>,
    aspect: &Template<'_>,
    policy: &Template<'_>,
    first: At<'_>,
    sink: &mut Sink,
) {
    let name = first.node.text().unwrap_or_default();
    let known = policy.at.at(&["properties", "deltas"]);
    let delta = known.and_then(|known| known.at(&[name, "number_of_instances"]));
    let Some(delta) = delta else {
        let known = known
            .into_iter()
            .flat_map(At::entries)
            .map(|(name, ..)| name);
        let message = format!("`{}` has no delta `{name}`", policy.name);
        sink.push(
            Diagnostic::error("vnfd-delta-unknown", first.file, first.node.span, message)
                .label(policy.at.file, policy.key, "the deltas")
                .why("the upload does not look; every scaling is answered with 400")
                .meant(name, known),
        );
        return;
    };
    whole(delta, sink);
    if targets(policy).next().is_none() {
        let message = format!("the policy `{}` has no targets", policy.name);
        sink.push(
            Diagnostic::error("vnfd-deltas-targets", policy.at.file, policy.key, message)
                .why("Tacker walks through them when the aspect is scaled, and fails or scales nothing")
                .help("add `targets: [<VDU>]`"),
        );
    }
    for (vdu, span) in targets(policy) {
        is_vdu(flavour, policy, vdu, span, sink);
        levels(flavour, aspect, vdu, delta, sink);
    }
}

/// Reports a target of which Tacker has no VNFCs to scale: it looks for those whose VDU has exactly
/// that name (`vnflcm_driver_v2.py`, `_make_scale_out_grant_request`).
fn is_vdu(flavour: Flavour<'_>, policy: &Template<'_>, name: &str, span: Span, sink: &mut Sink) {
    let is_group = || templates(flavour.topology.get("groups")).any(|group| group.name == name);
    let node = flavour.nodes().find(|node| node.name == name);
    // Types that derive from it have a rule of their own.
    let is_other = |node: &Template<'_>| {
        node.kind().is_some_and(|kind| {
            kind.starts_with("tosca.nodes.nfv.") && !kind.contains("Vdu.Compute")
        })
    };
    let what = match node {
        Some(node) if is_other(&node) => node.kind().unwrap_or_default(),
        None if is_group() => "a group",
        _ => return,
    };
    let message = format!("`{name}` is {what}, and no VDU");
    sink.push(
        Diagnostic::error("vnfd-deltas-no-vdu", policy.at.file, span, message)
            .why("Tacker looks for VNFCs of a VDU of that name: nothing of it is scaled")
            .meant(name, flavour.vdus().map(|vdu| vdu.name)),
    );
}

/// Compares the levels with what scaling makes of them.
fn levels(flavour: Flavour<'_>, aspect: &Template<'_>, vdu: &str, delta: At<'_>, sink: &mut Sink) {
    let initial = flavour
        .policies_of("tosca.policies.nfv.VduInitialDelta")
        .find(|policy| targets(policy).any(|(name, _)| name == vdu))
        .and_then(|policy| {
            policy
                .at
                .at(&["properties", "initial_delta", "number_of_instances"])
        })
        .and_then(|at| at.node.as_i64());
    let is_alone = flavour
        .policies_of(DELTAS)
        .filter(|policy| targets(policy).any(|(name, _)| name == vdu))
        .count()
        == 1;
    for (level, scale) in scale_levels(flavour, aspect.name) {
        let Some(count) = count_at(flavour, vdu, level.name) else {
            continue;
        };
        if count == 0 {
            let message = format!("a VNF at the level `{}` has no `{vdu}`", level.name);
            sink.push(
                Diagnostic::warning("vnfd-scaled-from-zero", level.at.file, level.key, message)
                    .why(
                        "Tacker scales out by copying a VNFC that is there: from none it adds none",
                    )
                    .help("give each level at least one"),
            );
        }
        let step = Node::as_i64(delta.node);
        if let (Some(initial), Some(step), true) = (initial, step, is_alone)
            && initial.saturating_add(scale.saturating_mul(step)) != count
        {
            let expected = initial.saturating_add(scale.saturating_mul(step));
            let message = format!(
                "the level `{}` has {count} of `{vdu}`; scaling to level {scale} makes {expected}",
                level.name
            );
            sink.push(
                Diagnostic::warning("vnfd-level-count", level.at.file, level.key, message)
                    .label(delta.file, delta.node.span, "the step")
                    .why("Tacker does not compare them: the same scale level then stands for different numbers")
                    .help(format!("count {expected} there, or change the initial delta")),
            );
        }
    }
}
