//! What an operation makes of a VNF: which VNFCs come and go, and at which level it ends.
//!
//! Pure: the instance and the VNFD go in, the new `instantiatedVnfInfo` comes out.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::connections;
use super::wire::Problem;
use crate::tosca::model::{Flavour, Vdu, Vnfd};

/// A VNF after an operation.
pub(super) struct Outcome {
    /// The new `instantiatedVnfInfo`.
    pub(super) info: Value,
    /// `affectedVnfcs` of the occurrence.
    pub(super) affected: Vec<Value>,
}

/// What does not change while an operation runs.
pub(super) struct Subject<'a> {
    pub(super) vnfd: &'a Vnfd,
    pub(super) instance: &'a Value,
    pub(super) params: &'a Value,
}

/// Seconds are all that Tacker shows.
pub(super) fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The members of an array, or none.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl Subject<'_> {
    /// Whether the grant lets `operation` pass.
    pub(super) fn granted(&self, operation: &str) -> Result<(), Problem> {
        match operation {
            // The VIM's driver is the first to look at connections.
            "CHANGE_EXT_CONN" => Ok(()),
            _ => self.after(operation).map(|_| ()),
        }
    }

    /// The VNF after `operation`, or why the grant or the VIM refuses.
    pub(super) fn after(&self, operation: &str) -> Result<Outcome, Problem> {
        match operation {
            "INSTANTIATE" => self.instantiated(),
            "SCALE" => self.scaled(),
            "HEAL" => self.healed(),
            "CHANGE_VNFPKG" => self.changed(),
            "CHANGE_EXT_CONN" => self.connected(),
            "MODIFY_INFO" => Ok(self.as_it_is()),
            _ => Ok(self.terminated()),
        }
    }

    /// Changing words moves no resource.
    fn as_it_is(&self) -> Outcome {
        Outcome {
            info: self.instance["instantiatedVnfInfo"].clone(),
            affected: Vec::new(),
        }
    }

    fn instantiated(&self) -> Result<Outcome, Problem> {
        let flavour = self.flavour(&self.params["flavourId"])?;
        let level = match self.params["instantiationLevelId"].as_str() {
            Some(level) => Some(level),
            None => flavour.default_level.as_deref(),
        };
        let level = level.map(|id| flavour.levels.get(id).ok_or_else(no_such_level));
        let level = level.transpose()?.cloned().unwrap_or_default();
        let mut vnfcs = Vec::new();
        for vdu in &flavour.vdus {
            let count = level.counts.get(&vdu.id).copied().unwrap_or(0);
            vnfcs.extend((0..count).map(|index| self.vnfc(vdu, u64::from(index))));
        }
        let status = level.scale_info.iter();
        let scale = status.map(|(id, level)| json!({"aspectId": id, "scaleLevel": level}));
        let maximum = flavour.aspects.iter();
        let maximum = maximum.filter(|(id, _)| level.scale_info.contains_key(*id));
        let maximum =
            maximum.map(|(id, one)| json!({"aspectId": id, "scaleLevel": one.max_scale_level}));
        let mut info = json!({
            "flavourId": flavour.id, "vnfState": "STARTED",
            "scaleStatus": scale.collect::<Vec<_>>(),
            "maxScaleLevels": maximum.collect::<Vec<_>>(),
        });
        let affected = vnfcs.iter().map(|one| affected(one, "ADDED")).collect();
        vnfcs.reverse();
        self.set_vnfcs(&mut info, vnfcs);
        Ok(Outcome { info, affected })
    }

    fn scaled(&self) -> Result<Outcome, Problem> {
        let mut info = self.instance["instantiatedVnfInfo"].clone();
        let flavour = self.flavour(&info["flavourId"])?;
        let aspect = self.params["aspectId"].as_str().unwrap_or_default();
        let steps = self.params["numberOfSteps"].as_u64().unwrap_or(1);
        let out = self.params["type"] == "SCALE_OUT";
        let mut vnfcs = self.vnfcs();
        let mut changes = Vec::new();
        let deltas = flavour.aspects.get(aspect).and_then(|one| one.step());
        for (vdu, delta) in deltas.into_iter().flatten() {
            let Some(vdu) = flavour.vdus.iter().find(|one| one.id == *vdu) else {
                continue;
            };
            for _ in 0..steps * u64::from(*delta) {
                if out {
                    let index = vnfcs.iter().filter(|one| one["vduId"] == vdu.id.as_str());
                    let vnfc = self.vnfc(vdu, index.count() as u64);
                    changes.push(affected(&vnfc, "ADDED"));
                    vnfcs.insert(0, vnfc);
                } else if let Some(newest) =
                    vnfcs.iter().position(|one| one["vduId"] == vdu.id.as_str())
                {
                    changes.push(affected(&vnfcs.remove(newest), "REMOVED"));
                }
            }
        }
        for status in info["scaleStatus"].as_array_mut().into_iter().flatten() {
            if status["aspectId"] == aspect {
                let level = status["scaleLevel"].as_u64().unwrap_or(0);
                let level = if out {
                    level + steps
                } else {
                    level.saturating_sub(steps)
                };
                status["scaleLevel"] = json!(level);
            }
        }
        self.set_vnfcs(&mut info, vnfcs);
        Ok(Outcome {
            info,
            affected: changes,
        })
    }

    /// Without `vnfcInstanceId` every VNFC is replaced.
    fn healed(&self) -> Result<Outcome, Problem> {
        let mut info = self.instance["instantiatedVnfInfo"].clone();
        let flavour = self.flavour(&info["flavourId"])?;
        let wanted = self.params["vnfcInstanceId"].as_array();
        let is_wanted = |resource: &Value| {
            wanted.is_none_or(|wanted| {
                items(&info["vnfcInfo"]).iter().any(|vnfc| {
                    vnfc["vnfcResourceInfoId"] == resource["id"] && wanted.contains(&vnfc["id"])
                })
            })
        };
        let mut vnfcs = self.vnfcs();
        let mut changes = Vec::new();
        for vnfc in &mut vnfcs {
            let vdu = flavour
                .vdus
                .iter()
                .find(|vdu| vnfc["vduId"] == vdu.id.as_str());
            let Some(vdu) = vdu.filter(|_| is_wanted(vnfc)) else {
                continue;
            };
            changes.push(affected(vnfc, "REMOVED"));
            *vnfc = self.vnfc(vdu, vnfc["metadata"]["vdu_idx"].as_u64().unwrap_or(0));
            changes.push(affected(vnfc, "ADDED"));
        }
        self.set_vnfcs(&mut info, vnfcs);
        Ok(Outcome {
            info,
            affected: changes,
        })
    }

    /// The VNFCs keep their servers, which get what the new VNFD names, those that the request
    /// leaves out as well.
    fn changed(&self) -> Result<Outcome, Problem> {
        let mut info = self.instance["instantiatedVnfInfo"].clone();
        let flavour = self.flavour(&info["flavourId"])?;
        let mut vnfcs = self.vnfcs();
        let mut changes = Vec::new();
        for vnfc in &mut vnfcs {
            let vdus = &mut flavour.vdus.iter();
            let Some(vdu) = vdus.find(|vdu| vnfc["vduId"] == vdu.id.as_str()) else {
                continue;
            };
            let index = vnfc["metadata"]["vdu_idx"].as_u64().unwrap_or(0);
            vnfc["metadata"]["flavor"] = json!(vdu.compute_flavour);
            vnfc["metadata"][format!("image-{}-{index}", vdu.id)] = json!(vdu.image);
            let wanted = items(&self.params["additionalParams"]["vdu_params"]);
            if wanted.iter().any(|one| one["vdu_id"] == vnfc["vduId"]) {
                changes.push(affected(vnfc, "MODIFIED"));
            }
        }
        self.set_vnfcs(&mut info, vnfcs);
        Ok(Outcome {
            info,
            affected: changes,
        })
    }

    fn connected(&self) -> Result<Outcome, Problem> {
        let mut outcome = self.as_it_is();
        outcome.info["extVirtualLinkInfo"] = connections::after(&outcome.info, self.params)?;
        Ok(outcome)
    }

    fn terminated(&self) -> Outcome {
        let flavour = &self.instance["instantiatedVnfInfo"]["flavourId"];
        let gone = self.vnfcs();
        Outcome {
            info: json!({"flavourId": flavour, "vnfState": "STOPPED"}),
            affected: gone.iter().map(|one| affected(one, "REMOVED")).collect(),
        }
    }

    fn flavour(&self, id: &Value) -> Result<&Flavour, Problem> {
        let flavours = &self.vnfd.flavours;
        flavours
            .iter()
            .find(|one| *id == one.id.as_str())
            .ok_or_else(|| {
                let id = id.as_str().unwrap_or_default();
                let detail = format!("FlavourId {id} not found in the vnfd.");
                Problem::new(http::StatusCode::BAD_REQUEST, detail)
            })
    }

    /// The VNFCs' resources, the newest first.
    fn vnfcs(&self) -> Vec<Value> {
        items(&self.instance["instantiatedVnfInfo"]["vnfcResourceInfo"]).to_vec()
    }

    /// A new VNFC's resource.
    fn vnfc(&self, vdu: &Vdu, index: u64) -> Value {
        let id = uuid::Uuid::new_v4().to_string();
        let connections = [
            &self.params["vimConnectionInfo"],
            &self.instance["vimConnectionInfo"],
        ];
        let connection = connections
            .iter()
            .find_map(|map| map.as_object()?.keys().next());
        let cps = vdu
            .cps
            .iter()
            .map(|cp| json!({"id": format!("{cp}-{id}"), "cpdId": cp}));
        json!({
            "id": id,
            "vduId": vdu.id,
            "computeResource": {
                "vimConnectionId": connection.map_or("default", String::as_str),
                "resourceId": id,
                "vimLevelResourceType": "OS::Nova::Server",
            },
            "vnfcCpInfo": cps.collect::<Vec<_>>(),
            "metadata": {"creation_time": now(), "vdu_idx": index,
                "flavor": vdu.compute_flavour, format!("image-{}-{index}", vdu.id): vdu.image},
        })
    }

    /// Puts the resources and the VNFCs that stand for them into `info`. A VNFC is called by
    /// the name that the instance's metadata give it, or after its VDU and server.
    fn set_vnfcs(&self, info: &mut Value, resources: Vec<Value>) {
        let names = &self.instance["metadata"]["VDU_VNFc_mapping"];
        let vnfcs = resources.iter().map(|resource| {
            let vdu = resource["vduId"].as_str().unwrap_or_default();
            let index = resource["metadata"]["vdu_idx"].as_u64().unwrap_or(0);
            let given = usize::try_from(index)
                .ok()
                .and_then(|index| names[vdu].get(index));
            let id = resource["id"].as_str().unwrap_or_default();
            let name = given
                .cloned()
                .unwrap_or_else(|| json!(format!("{vdu}-{id}")));
            json!({"id": name, "vduId": vdu, "vnfcResourceInfoId": id, "vnfcState": "STARTED"})
        });
        info["vnfcInfo"] = vnfcs.collect();
        info["vnfcResourceInfo"] = Value::Array(resources);
    }
}

/// Tacker counts to a number that is not there, and tells of it in these words.
fn no_such_level() -> Problem {
    let detail = "'NoneType' object cannot be interpreted as an integer";
    Problem::new(http::StatusCode::INTERNAL_SERVER_ERROR, detail.into())
}

fn affected(vnfc: &Value, change: &str) -> Value {
    let cps = items(&vnfc["vnfcCpInfo"]).iter().map(|cp| &cp["id"]);
    json!({
        "id": vnfc["id"], "vduId": vnfc["vduId"], "changeType": change,
        "computeResource": vnfc["computeResource"], "metadata": vnfc["metadata"],
        "affectedVnfcCpIds": cps.collect::<Vec<_>>(),
    })
}
