//! What a substitution mapping makes the VNF's requirements and capabilities lead to
//! (TOSCA 1.3 §3.8.9 and §3.8.10; SOL001 §6.7). tosca-parser does not look.

use std::collections::{BTreeMap, BTreeSet};

use super::Template;
use super::service::{Service, Topology};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::tosca::types::{At, Def};
use crate::yaml::Node;

const WHY: &str =
    "Tacker does not look there; an orchestrator that connects VNFs by their requirements does";

/// A part of a mapping: what it is called, and under which key nodes' types declare such.
struct Part {
    section: &'static str,
    what: &'static str,
}

const PARTS: [Part; 2] = [
    Part {
        section: "requirements",
        what: "requirement",
    },
    Part {
        section: "capabilities",
        what: "capability",
    },
];

/// Checks a topology's mapping.
pub(super) fn check(service: &Service<'_>, topology: &Topology<'_>, sink: &mut Sink) {
    let Some(mapping) = topology.mapping() else {
        return;
    };
    let kind = mapping.node.get("node_type").and_then(Node::text);
    let vnf = kind.and_then(|kind| service.types.get(kind, ""));
    let nodes: BTreeMap<&str, Template<'_>> =
        topology.nodes().map(|node| (node.name, node)).collect();
    for part in PARTS {
        let declared = vnf.map(|vnf| (vnf, part.declared(service, vnf)));
        let Some(section) = mapping.get(part.section) else {
            continue;
        };
        // Both notations: a map, and a list of maps.
        let items = section.items().flat_map(At::entries);
        for (name, key, value) in section.entries().chain(items) {
            let found = Entry {
                service,
                part: &part,
                name,
                key,
                value,
            };
            found.check(declared.as_ref(), &nodes, sink);
        }
    }
}

struct Entry<'c, 'd> {
    service: &'c Service<'d>,
    part: &'c Part,
    name: &'d str,
    key: Span,
    value: At<'d>,
}

impl Part {
    /// Returns what a type declares of this part.
    fn declared<'d>(&self, service: &Service<'d>, def: Def<'d>) -> BTreeSet<&'d str> {
        let types = &service.types;
        match self.section {
            "requirements" => types.requirements(def).iter().map(|one| one.name).collect(),
            section => types
                .merged(def, section)
                .iter()
                .map(|(name, ..)| *name)
                .collect(),
        }
    }
}

impl Entry<'_, '_> {
    fn check(
        &self,
        vnf: Option<&(Def<'_>, BTreeSet<&str>)>,
        nodes: &BTreeMap<&str, Template<'_>>,
        sink: &mut Sink,
    ) {
        let what = self.part.what;
        // A type without any is broken in another way, or nobody's that is known.
        if let Some((vnf, declared)) = vnf
            && !declared.is_empty()
            && !declared.contains(self.name)
        {
            let message = format!("the type `{}` has no {what} `{}`", vnf.name, self.name);
            self.push(self.key, message, self.name, declared.iter().copied(), sink);
        }
        let mut items = self.value.items();
        let (Some(node), Some(item)) = (items.next(), items.next()) else {
            return;
        };
        let (Some(node_name), Some(item_name)) = (node.node.text(), item.node.text()) else {
            return;
        };
        let Some(found) = nodes.get(node_name) else {
            let message = format!("there is no node template `{node_name}`");
            self.push(
                node.node.span,
                message,
                node_name,
                nodes.keys().copied(),
                sink,
            );
            return;
        };
        if let Some(def) = self.service.node_type(found) {
            let declared = self.part.declared(self.service, def);
            if !declared.is_empty() && !declared.contains(item_name) {
                let message = format!("`{node_name}` has no {what} `{item_name}`");
                self.push(
                    item.node.span,
                    message,
                    item_name,
                    declared.iter().copied(),
                    sink,
                );
            }
        }
    }

    fn push<'n>(
        &self,
        at: Span,
        message: String,
        given: &str,
        known: impl Iterator<Item = &'n str>,
        sink: &mut Sink,
    ) {
        let finding = Diagnostic::warning("vnfd-mapping-target", self.value.file, at, message);
        sink.push(finding.why(WHY).meant(given, known));
    }
}
