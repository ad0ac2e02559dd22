//! Cilium by its chart: the options of a spec, and what follows from them for Helm, for the
//! cluster's API and for Neutron.
//!
//! One file per consequence, so that a feature's Helm values, security group rules, resources
//! and refusals can be read side by side with those of others.

mod addresses;
mod balancing;
pub(super) mod check;
pub(super) mod codes;
mod manifests;
mod mesh;
mod options;
mod ports;
mod values;

pub use addresses::AllowedAddress;
pub(crate) use addresses::overlap;
pub use balancing::{
    Acceleration, Advertised, Algorithm, BalancingMode, Bgp, BgpPeer, Dispatch, IpRange,
    L2Announcements, LbIpam, LoadBalancer, Pool,
};
pub use manifests::Manifests;
pub use mesh::{ClusterMesh, MeshPeer};
pub use options::{
    BandwidthManager, Cilium, Encryption, EncryptionType, GatewayApi, Hubble, Ingress, IngressMode,
    Masquerade, Routing, RoutingMode,
};
pub use ports::{Remote, Rule};
