//! What there is: a VNF as Tacker and the cloud know it, cut down to what a plan depends on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lifecycle::Picture;
use crate::tacker::VnfInstance;

/// A VNF that exists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// The VNFD that it is made of.
    pub vnfd_id: String,
    /// The product that it is, and who provides it.
    pub product: (String, String),
    /// Whether it has resources.
    pub is_instantiated: bool,
    /// Its deployment flavour.
    pub flavour: Option<String>,
    /// The id of its VIM, where Tacker tells it.
    pub vim: Option<String>,
    /// The level of each scaling aspect.
    pub levels: BTreeMap<String, u32>,
    /// Its VNFCs, sorted by their ids.
    pub vnfcs: Vec<SeenVnfc>,
    /// The network's id by connection point of the VNFD, where all VNFCs agree.
    pub connections: BTreeMap<String, String>,
    /// Its description.
    pub description: Option<String>,
    /// Its metadata.
    pub metadata: Map<String, Value>,
    /// Its configurable properties.
    pub properties: Map<String, Value>,
    /// Its extensions.
    pub extensions: Map<String, Value>,
    /// An operation that is not over.
    pub open: Option<Open>,
}

/// A VNFC that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeenVnfc {
    /// Its id.
    pub id: String,
    /// Its VDU.
    pub vdu: String,
    /// Its server's id or pod's name.
    pub resource: String,
    /// Nova's word for how it is, where the account sees it.
    pub status: Option<String>,
    /// Whether its server is gone or broken.
    pub is_lost: bool,
}

/// An operation that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its id.
    pub id: String,
    /// What kind of operation it is.
    pub operation: String,
    /// Its state.
    pub state: String,
}

impl Seen {
    /// Puts together what Tacker and the cloud know.
    #[must_use]
    pub fn of(vnf: &VnfInstance, picture: &Picture) -> Self {
        let info = vnf.instantiated_vnf_info.as_ref();
        let info = info.filter(|_| vnf.is_instantiated());
        let text = |key: &str| vnf.rest.get(key).and_then(Value::as_str).map(str::to_owned);
        let map = |key: &str| vnf.rest.get(key).and_then(Value::as_object).cloned();
        let parts = picture.vdus.iter().flat_map(|(vdu, parts)| {
            parts.iter().map(|part| SeenVnfc {
                id: part.vnfc.clone(),
                vdu: vdu.clone(),
                resource: part.resource.clone(),
                status: part.status.clone(),
                is_lost: part.is_lost(),
            })
        });
        let mut vnfcs: Vec<_> = parts.collect();
        vnfcs.sort();
        let levels = info.into_iter().flat_map(|info| &info.scale_status);
        let vims = vnf.rest.get("vimConnectionInfo").and_then(Value::as_object);
        let vim = vims.and_then(|map| map.values().next());
        let open = picture.operation.as_ref().filter(|one| !one.is_over());
        Self {
            id: vnf.id.clone(),
            vnfd_id: vnf.vnfd_id.clone(),
            product: (
                vnf.vnf_product_name.clone().unwrap_or_default(),
                text("vnfProvider").unwrap_or_default(),
            ),
            is_instantiated: vnf.is_instantiated(),
            flavour: info.map(|info| info.flavour_id.clone()),
            vim: vim.and_then(|vim| vim["vimId"].as_str()).map(str::to_owned),
            levels: levels
                .map(|one| (one.aspect_id.clone(), one.scale_level))
                .collect(),
            vnfcs,
            connections: connections(vnf),
            description: text("vnfInstanceDescription"),
            metadata: map("metadata").unwrap_or_default(),
            properties: map("vnfConfigurableProperties").unwrap_or_default(),
            extensions: map("extensions").unwrap_or_default(),
            open: open.map(|one| Open {
                id: one.id.clone(),
                operation: one.operation.clone(),
                state: one.state.clone(),
            }),
        }
    }

    /// Returns the VNFCs whose servers are gone or broken.
    pub fn lost(&self) -> impl Iterator<Item = &SeenVnfc> {
        self.vnfcs.iter().filter(|one| one.is_lost)
    }
}

/// The network's id by connection point: of those that are on an external virtual link, the resource
/// of that link (SOL003 §5.5.3.2).
fn connections(vnf: &VnfInstance) -> BTreeMap<String, String> {
    let info = vnf.instantiated_vnf_info.as_ref();
    let list = |key: &str| -> Vec<&Value> {
        let all = info.and_then(|info| info.rest.get(key)?.as_array());
        all.into_iter().flatten().collect()
    };
    let mut networks = BTreeMap::new();
    for link in list("extVirtualLinkInfo") {
        let Some(network) = link["resourceHandle"]["resourceId"].as_str() else {
            continue;
        };
        let ports = link["currentVnfExtCpData"].as_array().into_iter().flatten();
        for cp in ports.filter_map(|cp| cp["cpdId"].as_str()) {
            networks.insert(cp.to_owned(), network.to_owned());
        }
    }
    networks
}
