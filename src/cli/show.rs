//! `vnfctl show`: one VNF, what it is made of and how large it may be.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use termtree::Tree;

use super::args::Global;
use super::output::{self, Format};
use super::{Exit, Failure, context};
use crate::cluster;
use crate::lifecycle::{Node, Part, Picture, Vnfm, nodes};
use crate::tacker::VnfInstance;

/// Shows one VNF.
///
/// As a table: its scale levels, and its VNFCs with their servers' names as `heal --node` takes
/// them. As json or yaml: all that Tacker knows. With --tree: what Tacker, Heat, Nova and Neutron know of
/// it together, as far as the account sees them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl show web1
  vnfctl show web1 --tree
  vnfctl show web1 --tree -o json
  vnfctl kubeconfig edge1 > edge1.conf && vnfctl show edge1 --tree --kubeconfig edge1.conf")]
pub(super) struct Show {
    /// Name or id of the VNF
    vnf: String,
    /// Show it with its newest operation, its stack's failures, its servers and their addresses
    #[arg(long)]
    tree: bool,
    /// Show the cluster's nodes and agents of Cilium in it, too, by kubectl and this kubeconfig
    #[arg(long, value_name = "FILE", requires = "tree")]
    kubeconfig: Option<PathBuf>,
    #[command(flatten)]
    printing: output::Printing,
}

impl Show {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let vnf = vnfm.find(&self.vnf).await?;
        if self.tree {
            let mut picture = vnfm.picture(&vnf).await?;
            if let Some(file) = &self.kubeconfig {
                match cluster::members(file).await {
                    Ok(members) => picture.add_nodes(members),
                    Err(error) => picture.unseen.push(format!("the nodes: {error}")),
                }
            }
            return match self.printing.output {
                Format::Table | Format::Wide => {
                    output::put(&format!("{}", tree(&picture)))?;
                    Ok(Exit::Done)
                }
                format => output::one(format, &picture).map(|()| Exit::Done),
            };
        }
        match self.printing.output {
            Format::Table | Format::Wide => put(&vnfm, &vnf).await?,
            format => output::one(format, &vnfm.client().instance_json(&vnf.id).await?)?,
        }
        Ok(Exit::Done)
    }
}

/// Draws a picture.
pub(super) fn tree(picture: &Picture) -> Tree<String> {
    let Picture {
        name,
        state,
        flavour,
        ..
    } = picture;
    let flavour = flavour
        .as_ref()
        .map(|flavour| format!(", flavour {flavour}"));
    let mut root = Tree::new(format!("{name}: {state}{}", flavour.unwrap_or_default()));
    if let Some(operation) = &picture.operation {
        let (kind, state, id) = (&operation.operation, &operation.state, &operation.id);
        let mut line = Tree::new(format!("operation {kind}: {state} ({id})"));
        line.extend(
            operation
                .why
                .iter()
                .map(|why| Tree::new(format!("why: {why}"))),
        );
        root.push(line);
    }
    for one in &picture.failures {
        let (name, kind, status, reason) = (&one.name, &one.kind, &one.status, &one.reason);
        root.push(Tree::new(format!("{name} ({kind}): {status}: {reason}")));
    }
    for (aspect, level, most) in &picture.levels {
        let most = most.map(|most| format!(" of {most}"));
        root.push(Tree::new(format!(
            "aspect {aspect}: level {level}{}",
            most.unwrap_or_default()
        )));
    }
    for (vdu, parts) in &picture.vdus {
        let mut branch = Tree::new(format!("VDU {vdu}: {}", parts.len()));
        branch.extend(parts.iter().map(leaf));
        root.push(branch);
    }
    for unseen in &picture.unseen {
        root.push(Tree::new(format!("not seen: {unseen}")));
    }
    root
}

/// A part, with the node that it is below it.
fn leaf(part: &Part) -> Tree<String> {
    let mut leaf = Tree::new(part_line(part));
    if let Some(node) = &part.node {
        let state = match (node.ready, &node.why) {
            (true, _) => "Ready".to_owned(),
            (false, None) => "not Ready".to_owned(),
            (false, Some(why)) => format!("not Ready: {}", why.replace(char::is_control, " ")),
        };
        leaf.push(format!("node {} {state}", node.kubelet));
        let cilium = node.cilium.as_deref().unwrap_or("has no agent here");
        leaf.push(format!("Cilium {cilium}"));
    }
    leaf
}

fn part_line(part: &Part) -> String {
    let name = part.name.as_ref().unwrap_or(&part.resource);
    let status = part.status.as_ref().map(|status| format!(" {status}"));
    let addresses = part.addresses.iter().map(|address| format!(" {address}"));
    let addresses: String = addresses.collect();
    let vnfc = &part.vnfc;
    format!(
        "{name}{}{addresses} (VNFC {vnfc})",
        status.unwrap_or_default()
    )
}

async fn put(vnfm: &Vnfm, vnf: &VnfInstance) -> Result<(), Failure> {
    let info = vnf.instantiated_vnf_info.as_ref();
    let flavour = info.filter(|_| vnf.is_instantiated());
    let flavour = flavour.map_or_else(String::new, |info| format!(", flavour {}", info.flavour_id));
    output::put(&format!(
        "{} is {}{flavour}\nproduct {}, VNFD {}, id {}\n",
        vnf.label(),
        vnf.instantiation_state,
        vnf.vnf_product_name.as_deref().unwrap_or("-"),
        vnf.vnfd_id,
        vnf.id,
    ))?;
    let aspects: Vec<Value> = info.map_or_else(Vec::new, |info| {
        let most = |id: &str| {
            let mut all = info.max_scale_levels.iter();
            all.find(|one| one.aspect_id == id)
                .map(|one| one.scale_level)
        };
        let aspects = info.scale_status.iter();
        aspects
            .map(|one| json!({"id": one.aspect_id, "level": one.scale_level, "most": most(&one.aspect_id)}))
            .collect()
    });
    table(
        &[
            ("ASPECT", "/id"),
            ("LEVEL", "/level"),
            ("MAX LEVEL", "/most"),
        ],
        &aspects,
    )?;
    let mut nodes = known_nodes(vnfm, vnf).await;
    nodes.sort_by(|one, other| (&one.vdu, &one.name).cmp(&(&other.vdu, &other.name)));
    let nodes: Vec<Value> = nodes
        .iter()
        .map(|node| json!({"node": node.name, "vdu": node.vdu, "vnfc": node.vnfc}))
        .collect();
    table(
        &[("NODE", "/node"), ("VDU", "/vdu"), ("VNFC", "/vnfc")],
        &nodes,
    )
}

/// Returns the VNFCs, with names as far as the account sees the servers.
async fn known_nodes(vnfm: &Vnfm, vnf: &VnfInstance) -> Vec<Node> {
    if vnf.vnfcs().is_empty() {
        return Vec::new();
    }
    vnfm.nodes(vnf).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "the servers' names are not known");
        nodes(vnf, &[])
    })
}

fn table(columns: &[(&str, &str)], rows: &[Value]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    output::put("\n")?;
    output::list(Format::Table, columns, rows)
}
