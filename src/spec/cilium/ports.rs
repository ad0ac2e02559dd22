//! What nodes must let in: one list for the security group of all nodes, with a reason each.
//!
//! Nodes may say anything; so BGP, which they begin themselves, needs nothing here.

use serde::Serialize;

use super::balancing::Dispatch;
use super::options::{EncryptionType, RoutingMode};
use crate::spec::types::ClusterPackage;

/// A security group rule for incoming traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// What it is for, as a sentence.
    pub why: &'static str,
    /// Neutron's name of the protocol; none for all.
    pub protocol: Option<&'static str>,
    /// First and last port.
    pub ports: Option<(u16, u16)>,
    /// Who may send.
    pub remote: Remote,
}

/// Who may send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Remote {
    /// Anybody.
    Anybody,
    /// Nodes of this cluster.
    Nodes,
    /// A range.
    Range(String),
}

/// One way in, for whoever it may be: why, protocol, port.
#[derive(Clone, Copy)]
struct Way(&'static str, &'static str, Option<u16>);

impl Way {
    fn from(self, remote: Remote) -> Rule {
        let Self(why, protocol, port) = self;
        Rule {
            why,
            protocol: Some(protocol),
            ports: port.map(|port| (port, port)),
            remote,
        }
    }
}

impl ClusterPackage {
    /// Returns what nodes let in.
    #[must_use]
    pub fn node_rules(&self) -> Vec<Rule> {
        let anybody = |why, protocol, first, last| Rule {
            why,
            protocol: Some(protocol),
            ports: Some((first, last)),
            remote: Remote::Anybody,
        };
        let mut rules = vec![
            anybody(
                "Tacker's conductor runs the management script over SSH.",
                "tcp",
                22,
                22,
            ),
            anybody("Services of type NodePort.", "tcp", 30000, 32767),
            anybody("Services of type NodePort.", "udp", 30000, 32767),
        ];
        if self.cilium.gateway_api.host_network && self.cilium.gateway_api.enabled {
            let why = "Gateways that listen on the nodes themselves.";
            rules.extend([80, 443].map(|port| anybody(why, "tcp", port, port)));
        }
        let own = [
            Way(
                "The API server and metrics ask kubelet.",
                "tcp",
                Some(10250),
            ),
            Way("Prometheus asks node-exporter.", "tcp", Some(9100)),
        ];
        let between = self.between_nodes();
        rules.extend(
            own.iter()
                .chain(&between)
                .map(|way| way.from(Remote::Nodes)),
        );
        if self.cilium.routing.mode == RoutingMode::Native {
            rules.push(routed(self.kubernetes.pod_cidr.clone()));
        }
        for peer in self.cilium.cluster_mesh.iter().flat_map(|mesh| &mesh.peers) {
            if let Some(nodes) = &peer.node_cidr {
                let remote = Remote::Range(nodes.clone());
                rules.extend(between.iter().map(|way| way.from(remote.clone())));
            }
            if let Some(pods) = &peer.pod_cidr
                && self.cilium.routing.mode == RoutingMode::Native
            {
                rules.push(routed(pods.clone()));
            }
        }
        rules
    }

    /// What Cilium's nodes say to each other, in one cluster or several.
    fn between_nodes(&self) -> Vec<Way> {
        let cilium = &self.cilium;
        let mut ways: Vec<Way> = vec![
            Way("cilium-health.", "tcp", Some(4240)),
            Way("cilium-health.", "icmp", None),
        ];
        if cilium.hubble.enabled && cilium.hubble.relay {
            ways.push(Way("Hubble's relay asks the agents.", "tcp", Some(4244)));
        }
        if cilium.mutual_auth {
            ways.push(Way(
                "Agents authenticate pods to each other.",
                "tcp",
                Some(4250),
            ));
        }
        match cilium.routing.mode {
            RoutingMode::Vxlan => {
                ways.push(Way("Pods of different nodes, in VXLAN.", "udp", Some(8472)));
            }
            RoutingMode::Geneve => {
                ways.push(Way(
                    "Pods of different nodes, in Geneve.",
                    "udp",
                    Some(6081),
                ));
            }
            RoutingMode::Native => {
                let balancer = &cilium.load_balancer;
                match balancer.dsr_dispatch {
                    Dispatch::Geneve if balancer.uses_dsr() => {
                        ways.push(Way("Requests to services, in Geneve.", "udp", Some(6081)));
                    }
                    Dispatch::Ipip if balancer.uses_dsr() => {
                        ways.push(Way("Requests to services, in IP-in-IP.", "ipip", None));
                    }
                    _ => {}
                }
            }
        }
        match cilium.encryption.r#type {
            EncryptionType::None => {}
            EncryptionType::Wireguard => {
                ways.push(Way(
                    "Pods of different nodes, in WireGuard.",
                    "udp",
                    Some(51871),
                ));
            }
            EncryptionType::Ipsec => {
                ways.push(Way("Pods of different nodes, in IPsec.", "esp", None));
            }
        }
        ways
    }
}

/// Neutron knows the nodes of a group by their own addresses only, so pods are let in by range.
fn routed(pods: String) -> Rule {
    Rule {
        why: "Pods of different nodes, with their own addresses.",
        protocol: None,
        ports: None,
        remote: Remote::Range(pods),
    }
}
