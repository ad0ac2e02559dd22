//! Resources of Cilium's own kinds, which the node script applies once Cilium is up.

use serde::Serialize;
use serde_json::{Value, json};

use super::balancing::{Advertised, Bgp, BgpPeer, Pool};
use crate::spec::types::ClusterPackage;

/// Joins peers and what they are told; Cilium matches labels, not names.
const LABEL: (&str, &str) = ("vnfctl.dev/bgp", "nodes");
/// A service with this label is kept from the routers.
const UNADVERTISED: &str = "vnfctl.dev/unadvertised";
const NAME: &str = "vnfctl";

/// Resources, and the definitions that must be there first.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Manifests {
    /// Names of the CustomResourceDefinitions, which Cilium's operator makes.
    pub crds: Vec<&'static str>,
    /// The resources.
    pub items: Vec<Value>,
}

impl ClusterPackage {
    /// Returns what to apply to the cluster's API besides the chart.
    #[must_use]
    pub fn manifests(&self) -> Manifests {
        let cilium = &self.cilium;
        let mut found = Manifests::default();
        for pool in &cilium.lb_ipam.pools {
            found.add("ciliumloadbalancerippools.cilium.io", pool.manifest());
        }
        if cilium.l2_announcements.enabled {
            let interfaces = &cilium.l2_announcements.interfaces;
            let mut spec = json!({"loadBalancerIPs": true, "externalIPs": true});
            if !interfaces.is_empty() {
                spec["interfaces"] = json!(interfaces);
            }
            found.add(
                "ciliuml2announcementpolicies.cilium.io",
                resource("v2alpha1", "CiliumL2AnnouncementPolicy", NAME, spec),
            );
        }
        if let Some(bgp) = &cilium.bgp {
            found.bgp(bgp);
        }
        found
    }
}

impl Manifests {
    fn add(&mut self, crd: &'static str, item: Value) {
        if !self.crds.contains(&crd) {
            self.crds.push(crd);
        }
        self.items.push(item);
    }

    fn bgp(&mut self, bgp: &Bgp) {
        let peers: Vec<_> = bgp
            .peers
            .iter()
            .map(|peer| {
                json!({
                    "name": peer.name,
                    "peerASN": peer.asn,
                    "peerAddress": peer.address,
                    "peerConfigRef": {"name": peer.name},
                })
            })
            .collect();
        let instance = json!({"name": NAME, "localASN": bgp.local_asn, "peers": peers});
        // Without a selector, on all nodes.
        let spec = json!({"bgpInstances": [instance]});
        self.add(
            "ciliumbgpclusterconfigs.cilium.io",
            resource("v2", "CiliumBGPClusterConfig", NAME, spec),
        );
        for peer in &bgp.peers {
            self.add("ciliumbgppeerconfigs.cilium.io", peer.manifest());
        }
        let mut advertisement = resource(
            "v2",
            "CiliumBGPAdvertisement",
            NAME,
            json!({"advertisements": advertisements(&bgp.advertise)}),
        );
        advertisement["metadata"]["labels"] = json!({LABEL.0: LABEL.1});
        self.add("ciliumbgpadvertisements.cilium.io", advertisement);
    }
}

impl Pool {
    fn manifest(&self) -> Value {
        let whole = self.cidrs.iter().map(|cidr| json!({"cidr": cidr}));
        let parts = self.ranges.iter();
        let parts = parts.map(|range| json!({"start": range.start, "stop": range.stop}));
        let mut spec = json!({"blocks": whole.chain(parts).collect::<Vec<_>>()});
        if !self.services.is_empty() {
            spec["serviceSelector"] = json!({"matchLabels": self.services});
        }
        resource("v2", "CiliumLoadBalancerIPPool", &self.name, spec)
    }
}

impl BgpPeer {
    fn manifest(&self) -> Value {
        let mut spec = json!({
            "timers": {
                "holdTimeSeconds": self.hold_time,
                "keepAliveTimeSeconds": self.keep_alive,
            },
            "families": [{
                "afi": "ipv4",
                "safi": "unicast",
                "advertisements": {"matchLabels": {LABEL.0: LABEL.1}},
            }],
        });
        if self.multihop > 1 {
            spec["ebgpMultihop"] = json!(self.multihop);
        }
        if self.graceful_restart {
            spec["gracefulRestart"] = json!({"enabled": true});
        }
        if let Some(secret) = &self.password_secret {
            spec["authSecretRef"] = json!(secret);
        }
        resource("v2", "CiliumBGPPeerConfig", &self.name, spec)
    }
}

fn advertisements(told: &[Advertised]) -> Vec<Value> {
    let mut found = Vec::new();
    if told.contains(&Advertised::PodCidr) {
        found.push(json!({"advertisementType": "PodCIDR"}));
    }
    let addresses: Vec<_> = [
        (Advertised::LoadBalancerIps, "LoadBalancerIP"),
        (Advertised::ExternalIps, "ExternalIP"),
        (Advertised::ClusterIps, "ClusterIP"),
    ]
    .into_iter()
    .filter_map(|(kind, name)| told.contains(&kind).then_some(name))
    .collect();
    if !addresses.is_empty() {
        // Without a selector, no service at all would be told of.
        let all = json!([{"key": UNADVERTISED, "operator": "DoesNotExist"}]);
        found.push(json!({
            "advertisementType": "Service",
            "service": {"addresses": addresses},
            "selector": {"matchExpressions": all},
        }));
    }
    found
}

fn resource(version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": format!("cilium.io/{version}"),
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    })
}
