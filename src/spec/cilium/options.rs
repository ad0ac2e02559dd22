//! What a spec can say of Cilium, with defaults. The parts about services that are reached from
//! outside are in [`super::balancing`], those about other clusters in [`super::mesh`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::balancing::{Bgp, L2Announcements, LbIpam, LoadBalancer};
use super::mesh::ClusterMesh;
use crate::spec::short::{self, Short};

/// Cilium's version, datapath and features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Cilium {
    /// Full version, without `v`.
    pub version: String,
    /// Version of cilium-cli; the matrix' default when not said.
    pub cli_version: Option<String>,
    /// How pods of different nodes reach each other; the mode alone is short for `{mode: …}`.
    #[serde(deserialize_with = "short::either")]
    #[schemars(schema_with = "short::schema::<Routing>")]
    pub routing: Routing,
    /// Largest frame in bytes of the network below, for Cilium to subtract its own headers from;
    /// Cilium looks itself when not said (Helm `MTU`).
    pub mtu: Option<u32>,
    /// Interfaces of the nodes that Cilium attaches to; those with a default route when empty.
    pub devices: Vec<String>,
    /// Replaces kube-proxy by Cilium; `false` lets kubeadm install kube-proxy.
    pub kube_proxy_replacement: bool,
    /// What gives pods their node's address when they talk to the outside.
    pub masquerade: Masquerade,
    /// How services are balanced at the nodes that their traffic enters by.
    pub load_balancer: LoadBalancer,
    /// Paces pods with the annotation `kubernetes.io/egress-bandwidth`; `true` turns it on.
    #[serde(deserialize_with = "short::either")]
    #[schemars(schema_with = "short::schema::<BandwidthManager>")]
    pub bandwidth_manager: BandwidthManager,
    /// What encrypts traffic between nodes; the type alone is short for `{type: …}`.
    #[serde(deserialize_with = "short::either")]
    #[schemars(schema_with = "short::schema::<Encryption>")]
    pub encryption: Encryption,
    /// Flow logs; `true` turns on Hubble and its relay, `false` both off.
    #[serde(deserialize_with = "short::either")]
    #[schemars(schema_with = "short::schema::<Hubble>")]
    pub hubble: Hubble,
    /// Serves Ingress resources; `true` turns it on.
    #[serde(deserialize_with = "short::either")]
    #[schemars(schema_with = "short::schema::<Ingress>")]
    pub ingress: Ingress,
    /// Serves Gateway API resources, whose CRDs are then pinned and installed; `true` turns it on.
    #[serde(deserialize_with = "short::either")]
    #[schemars(schema_with = "short::schema::<GatewayApi>")]
    pub gateway_api: GatewayApi,
    /// Mutual authentication of pods with SPIRE, whose server keeps its data in memory.
    /// Upstream deprecated it in 1.20.
    pub mutual_auth: bool,
    /// Lets CiliumEgressGatewayPolicy resources send traffic out by chosen nodes.
    pub egress_gateway: bool,
    /// Announces addresses to routers.
    pub bgp: Option<Bgp>,
    /// Answers ARP for services' addresses on the nodes' network; `true` turns it on.
    #[serde(deserialize_with = "short::either")]
    #[schemars(schema_with = "short::schema::<L2Announcements>")]
    pub l2_announcements: L2Announcements,
    /// Gives services of type LoadBalancer their addresses.
    pub lb_ipam: LbIpam,
    /// Identity in a mesh of clusters.
    pub cluster_mesh: Option<ClusterMesh>,
    /// Further Helm values; they win over all that follows from the options above.
    pub values: BTreeMap<String, serde_json::Value>,
}

impl Default for Cilium {
    fn default() -> Self {
        Self {
            version: "1.20.3".into(),
            cli_version: None,
            routing: Routing::default(),
            mtu: None,
            devices: Vec::new(),
            kube_proxy_replacement: true,
            masquerade: Masquerade::default(),
            load_balancer: LoadBalancer::default(),
            bandwidth_manager: BandwidthManager::default(),
            encryption: Encryption::default(),
            hubble: Hubble::default(),
            ingress: Ingress::default(),
            gateway_api: GatewayApi::default(),
            mutual_auth: false,
            egress_gateway: false,
            bgp: None,
            l2_announcements: L2Announcements::default(),
            lb_ipam: LbIpam::default(),
            cluster_mesh: None,
            values: BTreeMap::new(),
        }
    }
}

