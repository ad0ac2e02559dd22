//! What a VNF that runs is made of, changed: its package.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Error, Submitted, Vnfm};
use crate::diagnose::instead_of;
use crate::tacker::{VnfInstance, VnfPackage};

impl Vnfm {
    /// Makes the request that moves a VNF to another package (SOL003 §5.5.2.11a), as Tacker wants it:
    /// with the one `upgrade_type` there is, and `vdu_params` that name the VDUs whose VNFCs are
    /// changed one after the other. What `own` says of these, stands.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the VNF has no resources, or the package cannot be used or is the one
    /// that it has; `NotFound` for a VDU of which it has no VNFC.
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
        for (key, value) in [
            ("upgrade_type", json!("RollingUpdate")),
            ("vdu_params", json!(wanted)),
        ] {
            if params[key].is_null() {
                params[key] = value;
            }
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
        mut request: Value,
    ) -> Result<Submitted, Error> {
        let own = request["additionalParams"].as_object().cloned();
        let own = own.unwrap_or_default();
        request["additionalParams"] = self.params("change package", vnf, own).await?.into();
        self.submit(&vnf.id, || {
            self.client().change_vnfpkg(&vnf.id, request.clone())
        })
        .await
    }
}
