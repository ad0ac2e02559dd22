//! Address ranges of a cluster: that each can be read, and that none shares addresses with
//! another that it must not.

use ipnet::IpNet;

use super::check::Context;
use super::cilium;
use super::types::ClusterPackage;

/// A range of the spec.
struct Known {
    path: Vec<String>,
    /// Whose it is, to be continued by `range`.
    whose: String,
    net: IpNet,
    /// Services' addresses may lie in the nodes' network, and nothing else may.
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nodes,
    Pool,
    Other,
}

/// Checks all ranges of a cluster.
pub(super) fn cluster(spec: &ClusterPackage, context: &mut Context<'_>) {
    let mut known = Vec::new();
    let mut add = |path: &[&str], text: &str, whose: &str, kind, context: &mut Context<'_>| {
        if let Some(net) = read(path, text, context) {
            known.push(Known {
                path: path.iter().map(ToString::to_string).collect(),
                whose: whose.to_owned(),
                net,
                kind,
            });
        }
    };
    let kubernetes = &spec.kubernetes;
    for (key, text, whose) in [
        ("podCidr", &kubernetes.pod_cidr, "pods'"),
        ("serviceCidr", &kubernetes.service_cidr, "services'"),
    ] {
        add(&["kubernetes", key], text, whose, Kind::Other, context);
    }
    if let Some(nodes) = &spec.network.cidr {
        add(&["network", "cidr"], nodes, "nodes'", Kind::Nodes, context);
    }
    for (number, pool) in spec.cilium.lb_ipam.pools.iter().enumerate() {
        let whose = format!("pool `{}`'s", pool.name);
        let number = number.to_string();
        for (item, text) in pool.cidrs.iter().enumerate() {
            let item = item.to_string();
            let path = ["cilium", "lbIpam", "pools", &number, "cidrs", &item];
            add(&path, text, &whose, Kind::Pool, context);
        }
        for (item, range) in pool.ranges.iter().enumerate() {
            let item = item.to_string();
            let path = ["cilium", "lbIpam", "pools", &number, "ranges", &item];
            for block in range.blocks().into_iter().flatten() {
                add(&path, &block.to_string(), &whose, Kind::Pool, context);
            }
        }
    }
    let peers = spec.cilium.cluster_mesh.iter().flat_map(|mesh| &mesh.peers);
    for (number, peer) in peers.enumerate() {
        let number = number.to_string();
        for (key, text, whose) in [
            ("podCidr", &peer.pod_cidr, "pods'"),
            ("nodeCidr", &peer.node_cidr, "nodes'"),
        ] {
            if let Some(text) = text {
                let path = ["cilium", "clusterMesh", "peers", &number, key];
                let whose = format!("cluster `{}`'s {whose}", peer.name);
                // Nodes of several clusters may well share a network.
                match key {
                    "nodeCidr" => drop(read(&path, text, context)),
                    _ => add(&path, text, &whose, Kind::Other, context),
                }
            }
        }
    }
    overlaps(&known, context);
}

fn overlaps(known: &[Known], context: &mut Context<'_>) {
    for (at, one) in known.iter().enumerate() {
        let clash = known[..at].iter().find(|other| {
            let announced = one.kind == Kind::Pool && other.kind == Kind::Nodes;
            !announced && cilium::overlap(&one.net, &other.net)
        });
        if let Some(other) = clash {
            let path: Vec<_> = one.path.iter().map(String::as_str).collect();
            let message = format!(
                "the {} range {} overlaps the {} range {}",
                one.whose, one.net, other.whose, other.net
            );
            let finding = context.error("spec-cidr-overlap", &path, message);
            context.push(finding.help("choose ranges that share no address"));
        }
    }
}

/// Reads a range, or says what is wrong with it.
fn read(path: &[&str], text: &str, context: &mut Context<'_>) -> Option<IpNet> {
    let parsed = text.parse::<IpNet>();
    let message = match &parsed {
        Err(_) => format!("`{text}` is not an address range"),
        Ok(net) if net.trunc() != *net => format!("`{text}` has bits set beyond its prefix"),
        Ok(net) => return Some(*net),
    };
    let example = parsed.map_or_else(
        |_| "10.244.0.0/16".to_owned(),
        |net| net.trunc().to_string(),
    );
    let finding = context.error("spec-cidr", path, message);
    context.push(finding.help(format!("write `{example}`")));
    None
}
