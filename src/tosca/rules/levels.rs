//! Instantiation levels: which there are, and what they say of each VDU and aspect.

use super::properties::once;
use super::service::Service;
use super::{Flavour, Template, policies, targets};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::{At, is_truthy};
use crate::yaml::Node;

const LEVELS: &str = "tosca.policies.nfv.InstantiationLevels";
const COUNTS: &str = "tosca.policies.nfv.VduInstantiationLevels";
const LINKS: &str = "tosca.policies.nfv.VirtualLinkInstantiationLevels";

fn levels<'d>(policy: &Template<'d>) -> impl Iterator<Item = Template<'d>> + use<'d> {
    super::templates(policy.at.at(&["properties", "levels"]))
}

/// Checks what Tacker looks at on upload: names of levels.
pub(super) fn on_upload(service: &Service<'_>, sink: &mut Sink) {
    for flavour in service.flavours() {
        let all: Vec<_> = policies(flavour.at).collect();
        let of = |kind: &'static str| all.iter().filter(move |policy| policy.kind() == Some(kind));
        let mut known = Vec::new();
        for policy in of(LEVELS) {
            let names: Vec<_> = levels(policy).map(|level| level.name).collect();
            default_level(policy, &names, sink);
            if !names.is_empty() {
                known = names;
            }
        }
        for policy in of(COUNTS).chain(of(LINKS)) {
            if known.is_empty() {
                let message = format!("`{}` counts for levels that are not defined", policy.name);
                sink.push(
                    Diagnostic::error("vnfd-levels-missing", policy.at.file, policy.key, message)
                        .why("Tacker rejects the package: the flavour has no policy InstantiationLevels")
                        .help(format!("add a policy of the type {LEVELS}")),
                );
                continue;
            }
            for level in levels(policy).filter(|level| !known.contains(&level.name)) {
                let message = format!("there is no level `{}`", level.name);
                sink.push(
                    Diagnostic::error("vnfd-level-unknown", level.at.file, level.key, message)
                        .why("Tacker rejects the package: InstantiationLevels does not define it")
                        .meant(level.name, known.iter().copied()),
                );
            }
        }
    }
}

fn default_level(policy: &Template<'_>, names: &[&str], sink: &mut Sink) {
    let default = policy.at.at(&["properties", "default_level"]);
    let Some(default) = default.filter(|default| is_truthy(default.node)) else {
        return;
    };
    let name = default.node.text().unwrap_or_default();
    if !names.is_empty() && !names.contains(&name) {
        let message = format!("there is no level `{name}`");
        sink.push(
            Diagnostic::error(
                "vnfd-default-level",
                default.file,
                default.node.span,
                message,
            )
            .why("Tacker rejects the package: `levels` does not define it")
            .meant(name, names.iter().copied()),
        );
    }
}

/// Checks what the v2 API reads when somebody instantiates.
pub(super) fn check(flavour: Flavour<'_>, sink: &mut Sink) {
    let policy = flavour.policies_of(LEVELS).next();
    let known: Vec<_> = policy.iter().flat_map(levels).collect();
    if let Some(policy) = &policy {
        let default = policy.at.at(&["properties", "default_level"]);
        if default.is_none_or(|default| !is_truthy(default.node)) {
            let message = "there is no default level";
            sink.push(
                Diagnostic::warning(
                    "vnfd-default-level-missing",
                    policy.at.file,
                    policy.key,
                    message,
                )
                .why(
                    "a request that names no level then has none: Tacker ends it with an error 500",
                )
                .help("add `default_level` beside `levels`"),
            );
        }
        aspects(flavour, &known, sink);
    }
    for vdu in flavour.vdus() {
        counts(flavour, &vdu, &known, sink);
    }
}

