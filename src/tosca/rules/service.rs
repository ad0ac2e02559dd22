//! What tosca-parser sees of a package.

use super::{Template, templates};
use crate::tosca::documents::{Document, Documents};
use crate::tosca::types::{At, Def, Types};

/// The node type of a VNF.
const VNF: &str = "tosca.nodes.nfv.VNF";
pub(super) const NODE_PREFIX: &str = "tosca.nodes.";

/// A topology that the parser validates.
#[derive(Debug)]
pub(super) struct Topology<'d> {
    pub(super) at: At<'d>,
    /// The node of the top file that a flavour stands for; nothing for the top file itself.
    pub(super) mapped: Option<Template<'d>>,
}

impl<'d> Topology<'d> {
    pub(super) fn nodes(&self) -> impl Iterator<Item = Template<'d>> + use<'d> {
        templates(self.at.get("node_templates"))
    }

    pub(super) fn mapping(&self) -> Option<At<'d>> {
        self.at
            .get("substitution_mappings")
            .filter(|m| m.node.is_mapping())
    }

    /// Returns the nodes that are VNFs to Tacker.
    pub(super) fn vnfs<'s>(
        &self,
        service: &'s Service<'d>,
    ) -> impl Iterator<Item = Template<'d>> + use<'s, 'd> {
        self.nodes()
            .filter(|node| node.kind().is_some_and(|kind| service.is_vnf(kind)))
    }
}

/// The top file with its types and flavours.
#[derive(Debug)]
pub(in crate::tosca) struct Service<'d> {
    pub(in crate::tosca) documents: &'d Documents,
    pub(super) top: &'d Document,
    pub(super) types: Types<'d>,
    /// The top file's topology, then those of its flavours.
    pub(super) topologies: Vec<Topology<'d>>,
    /// Files with a topology that no node of the top file asks for.
    pub(super) unmatched: Vec<&'d Document>,
    /// Whether all that is imported could be read. Where it is not, types may be missing for that
    /// reason alone.
    pub(super) is_whole: bool,
}

impl<'d> Service<'d> {
    pub(in crate::tosca) fn of(documents: &'d Documents) -> Option<Self> {
        let top = documents.top()?;
        let mut service = Self {
            documents,
            top,
            types: Types::of(documents),
            topologies: Vec::new(),
            unmatched: Vec::new(),
            is_whole: documents.is_whole(),
        };
        let topology = top.place().get("topology_template");
        service
            .topologies
            .extend(topology.map(|at| Topology { at, mapped: None }));
        for document in documents.reached().into_iter().skip(1) {
            service.add(document);
        }
        Some(service)
    }

    /// Adds a flavour for each node of the top file that it stands for: one of its node type
    /// that has no operations, neither of its own nor of its type's.
    fn add(&mut self, document: &'d Document) {
        let Some(at) = document.place().get("topology_template") else {
            return;
        };
        let kind = at.at(&["substitution_mappings", "node_type"]);
        let kind = kind.and_then(|kind| kind.node.as_str());
        let top = self.topologies.first();
        let nodes = top.into_iter().flat_map(Topology::nodes);
        let mapped: Vec<_> = nodes
            .filter(|node| kind.is_some() && node.kind() == kind && !has_operations(node))
            .collect();
        if mapped.is_empty() && kind.is_some() {
            self.unmatched.push(document);
        }
        let topologies = mapped.into_iter().map(|node| Topology {
            at,
            mapped: Some(node),
        });
        self.topologies.extend(topologies);
    }

    pub(super) fn flavours(&self) -> impl Iterator<Item = &Topology<'d>> {
        self.topologies
            .iter()
            .filter(|topology| topology.mapped.is_some())
    }

    pub(super) fn node_type(&self, node: &Template<'d>) -> Option<Def<'d>> {
        self.types.get(node.kind()?, NODE_PREFIX)
    }

    /// Tells whether Tacker takes nodes of a type for the VNF: it follows derivation one level.
    pub(super) fn is_vnf(&self, kind: &str) -> bool {
        self.is_or_derives(kind, &[VNF])
    }

    /// Tells whether a type is one of `names` or derives from it directly.
    pub(super) fn is_or_derives(&self, kind: &str, names: &[&str]) -> bool {
        let Some(def) = self.types.get(kind, "").filter(|def| !def.is_normative()) else {
            return false;
        };
        let parent = def
            .body
            .node
            .get("derived_from")
            .and_then(|node| node.as_str());
        names.contains(&kind) || parent.is_some_and(|parent| names.contains(&parent))
    }
}

/// Tells whether a node template has operations of interfaces.
pub(super) fn has_operations(node: &Template<'_>) -> bool {
    let interfaces = node.at.get("interfaces").into_iter().flat_map(At::entries);
    interfaces.into_iter().any(|(_, _, interface)| {
        let inner = interface.get("operations").unwrap_or(interface);
        !inner.node.entries().is_empty() || !inner.node.items().is_empty()
    })
}
