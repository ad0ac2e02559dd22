//! How services are reached from outside: balancing at the nodes, addresses, and who tells the
//! network of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::SWITCH;
use crate::spec::short::Short;

/// How services are balanced at the nodes that their traffic enters by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LoadBalancer {
    /// Which way answers go.
    pub mode: BalancingMode,
    /// How a request carries the service's address to the node that answers; for `dsr` and
    /// `hybrid`.
    pub dsr_dispatch: Dispatch,
    /// Whether XDP does it, in the network driver.
    pub acceleration: Acceleration,
    /// How a backend is chosen.
    pub algorithm: Algorithm,
}

/// Which way answers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BalancingMode {
    /// Back through the node that the request entered by.
    #[default]
    Snat,
    /// Straight to the client, with the service's address (direct server return). Every port
    /// may then send with any address of `network.cidr`.
    Dsr,
    /// DSR for TCP, SNAT for UDP.
    Hybrid,
}

/// How a request carries the service's address in DSR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dispatch {
    /// In an option of the IP header; `native` routing only.
    #[default]
    Opt,
    /// In Geneve; also with Geneve tunnels.
    Geneve,
    /// In IP-in-IP; with XDP only.
    Ipip,
}

/// Whether XDP balances services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Acceleration {
    /// No.
    #[default]
    Disabled,
    /// Yes, and the agent does not start where a driver cannot.
    Native,
    /// On the interfaces whose driver can.
    BestEffort,
}

/// How a backend is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// By chance.
    #[default]
    Random,
    /// By Maglev hashing: all nodes choose alike, at the price of memory.
    Maglev,
}

impl LoadBalancer {
    /// Tells whether answers leave with an address that is not the sender's.
    #[must_use]
    pub fn uses_dsr(&self) -> bool {
        self.mode != BalancingMode::Snat
    }
}

/// Where services of type LoadBalancer take their addresses from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LbIpam {
    /// Pools of addresses (CiliumLoadBalancerIPPool).
    pub pools: Vec<Pool>,
}

/// A pool of addresses for services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Pool {
    /// Name of the resource, a DNS label.
    pub name: String,
    /// Whole ranges, such as `203.0.113.0/28`.
    #[serde(default)]
    pub cidrs: Vec<String>,
    /// Parts of ranges.
    #[serde(default)]
    pub ranges: Vec<IpRange>,
    /// Only for services with these labels; for all when empty.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
}

/// Addresses from the first to the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct IpRange {
    /// The first.
    pub start: String,
    /// The last.
    pub stop: String,
}

/// ARP answers for services' addresses (CiliumL2AnnouncementPolicy).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct L2Announcements {
    /// Turns them on.
    pub enabled: bool,
    /// Regular expressions of the interfaces that answer; all when empty.
    pub interfaces: Vec<String>,
}

impl Short for L2Announcements {
    type Name = bool;
    const EXPECTED: &'static str = SWITCH;

    fn of(enabled: bool) -> Self {
        Self {
            enabled,
            interfaces: Vec::new(),
        }
    }
}

/// BGP sessions of every node (CiliumBGPClusterConfig and its companions).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Bgp {
    /// Autonomous system of the nodes.
    pub local_asn: u32,
    /// Routers that nodes talk to.
    pub peers: Vec<BgpPeer>,
    /// What they are told.
    #[serde(default = "load_balancer_ips")]
    pub advertise: Vec<Advertised>,
}

/// A router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BgpPeer {
    /// Name of the session, a DNS label.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its autonomous system.
    pub asn: u32,
    /// Hops to it; more than 1 when it is not on the nodes' own network.
    #[serde(default = "one_hop")]
    pub multihop: u8,
    /// Seconds of silence after which the session is over.
    #[serde(default = "hold_time")]
    pub hold_time: u16,
    /// Seconds between signs of life.
    #[serde(default = "keep_alive")]
    pub keep_alive: u16,
    /// Routers keep routes while an agent restarts.
    #[serde(default)]
    pub graceful_restart: bool,
    /// Kubernetes secret in `kube-system` whose key `password` holds the session's MD5 password.
    #[serde(default)]
    pub password_secret: Option<String>,
}

/// What routers are told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Advertised {
    /// Each node's range of pods.
    PodCidr,
    /// Addresses of services of type LoadBalancer.
    LoadBalancerIps,
    /// External addresses of services.
    ExternalIps,
    /// Cluster addresses of services.
    ClusterIps,
}

fn load_balancer_ips() -> Vec<Advertised> {
    vec![Advertised::LoadBalancerIps]
}

const fn one_hop() -> u8 {
    1
}

// RFC 4271 proposes 90 and 30 seconds, which is what the CRD has for defaults too.
const fn hold_time() -> u16 {
    90
}

const fn keep_alive() -> u16 {
    30
}
