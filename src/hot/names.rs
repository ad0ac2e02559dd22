//! Names that must agree: Tacker finds a VNF's parts in the stack by the names of resources.

use std::collections::BTreeMap;

use super::nodes::Nodes;
use super::stack::{Placed, group_member};
use super::template::is_file;
use crate::diagnose::{Diagnostic, Severity, Sink, Span};

/// Checks the names of all resources of a flavour.
pub(super) fn check(placed: &[Placed<'_>], nodes: &Nodes, sink: &mut Sink) {
    let server = Kind {
        resource: "OS::Nova::Server",
        node: "VDU",
        code: "hot-vdu-without-server",
        severity: Severity::Error,
        why: "Tacker takes servers for VNFCs by their resources' names: none of this VDU will be \
              in the VNF",
    };
    let port = Kind {
        resource: "OS::Neutron::Port",
        node: "VduCp",
        code: "hot-cp-without-port",
        severity: Severity::Warning,
        why: "the VNF shows no such connection point: Tacker finds ports by their resources' names",
    };
    let volume = Kind {
        resource: "OS::Cinder::Volume",
        node: "VirtualBlockStorage",
        code: "hot-storage-without-volume",
        severity: Severity::Warning,
        why: "the VNF shows no such storage: Tacker finds volumes by their resources' names",
    };
    let network = Kind {
        resource: "OS::Neutron::Net",
        node: "VnfVirtualLink",
        code: "hot-link-without-network",
        severity: Severity::Warning,
        why: "the VNF shows no such link: Tacker finds networks by their resources' names",
    };
    for (kind, names) in [
        (server, &nodes.vdus),
        (port, &nodes.ports),
        (volume, &nodes.volumes),
        (network, &nodes.networks),
    ] {
        for (name, span) in names {
            kind.expect(placed, nodes, name, *span, sink);
        }
    }
    servers(placed, nodes, sink);
    parents(placed, nodes, sink);
}

/// What stands for a kind of the VNFD's nodes.
struct Kind {
    resource: &'static str,
    node: &'static str,
    code: &'static str,
    severity: Severity,
    why: &'static str,
}

impl Kind {
    fn expect(
        &self,
        placed: &[Placed<'_>],
        nodes: &Nodes,
        name: &str,
        span: Span,
        sink: &mut Sink,
    ) {
        let stands_for = |p: &&Placed<'_>| p.resource.kind() == self.resource;
        let mut found = placed.iter().filter(stands_for);
        if found.any(|p| p.resource.name == name) {
            return;
        }
        let (node, resource) = (self.node, self.resource);
        let message = format!("no {resource} is named as the {node} `{name}`");
        let make = match self.severity {
            Severity::Error => Diagnostic::error,
            _ => Diagnostic::warning,
        };
        let mut finding = make(self.code, &nodes.file, span, message)
            .why(self.why)
            .help(format!("name the resource `{name}`"));
        if let Some(other) = placed.iter().find(|p| p.resource.name == name) {
            let place = other.resource.key.span;
            let text = format!("this is named so, and is a {}", other.resource.kind());
            finding = finding.label(&other.template.file, place, text);
        }
        sink.push(finding);
    }
}

/// Servers that stand for nothing, and such that a group names by itself.
fn servers(placed: &[Placed<'_>], nodes: &Nodes, sink: &mut Sink) {
    for one in placed {
        let resource = one.resource;
        if resource.kind() == "OS::Nova::Server" && !nodes.has_vdu(resource.name) {
            let message = format!("the flavour has no VDU `{}`", resource.name);
            sink.push(
                one.template
                    .warning("hot-server-without-vdu", resource.key, message)
                    .why("Tacker ignores such a server: it is in the stack and not in the VNF"),
            );
        }
        let member = group_member(resource).and_then(|member| member.get("type"));
        if let Some(kind) = member
            && !kind.as_str().is_some_and(is_file)
            && kind.as_str() == Some("OS::Nova::Server")
        {
            sink.push(
                one.template
                    .error(
                        "hot-group-of-servers",
                        kind,
                        "the group names its servers itself",
                    )
                    .why("Tacker takes servers for VNFCs by their resources' names")
                    .help(
                        "put server, ports and volumes into a template of nested/ and name it here",
                    ),
            );
        }
    }
}

/// The resources that nest the templates of VNFCs.
fn parents(placed: &[Placed<'_>], nodes: &Nodes, sink: &mut Sink) {
    let mut count: BTreeMap<&str, Vec<&Placed<'_>>> = BTreeMap::new();
    for one in placed {
        let all = count.entry(one.resource.name).or_default();
        // The same template nested twice has the same names twice, in one place.
        if all
            .iter()
            .all(|other| other.resource.key.span != one.resource.key.span)
        {
            all.push(one);
        }
    }
    let mut told = Vec::new();
    for one in placed {
        let Some((template, parent)) = one.parent else {
            continue;
        };
        let is_vnfc = one.resource.kind() == "OS::Nova::Server" && nodes.has_vdu(one.resource.name);
        if !is_vnfc || told.contains(&parent.key.span) {
            continue;
        }
        told.push(parent.key.span);
        let index = parent.name.rsplit_once('-').map(|(_, index)| index);
        if !one.is_in_scaling_group() && index.is_some_and(|i| i.parse::<u32>().is_err()) {
            let message = format!("`{}` has a dash and no number behind it", parent.name);
            sink.push(
                template
                    .error("hot-parent-name", parent.key, message)
                    .why(
                        "Tacker reads what stands behind the last dash as the VNFC's index once \
                         the stack is built, and the operation ends in FAILED_TEMP",
                    )
                    .help("use no dash, or end with `-0`"),
            );
        }
        if nodes.has_vdu(parent.name) {
            continue;
        }
        let others = count.get(parent.name).map_or(&[][..], Vec::as_slice);
        if let Some(other) = others
            .iter()
            .find(|o| o.resource.key.span != parent.key.span)
        {
            let message = format!("`{}` is also the name of another resource", parent.name);
            sink.push(
                template
                    .warning("hot-name-repeated", parent.key, message)
                    .label(&other.template.file, other.resource.key.span, "the other")
                    .why("Tacker looks for a VNFC's parent by name in the whole stack and takes the first"),
            );
        }
    }
}
