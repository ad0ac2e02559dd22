//! Policies and groups: types, properties, targets and members.

use super::files::mistyped;
use super::properties::{self, Owner, once};
use super::service::{Service, Topology};
use super::{REJECTED, Template, policies, targets, templates};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::tosca::types::{At, Def, is_truthy};

const POLICY_TYPE: [&str; 9] = [
    "derived_from",
    "metadata",
    "properties",
    "version",
    "description",
    "targets",
    "triggers",
    "type",
    "reservation",
];
const GROUP_TYPE: [&str; 8] = [
    "derived_from",
    "version",
    "metadata",
    "description",
    "properties",
    "members",
    "interfaces",
    "attributes",
];

/// Checks the policies and groups of a topology.
pub(super) fn check(service: &Service<'_>, topology: &Topology<'_>, sink: &mut Sink) {
    // Nodes whose type is empty are none to the parser.
    let typed = topology.nodes().filter(|node| node.kind().is_some());
    let nodes: Vec<_> = typed.map(|node| node.name).collect();
    let groups: Vec<_> = templates(topology.at.get("groups")).collect();
    for group in &groups {
        match group
            .kind()
            .and_then(|kind| service.types.get(kind, "tosca.groups."))
        {
            Some(def) => properties::definition(service, def, &GROUP_TYPE, sink),
            None => properties::unknown_type(service, group, "tosca.groups.", sink),
        }
        members(group, &nodes, sink);
    }
    for policy in policies(topology.at) {
        match policy
            .kind()
            .and_then(|kind| service.types.get(kind, "tosca.policies."))
        {
            Some(def) => {
                properties::definition(service, def, &POLICY_TYPE, sink);
                target_types(service, def, sink);
                properties::check(service, &Owner::of(&policy, "the policy", def), sink);
            }
            None => properties::unknown_type(service, &policy, "tosca.policies.", sink),
        }
        let groups: Vec<_> = groups.iter().map(|group| group.name).collect();
        policy_targets(&policy, &nodes, &groups, sink);
    }
}

fn members(group: &Template<'_>, nodes: &[&str], sink: &mut Sink) {
    let Some(section) = group.at.get("members").filter(|m| !m.node.is_null()) else {
        return;
    };
    let names: Vec<_> = section
        .items()
        .filter_map(|item| Some((item.node.text()?, item.node.span)))
        .collect();
    if !section.node.is_list() || names.is_empty() {
        let message = format!("the group `{}` has no members", group.name);
        sink.push(
            Diagnostic::error(
                "vnfd-group-members",
                section.file,
                section.node.span,
                message,
            )
            .why(REJECTED)
            .help("list at least one node template, or leave `members` out"),
        );
    }
    let mut seen: Vec<(&str, Span)> = Vec::new();
    for (name, span) in names {
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == name) {
            let message = format!("`{name}` is twice in the group `{}`", group.name);
            sink.push(
                Diagnostic::error("vnfd-group-members", section.file, span, message)
                    .label(section.file, *first, "the first")
                    .why(REJECTED),
            );
        } else if !nodes.contains(&name) {
            let message = format!("`{name}` is no node template");
            sink.push(
                Diagnostic::error("vnfd-group-members", section.file, span, message)
                    .why(REJECTED)
                    .meant(name, nodes.iter().copied()),
            );
        }
        seen.push((name, span));
    }
}

/// Targets are groups or nodes; once one is a group, the parser does not look at the others.
fn policy_targets(policy: &Template<'_>, nodes: &[&str], groups: &[&str], sink: &mut Sink) {
    let Some(section) = policy.at.get("targets").filter(|t| is_truthy(t.node)) else {
        return;
    };
    if !section.node.is_list() {
        let what = format!("`targets` of `{}`", policy.name);
        mistyped(section, section.node.span, &what, "a list", sink);
        return;
    }
    if targets(policy).any(|(name, _)| groups.contains(&name)) {
        return;
    }
    for item in section.items() {
        let name = item.node.text().unwrap_or_default();
        if !nodes.contains(&name) {
            let message = format!("`{name}` is neither a node template nor a group");
            let known = nodes.iter().chain(groups).copied();
            sink.push(
                Diagnostic::error("vnfd-policy-target", section.file, item.node.span, message)
                    .why(REJECTED)
                    .meant(name, known),
            );
        }
    }
}

/// Checks that the targets of a policy's type are types of the package's files.
fn target_types(service: &Service<'_>, def: Def<'_>, sink: &mut Sink) {
    for def in service.types.chain(def) {
        for item in def.body.get("targets").into_iter().flat_map(At::items) {
            let name = item.node.text().unwrap_or_default();
            if service.types.custom().all(|def| def.name != name) {
                let message = format!(
                    "the target `{name}` of the type `{}` is not defined",
                    def.name
                );
                let finding =
                    Diagnostic::error("vnfd-type-invalid", item.file, item.node.span, message);
                once(finding.why(REJECTED), sink);
            }
        }
    }
}
