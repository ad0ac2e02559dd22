//! A cluster's identity among others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Identity in a mesh of clusters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ClusterMesh {
    /// Name of this cluster, another in each.
    pub name: String,
    /// Number of this cluster, another in each: 1 to 255, or to 511 with `maxClusters: 511`.
    pub id: u16,
    /// Most clusters of the mesh, the same in each: 255 or 511.
    #[serde(default = "usual")]
    pub max_clusters: u16,
    /// Runs the server that other clusters connect to, at port 32379 of every node.
    #[serde(default = "yes")]
    pub api_server: bool,
    /// What is known of the other clusters, to be checked and let in.
    #[serde(default)]
    pub peers: Vec<MeshPeer>,
}

/// Another cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MeshPeer {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: u16,
    /// Its pods' range.
    #[serde(default)]
    pub pod_cidr: Option<String>,
    /// Its nodes' range, let in at the ports that nodes use among themselves.
    #[serde(default)]
    pub node_cidr: Option<String>,
}

const fn usual() -> u16 {
    255
}

const fn yes() -> bool {
    true
}
