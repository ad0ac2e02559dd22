//! Networks that workers have besides the cluster's own, for pods that bring their own interfaces:
//! ports of a vNIC type of their own, such as virtual functions of SR-IOV.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::Context;
use super::cilium::Acceleration;
use super::network::VnicType;
use super::types::ClusterPackage;

/// A further network of all workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WorkerNetwork {
    /// What it is for, as one word of lower-case letters and digits: the connection point is called
    /// after it.
    pub name: String,
    /// Name or id in Neutron, unless the request names another. Its subnet had better have no
    /// gateway: workers would have two default routes.
    pub network: String,
    /// What the ports are.
    #[serde(default)]
    pub vnic_type: VnicType,
    /// Neutron lets a port send with its own addresses only. `true` when not said, and `false` for
    /// `direct` and `macvtap`.
    #[serde(default)]
    pub port_security: Option<bool>,
}

impl WorkerNetwork {
    /// Tells whether Neutron filters what its ports send.
    #[must_use]
    pub fn secured(&self) -> bool {
        self.port_security.unwrap_or(!self.vnic_type.is_function())
    }
}

/// Says what cannot be of a cluster's networks and vNIC types.
pub(super) fn check(spec: &ClusterPackage, context: &mut Context<'_>) {
    own_network(spec, context);
    let flavours = &spec.flavours;
    if !spec.worker_networks.is_empty() && flavours.simple.is_none() && flavours.ha.is_none() {
        let message = "no flavour has workers";
        let finding = context.error("spec-worker-network", &["workerNetworks"], message);
        let finding = finding.why("the networks would be of nobody");
        context
            .push(finding.help("leave them out, or give the cluster the flavour `simple` or `ha`"));
    }
    for (number, network) in spec.worker_networks.iter().enumerate() {
        let at = number.to_string();
        let name = &network.name;
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_word = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(word);
        let earlier = &spec.worker_networks[..number];
        let message = match is_word && name.len() <= 32 {
            false => Some(format!("`{name}` cannot name a connection point")),
            true => (earlier.iter().any(|one| one.name == *name))
                .then(|| format!("two networks are called `{name}`")),
        };
        if let Some(message) = message {
            let path = ["workerNetworks", &at, "name"];
            let finding = context.error("spec-worker-network", &path, message);
            let finding =
                finding.why("the VNFD's connection points and Heat's ports are called after it");
            context.push(finding.help("another word of lower-case letters and digits, at most 32"));
        }
        if network.vnic_type.is_function() && network.port_security == Some(true) {
            unfiltered(&["workerNetworks", &at, "portSecurity"], context);
        }
    }
    if !spec.worker_networks.is_empty() && spec.cilium.devices.is_empty() {
        let message = "Cilium may attach to the workers' further interfaces";
        let finding = context.warning("spec-worker-network-devices", &["workerNetworks"], message);
        let finding = finding.why(
            "without `cilium.devices` it takes all interfaces that have a default route or the \
             node's address; a function that a pod takes goes away from under it",
        );
        context.push(finding.help("name the cluster's own interface, such as `devices: [ens3]`"));
    }
}

fn own_network(spec: &ClusterPackage, context: &mut Context<'_>) {
    let network = &spec.network;
    if !network.vnic_type.is_function() {
        return;
    }
    if network.port_security {
        unfiltered(&["network", "vnicType"], context);
    }
    let acceleration = spec.cilium.load_balancer.acceleration;
    if network.vnic_type == VnicType::Direct && acceleration == Acceleration::Native {
        let path = ["cilium", "loadBalancer", "acceleration"];
        let message = "XDP in the driver depends on the virtual function's own";
        let finding = context.warning("spec-sriov-xdp", &path, message);
        let finding = finding.why(
            "mlx5_core and ixgbevf can, iavf cannot; where it cannot, the agent does not start",
        );
        context
            .push(finding.help("write `acceleration: best-effort`, or try it on the hosts' cards"));
    }
}

fn unfiltered(path: &[&str], context: &mut Context<'_>) {
    let message = "Neutron filters nothing at a port that bypasses the host's switch";
    let finding = context.error("spec-sriov-port-security", path, message);
    let finding = finding.why(
        "security groups and allowed addresses have no effect there, and the card drops frames with \
         other MAC addresses than the port's",
    );
    context.push(finding.help("write `portSecurity: false`, and filter in the network"));
}
