//! A cluster among others: names, numbers, and what the clusters must share.

use std::collections::BTreeSet;

use super::say;
use crate::spec::check::Context;
use crate::spec::cilium::mesh::ClusterMesh;
use crate::spec::cilium::options::{EncryptionType, RoutingMode};
use crate::spec::types::ClusterPackage;

const MESH: [&str; 2] = ["cilium", "clusterMesh"];

pub(super) fn check(spec: &ClusterPackage, context: &mut Context<'_>) {
    let Some(mesh) = &spec.cilium.cluster_mesh else {
        return;
    };
    if ![255, 511].contains(&mesh.max_clusters) {
        let path = [MESH[0], MESH[1], "maxClusters"];
        let message = format!(
            "a mesh has at most 255 or 511 clusters, not {}",
            mesh.max_clusters
        );
        let finding = context.error("spec-cilium-mesh", &path, message);
        let why = "the number's bits are taken from those of pods' identities";
        say(
            finding,
            why,
            "leave it out, or write 511 in all clusters",
            context,
        );
    }
    members(mesh, context);
    if spec.cilium.encryption.r#type == EncryptionType::Ipsec && !mesh.peers.is_empty() {
        let path = ["cilium", "encryption"];
        let message = "clusters of a mesh would have different IPsec keys";
        let finding = context.error("spec-cilium-mesh-ipsec", &path, message);
        let why = "each makes its own, which never leaves it, so none can read the others";
        say(
            finding,
            why,
            "encrypt with `wireguard`, whose nodes exchange keys",
            context,
        );
    }
    if spec.cilium.routing.mode == RoutingMode::Native {
        native(spec, mesh, context);
    }
}

/// Names and numbers of all clusters.
fn members(mesh: &ClusterMesh, context: &mut Context<'_>) {
    let own: (Vec<&str>, _, _) = (MESH.to_vec(), &mesh.name, mesh.id);
    let numbers: Vec<_> = (0..mesh.peers.len()).map(|n| n.to_string()).collect();
    let peers = mesh.peers.iter().zip(&numbers).map(|(peer, number)| {
        let path = [&MESH[..], &["peers", number.as_str()]].concat();
        (path, &peer.name, peer.id)
    });
    let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (path, name, id) in [own].into_iter().chain(peers) {
        let at = |key| [&path[..], &[key]].concat();
        if !is_cluster_name(name) {
            let message = format!("`{name}` cannot name a cluster of a mesh");
            let finding = context.error("spec-cilium-mesh", &at("name"), message);
            let why = "the chart refuses it";
            let help = "at most 32 lower-case letters, digits and dashes, and not `default`";
            say(finding, why, help, context);
        }
        if id == 0 || id > mesh.max_clusters {
            let message = format!("a cluster's number is 1 to {}, not {id}", mesh.max_clusters);
            let finding = context.error("spec-cilium-mesh", &at("id"), message);
            let why = "it is part of every pod's identity";
            say(finding, why, "another number in each cluster", context);
        }
        for (key, text, new) in [
            ("name", name.clone(), names.insert(name)),
            ("id", id.to_string(), ids.insert(id)),
        ] {
            if !new {
                let message = format!("two clusters of the mesh have the {key} {text}");
                let finding = context.error("spec-cilium-mesh", &at(key), message);
                let why = "identities of one would be taken for those of the other";
                say(finding, why, "another in each cluster", context);
            }
        }
    }
}

fn is_cluster_name(name: &str) -> bool {
    name.len() <= 32 && name != "default" && super::is_label(name)
}

/// Where pods are routed, the range of routes must contain all clusters' pods.
fn native(spec: &ClusterPackage, mesh: &ClusterMesh, context: &mut Context<'_>) {
    let Ok(range) = spec.native_cidr().parse::<ipnet::IpNet>() else {
        return;
    };
    for peer in &mesh.peers {
        let pods = peer.pod_cidr.as_ref().and_then(|text| text.parse().ok());
        if let Some(pods) = pods.filter(|pods: &ipnet::IpNet| !range.contains(pods)) {
            let path = ["cilium", "routing"];
            let message = format!(
                "the pods' range {pods} of cluster `{}` is not in the range of routes {range}",
                peer.name
            );
            let finding = context.error("spec-cilium-mesh-native", &path, message);
            let why = "traffic to them would be masqueraded, and policies there would see a node \
                       instead of a pod";
            let help = "write a `nativeCidr` that contains the pods of all clusters";
            say(finding, why, help, context);
        }
    }
}
