//! What the rules of a VNF go by: its id, and which VDUs have nodes of which kind.

use std::collections::BTreeMap;

use super::Error;
use crate::cluster::Settings;
use crate::tacker::VnfInstance;

/// A cluster as far as its rules are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The VNF instance's id.
    pub id: String,
    /// Its name, or the id.
    pub label: String,
    vdus: BTreeMap<String, Vdu>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Vdu {
    control_plane: bool,
    count: usize,
}

impl Watched {
    /// Looks at a VNF whose package has these settings.
    ///
    /// # Errors
    /// It is not instantiated, or its metadata (`VDU_VNFc_mapping`) give its VNFCs other ids than
    /// Tacker does by itself.
    pub fn of(vnf: &VnfInstance, settings: &Settings) -> Result<Self, Error> {
        if !vnf.is_instantiated() {
            return Err(Error::NotInstantiated(vnf.label().into()));
        }
        let mut vdus: BTreeMap<String, Vdu> = BTreeMap::new();
        for vnfc in vnf.vnfcs() {
            if !settings.is_node(&vnfc.vdu_id) {
                continue;
            }
            let server = vnfc.vnfc_resource_info_id.as_deref().unwrap_or_default();
            if vnfc.id != format!("{}-{server}", vnfc.vdu_id) {
                return Err(Error::ForeignId {
                    vnf: vnf.label().into(),
                    vnfc: vnfc.id.clone(),
                });
            }
            let vdu = vdus.entry(vnfc.vdu_id.clone()).or_insert(Vdu {
                control_plane: settings.is_control_plane(&vnfc.vdu_id),
                count: 0,
            });
            vdu.count += 1;
        }
        Ok(Self {
            id: vnf.id.clone(),
            label: vnf.label().into(),
            vdus,
        })
    }

    /// Returns the VDUs to heal: those named, or all whose nodes can be replaced while the cluster
    /// lives on. A control plane that is the only one has its etcd on the server.
    pub(super) fn to_heal(&self, named: &[String]) -> Result<Vec<(&str, bool)>, Error> {
        for vdu in named {
            self.control_plane(vdu)?;
        }
        let wanted = |(id, vdu): &(&String, &Vdu)| {
            if named.is_empty() {
                !vdu.control_plane || vdu.count > 1
            } else {
                named.contains(id)
            }
        };
        let found: Vec<_> = self
            .vdus
            .iter()
            .filter(wanted)
            .map(|(id, vdu)| (id.as_str(), vdu.control_plane))
            .collect();
        match self.vdus.keys().next() {
            Some(vdu) if found.is_empty() => Err(Error::OnlyControlPlane {
                vnf: self.label.clone(),
                vdu: vdu.clone(),
            }),
            _ => Ok(found),
        }
    }

    /// Tells whether nodes of a VDU are control planes.
    pub(super) fn control_plane(&self, vdu: &str) -> Result<bool, Error> {
        let known = self.vdus.get(vdu).map(|vdu| vdu.control_plane);
        known.ok_or_else(|| Error::NoSuchVdu {
            vnf: self.label.clone(),
            vdu: vdu.into(),
            known: self.vdus.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }
}