/// Checks that the VDU has a count in each level.
fn counts(flavour: Flavour<'_>, vdu: &Template<'_>, known: &[Template<'_>], sink: &mut Sink) {
    // Of several policies for a VDU the first is read.
    let mut all = flavour.policies_of(COUNTS);
    let Some(policy) = all.find(|policy| targets(policy).any(|(name, _)| name == vdu.name)) else {
        let message = format!("no level says how many VNFCs of `{}` there are", vdu.name);
        sink.push(
            Diagnostic::error("vnfd-vdu-without-level", vdu.at.file, vdu.key, message)
                .why("Tacker's v2 API makes none of it: VduInitialDelta and vdu_profile do not count there")
                .help(format!("add a policy of the type {COUNTS} with `targets: [{}]`", vdu.name)),
        );
        return;
    };
    let own: Vec<_> = levels(&policy).collect();
    for level in known {
        let found = own.iter().find(|own| own.name == level.name);
        match found.and_then(|own| own.at.get("number_of_instances")) {
            Some(count) => {
                whole(count, sink);
                profile(vdu, level, count, sink);
            }
            None => {
                let message = format!(
                    "`{}` has no count for the level `{}`",
                    policy.name, level.name
                );
                sink.push(
                    Diagnostic::error(
                        "vnfd-level-without-count",
                        policy.at.file,
                        policy.key,
                        message,
                    )
                    .label(level.at.file, level.key, "this level")
                    .why("Tacker's v2 API ends an instantiation at that level with an error 500")
                    .help(format!(
                        "add `{}: {{number_of_instances: <n>}}`",
                        level.name
                    )),
                );
            }
        }
    }
}

/// Checks a number that the v2 API reckons with.
pub(super) fn whole(number: At<'_>, sink: &mut Sink) {
    let shown = number.node.text().unwrap_or_default();
    // What is no number at all is refused on upload, and told by the property's own rule.
    if number.node.as_i64().is_none() && shown.parse::<f64>().is_ok() {
        let message = format!("`{shown}` is no whole number");
        let finding =
            Diagnostic::error("vnfd-number-not-whole", number.file, number.node.span, message)
                .why("tosca-parser rounds it on upload; Tacker's v2 API takes it as it is and ends with an error 500")
                .help("write a whole number");
        once(finding, sink);
    }
}

/// Compares a count with the VDU's profile, at which Tacker does not look.
fn profile(vdu: &Template<'_>, level: &Template<'_>, count: At<'_>, sink: &mut Sink) {
    let bound = |key| vdu.at.at(&["properties", "vdu_profile", key]);
    let low = bound("min_number_of_instances");
    let high = bound("max_number_of_instances");
    let value = |at: Option<At<'_>>| at.and_then(|at| at.node.as_i64());
    let Some(number) = count.node.as_i64() else {
        return;
    };
    let beyond = match (value(low), value(high)) {
        (Some(min), _) if number < min => low.map(|at| (at, format!("at least {min}"))),
        (_, Some(max)) if number > max => high.map(|at| (at, format!("at most {max}"))),
        _ => None,
    };
    if let Some((at, words)) = beyond {
        let message = format!(
            "the level `{}` has {number} of `{}`, whose profile allows {words}",
            level.name, vdu.name
        );
        sink.push(
            Diagnostic::warning(
                "vnfd-count-outside-profile",
                count.file,
                count.node.span,
                message,
            )
            .label(at.file, at.node.span, "the profile")
            .why("Tacker does not look at vdu_profile; other orchestrators do"),
        );
    }
}

/// Checks the levels' scale_info against the aspects.
fn aspects(flavour: Flavour<'_>, known: &[Template<'_>], sink: &mut Sink) {
    let policies = flavour.policies_of("tosca.policies.nfv.ScalingAspects");
    let aspects: Vec<_> = policies
        .flat_map(|policy| super::templates(policy.at.at(&["properties", "aspects"])))
        .collect();
    for level in known {
        let info = level.at.get("scale_info");
        for aspect in &aspects {
            if info.is_some_and(|info| info.node.get(aspect.name).is_some()) {
                continue;
            }
            let message = format!(
                "the level `{}` says nothing of `{}`",
                level.name, aspect.name
            );
            sink.push(
                Diagnostic::error("vnfd-level-without-aspect", level.at.file, level.key, message)
                    .label(aspect.at.file, aspect.key, "this aspect")
                    .why("Tacker answers 400 to every scaling of the aspect when the VNF was instantiated at that level")
                    .help(format!("add `scale_info: {{{}: {{scale_level: 0}}}}`", aspect.name)),
            );
        }
        for (name, key, value) in info.into_iter().flat_map(At::entries) {
            let Some(aspect) = aspects.iter().find(|aspect| aspect.name == name) else {
                let message = format!("there is no aspect `{name}`");
                sink.push(
                    Diagnostic::error("vnfd-level-aspect-unknown", value.file, key, message)
                        .why("the VNF shows a scale status that cannot be changed")
                        .meant(name, aspects.iter().map(|aspect| aspect.name)),
                );
                continue;
            };
            value
                .get("scale_level")
                .into_iter()
                .for_each(|number| whole(number, sink));
            above(level, aspect, value, sink);
        }
    }
}

fn above(level: &Template<'_>, aspect: &Template<'_>, value: At<'_>, sink: &mut Sink) {
    let max = aspect.at.get("max_scale_level");
    let (Some(at), Some(max)) = (value.get("scale_level"), max) else {
        return;
    };
    if let (Some(scale), Some(limit)) = (at.node.as_i64(), max.node.as_i64())
        && scale > limit
    {
        let message = format!(
            "the level `{}` is at scale level {scale} of `{}`, which ends at {limit}",
            level.name, aspect.name
        );
        sink.push(
            Diagnostic::error("vnfd-level-above-max", at.file, at.node.span, message)
                .label(max.file, max.node.span, "the highest")
                .why("nobody checks it: the VNF starts beyond its limit and cannot be scaled in by one step if that is still beyond")
                .help(format!("write at most {limit}, or raise `max_scale_level`")),
        );
    }
}

/// Returns the count of a VDU at a level, as the v2 API reads it.
pub(super) fn count_at(flavour: Flavour<'_>, vdu: &str, level: &str) -> Option<i64> {
    let mut all = flavour.policies_of(COUNTS);
    let policy = all.find(|policy| targets(policy).any(|(name, _)| name == vdu))?;
    let count = policy
        .at
        .at(&["properties", "levels", level, "number_of_instances"])?;
    count.node.as_i64()
}

/// Returns the levels of a flavour with their scale level of an aspect.
pub(super) fn scale_levels<'d>(flavour: Flavour<'d>, aspect: &str) -> Vec<(Template<'d>, i64)> {
    let policy = flavour.policies_of(LEVELS).next();
    let known = policy.iter().flat_map(levels);
    known
        .filter_map(|level| {
            let at = level.at.at(&["scale_info", aspect, "scale_level"])?;
            Some((level, Node::as_i64(at.node)?))
        })
        .collect()
}
