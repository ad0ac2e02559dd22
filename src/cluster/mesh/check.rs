//! Why two clusters cannot be a mesh; found before either is touched.
//!
//! Requirements are those of Cilium's documentation (`Documentation/network/clustermesh/setup.rst`)
//! and of cilium-cli (`validateInfoForConnect`). Ranges of services may be the same: an address of a
//! service means something in its own cluster alone.

use ipnet::IpNet;

use super::Obstacle;
use super::facts::Facts;
use crate::spec::overlap;

/// Returns what stands in the way of a mesh of two clusters.
pub(super) fn obstacles(one: &Facts, other: &Facts) -> Vec<Obstacle> {
    let mut found = Vec::new();
    identity(one, other, &mut found);
    versions(one, other, &mut found);
    datapath(one, other, &mut found);
    addresses(one, other, &mut found);
    found
}

const ANEW: &str = "it is part of the identity of every pod that runs already: write it in the spec, \
                    and instantiate the cluster anew";

fn identity(one: &Facts, other: &Facts, found: &mut Vec<Obstacle>) {
    let mut named = true;
    for facts in [one, other] {
        let (name, id, most) = (facts.name(), facts.id(), facts.most());
        if name == "default" || id == 0 {
            named = false;
            found.push(Obstacle::new(
                format!("a cluster has the name `{name}` and the number {id}"),
                format!("`cilium: {{clusterMesh: {{name: …, id: …}}}}`; {ANEW}"),
            ));
        } else if id > most {
            found.push(Obstacle::new(
                format!("cluster `{name}` has the number {id}, of at most {most}"),
                format!("another `clusterMesh.id`; {ANEW}"),
            ));
        }
        if facts.identities() != "crd" {
            found.push(Obstacle::new(
                format!(
                    "cluster `{name}` keeps identities in a store of its own ({})",
                    facts.identities()
                ),
                "leave `identityAllocationMode` out of `cilium.values`".into(),
            ));
        }
    }
    if named && one.name() == other.name() {
        found.push(Obstacle::new(
            format!("both clusters are called `{}`", one.name()),
            format!("another `clusterMesh.name` in each; {ANEW}"),
        ));
    }
    if named && one.id() == other.id() {
        found.push(Obstacle::new(
            format!("both clusters have the number {}", one.id()),
            format!("another `clusterMesh.id` in each; {ANEW}"),
        ));
    }
    if one.most() != other.most() {
        found.push(Obstacle::new(
            format!(
                "`{}` reckons with {} clusters at most, `{}` with {}",
                one.name(),
                one.most(),
                other.name(),
                other.most()
            ),
            "the same `clusterMesh.maxClusters` in both, from their beginning".into(),
        ));
    }
}

fn versions(one: &Facts, other: &Facts, found: &mut Vec<Obstacle>) {
    if one.minor() != other.minor() {
        found.push(Obstacle::new(
            format!(
                "`{}` has Cilium {}, `{}` has {}",
                one.name(),
                one.chart,
                other.name(),
                other.chart
            ),
            "the same minor version of Cilium in both".into(),
        ));
    }
}

fn datapath(one: &Facts, other: &Facts, found: &mut Vec<Obstacle>) {
    if one.datapath() != other.datapath() {
        found.push(Obstacle::new(
            format!(
                "pods of `{}` travel by {}, those of `{}` by {}",
                one.name(),
                one.datapath(),
                other.name(),
                other.datapath()
            ),
            "the same `cilium.routing` in both".into(),
        ));
    }
    let (ours, theirs) = (one.encryption(), other.encryption());
    if ours != theirs {
        found.push(Obstacle::new(
            format!(
                "`{}` encrypts with {ours}, `{}` with {theirs}",
                one.name(),
                other.name()
            ),
            "the same `cilium.encryption` in both".into(),
        ));
    } else if ours == "ipsec" {
        found.push(Obstacle::new(
            "each cluster has made an IPsec key of its own, and none can read the other".into(),
            "`encryption: wireguard`, whose nodes exchange keys".into(),
        ));
    }
    if one.datapath() != "native" || other.datapath() != "native" {
        return;
    }
    for (facts, peer) in [(one, other), (other, one)] {
        let Some(native) = facts.native() else {
            continue;
        };
        for pods in peer.pods().iter().filter(|pods| !native.contains(*pods)) {
            found.push(Obstacle::new(
                format!(
                    "`{}` routes to {native} alone, and pods of `{}` have {pods}",
                    facts.name(),
                    peer.name()
                ),
                "a `routing.nativeCidr` that contains the pods of both, in both".into(),
            ));
        }
    }
}

fn addresses(one: &Facts, other: &Facts, found: &mut Vec<Obstacle>) {
    let cure = "another `kubernetes.podCidr` in one of them, from its beginning";
    let mut meets = |ours: &IpNet, theirs: &IpNet, whose: String| {
        if overlap(ours, theirs) {
            found.push(Obstacle::new(whose, cure.into()));
        }
    };
    for ours in one.pods() {
        for theirs in other.pods() {
            meets(
                &ours,
                &theirs,
                format!(
                    "pods of `{}` ({ours}) and of `{}` ({theirs}) share addresses",
                    one.name(),
                    other.name()
                ),
            );
        }
    }
    for (facts, peer) in [(one, other), (other, one)] {
        for pods in facts.pods() {
            for services in peer.services() {
                meets(
                    &pods,
                    &services,
                    format!(
                        "pods of `{}` ({pods}) and services of `{}` ({services}) share addresses",
                        facts.name(),
                        peer.name()
                    ),
                );
            }
            if let Some(node) = peer.nodes().into_iter().find(|node| pods.contains(node)) {
                meets(
                    &pods,
                    &IpNet::from(node),
                    format!(
                        "node {node} of `{}` has an address of the pods of `{}` ({pods})",
                        peer.name(),
                        facts.name()
                    ),
                );
            }
        }
    }
    let ours = one.nodes();
    if let Some(node) = other.nodes().into_iter().find(|node| ours.contains(node)) {
        found.push(Obstacle::new(
            format!("a node of each cluster has the address {node}"),
            "networks of different ranges, with a router between them".into(),
        ));
    }
}
