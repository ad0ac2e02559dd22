//! What a package says of how its nodes are entered (`Scripts/cluster.yaml`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Error;
use crate::tacker::{Client, Kind};

/// Where cluster packages have it.
const FILE: &str = "Scripts/cluster.yaml";

/// A cluster package's own settings, as far as somebody outside looks into them.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    /// How its nodes are entered.
    pub access: Access,
    /// Its VDUs.
    #[serde(default)]
    vdus: BTreeMap<String, Vdu>,
}

#[derive(Debug, Clone, Deserialize)]
struct Vdu {
    role: String,
}

/// How nodes are entered.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The login.
    pub user: String,
    /// The key that opens the nodes, or that certificates are made for; one line.
    #[serde(default)]
    pub public_key: Option<String>,
    /// The secret in Barbican that has its private half, by name or UUID.
    #[serde(default)]
    pub key_secret: Option<String>,
    /// The authority whose certificates the nodes want, one line; none when the key is enough.
    #[serde(default)]
    pub certificate_authority: Option<String>,
}

impl Settings {
    /// Reads the settings of the onboarded package that has `vnfd`.
    ///
    /// # Errors
    /// There is no such package, it is no cluster's, or those of the exchange.
    pub async fn of_package(client: &Client, vnfd: &str) -> Result<Self, Error> {
        let packages = client.packages().await?;
        let package = packages
            .iter()
            .find(|one| one.vnfd_id.as_deref() == Some(vnfd))
            .ok_or_else(|| Error::NoPackage(vnfd.to_owned()))?;
        let not_a_cluster = |why: String| Error::NotACluster {
            package: package.id.clone(),
            why,
        };
        let text = match client.artifact(&package.id, FILE).await {
            Err(error) if error.kind == Kind::NotFound => {
                return Err(not_a_cluster(format!("it has no {FILE}")));
            }
            other => other?,
        };
        serde_json::from_slice(&text).map_err(|error| not_a_cluster(format!("{FILE}: {error}")))
    }

    /// Tells whether machines of a VDU are nodes of the cluster.
    #[must_use]
    pub fn is_node(&self, vdu: &str) -> bool {
        self.vdus.contains_key(vdu)
    }

    /// Tells whether machines of a VDU are control planes.
    #[must_use]
    pub fn is_control_plane(&self, vdu: &str) -> bool {
        self.vdus
            .get(vdu)
            .is_some_and(|vdu| vdu.role == "control-plane")
    }
}
