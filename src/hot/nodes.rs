//! The VNFD's nodes that Tacker looks for in the stack, with their places.

use camino::Utf8PathBuf;

use crate::diagnose::Span;
use crate::tosca::documents::Documents;
use crate::yaml::Node;

/// Nodes of a flavour whose names Heat resources must have.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    /// The flavour's file.
    pub(super) file: Utf8PathBuf,
    pub(super) vdus: Vec<(String, Span)>,
    pub(super) ports: Vec<(String, Span)>,
    pub(super) volumes: Vec<(String, Span)>,
    pub(super) networks: Vec<(String, Span)>,
}

impl Nodes {
    /// Finds those of a flavour.
    pub(super) fn of(documents: &Documents, flavour: &str) -> Option<Self> {
        let path = [
            "topology_template",
            "substitution_mappings",
            "properties",
            "flavour_id",
        ];
        let document = documents
            .definitions
            .iter()
            .find(|d| d.root.at(&path).and_then(Node::as_str) == Some(flavour))?;
        let mut nodes = Self {
            file: document.file.clone(),
            ..Self::default()
        };
        let all = document.root.at(&["topology_template", "node_templates"]);
        for (key, node) in all.map_or(&[][..], Node::entries) {
            let list = match node.get("type").and_then(Node::as_str) {
                Some("tosca.nodes.nfv.Vdu.Compute") => &mut nodes.vdus,
                Some("tosca.nodes.nfv.VduCp") => &mut nodes.ports,
                Some("tosca.nodes.nfv.Vdu.VirtualBlockStorage") => &mut nodes.volumes,
                Some("tosca.nodes.nfv.VnfVirtualLink") => &mut nodes.networks,
                _ => continue,
            };
            list.extend(key.text().map(|name| (name.to_owned(), key.span)));
        }
        Some(nodes)
    }

    pub(super) fn has_vdu(&self, name: &str) -> bool {
        has(&self.vdus, name)
    }

    pub(super) fn has_port(&self, name: &str) -> bool {
        has(&self.ports, name)
    }

    pub(super) fn has_volume(&self, name: &str) -> bool {
        has(&self.volumes, name)
    }
}

fn has(nodes: &[(String, Span)], name: &str) -> bool {
    nodes.iter().any(|(node, _)| node == name)
}