/// How pods of different nodes reach each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Routing {
    /// In tunnels, or by routes.
    pub mode: RoutingMode,
    /// Range whose addresses are reached by routes, without masquerading; the pods' range when
    /// not said. For `native` only.
    pub native_cidr: Option<String>,
    /// Nodes install routes to each other's pods; `true` when not said. They must share one
    /// segment. For `native` only.
    pub auto_direct_node_routes: Option<bool>,
    /// Leaves out routes to nodes behind a router, which must know the pods' ranges itself.
    pub skip_unreachable: bool,
}

/// In tunnels, or by routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoutingMode {
    /// VXLAN tunnels, UDP 8472.
    #[default]
    Vxlan,
    /// Geneve tunnels, UDP 6081.
    Geneve,
    /// Routes; ports get the pods' range as allowed addresses.
    Native,
}

impl RoutingMode {
    /// Tells whether pods' packets travel inside others.
    #[must_use]
    pub fn is_tunnel(self) -> bool {
        self != Self::Native
    }
}

impl Routing {
    /// Tells whether nodes install routes to each other's pods.
    #[must_use]
    pub fn direct(&self) -> bool {
        self.mode == RoutingMode::Native && self.auto_direct_node_routes.unwrap_or(true)
    }
}

impl Short for Routing {
    type Name = RoutingMode;
    const EXPECTED: &'static str = "`vxlan`, `geneve` or `native`, or a map";

    fn of(mode: RoutingMode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }
}

/// What gives pods their node's address when they talk to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Masquerade {
    /// Rules of iptables, as the chart's default has it.
    #[default]
    Iptables,
    /// eBPF, which with kube-proxy replacement also turns on host routing in eBPF.
    Bpf,
    /// Nothing: routers outside know the pods' range.
    None,
}

/// Pacing of pods' traffic.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct BandwidthManager {
    /// Turns it on.
    pub enabled: bool,
    /// Congestion control BBR for pods; needs Linux 5.18 and `masquerade: bpf`.
    pub bbr: bool,
}

impl Short for BandwidthManager {
    type Name = bool;
    const EXPECTED: &'static str = SWITCH;

    fn of(enabled: bool) -> Self {
        Self {
            enabled,
            bbr: false,
        }
    }
}

/// What encrypts traffic between nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Encryption {
    /// How.
    pub r#type: EncryptionType,
    /// Also between the nodes themselves, not only between pods; WireGuard only.
    pub node_encryption: bool,
}

/// How traffic between nodes is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncryptionType {
    /// Not at all.
    #[default]
    None,
    /// WireGuard, UDP 51871; nodes make their own keys.
    Wireguard,
    /// IPsec (ESP); the first control plane makes the key, and it never leaves the cluster.
    Ipsec,
}

impl Short for Encryption {
    type Name = EncryptionType;
    const EXPECTED: &'static str = "`none`, `wireguard` or `ipsec`, or a map";

    fn of(r#type: EncryptionType) -> Self {
        Self {
            r#type,
            node_encryption: false,
        }
    }
}

/// Flow logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Hubble {
    /// Keeps flow logs on every node.
    pub enabled: bool,
    /// Collects those of all nodes; TCP 4244 between them.
    pub relay: bool,
    /// Shows them in a browser; needs the relay.
    pub ui: bool,
}

impl Default for Hubble {
    fn default() -> Self {
        Self::of(true)
    }
}

impl Short for Hubble {
    type Name = bool;
    const EXPECTED: &'static str = SWITCH;

    fn of(enabled: bool) -> Self {
        Self {
            enabled,
            relay: enabled,
            ui: false,
        }
    }
}

/// Cilium as an Ingress controller.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Ingress {
    /// Turns it on.
    pub enabled: bool,
    /// Whether resources share an address.
    pub load_balancer_mode: IngressMode,
    /// Also serves resources that name no class.
    pub default: bool,
}

/// Whether Ingress resources share an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IngressMode {
    /// Each has its own service of type LoadBalancer.
    #[default]
    Dedicated,
    /// All have one.
    Shared,
}

impl Short for Ingress {
    type Name = bool;
    const EXPECTED: &'static str = SWITCH;

    fn of(enabled: bool) -> Self {
        Self {
            enabled,
            ..Self::default()
        }
    }
}

/// Cilium as a Gateway API controller.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct GatewayApi {
    /// Turns it on.
    pub enabled: bool,
    /// Listens on the nodes' own addresses instead of a service of type LoadBalancer.
    pub host_network: bool,
}

impl Short for GatewayApi {
    type Name = bool;
    const EXPECTED: &'static str = SWITCH;

    fn of(enabled: bool) -> Self {
        Self {
            enabled,
            host_network: false,
        }
    }
}

/// What may stand for a section that is on or off.
pub(super) const SWITCH: &str = "`true` or `false`, or a map";
