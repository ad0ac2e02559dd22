//! What a VNF that runs is made of and connected to, changed: its package, its external networks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Error, Submitted, Vnfm};
use crate::diagnose::instead_of;
use crate::tacker::{Named, Task, VnfInstance, VnfPackage};

impl Vnfm {
    /// Makes the request that moves a VNF to another package (SOL003 §5.5.2.11a), as Tacker wants it:
    /// with the one `upgrade_type` there is, and `vdu_params` that name the VDUs whose VNFCs are
    /// changed one after the other: those of `vdus`, else those of `own`, else all.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the VNF has no resources, the package cannot be used or is the one
    /// that it has, or `own` is no such request; `NotFound` for a VDU of which it has no VNFC.
    pub fn change_of_package(
        &self,
        vnf: &VnfInstance,
        package: &VnfPackage,
        vdus: &[String],
        own: Map<String, Value>,
    ) -> Result<Value, Error> {
        let label = vnf.label();
        let invalid = |message: String| Err(Error::Invalid(message));
        if !vnf.is_instantiated() {
            return invalid(format!("VNF `{label}` has no resources to move"));
        }
        let id = &package.id;
        let vnfd = match package.vnfd_id.as_deref() {
            Some(vnfd) if package.operational_state == "ENABLED" => vnfd,
            Some(_) => return invalid(format!("package {id} is DISABLED")),
            None => {
                let state = &package.onboarding_state;
                return invalid(format!("package {id} is {state}, not ONBOARDED"));
            }
        };
        if vnfd == vnf.vnfd_id {
            return invalid(format!("VNF `{label}` is of the VNFD {vnfd} already"));
        }
        let known: BTreeSet<&str> = vnf.vnfcs().iter().map(|one| one.vdu_id.as_str()).collect();
        let known: Vec<&str> = known.into_iter().collect();
        for vdu in vdus {
            if !known.contains(&vdu.as_str()) {
                return Err(Error::NotFound {
                    what: "VDU with a VNFC",
                    name: vdu.clone(),
                    instead: instead_of(vdu, &known),
                });
            }
        }
        let wanted: Vec<&str> = match vdus {
            [] => known,
            _ => vdus.iter().map(String::as_str).collect(),
        };
        let wanted: Vec<Value> = wanted
            .into_iter()
            .map(|vdu| json!({"vdu_id": vdu}))
            .collect();
        let mut request = Value::Object(own);
        request["vnfdId"] = vnfd.into();
        let params = &mut request["additionalParams"];
        if !params.is_null() && !params.is_object() {
            return invalid("additionalParams must be a map".to_owned());
        }
        if params["upgrade_type"].is_null() {
            params["upgrade_type"] = json!("RollingUpdate");
        }
        if params["vdu_params"].is_null() || !vdus.is_empty() {
            params["vdu_params"] = json!(wanted);
        }
        Ok(request)
    }

    /// Looks whether the new package has the VNF's flavour, and the cloud what that asks for; returns
    /// what could not be looked at, one sentence each.
    ///
    /// # Errors
    /// [`Error::Unready`] with everything that is missing.
    pub async fn prepare_change(
        &self,
        vnf: &VnfInstance,
        package: &VnfPackage,
    ) -> Result<Vec<String>, Error> {
        let info = vnf.instantiated_vnf_info.as_ref();
        let mut like = json!({"flavourId": info.map(|info| info.flavour_id.as_str())});
        if let Some(connections) = vnf.rest.get("vimConnectionInfo") {
            like["vimConnectionInfo"] = connections.clone();
        }
        Ok(self.prepare(&package.id, like).await?.warnings)
    }

    /// Begins to move a VNF to another package; `request` is of [`Self::change_of_package`].
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn change_package(
        &self,
        vnf: &VnfInstance,
        request: Value,
    ) -> Result<Submitted, Error> {
        let summary = format!("change package of {}", vnf.label());
        self.operate(vnf, Task::ChangeVnfpkg, &summary, request)
            .await
    }

