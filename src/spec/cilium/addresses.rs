//! Addresses that nodes send with besides their own, which Neutron must be told of.
//!
//! Neutron's port security drops what does not come from a port's own addresses. A range is
//! allowed as a whole: Neutron takes ranges where Heat says `ip_address`.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets, Ipv6Subnets};
use serde::Serialize;

use super::balancing::{IpRange, Pool};
use super::options::RoutingMode;
use crate::spec::types::ClusterPackage;

/// A range that every node may send with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllowedAddress {
    /// Whose addresses these are, for the template's comment.
    pub whose: &'static str,
    /// The range.
    pub cidr: String,
}

impl ClusterPackage {
    /// Returns what Neutron must let nodes send with besides their own addresses, each range once;
    /// nothing on ports without port security, which may send with all.
    #[must_use]
    pub fn allowed_addresses(&self) -> Vec<AllowedAddress> {
        if !self.network.port_security {
            return Vec::new();
        }
        let cilium = &self.cilium;
        let mut found: Vec<AllowedAddress> = Vec::new();
        let mut add = |whose, cidr: String| {
            if found.iter().all(|known| known.cidr != cidr) {
                found.push(AllowedAddress { whose, cidr });
            }
        };
        if cilium.routing.mode == RoutingMode::Native {
            add("Pods", self.kubernetes.pod_cidr.clone());
        }
        if cilium.load_balancer.uses_dsr()
            && let Some(nodes) = &self.network.cidr
        {
            add("The node that a request entered by", nodes.clone());
        }
        for pool in &cilium.lb_ipam.pools {
            for block in pool.blocks().into_iter().flatten() {
                add("Services", block.to_string());
            }
        }
        found
    }
}

impl Pool {
    /// Returns the pool as ranges with a prefix; nothing for a part that cannot be read.
    pub(super) fn blocks(&self) -> Vec<Option<IpNet>> {
        let whole = self.cidrs.iter().map(|text| text.parse().ok());
        let parts = self.ranges.iter().flat_map(|range| match range.blocks() {
            Some(blocks) => blocks.into_iter().map(Some).collect(),
            None => vec![None],
        });
        whole.chain(parts).collect()
    }
}

impl IpRange {
    /// Returns the fewest ranges with a prefix that cover it, or nothing when it is none.
    pub(in crate::spec) fn blocks(&self) -> Option<Vec<IpNet>> {
        if let (Ok(start), Ok(stop)) = (self.start.parse(), self.stop.parse::<Ipv4Addr>()) {
            let subnets = || Ipv4Subnets::new(start, stop, 0).map(IpNet::V4).collect();
            return (start <= stop).then(subnets);
        }
        let start: Ipv6Addr = self.start.parse().ok()?;
        let stop = self.stop.parse().ok()?;
        let subnets = || Ipv6Subnets::new(start, stop, 0).map(IpNet::V6).collect();
        (start <= stop).then(subnets)
    }
}

/// Tells whether two ranges share an address.
pub(crate) fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(&other.network()) || other.contains(&one.network())
}

/// Number of nodes that a range of pods serves: Cilium gives each a /24.
pub(super) fn nodes_served(pods: &Ipv4Net) -> u32 {
    const OF_A_NODE: u8 = 24;
    match OF_A_NODE.checked_sub(pods.prefix_len()) {
        Some(bits) => 1 << bits,
        None => 0,
    }
}
