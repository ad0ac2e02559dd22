//! What Tacker's APIs exchange, as far as this program looks into it.
//!
//! Members that a Tacker may leave out are optional; those not named here are kept as they are.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A VNF package resource (SOL003 §10.5.2.2 as Tacker has it).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VnfPackage {
    /// The resource's id.
    pub id: String,
    /// `CREATED`, `UPLOADING`, `PROCESSING` or `ONBOARDED`.
    pub onboarding_state: String,
    /// `ENABLED` or `DISABLED`.
    pub operational_state: String,
    /// `IN_USE` or `NOT_IN_USE`.
    pub usage_state: String,
    /// The VNFD's id, once onboarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnfd_id: Option<String>,
    /// The VNFD's product name, once onboarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnf_product_name: Option<String>,
    /// The VNFD's provider, once onboarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnf_provider: Option<String>,
    /// The VNFD's software version, once onboarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnf_software_version: Option<String>,
    /// The VNFD's version, once onboarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnfd_version: Option<String>,
    /// Everything else that the server says, kept so that nothing is lost when it is shown.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A VNF instance of vnflcm v2 (SOL003 §5.5.2.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VnfInstance {
    /// The instance's id.
    pub id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnf_instance_name: Option<String>,
    /// The VNFD it is made of.
    pub vnfd_id: String,
    /// `INSTANTIATED` or `NOT_INSTANTIATED`.
    pub instantiation_state: String,
    /// The VNFD's product name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnf_product_name: Option<String>,
    /// What exists of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instantiated_vnf_info: Option<InstantiatedVnfInfo>,
    /// Everything else that the server says, kept so that nothing is lost when it is shown.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl VnfPackage {
    /// Returns the paths of the files that can be asked for one by one: those that the
    /// manifest lists. Only a package shown alone has them.
    #[must_use]
    pub fn artifacts(&self) -> Vec<&str> {
        let artifacts = self.rest.get("additionalArtifacts");
        let artifacts = artifacts.and_then(Value::as_array).into_iter().flatten();
        artifacts
            .filter_map(|one| one.get("artifactPath")?.as_str())
            .collect()
    }
}

impl VnfInstance {
    /// Has the VNFCs known by their resources, as v1 heals them
    /// (`tacker/vnfm/infra_drivers/openstack/openstack.py`, `heal_vnf`); it has other ids for them that it
    /// takes nowhere.
    pub(super) fn know_by_resources(&mut self) {
        let Some(info) = &mut self.instantiated_vnf_info else {
            return;
        };
        let resources = info.vnfc_resource_info.iter();
        let vnfcs = resources.map(|resource| VnfcInfo {
            id: resource.id.clone(),
            vdu_id: {
                let vdu = resource.rest.get("vduId").and_then(Value::as_str);
                vdu.unwrap_or_default().to_owned()
            },
            vnfc_resource_info_id: Some(resource.id.clone()),
            rest: Map::new(),
        });
        info.vnfc_info = vnfcs.collect();
    }

    /// Tells whether the VNF has resources.
    #[must_use]
    pub fn is_instantiated(&self) -> bool {
        self.instantiation_state == "INSTANTIATED"
    }

    /// Returns the name, or the id when there is none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.vnf_instance_name.as_deref().unwrap_or(&self.id)
    }

    /// Returns the VNFCs.
    #[must_use]
    pub fn vnfcs(&self) -> &[VnfcInfo] {
        self.instantiated_vnf_info
            .as_ref()
            .map_or(&[], |info| &info.vnfc_info)
    }

    /// Returns the scale level of `aspect`.
    #[must_use]
    pub fn scale_level(&self, aspect: &str) -> Option<u32> {
        let info = self.instantiated_vnf_info.as_ref()?;
        info.scale_status
            .iter()
            .find(|s| s.aspect_id == aspect)
            .map(|s| s.scale_level)
    }

    /// Returns the aspects that can be scaled.
    #[must_use]
    pub fn aspects(&self) -> Vec<&str> {
        self.instantiated_vnf_info
            .iter()
            .flat_map(|info| &info.scale_status)
            .map(|s| s.aspect_id.as_str())
            .collect()
    }
}

/// What exists of an instantiated VNF.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstantiatedVnfInfo {
    /// The deployment flavour.
    pub flavour_id: String,
    /// `STARTED` or `STOPPED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnf_state: Option<String>,
    /// The level of each aspect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scale_status: Vec<ScaleInfo>,
    /// The highest level of each aspect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub max_scale_levels: Vec<ScaleInfo>,
    /// The VNFCs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vnfc_info: Vec<VnfcInfo>,
    /// What the VNFCs run on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vnfc_resource_info: Vec<VnfcResourceInfo>,
    /// Everything else that the server says, kept so that nothing is lost when it is shown.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A level of an aspect.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleInfo {
    /// The aspect.
    pub aspect_id: String,
    /// Its level, in scaling steps.
    pub scale_level: u32,
}

/// A VNFC; heal takes its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VnfcInfo {
    /// The id that heal takes.
    pub id: String,
    /// Its VDU.
    pub vdu_id: String,
    /// The id of its [`VnfcResourceInfo`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vnfc_resource_info_id: Option<String>,
    /// Everything else that the server says, kept so that nothing is lost when it is shown.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a VNFC runs on (SOL003 §5.5.3.5).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VnfcResourceInfo {
    /// The id that VNFCs refer to.
    pub id: String,
    /// The server or pod.
    pub compute_resource: ComputeResource,
    /// Everything else that the server says, kept so that nothing is lost when it is shown.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A server or pod as its VIM knows it (SOL003 §4.4.1.7).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComputeResource {
    /// Its id in the VIM: of a server its UUID, of a pod its name.
    pub resource_id: String,
    /// Everything else that the server says, kept so that nothing is lost when it is shown.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A registered VIM (legacy API).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VimSummary {
    /// The VIM's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `openstack` or `kubernetes`.
    #[serde(rename = "type")]
    pub vim_type: String,
    /// Keystone's or the API server's address.
    pub auth_url: String,
    /// Whether it is used when a request names none.
    #[serde(default)]
    pub is_default: bool,
    /// Tacker's opinion of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Everything else that the server says, kept so that nothing is lost when it is shown.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The direction of scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScaleType {
    /// Adds VNFCs.
    ScaleOut,
    /// Removes VNFCs.
    ScaleIn,
}

impl ScaleType {
    /// `out` or `in`.
    #[must_use]
    pub fn way(self) -> &'static str {
        match self {
            Self::ScaleOut => "out",
            Self::ScaleIn => "in",
        }
    }
}

#[cfg(test)]
mod tests;