    /// Makes the request that connects connection points, by their CPDs, to other networks, by name
    /// or id (SOL003 §5.5.2.11). What `own` says besides, stands.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the VNF has no resources; `NotFound` for a CPD that no VNFC has, or a
    /// network that the account does not see; those of asking Neutron.
    pub async fn change_of_connections(
        &self,
        vnf: &VnfInstance,
        cps: &[(String, String)],
        own: Map<String, Value>,
    ) -> Result<Value, Error> {
        if !vnf.is_instantiated() {
            let message = format!("VNF `{}` has no resources to connect", vnf.label());
            return Err(Error::Invalid(message));
        }
        let known = connection_points(vnf);
        for (cp, _) in cps {
            if !known.contains(cp.as_str()) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(Error::NotFound {
                    what: "connection point",
                    name: cp.clone(),
                    instead: instead_of(cp, &known),
                });
            }
        }
        let networks = match cps {
            [] => None,
            _ => self.networks(vnf).await?,
        };
        let mut links: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (cp, name) in cps {
            let network = match &networks {
                Some(networks) => id_among(networks, name)?,
                None => name.clone(),
            };
            links.entry(network).or_default().push(cp);
        }
        let mut request = Value::Object(own);
        let links = links
            .iter()
            .map(|(network, cps)| external_link(network, cps));
        match request["extVirtualLinks"].as_array_mut() {
            Some(all) => all.extend(links),
            None => request["extVirtualLinks"] = links.collect(),
        }
        Ok(request)
    }

    /// The networks that a VNF can be connected to, where the account can look for them.
    async fn networks(&self, vnf: &VnfInstance) -> Result<Option<Vec<Named>>, Error> {
        let like = json!({"vimConnectionInfo": vnf.rest.get("vimConnectionInfo")});
        if !self.is_own_project(&like).await {
            return Ok(None);
        }
        Ok(Some(self.client().inventory().await?.networks().await?))
    }

    /// Begins to connect a VNF otherwise; `request` is of [`Self::change_of_connections`].
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn change_connections(
        &self,
        vnf: &VnfInstance,
        request: Value,
    ) -> Result<Submitted, Error> {
        let summary = format!("change connections of {}", vnf.label());
        self.operate(vnf, Task::ChangeExtConn, &summary, request)
            .await
    }
}

/// An external virtual link (SOL003 §4.4.1.11) of connection points, by their CPDs, with a network, by
/// its id.
#[must_use]
pub fn external_link(network: &str, cps: &[&str]) -> Value {
    let cps = cps.iter().map(|cp| {
        // Tacker changes the stack, and only then fails without `ipOverEthernet`
        // (`_proto_data_to_info`).
        let addresses = json!([{"type": "IPV4", "numDynamicAddresses": 1}]);
        let protocol = json!({
            "layerProtocol": "IP_OVER_ETHERNET",
            "ipOverEthernet": {"ipAddresses": addresses},
        });
        json!({"cpdId": cp, "cpConfig": {*cp: {"cpProtocolData": [protocol]}}})
    });
    json!({"id": network, "resourceId": network, "extCps": cps.collect::<Vec<_>>()})
}

/// The CPDs of which the VNF's servers have a port.
fn connection_points(vnf: &VnfInstance) -> BTreeSet<String> {
    let info = vnf.instantiated_vnf_info.iter();
    let resources = info.flat_map(|info| &info.vnfc_resource_info);
    let cps = resources.filter_map(|one| one.rest.get("vnfcCpInfo")?.as_array());
    cps.flatten()
        .filter_map(|cp| cp["cpdId"].as_str().map(str::to_owned))
        .collect()
}

/// The id of the network that `name` means.
fn id_among(networks: &[Named], name: &str) -> Result<String, Error> {
    let mut all = networks.iter();
    match all.find(|one| one.id == name || one.name == name) {
        Some(network) => Ok(network.id.clone()),
        None => {
            let names: Vec<&str> = networks.iter().map(|one| one.name.as_str()).collect();
            Err(Error::NotFound {
                what: "network",
                name: name.to_owned(),
                instead: instead_of(name, &names),
            })
        }
    }
}
