//! The Neutron network of a cluster's nodes: its name, and what is known of it.
//!
//! A name is enough for most clusters. Features that Neutron's anti-spoofing or the network's
//! frame size can break need to know more, and say so when the spec is checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::short::Short;

/// The Neutron network of the nodes. Its name alone is short for `{name: …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Network {
    /// Name or id in Neutron, unless the request names another.
    pub name: String,
    /// Range of the subnet that gives nodes their addresses.
    #[serde(default)]
    pub cidr: Option<String>,
    /// Largest frame in bytes, as `openstack network show -c mtu` prints it.
    #[serde(default)]
    pub mtu: Option<u32>,
    /// Neutron lets a port send with its own addresses only; `false` turns that off, and
    /// security groups with it.
    #[serde(default = "yes")]
    pub port_security: bool,
    /// Nodes may get addresses of several subnets with a router between them.
    #[serde(default)]
    pub routed: bool,
    /// What Neutron's hosts run; it matters to nodes that share a host's own network.
    #[serde(default)]
    pub backend: Option<Backend>,
    /// What the ports of all nodes are.
    #[serde(default)]
    pub vnic_type: VnicType,
    /// Ports have several queues: the image's `hw_vif_multiqueue_enabled` is true and flavors
    /// have more than one virtual CPU.
    #[serde(default)]
    pub multiqueue: bool,
}

/// What a port is on its host (Neutron's `binding:vnic_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VnicType {
    /// A port of the host's virtual switch, virtio in the machine.
    #[default]
    Normal,
    /// A virtual function of SR-IOV, handed to the machine. Needs a network and hosts that have them.
    Direct,
    /// A virtual function behind macvtap, virtio in the machine.
    Macvtap,
}

impl VnicType {
    /// Tells whether it is a function of the card, past the host's switch and its filters.
    #[must_use]
    pub fn is_function(self) -> bool {
        self != Self::Normal
    }
}

/// What carries Neutron's networks between hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// OVN, which keeps UDP 6081 of its hosts for its own Geneve tunnels.
    Ovn,
    /// Open vSwitch with Neutron's agents.
    Ovs,
    /// Linux bridges with Neutron's agents.
    Linuxbridge,
}

impl Short for Network {
    type Name = String;
    const EXPECTED: &'static str = "a network's name, or a map";

    fn of(name: String) -> Self {
        Self {
            name,
            cidr: None,
            mtu: None,
            port_security: true,
            routed: false,
            backend: None,
            vnic_type: VnicType::Normal,
            multiqueue: false,
        }
    }
}

const fn yes() -> bool {
    true
}
